"""What stands in a list of the grids' work: a value with a number and a version, every change of which leaves an event.

A list is one class derived from :class:`Record`. Fields that tell of a resident are in none of them: words and contacts
lie beside a record, where they can be erased (:class:`Beside`).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, ClassVar, Protocol, TypeVar

from domain.events import Event, Note
from domain.people import Person
from domain.said import Refused, Stale, said


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row of a list. ``version`` grows with each change."""

    LIST: ClassVar[str]
    """The name of the list: its table, and the beginning of its streams of events."""

    id: int = 0
    version: int = 1

    @property
    def stream(self) -> str:
        """The stream of events of this row."""
        return f"r:{self.LIST}:{self.id}"

    def facts(self) -> dict[str, object]:
        """All that the row says, as the log keeps it."""
        told = ((f.name, getattr(self, f.name)) for f in fields(self) if f.name not in ("id", "version"))
        return {name: as_fact(value) for name, value in told if value is not None}


def as_fact(value: Any) -> object:
    """A value as JSON has it."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | frozenset):
        return [as_fact(each) for each in (sorted(value) if isinstance(value, frozenset) else value)]
    return dict(value) if isinstance(value, Mapping) else value


@dataclass(frozen=True, slots=True)
class Beside:
    """What people said beside a record, and how they can be reached: erased with time, never in an event."""

    words: str = ""
    name: str = ""
    phone: str = ""

    def __bool__(self) -> bool:
        return bool(self.words or self.name or self.phone)


R = TypeVar("R", bound=Record)


class Records(Protocol):
    """The lists inside one transaction."""

    def get(self, kind: type[R], number: int) -> R | None:
        """The row as it is now, locked against others for the rest of the transaction where possible."""

    def those(self, kind: type[R], **equal: object) -> list[R]:
        """The rows whose fields have these values – one of them, where it is a set – by their numbers."""

    def add(self, record: R) -> R:
        """Keep a new row; it comes back with its number."""

    def save(self, record: R) -> bool:
        """Keep a changed row if its version in the store is one lower; False when somebody was faster."""

    def alone(self, name: str) -> None:
        """Nobody else goes past this point under the same name until the transaction ends."""

    def beside(self, record: Record) -> Beside:
        """What people said beside a row."""

    def keep_beside(self, record: Record, beside: Beside) -> None:
        """Keep what people said beside a row, instead of what stood there."""

    def erase_beside(self, record: Record) -> bool:
        """Erase what people said beside a row and beside its events; False where nothing stood there."""

    def ended_with_words(self, kind: type[R], before: datetime, *, after: int, limit: int) -> list[R]:
        """Rows that ended before a moment and still hold something of people, by their numbers; locked."""

    def keep_file(self, record: Record, name: str, body: bytes) -> None:
        """Keep a picture or paper that belongs to a row."""


class Recording(Protocol):
    """As much of a transaction as lists need."""

    @property
    def records(self) -> Records:
        """The lists inside this transaction."""

    def add_event(self, event: Event, note: Note | None = None) -> Event:
        """Append to the event's stream."""


def add(
    work: Recording, record: R, kind: str, *, by: Person, now: datetime, beside: Beside | None = None
) -> R:
    """Keep a new row with its first event."""
    kept = work.records.add(record)
    if beside:
        work.records.keep_beside(kept, beside)
    work.add_event(_event(kept, kind, by, now))
    return kept


def change(
    work: Recording, before: R, kind: str, /, *, by: Person, now: datetime, note: str = "",
    told: Mapping[str, object] | None = None, **fields_: object,
) -> R:  # fmt: skip
    """Keep a changed row, one version higher, with the event that tells of it – ``told`` beside the row's fields; a note
    lies beside the event.

    Raises:
        Stale: when somebody was faster.
    """
    after = replace(before, **fields_, version=before.version + 1)  # type: ignore[arg-type]
    if not work.records.save(after):
        raise Stale(said("Somebody else changed this row meanwhile. Please look at it again."))
    words = Note(note.strip(), secrets.token_hex(8)) if note.strip() else None
    more = dict(told or {}) | ({"note": words.digest} if words else {})
    work.add_event(_event(after, kind, by, now, more), words)
    return after


def locked(work: Recording, kind: type[R], number: int, version: int | None = None) -> R:
    """A row that is to be changed; ``version`` is what the person looked at.

    Raises:
        Refused: when there is none.
        Stale: when somebody changed it since.
    """
    found = work.records.get(kind, number)
    if found is None:
        raise Refused(said("There is no such row in the list."))
    if version is not None and found.version != version:
        raise Stale(said("Somebody else changed this row meanwhile. Please look at it again."))
    return found


def _event(
    record: Record, kind: str, by: Person, now: datetime, more: Mapping[str, object] | None = None
) -> Event:  # fmt: skip
    facts = record.facts() | {"role": by.role.value} | dict(more or {})
    return Event(record.stream, 0, now, kind, by.id or None, facts)

"""Remember every move in rows that are only ever added, each sealed with the hash of the one before.

An event holds no personal data: who acted is a number, and what a person wrote is a *note* that lies in an
erasable row of its own; the event keeps only the note's salted digest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from json.encoder import encode_basestring


@dataclass(frozen=True, slots=True)
class Event:
    """One row of a stream: ``t:<ticket>``, ``p:<plan>``, ``m:<meeting>``, or ``a:<day>`` for who came and was refused.

    ``by`` is an account's number; None the clock, or somebody who is not signed in.
    """

    stream: str
    seq: int
    at: datetime
    kind: str
    by: int | None
    facts: Mapping[str, object] = field(default_factory=dict)
    previous: str = ""
    hash: str = ""

    def sealed_after(self, previous: str, *, seq: int | None = None) -> Event:
        """The same event, chained to the hash of the one before it, as number ``seq`` of its stream when given."""
        number = self.seq if seq is None else seq
        chained = Event(self.stream, number, self.at, self.kind, self.by, self.facts, previous)
        return replace(chained, hash=chained.digest())

    def digest(self, facts: str | None = None) -> str:
        """SHA-256 over the canonical JSON of everything but the hash itself; ``facts`` as they stand, when given."""
        told = canonical(self.facts) if facts is None else facts
        by = "null" if self.by is None else self.by
        before = f"{_json(self.stream)},{self.seq},{_instant(self.at)},{_json(self.kind)},{by}"
        return hashlib.sha256(f"[{before},{told},{_json(self.previous)}]".encode()).hexdigest()


def first_digests(
    streams: Sequence[str], facts: Sequence[str], *, at: datetime, kind: str, by: int | None = None
) -> list[str]:
    """The digests of many events at one moment, each the first of its stream; ``facts`` as they are kept."""
    between = f",1,{_instant(at)},{_json(kind)},{'null' if by is None else by},"
    end, sha256 = f",{_json('')}]", hashlib.sha256
    return [
        sha256(f"[{encode_basestring(stream)}{between}{told}{end}".encode()).hexdigest()
        for stream, told in zip(streams, facts, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Note:
    """A person's words beside an event: reason, remark, resolution."""

    text: str
    salt: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(f"{self.salt}:{self.text}".encode()).hexdigest()


def breaks(stream: Iterable[Event]) -> list[Event]:
    """The events of one stream, in order, whose place in the chain or whose content was tampered with."""
    broken, previous, expected = [], "", 1
    for event in stream:
        if event.seq != expected or event.previous != previous or event.digest() != event.hash:
            broken.append(event)
        previous, expected = event.hash, event.seq + 1
    return broken


_json = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def canonical(facts: Mapping[str, object]) -> str:
    """Facts as the one text that is kept and hashed."""
    return _json(facts)


def ticket_stream(ticket_id: int) -> str:
    return f"t:{ticket_id}"


def plan_stream(plan_id: int) -> str:
    """The stream of one plan."""
    return f"p:{plan_id}"


def meeting_stream(meeting_id: int) -> str:
    """The stream of one joint meeting."""
    return f"m:{meeting_id}"


def access_stream(day: date) -> str:
    """The stream of one day of the city: who signed in, was refused, took data away."""
    return f"a:{day.isoformat()}"


def _instant(at: datetime) -> int:
    """Whole microseconds since 1970: what both databases give back unchanged."""
    moment = at.astimezone(UTC)
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond

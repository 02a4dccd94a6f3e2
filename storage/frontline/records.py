"""Keep the rows of all lists: a record's fields are its table's columns, so one way of keeping serves every list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    Table,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy import cast as db_cast

from domain.frontline.allowances import Allowance
from domain.frontline.assessment import Answer, Invitation, Round
from domain.frontline.bodies import Body, BranchLink, Deed, LeaderVisit, Unit
from domain.frontline.grades import YearGrade
from domain.frontline.organisation import Entry, Group, Seat
from domain.frontline.outside import Outside
from domain.frontline.pledges import Need, Order, Resource, Service
from domain.frontline.records import Beside, R, Record
from domain.frontline.visits import Visit
from domain.frontline.working_members import Activity, SignUp, WorkingMember
from storage.schema import events, list_files, list_words, metadata, notes, orders, working_members

KINDS: tuple[type[Record], ...] = (
    Group, Seat, Entry, Visit, Need, Resource, Service, Order, Body, Unit, Deed, BranchLink, LeaderVisit,
    WorkingMember, Activity, SignUp, YearGrade, Round, Answer, Invitation, Allowance, Outside,
)  # fmt: skip
"""Every list, those before that others refer to."""

AT_ONCE = 500
"""Values in one question: databases bound the number of parameters."""

W, F, E = list_words.c, list_files.c, events.c


def table_of(kind: type[Record]) -> Table:
    """The table of a list."""
    return metadata.tables[kind.LIST]


def columns_of(record: Record) -> dict[str, Any]:
    """A row of a list as the columns of its table; a new one has no number yet."""
    found = {f.name: getattr(record, f.name) for f in fields(record)}
    if not record.id:
        del found["id"]
    return found


def record_from(kind: type[R], row: Mapping[str, Any]) -> R:
    """A row of the table as a record."""
    return kind(**row)


@dataclass(frozen=True, slots=True)
class RecordRows:
    """The lists inside one transaction; implements :class:`domain.frontline.records.Records`."""

    connection: Connection

    def get(self, kind: type[R], number: int) -> R | None:
        table = table_of(kind)
        row = (
            self.connection.execute(select(table).where(table.c.id == number).with_for_update())
            .mappings()
            .first()
        )
        return record_from(kind, cast(Mapping[str, Any], row)) if row else None

    def those(self, kind: type[R], **equal: object) -> list[R]:
        return those(self.connection, kind, **equal)

    def add(self, record: R) -> R:
        table = table_of(type(record))
        number = self.connection.execute(
            insert(table).values(columns_of(record)).returning(table.c.id)
        ).scalar_one()
        return replace(record, id=number)

    def save(self, record: R) -> bool:
        table = table_of(type(record))
        before = (table.c.id == record.id, table.c.version == record.version - 1)
        return self.connection.execute(update(table).where(*before).values(columns_of(record))).rowcount == 1

    def alone(self, name: str) -> None:
        if self.connection.dialect.name == "postgresql":
            # SQLite's writers queue anyway.
            self.connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))

    def beside(self, record: Record) -> Beside:
        return besides(self.connection, record.LIST, [record.id]).get(record.id, Beside())

    def keep_beside(self, record: Record, beside: Beside) -> None:
        self.connection.execute(delete(list_words).where(W.list == record.LIST, W.row_id == record.id))
        columns = {"words": beside.words, "name": beside.name, "phone": beside.phone}
        self.connection.execute(insert(list_words), {"list": record.LIST, "row_id": record.id, **columns})

    def erase_beside(self, record: Record) -> bool:
        row = (W.list == record.LIST, W.row_id == record.id)
        stood = self.connection.execute(select(W.words, W.name, W.phone).where(*row)).first()
        self.connection.execute(delete(list_words).where(*row))
        of_row = select(E.id).where(E.stream == record.stream)
        noted = self.connection.execute(delete(notes).where(notes.c.event_id.in_(of_row))).rowcount
        return noted > 0 or (stood is not None and any(stood))

    def ended_with_words(self, kind: type[R], before: datetime, *, after: int, limit: int) -> list[R]:
        table = table_of(kind)
        rows = self.connection.execute(
            select(table)
            .where(table.c.id > after, *_holding_words(kind, before))
            .order_by(table.c.id)
            .limit(limit)
            .with_for_update()
        )
        return [record_from(kind, cast(Mapping[str, Any], row)) for row in rows.mappings()]

    def keep_file(self, record: Record, name: str, body: bytes) -> None:
        row = {"list": record.LIST, "row_id": record.id, "name": name, "body": body}
        self.connection.execute(insert(list_files), row)


# --- what has been kept long enough ---------------------------------------------------------------------------

ENDS: Mapping[type[Record], Callable[[datetime], ColumnElement[bool]]] = {
    Order: lambda before: func.coalesce(orders.c.ended_at, orders.c.delivered_at) < before,
    WorkingMember: lambda before: working_members.c.until < before.date(),
}
"""The lists whose rows end, and which of them ended before a moment."""


def count_ended_with_words(connection: Connection, kind: type[Record], before: datetime) -> int:
    """How many rows of a list that ended before a moment still hold something of people."""
    held = select(func.count()).select_from(table_of(kind)).where(*_holding_words(kind, before))
    return connection.scalar(held) or 0


def _holding_words(kind: type[Record], before: datetime) -> tuple[ColumnElement[bool], ...]:
    number = table_of(kind).c.id
    told = or_(W.words != "", W.name != "", W.phone != "")
    beside = exists(select(W.row_id).where(W.list == kind.LIST, W.row_id == number, told))
    stream = literal(f"r:{kind.LIST}:") + db_cast(number, String)
    noted = exists(
        select(notes.c.event_id).join_from(events, notes, notes.c.event_id == E.id).where(E.stream == stream)
    )
    return ENDS[kind](before), or_(beside, noted)


# --- reading --------------------------------------------------------------------------------------------------


def those(connection: Connection, kind: type[R], *where: ColumnElement[bool], **equal: object) -> list[R]:
    """The rows for which all of this holds, by their numbers; a field may equal one of a set."""
    table = table_of(kind)
    many = {name: sorted(value) for name, value in equal.items() if isinstance(value, set | frozenset)}
    conditions = [*where, *(table.c[name] == value for name, value in equal.items() if name not in many)]
    if not many:
        return list(_read(connection, kind, conditions))
    (name, values), *others = many.items()
    if others:
        raise ValueError("one field at most may be one of many")
    found = [
        record
        for start in range(0, len(values), AT_ONCE)
        for record in _read(
            connection, kind, [*conditions, table.c[name].in_(values[start : start + AT_ONCE])]
        )
    ]
    return sorted(found, key=lambda record: record.id)


def _read(connection: Connection, kind: type[R], where: Sequence[ColumnElement[bool]]) -> Iterator[R]:
    table = table_of(kind)
    rows = connection.execute(select(table).where(*where).order_by(table.c.id)).mappings()
    return (record_from(kind, cast(Mapping[str, Any], row)) for row in rows)


def besides(connection: Connection, list_: str, numbers: Iterable[int]) -> dict[int, Beside]:
    """What people said beside rows of a list, by number; those with nothing are missing."""
    wanted = sorted(numbers)
    found: dict[int, Beside] = {}
    for start in range(0, len(wanted), AT_ONCE):
        part = wanted[start : start + AT_ONCE]
        rows = connection.execute(select(list_words).where(W.list == list_, W.row_id.in_(part)))
        found |= {row.row_id: Beside(row.words, row.name, row.phone) for row in rows}
    return found


def file_of(connection: Connection, list_: str, number: int, name: str) -> bytes | None:
    """A picture or paper that belongs to a row of a list."""
    body: bytes | None = connection.scalar(
        select(F.body).where(F.list == list_, F.row_id == number, F.name == name)
    )
    return body

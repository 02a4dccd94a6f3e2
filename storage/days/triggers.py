"""Triggers by which a database notes what each write changes of the counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

from storage.days.expressions import (
    LEVELS,
    Place,
    counted_place,
    day_number,
    own_place,
    place_columns,
    rest_columns,
)
from storage.days.parts import PARTS, Part

CHANGES, PLUS, MINUS = {"NEW": "+", "OLD": "-"}, "NEW", "OLD"


@dataclass(frozen=True, slots=True)
class Trigger:
    """What the database does after a row of a table was written."""

    name: str
    table: str
    event: str
    does: Sequence[str]
    when: str = ""
    together: str = ""
    """The names of all rows of a statement, where they are looked at together."""

    @property
    def body(self) -> str:
        return " ".join(f"{statement};" for statement in self.does)

    def head(self, each: str) -> str:
        when = f"WHEN ({self.when}) " if self.when else ""
        rows = f"REFERENCING {self.together} " if self.together else ""
        return f"CREATE TRIGGER {self.name} AFTER {self.event} ON {self.table} {rows}FOR EACH {each} {when}"


def make_triggers(connection: Connection) -> None:
    """Let the database note what each write changes."""
    if connection.dialect.name != "postgresql":
        for trigger in _triggers(connection):
            connection.exec_driver_sql(_written(trigger))
        return
    # Nothing is said of single rows where a table is emptied.
    emptied = Trigger(
        "days_emptied", "tickets", "TRUNCATE", ["DELETE FROM day_changes", "DELETE FROM day_counts"]
    )
    for trigger in (*_triggers(connection), emptied):
        function = f"CREATE OR REPLACE FUNCTION {trigger.name}() RETURNS trigger LANGUAGE plpgsql AS"
        connection.exec_driver_sql(f"{function} $$ BEGIN {trigger.body} RETURN NULL; END $$")
        each = "STATEMENT" if trigger.together or trigger is emptied else "ROW"
        connection.exec_driver_sql(f"{trigger.head(each)}EXECUTE FUNCTION {trigger.name}()")


def _written(trigger: Trigger) -> str:
    """A trigger as a file holds it."""
    return f"{trigger.head('ROW')}BEGIN {trigger.body} END"


TABLES = ("tickets", "ratings", "crosswalk")


@contextmanager
def uncounted(connection: Connection, tables: Sequence[str] = TABLES) -> Iterator[None]:
    """Let the triggers of some tables rest, for whoever counts at once what is brought in meanwhile."""
    switched = [each for each in _triggers(connection) if each.table in tables]
    if connection.dialect.name == "postgresql":
        for table in tables:
            connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        for table in tables:
            connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        return
    for trigger in switched:
        connection.exec_driver_sql(f"DROP TRIGGER {trigger.name}")
    yield
    for trigger in switched:
        connection.exec_driver_sql(_written(trigger))


def _triggers(connection: Connection) -> Iterator[Trigger]:
    yield from _of_tickets(connection)
    yield from _of_ratings(connection)
    yield from _of_crosswalk(connection)


ONE_ROW = "(SELECT 1 AS one) AS alone"


def _of_tickets(connection: Connection) -> Iterator[Trigger]:
    own = [part for part in PARTS if part.table == "tickets"]
    rated = [part for part in PARTS if part.table == "ratings"]

    def beside(row: str) -> str:
        return f"FROM {ONE_ROW} LEFT JOIN crosswalk AS x ON x.ticket_id = {row}.id WHERE TRUE"

    def noted(part: Part, row: str) -> str:
        return _noted(connection, part, row, row, counted_place(row), beside(row), ticket=row)

    def of_ratings(part: Part, row: str) -> str:
        where = f"FROM ratings AS r LEFT JOIN crosswalk AS x ON x.ticket_id = {row}.id WHERE r.ticket_id = {row}.id"
        return _noted(connection, part, row, "r", counted_place(row), where, ticket=row)

    yield Trigger("days_ticket_came", "tickets", "INSERT", [noted(part, PLUS) for part in own])
    yield Trigger("days_ticket_went", "tickets", "DELETE", [noted(part, MINUS) for part in own])
    for part in own:
        does = [noted(part, MINUS), noted(part, PLUS)]
        yield Trigger(f"days_ticket_{part.moment}", "tickets", "UPDATE", does, _differs(part, with_key=True))
    does = [of_ratings(part, row) for part in rated for row in (MINUS, PLUS)]
    yield Trigger("days_ticket_elsewhere", "tickets", "UPDATE", does, _is_elsewhere())


def _of_ratings(connection: Connection) -> Iterator[Trigger]:
    rated = [part for part in PARTS if part.table == "ratings"]

    def noted(part: Part, row: str) -> str:
        where = (
            f"FROM tickets AS t LEFT JOIN crosswalk AS x ON x.ticket_id = t.id WHERE t.id = {row}.ticket_id"
        )
        return _noted(connection, part, row, row, counted_place("t"), where, ticket="t")

    held = _held(connection, "NEW.ticket_id")
    yield Trigger("days_rating_came", "ratings", "INSERT", [*held, *(noted(part, PLUS) for part in rated)])
    gone = _held(connection, "OLD.ticket_id")
    yield Trigger("days_rating_went", "ratings", "DELETE", [*gone, *(noted(part, MINUS) for part in rated)])
    for part in rated:
        does = [*held, noted(part, MINUS), noted(part, PLUS)]
        yield Trigger(f"days_rating_{part.moment}", "ratings", "UPDATE", does, _differs(part, with_key=False))


def _of_crosswalk(connection: Connection) -> Iterator[Trigger]:
    """A redraw moves many tickets at once: PostgreSQL counts those of a statement together."""
    together = connection.dialect.name == "postgresql"
    new, old = ("new_row", "old_row") if together else (PLUS, MINUS)
    were, are = f"OLD TABLE AS {old}s", f"NEW TABLE AS {new}s"
    both = f"{new} JOIN {old}s AS {old} ON {old}.ticket_id = {new}.ticket_id"
    for name, event, row, rows, away, to, tables in (
        ("came", "INSERT", new, new, own_place("t"), own_place(new), are),
        ("went", "DELETE", old, old, own_place(old), own_place("t"), were),
        ("changed", "UPDATE", new, both, own_place(old), own_place(new), f"{were} {are}"),
    ):
        ids = f"SELECT ticket_id FROM {row}s"
        held = f"PERFORM id FROM tickets WHERE id IN ({ids}) ORDER BY id FOR NO KEY UPDATE"
        does = [held] if together else []
        for part in PARTS:
            rated = "" if part.table == "tickets" else " JOIN ratings AS r ON r.ticket_id = t.id"
            lies = f"FROM tickets AS t{rated} WHERE t.id = {row}.ticket_id"
            if together:
                lies = f"FROM {row}s AS {rows} JOIN tickets AS t ON t.id = {row}.ticket_id{rated} WHERE TRUE"
            counted = "r" if rated else "t"
            does += [
                _noted(connection, part, sign, counted, place, lies, ticket="t")
                for sign, place in ((MINUS, away), (PLUS, to))
            ]
        yield Trigger(f"days_crosswalk_{name}", "crosswalk", event, does, together=tables if together else "")


def _noted(
    connection: Connection, part: Part, sign: str, row: str, place: Place, source: str, *, ticket: str
) -> str:
    """A statement that notes what a row counts – or, for the former row, what it counts no more – in one part."""
    counts = ", ".join(f"{CHANGES[sign]}({part.times(m, row)})" for m in part.counts)
    return (
        f"INSERT INTO day_changes (ticket_id, day, {', '.join(LEVELS)}, lead, part, {', '.join(part.counts)}) "
        f"SELECT {ticket}.id, {day_number(connection, f'{row}.{part.moment}')}, {place_columns(place)}, {rest_columns(ticket)}, {counts} "
        f"{source} AND {part.counts_at_all.sql(row)}"
    )


def _held(connection: Connection, ticket_id: str) -> list[str]:
    """Nobody moves the ticket elsewhere meanwhile; in a file nobody could."""
    if connection.dialect.name != "postgresql":
        return []
    return [f"PERFORM 1 FROM tickets WHERE id = {ticket_id} FOR NO KEY UPDATE"]


def _differs(part: Part, *, with_key: bool) -> str:
    """Does a write change what a row counts in a part?"""
    bits = [f"CASE WHEN {each.said} THEN 1 ELSE 0 END" for each in (part.only, *part.counts.values())]
    differs = " OR ".join(_unlike(each) for each in (f"{{r}}.{part.moment}", *bits))
    return f"{differs} OR {_is_elsewhere()}" if with_key else differs


def _is_elsewhere() -> str:
    """Does a write change where or for whom a ticket counts?"""
    columns = (*LEVELS, "lead")
    of_whole = "CASE WHEN {r}.parent_id IS NULL THEN 0 ELSE 1 END"
    return " OR ".join(_unlike(each) for each in (*(f"{{r}}.{column}" for column in columns), of_whole))


def _unlike(expression: str) -> str:
    new, old = expression.format(r="NEW"), expression.format(r="OLD")
    # As both databases say that two values, either of which may be missing, are not the same.
    return f"(({new}) <> ({old}) OR (({new}) IS NULL) <> (({old}) IS NULL))"

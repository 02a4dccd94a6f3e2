"""Keep what happened on each day counted: what was raised, settled, due, asked and answered, by place and by department.

The database itself keeps it. Triggers write down what each write to a ticket, a rating or the crosswalk takes from one
day and adds to another (``day_changes``), in the writer's own transaction and without waiting for anybody. Now and then
the changes are added up into ``day_counts`` (:func:`fold`). Counts and changes together are what counting the tickets
would give, at every moment: no day is ever stale, whoever writes whatever, to however long a past.

What is counted stands in ``PARTS`` once; triggers, first counts and what is counted from tickets are all made from it. A
ticket is counted where the crosswalk says, else where it lies. A day is one of UTC+8; who asks for stretches that begin
at other times gets the rest from the tickets (``storage/day_sums.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select, text

from domain.needs import SATISFIED_FROM
from domain.tickets import Outcome, State
from storage.filling import Keys, has_alone, indexes_of, make_again, take_away
from storage.schema import EPOCH, day_changes, day_counts, tickets

OFFSET, ERA = timedelta(hours=8), 730_000
"""Midnight is 16:00 UTC; days are numbered from a moment before every date there is."""

FOLDING = 7_105_384
"""The number of the advisory lock under which counts change on PostgreSQL."""

STRETCH = 250_000
"""About so many tickets are counted by one statement: some gigabyte of a database's disk, for as long as it takes."""


def day_of(moment: datetime) -> int:
    """The number of the day a moment lies in."""
    return (moment - EPOCH + OFFSET) // timedelta(days=1) + ERA


def begin_of(day: int) -> datetime:
    """The moment at which a day begins."""
    return EPOCH - OFFSET + timedelta(days=day - ERA)


# --- what is counted ---------------------------------------------------------------------------------------------


def _one_of(states: Sequence[str]) -> str:
    return f"({', '.join(map(repr, states))})"


NEVER_DUE = (State.REJECTED.value, State.CANCELLED.value)
PAUSED = (State.ON_HOLD.value, State.AT_MEETING.value)


Measures = Sequence[str]


@dataclass(frozen=True, slots=True)
class Part:
    """What counts by one moment of a row. In conditions ``{r}`` stands for the row."""

    table: str
    moment: str
    counts: Mapping[str, str]
    only: str = "TRUE"

    def times(self, measure: str, row: str) -> str:
        """1 where the row counts for a measure, else 0."""
        return f"CASE WHEN {self.counts[measure].format(r=row)} THEN 1 ELSE 0 END"

    def is_in(self, row: str) -> str:
        """Does the row count at all?"""
        return f"{row}.{self.moment} IS NOT NULL AND {self.only.format(r=row)}"


RAISED = Part(
    "tickets",
    "opened_at",
    {"raised": "TRUE", "on_the_spot": f"{{r}}.outcome = '{Outcome.SETTLED_ON_THE_SPOT.value}'"},
)
SETTLED = Part(
    "tickets",
    "handled_at",
    {"settled": "TRUE", "timed": "{r}.on_time IS NOT NULL", "timely": "{r}.on_time"},
)
DUE = Part(
    "tickets",
    "handle_by",
    {
        "handled": "{r}.handled_at IS NOT NULL",
        # Overdue once the deadline is past, unless it was paused before that.
        "overdue": (
            f"{{r}}.handled_at IS NULL AND NOT ({{r}}.state IN {_one_of(PAUSED)} AND {{r}}.stage_since <= {{r}}.handle_by)"
        ),
        "on_time": "{r}.handled_at IS NOT NULL AND {r}.on_time",
        "reworked": "{r}.handled_at IS NOT NULL AND {r}.rework > 0",
    },
    f"{{r}}.state NOT IN {_one_of(NEVER_DUE)} AND coalesce({{r}}.outcome, '') <> '{Outcome.MERGED.value}'",
)
SATISFIED = f"{{r}}.grade >= {int(SATISFIED_FROM)}"
ASKED = Part(
    "ratings", "asked_at", {"asked": "TRUE", "rated": "{r}.grade IS NOT NULL", "satisfied": SATISFIED}
)
ANSWERED = Part("ratings", "rated_at", {"answered": "TRUE", "liked": SATISFIED})

PARTS = (RAISED, SETTLED, DUE, ASKED, ANSWERED)
OF_TICKETS = tuple(part for part in PARTS if part.table == "tickets")
BY_MOMENT = {part.moment: part for part in PARTS}


def _measures(parts: Sequence[Part]) -> Measures:
    """What some parts count, by its columns."""
    return tuple(measure for part in parts for measure in part.counts)


MEASURES = _measures(PARTS)
"""Every measure by its column."""


@dataclass(frozen=True, slots=True)
class Grain:
    """How fine some of the counts are: by the grids of a level – 0 for the whole city –, and by department or not."""

    number: int
    level: int
    by_lead: bool


GRAINS = tuple(Grain(2 * level + by_lead, level, by_lead) for level, by_lead in (
    (0, False), (0, True), (1, False), (1, True), (2, False), (3, False),
))  # fmt: skip
"""Departments within compounds and buildings are not kept: there are hardly fewer of these than tickets."""


# --- keeping -------------------------------------------------------------------------------------------------------


def is_due(connection: Connection) -> bool:
    """Are there changes to be added up?"""
    return connection.execute(select(day_changes.c.day).limit(1)).first() is not None


def fold(connection: Connection) -> None:
    """Add the changes up into the counts. Nothing where another process is at it."""
    if connection.dialect.name == "postgresql":
        if not connection.scalar(select(func.pg_try_advisory_xact_lock(FOLDING))):
            return
        gone = "WITH gone AS (DELETE FROM day_changes RETURNING *) "
        connection.exec_driver_sql(gone + _added("gone"))
        return
    connection.exec_driver_sql(_added("day_changes"))
    connection.execute(delete(day_changes))


def make_anew(connection: Connection) -> None:
    """Count every ticket and rating; what was kept before goes. Nobody writes tickets meanwhile."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE tickets, ratings, crosswalk IN SHARE ROW EXCLUSIVE MODE"))
    count_anew(connection)


def count_anew(connection: Connection) -> None:
    """The same for whoever holds the tickets already: nobody writes a rating or moves a ticket elsewhere without them."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(FOLDING)))
    for table in (day_changes, day_counts):
        connection.execute(delete(table))
    first = connection.scalar(select(func.min(tickets.c.id)))
    if first is None:
        return
    begun, *others = _stretches(connection, first)
    with _keys_away(connection):
        connection.exec_driver_sql(_first_counts(_source(connection, PARTS, begun)))
    for ids in others:
        connection.exec_driver_sql(_added(_source(connection, PARTS, ids)))


def add_from(connection: Connection, first: int, *, filled: bool = False) -> None:
    """Count the tickets from an id on, which were just brought in while the triggers rested; they have no ratings yet. Where
    a store is ``filled`` with them, hardly any others are there.
    """
    if connection.dialect.name == "postgresql":
        if filled:
            count_anew(connection)
            return
        connection.execute(select(func.pg_advisory_xact_lock(FOLDING)))
    measures = _measures(OF_TICKETS)
    with _keys_away(connection) if filled else nullcontext():
        for ids in _stretches(connection, first):
            connection.exec_driver_sql(_added(_source(connection, OF_TICKETS, ids), measures))


@contextmanager
def _keys_away(connection: Connection) -> Iterator[None]:
    """Let the counts have no keys while many come: that halves PostgreSQL's work, as long as none is there yet. A file has
    them in the order of one of the two, which stays.
    """
    keys: Keys = indexes_of(day_counts)
    if connection.dialect.name == "postgresql":
        keys = [day_counts.primary_key, *keys] if has_alone(connection, day_counts) else []
    take_away(connection, keys)
    yield
    make_again(connection, keys)


def _stretches(connection: Connection, first: int) -> Sequence[range]:
    """What there is from an id on, a stretch at a time: a database sorts on its disk what it cannot hold."""
    last = connection.scalar(select(func.max(tickets.c.id))) or 0
    return [range(begin, begin + STRETCH) for begin in range(first, last + 1, STRETCH)]


def _source(connection: Connection, parts: Sequence[Part], ids: range) -> str:
    return f"({_everything(connection, parts, ids=ids)})"


def wrong_days(connection: Connection) -> list[datetime]:
    """When those days begin that are counted otherwise than their tickets and ratings are."""
    return [
        begin_of(day) for among in _stretches_of_days(connection) for day in _wrong_among(connection, among)
    ]


def _stretches_of_days(connection: Connection) -> Iterator[range]:
    """All days that count anything, or are said to, in as many stretches as a count of everything anew takes."""
    moments = " UNION ALL ".join(
        f"SELECT {_day(connection, f'{end}({part.moment})')} AS day FROM {part.table} AS r WHERE {part.is_in('r')}"
        for part in PARTS
        for end in ("min", "max")
    )
    kept = " UNION ALL ".join(
        f"SELECT {end}(day) AS day FROM {table}"
        for table in ("day_counts", "day_changes")
        for end in ("min", "max")
    )
    first, last = connection.exec_driver_sql(
        f"SELECT min(day), max(day) FROM ({moments} UNION ALL {kept}) AS every"
    ).one()
    if first is None:
        return
    stretches = (connection.scalar(select(func.count()).select_from(tickets)) or 0) // STRETCH + 1
    length = -(-(last + 1 - first) // stretches)
    for begin in range(first, last + 1, length):
        yield range(begin, begin + length)


def _wrong_among(connection: Connection, days: range) -> list[int]:
    kept = f"SELECT {', '.join(_KEY)}, {', '.join(MEASURES)} FROM day_counts WHERE {_is_among('day', days)}"
    changed = f"(SELECT * FROM day_changes WHERE {_is_among('day', days)})"
    less = ", ".join(f"-{m} AS {m}" for m in MEASURES)
    whole = (
        f"{kept} UNION ALL {_rolled(changed)} UNION ALL "
        f"SELECT {', '.join(_KEY)}, {less} FROM ({_rolled(f'({_everything(connection, days=days)})')}) AS counted"
    )
    wrong = " OR ".join(f"sum({m}) <> 0" for m in MEASURES)
    return list(
        connection.exec_driver_sql(
            f"SELECT DISTINCT day FROM (SELECT day FROM ({whole}) AS every GROUP BY {', '.join(_KEY)} HAVING {wrong}) AS wrong ORDER BY day"
        ).scalars()
    )


def _is_among(number: str, these: range) -> str:
    return f"{number} >= {these.start} AND {number} < {these.stop}"


NONE = "''"
"""A key by which a grain keeps nothing apart."""

_KEY = ("grain", "place", "day", "lead", "part", "level1", "level2")


def _first_counts(source: str, measures: Measures = MEASURES) -> str:
    """Keep what a source has, where there are no counts yet."""
    return f"INSERT INTO day_counts ({', '.join(_KEY)}, {', '.join(measures)}) {_rolled(source, measures)}"


def _added(source: str, measures: Measures = MEASURES) -> str:
    """Add what a source has to the counts."""
    sums = ", ".join(f"{m} = day_counts.{m} + excluded.{m}" for m in measures)
    return f"{_first_counts(source, measures)} ON CONFLICT ({', '.join(_KEY)}) DO UPDATE SET {sums}"


def _rolled(source: str, measures: Measures = MEASURES) -> str:
    """What a source has of the finest, for every grain. It is read once; communities' and buildings' counts are added up
    first, and every grain from those of the two that suffice: they are far fewer.
    """
    sums = _sums(measures)
    added_up = ", ".join(
        f"{name} AS MATERIALIZED (SELECT {', '.join(keys)}, {sums} FROM finest GROUP BY {', '.join(keys)})"
        for name, keys in _ADDED_UP.items()
    )
    grains = " UNION ALL ".join(_of_grain(grain, measures) for grain in GRAINS)
    return (
        f"SELECT * FROM (WITH finest AS MATERIALIZED (SELECT * FROM {source} AS one), {added_up} {grains}) "
        "AS rolled WHERE TRUE"
    )


_ADDED_UP: Mapping[str, Sequence[str]] = {
    "communities": ("level1", "day", "lead", "part"),
    "buildings": ("level3", "day", "part", "level1", "level2"),
}
"""What is added up first, by its keys: those of every grain are among them."""


def _sum(of: str, measure: str) -> str:
    """Added up to a plain number again: the larger ones that PostgreSQL makes of it are costly to add up once more."""
    return f"CAST(sum({of}) AS integer) AS {measure}"


def _sums(measures: Measures) -> str:
    return ", ".join(_sum(measure, measure) for measure in measures)


def _of_grain(grain: Grain, measures: Measures) -> str:
    place = f"level{grain.level}" if grain.level else NONE
    keys = {
        "place": place,
        "day": "day",
        "lead": "lead" if grain.by_lead else NONE,
        "part": "part",
        "level1": "level1" if grain.level >= 1 else NONE,
        "level2": "level2" if grain.level >= 2 else NONE,
    }
    told = ", ".join(f"{key} AS {name}" for name, key in keys.items())
    apart = list(dict.fromkeys(key for key in keys.values() if key != NONE))
    source, has = next((name, has) for name, has in _ADDED_UP.items() if set(apart) <= set(has))
    if len(apart) == len(has):
        return f"SELECT {grain.number} AS grain, {told}, {', '.join(measures)} FROM {source}"
    return (
        f"SELECT {grain.number} AS grain, {told}, {_sums(measures)} FROM {source} GROUP BY {', '.join(apart)}"
    )


def _everything(
    connection: Connection,
    parts: Sequence[Part] = PARTS,
    *,
    ids: range | None = None,
    days: range | None = None,
) -> str:
    """All that tickets and ratings count, as finely as changes are kept; of some tickets alone, or on some days."""
    measures = _measures(parts)
    return " UNION ALL ".join(_all_of(connection, part, measures, ids, days) for part in parts)


def _all_of(
    connection: Connection, part: Part, measures: Measures, ids: range | None, days: range | None
) -> str:
    row = "t" if part.table == "tickets" else "r"
    rated = "" if row == "t" else "JOIN ratings AS r ON r.ticket_id = t.id "
    sums = ", ".join(_sum(part.times(m, row), m) if m in part.counts else f"0 AS {m}" for m in measures)
    day = _day(connection, f"{row}.{part.moment}")
    asked = [part.is_in(row)]
    asked += [_is_among("t.id", ids)] if ids else []
    asked += [_is_among(day, days)] if days else []
    return (
        f"SELECT {day} AS day, {_place(_counted('t'))}, {_rest('t')}, {sums} "
        f"FROM tickets AS t {rated}LEFT JOIN crosswalk AS x ON x.ticket_id = t.id "
        f"WHERE {' AND '.join(asked)} GROUP BY 1, 2, 3, 4, 5, 6"
    )


def _day(connection: Connection, moment: str) -> str:
    if connection.dialect.name == "postgresql":
        here = f"{moment} AT TIME ZONE 'UTC' + interval '{int(OFFSET.total_seconds())} seconds'"
        return f"CAST({here} AS date) - date '{EPOCH:%Y-%m-%d}' + {ERA}"
    shift = (OFFSET + timedelta(days=ERA)) // timedelta(microseconds=1)
    return f"({moment} + {shift}) / {timedelta(days=1) // timedelta(microseconds=1)}"


LEVELS = ("level1", "level2", "level3")

Place = Mapping[str, str]
"""The expression behind each level."""


def _own(row: str) -> Place:
    """Where a row itself says."""
    return {level: f"{row}.{level}" for level in LEVELS}


def _counted(row: str) -> Place:
    """Where a ticket is counted, with the crosswalk ``x`` beside it."""
    return {level: f"CASE WHEN x.ticket_id IS NULL THEN {row}.{level} ELSE x.{level} END" for level in LEVELS}


def _place(place: Place) -> str:
    return ", ".join(f"coalesce({place[level]}, '') AS {level}" for level in LEVELS)


def _rest(ticket: str) -> str:
    return f"coalesce({ticket}.lead, '') AS lead, ({ticket}.parent_id IS NOT NULL) AS part"


# --- triggers ------------------------------------------------------------------------------------------------------

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
        return _noted(connection, part, row, row, _counted(row), beside(row), ticket=row)

    def of_ratings(part: Part, row: str) -> str:
        where = f"FROM ratings AS r LEFT JOIN crosswalk AS x ON x.ticket_id = {row}.id WHERE r.ticket_id = {row}.id"
        return _noted(connection, part, row, "r", _counted(row), where, ticket=row)

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
        return _noted(connection, part, row, row, _counted("t"), where, ticket="t")

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
        ("came", "INSERT", new, new, _own("t"), _own(new), are),
        ("went", "DELETE", old, old, _own(old), _own("t"), were),
        ("changed", "UPDATE", new, both, _own(old), _own(new), f"{were} {are}"),
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
        f"SELECT {ticket}.id, {_day(connection, f'{row}.{part.moment}')}, {_place(place)}, {_rest(ticket)}, {counts} "
        f"{source} AND {part.is_in(row)}"
    )


def _held(connection: Connection, ticket_id: str) -> list[str]:
    """Nobody moves the ticket elsewhere meanwhile; in a file nobody could."""
    if connection.dialect.name != "postgresql":
        return []
    return [f"PERFORM 1 FROM tickets WHERE id = {ticket_id} FOR NO KEY UPDATE"]


def _differs(part: Part, *, with_key: bool) -> str:
    """Does a write change what a row counts in a part?"""
    bits = [f"CASE WHEN {condition} THEN 1 ELSE 0 END" for condition in (part.only, *part.counts.values())]
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

"""What is kept of days is what counting every ticket gives, whatever is written, on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, func, insert, select, update

from domain.grids import Level
from domain.indicators import LEVEL_OF, Grouping, Tally
from domain.loads import Measure, Share
from domain.needs import SATISFIED_FROM
from domain.tickets import ENDED, Outcome, State
from storage import counts, days, trends
from storage.columns import Column, Columns, append_columns, moments
from storage.counts import Area
from storage.database import Database
from storage.days import keeping
from storage.indicators import tallies
from storage.schema import crosswalk, day_changes, day_counts, plans, ratings, tickets
from tests.domain.build import MONDAY
from tests.storage.living import cleared

DAY = timedelta(days=1)
MIDNIGHT = days.begin_of(days.day_of(MONDAY))
NOW = MIDNIGHT + timedelta(hours=11)
LATE = datetime.max.replace(tzinfo=NOW.tzinfo)
PLACES = (
    ("C", "C1", "C11"),
    ("C", "C1", "C12"),
    ("C", "C2", None),
    ("D", None, None),
    (None, None, None),
    ("D", "C1", "C11"),
)
AREAS = (
    Area(),
    Area(Level.COMMUNITY, ("C",)),
    Area(Level.COMMUNITY, ("C", "D")),
    Area(Level.COMPOUND, ("C1",)),
    Area(Level.BUILDING, ("C11",)),
    Area(lead="water"),
    Area(Level.COMMUNITY, ("C",), lead="fire"),
    Area(Level.BUILDING, ("C11",), lead="water"),
    Area(holder="C12"),
    Area(Level.COMMUNITY, ()),
)
MEASURED = {Measure.ON_TIME: ("handled_at", "on_time"), Measure.SATISFIED: ("rated_at", "grade")}


# --- what is written -----------------------------------------------------------------------------------------------


def some_moment(random: Random) -> datetime:
    """Around the days that are asked for; now and then exactly at midnight, an end of what is asked for, or long ago."""
    if random.random() < 0.1:
        return random.choice((MIDNIGHT, MIDNIGHT - DAY, NOW, NOW - 4 * DAY, MIDNIGHT - 40_000 * DAY))
    return MIDNIGHT + timedelta(microseconds=random.randrange(-6 * 86_400_000_000, 2 * 86_400_000_000))


def some_ticket(random: Random) -> dict[str, Any]:
    state = random.choice(list(State))
    place = random.choice(PLACES)
    maybe: Callable[[Any], Any] = lambda value: random.choice((None, value))  # noqa: E731
    return {
        "state": state.value, "open": state not in ENDED, "holder": random.choice(("C11", "C12")),
        "level1": place[0], "level2": place[1], "level3": place[2], "category": "noise", "urgent": False, "source": "grid",
        "opened_at": some_moment(random), "stage_since": some_moment(random), "handle_by": maybe(some_moment(random)),
        "handled_at": maybe(some_moment(random)), "on_time": random.choice((None, True, False)),
        "outcome": maybe(random.choice(list(Outcome)).value), "rework": random.randrange(2),
        "lead": random.choice((None, "water", "fire")), "parent_id": random.choice((None, None, 1)), "live": True,
    }  # fmt: skip


@dataclass
class Writer:
    """Somebody who writes anything at all."""

    connection: Connection
    random: Random
    made: int = 0

    def ids(self) -> list[int]:
        return list(self.connection.scalars(select(tickets.c.id).order_by(tickets.c.id)))

    def raises(self) -> None:
        self.made += 1
        self.connection.execute(insert(tickets).values(no=f"n{self.made}", **some_ticket(self.random)))

    def moves(self) -> None:
        new = some_ticket(self.random)
        some = self.random.sample(sorted(new), self.random.randrange(1, len(new)))
        ids = self.ids()
        chosen = self.random.sample(ids, min(len(ids), self.random.randrange(1, 4)))
        self.connection.execute(
            update(tickets).where(tickets.c.id.in_(chosen)).values({k: new[k] for k in some})
        )

    def removes(self) -> None:
        free = select(ratings.c.ticket_id).union(select(crosswalk.c.ticket_id))
        for one in self.connection.scalars(
            select(tickets.c.id).where(tickets.c.id.not_in(free)).limit(1)
        ).all():
            self.connection.execute(delete(tickets).where(tickets.c.id == one))

    def asks(self) -> None:
        for one in self.ids():
            if self.random.random() < 0.5:
                self.made += 1
                row = {"ticket_id": one, "cycle": self.made, "token": f"t{self.made}", "until_at": NOW}
                self.connection.execute(insert(ratings).values(asked_at=some_moment(self.random), **row))

    def answers(self) -> None:
        chosen = [n for n in self.connection.scalars(select(ratings.c.id)) if self.random.random() < 0.5]
        grade = self.random.choice((1, 3, 4, 5, None))
        at = some_moment(self.random) if grade else None
        self.connection.execute(
            update(ratings).where(ratings.c.id.in_(chosen)).values(grade=grade, rated_at=at)
        )

    def redraws(self) -> None:
        there = set(self.connection.scalars(select(crosswalk.c.ticket_id)))
        for one in self.ids():
            place = dict(zip(("level1", "level2", "level3"), self.random.choice(PLACES), strict=True))
            chance = self.random.random()
            if one in there and chance < 0.4:
                self.connection.execute(delete(crosswalk).where(crosswalk.c.ticket_id == one))
            elif one in there and chance < 0.7:
                self.connection.execute(update(crosswalk).where(crosswalk.c.ticket_id == one).values(place))
            elif one not in there and chance < 0.5:
                self.connection.execute(insert(crosswalk).values(plan_id=1, ticket_id=one, **place))

    def brings_in(self) -> None:
        """Some at once, counted from their columns, or from the table once they are there."""
        batches = [self.some_columns(self.random.randrange(1, 9)) for _ in range(self.random.randrange(1, 3))]
        first = (self.connection.scalar(select(func.max(tickets.c.id))) or 0) + 1
        with ThreadPoolExecutor(1) as beside:
            counted = days.count_beside(self.connection, batches, beside)
            with days.uncounted(self.connection, ["tickets"]):
                for batch in batches:
                    append_columns(self.connection, tickets, batch)
        if counted and self.random.random() < 0.7:
            days.fill(self.connection, counted.result())
        else:
            days.add_from(self.connection, first, filled=self.random.random() < 0.5)

    def some_columns(self, count: int) -> Columns:
        """Some tickets as columns; what mostly is nothing may be left out."""
        rows = [some_ticket(self.random) for _ in range(count)]
        columns: dict[str, Column] = {name: [row[name] for row in rows] for name in rows[0]}
        for name in ("opened_at", "stage_since", "handle_by", "handled_at"):
            columns[name] = moments(row[name] for row in rows)
        for name in self.random.sample(
            ("rework", "parent_id", "on_time", "lead", "handle_by", "handled_at"), 3
        ):
            del columns[name]
        self.made += count
        return {"no": [f"c{self.made - n}" for n in range(count)], **columns}

    def folds(self) -> None:
        days.fold(self.connection)
        assert not days.is_due(self.connection)

    def counts_anew(self) -> None:
        days.make_anew(self.connection)


WRITES = (
    Writer.raises, Writer.raises, Writer.moves, Writer.moves, Writer.asks, Writer.answers, Writer.redraws, Writer.removes,
    Writer.brings_in, Writer.folds, Writer.counts_anew,
)  # fmt: skip


# --- counting plainly ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class One:
    """A ticket, or a rating with its ticket, and where it is counted."""

    row: Any
    ticket: Any
    place: tuple[str | None, str | None, str | None]

    def lies_in(self, area: Area) -> bool:
        return (
            (area.level is None or self.place[int(area.level) - 1] in area.codes)
            and (area.lead is None or self.ticket.lead == area.lead)
            and (area.holder is None or self.ticket.holder == area.holder)
        )

    def key(self, by: Grouping) -> str:
        if by is Grouping.DEPARTMENT:
            return self.ticket.lead or ""
        return "" if by is Grouping.CITY else self.place[int(LEVEL_OF[by]) - 1] or ""


def all_there_is(connection: Connection) -> tuple[list[One], list[One]]:
    moved = {x.ticket_id: (x.level1, x.level2, x.level3) for x in connection.execute(select(crosswalk))}
    found = {
        t.id: One(t, t, moved.get(t.id, (t.level1, t.level2, t.level3)))
        for t in connection.execute(select(tickets))
    }
    rated = [
        One(r, found[r.ticket_id].row, found[r.ticket_id].place) for r in connection.execute(select(ratings))
    ]
    return list(found.values()), rated


def within(moment: datetime | None, since: datetime, until: datetime) -> bool:
    return moment is not None and since <= moment < until


def plain_tallies(
    connection: Connection, since: datetime, until: datetime, by: Grouping, area: Area
) -> dict[str, Tally]:
    own, rated = all_there_is(connection)
    wholes = by is not Grouping.DEPARTMENT and not area.lead
    found: dict[str, Tally] = {}

    def add(one: One, tally: Tally) -> None:
        if one.lies_in(area) and not (wholes and one.ticket.parent_id):
            found[one.key(by)] = found.get(one.key(by), Tally()) + tally

    for one in own:
        t = one.row
        dead = t.state in ("rejected", "cancelled") or t.outcome == "merged"
        if within(t.handle_by, since, until) and not dead:
            paused = t.state in ("on_hold", "at_meeting") and t.stage_since <= t.handle_by
            late = not t.handled_at and t.handle_by < NOW and not paused
            done = bool(t.handled_at)
            add(one, Tally(done, late, done and bool(t.on_time), done and t.rework > 0))
        if within(t.opened_at, since, until):
            add(one, Tally(raised=1, on_the_spot=t.outcome == "settled_on_the_spot"))
    for one in rated:
        if within(one.row.asked_at, since, until):
            grade = one.row.grade
            add(one, Tally(asked=1, rated=grade is not None, satisfied=(grade or 0) >= SATISFIED_FROM))
    return {key: tally for key, tally in found.items() if tally != Tally()}


def plain_shares(
    connection: Connection, measure: Measure, area: Area, since: datetime, now: datetime, level: Level | None
) -> dict[str, Share]:
    moment, good = MEASURED[measure]
    found: dict[str, Share] = {}
    for one in all_there_is(connection)[measure is Measure.SATISFIED]:
        value = getattr(one.row, good)
        at = getattr(one.row, moment)
        counts_at_all = at is not None and since <= at <= now and (value is not None or good == "grade")
        place = "" if level is None else one.place[int(level) - 1]
        if counts_at_all and one.lies_in(area) and place is not None:
            was = found.get(place, Share())
            found[place] = Share(
                was.n + 1, was.good + (value >= SATISFIED_FROM if good == "grade" else bool(value))
            )
    return found


def rate_of(share: Share) -> float | None:
    return share.good / share.n if share.n else None


# --- the promise -----------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def counted_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What counts everything anew never has everything in hand."""
    monkeypatch.setattr(keeping, "STRETCH", 7)


@pytest.fixture
def city_of_writers(database: Database) -> Iterator[Database]:
    with database.write() as connection:
        connection.execute(
            insert(plans).values(id=1, name="p", state="in_force", from_at=MONDAY, created_at=MONDAY)
        )
    yield database


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32), st.lists(st.sampled_from(WRITES), min_size=5, max_size=40))
def test_every_reader_tells_what_counting_plainly_gives_whatever_was_written(
    city_of_writers: Database, seed: int, writes: list[Callable[[Writer], None]]
) -> None:
    cleared(city_of_writers)
    random = Random(seed)
    with city_of_writers.write() as connection:
        connection.execute(delete(crosswalk))
        writer = Writer(connection, random)
        for write in writes:
            write(writer)
        assert days.wrong_days(connection) == []
    with city_of_writers.read() as connection:
        readers_tell_the_truth(connection, random)


def readers_tell_the_truth(connection: Connection, random: Random) -> None:
    area = random.choice(AREAS)
    since, until = sorted((some_moment(random), some_moment(random)))
    midnights = [MIDNIGHT + n * DAY for n in range(-4, 2)]
    for begins, ends in ((since, until), (midnights[0], midnights[-1]), (NOW - 4 * DAY, NOW)):
        by = random.choice([g for g in Grouping if g is not Grouping.STREET])
        told = tallies(connection, since=begins, until=ends, now=NOW, by=by, area=area)
        assert told == plain_tallies(connection, begins, ends, by, area), (by, area, begins, ends)
        measure, level = random.choice(list(MEASURED)), random.choice(list(Level))
        shares = counts.shares(connection, level, measure, begins, area.lead)
        assert shares == plain_shares(connection, measure, Area(lead=area.lead), begins, LATE, level)
        rate = trends.rate(connection, measure, area, begins, ends)
        whole = plain_shares(connection, measure, area, begins, ends, None).get("", Share())
        assert rate == rate_of(whole)
    own = [one.row for one in all_there_is(connection)[0] if one.lies_in(area)]
    for ends in (midnights, [since, until], [MIDNIGHT - DAY, NOW - DAY], [midnights[0], since, until]):
        ends = sorted(ends)
        assert [(d.raised, d.settled) for d in trends.happened_between(connection, area, ends)] == [
            tuple(
                sum(within(getattr(t, name), one, other) for t in own) for name in ("opened_at", "handled_at")
            )
            for one, other in pairwise(ends)
        ]
    told_now = counts.figures(connection, area, MIDNIGHT, NOW - 4 * DAY, NOW)
    assert told_now.raised_today == sum(within(t.opened_at, MIDNIGHT, LATE) for t in own)
    assert told_now.settled_today == sum(within(t.handled_at, MIDNIGHT, LATE) for t in own)
    for measure, (rate, n) in {
        Measure.ON_TIME: (told_now.on_time_rate, told_now.on_time_n),
        Measure.SATISFIED: (told_now.satisfied_rate, told_now.rated_n),
    }.items():
        whole = plain_shares(connection, measure, area, NOW - 4 * DAY, LATE, None).get("", Share())
        assert (rate, n) == (rate_of(whole), whole.n)


def test_what_is_brought_in_counts_as_its_columns_say_beside_what_is_there(database: Database) -> None:
    with database.write() as connection:
        writer = Writer(connection, Random(4))
        for _ in range(20):
            writer.brings_in()
            assert days.wrong_days(connection) == []
        assert len(writer.ids()) == writer.made
        writer.raises()
        days.fold(connection)
        assert days.wrong_days(connection) == []


def test_a_write_that_changes_no_figure_notes_nothing(database: Database) -> None:
    with database.write() as connection:
        Writer(connection, Random(1)).raises()
        days.fold(connection)
        connection.execute(update(tickets).values(address="x", version=2, holder="C12", due_at=NOW))
        assert not days.is_due(connection)


def test_what_is_undone_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        Writer(connection, Random(1)).raises()
        raise ZeroDivisionError
    with database.read() as connection:
        assert (
            connection.execute(select(day_changes)).all()
            == connection.execute(select(day_counts)).all()
            == []
        )


def test_who_moves_a_ticket_and_who_rates_it_at_the_same_time_count_it_once(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("writers of a file queue")
    with database.write() as connection:
        writer = Writer(connection, Random(1))
        writer.raises()
        connection.execute(
            insert(ratings).values(ticket_id=1, cycle=1, token="t", asked_at=NOW, until_at=NOW)
        )
    for first, then in (("move", "rate"), ("rate", "move")):
        write = {
            "move": update(tickets).values(lead=f"{first}-{then}"),
            "rate": update(ratings).values(grade=4 if first == "rate" else 2, rated_at=NOW),
        }
        with database.write() as connection:
            connection.execute(write[first])
            other = threading.Thread(target=written, args=(database, write[then]))
            other.start()
            other.join(0.3)
        other.join(10)
        with database.read() as connection:
            assert days.wrong_days(connection) == []


def written(database: Database, statement: Any) -> None:
    with database.write() as connection:
        connection.execute(statement)


def test_changes_are_added_up_while_others_write(database: Database) -> None:
    def write(n: int) -> None:
        for k in range(15):
            with database.write() as connection:
                connection.execute(insert(tickets).values(no=f"{n}-{k}", **some_ticket(Random(100 * n + k))))

    writers = [threading.Thread(target=write, args=(n,)) for n in range(3)]
    for each in writers:
        each.start()
    while any(each.is_alive() for each in writers):
        with database.write() as connection:
            days.fold(connection)
    with database.write() as connection:
        assert days.wrong_days(connection) == []
        days.fold(connection)
        assert days.wrong_days(connection) == []
        assert not days.is_due(connection)


def test_what_somebody_wrote_over_is_found(database: Database) -> None:
    with database.write() as connection:
        Writer(connection, Random(1)).raises()
        days.fold(connection)
        connection.execute(update(day_counts).where(day_counts.c.raised == 1).values(raised=2))
        opened = connection.scalar(select(tickets.c.opened_at))
        assert opened and days.wrong_days(connection) == [days.begin_of(days.day_of(opened))]


def test_what_is_wrong_on_far_days_is_found_whichever_stretch_they_lie_in(database: Database) -> None:
    with database.write() as connection:
        writer = Writer(connection, Random(2))
        while len(writer.ids()) < 4 * keeping.STRETCH:
            writer.raises()
        days.fold(connection)
        assert days.wrong_days(connection) == []
        opened = sorted({days.day_of(each) for each in connection.scalars(select(tickets.c.opened_at))})
        first, last = opened[0], opened[-1]
        one = connection.execute(select(day_counts).where(day_counts.c.day == last)).mappings().first()
        assert one and first < last
        never = last + 1_000
        connection.execute(insert(day_counts).values(**{**one, "day": never}))
        connection.execute(update(day_counts).where(day_counts.c.day == first).values(raised=99))
        assert days.wrong_days(connection) == [days.begin_of(day) for day in (first, never)]

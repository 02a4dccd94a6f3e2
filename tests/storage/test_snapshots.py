"""What was open at a midnight that is over, counted later, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from city.opened import City
from city.settings import Settings
from city.snapshots import begins, take_missing
from demo.simulate import simulate
from domain.actions.raising import Report, raise_ticket
from domain.actions.tickets import act
from domain.grids import CITY, Level, Located
from domain.moves import Given
from domain.people import Person, Role
from domain.place import LngLat
from domain.tickets import Source, State, Ticket, Words
from storage import counts, snapshots, trends
from storage.counts import Area
from storage.database import Database
from storage.schema import snapshot_loads, tickets
from storage.schema import snapshots as table_of_days
from storage.snapshots import DayLoad
from storage.store import TicketStore
from storage.tickets import columns_of
from tests.domain.build import COMMUNITY, COMPOUND, DEPARTMENT, MEMBER, MONDAY, RULES, STREET, ZONE

DAY = timedelta(days=1)
MIDNIGHT = datetime(2026, 11, 24, tzinfo=ZONE)
PLACES = (Located("C", "C1", "C11"), Located("C", "C1", "C12"), Located("D"), Located())


def opens_at(database: Database, midnight: datetime) -> dict[tuple[int, str], int]:
    with database.read() as connection:
        found = snapshots.loads_at(connection, midnight, with_overdue=False)
    return {(load.level, load.grid): load.open for load in found}


def counted_now(database: Database, now: datetime) -> dict[tuple[int, str], int]:
    """What the map shows at this moment, and the whole city."""
    with database.read() as connection:
        found = {
            (int(level), code): load.open
            for level in Level
            for code, load in counts.loads(connection, level, now).items()
            if code
        }
        whole = counts.open_in(connection, Area())
    return {**found, (snapshots.WHOLE, CITY): whole} if whole else found


# --- against brute force ---------------------------------------------------------------------------------------

hours = st.integers(-60, 60)
intervals = st.lists(
    st.tuples(
        hours, st.none() | st.integers(0, 90), st.none() | st.integers(-60, 90), st.sampled_from(PLACES)
    ),
    max_size=25,
)


def ticket_of(opened: int, lasts: int | None, due: int | None, place: Located) -> Ticket:
    at = MIDNIGHT + timedelta(hours=opened)
    ended = None if lasts is None else at + timedelta(hours=lasts)
    return Ticket(
        state=State.IN_PROGRESS if ended is None else State.CLOSED,
        holder=place.grid or CITY, located=place, point=None, category="noise", source=Source.GRID,
        opened_at=at, stage_since=ended or at, closed_at=ended, handled_at=ended,
        due_at=MIDNIGHT + timedelta(hours=due) if due is not None and ended is None else None,
    )  # fmt: skip


def fill(database: Database, made: Sequence[Ticket]) -> None:
    rows = [columns_of(t) | {"id": n, "no": f"n{n}", "once": None} for n, t in enumerate(made, start=1)]
    with database.write() as connection:
        connection.execute(tickets.delete())
        if rows:
            connection.execute(insert(tickets), rows)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(intervals)
def test_what_was_open_and_overdue_is_what_one_counts_ticket_by_ticket(
    database: Database, drawn: list[tuple[int, int | None, int | None, Located]]
) -> None:
    made = [ticket_of(*one) for one in drawn]
    fill(database, made)
    opened: Counter[tuple[int, str]] = Counter()
    late: Counter[tuple[int, str]] = Counter()
    for one in made:
        if one.opened_at < MIDNIGHT and (one.closed_at is None or one.closed_at >= MIDNIGHT):
            for unit in units_of(one.located):
                opened[unit] += 1
                late[unit] += one.due_at is not None and one.due_at < MIDNIGHT
    with database.read() as connection:
        found = snapshots.loads_at(connection, MIDNIGHT, with_overdue=True)
    assert found == [
        DayLoad(code, level, n, late[level, code]) for (level, code), n in sorted(opened.items())
    ]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    intervals,
    st.sampled_from(
        [Area(), Area(level=Level.COMMUNITY, codes=("C",)), Area(level=Level.COMPOUND, codes=("C1",))]
    ),
)
def test_what_is_open_changes_from_day_to_day_by_what_was_raised_and_settled(
    database: Database, drawn: list[tuple[int, int | None, int | None, Located]], area: Area
) -> None:
    fill(database, [ticket_of(*one) for one in drawn])
    midnights = [MIDNIGHT + DAY * n for n in range(-4, 8)]
    unit = {None: (0, CITY), 1: (1, "C"), 2: (2, "C1")}[area.level]
    opened = [opens_at(database, at).get(unit, 0) for at in midnights]
    with database.read() as connection:
        happened = trends.happened_between(connection, area, midnights)
    changes = [after - before for before, after in pairwise(opened)]
    assert changes == [day.raised - day.settled for day in happened]


# --- against what was counted at the time ----------------------------------------------------------------------


def raised(store: TicketStore, now: datetime) -> Ticket:
    return raise_ticket(store, RULES, Report(LngLat(1, 1), "noise", Words("loud")), by=MEMBER, now=now)


def made(store: TicketStore, one: Ticket, name: str, by: Person, now: datetime, **given: Any) -> Ticket:
    return act(store, RULES, one.id, name, Given("because", **given), version=one.version, by=by, now=now)


def test_what_was_over_at_midnight_and_reopened_since_is_not_counted(database: Database) -> None:
    store, seen = TicketStore(database), {}
    one, other = raised(store, MONDAY), raised(store, MONDAY)
    made(store, other, "hand_up", MEMBER, MONDAY)
    one = made(store, one, "settle", MEMBER, MONDAY + timedelta(hours=1))
    seen[MIDNIGHT] = counted_now(database, MIDNIGHT)
    one = made(store, one, "reopen", COMMUNITY, MIDNIGHT + timedelta(hours=10))
    seen[MIDNIGHT + DAY] = counted_now(database, MIDNIGHT + DAY)
    made(store, one, "settle", MEMBER, MIDNIGHT + DAY + timedelta(hours=9))
    seen[MIDNIGHT + 2 * DAY] = counted_now(database, MIDNIGHT + 2 * DAY)
    assert [found[3, "C11"] for found in seen.values()] == [1, 2, 1]
    assert {at: opens_at(database, at) for at in seen} == seen


def test_parts_merges_rejections_and_cancellations_are_counted_as_they_were_at_the_time(
    database: Database,
) -> None:
    store, seen, at = TicketStore(database), {}, MONDAY

    def night() -> None:
        midnight = MIDNIGHT + DAY * len(seen)
        seen[midnight] = counted_now(database, midnight)

    whole, twin, wrong, void = (raised(store, at) for _ in range(4))
    whole = made(store, whole, "hand_up", MEMBER, at)
    whole = made(store, whole, "hand_up", COMPOUND, at)
    night()
    at += DAY
    whole = made(store, whole, "accept", COMMUNITY, at)
    whole = made(store, whole, "dispatch", COMMUNITY, at, department="water", assistants=("fire",))
    made(store, void, "cancel", STREET, at)
    night()
    at += DAY
    made(store, twin, "merge", COMMUNITY, at, original=whole.no)
    wrong = made(store, wrong, "hand_up", MEMBER, at)
    wrong = made(store, wrong, "hand_up", COMPOUND, at)
    made(store, wrong, "reject", COMMUNITY, at, reason="court")
    night()
    at += DAY
    whole = made(store, whole, "sign", DEPARTMENT, at)
    made(store, whole, "cancel", STREET, at)
    night()
    assert [found.get((3, "C11"), 0) for found in seen.values()] == [4, 4, 2, 0]
    assert {midnight: opens_at(database, midnight) for midnight in seen} == seen


@pytest.mark.slow
def test_a_stretch_in_which_people_worked_is_counted_later_as_it_was_at_the_time(own_city: City) -> None:
    seen: dict[datetime, set[int]] = {}
    reopened = 0
    for _ in range(16):
        until = simulate(own_city, days=1).until
        with own_city.database.read() as connection:
            seen[until] = set(connection.scalars(select(tickets.c.id).where(tickets.c.open)))
        reopened += reopen_some(own_city, until)
    assert reopened > 20, "the stretch has what makes this hard"
    with own_city.database.read() as connection:
        rows = {row.id: row for row in connection.execute(select(tickets))}
    assert {at: opens_at(own_city.database, at) for at in seen} == {
        at: dict(Counter(unit for n in ids for unit in units_of(rows[n]))) for at, ids in seen.items()
    }


def reopen_some(city: City, now: datetime) -> int:
    """The communities take up three tickets again that ended days ago."""
    ended = select(tickets).where(
        tickets.c.state == "closed", tickets.c.parent_id.is_(None), tickets.c.duplicate_of.is_(None),
        tickets.c.closed_at.between(now - 6 * DAY, now - 2 * DAY), tickets.c.level1.is_not(None),
    )  # fmt: skip
    with city.database.read() as connection:
        found = connection.execute(ended.order_by(tickets.c.id).limit(3)).all()
    for row in found:
        head = Person(1, "", Role.COMMUNITY, row.level1)
        act(
            city.store, city.rulebook, row.id, "reopen", Given("again"), version=row.version, by=head, now=now
        )
    return len(found)


def units_of(row: Any) -> list[tuple[int, str]]:
    places = [(1, row.level1), (2, row.level2), (3, row.level3), (0, CITY)]
    return [(level, code) for level, code in places if code]


# --- taking them -----------------------------------------------------------------------------------------------


@pytest.fixture
def city(database: Database) -> Iterator[City]:
    fill(database, [ticket_of(-24 * 40, None, -5, PLACES[0]), ticket_of(-30, 50, None, PLACES[1])])
    opened = City(Settings(database_url=database.url))
    yield opened
    opened.database.close()


def kept(city: City) -> list[tuple[str, bool]]:
    with city.database.read() as connection:
        rows = connection.execute(select(table_of_days).order_by(table_of_days.c.day))
        return [(row.day, row.with_overdue) for row in rows]


def test_the_last_31_days_are_taken_once_and_only_the_one_just_over_knows_what_was_overdue(
    city: City,
) -> None:
    soon = MIDNIGHT + timedelta(minutes=3)
    assert take_missing(city, soon) == 31
    assert take_missing(city, soon) == 0
    days = kept(city)
    assert (days[0], days[-2:]) == (
        ("2026-10-24", False), [("2026-11-22", False), ("2026-11-23", True)],
    )  # fmt: skip
    with city.database.read() as connection:
        assert snapshots.at_end_of(connection, date(2026, 11, 23), [CITY]) == (2, 1)
        assert snapshots.at_end_of(connection, date(2026, 11, 22), [CITY]) == (2, None)
        assert snapshots.at_end_of(connection, date(2026, 11, 22), ["C12"]) == (1, None)
        assert snapshots.at_end_of(connection, date(2026, 11, 22), ["D"]) == (0, None)
        assert snapshots.at_end_of(connection, date(2026, 11, 24), [CITY]) is None


def test_an_hour_after_midnight_nobody_says_what_was_overdue(city: City) -> None:
    take_missing(city, MIDNIGHT + timedelta(hours=1))
    assert kept(city)[-1] == ("2026-11-23", False)


def test_days_before_the_first_ticket_are_not_made_up(city: City) -> None:
    fill(city.database, [])
    assert take_missing(city, MIDNIGHT) == 0
    fill(city.database, [ticket_of(-50, None, None, PLACES[0])])
    assert take_missing(city, MIDNIGHT) == 3
    assert [day for day, _ in kept(city)] == ["2026-11-21", "2026-11-22", "2026-11-23"]


def test_what_was_made_up_is_forgotten_and_what_was_seen_stays(city: City) -> None:
    take_missing(city, MIDNIGHT)
    with city.database.write() as connection:
        snapshots.forget_made_up(connection, date(2026, 11, 20))
    assert [day for day, _ in kept(city)][-2:] == ["2026-11-19", "2026-11-23"]
    assert take_missing(city, MIDNIGHT + timedelta(hours=9)) == 3


def test_several_processes_at_once_keep_each_day_once(city: City, database: Database) -> None:
    start, taken = threading.Barrier(4), []

    def go() -> None:
        own = City(Settings(database_url=database.url))
        start.wait()
        taken.append(take_missing(own, MIDNIGHT))
        own.database.close()

    runners = [threading.Thread(target=go) for _ in range(4)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    assert sum(taken) == 31
    with city.database.read() as connection:
        rows = connection.execute(select(snapshot_loads.c.day).where(snapshot_loads.c.grid == CITY)).all()
    assert len(rows) == 31


def test_a_day_begins_at_the_citys_own_midnight(city: City) -> None:
    assert begins(city, date(2026, 11, 24)) == MIDNIGHT

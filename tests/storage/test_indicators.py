"""What the store tallies is what counting the tickets one by one gives, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import insert

from domain.grids import Level
from domain.indicators import LEVEL_OF, Grouping, Tally, total
from domain.tickets import ENDED, Outcome, State
from storage.counts import Area
from storage.database import Database
from storage.indicators import tallies
from storage.schema import ratings, tickets
from tests.domain.build import MONDAY

SINCE, UNTIL = MONDAY, MONDAY + timedelta(days=30)
NOW = MONDAY + timedelta(days=20)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Asked:
    at: datetime
    grade: int | None


Case = tuple[dict[str, Any], list[Asked]]


def case(*asked: Asked, **columns: Any) -> Case:
    """A ticket due in the middle of the period, in grid C11, with the ratings asked for."""
    values: dict[str, Any] = {
        "state": State.IN_PROGRESS, "holder": "C11", "level1": "C", "level2": "C1", "level3": "C11",
        "category": "noise", "urgent": False, "source": "grid", "opened_at": SINCE, "stage_since": SINCE,
        "handle_by": SINCE + 10 * DAY, "handled_at": None, "on_time": None, "outcome": None, "lead": "water",
        "rework": 0, "live": True,
    }  # fmt: skip
    values |= columns
    return values | {"open": values["state"] not in ENDED}, list(asked)


def keep(database: Database, cases: list[Case]) -> None:
    with database.write() as connection:
        for n, (columns, asked) in enumerate(cases, start=1):
            connection.execute(insert(tickets).values(id=n, no=str(n), **columns))
            for cycle, one in enumerate(asked, start=1):
                connection.execute(
                    insert(ratings).values(
                        ticket_id=n, cycle=cycle, token=f"{n}-{cycle}", asked_at=one.at, until_at=one.at + 14 * DAY,
                        grade=one.grade, rated_at=one.at + DAY if one.grade else None,
                    )
                )  # fmt: skip


def counted(database: Database, by: Grouping = Grouping.CITY, area: Area | None = None) -> dict[str, Tally]:
    with database.read() as connection:
        return tallies(connection, since=SINCE, until=UNTIL, now=NOW, by=by, area=area or Area())


HANDLED = {
    "state": State.CLOSED,
    "handled_at": SINCE + 9 * DAY,
    "on_time": True,
    "outcome": Outcome.SETTLED,
}
RAISED = Tally(raised=1)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (HANDLED, Tally(handled=1, on_time=1)),
        (HANDLED | {"on_time": False}, Tally(handled=1)),
        (HANDLED | {"on_time": None}, Tally(handled=1)),
        (HANDLED | {"rework": 2}, Tally(handled=1, on_time=1, reworked=1)),
        (HANDLED | {"state": State.AWAITING_RATING}, Tally(handled=1, on_time=1)),
        (HANDLED | {"handle_by": NOW + DAY}, Tally(handled=1, on_time=1)),
        (HANDLED | {"live": False}, Tally(handled=1, on_time=1)),
        (HANDLED | {"handle_by": UNTIL}, Tally()),
        (HANDLED | {"handle_by": SINCE}, Tally(handled=1, on_time=1)),
        (HANDLED | {"handle_by": None}, Tally()),
        (HANDLED | {"outcome": Outcome.SETTLED_ON_THE_SPOT}, Tally(handled=1, on_time=1, on_the_spot=1)),
        ({}, Tally(overdue=1)),
        ({"rework": 1}, Tally(overdue=1)),
        ({"handle_by": NOW}, Tally()),
        ({"handle_by": NOW - timedelta(microseconds=1)}, Tally(overdue=1)),
        ({"state": State.AWAITING_CHECK}, Tally(overdue=1)),
        ({"state": State.REJECTED}, Tally()),
        ({"state": State.CANCELLED}, Tally()),
        ({"state": State.CLOSED, "outcome": Outcome.MERGED}, Tally()),
        ({"state": State.ON_HOLD, "stage_since": SINCE + 9 * DAY}, Tally()),
        ({"state": State.ON_HOLD, "stage_since": SINCE + 11 * DAY}, Tally(overdue=1)),
        ({"state": State.AT_MEETING, "stage_since": SINCE + 11 * DAY}, Tally(overdue=1)),
    ],
)
def test_a_ticket_counts_by_its_deadline(
    database: Database, columns: dict[str, Any], expected: Tally
) -> None:
    keep(database, [case(**columns)])
    assert counted(database).get("", Tally()) == RAISED + expected


def test_what_is_raised_counts_by_the_day_it_was_raised_whatever_became_of_it(database: Database) -> None:
    spot = {"outcome": Outcome.SETTLED_ON_THE_SPOT, "state": State.CLOSED, "handle_by": None}
    days = [SINCE - timedelta(seconds=1), SINCE, UNTIL - timedelta(seconds=1), UNTIL]
    keep(
        database, [case(opened_at=day, **spot) for day in days] + [case(state=State.REJECTED, handle_by=None)]
    )
    assert counted(database) == {"": Tally(raised=3, on_the_spot=2)}


def test_ratings_count_by_the_day_they_were_asked_for_each_cycle_by_itself(database: Database) -> None:
    before = {"opened_at": SINCE - DAY, "handle_by": None}
    keep(
        database,
        [
            case(Asked(SINCE - DAY, 5), Asked(SINCE, 2), **before),
            case(Asked(SINCE, 3), **before),
            case(Asked(SINCE, None), **before),
            case(Asked(UNTIL, 5), **before),
        ],
    )
    assert counted(database) == {"": Tally(asked=3, rated=2, satisfied=1)}


def test_nothing_at_all_is_no_tally_at_all(database: Database) -> None:
    assert all(counted(database, by) == {} for by in Grouping if by is not Grouping.STREET)


def test_what_lies_in_no_grid_or_has_no_department_stands_under_no_code(database: Database) -> None:
    keep(database, [case(level1=None, level2=None, level3=None, lead=None), case()])
    for by, code in ((Grouping.BUILDING, "C11"), (Grouping.DEPARTMENT, "water")):
        assert set(counted(database, by)) == {"", code}


# --- against a plain count -----------------------------------------------------------------------------------


def random_case(random: Random) -> Case:
    grid = random.choice(
        [("C", "C1", "C11"), ("C", "C1", "C12"), ("C", "C2", None), ("D", None, None), (None,) * 3]
    )
    near = lambda: SINCE + timedelta(days=random.choice([-3, 0, 3, 10, 19, 20, 21, 29, 30, 33]))  # noqa: E731
    handled = random.choice([None, near()])
    asked = [Asked(near(), random.choice([None, 1, 2, 3, 4, 5])) for _ in range(random.randrange(3))]
    return case(
        *asked,
        level1=grid[0], level2=grid[1], level3=grid[2],
        state=random.choice(list(State)),
        stage_since=near(), opened_at=near(), handle_by=random.choice([None, near(), near()]),
        handled_at=handled, on_time=None if handled is None else random.choice([True, False, None]),
        outcome=random.choice([None, *Outcome]), rework=random.randrange(3),
        lead=random.choice([None, "water", "heat"]), live=random.random() < 0.8,
    )  # fmt: skip


def plainly(cases: list[Case], key: Callable[[dict[str, Any]], str | None]) -> dict[str, Tally]:
    """The same tallies, counted one ticket after the other."""
    found: dict[str, Tally] = {}
    for ticket, asked in cases:
        tally = _due_of(ticket)
        if SINCE <= ticket["opened_at"] < UNTIL:
            tally += Tally(raised=1, on_the_spot=int(ticket["outcome"] == Outcome.SETTLED_ON_THE_SPOT))
        for one in asked:
            if SINCE <= one.at < UNTIL:
                tally += Tally(
                    asked=1, rated=int(one.grade is not None), satisfied=int((one.grade or 0) >= 3)
                )
        if tally != Tally():
            code = key(ticket) or ""
            found[code] = found.get(code, Tally()) + tally
    return found


def _due_of(ticket: dict[str, Any]) -> Tally:
    by = ticket["handle_by"]
    if by is None or not SINCE <= by < UNTIL:
        return Tally()
    if ticket["state"] in (State.REJECTED, State.CANCELLED) or ticket["outcome"] == Outcome.MERGED:
        return Tally()
    if ticket["handled_at"] is not None:
        return Tally(handled=1, on_time=int(ticket["on_time"] is True), reworked=int(ticket["rework"] > 0))
    paused = ticket["state"] in (State.ON_HOLD, State.AT_MEETING) and ticket["stage_since"] <= by
    return Tally(overdue=int(by < NOW and not paused))


KEYS: dict[Grouping, Callable[[dict[str, Any]], str | None]] = {
    Grouping.CITY: lambda t: "",
    Grouping.DEPARTMENT: lambda t: t["lead"],
} | {by: lambda t, level=level: t[f"level{int(level)}"] for by, level in LEVEL_OF.items()}

AREAS: list[tuple[Area, Callable[[dict[str, Any]], bool]]] = [
    (Area(), lambda t: True),
    (Area(Level.COMMUNITY, ("C", "D")), lambda t: t["level1"] in ("C", "D")),
    (Area(Level.COMPOUND, ("C1",)), lambda t: t["level2"] == "C1"),
    (Area(Level.COMMUNITY), lambda t: False),
    (Area(lead="water"), lambda t: t["lead"] == "water"),
]


@pytest.mark.parametrize("luck", [1, 2, 3])
def test_every_tally_is_what_counting_one_by_one_gives(database: Database, luck: int) -> None:
    random = Random(luck)
    cases = [random_case(random) for _ in range(400)]
    keep(database, cases)
    for by, key in KEYS.items():
        for area, lies_in in AREAS:
            inside = [c for c in cases if lies_in(c[0])]
            assert counted(database, by, area) == plainly(inside, key), (by, area)


def test_whatever_it_is_broken_down_by_the_total_is_the_same(database: Database) -> None:
    random = Random(7)
    keep(database, [random_case(random) for _ in range(200)])
    assert len({total(counted(database, by).values()) for by in KEYS}) == 1

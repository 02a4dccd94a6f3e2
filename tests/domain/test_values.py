"""Structure, people, loads, events, points: small promises of values."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.events import Event, breaks, canonical, first_digests
from domain.grids import CITY, Grid, Level, Structure
from domain.loads import NO_BASE, Load, Measure, class_of
from domain.people import sees_unit
from domain.place import LngLat
from domain.said import BadInput
from domain.tickets import without_commands
from tests.domain.build import ADMIN, COMMUNITY, DEPARTMENT, LEADER, MEMBER, MONDAY, STREET, STRUCTURE

BOUNDS = (0.5, 1.0, 2.0, 4.0)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("路灯不亮\n第二行\t三", "路灯不亮\n第二行\t三"),
        ("a\x00b\x07\x1b[31m\x7f\x85", "ab[31m"),
        ("\udc80half a character", "half a character"),
        ("一\r\n二", "一\n二"),
    ],
)
def test_what_people_type_is_kept_without_control_characters(typed: str, kept: str) -> None:
    assert without_commands(typed) == kept


@given(some.text())
def test_what_is_without_control_characters_stays_as_it_is(typed: str) -> None:
    assert without_commands(without_commands(typed)) == without_commands(typed)


def test_everybody_stands_under_the_city_office() -> None:
    assert STRUCTURE.chain("C11") == ("C11", "C1", "C", "S", CITY)
    assert STRUCTURE.above(CITY) is None


def test_a_grid_whose_parent_is_gone_stands_under_the_city_office() -> None:
    lonely = Structure.of([Grid("X", Level.COMPOUND, "X", "gone")])
    assert lonely.chain("X") == ("X", CITY)


def test_people_see_their_own_units_and_those_below() -> None:
    seen = {
        by.name: [c for c in ("S", "C", "C1", "C11", "D") if sees_unit(by, c, STRUCTURE)]
        for by in (MEMBER, COMMUNITY, STREET, LEADER, ADMIN, DEPARTMENT)
    }
    assert seen == {
        "member": ["C11"],
        "community": ["C", "C1", "C11"],
        "street": ["S", "C", "C1", "C11", "D"],
        "leader": ["S", "C", "C1", "C11", "D"],
        "admin": ["S", "C", "C1", "C11", "D"],
        "department": [],
    }


@pytest.mark.parametrize(
    ("open_tickets", "households", "expected"),
    [
        (0, 100, 0),
        (1, 1000, 1),
        (1, 200, 2),
        (1, 100, 3),
        (3, 100, 4),
        (9, 100, 5),
        (3, 0, NO_BASE),
        (0, None, NO_BASE),
    ],
)
def test_loads_fall_into_fixed_classes(open_tickets: int, households: int | None, expected: int) -> None:
    assert class_of(Load(open_tickets), households, Measure.OPEN_PER_100, BOUNDS) == expected


def test_counts_need_no_households() -> None:
    assert class_of(Load(3), None, Measure.OPEN, BOUNDS) == 4


def chain(n: int) -> list[Event]:
    events, previous = [], ""
    for seq in range(1, n + 1):
        event = Event("t:1", seq, MONDAY, "accept", 4, {"state": "accepted", "n": seq}).sealed_after(previous)
        previous = event.hash
        events.append(event)
    return events


def test_an_untouched_chain_has_no_breaks() -> None:
    assert breaks(chain(5)) == []


@given(some.integers(0, 4), some.sampled_from(["change", "remove", "swap"]))
def test_whatever_is_done_to_a_chain_shows(at: int, deed: str) -> None:
    events = chain(6)
    if deed == "change":
        events[at] = replace(events[at], facts={"state": "closed"})
    elif deed == "remove":
        del events[at]
    else:
        events[at], events[at + 1] = events[at + 1], events[at]
    assert breaks(events)


@pytest.mark.parametrize(("lng", "lat"), [(float("nan"), 1), (1, float("inf")), (181, 0), (39.8, 124.1)])
def test_what_is_no_place_on_earth_is_no_point(lng: float, lat: float) -> None:
    with pytest.raises(BadInput):
        LngLat(lng, lat)


@given(
    some.lists(
        some.tuples(some.text(), some.dictionaries(some.text(), some.none() | some.integers() | some.text()))
    ),
    some.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31), timezones=some.timezones()),
    some.text(),
    some.none() | some.integers(),
)
def test_many_first_events_have_the_digests_that_each_alone_has(
    told: list[tuple[str, dict[str, object]]], at: datetime, kind: str, by: int | None
) -> None:
    streams, facts = [stream for stream, _ in told], [canonical(facts) for _, facts in told]
    alone = [Event(stream, 1, at, kind, by, facts).sealed_after("").hash for stream, facts in told]
    assert first_digests(streams, facts, at=at, kind=kind, by=by) == alone

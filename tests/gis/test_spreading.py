"""Spreading working members: no member lost, no branch over capacity, each served, same input same output, least cost."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.frontline.working_members import COST, Because, Branches, Placed, WorkingMember, faults
from domain.grids import Grid, Level, Structure
from domain.said import Refused
from gis.solver.spreading import spread

COMMUNITIES = ("A", "B", "C")
STRUCTURE = Structure.of(
    [Grid(c, Level.COMMUNITY, c, None) for c in COMMUNITIES]
    + [Grid(f"{c}{n}", Level.COMPOUND, f"{c}{n}", c) for c in COMMUNITIES for n in (1, 2, 3)]
)
CODES = tuple(f"{c}{n}" for c in COMMUNITIES for n in (1, 2, 3))

members = st.lists(
    st.builds(
        WorkingMember, department=st.sampled_from(("tax", "water", "fire")), home=st.none() | st.sampled_from(CODES),
        branch=st.none() | st.sampled_from((*CODES, "gone")),
    ),
    min_size=1, max_size=40,
).map(lambda those: [replace(member, id=n) for n, member in enumerate(those, start=1)])  # fmt: skip

branches = st.builds(
    Branches,
    st.just(STRUCTURE),
    st.lists(st.integers(0, 9), min_size=9, max_size=9).map(lambda room: dict(zip(CODES, room, strict=True))),
    st.lists(st.integers(0, 2), min_size=9, max_size=9).map(
        lambda least: dict(zip(CODES, least, strict=True))
    ),
    st.just({"A": frozenset({"water"}), "B": frozenset({"fire"})}),
    st.just({"C3": frozenset({"tax"})}),
).map(lambda b: replace(b, least={code: min(n, b.capacity[code]) for code, n in b.least.items()}))


def cost(placed: list[Placed]) -> int:
    return sum(COST[each.because] for each in placed)


@settings(max_examples=150)
@given(members, branches)
def test_nobody_is_lost_no_branch_is_crowded_and_each_is_served(
    those: list[WorkingMember], places: Branches
) -> None:
    room, needed = sum(places.capacity.values()), sum(places.least.values())
    if not needed <= len(those) <= room:
        with pytest.raises(Refused):
            spread(those, places)
        return
    found = spread(those, places)
    assert faults(found, those, places) == []
    by_id = {member.id: member for member in those}
    assert all(each.because is places.reason(by_id[each.member], each.branch) for each in found)
    assert spread(list(reversed(those)), places) == found


def test_it_costs_as_little_as_the_best_of_all_ways() -> None:
    random = Random(7)
    for _ in range(12):
        those = [
            WorkingMember(
                id=n, department=random.choice(("tax", "water")), home=random.choice((None, *CODES[:4]))
            )
            for n in range(1, 6)
        ]
        few = CODES[:4]
        places = Branches(
            STRUCTURE, dict.fromkeys(few, 2), dict.fromkeys(few, 1), {"B": frozenset({"water"})}, {}
        )
        ways = (
            [Placed(m.id, code, places.reason(m, code)) for m, code in zip(those, way, strict=True)]
            for way in product(few, repeat=len(those))
        )
        best = min(cost(way) for way in ways if not faults(way, those, places))
        assert cost(spread(those, places)) == best


def test_whoever_has_a_place_keeps_it_while_there_is_room() -> None:
    those = [WorkingMember(id=n, department="tax", branch=code) for n, code in enumerate(CODES, start=1)]
    places = Branches(STRUCTURE, dict.fromkeys(CODES, 1), dict.fromkeys(CODES, 1), {}, {})
    assert {each.because for each in spread(those, places)} == {Because.STAYS}


def test_the_members_of_a_city_are_spread_as_its_report_counts_them() -> None:
    random = Random(1)
    structure = Structure.of(
        [Grid(f"{c:02}", Level.COMMUNITY, "–", None) for c in range(18)]
        + [Grid(f"{n % 18:02}{n:03}", Level.COMPOUND, "–", f"{n % 18:02}") for n in range(105)]
    )
    codes = [grid.code for grid in structure.at_level(Level.COMPOUND)]
    departments = [f"d{n}" for n in range(78)]
    those = [
        WorkingMember(id=n, department=random.choice(departments), home=random.choice((*codes, None)))
        for n in range(1, 3801)
    ]
    links: dict[str, set[str]] = {}
    for n, department in enumerate(departments):
        links.setdefault(f"{n % 18:02}", set()).add(department)
    places = Branches(
        structure, dict.fromkeys(codes, 40), dict.fromkeys(codes, 25), {c: frozenset(d) for c, d in links.items()}, {}
    )  # fmt: skip
    found = spread(those, places)
    assert faults(found, those, places) == []
    at_home = sum(each.because is Because.HOME for each in found)
    assert at_home > 3_400, "most live where they check in"

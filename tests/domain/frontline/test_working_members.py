"""Working members: why somebody stands where they stand, what is wrong with a proposal, sign-ups and the year's grade."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.frontline.grades import Grade, GradeRule, YearOf
from domain.frontline.working_members import (
    BECAUSE,
    COST,
    POSTS,
    TEAMS,
    ZONES,
    Activity,
    Because,
    Branches,
    Placed,
    SignUp,
    WorkingMember,
    faults,
    refusal_to_sign_up,
    refusal_to_spread,
)
from domain.grids import Grid, Level, Structure
from tests.domain.build import MONDAY

CITY = Structure.of(
    [Grid(c, Level.COMMUNITY, c, None) for c in ("C", "D")]
    + [Grid(f"{c}{n}", Level.COMPOUND, f"{c}{n}", c) for c in ("C", "D") for n in (1, 2)]
)
BRANCHES = Branches(
    CITY, dict.fromkeys(("C1", "C2", "D1", "D2"), 2), dict.fromkeys(("C1", "C2", "D1", "D2"), 1),
    {"D": frozenset({"water"})}, {"D2": frozenset({"fire"})},
)  # fmt: skip


def member(number: int, department: str = "tax", **more: object) -> WorkingMember:
    return WorkingMember(id=number, department=department, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("who", "branch", "because"),
    [
        (member(1, branch="C1"), "C1", Because.STAYS),
        (member(1, home="C1"), "C1", Because.HOME),
        (member(1, home="C1"), "C2", Because.HOME_COMMUNITY),
        (member(1, "fire", home="C1"), "D2", Because.LINKED_BRANCH),
        (member(1, "water"), "D1", Because.LINKED_COMMUNITY),
        (member(1), "D1", Because.ROOM),
    ],
)
def test_the_best_that_speaks_for_a_place_is_its_reason(
    who: WorkingMember, branch: str, because: Because
) -> None:
    assert BRANCHES.reason(who, branch) is because


def test_each_reason_has_its_words_and_a_better_one_costs_less() -> None:
    assert BECAUSE.keys() == COST.keys() == set(Because)
    assert list(COST.values()) == sorted(set(COST.values()))


def test_the_report_has_sixteen_posts_ten_teams_and_six_zones() -> None:
    assert (len(POSTS), len(TEAMS), len(ZONES)) == (16, 10, 6)


def test_more_members_than_room_or_fewer_than_needed_cannot_be_spread() -> None:
    assert "room for 8" in str(refusal_to_spread([member(n) for n in range(1, 10)], BRANCHES))
    assert "4 are needed" in str(refusal_to_spread([member(n) for n in range(1, 4)], BRANCHES))
    assert refusal_to_spread([member(n) for n in range(1, 5)], BRANCHES) is None


def test_a_member_lost_or_twice_and_a_branch_crowded_or_unserved_are_faults() -> None:
    members = [member(n) for n in range(1, 6)]
    good = [
        Placed(n, branch, Because.ROOM) for n, branch in enumerate(("C1", "C2", "D1", "D2", "D2"), start=1)
    ]
    assert faults(good, members, BRANCHES) == []
    assert [str(f) for f in faults(good[1:], members, BRANCHES)] == [
        "Member 1 is placed 0 times.",
        "C1 is not served: 0.",
    ]
    twice = [*good, Placed(1, "D2", Because.ROOM), Placed(99, "nowhere", Because.ROOM)]
    assert {str(f) for f in faults(twice, members, BRANCHES)} == {
        "Member 1 is placed 2 times.", "99 is no member of this list.", "D2 is crowded: 3.", "nowhere is crowded: 1.",
    }  # fmt: skip


# --- activities -------------------------------------------------------------------------------------------------

CLEANING = Activity(id=1, grid="C1", title="清洁家园", begins=MONDAY, hours=2, places=2)
BEFORE = MONDAY - timedelta(days=1)


def test_a_member_signs_up_once_at_their_own_branch_while_there_is_room() -> None:
    who = member(1, branch="C1")
    there = [SignUp(activity_id=1, member_id=2), SignUp(activity_id=1, member_id=1, withdrawn=True)]
    assert refusal_to_sign_up(CLEANING, who, there, BEFORE) is None
    assert "own branch" in str(refusal_to_sign_up(CLEANING, replace(who, branch="C2"), there, BEFORE))
    assert "begun" in str(refusal_to_sign_up(CLEANING, who, there, MONDAY))
    assert "cancelled" in str(refusal_to_sign_up(replace(CLEANING, cancelled=True), who, there, BEFORE))
    again = [*there, SignUp(activity_id=1, member_id=1)]
    assert "already" in str(refusal_to_sign_up(CLEANING, who, again, BEFORE))
    full = [SignUp(activity_id=1, member_id=n) for n in (2, 3)]
    assert "2 places" in str(refusal_to_sign_up(CLEANING, who, full, BEFORE))


# --- the grade ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("year", "points", "grade"),
    [
        (YearOf(0, 0, 0, 0), 0, Grade.POOR),
        (YearOf(1, 2, 1, 0), 40, Grade.FAIR),
        (YearOf(2, 4, 1, 0), 70, Grade.GOOD),
        (YearOf(20, 40, 3, 9), 100, Grade.EXCELLENT),
    ],
)
def test_a_years_points_make_its_grade(year: YearOf, points: float, grade: Grade) -> None:
    assert (GradeRule().points(year), GradeRule().grade(year)) == (points, grade)


@given(*(st.integers(0, 50) for _ in range(4)), st.integers(0, 3))
def test_who_does_more_never_has_a_lower_grade(a: int, b: int, c: int, d: int, which: int) -> None:
    less = YearOf(a, b, c, d)
    more = YearOf(*(n + (k == which) for k, n in enumerate((a, b, c, d))))
    assert GradeRule().points(less) <= GradeRule().points(more) <= 100
    assert list(Grade).index(GradeRule().grade(more)) <= list(Grade).index(GradeRule().grade(less))

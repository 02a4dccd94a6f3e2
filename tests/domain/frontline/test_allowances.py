"""Allowances: terms that never make more than the base, and who may approve, appeal and decide."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.frontline.allowances import (
    APPEAL_WITHIN,
    STEPS,
    Allowance,
    AllowanceState,
    Formula,
    Step,
    Term,
    refusal_of_month,
    refusal_to_step,
    total,
    work_out,
)
from domain.people import Role
from tests.domain.build import MONDAY

FORMULA = Formula(
    1, {3: 20_000}, (Term("accepted_on_time", 100, 400), Term("visits", 40, 350), Term("meetings", 1, 250))
)
STEP = {step.name: step for step in STEPS}
PROPOSED = Allowance(id=1, grid="C11", head=1, month="2026-10", formula=1, lines=(), fen=100)
APPROVED = replace(PROPOSED, state=AllowanceState.APPROVED, approved_at=MONDAY)


def test_a_month_in_which_everything_was_reached_earns_the_whole_base() -> None:
    assert total(work_out(FORMULA, 3, {"accepted_on_time": 100, "visits": 55, "meetings": 2})) == 20_000


def test_each_term_gives_its_share_by_what_was_reached() -> None:
    lines = work_out(FORMULA, 3, {"accepted_on_time": 50, "visits": 10, "meetings": 0})
    assert [line.fen for line in lines] == [4_000, 1_750, 0]


def test_what_nobody_knows_of_a_head_costs_them_nothing() -> None:
    assert work_out(FORMULA, 3, {})[0].fen == 8_000


weights = st.lists(st.integers(0, 1000), min_size=1, max_size=6).map(
    lambda parts: [1000 * p // max(1, sum(parts)) for p in parts]
)
values = st.none() | st.floats(-10, 10_000)


@given(
    weights,
    st.lists(values, min_size=6, max_size=6),
    st.lists(st.floats(-1, 500), min_size=6, max_size=6),
    st.integers(0, 10**7),
)
def test_terms_never_make_more_than_the_base_and_none_is_below_nothing(
    parts: list[int], reached: list[float | None], targets: list[float], base: int
) -> None:  # fmt: skip
    terms = tuple(Term(f"t{n}", targets[n], weight) for n, weight in enumerate(parts))
    lines = work_out(Formula(1, {3: base}, terms), 3, {f"t{n}": value for n, value in enumerate(reached)})
    assert total(lines) <= base and all(line.fen >= 0 for line in lines)
    assert lines == work_out(
        Formula(1, {3: base}, terms), 3, {f"t{n}": value for n, value in enumerate(reached)}
    )


@given(st.floats(0, 200), st.floats(0, 200))
def test_who_reaches_more_never_gets_less(a: float, b: float) -> None:
    less, more = sorted((a, b))
    assert total(work_out(FORMULA, 3, {"visits": less})) <= total(work_out(FORMULA, 3, {"visits": more}))


@pytest.mark.parametrize(
    ("allowance", "step", "role", "area", "words", "because"),
    [
        (PROPOSED, "approve", Role.MEMBER, "C11", "", "role"),
        (replace(PROPOSED, grid="C"), "approve", Role.COMMUNITY, "C", "", "their own"),
        (APPROVED, "approve", Role.COMMUNITY, "C", "", "already"),
        (PROPOSED, "appeal", Role.MEMBER, "C11", "少算了", "already"),
        (APPROVED, "appeal", Role.MEMBER, "C12", "少算了", "own head"),
        (APPROVED, "appeal", Role.MEMBER, "C11", " ", "reason"),
        (APPROVED, "decide", Role.STREET, "S", "重算", "already"),
        (replace(APPROVED, state=AllowanceState.APPEALED), "decide", Role.COMMUNITY, "C", "重算", "role"),
        (replace(APPROVED, state=AllowanceState.APPEALED), "decide", Role.STREET, "S", "", "reason"),
    ],
)
def test_a_step_that_is_not_ones_own_is_refused_with_the_reason(
    allowance: Allowance, step: str, role: Role, area: str, words: str, because: str
) -> None:  # fmt: skip
    assert because in str(refusal_to_step(allowance, STEP[step], role, area, MONDAY, words))


@pytest.mark.parametrize(("late", "may"), [(timedelta(0), True), (timedelta(seconds=1), False)])
def test_an_appeal_comes_within_ten_days(late: timedelta, may: bool) -> None:
    at = MONDAY + APPEAL_WITHIN + late
    assert (refusal_to_step(APPROVED, STEP["appeal"], Role.MEMBER, "C11", at, "少算了") is None) is may


def test_nothing_is_paid_by_any_step() -> None:
    assert {step.to for step in STEPS} == {
        AllowanceState.APPROVED,
        AllowanceState.APPEALED,
        AllowanceState.DECIDED,
    }
    assert all(isinstance(step, Step) for step in STEPS)


def test_a_month_is_worked_out_once_it_has_ended() -> None:
    assert refusal_of_month("2026-11", date(2026, 11, 30)) is not None
    assert refusal_of_month("2026-11", date(2026, 12, 1)) is None

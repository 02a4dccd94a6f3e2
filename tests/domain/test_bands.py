"""How households lie to the band of a level."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.grids import Level
from domain.plans.bands import BANDS, Fit, fit


@pytest.mark.parametrize(
    ("level", "households", "expected"),
    [
        (Level.BUILDING, 0, Fit.FAR_BELOW), (Level.BUILDING, 149, Fit.FAR_BELOW), (Level.BUILDING, 150, Fit.BELOW),
        (Level.BUILDING, 199, Fit.BELOW), (Level.BUILDING, 200, Fit.INSIDE), (Level.BUILDING, 400, Fit.INSIDE),
        (Level.BUILDING, 401, Fit.ABOVE), (Level.BUILDING, 500, Fit.ABOVE), (Level.BUILDING, 501, Fit.FAR_ABOVE),
        (Level.COMPOUND, 749, Fit.FAR_BELOW), (Level.COMPOUND, 750, Fit.BELOW), (Level.COMPOUND, 1_000, Fit.INSIDE),
        (Level.COMPOUND, 1_500, Fit.INSIDE), (Level.COMPOUND, 1_875, Fit.ABOVE), (Level.COMPOUND, 1_876, Fit.FAR_ABOVE),
        (Level.COMMUNITY, 0, Fit.NONE), (Level.COMMUNITY, 9_999, Fit.NONE),
    ],
)  # fmt: skip
def test_the_band_and_a_quarter_beyond_its_ends(level: Level, households: int, expected: Fit) -> None:
    assert fit(households, level) is expected


@given(st.sampled_from(list(BANDS)), st.integers(0, 5_000), st.integers(0, 5_000))
def test_more_households_never_lie_lower(level: Level, one: int, other: int) -> None:
    fewer, more = sorted((one, other))
    assert fit(fewer, level) <= fit(more, level)


def test_a_city_may_have_bands_of_its_own() -> None:
    assert fit(50, Level.COMMUNITY, {Level.COMMUNITY: (40, 60)}) is Fit.INSIDE
    assert fit(50, Level.BUILDING, {Level.COMMUNITY: (40, 60)}) is Fit.NONE

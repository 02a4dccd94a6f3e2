"""What a unit lies in: told again at once, and of what is no unit nothing is kept."""

from __future__ import annotations

from domain.grids import CITY, Grid, Level, Structure


def test_the_way_up_is_the_same_each_time_and_nothing_is_kept_of_what_is_no_unit() -> None:
    community, compound = Grid("1", Level.COMMUNITY, "One", None), Grid("1-2", Level.COMPOUND, "Two", "1")
    structure = Structure.of([community, compound])
    assert structure.chain("1-2") == structure.chain("1-2") == ("1-2", "1", CITY)
    assert structure.within("1-2", "1") and not structure.within("1", "1-2")
    assert structure.chain("nowhere") == ("nowhere", CITY)
    assert set(structure._chains) == {"1-2", "1"}

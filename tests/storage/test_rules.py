"""Rule files: read into values, and one sentence with file and entry for what cannot be."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from city.settings import HOME
from domain.grids import Level
from domain.loads import Measure
from domain.said import BadInput
from domain.tickets import State
from storage.rules import read_rules

RULES = HOME / "data" / "rules"


def test_the_rules_that_come_along_can_be_read() -> None:
    rules = read_rules(RULES)
    assert len(rules.categories) > 55 and len(rules.groups) == 12
    assert rules.stages[State.RAISED, False].length == timedelta(hours=2)
    assert rules.stages[State.RAISED, True].around_the_clock
    assert rules.stages[State.IN_PROGRESS, False].length == 5 * timedelta(hours=7, minutes=30)
    assert rules.stages[State.AWAITING_RATING, False].length == timedelta(days=14)
    assert all(list(t) == sorted(t) and len(t) == 4 for t in rules.thresholds.values())
    assert set(rules.thresholds) == {(m, level) for m in Measure for level in Level}


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("clocks.toml", '"2h"', '"soon"', "clocks.toml: stages.raised: 'soon' is no limit"),
        ("clocks.toml", "awaiting_check", "waiting", "clocks.toml: stages.waiting"),
        (
            "clocks.toml",
            '"08:30-12:00", "13:30-17:30"',
            "",
            "clocks.toml: windows: windows follow one another",
        ),
        ("clocks.toml", "08:30-12:00", "14:30-12:00", "clocks.toml: windows: windows follow one another"),
        ("clocks.toml", "Asia/Shanghai", "Asia/Nowhere", "clocks.toml: zone"),
        (
            "categories.toml",
            'group = "facility"',
            'group = "magic"',
            "categories.toml: categories.0101.group",
        ),
        ("categories.toml", "[groups.facility]", "[groups.facility", "categories.toml: cannot be read"),
        ("classes.toml", "[open]", "[shut]", "classes.toml: open.1: is missing"),
    ],
)
def test_a_rule_that_cannot_be_used_is_named(
    tmp_path: Path, file: str, old: str, new: str, expected: str
) -> None:
    shutil.copytree(RULES, tmp_path / "rules")
    path = tmp_path / "rules" / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        read_rules(tmp_path / "rules")
    assert str(caught.value).startswith(expected)

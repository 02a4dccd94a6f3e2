"""Rule files: read into values, and one sentence with file and entry for what cannot be."""

from __future__ import annotations

import csv
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from city.settings import HOME
from demo.boundaries import read_boundaries
from domain.clocks import Limit
from domain.frontline.allowances import TERM, WHOLE, total, work_out
from domain.frontline.grades import GradeRule
from domain.frontline.working_members import Room
from domain.grids import Level
from domain.loads import Measure
from domain.routing import OWN, findings
from domain.said import BadInput
from domain.tickets import State
from storage.rules import read_rules

RULES = HOME / "data" / "rules"


def test_the_rules_that_come_along_can_be_read() -> None:
    rules = read_rules(RULES)
    assert len(rules.categories) > 55 and len(rules.groups) == 13
    assert rules.stages[State.RAISED, False].length == timedelta(hours=2)
    assert rules.stages[State.RAISED, True].around_the_clock
    assert rules.stages[State.IN_PROGRESS, True] == Limit(timedelta(days=1), around_the_clock=True)
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
        (
            "clocks.toml",
            '"08:30-12:00", "13:30-17:30"',
            '"08:30-08:30"',
            "clocks.toml: windows: windows follow",
        ),
        (
            "clocks.toml",
            "08:30-12:00",
            "08:30-12:00+02:00",
            "clocks.toml: windows: '12:00+02:00' is in the city",
        ),
        ("clocks.toml", "08:30-12:00", "half past", "clocks.toml: windows: 'half past' is no time of day"),
        ("clocks.toml", 'raised = "2h"', "", "clocks.toml: stages.raised: is missing"),
        ("clocks.toml", '"2h"', '"0h"', "clocks.toml: stages.raised: '0h' leaves no time"),
        ("clocks.toml", "[urgent]", "[urgnet]", "clocks.toml: urgnet: is not known here"),
        (
            "classes.toml",
            "[0.15, 0.25, 0.4, 0.7]",
            "[0.1, 0.2]",
            "classes.toml: open_per_100.1: four numbers",
        ),
        (
            "classes.toml",
            "[0.15, 0.25, 0.4, 0.7]",
            "[4, 3, 2, 1]",
            "classes.toml: open_per_100.1: each lower",
        ),
        (
            "classes.toml",
            "[0.15, 0.25, 0.4, 0.7]",
            "[1, 2, 3, nan]",
            "classes.toml: open_per_100.1: four numbers",
        ),
        (
            "categories.toml",
            "urgent = true",
            'urgent = "no"',
            "categories.toml: categories.0101.urgent: 'no' is neither",
        ),
        (
            "categories.toml",
            'department = "water"',
            "department = 7",
            "categories.toml: categories.0101.department: 7",
        ),
        (
            "categories.toml",
            "department =",
            "departmnt =",
            "categories.toml: categories.0101.departmnt: is not known",
        ),
        (
            "categories.toml",
            'limit = "2d"',
            'limit = "two days"',
            "categories.toml: categories.0103.limit: 'two days' is no limit",
        ),
        (
            "categories.toml",
            'zh = "公用设施"',
            'zh = ""',
            "categories.toml: groups.facility.zh: '' is no text",
        ),
        ("routing.toml", "[[rules]]", "[[rule]]", "routing.toml: rule: is not known here; known are rules"),
        ("routing.toml", "[[rules]]", "[rules.gas]\n[[rules.gas.other]]", "routing.toml: cannot be read"),
        ("routing.toml", 'name = "gas-leak"', "", "routing.toml: rules.1.name: is missing"),
        (
            "routing.toml",
            'name = "crowd"',
            'name = "gas-leak"',
            "routing.toml: rules.gas-leak.name: an earlier",
        ),
        (
            "routing.toml",
            'lead = ["yingji"]',
            'lead = "yingji"',
            "routing.toml: rules.gas-leak.lead: 'yingji' is no list",
        ),
        ("routing.toml", '"gas"]', '"xiaofang"]', "routing.toml: rules.gas-leak.assistants:"),
        ("routing.toml", "urgent = true", "urgnt = true", "routing.toml: rules.gas-leak.urgnt: is not known"),
        (
            "routing.toml",
            '"2 hours around the clock"',
            '"soon"',
            "routing.toml: rules.gas-leak.limit: 'soon' is no limit",
        ),
        (
            "routing.toml",
            "levels = [3]",
            "levels = [4]",
            "routing.toml: rules.e-bike-in-a-building.levels: 4 is",
        ),
        (
            "routing.toml",
            "because = { zh",
            "because = { cn",
            "routing.toml: rules.gas-leak.because.cn: is not",
        ),
        ("calendar.toml", "# [2027]", "[next]", "calendar.toml: next: is no year"),
        ("allowances.toml", "weight = 250", "weight = 200", "allowances.toml: terms: their weights make 950"),
        (
            "allowances.toml",
            '"visits"',
            '"smiles"',
            "allowances.toml: terms.smiles.name: 'smiles' is none of",
        ),
        ("allowances.toml", '"visits"', '"raised"', "allowances.toml: terms: one of them stands there twice"),
        (
            "allowances.toml",
            "target = 90",
            "target = 0",
            "allowances.toml: terms.accepted_on_time.target: 0 can be",
        ),
        ("allowances.toml", "1 = 600", "1 = -600", "allowances.toml: base.1: -600 is no number"),
        ("allowances.toml", "3 = 300", "", "allowances.toml: base.3: is missing"),
        ("allowances.toml", "version = 1", "", "allowances.toml: version: is missing"),
        ("allowances.toml", "version = 1", "versoin = 1", "allowances.toml: versoin: is not known here"),
        (
            "members.toml",
            "capacity = 45",
            "capacity = 4.5",
            "members.toml: branches.capacity: 4.5 is no whole",
        ),
        (
            "members.toml",
            "least = 25",
            "least = 50",
            "members.toml: branches.least: is more than the capacity",
        ),
        ("members.toml", "good = 60", "good = 95", "members.toml: grade: excellent must be above good"),
        ("members.toml", "hour = 10", 'hour = "ten"', "members.toml: grade.hour: 'ten' is no number"),
        (
            "calendar.toml",
            "# [2027]",
            "[2027]\nholydays = []\n",
            "calendar.toml: 2027.holydays: is not known",
        ),
        (
            "calendar.toml",
            "# [2027]",
            '[2027]\nholidays = ["2026-01-01"]\n',
            "calendar.toml: 2027.holidays: 2026-01-01",
        ),
        (
            "calendar.toml",
            "# [2027]",
            '[2027]\nholidays = ["2027-01-01"]\nworkdays = ["2027-01-01"]\n',
            "calendar.toml: 2027.workdays: 2027-01-01 is also a holiday",
        ),
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


def test_what_is_urgent_runs_around_the_clock_and_nothing_else_does() -> None:
    for category in read_rules(RULES).categories.values():
        assert category.limit and category.limit.around_the_clock is category.urgent


def departments() -> set[str]:
    with (HOME / "data" / "boundaries" / "departments.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"] for row in csv.DictReader(file)}


def test_every_category_names_a_department_that_exists() -> None:
    assert {c.department for c in read_rules(RULES).categories.values() if c.department} <= departments()


def test_the_routing_table_that_comes_along_has_no_findings_in_the_demo_city() -> None:
    rules = read_rules(RULES)
    structure = read_boundaries(HOME / "data" / "boundaries").structure
    assert len(rules.routing.rules) > 20
    assert findings(rules.routing, rules.categories, rules.groups, departments(), structure) == []


def test_a_rule_of_the_table_is_read_whole() -> None:
    rules = {rule.name: rule for rule in read_rules(RULES).routing.rules}
    gas = rules["gas-leak"]
    assert (gas.categories, gas.urgent, gas.lead) == ({"0108"}, True, ("yingji",))
    assert gas.assistants == ("xiaofang", "gas") and gas.skips_compound
    assert gas.limit == Limit(timedelta(hours=2), around_the_clock=True)
    assert "应急管理局" in gas.because.zh and "emergency management" in gas.because.en
    assert rules["emergency"].lead == (OWN,) and rules["emergency"].urgent is None
    assert rules["e-bike-in-a-building"].levels == {Level.BUILDING}
    assert rules["harbour-litter"].areas == {"210681002010"}


def test_a_city_without_a_routing_table_has_an_empty_one(tmp_path: Path) -> None:
    shutil.copytree(RULES, tmp_path / "rules")
    (tmp_path / "rules" / "routing.toml").unlink()
    assert read_rules(tmp_path / "rules").routing.rules == ()


def test_a_city_without_allowances_and_members_has_no_formula_and_the_usual_rooms(tmp_path: Path) -> None:
    shutil.copytree(RULES, tmp_path / "rules")
    (tmp_path / "rules" / "allowances.toml").unlink()
    (tmp_path / "rules" / "members.toml").unlink()
    rules = read_rules(tmp_path / "rules")
    assert rules.allowances is None and (rules.room, rules.grade) == (Room(), GradeRule())


def test_the_formula_that_comes_along_pays_a_full_month_for_a_full_month() -> None:
    formula = read_rules(RULES).allowances
    assert formula is not None and sum(term.weight for term in formula.terms) == WHOLE
    assert {term.name for term in formula.terms} <= TERM.keys()
    assert total(work_out(formula, 3, {})) == formula.base_fen[3] == 30_000


def test_a_year_announced_before_the_library_knows_it_is_read(tmp_path: Path) -> None:
    shutil.copytree(RULES, tmp_path / "rules")
    announced = '[2027]\nholidays = ["2027-01-01", "2027-02-08"]\nworkdays = ["2027-02-20"]\n'
    (tmp_path / "rules" / "calendar.toml").write_text(announced, encoding="utf-8")
    year = read_rules(tmp_path / "rules").calendar[2027]
    assert year.holidays == {date(2027, 1, 1), date(2027, 2, 8)} and year.workdays == {date(2027, 2, 20)}

"""``redgrid explain``: where a ticket would go, why, and what is wrong with the table of rules."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import shapely

from city.opened import City
from city.settings import HOME
from domain.grids import Level
from domain.place import LngLat
from tests.cli.test_commands import Shell, demo, shell, two_squares

__all__ = ["demo", "shell", "two_squares"]


def point_in(city: City, code: str) -> tuple[str, str, str, str]:
    """The options for a point inside a grid."""
    inside = city.ground.outlines[code].representative_point()
    return "--lon", str(inside.x), "--lat", str(inside.y)


def explained(shell: Shell, *arguments: object) -> dict[str, Any]:
    done = shell("explain", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    value: dict[str, Any] = json.loads(done.stdout)
    return value


@pytest.fixture
def building(demo_city: City) -> str:
    return demo_city.ground.structure.at_level(Level.BUILDING)[0].code


def test_it_tells_grid_holder_department_time_and_the_rule(
    demo: Shell, demo_city: City, building: str
) -> None:
    told = explained(demo, *point_in(demo_city, building), "--category", "0108")
    assert told["grid"]["code"] == told["holder"]["code"] == told["level3"] == building
    assert told["urgent"] and told["queues"] == []
    assert told["lead"]["code"] == "yingji"
    assert [a["code"] for a in told["assistants"]] == ["xiaofang", "gas"]
    assert told["limit"] == {"seconds": 7200, "around_the_clock": True, "words": "2 hours around the clock"}
    assert told["rule"] == "gas-leak" and told["skips_compound"]
    assert told["because"][0].startswith("Rule gas-leak: ")


def test_it_says_the_same_in_words_and_in_both_languages(demo: Shell, demo_city: City, building: str) -> None:
    asked = ("explain", *point_in(demo_city, building), "--category", "0108")
    english, chinese = demo(*asked), demo(*asked, lang="zh")
    assert "Lead: yingji Emergency Management" in english.stdout
    assert "→ Rule gas-leak: Gas is handled as a danger to life" in english.stdout
    assert (
        "牵头部门: yingji 应急管理局" in chinese.stdout
        and "规则 gas-leak：燃气异常按险情处置" in chinese.stdout
    )


def test_a_department_linked_to_the_community_leads_there_and_the_first_one_elsewhere(
    demo: Shell, demo_city: City
) -> None:
    grids = demo_city.ground.structure
    linked = next(
        c for c, codes in demo_city.ground.links.items() if "fayuan" in codes and "sifa" not in codes
    )
    other = next(g.code for g in grids.at_level(Level.COMMUNITY) if g.code != linked)
    leads = {
        code: explained(demo, *point_in(demo_city, code), "--category", "1001")["lead"]["code"]
        for code in (linked, other)
    }
    assert leads == {linked: "fayuan", other: "sifa"}


def test_urgency_changes_rule_and_time(demo: Shell, demo_city: City, building: str) -> None:
    asked = (*point_in(demo_city, building), "--category", "0803")
    calm, urgent = explained(demo, *asked), explained(demo, *asked, "--urgent")
    assert (calm["rule"], calm["lead"], calm["limit"]["around_the_clock"]) == ("", None, False)
    assert urgent["rule"] == "urgent" and urgent["limit"]["words"] == "1 days around the clock"


def test_a_place_in_no_grid_waits_in_the_city_offices_queue(demo: Shell) -> None:
    told = explained(demo, "--lon", 100, "--lat", 30, "--category", "0301")
    assert told["grid"] is None and told["holder"]["code"] == "city"
    assert [(q["queue"], q["owner"]["code"]) for q in told["queues"]] == [("no_grid", "city")]
    assert told["lead"]["code"] == "huanwei"


def test_a_corner_of_grids_waits_in_the_queue_of_the_lower_ones_community(
    demo: Shell, demo_city: City, building: str
) -> None:
    buildings = demo_city.ground.locator.levels[Level.BUILDING]
    corners = shapely.get_coordinates(demo_city.ground.outlines[building]).tolist()
    x, y = next((x, y) for x, y in corners if len(buildings.covering(LngLat(x, y))) > 1)
    told = explained(demo, "--lon", x, "--lat", y, "--category", "0301")
    assert [(q["queue"], q["owner"]["code"]) for q in told["queues"]] == [("shared_edge", told["level1"])]


def test_a_grid_without_a_head_and_a_department_without_people_are_told(
    demo: Shell, demo_city: City, building: str
) -> None:
    with sqlite3.connect(demo.file) as connection:
        connection.execute("DELETE FROM heads WHERE grid = ?", (building,))
        connection.execute("UPDATE accounts SET disabled = 1 WHERE area = 'huanwei'")
    told = explained(demo, *point_in(demo_city, building), "--category", "0301")
    above = demo_city.ground.structure.above(building)
    assert told["holder"]["code"] == above
    assert [(q["queue"], q["owner"]["code"]) for q in told["queues"]] == [
        ("no_head", above),
        ("no_people", "city"),
    ]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--lon", "124.1", "--lat", "39.8", "--category", "9999"), "There is no category 9999."),
        (
            ("--lon", "east", "--lat", "39.8", "--category", "0301"),
            "east, 39.8: longitude and latitude are two numbers in degrees.",
        ),
        (
            ("--lon", "39.8", "--lat", "124.1", "--category", "0301"),
            "(39.8, 124.1) is not longitude, latitude in degrees.",
        ),
        (("--lon", "nan", "--lat", "39.8", "--category", "0301"), "A point needs two finite numbers."),
        (
            ("--category", "0301"),
            "Give --lon, --lat and --category; or --check for what is wrong with the table.",
        ),
    ],
)
def test_what_cannot_be_explained_is_one_sentence(
    demo: Shell, arguments: tuple[str, ...], expected: str
) -> None:
    done = demo("explain", *arguments)
    assert (done.returncode, done.stderr.strip(), done.stdout) == (2, expected, "")


@pytest.fixture
def own_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the rule files to be changed, used instead of the ones that come along."""
    shutil.copytree(HOME / "data" / "rules", tmp_path / "data" / "rules")
    monkeypatch.setenv("REDGRID_DATA", str(tmp_path / "data"))
    return tmp_path / "data" / "rules" / "routing.toml"


def test_the_table_that_comes_along_has_nothing_wrong_and_doctor_says_so(demo: Shell) -> None:
    done = demo("explain", "--check")
    assert done.returncode == 0 and done.stdout.endswith("rules, 0 findings.\n")
    assert "routing rules, 0 findings" in demo("doctor").stdout


def test_a_department_nobody_knows_is_an_error_that_doctor_sees(demo: Shell, own_rules: Path) -> None:
    text = own_rules.read_text(encoding="utf-8").replace('lead = ["renshe"]', 'lead = ["reshe"]')
    own_rules.write_text(text, encoding="utf-8")
    done = demo("explain", "--check")
    assert done.returncode == 1
    assert "✕ Rule wages names the department reshe: there is none." in done.stdout
    doctor = demo("doctor")
    assert doctor.returncode == 1
    assert "✕ 1 findings in routing.toml. List them with: redgrid explain --check" in doctor.stdout


def test_a_rule_never_reached_is_a_warning_with_which_doctor_is_well(demo: Shell, own_rules: Path) -> None:
    rule = '[[rules]]\nname = "late"\ncategories = ["0107"]\nbecause = {{ zh = "晚", en = "late" }}\n'
    with own_rules.open("a", encoding="utf-8") as file:
        file.write(rule.format())
    done = demo("explain", "--check", "--json")
    assert done.returncode == 1
    (finding,) = json.loads(done.stdout)["findings"]
    assert (finding["check"], finding["severity"]) == ("shadowed", "warning")
    assert "heating" in finding["words"]
    doctor = demo("doctor")
    assert doctor.returncode == 0 and "1 findings" in doctor.stdout


def test_a_city_of_another_kind_keeps_working_with_the_table_that_comes_along(two_squares: Shell) -> None:
    told = explained(two_squares, "--lon", 124.15, "--lat", 39.85, "--category", "0107")
    assert told["holder"]["code"] == "01" and told["lead"]["code"] == "zhujian"
    assert two_squares("doctor").returncode == 0
    found = two_squares("explain", "--check")
    assert found.returncode == 1 and "● This city keeps no list of departments" in found.stdout

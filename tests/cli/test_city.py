"""What a city says of itself is told once at the console, and stands on its pages and in its report."""

from __future__ import annotations

from pathlib import Path

import pytest

from city.opened import City
from city.own_facts import city_name, own_facts, tell_facts
from city.report.ground import counted_on_ground
from city.words import speak
from domain.said import BadInput
from tests.cli.test_commands import FIELDS, SQUARES, Shell

ASKED = ("--name", "某市", "--residents", 120_000, "--registered", 100_000)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_an_empty_city_is_given_its_name_and_its_people(shell: Shell) -> None:
    assert shell("init", "--empty").returncode == 0
    assert "redgrid city --name" in shell("city").stdout
    assert shell("city", *ASKED).returncode == 0
    assert {"Name of the city: 某市", "Residents: 120000"} <= set(shell("city").stdout.splitlines())
    wrong = shell("city", "--name", " ")
    assert wrong.returncode == 2 and "1 to 40" in wrong.stderr


def test_a_city_of_its_own_gets_its_departments_and_who_may_dispatch_to_them(shell: Shell) -> None:
    assert shell("init", "--empty").returncode == 0
    SQUARES.to_file(shell.folder / "squares.geojson")
    assert shell("import", "boundaries", "squares.geojson", *FIELDS).returncode == 0
    tables = {
        "departments": "部门编码,部门名称\nzhujian,住房和城乡建设局\n",
        "department_links": "department,community\nzhujian,01\nnobody,01\n",
        "leaders": "name,title,community\n王某,副市长,02\n",
    }
    done = {}
    for name, content in tables.items():
        (shell.folder / f"{name}.csv").write_text(content, encoding="gbk")
        done[name] = shell("import", "list", name, f"{name}.csv")
    assert [one.returncode for one in done.values()] == [0, 1, 0]
    assert "row 2: There is no department nobody" in done["department_links"].stderr
    account = shell(
        "user", "add", "zj", "--role", "department", "--area", "zhujian", "--password", "long enough 1"
    )
    assert account.returncode == 0
    assert shell.rows("SELECT department, community FROM department_links") == [("zhujian", "01")]
    assert shell("export", "list", "leaders", "-o", "out.csv").returncode == 0
    assert "副市长" in (shell.folder / "out.csv").read_text(encoding="utf-8-sig")
    assert shell("verify").returncode == 0


def test_what_was_told_stands_above_the_pages_and_in_the_report(own_city: City) -> None:
    tell_facts(
        own_city, {"city_name": " 某市 ", "city_name_en": "Some City", "residents": 7, "registered": 5}
    )
    assert (city_name(own_city, speak("zh")), city_name(own_city, speak("en"))) == ("某市", "Some City")
    assert own_facts(own_city)["residents"] == 7
    assert counted_on_ground(own_city)["residents"][0].n == 7
    assert own_city.ground.structure.name("city") == "某市"


@pytest.mark.parametrize("wrong", [{"city_name": "  "}, {"city_name": "某" * 41}, {"residents": -1}])
def test_a_name_of_nothing_or_fewer_people_than_none_are_not_kept(
    own_city: City, wrong: dict[str, str | int]
) -> None:
    before = own_facts(own_city)
    with pytest.raises(BadInput):
        tell_facts(own_city, wrong | {"registered": 1})
    assert own_facts(own_city) == before

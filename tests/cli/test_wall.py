"""Links of wall screens from the shell: shown once, listed without their token, revoked."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from city.opened import City
from city.settings import Settings
from city.walls import wall_of
from domain.people import Person, Role
from tests.cli.test_commands import Shell
from tests.conftest import sqlite_url


@pytest.fixture
def demo(tmp_path: Path, demo_file: Path) -> Shell:
    shell = Shell(tmp_path)
    shutil.copy(demo_file, shell.file)
    return shell


def added(shell: Shell, *arguments: str) -> str:
    """The token of a new link."""
    done = shell("wall", "add", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1].rsplit("/wall/", 1)[1]


def screen(shell: Shell, token: str) -> Person | None:
    city = City(Settings(database_url=sqlite_url(shell.file)))
    found = wall_of(city, token)
    city.database.close()
    return found


def noted(shell: Shell) -> list[tuple[str, dict[str, object]]]:
    with sqlite3.connect(shell.file) as connection:
        rows = connection.execute("SELECT kind, facts FROM events WHERE stream LIKE 'a:%' ORDER BY id")
        return [(kind, json.loads(facts)) for kind, facts in rows]


def test_a_link_opens_its_area_and_its_token_is_shown_once(demo: Shell) -> None:
    token = added(demo, "Hall", "--area", "210681001001")
    assert screen(demo, token) == Person(0, "Hall", Role.WALL, "210681001001")
    listed = demo("wall", "list").stdout
    assert token not in listed
    assert listed.split("\t")[:3] == ["1", "Hall", "210681001001"] and "revoked" not in listed
    assert noted(demo) == [("wall_added", {"wall": 1, "area": "210681001001"})]


def test_without_an_area_it_is_the_whole_city_under_the_public_address(
    demo: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "http://<host>:8501/wall/" in demo("wall", "add", "One").stdout
    monkeypatch.setenv("REDGRID_PUBLIC_URL", "https://grid.example/")
    assert "\nhttps://grid.example/wall/" in demo("wall", "add", "Two").stdout
    assert [line.split("\t")[2] for line in demo("wall", "list").stdout.splitlines()] == ["city", "city"]


def test_a_revoked_link_opens_nothing_and_stays_on_record(demo: Shell) -> None:
    token = added(demo, "Hall")
    assert demo("wall", "revoke", "1").returncode == 0
    assert screen(demo, token) is None
    assert "revoked" in demo("wall", "list").stdout
    assert [kind for kind, _ in noted(demo)] == ["wall_added", "wall_revoked"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("add", "Hall", "--area", "nowhere"), "nowhere is no street and no grid of this city."),
        (("add", "  \n"), "A screen has a name of at most 100 characters."),
        (("add", "x" * 101), "A screen has a name of at most 100 characters."),
        (("revoke", "7"), "There is no screen 7 with a link that still works."),
    ],
)
def test_what_cannot_be_used_is_one_sentence_and_nothing_is_written(
    demo: Shell, arguments: tuple[str, ...], sentence: str
) -> None:
    done = demo("wall", *arguments)
    assert (done.returncode, done.stderr.strip()) == (2, sentence)
    assert demo.count("walls") == 0 and noted(demo) == []


def test_a_link_is_revoked_once(demo: Shell) -> None:
    added(demo, "Hall")
    assert [demo("wall", "revoke", "1").returncode for _ in range(2)] == [0, 2]

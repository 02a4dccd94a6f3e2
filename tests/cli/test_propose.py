"""``redgrid propose`` and ``redgrid repair``: a draft and its figures, a proof, or one sentence and nothing written."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.test_commands import Shell

COMMUNITY = "210681001001"


@pytest.fixture
def shell(demo_file: Path, tmp_path: Path) -> Shell:
    shutil.copy(demo_file, tmp_path / "city.db")
    return Shell(tmp_path)


@pytest.mark.slow
def test_a_community_is_proposed_repaired_and_kept_as_drafts(shell: Shell) -> None:
    done = shell("propose", "--plan", "new", "--within", COMMUNITY, "--seed", 3, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["possible"] and told["after"]["3"] == told["after"]["3"] | {
        "grids": 382,
        "in_band": 382,
        "broken": 0,
    }
    assert shell.rows("SELECT state FROM plans WHERE name = 'new'") == [("draft",)]
    (facts,) = shell.rows("SELECT facts FROM events WHERE kind = 'drafted'")
    assert json.loads(facts[0])["how"] == "proposed" and json.loads(facts[0])["wishes"]["within"] == COMMUNITY
    done = shell("repair", "--plan", "mended", "--from", "new")
    assert done.returncode == 0 and "The draft mended is ready." in done.stdout
    assert shell("verify").returncode == 0


@pytest.mark.slow
def test_a_repair_makes_and_retires_grids_unless_the_number_is_to_be_kept(shell: Shell) -> None:
    before = shell.count("grids")
    narrow = ("--band", "3=250-400", "--within", COMMUNITY, "--json")
    kept = json.loads(shell("repair", "--plan", "kept", *narrow, "--keep-number").stdout)["after"]["3"]
    free = json.loads(shell("repair", "--plan", "free", *narrow).stdout)["after"]["3"]
    assert kept["grids"] == 382 and free["grids"] != 382
    assert free["grids"] - free["in_band"] <= kept["grids"] - kept["in_band"]
    assert shell.count("grids") > before and shell("verify").returncode == 0


@pytest.mark.slow
def test_the_same_command_under_another_name_divides_the_ground_in_the_same_way(shell: Shell) -> None:
    for name in ("one", "two"):
        done = shell("propose", "--plan", name, "--seed", 3)
        assert done.returncode == 0, done.stderr
    one, two = (shares_of(shell, name) for name in ("one", "two"))
    assert one == two


def shares_of(shell: Shell, name: str) -> dict[int, set[frozenset[str]]]:
    """How each level of a plan divides the units, whatever its grids are called."""
    rows = shell.rows(
        f"SELECT a.unit, a.grid FROM assignments a JOIN plans p ON p.id = a.plan_id WHERE p.name = '{name}'"
    )
    found: dict[int, dict[str, set[str]]] = {12: {}, 15: {}, 17: {}}
    for unit, code in rows:
        for length, grids in found.items():
            grids.setdefault(code[:length], set()).add(unit)
    return {length: {frozenset(units) for units in grids.values()} for length, grids in found.items()}


def test_what_cannot_be_is_proved_with_exit_status_1_and_nothing_is_written(shell: Shell) -> None:
    before = shell.count("plans"), shell.count("events")
    done = shell("propose", "--plan", "new", "--must", 2, "--json")
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert not told["possible"] and told["proved"] and "96" in told["because"][0]
    assert (shell.count("plans"), shell.count("events")) == before


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--plan", "donggang"), "There is a plan called donggang already."),
        (("--plan", " "), "Please give the plan a name."),
        (("--plan", "new", "--from", "nowhere"), "There is no plan nowhere."),
        (("--plan", "new", "--within", "nowhere"), "There is no grid nowhere in this plan."),
        (("--plan", "new", "--count", "2=0"), "cannot have 0 grids"),
        (("--plan", "new", "--count", "2"), "is no number of grids"),
        (("--plan", "new", "--band", "3=400-200"), "is no band"),
        (("--plan", "new", "--band", "9=1-2"), "names no level"),
        (("--plan", "new", "--price", "road=much"), "is no price"),
        (("--plan", "new", "--price", "road=nan"), "nan is no price"),
        (("--plan", "new", "--price", "road=inf"), "inf is no price"),
        (("--plan", "new", "--price", "road=-1"), "-1.0 is no price"),
        (("--plan", "new", "--price", "rivr=1"), "known are: road, water"),
        (("--plan", "new", "--forbid", "rivr"), "known are: road, water"),
        (("--plan", "new", "--stay", "nan"), "nan is no price"),
        (("--plan", "new", "--stay", "inf"), "inf is no price"),
        (("--plan", "new", "--must", "1"), "Level 1 stays as it is here"),
        (("--plan", "new", "--band", "1=9000-12000"), "Level 1 stays as it is here"),
        (("--plan", "new", "--within", COMMUNITY, "--count", "1=2"), "Level 1 stays as it is here"),
    ],
)
def test_unusable_input_is_one_sentence_and_exit_status_2(
    shell: Shell, options: tuple[str, ...], words: str
) -> None:
    plans = shell.count("plans")
    done = shell("propose", *options)
    assert done.returncode == 2 and words in done.stderr and len(done.stderr.splitlines()) == 1
    assert shell.count("plans") == plans


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--forbid", "rivr"), "known are: road, water"),
        (("--price", "rivr=1"), "known are: road, water"),
        (("--price", "road=nan"), "nan is no price"),
        (("--band", "1=9000-12000"), "Level 1 stays as it is here"),
        (("--band", "2=900-1200"), "A band of level 2 counts in a repair only"),
        (("--within", COMMUNITY + "002", "--compounds"), "Compound grids stay as they are here"),
    ],
)
def test_a_repair_refuses_the_same_and_what_counts_for_nothing_in_it(
    shell: Shell, options: tuple[str, ...], words: str
) -> None:
    plans = shell.count("plans")
    done = shell("repair", "--plan", "new", *options)
    assert done.returncode == 2 and words in done.stderr and len(done.stderr.splitlines()) == 1
    assert shell.count("plans") == plans


def test_a_repair_takes_walls_and_prices_and_the_log_tells_of_them(shell: Shell) -> None:
    done = shell(
        "repair", "--plan", "mended", "--within", COMMUNITY, "--forbid", "water", "--price", "road=0.5"
    )
    assert done.returncode == 0, done.stderr
    (facts,) = shell.rows("SELECT facts FROM events WHERE kind = 'drafted'")
    wishes = json.loads(facts[0])["wishes"]
    assert wishes["walls"] and wishes["tolls"]

"""Another city's real boundaries and 22,577 real tickets, with four commands; skipped where the data is not there."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from city.settings import HOME
from tests.cli.test_commands import Shell
from tests.conftest import sqlite_url

TICKETS = (
    "--id", "id", "--lon", "lon", "--lat", "lat", "--opened", "opened_at", "--category", "category",
    "--closed", "closed_at", "--due", "due_at", "--department", "department", "--address", "address",
)  # fmt: skip


@pytest.fixture(scope="module")
def boundaries_in(tmp_path_factory: pytest.TempPathFactory, washington: Path) -> Path:
    """A database with the three levels, imported once."""
    shell = Shell(tmp_path_factory.mktemp("washington"))
    shell("init", "--empty")
    for level, name, code, parent in (
        (1, "wards", "WARD_ID", None),
        (2, "ancs", "ANC_ID", "WARD_ID"),
        (3, "smds", "SMD_ID", "ANC_ID"),
    ):
        more = ("--parent", parent) if parent else ()
        done = shell(
            "import",
            "boundaries",
            washington / f"{name}.geojson",
            "--level",
            level,
            "--code",
            code,
            "--name",
            "NAME",
            *more,
        )
        assert done.returncode == 0, done.stderr
    return shell.file


@pytest.fixture
def bounded(tmp_path: Path, boundaries_in: Path) -> Shell:
    shutil.copy(boundaries_in, tmp_path / "city.db")
    return Shell(tmp_path)


def test_the_city_and_all_its_tickets_are_in_each_in_a_grid_or_the_queue(
    bounded: Shell, washington: Path
) -> None:
    done = bounded("import", "tickets", washington / "tickets.csv", *TICKETS)
    assert (
        done.returncode == 0
        and "22577 tickets imported (6810 open, 1 in no grid), 0 known already, 0 refused" in done.stdout
    )
    again = bounded("import", "tickets", washington / "tickets.csv", *TICKETS)
    assert "0 tickets imported (0 open, 0 in no grid), 22577 known already" in again.stdout
    assert bounded("verify").returncode == 0
    for level, count in ((1, 8), (2, 40), (3, 296)):
        loads = json.loads(bounded("loads", "--level", level, "--json").stdout)
        assert len(loads["grids"]) == count
        assert sum(g["open"] for g in loads["grids"]) == 6_809 and loads["queue"]["open"] == 1
    with sqlite3.connect(bounded.file) as connection:
        assert connection.execute("SELECT count(*) FROM tickets WHERE live").fetchone() == (0,)


def test_its_real_flaws_are_findings(bounded: Shell) -> None:
    done = bounded("check", "--json")
    assert done.returncode == 1
    findings = json.loads(done.stdout)["findings"]
    spilling = {f["grids"][0] for f in findings if f["check"] == "nested"}
    assert len(spilling) >= 20 and {"3G", "6D"} <= spilling
    assert all(f["where"] for f in findings if f["severity"] == "error")


def test_its_plan_goes_out_and_comes_in_as_the_same_also_from_its_own_source(
    bounded: Shell, washington: Path
) -> None:
    assert bounded("export", "plan", "-o", "p.csv").returncode == 0
    assert bounded("export", "boundaries", "--level", 3, "-o", "b.geojson").returncode == 0
    source = ("--code", "SMD_ID", "--name", "NAME", "--parent", "ANC_ID")
    for n, (file, *fields) in enumerate((("p.csv",), ("b.geojson",), (washington / "smds.geojson", *source))):
        done = bounded("import", "plan", file, "--plan", f"plan {n}", *fields)
        assert done.returncode == 0, done.stderr
        assert "are the same" in bounded("compare", "imported", f"plan {n}").stdout
    assert bounded("check", "--plan", "plan 0").returncode == 0


def test_live_tickets_are_worked(bounded: Shell, washington: Path) -> None:
    assert bounded("import", "tickets", washington / "tickets.csv", *TICKETS, "--live").returncode == 0
    with sqlite3.connect(bounded.file) as connection:
        assert connection.execute("SELECT count(*) FROM tickets WHERE live AND open").fetchone() == (6_810,)


def test_a_killed_import_leaves_nothing_half(bounded: Shell, washington: Path) -> None:
    command = [sys.executable, "-m", "cli", "import", "tickets", str(washington / "tickets.csv"), *TICKETS]
    for seconds in (2.2, 2.8, 3.4):
        process = subprocess.Popen(
            command,
            cwd=HOME,
            env=os.environ | {"REDGRID_DATABASE_URL": sqlite_url(bounded.file)},
            stdout=subprocess.DEVNULL,
        )
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert bounded.count("tickets") in (0, 22_577)
        assert bounded.count("events") == bounded.count("tickets") + 3
    assert bounded("verify").returncode == 0

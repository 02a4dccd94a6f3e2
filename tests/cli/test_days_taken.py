"""The days that are over, from the shell: taken before a sweep, made up anew after an import."""

from __future__ import annotations

import shutil
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from city.opened import City
from tests.cli.test_commands import Shell
from tests.conftest import NOON


@pytest.fixture
def demo(tmp_path: Path, demo_file: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """The demo city on the day after it was seeded."""

    def tomorrow(_city: City) -> datetime:
        return NOON + timedelta(days=1)

    monkeypatch.setattr(City, "now", tomorrow)
    shell = Shell(tmp_path)
    shutil.copy(demo_file, shell.file)
    return shell


def opens(shell: Shell) -> dict[str, int]:
    """What the whole city had open at the end of each day that is kept."""
    with sqlite3.connect(shell.file) as connection:
        return dict(connection.execute("SELECT day, open FROM snapshot_loads WHERE level = 0 ORDER BY day"))


def test_a_sweep_takes_the_day_that_is_over_and_one_of_another_moment_takes_none(demo: Shell) -> None:
    assert demo("sweep", "--now", "2026-11-25T12:00+08:00").returncode == 0
    assert max(opens(demo)) == "2026-11-23"
    assert demo("sweep").returncode == 0
    assert max(opens(demo)) == "2026-11-24" and len(opens(demo)) == 32
    assert demo("sweep").returncode == 0
    assert len(opens(demo)) == 32


def test_an_import_of_history_shows_in_the_days_that_were_made_up(demo: Shell) -> None:
    demo("sweep")
    before = opens(demo)
    rows = ["id,lon,lat,opened,closed,kind", "a,124.15,39.87,2026-11-10 09:00,2026-11-12 09:00,Noise"]
    (demo.folder / "history.csv").write_text("\n".join(rows), encoding="utf-8")
    fields = ("--id", "id", "--lon", "lon", "--lat", "lat", "--opened", "opened", "--category", "kind")
    assert demo("import", "tickets", "history.csv", *fields, "--closed", "closed").returncode == 0
    assert max(opens(demo)) == "2026-11-09", "what was made up without it is forgotten"
    demo("sweep")
    two_more = {day: before[day] + (day in ("2026-11-10", "2026-11-11")) for day in before}
    assert opens(demo) == two_more

"""Backup and restore as a shell sees them: exit status, one sentence, nothing half written."""

from __future__ import annotations

from pathlib import Path

import pytest

from city.opened import City
from city.settings import Settings
from demo.first import make_ready
from domain.said import Refused
from tests.cli.test_commands import Shell
from tests.conftest import sqlite_url
from tests.quiet import made_quiet


@pytest.fixture
def shell(demo_file: Path, tmp_path: Path) -> Shell:
    made_quiet(demo_file, tmp_path / "city.db")
    return Shell(tmp_path)


@pytest.mark.slow
def test_a_city_is_backed_up_tried_and_restored_from_the_shell(shell: Shell) -> None:
    done = shell("backup", "one.backup")
    assert done.returncode == 0 and "rows are in one.backup" in done.stdout
    assert "password hashes" in done.stdout
    trial = shell("restore", "one.backup", "--dry-run")
    assert trial.returncode == 0 and "0 findings" in trial.stdout and "Nothing was written." in trial.stdout
    refused = shell("restore", "one.backup")
    assert refused.returncode == 2 and refused.stderr.count("\n") == 1 and "--force" in refused.stderr
    assert shell("restore", "one.backup", "--force").returncode == 0
    shell.file.unlink()
    back = shell("restore", "one.backup", lang="zh")
    assert back.returncode == 0 and "东港市" in back.stdout
    assert shell("verify").returncode == 0


def test_what_cannot_be_restored_or_written_is_one_sentence_and_status_two(shell: Shell) -> None:
    (shell.folder / "letter.txt").write_text("dear")
    for arguments in (
        ("restore", "letter.txt", "--force"),
        ("restore", "nowhere.backup"),
        ("backup", "letter.txt"),
        ("backup", "one.backup", "--keep", "3"),
        ("backup", "nowhere/one.backup"),
    ):
        done = shell(*arguments)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), arguments


def test_a_folder_of_backups_keeps_the_newest(shell: Shell) -> None:
    kept = shell.folder / "kept"
    kept.mkdir()
    for n in range(3):
        (kept / f"redgrid-2026010{n + 1}T000000Z.backup").write_text("old")
    done = shell("backup", "kept", "--keep", "2")
    assert done.returncode == 0 and "Removed: redgrid-20260101T000000Z.backup" in done.stdout
    assert len(list(kept.iterdir())) == 2


def test_no_other_city_takes_the_place_of_one_whose_file_is_gone(shell: Shell) -> None:
    shell("backup", "one.backup")
    assert shell("sweep").returncode == 0
    anchors = shell.file.with_suffix(".anchors.txt")
    assert anchors.exists(), "a sweep anchors the day"
    shell.file.unlink()
    lost = City(Settings(database_url=sqlite_url(shell.file)))
    with pytest.raises(Refused, match="The database is gone"):
        make_ready(lost)
    lost.database.close()
    done = shell("verify")
    assert done.returncode == 2 and not shell.file.exists()
    assert shell("restore", "one.backup").returncode == 0
    assert shell("verify").returncode == 0

"""Accounts that the city's own sign-in service vouches for, made beforehand from the shell."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.test_commands import Shell

ADD = ("user", "add", "new", "--role", "leader")


@pytest.fixture
def demo(tmp_path: Path, demo_file: Path) -> Shell:
    shell = Shell(tmp_path)
    shutil.copy(demo_file, shell.file)
    return shell


def subject_of(shell: Shell, login: str) -> str:
    rows = (line.split("\t") for line in shell("user", "list").stdout.splitlines())
    return next(row[5] if len(row) > 5 else "" for row in rows if row[0] == login)


def test_an_account_with_a_subject_needs_no_password(demo: Shell) -> None:
    assert demo(*ADD, "--subject", "staff-1").returncode == 0
    assert subject_of(demo, "new") == "staff-1"


def test_an_account_is_linked_and_linked_no_more(demo: Shell) -> None:
    assert "linked to the sign-in service" in demo("user", "subject", "office", "staff-1").stdout
    assert subject_of(demo, "office") == "staff-1"
    assert "no longer" in demo("user", "subject", "office").stdout
    assert demo("user", "subject", "street").returncode == 0, "two accounts may be linked to nobody"
    assert subject_of(demo, "office") == ""


def test_one_person_of_the_service_has_one_account(demo: Shell) -> None:
    demo("user", "subject", "office", "staff-1")
    assert demo("user", "subject", "office", "staff-1").returncode == 0
    for again in (("user", "subject", "street", "staff-1"), (*ADD, "--subject", "staff-1")):
        done = demo(*again)
        assert (done.returncode, done.stderr.strip()) == (
            2,
            "Another account is linked to this subject: office.",
        )
    assert "new\t" not in demo("user", "list").stdout


def test_a_subject_nobody_can_have_is_refused(demo: Shell) -> None:
    assert demo("user", "subject", "nobody", "staff-1").stderr.strip() == "There is no account nobody."
    assert "255" in demo("user", "subject", "office", "x" * 256).stderr

"""Accounts from the shell: locked, unlocked, with a password to change; and where the app listens meanwhile."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from city.opened import City
from city.settings import Settings
from city.signed_in import sign_in
from cli import run
from domain.entering import Locked
from storage import people
from tests.cli.test_commands import Shell
from tests.conftest import sqlite_url


@pytest.fixture
def demo(tmp_path: Path, demo_file: Path) -> Shell:
    shell = Shell(tmp_path)
    shutil.copy(demo_file, shell.file)
    return shell


def state(shell: Shell, login: str) -> str:
    line = next(line for line in shell("user", "list").stdout.splitlines() if line.split("\t")[0] == login)
    return line.split("\t")[4] if line.count("\t") > 3 else ""


def test_a_locked_account_is_listed_as_such_and_can_be_unlocked(demo: Shell) -> None:
    city = City(Settings(database_url=sqlite_url(demo.file)))
    for _ in range(4):
        sign_in(city, "office", "wrong")
    with pytest.raises(Locked):
        sign_in(city, "office", "wrong")
    assert state(demo, "office") == "locked"
    assert demo("user", "unlock", "office").returncode == 0
    assert state(demo, "office") == ""
    assert sign_in(city, "office", "redgrid-demo")
    city.database.close()


def test_an_administrators_password_may_be_one_to_change(demo: Shell) -> None:
    new = ("user", "password", "office", "--password", "for the first day", "--must-change")
    assert demo(*new).returncode == 0
    assert state(demo, "office") == "has to change the password"
    add = ("user", "add", "new", "--role", "leader", "--password", "for the first day", "--must-change")
    assert demo(*add).returncode == 0 and state(demo, "new") == "has to change the password"
    assert demo("user", "password", "new", "--password", "long enough").returncode == 0
    assert state(demo, "new") == ""


def test_a_password_that_is_the_name_is_refused(demo: Shell) -> None:
    done = demo("user", "add", "longlogin", "--role", "leader", "--password", "longlogin")
    assert (done.returncode, done.stderr.strip()) == (
        2,
        "The password must not be the name you sign in with.",
    )


def test_the_app_listens_on_this_machine_alone_while_a_demo_account_has_the_printed_password(
    own_city: City, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run._host_for(own_city) == "127.0.0.1"
    assert "--host 0.0.0.0" in capsys.readouterr().out
    with own_city.database.write() as connection:
        for account in people.all_accounts(connection):
            people.change_account(connection, account.login, disabled=True)
    assert run._host_for(own_city) == "0.0.0.0"
    assert capsys.readouterr().out == ""

"""Make brings what is missing, and nothing that is there."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from city.settings import HOME

NODE, VENDOR = "node_modules", "server/assets/vendor"


@pytest.fixture
def set_up(tmp_path: Path) -> Path:
    """A folder in which everything was set up after what it is made from came."""
    for name in ("Makefile", "package-lock.json", "requirements-node.lock", "setup_steps/assets.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(HOME / name, tmp_path / name)
    for name in (".venv/stamps/venv", f"{NODE}/.package-lock.json", f"{VENDOR}/leaflet/leaflet.js"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    return tmp_path


def steps(folder: Path) -> str:
    """What make would do to bring the front-end files."""
    return subprocess.run(
        ["make", "--dry-run", "assets"], cwd=folder, check=True, capture_output=True, text=True
    ).stdout


def test_what_is_there_is_not_brought_again(set_up: Path) -> None:
    assert "npm" not in steps(set_up) and "setup_steps.assets" not in steps(set_up)


def test_what_npm_brought_is_brought_again_once_somebody_removed_it(set_up: Path) -> None:
    shutil.rmtree(set_up / NODE)
    assert "npm ci" in steps(set_up) and "setup_steps.assets" in steps(set_up)


def test_what_was_copied_is_copied_again_without_asking_npm(set_up: Path) -> None:
    shutil.rmtree(set_up / VENDOR)
    assert "npm" not in steps(set_up) and "setup_steps.assets" in steps(set_up)


def test_another_version_is_brought(set_up: Path) -> None:
    later = (set_up / NODE / ".package-lock.json").stat().st_mtime + 1
    os.utime(set_up / "package-lock.json", (later, later))
    assert "npm ci" in steps(set_up)


def test_ci_leaves_out_no_test_and_make_test_the_slow_ones_alone() -> None:
    def pytest_of(target: str) -> list[str]:
        # Make hands what it was told, such as TESTS, on to make.
        own = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "TESTS")}
        told = subprocess.run(
            ["make", "--dry-run", target], cwd=HOME, env=own, check=True, capture_output=True, text=True
        ).stdout
        return [line for line in told.splitlines() if " -m pytest " in line]

    (quick,), (slow,) = pytest_of("test"), pytest_of("slow")
    assert quick.endswith(' -m "not slow" ') and slow.endswith(" -m slow ")
    assert quick.removesuffix('-m "not slow" ') == slow.removesuffix("-m slow ")
    (older,) = pytest_of("older")
    assert pytest_of("check") == [quick, slow, older]
    told = (HOME / ".ci/run").read_text(encoding="utf-8").splitlines()
    assert told[-3:] == ["make test", "make slow", "make older"]

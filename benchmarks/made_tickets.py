"""Make many synthetic tickets of the demo city: three years of them, the open ones among the last weeks.

What they say is put together from the demo city's phrases and from invented names of all common characters, so that there
are common words and rare ones.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import numpy as np
from sqlalchemy import Index, Table, text

from city.opened import City
from city.settings import Settings
from demo.seed import seed
from demo.stories import phrases
from domain.events import Event, canonical, ticket_stream
from domain.grids import Level
from storage.database import Database
from storage.days import make_anew, uncounted
from storage.migrate import migrate
from storage.schema import Instant, events, microseconds, ratings, ticket_words, tickets
from storage.search import seal_upto
from storage.seeding import continue_numbering

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
FIRST = 1_000_000
"""The id of the first ticket that is made: the demo city's own come before."""

BULK = 100_000
"""Of more than so many the indexes are made when all are there."""

YEARS = 3
CHUNK = 50_000
RATED = 0.3

HANZI = [bytes((high, low)).decode("gb2312") for high in range(0xB0, 0xD7) for low in range(0xA1, 0xFF)]
"""The common characters, by the standard of 1980."""

SHOPS = (
    "超市",
    "饭店",
    "理发店",
    "诊所",
    "五金店",
    "水果店",
    "药房",
    "烧烤",
    "幼儿园",
    "网吧",
    "洗车行",
    "宾馆",
)
ENGLISH = ("WiFi", "ATM", "KTV", "LED", "CCTV", "Starlight Hotel", "Sunshine Kindergarten", "No Parking")


class Then(City):
    """A city whose clock stands still."""

    def now(self) -> datetime:
        return NOW


def opened(url: str) -> City:
    """The demo city in an empty database."""
    city = Then(Settings(database_url=url))
    migrate(city.database)
    seed(city, NOW)
    return city


@dataclass
class Maker:
    """Makes tickets of one city, the same ones for one seed."""

    city: City
    random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(2026))

    def __post_init__(self) -> None:
        structure = self.city.ground.structure
        self.places = [
            (*(c.code for c in (structure.grids[g.parent], g)), g)
            for g in structure.at_level(Level.BUILDING)
            if g.parent
        ]
        self.places = [(structure.grids[two].parent, two, three, g) for two, three, g in self.places]
        self.compounds = [self.city.ground.compounds_of(place[2]) or ("",) for place in self.places]
        self.said = phrases()
        self.categories = [c for c in self.city.rules_read.categories if c in self.said["what"]]
        self.leads = sorted(self.city.ground.departments)
        self.names = _names(Random(7))

    def made(self, first: int, count: int, total: int, open_n: int) -> tuple[list[tuple[Any, ...]], ...]:
        """Rows of tickets, words, events and ratings: ``count`` from number ``first`` of ``total``."""
        r = self.random
        n = np.arange(first, first + count)
        minutes = ((total - n) / total * YEARS * 365 * 1440).astype(int)
        place, category, lead = (
            r.integers(len(x), size=count) for x in (self.places, self.categories, self.leads)
        )
        # The open ones are among the newest, as nobody works on a ticket for years.
        share_open = min(1.0, open_n / min(total, 4 * open_n))
        is_open = (n >= total - 4 * open_n) & (r.random(count) < share_open)
        took = (r.exponential(3.0, count) * 1440).astype(int) + 1
        due_in = r.integers(600, 14_400, count)
        picks = r.integers(1 << 30, size=(count, 8))
        chance = r.random((count, 3))
        ticket_rows, word_rows, event_rows, rating_rows = [], [], [], []
        for i in range(count):
            number = FIRST + int(n[i])
            opened = NOW - timedelta(minutes=int(minutes[i]))
            l1, l2, l3, _ = self.places[place[i]]
            code, department, pick = self.categories[category[i]], self.leads[lead[i]], picks[i].tolist()
            closed = min(opened + timedelta(minutes=int(took[i])), NOW)
            due = opened + timedelta(minutes=int(due_in[i]))
            still = bool(is_open[i])
            if still:
                due = NOW + timedelta(minutes=int(due_in[i]) - 4_000)
            holder, point = l3, (124.1 + (pick[0] % 10_000) / 1e5, 39.85 + (pick[1] % 10_000) / 1e5)
            compound = self.compounds[place[i]][pick[2] % len(self.compounds[place[i]])]
            address = (
                f"{compound}{pick[3] % 60 + 1}号楼{pick[4] % 6 + 1}单元{pick[5] % 30 + 1}0{pick[6] % 4 + 1}室"
            )
            ticket_rows.append(
                (number, f"{opened:%y%m%d}-{number}", None, "in_progress" if still else "closed", still, holder, l1, l2, l3,
                 *point, code, pick[7] % 20 == 0, "grid", address, opened, opened, due - timedelta(minutes=300) if still else None,
                 due, False, None, False, due, None, due if still else None, 2, 0, department, 0, 0, None, None, None,
                 None if still else closed, None if still else closed <= due, None if still else closed,
                 None if still else "settled", None, 1, 0, True, 1, 1, l3, None, None, None)
            )  # fmt: skip
            word_rows.append((number, self._says(code, compound, pick, chance[i]), "", ""))
            facts = canonical(
                {
                    "state": "closed",
                    "holder": holder,
                    "category": code,
                    "urgent": False,
                    "role": "import",
                    "live": False,
                }
            )
            event = Event(ticket_stream(number), 1, opened, "imported", None, {}, "")
            event_rows.append((event.stream, 1, opened, "imported", None, facts, "", event.digest(facts)))
            if not still and chance[i][2] < RATED:
                rating_rows.append(
                    (
                        number,
                        1,
                        f"r{number}",
                        closed,
                        closed + timedelta(days=7),
                        pick[3] % 5 + 1,
                        "link",
                        closed,
                    )
                )
        return ticket_rows, word_rows, event_rows, rating_rows

    def _says(self, code: str, compound: str, pick: list[int], chance: Any) -> str:
        said = self.said
        near = said["near"].get(said["place"].get(code, "building"), said["near"]["building"])
        what, since, ask = said["what"][code], said["since"]["any"], said["ask"]["any"]
        begun = f"{compound}{near[pick[0] % len(near)].format(n=pick[1] % 60 + 1)}{what[pick[2] % len(what)]}"
        named = f"，在{self.names[pick[3] % len(self.names)]}旁边" if chance[0] < 0.25 else ""
        english = f"，{ENGLISH[pick[4] % len(ENGLISH)]}" if chance[1] < 0.03 else ""
        return f"{begun}{named}{english}{since[pick[5] % len(since)]}{ask[pick[6] % len(ask)]}"


def _names(random: Random) -> list[str]:
    """Shops that nobody has: two characters and a kind."""
    return [f"{random.choice(HANZI)}{random.choice(HANZI)}{random.choice(SHOPS)}" for _ in range(200_000)]


TICKET_COLUMNS = tuple(c.name for c in tickets.columns)
KEPT = (
    (tickets, TICKET_COLUMNS),
    (ticket_words, ("ticket_id", "description", "reporter", "phone")),
    (events, ("stream", "seq", "at", "kind", "by", "facts", "previous", "hash")),
    (ratings, ("ticket_id", "cycle", "token", "asked_at", "until_at", "grade", "channel", "rated_at")),
)


def fill(city: City, total: int, open_n: int) -> float:
    """Make tickets and let the database look at them; seconds it took."""
    begun, maker = time.perf_counter(), Maker(city)
    with city.database.write() as connection:
        indexes = _without_indexes(connection, city.database) if total > BULK else []
        with uncounted(connection):
            for first in range(0, total, CHUNK):
                for (table, columns), rows in zip(
                    KEPT, maker.made(first, min(CHUNK, total - first), total, open_n), strict=True
                ):
                    _append(connection, table, columns, rows)
        for index in indexes:
            index.create(connection)
        for table, _ in KEPT:
            continue_numbering(connection, table)
        seal_upto(connection, FIRST + total - 1)
        make_anew(connection)
    with city.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if city.database.is_sqlite else "VACUUM ANALYZE"))
    return time.perf_counter() - begun


def _without_indexes(connection: Any, database: Database) -> list[Index]:
    indexes = [index for table, _ in KEPT for index in table.indexes]
    for index in indexes:
        index.drop(connection)
    return indexes


def _append(connection: Any, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    if connection.dialect.name == "postgresql":
        quoted = ", ".join(connection.dialect.identifier_preparer.quote(name) for name in columns)
        with (
            connection.connection.driver_connection.cursor() as cursor,
            cursor.copy(f"COPY {table.name} ({quoted}) FROM STDIN") as copy,
        ):
            copy.write("".join("\t".join(map(_written, row)) + "\n" for row in rows))
        return
    moments = [n for n, name in enumerate(columns) if isinstance(table.c[name].type, Instant)]
    marks = ", ".join("?" * len(columns))
    quoted = ", ".join(f'"{name}"' for name in columns)
    connection.connection.driver_connection.executemany(
        f"INSERT INTO {table.name} ({quoted}) VALUES ({marks})", (_numbered(row, moments) for row in rows)
    )


def _written(value: Any) -> str:
    if value is None:
        return "\\N"
    return ("t" if value else "f") if isinstance(value, bool) else str(value)


def _numbered(row: tuple[Any, ...], moments: list[int]) -> list[Any]:
    found = list(row)
    for n in moments:
        if found[n] is not None:
            found[n] = microseconds(found[n])
    return found

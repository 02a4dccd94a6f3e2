"""The catch-all lists (兜底): organisations outside of the old units – new economic, new social, grass-roots – by grid.

Source: the report – 2,600, 300 and 200 of them, each on some grid's list, with or without a Party organisation.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import ClassVar

from domain.duplicates import metres
from domain.frontline.records import Record
from domain.place import LngLat
from domain.said import Said, said

NEAR = 150.0
"""Metres between two places that may be one."""


class Kind(StrEnum):
    """The three lists."""

    ECONOMIC = "economic"
    SOCIAL = "social"
    GRASS_ROOTS = "grass_roots"


KIND: Mapping[Kind, Said] = {
    Kind.ECONOMIC: said("New economic organisation"),
    Kind.SOCIAL: said("New social organisation"),
    Kind.GRASS_ROOTS: said("Grass-roots organisation"),
}


class Party(StrEnum):
    """Has it a Party organisation?"""

    OWN = "own"
    JOINT = "joint"
    NONE = "none"
    UNKNOWN = "unknown"


PARTY: Mapping[Party, Said] = {
    Party.OWN: said("Its own Party organisation"),
    Party.JOINT: said("A joint Party organisation"),
    Party.NONE: said("No Party organisation"),
    Party.UNKNOWN: said("Not known"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside(Record):
    """One organisation; ``grid`` is the smallest grid whose list it is on, None until somebody finds it."""

    LIST: ClassVar[str] = "outside"

    kind: Kind
    name: str
    address: str = ""
    grid: str | None = None
    lng: float | None = None
    lat: float | None = None
    party: Party = Party.UNKNOWN
    people: int | None = None
    gone: bool = False

    @property
    def point(self) -> LngLat | None:
        return None if self.lng is None or self.lat is None else LngLat(self.lng, self.lat)


# What people leave out of a company's name, or write one way or the other.
LEFT_OUT = re.compile(r"有限责任公司|股份有限公司|有限公司|个体工商户|公司|[\s()（）·,，.。\-—_/]+")


def plain_name(name: str, city: str = "") -> str:
    """A name as two entries of one organisation have it in common: without its form, and without the city's own name."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    short = LEFT_OUT.sub("", folded)
    for place in (city, city.removesuffix("市")):
        short = short.removeprefix(place.casefold()) or short
    return short or folded.strip()


def alike(rows: Iterable[Outside], city: str = "") -> list[tuple[Outside, Outside]]:
    """Pairs that may be one organisation: the same plain name, at one address, near each other, or with nothing to tell them
    apart."""
    by_name: dict[str, list[Outside]] = defaultdict(list)
    for row in rows:
        if not row.gone:
            by_name[plain_name(row.name, city)].append(row)
    return [pair for those in by_name.values() for pair in combinations(those, 2) if _may_be_one(*pair)]


def _may_be_one(a: Outside, b: Outside) -> bool:
    if a.address and a.address == b.address:
        return True
    if a.point and b.point:
        return metres(a.point, b.point) <= NEAR
    return a.grid is None or b.grid is None or a.grid == b.grid


@dataclass(frozen=True, slots=True)
class Standing:
    """The list of one grid: how many stand on it, and of how many a Party organisation is known."""

    there: int = 0
    with_party: int = 0
    unknown: int = 0

    @property
    def is_blank(self) -> bool:
        """Nobody has written anything on this grid's list."""
        return self.there == 0


def standings(rows: Iterable[Outside]) -> dict[str, Standing]:
    """By grid; a grid without a list is missing."""
    found: dict[str, list[Outside]] = defaultdict(list)
    for row in rows:
        if row.grid is not None and not row.gone:
            found[row.grid].append(row)
    return {
        grid: Standing(
            len(those),
            sum(row.party in (Party.OWN, Party.JOINT) for row in those),
            sum(row.party is Party.UNKNOWN for row in those),
        )
        for grid, those in found.items()
    }

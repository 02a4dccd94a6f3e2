"""The ways to colour the map by what people do on the grids: one line here for each, which its own module describes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from city.frontline import needed, outside, visited
from city.opened import City
from domain.grids import Level
from domain.shades import Shade

KEPT = 10.0
"""Seconds for which a level's numbers are shared by everybody who asks."""


@dataclass(frozen=True, slots=True)
class Shaded:
    """A way to colour, and where its numbers come from: by grid of a level; a grid without one is left out."""

    shade: Shade
    numbers: Callable[[City, Level], Mapping[str, int]]


SHADES: tuple[Shaded, ...] = (
    Shaded(visited.SHADE, visited.days_by_grid),
    Shaded(needed.SHADE, needed.unmet_by_grid),
    Shaded(outside.SHADE, outside.blanks_by_grid),
)

_kept: WeakKeyDictionary[City, dict[tuple[str, Level], tuple[float, int, Mapping[str, int]]]] = (
    WeakKeyDictionary()
)


def numbers_of(city: City, shade: Shade, level: Level) -> Mapping[str, int]:
    """The numbers of a level's grids, counted every ten seconds at most for everybody."""
    kept, asked = _kept.setdefault(city, {}), (shade.name, level)
    known = kept.get(asked)
    revision = city.ground.revision
    if known is not None and time.monotonic() < known[0] and known[1] == revision:
        return known[2]
    numbers = next(each.numbers for each in SHADES if each.shade is shade)(city, level)
    kept[asked] = (time.monotonic() + KEPT, revision, numbers)
    return numbers


def forget_numbers(city: City) -> None:
    """After something was written: the next to ask counts anew."""
    _kept.pop(city, None)

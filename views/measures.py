"""The measures of the map as its legend and its switch name them."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

from city.frontline.shades import knows_buildings
from city.opened import City
from city.weights import Colouring, colourings
from city.words import Words
from domain.loads import SHOWN_FROM, SOLID_FROM, Measure, Thresholds
from domain.people import Person
from domain.shades import Shade
from domain.titles import LEGEND
from gis.view import MeasureView, Told


def measure_views(city: City, person: Person, say: Words) -> dict[str, MeasureView]:
    """Every measure that this city has, the one that is shown at first before the others."""
    return {each.value: _view(city, say, each) for each in colourings(city, person)}


def measure_words(say: Words) -> dict[str, str]:
    """What the map says of grids without a colour."""
    return {
        "no_base": say("no household data"),
        "few": say("small sample (n < {n})", n=SOLID_FROM),
        "too_few": say("not shown (n < {n})", n=SHOWN_FROM),
    }


def _view(city: City, say: Words, measure: Colouring) -> MeasureView:
    if isinstance(measure, Shade):
        return _shade_view(city, say, measure)
    labels = class_labels(measure)
    classes = {
        int(level): labels(city.rules_read.thresholds[measure, level])
        for level in city.ground.structure.levels
    }
    return MeasureView(say.of(LEGEND[measure]), None if measure.is_rate else "0", classes)


def _shade_view(city: City, say: Words, shade: Shade) -> MeasureView:
    classes = dict.fromkeys(map(int, city.ground.structure.levels), count_labels(shade.bounds))
    told = Told(say(shade.told.text, n="{n}"), say.of(shade.unknown))
    return MeasureView(say.of(shade.legend), say.of(shade.nothing), classes, told, knows_buildings(shade))


def class_labels(measure: Measure) -> Callable[[Thresholds], tuple[str, ...]]:
    """By what the classes of a measure are named from its bounds."""
    if measure.is_rate:
        return rate_labels
    return density_labels if measure is Measure.OPEN_PER_100 else count_labels


def density_labels(bounds: Thresholds) -> tuple[str, ...]:
    """``> 0 – 0.5``, …, ``≥ 2``."""
    numbers = [f"{bound:g}" for bound in bounds]
    between = [f"{a} – {b}" for a, b in zip(["> 0", *numbers], numbers, strict=False)]
    return (*between, f"≥ {numbers[-1]}")


def count_labels(bounds: Thresholds) -> tuple[str, ...]:
    """``1``, ``2 – 3``, …, ``≥ 12``: whole numbers, each in one class."""
    starts = [1, *(math.ceil(bound) for bound in bounds)]
    between = [f"{a}" if b - a <= 1 else f"{a} – {b - 1}" for a, b in pairwise(starts)]
    return (*between, f"≥ {starts[-1]}")


def rate_labels(bounds: Thresholds) -> tuple[str, ...]:
    """``≥ 97%``, ``93 – 97%``, …, ``< 85%``: the best first."""
    numbers = [f"{bound:g}" for bound in bounds]
    between = [f"{a} – {b}%" for a, b in pairwise(numbers)]
    return (f"≥ {numbers[-1]}%", *reversed(between), f"< {numbers[0]}%")

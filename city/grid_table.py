"""The map's numbers as a table: for keyboards and screen readers, and to take along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from city.opened import City
from city.spreadsheets import Cell, Sheet
from city.weights import Colouring, Weight, legend_of, title_of, weigh
from city.words import Words
from domain.grids import Level
from domain.loads import NO_BASE, ZERO_CLASS, Share
from domain.people import Person
from domain.said import Said
from domain.shades import Shade
from domain.titles import CLASS, LEVEL, RATE_CLASS


def rows_of(
    city: City, person: Person, level: Level, measure: Colouring, within: str | None = None
) -> list[Weight]:
    """The grids of a level that this person may see, of one unit's where asked."""
    structure = city.ground.structure
    return [
        weight
        for weight in weigh(city, person, level, measure)
        if weight.load is not None and (within is None or structure.within(weight.grid.code, within))
    ]


def class_word(weight: Weight, by: Colouring) -> Said:
    """What a grid's colour says, in a word."""
    if isinstance(by, Shade) and weight.class_ in (ZERO_CLASS, NO_BASE):
        return by.unknown if weight.number is None else by.nothing
    words: Mapping[int, Said] = CLASS if weight.share is None else RATE_CLASS
    return words[weight.class_]


def per_100(weight: Weight) -> Decimal | None:
    """Open tickets per 100 households; None without households."""
    if weight.load is None or not weight.grid.households:
        return None
    return round(Decimal(100 * weight.load.open) / weight.grid.households, 2)


def percent(share: Share) -> Decimal | None:
    """A rate with one decimal; None where there is nothing to divide by."""
    return round(Decimal(100 * share.good) / share.n, 1) if share.n else None


def header(say: Words, measure: Colouring) -> list[str]:
    """The titles of the columns after the grid's own."""
    titles = [say("Households"), say("Open"), say("Overdue"), say("Due soon"), say("Per 100 households")]
    if measure.is_rate:
        titles += [f"{say.of(title_of(measure))} (%)", say("Cases")]
    if isinstance(measure, Shade):
        titles.append(say.of(legend_of(measure)))
    return [*titles, say("Class")]


def cells(weight: Weight, say: Words, by: Colouring) -> list[Cell | None]:
    """What a row says after the grid's own; None where there is nothing to say."""
    load, share = weight.load, weight.share
    assert load is not None
    found: list[Cell | None] = [
        weight.grid.households, load.open, load.overdue, load.due_soon, per_100(weight)
    ]  # fmt: skip
    if share is not None:
        found += [percent(share) if weight.may_tell_good else None, share.n]
    if isinstance(by, Shade):
        found.append(weight.number)
    return [*found, say.of(class_word(weight, by))]


def sheet_of(rows: Sequence[Weight], level: Level, measure: Colouring, say: Words) -> Sheet:
    """The rows as a sheet."""
    titles: list[Cell] = [say("Code"), say("Grid"), *header(say, measure)]
    lines = [
        [w.grid.code, w.grid.name, *("" if c is None else c for c in cells(w, say, measure))] for w in rows
    ]
    return Sheet(say.of(LEVEL[level]), [titles, *lines])

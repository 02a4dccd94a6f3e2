"""Take in how many households live in units by now, from a table with one row for each unit: whole or not at all.

Numbers alone change: what a unit is, and in which grid it lies, stays as it is. Units without a row keep their number.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from domain.plans.assigning import RefusedRow, Wrong, unit_in
from domain.plans.drafts import Draft
from domain.plans.units import Units
from domain.said import said

MOST_HOUSEHOLDS = 1_000_000
"""Households of one unit: more is a slip of the pen, or another field."""

NUMBER = re.compile(r"([0-9]{1,7})(\.0+)?")
"""A whole number, also as a spreadsheet may write it."""

LONGEST_TOLD = 40
"""Characters of a cell that are told."""


@dataclass(frozen=True, slots=True)
class CensusFields:
    """What the two fields of the table are called."""

    unit: str = "unit"
    households: str = "households"


@dataclass(frozen=True, slots=True)
class Census:
    """What rows tell of a city: the households of units by now, and of those that changed, from how many to how many."""

    told: Mapping[str, int]
    changed: Mapping[str, tuple[int, int]]
    refused: tuple[RefusedRow, ...]
    known: int
    """How many rows name a unit of this city, be it without its leading zeros."""

    @property
    def unchanged(self) -> int:
        """How many units stayed as they were."""
        return len(self.told) - len(self.changed)

    @property
    def is_usable(self) -> bool:
        """Can it be kept? While a row is refused nothing is."""
        return not self.refused


def census_of(units: Units, rows: Iterable[tuple[str, str]], fields: CensusFields) -> Census:
    """What rows of a unit's code and its households tell."""
    known = 0
    first: dict[str, int] = {}
    now: dict[str, int] = {}
    refused: list[RefusedRow] = []
    for number, (code, households) in enumerate(rows, start=1):
        known += units.may_mean_one(code.strip())
        try:
            unit = unit_in(units, code, fields.unit, first)
            first[unit] = number
            now[unit] = _households(households, fields.households)
        except Wrong as wrong:
            refused.append(RefusedRow(number, wrong.field, wrong.why))
    changed = {
        unit: (before, after) for unit, after in sorted(now.items()) if (before := units[unit].households) != after
    }  # fmt: skip
    return Census(now, changed, tuple(refused), known)


def recounted(
    units: Units, draft: Draft, former: Mapping[str, int | None], told: Mapping[str, int]
) -> dict[str, int]:
    """The households by now of those grids of a plan that hold a unit of which a table told. ``units`` and ``former``
    hold the numbers before, of units and of grids.

    A grid has the sum of its units where the table told of each. Else what changed is added to its own number. One
    without a number gets the sum once all its units are known, be it by the number of their smallest grid; until then
    it stays without, for nobody knows how many live in the rest of it.
    """
    counted: dict[str, _Count] = defaultdict(_Count)
    for unit, leaf in draft.home.items():
        before = units[unit].households
        now, is_told = told.get(unit, before), unit in told
        for code in draft.chain(leaf):
            counted[code].add(now, now - before, is_told, is_told or former[leaf] is not None)
    numbers = {code: count.after(former[code]) for code, count in sorted(counted.items()) if count.told}
    return {code: n for code, n in numbers.items() if n is not None}


@dataclass(slots=True)
class _Count:
    """The units of a grid: how many, how many the table told, how many are known at all, and their households."""

    units: int = 0
    told: int = 0
    known: int = 0
    households: int = 0
    more: int = 0

    def add(self, households: int, more: int, is_told: bool, is_known: bool) -> None:
        self.units += 1
        self.told += is_told
        self.known += is_known
        self.households += households
        self.more += more

    def after(self, own: int | None) -> int | None:
        """What a grid that had this number has by now."""
        if self.told == self.units or (own is None and self.known == self.units):
            return self.households
        return None if own is None else max(0, own + self.more)


def _households(text: str, field: str) -> int:
    told = text.strip()
    if not told:
        raise Wrong(field, said("is empty"))
    found = NUMBER.fullmatch(told)
    if found is None or int(found[1]) > MOST_HOUSEHOLDS:
        raise Wrong(field, said("{value} is no number of households", value=told[:LONGEST_TOLD]))
    return int(found[1])

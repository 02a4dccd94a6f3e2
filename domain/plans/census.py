"""Take in how many households live in units by now, from a table with one row for each unit: whole or not at all.

Numbers alone change: what a unit is, and in which grid it lies, stays as it is. Units without a row keep their number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from domain.plans.assigning import Basis, RefusedRow, Wrong, unit_in
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
    """What rows tell of a city: the units whose households changed, from how many to how many, and how many stayed."""

    changed: Mapping[str, tuple[int, int]]
    unchanged: int
    refused: tuple[RefusedRow, ...]
    known: int
    """How many rows name a unit of this city, be it without its leading zeros."""

    @property
    def is_usable(self) -> bool:
        """Can it be kept? While a row is refused nothing is."""
        return not self.refused


def census_of(units: Units, rows: Iterable[tuple[str, str]], fields: CensusFields) -> Census:
    """What rows of a unit's code and its households tell."""
    basis, known = Basis(units, Draft({}, {})), 0
    first: dict[str, int] = {}
    now: dict[str, int] = {}
    refused: list[RefusedRow] = []
    for number, (code, households) in enumerate(rows, start=1):
        known += basis.may_mean_a_unit(code.strip())
        try:
            unit = unit_in(basis, code, fields.unit, first)
            first[unit] = number
            now[unit] = _households(households, fields.households)
        except Wrong as wrong:
            refused.append(RefusedRow(number, wrong.field, wrong.why))
    changed = {
        unit: (before, after) for unit, after in sorted(now.items()) if (before := units[unit].households) != after
    }  # fmt: skip
    return Census(changed, len(now) - len(changed), tuple(refused), known)


def _households(text: str, field: str) -> int:
    told = text.strip()
    if not told:
        raise Wrong(field, said("is empty"))
    found = NUMBER.fullmatch(told)
    if found is None or int(found[1]) > MOST_HOUSEHOLDS:
        raise Wrong(field, said("{value} is no number of households", value=told[:LONGEST_TOLD]))
    return int(found[1])

"""Read a plan from a table with one row for each unit, and write it as one: codes are text, a plan is whole or none.

A row names the unit and its grid of the smallest level. Grids that the base knows need no more; one that it does not
know is new, and then the row tells what it lies under. What cannot be used is told row by row and field by field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from domain.grids import Grid, Level
from domain.names import one_line
from domain.plans.drafts import Draft
from domain.plans.units import Units
from domain.said import Said, said

LONGEST_CODE, LONGEST_NAME = 64, 100
"""Characters of a grid's code and of its name."""

SCIENTIFIC = re.compile(r"[+-]?\d([.,]\d+)?[eE]\+\d{2,3}")
"""How a spreadsheet shows a long code that it took for a number, its last digits lost; ``1E04`` is a code of some city."""

UNIT, NAME, STREET = "unit", "name", "street"
"""The fields of the unit, of the name of its smallest grid, and of what the largest grids lie under."""


def code_field(level: Level) -> str:
    """The field that holds the code of the grid of a level."""
    return f"level{int(level)}"


def name_field(level: Level, smallest: Level) -> str:
    """The field that holds the name of the grid of a level."""
    return NAME if level is smallest else f"{code_field(level)}_{NAME}"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as people count below the header, the unit, and what is told of its grids, level by level."""

    number: int
    unit: str
    codes: Mapping[Level, str]
    names: Mapping[Level, str] = field(default_factory=dict)
    street: str = ""


@dataclass(frozen=True, slots=True)
class Fields:
    """What the fields of a row are called in its file."""

    unit: str
    codes: Mapping[Level, str]
    names: Mapping[Level, str] = field(default_factory=dict)
    street: str = STREET


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that cannot be used, the field in which it cannot (none where it is the row as a whole), and why."""

    row: int | None
    field: str
    why: Said


@dataclass(frozen=True, slots=True)
class Assigned:
    """What rows make of a city: a draft, or – while a row is refused or a unit is missing – none."""

    draft: Draft | None
    refused: tuple[RefusedRow, ...]
    missing: tuple[str, ...]
    known: int
    """How many rows name a unit of this city, be it without its leading zeros."""


@dataclass(frozen=True)
class Basis:
    """What rows are read against: the units, the plan they begin from, the streets, and the grids of other plans."""

    units: Units
    base: Draft
    streets: Collection[str] = ()
    elsewhere: Mapping[str, Grid] = field(default_factory=dict)

    @property
    def levels(self) -> list[Level]:
        """The levels of this city, the smallest grids first."""
        return sorted({grid.level for grid in self.base.grids.values()}, reverse=True)

    @cached_property
    def lost_zeros(self) -> Mapping[tuple[Level | None, str], str]:
        """The codes of grids that begin with zeros, by their level – streets by none – and what a spreadsheet leaves of them."""
        codes = [(grid.level, code) for code, grid in {**self.elsewhere, **self.base.grids}.items()]
        return {
            (level, code.lstrip("0")): code
            for level, code in [*codes, *((None, street) for street in self.streets)]
            if code.startswith("0")
        }

    def must_have_its_zeros(self, level: Level | None, code: str, field: str) -> None:
        """Refuse what is left of a code of this level – of a street where it is none – that a spreadsheet took for a number."""
        if meant := self.lost_zeros.get((level, code)):
            raise Wrong(
                field,
                said(
                    "{code} has lost its leading zeros to a spreadsheet, {meant} is meant: format the column as text and paste the codes again",
                    code=code, meant=meant,
                ),
            )  # fmt: skip


class Wrong(Exception):
    """A row cannot be used, for this reason in this field."""

    def __init__(self, field: str, why: Said) -> None:
        super().__init__(str(why))
        self.field, self.why = field, why


def assigned(basis: Basis, rows: Iterable[Row], fields: Fields, *, placed: Collection[str] = ()) -> Assigned:
    """The plan that rows tell. ``placed`` are units of which something was told already: they are not missing again."""
    made: dict[str, Grid] = {}
    home: dict[str, str] = {}
    first: dict[str, int] = {}
    refused: list[RefusedRow] = []
    known = 0
    for row in rows:
        known += basis.units.may_mean_one(row.unit)
        try:
            unit = unit_in(basis.units, row.unit, fields.unit, first)
            first[unit] = row.number
            grids = _grids(basis, row, fields, made)
        except Wrong as wrong:
            refused.append(RefusedRow(row.number, wrong.field, wrong.why))
            continue
        made |= {grid.code: grid for grid in grids}
        home[unit] = grids[0].code
    missing = tuple(sorted(basis.units.by_code.keys() - first.keys() - set(placed)))
    once = tuple({(one.row, one.field, str(one.why)): one for one in refused}.values())
    draft = Draft(made, home) if not (once or missing or placed) and made else None
    return Assigned(_with_lineage(draft, basis.base) if draft else None, once, missing, known)


def unit_in(units: Units, code: str, field: str, first: Mapping[str, int]) -> str:
    """The unit that a row names; ``first`` tells in which row each had its own.

    Raises:
        Wrong: when there is none of this code, or it had a row already.
    """
    unit = _text(code, field)
    if unit not in units:
        raise Wrong(field, _unknown_unit(units, unit))
    if unit in first:
        raise Wrong(field, said("unit {unit} has a row already, row {n}", unit=unit, n=first[unit]))
    return unit


def _unknown_unit(units: Units, code: str) -> Said:
    if code.lstrip("0") in units.without_zeros:
        return said(
            "there is no unit {code}; a spreadsheet may have eaten its leading zeros, keep codes as text",
            code=code,
        )
    return said("there is no unit {code}", code=code[:LONGEST_CODE])


def _text(code: str, field: str) -> str:
    """A code as it stands, unless it is none or a spreadsheet took it for a number."""
    if not code.strip():
        raise Wrong(field, said("is empty"))
    if SCIENTIFIC.fullmatch(code.strip()):
        raise Wrong(
            field,
            said(
                "{code} is a code that a spreadsheet took for a number, its last digits are lost; format the column as text and paste the codes again",
                code=code.strip(),
            ),
        )
    if len(code) > LONGEST_CODE:
        raise Wrong(field, said("has more than {n} characters", n=LONGEST_CODE))
    return code.strip()


def _grids(basis: Basis, row: Row, fields: Fields, made: Mapping[str, Grid]) -> list[Grid]:
    """The grid of a row and those above it, the smallest first."""
    levels = basis.levels
    code = _text(row.codes.get(levels[0], ""), fields.codes[levels[0]])
    found: list[Grid] = []
    for level, above in zip(levels, [*levels[1:], None], strict=True):
        grid = _grid(basis, row, fields, level, above, code)
        _must_agree(grid, made.get(code), fields, above)
        found.append(grid)
        code = grid.parent or ""
    return found


def _grid(basis: Basis, row: Row, fields: Fields, level: Level, above: Level | None, code: str) -> Grid:
    known = basis.base.grids.get(code)
    before = known or basis.elsewhere.get(code)
    told, field = _told_parent(row, fields, above)
    own_field = fields.codes.get(level, code_field(level))
    if before is None or before.level is not level:
        basis.must_have_its_zeros(level, code, own_field)
    if before and before.level is not level:
        raise Wrong(
            own_field,
            said("{code} is the code of a grid of level {level}", code=code, level=int(before.level)),
        )
    if before and told and told != before.parent:
        if basis.lost_zeros.get((above, told)) == before.parent:
            basis.must_have_its_zeros(above, told, field)
        raise Wrong(field, _never_moves(before))
    parent = known.parent if known else _new_parent(basis, row, fields, above, code)
    name = _name(row, fields, level) or (before.name if before else code)
    return Grid(code, level, name, parent)


def _never_moves(grid: Grid) -> Said:
    return said(
        "grid {code} lies under {parent}; a code never moves to another parent, the grid needs a new one",
        code=grid.code, parent=grid.parent or "–",
    )  # fmt: skip


def _told_parent(row: Row, fields: Fields, above: Level | None) -> tuple[str, str]:
    """What a row says a grid lies under, nothing where it does not, and the field that says it."""
    if above is None:
        return row.street.strip(), fields.street
    field = fields.codes.get(above, code_field(above))
    told = row.codes.get(above, "")
    return (_text(told, field) if told.strip() else ""), field


def _new_parent(basis: Basis, row: Row, fields: Fields, above: Level | None, code: str) -> str | None:
    """What a new grid lies under; only the largest of a city without streets lie under nothing."""
    if above is None and not basis.streets:
        return None
    told, field = _told_parent(row, fields, above)
    if not told:
        raise Wrong(
            field,
            said("there is no grid {code}, and no field tells what a new one would lie under", code=code),
        )
    if above is None and told not in basis.streets:
        basis.must_have_its_zeros(None, told, field)
        raise Wrong(field, said("there is no street {code}", code=told))
    return told


def _name(row: Row, fields: Fields, level: Level) -> str:
    name = one_line(row.names.get(level, ""))
    if len(name) > LONGEST_NAME:
        raise Wrong(fields.names.get(level, NAME), said("field has more than {n} characters", n=LONGEST_NAME))
    return name


def _must_agree(grid: Grid, before: Grid | None, fields: Fields, above: Level | None) -> None:
    """A grid is the same in every row that names it."""
    if before is None or before == grid:
        return
    if before.parent != grid.parent:
        field = fields.codes.get(above, code_field(above)) if above else fields.street
        raise Wrong(
            field,
            said("grid {code} lies under {parent} in a row above", code=grid.code, parent=before.parent),
        )
    raise Wrong(
        fields.names.get(grid.level, NAME),
        said("grid {code} is called {name} in a row above", code=grid.code, name=before.name),
    )


def _with_lineage(draft: Draft, base: Draft) -> Draft:
    """The draft with what it keeps of its base: from which grids a new one came, and which compounds may be split."""
    lineage = {
        code: _came_from(draft, base, grid) for code, grid in draft.grids.items() if code not in base.grids
    }
    marks = {"lineage": lineage, "split": dict(base.mark("split"))}
    return Draft(draft.grids, draft.home, {kind: held for kind, held in marks.items() if held})


def _came_from(draft: Draft, base: Draft, grid: Grid) -> list[str]:
    homes = {base.home[unit] for unit in draft.units_of(grid.code) if unit in base.home}
    return sorted({above for code in homes if (above := base.above(code, grid.level))})


# --- the other way: a plan as rows ------------------------------------------------------------------------------


def header_of(draft: Draft) -> list[str]:
    """The fields of a plan's table, the smallest level first."""
    levels = sorted({grid.level for grid in draft.grids.values()}, reverse=True)
    pairs = [(code_field(level), name_field(level, draft.smallest)) for level in levels]
    return [UNIT, *(each for pair in pairs for each in pair), *([STREET] if _has_streets(draft) else [])]


def rows_of(draft: Draft) -> list[list[str]]:
    """A plan as rows under its header, one for each unit in the order of their codes."""
    ends = {code: _cells(draft, code) for code in draft.leaf_units}
    return [[unit, *ends[grid]] for unit, grid in sorted(draft.home.items())]


def _cells(draft: Draft, code: str) -> list[str]:
    chain = [draft.grids[each] for each in draft.chain(code)]
    streets = [chain[-1].parent or ""] if _has_streets(draft) else []
    return [cell for grid in chain for cell in (grid.code, grid.name)] + streets


def _has_streets(draft: Draft) -> bool:
    largest = min((grid.level for grid in draft.grids.values()), default=Level.COMMUNITY)
    return any(grid.parent for grid in draft.grids.values() if grid.level is largest)


def read_rows(header: Sequence[str], rows: Sequence[Sequence[str]], levels: Sequence[Level]) -> list[Row]:
    """Rows of texts as rows of a plan; fields that are none of a plan's are not looked at."""
    at = {name: n for n, name in reversed(list(enumerate(header)))}
    smallest = max(levels)
    codes = {level: at[code_field(level)] for level in levels if code_field(level) in at}
    names = {level: at[name_field(level, smallest)] for level in levels if name_field(level, smallest) in at}

    def taken(row: Sequence[str], wanted: Mapping[Level, int]) -> dict[Level, str]:
        return {level: row[n] for level, n in wanted.items()}

    street: Callable[[Sequence[str]], str] = (lambda row: row[at[STREET]]) if STREET in at else lambda _: ""
    return [
        Row(number, row[at[UNIT]].strip(), taken(row, codes), taken(row, names), street(row))
        for number, row in enumerate(rows, start=1)
    ]


def fields_of(levels: Iterable[Level]) -> Fields:
    """The fields of a plan's table as a plan calls them."""
    known = list(levels)
    smallest = max(known)
    return Fields(
        UNIT,
        {level: code_field(level) for level in known},
        {level: name_field(level, smallest) for level in known},
    )

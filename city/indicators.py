"""The indicators as a person may see them: by unit of their own tree, by department, over a period."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from city.opened import City
from city.spreadsheets import Cell, Sheet
from city.words import Words
from domain.grids import CITY, Grid, Level
from domain.indicators import (
    INDICATORS,
    LEVEL_OF,
    NOTHING,
    Count,
    Figure,
    Grouping,
    Indicator,
    Tally,
    concern,
    indicators_by,
    total,
)
from domain.people import WHOLE_CITY, Person, Role
from domain.said import Refused, Said, said
from storage.counts import Area
from storage.indicators import tallies

UNITS = (Grouping.STREET, Grouping.COMMUNITY, Grouping.COMPOUND, Grouping.BUILDING)

OPEN_TO: Mapping[Role, tuple[Grouping, ...]] = {
    Role.LEADER: (*UNITS, Grouping.DEPARTMENT),
    Role.CITY_OFFICE: (*UNITS, Grouping.DEPARTMENT),
    Role.STREET: (*UNITS, Grouping.DEPARTMENT),
    Role.COMMUNITY: (*UNITS[1:], Grouping.DEPARTMENT),
    Role.COMPOUND: UNITS[2:],
    Role.MEMBER: UNITS[3:],
    Role.DEPARTMENT: (Grouping.DEPARTMENT,),
    Role.PLANNER: UNITS,
}
"""By what each role sees figures; who is not named here sees none. Departments see themselves alone."""

REST = {Grouping.DEPARTMENT: said("No department yet"), Grouping.STREET: said("In no street")}
"""What the row is called that belongs to no department or street; to no grid, otherwise."""

NO_GRID = said("In no such grid")


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """One unit or department with what was counted for it. ``code`` is empty for what belongs to none."""

    code: str
    zh: str
    en: str
    by: Grouping
    tally: Tally

    @property
    def figures(self) -> tuple[tuple[Indicator, Figure], ...]:
        return tuple((indicator, indicator.of(self.tally)) for indicator in indicators_by(self.by))

    @property
    def is_empty(self) -> bool:
        """Is there nothing in it that any of its indicators counts?"""
        return all(
            not (figure.value if isinstance(figure, Count) else figure.whole) for _, figure in self.figures
        )

    def name(self, say: Words) -> str:
        return say.pick(self.zh, self.en) if self.code else say.of(REST.get(self.by, NO_GRID))


def groupings(city: City, person: Person) -> tuple[Grouping, ...]:
    """By what this person sees figures in this city; none at all where figures are not theirs to see."""
    structure = city.ground.structure
    present = {by for by, level in LEVEL_OF.items() if level in structure.levels} | {Grouping.DEPARTMENT}
    if structure.streets:
        present.add(Grouping.STREET)
    return tuple(by for by in OPEN_TO.get(person.role, ()) if by in present)


def figures(city: City, person: Person, since: datetime, until: datetime, by: Grouping) -> list[IndicatorRow]:
    """Every unit of the person's tree or every department with tickets there, in the order of their codes.

    What belongs to none comes last, where there is any: the rows together are all that the person may see.

    Raises:
        Refused: when this person does not see figures like these.
    """
    if by not in groupings(city, person):
        raise Refused(said("These figures are not among those you may see."))
    area = _own_area(city, person)
    counted_by = Grouping.COMMUNITY if by is Grouping.STREET else by
    with city.database.read() as connection:
        found = tallies(connection, since=since, until=until, now=city.now(), by=counted_by, area=area)
    if by is Grouping.STREET:
        found = _by_street(city, found)
    codes = sorted({*_expected(city, person, by), *found} - {""})
    rows = [_row(city, code, by, found.get(code, Tally())) for code in codes]
    rest = _row(city, "", by, found.get("", Tally()))
    return rows if rest.is_empty else [*rows, rest]


def whole(rows: Iterable[IndicatorRow]) -> Tally:
    """All rows as one."""
    return total(row.tally for row in rows)


def ordered(rows: list[IndicatorRow], indicator: Indicator | None) -> list[IndicatorRow]:
    """The rows with the most worrying by an indicator first; as they are without one."""
    if indicator is None:
        return rows
    return sorted(rows, key=lambda row: concern(indicator, row.tally))


def _own_area(city: City, person: Person) -> Area:
    structure = city.ground.structure
    if person.role in WHOLE_CITY:
        return Area()
    if person.department:
        return Area(lead=person.department)
    if grid := structure.grids.get(person.area):
        return Area(level=grid.level, codes=(grid.code,))
    if person.area in structure.streets:
        return Area(level=Level.COMMUNITY, codes=tuple(g.code for g in structure.children(person.area)))
    raise Refused(said("Your area is in no plan that is in force."))


def _by_street(city: City, found: Mapping[str, Tally]) -> dict[str, Tally]:
    """Communities' tallies as their streets'; what stands under no street under no code."""
    structure = city.ground.structure
    streets: dict[str, Tally] = {}
    for code, tally in found.items():
        above = structure.above(code) if code else None
        street = above if above in structure.streets else ""
        streets[street or ""] = streets.get(street or "", Tally()) + tally
    return streets


def _expected(city: City, person: Person, by: Grouping) -> set[str]:
    """The units that have a row even when nothing happened there."""
    structure = city.ground.structure
    if by is Grouping.DEPARTMENT:
        return {person.department} if person.department else set()
    top = CITY if person.role in WHOLE_CITY else person.area
    if by is Grouping.STREET:
        return {code for code in structure.streets if structure.within(code, top)}
    return {grid.code for grid in _tree(city, top) if grid.level is LEVEL_OF[by]}


def _tree(city: City, top: str) -> Iterable[Grid]:
    structure = city.ground.structure
    return structure.grids.values() if top == CITY else structure.below(top)


def _row(city: City, code: str, by: Grouping, tally: Tally) -> IndicatorRow:
    if by is Grouping.DEPARTMENT:
        zh, en = city.department(code)
        return IndicatorRow(code, zh, en, by, tally)
    name = city.ground.structure.name(code)
    return IndicatorRow(code, name, name, by, tally)


# --- for spreadsheets -----------------------------------------------------------------------------------------

COUNTED: tuple[tuple[str, Said, bool], ...] = (
    ("due", said("Cases due N"), True),
    ("handled", said("Handled (closed)"), True),
    ("overdue", said("Overdue and not handled"), True),
    ("on_time", said("Closed on time"), True),
    ("reworked", said("Reworked"), True),
    ("raised", said("Tickets raised"), False),
    ("on_the_spot", said("Number settled on the spot"), False),
    ("asked", said("Ratings asked for"), True),
    ("rated", said("Ratings given"), True),
    ("satisfied", said("Number satisfied"), True),
)
"""What a file says of each row before the rates: the field of the tally, its name, whether departments have it."""


def sheet_of(rows: Sequence[IndicatorRow], by: Grouping, say: Words) -> Sheet:
    """The rows and their total as a table: every count, then every rate in per cent with two decimals."""
    counted = [(field, title) for field, title, of_all in COUNTED if of_all or by is not Grouping.DEPARTMENT]
    rates = [i for i in indicators_by(by) if not isinstance(i.of(Tally()), Count)]
    header: list[Cell] = [say("Code"), say("Unit or department")]
    header += [say.of(title) for _, title in counted] + [f"{say.of(i.title)} (%)" for i in rates]

    def line(code: str, name: str, tally: Tally) -> list[Cell]:
        counts: list[Cell] = [getattr(tally, field) for field, _ in counted]
        return [code, name, *counts, *(_percent(i.of(tally)) for i in rates)]

    body = [line(row.code, row.name(say), row.tally) for row in rows]
    return Sheet(say("Figures"), [header, *body, line("", say("Total"), whole(rows))])


def formulas_of(by: Grouping, period: str, say: Words) -> Sheet:
    """The formulas beside the figures, and the days they are of."""
    rows = [[say.of(i.title), say.of(i.formula), say.of(i.period)] for i in indicators_by(by)]
    header = [say("Indicator"), say("Formula"), say("Days: {period}", period=period)]
    return Sheet(say("Formulas"), [header, *rows])


def _percent(figure: Figure) -> Cell:
    percent: Decimal | None = None if isinstance(figure, Count) else figure.percent
    return NOTHING if percent is None else percent


BY_CODE: Mapping[str, Indicator] = {indicator.code: indicator for indicator in INDICATORS}

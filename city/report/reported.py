"""The figures of the report for a period and a unit, as a person may see them; counted once for everybody who asks."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from city.opened import City
from city.report.ground import counted_on_ground
from domain.frontline.rights import reads_unit
from domain.grids import CITY, Level
from domain.indicators import Tally, total
from domain.people import Person
from domain.periods import Days
from domain.report.figure import Counted, Period, ReportFigure, Value, value_of, within
from domain.report.figures import BY_NAME, FIGURES
from domain.said import Refused, said
from storage import report
from storage.report import PLAIN, Source, source_of

REPORT = "report"
"""Whose report it is: the row of the table of rights."""

KEPT = 30.0
"""Seconds for which what was counted of a period is shared by everybody who asks for it."""

MOST_KEPT = 8
"""Periods that are kept at a time."""

TALLIED = ("raised", "on_the_spot", "handled", "due", "on_time", "asked", "rated", "satisfied")
"""What the days keep counted."""

SAYS = "report_says"
"""The city's fact with the figures of a printed report: that of the demo, to compare with."""


@dataclass(frozen=True, slots=True)
class Told:
    """One figure of a unit: what it comes to, and what the printed report says – ``more`` than that –, where there is one."""

    figure: ReportFigure
    value: Value
    says: int | None = None
    more: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """All that was counted of a period."""

    period: Period
    rows: Mapping[str, Collection[Counted]]
    tallies: Mapping[Level | None, Mapping[str, Tally]]


def period_of(city: City, days: Days) -> Period:
    """Some days as a period seen from now."""
    return Period(days, city.zone, city.now())


def check_reads(city: City, person: Person, unit: str) -> None:
    """Refuse whoever may not read the report of a unit.

    Raises:
        Refused: always with the same sentence.
    """
    if not reads_unit(person, REPORT, unit, city.ground.structure):
        raise Refused(said("This report is not among what you may see."))


def told(city: City, person: Person, unit: str, days: Days) -> list[Told]:
    """Every figure of a unit's report, in its order.

    Raises:
        Refused: when the unit's report is not for this person.
    """
    check_reads(city, person, unit)
    found = values(city, unit, counts_of(city, days))
    says = city.ground.facts.get(SAYS, {}) if unit == CITY else {}
    return [Told(figure, found[figure.name], *says.get(figure.name, ())) for figure in FIGURES]


def values(
    city: City, unit: str, counts: Counts, figures: Iterable[ReportFigure] = FIGURES
) -> dict[str, Value]:
    """What figures come to in a unit."""
    structure = city.ground.structure
    lies = within(unit, structure)
    tally = tally_of(city, unit, counts)
    rows = {**counts.rows, **{name: [Counted(unit, getattr(tally, name))] for name in TALLIED}}
    return {figure.name: value_of(figure, rows, BY_NAME, lies, structure) for figure in figures}


def tally_of(city: City, unit: str, counts: Counts) -> Tally:
    """The tickets of a unit, as they are kept counted by day."""
    structure = city.ground.structure
    if unit == CITY:
        return counts.tallies[None].get("", Tally())
    if grid := structure.grids.get(unit):
        return counts.tallies[grid.level].get(unit, Tally())
    return total(tally_of(city, below.code, counts) for below in structure.children(unit))


# --- counting ---------------------------------------------------------------------------------------------------

_kept: WeakKeyDictionary[City, dict[tuple[Days, int], tuple[float, Counts]]] = WeakKeyDictionary()


def counts_of(city: City, days: Days) -> Counts:
    """All that was counted of some days: read again when it is older than half a minute, or the ground changed."""
    kept, asked = _kept.setdefault(city, {}), (days, city.ground.revision)
    known = kept.get(asked)
    if known is not None and time.monotonic() < known[0]:
        return known[1]
    found = _count(city, period_of(city, days))
    while len(kept) >= MOST_KEPT:
        kept.pop(next(iter(kept)), None)
    kept[asked] = (time.monotonic() + KEPT, found)
    return found


def _count(city: City, period: Period) -> Counts:
    rows: dict[str, Collection[Counted]] = dict(counted_on_ground(city))
    with city.database.read() as connection:
        for name in _names():
            source = source_here(city, name)
            if source is not None:
                rows[name] = report.counted(connection, source, period)
        return Counts(period, rows, report.tallied(connection, period))


def _names() -> Iterable[str]:
    wanted = dict.fromkeys(figure.rows for figure in FIGURES if figure.is_counted)
    return (name for name in wanted if name not in PLAIN)


def source_here(city: City, name: str) -> Source | None:
    """The rows that count under a name by this city's rules."""
    about = [code for code, category in city.rules_read.categories.items() if category.group == DISPUTES]
    return source_of(name, about)


DISPUTES = "disputes"
"""The group of categories that are disputes."""

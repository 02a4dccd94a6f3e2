"""The rows behind a figure of the report, as a person may see them: a table for the page, a workbook to take away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from city.opened import City
from city.report.ground import GROUND, counted_on_ground
from city.report.reported import check_reads, period_of, source_here
from city.spreadsheets import Cell, Sheet
from city.words import Words
from domain.frontline.bodies import FUNCTION
from domain.frontline.organisation import SIDE
from domain.frontline.outside import KIND, PARTY
from domain.frontline.pledges import NEED_STATE, SORT
from domain.frontline.rights import reads_unit
from domain.frontline.visits import FOLLOWS, LEARNED
from domain.frontline.working_members import POSTS, TEAMS, ZONES
from domain.grids import CITY
from domain.meetings import MatterOutcome, Tier, may_read_meetings
from domain.people import Person, may_list
from domain.periods import Days
from domain.report.figure import ReportFigure, is_at, within
from domain.said import Said, said
from domain.tickets import State
from domain.titles import MATTER_OUTCOME, STATE, TIER
from storage import report
from storage.report import Source

OPEN_TO_ALL = ""
"""The rights of rows that whoever reads the report may see: heads are public, links and leaders are no secret."""


@dataclass(frozen=True, slots=True)
class Behind:
    """Rows with the names of their columns and their headings. ``more``: there are others beyond those asked for."""

    columns: tuple[str, ...]
    titles: tuple[str, ...]
    rows: list[list[Cell]]
    more: bool


def has_rows(city: City, figure: ReportFigure) -> bool:
    """Is a figure counted of rows that can be shown?"""
    return figure.is_counted and (figure.rows in GROUND or source_here(city, figure.rows) is not None)


def may_see_rows(city: City, person: Person, figure: ReportFigure, unit: str) -> bool:
    """May this person see the rows behind a figure of a unit? As everywhere: the list's own readers, each in their area."""
    structure = city.ground.structure
    if figure.rights == OPEN_TO_ALL:
        return True
    if figure.rights == "tickets":
        return may_list(person, unit, structure)
    if figure.rights == "meetings":
        return may_read_meetings(person, unit, structure)
    return reads_unit(person, figure.rights, unit, structure)


def behind(
    city: City,
    person: Person,
    figure: ReportFigure,
    unit: str,
    days: Days,
    say: Words,
    most: int | None = None,
) -> Behind | None:
    """The rows that a figure counts in a unit, ``most`` of them, the newest first; None where they are not for this person.

    Raises:
        Refused: when the unit's report is not for this person.
    """
    check_reads(city, person, unit)
    if not has_rows(city, figure) or not may_see_rows(city, person, figure, unit):
        return None
    source = source_here(city, figure.rows)
    columns = tuple(source.shown) if source is not None else OF_GROUND
    lies, structure = within(unit, city.ground.structure), city.ground.structure
    rows: list[list[Cell]] = []
    for place, values in _read(city, figure, source, days):
        if not lies(place) or not is_at(figure.level, place, structure):
            continue
        if len(rows) == most:
            return _behind(columns, rows, say, more=True)
        rows.append([_cell(city, say, name, value) for name, value in zip(columns, values, strict=True)])
    return _behind(columns, rows, say, more=False)


def _behind(columns: tuple[str, ...], rows: list[list[Cell]], say: Words, *, more: bool) -> Behind:
    return Behind(columns, tuple(say.of(HEADING[name]) for name in columns), rows, more)


def _read(
    city: City, figure: ReportFigure, source: Source | None, days: Days
) -> Iterator[tuple[str, tuple[Any, ...]]]:
    if source is None:
        yield from _on_ground(city, figure)
        return
    with city.database.read() as connection:
        yield from report.rows_behind(connection, source, period_of(city, days))


OF_GROUND = ("grid", "code", "counted", "of")
"""What is told of the grids themselves."""


def _on_ground(city: City, figure: ReportFigure) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Each grid with what was counted in it; the square metres of an area."""
    for each in counted_on_ground(city).get(figure.rows, ()):
        yield each.place, (each.place, each.place, each.n, each.key)


def sheet_of(found: Behind, figure: ReportFigure, say: Words) -> Sheet:
    """The rows as a table of a workbook."""
    return Sheet(say.of(figure.title)[:31].translate(NOT_IN_NAMES), [found.titles, *found.rows])


NOT_IN_NAMES = {ord(sign): " " for sign in "[]:*?/\\"}
"""What no sheet's name may hold."""


# --- words ---------------------------------------------------------------------------------------------------------

HEADING: Mapping[str, Said] = {
    "no": said("Number"), "grid": said("Grid"), "category": said("Category"), "state": said("State"),
    "opened_at": said("Raised on"), "closed_at": said("Closed on"), "lead": said("Lead department"),
    "on_time": said("On time"), "unit": said("Unit"), "tier": said("Level"), "held_at": said("Held on"),
    "title": said("Title"), "matter": said("Matter"), "matter_outcome": said("Outcome"), "settled_at": said("Settled on"),
    "day": said("Day"), "what": said("What for"), "fen": said("Amount (¥)"), "organisation": said("Party organisation"),
    "head": said("Full name"), "post": said("Position"), "term": said("In office since"), "month": said("Month"),
    "community": said("Community"), "body": said("Body"), "member_unit": said("Member unit"), "function": said("Function"),
    "deed": said("Deed"), "done_on": said("Done on"), "holder": said("Who holds it"), "side": said("Side"), "group": said("Group"),
    "centres": said("Centres"), "leader": said("Leader"), "department": said("Department"), "branch": said("Branch"),
    "since": said("Checked in on"), "member_post": said("Kind of post"), "team": said("Team"), "zone": said("Zone"),
    "study_group": said("Study group"), "paired": said("Paired households"), "begins": said("Begins"), "hours": said("Hours"),
    "settled": said("Problems settled"), "at": said("When"), "learned": said("What was learned"), "follows": said("What follows"),
    "sort": said("Sort"), "need": said("Need"), "need_since": said("Noted on"), "need_state": said("State"), "ended": said("Ended on"),
    "ordered_at": said("Ordered on"), "delivered_at": said("Delivered on"), "resource": said("Resource"),
    "service": said("Service"), "provider": said("Offered by"), "name": said("Name of the organisation"), "kind": said("Kind"),
    "address": said("Address"), "party": said("Party organisation"), "year": said("Year"), "answers": said("Answers"),
    "code": said("Code"), "counted": said("Counted"), "of": said("Of which"),
}  # fmt: skip
"""What columns are called."""

TITLES: Mapping[str, Mapping[Any, Said]] = {
    "function": FUNCTION, "side": SIDE, "member_post": POSTS, "team": TEAMS, "zone": ZONES, "learned": LEARNED,
    "follows": FOLLOWS, "sort": SORT, "need_state": NEED_STATE, "kind": KIND, "party": PARTY,
    "state": {state.value: STATE[state] for state in State}, "tier": {tier.value: TIER[tier] for tier in Tier},
    "matter_outcome": {outcome.value: MATTER_OUTCOME[outcome] for outcome in MatterOutcome},
}  # fmt: skip
"""What values of columns are called."""

UNITS = frozenset({"grid", "unit", "community", "branch"})
DEPARTMENTS = frozenset({"department", "lead"})


def _cell(city: City, say: Words, name: str, value: Any) -> Cell:
    if value is None:
        return ""
    if name in TITLES:
        title = TITLES[name].get(value)
        return say.of(title) if title is not None else str(value)
    if name in UNITS:
        return city.ground.structure.name(value) if value != CITY else say("The whole city")
    if name in DEPARTMENTS:
        return say.pick(*city.department(value))
    if name == "category":
        category = city.category(value)
        return say.pick(category.zh, category.en)
    if name == "fen":
        return Decimal(value) / 100
    return _plain(city, say, value)


def _plain(city: City, say: Words, value: Any) -> Cell:
    if isinstance(value, bool):
        return say("Yes") if value else say("No")
    if isinstance(value, datetime):
        return f"{value.astimezone(city.zone):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, int) else f"{value:g}" if isinstance(value, float) else str(value)

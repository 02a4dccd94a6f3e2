"""The figures of the demo city: they are the printed report's own; who reads them; the rows behind each are as many."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from city.opened import City
from city.report import behind, reported
from city.report.reported import counts_of, source_here, told, values
from city.settings import HOME
from city.spreadsheets import xlsx_bytes
from city.words import speak
from domain.grids import CITY, Level
from domain.people import Person
from domain.periods import Days, Span, days_of
from domain.report.figure import Kind, ReportFigure, Together
from domain.report.figures import BY_NAME, FIGURES
from domain.said import Refused
from tests.areas import ROLES, everybody
from tests.conftest import NOON

ENGLISH = speak("en")
YEAR = days_of(Span.TWELVE_MONTHS, NOON.date())

READERS = ["street", "office", "community", "leader", "planner"]


@dataclass(frozen=True)
class Printed:
    """A figure of the printed report: its number, whether it says “more than”, and what comes out here instead."""

    name: str
    says: Decimal
    more: bool
    here: Decimal


def printed() -> list[Printed]:
    with (HOME / "data" / "boundaries" / "report.csv").open(encoding="utf-8") as file:
        return [
            Printed(r["figure"], Decimal(r["says"]), bool(r["more"]), Decimal(r["here"] or r["says"]))
            for r in csv.DictReader(file)
        ]


ROUND = frozenset({"attended", "served"})
"""Of these the report says “more than ten thousand times” and no more: the others it counted."""


@pytest.fixture
def leader(demo_city: City) -> Person:
    return everybody(demo_city)["leader"]


@pytest.mark.parametrize("one", printed(), ids=lambda one: one.name)
def test_the_demo_citys_figures_are_the_printed_reports(demo_city: City, one: Printed) -> None:
    number = values(demo_city, CITY, counts_of(demo_city, YEAR))[one.name].number
    assert number is not None
    if one.name in ROUND:
        assert one.says <= number < 2 * one.says
    else:
        assert number == one.here


def test_the_printed_reports_figures_stand_beside_those_of_the_whole_city_alone(
    demo_city: City, leader: Person
) -> None:
    whole = {each.figure.name: each for each in told(demo_city, leader, CITY, YEAR)}
    assert whole["passed_up"].says == 1_200 and whole["passed_up"].more
    assert whole["meetings_held"].says == 85 and not whole["meetings_held"].more
    community = demo_city.ground.structure.at_level(Level.COMMUNITY)[0].code
    assert all(each.says is None for each in told(demo_city, leader, community, YEAR))


@pytest.mark.parametrize("login", ROLES)
def test_a_report_is_read_by_those_whose_it_is_in_their_own_area(demo_city: City, login: str) -> None:
    somebody = everybody(demo_city)[login]
    structure = demo_city.ground.structure
    own = somebody.area if somebody.area in structure else CITY
    if login not in READERS:
        with pytest.raises(Refused, match="not among what you may see"):
            told(demo_city, somebody, own, YEAR)
        return
    assert len(told(demo_city, somebody, own, YEAR)) == len(FIGURES)
    foreign = next(g.code for g in structure.at_level(Level.COMMUNITY) if not structure.within(g.code, own))if own != CITY else None  # fmt: skip
    if foreign:
        with pytest.raises(Refused):
            told(demo_city, somebody, foreign, YEAR)


APART = frozenset({"residents", "registered", "area"})
"""Residents are told of the whole city alone, an area is rounded."""

ADDS_UP = [f for f in FIGURES if f.is_counted and f.together is Together.SUM and f.name not in APART]


def test_the_communities_of_a_street_add_up_to_it(demo_city: City) -> None:
    counts, structure = counts_of(demo_city, YEAR), demo_city.ground.structure
    street = sorted(structure.streets)[0]
    whole = values(demo_city, street, counts)
    parts = [values(demo_city, each.code, counts) for each in structure.children(street)]
    for figure in ADDS_UP:
        its_own = figure.name in (
            "streets",
            "meetings_held",
            "matters_settled",
            "matters_moved_up",
            "moved_up_settled",
        )
        below = sum(part[figure.name].number or 0 for part in parts)
        assert below <= (whole[figure.name].number or 0) if its_own else below == whole[figure.name].number


# --- the rows behind ----------------------------------------------------------------------------------------------


def rows_of(city: City, person: Person, figure: ReportFigure, unit: str) -> behind.Behind:
    found = behind.behind(city, person, figure, unit, YEAR, ENGLISH)
    assert found is not None, figure.name
    return found


WITH_ROWS = [figure for figure in FIGURES if figure.is_counted]


@pytest.mark.parametrize("unit", ["", "community"])
@pytest.mark.parametrize("figure", WITH_ROWS, ids=lambda figure: figure.name)
def test_the_rows_behind_a_figure_are_what_it_counts(
    demo_city: City, figure: ReportFigure, unit: str
) -> None:
    people = everybody(demo_city)
    if not behind.has_rows(demo_city, figure):
        assert figure.rights == "tickets" or figure.name in ("residents", "registered")
        return
    code = people[unit].area if unit else CITY
    value = values(demo_city, code, counts_of(demo_city, YEAR))[figure.name]
    found = rows_of(demo_city, people["office"], figure, code)
    assert all(len(row) == len(found.columns) for row in found.rows) and not found.more
    source = source_here(demo_city, figure.rows)
    if (
        figure.together is Together.SUM
        and figure.kind is Kind.COUNT
        and source is not None
        and source.n is None
    ):
        assert len(found.rows) == value.number
    elif figure.kind is Kind.YUAN:
        assert sum(Decimal(str(row[found.columns.index("fen")])) for row in found.rows) == value.number
    elif value.is_something:
        assert found.rows


CHINESE = {
    "heads": ["网格", "姓名", "职务", "任职时间"],
    "cross_held": ["网格", "任职人", "方面", "职务"],
    "needs": ["网格", "类别", "需求", "登记日期", "状态", "办结日期"],
    "working_members": [
        "部门",
        "小区党支部",
        "报到日期",
        "岗位类别",
        "服务队",
        "责任区",
        "助学小组",
        "结对户数",
    ],
}
"""What a list of people is headed by: many of these words mean something else on another page."""


@pytest.mark.parametrize("rows", CHINESE)
def test_the_rows_are_headed_by_the_words_of_their_own_list(demo_city: City, rows: str) -> None:
    figure = next(figure for figure in FIGURES if figure.is_counted and figure.rows == rows)
    office = everybody(demo_city)["office"]
    found = behind.behind(demo_city, office, figure, CITY, YEAR, speak("zh"), 1)
    assert found is not None and list(found.titles) == CHINESE[rows]


def test_rows_are_for_the_readers_of_their_list(demo_city: City) -> None:
    people = everybody(demo_city)
    see = {
        login: {
            figure.rights for figure in WITH_ROWS if behind.may_see_rows(demo_city, people[login], figure, people[login].area)
        }
        for login in READERS
    }  # fmt: skip
    every = {figure.rights for figure in WITH_ROWS}
    assert see["office"] == every
    assert see["leader"] == every - {"working_members", "allowances", "orders"}
    assert not see["planner"] & {"tickets", "meetings", "fund", "leader_visits", "working_members", "allowances", "orders", "assessment"}  # fmt: skip
    for login in READERS:
        for figure in WITH_ROWS:
            found = behind.behind(demo_city, people[login], figure, people[login].area, YEAR, ENGLISH, 5)
            allowed = figure.rights in see[login] and behind.has_rows(demo_city, figure)
            assert (found is not None) is allowed


def test_rows_are_cut_for_a_page_and_whole_in_the_file(demo_city: City, leader: Person) -> None:
    figure = BY_NAME["passed_up"]
    cut = behind.behind(demo_city, leader, figure, CITY, YEAR, ENGLISH, 10)
    assert cut is not None and cut.more and len(cut.rows) == 10
    sheet = behind.sheet_of(rows_of(demo_city, leader, figure, CITY), figure, ENGLISH)
    book = load_workbook(io.BytesIO(xlsx_bytes([sheet])))
    assert book.active is not None and book.active.max_row == 1_201
    assert [cell.value for cell in book.active[1]][:3] == ["Number", "Grid", "Category"]


def test_no_row_holds_what_somebody_said_or_typed(demo_city: City) -> None:
    kept_apart = {"words", "phone", "reporter", "description", "token", "link"}
    for figure in WITH_ROWS:
        source = source_here(demo_city, figure.rows)
        if source is not None:
            assert not kept_apart & set(source.shown)
            # An address that a ticket has may be a home; that of an organisation is its own.
            assert figure.rights == "outside" or "address" not in source.shown


@pytest.mark.parametrize("days", [Days(YEAR.first, YEAR.first), Days(YEAR.last, YEAR.last), days_of(Span.LAST_YEAR, NOON.date())])  # fmt: skip
def test_a_shorter_period_never_counts_more_of_what_happened(demo_city: City, days: Days) -> None:
    shorter = values(demo_city, CITY, counts_of(demo_city, days))
    assert shorter["raised"].number is not None and shorter["raised"].number <= 9_104
    assert shorter["households"].number == 96_817


def test_what_was_counted_is_shared_for_a_while(demo_city: City) -> None:
    assert reported.counts_of(demo_city, YEAR) is reported.counts_of(demo_city, YEAR)

"""Who sees which figures, that rows add up, and that files hold what the page shows."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import datetime
from typing import Any

import openpyxl
import pytest
from sqlalchemy import insert, update

from city import indicators
from city.indicators import IndicatorRow, figures, formulas_of, groupings, ordered, sheet_of, whole
from city.opened import City
from city.spreadsheets import csv_bytes, xlsx_bytes
from city.words import speak
from domain.grids import CITY
from domain.indicators import LEVEL_OF, Grouping, Tally
from domain.people import Person, Role
from domain.periods import Span, days_of
from domain.said import Refused
from domain.tickets import State
from storage.schema import tickets
from tests.conftest import NOON

LEADER = Person(1, "leader", Role.LEADER, CITY)
ENGLISH = speak("en")


def this_year(city: City) -> tuple[datetime, datetime]:
    return days_of(Span.THIS_YEAR, NOON.date()).moments(city.zone)


def rows_of(city: City, person: Person, by: Grouping) -> list[IndicatorRow]:
    return figures(city, person, *this_year(city), by)


def community_of(city: City) -> str:
    return city.ground.structure.at_level(LEVEL_OF[Grouping.COMMUNITY])[0].code


def person_in(city: City, role: Role) -> Person:
    """Somebody of a role in the first community's tree."""
    structure, community = city.ground.structure, community_of(city)
    compound = structure.children(community)[0].code
    area = {
        Role.STREET: structure.above(community),
        Role.COMMUNITY: community,
        Role.COMPOUND: compound,
        Role.MEMBER: structure.children(compound)[0].code,
        Role.DEPARTMENT: "chengguan",
    }
    return Person(9, role.value, role, area.get(role) or CITY)


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role.LEADER, "street community compound building department"),
        (Role.CITY_OFFICE, "street community compound building department"),
        (Role.STREET, "street community compound building department"),
        (Role.COMMUNITY, "community compound building department"),
        (Role.COMPOUND, "compound building"),
        (Role.MEMBER, "building"),
        (Role.DEPARTMENT, "department"),
        (Role.PLANNER, "street community compound building"),
        (Role.ADMINISTRATOR, ""),
    ],
)
def test_each_role_sees_what_is_its_own_and_is_refused_everything_else(
    demo_city: City, role: Role, expected: str
) -> None:
    somebody = person_in(demo_city, role)
    assert list(groupings(demo_city, somebody)) == expected.split()
    for by in Grouping:
        if by in groupings(demo_city, somebody):
            assert rows_of(demo_city, somebody, by)
        else:
            with pytest.raises(Refused):
                rows_of(demo_city, somebody, by)


@pytest.mark.parametrize("role", [Role.STREET, Role.COMMUNITY, Role.COMPOUND, Role.MEMBER])
def test_nobody_sees_units_outside_their_tree(demo_city: City, role: Role) -> None:
    somebody, structure = person_in(demo_city, role), demo_city.ground.structure
    for by in groupings(demo_city, somebody):
        if by is not Grouping.DEPARTMENT:
            assert all(
                structure.within(row.code, somebody.area)
                for row in rows_of(demo_city, somebody, by)
                if row.code
            )


def test_a_department_sees_itself_and_nobody_else(demo_city: City) -> None:
    rows = rows_of(demo_city, person_in(demo_city, Role.DEPARTMENT), Grouping.DEPARTMENT)
    assert [row.code for row in rows] == ["chengguan"]


def test_somebody_whose_area_is_gone_sees_nothing_rather_than_everything(demo_city: City) -> None:
    lost = replace(person_in(demo_city, Role.COMMUNITY), area="000000000000")
    with pytest.raises(Refused):
        rows_of(demo_city, lost, Grouping.COMMUNITY)


def test_every_unit_has_its_row_and_whatever_it_is_broken_down_by_the_whole_is_the_same(
    demo_city: City,
) -> None:
    tables = {by: rows_of(demo_city, LEADER, by) for by in groupings(demo_city, LEADER)}
    assert [sum(bool(r.code) for r in tables[by]) for by in LEVEL_OF] == [18, 105, 382]
    units = {whole(tables[by]) for by in (*LEVEL_OF, Grouping.STREET)}
    assert len(units) == 1 and units.pop().raised > 0


def test_what_a_street_sees_is_its_part_of_the_city(demo_city: City) -> None:
    street = person_in(demo_city, Role.STREET)
    city_wide = {row.code: row.tally for row in rows_of(demo_city, LEADER, Grouping.STREET)}
    assert whole(rows_of(demo_city, street, Grouping.COMMUNITY)) == city_wide[street.area]


def test_tickets_in_no_grid_have_a_row_of_their_own_at_the_end(own_city: City) -> None:
    add_due(own_city, 3, level1=None)
    last = rows_of(own_city, LEADER, Grouping.COMMUNITY)[-1]
    assert last.code == "" and last.tally.overdue == 3
    assert last.name(ENGLISH) == "In no such grid"


def test_by_department_what_nobody_leads_yet_is_told_apart(own_city: City) -> None:
    add_due(own_city, 2, level1=community_of(own_city), lead=None)
    rows = rows_of(own_city, LEADER, Grouping.DEPARTMENT)
    assert rows[-1].name(ENGLISH) == "No department yet" and rows[-1].tally.overdue == 2


def test_the_worst_come_first_when_asked() -> None:
    rows = [
        IndicatorRow(str(n), str(n), str(n), Grouping.COMMUNITY, Tally(handled=n, overdue=40 - n))
        for n in (30, 10, 20)
    ]
    assert [r.code for r in ordered(rows, indicators.BY_CODE["closed"])] == ["10", "20", "30"]
    assert ordered(rows, None) == rows


def add_due(city: City, n: int, **columns: Any) -> None:
    """Tickets that are overdue now; nothing else has a deadline."""
    values = {
        "state": State.DISPATCHED, "open": True, "holder": CITY, "category": "noise", "urgent": False,
        "source": "grid", "opened_at": NOON, "stage_since": NOON,
        "handle_by": NOON.replace(hour=1), "lead": "chengguan",
    }  # fmt: skip
    with city.database.write() as connection:
        connection.execute(update(tickets).values(handle_by=None))
        for k in range(n):
            connection.execute(insert(tickets).values(no=f"due-{k}", **(values | columns)))


# --- files ----------------------------------------------------------------------------------------------------


BULLETIN = Tally(handled=911, overdue=61, on_time=737)
ROWS = [
    IndicatorRow("210681001001", "示例社区", "=1+1", Grouping.COMMUNITY, BULLETIN),
    IndicatorRow("210681001002", "空社区", "Empty", Grouping.COMMUNITY, Tally()),
]


def as_read(raw: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))


def test_the_csv_holds_counts_and_rates_a_dash_for_nothing_and_no_formula() -> None:
    raw = csv_bytes(sheet_of(ROWS, Grouping.COMMUNITY, ENGLISH).rows)
    assert raw.startswith(b"\xef\xbb\xbf")
    first, empty, all_of_them = as_read(raw)
    assert (first["Cases due N"], first["Closing rate (%)"]) == ("972", "93.72")
    assert first["On-time closing rate (%)"] == "75.82"
    assert first["Unit or department"] == "'=1+1"
    assert empty["Closing rate (%)"] == "–"
    assert all_of_them["Unit or department"] == "Total" and all_of_them["Closing rate (%)"] == "93.72"


def test_the_workbook_keeps_numbers_as_numbers_codes_as_text_and_brings_the_formulas() -> None:
    sheets = (
        sheet_of(ROWS, Grouping.COMMUNITY, ENGLISH),
        formulas_of(Grouping.COMMUNITY, "2026-11", ENGLISH),
    )
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(sheets)))
    figures_sheet, formulas = book["Figures"], book["Formulas"]
    header = [cell.value for cell in figures_sheet[1]]
    first = dict(zip(header, (cell.value for cell in figures_sheet[2]), strict=True))
    assert first["Code"] == "210681001001" and first["Cases due N"] == 972
    assert first["Closing rate (%)"] == 93.72
    assert first["Unit or department"] == "'=1+1"
    assert [row[1].value for row in formulas.iter_rows(min_row=2)][1] == "Closed ÷ N × 100 %"


def test_by_department_a_file_is_silent_on_what_departments_do_not_do() -> None:
    header = sheet_of([], Grouping.DEPARTMENT, ENGLISH).rows[0]
    assert "Tickets raised" not in header and "Self-settling rate (%)" not in header

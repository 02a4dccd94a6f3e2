"""Lists as files: out and in again is the same, in either language; what is wrong with a row is one sentence."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from openpyxl import load_workbook

from city.frontline.settling import grid_at
from city.frontline.sheet_files import besides_for, bring_in, file_of, rows_for
from city.frontline.sheets import SHEETS, sheet_named
from city.frontline.units import own_unit
from city.opened import City
from city.tables import write_csv
from city.words import speak
from domain.frontline.outside import Kind, Outside, Party
from domain.frontline.pledges import Need, NeedState
from domain.frontline.rights import RIGHTS
from domain.grids import CITY, Level
from domain.people import Person, Role
from domain.said import BadInput
from storage.frontline.records import those
from tests.areas import everybody

OFFICE = Person(0, "", Role.CITY_OFFICE)
HEADER = ("kind", "name", "address", "grid", "lng", "lat", "party", "people")


def table(folder: Path, *rows: tuple[str, ...], header: tuple[str, ...] = HEADER) -> Path:
    file = folder / "rows.csv"
    write_csv(file, header, rows)
    return file


def test_names_of_members_come_and_go_beside_their_rows_for_those_who_may_know(
    own_city: City, tmp_path: Path
) -> None:
    community = everybody(own_city)["community"]
    sheet = sheet_named("working_members")
    rows = rows_for(own_city, community, sheet, community.area)[:5]
    names = besides_for(own_city, community, sheet, rows)
    file = tmp_path / "members.csv"
    content = file_of(own_city, sheet, rows, "csv", speak("en"), names)
    assert all(who.name.encode() in content for who in names.values()) and len(names) == 5
    file.write_bytes(content)
    assert bring_in(own_city, file, sheet, by=community).listed.unchanged == 5
    file.write_bytes(content.replace(names[rows[0].id].name.encode(), "王示新".encode(), 1))
    done = bring_in(own_city, file, sheet, by=community)
    assert (done.listed.changed, done.listed.unchanged) == (1, 4)
    assert besides_for(own_city, community, sheet, rows)[rows[0].id].name == "王示新"
    assert besides_for(own_city, everybody(own_city)["street"], sheet, rows) == {}


def a_grid(city: City) -> str:
    return city.ground.structure.at_level(Level.BUILDING)[0].code


def row(city: City, **more: str) -> tuple[str, ...]:
    cells = {
        "kind": "economic",
        "name": "某商店",
        "address": "某街1号",
        "grid": a_grid(city),
        "people": "12",
    } | more
    return tuple(cells.get(field, "") for field in HEADER)


def keeper(city: City, name: str) -> Person:
    """Somebody who keeps a list: the city office, where it does."""
    return OFFICE if OFFICE.role in RIGHTS[name].keeps else everybody(city)["community"]


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_list_taken_out_and_brought_in_again_changes_nothing(
    own_city: City, tmp_path: Path, sheet: object, lang: str, kind: str
) -> None:
    assert sheet in SHEETS
    chosen = next(each for each in SHEETS if each is sheet)
    by = keeper(own_city, chosen.name)
    rows = rows_for(own_city, by, chosen, own_unit(by))
    assert rows, "the demo city has rows on every list"
    file = tmp_path / f"list.{kind}"
    file.write_bytes(file_of(own_city, chosen, rows, kind, speak(lang)))
    done = bring_in(own_city, file, chosen, by=by)
    assert done.refused == ()
    assert (done.listed.new, done.listed.changed, done.listed.unchanged) == (0, 0, len(rows))


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_every_column_of_a_sheet_is_a_field_of_its_list(sheet: object) -> None:
    chosen = next(each for each in SHEETS if each is sheet)
    known = {each.name for each in fields(chosen.kind)}
    assert {column.field for column in chosen.columns} | set(chosen.key) | {chosen.place or "name"} <= known
    assert all((column.read is None) != (column.among is None) for column in chosen.columns)


def test_a_seat_or_a_link_of_a_place_without_a_branch_is_refused(own_city: City, tmp_path: Path) -> None:
    smallest = a_grid(own_city)
    seats = table(
        tmp_path, (smallest, "branch", "书记", "某"), (smallest[:15], "owners", "主任", "某"), header=("grid", "side", "post", "holder")
    )  # fmt: skip
    done = bring_in(own_city, seats, sheet_named("councils"), by=everybody(own_city)[f"g{smallest[:15]}"])
    assert done.listed.new == 1 and "branch of a compound" in str(done.refused[0].why)
    links = table(tmp_path, ("gongan", smallest), ("nobody", smallest[:15]), header=("department", "grid"))
    refused = [
        str(each.why) for each in bring_in(own_city, links, sheet_named("branch_links"), by=OFFICE).refused
    ]
    assert len(refused) == 2 and "no department nobody" in refused[1]
    units = table(tmp_path, (smallest, "某银行"), header=("community", "name"))
    assert "no community" in str(
        bring_in(own_city, units, sheet_named("body_units"), by=OFFICE).refused[0].why
    )


def test_a_workbook_is_headed_in_the_language_of_whoever_asked(demo_city: City, tmp_path: Path) -> None:
    sheet = sheet_named("outside")
    file = tmp_path / "list.xlsx"
    file.write_bytes(
        file_of(demo_city, sheet, rows_for(demo_city, OFFICE, sheet, CITY)[:3], "xlsx", speak("zh"))
    )
    page = load_workbook(file).active
    assert page is not None and page.title == "兜底清单"
    cells = [[cell.value for cell in line] for line in page.iter_rows()]
    assert cells[0][:2] == ["类型", "单位名称"] and cells[1][0] in ("新经济组织", "新社会组织", "群众性组织")


def test_new_rows_are_listed_changed_ones_changed_and_wrong_ones_refused_with_the_reason(
    own_city: City, tmp_path: Path
) -> None:
    sheet, before = sheet_named("outside"), len(rows_for(own_city, OFFICE, sheet_named("outside"), CITY))
    first = bring_in(own_city, table(tmp_path, row(own_city), row(own_city, name="另一家")), sheet, by=OFFICE)
    assert (first.listed.new, first.refused) == (2, ())
    wrong = (
        row(own_city, people="13"), row(own_city, name=""), row(own_city, name="甲", kind="什么"),
        row(own_city, name="乙", people="很多"), row(own_city, name="丙", grid="no-such-grid"),
        row(own_city, name="丁", people="2000000"), row(own_city, people="13"),
    )  # fmt: skip
    second = bring_in(own_city, table(tmp_path, *wrong), sheet, by=OFFICE)
    assert (second.listed.new, second.listed.changed, second.listed.unchanged) == (0, 1, 0)
    assert [(each.row, str(each.why)) for each in second.refused] == [
        (2, "field name: is empty"),
        (3, "field kind: 什么 is none of its values"),
        (4, "field people: 很多 is no whole number"),
        (5, "field grid: there is no grid no-such-grid"),
        (6, "field people: 2000000 is not between 0 and 1000000"),
        (7, "the same row stands above already"),
    ]
    rows = {each.name: each for each in rows_for(own_city, OFFICE, sheet, CITY)}
    assert len(rows) == before + 2 and (rows["某商店"].people, rows["某商店"].version) == (13, 2)


def test_a_row_without_a_grid_is_put_where_its_point_or_its_address_lies(
    own_city: City, tmp_path: Path
) -> None:
    known = rows_for(own_city, OFFICE, sheet_named("outside"), CITY)[0]
    assert grid_at(own_city, known.address) == known.grid and grid_at(own_city, "号") is None
    by_point = row(own_city, name="甲", grid="", lng=str(known.lng), lat=str(known.lat), address="")
    by_address = row(own_city, name="乙", grid="", address=known.address)
    nowhere = row(own_city, name="丙", grid="", address="")
    outside = row(own_city, name="丁", grid="", lng="500", lat="39")
    done = bring_in(
        own_city, table(tmp_path, by_point, by_address, nowhere, outside), sheet_named("outside"), by=OFFICE
    )
    assert [each.row for each in done.refused] == [4]
    found = {each.name: each.grid for each in rows_for(own_city, OFFICE, sheet_named("outside"), CITY)}
    assert (found["甲"], found["乙"], found["丙"]) == (known.grid, known.grid, None)


def test_whoever_keeps_a_list_of_their_own_area_brings_nothing_into_anothers(
    own_city: City, tmp_path: Path
) -> None:
    people = everybody(own_city)
    file = table(
        tmp_path,
        row(own_city, grid=people["community"].area),
        row(own_city, name="别处", grid=a_grid(own_city)),
    )
    assert not own_city.ground.structure.within(a_grid(own_city), people["community"].area)
    done = bring_in(own_city, file, sheet_named("outside"), by=people["community"])
    assert done.listed.new == 1 and [each.row for each in done.refused] == [2]
    for login in ("leader", "planner", "admin", "department"):
        refused = bring_in(own_city, file, sheet_named("outside"), by=people[login]).refused
        assert len(refused) == 2


def test_what_a_file_does_not_speak_of_stays_as_it_is(own_city: City, tmp_path: Path) -> None:
    need = next(n for n in rows_for(own_city, OFFICE, sheet_named("needs"), CITY) if n.state is NeedState.MET)
    header = ("grid", "sort", "title", "since")
    cells = (need.grid, need.sort.value, need.title, need.since.isoformat())
    done = bring_in(own_city, table(tmp_path, cells, header=header), sheet_named("needs"), by=OFFICE)
    assert done.listed.unchanged == 1
    with own_city.database.read() as connection:
        assert those(connection, Need, id=need.id) == [need]


def test_a_dry_run_writes_nothing(own_city: City, tmp_path: Path) -> None:
    done = bring_in(own_city, table(tmp_path, row(own_city)), sheet_named("outside"), by=OFFICE, dry_run=True)
    assert done.listed.new == 1
    with own_city.database.read() as connection:
        assert those(connection, Outside, name="某商店") == []


def test_a_file_without_a_needed_column_or_of_no_list_is_unusable(own_city: City, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="name"):
        bring_in(
            own_city, table(tmp_path, ("economic",), header=("kind",)), sheet_named("outside"), by=OFFICE
        )
    with pytest.raises(BadInput, match="outside, visits, needs"):
        sheet_named("../etc")


def test_a_formula_in_a_cell_is_text_again_when_it_comes_back(own_city: City, tmp_path: Path) -> None:
    sheet = sheet_named("outside")
    bring_in(own_city, table(tmp_path, row(own_city, name="=1+1")), sheet, by=OFFICE)
    (kept,) = [each for each in rows_for(own_city, OFFICE, sheet, CITY) if each.name == "=1+1"]
    assert kept == Outside(
        id=kept.id, kind=Kind.ECONOMIC, name="=1+1", address="某街1号", grid=a_grid(own_city), party=Party.UNKNOWN, people=12
    )  # fmt: skip
    assert "'=1+1" in file_of(own_city, sheet, [kept], "csv", speak("en")).decode("utf-8-sig")

"""Lists as files: what each looks like as a table, read from and written to CSV and XLSX in either language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from city.frontline import mustered
from city.opened import City
from city.spreadsheets import Cell, csv_bytes, xlsx_bytes
from city.spreadsheets import Sheet as Page
from city.tables import TextTable, as_it_was, read_table
from city.tickets import Refusal
from city.words import LANGUAGES, Words, speak
from domain.actions.listing import Listed, key_of, list_rows
from domain.frontline.bodies import FUNCTION, Body, BranchLink, Deed, Unit
from domain.frontline.organisation import ENTRY, SIDE, Entry, Group, Seat, refusal_of_place
from domain.frontline.outside import KIND, PARTY, Outside, Party
from domain.frontline.pledges import NEED_STATE, SORT, Need, NeedState, Resource, Service
from domain.frontline.records import Beside
from domain.frontline.rights import check_keeps, reads_unit
from domain.frontline.sheets import Column, Sheet, as_cell, day, number, several, whole, words, yes, yuan_of
from domain.frontline.working_members import POSTS, TEAMS, ZONES, WorkingMember
from domain.grids import CITY, Level
from domain.people import Person
from domain.said import BadInput, Refused, Said, said
from storage import plans
from storage.frontline.records import those

Row = Any
"""A record of some list."""

GRID = Column("grid", said("Grid code"), words(64), needed=True)
NAME = Column("name", said("Name of the organisation"), words(120), needed=True)
COMMUNITY = Column("community", said("Community code"), words(64), needed=True)
TITLE = Column("title", said("What"), words(200), needed=True)
OF_SORT = Column("sort", said("Sort"), among=SORT, needed=True)
PROVIDER = Column("provider", said("Provider"), words(120), needed=True)
ACTIVE = Column("active", said("Offered"), yes)

SHEETS: tuple[Sheet[Any], ...] = (
    Sheet(
        Outside, said("Catch-all lists"),
        (
            Column("kind", said("Kind"), among=KIND, needed=True), NAME, Column("address", said("Address"), words(200)),
            replace(GRID, needed=False), Column("lng", said("Longitude"), number), Column("lat", said("Latitude"), number),
            Column("party", said("Party organisation"), among=PARTY), Column("people", said("People"), whole(0, 1_000_000)),
        ),
        ("kind", "name", "address"),
    ),
    Sheet(
        Need, said("Needs"),
        (
            GRID, OF_SORT, TITLE, Column("since", said("Noted on"), day, needed=True),
            Column("state", said("State"), among=NEED_STATE),
        ),
        ("grid", "sort", "title", "since"),
    ),
    Sheet(
        Resource, said("Resources"),
        (
            GRID, OF_SORT, TITLE, PROVIDER, Column("department", said("Department code"), words(64)),
            Column("most", said("Needs at a time"), whole(1, 1000)), ACTIVE,
        ),
        ("grid", "title", "provider"),
    ),
    Sheet(
        Group, said("Joint building groups"),
        (
            GRID, Column("name", said("What it is called"), words(60), needed=True), Column("buildings", said("Buildings"), several(200)),
            Column("centres", said("Member households' centres"), whole(0, 100)), Column("gone", said("Is no more"), yes),
        ),
        ("grid", "name"),
    ),
    Sheet(
        Seat, said("Councils of compounds"),
        (
            GRID, Column("side", said("Side"), among=SIDE, needed=True), Column("post", said("Post"), words(60), needed=True),
            Column("holder", said("Who holds it"), words(60), needed=True), Column("until", said("Until"), day),
        ),
        ("grid", "side", "post", "holder"),
    ),
    Sheet(
        Entry, said("Branch funds"),
        (
            GRID, Column("year", said("Year"), whole(2000, 2100)), Column("day", said("Day"), day),
            Column("kind", said("Line"), among=ENTRY), Column("what", said("What for"), words(200)),
            Column("fen", said("Amount in yuan"), number, write=yuan_of), Column("has_receipt", said("Receipt"), yes),
        ),
        ("id",), comes_in=False,
    ),
    Sheet(
        Body, said("Bodies"), (COMMUNITY, Column("name", said("What it is called"), words(120), needed=True)), ("community",),
        place="community",
    ),
    Sheet(
        Unit, said("Member units"),
        (
            COMMUNITY, Column("name", said("Member unit"), words(120), needed=True),
            Column("department", said("Department code"), words(64)), Column("until", said("Until"), day),
        ),
        ("community", "name"), place="community",
    ),
    Sheet(
        Deed, said("Deeds"),
        (
            COMMUNITY, Column("unit", said("Member unit"), words(120)), Column("function", said("Function"), among=FUNCTION),
            Column("year", said("Year"), whole(2000, 2100)), Column("title", said("What"), words(200)),
            Column("fen", said("Worth in yuan"), number, write=yuan_of), Column("done_on", said("Done on"), day),
        ),
        ("id",), place="community", comes_in=False,
    ),
    Sheet(
        BranchLink, said("Departments' links to branches"),
        (Column("department", said("Department code"), words(64), needed=True), GRID, Column("gone", said("Is no more"), yes)),
        ("department", "grid"),
    ),
    Sheet(Service, said("Services"), (GRID, OF_SORT, TITLE, PROVIDER, ACTIVE), ("grid", "title", "provider")),
    Sheet(
        WorkingMember, said("Working members"),
        (
            Column("department", said("Department code"), words(64), needed=True),
            Column("number", said("Number in the department"), words(32), needed=True),
            Column("home", said("Grid code of the home"), words(64)), Column("branch", said("Grid code of the branch"), words(64)),
            Column("since", said("Checked in on"), day), Column("post", said("Post"), among=POSTS),
            Column("team", said("Volunteer team"), among=TEAMS), Column("zone", said("Responsibility zone"), among=ZONES),
            Column("study_group", said("Study group"), words(64)), Column("paired", said("Paired households"), whole(0, 50)),
        ),
        ("department", "number"), place="branch",
        beside=(Column("name", said("Full name"), words(60)), Column("phone", said("Telephone"), words(40))),
    ),
)  # fmt: skip
"""The lists that come and go as files."""

OTHERWISE: Mapping[str, object] = {
    "buildings": (), "centres": 0, "gone": False, "address": "", "party": Party.UNKNOWN, "state": NeedState.OPEN, "most": 1, "active": True,
    "paired": 0,
}  # fmt: skip
"""What an empty cell of a column means, where it is not nothing."""


def sheet_named(name: str) -> Sheet[Any]:
    """The sheet of a list.

    Raises:
        BadInput: when no list of this name comes as a file.
    """
    found = next((sheet for sheet in SHEETS if sheet.name == name), None)
    if found is None:
        known = ", ".join(sheet.name for sheet in SHEETS)
        raise BadInput(said("There is no list {name}; there are {known}.", name=name[:64], known=known))
    return found


# --- out ------------------------------------------------------------------------------------------------------


def rows_for(city: City, person: Person, sheet: Sheet[Any], unit: str) -> list[Row]:
    """The rows of a list in a unit that this person may read; rows of no grid are the city's."""
    structure = city.ground.structure
    if sheet.kind is WorkingMember:
        return list(mustered.members_of(city, person, unit))
    if not reads_unit(person, sheet.name, unit, structure):
        return []
    with city.database.read() as connection:
        found: list[Row] = those(connection, sheet.kind)
    return [
        row for row in found if structure.within(structure.today(getattr(row, sheet.place) or CITY), unit)
    ]


def page_of(
    sheet: Sheet[Any], rows: Iterable[Row], say: Words, besides: Mapping[int, Beside] | None = None
) -> Page:
    """A list as a table with its headings in one language; what lies beside its rows where it is given."""
    more = sheet.beside if besides else ()
    titles: list[Cell] = [say.of(column.title) for column in (*sheet.columns, *more)]
    lines: list[Sequence[Cell]] = [
        [
            *(_cell(column, getattr(row, column.field), say) for column in sheet.columns),
            *(getattr((besides or {}).get(row.id, Beside()), column.field) for column in more),
        ]
        for row in rows
    ]
    return Page(say.of(sheet.title)[:31], [titles, *lines])


def file_of(
    sheet: Sheet[Any], rows: Iterable[Row], kind: str, say: Words, besides: Mapping[int, Beside] | None = None
) -> bytes:
    """A list as a file: ``csv`` or ``xlsx``."""
    page = page_of(sheet, rows, say, besides)
    return csv_bytes(page.rows) if kind == "csv" else xlsx_bytes([page])


def besides_for(city: City, person: Person, sheet: Sheet[Any], rows: Sequence[Row]) -> dict[int, Beside]:
    """What lies beside rows of a list that comes with it, for those who may know; that they look is noted first."""
    return mustered.names_of(city, person, rows) if sheet.kind is WorkingMember else {}


def _cell(column: Column, value: object, say: Words) -> Cell:
    if column.among is not None and value is not None:
        return say.of(column.among[value])
    return as_cell(column.write(value) if column.write and value is not None else value)


# --- in -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Brought:
    """What a file brought; refused rows were left out."""

    table: TextTable
    listed: Listed
    refused: tuple[Refusal, ...]


class _Wrong(Exception):
    """A row cannot be used."""

    def __init__(self, why: Said) -> None:
        super().__init__(str(why))
        self.why = why


def bring_in(city: City, path: Path, sheet: Sheet[Any], *, by: Person, dry_run: bool = False) -> Brought:
    """Bring a list in from a file. Rows with a flaw are refused, the others kept; the same file again changes nothing.

    Raises:
        BadInput: when the file cannot be used; nothing is written then.
    """
    if not sheet.comes_in:
        raise BadInput(
            said(
                "The list {name} is taken out as a file; its rows are written down one by one.",
                name=sheet.name,
            )
        )
    table = read_table(path)
    at = _columns_in(table, sheet)
    rows: dict[tuple[object, ...], Row] = {}
    besides: dict[tuple[object, ...], Beside] = {}
    refused: list[Refusal] = []
    for n, cells in enumerate(table.rows, start=1):
        try:
            row = _placed(city, _row(sheet, at, cells), by, sheet)
            if key_of(sheet, row) in rows:
                raise _Wrong(said("the same row stands above already"))
            rows[key_of(sheet, row)] = row
            if sheet.beside and (beside := _beside(sheet, at, cells)):
                besides[key_of(sheet, row)] = beside
        except _Wrong as wrong:
            refused.append(Refusal(n, wrong.why))
    # A row without a grid was given the one of its place: that is told too.
    told = {*at, sheet.place} - {column.field for column in sheet.beside}
    listed = list_rows(
        city.store, city.rulebook, sheet, rows.values(), told=told, by=by, now=city.now(), dry_run=dry_run, besides=besides
    )  # fmt: skip
    return Brought(table, listed, tuple(refused))


def _columns_in(table: TextTable, sheet: Sheet[Any]) -> dict[str, int]:
    """Where each column of a list stands in a table: by its field's name, or its heading in either language."""
    names = {name.strip().casefold(): n for n, name in enumerate(table.header)}
    at: dict[str, int] = {}
    for column in (*sheet.columns, *sheet.beside):
        known = [n for name in _headings(column) if (n := names.get(name)) is not None]
        if known:
            at[column.field] = known[0]
        elif column.needed:
            table.column(column.field)
    return at


def _headings(column: Column) -> tuple[str, ...]:
    return tuple(each.casefold() for each in (column.field, *_spoken(column.title)))


def _spoken(title: Said) -> tuple[str, ...]:
    return tuple(speak(lang).of(title) for lang in LANGUAGES)


def _row(sheet: Sheet[Any], at: Mapping[str, int], cells: Sequence[str]) -> Row:
    values: dict[str, object] = {}
    for column in sheet.columns:
        text = as_it_was(cells[at[column.field]]).strip() if column.field in at else ""
        if not text and column.needed:
            raise _Wrong(said("field {field}: is empty", field=column.field))
        values[column.field] = _value(column, text) if text else OTHERWISE.get(column.field)
    return sheet.kind(**values)


def _beside(sheet: Sheet[Any], at: Mapping[str, int], cells: Sequence[str]) -> Beside:
    """What a row of a file tells beside the row of the list."""
    told = {c.field: as_it_was(cells[at[c.field]]).strip() for c in sheet.beside if c.field in at}
    columns = {column.field: column for column in sheet.beside}
    return Beside(**{field: str(_value(columns[field], text)) for field, text in told.items() if text})


def _value(column: Column, text: str) -> object:
    try:
        return _among(column.among, text) if column.among is not None else _reader(column)(text)
    except BadInput as wrong:
        raise _Wrong(said("field {field}: {why}", field=column.field, why=wrong.because)) from wrong


def _reader(column: Column) -> Callable[[str], Any]:
    assert column.read is not None
    return column.read


def _among(among: Mapping[Any, Said], text: str) -> object:
    wanted = text.strip().casefold()
    for value, title in among.items():
        if wanted == str(value).casefold() or wanted in (each.casefold() for each in _spoken(title)):
            return value
    raise BadInput(said("{value} is none of its values", value=text[:40]))


# --- where a row belongs ----------------------------------------------------------------------------------------


def _placed(city: City, row: Row, by: Person, sheet: Sheet[Any]) -> Row:
    """A row in its grid: the one it names, else the one its point lies in, else the one of its address."""
    code = getattr(row, sheet.place)
    if code is None and isinstance(row, Outside):
        row = replace(row, grid=_found(city, row))
        code = row.grid
    if code is not None and code not in city.ground.structure:
        raise _Wrong(said("field {field}: there is no grid {code}", field=sheet.place, code=str(code)[:64]))
    if (
        isinstance(row, Seat | BranchLink)
        and (why := refusal_of_place(row.grid, city.ground.structure)) is not None
    ):
        raise _Wrong(why)
    if isinstance(row, BranchLink) and row.department not in city.ground.departments:
        raise _Wrong(said("There is no department {code}.", code=row.department))
    if isinstance(row, Body | Unit) and not _is_community(city, row.community):
        raise _Wrong(
            said("field {field}: {code} is no community", field=sheet.place, code=row.community[:64])
        )
    if isinstance(row, WorkingMember):
        _check_member(city, row)
    try:
        check_keeps(by, sheet.name, code or CITY, city.ground.structure)
    except Refused as refused:
        raise _Wrong(refused.because) from refused
    return row


def _is_community(city: City, code: str) -> bool:
    grid = city.ground.structure.grids.get(code)
    return grid is not None and grid.level is Level.COMMUNITY


def _check_member(city: City, row: WorkingMember) -> None:
    grids = city.ground.structure.grids
    if row.department not in city.ground.departments:
        raise _Wrong(said("There is no department {code}.", code=row.department))
    if row.home is not None and row.home not in grids:
        raise _Wrong(said("field {field}: there is no grid {code}", field="home", code=row.home))
    branch = grids.get(row.branch or "")
    if row.branch is not None and (branch is None or branch.level is not Level.COMPOUND):
        raise _Wrong(said("Members check in at the branch of a compound grid."))


def _found(city: City, row: Outside) -> str | None:
    try:
        if row.point is not None:
            return city.locate(row.point).grid
    except BadInput as wrong:
        raise _Wrong(wrong.because) from wrong
    return grid_at(city, row.address) if row.address else None


def grid_at(city: City, address: str) -> str | None:
    """The grid of an address that begins as one of the city's buildings does; None where none does, or several could."""
    plan = city.ground.plan
    if plan is None or len(address) < LEAST_ADDRESS:
        return None
    with city.database.read() as connection:
        found = {each.grid for each in plans.addresses_like(connection, plan.id, address, 2)}
    return found.pop() if len(found) == 1 else None


LEAST_ADDRESS = 4
"""Characters of an address below which it could be anywhere."""

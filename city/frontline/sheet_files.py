"""Lists as files: taken out and brought in as CSV and XLSX, headed in either language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from city.frontline import mustered
from city.frontline.registers import keep_rows, register_rows
from city.frontline.rows import rows_in
from city.frontline.settling import Row, settled, spelled
from city.frontline.sheets import OTHERWISE
from city.opened import City
from city.photos import photo_beside
from city.spreadsheets import Cell, csv_bytes, xlsx_bytes
from city.spreadsheets import Sheet as Page
from city.tables import TextTable, as_it_was, read_table
from city.tickets import Refusal
from city.words import LANGUAGES, Words, speak
from domain.actions.books import Entered, enter_lines
from domain.actions.listing import Listed, key_of, list_rows
from domain.frontline.records import Beside
from domain.frontline.rights import reads_unit
from domain.frontline.sheets import Column, Keeping, Sheet, as_cell
from domain.frontline.working_members import WorkingMember
from domain.people import Person
from domain.said import BadInput, Busy, Refused, Said, said

# --- out ------------------------------------------------------------------------------------------------------


def rows_for(city: City, person: Person, sheet: Sheet[Any], unit: str) -> list[Row]:
    """The rows of a list in a unit that this person may read; rows of no grid are the city's."""
    if sheet.kind is WorkingMember:
        return list(mustered.members_of(city, person, unit))
    if sheet.keeping is Keeping.REGISTER:
        return _of_register(city, person, sheet, unit)
    found: list[Row] = rows_in(city, person, sheet.kind, unit, place=sheet.place or "grid")
    return [row for row in found if not getattr(row, "withdrawn", False)]


def _of_register(city: City, person: Person, sheet: Sheet[Any], unit: str) -> list[Row]:
    structure = city.ground.structure
    if not reads_unit(person, sheet.name, unit, structure):
        return []
    with city.database.read() as connection:
        found = register_rows(connection, sheet.kind)
    whole = sheet.place is None
    return [row for row in found if whole or structure.within(structure.today(sheet.place_of(row)), unit)]


def page_of(
    city: City,
    sheet: Sheet[Any],
    rows: Iterable[Row],
    say: Words,
    besides: Mapping[int, Beside] | None = None,
) -> Page:
    """A list as a table with its headings in one language; what lies beside its rows where it is given."""
    more = sheet.beside if besides else ()
    titles: list[Cell] = [say.of(column.title) for column in (*sheet.columns, *more)]
    lines: list[Sequence[Cell]] = [
        [
            *(_cell(column, getattr(row, column.field), say) for column in sheet.columns),
            *(getattr((besides or {}).get(row.id, Beside()), column.field) for column in more),
        ]
        for row in (spelled(city, row) for row in rows)
    ]
    return Page(say.of(sheet.title)[:31], [titles, *lines])


def file_of(
    city: City, sheet: Sheet[Any], rows: Iterable[Row], kind: str, say: Words,
    besides: Mapping[int, Beside] | None = None,
) -> bytes:  # fmt: skip
    """A list as a file: ``csv`` or ``xlsx``."""
    page = page_of(city, sheet, rows, say, besides)
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


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a file that can be used, by their numbers there, with what lies beside them and their pictures."""

    told: frozenset[str]
    """The fields of which the file speaks."""
    rows: dict[int, Row] = field(default_factory=dict)
    besides: dict[int, Beside] = field(default_factory=dict)
    pictures: dict[int, bytes] = field(default_factory=dict)


def bring_in(city: City, path: Path, sheet: Sheet[Any], *, by: Person, dry_run: bool = False) -> Brought:
    """Bring a list in from a file. Rows with a flaw are refused, the others kept; the same file again changes nothing.

    Raises:
        BadInput: when the file cannot be used; nothing is written then.
    """
    table = read_table(path)
    found, refused = _read(city, sheet, table, path.parent, by)
    done = KEEP[sheet.keeping](city, sheet, found, by, dry_run)
    refused |= done.refused
    return Brought(table, done.listed, tuple(Refusal(n, why) for n, why in sorted(refused.items())))


def _read(
    city: City, sheet: Sheet[Any], table: TextTable, folder: Path, by: Person
) -> tuple[Rows, dict[int, Said]]:
    """The rows that can be used, and why the others cannot."""
    at = _columns_in(table, sheet)
    found = Rows(_told(sheet, at))
    refused: dict[int, Said] = {}
    known: set[tuple[object, ...]] = set()
    for n, cells in enumerate(table.rows, start=1):
        try:
            row = settled(city, sheet, _row(sheet, at, cells), by)
            key = key_of(sheet, row)
            if key in known and sheet.keeping is not Keeping.BOOK:
                raise BadInput(said("the same row stands above already"))
            if (picture := _picture(sheet, at, cells, folder)) is not None:
                found.pictures[n] = picture
            if sheet.beside and (beside := _beside(sheet, at, cells)):
                found.besides[n] = beside
            known.add(key)
            found.rows[n] = row
        except Busy:
            # The store is away: that is no flaw of this row.
            raise
        except Refused as wrong:
            refused[n] = wrong.because
    return found, refused


def _told(sheet: Sheet[Any], at: Mapping[str, int]) -> frozenset[str]:
    """The fields of a row of which a file speaks. A row without a grid is given the one of its place: that is told too."""
    fields = {column.field for column in sheet.columns} & at.keys()
    return frozenset(fields | ({sheet.place} if sheet.place else set()))


def _columns_in(table: TextTable, sheet: Sheet[Any]) -> dict[str, int]:
    """Where each column of a list stands in a table: by its field's name, or its heading in either language."""
    names = {name.strip().casefold(): n for n, name in enumerate(table.header)}
    pictures = (sheet.picture,) if sheet.picture else ()
    at: dict[str, int] = {}
    for column in (*sheet.columns, *sheet.beside, *pictures):
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


def _text(column: Column, at: Mapping[str, int], cells: Sequence[str]) -> str:
    return as_it_was(cells[at[column.field]]).strip() if column.field in at else ""


def _row(sheet: Sheet[Any], at: Mapping[str, int], cells: Sequence[str]) -> Row:
    values: dict[str, object] = {}
    for column in sheet.columns:
        text = _text(column, at, cells)
        if not text and column.needed:
            raise BadInput(said("field {field}: is empty", field=column.field))
        values[column.field] = _value(column, text) if text else OTHERWISE.get(column.field)
    return sheet.kind(**values)


def _beside(sheet: Sheet[Any], at: Mapping[str, int], cells: Sequence[str]) -> Beside:
    """What a row of a file tells beside the row of the list."""
    told = {column.field: (column, _text(column, at, cells)) for column in sheet.beside}
    return Beside(**{name: str(_value(column, text)) for name, (column, text) in told.items() if text})


def _picture(sheet: Sheet[Any], at: Mapping[str, int], cells: Sequence[str], folder: Path) -> bytes | None:
    """The picture that a row names beside its file."""
    name = _text(sheet.picture, at, cells) if sheet.picture else ""
    return photo_beside(folder, name, sheet.picture.field) if sheet.picture and name else None


def _value(column: Column, text: str) -> object:
    try:
        return _among(column.among, text) if column.among is not None else _reader(column)(text)
    except BadInput as wrong:
        raise BadInput(said("field {field}: {why}", field=column.field, why=wrong.because)) from wrong


def _reader(column: Column) -> Callable[[str], Any]:
    assert column.read is not None
    return column.read


def _among(among: Mapping[Any, Said], text: str) -> object:
    wanted = text.strip().casefold()
    for value, title in among.items():
        if wanted == str(value).casefold() or wanted in (each.casefold() for each in _spoken(title)):
            return value
    raise BadInput(said("{value} is none of its values", value=text[:40]))


# --- kept -----------------------------------------------------------------------------------------------------


def _as_a_list(city: City, sheet: Sheet[Any], found: Rows, by: Person, dry_run: bool) -> Entered:
    besides = {key_of(sheet, found.rows[n]): beside for n, beside in found.besides.items()}
    listed = list_rows(
        city.store, city.rulebook, sheet, found.rows.values(), told=found.told, by=by, now=city.now(), dry_run=dry_run,
        besides=besides,
    )  # fmt: skip
    return Entered(listed, {})


def _as_a_book(city: City, sheet: Sheet[Any], found: Rows, by: Person, dry_run: bool) -> Entered:
    return enter_lines(
        city.store,
        city.rulebook,
        sheet,
        found.rows,
        by=by,
        now=city.now(),
        pictures=found.pictures,
        dry_run=dry_run,
    )


def _as_a_register(city: City, sheet: Sheet[Any], found: Rows, by: Person, dry_run: bool) -> Entered:
    return Entered(keep_rows(city, sheet, found.rows.values(), told=found.told, by=by, dry_run=dry_run), {})


KEEP: Mapping[Keeping, Callable[[City, Sheet[Any], Rows, Person, bool], Entered]] = {
    Keeping.LIST: _as_a_list,
    Keeping.BOOK: _as_a_book,
    Keeping.REGISTER: _as_a_register,
}
"""How the rows of a file are kept."""

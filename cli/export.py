"""``redgrid export``: boundaries, plans, tickets, ledger, log for other programs; the report for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
import xlsxwriter

from city.access import note_access
from city.frontline.sheet_files import file_of, rows_for
from city.frontline.sheets import sheet_named
from city.opened import City
from city.plan_files import grids_of_level, open_plan, plan_bytes
from city.report.paper import report_docx
from city.tables import harmless, write_csv
from cli.import_ import LISTS
from cli.speaking import AT_THE_OFFICE, opened, spoken, stop, tell, words
from domain.grids import CITY, Level
from domain.periods import Days
from domain.said import said
from gis.writing import write_boundaries
from storage import exports

Out = Annotated[Path, typer.Option("-o", "--out", help="The file to write; its ending says what kind.")]
Rows = Callable[..., Iterable[exports.Row]]

TABLES: dict[str, tuple[Sequence[str], Rows]] = {
    "ledger": (exports.LEDGER, exports.ledger_rows),
    "log": (exports.LOG, exports.log_rows),
}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        no_args_is_help=True, help="Write boundaries, plans, tickets, ledger or log for other programs."
    )
    app.add_typer(group, name="export")

    @group.command()
    @spoken
    def boundaries(
        out: Out,
        level: Annotated[int, typer.Option(min=1, max=3, help="1 community, 2 compound, 3 building grids.")],
        plan: Annotated[str | None, typer.Option(help="The plan's name; else the plan in force.")] = None,
    ) -> None:
        """Write the grids of a level: code, name, parent, households, units."""
        with opened() as city:
            if city.ground.is_empty:
                stop(said("There is no plan {name}.", name=plan or "–"))
            named = open_plan(city, plan)
            drawn = grids_of_level(city, named, Level(level))
            note_access(
                city, "exported", by=None, what="boundaries", level=level, plan=named.plan.id, rows=len(drawn)
            )
            write_boundaries(out, drawn)
        tell("{n} rows are in {file}.", n=len(drawn), file=out.name)

    @group.command("plan")
    @spoken
    def assignment(
        out: Out,
        plan: Annotated[str | None, typer.Option(help="The plan's name; else the plan in force.")] = None,
    ) -> None:
        """Write a plan as CSV or XLSX, one row for each unit: what `import plan` reads."""
        _check_kind(out)
        with opened() as city:
            if city.ground.is_empty:
                stop(said("There is no plan {name}.", name=plan or "–"))
            named = open_plan(city, plan)
            content = plan_bytes(named, out.suffix.lower()[1:])
            rows = len(named.draft.home)
            note_access(city, "exported", by=None, what="plan", plan=named.plan.id, rows=rows)
            write_whole(out, content)
        tell("{n} rows are in {file}.", n=rows, file=out.name)

    @group.command()
    @spoken
    def tickets(
        out: Out,
        with_words: Annotated[
            bool,
            typer.Option(
                "--with-words",
                help="Also what residents said: description, reporter, phone, and the address as it was typed.",
            ),
        ] = False,
    ) -> None:
        """Write the tickets as CSV or XLSX; without words, the address is the grid's name. Every export is noted."""
        with opened() as city:
            with city.database.read() as connection:
                if with_words:
                    header: Sequence[str] = (*exports.TICKETS, *exports.WORDS)
                    found = list(exports.ticket_rows_with_words(connection))
                else:
                    header = exports.TICKETS
                    found = [_without_address(row, city) for row in exports.ticket_rows(connection)]
            _export(city, out, header, found, what="tickets", words=with_words)

    @group.command("list")
    @spoken
    def rows(
        name: Annotated[str, typer.Argument(help=LISTS)],
        out: Out,
    ) -> None:
        """Write one of the grids' lists as CSV or XLSX: what `import list` reads."""
        _check_kind(out)
        with opened() as city:
            sheet = sheet_named(name)
            found = rows_for(city, AT_THE_OFFICE, sheet, CITY)
            content = file_of(city, sheet, found, out.suffix.lower()[1:], words())
            note_access(city, "exported", by=None, what=f"list {name}", rows=len(found))
            write_whole(out, content)
        tell("{n} rows are in {file}.", n=len(found), file=out.name)

    @group.command()
    @spoken
    def report(
        since: Annotated[str, typer.Option("--from", help="The first day, as 2026-01-31.")],
        until: Annotated[str, typer.Option("--to", help="The last day, included.")],
        out: Out,
        unit: Annotated[str, typer.Option(help="The code of a grid or street; else the whole city.")] = CITY,
    ) -> None:
        """Write the report of a period as a Word file, in the language of the terminal."""
        days = Days(_day(since), _day(until))
        if out.suffix.lower() != ".docx":
            stop(said("{file}: the report is written as docx.", file=out.name))
        with opened() as city:
            if unit not in city.ground.structure:
                stop(said("There is no unit {code}.", code=unit[:64]))
            content = report_docx(city, AT_THE_OFFICE, unit, days, words())
            note_access(city, "exported", by=None, what="report", unit=unit, first=since, last=until)
            write_whole(out, content)
        tell("The report is in {file}.", file=out.name)

    for name in TABLES:
        _table_command(group, name)


def _table_command(group: typer.Typer, name: str) -> None:
    @group.command(name, help=f"Write the {name} as CSV or XLSX.")
    @spoken
    def table(out: Out) -> None:
        header, rows_of = TABLES[name]
        with opened() as city:
            with city.database.read() as connection:
                found = list(rows_of(connection))
            _export(city, out, header, found, what=name)


def _export(
    city: City, out: Path, header: Sequence[str], found: Iterable[exports.Row], *, what: str, **more: object
) -> None:
    """Write rows and note it: a note without a file does no harm, a file without a note would."""
    rows = [[_cell(value, city) for value in row] for row in found]
    _check_kind(out)
    note_access(city, "exported", by=None, what=what, rows=len(rows), **more)
    try:
        _write(out, header, rows)
    except OSError as error:
        stop(said("{file}: cannot be written ({why}).", file=out.name, why=error.strerror or error))
    tell("{n} rows are in {file}.", n=len(rows), file=out.name)


def write_whole(out: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    scratch = out.with_name(f".{out.name}.part")
    try:
        scratch.write_bytes(content)
        scratch.replace(out)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        stop(said("{file}: cannot be written ({why}).", file=out.name, why=error.strerror or error))


def _without_address(row: exports.Row, city: City) -> exports.Row:
    """A ticket's row with the name of its grid in place of the address that somebody typed, which may name a person."""
    known = dict(zip(exports.TICKETS, row, strict=True))
    grid = known["level3"] or known["level2"] or known["level1"]
    place = city.ground.structure.name(str(grid)) if grid else ""
    return tuple(place if name == "address" else value for name, value in known.items())


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        stop(said("{text} is no day; write it as 2026-01-31.", text=text[:40]))


def _check_kind(out: Path) -> None:
    if out.suffix.lower() not in (".csv", ".xlsx"):
        stop(said("{file}: tables are written as {kinds}.", file=out.name, kinds="csv, xlsx"))


def _write(out: Path, header: Sequence[str], rows: list[list[str]]) -> None:
    if out.suffix.lower() == ".csv":
        write_csv(out, header, rows)
    else:
        _write_xlsx(out, header, rows)


def _write_xlsx(out: Path, header: Sequence[str], rows: list[list[str]]) -> None:
    scratch = out.with_name(f".{out.stem}.part.xlsx")
    book = xlsxwriter.Workbook(
        scratch, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet()
    for number, row in enumerate([list(header), *rows]):
        for column, cell in enumerate(row):
            sheet.write_string(number, column, cell)
    book.close()
    scratch.replace(out)


def _cell(value: object, city: City) -> str:
    """A value as text: moments in the city's own time, nothing that a spreadsheet takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return _local(value, city.zone)
    return harmless(str(value))


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="seconds")

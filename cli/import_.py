"""``redgrid import``: boundaries, households, plans, heads, lists and tickets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from city.boundaries import import_boundaries
from city.census import import_households
from city.frontline.sheet_files import bring_in
from city.frontline.sheets import SHEETS, sheet_named
from city.heads import HeadColumns, import_heads
from city.plan_files import PolygonFields, import_plan
from city.tables import TextTable, harmless, write_csv
from city.tickets import Refusal, TicketColumns, TicketsImported, import_tickets
from cli.check import show_findings
from cli.plan_report import report_plan
from cli.speaking import AT_THE_CONSOLE, AT_THE_OFFICE, FINDINGS, opened, spoken, stop, tell, words
from domain.grids import Level
from domain.plans.census import CensusFields
from domain.said import said
from gis.crs import WGS84
from gis.reading import Columns

SHOWN = 20
"""Refused rows told on the screen; all are in the file."""

COLUMNS, POLYGON, CENSUS = HeadColumns(), PolygonFields(), CensusFields()

LISTS = f"The list: {', '.join(sheet.name for sheet in SHEETS)}."

DryRun = Annotated[bool, typer.Option("--dry-run", help="Read and check everything, write nothing.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        no_args_is_help=True, help="Bring boundaries, households, plans, heads and tickets in."
    )
    app.add_typer(group, name="import")

    @group.command()
    @spoken
    def boundaries(
        file: Path,
        level: Annotated[
            int, typer.Option(min=1, max=3, help="1 community, 2 compound, 3 building; from 1 down.")
        ],
        code: Annotated[str, typer.Option(help="The field that holds the code.")],
        name: Annotated[str, typer.Option(help="The field that holds the name.")],
        parent: Annotated[
            str | None, typer.Option(help="The field that holds the parent's code; else the largest overlap.")
        ] = None,
        households: Annotated[str | None, typer.Option(help="The field that holds the households.")] = None,
        crs: Annotated[
            str | None, typer.Option(help="EPSG:n, gcj02 or bd09; else what the file says.")
        ] = None,
        dry_run: DryRun = False,
    ) -> None:
        """Bring in the grids of one level: GeoJSON, GeoPackage, Shapefile (also zipped), KML, Parquet."""
        with opened() as city:
            done = import_boundaries(
                city, file, Level(level), Columns(code, name, parent, households), crs=crs, dry_run=dry_run
            )
        show_findings(done.findings)
        if done.unchanged:
            tell("Unchanged: the {n} grids of level {level} are there already.", n=done.grids, level=level)
        elif dry_run:
            tell(
                "{n} grids of level {level} would be imported; nothing was written.",
                n=done.grids,
                level=level,
            )
        else:
            tell("{n} grids of level {level} are imported.", n=done.grids, level=level)

    @group.command()
    @spoken
    def households(
        file: Path,
        unit: Annotated[str, typer.Option(help="The field that holds the unit's code.")] = CENSUS.unit,
        households: Annotated[
            str, typer.Option(help="The field that holds how many households live there.")
        ] = CENSUS.households,
        dry_run: DryRun = False,
    ) -> None:
        """Bring in how many households live in units by now: CSV (UTF-8, BOM, GBK), XLSX, Parquet, whole or not at all.
        Units without a row stay as they are; plans that are drawn on the former numbers are stopped."""
        with opened() as city:
            done = import_households(
                city, file, CensusFields(unit, households), by=AT_THE_CONSOLE, dry_run=dry_run
            )
        tell(
            "{changed} units have other households, {unchanged} as they were, {refused} rows refused; the city: {before} → {now}.",
            changed=done.changed, unchanged=done.unchanged, refused=len(done.refused),
            before=f"{done.before:,}", now=f"{done.now:,}",
        )  # fmt: skip
        if done.stopped and not done.refused:
            _tell_stopped(", ".join(done.stopped), dry_run)
        refused = [
            Refusal(one.row or 0, said("field {field}: {why}", field=one.field, why=one.why))
            for one in done.refused
        ]
        _report_refused(file, done.table, refused, dry_run or bool(refused))

    @group.command()
    @spoken
    def plan(
        file: Path,
        plan: Annotated[str, typer.Option(help="The name of the new draft.")],
        base: Annotated[
            str | None, typer.Option("--from", help="The plan it begins from; else the plan in force.")
        ] = None,
        code: Annotated[str, typer.Option(help="Polygons: the field that holds the code.")] = POLYGON.code,
        name: Annotated[str, typer.Option(help="Polygons: the field that holds the name.")] = POLYGON.name,
        parent: Annotated[
            str, typer.Option(help="Polygons: the field that holds the parent's code.")
        ] = POLYGON.parent,
        crs: Annotated[
            str | None, typer.Option(help="Polygons: EPSG:n, gcj02 or bd09; else what the file says.")
        ] = None,
        dry_run: DryRun = False,
        as_json: Annotated[bool, typer.Option("--json", help="For a program to read.")] = False,
    ) -> None:
        """Bring a plan in as a draft: a table (CSV, XLSX) with the fields unit and level3 – also name, level2, level1,
        street for new grids – or the grids of the smallest level as GeoJSON, GeoPackage, Shapefile (also zipped)."""
        with opened() as city:
            done = import_plan(
                city, file, plan, by=AT_THE_CONSOLE, base=base, fields=PolygonFields(code, name, parent),
                crs=crs, dry_run=dry_run,
            )  # fmt: skip
        report_plan(file, plan, done, dry_run=dry_run, as_json=as_json)

    @group.command()
    @spoken
    def heads(
        file: Path,
        code: Annotated[str, typer.Option(help="The field that holds the grid's code.")] = COLUMNS.code,
        name: Annotated[str, typer.Option(help="The field that holds the head's name.")] = COLUMNS.name,
        title: Annotated[str, typer.Option(help="The field that holds the title.")] = COLUMNS.title,
        work_phone: Annotated[
            str, typer.Option("--work-phone", help="The field that holds the work phone.")
        ] = COLUMNS.work_phone,
        duties: Annotated[str, typer.Option(help="The field that holds the duties.")] = COLUMNS.duties,
        photo: Annotated[
            str, typer.Option(help="The field that names a photo, by its path beside the table.")
        ] = COLUMNS.photo,
        dry_run: DryRun = False,
    ) -> None:
        """Bring in who heads the grids: CSV (UTF-8, BOM, GBK), XLSX, Parquet. A row with a code alone is a vacancy."""
        columns = HeadColumns(code, name, title, work_phone, duties, photo)
        with opened() as city:
            done = import_heads(city, file, columns, dry_run=dry_run)
        tell(
            "{new} heads begin, {vacant} grids are vacant from now on, {unchanged} stay as they are, {refused} rows refused.",
            new=done.new, vacant=done.vacant, unchanged=done.unchanged, refused=len(done.refused),
        )  # fmt: skip
        _report_refused(file, done.table, done.refused, dry_run)

    @group.command("list")
    @spoken
    def rows(
        name: Annotated[str, typer.Argument(help=LISTS)],
        file: Path,
        dry_run: DryRun = False,
    ) -> None:
        """Bring rows into one of the grids' lists: CSV (UTF-8, BOM, GBK), XLSX, Parquet, headed as `export list` writes
        it. The same file again changes nothing. A picture that a row names is read from beside the file."""
        with opened() as city:
            done = bring_in(city, file, sheet_named(name), by=AT_THE_OFFICE, dry_run=dry_run)
        listed = done.listed
        tell(
            "{new} new rows, {changed} changed, {unchanged} as they were, {refused} refused.",
            new=listed.new, changed=listed.changed, unchanged=listed.unchanged, refused=len(done.refused),
        )  # fmt: skip
        _report_refused(file, done.table, done.refused, dry_run)

    @group.command()
    @spoken
    def tickets(
        file: Path,
        id: Annotated[str, typer.Option(help="The field that holds the source's own id.")],
        lon: Annotated[str, typer.Option(help="The field that holds the longitude (or easting).")],
        lat: Annotated[str, typer.Option(help="The field that holds the latitude (or northing).")],
        opened_at: Annotated[str, typer.Option("--opened", help="The field that tells when it was opened.")],
        category: Annotated[str, typer.Option(help="The field that holds the category.")],
        closed: Annotated[str | None, typer.Option(help="The field that tells when it was closed.")] = None,
        due: Annotated[str | None, typer.Option(help="The field that tells when it is due.")] = None,
        department: Annotated[str | None, typer.Option(help="The field that holds the department.")] = None,
        address: Annotated[str | None, typer.Option(help="The field that holds the address.")] = None,
        crs: Annotated[str, typer.Option(help="EPSG:n, gcj02 or bd09.")] = WGS84,
        tz: Annotated[str, typer.Option(help="The time zone of times that name none.")] = "Asia/Shanghai",
        live: Annotated[
            bool, typer.Option("--live", help="Work the open ones; else all are history.")
        ] = False,
        dry_run: DryRun = False,
    ) -> None:
        """Bring in tickets: CSV (UTF-8, BOM, GBK), XLSX, Parquet. The same file again imports nothing twice."""
        columns = TicketColumns(id, lon, lat, opened_at, category, closed, due, department, address)
        with opened() as city:
            done = import_tickets(city, file, columns, crs=crs, zone=_zone(tz), live=live, dry_run=dry_run)
        show_findings(done.findings)
        _report(file, done, dry_run)


def _tell_stopped(plans: str, dry_run: bool) -> None:
    if dry_run:
        tell("Drawn on the former numbers, and would be stopped: {plans}.", plans=plans)
    else:
        tell(
            "Drawn on the former numbers: {plans}. Branch new drafts from the plan in force.",
            plans=plans,
        )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        stop(said("There is no time zone {name}.", name=name))


def _report(file: Path, done: TicketsImported, dry_run: bool) -> None:
    tell(
        "{new} tickets imported ({open} open, {queue} in no grid), {known} known already, {refused} refused.",
        new=done.new, open=done.open, queue=done.in_queue, known=done.known, refused=len(done.refused),
    )  # fmt: skip
    _report_refused(file, done.table, done.refused, dry_run)


def _report_refused(file: Path, table: TextTable, refused: Sequence[Refusal], dry_run: bool) -> None:
    """Say that nothing was written; put refused rows into a file of their own, and end with findings."""
    if dry_run:
        tell("Nothing was written.")
    if not refused:
        return
    say = words()
    for one in refused[:SHOWN]:
        typer.echo(say("{file}: row {row}: {why}.", file=file.name, row=one.row, why=one.why), err=True)
    target = Path(f"{file.stem}.refused.csv")
    rows = [[str(r.row), say.of(r.why), *(harmless(cell) for cell in table.rows[r.row - 1])] for r in refused]
    write_csv(target, ["row", "why", *table.header], rows)
    tell("The refused rows with their reasons are in {file}.", file=target)
    raise typer.Exit(FINDINGS)

"""Bring a plan in from a file – a table of units and their grids, or polygons – and write plans for other programs.

A plan comes in whole or not at all: while a row is refused or a unit has no grid, nothing is kept, and every row that
cannot be used is told with its field and the reason. What is contiguous, whole and nested is not asked here: a draft is
for mending, and its problems are told beside it.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

import shapely

from city.drafts import OpenDraft, compound_names, draft_in_force, new_draft, open_draft, problems
from city.opened import City
from city.plan_checks import DRAWN_BY_SOURCE, as_findings
from city.spreadsheets import Sheet, csv_bytes, xlsx_bytes
from city.tables import TextTable, codes_cut, harmless, read_table
from city.units import derive_missing
from domain.findings import Finding
from domain.grids import Level
from domain.names import one_line
from domain.people import Person
from domain.plans.assigning import (
    UNIT,
    Assigned,
    Basis,
    Fields,
    RefusedRow,
    Row,
    assigned,
    code_field,
    fields_of,
    header_of,
    read_rows,
    rows_of,
)
from domain.plans.drafts import Draft, households
from domain.plans.life import LONGEST_PLAN_NAME, refusal_to_draw, refusal_to_read
from domain.said import BadInput, Refused, Said, said
from gis.covering import covering
from gis.crs import must_not_be_swapped
from gis.packed import must_unpack_small
from gis.reading import Columns, ReadGrid, fields_in, read_boundaries
from gis.writing import Written, boundaries_bytes
from storage import plans
from storage.drafts import plan_named
from storage.plan_lists import PlanLine, grids_ever, plan_lines

TABLES = (".csv", ".txt", ".tsv", ".xlsx")
POLYGONS = (".geojson", ".json", ".gpkg", ".zip", ".shp")
KINDS = (*TABLES, *POLYGONS)
"""How the names of files end that a plan may come in."""

LARGEST_FILE = 50_000_000
"""Bytes of a file that a plan may come in."""

LARGEST_UNPACKED: Mapping[str, int] = {".zip": 200_000_000, ".xlsx": 80_000_000}
"""Bytes that a packed file may unpack to: a workbook takes many times as much when it is read."""

MOST_PACKED, MOST_LINES = 1_000, 400_000
"""How many files may be in a packed one, and how many lines in a table."""


@dataclass(frozen=True, slots=True)
class PolygonFields:
    """Which of a file's fields mean what; the last two may be missing."""

    code: str = "code"
    name: str = "name"
    parent: str = "parent"


@dataclass(frozen=True)
class PlanRead:
    """What a file makes of a city: a draft with what keeps it from being published, or what cannot be used."""

    file: str
    base: OpenDraft
    draft: Draft | None
    refused: tuple[RefusedRow, ...]
    missing: tuple[str, ...]
    findings: tuple[Finding, ...]
    """What keeps the draft from being published: a draft is for mending."""
    table: TextTable | None
    opened: OpenDraft | None = None
    """The draft plan that was made of it, when it was kept."""

    @property
    def is_whole(self) -> bool:
        return self.draft is not None

    @property
    def new(self) -> tuple[str, ...]:
        """The grids that the base does not have."""
        return tuple(sorted(self.draft.grids.keys() - self.base.draft.grids.keys())) if self.draft else ()

    @property
    def gone(self) -> tuple[str, ...]:
        """The base's grids that are none any more."""
        return tuple(sorted(self.base.draft.grids.keys() - self.draft.grids.keys())) if self.draft else ()

    @property
    def moved(self) -> int:
        """How many units lie in another smallest grid than before."""
        if self.draft is None:
            return 0
        before = self.base.draft.home
        return sum(before.get(unit) != grid for unit, grid in self.draft.home.items())


# --- in -------------------------------------------------------------------------------------------------------------


def import_plan(
    city: City, path: Path, name: str, *, by: Person, base: str | None = None,
    fields: PolygonFields | None = None, crs: str | None = None, dry_run: bool = False,
) -> PlanRead:  # fmt: skip
    """Bring a plan in as a new draft; ``base`` is the plan whose grids it begins from, else the one in force.

    Raises:
        BadInput: when the file cannot be used.
        Refused: when this person does not draw, or the name is empty, too long or taken.
    """
    if because := refusal_to_draw(by) or _refusal_of_name(city, name):
        raise Refused(because)
    read = read_plan(city, path, _base(city, base), fields or PolygonFields(), crs)
    if read.draft is None or dry_run:
        return read
    how = {"how": "imported", "file": one_line(path.name)[:80], "units": len(read.draft.home)}
    return replace(read, opened=new_draft(city, name, read.draft, base=read.base.plan, by=by, how=how))


def import_sent(
    city: City, file: str, content: bytes, name: str, *, by: Person, base: str | None = None,
    fields: PolygonFields | None = None, crs: str | None = None,
) -> PlanRead:  # fmt: skip
    """The same for a file that came with a form; what it was called there is only ever told.

    Raises:
        BadInput, Refused: as :func:`import_plan`.
    """
    with tempfile.TemporaryDirectory(prefix="redgrid-") as folder:
        path = Path(folder) / _plain_name(file)
        path.write_bytes(content)
        return import_plan(city, path, name, by=by, base=base, fields=fields, crs=crs)


def _plain_name(file: str) -> str:
    """A file's name without any path, of letters that every system takes."""
    sent = PurePath(file.replace("\\", "/"))
    stem = re.sub(r"[^\w .()-]", "_", sent.stem)[:40].strip(" .")
    return (stem or "plan") + re.sub(r"[^.\w]", "_", sent.suffix.lower())[:12]


def _base(city: City, name: str | None) -> OpenDraft:
    opened = draft_in_force(city) if name is None else open_plan(city, name)
    if opened.is_stale:
        raise Refused(_stale(opened))
    return opened


def _stale(opened: OpenDraft) -> Said:
    return said(
        "The city's units changed since {plan} was drawn; branch a new draft from the plan in force.",
        plan=opened.plan.name,
    )


def _refusal_of_name(city: City, name: str) -> Said | None:
    """What begins a draft refuses a name too; here it is told before a file is read."""
    called = one_line(name)
    if not called:
        return said("Please give the plan a name.")
    if len(called) > LONGEST_PLAN_NAME:
        return said("A plan's name has at most {n} letters.", n=LONGEST_PLAN_NAME)
    with city.database.read() as connection:
        taken = plan_named(connection, called)
    return said("There is a plan called {name} already.", name=called) if taken else None


def read_plan(
    city: City, path: Path, base: OpenDraft, fields: PolygonFields, crs: str | None = None
) -> PlanRead:
    """What a file makes of the city; nothing is written.

    Raises:
        BadInput: when the file cannot be used: one sentence with the file, and the row and field where there is one.
    """
    _must_be_fit(path)
    with city.database.read() as connection:
        basis = Basis(
            base.ground.units, base.draft, {s.code for s in plans.all_streets(connection)}, grids_ever(connection)
        )  # fmt: skip
    if not basis.levels or not basis.units.by_code:
        raise BadInput(said("This city has no grids yet."))
    if path.suffix.lower() in TABLES:
        table = codes_cut(read_table(path))
        done = _from_table(table, basis)
    else:
        table, done = None, _from_polygons(city, path, base, basis, fields, crs)
    return PlanRead(
        path.name, base, done.draft, done.refused, done.missing, _findings(city, base, done.draft), table
    )


def _findings(city: City, base: OpenDraft, draft: Draft | None) -> tuple[Finding, ...]:
    if draft is None:
        return ()
    return tuple(as_findings(problems(replace(base, draft=draft), compound_names(city))))


def _must_be_fit(path: Path) -> None:
    """Refuse what is no file, none of ours, or too large to be one."""
    file = path.name
    if path.is_dir():
        raise BadInput(said("{file}: is a folder, not a file.", file=file))
    if not path.is_file():
        raise BadInput(said("{file}: there is no such file.", file=file))
    if path.suffix.lower() not in KINDS:
        raise BadInput(
            said("{file}: plans come as {kinds}.", file=file, kinds=", ".join(k[1:] for k in KINDS))
        )
    size = path.stat().st_size
    if not size:
        raise BadInput(said("{file}: there is nothing in it.", file=file))
    if size > LARGEST_FILE or _is_endless(path):
        raise BadInput(said("{file}: is too large to be a plan.", file=file))
    if most := LARGEST_UNPACKED.get(path.suffix.lower()):
        must_unpack_small(path, most, MOST_PACKED)


def _is_endless(path: Path) -> bool:
    """Has a text more lines than any city has units?"""
    return path.suffix.lower() in (".csv", ".txt", ".tsv") and path.read_bytes().count(b"\n") > MOST_LINES


def _from_table(table: TextTable, basis: Basis) -> Assigned:
    for field in (UNIT, code_field(basis.levels[0])):
        table.column(field)
    done = assigned(basis, read_rows(table.header, table.rows, basis.levels), fields_of(basis.levels))
    if not done.known:
        raise of_another_city(table.file)
    return done


def of_another_city(file: str) -> BadInput:
    """What is said of a table in which no row names a unit."""
    return BadInput(said("{file}: names no unit of this city; is it another city's?", file=file))


def _from_polygons(
    city: City, path: Path, base: OpenDraft, basis: Basis, fields: PolygonFields, crs: str | None
) -> Assigned:
    present = fields_in(path)
    columns = Columns(
        fields.code,
        fields.name if fields.name in present else fields.code,
        fields.parent if fields.parent in present else None,
    )
    read = read_boundaries(path, columns, crs)
    if len(read) > len(base.ground.codes):
        raise BadInput(said("{file}: has more grids than this city has units.", file=path.name))
    _must_lie_here(city, path, [r.outline for r in read])
    homes = covering(base.ground.points, [r.outline for r in read])
    rows, refused = _rows(base, basis, read, homes, named=fields.name in present, field=fields.code)
    smallest = basis.levels[0]
    above = dict.fromkeys(basis.levels[1:2], fields.parent)
    done = assigned(
        basis, rows, Fields("", {smallest: fields.code} | above, {smallest: fields.name}),
        placed={unit for unit, found in zip(base.ground.codes, homes, strict=True) if len(found) != 1},
    )  # fmt: skip
    told = tuple(sorted((*refused, *done.refused), key=lambda one: one.row or 0))
    return Assigned(None if told else done.draft, told, done.missing, done.known)


def _must_lie_here(city: City, path: Path, outlines: Sequence[shapely.Geometry]) -> None:
    bounds, ground = shapely.total_bounds(list(outlines)), city.ground.bounds
    must_not_be_swapped(bounds, ground, path.name)
    if not shapely.box(*bounds).intersects(shapely.box(*ground)):
        raise BadInput(
            said("{file}: lies nowhere near the city; is it in another CRS? (--crs)", file=path.name)
        )


def _rows(
    base: OpenDraft, basis: Basis, read: Sequence[ReadGrid], homes: Sequence[Sequence[int]], *, named: bool, field: str
) -> tuple[list[Row], list[RefusedRow]]:  # fmt: skip
    """A row for each unit that one polygon covers; the others are refused, and so is a polygon without any unit."""
    smallest, refused, rows = basis.levels[0], [], []
    for unit, found in zip(base.ground.codes, homes, strict=True):
        if len(found) == 1:
            grid = read[found[0]]
            codes = {smallest: grid.code} | dict.fromkeys(basis.levels[1:2], grid.parent or "")
            street = (grid.parent or "") if len(basis.levels) == 1 else ""
            names = {smallest: grid.name} if named else {}
            rows.append(Row(found[0] + 1, unit, codes, names, street))
        elif found:
            both = ", ".join(read[n].code for n in found)
            refused.append(
                RefusedRow(found[0] + 1, field, said("unit {unit} lies in {grids} at once", unit=unit, grids=both))
            )  # fmt: skip
        else:
            refused.append(RefusedRow(None, "", said("unit {unit} lies in no polygon", unit=unit)))
    with_units = {n for found in homes for n in found}
    refused += [
        RefusedRow(n + 1, field, said("no unit lies in {grid}", grid=grid.code))
        for n, grid in enumerate(read)
        if n not in with_units
    ]
    return rows, refused


# --- what was refused -----------------------------------------------------------------------------------------------


def refused_table(read: PlanRead, of: Callable[[Said], str]) -> list[list[str]]:
    """The refused rows with their reasons, and the missing units, as a table under its header."""
    header = read.table.header if read.table else []
    lines = [[str(one.row or ""), one.field, of(one.why), *_cells(read, one)] for one in read.refused]
    missing = [["", "", of(NO_ROW), *_cells_of_missing(header, unit)] for unit in read.missing]
    return [["row", "field", "why", *(header or [UNIT] * bool(missing))], *lines, *missing]


NO_ROW = said("this unit is in no row")


def _cells(read: PlanRead, one: RefusedRow) -> list[str]:
    if read.table is None or one.row is None:
        return []
    return [harmless(cell) for cell in read.table.rows[one.row - 1]]


def _cells_of_missing(header: Sequence[str], unit: str) -> list[str]:
    return [unit if name == UNIT else "" for name in header or [UNIT]]


# --- out ------------------------------------------------------------------------------------------------------------


def open_plan(city: City, name: str | None) -> OpenDraft:
    """A plan by its name, with its units; the one in force where there is no name.

    Raises:
        Refused: when there is no such plan.
    """
    if name is None:
        return draft_in_force(city)
    derive_missing(city)
    return open_draft(city, name)


def list_plans(city: City, person: Person) -> list[PlanLine]:
    """Every plan, the newest first.

    Raises:
        Refused: when this person does not read plans.
    """
    if because := refusal_to_read(person):
        raise Refused(because)
    with city.database.read() as connection:
        return plan_lines(connection)


def plan_sheet(opened: OpenDraft) -> Sheet:
    """A plan as a table with one row for each unit: what comes in again as the same plan."""
    return Sheet("plan", [header_of(opened.draft), *rows_of(opened.draft)], for_codes=True)


def plan_bytes(opened: OpenDraft, kind: str) -> bytes:
    """The same as the content of a file, ``csv`` or ``xlsx``."""
    sheet = plan_sheet(opened)
    return csv_bytes(sheet.rows) if kind == "csv" else xlsx_bytes([sheet])


def file_of(city: City, opened: OpenDraft, kind: str, *, level: Level | None = None, by: Person) -> bytes:
    """A plan as the content of a file: its table (``csv``, ``xlsx``), or the grids of a level (``geojson``, ``gpkg``, ``zip``).

    Raises:
        Refused: when this person does not read plans.
    """
    if because := refusal_to_read(by):
        raise Refused(because)
    if level is None:
        return plan_bytes(opened, kind)
    return boundaries_bytes(f".{kind}", grids_of_level(city, opened, level))


def grids_of_level(city: City, opened: OpenDraft, level: Level) -> list[Written]:
    """The grids of a level of a plan, each with the number of its units and its outline as WKB.

    Raises:
        Refused: when the plan has none, or a draft's units are no longer the city's.
    """
    if opened.plan.state in DRAWN_BY_SOURCE:
        with city.database.read() as connection:
            found = [
                (d.grid, d.units, d.geometry)
                for d in plans.grids_of(connection, opened.plan.id)
                if d.grid.level is level
            ]
    else:
        found = _of_units(opened, level)
    if not found:
        raise BadInput(said("This city has no grids of level {level}.", level=int(level)))
    return found


def _of_units(opened: OpenDraft, level: Level) -> list[Written]:
    if opened.is_stale:
        raise Refused(_stale(opened))
    draft, counted = opened.draft, households(opened.ground.units, opened.draft)
    has_households = any(counted.values())
    outlines = opened.ground.outlines(draft)
    return [
        (
            replace(grid, households=counted[code] if has_households else None),
            len(draft.units_of(code)), shapely.to_wkb(outlines[code]),
        )
        for code, grid in sorted(draft.grids.items())
        if grid.level is level and code in outlines
    ]  # fmt: skip

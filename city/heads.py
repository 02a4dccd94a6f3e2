"""Bring in who heads the grids, from the table that a city keeps: a term ends where another begins."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from city.opened import City
from city.photos import photo_beside
from city.tables import TextTable, read_table
from city.tickets import Refusal
from domain.said import BadInput, said
from domain.tickets import without_commands
from storage import heads
from storage.heads import Term

PHONE = re.compile(r"\+?[0-9][0-9 ()/-]{2,30}")
"""What a work phone looks like, an extension behind it."""

LONGEST: Mapping[str, int] = {"name": 60, "title": 60, "work_phone": 32, "duties": 500}
"""Characters of a head's texts."""

PHOTO_SIDE, PHOTO_BYTES = 480, 40_000
"""Pixels and bytes of a photo that is kept: sharp on a sheet of paper, light on a phone."""


@dataclass(frozen=True, slots=True)
class HeadColumns:
    """The fields of the table. All but the first two may be missing."""

    code: str = "code"
    name: str = "name"
    title: str = "title"
    work_phone: str = "work_phone"
    duties: str = "duties"
    photo: str = "photo"


@dataclass(frozen=True, slots=True)
class HeadsImported:
    """What an import of heads did. A vacancy is a row with a code alone."""

    table: TextTable
    new: int
    vacant: int
    unchanged: int
    refused: tuple[Refusal, ...]


def import_heads(
    city: City, path: Path, columns: HeadColumns | None = None, *, dry_run: bool = False
) -> HeadsImported:
    """Bring in heads: where a row differs from the running term, that term ends and another begins. Rows with a flaw are
    refused, the others kept; the same file again changes nothing.

    Raises:
        BadInput: when the file cannot be used; nothing is written then.
    """
    table = read_table(path)
    fields = columns or HeadColumns()
    rows = _rows(table, fields)
    wanted: dict[str, Term | None] = {}
    refused: list[Refusal] = []
    for number, row in enumerate(rows, start=1):
        try:
            code = _code(city, row, fields, wanted)
            wanted[code] = _term(row, fields, path.parent)
        except BadInput as wrong:
            refused.append(Refusal(number, wrong.because))
    now = city.now()
    with city.database.write() as connection:
        running = heads.running_terms(connection, now)
        changed = {code: term for code, term in wanted.items() if term != running.get(code)}
        if not dry_run:
            heads.hand_over(connection, changed, now)
    vacant = sum(term is None for term in changed.values())
    unchanged = len(wanted) - len(changed)
    return HeadsImported(table, len(changed) - vacant, vacant, unchanged, tuple(refused))


def _rows(table: TextTable, fields: HeadColumns) -> Iterator[dict[str, str]]:
    """Each row's texts by what they mean; fields that the table lacks are empty."""
    needed = {"code": fields.code, "name": fields.name}
    more = {key: getattr(fields, key) for key in ("title", "work_phone", "duties", "photo")}
    present = needed | {key: field for key, field in more.items() if field in table.header}
    texts = {key: table.column(field) for key, field in present.items()}
    for n in range(len(table.rows)):
        yield {
            key: without_commands(texts[key][n]).strip() if key in texts else "" for key in (*needed, *more)
        }


def _code(city: City, row: Mapping[str, str], fields: HeadColumns, wanted: Mapping[str, Term | None]) -> str:
    code = row["code"]
    if code not in city.ground.structure.grids:
        raise BadInput(
            said("field {field}: there is no grid {code}", field=fields.code, code=code[:64] or "–")
        )
    if code in wanted:
        raise BadInput(said("field {field}: grid {code} has a row already", field=fields.code, code=code))
    return code


def _term(row: Mapping[str, str], fields: HeadColumns, folder: Path) -> Term | None:
    """The head of a row; None where it names nobody and nothing else: a vacancy."""
    if not any(text for key, text in row.items() if key != "code"):
        return None
    if not row["name"]:
        raise BadInput(said("field {field}: is empty", field=fields.name))
    for key, most in LONGEST.items():
        if len(row[key]) > most:
            why = said("field {field}: has more than {n} characters", field=getattr(fields, key), n=most)
            raise BadInput(why)
    if row["work_phone"] and not PHONE.fullmatch(row["work_phone"]):
        value = row["work_phone"]
        raise BadInput(
            said("field {field}: {value} is no telephone number", field=fields.work_phone, value=value)
        )
    term = Term(row["name"], row["title"], row["work_phone"], row["duties"])
    if not row["photo"]:
        return term
    photo = photo_beside(folder, row["photo"], fields.photo, side=PHOTO_SIDE, largest=PHOTO_BYTES)
    return replace(term, photo=photo)

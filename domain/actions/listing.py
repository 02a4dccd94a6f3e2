"""Bring rows into a list, all of them in one transaction: what is new is added, what differs is changed, the rest stays."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.frontline import records
from domain.frontline.records import Beside, R, Record, Recording
from domain.frontline.rights import check_keeps
from domain.frontline.sheets import K, Sheet
from domain.people import Person
from domain.rulebook import Rulebook
from domain.store import Store


@dataclass(frozen=True, slots=True)
class Listed:
    """What came of it."""

    new: int
    changed: int
    unchanged: int


def list_rows(
    store: Store, rules: Rulebook, sheet: Sheet[R], rows: Iterable[R], *,
    told: Collection[str], by: Person, now: datetime, dry_run: bool = False,
    besides: Mapping[tuple[object, ...], Beside] | None = None,
) -> Listed:  # fmt: skip
    """Bring rows in; a row with the key of one that stands there already is that row. ``told`` are the fields of which the
    rows speak: of a row that is there already, the others stay as they are. ``besides`` is what lies beside rows, by key.

    Raises:
        Refused: when one belongs to a place whose list the person does not keep; nothing is kept then.
    """
    counts = {"new": 0, "changed": 0, "unchanged": 0}
    with store.work() as work:
        work.records.alone(f"list:{sheet.name}")
        known = {key_of(sheet, row): row for row in work.records.those(sheet.kind)}
        for row in rows:
            check_keeps(by, sheet.name, sheet.place_of(row), rules.structure)
            before = known.get(key_of(sheet, row))
            said = {field: getattr(row, field) for field in told}
            beside = (besides or {}).get(key_of(sheet, row))
            same = before is not None and _says(before, said) and _is_beside(work, before, beside)
            what = "new" if before is None else "unchanged" if same else "changed"
            counts[what] += 1
            if dry_run or what == "unchanged":
                continue
            if before is None:
                kept = records.add(work, row, "listed", by=by, now=now, beside=beside)
            else:
                kept = records.change(work, before, "changed", by=by, now=now, **said)
                if beside:
                    work.records.keep_beside(kept, beside)
            known[key_of(sheet, row)] = kept
    return Listed(**counts)


def key_of(sheet: Sheet[K], row: K) -> tuple[object, ...]:
    """What names a row of a list."""
    return tuple(getattr(row, field) for field in sheet.key)


def _is_beside(work: Recording, row: Record, beside: Beside | None) -> bool:
    """Does this lie beside the row already? Nothing told is nothing new."""
    return beside is None or work.records.beside(row) == beside


def _says(row: Record, said: Mapping[str, object]) -> bool:
    return all(getattr(row, field) == value for field, value in said.items())

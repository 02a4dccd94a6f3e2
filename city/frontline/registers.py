"""What a city keeps of itself, brought in: departments and their links, leaders, Party organisations."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

from city.access import note_within
from city.opened import City
from domain.actions.listing import Listed, key_of
from domain.frontline.rights import check_keeps
from domain.frontline.sheets import Sheet
from domain.people import Person
from storage import registers
from storage.facts import bump_revision

register_rows = registers.rows_of


def keep_rows(
    city: City, sheet: Sheet[Any], rows: Iterable[Any], *, told: Collection[str], by: Person, dry_run: bool = False
) -> Listed:  # fmt: skip
    """Keep rows of a register, all of them in one transaction; opened programs see them at once. ``told`` are the fields of
    which the rows speak: of a row that is there already, the others stay as they are. What was done is noted in the log
    of the city's day.

    Raises:
        Refused: when one belongs to a place whose register the person does not keep; nothing is kept then.
    """
    counts = {"new": 0, "changed": 0, "unchanged": 0}
    with city.database.write() as connection:
        known = {key_of(sheet, row): row for row in register_rows(connection, sheet.kind)}
        for row in rows:
            check_keeps(by, sheet.name, sheet.place_of(row), city.ground.structure)
            before = known.get(key_of(sheet, row))
            after = row if before is None else replace(before, **{name: getattr(row, name) for name in told})
            what = _what(before, after)
            counts[what] += 1
            if what != "unchanged" and not dry_run:
                registers.keep_row(connection, after, city.ground.structure)
        if not dry_run and (counts["new"] or counts["changed"]):
            bump_revision(connection)
            note_within(
                connection,
                city,
                "brought_in",
                by=by,
                what=f"list {sheet.name}",
                new=counts["new"],
                changed=counts["changed"],
            )
    city.look_again()
    return Listed(**counts)


def _what(before: Any, after: Any) -> str:
    if before is None:
        return "unchanged" if getattr(after, "gone", False) else "new"
    return "unchanged" if before == after else "changed"

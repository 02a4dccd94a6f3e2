"""``make soak SOAK=edits``: draw at random on the demo city, check every edit strictly, take all of them back.

The grids that an edit touched, and those they lie in, are checked from the units' shapes after each edit; the whole
city after every hundredth.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random

import shapely

from benchmarks.table import machine, write_section
from city.settings import Settings
from demo.boundaries import read_boundaries
from domain.grids import Grid
from domain.plans.demands import touched_grids
from domain.plans.drafts import Change, Draft, households
from domain.plans.redrawing import redraw
from domain.said import Refused
from gis.strict import strict
from gis.units import UnitGround, UnitRow, build_units
from tests.random_edits import any_command

EDITS = 100_000
WHOLE = 100
"""The whole city is checked after so many edits."""


@dataclass
class Soaked:
    """What random edits came to."""

    edits: int = 0
    refused: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    same_bytes: bool = False
    drawing: float = 0.0
    checking: float = 0.0


def demo_units() -> list[UnitRow]:
    """The demo city's units as they are read."""
    return [
        UnitRow(
            u["unit"], u["kind"], u["compound"] or None, u["building"] or None, u["households"],
            shapely.to_wkb(u["shape"]),
        )
        for u in read_boundaries(Settings().data / "boundaries").units
    ]  # fmt: skip


def demo_ground() -> tuple[UnitGround, Draft]:
    """The demo city's units, and its plan as a draft over them."""
    read, ground = read_boundaries(Settings().data / "boundaries"), build_units(demo_units())
    grids = {grid.code: Grid(grid.code, grid.level, grid.name, grid.parent) for grid in read.grids}
    return ground, Draft(grids, dict(read.home_of))


def content(ground: UnitGround, draft: Draft) -> bytes:
    """Everything that is kept of a draft, as bytes: grids with their outlines and households, assignment, marks."""
    counts, outlines = households(ground.units, draft), ground.outlines(draft)
    grids = [(code, g.level, g.name, g.parent, counts[code], shapely.to_wkb(outlines[code])) for code, g in sorted(draft.grids.items())]  # fmt: skip
    marks = {kind: sorted(found.items()) for kind, found in sorted(draft.marks.items()) if found}
    return repr((grids, sorted(draft.home.items()), marks)).encode()


def soak(edits: int, seed: int = 1, say_every: int = 0) -> Soaked:
    """Make so many random edits, checking each; then take all of them back."""
    ground, start = demo_ground()
    found, random, draft, made = Soaked(), Random(seed), start, list[Change]()
    before, taken = content(ground, start), frozenset(start.grids)
    while found.edits < edits:
        command = any_command(random, ground.units, draft)
        began = time.process_time()
        try:
            change = redraw(ground.units, draft, command, taken)
            after = draft.after(change)
        except Refused:
            found.refused += 1
            continue
        finally:
            found.drawing += time.process_time() - began
        found.edits += 1
        found.kinds[type(command).__name__] += 1
        made.append(change)
        touched = [code for code in touched_grids(draft, after, change) if code in after.grids]
        whole = found.edits % WHOLE == 0 or found.edits == edits
        began = time.process_time()
        findings = strict(ground, after, None if whole else touched) if whole or touched else []
        found.checking += time.process_time() - began
        found.violations += [f"edit {found.edits}, {command}: {finding.words}" for finding in findings]
        draft = after
        if say_every and found.edits % say_every == 0:
            print(f"{found.edits:,} edits, {found.refused:,} refused, {len(found.violations)} violations, {len(draft.grids)} grids", flush=True)  # fmt: skip
    while made:
        draft = draft.after(made.pop().back)
    found.same_bytes = content(ground, draft) == before and draft.hash == start.hash
    return found


def main() -> None:
    """Soak; the number of edits is ``EDITS`` of the environment, the seed ``SEED``."""
    edits = int(os.environ.get("EDITS", EDITS))
    found = soak(edits, int(os.environ.get("SEED", 1)), say_every=max(1, edits // 20))
    each = 1000 * found.drawing / (found.edits + found.refused)
    print(
        f"{found.edits:,} edits and {found.refused:,} refused, {each:.2f} ms each; checked in "
        f"{found.checking:.0f} s; {dict(found.kinds)}"
    )
    for violation in found.violations[:20]:
        print(violation)
    back = "undoing all gives the same bytes" if found.same_bytes else "undoing all gives other bytes"
    print(back)
    write_section(
        "A hundred thousand random edits",
        f"`make soak SOAK=edits` on {machine()}: {found.edits:,} random edits of the demo city's plan, one upon another ({found.refused:,} "
        f"more were refused), {each:.2f} ms each. After each the grids it touched were checked strictly, after every {WHOLE}th the whole city "
        f"(area, outline, single parts, no interior ring, edges owned twice, counts): **{len(found.violations)} violations**; {back}.",
    )  # fmt: skip
    sys.exit(0 if found.same_bytes and not found.violations else 1)


if __name__ == "__main__":
    main()

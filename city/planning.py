"""Turn what a planner does on the map into commands: a lasso into units, a line into two sides – and foretell each.

A gesture never carries geometry that is kept: it only says which units are meant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from enum import StrEnum

from city.drafts import OpenDraft, compound_names
from city.opened import City
from domain.findings import Severity
from domain.grids import Level
from domain.place import LngLat
from domain.plans.bands import BANDS, Fit, fit
from domain.plans.commands import Command, MoveBorder, Split
from domain.plans.demands import NotDrawn, problems_of
from domain.plans.drafts import Change, Draft, households
from domain.plans.redrawing import redraw
from domain.plans.sides import Side, sides
from domain.said import Refused, Said, said
from gis.cutting import sides as sides_of_line
from gis.cutting import units_in
from gis.pointing import middle_of, unit_at
from storage import drafts


class Picks(StrEnum):
    """What a click or a lasso picks up."""

    UNIT = "unit"
    COMPOUND = "compound"
    GRID = "grid"


@dataclass(frozen=True, slots=True)
class Preview:
    """A command before it is made: both sides of it, and which units would change hands; or why it cannot be."""

    command: Command
    sides: tuple[Side, ...] = ()
    moving: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The units that would change hands, by the grid they would come to."""
    because: Said | None = None
    where: LngLat | None = None
    grids: tuple[str, ...] = ()

    @property
    def is_allowed(self) -> bool:
        return self.because is None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a draft to look at: an error keeps it from being published, a note is for reading."""

    severity: Severity
    words: Said
    grids: tuple[str, ...]
    where: LngLat | None


# --- what is meant --------------------------------------------------------------------------------------


def picked(opened: OpenDraft, level: Level, picks: Picks, units: Iterable[str]) -> frozenset[str]:
    """The units that are meant when these are touched: themselves, their compounds, or their grids of a level."""
    touched = frozenset(unit for unit in units if unit in opened.ground.units)
    if picks is Picks.COMPOUND:
        by_compound = opened.ground.units.by_compound
        compounds = {opened.ground.units[unit].compound for unit in touched}
        return frozenset().union(*(by_compound[c] for c in compounds if c))
    if picks is Picks.GRID:
        return frozenset().union(*(opened.draft.units_of(code) for code in grids_of(opened, level, touched)))
    return touched


def drawn_around(opened: OpenDraft, level: Level, picks: Picks, ring: Sequence[LngLat]) -> frozenset[str]:
    """The units that a lasso or a rectangle means.

    Raises:
        Refused: when the ring is none, or lies over nothing.
    """
    return picked(opened, level, picks, units_in(opened.ground, ring))


def grids_of(opened: OpenDraft, level: Level, units: Iterable[str]) -> tuple[str, ...]:
    """The grids of a level that units lie in, by code."""
    draft = opened.draft
    found = {draft.above(draft.home[unit], level) for unit in units if unit in draft.home}
    return tuple(sorted(code for code in found if code))


def grids_under(opened: OpenDraft, level: Level, line: Sequence[LngLat]) -> tuple[str, ...]:
    """The grid of a level that the middle of a line lies in; none outside the city."""
    unit = unit_at(opened.ground, middle_of(line))
    return grids_of(opened, level, [unit]) if unit else ()


def whole_grids(opened: OpenDraft, level: Level, units: Set[str]) -> tuple[str, ...]:
    """The grids of a level of which every unit is among these; none when something else is among them too."""
    grids = grids_of(opened, level, units)
    whole = [code for code in grids if opened.draft.units_of(code) <= units]
    return tuple(whole) if len(whole) == len(grids) else ()


def whole_compounds(opened: OpenDraft, units: Set[str]) -> tuple[str, ...]:
    """The compounds of which every unit is among these; none when a part of another is among them too."""
    ground = opened.ground.units
    compounds = {ground[unit].compound for unit in units} - {None}
    whole = [c for c in compounds if c and ground.by_compound[c] <= units]
    return tuple(sorted(whole)) if len(whole) == len(compounds) else ()


def neighbours(opened: OpenDraft, level: Level, units: Set[str]) -> tuple[str, ...]:
    """The grids of a level that units touch from outside, the longest shared border first."""
    metres: Counter[str] = Counter()
    draft = opened.draft
    for unit in units:
        for near, border in opened.ground.units.borders[unit].items():
            code = draft.above(draft.home.get(near, ""), level) if near not in units else None
            if code:
                metres[code] += round(border.metres * 100)
    return tuple(code for code, _ in sorted(metres.items(), key=lambda pair: (-pair[1], pair[0])))


# --- lines ----------------------------------------------------------------------------------------------


def split_by(opened: OpenDraft, grid: str, line: Sequence[LngLat], name: str) -> Split:
    """Split a grid by a drawn line: the side with fewer households becomes the new grid.

    A large grid is split between the grids below it, compounds staying whole: each goes to the side where most of it lies.

    Raises:
        Refused: when the line does not cut the grid in two.
    """
    left, right = _sided(opened, grid, line)
    fewer, more = sorted((left, right), key=lambda side: (_weight(opened, side), sorted(side)))
    apart = _parts(opened, grid, fewer, more)
    if not apart:
        raise Refused(said("All compounds of this grid lie on one side of the line."))
    return Split(grid, apart, name)


def border_by(opened: OpenDraft, one: str, two: str, line: Sequence[LngLat]) -> MoveBorder:
    """Move the border between two grids to a drawn line, the way that leaves most of their ground where it is.

    Raises:
        Refused: when the line does not cut their common ground in two.
    """
    draft = opened.draft
    mine, theirs = draft.units_of(one), draft.units_of(two)
    left, right = sides_of_line(opened.ground, mine | theirs, line)
    area = opened.ground.units.area
    stays = area((left & mine) | (right & theirs)) - area((right & mine) | (left & theirs))
    ones, others = (left, right) if stays >= 0 else (right, left)
    if draft.grids[one].level is draft.smallest:
        return MoveBorder(one, two, tuple(sorted(ones)))
    below = (*draft.children.get(one, ()), *draft.children.get(two, ()))
    return MoveBorder(one, two, _below(opened, below, ones, others))


def _sided(opened: OpenDraft, grid: str, line: Sequence[LngLat]) -> tuple[frozenset[str], frozenset[str]]:
    return sides_of_line(opened.ground, opened.draft.units_of(grid), line)


def _parts(opened: OpenDraft, grid: str, side: Set[str], other: Set[str]) -> tuple[str, ...]:
    draft = opened.draft
    if draft.grids[grid].level is draft.smallest:
        return tuple(sorted(side))
    return _below(opened, draft.children.get(grid, ()), side, other)


def _below(opened: OpenDraft, below: Iterable[str], side: Set[str], other: Set[str]) -> tuple[str, ...]:
    """The grids below that go to a side: what shares a compound goes together."""
    draft, ground = opened.draft, opened.ground.units
    bundles: dict[str, set[str]] = {}
    bundle_of: dict[str, str] = {}
    for code in below:
        compounds = sorted({c for unit in draft.units_of(code) if (c := ground[unit].compound)})
        key = next((bundle_of[c] for c in compounds if c in bundle_of), code)
        bundles.setdefault(key, set()).add(code)
        bundle_of |= dict.fromkeys(compounds, key)
    return tuple(
        sorted(
            code
            for codes in bundles.values()
            if _lies_more(opened, frozenset().union(*(draft.units_of(c) for c in codes)), side, other)
            for code in codes
        )
    )


def _lies_more(opened: OpenDraft, units: Set[str], side: Set[str], other: Set[str]) -> bool:
    here, there = _weight(opened, units & side), _weight(opened, units & other)
    return here > there


def _weight(opened: OpenDraft, units: Iterable[str]) -> tuple[int, float]:
    """Households first; where nobody lives, the ground itself."""
    codes = list(units)
    return opened.ground.units.households(codes), opened.ground.units.area(codes)


# --- foretelling ----------------------------------------------------------------------------------------


def preview(city: City, opened: OpenDraft, command: Command) -> Preview:
    """What a command would do to the draft as it stands."""
    units = opened.ground.units
    with city.database.read() as connection:
        taken = drafts.codes_taken(connection, opened.plan.id)
    try:
        change = redraw(units, opened.draft, command, taken, compound_names(city))
    except NotDrawn as refused:
        return Preview(command, because=refused.because, where=refused.where, grids=refused.grids)
    except Refused as refused:
        return Preview(command, because=refused.because)
    return Preview(command, sides(units, opened.draft, change), _moving(change))


def _moving(change: Change) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for unit, (_, to) in sorted(change.home.items()):
        found[to or ""] = (*found.get(to or "", ()), unit)
    return found


def problems(city: City, opened: OpenDraft) -> list[Problem]:
    """Everything to look at in a draft: first what keeps it from being published, then what lies outside a band."""
    errors = [
        Problem(Severity.ERROR, p.because, p.grids, p.where)
        for p in problems_of(opened.ground.units, opened.draft, compound_names(city))
    ]
    return errors + list(_out_of_band(opened))


def _out_of_band(opened: OpenDraft) -> Iterable[Problem]:
    counted = households(opened.ground.units, opened.draft)
    if not any(counted.values()):
        return
    outside = [
        (abs(_beyond(counted[code], grid.level)), code)
        for code, grid in opened.draft.grids.items()
        if fit(counted[code], grid.level) not in {Fit.INSIDE, Fit.NONE}
    ]
    for _, code in sorted(outside, key=lambda pair: (-pair[0], pair[1])):
        grid = opened.draft.grids[code]
        least, most = BANDS[grid.level]
        words = said(
            "{grid}: {n} households, the band is {least}–{most}.",
            grid=grid.name, n=counted[code], least=least, most=most,
        )  # fmt: skip
        yield Problem(Severity.NOTE, words, (code,), _middle(opened, code))


def _beyond(count: int, level: Level) -> float:
    """How far outside the band, as a share of its nearer end."""
    least, most = BANDS[level]
    return (count - least) / least if count < least else (count - most) / most


def _middle(opened: OpenDraft, code: str) -> LngLat | None:
    """A place in a grid: in its largest unit."""
    units = opened.ground.units
    largest = max(opened.draft.units_of(code), key=lambda u: (units[u].area, u), default=None)
    return units[largest].at if largest else None


def changes_since(before: Draft, after: Draft) -> frozenset[str]:
    """The units that lie in another grid than before, a mere new code left out."""
    lineage = after.mark("lineage")
    return frozenset(
        unit
        for unit, grid in after.home.items()
        if before.home.get(unit) != grid and list(lineage.get(grid, ())) != [before.home.get(unit)]
    )

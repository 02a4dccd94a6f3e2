"""What can be done with what is selected on the planner's table: each action says when it fits and asks what it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import streamlit as st

from city import planning
from domain.grids import Level
from domain.plans.bands import Fit, fit
from domain.plans.commands import (
    AllowSplit,
    Command,
    ForbidSplit,
    Lock,
    Merge,
    MoveCompounds,
    MoveGrid,
    MoveUnits,
    NewGrid,
    Rename,
    Retire,
    Unlock,
)
from domain.said import Refused, Said, said
from views.plain import plain
from views.worktable import Worktable

MARK = {
    Fit.FAR_BELOW: "▼▼", Fit.BELOW: "▼", Fit.INSIDE: "●", Fit.ABOVE: "▲", Fit.FAR_ABOVE: "▲▲", Fit.NONE: "",
}  # fmt: skip
"""How households lie to the band: a shape beside every number."""

SHOWN_NEAR = 40
"""Neighbours offered as a target."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do: its name in the log's words, its title, when it fits, and the form that makes the command."""

    name: str
    title: Said
    fits: Callable[[Worktable], bool]
    form: Callable[[Worktable], Command | None]


# --- when it fits ---------------------------------------------------------------------------------------


def _some_units(table: Worktable) -> bool:
    return bool(table.selected) and table.level is table.opened.draft.smallest


def _some_parts(table: Worktable) -> bool:
    return bool(table.selected and _parts(table))


def _parts(table: Worktable) -> tuple[str, ...]:
    """What a grid of this level is made of, as it is selected: units, or whole grids of the level below."""
    if table.level is table.opened.draft.smallest:
        return tuple(sorted(table.selected))
    return planning.whole_grids(table.opened, Level(table.level + 1), table.selected)


def _one_grid(table: Worktable) -> bool:
    return len(table.grids) == 1


def _one_grid_with_parent(table: Worktable) -> bool:
    return _one_grid(table) and table.level > min(g.level for g in table.opened.draft.grids.values())


def _one_line(table: Worktable) -> bool:
    return bool(table.line) and len(_under_line(table)) == 1


def _line_and_two(table: Worktable) -> bool:
    return bool(table.line) and len(_under_line(table)) == 2


def _some_compounds(table: Worktable) -> bool:
    return bool(table.compounds) and table.opened.draft.smallest > Level.COMPOUND


def _one_compound(table: Worktable, *, split: bool) -> bool:
    return len(table.compounds) == 1 and (table.compounds[0] in table.opened.draft.mark("split")) is split


def _under_line(table: Worktable) -> tuple[str, ...]:
    """The grids that a line is about: those selected, else the one its middle lies in."""
    if table.grids:
        return tuple(grid.code for grid in table.grids)
    return planning.grids_under(table.opened, table.level, table.line)


# --- what it asks ---------------------------------------------------------------------------------------


def _move_units(table: Worktable) -> Command | None:
    to = _target(table, table.level)
    return MoveUnits(tuple(sorted(table.selected)), to) if to else None


def _move_compounds(table: Worktable) -> Command | None:
    # A compound goes with the building grids in it, and these with the streets around it.
    leaves = planning.grids_of(table.opened, table.opened.draft.smallest, table.selected)
    ground = frozenset().union(*(table.opened.draft.units_of(leaf) for leaf in leaves))
    to = _target(table, Level.COMPOUND, ground)
    return MoveCompounds(table.compounds, to) if to else None


def _move_grid(table: Worktable) -> Command | None:
    grid = table.grids[0]
    to = _target(table, Level(grid.level - 1))
    return MoveGrid(grid.code, to) if to else None


def _merge(table: Worktable) -> Command | None:
    into = _target(table, table.level)
    return Merge(table.grids[0].code, into) if into else None


def _split(table: Worktable) -> Command | None:
    code = _under_line(table)[0]
    name = _name(table, table.visit.say("{name}, part two", name=table.name(code)))
    return _or_told(table, lambda: planning.split_by(table.opened, code, table.line, name))


def _move_border(table: Worktable) -> Command | None:
    one, two = _under_line(table)
    return _or_told(table, lambda: planning.border_by(table.opened, one, two, table.line))


def _new_grid(table: Worktable) -> Command | None:
    draft = table.opened.draft
    losing = planning.grids_of(table.opened, table.level, table.selected)
    parent = _parent(table, sorted({draft.grids[code].parent or "" for code in losing}))
    if parent is None:
        return None
    name = _name(table, table.visit.say("{name}, part two", name=table.name(losing[0])))
    return NewGrid(parent, _parts(table), name)


def _parent(table: Worktable, above: list[str]) -> str | None:
    """What a new grid lies under: what all whose ground it takes lie under, else one of these."""
    if len(above) == 1:
        return above[0]
    structure = table.visit.city.ground.structure
    return st.selectbox(
        table.visit.say("Under which grid?"), above, index=None, key=f"table-parent-{table.action}",
        format_func=lambda code: structure.name(code) if code in structure.streets else table.name(code),
        placeholder=table.visit.say("Please choose"),
    )  # fmt: skip


def _rename(table: Worktable) -> Command | None:
    grid = table.grids[0]
    name = _name(table, grid.name)
    if name == grid.name:
        st.caption(table.visit.say("Write the new name and press Enter."))
        return None
    return Rename(grid.code, name)


def _retire(table: Worktable) -> Command | None:
    return Retire(table.grids[0].code)


def _lock(table: Worktable) -> Command | None:
    return Lock(table.grids[0].code if table.grids else min(table.selected))


def _unlock(table: Worktable) -> Command | None:
    return Unlock(table.grids[0].code if table.grids else min(table.selected))


def _allow_split(table: Worktable) -> Command | None:
    reason = st.text_input(table.visit.say("Reason"), key="table-reason", max_chars=200)
    return AllowSplit(table.compounds[0], reason) if reason.strip() else None


def _forbid_split(table: Worktable) -> Command | None:
    return ForbidSplit(table.compounds[0])


def _lockable(table: Worktable) -> str | None:
    if _one_grid(table):
        return table.grids[0].code
    return next(iter(table.selected)) if len(table.selected) == 1 else None


def _can_lock(table: Worktable) -> bool:
    code = _lockable(table)
    return code is not None and code not in table.opened.draft.mark("locks")


def _can_unlock(table: Worktable) -> bool:
    code = _lockable(table)
    return code is not None and code in table.opened.draft.mark("locks")


ACTIONS: tuple[Action, ...] = (
    Action("split", said("Split along the line"), _one_line, _split),
    Action("move_border", said("Move the border to the line"), _line_and_two, _move_border),
    Action("move_units", said("Move to another grid"), _some_units, _move_units),
    Action("move_compounds", said("Move whole compounds"), _some_compounds, _move_compounds),
    Action("move_grid", said("Move under another grid"), _one_grid_with_parent, _move_grid),
    Action("merge", said("Merge into another grid"), _one_grid, _merge),
    Action("new_grid", said("Make a new grid of it"), _some_parts, _new_grid),
    Action("rename", said("Rename"), _one_grid, _rename),
    Action("retire", said("Retire the grid"), _one_grid, _retire),
    Action("lock", said("Lock"), _can_lock, _lock),
    Action("unlock", said("Unlock"), _can_unlock, _unlock),
    Action("allow_split", said("Allow this compound to be split"), lambda t: _one_compound(t, split=False), _allow_split),
    Action("forbid_split", said("Keep this compound whole again"), lambda t: _one_compound(t, split=True), _forbid_split),
)  # fmt: skip
"""In the order in which they are offered; the first that fits is the likeliest."""

ACTION = {action.name: action for action in ACTIONS}


def fitting(table: Worktable) -> Iterable[Action]:
    """What can be done with what is selected."""
    return (action for action in ACTIONS if action.fits(table)) if table.selected or table.line else ()


def grid_label(table: Worktable, code: str) -> str:
    """A grid with its households and how they lie to the band."""
    count = table.counted.get(code)
    mark = MARK[fit(count, table.opened.draft.grids[code].level)] if count is not None else ""
    return f"{table.name(code)} · {count} {mark}".rstrip() if count else table.name(code)


def _target(table: Worktable, level: Level, ground: frozenset[str] | None = None) -> str | None:
    """A grid of a level that what is selected touches, the longest shared border first."""
    say, opened = table.visit.say, table.opened
    moving = table.selected if ground is None else ground
    here = set(planning.grids_of(opened, level, moving))
    near = [c for c in planning.neighbours(opened, level, moving) if c not in here or len(here) > 1]
    if not near:
        st.caption(say("What is selected touches no other grid of this level."))
        return None
    return st.selectbox(
        say("To which grid?"), near[:SHOWN_NEAR], index=None, format_func=lambda code: grid_label(table, code),
        key=f"table-target-{table.action}", placeholder=say("Please choose"),
    )  # fmt: skip


def _name(table: Worktable, suggested: str) -> str:
    # Another grid has another suggestion, and a box of its own: no name stays behind.
    key = f"table-name-{table.action}-{suggested}"
    return st.text_input(table.visit.say("Name of the grid"), value=suggested, key=key, max_chars=60)


def _or_told(table: Worktable, make: Callable[[], Command]) -> Command | None:
    """The command, or the reason why the line makes none."""
    try:
        return make()
    except Refused as refused:
        st.warning(plain(table.visit.say.of(refused.because)))
        return None

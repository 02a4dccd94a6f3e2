"""What lies on the planner's table: the plan in view, the level drawn on, what is selected, the command that waits."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAPIException

from city import drafts, planning
from city.drafts import OpenDraft
from city.planning import Preview, Problem
from domain.actions.plans import AlreadyDrawn
from domain.grids import Grid, Level
from domain.place import LngLat
from domain.plans.commands import Command
from domain.plans.demands import NotDrawn
from domain.plans.drafts import households
from domain.plans.life import STEPS, UNDER_WAY, refusal_to_draw
from domain.said import Refused, Said, Stale
from views.plain import plain
from views.visit import SHOWN_FOR, Visit

DEFAULTS: dict[str, Any] = {
    "selected": frozenset(), "line": (), "level": None, "focus": None, "waiting": None,
    "action": None, "told": None,
}  # fmt: skip

CONFIRMS = ("apply", *(f"sent-{step.name}" for step in STEPS))
"""Buttons that say yes to what stands on the table."""


def as_confirmed(visit: Visit, plan_id: int) -> OpenDraft:
    """The plan as it is now; while somebody says yes to what they saw of it, as they saw it.

    What another drew in between then makes the yes one that came second, instead of one to something never seen.
    """
    seen: OpenDraft | None = st.session_state.get("table-seen")
    is_confirmed = any(st.session_state.get(button) for button in CONFIRMS)
    if not (is_confirmed and seen and seen.plan.id == plan_id):
        seen = st.session_state["table-seen"] = drafts.open_draft(visit.city, plan_id)
    return seen


def lay_anew() -> None:
    """Show the table again as it is now: by itself, or with the whole page where the whole page is being shown."""
    try:
        st.rerun(scope="fragment")
    except StreamlitAPIException:
        st.rerun()


@dataclass
class Worktable:
    """One plan on one person's table. What is picked up is kept for each plan by itself, as long as the page is open."""

    visit: Visit
    opened: OpenDraft
    preview: Preview | None = None
    """What the drawing that is being considered would do."""

    # --- what is kept ---------------------------------------------------------------------------------

    def _get(self, name: str) -> Any:
        return st.session_state.get(f"table-{self.opened.plan.id}-{name}", DEFAULTS[name])

    def _set(self, name: str, value: Any) -> None:
        st.session_state[f"table-{self.opened.plan.id}-{name}"] = value

    @property
    def level(self) -> Level:
        """The level that is drawn on: the smallest, unless another was chosen."""
        chosen: Level | None = self._get("level")
        return chosen or self.opened.draft.smallest

    @property
    def selected(self) -> frozenset[str]:
        """The units selected, those that are still there."""
        kept: frozenset[str] = self._get("selected")
        return kept & self.opened.draft.home.keys()

    @property
    def line(self) -> tuple[LngLat, ...]:
        """The line drawn last."""
        line: tuple[LngLat, ...] = self._get("line")
        return line

    @property
    def shown(self) -> dict[str, Any]:
        """What the map is told to show."""
        focus: dict[str, Any] | None = self._get("focus")
        moves = self.preview.moving if self.preview and self.preview.is_allowed else {}
        return {
            "plan": self.opened.plan.id,
            "version": self.opened.plan.version,
            "level": int(self.level),
            "selected": sorted(self.selected),
            "preview": [{"to": to, "units": list(units)} for to, units in moves.items()],
            "after": self._households_after(),
            "drawn": [[point.lng, point.lat] for point in self.line] or None,
            "focus": focus,
        }

    def _households_after(self) -> dict[str, int]:
        """What the grids that a drawing touches would have; what only gets another code keeps what it has."""
        sides = self.preview.sides if self.preview and self.preview.is_allowed else ()
        return {side.was or side.code: side.after.households for side in sides if side.after}

    @property
    def action(self) -> str | None:
        """What is about to be done with the selection."""
        name: str | None = self._get("action")
        return name

    @property
    def waiting(self) -> tuple[Command, int] | None:
        """A command that came second: somebody else had drawn first; with the version it was made on."""
        kept: tuple[Command, int] | None = self._get("waiting")
        return kept

    # --- what follows from it -------------------------------------------------------------------------

    @cached_property
    def may_draw(self) -> bool:
        """May this person draw on this plan as it is?"""
        return (
            refusal_to_draw(self.visit.person) is None
            and self.opened.plan.is_draft
            and not self.opened.is_stale
        )

    @property
    def is_stopped(self) -> bool:
        """Was it drawn on units that are no longer the city's, so that it goes no further?"""
        return self.opened.is_stale and self.opened.plan.state in UNDER_WAY

    @cached_property
    def counted(self) -> dict[str, int]:
        """The households of every grid."""
        return households(self.opened.ground.units, self.opened.draft)

    @cached_property
    def has_households(self) -> bool:
        """Does the city know how many households it has?"""
        return any(unit.households for unit in self.opened.ground.units.by_code.values())

    @cached_property
    def has_compounds(self) -> bool:
        """Does the city have compounds, and buildings in them?"""
        return bool(self.opened.ground.units.by_compound)

    @cached_property
    def grids(self) -> tuple[Grid, ...]:
        """The grids of the level that are selected whole, and nothing else with them."""
        codes = planning.whole_grids(self.opened, self.level, self.selected) if self.selected else ()
        return tuple(self.opened.draft.grids[code] for code in codes)

    @cached_property
    def compounds(self) -> tuple[str, ...]:
        """The compounds that are selected whole, and no part of another with them."""
        return planning.whole_compounds(self.opened, self.selected) if self.selected else ()

    @cached_property
    def problems(self) -> list[Problem]:
        """What there is to look at in this version of the plan, by the households of today; found once for each."""
        key = (self.opened.plan.id, self.opened.plan.version, self.opened.ground.units.hash)
        kept = st.session_state.get("table-problems")
        if kept is None or kept[0] != key:
            kept = st.session_state["table-problems"] = (key, planning.problems(self.visit.city, self.opened))
        found: list[Problem] = kept[1]
        return found

    def name(self, code: str) -> str:
        """What a grid is called in this plan."""
        grid = self.opened.draft.grids.get(code)
        return grid.name if grid else code

    # --- what a person does ---------------------------------------------------------------------------

    def draw_on(self, level: Level) -> None:
        """Draw on another level; what is selected stays."""
        self._set("level", level)
        self._set("action", None)

    def select(self, units: Iterable[str], *, add: bool = False) -> None:
        """Select units; with ``add`` they join what is selected, or leave it when all of them are there."""
        found = frozenset(units)
        if add:
            found = self.selected - found if found <= self.selected else self.selected | found
        self._set("selected", found)
        self._set("line", ())
        self._set("action", None)

    def draw_line(self, line: Iterable[LngLat]) -> None:
        """Lay down a line: to split a grid, or to move a border."""
        self._set("line", tuple(line))
        self._set("action", None)

    def refuse(self, because: Said) -> None:
        """Say why what was drawn means nothing."""
        self._tell(self.visit.say.of(because))

    def choose(self, action: str | None) -> None:
        """Say what is to be done with the selection."""
        self._set("action", action)

    def clear(self) -> None:
        """Put everything down."""
        for name in ("selected", "line", "action", "focus"):
            self._set(name, DEFAULTS[name])

    def look_at(self, place: LngLat | None, grids: Iterable[str] = ()) -> None:
        """Look at a place, its grids selected."""
        draft = self.opened.draft
        known = [code for code in grids if code in draft.grids]
        if known:
            self._set("level", draft.grids[known[0]].level)
            self.select(frozenset().union(*(draft.units_of(code) for code in known)))
        self._look(place if len(known) != 1 else None, known[0] if known else None)

    def make(self, command: Command) -> None:
        """Make a drawing on the version that was in view."""
        version = self.opened.plan.version
        self._attempt(
            lambda: drafts.edit(
                self.visit.city, self.opened.plan.id, command, version=version, by=self.visit.person
            ),
            (command, version),
        )

    def undo(self) -> None:
        """Take the latest drawing back."""
        self._attempt(
            lambda: drafts.undo(
                self.visit.city, self.opened.plan.id, version=self.opened.plan.version, by=self.visit.person
            )
        )

    def redo(self) -> None:
        """Make it again."""
        self._attempt(
            lambda: drafts.redo(
                self.visit.city, self.opened.plan.id, version=self.opened.plan.version, by=self.visit.person
            )
        )

    def keep_mine(self) -> None:
        """Make a drawing that came second on what the plan is now."""
        if waiting := self.waiting:
            self._set("waiting", None)
            self.make(waiting[0])

    def take_theirs(self) -> None:
        """Let a drawing that came second go."""
        self._set("waiting", None)

    def _attempt(self, act: Callable[[], OpenDraft], waits: tuple[Command, int] | None = None) -> None:
        say = self.visit.say
        try:
            act()
        except AlreadyDrawn as again:
            self._tell(say.of(again.because))
        except Stale as stale:
            self._set("waiting", waits)
            self._tell(say.of(stale.because))
        except NotDrawn as refused:
            self._look(refused.where)
            self._tell(say.of(refused.because))
        except Refused as refused:
            self._tell(say.of(refused.because))
        else:
            self.clear()
            self._set("told", None)

    def _look(self, place: LngLat | None, grid: str | None = None) -> None:
        """Go to a place, or else to a grid; each look is another one, also at the same place."""
        at = [place.lng, place.lat] if place else None
        known = {"at": at, "grid": grid} if at or grid else None
        self._set("focus", known and {"n": time.monotonic_ns() // 1_000, **known})

    def _tell(self, text: str) -> None:
        self._set("told", (text, time.monotonic()))

    def show_told(self) -> None:
        """Show why the last drawing was not made, for a few seconds."""
        text, at = self._get("told") or ("", float("-inf"))
        if time.monotonic() - at < SHOWN_FOR:
            st.error(plain(text))

"""One visit of one person: who they are, in which language, what they look at; the address holds the state."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from city.desk import first_focus
from city.filters import NAMES, Filters, filters_for, query_of
from city.opened import City, here
from city.signed_in import COOKIE, person_of
from city.walls import COOKIE as WALL_COOKIE
from city.walls import wall_of
from city.weights import Colouring, colouring_named
from city.words import Words, choose, speak
from domain.grids import CITY, Grid, Level
from domain.people import Person

SHOWN_FOR = 8.0
"""Seconds for which a page says what was done."""


@dataclass(frozen=True, slots=True)
class Focus:
    """What the map shows: a level, the unit whose grids stand out, the grid selected, where to look next."""

    level: Level
    within: str | None = None
    selected: str | None = None
    fit: str | None = "city"


@dataclass(frozen=True, slots=True)
class Told:
    """What a page says once, and since when; ``done`` where something was."""

    text: str
    at: float
    done: bool = True


@dataclass(frozen=True)
class Visit:
    """A person's visit to a city."""

    city: City
    person: Person
    say: Words

    def tell(self, text: str) -> None:
        """Say that something was done, on the page as it is shown next."""
        st.session_state["told"] = Told(text, time.monotonic())

    def warn(self, text: str) -> None:
        """Say that nothing was done, and why, on the page as it is shown next."""
        st.session_state["told"] = Told(text, time.monotonic(), done=False)

    def show_told(self) -> bool:
        """Show what was said last, for a few seconds: a refresh in between takes it from nobody's eyes."""
        told: Told | None = st.session_state.get("told")
        if told is None or time.monotonic() - told.at >= SHOWN_FOR:
            return False
        show = st.success if told.done else st.warning
        show(told.text)
        return True

    def unit_name(self, code: str) -> str:
        """What people call a unit, in this person's language."""
        return self.say("the city office") if code == CITY else self.city.ground.structure.name(code)

    @property
    def focus(self) -> Focus:
        focus: Focus = st.session_state["focus"]
        return focus

    @property
    def measure(self) -> Colouring:
        """What the map is coloured by, as the address says."""
        return colouring_named(self.city, self.person, st.query_params.get("measure"))

    def colour_by(self, measure: Colouring) -> None:
        """Colour the map by another measure; the one it begins with needs no word in the address."""
        first = measure is self.city.measure()
        self._address(("measure",), {} if first else {"measure": measure.value})

    @property
    def filters(self) -> Filters:
        """Which tickets are listed: as the address says, and the text looked for that no address may hold."""
        text, effort = st.session_state.get("looked-for", ""), st.session_state.get("looked-further", 1)
        return filters_for(self.city, self.person, st.query_params, text, effort)

    def filter(self, filters: Filters) -> None:
        """List other tickets."""
        st.session_state["looked-for"], st.session_state["looked-further"] = filters.text, filters.effort
        self._address(NAMES, query_of(filters))

    @property
    def as_table(self) -> bool:
        """Is the map shown as the table of its numbers?"""
        return st.query_params.get("as") == "table"

    def show_as(self, table: bool) -> None:
        """Show the map, or its numbers as a table."""
        self._address(("as",), {"as": "table"} if table else {})

    def look(self, focus: Focus) -> None:
        """Change what the map shows, and the address with it; another place's tickets are read from the first page."""
        st.session_state["focus"] = focus
        self._address(("level", "grid", "within", "page"), self.address_of(focus))

    def _address(self, names: Iterable[str], values: Mapping[str, str]) -> None:
        kept = {name: value for name, value in st.query_params.items() if name not in names}
        st.session_state["desk"] = kept | dict(values)
        st.query_params.from_dict(st.session_state["desk"])

    def address_of(self, focus: Focus) -> dict[str, str]:
        """What the map shows, as the address holds it."""
        return (
            {"level": str(int(focus.level))}
            | ({"grid": focus.selected} if focus.selected else {})
            | ({"within": focus.within} if focus.within else {})
        )

    def select(self, grid: Grid, fit: bool = False) -> None:
        """Select a grid on its own level; its siblings stand out when the person had drilled down to them."""
        focus = self.focus
        within = focus.within if focus.level is grid.level else None
        if focus.level is not grid.level and grid.level > min(self.city.ground.structure.levels):
            within = grid.parent
        self.look(Focus(grid.level, within, grid.code, (within or grid.code) if fit else None))

    def point_at(self, grid: Grid) -> None:
        """Select the grid that was clicked. Where it stands in for too many below it, the level that was chosen stays, and
        comes in as the person looks closer."""
        focus = self.focus
        if grid.level < focus.level and focus.level in self.city.ground.tiled:
            self.look(Focus(focus.level, focus.within, grid.code, None))
        else:
            self.select(grid)

    def drill(self, grid: Grid) -> None:
        """Go into a grid: its children, one level down."""
        children = self.city.ground.structure.children(grid.code)
        if children:
            self.look(Focus(children[0].level, grid.code, None, grid.code))

    def show_level(self, level: Level) -> None:
        """Show all grids of a level."""
        structure = self.city.ground.structure
        selected = self.focus.selected
        above = (
            next(
                (
                    c
                    for c in structure.chain(selected)
                    if c in structure.grids and structure.grids[c].level is level
                ),
                None,
            )
            if selected
            else None
        )
        self.look(Focus(level, None, above, "city" if above is None else above))

    def up(self) -> None:
        """One step up: let go of the selection, then of the unit drilled into."""
        focus, structure = self.focus, self.city.ground.structure
        if focus.selected:
            self.look(replace(focus, selected=None, fit=None))
        elif focus.within and focus.within in structure.grids:
            grid = structure.grids[focus.within]
            above = grid.parent if grid.parent in structure.grids else None
            self.look(Focus(grid.level, above, grid.code, above or "city"))
        else:
            self.look(Focus(focus.level, None, None, "city"))

    def path(self) -> list[Grid | str]:
        """The breadcrumb: city, street, and the grids down to what is selected."""
        structure = self.city.ground.structure
        code = self.focus.selected or self.focus.within
        if not code:
            return [CITY]
        chain = reversed(structure.chain(code))
        return [structure.grids.get(c, c) for c in chain]


def visit() -> Visit | None:
    """The visit behind this run of the page, or None when nobody is signed in (any more)."""
    city = here()
    context: Any = st.context
    person = person_of(city, context.cookies.get(COOKIE)) or wall_of(city, context.cookies.get(WALL_COOKIE))
    if person is None:
        return None
    current = Visit(city, person, language())
    if not city.ground.is_empty:
        _follow_address(current)
    return current


def language() -> Words:
    """The words of the language that this browser asks for."""
    context: Any = st.context
    accepts = context.headers.get("accept-language", "")
    return speak(choose(st.query_params.get("lang"), context.cookies, accepts, here().settings.lang))


def _follow_address(visit: Visit) -> None:
    """Show what the address says: at first, and when the browser went back to a former one."""
    elsewhere = st.query_params.keys() & {"view", "ticket"}
    if "focus" in st.session_state and elsewhere:
        return
    said = _focus_from_address(visit)
    shown: Focus | None = st.session_state.get("focus")
    if shown is None or visit.address_of(shown) != visit.address_of(said):
        st.session_state["focus"] = said


def _focus_from_address(visit: Visit) -> Focus:
    structure = visit.city.ground.structure
    level, within, selected = first_focus(visit.city, visit.person)
    assert level is not None
    params = st.query_params
    asked = structure.grids.get(structure.today(params.get("grid", "")))
    within_asked = structure.today(params.get("within", ""))
    if asked:
        inside = within_asked if within_asked in structure.grids else None
        level = asked.level
        if (chosen := params.get("level")) and chosen in {
            str(int(tiled)) for tiled in visit.city.ground.tiled
        }:
            level = max(level, Level(int(chosen)))
        return Focus(level, inside, asked.code, inside or asked.parent or "city")
    if within_asked in structure.grids:
        children = structure.children(within_asked)
        if children:
            return Focus(children[0].level, within_asked, None, within_asked)
    if params.get("level") in {str(int(known)) for known in structure.levels}:
        return Focus(Level(int(params["level"])))
    return Focus(level, within, selected, within or selected or "city")

"""Leader page and desk: the map with its levels on the left, the panel on the right, both following a click."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from city import assets, desk, tiles
from city.desk_figures import boxes
from city.weights import colourings, title_of
from domain.grids import CITY, Grid, Level
from domain.titles import LEVEL
from gis.coding import Coded
from gis.view import MapView
from views.anew import BAR, DESK, KPIS, LOOKS, and_draw, draw_next
from views.asking import INTO, TO, way_html
from views.away import unless_away
from views.cards import offer_moves
from views.component import grid_map
from views.forgetting import forget_gone
from views.grid_table import show_grid_table
from views.keys import listen
from views.measures import measure_views, measure_words
from views.panel import show_unit
from views.past import day_asked, show_day_input, show_past
from views.plain import plain
from views.raising import show_raise
from views.ticket_list import offer_filters, show_tickets
from views.visit import Focus, Visit

AT_ONCE_TIMES = 6
"""A map draws so many times as many grids at once as are sent at once."""


def show_desk(visit: Visit) -> None:
    """The whole page; the map is sent first, for it has the longest way to the screen."""
    above = st.container()
    _map_and_panel(visit)
    offer_moves(visit, partial(_go, visit))
    with above:
        _kpis(visit)
    st.session_state["desk"] = st.query_params.to_dict()
    listen(visit)


def show_empty(visit: Visit) -> None:
    """A city without grids: what to do next."""
    st.info(
        visit.say(
            "This city has no grids yet. Bring its boundaries in with: redgrid import boundaries FILE --level 1 …"
        )
    )


def _kpis(visit: Visit) -> None:
    # Drawn again after a move; meanwhile the page's script asks for them (``views/desk.js``), which costs a tenth.
    @st.fragment(key=KPIS)
    @unless_away
    def kpis() -> None:
        st.html(_kpis_html(visit))

    with st.container(key="kpis"):
        kpis()


def _kpis_html(visit: Visit) -> str:
    cells = "".join(
        f'<div class="rg-kpi {box.kind}"><span>{box.name}</span><strong>{box.value}</strong><small>{box.more}</small></div>'
        for box in boxes(visit.city, visit.person, visit.say)
    )
    return f'<div class="rg-kpis">{cells}</div>'


def _map_and_panel(visit: Visit) -> None:
    """The map on the left with its bar above it, the panel on the right. A click draws the map, the way to what is selected,
    the unit and its tickets; the bar and the filters, which most clicks leave as they are, are parts of their own."""
    left, right = st.columns([13, 8], gap="medium")
    with right, st.container(key="panel"):
        unit = st.container()
        with st.container(key="tickets"):
            filters, tickets = st.container(key="filters"), st.container()
    with left:
        _bar(visit)
        with st.container(key="over-map", horizontal=True, gap="small", vertical_alignment="center"):
            way = st.container(key="way", width="content").container(key="breadcrumb")
            _looks(visit)

        @st.fragment(key=DESK)
        @unless_away
        def map_and_panel() -> None:
            forget_gone()
            _map_or_what_stands_for_it(visit)
            with way:
                st.html(_breadcrumb_html(visit))
            with unit:
                visit.show_told()
                show_raise(visit)
                show_unit(visit)
            with tickets:
                show_tickets(visit)

        map_and_panel()
    with filters:
        offer_filters(visit)


def _map_or_what_stands_for_it(visit: Visit) -> None:
    if (day := day_asked(visit)) is not None:
        show_past(visit, day, map_view(visit))
    elif visit.as_table:
        with st.container(key="table"):
            show_grid_table(visit)
    else:
        with st.container(key="map"):
            _map(visit)


# --- above the map --------------------------------------------------------------------------------------


def _bar(visit: Visit) -> None:
    @st.fragment(key=BAR)
    @unless_away
    def bar() -> None:
        with st.container(key="bar", horizontal=True, gap="small", vertical_alignment="center"):
            _levels(visit)
            st.text_input(
                visit.say("Search"),
                key="search",
                placeholder=visit.say("Grid, code or address"),
                label_visibility="collapsed",
                on_change=lambda: None,
            )
            if desk.may_raise(visit.person):
                st.button(
                    visit.say("Raise"),
                    key="raise",
                    type="primary",
                    on_click=and_draw(DESK),
                    args=(_start_raising,),
                )
        # Always there, empty or not: what is drawn below keeps its place, and the map is not made anew.
        with st.container(key="found"):
            _hits(visit)

    bar()


def _levels(visit: Visit) -> None:
    titles = {int(level): visit.say.of(LEVEL[level]) for level in visit.city.ground.structure.levels}
    st.session_state["level"] = int(visit.focus.level)
    st.segmented_control(
        visit.say("Level"),
        list(titles),
        format_func=titles.__getitem__,
        key="level",
        label_visibility="collapsed",
        on_change=and_draw(BAR, DESK),
        args=(_choose_level, visit),
    )


def _breadcrumb_html(visit: Visit) -> str:
    path = visit.path()
    crumbs = (_crumb_html(visit, step, "" if step is path[-1] else " ▸") for step in path)
    return f'<div class="rg-way">{"".join(crumbs)}</div>'


def _looks(visit: Visit) -> None:
    """How the map looks: of which day, coloured by what, as a map at all. It is the same after every click."""

    @st.fragment(key=LOOKS)
    def looks() -> None:
        with st.container(
            key="looks", horizontal=True, width="content", gap="small", vertical_alignment="center"
        ):
            show_day_input(visit)
            _measures(visit)
            _map_or_table(visit)

    looks()


def _measures(visit: Visit) -> None:
    st.session_state["measure"] = visit.measure
    st.selectbox(
        visit.say("Colours"),
        colourings(visit.city, visit.person),
        format_func=lambda measure: visit.say.of(title_of(measure)),
        key="measure",
        label_visibility="collapsed",
        on_change=and_draw(DESK),
        args=(lambda: visit.colour_by(st.session_state["measure"]),),
        width=188,
    )


def _map_or_table(visit: Visit) -> None:
    names = {False: visit.say("Map"), True: visit.say("Table")}
    st.session_state["as"] = visit.as_table
    st.segmented_control(
        visit.say("Map or table"),
        list(names),
        format_func=names.__getitem__,
        key="as",
        required=True,
        label_visibility="collapsed",
        on_change=and_draw(DESK),
        args=(lambda: visit.show_as(bool(st.session_state["as"])),),
    )


def _crumb_html(visit: Visit, step: Grid | str, then: str) -> str:
    if isinstance(step, Grid):
        code, name = step.code, step.name
    else:
        code = step
        name = visit.say("The whole city") if step == CITY else visit.city.ground.structure.name(step)
    return way_html(TO, code, _short(name) + then)


def _go(visit: Visit, how: str, code: str) -> None:
    """What a button that leads somewhere asks for: a step of the way, or the grids of a grid."""
    structure = visit.city.ground.structure
    grid = structure.grids.get(code)
    if grid is None:
        visit.look(Focus(structure.levels[0]))
    elif how == INTO:
        visit.drill(grid)
    else:
        visit.select(grid, fit=True)


def _short(name: str) -> str:
    return name if len(name) <= 24 else name[:23] + "…"


def _choose_level(visit: Visit) -> None:
    chosen = st.session_state.get("level")
    if chosen:
        visit.show_level(Level(chosen))


def _start_raising() -> None:
    st.session_state["raising"] = {"point": None}


def _hits(visit: Visit) -> None:
    text = st.session_state.get("search", "")
    if not text.strip():
        return
    hits = desk.search(visit.city, text)
    if not hits:
        st.caption(visit.say("Nothing found for “{text}”.", text=text[:40]))
        return
    with st.container(key="hits", horizontal=True, gap="small"):
        for n, hit in enumerate(hits[:6]):
            st.button(
                plain(_short(hit.words)), key=f"hit-{n}-{hit.grid}", on_click=and_draw(BAR, DESK), args=(_go_to, visit, hit.grid)
            )  # fmt: skip


def _go_to(visit: Visit, code: str) -> None:
    st.session_state["search"] = ""
    visit.select(visit.city.ground.structure.grids[code], fit=True)


# --- the map --------------------------------------------------------------------------------------------


def _map(visit: Visit) -> None:
    focus, structure = visit.focus, visit.city.ground.structure
    raising = st.session_state.get("raising")
    parent = structure.grids.get(focus.within or "")
    # A street is no grid: its own communities stand out together.
    street = visit.person.area if parent is None and visit.person.area in structure.streets else None
    standing_out = parent.code if parent else street
    show: dict[str, Any] = {
        "level": int(focus.level),
        "measure": visit.measure.value,
        "selected": focus.selected,
        "within": standing_out,
        "within_level": int(parent.level) if parent else None,
        "children": [g.code for g in structure.below(standing_out) if g.level is focus.level]
        if standing_out
        else [],
        "fit": "inside" if street and focus.fit == "city" else focus.fit,
        "pick": raising is not None,
        "pin": raising and raising["point"],
    }
    chosen = structure.grids.get(focus.selected or "")
    show["selected_level"] = int(chosen.level) if chosen else None
    inside = [structure.grids[code] for code in show["children"]] if show["fit"] == "inside" else []
    show["places"] = tiles.places(
        visit.city.ground, focus.selected, focus.within, focus.fit, standing_out, inside=inside
    )
    seen = "-".join(measure.value for measure in colourings(visit.city, visit.person))
    name = f"{visit.city.ground.identity}-{visit.say.lang}-{seen}"
    grid_map(lambda: map_view(visit), name, show, key="grids", follow=lambda done: _answer(visit, done))
    if st.session_state.pop("map-stale", False):
        st.rerun(scope="app")


def _answer(visit: Visit, done: Mapping[str, object]) -> None:
    """Follow what the person did on the map; one that is no longer the city's asks for the whole page."""
    structure, level = visit.city.ground.structure, visit.focus.level
    raising = st.session_state.get("raising")
    if done.get("up"):
        visit.up()
    elif raising is not None and "lng" in done:
        raising["point"] = [done["lng"], done["lat"]]
    elif (grid := structure.grids.get(str(done.get("code")))) and not done.get("changed"):
        visit.drill(grid) if _is_second_click(visit, grid) else visit.point_at(grid)
    st.session_state["map-stale"] = bool(done.get("stale"))
    if visit.focus.level is not level:
        draw_next(BAR, DESK)


def _is_second_click(visit: Visit, grid: Grid) -> bool:
    return visit.focus.selected == grid.code and bool(visit.city.ground.structure.children(grid.code))


def geometry(coded: Mapping[Level, Coded], contents: Mapping[Level, str]) -> dict[int, str]:
    """Where a browser finds the outlines of each level: at once, or in bundles."""
    return {
        int(level): f"/geo/{coded[level].hash}" if level in coded else tiles.address(name)
        for level, name in contents.items()
    }


def map_view(visit: Visit) -> MapView:
    """The map of this city in this person's language."""
    city, say = visit.city, visit.say
    ground = city.ground
    return MapView(
        plan=ground.identity,
        bounds=ground.bounds,
        geometry=geometry(ground.coded_levels, ground.contents),
        tiled=frozenset(int(level) for level in ground.tiled),
        at_once=AT_ONCE_TIMES * ground.tiled_from,
        base=f"/geo/{ground.coded_base.hash}",
        loads="/live/loads",
        spots="/live/spots",
        assets=assets.addresses(),
        words={
            "open": say("open"),
            "overdue": say("overdue"),
            "due_soon": say("due soon"),
            "outside": say("outside your area"),
            "lost": say("connection lost: the counts are old"),
            "signed_out": say("you are signed out"),
            "zoom_in": say("Zoom in"),
            "zoom_out": say("Zoom out"),
            "closer_2": say("Zoom in for compound grids"),
            "closer_3": say("Zoom in for building grids"),
            "preparing": say("The map of this plan is being prepared, please wait …"),
            **measure_words(say),
        },
        measures=measure_views(city, visit.person, say),
        level=int(ground.structure.levels[0]),
        refresh_seconds=city.settings.refresh_seconds,
        basemap_url=city.settings.basemap_url,
    )

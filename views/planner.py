"""The planner's table: choose a plan; draw, foresee, propose, review it; bring it in and out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st

from city import drafts, planning
from city.drafts import OpenDraft
from city.opened import City
from city.planning import Picks
from domain.grids import Level
from domain.plans.life import STATE, UNDER_WAY, Plan, refusal_to_draw, refusal_to_read
from domain.said import Refused, Said, said
from views.away import unless_away
from views.cards import moment
from views.drawing import level_titles, show_drawing
from views.foresight import show_foresight
from views.gestures import Gesture
from views.plain import plain
from views.plan_files import show_plan_files
from views.plan_life import show_life
from views.plan_map import show_plan_map
from views.proposals import show_proposals
from views.visit import Visit
from views.worktable import Worktable, as_confirmed, lay_anew


@dataclass(frozen=True, slots=True)
class Drawer:
    """One drawer of the table: its name in the address, its title, what it shows; beside the map, or instead of it."""

    name: str
    title: Said
    show: Callable[[Worktable], None]
    beside_map: bool = False
    for_drafters: bool = False


DRAWERS: tuple[Drawer, ...] = (
    Drawer("draw", said("Draw"), show_drawing, beside_map=True),
    Drawer("foresee", said("Foresee"), lambda t: show_foresight(t.visit, t.opened)),
    Drawer("propose", said("Propose"), show_proposals, for_drafters=True),
    Drawer("review", said("Review and publish"), show_life, beside_map=True),
    Drawer("files", said("Files"), lambda t: show_plan_files(t.visit, t.opened)),
)


def show_planner(visit: Visit) -> None:
    """The whole page."""
    if because := refusal_to_read(visit.person):
        st.info(visit.say.of(because))
        return
    if visit.city.ground.is_empty:
        st.info(visit.say("This city has no grids yet. Bring its boundaries in with: redgrid import boundaries FILE --level 1 …"))  # fmt: skip
        return
    if (many := smallest_grids(visit.city)) > DRAWN_AT_ONCE:
        st.info(
            visit.say(
                "This plan has {n} smallest grids; this page shows up to {most}. Redraw it by files: redgrid export boundaries, redgrid import plan, redgrid compare, redgrid publish.",
                n=many, most=DRAWN_AT_ONCE,
            )
        )  # fmt: skip
        return
    with st.spinner(visit.say("Opening the plan …")):
        opened = _in_view(visit)
    # The address holds it from now on: what others begin, or what becomes of it, changes nothing in view.
    st.query_params["plan"] = str(opened.plan.id)
    _choose(visit, opened)
    drawer = _drawer(visit)
    visit.show_told()
    if not drawer.beside_map:
        with st.container(key="on-table"):
            drawer.show(Worktable(visit, opened))
        return

    @st.fragment
    @unless_away
    def table() -> None:
        _table(visit, opened.plan.id, drawer)

    table()


DRAWN_AT_ONCE = 25_000
"""Smallest grids that one table shows: a browser still draws them, and a change is still checked while one waits."""


def smallest_grids(city: City) -> int:
    """How many grids of the smallest level the plan in force has."""
    structure = city.ground.structure
    return len(structure.at_level(structure.levels[-1]))


def _in_view(visit: Visit) -> OpenDraft:
    """The plan that the address names, else the newest draft, else the plan in force."""
    city = visit.city
    asked = st.query_params.get("plan", "")
    known = drafts.all_plans(city, visit.person)
    wanted = next((plan for plan in known if str(plan.id) == asked), None)
    newest = next((plan for plan in known if plan.state in UNDER_WAY), None)
    in_force, chosen = drafts.draft_in_force(city), wanted or newest
    return drafts.open_draft(city, chosen.id) if chosen else in_force


# --- above the map --------------------------------------------------------------------------------------


def _choose(visit: Visit, opened: OpenDraft) -> None:
    say = visit.say
    known = {plan.id: plan for plan in drafts.all_plans(visit.city, visit.person)}
    st.session_state["plan-in-view"] = opened.plan.id
    with st.container(key="plan-bar", horizontal=True, gap="small", vertical_alignment="center"):
        st.selectbox(
            say("Plan"), list(known), key="plan-in-view", width=420, label_visibility="collapsed",
            format_func=lambda number: _title(visit, known[number]),
            on_change=lambda: _go_to(st.session_state["plan-in-view"]),
        )  # fmt: skip
        titles = {drawer.name: say.of(drawer.title) for drawer in _drawers(visit)}
        st.session_state["drawer"] = _drawer(visit).name
        st.segmented_control(
            say("What to do"), list(titles), format_func=titles.__getitem__, key="drawer", required=True,
            label_visibility="collapsed",
            on_change=lambda: _open(st.session_state["drawer"]),
        )  # fmt: skip
        if refusal_to_draw(visit.person) is None:
            st.button(
                say("New draft"), key="new-draft", type="primary", on_click=begin_draft, args=(visit, opened)
            )


def _title(visit: Visit, plan: Plan) -> str:
    since = f" · {moment(visit, plan.from_at)}" if plan.from_at else ""
    return f"{plain(plan.name)} · {visit.say.of(STATE[plan.state])}{since}"


def _drawers(visit: Visit) -> tuple[Drawer, ...]:
    """The drawers that this person opens."""
    drafts_plans = refusal_to_draw(visit.person) is None
    return tuple(drawer for drawer in DRAWERS if drafts_plans or not drawer.for_drafters)


def _drawer(visit: Visit) -> Drawer:
    asked = st.query_params.get("do", "")
    return next((drawer for drawer in _drawers(visit) if drawer.name == asked), DRAWERS[0])


def _go_to(plan_id: int) -> None:
    st.query_params["plan"] = str(plan_id)


def _open(drawer: str) -> None:
    st.query_params["do"] = drawer


def begin_draft(visit: Visit, opened: OpenDraft) -> None:
    """Ask for a name and begin a draft from the plan in view."""
    say = visit.say

    @st.dialog(say("New draft"))
    def form() -> None:
        with st.form("branch", border=False):
            st.caption(say("It begins as a copy of {plan}.", plan=plain(opened.plan.name)))
            name = st.text_input(say("Name of the plan"), key="branch-name", max_chars=60)
            sent = st.form_submit_button(say("Begin"), type="primary")
        if sent:
            try:
                made = drafts.branch(visit.city, opened.plan.id, name, visit.person)
            except Refused as refused:
                st.error(plain(say.of(refused.because)))
                return
            _go_to(made.plan.id)
            _open("draw")
            st.rerun()

    form()


# --- the table ------------------------------------------------------------------------------------------


def _table(visit: Visit, plan_id: int, drawer: Drawer) -> None:
    table = Worktable(visit, as_confirmed(visit, plan_id))
    left, right = st.columns([13, 8], gap="medium")
    with right, st.container(key="panel"):
        drawer.show(table)
    with left:
        _tools(table, undoing=drawer.show is show_drawing)
        with st.container(key="map"):
            _map(table, draws=drawer.show is show_drawing)


def _tools(table: Worktable, *, undoing: bool) -> None:
    say = table.visit.say
    titles = level_titles(table)
    st.session_state["table-level"] = table.level
    with st.container(key="table-bar", horizontal=True, gap="small", vertical_alignment="center"):
        st.segmented_control(
            say("Level"), list(titles), format_func=titles.__getitem__, key="table-level", required=True,
            label_visibility="collapsed", on_change=lambda: table.draw_on(Level(st.session_state["table-level"])),
        )  # fmt: skip
        if undoing and table.may_draw:
            back, again = drafts.can_undo(table.visit.city, table.opened.plan.id)
            # The map's script hears the keys: Streamlit's own would take a drawing back while somebody writes a name.
            st.button(say("Undo"), key="undo", on_click=table.undo, disabled=not back, help="Ctrl+Z")
            st.button(say("Redo"), key="redo", on_click=table.redo, disabled=not again, help="Ctrl+Y")


def _map(table: Worktable, *, draws: bool) -> None:
    gesture = show_plan_map(table.visit, table.shown)
    if gesture is not None:
        if draws or gesture.kind not in {"line", "undo", "redo"}:
            _follow(table, gesture)
        if gesture.kind == "stale":
            st.rerun()
        lay_anew()


def _follow(table: Worktable, gesture: Gesture) -> None:
    """Do what the person did on the map: pick up units, or lay down a line."""
    opened, picks = table.opened, Picks(gesture.mode)
    if gesture.plan != opened.plan.id:
        return
    try:
        if gesture.kind == "click":
            table.select(planning.picked(opened, table.level, picks, gesture.units), add=gesture.add)
        elif gesture.kind in {"rectangle", "lasso"}:
            table.select(planning.drawn_around(opened, table.level, picks, gesture.points), add=gesture.add)
        elif gesture.kind == "line":
            table.draw_line(gesture.points)
        elif gesture.kind == "clear" or (gesture.kind in _KEYS and table.may_draw):
            _KEYS[gesture.kind](table)
    except Refused as refused:
        table.refuse(refused.because)


_KEYS: Mapping[str, Callable[[Worktable], None]] = {
    "clear": Worktable.clear, "undo": Worktable.undo, "redo": Worktable.redo,
}  # fmt: skip
"""What keys on the map do."""

"""The places of the app, and the row that leads to them: each person sees the places that are theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from city import inbox, indicators, meetings
from domain.people import READS_PLANS, READS_RULES, READS_TICKET_FACTS, WATCHES_CLOCK, WATCHES_DOOR, Role
from domain.said import Said, said
from views.access import show_access
from views.away import unless_away
from views.figures import show_figures
from views.inbox import show_inbox
from views.meetings import show_meetings
from views.planner import show_planner
from views.routing import show_routing
from views.sweeps import show_sweeps
from views.visit import Visit
from views.work import parts_of, show_work


@dataclass(frozen=True, slots=True)
class Place:
    """One place: its name in the address, its title, its page, and whose it is."""

    view: str
    title: Said
    show: Callable[[Visit], None]
    is_for: Callable[[Visit], bool]


def _by_role(roles: frozenset[Role]) -> Callable[[Visit], bool]:
    return lambda visit: visit.person.role in roles


def _has_meetings(visit: Visit) -> bool:
    return visit.person.department is not None or bool(meetings.readable(visit.city, visit.person))


PLACES: tuple[Place, ...] = (
    Place("inbox", said("Inbox"), show_inbox, lambda visit: visit.person.post is not None),
    Place("meetings", said("Joint meetings"), show_meetings, _has_meetings),
    Place("figures", said("Figures"), show_figures, lambda v: bool(indicators.groupings(v.city, v.person))),
    Place("work", said("Grid work"), show_work, lambda visit: bool(parts_of(visit))),
    Place("planner", said("Plans"), show_planner, _by_role(READS_PLANS)),
    Place("routing", said("Routing"), show_routing, _by_role(READS_RULES)),
    Place("sweeps", said("What the clock did"), show_sweeps, _by_role(WATCHES_CLOCK)),
    Place("access", said("Access"), show_access, _by_role(WATCHES_DOOR)),
)
"""Beside the desk, which is where everybody begins."""

DESK, DESK_OF_COUNTS = said("Map and tickets"), said("Map")


def place_asked(visit: Visit) -> Place | None:
    """The place that the address names, when it is this person's."""
    asked = st.query_params.get("view", "")
    return next((p for p in PLACES if p.view == asked and p.is_for(visit)), None)


NEWS = 6
"""What is new in the inbox waits for every sixth look at the counts: it is told to nobody by the second."""


def navigate(visit: Visit) -> None:
    """The row of places; the count of what is new keeps itself up to date."""

    @st.fragment(run_every=NEWS * visit.city.settings.refresh_seconds)
    @unless_away
    def row() -> None:
        here = place_asked(visit)
        at_ticket = "ticket" in st.query_params
        with st.container(key="nav", horizontal=True, gap="small"):
            title = DESK if visit.person.role in READS_TICKET_FACTS else DESK_OF_COUNTS
            _button(visit, "", visit.say.of(title), is_here=here is None and not at_ticket)
            for place in PLACES:
                if place.is_for(visit):
                    _button(visit, place.view, _label(visit, place), is_here=place is here and not at_ticket)

    row()


def _label(visit: Visit, place: Place) -> str:
    title = visit.say.of(place.title)
    if place.view != "inbox":
        return title
    new = inbox.unread(visit.city, visit.person)
    return f"{title} **{new if new < 1000 else '999+'}**" if new else title


def _button(visit: Visit, view: str, label: str, *, is_here: bool) -> None:
    kind = "secondary" if is_here else "tertiary"
    if st.button(label, key=f"nav-{view or 'desk'}", type=kind):
        st.query_params.from_dict({"view": view} if view else _address(visit))
        st.rerun()


def _address(visit: Visit) -> dict[str, str]:
    """The address of the desk as the person left it."""
    left: dict[str, str] = st.session_state.get("desk", {})
    return left if left or visit.city.ground.is_empty else visit.address_of(visit.focus)

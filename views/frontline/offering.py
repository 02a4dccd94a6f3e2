"""Enter a resource or a service in its list on the desk, and offer it no more."""

from __future__ import annotations

from functools import partial
from typing import TypeVar

import streamlit as st

from city.frontline.units import units_for
from domain.actions.pledges import offer, stop_offering
from domain.frontline.pledges import SORT, Resource, Service
from domain.frontline.rights import RIGHTS, may_keep
from domain.people import Role
from domain.said import said
from views.choosing import choose_unit
from views.frontline.doing import do
from views.visit import Visit

Offer = TypeVar("Offer", Resource, Service)

TITLES = {Resource: said("Offer a resource"), Service: said("Offer a service")}


def offer_form(visit: Visit, kind: type[Resource] | type[Service], unit: str) -> None:
    """A form for one row, for those who keep the list, and for a department that offers a resource of its own."""
    say, name = visit.say, kind.LIST
    own = visit.person.role is Role.DEPARTMENT
    if visit.person.role not in RIGHTS[name].keeps and not (own and kind is Resource):
        return
    grids = [
        code for code in units_for(visit.city, visit.person) if code in visit.city.ground.structure.grids
    ]
    if not grids:
        return
    with st.expander(say.of(TITLES[kind])), st.form(f"offer-{name}", border=False, clear_on_submit=True):
        title = st.text_input(say("What is offered"), max_chars=120, key=f"offer-{name}-title")
        provider = st.text_input(
            say("Who offers it"), _own_name(visit) if own else "", max_chars=120, key=f"offer-{name}-provider"
        )
        sort = st.selectbox(
            say("Sort"), list(SORT), format_func=lambda each: say.of(SORT[each]), key=f"offer-{name}-sort"
        )
        grid = choose_unit(
            visit, say("For which grid, and those in it"), grids, visit.unit_name,
            key=f"offer-{name}-grid", chosen=unit if unit in grids else grids[0],
        )  # fmt: skip
        most = 1
        if kind is Resource:
            most = st.number_input(say("Needs at a time"), 1, 1000, 1, key=f"offer-{name}-most")
        if st.form_submit_button(say("Enter it"), type="primary"):
            row: Resource | Service = Service(grid=grid or "", sort=sort, title=title, provider=provider)
            if kind is Resource:
                department = visit.person.area if own else None
                row = Resource(
                    grid=grid or "", sort=sort, title=title, provider=provider, department=department, most=int(most)
                )  # fmt: skip
            city = visit.city
            do(
                visit,
                "offer",
                partial(offer, city.store, city.rulebook, row, by=visit.person, now=city.now()),
            )


def _own_name(visit: Visit) -> str:
    return visit.say.pick(*visit.city.department(visit.person.area))


def stop_form(visit: Visit, rows: list[Offer]) -> None:
    """A list of what this person offers: chosen, it is offered no more, or again."""
    say = visit.say
    mine = {row.id: row for row in rows if _is_theirs(visit, row)}
    if not mine:
        return
    name = rows[0].LIST
    with st.expander(say("Offer it no more, or again")):
        chosen = st.selectbox(
            say("What is offered"), list(mine), format_func=lambda n: f"{mine[n].title} · {mine[n].provider}",
            index=None, placeholder=say("Please choose"), key=f"stop-{name}", label_visibility="collapsed",
        )  # fmt: skip
        if chosen is None:
            return
        row = mine[chosen]
        title = say("Offer it no more") if row.active else say("Offer it again")
        if st.button(title, key=f"stop-{name}-{row.id}"):
            _stop(visit, row)


def _is_theirs(visit: Visit, row: Offer) -> bool:
    if visit.person.role is Role.DEPARTMENT:
        return isinstance(row, Resource) and row.department == visit.person.area
    return may_keep(visit.person, row.LIST, row.grid, visit.city.ground.structure)


def _stop(visit: Visit, row: Resource | Service) -> None:
    city = visit.city
    stop = partial(
        stop_offering, city.store, city.rulebook, row, again=not row.active, by=visit.person, now=city.now()
    )
    do(visit, "offer", stop)

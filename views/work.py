"""The grids' work: one place with a part for each of its lists. The address names the part and the unit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from city.frontline.units import unit_asked, units_for
from domain.frontline.rights import may_read
from domain.grids import CITY, Level
from domain.said import Said, said
from views.choosing import choose_unit
from views.frontline.allowances import show_allowances
from views.frontline.assessment import show_assessment
from views.frontline.bodies import show_bodies
from views.frontline.leaders import show_leaders
from views.frontline.members import show_members
from views.frontline.needs import show_needs
from views.frontline.orders import show_orders
from views.frontline.organisation import show_organisation
from views.frontline.outside import show_outside
from views.frontline.report import show_report
from views.frontline.tables import CSS
from views.frontline.visits import show_visits
from views.visit import Visit


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its name in the address, its title, its page for a unit, and whose list decides who sees it."""

    name: str
    title: Said
    show: Callable[[Visit, str], None]
    rights: str


PARTS: tuple[Part, ...] = (
    Part("visits", said("Visits"), show_visits, "visits"),
    Part("needs", said("Needs and resources"), show_needs, "needs"),
    Part("orders", said("Services and orders"), show_orders, "orders"),
    Part("organisation", said("Organisation"), show_organisation, "building_groups"),
    Part("bodies", said("Bodies and links"), show_bodies, "bodies"),
    Part("leaders", said("Leaders"), show_leaders, "leader_visits"),
    Part("assessment", said("Assessment"), show_assessment, "assessment"),
    Part("members", said("Working members"), show_members, "working_members"),
    Part("allowances", said("Allowances"), show_allowances, "allowances"),
    Part("outside", said("Catch-all lists"), show_outside, "outside"),
    Part("report", said("Report"), show_report, "report"),
)


def parts_of(visit: Visit) -> list[Part]:
    """The parts that are for this person."""
    return [part for part in PARTS if may_read(visit.person, part.rights)]


def show_work(visit: Visit) -> None:
    """The part and the unit that the address names."""
    parts = {part.name: part for part in parts_of(visit)}
    if not parts:
        st.info(visit.say("Grid work is not among what your role sees."))
        return
    st.html(CSS)
    with st.container(key="work-bar", horizontal=True, gap="small", vertical_alignment="center"):
        part = parts[_part(visit, parts)]
        unit = _unit(visit)
    visit.show_told()
    with st.container(key=f"work-{part.name}"):
        part.show(visit, unit)


def _part(visit: Visit, parts: dict[str, Part]) -> str:
    asked = st.query_params.get("part", "")
    now = asked if asked in parts else next(iter(parts))
    st.session_state["work-part"] = now
    st.segmented_control(
        visit.say("Part"),
        list(parts),
        format_func=lambda name: visit.say.of(parts[name].title),
        key="work-part",
        label_visibility="collapsed",
        required=True,
        on_change=lambda: _go(part=st.session_state["work-part"]),
    )
    return now


def _unit(visit: Visit) -> str:
    city = visit.city
    known = units_for(city, visit.person)
    now = unit_asked(city, visit.person, st.query_params.get("unit"))
    if now not in known:
        known.append(now)
    st.session_state["work-unit"] = now
    choose_unit(
        visit, visit.say("Unit"), known, lambda code: named(visit, code), key="work-unit", chosen=now,
        label_visibility="collapsed", width=320, on_change=lambda: _go(unit=st.session_state["work-unit"] or ""),
    )  # fmt: skip
    return now


INDENT = {Level.COMMUNITY: "", Level.COMPOUND: "　", Level.BUILDING: "　　"}


def named(visit: Visit, code: str) -> str:
    """A unit as it stands in the list: what lies lower stands further in."""
    if code == CITY:
        return visit.say("The whole city")
    grid = visit.city.ground.structure.grids.get(code)
    return (INDENT[grid.level] if grid else "") + visit.unit_name(code)


def _go(**where: str) -> None:
    kept = {name: value for name, value in st.query_params.items() if name not in where}
    st.query_params.from_dict(
        {"view": "work", **kept, **{name: value for name, value in where.items() if value}}
    )

"""Raise a ticket: click the place on the map, choose the kind, write what is wrong."""

from __future__ import annotations

import uuid
from dataclasses import replace

import streamlit as st

from city.access import watching
from city.photos import prepared
from domain.actions.raising import Report, raise_ticket
from domain.place import LngLat
from domain.said import Refused
from domain.tickets import Words
from views.visit import Visit


def show_raise(visit: Visit) -> None:
    """The form, open while somebody raises."""
    raising = st.session_state.get("raising")
    if raising is None:
        return
    raising.setdefault("once", str(uuid.uuid4()))
    say = visit.say
    with st.container(border=True, key="raising"):
        st.subheader(say("Raise a ticket"), anchor=False)
        st.caption(_place(visit, raising["point"]))
        with st.form("raise-form", border=False):
            groups = {g.code: say.pick(g.zh, g.en) for g in visit.city.rules_read.groups.values()}
            names = {
                c.code: f"{groups.get(c.group, '')} · {say.pick(c.zh, c.en)}"
                for c in visit.city.rules_read.categories.values()
            }
            category = st.selectbox(
                say("Category"),
                list(names),
                index=None,
                format_func=lambda c: names[c],
                placeholder=say("Please choose"),
            )
            text = st.text_area(say("What is wrong?"), max_chars=2000)
            address = st.text_input(say("Address or landmark"), max_chars=200)
            photo = st.file_uploader(say("Photo, if there is one"), type=["jpg", "jpeg", "png", "webp"])
            urgent = st.toggle(say("Urgent"))
            told = st.toggle(say("A resident told this: the resident will rate it"))
            name, phone = st.columns(2)
            reporter = name.text_input(say("Reporter"), max_chars=60)
            number = phone.text_input(say("Phone"), max_chars=30)
            with st.container(horizontal=True):
                sent = st.form_submit_button(say("Raise"), type="primary")
                dropped = st.form_submit_button(say("Discard"))
        if dropped:
            del st.session_state["raising"]
            st.rerun()
        if sent:
            words = Words(text.strip(), reporter.strip(), number.strip())
            from_resident = told or bool(words.reporter or words.phone)
            _send(
                visit,
                raising,
                Report(
                    _point(raising), category or "", words, urgent, address.strip(), str(raising["once"]),
                    from_resident=from_resident, photos=(photo.getvalue(),) if photo else (),
                ),
            )  # fmt: skip


def _point(raising: dict[str, object]) -> LngLat | None:
    return LngLat(*raising["point"]) if isinstance(raising["point"], list) else None


def _place(visit: Visit, point: list[float] | None) -> str:
    say = visit.say
    if point is None:
        return say("1. Click the place on the map.  2. Fill in the form.")
    located = visit.city.locate(LngLat(*point))
    if located.grid is None:
        return say("This place lies in no grid: the ticket will go to the city office.")
    return say("In {grid}", grid=visit.city.ground.structure.name(located.grid))


def _send(visit: Visit, raising: dict[str, object], report: Report) -> None:
    say, city = visit.say, visit.city
    if report.point is None:
        st.error(say("Please click the place on the map first."))
        return
    if not report.category:
        st.error(say("Please choose a category."))
        return
    try:
        report = replace(report, photos=tuple(prepared(photo) for photo in report.photos))
        with watching(city, visit.person, "raise"):
            ticket = raise_ticket(city.store, city.rulebook, report, by=visit.person, now=city.now())
    except Refused as refused:
        st.error(say.of(refused.because))
        return
    city.forget_loads()
    del st.session_state["raising"]
    holder = visit.unit_name(ticket.holder)
    visit.tell(say("Ticket {no} is raised; {holder} holds it.", no=ticket.no, holder=holder))
    if ticket.located.grid:
        visit.select(city.ground.structure.grids[ticket.located.grid])
    st.rerun()

"""Leaders' visits on the desk: who came in which quarter, whose visit is due or was missed, which meetings they attended."""

from __future__ import annotations

from functools import partial

import streamlit as st

from city.frontline import allied, organised
from city.frontline.allied import Leading, Led
from city.spreadsheets import XLSX_KIND, xlsx_bytes
from domain.actions.bodies import note_leaders_visit
from domain.frontline.bodies import DUTY, Duty, LeaderVisit, Quarter
from domain.frontline.registers import Leader
from domain.frontline.rights import may_keep
from views.frontline.doing import do
from views.frontline.files import offer_several
from views.frontline.tables import Cell, Marked, Short, facts_html, table_html
from views.taking import noted
from views.visit import Visit

SHOWN = 60
"""Visits on the page; the file holds all."""


def show_leaders(visit: Visit, unit: str) -> None:
    """The whole part; a compound or a building grid shows the leaders of its community."""
    found = allied.leading(visit.city, visit.person, unit)
    if not found.leaders:
        st.html(f'<div class="rg-empty">{visit.say("No leader answers for this community.")}</div>')
        offer_several(visit, (Leader,), unit)
        return
    st.html(_facts(visit, found))
    left, right = st.columns([8, 5], gap="large")
    with left:
        st.html(_quarters(visit, found))
    with right:
        _note(visit, found)
        st.html(_visits(visit, found))
        made = noted(visit, "leaders' visits", partial(_file, visit, found), rows=len(found.visits))
        st.download_button(visit.say("Download {kind}", kind="XLSX"), made, "leaders.xlsx", XLSX_KIND, key="leaders-file", on_click="ignore")  # fmt: skip
    offer_several(visit, (LeaderVisit, Leader), unit)


def _facts(visit: Visit, found: Leading) -> str:
    say, now = visit.say, found.quarters[-1]
    missed = found.count(Duty.MISSED)
    return facts_html(
        [
            (say("City leaders"), f"{len(found.leaders):,}", ""),
            (say("Visited in {quarter}", quarter=now), f"{found.count(Duty.DONE, now):,}", ""),
            (say("Due in {quarter}", quarter=now), f"{found.count(Duty.DUE, now):,}", ""),
            (say("Visits missed"), f"{missed:,}", "bad" if missed else ""),
            (say("Meetings attended"), f"{sum(led.meetings for led in found.leaders):,}", ""),
        ]
    )


def _quarters(visit: Visit, found: Leading) -> str:
    say = visit.say
    lines: list[list[Cell]] = [
        [
            f"{led.leader.name} {led.leader.title}".strip(),
            visit.unit_name(led.leader.community),
            *(_duty(visit, led, quarter) for quarter in found.quarters),
            led.meetings,
        ]
        for led in found.leaders
    ]
    titles = [say("Leader"), say("Community"), *map(str, found.quarters), say("Meetings attended")]
    return table_html(titles, lines, say("A visit each quarter"))


MARKS = {Duty.DUE: "warn", Duty.MISSED: "bad"}


def _duty(visit: Visit, led: Led, quarter: Quarter) -> Cell:
    duty = led.duties[quarter]
    if duty is Duty.DONE:
        return Short(f"✓ {led.last[quarter]:%m-%d}")
    return Marked(visit.say.of(DUTY[duty]), MARKS[duty])


def _visits(visit: Visit, found: Leading) -> str:
    say = visit.say
    names = {number: leader.name for number, leader in visit.city.ground.leaders.items()}
    if not found.visits:
        return f'<div class="rg-empty">{say("No visit of a leader is written down here.")}</div>'
    lines: list[list[Cell]] = [
        [
            Short(f"{each.day:%Y-%m-%d}"),
            Short(names.get(each.leader, "–")),
            visit.unit_name(each.community),
            Short(say("Meeting") if each.at_meeting else say("Visit")),
            each.what,
        ]
        for each in found.visits[:SHOWN]
    ]
    titles = [say("Day"), say("Leader"), say("Community"), say("Kind"), say("What")]
    return table_html(titles, lines, say("The last visits"))


def _note(visit: Visit, found: Leading) -> None:
    say, city = visit.say, visit.city
    theirs = {
        led.leader.id: led.leader
        for led in found.leaders
        if may_keep(visit.person, LeaderVisit.LIST, led.leader.community, city.ground.structure)
    }
    if not theirs:
        return
    with (
        st.expander(say("Note a leader's visit")),
        st.form("leader-visit", border=False, clear_on_submit=True),
    ):
        number = st.selectbox(
            say("Leader"), list(theirs), key="leader-who",
            format_func=lambda n: f"{theirs[n].name} · {theirs[n].title} · {visit.unit_name(theirs[n].community)}",
        )  # fmt: skip
        with st.container(horizontal=True, gap="small"):
            day = st.date_input(
                say("Day"), organised.today(city), max_value=organised.today(city), key="leader-day"
            )
            at_meeting = st.radio(
                say("Kind"), [False, True], format_func=lambda m: say("Meeting") if m else say("Visit"), key="leader-kind",
                horizontal=True,
            )  # fmt: skip
        what = st.text_input(say("What it was about"), max_chars=200, key="leader-what")
        if st.form_submit_button(say("Write it down"), type="primary"):
            seen = LeaderVisit(
                leader=number, community=theirs[number].community, day=day, at_meeting=at_meeting, what=what
            )
            do(visit, "leaders' visit", lambda: note_leaders_visit(city.store, city.rulebook, seen, by=visit.person, now=city.now()))  # fmt: skip


def _file(visit: Visit, found: Leading) -> bytes:
    return xlsx_bytes(allied.sheets_of(visit.city, found, visit.say))

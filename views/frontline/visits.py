"""Visits on the desk: what a period covered, unit by unit; the log; and a batch written down at once."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import streamlit as st

from city.access import watching
from city.frontline import places, shades, visited
from city.frontline.visited import Covered
from domain.actions.visits import log_visits
from domain.frontline.rights import may_keep, reads_unit
from domain.frontline.visits import FOLLOWS, LEARNED, LOGGED_WITHIN, Follows, Learned
from domain.frontline.visits import Visit as OneVisit
from domain.grids import CITY
from domain.said import Refused, said
from views.cards import moment
from views.frontline.files import offer_files
from views.frontline.tables import Cell, Link, Share, facts_html, table_html
from views.visit import Visit

PERIODS = {7: said("7 days"), 30: said("30 days"), 90: said("90 days"), 365: said("A year")}
"""Periods that end now."""

AT_ONCE = {Follows.NOTHING, Follows.SOLVED}
"""What may follow from a batch: a ticket and a need are told one at a time."""

SHOWN = 100
"""Lines of the log on the page."""


def show_visits(visit: Visit, unit: str) -> None:
    """The whole part."""
    say = visit.say
    days = st.segmented_control(
        say("Period"), list(PERIODS), format_func=lambda n: say.of(PERIODS[n]), default=30, key="visits-days",
        label_visibility="collapsed", required=True,
    )  # fmt: skip
    now = visit.city.now()
    rows = visited.covered(visit.city, unit, now - timedelta(days=days or 30), now + timedelta(minutes=1))
    st.html(_facts(visit, rows[0]))
    left, right = st.columns([7, 6], gap="large")
    with left:
        st.html(_coverage(visit, rows))
        if may_keep(visit.person, OneVisit.LIST, unit, visit.city.ground.structure):
            _batch(visit, unit)
    with right:
        if reads_unit(visit.person, OneVisit.LIST, unit, visit.city.ground.structure):
            st.html(_log(visit, unit, days or 30))
            offer_files(visit, OneVisit.LIST, unit)


def _facts(visit: Visit, whole: Covered) -> str:
    say = visit.say
    share = whole.coverage.percent
    learned = sum(n for what, n in whole.learned.items() if what is not Learned.WELL)
    return facts_html(
        [
            (say("Visits"), f"{whole.coverage.visits:,}", ""),
            (say("Buildings visited"), f"{whole.coverage.visited:,} / {whole.coverage.buildings:,}", ""),
            (say("Coverage"), "–" if share is None else f"{share:.1f}%", ""),
            (say("Something was learned"), f"{learned:,}", ""),
            *((say.of(FOLLOWS[f]), f"{whole.follows[f]:,}", "") for f in Follows if f is not Follows.NOTHING),
        ]
    )


def _coverage(visit: Visit, rows: list[Covered]) -> str:
    say = visit.say
    titles = [say("Unit"), say("Coverage"), say("Buildings"), say("Visits"), say("Something was learned")]
    return table_html(titles, [_line(visit, row) for row in rows], say("What the period covered"))


def _line(visit: Visit, row: Covered) -> list[Cell]:
    learned = sum(n for what, n in row.learned.items() if what is not Learned.WELL)
    to = f"/?view=work&part=visits&unit={row.code}"
    return [
        Link(_name(visit, row.code), to),
        Share(row.coverage.percent),
        row.coverage.buildings,
        row.coverage.visits,
        learned,
    ]


def _name(visit: Visit, code: str) -> str:
    return visit.say("The whole city") if code == CITY else visit.unit_name(code)


def _log(visit: Visit, unit: str, days: int) -> str:
    say = visit.say
    known = places.buildings(visit.city).by_code
    lines: list[list[Cell]] = []
    for each in visited.log_of(visit.city, visit.person, unit, days, SHOWN):
        building = known.get(each.unit or "")
        words = say.of(LEARNED[each.learned])
        if each.follows is not Follows.NOTHING:
            words += f" · {say.of(FOLLOWS[each.follows])}"
        if each.withdrawn:
            words += f" · {say('taken back')}"
        lines.append(
            [moment(visit, each.at), building.name if building else visit.unit_name(each.grid), words]
        )
    titles = [say("When"), say("Where"), say("What was learned")]
    if not lines:
        return f'<div class="rg-empty">{say("No visits were written down in this period.")}</div>'
    return table_html(titles, lines, say("The last visits"))


# --- a batch --------------------------------------------------------------------------------------------------


def _batch(visit: Visit, unit: str) -> None:
    say, city = visit.say, visit.city
    known = {building.code: building for building in places.buildings(city).of(city, unit)}
    if not known:
        return
    today = city.now().astimezone(city.zone)
    with (
        st.expander(say("Write down visits")),
        st.form("visits-batch", border=False, clear_on_submit=True),
    ):
        chosen = st.multiselect(
            say("Buildings"), list(known), format_func=lambda code: known[code].name, key="visits-buildings",
            placeholder=say("Please choose"),
        )  # fmt: skip
        with st.container(horizontal=True, gap="small"):
            day = st.date_input(
                say("Day"), today.date(), min_value=today.date() - LOGGED_WITHIN, max_value=today.date(),
                key="visits-day",
            )  # fmt: skip
            at = st.time_input(say("Time"), time(9), key="visits-time")
        learned = st.selectbox(say("What was learned"), list(LEARNED), format_func=lambda what: say.of(LEARNED[what]), key="visits-learned")  # fmt: skip
        follows = st.radio(
            say("What follows"), [f for f in Follows if f in AT_ONCE], format_func=lambda f: say.of(FOLLOWS[f]),
            key="visits-follows", horizontal=True,
        )  # fmt: skip
        if st.form_submit_button(say("Write them down"), type="primary"):
            _write_down(visit, chosen, datetime.combine(day, at, city.zone), learned, follows)


def _write_down(visit: Visit, chosen: list[str], at: datetime, learned: Learned, follows: Follows) -> None:
    say, city = visit.say, visit.city
    if not chosen:
        st.error(say("Please choose at least one building."))
        return
    made = (visited.visit_at(city, code, at=at, learned=learned, follows=follows) for code in chosen)
    known = [each for each in made if each is not None]
    try:
        with watching(city, visit.person, "visit"):
            log_visits(city.store, city.rulebook, known, by=visit.person, now=city.now())
    except Refused as refused:
        st.error(say.of(refused.because))
        return
    shades.forget_numbers(city)
    visit.tell(say("{n} visits are written down.", n=len(known)))
    st.rerun()

"""What branches do: activities are announced, members sign up, and afterwards it is written down who came for how long."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import streamlit as st

from city.frontline import mustered
from city.frontline.mustered import ActivityCard, branches_in
from city.spreadsheets import XLSX_KIND, xlsx_bytes
from domain.actions.working_members import (
    Came,
    announce,
    cancel,
    sign_up,
    withdraw,
    write_hours,
)
from domain.frontline.records import Beside
from domain.frontline.rights import may_keep
from domain.frontline.working_members import MOST_HOURS, TEAMS, Activity, SignUp, WorkingMember
from views.cards import moment
from views.frontline.files import offer_files
from views.frontline.member_parts import done, labels_of, names_shown
from views.frontline.tables import Cell, Marked, facts_html, table_html
from views.taking import noted
from views.visit import Visit

SHOWN = 60
"""Activities on the page."""


def show(visit: Visit, unit: str) -> None:
    """The activities of a unit, and one of them to work on."""
    say, city = visit.say, visit.city
    cards = mustered.activities_of(city, visit.person, unit)
    st.html(_facts(visit, cards))
    left, right = st.columns([7, 6], gap="large")
    with left:
        st.html(_table(visit, cards))
        _take_along(visit, cards)
        _announce(visit, unit)
        offer_files(visit, Activity.LIST, unit)
    with right:
        known = {card.activity.id: card.activity for card in cards[: 4 * SHOWN]}
        if not known:
            return
        chosen = st.selectbox(
            say("Work on an activity"), list(known), index=None, key=f"activity-chosen-{unit}", placeholder=say("Please choose"),
            format_func=lambda n: (
                f"{known[n].begins.astimezone(city.zone):%Y-%m-%d} {known[n].title} · {visit.unit_name(known[n].grid)}"
            ),
        )  # fmt: skip
        if chosen is not None:
            _work_on(visit, known[chosen])


def _facts(visit: Visit, cards: list[ActivityCard]) -> str:
    say, now = visit.say, visit.city.now()
    ahead = [card for card in cards if card.activity.begins > now and not card.activity.cancelled]
    return facts_html(
        [
            (say("Ahead"), f"{len(ahead):,}", ""),
            (say("Signed up for these"), f"{sum(card.signed_up for card in ahead):,}", ""),
            (say("Over"), f"{sum(card.activity.begins <= now for card in cards):,}", ""),
            (say("Came"), f"{sum(card.came for card in cards):,}", ""),
            (say("Hours"), f"{sum(card.hours for card in cards):,.0f}", ""),
        ]
    )


def _table(visit: Visit, cards: list[ActivityCard]) -> str:
    say, now = visit.say, visit.city.now()
    if not cards:
        return f'<div class="rg-empty">{say("No activities were announced here yet.")}</div>'
    lines: list[list[Cell]] = []
    for card in cards[:SHOWN]:
        activity = card.activity
        if activity.cancelled:
            state: Cell = say("cancelled")
        elif activity.begins > now:
            state = say("ahead")
        else:
            missing = card.signed_up > 0 and not card.came
            state = Marked(say("hours missing"), "warn") if missing else say("over")
        lines.append(
            [
                activity.title, moment(visit, activity.begins), visit.unit_name(activity.grid),
                f"{card.signed_up} / {activity.places}", f"{card.hours:g}", state,
            ]
        )  # fmt: skip
    titles = [say("Activity"), say("Begins"), say("Branch"), say("Signed up"), say("Hours"), say("State")]
    caption = say("The first {n} of {total}", n=len(lines), total=f"{len(cards):,}")
    return table_html(titles, lines, caption)


def _take_along(visit: Visit, cards: list[ActivityCard]) -> None:
    say, city = visit.say, visit.city

    def made() -> bytes:
        return xlsx_bytes([mustered.sheet_of_activities(city, cards, say)])

    st.download_button(
        say("Download {kind}", kind="XLSX"), noted(visit, "activities", made, rows=len(cards)), "activities.xlsx", XLSX_KIND,
        key="activities-file", on_click="ignore",
    )  # fmt: skip


def _announce(visit: Visit, unit: str) -> None:
    say, city = visit.say, visit.city
    branches = branches_in(city, unit)
    if not branches or not may_keep(visit.person, WorkingMember.LIST, unit, city.ground.structure):
        return
    today = city.now().astimezone(city.zone).date()
    with (
        st.expander(say("Announce an activity")),
        st.form("activity-announce", border=False, clear_on_submit=True),
    ):
        title = st.text_input(say("What"), max_chars=200, key="activity-title")
        branch = st.selectbox(say("Branch"), branches, format_func=visit.unit_name, key="activity-branch")
        with st.container(horizontal=True):
            day = st.date_input(say("Day"), today + timedelta(days=3), min_value=today, key="activity-day")
            at = st.time_input(say("Time"), time(9), key="activity-time")
        with st.container(horizontal=True):
            hours = st.number_input(say("Hours"), 0.5, MOST_HOURS, 2.0, 0.5, key="activity-hours")
            places = st.number_input(say("Places"), 1, 1_000, 20, key="activity-places")
        team = st.selectbox(
            say("Volunteer team"), list(TEAMS), index=None, format_func=lambda t: say.of(TEAMS[t]), key="activity-team",
            placeholder=say("none"),
        )  # fmt: skip
        if st.form_submit_button(say("Announce"), type="primary"):
            row = Activity(
                grid=branch, title=title, begins=datetime.combine(day, at, city.zone), hours=hours, places=int(places), team=team
            )  # fmt: skip
            done(visit, lambda: announce(city.store, city.rulebook, row, by=visit.person, now=city.now()))


# --- one of them ------------------------------------------------------------------------------------------------------


def _work_on(visit: Visit, activity: Activity) -> None:
    city = visit.city
    pairs = mustered.sign_ups_of(city, visit.person, activity)
    structure = city.ground.structure
    keeps = may_keep(visit.person, WorkingMember.LIST, structure.today(activity.grid), structure)
    if activity.begins > city.now():
        _before(visit, activity, pairs, keeps)
    else:
        _after(visit, activity, pairs, keeps)


def _before(
    visit: Visit, activity: Activity, pairs: list[tuple[SignUp, WorkingMember]], keeps: bool
) -> None:  # fmt: skip
    say, city = visit.say, visit.city
    there = mustered.members_of(city, visit.person, activity.grid)
    names = names_shown(visit, [*there, *(member for _, member in pairs)])
    label = labels_of(visit, there, names)
    _list(visit, pairs, names)
    if not keeps or activity.cancelled:
        return
    signed = {member.id for _, member in pairs}
    free = {member.id: member for member in there if member.id not in signed}
    with st.form(f"activity-sign-up-{activity.id}"):
        chosen = st.multiselect(
            say("Sign members up"), list(free), format_func=lambda n: label(free[n]), key=f"sign-up-{activity.id}-{len(pairs)}",
            max_selections=max(1, activity.places - len(pairs)),
            placeholder=say("Please choose"),
        )  # fmt: skip
        if st.form_submit_button(say("Sign up"), type="primary") and chosen:
            done(
                visit, lambda: sign_up(city.store, city.rulebook, activity.id, chosen, by=visit.person, now=city.now())
            )  # fmt: skip
    by_row = {row.id: (row, member) for row, member in pairs}
    gone = st.selectbox(
        say("Take a sign-up back"), list(by_row), index=None, format_func=lambda n: label(by_row[n][1]),
        key=f"withdraw-{activity.id}-{len(pairs)}", placeholder=say("Please choose"),
    )  # fmt: skip
    with st.container(horizontal=True):
        if gone is not None and st.button(say("Take it back"), key=f"withdraw-do-{activity.id}"):
            row = by_row[gone][0]
            done(
                visit,
                lambda: withdraw(
                    city.store, city.rulebook, row.id, version=row.version, by=visit.person, now=city.now()
                ),
            )
        if st.button(say("Cancel the activity"), key=f"activity-cancel-{activity.id}"):
            done(
                visit,
                lambda: cancel(
                    city.store,
                    city.rulebook,
                    activity.id,
                    version=activity.version,
                    by=visit.person,
                    now=city.now(),
                ),
            )


def _after(
    visit: Visit, activity: Activity, pairs: list[tuple[SignUp, WorkingMember]], keeps: bool
) -> None:  # fmt: skip
    """Who came and for how long: the hours of the activity stand there to begin with."""
    say, city = visit.say, visit.city
    members = [member for _, member in pairs]
    names = names_shown(visit, members)
    if not keeps or activity.cancelled or not pairs:
        _list(visit, pairs, names)
        return
    label = labels_of(visit, members, names)
    with st.form(f"activity-hours-{activity.id}"):
        given = st.data_editor(
            {
                say("Member"): [label(member) for member in members],
                say("Hours"): [activity.hours if row.hours is None else row.hours for row, _ in pairs],
                say("Problems settled"): [row.settled for row, _ in pairs],
            },
            hide_index=True, disabled=[say("Member")], key=f"hours-{activity.id}", num_rows="fixed",
            column_config={
                say("Hours"): st.column_config.NumberColumn(min_value=0, max_value=MOST_HOURS, step=0.5, required=True),
                say("Problems settled"): st.column_config.NumberColumn(min_value=0, max_value=99, step=1, required=True),
            },
        )  # fmt: skip
        st.caption(say("0 hours: signed up and did not come."))
        if st.form_submit_button(say("Write the hours down"), type="primary"):
            came = [
                Came(row.id, row.version, float(hours), int(settled))
                for (row, _), hours, settled in zip(
                    pairs, given[say("Hours")], given[say("Problems settled")], strict=True
                )
            ]
            done(
                visit, lambda: write_hours(city.store, city.rulebook, activity.id, came, by=visit.person, now=city.now())
            )  # fmt: skip


def _list(visit: Visit, pairs: list[tuple[SignUp, WorkingMember]], names: dict[int, Beside]) -> None:
    say = visit.say
    if not pairs:
        st.html(f'<div class="rg-empty">{say("Nobody signed up yet.")}</div>')
        return
    label = labels_of(visit, [member for _, member in pairs], names)
    lines: list[list[Cell]] = [
        [label(member), "–" if row.hours is None else f"{row.hours:g}", str(row.settled or "–")]
        for row, member in pairs
    ]
    st.html(table_html([say("Member"), say("Hours"), say("Problems settled")], lines, say("Who signed up")))

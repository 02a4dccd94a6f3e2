"""Working members on the desk: where they check in and where they could, who they are, what they do, what a year is worth."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from city.frontline import mustered
from city.frontline.mustered import BranchRow
from domain.actions.working_members import put_into_force
from domain.frontline.working_members import BECAUSE, Because, Proposal
from domain.people import Role
from domain.said import Refused, Said, said
from views.frontline import member_activities, member_grades, member_list
from views.frontline.member_parts import done, labels_of
from views.frontline.tables import Cell, Link, Marked, Share, facts_html, table_html
from views.visit import Visit

MOVES_SHOWN = 60
"""Members of a proposal on the page who would go somewhere."""


def show_members(visit: Visit, unit: str) -> None:
    """The whole part: one of its sections."""
    say = visit.say
    known = {name: (title, show) for name, title, show in SECTIONS if _is_theirs(visit, name)}
    chosen = st.segmented_control(
        say("Section"), list(known), format_func=lambda name: say.of(known[name][0]), default=next(iter(known)),
        key="members-section", label_visibility="collapsed", required=True,
    )  # fmt: skip
    known[chosen or next(iter(known))][1](visit, unit)


def _is_theirs(visit: Visit, name: str) -> bool:
    """A department sees its own members; how full branches are is for those who stand on the grids and above them."""
    return visit.person.role is not Role.DEPARTMENT or name in ("members", "grades")


def _branches(visit: Visit, unit: str) -> None:
    rows = mustered.branch_rows(visit.city, visit.person, unit)
    st.html(_facts(visit, rows))
    left, right = st.columns([7, 6], gap="large")
    with left:
        st.html(_table(visit, rows))
    with right:
        _spread(visit, unit)


def _facts(visit: Visit, rows: list[BranchRow]) -> str:
    say = visit.say
    there, room = sum(row.members for row in rows), sum(row.capacity for row in rows)
    crowded, unserved = sum(row.crowded for row in rows), sum(row.unserved for row in rows)
    return facts_html(
        [
            (say("Members"), f"{there:,}", ""),
            (say("Places"), f"{room:,}", ""),
            (say("Places taken"), f"{100 * there / room:.0f}%" if room else "–", ""),
            (say("Crowded branches"), f"{crowded:,}", "bad" if crowded else ""),
            (say("Branches not served"), f"{unserved:,}", "bad" if unserved else ""),
        ]
    )


def _table(visit: Visit, rows: list[BranchRow]) -> str:
    say = visit.say
    if not rows:
        return f'<div class="rg-empty">{say("There are no branches here.")}</div>'
    lines: list[list[Cell]] = []
    for row in rows:
        state: Cell = say("served")
        if row.crowded:
            state = Marked(say("crowded"), "bad")
        elif row.unserved:
            state = Marked(say("not served"), "warn")
        share = Share(100 * row.members / row.capacity)
        lines.append(
            [Link(visit.unit_name(row.code), f"/?view=work&part=members&unit={row.code}"), share, row.members, row.capacity, row.departments, state]
        )  # fmt: skip
    titles = [
        say("Unit"),
        say("Places taken"),
        say("Members"),
        say("Places"),
        say("Departments"),
        say("State"),
    ]
    return table_html(titles, lines, say("Members by branch"))


# --- a proposal -----------------------------------------------------------------------------------------------------


def _spread(visit: Visit, unit: str) -> None:
    say, city = visit.say, visit.city
    if not mustered.may_spread(city, visit.person, unit):
        return
    st.subheader(say("Spread the members"))
    st.caption(
        say("Everybody gets a branch, none is crowded, each is served; who has a place keeps it where that goes. Then count: the home, the unit's link, room.")
    )  # fmt: skip
    room = city.rules_read.room
    members = len(mustered.members_of(city, visit.person, unit))
    branches = max(1, len(mustered.branches_in(city, unit)))
    with st.form("members-spread", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        capacity = st.number_input(
            say("A branch takes"), 1, 10_000, room.capacity, key=f"spread-capacity-{unit}"
        )
        least = st.number_input(
            say("A branch needs"),
            0,
            10_000,
            min(room.least, members // branches),
            key=f"spread-least-{unit}",
        )
        asked = st.form_submit_button(say("Make a proposal"))
    if asked:
        _propose(visit, unit, int(capacity), int(least))
    kept: tuple[str, Proposal] | None = st.session_state.get("members-proposal")
    if kept is not None and kept[0] == unit:
        _show(visit, unit, kept[1])


def _propose(visit: Visit, unit: str, capacity: int, least: int) -> None:
    say = visit.say
    st.session_state.pop("members-proposal", None)
    try:
        with st.spinner(say("The solver looks for places …")):
            found = mustered.propose(visit.city, visit.person, unit, capacity, least)
    except Refused as refused:
        st.error(say.of(refused.because))
        return
    st.session_state["members-proposal"] = (unit, found)


def _show(visit: Visit, unit: str, proposal: Proposal) -> None:
    say = visit.say
    reasons, moved = proposal.reasons, proposal.moved
    lines: list[list[Cell]] = [[say.of(BECAUSE[why]), reasons[why]] for why in Because if reasons[why]]
    st.html(
        table_html(
            [say("Reason"), say("Members")],
            lines,
            say("Proposal: {n} members, {moved} go to a branch", n=len(proposal.placed), moved=len(moved)),
        )
    )
    if moved:
        with st.expander(say("Who goes where, and why"), expanded=True):
            st.html(_moves(visit, unit, proposal))
    if st.button(say("Put into force"), key="members-force", type="primary", disabled=not moved):
        city = visit.city

        def act() -> None:
            put_into_force(city.store, city.rulebook, proposal, by=visit.person, now=city.now())
            st.session_state.pop("members-proposal", None)

        done(visit, act)


def _moves(visit: Visit, unit: str, proposal: Proposal) -> str:
    say, city = visit.say, visit.city
    known = {m.id: m for m in mustered.members_of(city, visit.person, unit)}
    shown = [each for each in proposal.moved if each.member in known][:MOVES_SHOWN]
    label = labels_of(visit, [known[each.member] for each in shown])
    lines: list[list[Cell]] = []
    for each in shown:
        before = known[each.member].branch
        lines.append(
            [
                label(known[each.member]),
                visit.unit_name(before) if before else "–",
                visit.unit_name(each.branch),
                say.of(BECAUSE[each.because]),
            ]
        )
    caption = say("The first {n} of {total}", n=len(shown), total=f"{len(proposal.moved):,}")
    return table_html([say("Member"), say("Branch so far"), say("New branch"), say("Reason")], lines, caption)


SECTIONS: tuple[tuple[str, Said, Callable[[Visit, str], None]], ...] = (
    ("branches", said("Branches"), _branches),
    ("members", said("Members"), member_list.show),
    ("tasks", said("Posts, teams, zones"), member_list.show_tasks),
    ("activities", said("Activities"), member_activities.show),
    ("grades", said("The year's grades"), member_grades.show),
)

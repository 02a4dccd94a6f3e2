"""The small forms of a joint meeting. Each opens over the page and acts on the agenda as it was seen then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import streamlit as st

from city.access import watching
from city.meetings import AgendaLine, AgendaView
from domain.actions import meetings as acting
from domain.meetings import Decision, MatterOutcome, Tier
from domain.said import Refused
from domain.titles import MATTER_OUTCOME
from views.plain import plain
from views.visit import Visit

DECIDES = (MatterOutcome.SETTLED, MatterOutcome.ASSIGNED, MatterOutcome.MOVED_UP, MatterOutcome.RETURNED)
USUAL_DAYS = 15
"""How far ahead a due date is proposed."""

MORNING, EVENING = time(9), time(18)


def show_agenda_buttons(visit: Visit, view: AgendaView) -> None:
    """What the convener may do with the whole agenda; others are told who convenes."""
    say = visit.say
    if view.refused and view.ad_hoc_refused:
        st.caption(say.of(view.refused))
        return
    with st.container(horizontal=True, key="agenda-buttons"):
        if st.button(say("Add a matter"), key="add-matter"):
            _add(visit, view)
        if st.button(say("Plan the meeting"), key="plan-meeting"):
            _plan(visit, view)
        meeting = view.meeting
        if (
            meeting
            and not view.refused
            and st.button(
                say("Close with minutes"),
                key="close-meeting",
                type="primary",
                disabled=view.lacking is not None,
            )
        ):
            _close(visit, view)


def show_matter_buttons(visit: Visit, view: AgendaView, line: AgendaLine) -> None:
    """Decide about a matter while its meeting is open; note as done what was assigned."""
    meeting = view.meeting
    if meeting is None or view.refused or line.matter.outcome is MatterOutcome.WITHDRAWN:
        return
    key = f"{line.matter.id}-{meeting.version}"
    if meeting.is_open and st.button(visit.say("Decide"), key=f"decide-{key}"):
        _decide(visit, view, line)
    if line.waits and st.button(visit.say("Note as done"), key=f"done-{key}"):
        _carry_out(visit, "settle_assigned", visit.say("Noted as done."), lambda: acting.settle_assigned(
            visit.city.store, visit.city.rulebook, line.matter.id, by=visit.person, now=visit.city.now()
        ))  # fmt: skip


def _add(visit: Visit, view: AgendaView) -> None:
    say = visit.say

    @st.dialog(say("Add a matter"))
    def form() -> None:
        with st.form("form-add-matter", border=False):
            title = st.text_input(say("Matter"), max_chars=200)
            sent = st.form_submit_button(say("Add a matter"), type="primary")
        if sent:
            _carry_out(visit, "add_matter", say("It is on the next agenda."), lambda: acting.add_matter(
                visit.city.store, visit.city.rulebook, view.unit, title, by=visit.person, now=visit.city.now()
            ))  # fmt: skip

    form()


def _plan(visit: Visit, view: AgendaView) -> None:
    say, meeting = visit.say, view.meeting
    local = meeting.planned_at.astimezone(visit.city.zone) if meeting and meeting.planned_at else None

    @st.dialog(say("Plan the meeting"))
    def form() -> None:
        with st.form("form-plan-meeting", border=False):
            day = st.date_input(
                say("Day"), value=local.date() if local else _today(visit) + timedelta(days=7)
            )
            at = st.time_input(say("Time"), value=local.time() if local else MORNING)
            ad_hoc = st.toggle(
                say("Ad-hoc: does not count for the cadence"),
                value=bool(view.refused) or bool(meeting and not meeting.regular),
                disabled=bool(view.refused),
            )
            sent = st.form_submit_button(say("Plan the meeting"), type="primary")
        if sent:
            _carry_out(visit, "plan_meeting", say("The meeting is planned."), lambda: acting.plan_meeting(
                visit.city.store, visit.city.rulebook, view.unit, _moment(visit, day, at), regular=not ad_hoc,
                version=meeting.version if meeting else None, by=visit.person, now=visit.city.now(),
            ))  # fmt: skip

    form()


def _decide(visit: Visit, view: AgendaView, line: AgendaLine) -> None:
    say, matter, meeting = visit.say, line.matter, view.meeting
    assert meeting is not None
    outcomes = [o for o in DECIDES if o is not MatterOutcome.MOVED_UP or view.tier is not Tier.CITY]
    departments = dict(sorted(visit.city.ground.departments.items()))

    @st.dialog(say("Decide"))
    def form() -> None:
        st.write(plain(matter.title))
        outcome = st.radio(
            say("Outcome"),
            outcomes,
            index=outcomes.index(matter.outcome) if matter.outcome in outcomes else 0,
            format_func=lambda o: say.of(MATTER_OUTCOME[o]),
            horizontal=True,
        )
        lead, due, ledger, resolution = None, None, "", ""
        with st.form(f"form-decide-{outcome}", border=False):
            if outcome is MatterOutcome.MOVED_UP:
                ledger = st.text_area(say("Written ledger"), value=matter.ledger, max_chars=4000)
            else:
                resolution = st.text_area(say("Resolution"), value=matter.resolution, max_chars=4000)
            if outcome is MatterOutcome.ASSIGNED:
                lead = st.selectbox(
                    say("Lead department"),
                    list(departments),
                    index=list(departments).index(matter.lead) if matter.lead in departments else None,
                    format_func=lambda code: say.pick(*departments[code]),
                    placeholder=say("Please choose"),
                )
                day = matter.due_at.astimezone(visit.city.zone).date() if matter.due_at else None
                due = st.date_input(say("Due date"), value=day or _today(visit) + timedelta(days=USUAL_DAYS))
            feedback = matter.feedback
            if matter.is_from_below:
                feedback = st.text_area(say("Feedback"), value=matter.feedback, max_chars=4000)
            sent = st.form_submit_button(say("Keep the decision"), type="primary")
        if sent:
            decision = Decision(
                outcome, resolution, lead, _moment(visit, due, EVENING) if due else None, ledger, feedback
            )
            _carry_out(visit, "decide", say("The decision is kept; it takes effect when the meeting closes."), lambda: acting.decide(
                visit.city.store, visit.city.rulebook, matter.id, decision,
                version=meeting.version, by=visit.person, now=visit.city.now(),
            ))  # fmt: skip

    form()


def _close(visit: Visit, view: AgendaView) -> None:
    say, meeting = visit.say, view.meeting
    assert meeting is not None
    held = _likely_held(visit, meeting.planned_at)

    @st.dialog(say("Close with minutes"), width="large")
    def form() -> None:
        with st.form("form-close-meeting", border=False):
            left, right = st.columns(2)
            day = left.date_input(say("Held on"), value=held.date())
            at = right.time_input(say("Time"), value=held.time())
            present = st.text_area(say("Who was present, one a line"), max_chars=4000)
            minutes = st.text_area(say("What was discussed"), height=240, max_chars=20_000)
            st.caption(
                say("What was moved up is submitted, what was decided is fed back and reaches the tickets.")
            )
            sent = st.form_submit_button(say("Close with minutes"), type="primary")
        if sent:
            _carry_out(visit, "close_meeting", say("The meeting is closed."), lambda: acting.close_meeting(
                visit.city.store, visit.city.rulebook, meeting.id, present.splitlines(), minutes,
                _moment(visit, day, at), version=meeting.version, by=visit.person, now=visit.city.now(),
            ))  # fmt: skip

    form()


def _carry_out(visit: Visit, doing: str, told: str, action: Callable[[], object]) -> None:
    """Act, and show the page anew; or say why not."""
    try:
        with watching(visit.city, visit.person, doing):
            action()
    except Refused as refused:
        st.error(visit.say.of(refused.because))
        return
    visit.city.forget_loads()
    visit.tell(told)
    st.rerun()


def _likely_held(visit: Visit, planned_at: datetime | None) -> datetime:
    """When a meeting that is being closed was probably held: as planned, else an hour ago; in the city's own time."""
    now = visit.city.now()
    held = planned_at if planned_at and planned_at <= now else now - timedelta(hours=1)
    return held.astimezone(visit.city.zone).replace(second=0, microsecond=0)


def _today(visit: Visit) -> date:
    return visit.city.now().astimezone(visit.city.zone).date()


def _moment(visit: Visit, day: date, at: time) -> datetime:
    return datetime.combine(day, at, visit.city.zone)

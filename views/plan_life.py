"""Follow a plan through review: comments on grids, approval by another person, the day it comes into force."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta

import streamlit as st

from city import drafts
from domain.plans.life import STATE, STEPS, UNDER_WAY, PlanState, Step, refusal_of
from domain.said import Refused, Stale
from views.cards import moment
from views.drawing import CSS, STOPPED, show_log
from views.plain import plain
from views.posts import show_posts
from views.worktable import Worktable


def show_life(table: Worktable) -> None:
    """Where the plan stands, what this person may do with it, what was said about it."""
    say, plan = table.visit.say, table.opened.plan
    st.html(CSS)
    table.show_told()
    st.subheader(f"{plain(plan.name)} · {say.of(STATE[plan.state])}", anchor=False)
    if table.is_stopped:
        st.warning(plain(say.of(STOPPED)))
    if plan.from_at:
        st.caption(say("in force from {time}", time=moment(table.visit, plan.from_at)))
    if plan.content_hash:
        st.caption(say("content {hash}", hash=plan.content_hash[:16]))
    if plan.state in {PlanState.IN_FORCE, PlanState.RETIRED}:
        st.caption(say("To go back to an earlier plan, branch a new draft from it and publish that."))
    if plan.state in UNDER_WAY:
        show_posts(table)
    for step in STEPS:
        if plan.state not in step.begins:
            continue
        because = refusal_of(step, plan, table.visit.person)
        if because is None:
            _FORMS[step.name](table, step)
        elif table.visit.person.role in step.who:
            st.caption(say("{what}: {names}", what=say.of(step.title), names=say.of(because)))
    show_log(table, shown=40)


def _send(table: Worktable, step: Step) -> None:
    _with_words(
        table, step, table.visit.say("What changes, and why"),
        lambda words: drafts.send(
            table.visit.city, table.opened.plan.id, version=table.opened.plan.version, words=words, by=table.visit.person
        ),
    )  # fmt: skip


def _comment(table: Worktable, step: Step) -> None:
    grid = table.grids[0].code if len(table.grids) == 1 else None
    about = table.visit.say("about {grid}", grid=plain(table.name(grid))) if grid else table.visit.say("about the whole plan; select a grid to speak of it")  # fmt: skip
    _with_words(
        table, step, about,
        lambda words: drafts.comment(
            table.visit.city, table.opened.plan.id, words, grid=grid, by=table.visit.person
        ),
    )  # fmt: skip


def _send_back(table: Worktable, step: Step) -> None:
    _with_words(
        table, step, table.visit.say("Reason"),
        lambda words: drafts.send_back(
            table.visit.city, table.opened.plan.id, version=table.opened.plan.version, words=words, by=table.visit.person
        ),
    )  # fmt: skip


def _approve(table: Worktable, step: Step) -> None:
    _with_words(
        table, step, table.visit.say("Remark"),
        lambda words: drafts.approve(
            table.visit.city, table.opened.plan.id, version=table.opened.plan.version, words=words, by=table.visit.person
        ),
    )  # fmt: skip


def _publish(table: Worktable, step: Step) -> None:
    say, city = table.visit.say, table.visit.city
    now = city.now().astimezone(city.zone)
    with st.form("publish"):
        st.markdown(f"**{say.of(step.title)}**")
        day = st.date_input(say("In force from"), value=(now + timedelta(days=1)).date(), min_value=now.date(), key=f"publish-day-{table.opened.plan.id}")  # fmt: skip
        at = st.time_input(say("At"), value=time(0, 0), key=f"publish-time-{table.opened.plan.id}")
        vacant = st.checkbox(
            say("Grids without a head are published as vacant"), key=f"publish-vacant-{table.opened.plan.id}"
        )
        sent = st.form_submit_button(say.of(step.title), key="sent-publish", type="primary")
    if sent and day and at:
        from_at = datetime.combine(day, at, tzinfo=city.zone)
        _do(table, step, lambda: drafts.publish(
            city, table.opened.plan.id, from_at, version=table.opened.plan.version, confirmed=vacant, by=table.visit.person
        ))  # fmt: skip


def _with_words(table: Worktable, step: Step, label: str, act: Callable[[str], object]) -> None:
    # What was written of one plan is not offered for another.
    key = f"words-{step.name}-{table.opened.plan.id}"
    if st.session_state.pop(f"{key}-done", False):
        st.session_state[key] = ""
    with st.form(f"step-{step.name}"):
        words = st.text_area(label, key=key, max_chars=1_000, height=80)
        sent = st.form_submit_button(table.visit.say.of(step.title), key=f"sent-{step.name}", type="primary")
    if sent:
        _do(table, step, lambda: act(words), key)


def _do(table: Worktable, step: Step, act: Callable[[], object], written: str = "") -> None:
    """Take a step; what was ``written`` under a key is done with once it is taken."""
    say = table.visit.say
    try:
        act()
    except Stale as stale:
        # What was written stays in its form, below what the plan is now.
        table.refuse(stale.because)
        st.rerun()
    except Refused as refused:
        st.error(plain(say.of(refused.because)))
        return
    if written:
        st.session_state[f"{written}-done"] = True
    table.visit.tell(say("{step}: done", step=say.of(step.title)))
    st.rerun()


_FORMS: Mapping[str, Callable[[Worktable, Step], None]] = {
    "send": _send,
    "comment": _comment,
    "send_back": _send_back,
    "approve": _approve,
    "publish": _publish,
}
"""The small form of each step."""

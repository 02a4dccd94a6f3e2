"""The inbox: what this person's post was told, the new entries marked."""

from __future__ import annotations

import html

import streamlit as st

from city import inbox
from city.inbox import Page, Stretch, Told
from domain.said import Refused
from gis.palette import LIGHT as P
from views.cards import moment
from views.visit import Visit

LONGEST_NUMBER = 18
"""Digits of an entry's number: more is none of ours."""

CSS = f"""
<style>
.rg-told {{ display: grid; gap: 2px; max-width: 980px; }}
.rg-told div {{ display: grid; grid-template-columns: 18px 150px 1fr; gap: 8px; padding: 7px 12px; border-bottom: 1px solid {P.line}; align-items: baseline; }}
.rg-told .new {{ background: {P.panel}; font-weight: 600; }} .rg-told time {{ color: {P.muted}; font-variant-numeric: tabular-nums; font-weight: 400; }}
.rg-told i {{ color: {P.bad_text}; font-style: normal; }} .rg-told a {{ color: {P.ok}; }}
</style>
"""


def show_inbox(visit: Visit) -> None:
    """The whole page, in pages of its own; what was shown without a gap down to the last new entry counts as seen."""
    below = _below()
    page = inbox.told(visit.city, visit.person, below)
    st.html(CSS)
    with st.container(key="inbox"):
        if not page.lines:
            st.html(f'<div class="rg-empty">{visit.say("Nobody has told you anything yet.")}</div>')
        else:
            st.html(f'<div class="rg-told">{"".join(_line(visit, each) for each in page.lines)}</div>')
        _turn(visit, page, below)
    _keep_seen(visit, page, below)


def _below() -> int | None:
    """The entry below which the page lies, as the address holds it; what is no number is the first page."""
    asked = st.query_params.get("below", "")
    return int(asked) if asked.isdecimal() and len(asked) <= LONGEST_NUMBER else None


def _turn(visit: Visit, page: Page, below: int | None) -> None:
    say = visit.say
    with st.container(horizontal=True, gap="small"):
        if below is not None:
            st.button("◂ " + say("Newest"), key="inbox-newest", on_click=_go_below, args=(None,))
        if page.older:
            oldest = page.lines[-1].entry.id
            st.button(say("Older") + " ▸", key="inbox-older", on_click=_go_below, args=(oldest,))
        if inbox.unread(visit.city, visit.person) > inbox.SHOWN:
            st.button(say("Mark all as read"), key="inbox-all", on_click=_mark_all, args=(visit,))
    if told := st.session_state.pop("inbox-told", None):
        st.error(told)


def _go_below(entry: int | None) -> None:
    if entry is None:
        st.query_params.pop("below", None)
    else:
        st.query_params["below"] = str(entry)


def _mark_all(visit: Visit) -> None:
    try:
        inbox.saw_all(visit.city, visit.person)
    except Refused as refused:
        st.session_state["inbox-told"] = visit.say.of(refused.because)


def _keep_seen(visit: Visit, page: Page, below: int | None) -> None:
    if page.stretch is None:
        return
    before: Stretch | None = st.session_state.get("inbox-seen")
    seen = before.and_then(page.stretch, below) if before else page.stretch
    st.session_state["inbox-seen"] = seen
    inbox.saw(visit.city, visit.person, seen)


def _line(visit: Visit, told: Told) -> str:
    mark = f'<i title="{visit.say("New")}">●</i>' if told.is_new else "<i></i>"
    kind = "new" if told.is_new else ""
    when = moment(visit, told.entry.at)
    return f'<div class="{kind}">{mark}<time>{when}</time><span>{_what(visit, told)}</span></div>'


def _what(visit: Visit, told: Told) -> str:
    say, entry = visit.say, told.entry
    title = html.escape(say.of(told.title))
    if entry.no:
        category = visit.city.category(entry.category or "")
        link = f'<a href="/?ticket={html.escape(entry.no)}" target="_self">{html.escape(entry.no)}</a>'
        return f"{title} · {html.escape(say.pick(category.zh, category.en))} · {link}"
    if entry.unit:
        unit = html.escape(visit.unit_name(entry.unit))
        return f'{title} · <a href="/?view=meetings&unit={html.escape(entry.unit)}" target="_self">{unit}</a>'
    if entry.kind in inbox.OF_ORDERS:
        return f'<a href="/?view=work&part=orders" target="_self">{title}</a>'
    return f"{title} · {say('{n} tickets at once', n=entry.n)}" if entry.n else title

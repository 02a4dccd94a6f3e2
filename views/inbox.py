"""The inbox: what this person's post was told, the new entries marked."""

from __future__ import annotations

import html

import streamlit as st

from city import inbox
from city.inbox import Told
from views.cards import moment
from views.visit import Visit

CSS = """
<style>
.rg-told { display: grid; gap: 2px; max-width: 980px; }
.rg-told div { display: grid; grid-template-columns: 18px 150px 1fr; gap: 8px; padding: 7px 12px; border-bottom: 1px solid #e3e9ee; align-items: baseline; }
.rg-told .new { background: #f3f6f9; font-weight: 600; } .rg-told time { color: #4a5a68; font-variant-numeric: tabular-nums; font-weight: 400; }
.rg-told i { color: #b3261e; font-style: normal; } .rg-told a { color: #0b5a9e; }
</style>
"""


def show_inbox(visit: Visit) -> None:
    """The whole page; what is shown counts as seen."""
    found = inbox.told(visit.city, visit.person)
    st.html(CSS)
    with st.container(key="inbox"):
        if not found:
            st.html(f'<div class="rg-empty">{visit.say("Nobody has told you anything yet.")}</div>')
            return
        st.html(f'<div class="rg-told">{"".join(_line(visit, each) for each in found)}</div>')
    inbox.saw(visit.city, visit.person, found)


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
    return f"{title} · {say('{n} tickets at once', n=entry.n)}"

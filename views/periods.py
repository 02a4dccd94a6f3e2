"""Choose a period: a named one or one's own days. The address holds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import streamlit as st

from domain.periods import SPAN, Days, Span, days_of
from domain.said import BadInput
from views.visit import Visit

EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)
"""The days that can be asked for."""


def choose(label: str, name: str, titles: Mapping[str, str], page: str, **look: Any) -> str:
    """A choice that the address holds under a name; the first one where it holds none. ``page`` keeps keys apart."""
    codes = list(titles)
    asked = st.query_params.get(name)
    key = f"{page}-{name}"
    return st.selectbox(
        label,
        codes,
        index=codes.index(asked) if asked in codes else 0,
        format_func=lambda code: titles[code],
        key=key,
        on_change=_note,
        args=(name, key),
        **look,
    )


def choose_span(visit: Visit, spans: Sequence[Span], page: str, **look: Any) -> Span:
    """One of the periods that have a name, the first at first."""
    titles = {span.value: visit.say.of(SPAN[span]) for span in spans}
    return Span(choose(visit.say("Period"), "period", titles, page, **look))


def choose_days(visit: Visit, span: Span, page: str) -> Days | None:
    """The days of a period, one's own to be chosen; None when they are no period: the page says why."""
    days = days_of(span, visit.city.now().astimezone(visit.city.zone).date())
    if span is not Span.OWN:
        st.html(f'<div class="rg-formula"><small>{days.first} – {days.last}</small></div>')
        return days
    left, right = st.columns(2)
    with left:
        first = _day(visit.say("From"), "from", days.first, page)
    with right:
        last = _day(visit.say("To, included"), "to", days.last, page)
    try:
        return Days(first, last)
    except BadInput as refused:
        st.warning(visit.say.of(refused.because))
        return None


def _day(label: str, name: str, otherwise: date, page: str) -> date:
    try:
        asked = date.fromisoformat(st.query_params.get(name, ""))
    except ValueError:
        asked = otherwise
    asked = min(max(asked, EARLIEST), LATEST)
    key = f"{page}-{name}"
    chosen = st.date_input(
        label,
        value=asked,
        min_value=EARLIEST,
        max_value=LATEST,
        format="YYYY-MM-DD",
        key=key,
        on_change=_note,
        args=(name, key),
    )
    return chosen if isinstance(chosen, date) else asked


def _note(name: str, key: str) -> None:
    st.query_params[name] = str(st.session_state[key])

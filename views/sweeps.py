"""What the clock did: each sweep that did anything, newest first."""

from __future__ import annotations

import streamlit as st

from city.sweeping import Done, latest, title_of
from views.cards import moment
from views.visit import Visit


def show_sweeps(visit: Visit) -> None:
    """The list."""
    say = visit.say
    st.caption(
        say(
            "The clock warns at four fifths of a limit, gives a red card past it, hands up what waits too long, brings what is "
            "three times late to a meeting, ends holds on their review date and closes what nobody rates."
        )
    )
    done = latest(visit.city, visit.person)
    if not done:
        st.html(f'<div class="rg-empty">{say("The clock has not had anything to do yet.")}</div>')
        return
    lines = "".join(
        f"<tr><td>{moment(visit, each.at)}</td><td>{_what(visit, each)}</td></tr>" for each in done
    )
    st.html(f'<table class="rg-rows"><tr><th>{say("When")}</th><th>{say("What")}</th></tr>{lines}</table>')


def _what(visit: Visit, done: Done) -> str:
    return " · ".join(f"{visit.say.of(title_of(kind))} <b>{n:,}</b>" for kind, n in done.did.items())

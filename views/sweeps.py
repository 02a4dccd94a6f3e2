"""What the clock did: each sweep that did anything, newest first."""

from __future__ import annotations

import streamlit as st

from city.sweeping import latest, title_of
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
    done = latest(visit.city)
    if not done:
        st.html(f'<div class="rg-empty">{say("The clock has not had anything to do yet.")}</div>')
        return
    rows = [
        {
            say("When"): moment(visit, each.at),
            say("What"): " · ".join(f"{say.of(title_of(kind))} {n}" for kind, n in each.did.items()),
        }
        for each in done
    ]
    st.dataframe(rows, hide_index=True, width="stretch")

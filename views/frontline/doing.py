"""Do what a form asks for: say that it was done and draw the part anew, or say where it stands why it was not."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from city.access import watching
from city.frontline import shades
from domain.said import Refused
from views.visit import Visit


def do(visit: Visit, doing: str, act: Callable[[], object], about: str = "") -> None:
    """Do it, for whoever is here; ``doing`` is what the log of refusals calls it, ``about`` the number of what it is done to."""
    try:
        with watching(visit.city, visit.person, doing, about):
            act()
    except Refused as refused:
        st.error(visit.say.of(refused.because))
        return
    shades.forget_numbers(visit.city)
    visit.tell(visit.say("Done."))
    st.rerun()

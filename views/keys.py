"""The desk's keys: which there are, in words; the page's script does the rest (``views/desk.js``)."""

from __future__ import annotations

import html
import json

import streamlit as st

from city import assets
from domain.said import Said, said
from views.visit import Visit

KEYS: tuple[tuple[str, Said], ...] = (
    ("/", said("Search a grid or an address")),
    ("f", said("Search tickets")),
    ("1 2 3", said("Show a level of grids")),
    ("t", said("Map or table")),
    ("j k", said("Next or previous ticket")),
    ("Enter", said("Open the ticket")),
    ("n p", said("Next or previous page")),
    ("r", said("Raise a ticket")),
    ("Esc", said("Close, or go one level up")),
    ("?", said("This help")),
)


def listen(visit: Visit) -> None:
    """Put the keys at work, with their words for the help."""
    say = visit.say
    data = {
        "title": say("Keys"),
        "close": say("Close"),
        "keys": json.dumps([[key, say.of(words)] for key, words in KEYS], ensure_ascii=False),
        "figures": f"/live/figures?lang={say.lang}",
        "every": str(visit.city.settings.refresh_seconds),
    }
    attributes = " ".join(f'data-{name}="{html.escape(value)}"' for name, value in data.items())
    script = f'<script src="{assets.addresses()["desk.js"]}"></script>'
    st.html(f'<div id="redgrid-desk" {attributes} hidden></div>{script}', unsafe_allow_javascript=True)

"""The catch-all lists on the desk: what stands on the list of each unit, blanks, entries that may be one, files."""

from __future__ import annotations

import streamlit as st

from city.frontline import outside, places
from city.frontline.sheet_files import rows_for
from city.frontline.sheets import sheet_named
from domain.frontline.outside import KIND, PARTY, Kind, Outside, Party, alike
from views.frontline.files import offer_files
from views.frontline.tables import Cell, Link, Marked, Short, facts_html, table_html
from views.visit import Visit

SHOWN = 300
"""Rows on the page; the files hold all."""

PAIRS = 20
"""Pairs of entries that may be one, on the page."""


def show_outside(visit: Visit, unit: str) -> None:
    """The whole part."""
    rows = [
        row for row in rows_for(visit.city, visit.person, sheet_named(Outside.LIST), unit) if not row.gone
    ]
    st.html(_facts(visit, unit, rows))
    left, right = st.columns([6, 7], gap="large")
    with left:
        if below := _by_unit(visit, unit, rows):
            st.html(below)
        if pairs := _pairs(visit, rows):
            st.html(pairs)
    with right:
        st.html(_rows(visit, rows))
        offer_files(visit, Outside.LIST, unit)


def _facts(visit: Visit, unit: str, rows: list[Outside]) -> str:
    say = visit.say
    blank = outside.blank_grids(visit.city, unit)
    placeless = sum(row.grid is None for row in rows)
    return facts_html(
        [
            *((say.of(KIND[kind]), f"{sum(row.kind is kind for row in rows):,}", "") for kind in Kind),
            (
                say("With a Party organisation"),
                f"{sum(row.party in (Party.OWN, Party.JOINT) for row in rows):,}",
                "",
            ),
            (say("Grids with an empty list"), f"{len(blank):,}", "bad" if blank else ""),
            *([(say("On no grid's list yet"), f"{placeless:,}", "bad")] if placeless else []),
        ]
    )


def _by_unit(visit: Visit, unit: str, rows: list[Outside]) -> str:
    say, structure = visit.say, visit.city.ground.structure
    lines: list[list[Cell]] = []
    for code in places.parts_of(visit.city, unit):
        those = [row for row in rows if row.grid and structure.within(structure.today(row.grid), code)]
        having = sum(row.party in (Party.OWN, Party.JOINT) for row in those)
        there: Cell = len(those) or Marked(say("empty"), "warn")
        lines.append(
            [
                Link(visit.unit_name(code), f"/?view=work&part=outside&unit={code}"),
                there,
                having,
                len(those) - having,
            ]
        )
    titles = [say("Unit"), say("On the list"), say("With a Party organisation"), say("Without")]
    return table_html(titles, lines, say("By unit")) if lines else ""


def _rows(visit: Visit, rows: list[Outside]) -> str:
    say = visit.say
    if not rows:
        return f'<div class="rg-empty">{say("Nothing stands on this list yet.")}</div>'
    lines: list[list[Cell]] = [
        [
            row.name,
            Short(say.of(KIND[row.kind])),
            row.address,
            visit.unit_name(row.grid) if row.grid else Marked(say("no grid"), "warn"),
            Short(say.of(PARTY[row.party])),
        ]
        for row in rows[:SHOWN]
    ]
    titles = [
        say("Name of the organisation"),
        say("Kind"),
        say("Address"),
        say("Grid"),
        say("Party organisation"),
    ]
    caption = say("The first {n} of {total}", n=min(SHOWN, len(rows)), total=f"{len(rows):,}")
    return table_html(titles, lines, caption)


def _pairs(visit: Visit, rows: list[Outside]) -> str:
    say, city = visit.say, visit.city
    pairs = alike(rows, str(city.ground.facts.get("city_name", "")))
    lines: list[list[Cell]] = [
        [a.name, b.name, visit.unit_name(a.grid) if a.grid else "–"] for a, b in pairs[:PAIRS]
    ]
    return table_html([say("Entry"), say("And"), say("Grid")], lines, say("Perhaps the same: {n}", n=len(pairs))) if lines else ""  # fmt: skip

"""The table twin of the map: the same grids with the same numbers, to be read, sorted and walked through by keyboard."""

from __future__ import annotations

import html
from functools import partial
from urllib.parse import urlencode

import streamlit as st

from city import grid_table
from city.spreadsheets import CSV_KIND, XLSX_KIND, Cell, csv_bytes, xlsx_bytes
from city.weights import Colouring, Weight, legend_of
from domain.grids import Level
from domain.titles import LEVEL
from views.cards import moment
from views.taking import noted
from views.visit import Focus, Visit

SHOWN = 1_000
"""Rows on the page; a file holds all."""


def show_grid_table(visit: Visit) -> None:
    """The grids that the map shows, as a table with its downloads."""
    focus, measure = visit.focus, visit.measure
    within = focus.within if focus.within in visit.city.ground.structure.grids else None
    rows = grid_table.rows_of(visit.city, visit.person, focus.level, measure, within)
    if not rows:
        st.html(f'<div class="rg-empty">{visit.say("No grid of this level lies in your area.")}</div>')
        return
    st.html(_table_html(visit, rows))
    with st.container(key="table-files", horizontal=True, gap="small", vertical_alignment="center"):
        _downloads(visit, rows)
        if len(rows) > SHOWN:
            st.caption(
                visit.say("The first {n} of {total} grids; the files hold all.", n=SHOWN, total=len(rows))
            )


def _table_html(visit: Visit, rows: list[Weight]) -> str:
    say, measure = visit.say, visit.measure
    at = moment(visit, visit.city.now())
    caption = (
        f"{say.of(LEVEL[visit.focus.level])} · {say.of(legend_of(measure))} · {say('as of {at}', at=at)}"
    )
    titles = [say("Grid"), *grid_table.header(say, measure)]
    sort = say("Sort by {column}", column="{column}")
    heads = "".join(
        f'<th scope="col"{"" if n in (0, len(titles) - 1) else CLASS_NUMBER}><button type="button" data-sort="{n}" '
        f'title="{html.escape(sort.replace("{column}", title))}">{html.escape(title)}</button></th>'
        for n, title in enumerate(titles)
    )
    lines = "".join(_line_html(visit, weight) for weight in rows[:SHOWN])
    return (
        f'<div class="rg-grids-wrap" role="region" aria-label="{html.escape(caption)}" tabindex="0"><table class="rg-grids">'
        f"<caption>{html.escape(caption)}</caption><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


CLASS_NUMBER = ' class="number"'


def _line_html(visit: Visit, weight: Weight) -> str:
    grid, focus = weight.grid, visit.focus
    to = Focus(grid.level, focus.within, grid.code)
    kept = {k: v for k, v in st.query_params.items() if k not in ("level", "grid", "within", "page")}
    link = html.escape("/?" + urlencode(kept | visit.address_of(to)))
    current = ' aria-current="true"' if focus.selected == grid.code else ""
    *numbers, word = grid_table.cells(weight, visit.say, visit.measure)
    cells = "".join(f'<td class="number" data-value="{_value(cell)}">{_shown(cell)}</td>' for cell in numbers)
    return (
        f'<tr{current} data-code="{html.escape(grid.code)}"><th scope="row" data-value="{html.escape(grid.name)}">'
        f'<a href="{link}" target="_self" data-here>{html.escape(grid.name)}</a><small>{html.escape(grid.code)}</small></th>'
        f'{cells}<td data-value="{weight.class_}">{html.escape(str(word))}</td></tr>'
    )


def _value(cell: Cell | None) -> str:
    return "-1" if cell is None else str(cell)


def _shown(cell: Cell | None) -> str:
    if cell is None:
        return "–"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


def _downloads(visit: Visit, rows: list[Weight]) -> None:
    level, measure = visit.focus.level, visit.measure
    name = f"grids-{int(level)}-{measure.value}"
    for kind, title, media_type in (
        ("csv", visit.say("Download CSV"), CSV_KIND),
        ("xlsx", visit.say("Download XLSX"), XLSX_KIND),
    ):
        make = partial(_file, visit, level, measure, rows, kind)
        made = noted(visit, "grids", make, kind=kind, level=int(level), rows=len(rows))
        st.download_button(title, made, f"{name}.{kind}", media_type, key=f"grids-{kind}", on_click="ignore")


def _file(visit: Visit, level: Level, measure: Colouring, rows: list[Weight], kind: str) -> bytes:
    """The file, made when it is asked for, outside the page's run."""
    sheet = grid_table.sheet_of(rows, level, measure, visit.say)
    return csv_bytes(sheet.rows) if kind == "csv" else xlsx_bytes([sheet])

"""Foresee, a tab of the planner's page: what the draft would do to people, tickets and heads, before anybody decides."""

from __future__ import annotations

import html
from base64 import b64encode
from collections.abc import Sequence
from decimal import Decimal
from functools import partial

import streamlit as st

from city.drafts import OpenDraft
from city.foreseeing import (
    CHANGE_CLASS,
    NEW_GRID,
    UNKNOWN,
    Foresight,
    ForesightMeasure,
    drawn_level,
    foresee,
    map_classes,
    measures_of,
)
from city.foresight_tables import Table, TableCell, Unit, foresight_bytes, remarks_of, summary_of, tables_of
from city.spreadsheets import XLSX_KIND
from domain.grids import Level
from domain.said import Refused, said
from domain.titles import LEVEL
from gis.palette import LIGHT
from gis.picture import svg
from views.cards import moment
from views.plain import plain
from views.taking import noted
from views.visit import Visit

P = LIGHT
MAP = "map"

ROWS_SHOWN = 400
"""How many rows a page carries; the file carries all."""

MEASURES = {
    ForesightMeasure.WORK: said("Tickets of the year"),
    ForesightMeasure.OVERDUE: said("Overdue of the year"),
    ForesightMeasure.PER_HEAD: said("Tickets per head"),
    ForesightMeasure.HOUSEHOLDS: said("Households"),
}
"""By what the picture is coloured."""

HATCHED = {
    -2: ("much-less", P.bands[0], P.background, 45),
    2: ("much-more", P.bands[4], P.background, -45),
    NEW_GRID: ("new-grid", P.background, P.text, 0),
}
"""What stands out most is hatched, for whoever does not see the colours: name, ground, line, angle."""

FILLS = {-1: P.bands[1], 0: P.bands[2], 1: P.bands[3], UNKNOWN: P.background} | {
    each: f"url(#{name})" for each, (name, *_) in HATCHED.items()
}
"""How a class of change is drawn."""


def _key_css(each: int) -> str:
    """The same in the legend."""
    if each not in HATCHED:
        return f".rg-change .change{each} {{ background: {FILLS[each]}; }}"
    _, ground, line, angle = HATCHED[each]
    stripes = f"repeating-linear-gradient({90 - angle}deg, {line} 0 2px, {ground} 2px 7px)"
    return f".rg-change .change{each} {{ background: {stripes}; }}"


CSS = f"""
<style>
.rg-foresee-head {{ font-size: 18px; font-weight: 600; margin: 0 0 4px; font-variant-numeric: tabular-nums; }}
.rg-foresee-head small {{ display: block; font-size: 14px; font-weight: 400; color: {P.muted}; }}
.rg-remarks {{ margin: 4px 0 0; padding-left: 20px; font-size: 14px; }}
.rg-foresee-wrap {{ overflow: auto; max-height: max(360px, calc(100vh - 380px)); border: 1px solid {P.line}; border-radius: 8px; }}
.rg-foresee {{ border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }}
.rg-foresee caption {{ text-align: left; color: {P.muted}; padding: 8px 12px; }}
.rg-foresee th, .rg-foresee td {{ padding: 6px 12px; text-align: left; border-bottom: 1px solid {P.line}; font-weight: 400; vertical-align: top; }}
.rg-foresee thead th {{ position: sticky; top: 0; background: {P.panel}; z-index: 1; font-weight: 600; }}
.rg-foresee .number {{ text-align: right; white-space: nowrap; }} .rg-foresee small {{ display: block; color: {P.muted}; }}
.rg-change {{ display: flex; gap: 24px; flex-wrap: wrap; align-items: flex-start; }}
.rg-change img {{ flex: 1 1 420px; max-width: 820px; max-height: max(300px, calc(100vh - 420px)); object-fit: contain; background: {P.panel}; border-radius: 8px; }}
.rg-change ul {{ list-style: none; margin: 0; padding: 0; font-size: 14px; }} .rg-change li {{ display: flex; gap: 8px; align-items: center; margin: 0 0 6px; padding: 0; }}
.rg-change i {{ width: 28px; height: 18px; flex: none; border: 1px solid {P.outline}; border-radius: 3px; }}
{" ".join(_key_css(each) for each in CHANGE_CLASS)}
</style>
"""


def show_foresight(visit: Visit, opened: OpenDraft) -> None:
    """What the plan would do, against the one in force."""
    say = visit.say
    st.html(CSS)
    try:
        with st.spinner(say("Looking ahead …")):
            foresight = foresee(visit.city, opened, visit.person)
    except Refused as refused:
        st.warning(plain(say.of(refused.because)))
        return
    with st.container(key="foresight"):
        if foresight.is_empty:
            st.html(
                f'<div class="rg-empty">{say("Nothing would change: this plan is the same as the one in force.")}</div>'
            )
            return
        st.html(_head_html(visit, foresight))
        _parts(visit, opened, foresight)


def _head_html(visit: Visit, foresight: Foresight) -> str:
    say = visit.say
    against = say(
        "{plan} against {base}, with the tickets and heads of {at}",
        plan=foresight.plan, base=foresight.against, at=moment(visit, foresight.at),
    )  # fmt: skip
    remarks = "".join(f"<li>{html.escape(words)}</li>" for words in remarks_of(foresight, say))
    return (
        f'<p class="rg-foresee-head" role="status">{html.escape(summary_of(foresight, say))}'
        f"<small>{html.escape(against)}</small></p>"
        + (f'<ul class="rg-remarks">{remarks}</ul>' if remarks else "")
    )


def _parts(visit: Visit, opened: OpenDraft, foresight: Foresight) -> None:
    """One table at a time, the picture, and the file that holds everything."""
    say = visit.say
    tables = {table.name: table for table in tables_of(foresight, say)}
    titles = {name: f"{table.title} · {len(table.rows):,}" for name, table in tables.items()}
    titles[MAP] = say("Map")
    with st.container(key="foresight-bar", horizontal=True, gap="small", vertical_alignment="center"):
        chosen = st.segmented_control(
            say("What is foreseen"), list(titles), default=next(iter(titles)), format_func=titles.__getitem__,
            key="foresight-part", label_visibility="collapsed", required=True,
        )  # fmt: skip
        _download(visit, foresight)
    if chosen == MAP:
        _map(visit, opened, foresight)
    elif chosen in tables:
        _table(visit, tables[chosen])


def _download(visit: Visit, foresight: Foresight) -> None:
    make = partial(foresight_bytes, foresight, visit.say)
    made = noted(visit, "foresight", make, kind="xlsx", plan=foresight.plan, tickets=len(foresight.listed))
    st.download_button(
        visit.say("Download XLSX"), made, "foresight.xlsx", XLSX_KIND, key="foresight-xlsx", on_click="ignore"
    )


# --- tables ---------------------------------------------------------------------------------------------


def _table(visit: Visit, table: Table) -> None:
    if not table.rows:
        st.html(f'<div class="rg-empty">{visit.say("No grid gets other work than before.")}</div>')
        return
    st.html(_table_html(table))
    if len(table.rows) > ROWS_SHOWN:
        all_rows = f"{len(table.rows):,}"
        st.caption(
            visit.say("The first {n} of {all} rows; the files hold them all.", n=ROWS_SHOWN, all=all_rows)
        )


def _table_html(table: Table) -> str:
    numbers = [_is_number(column) for column in zip(*table.rows, strict=True)]
    heads = "".join(
        f'<th scope="col"{NUMBER if number else ""}>{html.escape(title)}</th>'
        for title, number in zip(table.header, numbers, strict=True)
    )
    lines = "".join(f"<tr>{''.join(map(_cell_html, row, numbers))}</tr>" for row in table.rows[:ROWS_SHOWN])
    caption = f"<caption>{html.escape(table.about)}</caption>" if table.about else ""
    return (
        f'<div class="rg-foresee-wrap" role="region" aria-label="{html.escape(table.title)}" tabindex="0">'
        f'<table class="rg-foresee" data-table="{table.name}">{caption}<thead><tr>{heads}</tr></thead>'
        f"<tbody>{lines}</tbody></table></div>"
    )


NUMBER = ' class="number"'


def _is_number(column: Sequence[TableCell]) -> bool:
    return all(cell is None or isinstance(cell, int | Decimal) for cell in column)


def _cell_html(cell: TableCell, number: bool) -> str:
    if isinstance(cell, Unit):
        below = f"<small>{html.escape(cell.code)}</small>" if cell.code and cell.code != cell.name else ""
        return f"<td>{html.escape(cell.name)}{below}</td>"
    if cell is None:
        return f"<td{NUMBER if number else ''}>–</td>"
    shown = f"{cell:,}" if isinstance(cell, int) else str(cell)
    return f"<td{NUMBER if number else ''}>{html.escape(shown)}</td>"


# --- the picture ----------------------------------------------------------------------------------------


def _map(visit: Visit, opened: OpenDraft, foresight: Foresight) -> None:
    say = visit.say
    levels = sorted({grid.level for grid in opened.draft.grids.values()})
    measures = measures_of(foresight)
    with st.container(key="foresight-map-bar", horizontal=True, gap="small"):
        level = st.segmented_control(
            say("Level"), levels, default=levels[-1], format_func=lambda each: say.of(LEVEL[each]),
            key="foresight-level", label_visibility="collapsed", required=True,
        )  # fmt: skip
        measure = st.segmented_control(
            say("Coloured by"), measures, default=measures[0], format_func=lambda each: say.of(MEASURES[each]),
            key="foresight-measure", label_visibility="collapsed", required=True,
        )  # fmt: skip
    with st.spinner(say("Drawing the grids …")):
        st.html(_picture_html(visit, opened, foresight, Level(level), ForesightMeasure(measure)))


def _picture_html(
    visit: Visit, opened: OpenDraft, foresight: Foresight, level: Level, measure: ForesightMeasure
) -> str:
    """As an image of its own: Streamlit lets no drawing stand in a page."""
    say = visit.say
    codes, coded = drawn_level(visit.city, opened, level)
    found = map_classes(foresight, measure)
    classes = [found.get(code, UNKNOWN) for code in codes]
    drawn = svg(coded, [FILLS[each] for each in classes], P)
    whole = drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).replace(
        "<g ", f"{HATCHES}<g ", 1
    )
    legend = "".join(
        f'<li><i class="change{each}"></i>{html.escape(say.of(words))} · {classes.count(each):,}</li>'
        for each, words in CHANGE_CLASS.items()
        if each != UNKNOWN or each in classes
    )
    title = html.escape(f"{say.of(LEVEL[level])} · {say.of(MEASURES[measure])}")
    source = f"data:image/svg+xml;base64,{b64encode(whole.encode()).decode()}"
    return f'<div class="rg-change"><img alt="{title}" src="{source}"><ul>{legend}</ul></div>'


def _hatch(name: str, ground: str, line: str, angle: int) -> str:
    """A pattern in steps of the picture's own: half a metre each."""
    return (
        f'<pattern id="{name}" width="120" height="120" patternUnits="userSpaceOnUse" patternTransform="rotate({angle})">'
        f'<rect width="120" height="120" fill="{ground}"/><rect width="34" height="120" fill="{line}"/></pattern>'
    )


HATCHES = f"<defs>{''.join(_hatch(*each) for each in HATCHED.values())}</defs>"

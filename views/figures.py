"""The figures page: indicators by unit and department over a period, each with its formula one click away."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from city import indicators
from city.indicators import BY_CODE, IndicatorRow
from city.past import origins_of
from city.spreadsheets import CSV_KIND, XLSX_KIND, csv_bytes, xlsx_bytes
from domain.indicators import (
    ENOUGH,
    FEW,
    GROUPING,
    Count,
    Figure,
    Grouping,
    Indicator,
    Reliability,
    Tally,
    indicators_by,
    reliability_of,
)
from domain.periods import Days, Span
from domain.said import Refused, Said, said
from gis.palette import LIGHT
from views.cards import moment
from views.periods import choose, choose_days, choose_span
from views.taking import noted
from views.visit import Visit

P = LIGHT

CSS = f"""
<style>
.rg-figures-wrap {{ overflow: auto; max-height: max(360px, calc(100vh - 300px)); border: 1px solid {P.line}; border-radius: 8px; }}
.rg-figures {{ border-collapse: collapse; width: 100%; font-size: 15px; font-variant-numeric: tabular-nums; }}
.rg-figures caption {{ text-align: left; color: {P.muted}; font-size: 14px; padding: 6px 12px; }}
.rg-figures th, .rg-figures td {{ padding: 6px 12px; text-align: right; border-bottom: 1px solid {P.line}; white-space: nowrap; }}
.rg-figures th:first-child {{ text-align: left; white-space: normal; min-width: 12em; }}
.rg-figures thead th {{ position: sticky; top: 0; background: {P.panel}; z-index: 1; white-space: normal; }}
.rg-figures tbody th {{ font-weight: 400; }} .rg-figures tr.total th, .rg-figures tr.total td {{ font-weight: 700; background: {P.panel}; }}
.rg-figures small {{ display: block; color: {P.muted}; font-size: 12.5px; font-weight: 400; }}
.rg-figures .mark, .rg-formula .mark {{ color: {P.warn_text}; font-size: 13px; }}
.rg-formula {{ max-width: 30em; }} .rg-formula p {{ margin: 6px 0; }} .rg-formula .numbers {{ font-size: 20px; font-variant-numeric: tabular-nums; }}
.rg-formula small, .rg-origins {{ color: {P.muted}; }} .rg-origins {{ font-size: 14px; }} .rg-origins ul {{ margin: 2px 0 0; padding-left: 20px; }}
</style>
"""

PAGE = "figures"
"""What this page's choices are kept apart by."""

ORIGINS_SHOWN = 20
"""How many grids made by a redraw are named below the table."""

ROWS_SHOWN = 400
"""How many rows a page carries; the files carry all."""

MARK: Mapping[Reliability, tuple[str, Said]] = {
    Reliability.SMALL: ("▨", said("sample too small")),
    Reliability.HIDDEN: ("○", said("too few cases")),
}
"""How a rate that rests on few cases is marked: a shape and a word."""

AS_LISTED = "code"


def show_figures(visit: Visit) -> None:
    """The whole page."""
    say = visit.say
    st.html(CSS)
    open_to = indicators.groupings(visit.city, visit.person)
    if not open_to:
        st.info(say("Figures are not among what your role sees."))
        return
    days, by, order = _bar(visit, open_to)
    if days is None:
        return
    try:
        with st.spinner(say("Counting the period …")):
            rows = indicators.figures(visit.city, visit.person, *days.moments(visit.city.zone), by)
    except Refused as refused:
        st.warning(say.of(refused.because))
        return
    if not rows:
        st.info(say("Nothing was counted in this period."))
        return
    _formulas(visit, by, indicators.whole(rows))
    shown = indicators.ordered(rows, BY_CODE.get(order))
    st.html(_table_html(visit, by, days, shown))
    if len(shown) > ROWS_SHOWN:
        st.caption(
            say("The first {n} of {all} rows; the files hold them all.", n=ROWS_SHOWN, all=f"{len(shown):,}")
        )
    _origins(visit, days, shown)
    _downloads(visit, by, days, shown)


# --- what is asked for: the address holds it ------------------------------------------------------------------


def _bar(visit: Visit, open_to: Sequence[Grouping]) -> tuple[Days | None, Grouping, str]:
    say = visit.say
    columns = st.columns([3, 4, 5, 3], vertical_alignment="bottom")
    with columns[0]:
        span = choose_span(visit, list(Span), PAGE)
    with columns[1]:
        days = choose_days(visit, span, PAGE)
    with columns[2]:
        titles = {by.value: say.of(GROUPING[by]) for by in open_to}
        by = Grouping(choose(say("Break down by"), "by", titles, PAGE))
    orders = {AS_LISTED: say("by code")} | {i.code: say.of(i.title) for i in indicators_by(by)}
    with columns[3]:
        order = choose(say("Order, most worrying first"), "order", orders, PAGE)
    return days, by, order


# --- what is shown ----------------------------------------------------------------------------------------------


def _formulas(visit: Visit, by: Grouping, tally: Tally) -> None:
    """One button for each indicator with the figure of the whole; behind it the formula."""
    with st.container(key="formulas", horizontal=True, gap="small"):
        for indicator in indicators_by(by):
            label = f"{visit.say.of(indicator.title)} · {indicator.of(tally).shown()}"
            with st.popover(label, key=f"formula-{indicator.code}"):
                st.html(_formula_html(visit, indicator, indicator.of(tally)))


def _formula_html(visit: Visit, indicator: Indicator, figure: Figure) -> str:
    say = visit.say
    few = say(
        "Below {enough} cases a rate is marked, below {few} it is not shown; the numbers stay.",
        enough=ENOUGH,
        few=FEW,
    )
    about_few = "" if isinstance(figure, Count) else f"<small>{few}</small>"
    return (
        f'<div class="rg-formula"><b>{say.of(indicator.title)}</b>'
        f"<p>= {say.of(indicator.formula)}</p>"
        f'<p class="numbers">{figure.numbers()} = {figure.shown()}</p>'
        f"<p>{say.of(indicator.period)}</p>{about_few}</div>"
    )


def _table_html(visit: Visit, by: Grouping, days: Days, rows: Sequence[IndicatorRow]) -> str:
    say = visit.say
    caption = say(
        "{by}, {first} – {last}, as known at {at}",
        by=GROUPING[by],
        first=days.first,
        last=days.last,
        at=moment(visit, visit.city.now()),
    )
    titles = "".join(f'<th scope="col">{say.of(i.title)}</th>' for i in indicators_by(by))
    lines = [_line_html(visit, by, say("Total"), "", indicators.whole(rows), "total")]
    lines += [_line_html(visit, by, r.name(say), r.code, r.tally) for r in rows[:ROWS_SHOWN]]
    return (
        f'<div class="rg-figures-wrap" role="region" aria-label="{say("Figures")}" tabindex="0">'
        f'<table class="rg-figures"><caption>{caption}</caption>'
        f'<thead><tr><th scope="col">{say("Unit or department")}</th>{titles}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def _line_html(visit: Visit, by: Grouping, name: str, code: str, tally: Tally, kind: str = "") -> str:
    cells = "".join(_cell_html(visit, indicator.of(tally)) for indicator in indicators_by(by))
    below = f"<small>{html.escape(code)}</small>" if code and code != name else ""
    return f'<tr class="{kind}"><th scope="row">{html.escape(name)}{below}</th>{cells}</tr>'


def _cell_html(visit: Visit, figure: Figure) -> str:
    if isinstance(figure, Count) or not figure.whole:
        return f"<td>{figure.shown()}</td>"
    numbers, trust = f"<small>{figure.numbers()}</small>", reliability_of(figure)
    if trust is Reliability.SURE:
        return f"<td>{figure.shown()}{numbers}</td>"
    shape, word = MARK[trust]
    mark = f'<span class="mark">{shape} {visit.say.of(word)}</span>'
    value = f"{figure.shown()} " if trust is Reliability.SMALL else ""
    return f"<td>{value}{mark}{numbers}</td>"


def _origins(visit: Visit, days: Days, rows: Sequence[IndicatorRow]) -> None:
    """Where the grids come from that a redraw made in, or after, the period: their figures are those of their ground."""
    begins, _ = days.moments(visit.city.zone)
    made = origins_of(visit.city, [row.code for row in rows[:ROWS_SHOWN]], begins)
    if not made:
        return
    say, name = visit.say, visit.city.ground.structure.name
    lines = [
        say(
            "{grid}: since {day}, from {sources}",
            grid=f"{name(origin.code)} ({origin.code})",
            day=f"{origin.since.astimezone(visit.city.zone):%Y-%m-%d}",
            sources=", ".join(f"{name(code)} ({code})" for code in origin.sources),
        )
        for origin in made[:ORIGINS_SHOWN]
    ]
    if len(made) > ORIGINS_SHOWN:
        lines.append(say("and {n} more", n=len(made) - ORIGINS_SHOWN))
    heading = say("Grids made by a redraw; what happened before is counted on the ground of today:")
    items = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
    with st.container(key="origins"):
        st.html(f'<div class="rg-origins"><p>{heading}</p><ul>{items}</ul></div>')


def _downloads(visit: Visit, by: Grouping, days: Days, rows: Sequence[IndicatorRow]) -> None:
    name = f"figures-{days.first}-{days.last}-{by.value}"
    facts = {"by": by.value, "rows": len(rows)}
    for_csv = noted(visit, "figures", partial(_csv, visit, by, rows), kind="csv", **facts)
    for_xlsx = noted(visit, "figures", partial(_xlsx, visit, by, days, rows), kind="xlsx", **facts)
    with st.container(key="downloads", horizontal=True, gap="small"):
        st.download_button(
            visit.say("Download CSV"), for_csv, f"{name}.csv", CSV_KIND, key="csv", on_click="ignore"
        )
        st.download_button(
            visit.say("Download XLSX"), for_xlsx, f"{name}.xlsx", XLSX_KIND, key="xlsx", on_click="ignore"
        )


def _csv(visit: Visit, by: Grouping, rows: Sequence[IndicatorRow]) -> bytes:
    return csv_bytes(indicators.sheet_of(rows, by, visit.say).rows)


def _xlsx(visit: Visit, by: Grouping, days: Days, rows: Sequence[IndicatorRow]) -> bytes:
    period = f"{days.first} – {days.last}"
    sheets = (indicators.sheet_of(rows, by, visit.say), indicators.formulas_of(by, period, visit.say))
    return xlsx_bytes(sheets)

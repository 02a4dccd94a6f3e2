"""The report on the desk: every figure of a period and a unit with its formula, the rows behind each, the Word file."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from city.meeting_papers import DOCX_KIND
from city.report import behind, paper, reported
from city.report.reported import Told
from city.spreadsheets import XLSX_KIND, xlsx_bytes
from city.words import LANGUAGES, speak
from domain.periods import Days, Span
from domain.report.figure import WHEN, ReportFigure
from domain.report.figures import BY_NAME, CHAPTERS, of_chapter
from domain.said import Refused, Said, said
from gis.palette import LIGHT as P
from views.frontline.tables import Cell, Link, table_html
from views.periods import choose_days, choose_span
from views.taking import noted
from views.visit import Visit

PAGE = "report"

SPANS = (
    Span.TWELVE_MONTHS, Span.THIS_YEAR, Span.LAST_YEAR, Span.THIS_QUARTER, Span.LAST_QUARTER, Span.THIS_MONTH,
    Span.LAST_MONTH, Span.OWN,
)  # fmt: skip
"""The periods of a report, the longest first."""

SHOWN = 200
"""Rows on the page; the workbook holds all."""

PAGES: Mapping[str, tuple[str, Said]] = {
    "meetings": ("view=meetings&section=figures", said("Joint meetings")),
    "tickets": ("view=figures", said("Figures")),
    "visits": ("view=work&part=visits", said("Visits")),
    "needs": ("view=work&part=needs", said("Needs and resources")),
    "resources": ("view=work&part=needs", said("Needs and resources")),
    "services": ("view=work&part=orders", said("Services and orders")),
    "orders": ("view=work&part=orders", said("Services and orders")),
    "building_groups": ("view=work&part=organisation", said("Organisation")),
    "councils": ("view=work&part=organisation", said("Organisation")),
    "fund": ("view=work&part=organisation", said("Organisation")),
    "bodies": ("view=work&part=bodies", said("Bodies and links")),
    "leader_visits": ("view=work&part=leaders", said("Leaders")),
    "working_members": ("view=work&part=members", said("Working members")),
    "allowances": ("view=work&part=allowances", said("Allowances")),
    "assessment": ("view=work&part=assessment", said("Assessment")),
    "outside": ("view=work&part=outside", said("Catch-all lists")),
}
"""Where the list of some rows is kept, by whose rights these are."""

CSS = f"""
<style>
.rg-report {{ border-collapse: collapse; width: 100%; font-size: 15px; font-variant-numeric: tabular-nums; table-layout: fixed; }}
.rg-report th, .rg-report td {{ padding: 4px 12px; text-align: left; border-bottom: 1px solid {P.line}; vertical-align: baseline; overflow-wrap: anywhere; }}
.rg-report thead th {{ color: {P.muted}; font-size: 14px; font-weight: 400; }}
.rg-report tbody th {{ font-weight: 600; }} .rg-report .number {{ text-align: right; white-space: nowrap; font-size: 17px; }}
.rg-report thead .number {{ font-size: 14px; }} .rg-report .when {{ color: {P.muted}; font-size: 13px; }}
.rg-report small {{ display: block; color: {P.muted}; font-size: 13px; }} .rg-report-way {{ color: {P.ok}; }} .rg-report a {{ color: {P.ok}; }}
.rg-report col.name {{ width: 26%; }} .rg-report col.value {{ width: 13%; }} .rg-report col.says {{ width: 14%; }}
.rg-report col.rows {{ width: 12%; }} .rg-chapter {{ font-size: 18px; font-weight: 600; margin: 14px 0 4px; }}
</style>
"""


def show_report(visit: Visit, unit: str) -> None:
    """The whole part: the figures, or the rows behind the one that the address names."""
    st.html(CSS)
    left, middle, right = st.columns([3, 4, 5], vertical_alignment="center")
    with left:
        span = choose_span(visit, SPANS, PAGE, label_visibility="collapsed")
    with middle:
        days = choose_days(visit, span, PAGE)
    if days is None:
        return
    try:
        with st.spinner(visit.say("Counting the period …")):
            found = reported.told(visit.city, visit.person, unit, days)
    except Refused as refused:
        st.warning(visit.say.of(refused.because))
        return
    with right:
        _take(visit, unit, days)
    asked = BY_NAME.get(st.query_params.get("figure", ""))
    if asked is not None:
        _behind(visit, unit, days, next(told for told in found if told.figure is asked))
        return
    known = {told.figure.name: told for told in found}
    for chapter in CHAPTERS:
        told = [known[figure.name] for figure in of_chapter(chapter)]
        st.html(_chapter(visit, visit.say.of(chapter.title), told, unit))


def _take(visit: Visit, unit: str, days: Days) -> None:
    """The Word file, in the person's own language first."""
    say = visit.say
    with st.container(key="report-files", horizontal=True, gap="small", horizontal_alignment="right"):
        for lang in sorted(LANGUAGES, key=lambda lang: lang != say.lang):
            make = partial(paper.report_docx, visit.city, visit.person, unit, days, speak(lang))
            made = noted(
                visit, "report", make, unit=unit, first=f"{days.first}", last=f"{days.last}", lang=lang
            )
            st.download_button(
                say("Word report, {language}", language=LANGUAGES[lang]), made, paper.file_name(unit, days, lang), DOCX_KIND,
                key=f"report-docx-{lang}", on_click="ignore", type="primary" if lang == say.lang else "secondary",
            )  # fmt: skip


# --- the figures --------------------------------------------------------------------------------------------------


def _chapter(visit: Visit, title: str, found: Sequence[Told], unit: str) -> str:
    say = visit.say
    compared = any(told.says is not None for told in found)
    says = f'<th scope="col">{say("The printed report says")}</th>' if compared else ""
    columns = f'<col class="name"><col class="value">{"<col class=says>" if compared else ""}<col><col class="rows">'
    lines = "".join(_line(visit, told, unit, compared=compared) for told in found)
    return (
        f'<h3 class="rg-chapter">{html.escape(title)}</h3><table class="rg-report"><colgroup>{columns}</colgroup><thead><tr>'
        f'<th scope="col">{say("Figure")}</th><th scope="col" class="number">{say("Value")}</th>{says}'
        f'<th scope="col">{say("Formula")}</th><th scope="col">{say("Rows")}</th></tr></thead><tbody>{lines}</tbody></table>'
    )


def _line(visit: Visit, told: Told, unit: str, *, compared: bool) -> str:
    say, figure = visit.say, told.figure
    numbers = f"<small>{told.value.numbers()} = {told.value.shown()}</small>" if told.value.numbers() else ""
    when = "" if figure.of else f' <span class="when">· {say.of(WHEN[figure.when])}</span>'
    says = f"<td>{_says(visit, told)}</td>" if compared else ""
    return (
        f'<tr id="figure-{figure.name}"><th scope="row">{html.escape(say.of(figure.title))}</th>'
        f'<td class="number">{told.value.shown()}</td>{says}'
        f"<td>= {html.escape(say.of(figure.formula))}{when}{numbers}</td><td>{_to_rows(visit, figure, unit)}</td></tr>"
    )


def _says(visit: Visit, told: Told) -> str:
    if told.says is None:
        return ""
    return visit.say("more than {n}", n=f"{told.says:,}") if told.more else f"{told.says:,}"


def _to_rows(visit: Visit, figure: ReportFigure, unit: str) -> str:
    """A click to what a figure is counted of: its rows, or the figures that it is worked out of."""
    say, city = visit.say, visit.city
    if not figure.is_counted:
        return ", ".join(
            f'<a href="#figure-{name}">{html.escape(say.of(BY_NAME[name].title))}</a>' for name in figure.of
        )
    if behind.has_rows(city, figure) and behind.may_see_rows(city, visit.person, figure, unit):
        return f'<a href="{html.escape(_address(figure=figure.name))}" target="_self">{say("Rows behind it")}</a>'
    page = PAGES.get(figure.rights)
    if page is not None and not behind.has_rows(city, figure):
        return f'<a href="/?{html.escape(page[0])}" target="_self">{html.escape(say.of(page[1]))}</a>'
    return "–"


def _address(**more: str) -> str:
    kept = {name: value for name, value in st.query_params.items() if name not in ("figure", *more)}
    return "/?" + "&".join(f"{name}={value}" for name, value in {**kept, **more}.items())


# --- the rows behind one ----------------------------------------------------------------------------------------


def _behind(visit: Visit, unit: str, days: Days, told: Told) -> None:
    say, figure = visit.say, told.figure
    st.html(
        f'<a class="rg-report-way" href="{html.escape(_address())}" target="_self">← {say("All figures of the report")}</a>'
    )
    st.html(_chapter(visit, say.of(figure.chapter.title), [told], unit))
    found = behind.behind(visit.city, visit.person, figure, unit, days, say, SHOWN)
    if found is None:
        st.info(say("The rows behind this figure are not among what your role sees."))
        return
    if not found.rows:
        st.html(f'<div class="rg-empty">{say("Nothing was counted in this period.")}</div>')
        return
    _take_rows(visit, unit, days, figure)
    caption = say("The newest {n} rows; the file holds them all.", n=SHOWN) if found.more else say("{n} rows", n=len(found.rows))  # fmt: skip
    lines = [
        [_shown(name, cell) for name, cell in zip(found.columns, row, strict=True)] for row in found.rows
    ]
    st.html(table_html(found.titles, lines, caption))


def _take_rows(visit: Visit, unit: str, days: Days, figure: ReportFigure) -> None:
    say, page = visit.say, PAGES.get(figure.rights)
    made = noted(
        visit, f"report {figure.name}", partial(_rows, visit, unit, days, figure), kind="xlsx", unit=unit
    )
    with st.container(key="report-rows", horizontal=True, gap="small", vertical_alignment="center"):
        name = f"{figure.name}-{days.first}-{days.last}.xlsx"
        st.download_button(say("Download {kind}", kind="XLSX"), made, name, XLSX_KIND, key="report-rows-xlsx", on_click="ignore")  # fmt: skip
        if page is not None:
            st.html(
                f'<a class="rg-report-way" href="/?{html.escape(page[0])}" target="_self">{html.escape(say.of(page[1]))} →</a>'
            )


def _rows(visit: Visit, unit: str, days: Days, figure: ReportFigure) -> bytes:
    found = behind.behind(visit.city, visit.person, figure, unit, days, visit.say)
    return xlsx_bytes([behind.sheet_of(found, figure, visit.say)] if found is not None else [])


def _shown(name: str, cell: object) -> Cell:
    """A cell of the rows: a ticket's number leads to the ticket."""
    if name == "no":
        return Link(str(cell), f"/?ticket={cell}")
    return cell if isinstance(cell, int) and name != "year" else str(cell)

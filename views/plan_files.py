"""In and out, a drawer of the planner's table: a plan from a file, a plan into files, two plans side by side."""

from __future__ import annotations

import html
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from city.drafts import OpenDraft, all_plans
from city.plan_comparison import FATE, Compared, compare_plans, comparison_bytes
from city.plan_files import PlanRead, PolygonFields, file_of, import_sent, refused_table
from city.spreadsheets import CSV_KIND, XLSX_KIND, csv_bytes
from domain.findings import Finding
from domain.grids import Level
from domain.plans.life import LONGEST_PLAN_NAME, STATE, refusal_to_draw, refusal_to_read
from domain.said import Refused, Said, said
from domain.titles import LEVEL
from gis.palette import LIGHT
from views.plain import plain
from views.taking import noted
from views.visit import Visit

P = LIGHT

SHOWN = 50
"""Refused rows, findings and moves on the page; the files hold them all."""

LARGEST_MB = 20
TAKEN = ["csv", "txt", "xlsx", "geojson", "json", "gpkg", "zip"]

POLYGONS = (
    ("geojson", "GeoJSON", "application/geo+json"),
    ("gpkg", "GeoPackage", "application/geopackage+sqlite3"),
    ("zip", said("Shapefile (zipped)"), "application/zip"),
)

CHOOSE = '.st-key-plan-files [data-testid="stFileUploaderDropzone"] button:not([data-testid="stFileChips"] *)::after'
"""What stands on the uploader's button."""

CSS = f"""
<style>
.rg-files-part {{ font-size: 20px; font-weight: 600; margin: 8px 0 0; padding: 0; }}
.rg-files-wrap {{ overflow: auto; max-height: 420px; border: 1px solid {P.line}; border-radius: 8px; }}
.rg-files {{ border-collapse: collapse; width: 100%; font-size: 15px; font-variant-numeric: tabular-nums; }}
.rg-files caption {{ text-align: left; color: {P.muted}; font-size: 14px; padding: 8px 12px; }}
.rg-files th, .rg-files td {{ padding: 6px 12px; text-align: left; border-bottom: 1px solid {P.line}; font-weight: 400; vertical-align: top; }}
.rg-files thead th {{ position: sticky; top: 0; background: {P.panel}; font-weight: 600; }}
.rg-files .number {{ text-align: right; white-space: nowrap; }} .rg-files small {{ display: block; color: {P.muted}; }}
.rg-files .bad {{ color: {P.bad_text}; white-space: nowrap; }}
</style>
"""


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of the file that came last: kept until another comes."""

    file: str
    plan: int | None
    refused: list[list[str]]
    findings: tuple[Finding, ...]
    moved: int
    new: int
    gone: int
    base: str


def show_plan_files(visit: Visit, opened: OpenDraft) -> None:
    """Bring a plan in, take this one out, compare it with another."""
    say = visit.say
    if because := refusal_to_read(visit.person):
        st.info(say.of(because))
        return
    st.html(CSS)
    with st.container(key="plan-files"):
        left, right = st.columns(2, gap="large")
        with left:
            _take_out(visit, opened)
        with right:
            if refusal_to_draw(visit.person) is None:
                _bring_in(visit, opened)
        _compare(visit, opened)


def _part(title: str) -> None:
    st.html(f'<h3 class="rg-files-part">{html.escape(title)}</h3>')


# --- out ------------------------------------------------------------------------------------------------------------


def _take_out(visit: Visit, opened: OpenDraft) -> None:
    say, plan = visit.say, opened.plan
    _part(say("Take this plan out"))
    st.caption(say("As a table, one row for each unit; it comes in again as the same plan."))
    with st.container(horizontal=True, gap="small"):
        for kind, title, media in (("csv", "CSV", CSV_KIND), ("xlsx", "XLSX", XLSX_KIND)):
            _file(visit, opened, kind, title, media, None)
    levels = sorted({grid.level for grid in opened.draft.grids.values()}, reverse=True)
    st.caption(say("As boundaries in WGS84, each grid with its parent, households and units."))
    level = st.selectbox(
        say("Level"), levels, format_func=lambda each: say.of(LEVEL[each]), key=f"files-level-{plan.id}"
    )
    with st.container(horizontal=True, gap="small"):
        for kind, title, media in POLYGONS:
            _file(visit, opened, kind, say.of(title) if isinstance(title, Said) else title, media, level)


def _file(visit: Visit, opened: OpenDraft, kind: str, title: str, media: str, level: Level | None) -> None:
    plan = opened.plan
    facts: dict[str, Any] = {"plan": plan.id, "kind": kind}
    if level is not None:
        facts["level"] = int(level)
    make = partial(file_of, visit.city, opened, kind, level=level, by=visit.person)
    made = noted(visit, "plan" if level is None else "boundaries", make, **facts)
    name = plan.name if level is None else f"{plan.name}-{int(level)}"
    st.download_button(title, made, f"{name}.{kind}", media, key=f"files-{kind}", on_click="ignore")


# --- in -------------------------------------------------------------------------------------------------------------


def _bring_in(visit: Visit, opened: OpenDraft) -> None:
    say = visit.say
    _part(say("Bring a plan in"))
    st.caption(
        say(
            "A table with the fields unit and {level} – for new grids also name and the levels above – or the grids of the smallest level as polygons. Grids that the file does not describe are those of {plan}.",
            level=f"level{int(opened.draft.smallest)}", plan=plain(opened.plan.name),
        )
    )  # fmt: skip
    label = say("Choose a file").replace('"', "")
    st.html(f'<style>{CHOOSE} {{ content: "{label}" !important; }}</style>')
    # Once a file became a draft, the next one gets an empty form.
    n = st.session_state.get("plan-files-taken", 0)
    with st.form(f"plan-file-{n}", border=False):
        name = st.text_input(
            say("Name of the new draft"), max_chars=LONGEST_PLAN_NAME, key=f"plan-file-name-{n}"
        )
        sent = st.file_uploader(
            say("CSV, XLSX, GeoJSON, GeoPackage, zipped Shapefile"), type=TAKEN, key=f"plan-file-sent-{n}",
            max_upload_size=LARGEST_MB,
        )  # fmt: skip
        fields, crs = _of_polygons(visit)
        pressed = st.form_submit_button(say("Bring it in"), type="primary")
    if pressed:
        _read(visit, opened, name, sent, fields, crs)
    told: Told | None = st.session_state.get("plan-file-told")
    if told and told.plan in (None, opened.plan.id):
        _show_told(visit, told)


def _of_polygons(visit: Visit) -> tuple[PolygonFields, str | None]:
    """What the fields of polygons are called, and in which coordinates they lie, where the file does not say it."""
    say, usual = visit.say, PolygonFields()
    with st.expander(say("Of polygons: what their fields are called, and their coordinates")):
        boxes = st.columns(4)
        code = boxes[0].text_input(say("Field of the code"), usual.code, max_chars=80, key="plan-file-code")
        name = boxes[1].text_input(
            say("Field of the name"), usual.name, max_chars=80, key="plan-file-field-name"
        )
        parent = boxes[2].text_input(
            say("Field of the parent"), usual.parent, max_chars=80, key="plan-file-parent"
        )
        crs = boxes[3].text_input(
            say("Coordinates"), max_chars=20, key="plan-file-crs", placeholder=say("as the file says"),
            help=say("EPSG:4490, gcj02 or bd09; empty: what the file says."),
        )  # fmt: skip
    fields = PolygonFields(
        code.strip() or usual.code, name.strip() or usual.name, parent.strip() or usual.parent
    )
    return fields, crs.strip() or None


def _read(
    visit: Visit, opened: OpenDraft, name: str, sent: Any, fields: PolygonFields, crs: str | None
) -> None:
    say = visit.say
    st.session_state.pop("plan-file-told", None)
    if sent is None:
        st.error(say("Please choose a file."))
        return
    try:
        with st.spinner(say("Reading the file …")):
            done = import_sent(
                visit.city, sent.name, sent.getvalue(), name, by=visit.person, base=opened.plan.name,
                fields=fields, crs=crs,
            )  # fmt: skip
    except Refused as refused:
        st.error(plain(say.of(refused.because)))
        return
    st.session_state["plan-file-told"] = _told(visit, done)
    if done.opened:
        st.session_state["plan-files-taken"] = st.session_state.get("plan-files-taken", 0) + 1
        st.query_params["plan"] = str(done.opened.plan.id)
        visit.tell(say("The draft {plan} is ready.", plan=plain(done.opened.plan.name)))
        st.rerun()


def _told(visit: Visit, done: PlanRead) -> Told:
    refused = refused_table(done, visit.say.of) if done.refused or done.missing else []
    return Told(
        done.file, done.opened.plan.id if done.opened else None, refused, done.findings, done.moved,
        len(done.new), len(done.gone), done.base.plan.name,
    )  # fmt: skip


def _show_told(visit: Visit, told: Told) -> None:
    say = visit.say
    if told.refused:
        st.error(
            say("{file}: {n} rows cannot be used; nothing was written.", file=plain(told.file), n=len(told.refused) - 1)
        )  # fmt: skip
        (_, _, _, *fields), *rows = told.refused
        header = [say("Row"), say("Field"), say("What is wrong"), *fields[:2]]
        st.html(_table(say("Refused rows"), [header, *(row[:5] for row in rows)]))
        content = csv_bytes(told.refused)
        st.download_button(
            say("Download the refused rows"), content, f"{told.file}.refused.csv", CSV_KIND,
            key="files-refused", on_click="ignore",
        )  # fmt: skip
        return
    st.caption(
        say(
            "{moved} units lie in another grid than in {base}, {new} grids are new, {gone} are gone.",
            moved=told.moved, base=plain(told.base), new=told.new, gone=told.gone,
        )
    )  # fmt: skip
    if told.findings:
        st.warning(
            say("{n} problems keep it from being published; a draft is for mending them.", n=len(told.findings))
        )  # fmt: skip
        rows = [[f"✕ {say.of(one.words)}", ", ".join(one.grids)] for one in told.findings]
        st.html(_table(say("Problems"), [[say("What is wrong"), say("Grids")], *rows]))


# --- side by side ---------------------------------------------------------------------------------------------------


def _compare(visit: Visit, opened: OpenDraft) -> None:
    say = visit.say
    others = {plan.id: plan for plan in all_plans(visit.city, visit.person) if plan.id != opened.plan.id}
    _part(say("Compare with another plan"))
    if not others:
        st.caption(say("There is no other plan yet."))
        return
    chosen = st.selectbox(
        say("The other plan"), list(others), index=None, placeholder=say("Choose a plan"),
        format_func=lambda number: f"{others[number].name} · {say.of(STATE[others[number].state])}",
        key=f"files-other-{opened.plan.id}",
    )  # fmt: skip
    if chosen is None:
        return
    try:
        done = compare_plans(visit.city, others[chosen].name, opened.plan.name, by=visit.person)
    except Refused as refused:
        st.warning(plain(say.of(refused.because)))
        return
    _show_compared(visit, done)


def _show_compared(visit: Visit, done: Compared) -> None:
    say, found = visit.say, done.found
    one, other = plain(done.one.plan.name), plain(done.other.plan.name)
    if found.is_empty:
        st.success(say("{one} and {other} are the same.", one=one, other=other))
        return
    counts = " · ".join(f"{say.of(FATE[fate])} {n}" for fate, n in done.counts.items())
    st.markdown(
        say(
            "From {one} to {other}: {units} units with {households} households in {buildings} buildings change hands.",
            one=one, other=other, units=f"{len(found.moved):,}", households=f"{found.households:,}",
            buildings=f"{found.buildings:,}",
        )
    )  # fmt: skip
    st.caption(counts)
    if found.flows:
        st.html(_moves(visit, done))
    facts = {"plan": done.other.plan.id, "against": done.one.plan.id}
    made = noted(visit, "comparison", partial(comparison_bytes, done, say), **facts)
    name = f"{done.one.plan.name}-{done.other.plan.name}.xlsx"
    st.download_button(say("Download XLSX"), made, name, XLSX_KIND, key="files-compared", on_click="ignore")


def _moves(visit: Visit, done: Compared) -> str:
    say = visit.say
    header = [
        say("Level"),
        say("From grid"),
        say("To grid"),
        say("Units"),
        say("Households"),
        say("Buildings"),
    ]
    rows = [
        [
            say.of(LEVEL[flow.level]), f"{done.name(flow.source)}\n{flow.source}", f"{done.name(flow.target)}\n{flow.target}",
            f"{len(flow.units):,}", f"{flow.households:,}", f"{flow.buildings:,}",
        ]
        for flow in done.found.flows
    ]  # fmt: skip
    return _table(say("What moves"), [header, *rows], numbers=3)


def _table(title: str, rows: list[list[str]], numbers: int = 0) -> str:
    """A table under its title; the last columns are numbers, a second line in a cell is small."""
    header, *body = rows
    first = len(header) - numbers

    def line(cells: list[str], tag: str) -> str:
        return "".join(
            f"<{tag}{CLASS_NUMBER if n >= first else ''}>{_cell(cell)}</{tag}>"
            for n, cell in enumerate(cells)
        )

    lines = "".join(f"<tr>{line(row, 'td')}</tr>" for row in body[:SHOWN])
    more = f" · {SHOWN} / {len(body):,}" if len(body) > SHOWN else ""
    return (
        f'<div class="rg-files-wrap" role="region" aria-label="{html.escape(title)}" tabindex="0"><table class="rg-files">'
        f"<caption>{html.escape(title)}{more}</caption><thead><tr>{line(header, 'th')}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


CLASS_NUMBER = ' class="number"'


def _cell(text: str) -> str:
    name, _, code = text.partition("\n")
    return html.escape(name) + (f"<small>{html.escape(code)}</small>" if code else "")

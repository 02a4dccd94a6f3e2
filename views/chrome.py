"""The frame of every page: full bleed, the header with city, language and sign-out."""

from __future__ import annotations

import html
from urllib.parse import quote

import streamlit as st

from city import assets
from city.own_facts import city_name
from city.wall import WATCHED_BY
from city.words import LANGUAGES
from domain.grids import CITY
from domain.people import READS_TICKET_FACTS, Person
from domain.titles import ROLE
from gis.palette import LIGHT
from views.visit import Visit

P = LIGHT

CSS = f"""
<style>
html {{ color-scheme: light; }}
header.stAppHeader, .stAppToolbar, #MainMenu, footer {{ display: none !important; }}
.stMainBlockContainer {{ padding: 12px 20px 8px !important; max-width: none !important; }}
.stApp {{ background: {P.background}; color: {P.text}; }}
.stVerticalBlock {{ gap: .5rem; }}
.rg-head {{ display: flex; align-items: center; gap: 16px; flex-wrap: wrap; min-height: 40px; }}
.rg-head b {{ font-size: 22px; }}
.rg-head .mark {{ width: 22px; height: 22px; flex: none; background:
  linear-gradient({P.bad} 0 0) 0 0/10px 10px, linear-gradient({P.bad} 0 0) 12px 0/10px 10px,
  linear-gradient({P.bad} 0 0) 0 12px/10px 10px, linear-gradient({P.mark} 0 0) 12px 12px/10px 10px; background-repeat: no-repeat; }}
.rg-head .demo {{ border: 1px solid {P.warn}; background: {P.pale_warn}; border-radius: 6px; padding: 0 8px; font-size: 13px; }}
.rg-head .who {{ margin-left: auto; color: {P.muted}; font-size: 14px; display: flex; gap: 14px; align-items: center; }}
.rg-head a {{ color: {P.ok}; text-decoration: none; }}
.rg-head .phone {{ display: none; min-height: 48px; padding: 0 16px; border-radius: 8px; background: {P.ok}; color: {P.background}; align-items: center; font-weight: 600; }}
.st-key-nav {{ border-bottom: 1px solid {P.line}; padding-bottom: 4px; }} .st-key-nav button {{ min-height: 34px; padding: 2px 12px; }}
.st-key-nav button strong {{ background: {P.bad}; color: {P.background}; border-radius: 10px; padding: 0 7px; margin-left: 4px; font-size: 13px; }}
.rg-kpis {{ display: grid; grid-template-columns: repeat(5, minmax(0, 1fr)); gap: 12px; }}
.rg-kpi {{ background: {P.panel}; border-radius: 8px; padding: 8px 16px; }}
.rg-kpi span {{ color: {P.muted}; font-size: 14px; }} .rg-kpi strong {{ display: block; font-size: 30px; line-height: 1.15; font-variant-numeric: tabular-nums; }}
.rg-kpi small {{ color: {P.muted}; }} .rg-kpi.bad strong {{ color: {P.bad_text}; }}
.st-key-map iframe {{ height: calc(100vh - 332px) !important; min-height: 420px; border-radius: 8px; border: 1px solid {P.line}; }}
.st-key-panel {{ flex: none !important; height: calc(100vh - 234px) !important; min-height: 466px; overflow-y: auto; overflow-x: hidden; padding-right: 6px; }}
.st-key-panel [data-testid="stButtonGroup"] button {{ padding: 4px 10px; }}
.st-key-panel > * {{ flex-shrink: 0; }}
.rg-way {{ display: flex; flex-wrap: wrap; }} .rg-to {{ font: inherit; font-size: 15px; padding: 2px 4px; min-height: 34px; border: 0; background: none; color: {P.text}; cursor: pointer; }} .rg-to:hover {{ color: {P.ok}; }}
.rg-into {{ font: inherit; font-size: 14px; margin-top: 8px; padding: 4px 12px; min-height: 40px; border: 1px solid {P.outline}; border-radius: 8px; background: {P.background}; color: {P.text}; cursor: pointer; }} .rg-into:hover {{ border-color: {P.ok}; color: {P.ok}; }}
.st-key-panel > :has(.rg-unlisted) {{ display: none; }}
.rg-unit {{ background: {P.panel}; border-radius: 8px; padding: 12px 16px; overflow-wrap: anywhere; }}
.rg-unit h2 {{ font-size: 20px; margin: 0; padding: 0; line-height: 1.3; }} .rg-unit .code {{ color: {P.muted}; font-size: 13px; font-variant-numeric: tabular-nums; }}
.rg-counts {{ display: flex; gap: 8px; margin: 10px 0 4px; flex-wrap: wrap; }}
.rg-counts div {{ background: {P.background}; border-radius: 6px; padding: 4px 12px; }} .rg-counts b {{ font-size: 20px; font-variant-numeric: tabular-nums; }} .rg-counts span {{ color: {P.muted}; font-size: 13px; margin-left: 6px; }}
.rg-counts .bad b {{ color: {P.bad_text}; }} .rg-counts .warn b {{ color: {P.warn_text}; }}
.rg-person {{ display: flex; gap: 12px; align-items: center; margin-top: 10px; font-size: 14px; }}
.rg-person img {{ width: 48px; height: 48px; flex: none; border-radius: 50%; }} .rg-person small {{ color: {P.muted}; display: block; }}
.rg-card {{ border: 1px solid {P.line}; border-left: 5px solid {P.outline}; border-radius: 8px; padding: 8px 14px; overflow-wrap: anywhere; }}
.rg-card.bad {{ border-left-color: {P.bad}; }} .rg-card.warn {{ border-left-color: {P.warn}; }} .rg-card.ok {{ border-left-color: {P.ok}; }}
.rg-card header {{ display: flex; gap: 10px; align-items: baseline; flex-wrap: wrap; }} .rg-card header b {{ font-size: 16px; }}
.rg-card .state {{ background: {P.panel}; border-radius: 4px; padding: 0 8px; font-size: 13px; }} .rg-card .urgent {{ background: {P.bad}; color: {P.background}; border-radius: 4px; padding: 0 8px; font-size: 13px; }}
.rg-card .card {{ border-radius: 4px; padding: 0 8px; font-size: 13px; border: 1px solid; }} .rg-card .card.bad {{ color: {P.bad_text}; }} .rg-card .card.warn {{ color: {P.warn_text}; }}
.rg-card .clock {{ margin-left: auto; font-size: 14px; }} .rg-card .clock.bad {{ color: {P.bad_text}; font-weight: 600; }} .rg-card .clock.warn {{ color: {P.warn_text}; font-weight: 600; }}
.rg-card p {{ margin: 4px 0 2px; font-size: 15px; }} .rg-card footer {{ display: block !important; color: {P.muted}; font-size: 13px; }} .rg-card a {{ color: {P.ok}; }}
.rg-cards {{ display: grid; gap: 8px; }}
.rg-card .moves {{ display: flex; flex-wrap: wrap; gap: 8px; margin-top: 8px; }}
.rg-card .moves button {{ font: inherit; font-size: 15px; min-height: 36px; padding: 2px 14px; border: 1px solid {P.outline}; border-radius: 8px; background: {P.background}; color: {P.text}; cursor: pointer; }}
.rg-card .moves button:hover {{ border-color: {P.ok}; color: {P.ok}; }} .rg-card .moves button.primary {{ background: {P.ok}; border-color: {P.ok}; color: {P.background}; font-weight: 600; }}
.rg-card .moves button.primary:hover {{ filter: brightness(.9); }} .st-key-pressed-move {{ display: none; }}
html:not(.rg-listens) .rg-card .moves button {{ pointer-events: none; opacity: .6; }}
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] p {{ color: {P.muted} !important; opacity: 1; }}
.rg-empty {{ color: {P.muted}; padding: 16px; text-align: center; background: {P.panel}; border-radius: 8px; }}
.rg-story {{ list-style: none; border-left: 3px solid {P.line}; margin: 8px 0 8px 8px; padding: 0 0 0 20px; }}
.rg-story li {{ position: relative; margin: 0 0 14px; padding: 0; font-size: 15px; overflow-wrap: anywhere; }}
.rg-story li::before {{ content: ""; position: absolute; left: -28px; top: 5px; width: 12px; height: 12px; border-radius: 50%; background: {P.ok}; border: 2px solid {P.background}; }}
.rg-story li.warn::before {{ background: {P.warn}; border-radius: 2px; }} .rg-story li.bad::before {{ background: {P.bad}; border-radius: 2px; }}
.rg-story time {{ color: {P.muted}; font-size: 13px; display: inline-block; min-width: 112px; }} .rg-story small {{ color: {P.muted}; display: block; font-size: 13px; }}
.rg-story .state {{ background: {P.panel}; border-radius: 4px; padding: 0 8px; font-size: 13px; margin-left: 8px; }}
.rg-story p {{ margin: 2px 0 0; }} .rg-story img {{ height: 96px; border-radius: 6px; margin: 6px 8px 0 0; }}
.rg-facts {{ display: grid; grid-template-columns: max-content 1fr; gap: 4px 16px; background: {P.panel}; border-radius: 8px; padding: 12px 16px; margin: 0; font-size: 14px; }}
.rg-facts dt {{ color: {P.muted}; }} .rg-facts dd {{ margin: 0; overflow-wrap: anywhere; }}
.rg-rows {{ border-collapse: collapse; font-size: 14px; }} .rg-rows th, .rg-rows td {{ text-align: left; padding: 6px 16px 6px 0; border-bottom: 1px solid {P.line}; }} .rg-rows th {{ color: {P.muted}; }}
.rg-slips {{ font-size: 14px; line-height: 1.8; }} .rg-slips a {{ color: {P.ok}; }} .rg-qr img {{ display: block; width: 168px; height: 168px; }} .rg-slips .file {{ margin-left: 8px; font-size: 13px; }}
.rg-card footer span {{ display: inline-block; max-width: 100%; vertical-align: top; }}
.st-key-over-map {{ row-gap: 2px; }} .st-key-over-map > :has(> .st-key-way) {{ flex: 1 1 280px; width: auto; }}
.st-key-over-map > :has(.st-key-looks) {{ flex: none; width: auto; margin-left: auto; }} .st-key-looks {{ flex-wrap: nowrap; }}
.st-key-looks button {{ padding: 4px 10px; }}
.rg-press {{ font-size: 15px !important; margin: 6px 0 0 !important; padding: 0 !important; color: {P.muted}; }} .rg-press.overdue {{ color: {P.bad_text}; }} .rg-press.today {{ color: {P.warn_text}; }}
.rg-mine {{ margin: 0; }} .rg-mine div {{ background: {P.panel} !important; }} .rg-mine .overdue:not(.zero) b {{ color: {P.bad_text}; }} .rg-mine .today:not(.zero) b {{ color: {P.warn_text}; }}
.rg-card:focus {{ outline: 3px solid {P.ok}; outline-offset: 1px; }}
:focus-visible {{ outline: 3px solid {P.ok} !important; outline-offset: 1px; }}
.rg-grids-wrap {{ max-height: max(360px, calc(100vh - 390px)); overflow: auto; border: 1px solid {P.line}; border-radius: 8px; }}
.rg-grids {{ border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }}
.rg-grids caption {{ caption-side: top; text-align: left; color: {P.muted}; padding: 8px 12px; }}
.rg-grids thead th {{ position: sticky; top: 0; background: {P.panel}; z-index: 1; padding: 0; text-align: left; vertical-align: bottom; }}
.rg-grids th button {{ all: unset; box-sizing: border-box; cursor: pointer; width: 100%; padding: 6px 10px; font-weight: 600; color: {P.text}; }}
.rg-grids th[aria-sort=ascending] button::after {{ content: " ▲" / ""; font-size: 11px; }} .rg-grids th[aria-sort=descending] button::after {{ content: " ▼" / ""; font-size: 11px; }}
.rg-grids .number {{ text-align: right; }} .rg-grids .number button {{ text-align: right; }}
.rg-grids td, .rg-grids tbody th {{ padding: 6px 10px; border-top: 1px solid {P.line}; text-align: left; font-weight: 400; }} .rg-grids td.number {{ text-align: right; }}
.rg-grids a {{ color: {P.ok}; font-weight: 600; }} .rg-grids small {{ display: block; color: {P.muted}; }} .rg-grids tr[aria-current] {{ background: {P.classes[0]}; }}
.rg-keys {{ border: 1px solid {P.outline}; border-radius: 12px; padding: 20px 28px; color: {P.text}; background: {P.background}; min-width: 320px; }} .rg-keys::backdrop {{ background: rgb(16 23 32 / 45%); }}
.rg-keys h2 {{ margin: 0 0 12px; font-size: 20px; }} .rg-keys dl {{ display: grid; grid-template-columns: max-content 1fr; gap: 8px 20px; margin: 0 0 16px; }} .rg-keys dd {{ margin: 0; }}
.rg-keys kbd {{ border: 1px solid {P.outline}; border-bottom-width: 2px; border-radius: 4px; padding: 1px 8px; font: inherit; background: {P.panel}; }}
.rg-keys button {{ border: 1px solid {P.outline}; border-radius: 8px; background: {P.panel}; padding: 6px 18px; cursor: pointer; }}
[data-testid="stElementContainer"]:has(> [data-testid="stHtml"] > style) {{ display: none; }}
[data-testid="InputInstructions"] {{ display: none; }} /* in English, whatever the page speaks */
@media (max-width: 900px) {{ .rg-kpis {{ grid-template-columns: repeat(2, 1fr); }} .st-key-panel {{ height: auto !important; overflow: visible; }} .rg-head .phone {{ display: inline-flex; }} }}
</style>
"""


def frame(visit: Visit) -> None:
    """The page's frame."""
    st.html(CSS)
    # Before any card is there: what is pressed on one is heard by this script, and can be pressed once it listens.
    st.html(f'<script src="{assets.addresses()["moves.js"]}"></script>', unsafe_allow_javascript=True)
    st.html(_uploader_css(visit))
    st.html(_header(visit))


def _uploader_css(visit: Visit) -> str:
    """Streamlit's uploader speaks English alone: its button gets our word, its hint about formats goes."""
    label = visit.say("Choose a file").replace('"', "")
    return (
        '<style>[data-testid="stFileUploaderDropzoneInstructions"] { display: none; }'
        '[data-testid="stFileUploaderDropzone"] button p, [data-testid="stFileUploaderDropzone"] button div { font-size: 0 !important; }'
        f'[data-testid="stFileUploaderDropzone"] button:not([data-testid="stFileChips"] *)::after {{ content: "{label}"; font-size: 14px; }}</style>'
    )


def _header(visit: Visit) -> str:
    say, facts = visit.say, visit.city.ground.facts
    city = city_name(visit.city, say)
    back = quote(
        "/?" + "&".join(f"{quote(k)}={quote(v)}" for k, v in st.query_params.items() if k != "lang"), safe=""
    )
    languages = " ".join(
        f'<a href="/login/lang/{code}?next={back}" target="_self">{name}</a>'
        for code, name in LANGUAGES.items()
        if code != say.lang
    )
    demo = f'<span class="demo">{say("Demo data")}</span>' if facts.get("demo") else ""
    phone = visit.person.role in READS_TICKET_FACTS
    phone_pages = f'<a class="phone" href="/m" target="_self">{say("Phone pages")}</a>' if phone else ""
    wall = (
        f'<a href="/?view=wall" target="_blank">{say("Wall screen")}</a>'
        if visit.person.role in WATCHED_BY
        else ""
    )
    return (
        f'<div class="rg-head"><i class="mark"></i><b>{html.escape(city)} {say("Red Grid")}</b>{demo}{phone_pages}'
        f'<span class="who"><a href="/account" target="_self" title="{say("My account")}">{html.escape(name_of(visit))}</a>{wall}{languages}'
        f'<a href="/logout" target="_self">{say("Sign out")}</a></span></div>'
    )


def name_of(visit: Visit) -> str:
    """Who is signed in, as what, for where."""
    person: Person = visit.person
    where = "" if person.area == CITY else visit.city.ground.structure.name(person.area)
    if person.department:
        where = visit.say.pick(*visit.city.department(person.department))
    return " · ".join(part for part in (person.name, visit.say.of(ROLE[person.role]), where) if part)

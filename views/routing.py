"""Try the routing table: where a ticket would go and why, the whole table in its order, what is wrong with it."""

from __future__ import annotations

import html
from collections.abc import Iterable

import streamlit as st

from city.explaining import BECAUSE, Explanation, explain, limit_in_words, routing_findings, table_for
from domain.findings import Finding, Severity
from domain.grids import CITY, Level
from domain.place import LngLat
from domain.routing import OWN, Rule
from domain.said import Refused
from domain.titles import LEVEL
from gis.palette import LIGHT as P
from views.choosing import choose_unit
from views.visit import Visit

MARK = {Severity.ERROR: "✕", Severity.WARNING: "▲", Severity.NOTE: "●"}

CSS = f"""
<style>
.rg-answer {{ background: {P.panel}; border-radius: 8px; padding: 12px 16px; overflow-wrap: anywhere; }}
.rg-answer h2 {{ font-size: 20px; margin: 0 0 6px; padding: 0; }}
.rg-answer dl {{ display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; margin: 0; }}
.rg-answer dt {{ color: {P.muted}; margin: 0; }} .rg-answer small {{ color: {P.muted}; }} .rg-answer dd {{ margin: 0; }}
.rg-answer p {{ margin: 6px 0 0; }}
.rg-rules {{ width: 100%; border-collapse: collapse; font-size: 14px; }}
.rg-rules th, .rg-rules td {{ text-align: left; vertical-align: top; padding: 5px 10px; border-bottom: 1px solid {P.line}; }}
.rg-rules th {{ color: {P.muted}; font-weight: 600; }} .rg-rules td:first-child {{ white-space: nowrap; }}
.rg-rules code {{ font-size: 13px; }}
.rg-rules tr.hit {{ background: {P.panel}; box-shadow: inset 5px 0 0 {P.ok}; }}
</style>
"""


def show_routing(visit: Visit) -> None:
    """The dry run beside the answer, below them what is wrong and the table."""
    say = visit.say
    st.html(CSS)
    try:
        rules = table_for(visit.city, visit.person)
    except Refused as refused:
        st.info(say.of(refused.because))
        return
    st.subheader(say("Try the routing"), anchor=False)
    asked, answer = st.columns([4, 7], gap="medium")
    with asked:
        explained = _ask(visit)
    with answer, st.container(key="routing-answer"):
        hint = say("Choose a category and a place: nothing is raised, this only tells where it would go.")
        st.html(_answer_html(visit, explained) if explained else f'<div class="rg-empty">{hint}</div>')
    _findings(visit, routing_findings(visit.city))
    st.subheader(say("The table: the first of {n} rules that matches wins", n=len(rules)), anchor=False)
    with st.container(key="routing-table"):
        st.html(_table_html(visit, rules, explained.routed.rule if explained else ""))


# --- the question -----------------------------------------------------------------------------------------


def _ask(visit: Visit) -> Explanation | None:
    say, rules = visit.say, visit.city.rules_read
    groups = {g.code: say.pick(g.zh, g.en) for g in rules.groups.values()}
    names = {c.code: f"{groups[c.group]} · {say.pick(c.zh, c.en)}" for c in rules.categories.values()}
    category = st.selectbox(
        say("Category"),
        list(names),
        index=None,
        format_func=lambda c: names[c],
        key="routing-category",
        placeholder=say("Please choose"),
    )
    urgent = st.toggle(say("Urgent"), key="routing-urgent")
    ways = {"grid": say("In a grid"), "point": say("At a point")}
    way = st.segmented_control(
        say("Where?"), list(ways), default="grid", format_func=lambda w: ways[w], key="routing-way"
    )
    point = _typed_point(visit) if way == "point" else _point_in_grid(visit)
    if category is None or point is None:
        return None
    try:
        return explain(visit.city, point, category, urgent)
    except Refused as refused:
        st.error(say.of(refused.because))
        return None


def _point_in_grid(visit: Visit) -> LngLat | None:
    """A point that surely lies in the grid chosen."""
    ground = visit.city.ground
    codes = [g.code for level in Level for g in ground.structure.at_level(level)]
    code = choose_unit(
        visit, visit.say("Grid"), codes, lambda c: f"{ground.structure.name(c)} · {c}", key="routing-grid"
    )
    if code is None:
        return None
    inside = ground.outlines[code].representative_point()
    return LngLat(inside.x, inside.y)


def _typed_point(visit: Visit) -> LngLat | None:
    say = visit.say
    text = st.text_input(say("Longitude, latitude"), placeholder="124.15, 39.87", key="routing-point")
    if not text.strip():
        return None
    try:
        lng, lat = (float(part) for part in text.replace("，", ",").split(","))
        return LngLat(lng, lat)
    except ValueError:
        st.error(say("Two numbers in degrees are needed, such as 124.15, 39.87."))
    except Refused as refused:
        st.error(say.of(refused.because))
    return None


# --- the answer -------------------------------------------------------------------------------------------


def _answer_html(visit: Visit, explained: Explanation) -> str:
    say, routed, name = visit.say, explained.routed, visit.city.ground.structure.name
    grid = explained.located.grid
    facts = {
        say("Category"): say.pick(explained.category.zh, explained.category.en),
        say("Urgent"): say("yes") if explained.urgent else say("no"),
        say("Grid"): name(grid) if grid else say("In no grid"),
        say("Holder"): _unit(visit, explained.holder),
        say("Assistants"): _departments(visit, routed.assistants) or "–",
        say("Time for handling"): say.of(limit_in_words(explained.limit, visit.city.clock.day)),
        say("Skips the compound"): say("yes") if routed.skips_compound else say("no"),
    }
    listed = "".join(f"<dt>{k}</dt><dd>{html.escape(v)}</dd>" for k, v in facts.items())
    waits = [f"▲ {say.of(BECAUSE[w.queue])} ({_unit(visit, w.owner)})" for w in explained.waits]
    because = [f"→ {say.of(why)}" for why in routed.because]
    words = "".join(f"<p>{html.escape(line)}</p>" for line in (*waits, *because))
    lead = _departments(visit, (routed.lead,)) if routed.lead else say("No department")
    title = f"<small>{say('Lead')}</small><h2>{html.escape(lead)}</h2>"
    return f'<section class="rg-answer">{title}<dl>{listed}</dl>{words}</section>'


def _unit(visit: Visit, code: str) -> str:
    return visit.say("City office") if code == CITY else visit.city.ground.structure.name(code)


def _departments(visit: Visit, codes: Iterable[str]) -> str:
    say = visit.say
    return " · ".join(
        say("the category's own") if code == OWN else say.pick(*visit.city.department(code)) for code in codes
    )


# --- the table --------------------------------------------------------------------------------------------


def _findings(visit: Visit, found: list[Finding]) -> None:
    say = visit.say
    if not found:
        st.caption("● " + say("Nothing is wrong with the table."))
    for finding in found:
        show = {Severity.ERROR: st.error, Severity.WARNING: st.warning, Severity.NOTE: st.info}
        show[finding.severity](f"{MARK[finding.severity]} {say.of(finding.words)}")


def _table_html(visit: Visit, rules: tuple[Rule, ...], hit: str) -> str:
    say = visit.say
    heads = (
        "",
        say("Rule"),
        say("Applies to"),
        say("Lead"),
        say("Assistants"),
        say("Time limit"),
        say("Because"),
    )
    rows = "".join(_row_html(visit, number, rule, hit) for number, rule in enumerate(rules, start=1))
    head = "".join(f"<th>{title}</th>" for title in heads)
    return f'<table class="rg-rules"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _row_html(visit: Visit, number: int, rule: Rule, hit: str) -> str:
    say, is_hit = visit.say, rule.name == hit
    cells = (
        f"▶ {number}" if is_hit else str(number),
        rule.name,
        "; ".join(_conditions(visit, rule)) or say("always"),
        _departments(visit, rule.lead) or "–",
        _departments(visit, rule.assistants) or "–",
        say.of(limit_in_words(rule.limit, visit.city.clock.day)) if rule.limit else say("the category's"),
        say.pick(rule.because.zh, rule.because.en),
    )
    row = "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
    return f'<tr data-rule="{html.escape(rule.name)}"{" class=hit" if is_hit else ""}>{row}</tr>'


def _conditions(visit: Visit, rule: Rule) -> Iterable[str]:
    """What must hold for a rule, in words."""
    say, city = visit.say, visit.city
    if rule.urgent is not None:
        yield say("urgent") if rule.urgent else say("not urgent")
    if rule.categories:
        known = (city.category(code) for code in sorted(rule.categories))
        yield " / ".join(say.pick(c.zh, c.en) for c in known)
    if rule.groups:
        known_groups = (city.rules_read.groups.get(code) for code in sorted(rule.groups))
        yield " / ".join(say.pick(g.zh, g.en) for g in known_groups if g)
    if rule.levels:
        yield " / ".join(say.of(LEVEL[level]) for level in sorted(rule.levels))
    if rule.areas:
        yield " / ".join(city.ground.structure.name(code) for code in sorted(rule.areas))

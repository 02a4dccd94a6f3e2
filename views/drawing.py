"""Draw on a plan: the map with its tools, what is selected, both sides of a drawing before it is made, what to look at."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from city import drafts, planning
from city.planning import Preview, Problem
from city.words import Words
from domain.findings import Severity
from domain.grids import Level
from domain.plans.commands import COMMANDS, Lock, Unlock
from domain.plans.drafts import ALL
from domain.plans.proposals import Wishes
from domain.plans.reach import arithmetic
from domain.plans.sides import Side, Standing, standing
from domain.said import Refused, Said, said
from domain.titles import LEVEL
from gis.palette import LIGHT as P
from views.actions import ACTION, ACTIONS, MARK, fitting
from views.cards import moment
from views.plain import plain
from views.worktable import Worktable, lay_anew

CSS = f"""
<style>
.rg-sides {{ width: 100%; border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; }}
.rg-sides th, .rg-sides td {{ padding: 4px 8px; text-align: right; border-bottom: 1px solid {P.line}; vertical-align: top; }}
.rg-sides th:first-child, .rg-sides td:first-child {{ text-align: left; }} .rg-sides thead th {{ color: {P.muted}; font-weight: 600; white-space: nowrap; }}
.rg-sides td:not(:first-child) {{ white-space: nowrap; }}
@media (max-width: 1400px) {{ .rg-sides {{ font-size: 13px; }} .rg-sides th, .rg-sides td {{ padding: 4px; }} }}
.rg-sides small {{ color: {P.muted}; display: block; }} .rg-sides .out {{ color: {P.bad_text}; font-weight: 600; }}
.rg-picked p {{ display: flex; flex-wrap: wrap; gap: 2px 16px; margin: 4px 0 0; font-size: 15px; }} .rg-picked p b {{ font-variant-numeric: tabular-nums; }}
.rg-picked small {{ display: block; color: {P.muted}; margin-top: 2px; }}
.st-key-selection [data-testid="stBaseButton-tertiary"] p, .st-key-lock-all [data-testid="stBaseButton-tertiary"] p {{ color: {P.ok}; }}
.st-key-map iframe {{ height: calc(100vh - 222px) !important; }} .st-key-panel {{ height: calc(100vh - 176px) !important; }}
.rg-problem {{ font-size: 14px; }} .rg-log {{ font-size: 13.5px; color: {P.muted}; }} .rg-log b {{ color: {P.text}; font-weight: 600; }}
</style>
"""

DONE: Mapping[str, Said] = {
    "drafted": said("begun"),
    "edited": said("drawn"),
    "undone": said("undone"),
    "redone": said("made again"),
    "sent": said("sent to review"),
    "commented": said("commented"),
    "sent_back": said("sent back"),
    "approved": said("approved"),
    "published": said("published"),
    "in_force": said("came into force"),
    "not_in_force": said("could not come into force"),
    "retired": said("no longer in force"),
    "level_imported": said("level imported"),
    "units_derived": said("units derived"),
    "households_imported": said("households brought in"),
}
"""What each event of a plan is called in its log."""

COMMAND_TITLE: Mapping[str, Said] = {action.name: action.title for action in ACTIONS} | {
    "post": said("Where a head goes")
}
assert COMMANDS.keys() == COMMAND_TITLE.keys(), "every command has a title"

STOPPED = said(
    "The city's units changed since this plan was drawn; branch a new draft from the plan in force."
)
"""Said of a plan that goes no further."""

ALONG_A_LINE = ("split", "move_border")
"""What a line is drawn for."""

NAMED = 6
"""Grids or compounds named of a selection."""

LISTED = 200
"""Things to look at in the list, what is farthest out first; the button goes on to the others."""


def show_drawing(table: Worktable) -> None:
    """The panel beside the map."""
    st.html(CSS)
    table.show_told()
    _second(table)
    if table.selected or table.line:
        _selected(table)
        if table.may_draw:
            _act(table)
    else:
        _hint(table)
    _problems(table)
    _lock_all(table)
    show_log(table)


def _hint(table: Worktable) -> None:
    say = table.visit.say
    if table.may_draw:
        st.caption(
            say(
                "Click or draw around what you want to move; draw a line across a grid to split it. Nothing changes before you press Apply."
            )
        )
    elif table.is_stopped:
        st.warning(plain(say.of(STOPPED)))
    elif not table.opened.plan.is_draft:
        st.caption(say("This plan is no draft: look, compare, or branch a new draft from it."))
    else:
        st.caption(say("Drafts are drawn by planners."))


# --- two at one plan ------------------------------------------------------------------------------------


def _second(table: Worktable) -> None:
    """Somebody drew first: keep mine, take theirs, or go on in a draft of one's own."""
    waiting = table.waiting
    if waiting is None:
        return
    say, (command, version) = table.visit.say, waiting
    with st.container(border=True, key="came-second"):
        st.markdown(f"**{say('Somebody else drew first. What shall become of your drawing?')}**")
        name = st.text_input(
            say("Name of your own draft"),
            value=say("{plan}, mine", plan=table.opened.plan.name),
            key="fork-name",
        )
        with st.container(horizontal=True, gap="small"):
            st.button(say("Keep mine"), key="keep-mine", type="primary", on_click=table.keep_mine)
            st.button(say("Take theirs"), key="take-theirs", on_click=table.take_theirs)
            if st.button(say("Go on in a draft of my own"), key="fork"):
                try:
                    made = drafts.fork(
                        table.visit.city, table.opened.plan.id, version, command, name, table.visit.person
                    )
                except Refused as refused:
                    st.error(plain(say.of(refused.because)))
                else:
                    table.take_theirs()
                    st.query_params["plan"] = str(made.plan.id)
                    st.rerun()


# --- what is selected -----------------------------------------------------------------------------------


def _selected(table: Worktable) -> None:
    say, units = table.visit.say, table.opened.ground.units
    if not table.selected:
        return
    here = standing(units, table.selected, table.level)
    grids = planning.grids_of(table.opened, table.level, table.selected)
    is_grid = len(table.grids) == 1
    title = table.name(grids[0]) if is_grid else say("Selected")
    mark = MARK[here.fit] if is_grid else ""
    # What the city does not know is not told as a nought.
    facts = {say("Households"): f"{here.households:,} {mark}".rstrip()} if table.has_households else {}
    if table.has_compounds:
        facts |= {say("Buildings"): f"{here.buildings:,}", say("Compounds"): f"{len(here.compounds):,}"}
    facts[say("Units")] = f"{here.units:,}"
    if is_grid:
        facts[say("Compactness")] = f"{here.compactness:.2f}"
    names = drafts.compound_names(table.visit.city)
    lying = "" if is_grid else listed(say, [table.name(code) for code in grids], NAMED)
    compounds = listed(say, [names.get(code, code) for code in here.compounds], NAMED)
    code = f'<span class="code">{html.escape(grids[0])}</span>' if is_grid else ""
    told = "".join(f"<span>{html.escape(name)} <b>{count}</b></span>" for name, count in facts.items())
    more = "".join(
        f"<small>{html.escape(say('{what}: {names}', what=what, names=line))}</small>"
        for what, line in ((say.of(LEVEL[table.level]), lying), (say("Compounds"), compounds))
        if line
    )
    with st.container(key="selection"):
        st.html(
            f'<section class="rg-unit rg-picked"><h2>{html.escape(title)}</h2>{code}<p>{told}</p>{more}</section>'
        )
        st.button(say("Clear the selection"), key="clear", on_click=table.clear, type="tertiary")


def listed(say: Words, names: Sequence[str], most: int) -> str:
    """Names in a row, the first of them where they are many, as the person's language separates them."""
    told = say.pick("、", ", ").join(names[:most])
    return told if len(names) <= most else say("{names} and {n} more", names=told, n=len(names) - most)


def _act(table: Worktable) -> None:
    say = table.visit.say
    offered = [action.name for action in fitting(table)]
    along = next((name for name in ALONG_A_LINE if name in offered), None)
    if table.line and not along:
        st.warning(
            say(
                "The line is about no grid: draw it across the grid that shall be split, or select the two grids whose border shall move."
            )
        )
    if not offered:
        if table.selected:
            st.caption(
                say("Nothing can be done with this selection; select whole grids, compounds or buildings.")
            )
        return
    chosen = table.action if table.action in offered else along
    st.session_state["table-action"] = chosen
    st.selectbox(
        say("What shall be done?"), offered, index=None, key="table-action",
        format_func=lambda name: say.of(ACTION[name].title), placeholder=say("Please choose"),
        on_change=lambda: table.choose(st.session_state["table-action"]),
    )  # fmt: skip
    if chosen is None:
        return
    if command := ACTION[chosen].form(table):
        _before_it_is_made(table, planning.preview(table.visit.city, table.opened, command))


def _before_it_is_made(table: Worktable, preview: Preview) -> None:
    say = table.visit.say
    table.preview = preview
    with st.container(key="preview"):
        if preview.because:
            st.error(f"✕ {plain(say.of(preview.because))}")
            if preview.where:
                st.button(say("Show where"), key="where", on_click=table.look_at, args=(preview.where,))
            return
        st.html(sides_html(table, preview.sides))
        with st.container(horizontal=True, gap="small"):
            # No callback: it would make the command of the run before, without the name that was written just now.
            applied = st.button(say("Apply"), key="apply", type="primary")
            st.button(say("Discard"), key="discard", on_click=table.clear)
    if applied:
        table.make(preview.command)
        lay_anew()


def sides_html(table: Worktable, sides: Sequence[Side]) -> str:
    """Both sides of a drawing: households against the band, buildings, compounds, compactness, before → after."""
    say = table.visit.say
    if not sides:
        return f"<p>{say('No ground changes hands.')}</p>"
    head = "".join(f"<th>{title}</th>" for title in (say("Grid"), *_told_of_a_side(table)))
    rows = "".join(_side_html(table, side) for side in sides)
    return f'<table class="rg-sides"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _side_html(table: Worktable, side: Side) -> str:
    say = table.visit.say
    level = say.of(LEVEL[side.level])
    state = say("new grid") if side.before is None else say("retired") if side.after is None else side.code
    state = say("{code}, was {former}", code=side.code, former=side.was) if side.was else state
    cells = (_change(side, tell) for tell in _told_of_a_side(table).values())
    name = f"{html.escape(side.name)}<small>{html.escape(level)} · {html.escape(state)}</small>"
    return f"<tr><td>{name}</td>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _told_of_a_side(table: Worktable) -> dict[str, Callable[[Standing], str]]:
    """The columns, and how each is told; what the city does not know has none."""
    say = table.visit.say
    households = {say("Households"): lambda s: f"{s.households:,} {MARK[s.fit]}".rstrip()}
    homes = {
        say("Buildings"): lambda s: f"{s.buildings:,}",
        say("Compounds"): lambda s: f"{len(s.compounds):,}",
    }
    columns: dict[str, Callable[[Standing], str]] = {say("Compactness"): lambda s: f"{s.compactness:.2f}"}
    return (households if table.has_households else {}) | (homes if table.has_compounds else {}) | columns


def _change(side: Side, tell: Callable[[Standing], str]) -> str:
    before, after = (tell(s) if s else "–" for s in (side.before, side.after))
    return f"<span>{after}</span>" if before == after else f"<small>{before} →</small><span>{after}</span>"


# --- what to look at ------------------------------------------------------------------------------------


def _problems(table: Worktable) -> None:
    say, found = table.visit.say, table.problems
    errors = [p for p in found if p.severity is Severity.ERROR]
    notes = len(found) - len(errors)
    st.markdown(
        f"**{say('To look at')}** · ✕ {len(errors)} {say('in the way')} · ▲ {notes} {say('outside the band')}"
    )
    names = drafts.compound_names(table.visit.city)
    for note in arithmetic(table.opened.ground.units, table.opened.draft, Wishes(), names):
        st.caption("ⓘ " + plain(say.of(note.words)))
    if not found:
        st.caption("● " + say("Nothing is in the way of publishing this plan."))
        return
    kept = st.session_state.get("table-problem")
    at = st.session_state["table-problem"] = None if kept is None else kept % len(found)
    with st.container(horizontal=True, gap="small", key="problems"):
        st.button(say("Next"), key="next-problem", on_click=_jump, args=(table, 0 if at is None else at + 1))
        listed = range(min(len(found), LISTED))
        st.selectbox(
            say("To look at"), listed if at is None or at in listed else (*listed, at), key="table-problem", label_visibility="collapsed",
            format_func=lambda n: f"{n + 1}/{len(found)} {_problem_words(table, found[n])}",
            placeholder=say("Choose one of them"),
            on_change=lambda: _jump(table, st.session_state["table-problem"]),
        )  # fmt: skip
    if at is not None:
        st.html(f'<p class="rg-problem">{html.escape(_problem_words(table, found[at]))}</p>')


def _problem_words(table: Worktable, problem: Problem) -> str:
    return f"{'✕' if problem.severity is Severity.ERROR else '▲'} {table.visit.say.of(problem.words)}"


def _jump(table: Worktable, to: int) -> None:
    problem = table.problems[to % len(table.problems)]
    st.session_state["table-problem"] = to % len(table.problems)
    table.look_at(problem.where, problem.grids)


def _lock_all(table: Worktable) -> None:
    if not table.may_draw:
        return
    say = table.visit.say
    held = ALL in table.opened.draft.mark("locks")
    st.button(
        say("Unlock the whole plan") if held else say("Lock the whole plan"), key="lock-all", type="tertiary",
        on_click=table.make, args=(Unlock(ALL) if held else Lock(ALL),),
    )  # fmt: skip


# --- the log --------------------------------------------------------------------------------------------


def show_log(table: Worktable, shown: int = 12) -> None:
    """What was done to the plan, newest first."""
    say = table.visit.say
    lines = drafts.log_of(table.visit.city, table.visit.person, table.opened.plan.id)
    with st.expander(say("What was done ({n})", n=len(lines))):
        rows = []
        for line in lines[:shown]:
            command = line.event.facts.get("command")
            what = say.of(DONE.get(line.event.kind, Said(line.event.kind)))
            if isinstance(command, Mapping):
                what = say.of(COMMAND_TITLE[str(command["do"])])
            about = line.event.facts.get("grid")
            named = f" · {html.escape(table.name(str(about)))}" if about else ""
            words = f"{named} – {html.escape(line.words)}" if line.words else named
            who = html.escape(line.who) or say("the clock")
            rows.append(
                f"<div><b>{html.escape(what)}</b> · {who} · {moment(table.visit, line.event.at)}{words}</div>"
            )
        st.html(f'<div class="rg-log">{"".join(rows)}</div>')


def level_titles(table: Worktable) -> dict[Level, str]:
    """The levels that can be drawn on."""
    levels = sorted({grid.level for grid in table.opened.draft.grids.values()})
    return {level: table.visit.say.of(LEVEL[level]) for level in levels}

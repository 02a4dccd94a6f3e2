"""Say where the heads of retired grids go, before a plan is sent to review: to a grid without a head, or out of office."""

from __future__ import annotations

import html

import streamlit as st

from city import drafts
from domain.plans.commands import Post
from domain.plans.posts import HeadTerm, head_problems, heads_after, vacancies
from domain.said import Said
from views.drawing import NAMED, listed
from views.plain import plain
from views.worktable import Worktable

ENDS = "\0ends"
"""Chosen when a term is to end: no grid has this code."""

PLACED_AT_ONCE, SETTLED_SHOWN, TOLD_EACH = 12, 30, 4
"""Heads to be placed that a page shows at a time, heads who go along, and refusals told each by itself."""


def show_posts(table: Worktable) -> None:
    """Heads whom the redraw touches, what stands in the way, and the grids that will have none."""
    say, city, draft = table.visit.say, table.visit.city, table.opened.draft
    terms = drafts.heads_on(city, table.visit.person)
    before = city.ground.structure
    after = heads_after(draft, terms)
    moved = [term for term in terms if after[term.id] != term.grid]
    empty = vacancies(before, draft, terms)
    if not (moved or empty):
        return
    st.markdown(f"**{say('Heads')}**")
    free = [grid.code for grid in empty]
    unsaid = [t for t in moved if after[t.id] is None and t.key not in draft.mark("posts")]
    _problems(table, head_problems(before, draft, terms))
    for term in unsaid[:PLACED_AT_ONCE]:
        _post(table, term, None, free)
    settled = [term for term in moved if term not in unsaid]
    if settled:
        with st.expander(say("Heads who go with their grids ({n})", n=len(settled))):
            for term in settled[:SETTLED_SHOWN]:
                _post(table, term, after[term.id], free)
            if len(settled) > SETTLED_SHOWN:
                st.caption(say("and {n} more", n=len(settled) - SETTLED_SHOWN))
    if empty:
        names = listed(say, [grid.name for grid in empty], NAMED)
        st.html(
            f"<p>▲ {html.escape(say('Grids without a head ({n}): {names}', n=len(empty), names=names))}</p>"
        )


def _problems(table: Worktable, found: list[Said]) -> None:
    """What stands in the way, told once where there is much of it."""
    say = table.visit.say
    if len(found) > TOLD_EACH:
        st.error(f"✕ {say('{n} heads have no place in this plan yet, or more than one.', n=len(found))}")
    for because in found[:TOLD_EACH]:
        st.error(f"✕ {plain(say.of(because))}")


def _post(table: Worktable, term: HeadTerm, to: str | None, free: list[str]) -> None:
    say, said_so = table.visit.say, term.key in table.opened.draft.mark("posts")
    from_name = table.visit.city.ground.structure.name(term.grid)
    if not table.may_draw:
        going = table.name(to) if to else say("term ends") if said_so else say("not said yet")
        st.html(
            f"<p>{html.escape(say('{what}: {names}', what=term.name, names=f'{from_name} → {going}'))}</p>"
        )
        return
    offered = [*dict.fromkeys(([to] if to else []) + free), ENDS]
    now = to if to else (ENDS if said_so else None)
    key = f"post-{table.opened.plan.id}-{table.opened.plan.version}-{term.id}"
    st.selectbox(
        say("{name}, now {grid}, goes to", name=plain(term.name), grid=plain(from_name)),
        offered,
        index=offered.index(now) if now in offered else None,
        format_func=lambda code: say("term ends") if code == ENDS else table.name(code),
        key=key,
        placeholder=say("Please choose"),
        on_change=lambda: _chosen(table, term, key),
    )


def _chosen(table: Worktable, term: HeadTerm, key: str) -> None:
    grid: str | None = st.session_state[key]
    if grid is not None:
        table.make(Post(term.key, "" if grid == ENDS else grid))

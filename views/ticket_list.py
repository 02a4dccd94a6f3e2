"""The tickets of the panel: chosen by filters that the address holds, or by what waits for the person today."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import groupby
from typing import TypeVar

import streamlit as st

from city import desk, filters, mine, queues
from city.filters import LONGEST_TEXT, MINE, Filters, searched
from domain.grids import Grid
from domain.mine import Press
from domain.people import READS_TICKETS, Role
from domain.queues import Queue
from domain.tickets import State
from domain.titles import PRESS, QUEUE, STATE
from storage.by_text import Stopped
from views.anew import DESK, FILTERS, and_draw
from views.away import unless_away
from views.cards import cards_html, show_cards
from views.panel import unit_shown
from views.saved import offer_saved
from views.visit import Visit

PAGE = 8
"""Cards on one page: what a panel holds without long scrolling, and what a click can draw at once."""

UNLISTED = "rg-unlisted"
"""What stands where no tickets are listed: the page shows no choice of them then."""

FURTHER = 5
"""How many times as far a text is looked for when that is asked."""

T = TypeVar("T")

PRESS_MARK = {Press.OVERDUE: "✕", Press.TODAY: "▲", Press.NEW: "●", Press.LATER: "○"}


def show_tickets(visit: Visit) -> None:
    """The tickets of the unit that is shown – or of the person's own area –, or of the person's day."""
    chosen, grid = visit.filters, unit_shown(visit)
    if chosen.only == MINE:
        _mine(visit, chosen)
    elif desk.may_list(visit.city, visit.person, grid.code if grid else None):
        _listed(visit, chosen, grid)
    elif grid is None or visit.person.role in (Role.PLANNER, Role.ADMINISTRATOR):
        st.html(f'<div class="rg-empty">{visit.say("Your role sees counts, not tickets.")}</div>')
    else:
        st.html(f'<i hidden class="{UNLISTED}"></i>')


def offer_filters(visit: Visit) -> None:
    """The choice of tickets, a part of its own: what is chosen stays when another grid is opened."""
    if not desk.may_list(visit.city, visit.person, None):
        return

    @st.fragment(key=FILTERS)
    @unless_away
    def choice() -> None:
        chosen = visit.filters
        _choose(visit, chosen)
        if chosen.only != MINE:
            _narrow(visit, chosen)

    choice()


def _listed(visit: Visit, chosen: Filters, grid: Grid | None) -> None:
    area = desk.area_of(visit.city, visit.person, grid.code if grid else None)
    if grid is None and (queue := _queue(visit, chosen)):
        area = queues.owned(visit.person)[queue]

    shown = desk.CardPage([], 0)

    def page(n: int) -> tuple[list[desk.TicketCard], int]:
        nonlocal shown
        wanted = filters.wanted(visit.city, visit.person, replace(chosen, page=n), PAGE)
        shown = desk.card_page(visit.city, visit.person, area, wanted)
        return shown.cards, shown.total

    at, cards, total = _page_that_is(visit, chosen, page)
    if not cards and shown.stopped is None:
        st.html(f'<div class="rg-empty">{visit.say("No tickets here.")}</div>')
    show_cards(visit, cards)
    _pages(visit, at, total, f"{total}+" if shown.more else str(total))
    if shown.stopped is not None:
        _go_on(visit, chosen, shown.stopped)


def _go_on(visit: Visit, chosen: Filters, stopped: Stopped) -> None:
    """Say how far a text was looked for, and offer to look further."""
    say = visit.say
    with st.container(key="search-stopped", horizontal=True, vertical_alignment="center"):
        if stopped.at is not None:
            st.caption(
                say("Searched back to {date}.", date=f"{stopped.at.astimezone(visit.city.zone):%Y-%m-%d}")
            )
        else:
            st.caption(say("Looked through the {n} most pressing tickets.", n=f"{stopped.after:,}"))
        st.button(
            say("Search further"),
            key="search-further",
            on_click=visit.filter,
            args=(replace(chosen, effort=chosen.effort * FURTHER),),
        )


def _mine(visit: Visit, chosen: Filters) -> None:
    counts: dict[Press, int] = {}

    def page(n: int) -> tuple[list[tuple[Press, desk.TicketCard]], int]:
        found = mine.today(visit.city, visit.person, PAGE, PAGE * n)
        counts.update(found.counts)
        return list(found.cards), found.total

    at, cards, total = _page_that_is(visit, chosen, page)
    by_press = "".join(
        f'<h3 class="rg-press {press}">{PRESS_MARK[press]} {visit.say.of(PRESS[press])}</h3>'
        + cards_html(visit, (card for _, card in together))
        for press, together in groupby(cards, key=lambda pair: pair[0])
    )
    st.html(_counts_html(visit, counts) + by_press)
    _pages(visit, at, total, str(total))


def _counts_html(visit: Visit, counts: dict[Press, int]) -> str:
    if not any(counts.values()):
        return f'<div class="rg-empty">{visit.say("Nothing waits for you just now.")}</div>'
    boxes = "".join(
        f'<div class="{press}{"" if n else " zero"}"><b>{n}</b><span>{PRESS_MARK[press]} {visit.say.of(PRESS[press])}</span></div>'
        for press, n in counts.items()
    )
    return f'<div class="rg-counts rg-mine">{boxes}</div>'


def _page_that_is(
    visit: Visit, chosen: Filters, page: Callable[[int], tuple[list[T], int]]
) -> tuple[int, list[T], int]:
    """The page asked for; when tickets went away since it was turned to, the last page there is now."""
    cards, total = page(chosen.page)
    if cards or not total:
        return chosen.page, cards, total
    last = (total - 1) // PAGE
    visit.filter(replace(chosen, page=last))
    return last, *page(last)


# --- what to list -----------------------------------------------------------------------------------------


def _choose(visit: Visit, chosen: Filters) -> None:
    say = visit.say
    names = {MINE: say("Mine now")} if mine.has_mine(visit.person) else {}
    names |= {
        "open": say("Open"),
        "overdue": say("Overdue"),
        "due_soon": say("Due soon"),
        "ended": say("Ended"),
    }
    st.session_state["only"] = chosen.only
    with st.container(key="choose", horizontal=True, gap="small", vertical_alignment="center"):
        st.segmented_control(
            say("Show"),
            list(names),
            format_func=lambda only: names[only],
            key="only",
            label_visibility="collapsed",
            required=True,
            on_change=and_draw(FILTERS, DESK),
            args=(_choose_by, visit, "only"),
        )
        offer_saved(visit)


def _narrow(visit: Visit, chosen: Filters) -> None:
    say = visit.say
    states = {"": say("All states")} | {state.value: say.of(title) for state, title in STATE.items()}
    known = {"": say("All categories")} | {
        code: say.pick(*names) for code, names in filters.categories(visit.city).items()
    }
    st.session_state["state"] = chosen.state.value if chosen.state else ""
    st.session_state["category"] = chosen.category
    st.session_state["q"] = chosen.text
    reads = visit.person.role in READS_TICKETS
    # A row of columns would be five containers, sent anew at each click.
    with st.container(key="narrow", horizontal=True, gap="small", vertical_alignment="center"):
        for name, label, options in (("state", say("State"), states), ("category", say("Category"), known)):
            st.selectbox(
                label,
                list(options),
                format_func=options.__getitem__,
                key=name,
                label_visibility="collapsed",
                on_change=and_draw(FILTERS, DESK),
                args=(_choose_by, visit, name),
            )
        st.text_input(
            say("Search tickets"),
            key="q",
            max_chars=LONGEST_TEXT,
            placeholder=say("Number, address or words") if reads else say("Ticket number"),
            label_visibility="collapsed",
            on_change=and_draw(FILTERS, DESK),
            args=(_choose_by, visit, "q"),
        )


PARTS: dict[str, Callable[[Filters, str], Filters]] = {
    "only": lambda chosen, only: replace(chosen, only=only or "open"),
    "state": lambda chosen, state: replace(chosen, state=State(state) if state else None),
    "category": lambda chosen, category: replace(chosen, category=category or ""),
    "q": lambda chosen, text: replace(chosen, text=searched(text or "")),
    "queue": lambda chosen, queue: replace(chosen, queue=queue),
}
"""What choosing in a field does to the filters; the field has the part's name."""


def _choose_by(visit: Visit, part: str) -> None:
    """Whoever asks for other tickets reads them from their beginning."""
    visit.filter(PARTS[part](replace(visit.filters, page=0, effort=1), st.session_state[part]))


def _queue(visit: Visit, chosen: Filters) -> Queue | None:
    """One of the named queues this person answers for, when they choose it."""
    waiting = queues.waiting(visit.city, visit.person)
    if chosen.queue is not None:
        waiting.setdefault(chosen.queue, 0)
    if not waiting:
        return None
    st.session_state["queue"] = chosen.queue
    st.pills(
        visit.say("Queues"),
        list(waiting),
        format_func=lambda queue: f"{visit.say.of(QUEUE[queue])} {waiting[queue]}",
        key="queue",
        label_visibility="collapsed",
        on_change=_choose_by,
        args=(visit, "queue"),
    )
    return chosen.queue


def _pages(visit: Visit, page: int, total: int, shown: str) -> None:
    if total <= PAGE:
        return
    say = visit.say

    def turn(to: int) -> None:
        visit.filter(replace(visit.filters, page=to))

    button = partial(st.button, on_click=turn)
    with st.container(horizontal=True, vertical_alignment="center"):
        button("◂", args=(page - 1,), disabled=page == 0, key="page-back", help=say("Previous page"))
        first, last = page * PAGE + 1, min(total, (page + 1) * PAGE)
        st.caption(say("{first}–{last} of {total}", first=first, last=last, total=shown))
        button(
            "▸",
            args=(page + 1,),
            disabled=(page + 1) * PAGE >= total,
            key="page-on",
            help=say("Next page"),
        )

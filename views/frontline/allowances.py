"""Allowances on the desk: a month is worked out with every term shown, approved, appealed against, decided. Nothing is paid."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from city.access import watching
from city.frontline import allowed
from city.frontline.allowed import Card, yuan
from city.spreadsheets import XLSX_KIND, xlsx_bytes
from domain.actions.allowances import approve_all, propose, step
from domain.frontline.allowances import (
    ALLOWANCE_STATE,
    APPEAL_WITHIN,
    STEPS,
    TERM,
    Allowance,
    AllowanceState,
    Formula,
    Line,
    Step,
)
from domain.grids import Level
from domain.said import Refused, Stale, said
from domain.titles import LEVEL
from views.cards import moment
from views.frontline.tables import Cell, Marked, facts_html, table_html
from views.plain import plain
from views.taking import noted
from views.visit import Visit

SHOWN = 150
"""Proposals on the page; the file holds all."""

STEP_TITLE = {step.name: step.title for step in STEPS}

PROPOSED = said("{n} heads have a proposal now who had none.").text
APPROVED = said("{n} proposals are approved.").text

MARKS = {AllowanceState.APPEALED: "bad", AllowanceState.PROPOSED: "warn"}


def show_allowances(visit: Visit, unit: str) -> None:
    """The whole part."""
    say, city = visit.say, visit.city
    formula = city.rules_read.allowances
    if formula is None:
        st.info(say("This city has no formula of allowances: data/rules/allowances.toml holds one."))
        return
    month = _month(visit)
    cards = allowed.allowances_of(city, visit.person, unit, month)
    st.html(_facts(visit, cards))
    st.caption(
        say("This page works out what is proposed, and keeps who approved it. It pays nothing: money goes its own way, by people.")
    )  # fmt: skip
    _propose(visit, unit, month, formula, cards)
    left, right = st.columns([7, 6], gap="large")
    with left:
        chosen = _looked_at(visit, month, cards)
    with right:
        if chosen is not None:
            _work_on(visit, chosen)
        with st.expander(say("The formula"), expanded=not cards):
            st.html(_formula(visit, formula))
    st.html(_table(visit, cards))
    _take_along(visit, month, cards)


def _month(visit: Visit) -> str:
    city = visit.city
    known = allowed.months_back(city.now().astimezone(city.zone).date())
    waiting = set(allowed.waiting(city, visit.person))

    def named(month: str) -> str:
        return f"{month} · {visit.say('an appeal waits')}" if month in waiting else month

    return st.selectbox(
        visit.say("Month"),
        known,
        format_func=named,
        key="allowances-month",
        width=240,
        label_visibility="collapsed",
    )


def _facts(visit: Visit, cards: list[Card]) -> str:
    say = visit.say
    counts = [
        (say.of(ALLOWANCE_STATE[state]), f"{sum(card.row.state is state for card in cards):,}", _bad(state, cards))
        for state in AllowanceState
    ]  # fmt: skip
    fen = sum(card.row.fen for card in cards)
    return facts_html([*counts, (say("Together, yuan"), f"{yuan(fen):,.2f}", "")])


def _bad(state: AllowanceState, cards: list[Card]) -> str:
    return (
        "bad" if state is AllowanceState.APPEALED and any(card.row.state is state for card in cards) else ""
    )


def _propose(visit: Visit, unit: str, month: str, formula: Formula, cards: list[Card]) -> None:
    """Work the month out for heads that have no proposal yet."""
    say, city = visit.say, visit.city
    if not allowed.may_propose(city, visit.person, unit):
        return
    with st.container(horizontal=True, gap="small"):
        if st.button(say("Work the month out"), key="allowances-propose", type="secondary" if cards else "primary"):  # fmt: skip
            with st.spinner(say("Counting what the month holds …")):
                values = allowed.values_of(city, unit, month)

            def act() -> int:
                return len(propose(city.store, city.rulebook, formula, month, values, by=visit.person, now=city.now()))  # fmt: skip

            _do(visit, act, PROPOSED)
        mine = [card for card in cards if any(s.name == "approve" for s in card.steps)]
        if mine and st.button(say("Approve all {n}", n=len(mine)), key="allowances-approve-all"):

            def approve() -> int:
                rows = [card.row for card in mine]
                return len(approve_all(city.store, city.rulebook, rows, by=visit.person, now=city.now()))

            _do(visit, approve, APPROVED)


# --- the table ----------------------------------------------------------------------------------------------------


def _table(visit: Visit, cards: list[Card]) -> str:
    say = visit.say
    if not cards:
        return f'<div class="rg-empty">{say("Nothing was proposed for this month here yet.")}</div>'
    names = list(dict.fromkeys(line.name for card in cards for line in card.row.terms))
    first = sorted(cards, key=lambda card: card.row.state is not AllowanceState.APPEALED)
    lines = [_row(visit, card, names) for card in first[:SHOWN]]
    titles = [say("Grid"), say("Head"), *(say.of(SHORT[name]) for name in names), say("Yuan"), say("State")]
    caption = say("The first {n} of {total}", n=len(lines), total=f"{len(cards):,}")
    return table_html(titles, lines, caption)


SHORT = {
    "accepted_on_time": said("Taken up in time"),
    "settled_on_the_spot": said("On the spot"),
    "raised": said("Raised"),
    "satisfied": said("Satisfied"),
    "visits": said("Visits"),
    "coverage": said("Coverage"),
    "meetings": said("Meetings"),
}
"""What a term is called over a narrow column; its whole name stands with the formula."""


def _row(visit: Visit, card: Card, names: list[str]) -> list[Cell]:
    known = {line.name: line for line in card.row.terms}
    state = visit.say.of(ALLOWANCE_STATE[card.row.state])
    kind = MARKS.get(card.row.state)
    return [
        visit.unit_name(card.row.grid),
        card.head,
        *(_reached(known.get(name)) for name in names),
        f"{yuan(card.row.fen):,.2f}",
        Marked(state, kind) if kind else state,
    ]


def _reached(line: Line | None) -> str:
    """What was reached, and the yuan that it gives."""
    if line is None:
        return ""
    value = "–" if line.value is None else f"{line.value:g}"
    return f"{value} → {yuan(line.fen):.2f}"


def _take_along(visit: Visit, month: str, cards: list[Card]) -> None:
    if not cards:
        return
    say, city = visit.say, visit.city

    def made() -> bytes:
        return xlsx_bytes([allowed.sheet_of(city, month, cards, say)])

    make = noted(visit, "allowances", made, month=month, rows=len(cards))
    st.download_button(
        say("Download {kind}", kind="XLSX"), make, f"allowances-{month}.xlsx", XLSX_KIND, key="allowances-file",
        on_click="ignore",
    )  # fmt: skip


def _formula(visit: Visit, formula: Formula) -> str:
    say = visit.say
    bases = " · ".join(f"{say.of(LEVEL[level])} {yuan(formula.base_fen[level]):g}" for level in Level)
    lines: list[list[Cell]] = [
        [say.of(TERM[term.name]), f"{term.target:g}", f"{term.weight / 10:g}%"] for term in formula.terms
    ]
    titles = [say("Term"), say("Target"), say("Share")]
    told = say(
        "Version {n}. A full month earns, in yuan: {bases}. Each term gives its share by what was reached against its target, never more.",
        n=formula.version, bases=bases,
    )  # fmt: skip
    return f"<p>{told}</p>" + table_html(titles, lines)


# --- one of them -----------------------------------------------------------------------------------------------------


def _looked_at(visit: Visit, month: str, cards: list[Card]) -> Card | None:
    """The proposal that was chosen, with its lines; an appeal that waits comes first."""
    say = visit.say
    known = {card.row.id: card for card in cards}
    if not known:
        return None
    waits = next(
        (
            n
            for n, card in enumerate(cards)
            if any(s.name != "approve" for s in card.steps)
            and (card.row.state is AllowanceState.APPEALED or len(cards) == 1)
        ),
        None,
    )
    chosen = st.selectbox(
        say("Look at one"), list(known), index=0 if len(known) == 1 else waits,
        format_func=lambda n: f"{visit.unit_name(known[n].row.grid)} · {known[n].head}",
        key=f"allowance-chosen-{month}", placeholder=say("Please choose"),
    )  # fmt: skip
    if chosen is None:
        st.caption(say("Choose a grid to see how its sum comes about, and to approve, appeal or decide."))
        return None
    card = known[chosen]
    st.html(_lines(visit, card.row))
    return card


def _work_on(visit: Visit, card: Card) -> None:
    """What was said about it, and what this person may do with it."""
    say = visit.say
    for kind, at, words in allowed.words_with(visit.city, visit.person, card.row):
        st.caption(f"{say.of(STEP_TITLE[kind])} · {moment(visit, at)}")
        st.markdown(f"> {plain(words)}")
    for each in card.steps:
        _offer(visit, card.row, each)
    if card.row.grid == visit.person.area and (until := allowed.appealed_within(card.row)):
        st.caption(say("An appeal is possible until {day}.", day=f"{until.astimezone(visit.city.zone):%Y-%m-%d}"))  # fmt: skip


def _lines(visit: Visit, row: Allowance) -> str:
    say = visit.say
    lines: list[list[Cell]] = [
        [
            say.of(TERM[line.name]),
            say("not known") if line.value is None else f"{line.value:g}",
            f"{line.target:g}",
            f"{line.weight / 10:g}%",
            f"{yuan(line.fen):,.2f}",
        ]
        for line in row.terms
    ]
    together = sum(line.fen for line in row.terms)
    lines.append([say("Together"), "", "", "", f"{yuan(together):,.2f}"])
    if row.fen != together:
        lines.append([say("As decided"), "", "", "", f"{yuan(row.fen):,.2f}"])
    titles = [say("Term"), say("Reached"), say("Target"), say("Share"), say("Yuan")]
    caption = f"{visit.unit_name(row.grid)} · {row.month} · {say('Formula')} {row.formula} · {say.of(ALLOWANCE_STATE[row.state])}"
    return table_html(titles, lines, caption)


def _offer(visit: Visit, row: Allowance, each: Step) -> None:
    """A step that this person may take; an appeal and its decision come with a reason."""
    say = visit.say
    if each.name == "approve":
        if st.button(say.of(each.title), key=f"allowance-approve-{row.id}", type="primary"):
            _do(visit, partial(_step, visit, row, "approve", "", None))
        return
    with st.form(f"allowance-{each.name}-{row.id}"):
        if each.name == "appeal":
            st.caption(say("Within {n} days of the approval. The street decides.", n=APPEAL_WITHIN.days))
        words = st.text_area(say("Reason"), key=f"allowance-words-{each.name}-{row.id}", max_chars=500)
        fen: int | None = None
        if each.name == "decide":
            decided = st.number_input(
                say("The allowance shall be, yuan"), 0.0, 100_000.0, float(yuan(row.fen)), 10.0,
                key=f"allowance-fen-{row.id}",
            )  # fmt: skip
            fen = round(decided * 100)
        if st.form_submit_button(say.of(each.title), type="primary"):
            _do(visit, partial(_step, visit, row, each.name, words, fen))


def _step(visit: Visit, row: Allowance, name: str, words: str, fen: int | None) -> None:
    city = visit.city
    step(
        city.store, city.rulebook, row.id, name, version=row.version, by=visit.person, now=city.now(), words=words, fen=fen
    )  # fmt: skip


def _do(visit: Visit, act: Callable[[], int | None], told: str = "") -> None:
    """Do it, say that it was done, and draw the part anew; what is refused is said where it stands."""
    say = visit.say
    try:
        with watching(visit.city, visit.person, "allowance"):
            n = act()
    except Refused as refused:
        st.error(say.of(refused.because))
        if isinstance(refused, Stale):
            st.caption(say("The page was drawn before that. Reload it."))
        return
    visit.tell(say("Done.") if n is None else say(told, n=n))
    st.rerun()

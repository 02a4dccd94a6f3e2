"""Who came, who was refused, who took data away – and the accounts. Read only: accounts are changed by ``redgrid user``."""

from __future__ import annotations

import html

import streamlit as st

from city import door_book
from city.door_book import KINDS, Line
from domain.grids import CITY
from domain.said import Refused, Said
from domain.titles import ROLE
from storage.people import Account
from views.cards import moment
from views.visit import Visit


def show_access(visit: Visit) -> None:
    """The page."""
    say = visit.say
    try:
        known = door_book.accounts(visit.city, visit.person)
    except Refused as refused:
        st.info(say.of(refused.because))
        return
    log, accounts = st.tabs([say("Access log"), say("Accounts")])
    with log:
        _log(visit)
    with accounts:
        _accounts(visit, known)


def _log(visit: Visit) -> None:
    say = visit.say
    with st.container(horizontal=True, key="access-filters"):
        kind = st.selectbox(
            say("Kind"),
            list(KINDS),
            index=None,
            format_func=lambda k: say.of(KINDS[k]),
            placeholder=say("All kinds"),
            key="access-kind",
            on_change=_first_page,
        )
        day = st.date_input(
            say("Day"), value=None, format="YYYY-MM-DD", key="access-day", on_change=_first_page
        )
    page = int(st.session_state.get("access-page", 0))
    found = door_book.notes(visit.city, visit.person, day=day, kind=kind, page=page)
    if not found.lines:
        st.html(f'<div class="rg-empty">{say("Nothing was noted.")}</div>')
    else:
        heads = (say("When"), say("Kind"), say("Who"), say("Came from"), say("About"))
        st.html(_table(heads, [_cells(visit, line) for line in found.lines]))
    with st.container(horizontal=True, key="access-pages"):
        if page and st.button(say("Newer"), key="access-newer"):
            _turn(page - 1)
        if found.more and st.button(say("Older"), key="access-older"):
            _turn(page + 1)


def _cells(visit: Visit, line: Line) -> tuple[str, ...]:
    say = visit.say
    title = say.of(KINDS[line.kind]) if line.kind in KINDS else line.kind
    told = " · ".join(say.of(part) if isinstance(part, Said) else part for part in line.about)
    about = " – ".join(part for part in (told, say(line.because) if line.because else "") if part)
    return moment(visit, line.at), title, line.who, line.address, about


def _accounts(visit: Visit, known: list[Account]) -> None:
    say = visit.say
    st.caption(say("Accounts are changed with the command: redgrid user"))
    heads = (say("Signs in as"), say("Name to show"), say("Role"), say("Area"), say("State"))
    st.html(_table(heads, [_account(visit, each) for each in known]))


def _account(visit: Visit, account: Account) -> tuple[str, ...]:
    say, person = visit.say, account.person
    area = "" if person.area == CITY else visit.city.ground.structure.name(person.area)
    if person.department:
        area = say.pick(*visit.city.department(person.department))
    states = (
        (account.disabled, say("disabled")),
        (account.is_locked(visit.city.now()), say("locked")),
        (account.must_change, say("has to change the password")),
    )
    state = " · ".join(word for holds, word in states if holds)
    return account.login, person.name, say.of(ROLE[person.role]), area, state


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    titles = "".join(f'<th scope="col">{html.escape(head)}</th>' for head in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f'<table class="rg-rows"><tr>{titles}</tr>{body}</table>'


def _turn(page: int) -> None:
    st.session_state["access-page"] = page
    st.rerun()


def _first_page() -> None:
    st.session_state["access-page"] = 0

"""The yearly assessment on the desk: the office opens and freezes a round, communities bring the answers in, all see what
came out as far as it is theirs."""

from __future__ import annotations

import html
from functools import partial

import streamlit as st

from city.frontline import assessed
from city.frontline.assessed import Turnout
from city.rating import public_base
from city.spreadsheets import XLSX_KIND, xlsx_bytes
from domain.actions.assessment import enter_answer, freeze, make_links, open_round
from domain.frontline.assessment import (
    CHANNEL,
    FULL,
    LEAST_ANSWERS,
    Answer,
    Channel,
    Round,
    RoundState,
    Score,
)
from domain.frontline.rights import may_keep
from domain.grids import CITY
from views.frontline.doing import do
from views.frontline.tables import Cell, Marked, table_html
from views.taking import noted
from views.visit import Visit

SHEET_OF = 50
"""Links on one sheet: as many as make a community's score valid."""


def show_assessment(visit: Visit, unit: str) -> None:
    """The whole part; the unit matters to whoever enters answers alone."""
    say = visit.say
    known = {round_.year: round_ for round_ in assessed.rounds(visit.city)}
    if may_keep(visit.person, Round.LIST, CITY, visit.city.ground.structure):
        _open(visit, set(known))
    if not known:
        st.html(f'<div class="rg-empty">{say("No round of the assessment was opened yet.")}</div>')
        return
    year = st.selectbox(
        say("Year"), list(known), key="assessment-year", width=120, label_visibility="collapsed"
    )
    round_ = known[year or max(known)]
    left, right = st.columns([8, 7], gap="medium")
    with left:
        if rows := assessed.turnout(visit.city, visit.person, round_):
            st.html(_turnout(visit, rows))
        _bring_in(visit, round_, unit)
    with right:
        _scores(visit, round_)
        if may_keep(visit.person, Round.LIST, CITY, visit.city.ground.structure):
            _freeze(visit, round_)


# --- the office ---------------------------------------------------------------------------------------------------


def _open(visit: Visit, known: set[int]) -> None:
    say, city = visit.say, visit.city
    year = city.now().astimezone(city.zone).year
    if year in known:
        return
    if st.button(say("Open the round of {year}", year=year), key="assessment-open", type="primary"):
        do(
            visit,
            "assessment",
            lambda: open_round(city.store, city.rulebook, year, by=visit.person, now=city.now()),
        )


def _freeze(visit: Visit, round_: Round) -> None:
    say, city = visit.say, visit.city
    if round_.state is RoundState.FROZEN:
        again = assessed.recomputed(city, round_)
        same = again.same_answers and again.same_scores
        words = (
            say("Computed again from the answers: the same figures.")
            if same
            else say("Computed again: NOT the same!")
        )
        (st.success if same else st.error)(words)
        st.caption(say("Answers {inputs} · scores {results} · formula {n}", inputs=round_.inputs[:16], results=round_.results[:16], n=round_.formula))  # fmt: skip
        return
    with st.popover(say("Close the round …")):
        st.write(say("No answer comes in after that, and the figures stay as they are."))
        if st.button(say("Close and freeze"), key="assessment-freeze", type="primary"):
            do(
                visit,
                "assessment",
                lambda: freeze(
                    city.store,
                    city.rulebook,
                    round_.id,
                    version=round_.version,
                    by=visit.person,
                    now=city.now(),
                ),
            )


# --- what came in ------------------------------------------------------------------------------------------------


def _turnout(visit: Visit, rows: list[Turnout]) -> str:
    say = visit.say
    lines: list[list[Cell]] = []
    for row in rows:
        missing: Cell = Marked(say("{n} missing", n=row.missing), "warn") if row.missing else say("enough")
        by_channel = [row.by_channel[channel] for channel in Channel]
        lines.append([visit.unit_name(row.community), row.n, missing, *by_channel, row.links_out])
    titles = [say("Community"), say("Answers"), say("Of {n} needed", n=LEAST_ANSWERS), *(say.of(CHANNEL[c]) for c in Channel), say("Links not used yet")]  # fmt: skip
    return table_html(titles, lines, say("Who answered"))


def _bring_in(visit: Visit, round_: Round, unit: str) -> None:
    keeps = may_keep(visit.person, Answer.LIST, unit, visit.city.ground.structure)
    if round_.state is not RoundState.OPEN or not keeps or not round_.asked_in(unit):
        return
    _links(visit, round_, unit)
    _entry(visit, round_, unit)


def _links(visit: Visit, round_: Round, community: str) -> None:
    say = visit.say
    make = partial(_sheet, visit, round_, community)
    made = noted(visit, "assessment links", make, community=community, links=SHEET_OF)
    st.download_button(
        say("A sheet of {n} QR links to print", n=SHEET_OF), made, f"assessment-{round_.year}-{community}.html", "text/html",
        key="assessment-links", on_click="ignore",
    )  # fmt: skip
    st.caption(
        say("Each link answers once. Every sheet has new links; what is printed here is kept nowhere else.")
    )


def _sheet(visit: Visit, round_: Round, community: str) -> bytes:
    """Links made for this sheet alone, as a page that prints on A4."""
    say, city = visit.say, visit.city
    tokens = make_links(
        city.store, city.rulebook, round_.id, community, SHEET_OF, by=visit.person, now=city.now()
    )
    title = html.escape(
        f"{city.ground.structure.name(community)} · {say('Assessment {year}', year=round_.year)}"
    )
    base = public_base(city, f"{st.context.url}".split("/?")[0])
    cards = "".join(
        f"<article>{picture}<p>{html.escape(say('Scan and score, once.'))}</p></article>"
        for _, picture in assessed.slips(tokens, base)
    )
    return (
        f'<!doctype html><html lang="{say.lang}"><meta charset="utf-8"><title>{title}</title><style>'
        "body{font:14px/1.4 system-ui,sans-serif;margin:10mm}main{display:grid;grid-template-columns:repeat(4,1fr);gap:6mm}"
        "article{break-inside:avoid;text-align:center;border:1px dashed #999;padding:3mm}svg{width:100%;height:auto}p{margin:0}"
        f"</style><h1>{title}</h1><main>{cards}</main></html>"
    ).encode()


def _entry(visit: Visit, round_: Round, community: str) -> None:
    say, city = visit.say, visit.city
    with (
        st.expander(say("Enter an answer from paper or telephone")),
        st.form("assessment-entry", clear_on_submit=True),
    ):
        channel = st.radio(
            say("How it came"), [Channel.PAPER, Channel.PHONE], format_func=lambda c: say.of(CHANNEL[c]),
            key="assessment-channel", horizontal=True,
        )  # fmt: skip
        given = {
            code: st.number_input(
                say.pick(*city.department(code)), 0, FULL, value=None, step=1, key=f"assessment-{code}",
                placeholder=say("no answer"),
            )
            for code in round_.asked_in(community)
        }  # fmt: skip
        if st.form_submit_button(say("Enter the answer"), type="primary"):
            scores = [(code, int(points)) for code, points in given.items() if points is not None]
            do(
                visit,
                "assessment",
                lambda: enter_answer(
                    city.store,
                    city.rulebook,
                    round_.id,
                    community,
                    channel,
                    scores,
                    by=visit.person,
                    now=city.now(),
                ),
            )


# --- what came out -----------------------------------------------------------------------------------------------


def _scores(visit: Visit, round_: Round) -> None:
    say = visit.say
    found = assessed.scores(visit.city, visit.person, round_)
    if not found:
        words = say("What came out is shown once the round is closed.")
        st.html(f'<div class="rg-empty">{words}</div>')
        return
    whole = [score for score in found if score.community is None] or found
    st.html(
        table_html(_titles(visit), [_line(visit, score) for score in whole], say("Scores out of a hundred"))
    )
    each = [score for score in found if score.community is not None]
    if len(whole) < len(found) and each:
        with st.expander(say("Score by community")):
            st.html(table_html(_titles(visit), [_line(visit, score) for score in each]))
    make = partial(_file, visit, round_, found)
    made = noted(visit, "assessment", make, year=round_.year, rows=len(found))
    st.download_button(
        say("Download for the appraisal"), made, f"assessment-{round_.year}.xlsx", XLSX_KIND, key="assessment-file",
        on_click="ignore",
    )  # fmt: skip


def _titles(visit: Visit) -> list[str]:
    say = visit.say
    return [say("Department"), say("Community"), say("Answers"), say("Score"), say("± (95%)")]


def _line(visit: Visit, score: Score) -> list[Cell]:
    say, city = visit.say, visit.city
    where = visit.unit_name(score.community) if score.community else say("all its communities")
    mean: Cell = Marked(say("not valid"), "warn") if score.mean is None else f"{score.mean:.1f}"
    half = "–" if score.half is None else f"{score.half:.1f}"
    return [say.pick(*city.department(score.department)), where, score.n, mean, half]


def _file(visit: Visit, round_: Round, found: list[Score]) -> bytes:
    return xlsx_bytes([assessed.sheet_of(visit.city, round_, found, visit.say)])

"""Bodies and links on the desk: who works together for a community, what they promised and did, which departments are linked."""

from __future__ import annotations

from datetime import date

import streamlit as st

from city.frontline import allied, organised
from city.frontline.allied import Allied, Links
from domain.actions.bodies import link_branch, note_done, promise_deed, unlink_branch
from domain.frontline.bodies import FUNCTION, Body, BranchLink, Deed, Function, Unit
from domain.frontline.organisation import yuan
from domain.frontline.registers import Department, DepartmentLink
from domain.frontline.rights import may_keep
from domain.grids import CITY
from views.frontline.doing import do
from views.frontline.files import offer_several
from views.frontline.tables import Cell, Link, Marked, Short, facts_html, joined, table_html
from views.visit import Visit

SHOWN = 60
"""Deeds on the page; the file holds all."""

MOST_YUAN = 10_000_000.0


def show_bodies(visit: Visit, unit: str) -> None:
    """The whole part; a compound or a building grid shows the body of its community."""
    city = visit.city
    found = allied.bodies_of(city, visit.person, unit)
    links = allied.links_of(city, visit.person, unit)
    known = allied.years_of(found, organised.today(city).year)
    year = (
        st.selectbox(visit.say("Year"), known, key="bodies-year", width=120, label_visibility="collapsed")
        or known[0]
    )
    st.html(_facts(visit, found, links, year))
    left, right = st.columns([7, 6], gap="large")
    with left:
        if len(found) == 1:
            _one(visit, found[0], year)
        else:
            st.html(_all(visit, found, year))
    with right:
        st.html(_links(visit, links))
        if may_keep(visit.person, BranchLink.LIST, CITY, city.ground.structure):
            _link_forms(visit, links)
        st.html(_branches(visit, links))
    offer_several(visit, (Body, Unit, Deed), unit)
    offer_several(visit, (BranchLink, DepartmentLink, Department), unit)


def _facts(visit: Visit, found: list[Allied], links: Links, year: int) -> str:
    say = visit.say
    sums = [each.of_year(year) for each in found]
    done = [deed for each in found for deed in each.deeds if deed.done_on is not None]
    return facts_html(
        [
            (say("Bodies"), f"{sum(each.body is not None for each in found):,}", ""),
            (say("Member units"), f"{sum(len(each.units) for each in found):,}", ""),
            (say("Promised"), f"{sum(each.promised for each in sums):,}", ""),
            (say("Done"), f"{sum(each.done for each in sums):,}", ""),
            (say("Worth"), f"¥{yuan(sum(each.fen for each in sums))}", ""),
            (say("Done in all years"), f"{len(done):,} · ¥{yuan(sum(deed.fen for deed in done))}", ""),
            (say("Findings of links"), f"{len(links.findings):,}", "bad" if links.findings else ""),
            (say("Crowded branches"), f"{len(links.crowded):,}", "bad" if links.crowded else ""),
        ]
    )


def _all(visit: Visit, found: list[Allied], year: int) -> str:
    say = visit.say
    lines: list[list[Cell]] = []
    for each in found:
        done = each.of_year(year)
        name: Cell = each.body.name if each.body else Marked(say("no body yet"), "bad")
        to = f"/?view=work&part=bodies&unit={each.community}"
        lines.append([Link(visit.unit_name(each.community), to), name, len(each.units), done.promised, done.done, _amount(done.fen)])  # fmt: skip
    titles = [say("Community"), say("Body"), say("Member units"), say("Promised"), say("Done"), say("Worth")]
    return table_html(titles, lines, say("Bodies of the communities, {year}", year=year))


def _amount(fen: int) -> Short:
    return Short(f"¥{yuan(fen)}" if fen else "–", right=True)


# --- one body -----------------------------------------------------------------------------------------------------


def _one(visit: Visit, one: Allied, year: int) -> None:
    say, city = visit.say, visit.city
    by_function = one.by_function(year)
    titles = [say("Function"), say("Promised"), say("Done"), say("Worth")]
    rows: list[list[Cell]] = [
        [say.of(FUNCTION[function]), sums.promised, sums.done, _amount(sums.fen)]
        for function, sums in by_function.items()
    ]
    st.html(table_html(titles, rows, one.body.name if one.body else say("no body yet")))
    deeds = sorted(
        (deed for deed in one.deeds if deed.year == year),
        key=lambda deed: (deed.done_on is None, deed.done_on or date.min, deed.id),
        reverse=True,
    )
    if one.body and may_keep(visit.person, Deed.LIST, one.community, city.ground.structure):
        with st.expander(say("Promise a deed")):
            _promise_form(visit, one)
        open_ones = {deed.id: deed for deed in deeds if deed.done_on is None}
        if open_ones:
            with st.expander(say("Note a deed as done")):
                _done_form(visit, open_ones)
    st.html(_units(visit, one, year))
    st.html(_deeds(visit, deeds))


def _units(visit: Visit, one: Allied, year: int) -> str:
    say = visit.say
    lines: list[list[Cell]] = []
    for unit in one.units:
        theirs = [deed for deed in one.deeds if deed.unit == unit.name and deed.year == year]
        done = [deed for deed in theirs if deed.done_on is not None]
        kind = say("city department") if unit.department else ""
        lines.append([unit.name, kind, len(theirs), len(done), _amount(sum(d.fen for d in done))])
    titles = [say("Member unit"), say("Kind"), say("Promised"), say("Done"), say("Worth")]
    return table_html(titles, lines, say("Member units")) if lines else ""


def _deeds(visit: Visit, deeds: list[Deed]) -> str:
    say = visit.say
    if not deeds:
        return f'<div class="rg-empty">{say("Nothing was promised for this year yet.")}</div>'
    lines: list[list[Cell]] = [
        [
            deed.title,
            say.of(FUNCTION[deed.function]),
            deed.unit or say("all together"),
            _amount(deed.fen),
            Short(f"{deed.done_on:%Y-%m-%d}") if deed.done_on else Marked(say("promised"), "warn"),
        ]
        for deed in deeds[:SHOWN]
    ]
    titles = [say("Deed"), say("Function"), say("Member unit"), say("Worth"), say("Done on")]
    caption = say("The first {n} of {total}", n=min(SHOWN, len(deeds)), total=f"{len(deeds):,}")
    return table_html(titles, lines, caption)


def _promise_form(visit: Visit, one: Allied) -> None:
    say, city = visit.say, visit.city
    with st.form("deed", border=False, clear_on_submit=True):
        title = st.text_input(say("What is to be done"), max_chars=200, key="deed-title")
        with st.container(horizontal=True, gap="small"):
            function = st.selectbox(say("Function"), list(Function), format_func=lambda f: say.of(FUNCTION[f]), key="deed-function")  # fmt: skip
            names = [unit.name for unit in one.units]
            unit = st.selectbox(
                say("Member unit"), names, index=None, placeholder=say("all together"), key="deed-unit"
            )
        amount = st.number_input(say("Worth in yuan, if it costs something"), 0.0, MOST_YUAN, value=0.0, step=100.0, format="%.2f", key="deed-yuan")  # fmt: skip
        if st.form_submit_button(say("Promise it"), type="primary"):
            deed = Deed(
                community=one.community, unit=unit, function=function, year=organised.today(city).year, title=title,
                fen=round(amount * 100),
            )  # fmt: skip
            do(
                visit,
                "deed",
                lambda: promise_deed(city.store, city.rulebook, deed, by=visit.person, now=city.now()),
            )


def _done_form(visit: Visit, open_ones: dict[int, Deed]) -> None:
    say, city = visit.say, visit.city
    with st.form("deed-done", border=False):
        number = st.selectbox(
            say("Deed"), list(open_ones), index=None, placeholder=say("Please choose"), key="deed-done",
            format_func=lambda n: f"{open_ones[n].title} · {open_ones[n].unit or say('all together')}",
        )  # fmt: skip
        day = st.date_input(
            say("Done on"), organised.today(city), max_value=organised.today(city), key="deed-day"
        )
        if st.form_submit_button(say("It is done"), type="primary") and number is not None:
            do(
                visit, "deed",
                lambda: note_done(
                    city.store, city.rulebook, number, day, version=open_ones[number].version, by=visit.person, now=city.now()
                ),
            )  # fmt: skip


# --- links --------------------------------------------------------------------------------------------------------


def _links(visit: Visit, links: Links) -> str:
    say, city = visit.say, visit.city
    found = {each.code: each for each in links.findings}
    communities = sorted({*links.departments, *(c for c in found if c not in city.ground.departments)})
    lines: list[list[Cell]] = [
        [
            visit.unit_name(code),
            len(links.departments.get(code, ())),
            joined(visit.say.lang, [_named(visit, d) for d in sorted(links.departments.get(code, ()))])
            or "–",
            Marked(say.of(found[code].words), "bad") if code in found else "✓",
        ]
        for code in communities
    ]
    lines += [[_named(visit, code), 0, "–", Marked(say.of(each.words), "bad")] for code, each in found.items() if code in city.ground.departments]  # fmt: skip
    titles = [say("Community"), say("How many"), say("Departments"), say("Finding")]
    return table_html(titles, lines, say("Departments linked to communities: 3 to 5 each")) if lines else ""


def _branches(visit: Visit, links: Links) -> str:
    say = visit.say
    lines: list[list[Cell]] = []
    for code, rows in links.branches.items():
        names = joined(visit.say.lang, [_named(visit, link.department) for link in rows])
        shown: Cell = names or Marked(say("no department"), "warn")
        finding: Cell = Marked(say("crowded"), "warn") if code in links.crowded else ""
        lines.append([visit.unit_name(code), shown, finding])
    titles = [say("Branch"), say("Departments"), say("Finding")]
    return table_html(titles, lines, say("Departments linked to grid branches")) if lines else ""


def _named(visit: Visit, department: str) -> str:
    return visit.say.pick(*visit.city.department(department))


def _link_forms(visit: Visit, links: Links) -> None:
    say, city = visit.say, visit.city
    known = {link.id: link for rows in links.branches.values() for link in rows}
    with st.expander(say("Change the links to branches")):
        with (
            st.form("link", border=False),
            st.container(horizontal=True, gap="small", vertical_alignment="bottom"),
        ):
            department = st.selectbox(
                say("Department"), sorted(city.ground.departments), format_func=lambda code: _named(visit, code), key="link-department"
            )  # fmt: skip
            branch = st.selectbox(
                say("Branch"), list(links.branches), format_func=visit.unit_name, key="link-branch"
            )
            if st.form_submit_button(say("Link them"), type="primary") and department and branch:
                do(visit, "link", lambda: link_branch(city.store, city.rulebook, department, branch, by=visit.person, now=city.now()))  # fmt: skip
        with (
            st.form("link-end", border=False),
            st.container(horizontal=True, gap="small", vertical_alignment="bottom"),
        ):
            number = st.selectbox(
                say("Link"), list(known), index=None, placeholder=say("Please choose"), key="link-end",
                format_func=lambda n: f"{_named(visit, known[n].department)} · {visit.unit_name(known[n].grid)}",
            )  # fmt: skip
            if st.form_submit_button(say("End it")) and number is not None:
                do(visit, "link", lambda: unlink_branch(city.store, city.rulebook, number, by=visit.person, now=city.now()))  # fmt: skip

"""Party organisation on the desk: who stands on the grids, groups and their centres, councils, and each branch's fund."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import streamlit as st

from city.frontline import organised, places
from city.frontline.organised import Council, Post, TermOf
from city.photos import prepared
from domain.actions.organisation import (
    dissolve_group,
    grant_year,
    keep_group,
    leave_seat,
    take_back,
    take_seat,
    write_entry,
)
from domain.frontline.organisation import ENTRY, SIDE, Book, Entry, EntryKind, Group, Seat, Side, yuan
from domain.frontline.registers import Organisation
from domain.frontline.rights import may_keep, reads_unit
from domain.people import Role
from domain.said import Refused, said
from views.frontline.doing import do
from views.frontline.files import offer_several
from views.frontline.tables import Cell, Link, Marked, Short, facts_html, joined, table_html
from views.visit import Visit

PICTURES = ["jpg", "jpeg", "png", "webp"]

MOST_YUAN = 6_000.0
"""The largest spending that the form takes: nobody has more in a year."""


def show_organisation(visit: Visit, unit: str) -> None:
    """The whole part."""
    city, person = visit.city, visit.person
    groups = organised.groups_of(city, person, unit)
    councils = organised.councils_of(city, person, unit)
    year = _year(visit, unit)
    books = organised.books_of(city, person, unit, year) if year else {}
    st.html(_facts(visit, unit, groups, councils, books if year else None))
    left, right = st.columns([1, 1], gap="medium")
    is_one = list(councils) == [unit]
    with left:
        st.html(_posts(visit, organised.posts(city, unit)))
        _groups(visit, unit, groups)
    with right:
        if is_one:
            _council(visit, unit, councils[unit])
            if year:
                _book(visit, unit, year)
        elif councils:
            st.html(_branches(visit, groups, councils, books if year else None))
        if year and not is_one:
            _grants(visit, unit, year, books)
    offer_several(visit, (Organisation, Group, Seat, Entry), unit)


def _year(visit: Visit, unit: str) -> int | None:
    """The year of which books are looked at; None for those who read none."""
    if not reads_unit(visit.person, Entry.LIST, unit, visit.city.ground.structure):
        return None
    known = organised.years(visit.city)
    if len(known) == 1:
        return known[0]
    return (
        st.selectbox(visit.say("Year"), known, key="fund-year", width=120, label_visibility="collapsed")
        or known[0]
    )


def _facts(
    visit: Visit, unit: str, groups: list[Group], councils: dict[str, Council], books: dict[str, Book] | None
) -> str:
    say = visit.say
    vacant = organised.vacancies(visit.city, unit)
    lacking = sum(group.lacks_centre for group in groups)
    gaps = sum(bool(council.missing) for council in councils.values())
    facts = [
        (say("Vacancies"), f"{vacant:,}", "bad" if vacant else ""),
        (say("Joint building groups"), f"{len(groups):,}", ""),
        (say("Groups without a centre"), f"{lacking:,}", "bad" if lacking else ""),
        (say("Councils with an empty side"), f"{gaps:,} / {len(councils):,}", "bad" if gaps else ""),
        (say("Councils with posts held across"), f"{sum(bool(c.across) for c in councils.values()):,}", ""),
    ]
    if books is not None:
        granted, spent = (
            sum(getattr(book, name) for book in books.values()) for name in ("granted", "spent")
        )
        facts += [
            (say("Granted"), _money(granted), ""),
            (say("Spent"), _money(spent), ""),
            (say("Left"), _money(granted - spent), ""),
        ]
    return facts_html(facts)


def _money(fen: int) -> str:
    return f"¥{yuan(fen)}"


def _amount(fen: int) -> Short:
    return Short(_money(fen), right=True)


# --- who stands there ---------------------------------------------------------------------------------------------


def _posts(visit: Visit, posts: list[Post]) -> str:
    say = visit.say
    if not posts:
        return f'<div class="rg-empty">{say("There are no grids here.")}</div>'
    titles = [
        say("Grid"),
        say("Party organisation"),
        say("Head"),
        say("In office since"),
        say("Vacancies below"),
    ]
    lines = [_post(visit, post) for post in posts]
    if any(post.former for post in posts):
        titles.append(say("Before"))
        for line, post in zip(lines, posts, strict=True):
            line.append(joined(visit.say.lang, [_former(visit, term) for term in post.former[:2]]) or "–")
    return table_html(titles, lines, say("Who stands on these grids"))


def _post(visit: Visit, post: Post) -> list[Cell]:
    say = visit.say
    head: Cell = Marked(say("Vacancy"), "bad")
    if post.running:
        head = joined(visit.say.lang, [f"{term.name} {term.title}".strip() for term in post.running])
    return [
        Link(post.grid.name, f"/?view=work&part=organisation&unit={post.grid.code}"),
        post.organisation or Marked(say("none"), "warn"),
        head,
        Short(joined(visit.say.lang, [_day(visit, term.since) for term in post.running]) or "–"),
        Marked(f"{post.vacant_below:,}", "bad") if post.vacant_below else "0",
    ]


def _former(visit: Visit, term: TermOf) -> str:
    return f"{term.name}（{_day(visit, term.since)} – {_day(visit, term.until)}）"


def _day(visit: Visit, moment: datetime | None) -> str:
    return "…" if moment is None else f"{moment.astimezone(visit.city.zone):%Y-%m-%d}"


# --- groups ---------------------------------------------------------------------------------------------------------


def _groups(visit: Visit, unit: str, groups: list[Group]) -> None:
    say = visit.say
    structure = visit.city.ground.structure
    if unit in structure.grids:
        st.html(_groups_html(visit, groups))
    else:
        st.html(_groups_html(visit, [group for group in groups if group.lacks_centre]))
    if may_keep(visit.person, Group.LIST, unit, structure) and unit in structure.grids:
        with st.expander(say("Note a joint building group")):
            _group_form(visit, unit, groups)


def _groups_html(visit: Visit, groups: list[Group]) -> str:
    say = visit.say
    if not groups:
        return f'<div class="rg-empty">{say("No joint building group is noted here.")}</div>'
    lines: list[list[Cell]] = [
        [
            group.name,
            visit.unit_name(group.grid),
            len(group.buildings),
            Marked(say("no centre"), "bad") if group.lacks_centre else str(group.centres),
        ]
        for group in groups
    ]
    titles = [say("Group"), say("Grid"), say("Buildings"), say("Member households' centres")]
    return table_html(titles, lines, say("Joint building groups"))


def _group_form(visit: Visit, unit: str, groups: list[Group]) -> None:
    say, city = visit.say, visit.city
    known = {group.id: group for group in groups}
    chosen = st.selectbox(
        say("Group"), [0, *known], key="group-chosen",
        format_func=lambda n: f"{known[n].name} · {visit.unit_name(known[n].grid)}" if n else say("A new one"),
    )  # fmt: skip
    before = known.get(chosen)
    grids = [grid.code for grid in places.grids_in(city, unit)]
    homes = {building.code: building for building in places.buildings(city).of(city, unit)}
    with st.form(f"group-{chosen}", border=False):
        grid = (
            before.grid
            if before
            else st.selectbox(say("Grid"), grids, format_func=visit.unit_name, key="group-grid")
        )
        name = st.text_input(
            say("What it is called"), before.name if before else "", max_chars=60, key=f"group-name-{chosen}"
        )
        buildings = st.multiselect(
            say("Buildings"), list(homes), [b for b in before.buildings if b in homes] if before else [],
            format_func=lambda code: homes[code].name, key=f"group-buildings-{chosen}", placeholder=say("Please choose"),
        )  # fmt: skip
        centres = st.text_area(
            say("Member households' centres, one a line"),
            organised.centres_of(city, visit.person, before) if before else "",
            help=say("Only those who work on these grids read this."), key=f"group-centres-{chosen}",
        )  # fmt: skip
        if st.form_submit_button(say("Keep"), type="primary"):
            group = replace(before or Group(grid=str(grid), name=""), name=name, buildings=tuple(buildings))
            do(visit, "group", lambda: keep_group(city.store, city.rulebook, group, centres, by=visit.person, now=city.now()))  # fmt: skip
    if before and st.button(say("Dissolve it"), key="group-dissolve"):
        do(
            visit, "group",
            lambda: dissolve_group(
                city.store, city.rulebook, before.id, version=before.version, by=visit.person, now=city.now()
            ),
        )  # fmt: skip


# --- councils -------------------------------------------------------------------------------------------------------


def _council(visit: Visit, grid: str, council: Council) -> None:
    say = visit.say
    across = council.across
    lines: list[list[Cell]] = []
    for seat in council.seats:
        others = dict.fromkeys(
            each.side for each in across.get(seat.holder, ()) if each.side is not seat.side
        )
        also = joined(visit.say.lang, [say.of(SIDE[side]) for side in others])
        until = f"{seat.until:%Y-%m-%d}" if seat.until else ""
        lines.append([say.of(SIDE[seat.side]), seat.post, seat.holder, f"⇄ {also}" if also else "", until])
    lines += [[say.of(SIDE[side]), Marked(say("nobody"), "bad"), "", "", ""] for side in council.missing]
    titles = [say("Side"), say("Position"), say("Who holds it"), say("Also sits in"), say("Until")]
    st.html(table_html(titles, lines, say("Council of the compound")))
    if may_keep(visit.person, Seat.LIST, grid, visit.city.ground.structure):
        with st.expander(say("Change the council")):
            _seat_form(visit, grid)
            _leave_form(visit, council)


def _seat_form(visit: Visit, grid: str) -> None:
    say, city = visit.say, visit.city
    with st.form("seat", border=False, clear_on_submit=True):
        side = st.radio(
            say("Side"), list(Side), format_func=lambda s: say.of(SIDE[s]), key="seat-side", horizontal=True
        )
        with st.container(horizontal=True, gap="small"):
            post = st.text_input(say("Position"), max_chars=60, key="seat-post")
            holder = st.text_input(say("Who holds it"), max_chars=60, key="seat-holder")
        if st.form_submit_button(say("Seat them"), type="primary"):
            seat = Seat(grid=grid, side=side, post=post, holder=holder)
            do(
                visit,
                "council",
                lambda: take_seat(city.store, city.rulebook, seat, by=visit.person, now=city.now()),
            )


def _leave_form(visit: Visit, council: Council) -> None:
    say, city = visit.say, visit.city
    seats = {seat.id: seat for seat in council.seats}
    if not seats:
        return
    with st.form("seat-left", border=False):
        number = st.selectbox(
            say("Who holds a post no more"), list(seats), index=None, placeholder=say("Please choose"), key="seat-left",
            format_func=lambda n: f"{seats[n].holder} · {seats[n].post}",
        )  # fmt: skip
        day = st.date_input(say("From which day on"), organised.today(city), key="seat-left-day")
        if st.form_submit_button(say("Note it")) and number is not None:
            do(
                visit, "council",
                lambda: leave_seat(
                    city.store, city.rulebook, number, day, version=seats[number].version, by=visit.person, now=city.now()
                ),
            )  # fmt: skip


# --- the fund -------------------------------------------------------------------------------------------------------


def _branches(
    visit: Visit, groups: list[Group], councils: dict[str, Council], books: dict[str, Book] | None
) -> str:
    say, structure = visit.say, visit.city.ground.structure
    lines: list[list[Cell]] = []
    for code, council in councils.items():
        lacking = sum(g.lacks_centre for g in groups if structure.within(structure.today(g.grid), code))
        gaps = joined(visit.say.lang, [say.of(SIDE[side]) for side in council.missing])
        line: list[Cell] = [
            Link(visit.unit_name(code), f"/?view=work&part=organisation&unit={code}"),
            Marked(str(lacking), "bad") if lacking else "0",
            Marked(gaps, "bad") if gaps else "–",
        ]
        if books is not None:
            book = books[code]
            line += [
                _amount(book.granted) if book.granted else Marked(say("no grant"), "warn"),
                _amount(book.spent),
                _amount(book.balance),
            ]
        lines.append(line)
    titles = [say("Branch"), say("No centre"), say("Nobody from")]
    if books is not None:
        titles += [say("Granted"), say("Spent"), say("Left")]
    return table_html(titles, lines, say("Branches of the compounds"))


def _book(visit: Visit, grid: str, year: int) -> None:
    say = visit.say
    lines = organised.lines_of(visit.city, visit.person, grid, year).get(grid, [])
    back = {entry.reverses for entry in lines if entry.reverses is not None}
    rows: list[list[Cell]] = []
    for entry in lines:
        receipt: Cell = (
            Link(say("Receipt"), f"/receipts/{entry.id}", apart=True) if entry.has_receipt else "–"
        )
        kind = say.of(ENTRY[entry.kind]) + (f" · {say('set off')}" if entry.id in back else "")
        rows.append([Short(f"{entry.day:%Y-%m-%d}"), kind, entry.what, _amount(entry.fen), receipt])
    titles = [say("Day"), say("Line"), say("What for"), say("Amount"), say("Receipt")]
    caption = say("The branch's fund of {year}", year=year)
    st.html(table_html(titles, rows, caption) if rows else f'<div class="rg-empty">{say("Nothing is in this book yet.")}</div>')  # fmt: skip
    if not may_keep(visit.person, Entry.LIST, grid, visit.city.ground.structure):
        return
    with st.expander(say("Write a spending")):
        _spending_form(visit, grid, year)
    stands = {
        e.id: e
        for e in lines
        if e.kind is not EntryKind.REVERSAL and e.id not in back and _may_undo(visit, e)
    }
    if stands:
        with st.expander(say("Take a line back")):
            _back_form(visit, stands)
    _grants(visit, grid, year, {grid: Book.of(lines)})


def _may_undo(visit: Visit, entry: Entry) -> bool:
    return entry.kind is EntryKind.SPENDING or visit.person.role is not Role.COMPOUND


def _spending_form(visit: Visit, grid: str, year: int) -> None:
    say, city = visit.say, visit.city
    with st.form("spending", border=False):
        what = st.text_input(say("What for"), max_chars=200, key="spending-what")
        with st.container(horizontal=True, gap="small"):
            amount = st.number_input(
                say("Amount in yuan"),
                0.0,
                MOST_YUAN,
                value=None,
                step=10.0,
                format="%.2f",
                key="spending-yuan",
            )
            day = st.date_input(
                say("Day"), organised.today(city), max_value=organised.today(city), key="spending-day"
            )
        sent = st.file_uploader(say("The receipt as a picture"), type=PICTURES, key="spending-receipt")
        if st.form_submit_button(say("Write it down"), type="primary"):
            entry = Entry(
                grid=grid,
                year=year,
                kind=EntryKind.SPENDING,
                fen=round((amount or 0) * 100),
                what=what,
                day=day,
            )
            do(visit, "fund", lambda: _spend(visit, entry, sent.getvalue() if sent else None))


def _spend(visit: Visit, entry: Entry, picture: bytes | None) -> None:
    if picture is None:
        raise Refused(said("Spending needs its receipt as a picture."))
    city = visit.city
    write_entry(city.store, city.rulebook, entry, prepared(picture), by=visit.person, now=city.now())


def _back_form(visit: Visit, stands: dict[int, Entry]) -> None:
    say, city = visit.say, visit.city
    with st.form("fund-back", border=False):
        number = st.selectbox(
            say("Line"), list(stands), index=None, placeholder=say("Please choose"), key="fund-back",
            format_func=lambda n: f"{stands[n].day:%Y-%m-%d} · {stands[n].what} · {_money(stands[n].fen)}",
        )  # fmt: skip
        st.caption(say("A book is never changed: another line takes the whole amount back."))
        if st.form_submit_button(say("Take the line back")) and number is not None:
            do(
                visit,
                "fund",
                lambda: take_back(city.store, city.rulebook, number, by=visit.person, now=city.now()),
            )


def _grants(visit: Visit, unit: str, year: int, books: dict[str, Book]) -> None:
    """The year's money for the branches that have none yet; written down by their community."""
    say, city = visit.say, visit.city
    without = [code for code, book in books.items() if not book.granted]
    is_theirs = visit.person.role is Role.COMMUNITY and may_keep(
        visit.person, Entry.LIST, unit, city.ground.structure
    )
    if not is_theirs or not without or year != organised.today(city).year:
        return
    if st.button(
        say("Write down the grant of {year} for {n} branches", year=year, n=len(without)), key="fund-grant"
    ):
        what = say("Grant of {year}", year=year)
        do(visit, "fund", lambda: grant_year(city.store, city.rulebook, without, year, what, by=visit.person, now=city.now()))  # fmt: skip

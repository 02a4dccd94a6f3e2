"""What a year of each working member is worth, with the formula that it comes from."""

from __future__ import annotations

import streamlit as st

from city.frontline import mustered
from city.frontline.mustered import Graded
from city.spreadsheets import XLSX_KIND, xlsx_bytes
from domain.actions.grades import settle_year
from domain.frontline.grades import GRADE, Grade, GradeRule, refusal_to_settle
from domain.frontline.records import Beside
from views.frontline.member_parts import done, names_shown
from views.frontline.tables import Cell, facts_html, table_html
from views.taking import noted
from views.visit import Visit

SHOWN = 150
"""Members on the page; the file holds all."""


def show(visit: Visit, unit: str) -> None:
    """The grades of a year."""
    say, city = visit.say, visit.city
    now = city.now().astimezone(city.zone).year
    with st.container(horizontal=True, vertical_alignment="bottom"):
        year = st.selectbox(say("Year"), [now - 1, now, now - 2], key="grades-year", width=140) or now - 1
        members = mustered.members_graded(city, visit.person, unit, year)
        names = names_shown(visit, members)
    graded = mustered.grades_of(city, members, year)
    counts = mustered.by_grade(graded)
    st.html(facts_html([(say.of(GRADE[grade]), f"{counts[grade]:,}", "") for grade in Grade]))
    st.caption(formula(visit, city.rules_read.grade))
    if not graded:
        st.html(f'<div class="rg-empty">{say("No members are listed here.")}</div>')
        return
    _settle(visit, graded, year)
    st.html(_table(visit, graded, names))

    def made() -> bytes:
        return xlsx_bytes([mustered.sheet_of_grades(city, year, graded, names, say)])

    st.download_button(
        say("Download {kind}", kind="XLSX"), noted(visit, "grades of members", made, year=year, rows=len(graded)),
        f"grades-{year}.xlsx", XLSX_KIND, key="grades-file", on_click="ignore",
    )  # fmt: skip


def _settle(visit: Visit, graded: list[Graded], year: int) -> None:
    """How far the year is settled; for those who may, a button that settles the rest."""
    say, city = visit.say, visit.city
    settled = sum(each.is_settled for each in graded)
    left = mustered.to_settle(city, visit.person, graded)
    today = city.now().astimezone(city.zone).date()
    if settled:
        st.caption(
            say(
                "{n} of {total} grades are settled and stay as they are.",
                n=f"{settled:,}",
                total=f"{len(graded):,}",
            )
        )
    if not left or refusal_to_settle(year, today) is not None:
        return
    with st.popover(say("Settle the year")):
        st.write(say("{n} grades stay as they are now, whatever is written down later.", n=f"{len(left):,}"))
        if st.button(say("Settle"), key=f"grades-settle-{year}", type="primary"):
            rule = city.rules_read.grade
            done(
                visit,
                lambda: settle_year(
                    city.store, city.rulebook, year, left, rule, by=visit.person, now=city.now()
                ),
            )


def formula(visit: Visit, rule: GradeRule) -> str:
    """The formula in words."""
    return visit.say(
        "Points = {activity} × activities + {hour} × hours + {paired} × paired households + {problem} × problems settled, 100 at most. From {excellent} excellent, from {good} good, from {fair} fair, below that poor.",
        activity=f"{rule.activity:g}", hour=f"{rule.hour:g}", paired=f"{rule.paired:g}", problem=f"{rule.problem:g}",
        excellent=f"{rule.excellent:g}", good=f"{rule.good:g}", fair=f"{rule.fair:g}",
    )  # fmt: skip


def _table(visit: Visit, graded: list[Graded], names: dict[int, Beside]) -> str:
    say, city = visit.say, visit.city
    lines: list[list[Cell]] = []
    for each in graded[:SHOWN]:
        member = each.member
        who = [names[member.id].name if member.id in names else "–"] if names else []
        lines.append(
            [
                member.number or str(member.id), *who, say.pick(*city.department(member.department)),
                visit.unit_name(member.branch) if member.branch else "–", each.year.activities, f"{each.year.hours:g}",
                each.year.paired, each.year.problems, f"{each.points:g}", say.of(GRADE[each.grade]),
            ]
        )  # fmt: skip
    titles = [
        say("Number"), *([say("Full name")] if names else []), say("Department"), say("Branch"), say("Activities"), say("Hours"),
        say("Paired"), say("Problems settled"), say("Points"), say("Grade of the year"),
    ]  # fmt: skip
    caption = say("The first {n} of {total}", n=len(lines), total=f"{len(graded):,}")
    return table_html(titles, lines, caption)

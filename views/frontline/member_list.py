"""Who the working members of a unit are, what each takes on, and what can be done with one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import streamlit as st

from city.frontline import member_forms, mustered
from city.frontline.member_forms import FormKind
from city.frontline.mustered import branches_in
from domain.actions.working_members import (
    Tasks,
    check_in,
    give_feedback,
    give_tasks,
    leave,
    register,
)
from domain.frontline.records import Beside
from domain.frontline.rights import may_keep
from domain.frontline.working_members import POSTS, TEAMS, ZONES, WorkingMember
from domain.said import Said, said
from views.frontline.files import offer_files
from views.frontline.member_parts import done, labels_of, names_shown
from views.frontline.tables import Cell, facts_html, table_html
from views.visit import Visit

SHOWN = 100
"""Members on the page."""

CHOSEN_FROM = 400
"""Members among whom one is chosen."""

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def show(visit: Visit, unit: str) -> None:
    """The members of a unit, and one of them to work on."""
    say = visit.say
    members = _chosen(visit, mustered.members_of(visit.city, visit.person, unit))
    names = names_shown(visit, members)
    left, right = st.columns([8, 5], gap="large")
    with left:
        st.html(_table(visit, members, names))
        offer_files(visit, WorkingMember.LIST, unit)
    with right:
        if members:
            label = labels_of(visit, members, names)
            known = {member.id: member for member in members[:CHOSEN_FROM]}
            if len(known) < len(members):
                st.caption(say("Choose a department to find everybody in this list."))
            one = st.selectbox(
                say("Look at a member"), list(known), index=None, format_func=lambda n: label(known[n]),
                key=f"member-chosen-{unit}-{members[0].department}-{len(members)}", placeholder=say("Please choose"),
            )  # fmt: skip
            if one is not None:
                _work_on(visit, known[one])
        _register(visit, unit)


def _chosen(visit: Visit, members: list[WorkingMember]) -> list[WorkingMember]:
    """Those of one department, where one was chosen."""
    say = visit.say
    counts = Counter(member.department for member in members)
    if len(counts) < 2:
        return members
    chosen = st.selectbox(
        say("Department"), sorted(counts), index=None, key="members-department", width=360,
        format_func=lambda code: f"{say.pick(*visit.city.department(code))} ({counts[code]})",
        placeholder=say("All departments"),
    )  # fmt: skip
    return [member for member in members if chosen in (None, member.department)]


def _table(visit: Visit, members: Sequence[WorkingMember], names: Mapping[int, Beside]) -> str:
    say = visit.say
    if not members:
        return f'<div class="rg-empty">{say("No members are listed here.")}</div>'
    several = len({member.branch for member in members}) > 1
    lines: list[list[Cell]] = []
    for member in members[:SHOWN]:
        who = [names[member.id].name if member.id in names else "–"] if names else []
        takes = [_one(visit, member.post, POSTS), _one(visit, member.team, TEAMS), _one(visit, member.zone, ZONES)]  # fmt: skip
        lines.append(
            [
                member.number or str(member.id), *who, say.pick(*visit.city.department(member.department)),
                *([visit.unit_name(member.branch) if member.branch else "–"] if several else []), *takes, str(member.paired or "–"),
            ]
        )  # fmt: skip
    titles = [
        say("Number"), *([say("Full name")] if names else []), say("Department"),
        *([say("Branch")] if several else []), say("Post"), say("Volunteer team"), say("Responsibility zone"), say("Paired"),
    ]  # fmt: skip
    caption = say("The first {n} of {total}", n=len(lines), total=f"{len(members):,}")
    return table_html(titles, lines, caption)


def _one(visit: Visit, value: str | None, titles: Mapping[str, Said]) -> str:
    return visit.say.of(titles[value]) if value is not None and value in titles else "–"


# --- one of them -----------------------------------------------------------------------------------------------------


def _work_on(visit: Visit, member: WorkingMember) -> None:
    _forms(visit, member)
    if not may_keep(
        visit.person, WorkingMember.LIST, visit.city.ground.structure.today(member.place), visit.city.ground.structure
    ):  # fmt: skip
        return
    _tasks(visit, member)
    _move(visit, member)
    _feedback(visit, member)


def _forms(visit: Visit, member: WorkingMember) -> None:
    """Both forms as Word files."""
    say, city = visit.say, visit.city
    year = city.now().astimezone(city.zone).year
    with st.container(horizontal=True):
        for kind, of in ((FormKind.REGISTRATION, year), (FormKind.YEAR, year), (FormKind.YEAR, year - 1)):
            title = say.of(SHORT[kind]) if kind is FormKind.REGISTRATION else f"{say.of(SHORT[kind])} {of}"
            st.download_button(
                title, partial(member_forms.word_file, city, visit.person, member.id, kind, of, say),
                f"{kind.value}-{member.department}-{member.number or member.id}.docx", WORD, key=f"form-{kind}-{of}-{member.id}",
                on_click="ignore",
            )  # fmt: skip


SHORT = {
    FormKind.REGISTRATION: said("Registration form"),
    FormKind.YEAR: said("Feedback form"),
}


def _tasks(visit: Visit, member: WorkingMember) -> None:
    say = visit.say
    if member.branch is None:
        return
    with st.form(f"member-tasks-{member.id}"):
        chosen = {
            name: st.selectbox(
                title, list(titles), index=list(titles).index(now) if now in titles else None,
                format_func=lambda value, titles=titles: say.of(titles[value]), key=f"member-{name}-{member.id}",
                placeholder=say("none"),
            )
            for name, title, titles, now in (
                ("post", say("Post"), POSTS, member.post), ("team", say("Volunteer team"), TEAMS, member.team),
                ("zone", say("Responsibility zone"), ZONES, member.zone),
            )
        }  # fmt: skip
        group = st.text_input(
            say("Study group"), member.study_group or "", max_chars=64, key=f"member-group-{member.id}"
        )
        paired = st.number_input(
            say("Paired households"), 0, 50, member.paired, key=f"member-paired-{member.id}"
        )
        if st.form_submit_button(say("Keep"), type="primary"):
            tasks = Tasks(chosen["post"], chosen["team"], chosen["zone"], group or None, int(paired))
            done(visit, _on(visit, give_tasks, member, tasks))


def _move(visit: Visit, member: WorkingMember) -> None:
    say, city = visit.say, visit.city
    unit = visit.person.area if visit.person.area in city.ground.structure.grids else None
    codes = branches_in(city, unit) if unit else [g.code for g in city.ground.structure.grids.values() if int(g.level) == 2]  # fmt: skip
    with st.expander(say("Another branch, or leaving")):
        to = st.selectbox(
            say("Branch"), sorted(set(codes) - {member.branch}), index=None, format_func=visit.unit_name,
            key=f"member-to-{member.id}", placeholder=say("Please choose"),
        )  # fmt: skip
        with st.container(horizontal=True):
            if st.button(say("Check in there"), key=f"member-check-in-{member.id}", disabled=to is None):
                room = city.rules_read.room
                done(
                    visit,
                    lambda: check_in(
                        city.store, city.rulebook, room, member.id, str(to), version=member.version, by=visit.person, now=city.now()
                    ),
                )  # fmt: skip
            if st.button(say("Has left"), key=f"member-leave-{member.id}"):
                today = city.now().astimezone(city.zone).date()
                done(visit, _on(visit, leave, member, today))


def _feedback(visit: Visit, member: WorkingMember) -> None:
    say, city = visit.say, visit.city
    year = city.now().astimezone(city.zone).year
    title = say("Feedback for the department")
    if member.feedback:
        title += f" · {say('given for {year}', year=member.feedback)}"
    with st.expander(title), st.form(f"member-feedback-{member.id}", border=False):
        of = st.selectbox(say("Year"), [year, year - 1], key=f"feedback-year-{member.id}")
        words = st.text_area(say("How the member did"), max_chars=500, key=f"feedback-words-{member.id}")
        if st.form_submit_button(say("Keep")):
            done(visit, _on(visit, give_feedback, member, of or year, words))


def _on(visit: Visit, act_on: Callable[..., object], member: WorkingMember, *more: object) -> Callable[[], object]:  # fmt: skip
    city = visit.city
    return lambda: act_on(
        city.store, city.rulebook, member.id, *more, version=member.version, by=visit.person, now=city.now()
    )


def _register(visit: Visit, unit: str) -> None:
    """A new member, for those who keep the list here."""
    say, city = visit.say, visit.city
    if not may_keep(visit.person, WorkingMember.LIST, unit, city.ground.structure):
        return
    departments = sorted(city.ground.departments)
    branches = branches_in(city, unit)
    with (
        st.expander(say("Register a member")),
        st.form("member-register", border=False, clear_on_submit=True),
    ):
        name = st.text_input(say("Full name"), max_chars=60, key="register-name")
        phone = st.text_input(say("Telephone"), max_chars=40, key="register-phone")
        department = st.selectbox(
            say("Department"), departments, index=None, format_func=lambda c: say.pick(*city.department(c)),
            key="register-department", placeholder=say("Please choose"),
        )  # fmt: skip
        number = st.text_input(say("Number in the department"), max_chars=32, key="register-number")
        home = st.selectbox(
            say("Home"), branches, index=None, format_func=visit.unit_name, key="register-home",
            placeholder=say("elsewhere"),
        )  # fmt: skip
        branch = st.selectbox(
            say("Branch"), branches, index=0 if len(branches) == 1 else None, format_func=visit.unit_name,
            key="register-branch", placeholder=say("not yet"),
        )  # fmt: skip
        if st.form_submit_button(say("Register"), type="primary"):
            row = WorkingMember(department=department or "", home=home, branch=branch, number=number.strip())
            who = Beside(name=name.strip(), phone=phone.strip())
            room = city.rules_read.room
            done(
                visit, lambda: register(city.store, city.rulebook, room, row, who, by=visit.person, now=city.now())
            )  # fmt: skip


# --- what they take on -------------------------------------------------------------------------------------------------


def show_tasks(visit: Visit, unit: str) -> None:
    """How many take on each kind of post, team and zone; study groups and paired households."""
    say = visit.say
    members = mustered.members_of(visit.city, visit.person, unit)
    groups = {member.study_group for member in members if member.study_group}
    st.html(
        facts_html(
            [
                (say("Members"), f"{len(members):,}", ""),
                (say("With a post"), f"{sum(m.post is not None for m in members):,}", ""),
                (say("In a team"), f"{sum(m.team is not None for m in members):,}", ""),
                (say("With a zone"), f"{sum(m.zone is not None for m in members):,}", ""),
                (say("Study groups"), f"{len(groups):,}", ""),
                (say("Paired households"), f"{sum(m.paired for m in members):,}", ""),
            ]
        )
    )
    for column, (title, titles, field) in zip(
        st.columns(3, gap="large"),
        (
            (say("Posts"), POSTS, "post"),
            (say("Volunteer teams"), TEAMS, "team"),
            (say("Responsibility zones"), ZONES, "zone"),
        ),
        strict=True,
    ):
        counts = Counter(getattr(member, field) for member in members)
        lines: list[list[Cell]] = [[say.of(words), counts[value]] for value, words in titles.items()]
        with column:
            st.html(table_html([title, say("Members")], lines, f"{title} · {len(titles)}"))

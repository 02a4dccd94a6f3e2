"""What the sections about working members share: who is called what, and how something is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from city.frontline import mustered
from domain.frontline.records import Beside
from domain.frontline.working_members import WorkingMember
from views.frontline.doing import do
from views.visit import Visit


def names_shown(visit: Visit, members: Sequence[WorkingMember]) -> dict[int, Beside]:
    """The names, where this person may know them and asked for them; that they look is noted once for each list."""
    if not mustered.may_know(visit.city, visit.person, members):
        return {}
    if not st.toggle(visit.say("Show names"), key="members-names", help=visit.say("That you look is noted.")):
        st.session_state.pop("members-named", None)
        return {}
    asked = frozenset(member.id for member in members)
    kept: tuple[frozenset[int], dict[int, Beside]] | None = st.session_state.get("members-named")
    if kept is None or not asked <= kept[0]:
        kept = (asked, mustered.names_of(visit.city, visit.person, members))
        st.session_state["members-named"] = kept
    return kept[1]


def labels_of(
    visit: Visit, members: Sequence[WorkingMember], names: dict[int, Beside] | None = None
) -> Callable[[WorkingMember], str]:  # fmt: skip
    """How a member is called: by the department and its number, with the name where it is shown."""
    known: dict[int, Beside] = names if names is not None else {}
    departments = {code: visit.say.pick(*visit.city.department(code)) for code in {m.department for m in members}}  # fmt: skip

    def label(member: WorkingMember) -> str:
        plain = f"{departments.get(member.department, member.department)} {member.number or member.id}"
        name = known[member.id].name if member.id in known else ""
        return f"{name} · {plain}" if name else plain

    return label


def done(visit: Visit, act: Callable[[], object]) -> None:
    """Do what a form asks for about a member."""
    do(visit, "working member", act)

"""Needs and resources on the desk: what is open, what could meet it, and who promised what."""

from __future__ import annotations

import streamlit as st

from city.access import watching
from city.frontline import needed, shades
from domain.actions.pledges import end_need, pledge
from domain.frontline.pledges import NEED_STATE, SORT, Need, NeedState, Resource, Suggestion, taken_of
from domain.frontline.rights import may_keep
from domain.people import Role
from domain.said import Refused
from views.frontline.files import offer_files
from views.frontline.tables import Cell, Marked, facts_html, table_html
from views.plain import plain
from views.visit import Visit

SHOWN = 60
"""Needs on the page; the files hold all."""


def show_needs(visit: Visit, unit: str) -> None:
    """The whole part."""
    needs = needed.needs_of(visit.city, visit.person, unit)
    resources = needed.resources_of(visit.city, visit.person, unit)
    st.html(_facts(visit, needs, resources))
    left, right = st.columns([7, 6], gap="large")
    with left:
        _needs(visit, needs)
        offer_files(visit, Need.LIST, unit)
    with right:
        st.html(_resources(visit, resources, needs))
        offer_files(visit, Resource.LIST, unit)


def _facts(visit: Visit, needs: list[Need], resources: list[Resource]) -> str:
    say, taken = visit.say, taken_of(needs)
    room = sum(max(0, each.most - taken.get(each.id, 0)) for each in resources if each.active)
    return facts_html(
        [
            *((say.of(NEED_STATE[state]), f"{sum(need.state is state for need in needs):,}", "") for state in NeedState),
            (say("Resources"), f"{sum(each.active for each in resources):,}", ""),
            (say("Room left"), f"{room:,}", ""),
        ]
    )  # fmt: skip


def _needs(visit: Visit, needs: list[Need]) -> None:
    say = visit.say
    st.html(_needs_html(visit, needs))
    open_ones = {
        need.id: need
        for need in needs
        if need.state in (NeedState.OPEN, NeedState.PLEDGED) and _may_act(visit, need)
    }
    if not open_ones:
        return
    chosen = st.selectbox(
        say("Work on a need"), list(open_ones), format_func=lambda n: _named(visit, open_ones[n]), index=None, key="need-chosen",
        placeholder=say("Please choose"),
    )  # fmt: skip
    if chosen is not None:
        _work_on(visit, open_ones[chosen])


def _needs_html(visit: Visit, needs: list[Need]) -> str:
    say = visit.say
    if not needs:
        return f'<div class="rg-empty">{say("No needs are listed here.")}</div>'
    lines: list[list[Cell]] = []
    for need in needs[:SHOWN]:
        state = say.of(NEED_STATE[need.state])
        shown: Cell = Marked(state, "warn") if need.state is NeedState.OPEN else state
        lines.append(
            [need.title, say.of(SORT[need.sort]), visit.unit_name(need.grid), f"{need.since:%Y-%m-%d}", shown]
        )
    titles = [say("What"), say("About"), say("Grid"), say("Since"), say("State")]
    return table_html(
        titles, lines, say("The first {n} of {total}", n=min(SHOWN, len(needs)), total=f"{len(needs):,}")
    )


def _named(visit: Visit, need: Need) -> str:
    return plain(f"{need.title} · {visit.unit_name(need.grid)}")


def _may_act(visit: Visit, need: Need) -> bool:
    structure = visit.city.ground.structure
    return visit.person.role is Role.DEPARTMENT or may_keep(visit.person, Need.LIST, need.grid, structure)


def _work_on(visit: Visit, need: Need) -> None:
    say, city = visit.say, visit.city
    if need.state is NeedState.OPEN:
        found = [s for s in needed.suggestions(city, visit.person, need) if _is_theirs(visit, s)]
        if not found:
            st.caption(say("Nothing that is offered could meet it now."))
        for each in found:
            with st.container(
                horizontal=True, vertical_alignment="center", key=f"suggested-{each.resource.id}"
            ):
                st.caption(_why(visit, each))
                if st.button(say("Pledge"), key=f"pledge-{need.id}-{each.resource.id}"):
                    _do(
                        visit,
                        lambda resource=each.resource: pledge(
                            city.store, city.rulebook, need.id, resource.id, version=need.version, by=visit.person, now=city.now()
                        ),
                    )  # fmt: skip
    if may_keep(visit.person, Need.LIST, need.grid, city.ground.structure):
        with st.container(horizontal=True):
            for met, title in ((True, say("It was met")), (False, say("It is no more"))):
                if st.button(title, key=f"end-{need.id}-{met}"):
                    _do(
                        visit,
                        lambda met=met: end_need(
                            city.store, city.rulebook, need.id, met=met, version=need.version, by=visit.person, now=city.now()
                        ),
                    )  # fmt: skip


def _is_theirs(visit: Visit, suggestion: Suggestion) -> bool:
    person = visit.person
    return person.role is not Role.DEPARTMENT or suggestion.resource.department == person.area


def _why(visit: Visit, each: Suggestion) -> str:
    because = visit.say.of(each.because)
    return plain(
        f"{each.resource.title} · {each.resource.provider} · {because} · {visit.say('room for {n}', n=each.free)}"
    )


def _resources(visit: Visit, resources: list[Resource], needs: list[Need]) -> str:
    say, taken = visit.say, taken_of(needs)
    if not resources:
        return f'<div class="rg-empty">{say("No resources are listed here.")}</div>'
    lines: list[list[Cell]] = [
        [
            each.title, each.provider, say.of(SORT[each.sort]), visit.unit_name(each.grid),
            f"{taken.get(each.id, 0)} / {each.most}" if each.active else say("not offered now"),
        ]
        for each in resources
    ]  # fmt: skip
    return table_html(
        [say("What"), say("Provider"), say("About"), say("Grid"), say("Taken")], lines, say("Resources")
    )


def _do(visit: Visit, act: object) -> None:
    assert callable(act)
    try:
        with watching(visit.city, visit.person, "need"):
            act()
    except Refused as refused:
        st.error(visit.say.of(refused.because))
        return
    shades.forget_numbers(visit.city)
    visit.tell(visit.say("Done."))
    st.rerun()

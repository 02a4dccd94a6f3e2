"""Needs and resources on the desk: what is open, what could meet it, and who promised what."""

from __future__ import annotations

import html
from collections.abc import Mapping
from functools import partial

import streamlit as st

from city.frontline import needed
from domain.actions.pledges import end_need, pledge, release_need
from domain.frontline.pledges import NEED_STATE, SORT, Need, NeedState, Resource, Suggestion, taken_of
from domain.frontline.rights import may_keep
from views.frontline.doing import do
from views.frontline.files import offer_files
from views.frontline.offering import offer_form, stop_form
from views.frontline.tables import Cell, Marked, Short, facts_html, table_html
from views.plain import plain
from views.visit import Visit

SHOWN = 60
"""Needs on the page; the files hold all."""


def show_needs(visit: Visit, unit: str) -> None:
    """The whole part."""
    needs = needed.needs_of(visit.city, visit.person, unit)
    resources = needed.resources_of(visit.city, visit.person, unit)
    st.html(_facts(visit, needs, resources))
    left, right = st.columns([4, 3], gap="medium")
    with left:
        _needs(visit, needs)
        offer_files(visit, Need.LIST, unit)
    with right:
        st.html(_resources(visit, resources, needs))
        stop_form(visit, resources)
        offer_form(visit, Resource, unit)
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
    pledged = needed.pledged_for(visit.city, needs)
    open_ones = {need.id: need for need in needed.to_act_on(visit.city, visit.person, needs)}
    if open_ones:
        chosen = st.selectbox(
            say("Work on a need"), list(open_ones), format_func=lambda n: _named(visit, open_ones[n]), index=None, key="need-chosen",
            placeholder=say("Please choose"),
        )  # fmt: skip
        if chosen is not None:
            with st.container(border=True, key="need"):
                _work_on(visit, open_ones[chosen], pledged)
    rest = [need for need in needs if need.id not in open_ones]
    st.html(_needs_html(visit, [*open_ones.values(), *rest], pledged))


def _needs_html(visit: Visit, needs: list[Need], pledged: Mapping[int, Resource]) -> str:
    say = visit.say
    if not needs:
        return f'<div class="rg-empty">{say("No needs are listed here.")}</div>'
    lines: list[list[Cell]] = [
        [
            need.title, Short(say.of(SORT[need.sort])), visit.unit_name(need.grid), Short(f"{need.since:%Y-%m-%d}"),
            _state(visit, need), _by_whom(pledged.get(need.id)),
        ]
        for need in needs[:SHOWN]
    ]  # fmt: skip
    titles = [say("What"), say("Sort"), say("Grid"), say("Noted on"), say("State"), say("With what")]
    return table_html(
        titles, lines, say("The first {n} of {total}", n=min(SHOWN, len(needs)), total=f"{len(needs):,}")
    )


def _state(visit: Visit, need: Need) -> Cell:
    state = visit.say.of(NEED_STATE[need.state])
    return Marked(state, "warn") if need.state is NeedState.OPEN else state


def _by_whom(resource: Resource | None) -> str:
    return f"{resource.title} · {resource.provider}" if resource else "–"


def _named(visit: Visit, need: Need) -> str:
    state = visit.say.of(NEED_STATE[need.state])
    return f"{need.title} · {visit.unit_name(need.grid)} · {state}"


def _work_on(visit: Visit, need: Need, pledged: Mapping[int, Resource]) -> None:
    say, city, person = visit.say, visit.city, visit.person
    st.html(f"<p><b>{html.escape(need.title)}</b><br>{html.escape(_where(visit, need))}</p>")
    if need.state is NeedState.OPEN:
        _suggest(visit, need)
    with st.container(horizontal=True):
        if need.state is NeedState.PLEDGED and st.button(
            say("Take the pledge back"), key=f"release-{need.id}"
        ):
            do(visit, "need", partial(release_need, city.store, city.rulebook, need.id, version=need.version, by=person, now=city.now()))  # fmt: skip
        if may_keep(person, Need.LIST, need.grid, city.ground.structure):
            for met, title in ((True, say("It was met")), (False, say("It is no more"))):
                if st.button(title, key=f"end-{need.id}-{met}"):
                    do(visit, "need", partial(end_need, city.store, city.rulebook, need.id, met=met, version=need.version, by=person, now=city.now()))  # fmt: skip
    if need.id in pledged:
        st.caption(plain(_by_whom(pledged[need.id])))


def _where(visit: Visit, need: Need) -> str:
    return f"{visit.say.of(SORT[need.sort])} · {visit.unit_name(need.grid)} · {need.since:%Y-%m-%d}"


def _suggest(visit: Visit, need: Need) -> None:
    """What could meet it, each with its reason and a button."""
    say, city = visit.say, visit.city
    found = needed.suggestions(city, visit.person, need)
    if not found:
        st.caption(say("Nothing that is offered could meet it now."))
    for each in found:
        with st.container(horizontal=True, vertical_alignment="center", key=f"suggested-{each.resource.id}"):
            if st.button(say("Pledge"), key=f"pledge-{need.id}-{each.resource.id}"):
                do(visit, "need", partial(pledge, city.store, city.rulebook, need.id, each.resource.id, version=need.version, by=visit.person, now=city.now()))  # fmt: skip
            st.markdown(_why(visit, each))


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
            each.title, each.provider, Short(say.of(SORT[each.sort])), visit.unit_name(each.grid),
            f"{taken.get(each.id, 0)} / {each.most}" if each.active else say("not offered now"),
        ]
        for each in resources
    ]  # fmt: skip
    return table_html(
        [say("What"), say("Provider"), say("Sort"), say("Grid"), say("In use, of")], lines, say("Resources")
    )

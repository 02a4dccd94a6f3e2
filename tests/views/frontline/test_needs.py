"""Needs on the desk: what could meet one and why, pledged by the grid's people or by the department whose it is."""

from __future__ import annotations

from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from city.opened import City
from domain.frontline import records
from domain.frontline.pledges import Need, NeedState, Resource, Sort
from domain.people import RESIDENT, Person
from storage.frontline.records import those
from tests.views.test_pages import page, person, words


def listed(city: City, row: records.R) -> records.R:
    with city.store.work() as work:
        return records.add(work, row, "listed", by=RESIDENT, now=city.now())


def now(city: City, row: records.R) -> records.R:
    with city.database.read() as connection:
        return those(connection, type(row), id=row.id)[0]


@pytest.fixture
def need(own_city: City) -> Need:
    return listed(
        own_city,
        Need(grid=person(own_city, "member").area, sort=Sort.LAW, title="遗嘱咨询", since=date(2026, 1, 5)),
    )


@pytest.fixture
def resource(own_city: City) -> Resource:
    """What the demo department offers in the community's own area."""
    area, department = person(own_city, "member").area, person(own_city, "department").area
    return listed(
        own_city,
        Resource(grid=area, sort=Sort.LAW, title="普法讲堂", provider="示例单位", department=department),
    )


def part(monkeypatch: pytest.MonkeyPatch, city: City, who: Person) -> AppTest:
    test = page(monkeypatch, city, who, view="work", part="needs", lang="en")
    assert not test.exception
    return test


def choose(test: AppTest, need: Need) -> AppTest:
    """The need chosen in the list."""
    # AppTest sets a list by what it shows.
    shown = next(o for o in test.selectbox(key="need-chosen").options if o.startswith(need.title))
    return test.selectbox(key="need-chosen").select(shown).run()


def press(test: AppTest, key: str) -> AppTest:
    after = next(b for b in test.button if b.key == key).click().run()
    assert not after.exception
    return after


@pytest.mark.parametrize("login", ["community", "compound", "member", "street", "office", "department"])
def test_a_need_is_pledged_and_the_pledge_taken_back(
    monkeypatch: pytest.MonkeyPatch, own_city: City, need: Need, resource: Resource, login: str
) -> None:
    who = person(own_city, login)
    test = choose(part(monkeypatch, own_city, who), need)
    told = " ".join(str(m.value) for m in test.markdown)
    assert "普法讲堂" in told and "in the same grid" in told
    press(test, f"pledge-{need.id}-{resource.id}")
    after = now(own_city, need)
    assert (after.state, after.resource_id, after.pledged_by) == (NeedState.PLEDGED, resource.id, who.area)
    test = choose(part(monkeypatch, own_city, who), need)
    press(test, f"release-{need.id}")
    assert now(own_city, need).state is NeedState.OPEN


@pytest.mark.parametrize(("met", "state"), [(True, NeedState.MET), (False, NeedState.DROPPED)])
def test_a_need_ends_as_it_did(
    monkeypatch: pytest.MonkeyPatch, own_city: City, need: Need, met: bool, state: NeedState
) -> None:
    test = choose(part(monkeypatch, own_city, person(own_city, "member")), need)
    press(test, f"end-{need.id}-{met}")
    assert now(own_city, need).state is state


def test_a_department_acts_on_what_its_own_resources_could_meet_and_ends_no_need(
    monkeypatch: pytest.MonkeyPatch, own_city: City, need: Need, resource: Resource
) -> None:
    test = choose(part(monkeypatch, own_city, person(own_city, "department")), need)
    keys = {str(b.key) for b in test.button}
    assert f"pledge-{need.id}-{resource.id}" in keys and not any(k.startswith("end-") for k in keys)
    other = person(own_city, "d-gongan")
    with own_city.database.read() as connection:
        sorts = {each.sort for each in those(connection, Resource, department=other.area)}
    test = part(monkeypatch, own_city, other)
    lists = [box for box in test.selectbox if box.key == "need-chosen"]
    offered = " ".join(lists[0].options) if lists else ""
    assert ("遗嘱咨询" in offered) is (Sort.LAW in sorts)


@pytest.mark.parametrize("login", ["leader", "planner"])
def test_who_only_reads_needs_has_nothing_to_press(
    monkeypatch: pytest.MonkeyPatch, own_city: City, need: Need, login: str
) -> None:
    test = part(monkeypatch, own_city, person(own_city, login))
    assert "rg-list-wrap" in words(test)
    assert not [box for box in test.selectbox if box.key == "need-chosen"]
    assert not any(str(b.key).startswith(("pledge-", "end-", "FormSubmitter:offer")) for b in test.button)


def test_a_department_offers_a_resource_of_its_own_in_a_form(
    monkeypatch: pytest.MonkeyPatch, own_city: City
) -> None:
    who = person(own_city, "department")
    test = part(monkeypatch, own_city, who)
    send = next(b for b in test.button if b.label == "Enter it")
    test = send.click().run()
    assert any("what is offered" in e.value for e in test.error)
    test.text_input(key="offer-resources-title").set_value("流动办税点")
    test = next(b for b in test.button if b.label == "Enter it").click().run()
    assert not test.exception and not test.error
    with own_city.database.read() as connection:
        made = those(connection, Resource)[-1]
    assert (made.title, made.department, made.active) == ("流动办税点", who.area, True)
    assert "流动办税点" in words(part(monkeypatch, own_city, who))


def test_what_somebody_wrote_in_a_list_is_text_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, own_city: City, need: Need
) -> None:
    with own_city.store.work() as work:
        records.change(work, need, "renamed", by=RESIDENT, now=own_city.now(), title="<b>x</b> [y](http://z)")
    test = choose(
        part(monkeypatch, own_city, person(own_city, "member")),
        Need(grid="", sort=Sort.LAW, title="<b>x</b>", since=date(2026, 1, 5)),
    )
    assert "<b>x</b>" not in words(test) and "&lt;b&gt;x&lt;/b&gt;" in words(test)

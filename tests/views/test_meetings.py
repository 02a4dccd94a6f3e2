"""The meetings page runs headless: what it shows, to whom, and which buttons."""

from __future__ import annotations

from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from city.opened import City
from domain.actions import meetings as acting
from domain.meetings import Decision, MatterOutcome
from domain.people import Person, Role
from storage.meetings import matters_of, meetings_held, open_agendas
from storage.people import all_accounts
from tests.conftest import NOON
from tests.views.alone import alone
from tests.views.test_pages import person, words


def page(monkeypatch: pytest.MonkeyPatch, city: City, who: Person, **query: str) -> AppTest:
    """The meetings page for somebody, in English unless asked otherwise."""
    return alone(monkeypatch, "meetings", city, who, query)


def buttons(test: AppTest) -> set[str]:
    return {button.label for button in test.button}


def head_with_an_agenda(city: City) -> Person:
    """The head of a community or street whose agenda is open."""
    with city.database.read() as connection:
        busy = open_agendas(connection)
        heads = [a.person for a in all_accounts(connection) if a.person.role in (Role.COMMUNITY, Role.STREET)]
    return next(head for head in heads if head.area in busy)


@pytest.mark.parametrize("login", ["leader", "street", "office", "community", "compound", "department"])
@pytest.mark.parametrize("section", ["agenda", "calendar", "figures"])
def test_every_section_runs_for_everybody_who_reads_meetings(
    monkeypatch: pytest.MonkeyPatch, demo_city: City, login: str, section: str
) -> None:
    test = page(monkeypatch, demo_city, person(demo_city, login), section=section)
    assert not test.exception


@pytest.mark.parametrize("login", ["planner", "admin", "member"])
def test_who_reads_no_meetings_is_told_so(
    monkeypatch: pytest.MonkeyPatch, demo_city: City, login: str
) -> None:
    test = page(monkeypatch, demo_city, person(demo_city, login))
    assert not test.exception and "Joint meetings are not" in test.info[0].value


def test_the_convener_has_buttons_and_a_reader_none(monkeypatch: pytest.MonkeyPatch, demo_city: City) -> None:
    head = head_with_an_agenda(demo_city)
    mine = page(monkeypatch, demo_city, head)
    assert {"Add a matter", "Plan the meeting", "Close with minutes", "Decide"} <= buttons(mine)
    close = next(button for button in mine.button if button.label == "Close with minutes")
    assert close.disabled and "has no outcome yet" in words(mine)
    theirs = page(monkeypatch, demo_city, person(demo_city, "leader"), unit=head.area)
    assert buttons(theirs) == set()
    assert "Only the head of" in theirs.caption[0].value


def test_a_leader_plans_the_citys_ad_hoc_meeting(monkeypatch: pytest.MonkeyPatch, demo_city: City) -> None:
    test = page(monkeypatch, demo_city, person(demo_city, "leader"), unit="city")
    assert {"Add a matter", "Plan the meeting"} <= buttons(test)


def test_a_missed_period_is_marked_by_shape_and_word(
    monkeypatch: pytest.MonkeyPatch, demo_city: City
) -> None:
    test = page(monkeypatch, demo_city, person(demo_city, "office"), section="calendar")
    assert any("✕ 1" in str(option) for option in test.button_group[1].options)
    test = page(monkeypatch, demo_city, person(demo_city, "office"), section="calendar", tier="community")
    assert words(test).count("✕ Missed") == 1 and "● Held" in words(test)


def test_the_figures_of_a_period_of_ones_own(monkeypatch: pytest.MonkeyPatch, demo_city: City) -> None:
    test = page(monkeypatch, demo_city, person(demo_city, "office"), section="figures")
    next(box for box in test.selectbox if box.label == "Period").select("own").run()
    test.date_input[0].set_value((NOON - timedelta(days=366)).date()).run()
    assert not test.exception
    for figure in ("85", "206", "33", "27"):
        assert f"<strong>{figure}</strong>" in words(test)


def test_a_meeting_that_was_held_shows_its_minutes_and_what_became_of_its_matters(
    monkeypatch: pytest.MonkeyPatch, demo_city: City
) -> None:
    with demo_city.database.read() as connection:
        (meeting, *_) = meetings_held(connection, "city")
    test = page(monkeypatch, demo_city, person(demo_city, "leader"), unit="city", meeting=str(meeting.id))
    assert not test.exception and "市委分管领导" in words(test)


def test_what_people_wrote_is_shown_and_never_run(monkeypatch: pytest.MonkeyPatch, own_city: City) -> None:
    head = head_with_an_agenda(own_city)
    acting.add_matter(own_city.store, own_city.rulebook, head.area, "<script>x</script>", by=head, now=NOON)
    test = page(monkeypatch, own_city, head)
    assert "&lt;script&gt;" in words(test) and "<script>x" not in words(test)


def test_a_department_sees_what_meetings_assigned_to_it(
    monkeypatch: pytest.MonkeyPatch, own_city: City
) -> None:
    department = person(own_city, "department")
    head = head_with_an_agenda(own_city)
    rules, store = own_city.rulebook, own_city.store
    acting.add_matter(store, rules, head.area, "路灯不亮", by=head, now=NOON)
    with own_city.database.read() as connection:
        agenda = open_agendas(connection)[head.area].meeting
        matters = matters_of(connection, agenda.id)
    version = agenda.version
    decision = Decision(MatterOutcome.ASSIGNED, "尽快修复", department.area, NOON + timedelta(days=9))
    for matter in matters:
        acting.decide(store, rules, matter.id, decision, version=version, by=head, now=NOON)
        version += 1
    acting.close_meeting(store, rules, agenda.id, ["x"], "x", NOON, version=version, by=head, now=NOON)
    test = page(monkeypatch, own_city, department)
    assert "路灯不亮" in words(test) and "尽快修复" in words(test)

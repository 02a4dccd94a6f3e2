"""Working members and allowances on the desk: each section, names only where they were asked for, a month from proposal to decision."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Selectbox

from city.frontline import allowed, mustered
from city.opened import City
from domain.events import access_stream
from domain.frontline import records
from domain.frontline.allowances import Allowance, AllowanceState
from domain.frontline.working_members import Activity, SignUp, WorkingMember
from domain.grids import CITY
from domain.people import Person, Role
from storage.frontline.records import those
from storage.lists import events_of
from tests.views.test_pages import page, person, words


def opened(
    monkeypatch: pytest.MonkeyPatch, city: City, who: Person, part: str = "members", section: str = "", **query: str
) -> AppTest:  # fmt: skip
    test = page(monkeypatch, city, who, view="work", part=part, lang="en", **query)
    if section:
        next(each for each in test.button_group if each.key == "members-section").set_value(section)
        test = test.run()
    assert not test.exception
    return test


def button(test: AppTest, label: str) -> AppTest:
    test = next(b for b in test.button if b.label == label).click().run()
    assert not test.exception
    return test


def chooser(test: AppTest) -> Selectbox:
    """The list of which a member is chosen."""
    return next(box for box in test.selectbox if box.label == "Look at a member")


def looks(city: City) -> list[str]:
    day = city.now().astimezone(city.zone).date()
    with city.database.read() as connection:
        return [event.kind for event, _ in events_of(connection, access_stream(day))]


@pytest.mark.parametrize("login", ["office", "street", "community", "compound", "department"])
@pytest.mark.parametrize("section", ["branches", "members", "tasks", "activities", "grades"])
def test_each_section_is_shown_to_those_whose_it_is(
    monkeypatch: pytest.MonkeyPatch, demo_city: City, login: str, section: str
) -> None:
    if login == "department" and section not in ("members", "grades"):
        return
    test = opened(monkeypatch, demo_city, person(demo_city, login), section=section)
    assert "rg-list-wrap" in words(test)


def test_names_are_shown_when_they_are_asked_for_and_that_is_noted_once(
    monkeypatch: pytest.MonkeyPatch, own_city: City
) -> None:
    compound = person(own_city, "compound")
    test = opened(monkeypatch, own_city, compound, section="members")
    here = mustered.members_of(own_city, compound, compound.area)
    before = looks(own_city).count("names_shown")
    assert "示" not in words(test).split("rg-list-wrap", 2)[2]
    test = test.toggle(key="members-names").set_value(True).run()
    names = {who.name for who in mustered.names_of(own_city, compound, here).values()}
    assert sum(name in words(test) for name in names) > len(here) / 2
    test = chooser(test).set_value(here[0].id).run()
    assert not test.exception
    assert looks(own_city).count("names_shown") == before + 2, "the page's own look, and this test's"


def test_a_street_sees_no_names_and_cannot_ask_for_them(
    monkeypatch: pytest.MonkeyPatch, demo_city: City
) -> None:
    test = opened(monkeypatch, demo_city, person(demo_city, "street"), section="members")
    assert not [toggle for toggle in test.toggle if toggle.key == "members-names"]


def test_a_department_sees_its_own_members_alone(monkeypatch: pytest.MonkeyPatch, demo_city: City) -> None:
    who = person(demo_city, "department")
    test = opened(monkeypatch, demo_city, who, section="members")
    own = mustered.members_of(demo_city, who, CITY)
    assert f"of {len(own):,}" in words(test)
    assert not [b for b in test.button if b.label == "Keep"]


def test_a_proposal_says_why_and_comes_into_force(monkeypatch: pytest.MonkeyPatch, own_city: City) -> None:
    community = person(own_city, "community")
    members = mustered.members_of(own_city, community, community.area)
    branches = mustered.branches_in(own_city, community.area)
    tight = -(-len(members) // len(branches))
    test = opened(monkeypatch, own_city, community, section="branches")
    test.number_input(key=f"spread-capacity-{community.area}").set_value(tight)
    test.number_input(key=f"spread-least-{community.area}").set_value(tight - 1)
    test = button(test, "Make a proposal")
    assert "was there already" in words(test) and "lives in this" in words(test)
    test = button(test, "Put into force")
    rows = mustered.branch_rows(own_city, community, community.area)
    assert all(tight - 1 <= row.members <= tight for row in rows)
    assert any("Done." in each.value for each in test.success)


def test_more_members_than_room_is_said_and_nothing_is_shown(
    monkeypatch: pytest.MonkeyPatch, demo_city: City
) -> None:
    community = person(demo_city, "community")
    test = opened(monkeypatch, demo_city, community, section="branches")
    test.number_input(key=f"spread-capacity-{community.area}").set_value(1)
    test.number_input(key=f"spread-least-{community.area}").set_value(0)
    test = button(test, "Make a proposal")
    assert any("raise the capacity" in each.value for each in test.error)
    assert not [b for b in test.button if b.label == "Put into force"]


def test_a_member_is_registered_and_given_a_post(monkeypatch: pytest.MonkeyPatch, own_city: City) -> None:
    compound = person(own_city, "compound")
    test = opened(monkeypatch, own_city, compound, section="members")
    test = button(test, "Register")
    assert any("Please give the name." in each.value for each in test.error)
    test.text_input(key="register-name").set_value("李示安")
    test.text_input(key="register-number").set_value("A-1")
    test.selectbox(key="register-department").set_value("chengguan")
    test = button(test, "Register")
    with own_city.database.read() as connection:
        (made,) = those(connection, WorkingMember, number="A-1")
    assert made.branch == compound.area
    test = chooser(test).set_value(made.id).run()
    test.selectbox(key=f"member-post-{made.id}").set_value("law")
    test = button(test, "Keep")
    with own_city.database.read() as connection:
        (after,) = those(connection, WorkingMember, number="A-1")
    assert after.post == "law"


def test_a_member_signs_up_and_an_activity_can_be_announced(
    monkeypatch: pytest.MonkeyPatch, own_city: City
) -> None:
    compound = person(own_city, "compound")
    test = opened(monkeypatch, own_city, compound, section="activities")
    test.text_input(key="activity-title").set_value("清洁楼道")
    test = button(test, "Announce")
    with own_city.database.read() as connection:
        made = those(connection, Activity)[-1]
    assert made.title == "清洁楼道" and made.grid == compound.area
    test = test.selectbox(key=f"activity-chosen-{compound.area}").set_value(made.id).run()
    here = mustered.members_of(own_city, compound, compound.area)
    test.multiselect(key=f"sign-up-{made.id}-0").set_value([here[0].id, here[1].id])
    test = button(test, "Sign up")
    with own_city.database.read() as connection:
        assert {s.member_id for s in those(connection, SignUp, activity_id=made.id)} == {
            here[0].id,
            here[1].id,
        }


def test_the_years_formula_stands_beside_the_grades(monkeypatch: pytest.MonkeyPatch, demo_city: City) -> None:
    test = opened(monkeypatch, demo_city, person(demo_city, "community"), section="grades")
    assert any("Points = 10 × activities" in each.value for each in test.caption)


def test_a_community_settles_the_last_year_and_its_grades_stay(
    monkeypatch: pytest.MonkeyPatch, own_city: City
) -> None:
    community = person(own_city, "community")
    year = own_city.now().year - 1
    members = mustered.members_graded(own_city, community, community.area, year)
    before = mustered.grades_of(own_city, members, year)
    test = button(opened(monkeypatch, own_city, community, section="grades"), "Settle")
    assert any(f"{len(members)} of {len(members)} grades are settled" in each.value for each in test.caption)
    assert not [b for b in test.button if b.label == "Settle"]
    with own_city.store.work() as work:
        for row in members:
            records.change(work, row, "changed", by=community, now=own_city.now(), paired=50)
    after = mustered.grades_of(
        own_city, mustered.members_graded(own_city, community, community.area, year), year
    )
    assert [(each.points, each.grade) for each in after] == [(each.points, each.grade) for each in before]
    assert all(each.is_settled for each in after)


def test_a_department_looks_at_its_members_grades_and_settles_none(
    monkeypatch: pytest.MonkeyPatch, demo_city: City
) -> None:
    test = opened(monkeypatch, demo_city, person(demo_city, "department"), section="grades")
    assert not [b for b in test.button if b.label == "Settle"]


# --- allowances -----------------------------------------------------------------------------------------------------


def month_with(city: City, state: AllowanceState) -> Allowance:
    with city.database.read() as connection:
        return those(connection, Allowance, state=state)[-1]


@pytest.mark.parametrize("login", ["office", "street", "community", "compound", "member"])
def test_allowances_show_every_term_and_say_that_nothing_is_paid(
    monkeypatch: pytest.MonkeyPatch, demo_city: City, login: str
) -> None:
    test = opened(monkeypatch, demo_city, person(demo_city, login), "allowances")
    assert "Taken up in time" in words(test) and "→" in words(test)
    assert any("It pays nothing" in each.value for each in test.caption)


def test_a_month_goes_from_proposal_to_a_decided_appeal(
    monkeypatch: pytest.MonkeyPatch, own_city: City
) -> None:
    """An older month that nobody worked out yet."""
    month = allowed.months_back(own_city.now().date(), 3)[-1]
    community, member = person(own_city, "community"), person(own_city, "member")

    def at(who: Person) -> AppTest:
        test = opened(monkeypatch, own_city, who, "allowances")
        return test.selectbox(key="allowances-month").set_value(month).run()

    def row() -> Allowance:
        with own_city.database.read() as connection:
            return those(connection, Allowance, month=month, grid=member.area)[0]

    test = button(at(community), "Work the month out")
    approve = next(b for b in test.button if b.label.startswith("Approve all"))
    test = approve.click().run()
    assert not test.exception and row().state is AllowanceState.APPROVED
    own = next(
        c.row for c in allowed.allowances_of(own_city, community, community.area, month) if c.row.grid == community.area
    )  # fmt: skip
    assert own.state is AllowanceState.PROPOSED, "nobody approves their own"
    test = button(at(member), "Appeal")
    assert any("reason" in each.value for each in test.error)
    test.text_area(key=f"allowance-words-appeal-{row().id}").set_value("少算了两次走访")
    test = button(test, "Appeal")
    assert row().state is AllowanceState.APPEALED
    street = person(own_city, "street")
    assert street.role is Role.STREET
    test = at(street)
    test = test.selectbox(key=f"allowance-chosen-{month}").set_value(row().id).run()
    assert any("少算了两次走访" in each.value for each in test.markdown)
    test.text_area(key=f"allowance-words-decide-{row().id}").set_value("补记两次")
    test.number_input(key=f"allowance-fen-{row().id}").set_value(250.0)
    test = button(test, "Decide the appeal")
    assert (row().state, row().fen) == (AllowanceState.DECIDED, 25_000)


def test_a_city_without_a_formula_says_so(monkeypatch: pytest.MonkeyPatch, own_city: City) -> None:
    from dataclasses import replace

    own_city.rules_read = replace(own_city.rules_read, allowances=None)
    test = opened(monkeypatch, own_city, person(own_city, "street"), "allowances")
    assert any("no formula" in each.value for each in test.info)

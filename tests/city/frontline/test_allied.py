"""Bodies, links and leaders of the demo city: the report's own figures, and what each person sees of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from city.frontline import allied, organised
from city.opened import City
from city.words import speak
from domain.actions.bodies import link_branch, note_leaders_visit
from domain.frontline.bodies import Duty, Function, LeaderVisit, Quarter
from domain.grids import CITY
from tests.areas import everybody
from tests.conftest import NOON


@pytest.mark.slow
def test_the_demos_bodies_units_and_deeds_are_the_reports(demo_city: City) -> None:
    found = allied.bodies_of(demo_city, everybody(demo_city)["office"], CITY)
    done = [deed for each in found for deed in each.deeds if deed.done_on is not None]
    assert (len(found), sum(len(each.units) for each in found)) == (18, 109)
    assert all(each.body is not None for each in found)
    assert (len(done), sum(deed.fen for deed in done)) == (600, 100_000_000)
    assert {deed.function for deed in done} == set(Function)
    names = {(unit.community, unit.name) for each in found for unit in each.units}
    assert len(names) == 109 and all((deed.community, deed.unit) in names for deed in done)
    departments = [unit.department for each in found for unit in each.units if unit.department]
    assert len(departments) == len(set(departments)) == 78
    year_ago = organised.today(demo_city) - timedelta(days=365)
    assert all(deed.done_on and year_ago <= deed.done_on and deed.year == deed.done_on.year for deed in done)


def test_no_link_of_the_demo_is_a_finding_and_no_branch_crowds(demo_city: City) -> None:
    links = allied.links_of(demo_city, everybody(demo_city)["office"], CITY)
    assert links.findings == () and not links.crowded
    assert len(links.branches) == 105 and all(links.branches.values())
    assert {link.department for rows in links.branches.values() for link in rows} == set(
        demo_city.ground.departments
    )
    for code, rows in links.branches.items():
        assert all(link.department in links.departments[code[:12]] for link in rows)


def test_a_branch_that_more_departments_crowd_into_is_told(own_city: City) -> None:
    office = everybody(own_city)["office"]
    branch = organised.branches_in(own_city, CITY)[0]
    for department in sorted(own_city.ground.departments)[:4]:
        link_branch(own_city.store, own_city.rulebook, department, branch, by=office, now=NOON)
    assert branch in allied.links_of(own_city, office, CITY).crowded


def test_a_unit_below_a_community_shows_its_communitys_body(demo_city: City) -> None:
    people = everybody(demo_city)
    (own,) = allied.bodies_of(demo_city, people["member"], people["member"].area)
    assert own.community == people["community"].area and own.units
    assert (
        sum(len(each.units) for each in allied.bodies_of(demo_city, people["street"], people["street"].area))
        < 109
    )


def test_leaders_stand_with_each_quarter_as_their_visits_say(own_city: City) -> None:
    people = everybody(own_city)
    found = allied.leading(own_city, people["leader"], CITY)
    assert len(found.leaders) == 32 and len(found.quarters) == 5
    assert str(found.quarters[-1]) == str(Quarter.of(organised.today(own_city))) == "2026Q4"
    assert found.count(Duty.MISSED) and found.count(Duty.DUE) and found.count(Duty.DONE)
    assert found.count(Duty.DUE) == found.count(Duty.DUE, found.quarters[-1])
    assert sum(led.meetings for led in found.leaders) > 10
    due = next(led for led in found.leaders if led.duties[found.quarters[-1]] is Duty.DUE)
    seen = LeaderVisit(leader=due.leader.id, community=due.leader.community, day=organised.today(own_city))
    note_leaders_visit(own_city.store, own_city.rulebook, seen, by=people["office"], now=NOON)
    after = allied.leading(own_city, people["leader"], CITY)
    assert after.count(Duty.DUE) == found.count(Duty.DUE) - 1


def test_a_community_sees_its_own_leaders_and_who_reads_no_visits_none(demo_city: City) -> None:
    people = everybody(demo_city)
    own = allied.leading(demo_city, people["community"], people["community"].area)
    assert 1 <= len(own.leaders) <= 2
    assert {visit.community for visit in own.visits} == {people["community"].area}
    assert allied.leading(demo_city, people["member"], people["member"].area).leaders == ()


def test_the_leaders_file_names_every_quarter_and_every_visit(demo_city: City) -> None:
    found = allied.leading(demo_city, everybody(demo_city)["leader"], CITY)
    quarters, visits = allied.sheets_of(demo_city, found, speak("zh"))
    assert len(quarters.rows) == 33 and len(visits.rows) == len(found.visits) + 1
    assert list(quarters.rows[0])[3:8] == [str(quarter) for quarter in found.quarters]

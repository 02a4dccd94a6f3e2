"""Working members of the demo city: the report's numbers, who sees and hears whom, a proposal that keeps to its bounds."""

from __future__ import annotations

import io
from collections import Counter
from datetime import date, timedelta

import pytest
from docx import Document

from city.frontline import member_forms, mustered
from city.frontline.member_forms import ROWS, FormKind, blank_form, form_of
from city.opened import City
from city.slip_files import docx_of, template_of
from city.words import LANGUAGES, speak
from domain.actions.working_members import give_feedback, put_into_force
from domain.events import access_stream
from domain.frontline import records
from domain.frontline.grades import Grade
from domain.frontline.working_members import Because, WorkingMember, faults
from domain.grids import CITY, Level
from domain.people import Person, Role
from domain.said import Refused
from storage.frontline.records import those
from storage.lists import events_of
from tests.areas import everybody

OFFICE = Person(0, "Zhou", Role.CITY_OFFICE)


def all_members(city: City) -> list[WorkingMember]:
    with city.database.read() as connection:
        return those(connection, WorkingMember)


def test_the_demo_city_has_as_many_members_groups_and_pairs_as_the_report(demo_city: City) -> None:
    members = all_members(demo_city)
    assert len(members) == 3_800 and len({m.study_group for m in members}) == 280
    assert sum(m.paired for m in members) == 670
    assert len({m.post for m in members} - {None}) == 16 and len({m.team for m in members} - {None}) == 10
    assert len({m.zone for m in members} - {None}) == 6
    assert len({m.department for m in members}) == 78
    rows = mustered.branch_rows(demo_city, OFFICE, CITY)
    assert sum(row.members for row in rows) == 3_800
    assert not any(row.crowded or row.unserved for row in rows)


def test_every_name_of_the_demo_says_that_it_is_invented(demo_city: City) -> None:
    names = mustered.names_of(demo_city, OFFICE, all_members(demo_city))
    assert len(names) == 3_800 and all("示" in who.name for who in names.values())


def test_a_department_sees_its_own_members_and_a_community_its_branches(demo_city: City) -> None:
    people = everybody(demo_city)
    department, community, street = people["department"], people["community"], people["street"]
    own = mustered.members_of(demo_city, department, CITY)
    assert own and {m.department for m in own} == {department.area}
    assert mustered.branch_rows(demo_city, department, CITY) == []
    here = mustered.members_of(demo_city, community, community.area)
    structure = demo_city.ground.structure
    assert here and all(structure.within(m.place, community.area) for m in here)
    assert set(mustered.names_of(demo_city, community, [*here, *own])) == {m.id for m in here} | {
        m.id for m in own if structure.within(m.place, community.area)
    }
    assert set(mustered.names_of(demo_city, department, [*here, *own])) >= {m.id for m in own}
    assert mustered.members_of(demo_city, street, street.area)
    assert mustered.names_of(demo_city, street, here) == {}
    for nobody in (people["leader"], people["planner"], people["member"]):
        assert mustered.members_of(demo_city, nobody, CITY) == []


def test_that_names_were_looked_at_is_noted(own_city: City) -> None:
    compound = everybody(own_city)["compound"]
    members = mustered.members_of(own_city, compound, compound.area)
    mustered.names_of(own_city, compound, members)
    day = own_city.now().astimezone(own_city.zone).date()
    with own_city.database.read() as connection:
        last, _ = events_of(connection, access_stream(day))[-1]
    assert (last.kind, last.by, last.facts["rows"]) == ("names_shown", compound.id, len(members))


@pytest.mark.parametrize("login", ["community", "compound"])
def test_a_proposal_for_a_unit_keeps_to_its_bounds_and_those_who_have_a_place_stay(
    demo_city: City, login: str
) -> None:
    person = everybody(demo_city)[login]
    found = mustered.propose(demo_city, person, person.area, 45, 20)
    members = mustered.members_of(demo_city, person, person.area)
    assert faults(found.placed, members, found.branches) == []
    assert set(found.reasons) == {Because.STAYS}


def test_a_tighter_proposal_moves_some_and_comes_into_force(own_city: City) -> None:
    community = everybody(own_city)["community"]
    members = mustered.members_of(own_city, community, community.area)
    branches = mustered.branches_in(own_city, community.area)
    tight = -(-len(members) // len(branches))
    found = mustered.propose(own_city, community, community.area, tight, tight - 1)
    assert found.moved and found == mustered.propose(own_city, community, community.area, tight, tight - 1)
    put_into_force(own_city.store, own_city.rulebook, found, by=community, now=own_city.now())
    rows = mustered.branch_rows(own_city, community, community.area)
    assert all(tight - 1 <= row.members <= tight for row in rows)
    assert sum(row.members for row in rows) == len(members)
    with pytest.raises(Refused, match="raise the capacity"):
        mustered.propose(own_city, community, community.area, 2, 1)


def test_the_whole_citys_members_are_spread_at_once(demo_city: City) -> None:
    found = mustered.propose(demo_city, OFFICE, CITY, 40, 30)
    assert len(found.placed) == 3_800
    taken = Counter(placed.branch for placed in found.placed)
    assert all(30 <= taken[branch] <= 40 for branch in found.branches.capacity)


def test_the_map_tells_how_much_of_the_places_is_taken(demo_city: City) -> None:
    for level in Level:
        numbers = mustered.fill_by_grid(demo_city, level)
        assert len(numbers) == len(demo_city.ground.structure.at_level(level))
        assert all(0 < n <= 100 for n in numbers.values())


def test_activities_ahead_come_first_and_the_last_that_are_over_after_them(demo_city: City) -> None:
    community = everybody(demo_city)["community"]
    cards = mustered.activities_of(demo_city, community, community.area)
    now = demo_city.now()
    ahead = [card.activity.begins > now for card in cards]
    assert ahead == sorted(ahead, reverse=True) and True in ahead and False in ahead
    assert all(card.signed_up <= card.activity.places for card in cards)
    assert mustered.activities_of(demo_city, everybody(demo_city)["leader"], CITY) == []


def test_the_branch_of_an_activity_sees_who_signed_up_and_checks_in_elsewhere_since(own_city: City) -> None:
    people = everybody(own_city)
    compound, office, now = people["compound"], people["office"], own_city.now()
    activity, pairs = next(
        (card.activity, found)
        for card in mustered.activities_of(own_city, compound, compound.area)
        if len(found := mustered.sign_ups_of(own_city, compound, card.activity)) > 1
    )
    _, gone = pairs[0]
    elsewhere = next(m.branch for m in all_members(own_city) if m.branch not in (None, gone.branch))
    with own_city.store.work() as work:
        moved = records.change(work, gone, "placed", by=office, now=now, branch=elsewhere)
    assert moved.id not in {m.id for m in mustered.members_of(own_city, compound, compound.area)}
    again = mustered.sign_ups_of(own_city, compound, activity)
    assert [row for row, _ in again] == [row for row, _ in pairs], "nobody's hours are left out"
    assert moved.id not in mustered.names_of(own_city, compound, [moved]), (
        "the name is no longer theirs to know"
    )
    department = people["department"]
    assert all(
        m.department == department.area for _, m in mustered.sign_ups_of(own_city, department, activity)
    )


def test_last_years_grades_follow_from_what_was_written_down(demo_city: City) -> None:
    year = demo_city.now().year - 1
    graded = mustered.grades_of(demo_city, all_members(demo_city), year)
    counts = mustered.by_grade(graded)
    assert all(counts[grade] > 100 for grade in Grade)
    assert 500 < sum(each.year.problems for each in graded) < 900
    came = mustered.came_in(demo_city, year)
    one = graded[0]
    assert one.year.hours == sum(row.hours or 0 for row in came[one.member.id])
    assert [each.points for each in graded] == sorted((each.points for each in graded), reverse=True)


def test_who_left_since_has_a_grade_of_the_year_in_which_they_were_there(own_city: City) -> None:
    office, year = everybody(own_city)["office"], own_city.now().year - 1
    gone = next(m for m in all_members(own_city) if m.since is None or m.since.year <= year)
    with own_city.store.work() as work:
        records.change(work, gone, "left", by=office, now=own_city.now(), until=date(year + 1, 3, 1))
    assert gone.id not in {m.id for m in mustered.members_of(own_city, office, CITY)}
    assert gone.id in {m.id for m in mustered.members_graded(own_city, office, CITY, year)}
    assert gone.id not in {m.id for m in mustered.members_graded(own_city, office, CITY, year + 2)}


# --- forms -----------------------------------------------------------------------------------------------------------


def texts(document: bytes) -> str:
    page = Document(io.BytesIO(document))
    cells = [cell.text for table in page.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in page.paragraphs), *cells])


@pytest.mark.parametrize("lang", list(LANGUAGES))
@pytest.mark.parametrize("kind", list(FormKind))
def test_a_members_forms_come_as_word_files_in_both_languages(
    own_city: City, kind: FormKind, lang: str
) -> None:
    community = everybody(own_city)["community"]
    member = mustered.members_of(own_city, community, community.area)[0]
    now, year = own_city.now(), own_city.now().year
    give_feedback(
        own_city.store, own_city.rulebook, member.id, year, "热心，准时。", version=member.version, by=community, now=now
    )  # fmt: skip
    written = texts(member_forms.word_file(own_city, community, member.id, kind, year, speak(lang)))
    form = form_of(own_city, community, member.id, kind, year, speak(lang))
    assert all(field.label in written and field.text in written for field in form.fields)
    assert form.title in written and "{{" not in written and "示" in written
    assert ("热心，准时。" in written) is (kind is FormKind.YEAR)


@pytest.mark.parametrize("lang", list(LANGUAGES))
@pytest.mark.parametrize("kind", list(FormKind))
def test_the_templates_that_come_along_have_every_row(demo_city: City, kind: FormKind, lang: str) -> None:
    written = texts(template_of(demo_city, kind, lang).read_bytes())
    assert all(f"{{{{ {row.tag} }}}}" in written for row in ROWS[kind])
    assert docx_of(blank_form(kind, speak(lang)), template_of(demo_city, kind, lang))


def test_a_form_is_for_those_alone_who_may_know_the_member(demo_city: City) -> None:
    people = everybody(demo_city)
    department, community = people["department"], people["community"]
    structure = demo_city.ground.structure
    foreign = next(
        m for m in all_members(demo_city)
        if m.department != department.area and not structure.within(m.place, community.area)
    )  # fmt: skip
    for person in (department, community, people["street"], people["leader"], people["member"]):
        with pytest.raises(Refused, match="no such member"):
            form_of(demo_city, person, foreign.id, FormKind.REGISTRATION, 2026, speak("en"))
    assert form_of(demo_city, OFFICE, foreign.id, FormKind.REGISTRATION, 2026, speak("en")).fields


def test_a_grade_of_a_year_that_nobody_knows_of_is_the_lowest(demo_city: City) -> None:
    long_ago = (demo_city.now() - timedelta(days=5_000)).year
    unpaired = [m for m in all_members(demo_city) if not m.paired]
    assert {each.grade for each in mustered.grades_of(demo_city, unpaired[:50], long_ago)} == {Grade.POOR}

"""Joint meetings as people see them, on the demo city: the calendar, agendas, the four figures, the papers."""

from __future__ import annotations

import io
from collections import Counter
from datetime import timedelta

import openpyxl
import pytest
from docx import Document

from city import meeting_papers as papers
from city import meetings as seen
from city.opened import City
from city.words import speak
from domain.actions import meetings as acting
from domain.grids import CITY
from domain.meetings import Decision, MatterOutcome, Standing, Tier
from domain.people import NO_ACCOUNT, Person, Role
from domain.said import Refused
from storage.meetings import FourFigures, open_agendas
from storage.people import all_accounts
from tests.conftest import NOON
from tests.domain.build import LEADER

YEAR = NOON - timedelta(days=366), NOON + timedelta(days=1)


def person(city: City, role: Role) -> Person:
    with city.database.read() as connection:
        return next(a.person for a in all_accounts(connection) if a.person.role is role)


def head_of_a_quiet_community(city: City) -> Person:
    """The head of a community that has no open agenda yet."""
    with city.database.read() as connection:
        busy = open_agendas(connection)
        heads = [a.person for a in all_accounts(connection) if a.person.role is Role.COMMUNITY]
    return next(head for head in heads if head.area not in busy)


def everybody(city: City) -> dict[Role, Person]:
    return {role: person(city, role) for role in Role if role not in NO_ACCOUNT}


def test_the_calendar_has_a_line_for_each_of_the_units_that_meet(demo_city: City) -> None:
    lines = seen.calendar(demo_city, person(demo_city, Role.CITY_OFFICE))
    assert Counter(line.tier for line in lines) == {
        Tier.CITY: 1, Tier.STREET: 3, Tier.COMMUNITY: 18, Tier.COMPOUND: 105,
    }  # fmt: skip
    assert all(line.now in (Standing.HELD, Standing.DUE) for line in lines)


def test_in_the_demo_year_one_community_missed_one_quarter(demo_city: City) -> None:
    lines = seen.calendar(demo_city, person(demo_city, Role.CITY_OFFICE))
    missed = Counter({line.tier: 0 for line in lines})
    for line in lines:
        missed[line.tier] += line.missed
    assert missed == {Tier.CITY: 0, Tier.STREET: 0, Tier.COMMUNITY: 1, Tier.COMPOUND: 0}


def test_each_sees_the_calendar_of_what_lies_below(demo_city: City) -> None:
    who, structure = everybody(demo_city), demo_city.ground.structure
    shown = {role: [line.unit for line in seen.calendar(demo_city, p)] for role, p in who.items()}
    assert shown[Role.COMPOUND] == [who[Role.COMPOUND].area]
    assert all(structure.within(unit, who[Role.STREET].area) for unit in shown[Role.STREET])
    assert len(shown[Role.LEADER]) == len(shown[Role.CITY_OFFICE]) == 127
    assert not (shown[Role.DEPARTMENT] or shown[Role.PLANNER] or shown[Role.MEMBER])
    assert not shown[Role.ADMINISTRATOR]


def test_the_four_figures_are_the_reports(demo_city: City) -> None:
    assert seen.statistics(demo_city, LEADER, *YEAR) == FourFigures(85, 206, 33, 27)
    assert seen.statistics(demo_city, LEADER, *YEAR, CITY) == FourFigures(85, 206, 33, 27)


def test_the_figures_of_the_streets_and_the_citys_own_add_up(demo_city: City) -> None:
    streets = [seen.statistics(demo_city, LEADER, *YEAR, s) for s in demo_city.ground.structure.streets]
    assert sum(f.moved_up for f in streets) == 33 and sum(f.settled_above for f in streets) == 27
    assert sum(f.held for f in streets) == 85 - 2
    half = NOON - timedelta(days=180)
    parts = [
        seen.statistics(demo_city, LEADER, YEAR[0], half),
        seen.statistics(demo_city, LEADER, half, YEAR[1]),
    ]
    assert sum(f.held for f in parts) == 85 and sum(f.moved_up for f in parts) == 33


def test_an_agenda_is_read_by_those_it_concerns(demo_city: City) -> None:
    who = everybody(demo_city)
    view = seen.agenda(demo_city, who[Role.STREET], who[Role.STREET].area)
    assert view.refused is None and len(view.held) == 4
    assert seen.agenda(demo_city, who[Role.LEADER], who[Role.STREET].area).refused
    for role in (Role.DEPARTMENT, Role.PLANNER, Role.ADMINISTRATOR, Role.MEMBER, Role.COMPOUND):
        with pytest.raises(Refused):
            seen.agenda(demo_city, who[role], who[Role.STREET].area)
        with pytest.raises(Refused):
            seen.record(demo_city, who[role], view.held[0].id)


def test_a_meeting_that_was_held_shows_where_each_matter_ended(demo_city: City) -> None:
    office = person(demo_city, Role.CITY_OFFICE)
    moved = [x for x in seen.ledger(demo_city, office, *YEAR) if x.matter.outcome is MatterOutcome.MOVED_UP]
    assert len(moved) == 33
    view = seen.record(demo_city, office, moved[0].meeting.id)
    line = next(each for each in view.lines if each.matter.id == moved[0].matter.id)
    assert line.last.id != line.matter.id and line.last_unit != view.name


def held(city: City, title: str = "=1+1 路灯") -> tuple[Person, int]:
    """A community meeting with two matters, held and closed a moment ago."""
    head = head_of_a_quiet_community(city)
    rules, lead = city.rulebook, sorted(city.ground.departments)[0]
    decisions = [
        Decision(MatterOutcome.MOVED_UP, ledger="整条街都没有路灯"),
        Decision(MatterOutcome.ASSIGNED, "由该单位维修", lead, NOON + timedelta(days=9)),
    ]
    for decision in decisions:
        matter = acting.add_matter(city.store, rules, head.area, title, by=head, now=NOON)
        meeting = seen.agenda(city, head, head.area).meeting
        assert meeting is not None
        acting.decide(city.store, rules, matter.id, decision, version=meeting.version, by=head, now=NOON)
    view = seen.agenda(city, head, head.area)
    assert view.meeting is not None and view.lacking is None
    acting.close_meeting(
        city.store, rules, view.meeting.id, ["社区党委书记", "业委会代表"], "会议听取了汇报。\n会议指出\x0b问题。",
        NOON - timedelta(hours=1), version=view.meeting.version, by=head, now=NOON,
    )  # fmt: skip
    return head, view.meeting.id


def texts(paper: bytes) -> str:
    document = Document(io.BytesIO(paper))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([p.text for p in document.paragraphs] + cells)


def test_the_minutes_are_a_paper_with_time_attendance_matters_and_resolutions(own_city: City) -> None:
    head, meeting_id = held(own_city)
    view = seen.record(own_city, head, meeting_id)
    paper = texts(papers.minutes_docx(own_city, view, speak("zh")))
    lead = own_city.department(sorted(own_city.ground.departments)[0])[0]
    for words in ("会议纪要", "2026年11月24日", "社区党委书记、业委会代表", "路灯", "由该单位维修", lead, "整条街都没有路灯"):  # fmt: skip
        assert words in paper
    assert "（二）" in paper
    english = texts(papers.minutes_docx(own_city, view, speak("en")))
    assert "Minutes of the meeting" in english and "Moved up" in english


def test_an_open_agenda_has_no_minutes_yet(own_city: City) -> None:
    head = head_of_a_quiet_community(own_city)
    acting.add_matter(own_city.store, own_city.rulebook, head.area, "路灯", by=head, now=NOON)
    view = seen.agenda(own_city, head, head.area)
    assert view.lacking and "路灯" in str(view.lacking)
    with pytest.raises(Refused):
        papers.minutes_docx(own_city, view, speak("zh"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_ledger_holds_every_matter_and_no_formula(own_city: City, lang: str) -> None:
    head, meeting_id = held(own_city)
    lines = seen.ledger(own_city, head, NOON - timedelta(days=1), NOON)
    assert [line.meeting.id for line in lines] == [meeting_id] * 2
    sheet = openpyxl.load_workbook(io.BytesIO(papers.ledger_xlsx(own_city, lines, speak(lang)))).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    assert len(rows) == 3 and rows[1][4] == "'=1+1 路灯"
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)
    assert "整条街都没有路灯" in texts(papers.ledger_docx(own_city, lines, speak(lang)))


def test_a_department_reads_what_was_assigned_to_it_alone(own_city: City) -> None:
    held(own_city)
    lead = sorted(own_city.ground.departments)[0]
    theirs = Person(901, "", Role.DEPARTMENT, lead)
    other = Person(902, "", Role.DEPARTMENT, sorted(own_city.ground.departments)[1])
    assert [line.waits for line in seen.led(own_city, theirs) if "路灯" in line.matter.title] == [True]
    assert not any("=1+1" in line.matter.title for line in seen.led(own_city, other))
    span = NOON - timedelta(days=1), NOON
    assert len(seen.ledger(own_city, theirs, *span)) == 1 and not seen.ledger(own_city, other, *span)

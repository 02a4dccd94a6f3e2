"""Allowances of the demo city: every term counted plainly beside them, who sees which, a file that shows how each came about."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from city.frontline import allowed
from city.frontline.allowed import begin_and_end, months_back
from city.opened import City
from city.words import speak
from domain.frontline.allowances import Allowance, AllowanceState, total
from domain.grids import CITY, Level
from domain.people import Person, Role
from domain.tickets import State
from storage.frontline.records import those
from storage.schema import events, meetings, ratings, tickets, visits
from tests.areas import everybody

OFFICE = Person(0, "", Role.CITY_OFFICE)


def last_month(city: City) -> str:
    return months_back(city.now().astimezone(city.zone).date())[0]


def test_months_end_where_the_citys_own_calendar_says(demo_city: City) -> None:
    begin, end = begin_and_end("2026-12", demo_city.zone)
    assert (end - begin).days == 31 and end.year == 2027
    today = demo_city.now().astimezone(demo_city.zone).date()
    assert all(month < f"{today:%Y-%m}" for month in months_back(today))


def test_every_term_of_a_building_grid_is_what_plain_counting_finds(demo_city: City) -> None:
    month = last_month(demo_city)
    begin, end = begin_and_end(month, demo_city.zone)
    grid = everybody(demo_city)["member"].area
    values = {key[0]: of for key, of in allowed.values_of(demo_city, grid, month).items()}[grid]
    clock, rules = demo_city.clock, demo_city.rulebook
    with demo_city.database.read() as connection:
        opened = connection.execute(
            select(tickets).where(
                tickets.c.level3 == grid, tickets.c.opened_at >= begin, tickets.c.opened_at < end,
                tickets.c.parent_id.is_(None), tickets.c.live,
            )
        ).all()  # fmt: skip
        in_time = 0
        for ticket in opened:
            first = connection.execute(
                select(events.c.at).where(
                    events.c.stream == f"t:{ticket.id}", events.c.seq > 1, events.c.by.is_not(None)
                )
                .order_by(events.c.seq)
            ).scalars().first()  # fmt: skip
            limit = rules.limit_of(State.RAISED, ticket.urgent)
            assert limit is not None
            in_time += first is not None and first <= clock.after(ticket.opened_at, limit)
        here = (visits.c.grid == grid, visits.c.at >= begin, visits.c.at < end, ~visits.c.withdrawn)
        been = connection.scalar(select(func.count()).where(*here))
        raised = connection.scalar(
            select(func.count()).where(
                tickets.c.raised_in == grid, tickets.c.opened_at >= begin, tickets.c.opened_at < end,
                tickets.c.parent_id.is_(None),
            )
        )  # fmt: skip
        grades = connection.execute(
            select(ratings.c.grade)
            .join(tickets, tickets.c.id == ratings.c.ticket_id)
            .where(tickets.c.level3 == grid, ratings.c.asked_at >= begin, ratings.c.asked_at < end, ratings.c.grade.is_not(None))
        ).scalars().all()  # fmt: skip
    assert values["accepted_on_time"] == (round(100 * in_time / len(opened), 1) if opened else None)
    assert values["visits"] == been and values["raised"] == raised
    satisfied = sum(grade >= 3 for grade in grades)
    assert values["satisfied"] is None or 0 <= values["satisfied"] <= 100
    assert (values["satisfied"] is None) is (not grades)
    assert satisfied <= len(grades)
    assert values["meetings"] is None, "a building grid holds none"


def test_heads_of_larger_grids_are_measured_by_the_average_of_those_below(demo_city: City) -> None:
    month, structure = last_month(demo_city), demo_city.ground.structure
    values = {key[0]: of for key, of in allowed.values_of(demo_city, CITY, month).items()}
    begin, end = begin_and_end(month, demo_city.zone)
    for grid in structure.at_level(Level.COMPOUND)[::10]:
        leaves = [below.code for below in structure.below(grid.code) if below.level is Level.BUILDING]
        mean = sum(values[leaf]["visits"] or 0 for leaf in leaves) / len(leaves)
        assert values[grid.code]["visits"] == pytest.approx(mean, abs=0.01)
        with demo_city.database.read() as connection:
            held = connection.scalar(
                select(func.count()).where(
                    meetings.c.unit == grid.code, meetings.c.held_at >= begin, meetings.c.held_at < end
                )
            )
        assert values[grid.code]["meetings"] == held


def test_the_demo_has_proposals_of_two_months_in_every_state_and_each_is_the_sum_of_its_lines(
    demo_city: City,
) -> None:
    with demo_city.database.read() as connection:
        rows = those(connection, Allowance)
    assert len(rows) == 2 * 505 and {row.state for row in rows} == set(AllowanceState)
    formula = demo_city.rules_read.allowances
    assert formula is not None
    for row in rows:
        base = formula.base_fen[demo_city.ground.structure.grids[row.grid].level]
        assert 0 <= total(row.terms) <= base
        assert row.fen == total(row.terms) or row.state is AllowanceState.DECIDED


def test_everybody_sees_the_proposals_of_their_own_area_and_may_do_what_is_theirs(demo_city: City) -> None:
    people, month = everybody(demo_city), last_month(demo_city)
    structure = demo_city.ground.structure
    for login in ("street", "community", "compound", "member"):
        person = people[login]
        cards = allowed.allowances_of(demo_city, person, person.area, month)
        assert cards and all(structure.within(card.row.grid, person.area) for card in cards)
        names = {step.name for card in cards for step in card.steps}
        assert "decide" not in names or login == "street"
        assert "approve" not in names or login in ("street", "community")
    for login in ("leader", "planner", "department"):
        assert allowed.allowances_of(demo_city, people[login], CITY, month) == []
    assert len(allowed.allowances_of(demo_city, OFFICE, CITY, month)) == 505
    member = people["member"]
    assert [card.row.grid for card in allowed.allowances_of(demo_city, member, CITY, month)] == [member.area]


def test_a_street_is_led_to_the_months_with_appeals_that_wait(demo_city: City) -> None:
    with demo_city.database.read() as connection:
        appealed = those(connection, Allowance, state=AllowanceState.APPEALED)
    assert appealed
    structure = demo_city.ground.structure
    street = structure.chain(appealed[0].grid)[-2]
    by = Person(1, "", Role.STREET, street)
    assert appealed[0].month in allowed.waiting(demo_city, by)
    assert allowed.words_with(demo_city, by, appealed[0])
    assert allowed.words_with(demo_city, Person(2, "", Role.DEPARTMENT, "water"), appealed[0]) == []


def test_the_file_holds_every_term_of_every_head(demo_city: City) -> None:
    month = last_month(demo_city)
    community = everybody(demo_city)["community"]
    cards = allowed.allowances_of(demo_city, community, community.area, month)
    sheet = allowed.sheet_of(demo_city, month, cards, speak("en"))
    header, *rows = sheet.rows
    assert len(rows) == len(cards) and all(len(row) == len(header) for row in rows)
    assert "Satisfied residents, per cent · Target" in header


def test_an_appeal_is_possible_for_ten_days_after_the_approval(demo_city: City) -> None:
    with demo_city.database.read() as connection:
        approved = those(connection, Allowance, state=AllowanceState.APPROVED)[0]
    until = allowed.appealed_within(approved)
    assert until is not None and approved.approved_at is not None
    assert until - approved.approved_at == timedelta(days=10)

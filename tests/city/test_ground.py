"""The ground is read once for what is drawn: people come and go without it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import update

from city import desk, phone
from city.opened import City
from domain.grids import Level
from domain.people import Role
from storage import facts, heads, imports, people, plans, schema
from tests.conftest import NOON


def test_a_new_account_or_head_is_seen_and_the_outlines_are_not_read_again(own_city: City) -> None:
    before = own_city.ground
    made = (before.locator, before.identity, before.contents)
    grid = before.structure.at_level(Level.BUILDING)[0].code
    with own_city.database.write() as connection:
        people.add_account(
            connection,
            login="new",
            name="New",
            role=Role.MEMBER,
            area=grid,
            password="a long password",
            now=NOON,
        )
        heads.hand_over(connection, {grid: None}, NOON)
    own_city.look_again()
    after = own_city.ground
    assert after.revision > before.revision
    assert before.is_headed(grid) and not after.is_headed(grid)
    assert after.outlines is before.outlines and after.structure is before.structure
    assert (after.locator, after.identity, after.contents) == made
    assert after.locator is made[0]


def test_figures_are_shared_by_whoever_has_the_same_area_and_by_nobody_else(own_city: City) -> None:
    with own_city.database.read() as connection:
        known = {a.person.role: a.person for a in people.all_accounts(connection)}
    head = known[Role.COMMUNITY]
    counted = desk.figures(own_city, head)
    assert desk.figures(own_city, replace(head, id=head.id + 1_000)) is counted
    assert desk.figures(own_city, known[Role.LEADER]) is not counted
    assert desk.figures(own_city, known[Role.DEPARTMENT]) is not counted
    own_city.forget_loads()
    assert desk.figures(own_city, head) is not counted


def test_what_is_kept_of_a_phones_picture_shows_no_ticket(own_city: City) -> None:
    with own_city.database.read() as connection:
        head = next(a.person for a in people.all_accounts(connection) if a.person.role is Role.COMMUNITY)
    shown = phone.own_picture(own_city, head, "open")
    assert "data-no" in shown and list(own_city.ground.pictures) == [head.area]
    assert not any("data-no" in kept for kept in own_city.ground.pictures.values())
    assert phone.own_picture(own_city, head, "open") == shown


def test_another_level_brought_in_is_read_and_located(own_city: City) -> None:
    before = own_city.ground
    _ = before.locator
    with own_city.database.write() as connection:
        plan = plans.plan_in_force(connection)
        assert plan
        one = next(d for d in plans.grids_of(connection, plan.id) if d.grid.level is Level.BUILDING)
        more = replace(one, grid=replace(one.grid, code="999"))
        imports.add_level(connection, [more], NOON)
    own_city.look_again()
    assert "999" in own_city.ground.structure
    assert own_city.ground.locator is not before.locator


def test_a_database_that_was_filled_anew_is_read_anew(own_city: City) -> None:
    before = own_city.ground
    with own_city.database.write() as connection:
        connection.execute(update(schema.plans).values(created_at=NOON - timedelta(days=1)))
        connection.execute(update(schema.grids).values(name="other"))
        facts.bump_revision(connection)
    own_city.look_again()
    assert {g.name for g in own_city.ground.structure.grids.values()} == {"other"}
    assert before.structure is not own_city.ground.structure


def test_grids_are_read_by_level_and_code(own_city: City) -> None:
    with own_city.database.read() as connection:
        plan = plans.plan_in_force(connection)
        assert plan
        read = [(d.grid.level, d.grid.code) for d in plans.grids_of(connection, plan.id)]
    assert read == sorted(read) and len(read) == 505

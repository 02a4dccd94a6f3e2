"""Plans are listed with their makers and counts, and every code's grid is known, on both databases."""

from __future__ import annotations

from typing import Any

from domain.grids import Grid, Level
from domain.people import Role
from storage import people
from storage.database import Database
from storage.plan_lists import grids_ever, plan_lines
from storage.seeding import fill
from tests.conftest import NOON


def plan(number: int, name: str, state: str, based_on: int | None, made_by: int | None) -> dict[str, Any]:
    return {
        "id": number,
        "name": name,
        "state": state,
        "based_on": based_on,
        "made_by": made_by,
        "created_at": NOON,
    }


def grid(plan: int, code: str, level: int, name: str, parent: str | None = None) -> dict[str, Any]:
    return {"plan_id": plan, "code": code, "level": level, "name": name, "parent": parent, "geometry": b""}


def test_plans_are_listed_with_who_made_them_and_what_they_hold(database: Database) -> None:
    with database.write() as connection:
        people.add_account(
            connection,
            login="p",
            name="规划员甲",
            role=Role.PLANNER,
            area="city",
            password="long enough",
            now=NOON,
        )
        (maker,) = (account.person.id for account in people.all_accounts(connection))
        fill(
            connection,
            {
                "plans": [
                    plan(1, "first", "in_force", None, None),
                    plan(2, "草案", "draft", 1, maker),
                    plan(3, "empty", "draft", 2, 0),
                ],
                "grids": [
                    grid(1, "01", 1, "old"), grid(1, "01A", 2, "A", "01"), grid(1, "01B", 2, "B", "01"),
                    grid(2, "01", 1, "new"),
                ],
            },
        )  # fmt: skip
    with database.read() as connection:
        lines, known = plan_lines(connection), grids_ever(connection)
    assert [(line.plan.name, line.made_by, line.base) for line in lines] == [
        ("empty", "", "草案"), ("草案", "规划员甲", "first"), ("first", "", ""),
    ]  # fmt: skip
    assert [line.grids for line in lines] == [
        {},
        {Level.COMMUNITY: 1},
        {Level.COMMUNITY: 1, Level.COMPOUND: 2},
    ]
    assert known["01"] == Grid("01", Level.COMMUNITY, "new", None), "the newest plan's word counts"
    assert set(known) == {"01", "01A", "01B"}

"""Who works where, on both databases: links of departments, departments with people, grids with a head."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert

from domain.people import Role
from storage import facts, people
from storage.database import Database
from storage.schema import department_links, departments, heads

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def test_links_are_kept_by_community_whether_a_plan_has_a_grid_for_it_or_not(database: Database) -> None:
    with database.write() as connection:
        codes = ("water", "gas", "fire")
        connection.execute(insert(departments), [{"code": c, "name": c} for c in codes])
        connection.execute(
            insert(department_links),
            [
                {"department": "water", "community": "C"},
                {"department": "gas", "community": "C"},
                {"department": "fire", "community": "merged-long-ago"},
            ],
        )
    with database.read() as connection:
        assert people.department_links(connection) == {
            "C": {"water", "gas"},
            "merged-long-ago": {"fire"},
        }


def test_a_department_has_people_while_one_of_its_accounts_is_enabled(database: Database) -> None:
    with database.write() as connection:
        for login, role, area in (
            ("one", Role.DEPARTMENT, "water"),
            ("two", Role.DEPARTMENT, "water"),
            ("three", Role.DEPARTMENT, "gas"),
            ("four", Role.COMMUNITY, "C"),
        ):
            people.add_account(
                connection, login=login, name=login, role=role, area=area, password="long enough", now=NOW
            )
        people.change_account(connection, "one", disabled=True)
        people.change_account(connection, "three", disabled=True)
    with database.read() as connection:
        assert people.staffed_departments(connection) == {"water"}


def test_a_change_of_accounts_tells_opened_programs_to_read_again(database: Database) -> None:
    with database.write() as connection:
        before = facts.revision(connection)
        people.add_account(
            connection, login="x", name="x", role=Role.DEPARTMENT, area="gas", password="long enough", now=NOW
        )
        added = facts.revision(connection)
        people.change_account(connection, "x", disabled=True)
        assert before < added < facts.revision(connection)
        people.change_account(connection, "nobody", disabled=True)


def test_a_grid_has_a_head_while_a_term_runs(database: Database) -> None:
    day = timedelta(days=1)
    terms = [("now", -day, None), ("until", -day, day), ("over", -2 * day, -day), ("to-come", day, None)]
    with database.write() as connection:
        connection.execute(
            insert(heads),
            [
                {"grid": grid, "name": "示", "since": NOW + since, "until": NOW + until if until else None}
                for grid, since, until in [*terms, ("over", -day, day)]
            ],
        )
    with database.read() as connection:
        assert people.headed_grids(connection, NOW) == {"now", "until", "over"}
        assert people.headed_grids(connection, NOW + 3 * day) == {"now", "to-come"}
        assert people.head_of(connection, "to-come", NOW) is None

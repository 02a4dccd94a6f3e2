"""What waits for whom, on both databases: the statement finds what the rules say, and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select, update

from city.mine import has_mine, today
from city.opened import City
from city.settings import Settings
from domain.mine import PRESSING, Press, waits_for
from domain.people import Person
from domain.scene import Scene
from domain.tickets import Asked, State
from storage import lists
from storage.database import Database
from storage.people import all_accounts
from storage.schema import tickets
from storage.tickets import ticket_from
from tests.conftest import CityAtNoon, sqlite_url
from tests.copied_city import copied

LOGINS = ("office", "street", "community", "compound", "member", "department")
OTHERS = 6
"""So many people beside those with a demo login are asked too."""


@pytest.fixture
def city(database: Database, demo_file: Path, tmp_path: Path) -> Iterator[City]:
    """The demo city in each kind of database."""
    if database.engine.dialect.name == "sqlite":
        shutil.copy(demo_file, tmp_path / "own.db")
        own = CityAtNoon(Settings(database_url=sqlite_url(tmp_path / "own.db")))
    else:
        with closing(Database(sqlite_url(demo_file))) as source:
            copied(source, database)
        own = CityAtNoon(Settings(database_url=database.url))
    yield own
    own.database.close()


def people_of(city: City) -> list[Person]:
    with city.database.read() as connection:
        accounts = [a for a in all_accounts(connection) if has_mine(a.person)]
    known = [a.person for a in accounts if a.login in LOGINS]
    rest = [a.person for a in accounts if a.login not in LOGINS]
    return known + rest[:: max(1, len(rest) // OTHERS)]


def by_the_rules(city: City, person: Person) -> set[int]:
    """What waits for somebody, told by asking every open ticket."""
    rules, now = city.rulebook, city.now()
    with city.database.read() as connection:
        rows = connection.execute(select(tickets).where(tickets.c.open)).all()
        parts = lists.parts_not_done(connection, [row.id for row in rows])
    scenes = [Scene(ticket_from(r), person, rules, now, open_children=parts.get(r.id, 0)) for r in rows]
    return {scene.ticket.id for scene in scenes if waits_for(scene)}


def found(city: City, person: Person) -> list[int]:
    return [card.ticket.id for _, card in today(city, person, 1000, 0).cards]


def test_everybody_is_told_exactly_what_they_can_move(city: City) -> None:
    with city.database.write() as connection:
        in_progress = tickets.c.state == State.IN_PROGRESS.value
        ids = list(connection.scalars(select(tickets.c.id).where(tickets.c.open, in_progress)))
        for n, asked in ((0, Asked.EXTENSION), (1, Asked.HOLD), (2, Asked.EXTENSION)):
            some = update(tickets).where(tickets.c.id.in_(ids[n:60:3]))
            connection.execute(some.values(asked=asked.value, asked_s=3600, extensions=int(n == 2)))
        waiting = update(tickets).where(tickets.c.id.in_(ids[60:120]))
        connection.execute(waiting.values(state=State.AWAITING_CHECK.value))
    told = 0
    for person in people_of(city):
        expected = by_the_rules(city, person)
        assert set(found(city, person)) == expected, person
        told += len(expected)
    assert told > 25


def test_overdue_comes_first_then_today_then_new(city: City) -> None:
    for person in people_of(city):
        page = today(city, person, 1000, 0)
        order = [PRESSING.index(press) for press, _ in page.cards]
        assert order == sorted(order)
        assert page.total == len(page.cards)
        assert {p: sum(q is p for q, _ in page.cards) for p in Press} == dict(page.counts)
        first = [card.ticket.id for _, card in today(city, person, 3, 0).cards]
        second = [card.ticket.id for _, card in today(city, person, 3, 3).cards]
        assert first + second == found(city, person)[:6]


def test_a_leader_and_a_planner_are_told_of_nothing(demo_city: City) -> None:
    with demo_city.database.read() as connection:
        people = {a.login: a.person for a in all_accounts(connection)}
    assert (
        not has_mine(people["leader"]) and not has_mine(people["planner"]) and not has_mine(people["admin"])
    )

"""What waits for whom, on both databases: the statement finds what the rules say, and nothing else."""

from __future__ import annotations

from sqlalchemy import select, update

from city.mine import has_mine, today
from city.opened import City
from domain.mine import Press, waits_for
from domain.scene import Scene
from domain.tickets import Asked, State
from storage import lists
from storage.people import all_accounts
from storage.schema import tickets
from storage.tickets import ticket_from

LOGINS = ("office", "street", "community", "compound", "member", "department")


def people_of(city: City):
    with city.database.read() as connection:
        return [a.person for a in all_accounts(connection) if has_mine(a.person)]


def by_the_rules(city: City, person) -> set[int]:
    """What waits for somebody, told by asking every open ticket."""
    rules, now = city.rulebook, city.now()
    with city.database.read() as connection:
        rows = connection.execute(select(tickets).where(tickets.c.open)).all()
        parts = lists.parts_not_done(connection, [row.id for row in rows])
    scenes = [Scene(ticket_from(r), person, rules, now, open_children=parts.get(r.id, 0)) for r in rows]
    return {scene.ticket.id for scene in scenes if waits_for(scene)}


def found(city: City, person) -> list[int]:
    return [card.ticket.id for _, card in today(city, person, 1000, 0).cards]


def test_everybody_is_told_exactly_what_they_can_move(own_city: City) -> None:
    with own_city.database.write() as connection:
        ids = list(
            connection.scalars(select(tickets.c.id).where(tickets.c.open, tickets.c.state == "in_progress"))
        )
        for n, asked in ((0, Asked.EXTENSION), (1, Asked.HOLD), (2, Asked.EXTENSION)):
            some = update(tickets).where(tickets.c.id.in_(ids[n:60:3]))
            connection.execute(some.values(asked=asked.value, asked_s=3600, extensions=int(n == 2)))
        waiting = update(tickets).where(tickets.c.id.in_(ids[60:120]))
        connection.execute(waiting.values(state=State.AWAITING_CHECK.value))
    told = 0
    for person in people_of(own_city):
        expected = by_the_rules(own_city, person)
        assert set(found(own_city, person)) == expected, person
        told += len(expected)
    assert told > 100


def test_overdue_comes_first_then_today_then_new(own_city: City) -> None:
    for person in people_of(own_city):
        page = today(own_city, person, 1000, 0)
        order = [list(Press).index(press) for press, _ in page.cards]
        assert order == sorted(order)
        assert page.total == len(page.cards)
        assert {p: sum(q is p for q, _ in page.cards) for p in Press} == dict(page.counts)
        first = [card.ticket.id for _, card in today(own_city, person, 3, 0).cards]
        second = [card.ticket.id for _, card in today(own_city, person, 3, 3).cards]
        assert first + second == found(own_city, person)[:6]

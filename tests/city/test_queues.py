"""Whose eye each named queue is under: nothing waits unowned."""

from __future__ import annotations

import itertools

import pytest
from sqlalchemy import select, update

from city import queues
from city.opened import City
from domain.grids import CITY
from domain.people import Person, Role
from domain.queues import Queue, owner
from storage.people import all_accounts
from storage.schema import tickets
from storage.tickets import ticket_from


def put(city: City, queue: Queue, holder: str, *, in_no_grid: bool = False) -> int:
    """Put one open ticket into a queue, alone; gives back its number."""
    with city.database.write() as connection:
        connection.execute(update(tickets).values(queue=None))
        one = connection.scalar(select(tickets.c.id).where(tickets.c.open, tickets.c.level1.is_not(None)))
        place = {"level1": None, "level2": None, "level3": None} if in_no_grid else {}
        values = {"queue": queue.value, "holder": holder} | place
        connection.execute(update(tickets).where(tickets.c.id == one).values(values))
    assert one is not None
    return one


def people_of(city: City) -> list[Person]:
    with city.database.read() as connection:
        return [account.person for account in all_accounts(connection)]


def test_the_city_office_answers_for_what_it_holds_because_no_unit_has_a_head(own_city: City) -> None:
    put(own_city, Queue.NO_HEAD, CITY)
    office = next(p for p in people_of(own_city) if p.role is Role.CITY_OFFICE)
    assert queues.waiting(own_city, office)[Queue.NO_HEAD] == 1


@pytest.mark.parametrize(
    ("queue", "holder_is"),
    [*itertools.product([Queue.NO_HEAD], ["city", "street", "community", "compound"]),
     (Queue.NO_PEOPLE, "community"), (Queue.SHARED_EDGE, "member"), (Queue.NO_GRID, "city")],
)  # fmt: skip
def test_whoever_owns_a_ticket_in_a_queue_has_that_queue(
    own_city: City, queue: Queue, holder_is: str
) -> None:
    structure = own_city.ground.structure
    with own_city.database.read() as connection:
        row = connection.execute(
            select(tickets).where(tickets.c.open, tickets.c.level1.is_not(None)).order_by(tickets.c.id)
        ).first()
    assert row is not None
    chain = structure.chain(ticket_from(row).located.grid or "")
    holders = dict(zip(("city", "street", "community", "compound", "member"), reversed(chain), strict=False))
    one = put(own_city, queue, holders.get(holder_is, chain[0]), in_no_grid=queue is Queue.NO_GRID)
    with own_city.database.read() as connection:
        ticket = ticket_from(connection.execute(select(tickets).where(tickets.c.id == one)).one())
    code = owner(queue, ticket.holder, ticket.located)
    owners = [p for p in people_of(own_city) if p.area == code and p.role in queues_of(code)]
    assert owners, "somebody is at that post"
    for person in owners:
        assert queues.waiting(own_city, person)[queue] == 1


def queues_of(code: str) -> frozenset[Role]:
    """The roles whose post a unit is."""
    if code == CITY:
        return frozenset({Role.CITY_OFFICE})
    return frozenset({Role.STREET, Role.COMMUNITY, Role.COMPOUND})

"""Orders as members and residents look at them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from city.opened import City
from domain.frontline.pledges import Order, OrderState, Service, Step, steps_for
from domain.frontline.records import Beside
from domain.frontline.rights import may_hear, reads_unit
from domain.links import hash_of
from domain.people import Person
from domain.said import Refused, said
from storage.frontline.records import besides, those

OPEN = frozenset({OrderState.ORDERED, OrderState.TAKEN})


@dataclass(frozen=True, slots=True)
class OrderCard:
    """An order as one person may see it; ``beside`` is None for those who may not know who ordered."""

    order: Order
    service: str
    beside: Beside | None
    steps: Sequence[Step]


def orders_for(city: City, person: Person, unit: str, *, ended: bool = False) -> list[OrderCard]:
    """The orders in a unit, those that wait for longest first."""
    structure, now = city.ground.structure, city.now()
    if not reads_unit(person, Order.LIST, unit, structure):
        return []
    with city.database.read() as connection:
        rows = those(connection, Order) if ended else those(connection, Order, state=OPEN)
        mine = [row for row in rows if structure.within(structure.today(row.grid), unit)]
        names = {service.id: service.title for service in those(connection, Service)}
        told = besides(connection, Order.LIST, [row.id for row in mine])
    return [
        OrderCard(
            row,
            names[row.service_id],
            told.get(row.id, Beside()) if may_hear(person, Order.LIST, row.grid, structure) else None,
            steps_for(row, person.role, person.id, now),
        )
        for row in mine
    ]


def order_of_link(city: City, link: str) -> tuple[Order, str]:
    """The order that a resident follows, and its service.

    Raises:
        Refused: when the link is none.
    """
    with city.database.read() as connection:
        found = those(connection, Order, link=hash_of(link))
        if not found:
            raise Refused(said("This link is not valid."))
        (service,) = those(connection, Service, id=found[0].service_id)
    return found[0], service.title

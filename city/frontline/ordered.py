"""Services and orders as members, heads and residents look at them; who ordered is shown to those who may hear it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from city.opened import City
from domain.frontline.pledges import RATED_WITHIN, Order, OrderState, Service, Step, steps_for
from domain.frontline.records import Beside
from domain.frontline.rights import may_hear, reads_unit
from domain.links import hash_of
from domain.people import Person
from domain.phones import masked
from domain.said import Refused, said
from storage.frontline import orders
from storage.frontline.records import besides, those
from storage.people import account_names

LOOKED_BACK = timedelta(days=90)
"""So far back pages list and count orders that have ended; a resident's link answers as long after the end."""

WAITS_LONG = timedelta(days=1)
"""After this time nobody should have to ask who takes an order."""


class NoSuchLink(Refused):
    """Nobody was given this link."""


class LinkIsOver(Refused):
    """The order ended too long ago."""


@dataclass(frozen=True, slots=True)
class OrderCard:
    """An order as one person may see it. ``beside`` is None for those who may not know who ordered; its telephone number is
    masked for everybody."""

    order: Order
    service: str
    beside: Beside | None
    taker: str
    """Who took it, by name; empty while nobody has."""
    steps: Sequence[Step]
    waits_long: bool


def orders_for(city: City, person: Person, unit: str, *, ended: bool = False) -> list[OrderCard]:
    """The orders in a unit: those that wait to be taken, delivered or rated, the oldest first; or ``ended`` ones of the last
    months, the newest first."""
    structure = city.ground.structure
    if not reads_unit(person, Order.LIST, unit, structure):
        return []
    now = city.now()
    with city.database.read() as connection:
        rows = (
            orders.ended(connection, now - LOOKED_BACK, now - RATED_WITHIN)
            if ended
            else orders.live(connection, now - RATED_WITHIN)
        )
    mine = [row for row in rows if structure.within(structure.today(row.grid), unit)]
    states = list(OrderState)
    ordered = (
        mine[::-1]
        if ended
        else sorted(mine, key=lambda row: (states.index(row.state), row.ordered_at, row.id))
    )
    return _cards(city, person, ordered)


def order_card(city: City, person: Person, number: int) -> OrderCard | None:
    """One order of this person's area; None where there is none."""
    with city.database.read() as connection:
        found = those(connection, Order, id=number)
    mine = [row for row in found if reads_unit(person, Order.LIST, row.grid, city.ground.structure)]
    return _cards(city, person, mine)[0] if mine else None


def _cards(city: City, person: Person, rows: Sequence[Order]) -> list[OrderCard]:
    structure, now = city.ground.structure, city.now()
    heard = {row.id for row in rows if may_hear(person, Order.LIST, row.grid, structure)}
    with city.database.read() as connection:
        titles = {service.id: service.title for service in those(connection, Service)}
        told = besides(connection, Order.LIST, heard)
        names = account_names(connection, {row.taken_by for row in rows if row.taken_by is not None})
    return [
        OrderCard(
            row, titles[row.service_id], _veiled(told.get(row.id, Beside())) if row.id in heard else None,
            names.get(row.taken_by, "") if row.taken_by is not None else "",
            steps_for(row, person.role, person.id, now),
            row.state is OrderState.ORDERED and now - row.ordered_at > WAITS_LONG,
        )
        for row in rows
    ]  # fmt: skip


def _veiled(beside: Beside) -> Beside:
    return replace(beside, phone=masked(beside.phone))


def waiting(city: City, person: Person) -> int:
    """How many orders in a person's own area wait for somebody to take them."""
    structure = city.ground.structure
    if not reads_unit(person, Order.LIST, person.area, structure):
        return 0
    with city.database.read() as connection:
        rows = those(connection, Order, state=OrderState.ORDERED)
    return sum(structure.within(structure.today(row.grid), person.area) for row in rows)


# --- services -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Offered:
    """A service, how often it was ordered in the last months, and how those orders were graded; None where none was."""

    service: Service
    orders: int
    grade: float | None


def services_of(city: City, person: Person, unit: str) -> list[Offered]:
    """The services of a unit, of those below it, and of those over it, which serve it too."""
    structure = city.ground.structure
    if not reads_unit(person, Service.LIST, unit, structure):
        return []
    over = set(structure.chain(unit))
    with city.database.read() as connection:
        services = those(connection, Service)
        lately = orders.ordered_since(connection, city.now() - LOOKED_BACK)
    counted = Counter(order.service_id for order in lately)
    return [
        Offered(each, counted[each.id], mean_grade(order for order in lately if order.service_id == each.id))
        for each in services
        if each.grid in over or structure.within(structure.today(each.grid), unit)
    ]


def mean_grade(given: Iterable[Order]) -> float | None:
    """The mean of the grades that were given; None where none was."""
    grades = [order.grade for order in given if order.grade is not None]
    return sum(grades) / len(grades) if grades else None


# --- residents ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Followed:
    """What the page behind a resident's link shows: nothing that anybody wrote."""

    order: Order
    service: Service
    place: str
    steps: Sequence[Step]


def followed(city: City, resident: Person, link: str) -> Followed:
    """How the order behind a link stands.

    Raises:
        NoSuchLink: when nobody was given it.
        LinkIsOver: when the order ended too long ago.
    """
    now = city.now()
    with city.database.read() as connection:
        found = those(connection, Order, link=hash_of(link)) if link else []
        if not found:
            raise NoSuchLink(said("This link is not valid."))
        (order,) = found
        (service,) = those(connection, Service, id=order.service_id)
    over = order.ended_at or order.delivered_at
    if over is not None and now > over + LOOKED_BACK:
        raise LinkIsOver(said("This order ended long ago; the link has ended."))
    place = city.ground.structure.name(order.grid)
    return Followed(order, service, place, steps_for(order, resident.role, resident.id, now))

"""Explain where a ticket would go, and because of which rule – without raising one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from city.opened import City
from domain.categories import Category
from domain.clocks import Limit
from domain.findings import Finding
from domain.grids import CITY, Located
from domain.people import READS_RULES, Person
from domain.place import LngLat
from domain.queues import Queue, first_holder, owner
from domain.routing import Case, Routed, Rule, findings
from domain.said import Refused, Said, said


@dataclass(frozen=True, slots=True)
class Waits:
    """A queue in which the ticket would lie, and the unit that answers for it."""

    queue: Queue
    owner: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Where a ticket would go. ``limit`` is the time for handling that would hold, the general one included."""

    point: LngLat
    category: Category
    urgent: bool
    located: Located
    holder: str
    waits: tuple[Waits, ...]
    routed: Routed
    limit: Limit


BECAUSE: dict[Queue, Said] = {
    Queue.NO_GRID: said("No grid covers this place: the city office answers for it."),
    Queue.SHARED_EDGE: said(
        "The place lies on the border of grids: the lower code has it, its community decides."
    ),
    Queue.NO_HEAD: said("The smallest grid has no head: the nearest unit above that has one holds it."),
    Queue.NO_PEOPLE: said("Nobody works in the lead department: the city office answers for it."),
}
"""Why a ticket would lie in a queue."""


def table_for(city: City, person: Person) -> tuple[Rule, ...]:
    """The routing table in its order, for those who read rules.

    Raises:
        Refused: for others.
    """
    if person.role not in READS_RULES:
        raise Refused(said("The routing table is not among what your role sees."))
    return city.rules_read.routing.rules


def explain(city: City, point: LngLat, category_code: str, urgent: bool) -> Explanation:
    """Where a ticket of this category, raised here, would go. What is urgent by its category is so in any case.

    Raises:
        Refused: when the city has no such category.
    """
    ground = city.ground
    if category_code not in city.rules_read.categories and category_code not in ground.imported_categories:
        raise Refused(said("There is no category {code}.", code=category_code))
    category = city.category(category_code)
    urgent = urgent or category.urgent
    located = city.locate(point)
    holder, queue = first_holder(located, ground.structure, ground.is_headed, ground.locator.on_edge(point))
    smallest = ground.structure.grids.get(located.grid or "")
    units = ground.structure.chain(smallest.code) if smallest else (CITY,)
    case = Case(category, smallest.level if smallest else None, urgent, units)
    routed = city.rules_read.routing.route(case, ground.links)
    unmanned = Queue.NO_PEOPLE if routed.lead and routed.lead not in ground.staffed else None
    return Explanation(
        point=point,
        category=category,
        urgent=urgent,
        located=located,
        holder=holder,
        waits=tuple(Waits(q, owner(q, holder, located)) for q in (queue, unmanned) if q),
        routed=routed,
        limit=city.rulebook.handling_limit(routed.limit, urgent),
    )


def routing_findings(city: City) -> list[Finding]:
    """What is wrong with the routing table in this city; nothing yet where there are no grids."""
    ground, rules = city.ground, city.rules_read
    if ground.is_empty:
        return []
    return findings(rules.routing, rules.categories, rules.groups, ground.departments, ground.structure)


PLAIN = (
    (timedelta(days=1), lambda n: said("{n} days around the clock", n=n)),
    (timedelta(hours=1), lambda n: said("{n} hours around the clock", n=n)),
    (timedelta(minutes=1), lambda n: said("{n} minutes around the clock", n=n)),
)  # fmt: skip


def limit_in_words(limit: Limit, working_day: timedelta) -> Said:
    """A limit in the largest unit that it fills evenly: ``5 working days``, ``4 hours around the clock``."""
    working: tuple[tuple[timedelta, Callable[[str], Said]], ...] = (
        (working_day, lambda n: said("{n} working days", n=n)),
        (timedelta(hours=1), lambda n: said("{n} working hours", n=n)),
        (timedelta(minutes=1), lambda n: said("{n} working minutes", n=n)),
    )
    units = PLAIN if limit.around_the_clock else working
    unit, words = next((u for u in units if not limit.length % u[0]), units[-1])
    return words(f"{limit.length / unit:g}")

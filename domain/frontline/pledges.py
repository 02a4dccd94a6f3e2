"""The three lists of a grid – needs, resources, services – and how they find each other.

Source: the report's 群众点单 (residents order a service, a member takes the order, delivers, the resident rates) and
双向认领 (a unit pledges what a grid needs, a grid what a unit offers).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from domain.frontline.records import Record
from domain.grids import Structure
from domain.people import Role
from domain.said import Said, said


class Sort(StrEnum):
    """What a need, a resource or a service is about."""

    REPAIR = "repair"
    CARE = "care"
    HEALTH = "health"
    LAW = "law"
    WORK = "work"
    LEARNING = "learning"
    CULTURE = "culture"
    SAFETY = "safety"
    PLACE = "place"
    OTHER = "other"


SORT: Mapping[Sort, Said] = {
    Sort.REPAIR: said("Repairs"),
    Sort.CARE: said("Care for old people and children"),
    Sort.HEALTH: said("Health"),
    Sort.LAW: said("Legal advice"),
    Sort.WORK: said("Jobs"),
    Sort.LEARNING: said("Learning"),
    Sort.CULTURE: said("Culture and sport"),
    Sort.SAFETY: said("Safety"),
    Sort.PLACE: said("Rooms and places"),
    Sort.OTHER: said("Other"),
}


# --- needs and resources ------------------------------------------------------------------------------------------


class NeedState(StrEnum):
    """How far a need has come."""

    OPEN = "open"
    PLEDGED = "pledged"
    MET = "met"
    DROPPED = "dropped"


NEED_STATE: Mapping[NeedState, Said] = {
    NeedState.OPEN: said("Not met yet"),
    NeedState.PLEDGED: said("Pledged"),
    NeedState.MET: said("Met"),
    NeedState.DROPPED: said("Dropped"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Need(Record):
    """What a grid needs. Whose need it is lies beside it, where it is one person's."""

    LIST: ClassVar[str] = "needs"

    grid: str
    sort: Sort
    title: str
    since: date
    state: NeedState = NeedState.OPEN
    resource_id: int | None = None
    """The resource that was pledged for it."""
    pledged_by: str | None = None
    """The post that pledged it: a grid, a street or a department."""
    ended: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource(Record):
    """What somebody offers to the grids: a unit of the body, a department, a shop, a volunteer team."""

    LIST: ClassVar[str] = "resources"

    grid: str
    sort: Sort
    title: str
    provider: str
    department: str | None = None
    most: int = 1
    """How many needs it can serve at a time."""
    active: bool = True


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A resource that could meet a need, and why it stands where it stands in the list."""

    resource: Resource
    free: int
    steps: int
    """How many levels up from the need's grid both lie in one unit: 0 in the grid itself."""
    linked: bool
    because: Said


def suggested(
    need: Need, resources: Iterable[Resource], needs: Iterable[Need], structure: Structure,
    links: Mapping[str, frozenset[str]], most: int = 5,
) -> list[Suggestion]:  # fmt: skip
    """What could meet a need: active resources of its sort with room left, those of linked departments and near grids first.

    ``links`` are the departments linked to each community. Same input, same order.
    """
    taken = taken_of(needs)
    found = [
        _suggestion(need, resource, resource.most - taken.get(resource.id, 0), structure, links)
        for resource in resources
        if resource.active and resource.sort is need.sort and resource.most > taken.get(resource.id, 0)
    ]
    return sorted(found, key=lambda each: (each.steps, not each.linked, -each.free, each.resource.id))[:most]


def taken_of(needs: Iterable[Need]) -> dict[int, int]:
    """How many pledged needs each resource serves now."""
    taken: dict[int, int] = {}
    for need in needs:
        if need.state is NeedState.PLEDGED and need.resource_id is not None:
            taken[need.resource_id] = taken.get(need.resource_id, 0) + 1
    return taken


def _suggestion(
    need: Need, resource: Resource, free: int, structure: Structure, links: Mapping[str, frozenset[str]]
) -> Suggestion:  # fmt: skip
    chain, there = structure.chain(need.grid), set(structure.chain(resource.grid))
    steps = next(n for n, unit in enumerate(chain) if unit in there)
    linked = (
        any(resource.department in links.get(unit, ()) for unit in chain) if resource.department else False
    )
    near = chain[steps]
    if steps == 0:
        because = said("in the same grid")
    elif linked:
        because = said("of a unit linked to the community")
    else:
        because = said("also in {unit}", unit=structure.name(near))
    # A linked unit serves the whole community as if it lay in it.
    return Suggestion(resource, free, min(steps, 1) if linked else steps, linked, because)


def refusal_to_pledge(need: Need, resource: Resource, needs: Iterable[Need]) -> Said | None:
    """Why a resource cannot be pledged for a need."""
    if need.state is not NeedState.OPEN:
        return said("This need is not open any more.")
    if not resource.active:
        return said("{resource} is not offered any more.", resource=resource.title)
    if resource.sort is not need.sort:
        return said("{resource} is for something else.", resource=resource.title)
    if taken_of(needs).get(resource.id, 0) >= resource.most:
        return said("{resource} serves as many as it can.", resource=resource.title)
    return None


# --- services and orders --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Record):
    """What residents of a grid, and of the grids below it, can order."""

    LIST: ClassVar[str] = "services"

    grid: str
    sort: Sort
    title: str
    provider: str
    active: bool = True


class OrderState(StrEnum):
    """How far an order has come."""

    ORDERED = "ordered"
    TAKEN = "taken"
    DELIVERED = "delivered"
    RATED = "rated"
    CANCELLED = "cancelled"


ORDER_STATE: Mapping[OrderState, Said] = {
    OrderState.ORDERED: said("Ordered"),
    OrderState.TAKEN: said("Taken"),
    OrderState.DELIVERED: said("Delivered"),
    OrderState.RATED: said("Graded"),
    OrderState.CANCELLED: said("Called off"),
}

OPEN_ORDERS = frozenset({OrderState.ORDERED, OrderState.TAKEN})
"""Orders that somebody still has to deliver."""

RATED_WITHIN = timedelta(days=30)
"""So long after it was delivered an order may be rated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(Record):
    """What a resident ordered. Name, telephone and words lie beside it and are erased with time."""

    LIST: ClassVar[str] = "orders"

    service_id: int
    grid: str
    """The grid in which it is to be delivered."""
    sort: Sort
    ordered_at: datetime
    state: OrderState = OrderState.ORDERED
    taken_by: int | None = None
    taken_at: datetime | None = None
    delivered_at: datetime | None = None
    grade: int | None = None
    ended_at: datetime | None = None
    link: str | None = None
    """By the hash of which the resident follows and rates it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that can be done with an order: from where, to where, by whom."""

    name: str
    title: Said
    from_: frozenset[OrderState]
    to: OrderState
    roles: frozenset[Role]
    by_taker: bool = False
    """Only who took the order may."""
    heads: frozenset[Role] = frozenset()
    """Who may also in the taker's stead: a member may be ill, and a resident waits."""


GRID_PEOPLE = frozenset({Role.COMMUNITY, Role.COMPOUND, Role.MEMBER})

STEPS: tuple[Step, ...] = (
    Step("take", said("Take the order"), frozenset({OrderState.ORDERED}), OrderState.TAKEN, GRID_PEOPLE),
    Step(
        "give_back", said("Give it back"), frozenset({OrderState.TAKEN}), OrderState.ORDERED, GRID_PEOPLE, by_taker=True,
        heads=frozenset({Role.COMMUNITY, Role.COMPOUND}),
    ),
    Step("deliver", said("Delivered"), frozenset({OrderState.TAKEN}), OrderState.DELIVERED, GRID_PEOPLE, by_taker=True),
    Step(
        "rate", said("Grade it"), frozenset({OrderState.DELIVERED}), OrderState.RATED,
        frozenset({Role.RESIDENT, Role.COMMUNITY}),
    ),
    Step(
        "cancel", said("Call it off"), frozenset({OrderState.ORDERED, OrderState.TAKEN}), OrderState.CANCELLED,
        frozenset({Role.RESIDENT, Role.COMMUNITY, Role.COMPOUND}),
    ),
)  # fmt: skip
"""What can be done with orders; a member who took one is the only one to deliver it."""


def refusal_to_step(order: Order, step: Step, role: Role, who: int, now: datetime) -> Said | None:
    """Why this cannot be done with an order now; ``who`` is the account's number, 0 for a resident."""
    if role not in step.roles:
        return said("Your role cannot do this.")
    if order.state not in step.from_:
        return said("The order is {state} already.", state=ORDER_STATE[order.state])
    if step.by_taker and order.taken_by != who and role not in step.heads:
        return said("Somebody else took this order.")
    if step.name == "rate" and who and order.taken_by == who:
        return said("Whoever delivered an order does not grade it.")
    if step.name == "rate" and order.delivered_at is not None and now - order.delivered_at > RATED_WITHIN:
        return said("An order is rated within {n} days.", n=RATED_WITHIN.days)
    return None


def steps_for(order: Order, role: Role, who: int, now: datetime) -> Sequence[Step]:
    """What this person may do with an order now."""
    return [step for step in STEPS if refusal_to_step(order, step, role, who, now) is None]


# --- what stands against what -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Balance:
    """Open needs of one sort against the room that resources of the same sort still have."""

    needs: int = 0
    room: int = 0

    @property
    def unmet(self) -> int:
        """Needs beyond what the resources there could serve."""
        return max(0, self.needs - self.room)


def balances(
    needs: Iterable[Need], resources: Iterable[Resource], place: Callable[[str], str | None] = lambda grid: grid
) -> dict[str, list[Balance]]:  # fmt: skip
    """By grid, where there is either: one balance for each sort, for a room serves no meal.

    ``place`` says in which unit a grid is counted; None leaves it out.
    """
    needs = list(needs)
    taken = taken_of(needs)
    wanted: Counter[tuple[str, Sort]] = Counter()
    room: Counter[tuple[str, Sort]] = Counter()
    for need in needs:
        if need.state is NeedState.OPEN and (unit := place(need.grid)) is not None:
            wanted[unit, need.sort] += 1
    for resource in resources:
        if resource.active and (unit := place(resource.grid)) is not None:
            room[unit, resource.sort] += max(0, resource.most - taken.get(resource.id, 0))
    found: dict[str, list[Balance]] = {}
    for unit, sort in sorted(wanted.keys() | room.keys()):
        found.setdefault(unit, []).append(Balance(wanted[unit, sort], room[unit, sort]))
    return found

"""Match needs with resources, and carry orders from the resident who places them to the resident who rates them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from domain.frontline import records
from domain.frontline.pledges import (
    STEPS,
    Need,
    NeedState,
    Order,
    OrderState,
    Resource,
    Service,
    refusal_to_pledge,
    refusal_to_step,
)
from domain.frontline.records import Beside
from domain.frontline.rights import check_keeps, reads_unit
from domain.links import hash_of
from domain.people import RESIDENT, Person, Role
from domain.rulebook import Rulebook
from domain.said import Refused, refuse_if, said
from domain.store import Store, Work

STEP = {step.name: step for step in STEPS}

LONGEST: Mapping[str, int] = {"words": 500, "name": 60, "phone": 30}
"""Characters of what a resident writes into an order."""

LONGEST_TITLE = 120

GRADES = range(1, 6)

WITHOUT_MORE = STEP.keys() - {"rate"}
"""Steps that need nothing but to be pressed."""

Offer = TypeVar("Offer", Resource, Service)


# --- needs --------------------------------------------------------------------------------------------------------


def pledge(
    store: Store, rules: Rulebook, need_id: int, resource_id: int, *, version: int, by: Person, now: datetime
) -> Need:  # fmt: skip
    """Promise a resource for a need (双向认领): the need's own people do it, and the department whose resource it is.

    Raises:
        Stale: when somebody changed the need since ``version``.
        Refused: when neither is this person's, or the resource cannot serve it.
    """
    with store.work() as work:
        # Two who promise the last of a resource queue here.
        work.records.alone(f"resource {resource_id}")
        need = records.locked(work, Need, need_id, version)
        resource = records.locked(work, Resource, resource_id)
        _check_pledges(resource, need, rules, by)
        taken = work.records.those(Need, resource_id=resource_id, state=NeedState.PLEDGED)
        refuse_if(refusal_to_pledge(need, resource, taken))
        return records.change(
            work, need, "pledged", by=by, now=now, state=NeedState.PLEDGED, resource_id=resource_id,
            pledged_by=by.area,
        )  # fmt: skip


def release_need(
    store: Store, rules: Rulebook, need_id: int, *, version: int, by: Person, now: datetime
) -> Need:  # fmt: skip
    """Take a promise back: the need is open again, and the resource has room for another.

    Raises:
        Stale: when somebody changed the need since ``version``.
        Refused: when neither need nor resource is this person's, or nothing is promised.
    """
    with store.work() as work:
        need = records.locked(work, Need, need_id, version)
        if need.state is not NeedState.PLEDGED or need.resource_id is None:
            raise Refused(said("Nothing is pledged for this need."))
        _check_pledges(work.records.get(Resource, need.resource_id), need, rules, by)
        return records.change(
            work, need, "released", by=by, now=now, state=NeedState.OPEN, resource_id=None, pledged_by=None
        )  # fmt: skip


def end_need(
    store: Store, rules: Rulebook, need_id: int, *, met: bool, version: int, by: Person, now: datetime
) -> Need:  # fmt: skip
    """Note that a need was met, or that there is none any more.

    Raises:
        Stale: when somebody changed the need since ``version``.
        Refused: when it is not this person's, or has ended.
    """
    with store.work() as work:
        need = records.locked(work, Need, need_id, version)
        check_keeps(by, Need.LIST, need.grid, rules.structure)
        if need.state not in (NeedState.OPEN, NeedState.PLEDGED):
            raise Refused(said("This need has ended."))
        today = now.astimezone(rules.clock.zone).date()
        state = NeedState.MET if met else NeedState.DROPPED
        return records.change(work, need, state.value, by=by, now=now, state=state, ended=today)


def _check_pledges(resource: Resource | None, need: Need, rules: Rulebook, by: Person) -> None:
    """A department promises what is its own, wherever the need lies; others for the needs of their area."""
    if by.role is Role.DEPARTMENT and resource is not None and resource.department == by.area:
        return
    check_keeps(by, Need.LIST, need.grid, rules.structure)


# --- what is offered ----------------------------------------------------------------------------------------------


def offer(store: Store, rules: Rulebook, row: Offer, *, by: Person, now: datetime) -> Offer:
    """Enter a resource or a service in its list; a department's resource is offered in its own name.

    Raises:
        Refused: when it says nothing, or the unit is not this person's.
    """
    title, provider = row.title.strip()[:LONGEST_TITLE], row.provider.strip()[:LONGEST_TITLE]
    if not title or not provider:
        raise Refused(said("Please write what is offered, and who offers it."))
    if isinstance(row, Resource) and row.most < 1:
        raise Refused(said("A resource serves one need at least."))
    kept = replace(row, title=title, provider=provider, active=True)
    _check_offers(kept, rules, by)
    with store.work() as work:
        return records.add(work, kept, "listed", by=by, now=now)


def stop_offering(
    store: Store, rules: Rulebook, row: Offer, *, again: bool = False, by: Person, now: datetime
) -> Offer:  # fmt: skip
    """Offer a resource or a service no more, or ``again``; what is promised or ordered already goes on.

    Raises:
        Stale: when somebody changed the row since.
        Refused: when it is not this person's.
    """
    _check_offers(row, rules, by)
    with store.work() as work:
        known = records.locked(work, type(row), row.id, row.version)
        _check_offers(known, rules, by)
        return records.change(work, known, "offered" if again else "withdrawn", by=by, now=now, active=again)


def _check_offers(row: Offer, rules: Rulebook, by: Person) -> None:
    if row.grid not in rules.structure.grids:
        raise Refused(said("There is no grid {code}.", code=row.grid[:64]))
    if isinstance(row, Resource) and by.role is Role.DEPARTMENT and row.department == by.area:
        return
    check_keeps(by, row.LIST, row.grid, rules.structure)


# --- orders -------------------------------------------------------------------------------------------------------


def place_order(
    store: Store, rules: Rulebook, service_id: int, grid: str, beside: Beside, link: str, *, now: datetime
) -> Order:  # fmt: skip
    """Keep what a resident orders; ``link`` is the secret of the form, by which it is followed: sent twice, it is one.

    Raises:
        Refused: when the service is not offered there, or nobody could be reached.
    """
    told = _told(beside)
    with store.work() as work:
        work.records.alone(f"order {hash_of(link)}")
        if sent := work.records.those(Order, link=hash_of(link)):
            return sent[0]
        service = records.locked(work, Service, service_id)
        known = grid in rules.structure.grids
        if not known or not service.active or not rules.structure.within(grid, service.grid):
            raise Refused(said("{service} is not offered there.", service=service.title))
        order = Order(service_id=service.id, grid=grid, sort=service.sort, ordered_at=now, link=hash_of(link))
        work.tell(grid, "ordered", at=now, n=0)
        return records.add(work, order, "ordered", by=RESIDENT, now=now, beside=told)


def step_order(
    store: Store, rules: Rulebook, order_id: int, name: str, *, version: int, by: Person, now: datetime
) -> Order:  # fmt: skip
    """Take an order, give it back, deliver it, or cancel it.

    Raises:
        Stale: when somebody was quicker.
        Refused: when it is outside the person's area, or the order is not where this begins.
    """
    if name not in WITHOUT_MORE:
        raise Refused(said("Please choose what is to be done."))
    with store.work() as work:
        return _step(work, _own(work, rules, order_id, version, by), name, by, now)


def enter_grade(
    store: Store, rules: Rulebook, order_id: int, grade: int, *, version: int, by: Person, now: datetime
) -> Order:  # fmt: skip
    """Enter the grade that a resident told by telephone; never by who delivered the order.

    Raises:
        Stale: when somebody was quicker.
        Refused: when it is no grade, the order is not this person's, or it cannot be rated now.
    """
    if grade not in GRADES:
        raise Refused(said("Please choose a grade."))
    with store.work() as work:
        return _step(work, _own(work, rules, order_id, version, by), "rate", by, now, grade=grade)


def rate_order(store: Store, link: str, grade: int, *, now: datetime) -> Order:
    """Keep a resident's grade of a delivered order, once.

    Raises:
        Refused: when the link is none, the order was not delivered, or it is too late.
    """
    if grade not in GRADES:
        raise Refused(said("Please choose a grade."))
    with store.work() as work:
        order = _of_link(work, link)
        return _step(work, order, "rate", RESIDENT, now, grade=grade)


def cancel_order(store: Store, link: str, *, now: datetime) -> Order:
    """Cancel an order by its link.

    Raises:
        Refused: when the link is none, or the order was delivered.
    """
    with store.work() as work:
        order = _of_link(work, link)
        cancelled = _step(work, order, "cancel", RESIDENT, now)
        if order.state is OrderState.TAKEN:
            # Somebody may be on the way.
            work.tell(order.grid, "order_called_off", at=now, n=0)
        return cancelled


def may_see_order(person: Person, order: Order, rules: Rulebook) -> bool:
    """May this person see the order?"""
    return reads_unit(person, Order.LIST, order.grid, rules.structure)


def _own(work: Work, rules: Rulebook, order_id: int, version: int, by: Person) -> Order:
    order = records.locked(work, Order, order_id, version)
    check_keeps(by, Order.LIST, order.grid, rules.structure)
    return order


def _step(work: Work, order: Order, name: str, by: Person, now: datetime, **more: object) -> Order:
    step = STEP[name]
    refuse_if(refusal_to_step(order, step, by.role, by.id, now))
    ends = step.to in (OrderState.RATED, OrderState.CANCELLED)
    told = TOLD[name](by, now) if name in TOLD else {}
    fields: dict[str, Any] = {"state": step.to, "ended_at": now if ends else None, **told, **more}
    return records.change(work, order, step.name, by=by, now=now, **fields)


TOLD: Mapping[str, Callable[[Person, datetime], Mapping[str, object]]] = {
    "take": lambda by, now: {"taken_by": by.id, "taken_at": now},
    "give_back": lambda _by, _now: {"taken_by": None, "taken_at": None},
    "deliver": lambda _by, now: {"delivered_at": now},
}
"""What a step writes down beside the state."""


def _of_link(work: Work, link: str) -> Order:
    found = work.records.those(Order, link=hash_of(link))
    if not found:
        raise Refused(said("This link is not valid."))
    return records.locked(work, Order, found[0].id)


def _told(beside: Beside) -> Beside:
    told = Beside(*(getattr(beside, field).strip() for field in LONGEST))
    for field, most in LONGEST.items():
        if len(getattr(told, field)) > most:
            raise Refused(said("Please use {n} characters at most.", n=most))
    if not told.phone:
        raise Refused(said("Please leave a telephone number."))
    return told

"""Raise a ticket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from domain.actions.aftermath import log, tell
from domain.actions.visits import follow_with_ticket
from domain.grids import CITY, Located
from domain.moves import MOVE, Given, Scene, with_beat
from domain.people import Person, Role, sees_place
from domain.place import LngLat
from domain.queues import first_holder
from domain.rulebook import Rulebook
from domain.said import Refused, said
from domain.store import Store
from domain.tickets import Source, Ticket, Words, without_commands

RAISES = {
    Role.MEMBER: Source.GRID,
    Role.COMPOUND: Source.GRID,
    Role.COMMUNITY: Source.COMMUNITY,
    Role.STREET: Source.STREET,
    Role.CITY_OFFICE: Source.CITY_OFFICE,
    Role.RESIDENT: Source.RESIDENT,
}
"""Who raises tickets, and what the ticket says of where it came from."""

MOST_PHOTOS = 3

LONGEST: Mapping[str, int] = {"description": 2_000, "address": 200, "reporter": 60, "phone": 30}
"""Characters of what somebody types into a report."""


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody reports: where, what kind, in which words. ``once`` names the send: the same send is one ticket.

    ``from_resident`` is set where a grid head writes down what a resident told: then the resident rates it.
    ``grid`` is named where nobody knows the point.
    """

    point: LngLat | None
    category: str
    words: Words
    urgent: bool = False
    address: str = ""
    once: str | None = None
    from_resident: bool = False
    photos: tuple[bytes, ...] = ()
    grid: str | None = None
    visit: int | None = None
    """The number of the visit that it follows from."""


def raise_ticket(store: Store, rules: Rulebook, report: Report, *, by: Person, now: datetime) -> Ticket:
    """Raise a ticket: the smallest grid that covers the point holds it, else a named queue that somebody owns.

    Raises:
        Refused: when this role raises no tickets, the place is outside its area, nothing was described, or more than
            a ticket holds.
    """
    report = _readable(report)
    located = _located(report, rules)
    _check_may_raise(by, located, rules)
    _check_content(report, by)
    draft = drafted(rules, report, located, by=by, now=now)
    scene = Scene(draft, by, rules, now, Given(photo=report.photos[0] if report.photos else None))
    with store.work() as work:
        if report.once and (known := work.ticket_once(report.once)):
            if known.raised_by != draft.raised_by:
                raise Refused(said("Somebody else sent this; please send it anew."))
            return known
        ticket, _ = with_beat(draft, "raised", scene)
        ticket = work.add_ticket(ticket, report.words, report.once)
        log(work, ticket, "raised", scene)
        if report.visit is not None:
            follow_with_ticket(work, report.visit, ticket.id, by=by, now=now)
        for photo in report.photos:
            work.add_photo(ticket.id, "raised", photo, at=now)
        tell(work, MOVE["raised"], scene, ticket)
        return ticket


def _readable(report: Report) -> Report:
    """The report without the control characters that a keyboard or another program slipped into it."""
    said_by, clean = report.words, without_commands
    words = Words(clean(said_by.description), clean(said_by.reporter), clean(said_by.phone))
    return replace(report, words=words, address=clean(report.address))


def drafted(rules: Rulebook, report: Report, located: Located, *, by: Person, now: datetime) -> Ticket:
    """The ticket of a report before it is kept."""
    category = rules.category(report.category)
    on_edge = report.point is not None and rules.on_edge(report.point)
    holder, queue = first_holder(located, rules.structure, rules.is_headed, on_edge)
    return Ticket(
        holder=holder,
        located=located,
        point=report.point,
        category=category.code,
        # What is urgent is not the resident's to say; the category may be urgent by itself.
        urgent=category.urgent or (report.urgent and by.role is not Role.RESIDENT),
        source=Source.RESIDENT if report.from_resident else RAISES[by.role],
        address=report.address,
        opened_at=now,
        stage_since=now,
        raised_by=by.id or None,
        raised_in=None if by.role is Role.RESIDENT else by.area,
        queue=queue.value if queue else None,
    )


def _located(report: Report, rules: Rulebook) -> Located:
    if report.point:
        return rules.locate(report.point)
    if report.grid is None:
        return Located()
    # A form may have lain open, or on a phone, since before a redraw.
    grid = rules.structure.today(report.grid)
    if grid not in rules.structure.grids:
        raise Refused(said("Please choose a grid."))
    return rules.structure.located(grid)


def _check_may_raise(by: Person, located: Located, rules: Rulebook) -> None:
    if by.role not in RAISES:
        raise Refused(said("Your role raises no tickets."))
    if by.role is Role.RESIDENT:
        return
    if not sees_place(by, located, CITY if located.grid is None else located.grid, None, rules.structure):
        raise Refused(said("This place is outside your area."))


def _check_content(report: Report, by: Person) -> None:
    typed = {
        "description": report.words.description, "address": report.address,
        "reporter": report.words.reporter, "phone": report.words.phone,
    }  # fmt: skip
    if not report.words.description.strip():
        raise Refused(said("Please describe the problem."))
    if long := next((name for name, text in typed.items() if len(text) > LONGEST[name]), None):
        raise Refused(said("Please use {n} characters at most.", n=LONGEST[long]))
    if len(report.photos) > MOST_PHOTOS:
        raise Refused(said("Please send {n} photos at most.", n=MOST_PHOTOS))
    placed = report.point or report.grid or report.address.strip()
    if by.role is Role.RESIDENT and not placed:
        raise Refused(said("Please say where it is: on the map, by the compound, or by an address."))

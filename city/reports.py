"""Take what a resident reports, and let them follow it by a link of their own – never a word of what anybody wrote."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from city.opened import City
from city.rating import LinkIsOver, NoSuchLink, asked_now, rough_place
from city.story import unit_name
from domain.actions.raising import Report, raise_ticket
from domain.actions.tickets import NOT_VALID
from domain.events import Event, ticket_stream
from domain.needs import REJECTED_BECAUSE
from domain.people import RESIDENT
from domain.said import Both, Said, said
from domain.tickets import State, Ticket
from storage import lists, report_links
from storage.erasing import erased_among

FOLLOWED_FOR = timedelta(days=90)
"""How long after a ticket has ended its link still answers."""

STANDS: Mapping[State, Said] = {
    State.RAISED: said("Received. The grid will take it up."),
    State.ACCEPTED: said("Taken up. It is being decided which department handles it."),
    State.DISPATCHED: said("Given to a department, which will sign for it."),
    State.IN_PROGRESS: said("Being worked on."),
    State.ON_HOLD: said("On hold for now; it goes on by itself after a review."),
    State.AT_MEETING: said("Before a joint meeting of the offices concerned."),
    State.AWAITING_CHECK: said("Done, and being checked by the community."),
    State.AWAITING_RATING: said("Done and checked. Please tell us how it was handled."),
    State.CLOSED: said("Settled and closed."),
    State.REJECTED: said("Not taken up."),
    State.CANCELLED: said("Cancelled."),
}
"""A ticket's state as a resident understands it."""

STEPS: tuple[tuple[Said, frozenset[State]], ...] = (
    (said("Sent"), frozenset({State.RAISED, State.ACCEPTED})),
    (said("Given to a department"), frozenset({State.DISPATCHED})),
    (said("Handled"), frozenset({State.IN_PROGRESS, State.ON_HOLD, State.AT_MEETING, State.AWAITING_CHECK})),
    (said("Rated"), frozenset({State.AWAITING_RATING, State.CLOSED})),
)
"""The four slips in a resident's words, each with the states in which it lies on top."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A report that was kept, and the token of the link by which it is followed."""

    ticket: Ticket
    token: str


@dataclass(frozen=True, slots=True)
class Followed:
    """What the page behind a resident's link shows. ``step`` is the slip on top, None where it was not taken up."""

    no: str
    category: Both
    place: str
    stands: Said
    why: Said | None
    step: int | None
    is_done: bool
    holder: Said | str
    lead: Both | None
    opened_at: datetime
    due_at: datetime | None
    handled_at: datetime | None
    closed_at: datetime | None
    rating: str | None
    """The token of the rating's link, while it waits for one."""
    until: datetime | None


def take_report(city: City, report: Report, send: str) -> Reported:
    """Keep what a resident reports. ``send`` is the secret of one shown form: sent twice, it is one ticket and one link.

    Neither the secret nor the link can be told from what is kept.

    Raises:
        Refused: when something is missing, or is more than a ticket holds.
    """
    once = f"resident-{hashlib.sha256(send.encode()).hexdigest()}"
    now = city.now()
    ticket = raise_ticket(city.store, city.rulebook, replace(report, once=once), by=RESIDENT, now=now)
    token = _token(send)
    with city.database.write() as connection:
        # A form that is sent again after its report was erased makes no new link to it.
        if not erased_among(connection, [ticket.id]):
            report_links.keep_link(connection, token, ticket.id, now)
    city.forget_loads()
    return Reported(ticket, token)


def _token(send: str) -> str:
    digest = hashlib.sha256(f"follow {send}".encode()).digest()
    return base64.urlsafe_b64encode(digest[:24]).decode()


def followed(city: City, token: str) -> Followed:
    """How the report behind a link stands.

    Raises:
        NoSuchLink: when nobody was given it.
        LinkIsOver: when the ticket ended too long ago.
    """
    with city.database.read() as connection:
        own = report_links.behind_link(connection, token)
        if own is None:
            raise NoSuchLink(NOT_VALID)
        if own.closed_at and city.now() > own.closed_at + FOLLOWED_FOR:
            raise LinkIsOver(said("This report was settled long ago; the link has ended."))
        original = lists.tickets_with(connection, [own.duplicate_of]) if own.duplicate_of else []
        reason = (
            _reason(lists.events_of(connection, ticket_stream(own.id)))
            if own.state is State.REJECTED
            else None
        )
    return _followed(city, own, original[0] if original else own, reason)


def _reason(story: list[tuple[Event, str | None]]) -> Said | None:
    """Why it was not taken up: the reason chosen from the table, never the words beside it."""
    rejected = next((event for event, _ in reversed(story) if event.kind == "reject"), None)
    return REJECTED_BECAUSE.get(str(rejected.facts.get("reason"))) if rejected else None


def _followed(city: City, own: Ticket, worked: Ticket, reason: Said | None) -> Followed:
    """``worked`` is the ticket that is worked on: the original of one that was merged, else the same."""
    category, asked = city.category(own.category), asked_now(city, own)
    promised = worked.handle_by if worked.lead and worked.is_open and not worked.handled_at else None

    def local(at: datetime | None) -> datetime | None:
        return at.astimezone(city.zone) if at else None

    return Followed(
        no=own.no,
        category=Both(category.zh, category.en),
        place=rough_place(city, own),
        stands=STANDS[worked.state],
        why=said("Others reported the same; it is handled together with theirs.")
        if worked is not own
        else reason,
        step=next((n for n, (_, states) in enumerate(STEPS) if worked.state in states), None),
        is_done=worked.state is State.CLOSED,
        holder=unit_name(city, worked.holder),
        lead=Both(*city.department(worked.lead)) if worked.lead else None,
        opened_at=own.opened_at.astimezone(city.zone),
        due_at=local(promised if promised and promised > city.now() and not worked.provisional else None),
        handled_at=local(worked.handled_at),
        closed_at=local(worked.closed_at),
        rating=asked.token if asked else None,
        until=local(own.closed_at + FOLLOWED_FOR if own.closed_at else None),
    )

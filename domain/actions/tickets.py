"""Move a ticket: by the person who pressed the button, the resident with a link, the meeting, the clock."""

from __future__ import annotations

from datetime import datetime

from domain.actions.aftermath import follow
from domain.events import ticket_stream
from domain.moves import MOVE, Given, Move, Resolution, Scene, move_ticket
from domain.needs import SATISFIED_FROM
from domain.people import READS_TICKET_FACTS, READS_TICKETS, RESIDENT, Person, sees_place
from domain.rulebook import Rulebook
from domain.said import Refused, Said, Stale, said
from domain.store import Store, Work
from domain.tickets import NOT_DONE, Ticket

NOT_VALID = said("This link is not valid. Please check it, or ask your community.")
"""Nobody was given this link: what no resident raised is rated by a phone visit or not at all."""


def act(
    store: Store, rules: Rulebook, ticket_id: int, move_name: str, given: Given,
    *, version: int, by: Person, now: datetime,
) -> Ticket:  # fmt: skip
    """Make a move on the ticket as the person saw it, at ``version``.

    Raises:
        Stale: when somebody acted since; the sentence tells who did what.
        Refused: when this person may not, or may not now.
    """
    move = move_named(move_name)
    with store.work() as work:
        if given.original:
            # Two people who merge two tickets into each other queue here: one of them is told.
            work.lock_with_original(ticket_id, given.original)
        ticket = work.ticket(ticket_id)
        if ticket is None or not may_see(by, ticket, rules):
            raise Refused(said("This ticket is not in your area."))
        if ticket.version != version:
            raise Stale(acted_first(work, ticket))
        return carry_out(work, move, scene_of(work, ticket, rules, given, by=by, now=now))


def rate_by_link(
    store: Store, rules: Rulebook, token: str, grade: int, words: str, *, now: datetime
) -> Ticket:
    """A resident rates by the link of one cycle, once, while it is open.

    Raises:
        Refused: when the link is not known, over, or was used.
    """
    with store.work() as work:
        asked = work.asked_rating(token)
        if asked is None:
            raise Refused(NOT_VALID)
        if asked.grade is not None:
            raise Refused(said("This was rated already; thank you."))
        ticket = work.ticket(asked.ticket_id)
        if ticket is None or ticket.cycle != asked.cycle or now > asked.until:
            raise Refused(said("The time for rating is over; thank you."))
        given = Given(words=words, grade=grade)
        return carry_out(work, rating_move(grade), scene_of(work, ticket, rules, given, by=RESIDENT, now=now))


def rating_move(grade: int) -> Move:
    """The move that an answer of the public makes."""
    return MOVE["rate" if grade >= SATISFIED_FROM else "dissatisfied"]


def follow_meeting(
    work: Work, rules: Rulebook, ticket_id: int, resolution: Resolution, *, by: Person, now: datetime
) -> Ticket | None:
    """Carry a meeting's decision to the ticket; None when the ticket ended meanwhile."""
    ticket = work.ticket(ticket_id)
    if ticket is None or ticket.state not in MOVE["resolve"].starts:
        return None
    scene = scene_of(
        work, ticket, rules, Given(words=resolution.words), by=by, now=now, resolution=resolution
    )
    return carry_out(work, MOVE["resolve"], scene)


def carry_out(work: Work, move: Move, scene: Scene) -> Ticket:
    """Make a move inside a running transaction, with everything that follows.

    Raises:
        Stale: when somebody else was faster.
        Refused: when a guard says no or something needed was not given.
    """
    after, _ = move_ticket(move, scene)
    if not work.save_ticket(after):
        raise Stale(acted_first(work, scene.ticket))
    follow(work, move, scene, after)
    return after


def scene_of(
    work: Work, ticket: Ticket, rules: Rulebook, given: Given, *, by: Person, now: datetime,
    resolution: Resolution | None = None,
) -> Scene:  # fmt: skip
    """Everything that a move of this ticket looks at."""
    return Scene(
        ticket,
        by,
        rules,
        now,
        given,
        beats=work.beats(ticket.id),
        open_children=sum(part.state in NOT_DONE for part in work.children(ticket.id)),
        original=_original(work, given, by, rules),
        resolution=resolution,
    )


def _original(work: Work, given: Given, by: Person, rules: Rulebook) -> Ticket | None:
    """The ticket to merge into, when there is one that this person may see."""
    found = work.ticket_numbered(given.original) if given.original else None
    return found if found and may_see(by, found, rules) else None


def may_read(person: Person, ticket: Ticket, rules: Rulebook) -> bool:
    """May this person read this ticket's words?"""
    return person.role in READS_TICKETS and sees_place(
        person, ticket.located, ticket.holder, ticket.lead, rules.structure
    )


def may_see(person: Person, ticket: Ticket, rules: Rulebook) -> bool:
    """May this person see this ticket's facts? A leader may, without anybody's words."""
    return person.role in READS_TICKET_FACTS and sees_place(
        person, ticket.located, ticket.holder, ticket.lead, rules.structure
    )


def move_named(name: str) -> Move:
    """The move with this name.

    Raises:
        Refused: when there is none.
    """
    if name not in MOVE:
        raise Refused(said("There is no move {move}.", move=name))
    return MOVE[name]


def acted_first(work: Work, ticket: Ticket) -> Said:
    """Who was quicker at a ticket, and what they did."""
    last = work.last_event(ticket_stream(ticket.id))
    name = work.account_name(last.by) if last and last.by is not None else None
    what = MOVE[last.kind].title if last and last.kind in MOVE else said("changed it")
    return said(
        "{who} acted on this ticket first ({what}). It is shown as it is now; nothing of yours was saved.",
        who=name or said("Somebody else"),
        what=what,
    )

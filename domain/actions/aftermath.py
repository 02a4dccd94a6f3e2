"""See to what follows a move: its event, who is told, the public asked, the agenda, the assisting departments."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from domain import effects, tells
from domain.actions import meetings
from domain.actions.erasing import erase_the_rest
from domain.events import Event, Note, ticket_stream
from domain.meetings import Origin
from domain.moves import MOVE, Move, Scene, with_beat
from domain.needs import meeting_chosen
from domain.people import Role
from domain.record import facts_of
from domain.said import Refused, Stale, said
from domain.scene import Given
from domain.store import AskedRating, Work
from domain.tickets import ENDED, Card, State, Ticket, Words, without_commands

RATED_WITHIN = timedelta(days=14)


def follow(work: Work, move: Move, scene: Scene, after: Ticket) -> None:
    """Everything that follows a move that was saved."""
    log(work, after, move.name, scene)
    if scene.given.photo:
        work.add_photo(after.id, move.name, scene.given.photo, at=scene.now)
    for step in FOLLOWS.get(move.name, ()):
        step(work, scene, after)
    if after.state is not scene.ticket.state:
        for step in ENTERS.get(after.state, ()):
            step(work, scene, after)
        if scene.ticket.state is State.AT_MEETING and scene.resolution is None:
            meetings.withdraw(work, after.id, now=scene.now)
        if after.handled_at == scene.now and scene.resolution is None:
            meetings.settled_by_ticket(work, after.id, now=scene.now)
        if after.state in ENDED:
            _end_parts(work, scene, after)
            erase_the_rest(work, scene, after)
    tell(work, move, scene, after)


def log(work: Work, after: Ticket, kind: str, scene: Scene) -> None:
    """Append a move's event, its words in a note beside it."""
    before = scene if kind != "raised" else None
    facts = facts_of(after, scene.by.role, before)
    text = without_commands(scene.given.words).strip()
    note = Note(text, secrets.token_hex(8)) if text else None
    if note:
        facts["note"] = note.digest
    work.add_event(Event(ticket_stream(after.id), 0, scene.now, kind, scene.by.id or None, facts), note)


def tell(work: Work, move: Move, scene: Scene, after: Ticket) -> None:
    """Put a move into the inboxes of everybody it concerns but the one who made it."""
    posts = {post for told in move.tells for post in told(scene, after) if post}
    for post in sorted(posts - {scene.by.post}):
        work.tell(post, move.name, at=scene.now, ticket_id=after.id)


# --- what follows ----------------------------------------------------------------------------------------------


def _ask_the_public(work: Work, scene: Scene, after: Ticket) -> None:
    until = after.due_at or scene.now + RATED_WITHIN
    work.ask_rating(AskedRating(after.id, after.cycle, secrets.token_urlsafe(16), scene.now, until))


def _put_on_agenda(work: Work, scene: Scene, after: Ticket) -> None:
    origin = Origin.SWEEP if scene.by.role is Role.CLOCK else Origin.OWN
    by = scene.by if scene.by.id else None
    meetings.put_on_agenda(
        work, scene.rules, meeting_chosen(scene), after, origin=origin, now=scene.now, by=by
    )


def _keep_rating(work: Work, scene: Scene, _after: Ticket) -> None:
    channel = "link" if scene.by.role is Role.RESIDENT else "phone"
    grade = scene.given.grade
    assert grade is not None, "asked for"
    if not work.keep_rating(scene.ticket.id, scene.ticket.cycle, grade, channel, scene.now):
        raise Refused(said("This was rated already; thank you."))


def _ask_assistants(work: Work, scene: Scene, after: Ticket) -> None:
    """Each assisting department gets a part of its own, once, which it signs for and reports like the lead."""
    open_parts = {part.lead: part for part in work.children(after.id) if part.is_open}
    if own := open_parts.get(after.lead):
        _carry(work, "cancel", scene, own)
    words = work.words(after.id)
    for department in scene.given.assistants:
        if department in open_parts:
            continue
        part = replace(
            after,
            id=0, no="", lead=department, parent=after.id, opened_at=scene.now, version=1, card=Card.NONE,
            limit=effects.routed_limit(after, scene.rules), returns=0, extensions=0, rework=0,
            queue=effects.queue_at(department, scene.rules),
        )  # fmt: skip
        alone = replace(scene, ticket=part, beats=(), given=Given(department=department))
        part, _ = with_beat(part, "assist", alone)
        part = work.add_ticket(part, Words(words.description), None)
        log(work, part, "assist", alone)
        for post in sorted({department, *filter(None, tells.queue_owner(alone, part))} - {scene.by.post}):
            work.tell(post, "assist", at=scene.now, ticket_id=part.id)


def _pass_parts(work: Work, scene: Scene, after: Ticket) -> None:
    """One check covers the parts of all departments."""
    for part in work.children(after.id):
        if part.state is State.AWAITING_CHECK:
            _carry(work, "check_pass", scene, part)


def _end_parts(work: Work, scene: Scene, after: Ticket) -> None:
    """When the whole is handled or ends otherwise, what was not done of its parts ends with it."""
    for part in work.children(after.id):
        if part.is_open:
            _carry(work, "cancel", scene, part)


def _carry(work: Work, kind: str, scene: Scene, part: Ticket) -> None:
    alone = replace(scene, ticket=part, beats=work.beats(part.id))
    _save(work, kind, alone, replace(MOVE[kind].effect(alone), version=part.version + 1))


def _save(work: Work, kind: str, scene: Scene, after: Ticket) -> None:
    after, _ = with_beat(after, kind, scene)
    if not work.save_ticket(after):
        raise Stale(said("An assisting department acted at the same moment; please look again."))
    log(work, after, kind, replace(scene, given=Given()))
    if after.lead and after.lead != scene.by.post:
        work.tell(after.lead, kind, at=scene.now, ticket_id=after.id)


def _keep_card(work: Work, scene: Scene, after: Ticket) -> None:
    work.add_card(after, f"supervise-{after.version}", at=scene.now, by=scene.by.id or None)


def _count_where_it_lies(work: Work, _scene: Scene, after: Ticket) -> None:
    work.forget_crosswalk(after.id)


Step = Callable[[Work, Scene, Ticket], None]

FOLLOWS: Mapping[str, tuple[Step, ...]] = {
    "dispatch": (_ask_assistants,),
    "redispatch": (_ask_assistants,),
    "rate": (_keep_rating,),
    "dissatisfied": (_keep_rating,),
    "check_pass": (_pass_parts,),
    "supervise": (_keep_card,),
    "reopen": (_count_where_it_lies,),
}
"""What follows a move by its name."""

ENTERS: Mapping[State, tuple[Step, ...]] = {
    State.AWAITING_RATING: (_end_parts, _ask_the_public),
    State.AT_MEETING: (_put_on_agenda,),
}
"""What follows when a ticket comes into a state."""

"""Keep joint meetings: put matters on an agenda, plan, decide, close – and pass on what follows from it, up and down."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from domain.events import Event, Note, meeting_stream
from domain.grids import CITY
from domain.meetings import (
    FINAL,
    TITLE,
    Decision,
    Matter,
    MatterOutcome,
    Meeting,
    MeetingState,
    Origin,
    attendance,
    meeting_unit,
    refusal_of_time,
    refusal_to_close,
    refusal_to_convene,
    refusal_to_decide,
    tier_of,
)
from domain.people import Person
from domain.rulebook import Rulebook
from domain.said import Refused, Said, Stale, refuse_if, said
from domain.scene import Resolution
from domain.store import Store, Work
from domain.tickets import Ticket, without_commands


class Follow(Protocol):
    """What a ticket does when the meeting has decided about it."""

    def __call__(
        self, work: Work, rules: Rulebook, ticket_id: int, resolution: Resolution, *, by: Person, now: datetime
    ) -> object: ...  # fmt: skip


# --- what a convener does ----------------------------------------------------------------------------------


def add_matter(store: Store, rules: Rulebook, unit: str, title: str, *, by: Person, now: datetime) -> Matter:
    """Put a matter of the unit's own on its next agenda.

    Raises:
        Refused: when this person does not convene the unit's meeting, or the matter says nothing.
    """
    if not title.strip():
        raise Refused(said("Please describe the matter."))
    with store.work() as work:
        agenda = work.meetings.open_agenda(unit)
        _check_convenes(by, unit, rules, regular=_is_planned_as_regular(agenda))
        agenda = agenda or _new_agenda(work, rules, unit, by, now)
        matter = work.meetings.add_matter(Matter(meeting_id=agenda.id, title=without_commands(title).strip()))
        _record(work, agenda, "added", by, now, words=matter.title, matter=matter.id)
        return matter


def plan_meeting(
    store: Store, rules: Rulebook, unit: str, at: datetime, *,
    regular: bool, version: int | None, by: Person, now: datetime,
) -> Meeting:  # fmt: skip
    """Say when the unit's next meeting is, and whether it counts for the cadence; ``version`` is None without an agenda.

    Raises:
        Stale: when somebody acted on the agenda since.
        Refused: when this person does not convene such a meeting, or the time has passed.
    """
    with store.work() as work:
        agenda = work.meetings.open_agenda(unit)
        _check_convenes(by, unit, rules, regular=regular or _is_planned_as_regular(agenda))
        if agenda and agenda.version != version:
            raise _stale(work, agenda)
        if at <= now:
            raise Refused(said("A meeting is planned for a time ahead."))
        agenda = agenda or _new_agenda(work, rules, unit, by, now)
        planned = replace(agenda, planned_at=at, regular=regular)
        matters = work.meetings.matters_of(agenda.id)
        for post in dict.fromkeys((unit, *_units_below(work, matters))):
            work.tell(post, "meeting_planned", at=now, meeting_id=agenda.id)
        return _record(work, planned, "planned", by, now, regular=regular, planned_at=at.isoformat())


def decide(
    store: Store, rules: Rulebook, matter_id: int, decision: Decision, *, version: int, by: Person, now: datetime
) -> Matter:  # fmt: skip
    """Write down what the meeting decided about a matter; until the meeting closes it may be written anew.

    Raises:
        Stale: when somebody acted on the meeting since ``version``.
        Refused: when this person does not convene it, or the outcome lacks something.
    """
    with store.work() as work:
        meeting = _meeting_of(work, matter_id)
        _check_convenes(by, meeting.unit, rules, regular=meeting.regular)
        matter = work.meetings.matter(matter_id)
        assert matter is not None
        if meeting.version != version:
            raise _stale(work, meeting)
        refuse_if(refusal_to_decide(meeting, matter, decision, now) or _unknown_lead(decision, rules))
        decided = _decided(matter, decision)
        work.meetings.save_matter(decided)
        _record(
            work, meeting, "decided", by, now,
            words="\n".join(filter(None, (decided.resolution, decided.ledger, decided.feedback))),
            matter=matter.id, outcome=decision.outcome.value, lead=decided.lead,
        )  # fmt: skip
        return decided


def close_meeting(
    store: Store, rules: Rulebook, meeting_id: int, present: Sequence[str], minutes: str, held_at: datetime, *,
    version: int, by: Person, now: datetime, follow: Follow | None = None,
) -> Meeting:  # fmt: skip
    """Close a meeting with its minutes: what it moved up is submitted, what it decided is fed back and reaches the tickets.

    Raises:
        Stale: when somebody acted on the meeting since ``version``.
        Refused: when something is missing; the sentence names the matter.
    """
    with store.work() as work:
        _lock_tickets(work, meeting_id)
        meeting = _meeting(work, meeting_id)
        _check_convenes(by, meeting.unit, rules, regular=meeting.regular)
        if meeting.version != version:
            raise _stale(work, meeting)
        matters = work.meetings.matters_of(meeting_id)
        held = replace(
            meeting, present=attendance(present), minutes=without_commands(minutes).strip(), held_at=held_at
        )
        refuse_if(refusal_to_close(held, matters, now) or refusal_of_time(held_at, now))
        closed = replace(held, state=MeetingState.CLOSED, closed_at=now)
        closed = _record(
            work, closed, "closed", by, now,
            words=closed.minutes, held_at=held_at.isoformat(), present=len(closed.present), matters=len(matters),
        )  # fmt: skip
        for matter in matters:
            _carry_out(work, rules, closed, matter, follow or _follow_ticket, by, now)
        return closed


def settle_assigned(store: Store, rules: Rulebook, matter_id: int, *, by: Person, now: datetime) -> Matter:
    """Note that what the meeting assigned has been done.

    Raises:
        Refused: when this person does not convene the meeting, or the matter is not waiting for this.
    """
    with store.work() as work:
        meeting = _meeting_of(work, matter_id)
        _check_convenes(by, meeting.unit, rules, regular=meeting.regular)
        matter = work.meetings.matter(matter_id)
        assert matter is not None
        waits = matter.outcome is MatterOutcome.ASSIGNED and matter.settled_at is None and not meeting.is_open
        if not waits:
            raise Refused(said("Only what a closed meeting assigned can be noted as done, once."))
        return _settle(work, meeting, matter, by, now)


# --- what others do inside their own transaction -------------------------------------------------------------


def put_on_agenda(
    work: Work, rules: Rulebook, unit: str, ticket: Ticket, *, origin: str, now: datetime, by: Person | None = None
) -> Matter:  # fmt: skip
    """Put a ticket on the next agenda of its unit's meeting, or the next one up; once, however often it is asked.

    ``origin`` is one of :class:`domain.meetings.Origin`. The move that brings the ticket here tells the unit.
    """
    known = work.meetings.open_matter_of_ticket(ticket.id)
    if known:
        return known
    unit = meeting_unit(unit, rules.structure)
    agenda = _agenda(work, rules, unit, by, now)
    matter = work.meetings.add_matter(
        Matter(
            meeting_id=agenda.id, title=title_of(ticket, rules), origin=Origin(origin), ticket_id=ticket.id
        )
    )
    _record(work, agenda, "added", by, now, matter=matter.id, ticket=ticket.no, origin=origin)
    return matter


def withdraw(work: Work, ticket_id: int, now: datetime) -> Matter | None:
    """Take a ticket that ended elsewhere off the open agenda it is on; every level that passed it up is told."""
    matter = work.meetings.open_matter_of_ticket(ticket_id)
    if matter is None:
        return None
    meeting = _meeting(work, matter.meeting_id)
    withdrawn = replace(matter, outcome=MatterOutcome.WITHDRAWN)
    work.meetings.save_matter(withdrawn)
    _record(work, meeting, "withdrawn", None, now, matter=matter.id)
    _feed_back(work, withdrawn, None, now)
    return withdrawn


def settled_by_ticket(work: Work, ticket_id: int, now: datetime) -> tuple[Matter, ...]:
    """Note as done what meetings had assigned for this ticket, now that it is handled."""
    return tuple(
        _settle(work, _meeting(work, matter.meeting_id), matter, None, now)
        for matter in work.meetings.assigned_of_ticket(ticket_id)
    )


# --- up, down, and to the ticket -----------------------------------------------------------------------------


def _carry_out(
    work: Work, rules: Rulebook, closed: Meeting, matter: Matter, follow: Follow, by: Person, now: datetime
) -> None:  # fmt: skip
    """Do what follows from one decided matter once its meeting is closed."""
    if matter.outcome is MatterOutcome.MOVED_UP:
        _submit(work, rules, closed, matter, by, now)
        _feed_back(work, matter, by, now)
    if matter.outcome not in FINAL:
        return
    if matter.outcome is MatterOutcome.SETTLED:
        matter = replace(matter, settled_at=closed.held_at)
        work.meetings.save_matter(matter)
    _feed_back(work, matter, by, now)
    if matter.ticket_id is not None:
        follow(work, rules, matter.ticket_id, _resolution(closed, matter), by=by, now=now)


def _submit(
    work: Work, rules: Rulebook, closed: Meeting, matter: Matter, by: Person, now: datetime
) -> Matter:  # fmt: skip
    """Put what was moved up on the next agenda of the unit above."""
    unit = meeting_unit(rules.structure.above(closed.unit) or CITY, rules.structure)
    agenda = _agenda(work, rules, unit, by, now)
    submitted = work.meetings.add_matter(
        Matter(
            meeting_id=agenda.id, title=matter.title, origin=Origin.BELOW, from_matter=matter.id,
            ticket_id=matter.ticket_id,
        )
    )  # fmt: skip
    _record(
        work, agenda, "submitted", by, now, matter=submitted.id, from_matter=matter.id, from_unit=closed.unit
    )
    work.tell(unit, "matter_submitted", at=now, ticket_id=matter.ticket_id, meeting_id=agenda.id)
    return submitted


def _feed_back(work: Work, matter: Matter, by: Person | None, now: datetime) -> None:
    """Carry a matter's feedback down through every level that passed it up."""
    below = matter.from_matter
    while below is not None:
        lower = work.meetings.matter(below)
        assert lower is not None
        told = replace(lower, feedback=matter.feedback or lower.feedback, fed_back_at=now)
        work.meetings.save_matter(told)
        meeting = _meeting(work, lower.meeting_id)
        outcome = matter.outcome.value if matter.outcome else None
        _record(work, meeting, "fed_back", by, now, words=told.feedback, matter=lower.id, outcome=outcome)
        work.tell(
            meeting.unit, "matter_fed_back", at=now, ticket_id=lower.ticket_id, meeting_id=lower.meeting_id
        )
        below = lower.from_matter


def _settle(work: Work, meeting: Meeting, matter: Matter, by: Person | None, now: datetime) -> Matter:
    settled = replace(matter, settled_at=now)
    work.meetings.save_matter(settled)
    _record(work, meeting, "settled", by, now, matter=matter.id)
    return settled


def _resolution(closed: Meeting, matter: Matter) -> Resolution:
    assert matter.outcome is not None
    return Resolution(closed.unit, matter.outcome.value, matter.resolution, matter.lead, matter.due_at)


def _follow_ticket(
    work: Work, rules: Rulebook, ticket_id: int, resolution: Resolution, *, by: Person, now: datetime
) -> object:  # fmt: skip
    # Tickets know meetings and meetings know tickets; this side looks the other up when it is needed.
    from domain.actions.tickets import follow_meeting

    return follow_meeting(work, rules, ticket_id, resolution, by=by, now=now)


# --- agendas and their log -----------------------------------------------------------------------------------


def _agenda(work: Work, rules: Rulebook, unit: str, by: Person | None, now: datetime) -> Meeting:
    """The unit's one open agenda, created on first need."""
    return work.meetings.open_agenda(unit) or _new_agenda(work, rules, unit, by, now)


def _new_agenda(work: Work, rules: Rulebook, unit: str, by: Person | None, now: datetime) -> Meeting:
    tier = tier_of(unit, rules.structure)
    if tier is None:
        raise Refused(said("{unit} has no meeting of its own.", unit=rules.structure.name(unit)))
    meeting = work.meetings.add_meeting(Meeting(tier=tier, unit=unit, title=TITLE[tier]))
    work.add_event(_event(meeting, "opened", by, now))
    return meeting


def _record(
    work: Work, meeting: Meeting, kind: str, by: Person | None, now: datetime, *, words: str = "", **more: object
) -> Meeting:  # fmt: skip
    """Keep a changed meeting, one version higher, with the event that tells of it; its words lie beside as a note."""
    after = replace(meeting, version=meeting.version + 1)
    if not work.meetings.save_meeting(after):
        raise _stale(work, meeting)
    note = Note(words.strip(), secrets.token_hex(8)) if words.strip() else None
    facts = more | ({"note": note.digest} if note else {})
    work.add_event(_event(after, kind, by, now, **facts), note)
    return after


def _event(meeting: Meeting, kind: str, by: Person | None, now: datetime, **more: object) -> Event:
    facts = {"state": meeting.state.value, "unit": meeting.unit, "tier": meeting.tier.value, **more}
    who = by.id if by and by.id else None
    return Event(
        meeting_stream(meeting.id), 0, now, kind, who, facts | {"role": by.role.value if by else None}
    )


def _meeting(work: Work, meeting_id: int) -> Meeting:
    meeting = work.meetings.meeting(meeting_id)
    if meeting is None:
        raise Refused(said("There is no such meeting."))
    return meeting


def _meeting_of(work: Work, matter_id: int) -> Meeting:
    """The meeting of a matter, locked; read the matter after it."""
    matter = work.meetings.matter(matter_id)
    if matter is None:
        raise Refused(said("There is no such matter."))
    return _meeting(work, matter.meeting_id)


def _lock_tickets(work: Work, meeting_id: int) -> None:
    """Take the tickets before the meeting, as whoever puts a ticket on an agenda does: so nobody waits in a circle."""
    ids = {m.ticket_id for m in work.meetings.matters_of(meeting_id) if m.ticket_id is not None}
    for ticket_id in sorted(ids):
        work.ticket(ticket_id)


def _units_below(work: Work, matters: Sequence[Matter]) -> list[str]:
    """The units whose matters stand on an agenda."""
    lower = (work.meetings.matter(m.from_matter) for m in matters if m.from_matter is not None)
    return [_meeting(work, matter.meeting_id).unit for matter in lower if matter]


def _decided(matter: Matter, decision: Decision) -> Matter:
    assigned = decision.outcome is MatterOutcome.ASSIGNED
    return replace(
        matter,
        outcome=decision.outcome,
        resolution=without_commands(decision.resolution).strip(),
        lead=decision.lead if assigned else None,
        due_at=decision.due if assigned else None,
        ledger=without_commands(decision.ledger).strip()
        if decision.outcome is MatterOutcome.MOVED_UP
        else "",
        feedback=without_commands(decision.feedback).strip(),
    )


def title_of(ticket: Ticket, rules: Rulebook) -> str:
    """A ticket as a matter: its place, kind and number, nothing that a resident said."""
    category = rules.categories.get(ticket.category)
    place = rules.structure.name(ticket.located.grid or CITY)
    return f"{place}：{category.zh if category else ticket.category}（{ticket.no}）"


# --- refusing ------------------------------------------------------------------------------------------------


def _check_convenes(by: Person, unit: str, rules: Rulebook, *, regular: bool) -> None:
    refuse_if(refusal_to_convene(by, unit, rules.structure, regular=regular))


def _is_planned_as_regular(agenda: Meeting | None) -> bool:
    """Is this the agenda of a regular meeting that has its date? Until then a leader may make it an ad-hoc one."""
    return agenda is not None and agenda.regular and agenda.planned_at is not None


def _unknown_lead(decision: Decision, rules: Rulebook) -> Said | None:
    if decision.outcome is not MatterOutcome.ASSIGNED or decision.lead in rules.departments:
        return None
    return said("There is no department {code}.", code=decision.lead)


def _stale(work: Work, meeting: Meeting) -> Stale:
    last = work.last_event(meeting_stream(meeting.id))
    name = work.account_name(last.by) if last and last.by is not None else None
    return Stale(
        said(
            "{who} acted on this meeting first. It is shown as it is now; nothing of yours was saved.",
            who=name or said("Somebody else"),
        )
    )

"""Put a published plan in force at its moment: the old one retires, and everything that hangs on its codes follows.

All of it is one transaction: a plan whose content is not what was approved stays where it is, and nobody loses
anything. The clock does this, once, however many processes sweep.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from domain.events import Event, meeting_stream, plan_stream, ticket_stream
from domain.grids import Located
from domain.meetings import TITLE, Meeting, MeetingState, meeting_unit, tier_of
from domain.people import Role
from domain.place import LngLat
from domain.plans.posts import HeadTerm, head_problems, heads_after, vacancies
from domain.plans.redraw_day import REHOMED, PlanContent, Redraw, place_after, rehomed
from domain.record import facts_of
from domain.said import Refused, Said, refuse_if, said
from domain.store import Work
from domain.tickets import State, Ticket

LOOKED_AT = 4_000
"""Tickets asked for their place at once."""

GOT, GAVE, KEPT, REDRAWN = "redraw_got", "redraw_gave", "redraw_kept", "redraw"
"""What posts are told: tickets came, tickets went, tickets they hold lie in other grids, or their ground alone is another."""


PUBLISHED = frozenset({"published"})
"""The step of a plan that says which grids were confirmed to have no head."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A ticket that has ended: where it lay, and where it is counted since the last redraw that changed its grid."""

    id: int
    point: LngLat | None
    located: Located
    counted: Located


class RedrawWork(Work, Protocol):
    """The transaction in which a plan comes into force."""

    def alone(self) -> bool:
        """Nobody else sweeps this database now, and nobody will until the transaction ends."""

    def revision(self) -> int:
        """The database's revision: where it is another than before, what was read then may be old."""

    def due_plan(self, now: datetime) -> PlanContent | None:
        """The approved plan whose moment has come, the earliest first; locked."""

    def plan_in_force(self) -> PlanContent | None:
        """The plan in force with all that is in it."""

    def plan_before(self) -> PlanContent | None:
        """The plan that the one in force came after."""

    def succeed(self, old: int | None, new: int, now: datetime) -> None:
        """Retire one plan and put the other in force; opened programs read the ground anew."""

    def note_refused(self, plan: int, now: datetime, why: Said) -> bool:
        """Note once that a plan did not come into force, and why; False when this was noted last."""

    def open_tickets_on(self, redraw: Redraw) -> Iterator[list[Ticket]]:
        """Open tickets that lie on changed ground, or that a unit that is gone holds or raised; locked."""

    def ended_on(self, redraw: Redraw) -> Iterator[list[Ended]]:
        """Tickets that have ended and lie, or are counted, on changed ground."""

    def keep_rehomed(self, ticket: Ticket, event: Event) -> None:
        """Keep a ticket that came into another grid, with its event."""

    def keep_crosswalk(self, plan: int, places: Mapping[int, Located | None]) -> None:
        """Keep where tickets that have ended are counted from now on; None: where they lay."""

    def head_terms(self, now: datetime) -> list[HeadTerm]:
        """The terms that run now."""

    def follow_heads(self, going: Mapping[int, str | None], now: datetime) -> None:
        """End running terms, each followed by one of the same person on another grid, or by none."""

    def follow_units(self, going: Mapping[str, str], accounts: Mapping[str, str]) -> None:
        """Let accounts, organisations, links, leaders, walls, saved views, told entries follow units that are gone."""

    def keep_sweep(self, now: datetime, did: Mapping[str, int]) -> None:
        """List what a sweep did."""

    def agendas_of(self, units: Iterable[str]) -> list[Meeting]:
        """The open agendas of these units; locked."""

    def tell_many(self, told: Mapping[tuple[str, str], int], now: datetime) -> None:
        """Put an entry into the inbox of each (post, kind), with how many tickets it is about."""


class RedrawStore(Protocol):
    """Where plans come into force."""

    def redrawing(self) -> AbstractContextManager[RedrawWork]:
        """Begin the transaction of a redraw: kept whole when the block ends, or not at all."""


Draw = Callable[[PlanContent | None, PlanContent], Redraw]
"""How two plans' outlines become a :class:`Redraw`; refuses where the new one is not what was approved."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What became of a plan whose moment had come. ``why`` it did not come into force; ``once``: this reason was not the last
    one told."""

    plan: int
    name: str
    why: Said | None = None
    once: bool = False
    rehomed: int = 0
    counted_elsewhere: int = 0


def put_in_force(
    store: RedrawStore, draw: Draw, *, now: datetime, revision: int | None = None
) -> Effect | None:
    """Put the next plan whose moment has come in force; None when there is none, or another process is at it.

    ``revision`` is that of what ``draw`` knows: None, too, where somebody changed the city since, for the next sweep.
    """
    with store.redrawing() as work:
        is_next = work.alone() and revision in (None, work.revision())
        after = work.due_plan(now) if is_next else None
        if after is None:
            return None
        before = work.plan_in_force()
        try:
            _must_be_frozen(after)
            redraw = draw(before, after)
            _heads_must_fit(work, redraw, after, now)
        except Refused as refused:
            once = work.note_refused(after.id, now, refused.because)
            if once:
                work.keep_sweep(now, {"not_in_force": 1})
            return Effect(after.id, after.name, refused.because, once)
        moved, counted, told = _carry_over(work, redraw, after, now)
        work.succeed(before.id if before else None, after.id, now)
        _log(work, before, after, moved, counted, now)
        work.tell_many(told, now)
        work.keep_sweep(now, {"in_force": 1, **({"rehomed": moved} if moved else {})})
        return Effect(after.id, after.name, rehomed=moved, counted_elsewhere=counted)


def rehome_the_rest(store: RedrawStore, draw: Draw, *, now: datetime) -> int:
    """Re-home what was raised while the plan came into force, by programs that still saw the one before; how many."""
    with store.redrawing() as work:
        after = work.plan_in_force() if work.alone() else None
        before = work.plan_before() if after else None
        if after is None or before is None:
            return 0
        told: Counter[tuple[str, str]] = Counter()
        moved = _rehome(work, draw(before, after), now, told)
        work.tell_many(told, now)
        if moved:
            work.keep_sweep(now, {"rehomed": moved})
        return moved


def _must_be_frozen(plan: PlanContent) -> None:
    if plan.draft.hash != plan.frozen:
        raise Refused(said("What it holds is not what was approved."))


def _heads_must_fit(work: RedrawWork, redraw: Redraw, after: PlanContent, now: datetime) -> None:
    """The heads of the day are looked at, for others may have come since the plan was published."""
    terms = work.head_terms(now)
    refuse_if(next(iter(head_problems(redraw.before, after.draft, terms)), None))
    published = work.plans.last_step(after.id, PUBLISHED)
    confirmed = published.facts["vacant"] if published else []
    assert isinstance(confirmed, list)
    empty = [grid for grid in vacancies(redraw.before, after.draft, terms) if grid.code not in confirmed]
    if empty:
        raise Refused(
            said(
                "{n} grids would have no head, {grid} among them, and nobody confirmed that: publish it again and confirm, or send it back and say who heads them.",
                n=len(empty), grid=empty[0].name,
            )
        )  # fmt: skip


def _carry_over(
    work: RedrawWork, redraw: Redraw, after: PlanContent, now: datetime
) -> tuple[int, int, Mapping[tuple[str, str], int]]:
    """Everything that follows the codes; how many tickets came elsewhere, how many ended ones are counted elsewhere."""
    told: Counter[tuple[str, str]] = Counter()
    moved = _rehome(work, redraw, now, told)
    counted = _count_elsewhere(work, redraw, after.id)
    _follow_people(work, redraw, after, now)
    _follow_agendas(work, redraw, now)
    for code in redraw.redrawn:
        if not any(told[code, kind] for kind in (GOT, GAVE, KEPT)):
            told[code, REDRAWN] = 0
    return moved, counted, told


def _log(
    work: RedrawWork, before: PlanContent | None, after: PlanContent, moved: int, counted: int, now: datetime
) -> None:
    """Both plans' logs tell of it."""
    if before:
        retired = {"state": "retired", "next": after.name}
        work.add_event(Event(plan_stream(before.id), 0, now, "retired", None, retired))
    facts: dict[str, object] = {
        "state": "in_force", "content": after.frozen, "rehomed": moved, "counted_elsewhere": counted,
        **({"before": before.name} if before else {}),
    }  # fmt: skip
    work.add_event(Event(plan_stream(after.id), 0, now, "in_force", None, facts))


# --- tickets -------------------------------------------------------------------------------------------------


def _rehome(work: RedrawWork, redraw: Redraw, now: datetime, told: Counter[tuple[str, str]]) -> int:
    """Bring open tickets into their grids, and count for each post what came, what went and what lies elsewhere."""
    moved, at_meetings = 0, []
    for some in work.open_tickets_on(redraw):
        for ticket, there in _placed(redraw, some):
            after = rehomed(redraw, ticket, there)
            if after is ticket:
                continue
            work.keep_rehomed(after, _event(redraw, ticket, after, now))
            _count(redraw, ticket, after, told)
            moved += 1
            if after.state is State.AT_MEETING:
                at_meetings.append(after)
    for ticket in at_meetings:
        _follow_agenda(work, redraw, ticket, now)
    return moved


def _placed(redraw: Redraw, some: list[Ticket]) -> Iterator[tuple[Ticket, Located | None]]:
    """Each ticket, and where its point lies now; None without a point."""
    with_point = [ticket for ticket in some if ticket.point]
    found = redraw.locate([ticket.point for ticket in with_point if ticket.point])
    yield from zip(with_point, found, strict=True)
    yield from ((ticket, None) for ticket in some if ticket.point is None)


def _event(redraw: Redraw, before: Ticket, after: Ticket, now: datetime) -> Event:
    facts = facts_of(after, Role.CLOCK) | {
        "from": before.state.value, "from_holder": before.holder, "plan": redraw.plan,
        **({"from_lead": before.lead} if before.lead else {}),
        **({"from_grid": before.located.grid} if before.located.grid else {}),
        **({"to_grid": after.located.grid} if after.located.grid else {}),
    }  # fmt: skip
    return Event(ticket_stream(after.id), 0, now, REHOMED, None, facts)


def _count(redraw: Redraw, before: Ticket, after: Ticket, told: Counter[tuple[str, str]]) -> None:
    """Whoever follows the former holder gave it, unless that is who holds it now."""
    giver = redraw.follow(before.holder)
    if giver == after.holder:
        told[after.holder, KEPT] += 1
    else:
        told[giver, GAVE] += 1
        told[after.holder, GOT] += 1


def _count_elsewhere(work: RedrawWork, redraw: Redraw, plan: int) -> int:
    """Note where tickets that have ended are counted from now on, so that figures over the redraw stay comparable."""
    noted = 0
    for some in work.ended_on(redraw):
        placed = [ended for ended in some if ended.point]
        found = redraw.locate([ended.point for ended in placed if ended.point])
        there = {ended.id: located for ended, located in zip(placed, found, strict=True)}
        places = {
            ended.id: None if now_in == ended.located else now_in
            for ended in some
            if (now_in := place_after(redraw, ended.counted, there.get(ended.id))) != ended.counted
        }
        work.keep_crosswalk(plan, places)
        noted += len(places)
    return noted


# --- people --------------------------------------------------------------------------------------------------


def _follow_people(work: RedrawWork, redraw: Redraw, after: PlanContent, now: datetime) -> None:
    """Heads go where the plan says; whoever signs in for a grid that is gone goes with its head, else with its ground."""
    terms = work.head_terms(now)
    heading = heads_after(after.draft, terms)
    work.follow_heads({t.id: heading[t.id] for t in terms if heading[t.id] != t.grid}, now)
    with_head = {
        term.grid: to
        for term in terms
        if term.grid in redraw.gone and (to := heading[term.id]) and _same_level(redraw, term.grid, to)
    }
    work.follow_units(redraw.going, {**redraw.going, **with_head})


def _same_level(redraw: Redraw, old: str, new: str) -> bool:
    return redraw.before.grids[old].level is redraw.after.grids[new].level


# --- meetings ------------------------------------------------------------------------------------------------


def _follow_agendas(work: RedrawWork, redraw: Redraw, now: datetime) -> None:
    """The open agendas of units that are gone go to who follows them; into theirs, where they have one."""
    for agenda in work.agendas_of(redraw.gone):
        unit = meeting_unit(redraw.follow(agenda.unit), redraw.after)
        theirs = work.meetings.open_agenda(unit)
        if theirs is None:
            tier = tier_of(unit, redraw.after) or agenda.tier
            moved = replace(agenda, unit=unit, tier=tier, title=TITLE[tier])
            _save(work, moved, "rehomed", now, from_unit=agenda.unit)
            continue
        for matter in work.meetings.matters_of(agenda.id):
            work.meetings.save_matter(replace(matter, meeting_id=theirs.id))
        _save(work, replace(agenda, state=MeetingState.MERGED, closed_at=now), "merged", now, into=theirs.id)
        _save(work, theirs, "took_over", now, from_meeting=agenda.id)


def _follow_agenda(work: RedrawWork, redraw: Redraw, ticket: Ticket, now: datetime) -> None:
    """A ticket at a meeting goes onto the agenda of a unit over its new holder, of the same tier where there is one."""
    matter = work.meetings.open_matter_of_ticket(ticket.id)
    agenda = work.meetings.meeting(matter.meeting_id) if matter else None
    if matter is None or agenda is None:
        return
    chain = redraw.after.chain(meeting_unit(ticket.holder, redraw.after))
    if redraw.follow(agenda.unit) in chain:
        return
    unit = next((code for code in chain if tier_of(code, redraw.after) is agenda.tier), chain[-1])
    theirs = work.meetings.open_agenda(unit) or _new_agenda(work, redraw, unit, now)
    work.meetings.save_matter(replace(matter, meeting_id=theirs.id))
    _save(work, agenda, "gave_over", now, matter=matter.id, to_meeting=theirs.id)
    _save(work, theirs, "took_over", now, matter=matter.id, from_meeting=agenda.id)


def _new_agenda(work: RedrawWork, redraw: Redraw, unit: str, now: datetime) -> Meeting:
    tier = tier_of(unit, redraw.after)
    assert tier is not None, "units of meetings have one"
    agenda = work.meetings.add_meeting(Meeting(tier=tier, unit=unit, title=TITLE[tier]))
    work.add_event(_meeting_event(agenda, "opened", now))
    return agenda


def _save(work: RedrawWork, meeting: Meeting, kind: str, now: datetime, **more: object) -> None:
    saved = replace(meeting, version=meeting.version + 1)
    if not work.meetings.save_meeting(saved):
        raise Refused(
            said("An agenda was changed at the same moment; the plan comes into force at the next sweep.")
        )
    work.add_event(_meeting_event(saved, kind, now, **more))


def _meeting_event(meeting: Meeting, kind: str, now: datetime, **more: object) -> Event:
    facts = {"state": meeting.state.value, "unit": meeting.unit, "tier": meeting.tier.value, "role": None}
    return Event(meeting_stream(meeting.id), 0, now, kind, None, facts | more)

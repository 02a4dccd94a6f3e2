"""Draw plans: branch a draft, edit it, undo and redo without end, send it to review, approve it, publish it.

Every step is an event of the plan's stream; undoing is one too. An edit names the version it was made on: the same
drawing sent twice is made once, and one made on an older version is refused with who was faster.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from domain.events import Event, Note, plan_stream
from domain.names import one_line
from domain.people import Person
from domain.plans.commands import Command, command_facts, key_of
from domain.plans.demands import must_be_whole_plan
from domain.plans.drafts import Change, Draft, change_facts, change_from
from domain.plans.life import (
    LONGEST_PLAN_NAME,
    STEP,
    Plan,
    PlanState,
    refusal_of,
    refusal_to_draw,
    refusal_to_read,
)
from domain.plans.publishing import (
    WAS_IN_FORCE,
    before,
    is_published,
    lineage_of,
    refusal_of_codes,
    refusal_of_day,
    rests_on,
)
from domain.plans.redrawing import redraw
from domain.plans.units import Units
from domain.said import Refused, Said, Stale, refuse_if, said
from domain.store import Store, Work
from domain.tickets import without_commands

EDITED, UNDONE, REDONE = "edited", "undone", "redone"
DRAWN = frozenset({EDITED, UNDONE, REDONE})
"""The kinds of events that change what a plan holds."""

LONGEST_WORDS = 1_000
"""Letters of what is said beside a step of a plan's life."""


@dataclass(frozen=True)
class Board:
    """What a draft is drawn on: the units, what compounds are called, and outlines (WKB) for grids that changed.

    ``measured`` are the errors that geometry finds in a whole plan: another way to ask what sets of units answer.
    """

    units: Units
    outlines: Callable[[Draft, Iterable[str]], Mapping[str, bytes]]
    names: Mapping[str, str] = field(default_factory=dict)
    measured: Callable[[Draft], Iterable[Said]] = lambda draft: ()

    def must_be_whole(self, draft: Draft) -> None:
        """Every check of a whole plan, from scratch.

        Raises:
            Refused: the first that it does not pass.
        """
        must_be_whole_plan(self.units, draft, self.names)
        refuse_if(next(iter(self.measured(draft)), None))


@dataclass(frozen=True)
class Drawn:
    """A plan and its content after a step."""

    plan: Plan
    draft: Draft


class AlreadyDrawn(Stale):
    """The same drawing was made before; nothing was done twice."""


# --- beginning ------------------------------------------------------------------------------------------


def begin_draft(
    store: Store, board: Board, name: str, draft: Draft, *, base: Plan, how: Mapping[str, object], by: Person, now: datetime
) -> Drawn:  # fmt: skip
    """Keep a whole content as a new draft plan: a branch of another, a proposal, or what a file brought.

    Raises:
        Refused: when this person does not draw, the name is empty or taken, or the units are not those of the city.
    """
    refuse_if(refusal_to_draw(by))
    with store.work() as work:
        return _begun(work, board, name, draft, base, how, by, now)


def fork(
    store: Store, board: Board, plan_id: int, command: Command, name: str, *, version: int, by: Person, now: datetime
) -> Drawn:  # fmt: skip
    """Keep a drawing that was made on an older version as a draft of its own, from that version: both or nothing.

    Raises:
        Refused: when this person does not draw, the plan does not allow the drawing, or the name is taken.
    """
    refuse_if(refusal_to_draw(by))
    with store.work() as work:
        origin = _plan(work, plan_id)
        _same_ground(origin, board.units)
        if not 1 <= version <= origin.version:
            raise Refused(said("{plan} has no version {n}.", plan=origin.name, n=version))
        then = content_at(work, origin, version)
        how = {"how": "forked", "version": version}
        made = _begun(work, board, name, then, origin, how, by, now)
        return _edited(work, board, made.plan, then, command, key_of(command, made.plan.version), by, now)


def _begun(
    work: Work, board: Board, name: str, draft: Draft, base: Plan, how: Mapping[str, object], by: Person, now: datetime
) -> Drawn:  # fmt: skip
    called = one_line(name)
    if not called:
        raise Refused(said("Please give the plan a name."))
    if len(called) > LONGEST_PLAN_NAME:
        raise Refused(said("A plan's name has at most {n} letters.", n=LONGEST_PLAN_NAME))
    if work.plans.plan_named(called):
        raise Refused(said("There is a plan called {name} already.", name=called))
    if astray := draft.home.keys() ^ board.units.by_code.keys():
        raise Refused(
            said("{plan} does not fit the city's units: {n} are missing or unknown.", plan=called, n=len(astray))
        )  # fmt: skip
    plan = work.plans.add_plan(
        Plan(
            0, called, PlanState.DRAFT, 1, now,
            based_on=base.id, made_by=by.id, units_hash=board.units.hash,
        )
    )  # fmt: skip
    work.plans.keep_content(plan.id, draft, board.units, board.outlines(draft, draft.grids))
    facts = {"base": base.id, "base_version": base.version, "content": draft.hash, **how}
    work.add_event(Event(plan_stream(plan.id), 0, now, "drafted", by.id, facts))
    return Drawn(plan, draft)


# --- drawing --------------------------------------------------------------------------------------------


def edit(
    store: Store, board: Board, plan_id: int, command: Command, *, version: int, by: Person, now: datetime,
    known: Drawn | None = None,
) -> Drawn:  # fmt: skip
    """Make one drawing on a draft; ``known`` is the content at a version, when it is at hand.

    Raises:
        AlreadyDrawn: when the same was sent before.
        Stale: when the plan changed since ``version``.
        Refused: when this person does not draw, or the plan does not allow it.
    """
    with store.work() as work:
        plan = _draft_plan(work, board, plan_id, by)
        key = key_of(command, version)
        if plan.version != version:
            raise _faster(work, plan, version, key)
        return _edited(work, board, plan, _content(work, plan, known), command, key, by, now)


def undo(
    store: Store, board: Board, plan_id: int, *, version: int, by: Person, now: datetime, known: Drawn | None = None
) -> Drawn:  # fmt: skip
    """Take the latest drawing back, by a new row of the log.

    Raises:
        Stale: when the plan changed since ``version``.
        Refused: when there is nothing to take back.
    """
    with store.work() as work:
        plan = _as_seen(work, board, plan_id, version, by)
        last = work.plans.last_step(plan_id, DRAWN)
        undone = _undo(last)
        if undone is None:
            raise Refused(said("There is nothing to undo."))
        edited = _event(work, plan_id, undone)
        facts = {
            "edit": undone, "above": _redo(last), "undo": edited.facts["below"], "redo": _next_seq(work, plan_id),
        }  # fmt: skip
        back = change_from(_mapping(edited.facts["change"])).back
        return _drawn(work, board, plan, _content(work, plan, known), back, UNDONE, facts, by, now)


def redo(
    store: Store, board: Board, plan_id: int, *, version: int, by: Person, now: datetime, known: Drawn | None = None
) -> Drawn:  # fmt: skip
    """Make again what was taken back last.

    Raises:
        Stale: when the plan changed since ``version``.
        Refused: when there is nothing to make again.
    """
    with store.work() as work:
        plan = _as_seen(work, board, plan_id, version, by)
        again = _redo(work.plans.last_step(plan_id, DRAWN))
        if again is None:
            raise Refused(said("There is nothing to redo."))
        undone = _event(work, plan_id, again)
        number = _number(undone.facts["edit"])
        edited = _event(work, plan_id, number)
        facts = {"edit": number, "undo": number, "redo": undone.facts["above"]}
        change = change_from(_mapping(edited.facts["change"]))
        return _drawn(work, board, plan, _content(work, plan, known), change, REDONE, facts, by, now)


def content_at(work: Work, plan: Plan, version: int) -> Draft:
    """What a plan held at an earlier version, by taking back what was drawn since."""
    draft = work.plans.content(plan.id)
    for event in work.plans.steps_since(plan.id, version, DRAWN):
        draft = draft.after(change_from(_mapping(event.facts["change"])).back)
    return draft


def _edited(
    work: Work, board: Board, plan: Plan, draft: Draft, command: Command, key: str, by: Person, now: datetime
) -> Drawn:
    change = redraw(board.units, draft, command, work.plans.codes_taken(plan.id), board.names)
    last = work.plans.last_step(plan.id, DRAWN)
    pointers = {"below": _undo(last), "undo": _next_seq(work, plan.id), "redo": None}
    facts = {"command": command_facts(command), "key": key, **pointers}
    return _drawn(work, board, plan, draft, change, EDITED, facts, by, now)


def _drawn(
    work: Work, board: Board, plan: Plan, draft: Draft, change: Change, kind: str, facts: Mapping[str, object],
    by: Person, now: datetime,
) -> Drawn:  # fmt: skip
    after = draft.after(change)
    changed = work.plans.keep_change(plan.id, draft, after, change, board.units, board.outlines)
    moved = replace(plan, version=plan.version + 1)
    if not work.plans.save_plan(moved):
        raise _faster(work, plan, plan.version)
    told = {**facts, "change": change_facts(change), "version": moved.version, "grids": sorted(changed)}
    work.add_event(Event(plan_stream(plan.id), 0, now, kind, by.id, told))
    return Drawn(moved, after)


def _content(work: Work, plan: Plan, known: Drawn | None) -> Draft:
    if known and (known.plan.id, known.plan.version) == (plan.id, plan.version):
        return known.draft
    return work.plans.content(plan.id)


def _as_seen(work: Work, board: Board, plan_id: int, version: int, by: Person) -> Plan:
    """The draft, when it is still what the person saw."""
    plan = _draft_plan(work, board, plan_id, by)
    if plan.version != version:
        raise _faster(work, plan, version)
    return plan


def _draft_plan(work: Work, board: Board, plan_id: int, by: Person) -> Plan:
    refuse_if(refusal_to_draw(by))
    plan = _plan(work, plan_id)
    if not plan.is_draft:
        raise Refused(said("{plan} is no draft any more; branch a new draft from it.", plan=plan.name))
    _same_ground(plan, board.units)
    return plan


def _same_ground(plan: Plan, units: Units) -> None:
    if plan.units_hash != units.hash:
        raise Refused(
            said("The city's units changed since {plan} was drawn; branch a new draft from the plan in force.", plan=plan.name)
        )  # fmt: skip


def _faster(work: Work, plan: Plan, version: int, key: str | None = None) -> Stale:
    """Who drew since, or that the very same was drawn already."""
    since = work.plans.steps_since(plan.id, version, DRAWN)
    if key and any(event.facts.get("key") == key for event in since):
        return AlreadyDrawn(said("This drawing was made already; nothing was done twice."))
    latest = since[0] if since else None
    who = work.account_name(latest.by) if latest and latest.by else None
    if who is None:
        return Stale(said("{plan} has changed since; please look again.", plan=plan.name))
    return Stale(said("{name} changed {plan} meanwhile; please look again.", name=who, plan=plan.name))


# --- the life -------------------------------------------------------------------------------------------


def send(
    store: Store, board: Board, plan_id: int, *, version: int, words: str = "", by: Person, now: datetime,
    problems: Callable[[Draft], Iterable[Said]] = lambda draft: (),
) -> Plan:  # fmt: skip
    """Send a draft to review: its content is frozen and named by its hash. ``problems`` are as in :func:`publish`.

    Raises:
        Refused: when it does not keep every demand on a plan; the sentence says which.
    """
    with store.work() as work:
        plan = _at_step(work, "send", plan_id, version, by)
        _same_ground(plan, board.units)
        draft = work.plans.content(plan_id)
        board.must_be_whole(draft)
        refuse_if(next(iter(problems(draft)), None))
        sent = replace(plan, state=PlanState.IN_REVIEW, sent_by=by.id, content_hash=draft.hash)
        return _stepped(work, sent, "sent", by, now, words=words, content=draft.hash)


def comment(
    store: Store, plan_id: int, words: str, *, grid: str | None = None, by: Person, now: datetime
) -> Plan:
    """Comment on a plan in review, or on one of its grids."""
    if not without_commands(words).strip():
        raise Refused(said("Please write something."))
    with store.work() as work:
        plan = _plan(work, plan_id)
        refuse_if(refusal_of(STEP["comment"], plan, by))
        if grid and grid not in work.plans.content(plan_id).grids:
            raise Refused(said("There is no grid {code} in this plan.", code=grid))
        _record(work, plan, "commented", by, now, words=words, **({"grid": grid} if grid else {}))
        return plan


def send_back(store: Store, plan_id: int, *, version: int, words: str, by: Person, now: datetime) -> Plan:
    """Send a plan back to be drawn further, with the reason; what was approved is so no longer."""
    if not without_commands(words).strip():
        raise Refused(said("Please give the reason."))
    with store.work() as work:
        work.plans.publish_alone()
        plan = _at_step(work, "send_back", plan_id, version, by)
        upon = rests_on(plan, _all_plans(work)) if is_published(plan) else None
        if upon:
            raise Refused(
                said("{plan} was drawn from it and is published; send that one back first.", plan=upon.name)
            )
        back = replace(
            plan, state=PlanState.DRAFT, sent_by=None, approved_by=None, from_at=None, content_hash=""
        )
        return _stepped(work, back, "sent_back", by, now, words=words)


def approve(
    store: Store, board: Board, plan_id: int, *, version: int, words: str = "", by: Person, now: datetime
) -> Plan:
    """Approve a plan that another person drew and sent: everything is checked again from what is kept.

    Raises:
        Refused: when this person drew or sent it, or what is kept is not what was sent.
    """
    with store.work() as work:
        plan = _at_step(work, "approve", plan_id, version, by)
        _must_be_by_another(work, plan, by)
        _must_be_frozen(work, board, plan)
        approved = replace(plan, state=PlanState.APPROVED, approved_by=by.id)
        return _stepped(work, approved, "approved", by, now, words=words, content=plan.content_hash)


def publish(
    store: Store, board: Board, plan_id: int, from_at: datetime, *, version: int, by: Person, now: datetime,
    problems: Callable[[Draft], Iterable[Said]] = lambda draft: (),
    vacant: Callable[[Draft], Set[str]] = lambda draft: frozenset(), confirmed: bool = False,
) -> Plan:  # fmt: skip
    """Say from when an approved plan is in force; the clock does the rest.

    ``problems`` are what blocks it on the day, as heads without a grid or with two; ``vacant`` the grids that will have no
    head, which must be ``confirmed``.

    Raises:
        Refused: when the date has passed or is another plan's, the plan before it is another than the one it was drawn
            from, a code stood for other ground, a head is left over, or vacancies were not confirmed.
    """
    with store.work() as work:
        work.plans.publish_alone()
        plan = _at_step(work, "publish", plan_id, version, by)
        draft = _must_be_frozen(work, board, plan)
        if from_at <= now:
            raise Refused(said("A plan comes into force at a time ahead."))
        plans = _all_plans(work)
        refuse_if(refusal_of_day(plan, from_at, plans))
        _codes_must_keep_their_ground(work, plan, draft, from_at, plans)
        refuse_if(next(iter(problems(draft)), None))
        empty = sorted(vacant(draft))
        if empty and not confirmed:
            raise Refused(
                said(
                    "{n} grids will have no head, {grid} among them; please confirm that they are published as vacant.",
                    n=len(empty), grid=draft.grids[empty[0]].name,
                )
            )  # fmt: skip
        published = replace(plan, from_at=from_at)
        return _stepped(
            work, published, "published", by, now, from_at=from_at.isoformat(), content=plan.content_hash, vacant=empty
        )  # fmt: skip


def _codes_must_keep_their_ground(
    work: Work, plan: Plan, draft: Draft, from_at: datetime, plans: Mapping[int, Plan]
) -> None:
    """No code comes into force that was, or will be, in force for other ground."""
    ahead = before(plan, from_at, plans)
    there = work.plans.content(ahead.id) if ahead else Draft({}, {})
    holders = work.plans.holders(draft.grids.keys() - there.grids.keys()) - {plan.id}
    others = [plans[n] for n in holders if plans[n].state in WAS_IN_FORCE or is_published(plans[n])]
    in_order = sorted(others, key=lambda other: other.from_at or other.created_at)
    refuse_if(refusal_of_codes(draft, there, ((other, work.plans.content(other.id)) for other in in_order)))


def _must_be_by_another(work: Work, plan: Plan, by: Person) -> None:
    """Nobody approves what they drew: this plan, or a draft that it was branched from."""
    drafts = [
        p for p in lineage_of(plan, _all_plans(work)) if p.state not in WAS_IN_FORCE and not is_published(p)
    ]
    if any(by.id == draft.made_by or by.id in work.plans.drawn_by(draft.id, DRAWN) for draft in drafts):
        raise Refused(said("Another person must approve what you drew or sent to review."))


def _all_plans(work: Work) -> dict[int, Plan]:
    return {plan.id: plan for plan in work.plans.all_plans()}


def _must_be_frozen(work: Work, board: Board, plan: Plan) -> Draft:
    """What is kept of a plan, checked from scratch, and the same as what was sent."""
    _same_ground(plan, board.units)
    draft = work.plans.content(plan.id)
    if draft.hash != plan.content_hash:
        raise Refused(said("{plan} is not what was sent to review; send it back.", plan=plan.name))
    board.must_be_whole(draft)
    return draft


def _at_step(work: Work, step: str, plan_id: int, version: int, by: Person) -> Plan:
    plan = _plan(work, plan_id)
    # A step that somebody else took meanwhile is told as that, and not as one that is not to be taken now.
    if plan.version != version and refusal_to_read(by) is None:
        raise _faster(work, plan, version)
    refuse_if(refusal_of(STEP[step], plan, by))
    return plan


def _stepped(
    work: Work, plan: Plan, kind: str, by: Person, now: datetime, *, words: str = "", **facts: object
) -> Plan:
    moved = replace(plan, version=plan.version + 1)
    if not work.plans.save_plan(moved):
        raise _faster(work, plan, plan.version)
    _record(work, moved, kind, by, now, words=words, version=moved.version, **facts)
    return moved


def _record(
    work: Work, plan: Plan, kind: str, by: Person, now: datetime, *, words: str = "", **facts: object
) -> None:
    told = without_commands(words).strip()
    if len(told) > LONGEST_WORDS:
        raise Refused(said("Please use {n} characters at most.", n=LONGEST_WORDS))
    note = Note(told, secrets.token_hex(8)) if told else None
    noted = {"note": note.digest} if note else {}
    work.add_event(Event(plan_stream(plan.id), 0, now, kind, by.id, {**facts, **noted}), note)


def _plan(work: Work, plan_id: int) -> Plan:
    plan = work.plans.plan(plan_id)
    if plan is None:
        raise Refused(said("There is no such plan."))
    return plan


def read_plan(work: Work, plan_id: int, by: Person) -> Plan:
    """A plan, for somebody who may see plans other than the one in force."""
    refuse_if(refusal_to_read(by))
    return _plan(work, plan_id)


def _next_seq(work: Work, plan_id: int) -> int:
    last = work.last_event(plan_stream(plan_id))
    return last.seq + 1 if last else 1


def _event(work: Work, plan_id: int, seq: int) -> Event:
    found = work.plans.step(plan_id, seq)
    assert found is not None, "a plan's log only grows"
    return found


def _undo(last: Event | None) -> int | None:
    return None if last is None or last.facts["undo"] is None else _number(last.facts["undo"])


def _redo(last: Event | None) -> int | None:
    return None if last is None or last.facts["redo"] is None else _number(last.facts["redo"])


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value


def _mapping(value: object) -> Mapping[str, Any]:
    assert isinstance(value, Mapping)
    return value

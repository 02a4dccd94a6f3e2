"""What may happen to a ticket, as a table: from which state, by whom, guarded by what, needing what.

Source: the table of moves of 四单办结法; ``row`` is the row's number there. A move is a row here and nothing
else: pages draw its button from it, and :func:`move_ticket` alone carries it out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain.grids import CITY
from domain.people import Person, Role
from domain.rulebook import Rulebook
from domain.said import Refused, Said, said
from domain.tickets import Outcome, Source, State, Ticket


class Need(StrEnum):
    """What a move asks of the person at that moment."""

    NOTE = "note"
    REASON = "reason"
    CATEGORY = "category"


@dataclass(frozen=True, slots=True)
class Given:
    """What the person gave with the move."""

    words: str = ""
    category: str | None = None
    urgent: bool | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """A move about to happen: the ticket, who acts, what they gave, when, and the rules that hold."""

    ticket: Ticket
    by: Person
    rules: Rulebook
    now: datetime
    given: Given = field(default_factory=Given)


Guard = Callable[[Scene], Said | None]
"""A guard looks at the scene and says why not, or None."""

Effect = Callable[[Scene], Ticket]
"""An effect says what the ticket is afterwards; clocks and version are set by :func:`move_ticket`."""


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table."""

    name: str
    row: int
    title: Said
    starts: frozenset[State]
    guards: tuple[Guard, ...]
    needs: tuple[Need, ...]
    effect: Effect


HOLDERS = frozenset({Role.CITY_OFFICE, Role.STREET, Role.COMMUNITY, Role.COMPOUND, Role.MEMBER})


def is_live(scene: Scene) -> Said | None:
    return None if scene.ticket.live else said("This ticket is imported history: it is shown, not worked.")


def by_holder(scene: Scene) -> Said | None:
    if scene.by.role in HOLDERS and scene.by.area == scene.ticket.holder:
        return None
    return said(
        "Only {holder}, who holds this ticket, may do this.",
        holder=scene.rules.structure.name(scene.ticket.holder),
    )


def below_city(scene: Scene) -> Said | None:
    return None if scene.ticket.holder != CITY else said("Nobody stands above the city office.")


def holder_is_grid_or_street(scene: Scene) -> Said | None:
    return (
        None
        if scene.ticket.holder != CITY
        else said("The city office dispatches; it settles nothing on the spot.")
    )


def settle(scene: Scene) -> Ticket:
    settled = replace(
        scene.ticket,
        handled_at=scene.now,
        on_time=not scene.ticket.is_overdue(scene.now),
        outcome=Outcome.SETTLED_ON_THE_SPOT,
    )
    if scene.ticket.source is Source.RESIDENT:
        return replace(settled, state=State.AWAITING_RATING)
    return replace(settled, state=State.CLOSED, closed_at=scene.now)


def accept(scene: Scene) -> Ticket:
    category = scene.rules.category(scene.given.category or scene.ticket.category)
    urgent = scene.ticket.urgent if scene.given.urgent is None else scene.given.urgent
    limit = scene.rules.limit_of(State.IN_PROGRESS, urgent, category.limit)
    return replace(
        scene.ticket,
        state=State.ACCEPTED,
        category=category.code,
        urgent=urgent,
        limit=limit.length if limit else None,
    )


def hand_up(scene: Scene) -> Ticket:
    return replace(scene.ticket, holder=scene.rules.structure.above(scene.ticket.holder) or CITY)


NOT_DISPATCHED = frozenset({State.RAISED, State.ACCEPTED})

MOVES: tuple[Move, ...] = (
    Move(
        "accept", 3, said("Accept"), frozenset({State.RAISED}),
        (is_live, by_holder), (Need.CATEGORY,), accept,
    ),
    Move(
        "settle", 2, said("Settle on the spot"), NOT_DISPATCHED,
        (is_live, by_holder, holder_is_grid_or_street), (Need.NOTE,), settle,
    ),
    Move(
        "hand_up", 5, said("Hand up"), NOT_DISPATCHED,
        (is_live, by_holder, below_city), (Need.REASON,), hand_up,
    ),
)  # fmt: skip

MOVE = {move.name: move for move in MOVES}

ASKS: Mapping[Need, Said] = {
    Need.NOTE: said("Please write what was done."),
    Need.REASON: said("Please give a reason."),
}


def refusal(move: Move, scene: Scene) -> Said | None:
    """Why this person may not make this move now, or None."""
    if scene.ticket.state not in move.starts:
        return said("This ticket is no longer where this move begins.")
    return next((why for guard in move.guards if (why := guard(scene))), None)


def moves_open_to(scene: Scene) -> tuple[Move, ...]:
    """The moves this person may make now: exactly the buttons to show."""
    return tuple(move for move in MOVES if refusal(move, scene) is None)


def lacking(move: Move, given: Given) -> Said | None:
    """What the move still needs from the person, or None."""
    unmet = (ask for need, ask in ASKS.items() if need in move.needs and not given.words.strip())
    return next(unmet, None)


def move_ticket(move: Move, scene: Scene) -> Ticket:
    """Carry out a move: the ticket as it is afterwards, its stage's clock running, its version one higher.

    Raises:
        Refused: when a guard says no or something needed was not given.
    """
    if why := refusal(move, scene) or lacking(move, scene.given):
        raise Refused(why)
    after = move.effect(scene)
    return with_clock(replace(after, version=scene.ticket.version + 1), scene.ticket, scene.rules, scene.now)


def with_clock(after: Ticket, before: Ticket | None, rules: Rulebook, now: datetime) -> Ticket:
    """Start the stage's clock anew where state or holder changed; otherwise the running one goes on."""
    changed = before is None or (before.state, before.holder) != (after.state, after.holder)
    since = now if changed else after.stage_since
    own = timedelta() if after.limit is None else after.limit
    warn, due = rules.warn_and_due(since, rules.limit_of(after.state, after.urgent, own or None))
    return replace(
        after,
        stage_since=since,
        warn_at=warn,
        due_at=due.at if due else None,
        provisional=bool(due and due.provisional),
    )

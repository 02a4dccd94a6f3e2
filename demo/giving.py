"""Give what a move asks for: words, a department, days, a review date, a ticket to merge into, a grade."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from demo.intentions import departments_for
from demo.life import GRADES_GIVEN
from demo.town import Town
from domain.grids import Level
from domain.needs import REJECTED_BECAUSE
from domain.people import Person
from domain.scene import Given
from domain.tickets import Ticket

Others = Callable[[Ticket], Iterable[Ticket]]
"""The open tickets that could be the same problem."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """Somebody is about to make a move and looks for what it asks for."""

    town: Town
    ticket: Ticket
    by: Person
    now: datetime
    others: Others
    words: str = ""


def given(move: str, on: Occasion) -> Given | None:
    """What somebody gives with a move; None where they have nothing to give and let it be."""
    on = replace(on, words=on.town.answer(move, on.ticket))
    return GIVES[move](on) if move in GIVES else Given(on.words)


Gives = Callable[[Occasion], Given | None]


def _accept(on: Occasion) -> Given | None:
    return Given(category=on.ticket.category)


def _dispatch(on: Occasion) -> Given | None:
    known = departments_for(on.town, on.ticket)
    if not known:
        return None
    lead = on.town.random.choice(known)
    assistants = tuple(
        code for code in on.town.rules.route(on.ticket).assistants if code in on.town.departments
    )
    return Given(on.words, department=lead, assistants=tuple(code for code in assistants if code != lead))


def _redispatch(on: Occasion) -> Given | None:
    allowed = [code for code in on.town.may_get(on.by.area) if code != on.ticket.lead]
    return Given(on.words, department=on.town.random.choice(allowed)) if allowed else None


def _return(on: Occasion) -> Given | None:
    return Given(
        on.words, department=on.town.random.choice([d for d in on.town.departments if d != on.ticket.lead])
    )


def _extension(on: Occasion) -> Given | None:
    return Given(on.words, days=on.town.random.choice((2, 3, 5, 5, 10)))


def _hold(on: Occasion) -> Given | None:
    text = on.town.answer("hold", on.ticket)
    return Given(text, until=on.now + timedelta(days=on.town.random.choice((7, 14, 20, 30, 45))))


def _original(on: Occasion) -> Given | None:
    same = next(iter(on.others(on.ticket)), None)
    return Given(on.words, original=same.no) if same else None


def _skip_up(on: Occasion) -> Given | None:
    return Given(on.words, unit=on.town.rules.structure.chain(on.ticket.holder)[2])


def _meeting(on: Occasion) -> Given | None:
    return Given(on.words, unit=on.ticket.holder)


def _place(on: Occasion) -> Given | None:
    grids = on.town.rules.structure.at_level(on.town.random.choice((Level.BUILDING, Level.COMMUNITY)))
    return Given(unit=on.town.random.choice(grids).code)


def _reject(on: Occasion) -> Given | None:
    return Given(on.words, reason=on.town.random.choice(tuple(REJECTED_BECAUSE)))


def _rate(on: Occasion) -> Given | None:
    return Given(on.words, grade=on.town.random.choice(GRADES_GIVEN[True]))


def _complain(on: Occasion) -> Given | None:
    return Given(on.words, grade=on.town.random.choice(GRADES_GIVEN[False]))


GIVES: Mapping[str, Gives] = {
    "accept": _accept,
    "dispatch": _dispatch,
    "redispatch": _redispatch,
    "return": _return,
    "ask_extension": _extension,
    "ask_hold": _hold,
    "merge": _original,
    "skip_up": _skip_up,
    "to_meeting": _meeting,
    "place": _place,
    "reject": _reject,
    "rate": _rate,
    "dissatisfied": _complain,
}
"""What the moves ask for that ask for more than words."""

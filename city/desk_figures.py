"""Say the figures that a person reads first, in words ready to be shown, on the page and to whoever asks again."""

from __future__ import annotations

from dataclasses import dataclass

from city import desk
from city.opened import City
from city.words import Words
from domain.loads import SHOWN_FROM, SOLID_FROM
from domain.people import Person


@dataclass(frozen=True, slots=True)
class Box:
    """One figure: its name, its value, what it rests on, and ``bad`` where it worries."""

    name: str
    value: str
    more: str = ""
    kind: str = ""


def boxes(city: City, person: Person, say: Words) -> tuple[Box, ...]:
    """The figures of a person's own area."""
    f = desk.figures(city, person)
    return (
        Box(say("Open"), f"{f.open:,}", say("raised today {n}", n=f.raised_today)),
        Box(say("Overdue"), f"{f.overdue:,}", say("due soon {n}", n=f.due_soon), "bad" if f.overdue else ""),
        Box(say("Settled today"), f"{f.settled_today:,}"),
        Box(say("On time, 30 days"), *_rate(f.on_time_rate, f.on_time_n, say)),
        Box(say("Satisfied, 30 days"), *_rate(f.satisfied_rate, f.rated_n, say)),
    )


def _rate(rate: float | None, n: int, say: Words) -> tuple[str, str]:
    """A rate and what it rests on; over very few cases there is none to show."""
    if rate is None or n < SHOWN_FROM:
        return "–", f"n={n}" + (f" · {say('not shown')}" if n else "")
    return f"{100 * rate:.1f}%", f"n={n:,}" + (f" · {say('small sample')}" if n < SOLID_FROM else "")

"""Tell moments, stretches of time and how much of it is left, in the words that people use."""

from __future__ import annotations

from datetime import datetime, timedelta

from babel.dates import format_datetime, format_timedelta

from city.desk import TicketCard
from city.opened import City
from city.words import Words
from domain.titles import STATE

LOCALES = {"zh": "zh_Hans_CN", "en": "en_GB"}
MOMENT = {"zh": ("M月d日 HH:mm", "yyyy年M月d日 HH:mm"), "en": ("d MMM HH:mm", "d MMM yyyy HH:mm")}
"""How a moment of this year, and of another, is written."""


def moment(city: City, say: Words, at: datetime) -> str:
    """A moment in the city's own time."""
    here, now = at.astimezone(city.zone), city.now().astimezone(city.zone)
    return format_datetime(here, MOMENT[say.lang][here.year != now.year], locale=LOCALES[say.lang])


def span(say: Words, length: timedelta) -> str:
    """A stretch of time in words."""
    return format_timedelta(abs(length), locale=LOCALES[say.lang], threshold=1.2)


def clock(city: City, say: Words, card: TicketCard) -> tuple[str, str]:
    """The kind of a card's clock – ``ok``, ``warn``, ``bad`` or none – and its words, with a mark for each kind."""
    ticket = card.ticket
    if not ticket.is_open:
        ended = ticket.closed_at or ticket.handled_at
        return "", f"{say.of(STATE[ticket.state])} {moment(city, say, ended) if ended else ''}"
    if ticket.due_at is None:
        return "", say("no deadline")
    left = ticket.due_at - city.now()
    if card.overdue:
        return "bad", "✕ " + say("overdue by {time}", time=span(say, left))
    words = say("{time} left", time=span(say, left))
    if ticket.provisional:
        words += " · " + say("provisional")
    return ("warn", f"▲ {words}") if card.due_soon else ("ok", f"● {words}")

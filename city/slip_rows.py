"""Say what each of a ticket's slips tells, row by row: how it is read off the ticket and its log, what stands there blank."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from babel.dates import format_datetime

from city.opened import City
from city.words import Words
from domain.clocks import Limit
from domain.events import Event
from domain.grids import CITY
from domain.needs import GRADES, SATISFIED_FROM
from domain.phones import masked
from domain.said import Said, said
from domain.tickets import State, Ticket
from domain.tickets import Words as TicketWords
from domain.timeline import COUNTED, PAUSED, beats_of, handling_limit, running
from domain.titles import SOURCE
from storage.ratings import Rating

LOCALES = {"zh": "zh_Hans_CN", "en": "en_GB"}
PATTERNS = {"zh": "yyyy年M月d日 HH:mm", "en": "d MMM yyyy HH:mm"}
NONE = "–"
"""What stands where there is nothing and nothing is to come."""


class SlipKind(StrEnum):
    """The slips that go from hand to hand."""

    ASSIGNMENT = "assignment"
    FEEDBACK = "feedback"
    RATING = "rating"


@dataclass(frozen=True, slots=True)
class Field:
    """One line of a slip. ``value`` is None where it is left to be filled in by hand, as ``blank`` shows."""

    tag: str
    label: str
    value: str | None
    blank: str
    wide: bool

    @property
    def text(self) -> str:
        return self.blank if self.value is None else self.value


@dataclass(frozen=True, slots=True)
class Log:
    """A ticket's events in order, each with its note."""

    entries: tuple[tuple[Event, str | None], ...] = ()

    def last(
        self, *kinds: str, after: Event | None = None, where: Callable[[Event], bool] = lambda _event: True
    ) -> Event | None:
        """The newest event of these kinds."""
        since = after.seq if after else 0
        return next(
            (e for e, _ in reversed(self.entries) if e.kind in kinds and e.seq > since and where(e)), None
        )

    def note(self, event: Event | None) -> str | None:
        """The words beside an event."""
        return next((note for e, note in self.entries if event is not None and e.seq == event.seq), None)


@dataclass(frozen=True, slots=True)
class Told:
    """Everything that a slip tells of, and the language it is told in."""

    city: City
    say: Words
    ticket: Ticket
    words: TicketWords
    log: Log
    names: Mapping[int, str]
    rating: Rating | None

    # --- the steps ---

    @property
    def dispatched(self) -> Event | None:
        """How the department that has the ticket came by it."""
        return self.log.last("dispatch", "redispatch", "assist", "resolve", where=lambda e: "lead" in e.facts)

    @property
    def signed(self) -> Event | None:
        return self.log.last("sign", after=self.dispatched) if self.dispatched else None

    @property
    def reported(self) -> Event | None:
        """How it was reported as done in this cycle – for a rating, in the cycle that was rated."""
        cycle = self.rating.cycle if self.rating else self.ticket.cycle
        return self.log.last("report_done", "settle", where=lambda e: e.facts.get("cycle") == cycle)

    @property
    def checked(self) -> Event | None:
        report = self.reported
        return self.log.last("check_pass", "check_fail", after=report) if report else None

    @property
    def rated(self) -> Event | None:
        at = self.rating.rated_at if self.rating else None
        return self.log.last("rate", "dissatisfied", where=lambda e: e.at == at) if at else None

    # --- the words for them ---

    def moment(self, at: datetime | None, *, provisional: bool = False) -> str | None:
        """A moment in the city's own time, with a mark where a year's working days are not announced yet."""
        if at is None:
            return None
        lang = self.say.lang
        text = format_datetime(at.astimezone(self.city.zone), PATTERNS[lang], locale=LOCALES[lang])
        return self.say("{moment} (provisional)", moment=text) if provisional else text

    def when(self, event: Event | None) -> str | None:
        return self.moment(event.at) if event else None

    def who(self, event: Event | None) -> str | None:
        if event is None:
            return None
        return self.names.get(event.by or 0) or self.say("the system")

    def department(self, code: str) -> str:
        return self.say.pick(*self.city.department(code))

    def unit(self, code: str) -> str:
        return self.city.ground.structure.name(code)

    def yes(self, answer: bool | None) -> str | None:
        return None if answer is None else self.say("Yes") if answer else self.say("No")


# --- the rows ----------------------------------------------------------------------------------------------------


def _category(told: Told) -> str:
    category = told.city.category(told.ticket.category)
    return told.say.pick(category.zh, category.en)


def _urgency(told: Told) -> str:
    return told.say("Urgent") if told.ticket.urgent else told.say("Ordinary")


def _raised(told: Told) -> str:
    unit, source = told.ticket.raised_in, told.say.of(SOURCE[told.ticket.source])
    return f"{source} · {told.unit(unit)}" if unit else source


def _reporter(told: Told) -> str:
    return " ".join(filter(None, (told.words.reporter, masked(told.words.phone)))) or _erased(told) or NONE


def _erased(told: Told) -> str:
    return told.say("Personal data erased") if told.words.erased else ""


def _description(told: Told) -> str:
    return told.words.description or _erased(told) or NONE


def _place(told: Told) -> str:
    structure = told.city.ground.structure
    grid = told.ticket.located.grid
    units = [u for u in structure.chain(grid) if u != CITY] if grid else []
    return " ▸ ".join(told.unit(unit) for unit in reversed(units)) or told.say("in no grid")


def _lead(told: Told) -> str | None:
    return told.department(told.ticket.lead) if told.ticket.lead else NONE


def _assistants(told: Told) -> str:
    codes = str(told.dispatched.facts.get("assistants", "")) if told.dispatched else ""
    return ", ".join(told.department(code) for code in codes.split(",") if code) or NONE


def _dispatched_by(told: Told) -> str | None:
    event = told.dispatched
    if event is None:
        return None
    unit = told.unit(str(event.facts.get("from_holder") or event.facts.get("holder", "")))
    return " · ".join(dict.fromkeys((unit, told.who(event) or unit)))


def _sign_by(told: Told) -> str | None:
    event, rules = told.dispatched, told.city.rulebook
    limit = rules.limit_of(State.DISPATCHED, told.ticket.urgent)
    if event is None or limit is None or event.kind == "resolve":
        return None
    due = rules.clock.due(event.at, limit)
    return told.moment(due.at, provisional=due.provisional)


def _limit(told: Told) -> str:
    rules = told.city.rulebook
    return limit_in_words(handling_limit(told.ticket, rules), rules.working_day, told.say)


def _handle_by(told: Told) -> str | None:
    """When handling should be done, read off the log; a pause has no deadline until it ends."""
    ticket, rules = told.ticket, told.city.rulebook
    if ticket.state in PAUSED:
        return told.say("paused")
    beats = beats_of(event for event, _ in told.log.entries)
    counted = [n for n, beat in enumerate(beats) if beat.state in COUNTED]
    if not counted:
        return told.moment(ticket.due_at, provisional=ticket.provisional)
    now = running(replace(ticket, state=State.IN_PROGRESS), beats[: counted[-1] + 1], rules)
    return told.moment(now.handle_by, provisional=now.provisional)


def _check_result(told: Told) -> str | None:
    results = {"check_pass": told.say("Check passed"), "check_fail": told.say("Check not passed")}
    return results[told.checked.kind] if told.checked else None


def _if_checked(read: Callable[[Told], str | None]) -> Callable[[Told], str | None]:
    """What a check tells; what was settled on the spot is never checked."""
    return lambda told: NONE if told.reported and told.reported.kind == "settle" else read(told)


def _check_words(told: Told) -> str | None:
    return told.log.note(told.checked) or (NONE if told.checked else None)


def _done(told: Told) -> str | None:
    return told.log.note(told.reported) or (told.say("Done, without words") if told.reported else None)


def _handled_by(told: Told) -> str | None:
    event = told.reported
    if event is None:
        return None
    lead = str(event.facts.get("lead") or "")
    office = told.department(lead) if lead else told.unit(str(event.facts.get("from_holder") or ""))
    return " · ".join(dict.fromkeys((office, told.who(event) or office)))


def _grade(told: Told) -> str | None:
    grade = told.rating.grade if told.rating else None
    return None if grade is None else told.say.of(GRADES[grade])


def _satisfied(told: Told) -> str | None:
    grade = told.rating.grade if told.rating else None
    return None if grade is None else told.yes(grade >= SATISFIED_FROM)


def _channel(told: Told) -> str | None:
    channels = {"link": told.say("by the link"), "phone": told.say("by phone visit")}
    return channels.get(told.rating.channel or "") if told.rating else None


def _words_of_rater(told: Told) -> str | None:
    if told.rated is None:
        return None
    return told.log.note(told.rated) or NONE


LINE, LONG = "_" * 14, f"{'_' * 44}\n{'_' * 44}"


def a_line(_say: Words) -> str:
    """A line to write on."""
    return LINE


def long_lines(_say: Words) -> str:
    """Lines for more words."""
    return LONG


def a_day(say: Words) -> str:
    """A day to be filled in."""
    return say("____ / ____ / ______")


def a_choice(*options: Said) -> Callable[[Words], str]:
    """Boxes, one of which is ticked."""
    return lambda say: "\u2003".join(f"□\u00a0{say.of(option)}" for option in options)


_yes_or_no = a_choice(said("Yes"), said("No"))


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a slip: its tag and label, how it is read, and what stands there while nothing is known."""

    tag: str
    label: Said
    read: Callable[[Told], str | None]
    blank: Callable[[Words], str] = a_line
    wide: bool = False

    def field(self, say: Words, told: Told | None) -> Field:
        """The row as a slip shows it; blank where nothing is told."""
        value = self.read(told) if told else None
        return Field(self.tag, say.of(self.label), value, self.blank(say), self.wide)


MATTER = (
    Row("category", said("Category"), _category),
    Row("urgency", said("Urgency"), _urgency),
    Row("place", said("Grid"), _place, wide=True),
    Row("address", said("Address"), lambda told: told.ticket.address or NONE, wide=True),
    Row(
        "description",
        said("What was reported"),
        _description,
        long_lines,
        wide=True,
    ),
)
"""What every slip says first."""

ROWS: Mapping[SlipKind, tuple[Row, ...]] = {
    SlipKind.ASSIGNMENT: (
        Row("raised", said("Raised by"), _raised),
        Row("opened", said("Raised on"), lambda told: told.moment(told.ticket.opened_at), a_day),
        Row("reporter", said("Reporter, phone"), _reporter, wide=True),
        *MATTER,
        Row("holder", said("Holder"), lambda told: told.unit(told.ticket.holder)),
        Row("lead", said("Lead department"), _lead),
        Row("assistants", said("Assisting departments"), _assistants, wide=True),
        Row("dispatched_by", said("Dispatched by"), _dispatched_by),
        Row("dispatched", said("Dispatched on"), lambda told: told.when(told.dispatched), a_day),
        Row("instruction", said("Words with it"), lambda told: told.log.note(told.dispatched), long_lines, wide=True),
        Row("limit", said("Time for handling"), _limit),
        Row("handle_by", said("Handle by"), _handle_by, a_day),
        Row("sign_by", said("Sign by"), _sign_by, a_day),
        Row("signed", said("Signed for on"), lambda told: told.when(told.signed), a_day),
    ),
    SlipKind.FEEDBACK: (
        *MATTER,
        Row("lead", said("Lead department"), _lead),
        Row("dispatched", said("Dispatched on"), lambda told: told.when(told.dispatched), a_day),
        Row("limit", said("Time for handling"), _limit),
        Row("handle_by", said("Handle by"), _handle_by, a_day),
        Row("done", said("What was done"), _done, long_lines, wide=True),
        Row("handled_by", said("Reported by"), _handled_by),
        Row("reported", said("Reported on"), lambda told: told.when(told.reported), a_day),
        Row("check_result", said("Check"), _if_checked(_check_result), a_choice(said("Check passed"), said("Check not passed")), wide=True),
        Row("check_words", said("Words of the check"), _if_checked(_check_words), long_lines, wide=True),
        Row("checked_by", said("Checked by"), _if_checked(lambda told: told.who(told.checked))),
        Row("checked", said("Checked on"), _if_checked(lambda told: told.when(told.checked)), a_day),
        Row("on_time", said("On time"), lambda told: told.yes(told.ticket.on_time), _yes_or_no),
        Row("rework", said("Times done again"), lambda told: str(told.ticket.rework)),
    ),
    SlipKind.RATING: (
        *MATTER,
        Row("opened", said("Raised on"), lambda told: told.moment(told.ticket.opened_at), a_day),
        Row("handled_by", said("Handled by"), _handled_by),
        Row("done", said("What was done"), _done, long_lines, wide=True),
        Row("asked", said("Asked on"), lambda told: told.moment(told.rating.asked_at if told.rating else None), a_day),
        Row("until", said("Rate until"), lambda told: told.moment(told.rating.until if told.rating else None), a_day),
        Row("grade", said("Grade"), _grade, a_choice(*GRADES.values()), wide=True),
        Row("words", said("Words of the resident"), _words_of_rater, long_lines, wide=True),
        Row("channel", said("How it was asked"), _channel, a_choice(said("by the link"), said("by phone visit"))),
        Row("rated", said("Rated on"), lambda told: told.moment(told.rating.rated_at if told.rating else None), a_day),
        Row("satisfied", said("Counts as satisfied"), _satisfied, _yes_or_no),
        Row("closed", said("Closed on"), lambda told: told.moment(told.ticket.closed_at), a_day),
    ),
}  # fmt: skip
"""What each slip says, in order; the tags are those of its template."""


def limit_in_words(limit: Limit, working_day: timedelta, say: Words) -> str:
    """A limit as people say it: working days where it is whole ones, else hours."""
    if limit.around_the_clock:
        return say("{n} hours, around the clock", n=_number(limit.length / timedelta(hours=1)))
    days = limit.length / working_day
    if days >= 1:
        return say("{n} working days", n=_number(days))
    return say("{n} working hours", n=_number(limit.length / timedelta(hours=1)))


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")

"""Meet on four levels (四级联席会议): who convenes what, how often, what becomes of a matter, and when a meeting may close.

Source: the joint meetings of the field. A unit has one open agenda at most, and whatever is new goes onto it: so what
a lower meeting moved up always stands on the next agenda of the unit above.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from domain.grids import CITY, Level, Structure
from domain.people import Person, Role, is_in_area
from domain.said import Said, said


class Tier(StrEnum):
    """The four tiers of joint meetings, from the lowest to the highest."""

    COMPOUND = "compound"
    COMMUNITY = "community"
    STREET = "street"
    CITY = "city"


TITLE = {
    Tier.COMPOUND: "小区民主议事协商会",
    Tier.COMMUNITY: "民主协商共建议事联席会",
    Tier.STREET: "区域化党建及基层治理联席会",
    Tier.CITY: "城市党的建设及基层治理联席会",
}
"""What the meeting of each tier is called: a name is data, the same in every language."""

MONTHS = {Tier.COMPOUND: 1, Tier.COMMUNITY: 3, Tier.STREET: 3, Tier.CITY: 6}
"""How many months a period has in which a tier meets at least once."""

TIER_OF_LEVEL = {Level.COMPOUND: Tier.COMPOUND, Level.COMMUNITY: Tier.COMMUNITY}

CONVENES = {
    Tier.COMPOUND: Role.COMPOUND,
    Tier.COMMUNITY: Role.COMMUNITY,
    Tier.STREET: Role.STREET,
    Tier.CITY: Role.CITY_OFFICE,
}
"""Who convenes: the head of the unit, and for the city the office that keeps its meeting."""

RECORDED_WITHIN = timedelta(days=31)
"""A meeting's minutes are kept within this time; later nobody can fill a period that was missed."""


class MeetingState(StrEnum):
    """An agenda is open until the meeting is closed with its minutes. ``MERGED``: a redraw put it into another's."""

    OPEN = "open"
    CLOSED = "closed"
    MERGED = "merged"


class MatterOutcome(StrEnum):
    """What a meeting decided about a matter. ``WITHDRAWN``: its ticket ended elsewhere before the meeting."""

    SETTLED = "settled"
    ASSIGNED = "assigned"
    MOVED_UP = "moved_up"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


FINAL = frozenset({MatterOutcome.SETTLED, MatterOutcome.ASSIGNED, MatterOutcome.RETURNED})
"""Outcomes that end a matter's way up: they are fed back to every level that passed it up, and to the ticket."""


class Origin(StrEnum):
    """How a matter came onto an agenda."""

    OWN = "own"
    BELOW = "below"
    SWEEP = "sweep"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """One meeting: an open agenda first, later a record. ``present`` lists who came, in the minutes' own words."""

    id: int = 0
    tier: Tier
    unit: str
    regular: bool = True
    state: MeetingState = MeetingState.OPEN
    planned_at: datetime | None = None
    held_at: datetime | None = None
    closed_at: datetime | None = None
    title: str = ""
    present: tuple[str, ...] = ()
    minutes: str = ""
    version: int = 1

    @property
    def is_open(self) -> bool:
        return self.state is MeetingState.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """One matter on an agenda. ``from_matter`` is the lower meeting's matter that was moved up to it.

    ``feedback`` is what those below are told; on a matter that was moved up it is what came back from above.
    """

    id: int = 0
    meeting_id: int
    title: str
    origin: Origin = Origin.OWN
    from_matter: int | None = None
    ticket_id: int | None = None
    outcome: MatterOutcome | None = None
    resolution: str = ""
    lead: str | None = None
    due_at: datetime | None = None
    ledger: str = ""
    feedback: str = ""
    fed_back_at: datetime | None = None
    settled_at: datetime | None = None

    @property
    def is_from_below(self) -> bool:
        return self.from_matter is not None


@dataclass(frozen=True, slots=True)
class Decision:
    """What a meeting decides about one matter; the words are the convener's own."""

    outcome: MatterOutcome
    resolution: str = ""
    lead: str | None = None
    due: datetime | None = None
    ledger: str = ""
    feedback: str = ""


# --- tiers and people ------------------------------------------------------------------------------------


def tier_of(unit: str, structure: Structure) -> Tier | None:
    """The tier on which a unit meets; a building grid has no meeting of its own."""
    if unit == CITY:
        return Tier.CITY
    if unit in structure.streets:
        return Tier.STREET
    grid = structure.grids.get(unit)
    return TIER_OF_LEVEL.get(grid.level) if grid else None


def meeting_unit(unit: str, structure: Structure) -> str:
    """Where a unit's matters are discussed: by its own meeting, or the next one up."""
    return next((code for code in structure.chain(unit) if tier_of(code, structure)), CITY)


def units_that_meet(structure: Structure) -> tuple[str, ...]:
    """Every unit with a meeting of its own: the city, then streets, communities, compounds."""
    grids = (*structure.at_level(Level.COMMUNITY), *structure.at_level(Level.COMPOUND))
    return (CITY, *sorted(structure.streets), *(grid.code for grid in grids))


def refusal_to_convene(person: Person, unit: str, structure: Structure, *, regular: bool) -> Said | None:
    """Why this person may not convene this unit's meeting, or None.

    A leader convenes the city's ad-hoc meetings. What a unit that is gone has left open the city office closes.
    """
    tier = tier_of(unit, structure)
    if tier is None:
        if unit not in structure and person.role is Role.CITY_OFFICE:
            return None
        return said("{unit} has no meeting of its own.", unit=structure.name(unit))
    if person.role is CONVENES[tier] and person.area == unit:
        return None
    if tier is Tier.CITY and person.role is Role.LEADER:
        return (
            said("A leader convenes ad-hoc meetings; the city office convenes the regular one.")
            if regular
            else None
        )
    return said("Only the head of {unit} convenes this meeting.", unit=structure.name(unit))


def may_read_meetings(person: Person, unit: str, structure: Structure) -> bool:
    """May this person read a unit's agendas: its convener, whoever heads a unit above, leaders, the city office?"""
    if person.role in (Role.LEADER, Role.CITY_OFFICE):
        return True
    return person.role in CONVENES.values() and is_in_area(person, unit, structure)


def may_read_matter(person: Person, meeting: Meeting, matter: Matter, structure: Structure) -> bool:
    """May this person read a matter: whoever reads the agenda, and the department that leads it?"""
    if may_read_meetings(person, meeting.unit, structure):
        return True
    return person.department is not None and person.department == matter.lead


# --- deciding and closing ----------------------------------------------------------------------------------


def refusal_to_decide(meeting: Meeting, matter: Matter, decision: Decision, now: datetime) -> Said | None:
    """Why a meeting cannot decide so, or None."""
    refusals = (
        not meeting.is_open and said("This meeting is closed."),
        decision.outcome is MatterOutcome.WITHDRAWN and said("A matter is withdrawn when its ticket ends elsewhere."),
        matter.outcome is MatterOutcome.WITHDRAWN and said("This matter was withdrawn: its ticket ended elsewhere."),
        _lacks_what_the_outcome_needs(meeting, decision, now),
    )  # fmt: skip
    return next((why for why in refusals if why), None)


def _lacks_what_the_outcome_needs(meeting: Meeting, decision: Decision, now: datetime) -> Said | None:
    if decision.outcome is MatterOutcome.MOVED_UP:
        if meeting.tier is Tier.CITY:
            return said("The city meeting stands above all others: it moves nothing up.")
        return None if decision.ledger.strip() else said("What is moved up needs its written ledger.")
    if not decision.resolution.strip():
        returned = decision.outcome is MatterOutcome.RETURNED
        return said("Please give a reason.") if returned else said("Please write the resolution.")
    if decision.outcome is MatterOutcome.ASSIGNED:
        if not (decision.lead or "").strip() or decision.due is None:
            return said("What is assigned needs a lead department and a due date.")
        if decision.due <= now:
            return said("The due date must lie ahead.")
    return None


def refusal_to_close(meeting: Meeting, matters: Iterable[Matter], now: datetime) -> Said | None:
    """Why a meeting cannot close now with these minutes and this attendance, or None."""
    if not meeting.is_open:
        return said("This meeting is closed.")
    if not meeting.minutes.strip():
        return said("A meeting closes with its minutes.")
    if not any(name.strip() for name in meeting.present):
        return said("Please write down who was present.")
    return next((why for matter in matters if (why := _is_unfinished(meeting, matter, now))), None)


def _is_unfinished(meeting: Meeting, matter: Matter, now: datetime) -> Said | None:
    if matter.outcome is None:
        return said("“{matter}” has no outcome yet.", matter=matter.title)
    if matter.outcome is MatterOutcome.WITHDRAWN:
        return None
    if matter.is_from_below and not matter.feedback.strip():
        return said("“{matter}” came from below and needs feedback.", matter=matter.title)
    if matter.outcome is MatterOutcome.ASSIGNED and matter.due_at is not None and matter.due_at <= now:
        return said(
            "“{matter}”: its due date has passed meanwhile; please decide it anew.", matter=matter.title
        )
    if matter.outcome is MatterOutcome.MOVED_UP:
        if meeting.tier is Tier.CITY:
            return said("The city meeting stands above all others: it moves nothing up.")
        if not matter.ledger.strip():
            return said("What is moved up needs its written ledger.")
    return None


def refusal_of_time(held_at: datetime, now: datetime) -> Said | None:
    """Why a meeting cannot have been held then, or None."""
    if held_at > now:
        return said("A meeting closes after it was held.")
    if held_at < now - RECORDED_WITHIN:
        return said("A meeting is recorded within {n} days of being held.", n=RECORDED_WITHIN.days)
    return None


# --- cadence -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Period:
    """A month, quarter or half-year of the calendar, both days included."""

    first: date
    last: date


class Standing(StrEnum):
    """How a unit stands in a period: it met, it still can, it did not."""

    HELD = "held"
    DUE = "due"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class PeriodStanding:
    """One period and what was held in it; ``held_at`` is the first regular meeting."""

    period: Period
    standing: Standing
    held_at: datetime | None = None


def period_of(tier: Tier, day: date) -> Period:
    """The period in which a day lies."""
    months = MONTHS[tier]
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    return Period(first, _months_later(first, months) - timedelta(days=1))


def _months_later(first: date, months: int) -> date:
    years, month = divmod(first.month - 1 + months, 12)
    return date(first.year + years, month + 1, 1)


def periods(tier: Tier, first: date, last: date) -> tuple[Period, ...]:
    """Every period that has a day between two days, in order, without a gap."""
    return tuple(_periods(tier, first, last))


def _periods(tier: Tier, first: date, last: date) -> Iterator[Period]:
    period = period_of(tier, first)
    while period.first <= last:
        yield period
        period = period_of(tier, period.last + timedelta(days=1))


def first_owed(tier: Tier, begun: date) -> date:
    """The first day of the first whole period of a unit that began on a day: from then on it owes its meetings."""
    period = period_of(tier, begun)
    return begun if period.first == begun else period.last + timedelta(days=1)


def standing(
    tier: Tier, regular_held: Iterable[datetime], since: datetime, now: datetime, zone: ZoneInfo
) -> tuple[PeriodStanding, ...]:
    """How a unit stands in every period from ``since`` to ``now``, oldest first; none is skipped.

    ``regular_held`` are the moments of its regular meetings: ad-hoc meetings never count.
    """
    first, today = since.astimezone(zone).date(), now.astimezone(zone).date()
    held: dict[Period, datetime] = {}
    for at in sorted(at for at in regular_held if at <= now):
        held.setdefault(period_of(tier, at.astimezone(zone).date()), at)
    return tuple(
        PeriodStanding(period, _standing_in(period, held.get(period), today), held.get(period))
        for period in periods(tier, first, today)
    )


def _standing_in(period: Period, held_at: datetime | None, today: date) -> Standing:
    if held_at is not None:
        return Standing.HELD
    return Standing.DUE if today <= period.last else Standing.MISSED


def attendance(names: Sequence[str]) -> tuple[str, ...]:
    """The names that are names, in their order."""
    return tuple(name.strip() for name in names if name.strip())

"""Joint meetings as a person may see them: what is due, one unit's agenda, the ledger, the four figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from city.opened import City
from domain.grids import CITY
from domain.meetings import (
    Matter,
    MatterOutcome,
    Meeting,
    PeriodStanding,
    Standing,
    Tier,
    first_owed,
    may_read_matter,
    may_read_meetings,
    period_of,
    refusal_to_close,
    refusal_to_convene,
    standing,
    tier_of,
    units_that_meet,
)
from domain.people import Person
from domain.said import Refused, Said, said
from storage import meetings
from storage.meetings import FourFigures, LedgerLine, OpenAgenda

LOOKED_BACK = timedelta(days=365)
"""How far back the calendar goes."""


@dataclass(frozen=True, slots=True)
class UnitCalendar:
    """A unit and its periods, oldest first; none when it has not begun its first whole period yet."""

    unit: str
    name: str
    tier: Tier
    periods: tuple[PeriodStanding, ...]
    agenda: OpenAgenda | None

    @property
    def now(self) -> Standing | None:
        """How the unit stands in the running period."""
        return self.periods[-1].standing if self.periods else None

    @property
    def missed(self) -> int:
        return sum(each.standing is Standing.MISSED for each in self.periods)


@dataclass(frozen=True, slots=True)
class AgendaLine:
    """A matter as a page shows it: who passed it up, where its way up ended so far, the ticket behind it."""

    matter: Matter
    from_unit: str | None
    last: Matter
    last_unit: str
    lead: tuple[str, str] | None
    ticket: str | None
    waits: bool
    """Whether a closed meeting assigned it and nobody has noted it as done."""


@dataclass(frozen=True, slots=True)
class AgendaView:
    """One meeting, or a unit that has no open agenda: then ``meeting`` is None.

    ``refused`` says why this person does not convene it, ``ad_hoc_refused`` why not even an ad-hoc one; ``lacking``
    what an open meeting still lacks before it can close with minutes and attendance.
    """

    unit: str
    name: str
    tier: Tier
    meeting: Meeting | None
    lines: tuple[AgendaLine, ...]
    refused: Said | None
    ad_hoc_refused: Said | None
    lacking: Said | None
    held: tuple[Meeting, ...] = ()


# --- the calendar ----------------------------------------------------------------------------------------------


def readable(city: City, person: Person) -> tuple[str, ...]:
    """The units whose meetings this person may read, the city first."""
    structure = city.ground.structure
    return tuple(u for u in units_that_meet(structure) if may_read_meetings(person, u, structure))


def calendar(city: City, person: Person) -> list[UnitCalendar]:
    """What is due for each unit that this person may read: this period and those of the last year."""
    now, structure = city.now(), city.ground.structure
    with city.database.read() as connection:
        since = meetings.begun(connection)
        held = meetings.regular_held(connection, now - 2 * LOOKED_BACK)
        agendas = meetings.open_agendas(connection)
    found = []
    for unit in readable(city, person):
        tier = tier_of(unit, structure)
        assert tier is not None, "units that meet have a tier"
        origin = city.ground.origins.get(unit)
        begun = origin.since if origin and origin.is_new else since
        first = _first_shown(city, tier, begun or now)
        shown = standing(tier, held.get(unit, ()), first, now, city.zone)
        found.append(UnitCalendar(unit, structure.name(unit), tier, shown, agendas.get(unit)))
    return found


def _first_shown(city: City, tier: Tier, begun: datetime) -> datetime:
    """The first moment that the calendar shows: nothing is owed before the first whole period."""
    a_year_ago = period_of(tier, (city.now() - LOOKED_BACK).astimezone(city.zone).date()).first
    owed = first_owed(tier, begun.astimezone(city.zone).date())
    return _midnight(city, max(a_year_ago, owed))


def _midnight(city: City, day: date) -> datetime:
    return datetime.combine(day, time(), city.zone)


# --- agendas ---------------------------------------------------------------------------------------------------


def agenda(city: City, person: Person, unit: str) -> AgendaView:
    """A unit's open agenda and the meetings it held.

    Raises:
        Refused: when this person may not read them.
    """
    _check_reads(city, person, unit)
    with city.database.read() as connection:
        meeting = meetings.open_agenda(connection, unit)
        found = meetings.matters_of(connection, meeting.id) if meeting else []
        lines = meetings.lines_of(connection, found)
        numbers = meetings.numbers_of(connection, {m.ticket_id for m in found if m.ticket_id})
        held = tuple(meetings.meetings_held(connection, unit))
    return _view(city, person, unit, meeting, lines, numbers, held)


def record(city: City, person: Person, meeting_id: int) -> AgendaView:
    """One meeting, open or closed.

    Raises:
        Refused: when there is none, or this person may not read it.
    """
    with city.database.read() as connection:
        meeting = meetings.one_meeting(connection, meeting_id)
        if meeting is None:
            raise Refused(said("There is no such meeting."))
        _check_reads(city, person, meeting.unit)
        found = meetings.matters_of(connection, meeting.id)
        lines = meetings.lines_of(connection, found)
        numbers = meetings.numbers_of(connection, {m.ticket_id for m in found if m.ticket_id})
    return _view(city, person, meeting.unit, meeting, lines, numbers, ())


def led(city: City, person: Person) -> list[AgendaLine]:
    """What meetings assigned to a person's department; nothing for others."""
    if person.department is None:
        return []
    with city.database.read() as connection:
        found = meetings.led_by(connection, person.department)
        numbers = meetings.numbers_of(connection, {x.matter.ticket_id for x in found if x.matter.ticket_id})
    return [_line(city, line, numbers) for line in found]


def _check_reads(city: City, person: Person, unit: str) -> None:
    structure = city.ground.structure
    if not may_read_meetings(person, unit, structure):
        raise Refused(said("The meetings of {unit} are not among what you see.", unit=structure.name(unit)))


def _view(
    city: City, person: Person, unit: str, meeting: Meeting | None, lines: list[LedgerLine],
    numbers: dict[int, str], held: tuple[Meeting, ...],
) -> AgendaView:  # fmt: skip
    structure = city.ground.structure
    tier = meeting.tier if meeting else tier_of(unit, structure)
    if tier is None:
        raise Refused(said("{unit} has no meeting of its own.", unit=structure.name(unit)))
    regular = meeting.regular if meeting else True
    return AgendaView(
        unit=unit,
        name=structure.name(unit),
        tier=tier,
        meeting=meeting,
        lines=tuple(_line(city, line, numbers) for line in lines),
        refused=refusal_to_convene(person, unit, structure, regular=regular),
        ad_hoc_refused=refusal_to_convene(person, unit, structure, regular=False),
        lacking=_lacking(meeting, lines, city.now()),
        held=held,
    )


def _lacking(meeting: Meeting | None, lines: list[LedgerLine], now: datetime) -> Said | None:
    """What is missing but minutes and attendance, which come with the closing."""
    if meeting is None or not meeting.is_open:
        return None
    with_papers = Meeting(tier=meeting.tier, unit=meeting.unit, minutes="·", present=("·",))
    return refusal_to_close(with_papers, [line.matter for line in lines], now)


def _line(city: City, line: LedgerLine, numbers: dict[int, str]) -> AgendaLine:
    matter, structure = line.matter, city.ground.structure
    assigned = matter.outcome is MatterOutcome.ASSIGNED and not line.meeting.is_open
    return AgendaLine(
        matter=matter,
        from_unit=structure.name(line.from_unit) if line.from_unit else None,
        last=line.last,
        last_unit=structure.name(line.last_meeting.unit),
        lead=city.department(matter.lead) if matter.lead else None,
        ticket=numbers.get(matter.ticket_id) if matter.ticket_id else None,
        waits=assigned and matter.settled_at is None,
    )


# --- ledger and figures -------------------------------------------------------------------------------------------


def ledger(
    city: City, person: Person, since: datetime, until: datetime, unit: str | None = None
) -> list[LedgerLine]:
    """Every matter that this person may read of the meetings held in a stretch of time, of one unit and those below."""
    structure = city.ground.structure
    with city.database.read() as connection:
        lines = meetings.ledger(connection, since, until, _within(city, unit))
    return [line for line in lines if may_read_matter(person, line.meeting, line.matter, structure)]


def statistics(
    city: City, person: Person, since: datetime, until: datetime, unit: str | None = None
) -> FourFigures:
    """The report's four figures of a stretch of time, for one unit and those below, or for the whole city.

    Raises:
        Refused: when this person may not read that unit's meetings.
    """
    _check_reads(city, person, unit or CITY)
    with city.database.read() as connection:
        return meetings.four_figures(connection, since, until, _within(city, unit))


def _within(city: City, unit: str | None) -> frozenset[str] | None:
    """A unit and those below it; None for all, also those that are gone."""
    if unit is None or unit == CITY:
        return None
    structure = city.ground.structure
    return frozenset(u for u in units_that_meet(structure) if structure.within(u, unit))

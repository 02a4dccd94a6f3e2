"""Convene the joint meetings of a simulated year: in every period but a few, with matters of their own and from below."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from demo.agendas import FEEDBACK, LEDGER, MINUTES, PRESENT, RESOLUTION
from demo.meetings import HOURS, OFFICE
from demo.town import Town, Weighted
from domain.actions import meetings
from domain.meetings import (
    Decision,
    Matter,
    MatterOutcome,
    Meeting,
    Period,
    Tier,
    period_of,
    periods,
    tier_of,
    units_that_meet,
)
from domain.people import Person
from domain.tickets import Ticket
from storage import meetings as kept
from storage.batched import BatchedStore

MISSED = 0.03
"""How often a unit lets a period pass without meeting."""

TAKES = timedelta(hours=2)
ANNOUNCED = (2, 8)
"""A meeting is planned so many days before."""

OWN_MATTERS: Mapping[Tier, Weighted[int]] = {
    Tier.COMPOUND: ((90, 0), (9, 1), (1, 2)),
    Tier.COMMUNITY: ((5, 0), (20, 1), (30, 2), (30, 3), (15, 4)),
    Tier.STREET: ((20, 1), (30, 2), (30, 3), (20, 4)),
    Tier.CITY: ((30, 1), (40, 2), (30, 3)),
}

S, A, U, R = MatterOutcome.SETTLED, MatterOutcome.ASSIGNED, MatterOutcome.MOVED_UP, MatterOutcome.RETURNED
COMPOUND: Weighted[MatterOutcome] = ((86, S), (9, A), (5, U))
OWN: Weighted[MatterOutcome] = ((77, S), (15, U), (8, A))
OF_TICKETS: Weighted[MatterOutcome] = ((55, A), (20, S), (14, U), (11, R))
FROM_BELOW: Weighted[MatterOutcome] = ((62, S), (29, A), (6, U), (3, R))
AT_THE_TOP: Weighted[MatterOutcome] = ((66, S), (31, A), (3, R))

RETURNED = "经研究，具备基层办理条件，退回原单位按程序办理。"
RETURNED_FEEDBACK = "退回办理，请做好衔接。"
ADHOC = 4
"""So many tickets waiting for a distant meeting bring about one that nobody had planned."""

ADHOC_MET = 0.04
"""How likely that is in a week."""

SETTLES_ASSIGNED = 0.85
"""How much of what was assigned gets done."""


@dataclass
class Conveners:
    """The heads of the units that meet, with their calendars. ``at`` puts something into the run's own calendar."""

    town: Town
    store: BatchedStore
    at: Callable[[datetime, Callable[[datetime], None]], None]
    attempt: Callable[[str, Callable[[], object]], object]
    tickets: Mapping[int, Ticket]
    titles: Sequence[str] = ()

    def begin(self, start: datetime, end: datetime) -> None:
        """Put every meeting of the stretch into the calendar; agendas that have their date already keep it."""
        held = kept.regular_held(self.store.connection, start - timedelta(days=190))
        planned = {
            unit: agenda.meeting.planned_at
            for unit, agenda in kept.open_agendas(self.store.connection).items()
        }
        for unit in units_that_meet(self.town.rules.structure):
            self._put_into_calendar(unit, held.get(unit, []), planned.get(unit), start, end)

    def _put_into_calendar(
        self, unit: str, held: Sequence[datetime], planned: datetime | None, start: datetime, end: datetime
    ) -> None:
        tier, zone = _tier(self.town, unit), self.town.clock.zone
        done = {period_of(tier, at.astimezone(zone).date()) for at in held}
        if planned and planned > start:
            done.add(period_of(tier, planned.astimezone(zone).date()))
            self._await(unit, planned)
        today, last = start.astimezone(zone).date(), end.astimezone(zone).date()
        for period in periods(tier, today, last):
            moment = self._moment(tier, period, max(today, period.first))
            if period in done or moment is None or self.town.chance(MISSED):
                continue
            before = moment - timedelta(days=self.town.random.randint(*ANNOUNCED), minutes=17)
            self.at(max(before, start + timedelta(minutes=5)), self._planning(unit, moment))

    def _moment(self, tier: Tier, period: Period, first: date) -> datetime | None:
        """A workday of what is left of the period; the city meets in its second half, after the streets."""
        if tier is Tier.CITY:
            first = max(first, period.first + (period.last - period.first) / 2)
        days = [first + timedelta(days=n) for n in range(1, (period.last - first).days + 1)]
        worked = [day for day in days if self.town.clock.is_worked(day)]
        if not worked:
            return None
        hour: time = self.town.random.choice(HOURS.get(tier.value, OFFICE))
        return datetime.combine(self.town.random.choice(worked), hour, self.town.clock.zone)

    # --- before, and at the meeting --------------------------------------------------------------------------

    def _planning(self, unit: str, moment: datetime, *, regular: bool = True) -> Callable[[datetime], None]:
        return lambda now: self._plan(unit, moment, self.town.at(unit), now, regular=regular)

    def _plan(self, unit: str, moment: datetime, by: Person, now: datetime, *, regular: bool) -> None:
        if moment <= now:
            return
        agenda = kept.open_agenda(self.store.connection, unit)
        rules, version = self.town.rules, agenda.version if agenda else None
        if self.attempt(
            "plan_meeting",
            lambda: meetings.plan_meeting(
                self.store, rules, unit, moment, regular=regular, version=version, by=by, now=now
            ),
        ):
            self._add_own(unit, by, now)
            self._await(unit, moment)

    def _add_own(self, unit: str, by: Person, now: datetime) -> None:
        for _ in range(self.town.one_of(OWN_MATTERS[_tier(self.town, unit)])):
            title = self.town.rules.structure.name(unit) + self.town.random.choice(self.titles)
            self.attempt("add_matter", self._adding(unit, title, by, now))

    def _adding(self, unit: str, title: str, by: Person, now: datetime) -> Callable[[], object]:
        return lambda: meetings.add_matter(self.store, self.town.rules, unit, title, by=by, now=now)

    def _await(self, unit: str, moment: datetime) -> None:
        self.at(moment + TAKES, lambda now: self._hold(unit, moment, now))

    def _hold(self, unit: str, moment: datetime, now: datetime) -> None:
        agenda = kept.open_agenda(self.store.connection, unit)
        if agenda is None or agenda.planned_at != moment:
            return
        by = self.town.at(unit) if agenda.regular or agenda.tier is not Tier.CITY else self.town.leader
        version = agenda.version
        for matter in kept.matters_of(self.store.connection, agenda.id):
            if matter.outcome is None and self.attempt(
                "decide", self._deciding(agenda, matter, version, by, now)
            ):
                version += 1
        closed = self.attempt("close_meeting", self._closing(agenda, moment, version, by, now))
        if isinstance(closed, Meeting):
            self._await_assigned(closed, now)

    def _deciding(
        self, agenda: Meeting, matter: Matter, version: int, by: Person, now: datetime
    ) -> Callable[[], object]:
        decision = self._decision(agenda, matter, now)
        return lambda: meetings.decide(
            self.store, self.town.rules, matter.id, decision, version=version, by=by, now=now
        )

    def _closing(
        self, agenda: Meeting, moment: datetime, version: int, by: Person, now: datetime
    ) -> Callable[[], object]:
        return lambda: meetings.close_meeting(
            self.store, self.town.rules, agenda.id, PRESENT[agenda.tier], MINUTES, moment,
            version=version, by=by, now=now,
        )  # fmt: skip

    def _decision(self, agenda: Meeting, matter: Matter, now: datetime) -> Decision:
        outcome = self.town.one_of(_chances(agenda, matter))
        return Decision(
            outcome,
            resolution=RETURNED if outcome is R else RESOLUTION.get(outcome, ""),
            lead=self._lead(matter) if outcome is A else None,
            due=self.town.working_hours_later(now, 60, 220) if outcome is A else None,
            ledger=LEDGER if outcome is U else "",
            feedback=FEEDBACK.get(outcome, RETURNED_FEEDBACK if outcome is R else "已提请上级研究。"),
        )

    def _lead(self, matter: Matter) -> str:
        """The department that has the ticket or should have it; for any other matter some department."""
        ticket = self.tickets.get(matter.ticket_id or 0)
        known = (ticket.lead or self.town.rules.route(ticket).lead) if ticket else None
        return known or self.town.random.choice(self.town.departments)

    def _await_assigned(self, closed: Meeting, now: datetime) -> None:
        """What was assigned without a ticket is noted as done by the convener, most of it before its day."""
        for matter in kept.matters_of(self.store.connection, closed.id):
            if matter.outcome is A and matter.ticket_id is None and self.town.chance(SETTLES_ASSIGNED):
                self.at(self.town.working_hours_later(now, 30, 230), self._noting(matter.id, closed.unit))

    def _noting(self, matter_id: int, unit: str) -> Callable[[datetime], None]:
        def note(now: datetime) -> None:
            by, rules = self.town.at(unit), self.town.rules
            self.attempt(
                "settle_assigned",
                lambda: meetings.settle_assigned(self.store, rules, matter_id, by=by, now=now),
            )

        return note

    # --- without a date --------------------------------------------------------------------------------------

    def look_at_agendas(self, now: datetime) -> None:
        """Where several tickets wait and no meeting is planned, one is convened out of turn; the city's by a leader."""
        for unit, agenda in sorted(kept.open_agendas(self.store.connection).items()):
            tier = agenda.meeting.tier
            waits = agenda.undecided >= ADHOC and agenda.meeting.planned_at is None
            if tier is Tier.COMPOUND or not waits or not self.town.chance(ADHOC_MET):
                continue
            by = self.town.leader if tier is Tier.CITY else self.town.at(unit)
            day = self.town.working_hours_later(now, 16, 40).astimezone(self.town.clock.zone).date()
            moment = datetime.combine(day, time(14), self.town.clock.zone)
            self._plan(unit, moment, by, now, regular=False)


def _tier(town: Town, unit: str) -> Tier:
    tier = tier_of(unit, town.rules.structure)
    assert tier is not None, "these units meet"
    return tier


def _chances(agenda: Meeting, matter: Matter) -> Weighted[MatterOutcome]:
    if agenda.tier is Tier.CITY:
        return AT_THE_TOP
    if matter.is_from_below:
        return FROM_BELOW
    if matter.ticket_id is not None:
        return OF_TICKETS
    return COMPOUND if agenda.tier is Tier.COMPOUND else OWN

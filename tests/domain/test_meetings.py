"""The joint meetings: cadence, who convenes, what may be decided and closed – and what always holds, on a real store."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from domain.actions import meetings as acting
from domain.events import breaks, meeting_stream
from domain.grids import CITY, Grid, Level, Street, Structure
from domain.meetings import (
    FINAL,
    Decision,
    Matter,
    MatterOutcome,
    Meeting,
    MeetingState,
    Origin,
    Period,
    Standing,
    Tier,
    attendance,
    first_owed,
    may_read_matter,
    may_read_meetings,
    meeting_unit,
    period_of,
    periods,
    refusal_to_close,
    refusal_to_convene,
    refusal_to_decide,
    standing,
    tier_of,
    units_that_meet,
)
from domain.people import Person, Role
from domain.said import Refused
from domain.tickets import State, Words
from storage import lists
from storage.database import Database
from storage.meetings import matter_from, meeting_from
from storage.schema import inbox, meeting_matters, meetings, metadata
from storage.store import TicketStore
from tests.domain.build import (
    ADMIN,
    COMMUNITY,
    COMPOUND,
    DEPARTMENT,
    LEADER,
    MEMBER,
    MONDAY,
    NEIGHBOUR,
    OFFICE,
    PLANNER,
    RULES,
    STREET,
    STRUCTURE,
    ZONE,
    ticket,
)

SOON = MONDAY + timedelta(hours=1)
OPEN = Meeting(id=1, tier=Tier.COMMUNITY, unit="C")
HELD = replace(OPEN, minutes="We met.", present=("The head",))
OWN = Matter(id=1, meeting_id=1, title="Lamps")
BELOW = replace(OWN, origin=Origin.BELOW, from_matter=9)
GOOD = {
    MatterOutcome.SETTLED: Decision(MatterOutcome.SETTLED, "Mended.", feedback="It is mended."),
    MatterOutcome.ASSIGNED: Decision(
        MatterOutcome.ASSIGNED, "To be mended.", "water", MONDAY + timedelta(days=900), feedback="Soon."
    ),
    MatterOutcome.MOVED_UP: Decision(
        MatterOutcome.MOVED_UP, ledger="Costs too much.", feedback="Further up."
    ),
    MatterOutcome.RETURNED: Decision(MatterOutcome.RETURNED, "Not a public lamp.", feedback="Ask the owner."),
}

# --- who ---------------------------------------------------------------------------------------------------


def test_compounds_communities_streets_and_the_city_meet_and_building_grids_do_not() -> None:
    tiers = [tier_of(unit, STRUCTURE) for unit in ("C11", "C1", "C", "S", CITY, "gone")]
    assert tiers == [None, Tier.COMPOUND, Tier.COMMUNITY, Tier.STREET, Tier.CITY, None]
    assert units_that_meet(STRUCTURE) == (CITY, "S", "C", "D", "C1")
    assert [meeting_unit(unit, STRUCTURE) for unit in ("C11", "C1", "gone")] == ["C1", "C1", CITY]


def test_the_head_of_a_unit_convenes_and_nobody_else() -> None:
    convenes = {"C1": COMPOUND, "C": COMMUNITY, "D": NEIGHBOUR, "S": STREET, CITY: OFFICE}
    everybody = (MEMBER, *convenes.values(), LEADER, PLANNER, ADMIN, DEPARTMENT)
    for unit, head in convenes.items():
        for person in everybody:
            refused = refusal_to_convene(person, unit, STRUCTURE, regular=True)
            assert (refused is None) is (person is head), (unit, person)


def test_a_leader_convenes_the_citys_ad_hoc_meetings_alone() -> None:
    assert refusal_to_convene(LEADER, CITY, STRUCTURE, regular=False) is None
    assert refusal_to_convene(LEADER, CITY, STRUCTURE, regular=True)
    assert refusal_to_convene(LEADER, "S", STRUCTURE, regular=False)


def test_what_a_unit_that_is_gone_left_open_the_city_office_closes() -> None:
    assert refusal_to_convene(OFFICE, "gone", STRUCTURE, regular=True) is None
    assert refusal_to_convene(STREET, "gone", STRUCTURE, regular=True)
    assert refusal_to_convene(OFFICE, "C11", STRUCTURE, regular=True)


def test_agendas_are_read_by_the_convener_the_units_above_leaders_and_the_city_office() -> None:
    readers = {p for p in (MEMBER, COMPOUND, COMMUNITY, NEIGHBOUR, STREET, OFFICE, LEADER, PLANNER, ADMIN, DEPARTMENT)
               if may_read_meetings(p, "C", STRUCTURE)}  # fmt: skip
    assert readers == {COMMUNITY, STREET, OFFICE, LEADER}


def test_a_department_reads_the_matters_that_it_leads_alone() -> None:
    assert may_read_matter(DEPARTMENT, OPEN, replace(OWN, lead="water"), STRUCTURE)
    assert not may_read_matter(DEPARTMENT, OPEN, OWN, STRUCTURE)
    assert not may_read_matter(DEPARTMENT, OPEN, replace(OWN, lead="power"), STRUCTURE)


# --- deciding and closing --------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", GOOD)
def test_a_decision_that_lacks_nothing_stands(outcome: MatterOutcome) -> None:
    assert refusal_to_decide(OPEN, BELOW, GOOD[outcome], SOON) is None


@pytest.mark.parametrize(
    ("decision", "why"),
    [
        (replace(GOOD[MatterOutcome.MOVED_UP], ledger=" "), "ledger"),
        (replace(GOOD[MatterOutcome.RETURNED], resolution=""), "reason"),
        (replace(GOOD[MatterOutcome.SETTLED], resolution=""), "resolution"),
        (replace(GOOD[MatterOutcome.ASSIGNED], lead=None), "lead department"),
        (replace(GOOD[MatterOutcome.ASSIGNED], due=None), "due date"),
        (replace(GOOD[MatterOutcome.ASSIGNED], due=MONDAY), "ahead"),
        (Decision(MatterOutcome.WITHDRAWN, "Away with it."), "ends elsewhere"),
    ],
)
def test_a_decision_needs_what_its_outcome_needs(decision: Decision, why: str) -> None:
    assert why in str(refusal_to_decide(OPEN, OWN, decision, SOON))


def test_the_city_moves_nothing_up_and_a_closed_meeting_decides_nothing() -> None:
    city = replace(OPEN, tier=Tier.CITY, unit=CITY)
    assert refusal_to_decide(city, OWN, GOOD[MatterOutcome.MOVED_UP], SOON)
    closed = replace(OPEN, state=MeetingState.CLOSED)
    assert refusal_to_decide(closed, OWN, GOOD[MatterOutcome.SETTLED], SOON)
    withdrawn = replace(OWN, outcome=MatterOutcome.WITHDRAWN)
    assert refusal_to_decide(OPEN, withdrawn, GOOD[MatterOutcome.SETTLED], SOON)


def test_a_meeting_closes_when_nothing_is_missing() -> None:
    done = replace(BELOW, outcome=MatterOutcome.SETTLED, feedback="It is mended.")
    withdrawn = replace(BELOW, outcome=MatterOutcome.WITHDRAWN)
    assert refusal_to_close(HELD, [done, withdrawn], MONDAY) is None
    assert refusal_to_close(HELD, [], MONDAY) is None


@pytest.mark.parametrize(
    ("meeting", "matter", "why"),
    [
        (replace(HELD, minutes=" "), None, "minutes"),
        (replace(HELD, present=(" ",)), None, "present"),
        (replace(HELD, state=MeetingState.CLOSED), None, "closed"),
        (HELD, OWN, "no outcome"),
        (HELD, replace(BELOW, outcome=MatterOutcome.SETTLED), "feedback"),
        (HELD, replace(OWN, outcome=MatterOutcome.MOVED_UP), "ledger"),
    ],
)
def test_a_meeting_stays_open_while_something_is_missing(
    meeting: Meeting, matter: Matter | None, why: str
) -> None:
    assert why in str(refusal_to_close(meeting, [matter] if matter else [], MONDAY))


def test_names_that_are_none_are_left_out_of_the_attendance() -> None:
    assert attendance([" 王主任 ", "", " "]) == ("王主任",)


# --- cadence ---------------------------------------------------------------------------------------------------

DAYS = st.dates(date(2019, 1, 1), date(2031, 12, 31))
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


def test_periods_are_those_of_the_calendar() -> None:
    day = date(2026, 11, 24)
    assert period_of(Tier.COMPOUND, day) == Period(date(2026, 11, 1), date(2026, 11, 30))
    assert period_of(Tier.COMMUNITY, day) == Period(date(2026, 10, 1), date(2026, 12, 31))
    assert period_of(Tier.STREET, date(2028, 2, 29)) == Period(date(2028, 1, 1), date(2028, 3, 31))
    assert period_of(Tier.CITY, day) == Period(date(2026, 7, 1), date(2026, 12, 31))


@given(st.sampled_from(Tier), DAYS, DAYS)
def test_periods_follow_each_other_without_a_gap_and_hold_both_days(tier: Tier, a: date, b: date) -> None:
    first, last = sorted((a, b))
    found = periods(tier, first, last)
    assert found[0].first <= first <= found[0].last and found[-1].first <= last <= found[-1].last
    assert all(one.last + timedelta(days=1) == two.first for one, two in pairwise(found))


@given(st.sampled_from(Tier), st.lists(MOMENTS), MOMENTS, MOMENTS)
def test_a_missed_period_is_flagged_and_never_skipped(
    tier: Tier, held: list[datetime], a: datetime, b: datetime
) -> None:
    since, now = sorted((a, b))
    today = now.astimezone(ZONE).date()
    found = standing(tier, held, since, now, ZONE)
    assert [s.period for s in found] == list(periods(tier, since.astimezone(ZONE).date(), today))
    for each in found:
        days = [at.astimezone(ZONE).date() for at in held if at <= now]
        met = any(each.period.first <= day <= each.period.last for day in days)
        over = each.period.last < today
        assert each.standing is (Standing.HELD if met else Standing.MISSED if over else Standing.DUE)
        assert (each.held_at is not None) is met


def test_the_citys_own_midnight_parts_the_periods() -> None:
    new_year_in_donggang = datetime(2025, 12, 31, 16, 30, tzinfo=UTC)
    last = standing(Tier.COMPOUND, [new_year_in_donggang], MONDAY - timedelta(days=365), MONDAY, ZONE)
    held = [s.period.first for s in last if s.standing is Standing.HELD]
    assert held == [date(2026, 1, 1)]


def test_a_unit_owes_its_first_meeting_in_its_first_whole_period() -> None:
    assert first_owed(Tier.COMMUNITY, date(2025, 11, 23)) == date(2026, 1, 1)
    assert first_owed(Tier.COMMUNITY, date(2025, 10, 1)) == date(2025, 10, 1)


# --- what always holds ---------------------------------------------------------------------------------------

TOWN = Structure.of(
    [
        Grid("C", Level.COMMUNITY, "C", "S"),
        Grid("D", Level.COMMUNITY, "D", "S"),
        Grid("C1", Level.COMPOUND, "C1", "C"),
        Grid("C2", Level.COMPOUND, "C2", "C"),
        Grid("C11", Level.BUILDING, "C11", "C1"),
    ],
    [Street("S", "S")],
    "City",
)
TOWN_RULES = replace(RULES, structure=TOWN, departments=frozenset({"water"}))
HEADS = {
    "C1": COMPOUND,
    "C2": Person(12, "compound 2", Role.COMPOUND, "C2"),
    "C": COMMUNITY,
    "D": NEIGHBOUR,
    "S": STREET,
    CITY: OFFICE,
}
UNITS = st.sampled_from(sorted(HEADS))
TEXTS = st.sampled_from(["", " ", "words"])


class JointMeetings(RuleBasedStateMachine):
    """People do anything in any order, well or badly; what must always hold is looked up in the database."""

    tickets = Bundle("tickets")

    @initialize()
    def begin(self) -> None:
        self.database = Database("sqlite://")
        with self.database.write() as connection:
            metadata.create_all(connection)
        self.store = TicketStore(self.database)
        self.now = MONDAY
        self.followed: Counter[tuple[int, str]] = Counter()
        self.withdrawn: set[int] = set()

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.database.close()

    # --- what people do ------------------------------------------------------------------------------------

    @rule(unit=UNITS, title=st.sampled_from(["Lamps", "Lifts", " "]))
    def a_head_adds_a_matter(self, unit: str, title: str) -> None:
        self.tick()
        try:
            acting.add_matter(self.store, TOWN_RULES, unit, title, by=HEADS[unit], now=self.now)
        except Refused:
            assert not title.strip()

    @rule(target=tickets, unit=st.sampled_from(["C11", *sorted(HEADS)]))
    def a_ticket_comes(self, unit: str) -> int:
        return self.put_new_ticket(unit)

    @rule(ticket_id=tickets, unit=UNITS)
    def a_ticket_is_put_on_an_agenda_again(self, ticket_id: int, unit: str) -> None:
        self.tick()
        with self.store.work() as work:
            made = work.ticket(ticket_id)
            assert made is not None
            before = work.meetings.open_matter_of_ticket(ticket_id)
            matter = acting.put_on_agenda(work, TOWN_RULES, unit, made, origin=Origin.SWEEP, now=self.now)
            assert before is None or matter == before

    @rule(ticket_id=tickets)
    def a_ticket_ends_elsewhere(self, ticket_id: int) -> None:
        self.tick()
        with self.store.work() as work:
            if matter := acting.withdraw(work, ticket_id, self.now):
                self.withdrawn.add(matter.id)

    @rule(unit=UNITS, regular=st.booleans())
    def a_head_plans_the_next_meeting(self, unit: str, regular: bool) -> None:
        self.tick()
        acting.plan_meeting(
            self.store, TOWN_RULES, unit, self.now + timedelta(days=3), regular=regular,
            version=self.version_of(unit), by=HEADS[unit], now=self.now,
        )  # fmt: skip

    @rule(
        unit=UNITS, outcome=st.sampled_from(list(GOOD)), ledger=TEXTS, feedback=TEXTS, nth=st.integers(0, 9)
    )
    def a_head_decides_somehow(
        self, unit: str, outcome: MatterOutcome, ledger: str, feedback: str, nth: int
    ) -> None:
        matters = self.open_matters(unit)
        assume(matters)
        decision = replace(GOOD[outcome], ledger=ledger, feedback=feedback)
        matter = matters[nth % len(matters)]
        try:
            self.decide(unit, matter, decision)
        except Refused:
            moved_up = outcome is MatterOutcome.MOVED_UP
            assert matter.outcome is MatterOutcome.WITHDRAWN or (
                moved_up and (unit == CITY or not ledger.strip())
            )

    @rule(unit=UNITS, minutes=TEXTS, present=TEXTS)
    def a_head_closes_the_meeting_as_it_is(self, unit: str, minutes: str, present: str) -> None:
        assume(self.version_of(unit))
        matters = self.open_matters(unit)
        unfinished = [
            m
            for m in matters
            if m.outcome is None
            or (m.from_matter and not m.feedback and m.outcome is not MatterOutcome.WITHDRAWN)
        ]
        try:
            self.close(unit, minutes, present)
        except Refused:
            assert unfinished or not minutes.strip() or not present.strip()
        else:
            assert not unfinished and minutes.strip() and present.strip()

    @rule(unit=UNITS, outcomes=st.lists(st.sampled_from(list(GOOD)), min_size=1, max_size=3))
    def a_head_holds_a_good_meeting(self, unit: str, outcomes: list[MatterOutcome]) -> None:
        assume(self.version_of(unit))
        self.hold(unit, outcomes)

    @rule(
        target=tickets,
        start=st.sampled_from(["C1", "C2", "D"]),
        steps=st.integers(1, 3),
        end=st.sampled_from([None, *sorted(FINAL)]),
    )
    def a_ticket_climbs(self, start: str, steps: int, end: MatterOutcome | None) -> int:
        ticket_id = self.put_new_ticket(start)
        way = TOWN.chain(start)
        for unit in way[: min(steps, len(way) - 1)]:
            self.hold(unit, [MatterOutcome.MOVED_UP])
        if end:
            self.hold(way[min(steps, len(way) - 1)], [end])
        return ticket_id

    @rule(unit=UNITS)
    def a_stranger_changes_nothing(self, unit: str) -> None:
        matters = self.open_matters(unit)
        version = self.version_of(unit)
        assume(matters and version)
        for by in (MEMBER, DEPARTMENT, PLANNER, ADMIN, *(p for u, p in HEADS.items() if u != unit)):
            with pytest.raises(Refused):
                acting.decide(
                    self.store, TOWN_RULES, matters[0].id, GOOD[MatterOutcome.SETTLED],
                    version=version, by=by, now=self.now,
                )  # fmt: skip

    # --- what always holds ---------------------------------------------------------------------------------

    @invariant()
    def a_unit_has_one_open_agenda_and_an_item_is_on_one_at_most(self) -> None:
        known, matters = self.everything()
        agendas = Counter(m.unit for m in known.values() if m.is_open)
        assert all(n == 1 for n in agendas.values())
        on = [
            m for m in matters.values() if known[m.meeting_id].is_open and m.outcome is not MatterOutcome.WITHDRAWN
        ]  # fmt: skip
        by_ticket = Counter(m.ticket_id for m in on if m.ticket_id)
        assert all(n == 1 for n in by_ticket.values())

    @invariant()
    def every_submission_is_on_the_next_agenda_of_the_unit_above(self) -> None:
        known, matters = self.everything()
        submitted = {m.from_matter: m for m in matters.values() if m.from_matter}
        moved = {
            m.id: m
            for m in matters.values()
            if m.outcome is MatterOutcome.MOVED_UP and not known[m.meeting_id].is_open
        }
        assert set(submitted) == set(moved)
        assert len(submitted) == sum(m.from_matter is not None for m in matters.values())
        for lower, upper in submitted.items():
            below, above = known[moved[lower].meeting_id], known[upper.meeting_id]
            assert above.unit == TOWN.above(below.unit)
            assert (upper.title, upper.ticket_id) == (moved[lower].title, moved[lower].ticket_id)
            assert moved[lower].ledger and below.minutes and below.closed_at
            closed_since = [
                m.closed_at
                for m in known.values()
                if m.unit == above.unit and m.closed_at and m.closed_at > below.closed_at
            ]
            assert (above.closed_at or None) == (min(closed_since) if closed_since else None)

    @invariant()
    def no_meeting_closed_while_something_lacked(self) -> None:
        known, matters = self.everything()
        for matter in matters.values():
            if not known[matter.meeting_id].is_open:
                assert matter.outcome is not None
                assert matter.feedback or not matter.from_matter or matter.outcome is MatterOutcome.WITHDRAWN
        assert all(m.minutes and m.present and m.held_at for m in known.values() if not m.is_open)

    @invariant()
    def the_city_submits_to_nobody(self) -> None:
        known, matters = self.everything()
        assert not any(
            m.outcome is MatterOutcome.MOVED_UP and known[m.meeting_id].unit == CITY for m in matters.values()
        )

    @invariant()
    def feedback_reached_every_level_that_passed_the_matter_up_and_the_ticket(self) -> None:
        known, matters = self.everything()
        followed: Counter[tuple[int, str]] = Counter()
        for matter in matters.values():
            over = matter.outcome is MatterOutcome.WITHDRAWN or not known[matter.meeting_id].is_open
            if not matter.outcome or not over:
                continue
            below = matter.from_matter
            while below is not None:
                lower = matters[below]
                assert lower.fed_back_at is not None
                if matter.outcome in FINAL:
                    assert lower.feedback == matter.feedback
                    told = (known[lower.meeting_id].unit, "matter_fed_back", lower.meeting_id)
                    assert told in self.told()
                below = lower.from_matter
            if matter.ticket_id and matter.outcome in FINAL:
                followed[matter.ticket_id, matter.outcome.value] += 1
        assert followed == self.followed

    @invariant()
    def every_change_is_an_event_in_an_unbroken_chain(self) -> None:
        known, _ = self.everything()
        with self.database.read() as connection:
            for meeting in known.values():
                log = [event for event, _ in lists.events_of(connection, meeting_stream(meeting.id))]
                assert not breaks(log) and len(log) == meeting.version

    # --- looking -------------------------------------------------------------------------------------------

    def tick(self) -> None:
        self.now += timedelta(hours=1)

    def everything(self) -> tuple[dict[int, Meeting], dict[int, Matter]]:
        with self.database.read() as connection:
            known = {row.id: meeting_from(row) for row in connection.execute(select(meetings))}
            matters = {row.id: matter_from(row) for row in connection.execute(select(meeting_matters))}
        return known, matters

    def told(self) -> set[tuple[str, str, int]]:
        with self.database.read() as connection:
            return {
                (post, kind, meeting)
                for post, kind, meeting in connection.execute(
                    select(inbox.c.post, inbox.c.kind, inbox.c.meeting_id)
                )
            }

    def version_of(self, unit: str) -> int | None:
        known, _ = self.everything()
        return next((m.version for m in known.values() if m.unit == unit and m.is_open), None)

    def open_matters(self, unit: str) -> list[Matter]:
        known, matters = self.everything()
        return [
            m for m in matters.values() if known[m.meeting_id].is_open and known[m.meeting_id].unit == unit
        ]

    def put_new_ticket(self, unit: str) -> int:
        self.tick()
        with self.store.work() as work:
            made = work.add_ticket(ticket(State.AT_MEETING, id=0, no=""), Words(), None)
            acting.put_on_agenda(work, TOWN_RULES, unit, made, origin=Origin.OWN, now=self.now)
        return made.id

    def hold(self, unit: str, outcomes: list[MatterOutcome]) -> None:
        """Everything on the open agenda decided well, and the meeting closed."""
        for n, matter in enumerate(self.open_matters(unit)):
            outcome = outcomes[n % len(outcomes)]
            if unit == CITY and outcome is MatterOutcome.MOVED_UP:
                outcome = MatterOutcome.SETTLED
            if matter.outcome is not MatterOutcome.WITHDRAWN:
                self.decide(unit, matter, GOOD[outcome])
        self.close(unit, "We met.", "The head")

    def decide(self, unit: str, matter: Matter, decision: Decision) -> None:
        self.tick()
        version = self.version_of(unit)
        assert version is not None
        acting.decide(
            self.store, TOWN_RULES, matter.id, decision, version=version, by=HEADS[unit], now=self.now
        )

    def close(self, unit: str, minutes: str, present: str) -> None:
        self.tick()
        known, _ = self.everything()
        meeting = next(m for m in known.values() if m.unit == unit and m.is_open)
        followed: list[tuple[int, str]] = []

        def follow(_work, _rules, ticket_id, resolution, *, by, now):
            assert resolution.unit == unit and by == HEADS[unit] and now == self.now
            followed.append((ticket_id, resolution.outcome))

        acting.close_meeting(
            self.store, TOWN_RULES, meeting.id, [present], minutes, self.now - timedelta(minutes=30),
            version=meeting.version, by=HEADS[unit], now=self.now, follow=follow,
        )  # fmt: skip
        self.followed.update(followed)


JointMeetings.TestCase.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)  # fmt: skip
TestJointMeetings = pytest.mark.slow(JointMeetings.TestCase)

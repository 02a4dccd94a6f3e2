"""Whatever people do, in whatever order: the rules of a ticket's life hold, on the real store, through the real actions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import select

from domain.actions import meetings as convening
from domain.actions.raising import RAISES, Report, raise_ticket
from domain.actions.sweep import sweep
from domain.actions.tickets import act, may_see, rate_by_link
from domain.grids import CITY
from domain.meetings import Decision, MatterOutcome, Meeting
from domain.moves import MOVE, MOVES, Given, Move, refusal
from domain.people import Person, Role
from domain.place import LngLat
from domain.said import Refused, Stale
from domain.tickets import Source, State, Ticket, Words
from storage.database import Database
from storage.schema import inbox, ratings
from storage.store import TicketStore
from tests.domain.build import MONDAY, OFFICE
from tests.storage.living import (
    ANNOUNCED,
    CONVENERS,
    ODDLY_GIVEN,
    PEOPLE,
    PLACES,
    TOWN_RULES,
    Seen,
    check_agendas,
    check_life,
    check_swept,
    check_whole,
    cleared,
    cluttered,
    look,
    well_given,
)

STEPS = 100
"""Steps of one life."""

TICK = timedelta(seconds=37, microseconds=654_321)
SHORT = (
    timedelta(minutes=1),
    timedelta(minutes=20),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(days=1),
)
LONG = (timedelta(), *SHORT, timedelta(days=3), timedelta(days=8), timedelta(days=15), timedelta(days=45))
BY_HAND = tuple(move.name for move in MOVES if move.name not in ("raised", "resolve", "unrated"))
HANDED = ("skip_up", "place", "settle", "hand_up", "reject", "to_meeting", "merge", "cancel")
ASKED = (
    "approve_extension", "refuse_extension", "ask_extension", "approve_hold", "refuse_hold", "ask_hold", "resume",
    "return", "redispatch",
)  # fmt: skip
PAIRS = (("dispatch", "return"), ("ask_extension", "approve_extension"))
DOUBTED = ("check_fail", "dissatisfied", "reopen", "supervise", "instruct")
BY_NAME = {by.name or by.role.value: by for by in PEOPLE}
NTH = st.integers(0, 59)
ROAD = {
    State.RAISED: ("accept",), State.ACCEPTED: ("dispatch", "hand_up"), State.DISPATCHED: ("sign",),
    State.IN_PROGRESS: ("report_done",), State.ON_HOLD: ("resume",), State.AWAITING_CHECK: ("check_pass",),
}  # fmt: skip
"""The way that every ticket should go, until the public is asked."""


@dataclass
class Tally:
    """What was done in all lives together."""

    steps: int = 0
    moves: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    stale: int = 0


class Lives(RuleBasedStateMachine):
    """People, residents, meetings and the clock act on a town's tickets, well or badly; after every step all is checked."""

    database: ClassVar[Database]
    tally: ClassVar[Tally]

    @initialize(
        after=st.sampled_from([timedelta(), timedelta(days=4), timedelta(days=33)]),
        ways=st.lists(st.tuples(NTH, st.integers(0, 11)), min_size=5, max_size=5),
    )
    def begin(self, after: timedelta, ways: list[tuple[int, int]]) -> None:
        """A town in which some tickets are on their way."""
        cleared(self.database)
        self.store = TicketStore(self.database)
        self.rules = TOWN_RULES
        self.now = MONDAY + after
        self.seen = Seen()
        self.look()
        for nth, steps in ways:
            self.a_head_raises_where_it_may(nth)
            self.go_on(max(self.seen.tickets), steps, nth)
        self.raise_it(Report(LngLat(7, 1), "lamp", Words("lost")), OFFICE)

    def teardown(self) -> None:
        if hasattr(self, "seen"):
            with self.database.read() as connection:
                check_whole(connection, self.seen)

    # --- raising ---------------------------------------------------------------------------------------------

    @rule(by=st.sampled_from(sorted(BY_NAME)), lng=st.sampled_from([*PLACES, None]), nth=NTH)
    def somebody_raises(self, by: str, lng: int | None, nth: int) -> None:
        self.tick()
        point = None if lng is None else LngLat(lng, 1)
        report = Report(
            point, ("noise", "lamp", "gas", "noise", "ghosts")[nth % 5], Words("" if nth == 59 else "loud"),
            urgent=nth % 3 == 0, from_resident=nth % 2 == 0, once=f"{nth % 7}" if nth > 20 else None,
        )  # fmt: skip
        self.raise_it(report, BY_NAME[by])

    @rule(nth=NTH)
    def a_head_raises_where_it_may(self, nth: int) -> None:
        self.tick()
        heads = [by for by in PEOPLE if by.role in RAISES]
        by = heads[nth % len(heads)]
        chain = self.rules.structure.chain
        mine = (
            [7] if by.area == CITY else [n for n, at in PLACES.items() if by.area in chain(at.grid or CITY)]
        )
        report = Report(
            LngLat(mine[nth % len(mine)], 1),
            ("noise", "lamp", "gas")[nth % 3],
            Words("loud"),
            from_resident=nth % 2 == 0,
        )
        assert self.raise_it(report, by)

    @rule(nth=NTH)
    def the_same_send_comes_twice(self, nth: int) -> None:
        self.tick()
        report = Report(LngLat(1, 1), "noise", Words("loud"), once=f"twice-{nth}")
        first = self.raise_it(report, PEOPLE[0])
        self.tick()
        assert (
            first and raise_ticket(self.store, self.rules, report, by=PEOPLE[0], now=self.now).id == first.id
        )
        self.nothing_changed()

    def raise_it(self, report: Report, by: Person) -> Ticket | None:
        before = self.seen
        try:
            made = raise_ticket(self.store, self.rules, report, by=by, now=self.now)
        except Refused:
            self.tally.refused += 1
            self.nothing_changed()
            return None
        self.look(made.id)
        if made.id in before.tickets:
            assert self.seen == before and report.once
        else:
            assert self.seen.tickets[made.id] == made and made.state is State.RAISED
            by_resident = report.from_resident or by.role is Role.RESIDENT
            assert (made.source is Source.RESIDENT) is by_resident
            self.told("raised", made, by)
        return made

    # --- moving ----------------------------------------------------------------------------------------------

    @rule(
        moves=st.lists(st.sampled_from(BY_HAND), min_size=1, max_size=3),
        nth=NTH,
        pick=NTH,
        messy=st.booleans(),
    )
    def people_do_what_is_open_to_them(self, moves: list[str], nth: int, pick: int, messy: bool) -> None:
        """These moves, or the next of the table that anybody may make on any ticket."""
        self.tick()
        for move in moves:
            self.do_first_possible(BY_HAND, move, nth, pick, messy=messy)

    @rule(move=st.sampled_from(HANDED), nth=NTH, pick=NTH)
    def a_head_hands_on_or_ends(self, move: str, nth: int, pick: int) -> None:
        self.tick()
        self.do_first_possible(HANDED, move, nth, pick)

    @rule(moves=st.lists(st.sampled_from(ASKED), min_size=2, max_size=3), nth=NTH, pick=NTH)
    def a_department_asks_and_is_answered(self, moves: list[str], nth: int, pick: int) -> None:
        self.tick()
        for move in moves:
            self.do_first_possible(ASKED, move, nth, pick)

    @rule(pair=st.sampled_from(PAIRS), nth=NTH, pick=NTH)
    def the_same_is_asked_three_times(self, pair: tuple[str, str], nth: int, pick: int) -> None:
        self.tick()
        before = self.do_some(pair[0], nth, pick, False)
        for name in (pair[1], *pair, *pair) if before else ():
            assert before
            self.do_some(name, 0, pick, False, (self.seen.tickets[before.id],))

    @rule(nth=NTH, pick=NTH)
    def somebody_merges_into_anything(self, nth: int, pick: int) -> None:
        self.tick()
        found = next(self.possible(MOVE["merge"], nth, pick, False, None), None)
        if found is None:
            return
        ticket, by, given = found
        given = replace(given, original=list(self.seen.tickets.values())[pick % len(self.seen.tickets)].no)
        try:
            after = self.act(ticket, "merge", given, by, ticket.version)
        except Refused:
            self.nothing_changed()
        else:
            self.moved(MOVE["merge"], ticket, after, given, by)

    @rule(move=st.sampled_from(DOUBTED), nth=NTH, pick=NTH)
    def what_was_done_is_doubted(self, move: str, nth: int, pick: int) -> None:
        self.tick()
        self.do_first_possible(DOUBTED, move, nth, pick)

    @rule(nth=NTH, steps=st.integers(1, 11), pick=NTH)
    def one_ticket_gets_on(self, nth: int, steps: int, pick: int) -> None:
        """Some steps of the way that every ticket should go, on one of them, as far as it goes."""
        self.tick()
        one = self.nth_ticket(nth, open_alone=True)
        if one:
            self.go_on(one.id, steps, pick)

    def go_on(self, ticket_id: int, steps: int, pick: int) -> None:
        for step in range(steps):
            whole = self.seen.tickets[ticket_id]
            behind = [p for p in self.seen.parts(whole) if p.state in (State.DISPATCHED, State.IN_PROGRESS)]
            now = behind[0] if behind and whole.state is State.IN_PROGRESS else whole
            any(self.do_some(name, 0, pick + step, False, (now,)) for name in ROAD.get(now.state, ()))

    @rule(
        move=st.sampled_from(sorted(MOVE)), by=st.sampled_from(sorted(BY_NAME)), nth=NTH, given=st.integers(0, len(ODDLY_GIVEN) - 1),
        behind=st.sampled_from([0, 0, 0, 1, -1]),
    )  # fmt: skip
    def somebody_tries_anything(self, move: str, by: str, nth: int, given: int, behind: int) -> None:
        self.tick()
        ticket = self.nth_ticket(nth)
        if ticket is None:
            return
        person, odd = BY_NAME[by], ODDLY_GIVEN[given]
        if odd.original is None:
            odd = replace(
                odd, original=[t.no for t in self.seen.tickets.values()][nth % len(self.seen.tickets)]
            )
        try:
            after = self.act(ticket, move, odd, person, ticket.version - behind)
        except Stale:
            assert behind
            self.nothing_changed()
        except Refused:
            self.tally.refused += 1
            self.nothing_changed()
        else:
            assert not behind
            self.moved(MOVE[move], ticket, after, odd, person)

    @rule(move=st.sampled_from(BY_HAND), other=st.sampled_from(BY_HAND), nth=NTH, pick=NTH)
    def two_people_act_on_one_version(self, move: str, other: str, nth: int, pick: int) -> None:
        self.tick()
        before = self.do_first_possible(BY_HAND, move, nth, pick)
        if before is None:
            return
        seeing = [by for by in PEOPLE if may_see(by, self.seen.tickets[before.id], self.rules)]
        self.tick()
        with pytest.raises(Stale):
            self.act(before, other, Given("because"), seeing[pick % len(seeing)], before.version)
        self.tally.stale += 1
        self.nothing_changed()

    def do_first_possible(
        self, moves: Sequence[str], first: str, nth: int, pick: int, *, messy: bool = False
    ) -> Ticket | None:
        """The first of these moves, begun with one of them, that anybody may make on any ticket."""
        in_order = turned(moves, moves.index(first))
        return next((t for name in in_order if (t := self.do_some(name, nth, pick, messy))), None)

    def do_some(
        self, move_name: str, nth: int, pick: int, messy: bool, among: Sequence[Ticket] | None = None
    ) -> Ticket | None:
        """Make a move that somebody may make on some ticket; the ticket before, None where nobody may."""
        self.now += TICK
        move = MOVE[move_name]
        found = next(self.possible(move, nth, pick, messy, among), None)
        if found is None:
            return None
        ticket, by, given = found
        self.moved(move, ticket, self.act(ticket, move.name, given, by, ticket.version), given, by)
        return ticket

    def possible(
        self, move: Move, nth: int, pick: int, messy: bool, among: Sequence[Ticket] | None
    ) -> Iterator[tuple[Ticket, Person, Given]]:
        for ticket in turned(list(among or self.seen.tickets.values()), nth):
            if ticket.state not in move.starts:
                continue
            for by in turned(PEOPLE, pick):
                scene = self.seen.scene(ticket, by, self.rules, self.now, Given())
                if not may_see(by, ticket, self.rules) or refusal(move, scene):
                    continue
                given = well_given(move, scene, self.seen, pick)
                if given is not None:
                    yield ticket, by, cluttered(given, move) if messy else given

    def act(self, ticket: Ticket, name: str, given: Given, by: Person, version: int) -> Ticket:
        return act(self.store, self.rules, ticket.id, name, given, version=version, by=by, now=self.now)

    def moved(self, move: Move, before: Ticket, after: Ticket, given: Given, by: Person) -> None:
        self.tally.moves[move.name] += 1
        scene = self.seen.scene(before, by, self.rules, self.now, given)
        self.look(before.id)
        assert self.seen.tickets[before.id] == after and after.version == before.version + 1
        self.told(move.name, after, by, {p for t in move.tells for p in t(scene, after) if p} - {by.post})

    # --- residents, meetings, the clock ----------------------------------------------------------------------

    @rule(nth=NTH, grade=st.integers(1, 5), words=st.sampled_from(["bad", " "]))
    def a_resident_rates_by_a_link(self, nth: int, grade: int, words: str) -> None:
        self.tick()
        with self.database.read() as connection:
            asked = connection.execute(select(ratings).order_by(ratings.c.id)).all()
        links = [row for row in asked if row.grade is None] if nth % 3 else asked
        row = links[nth % len(links)] if links else None
        before = self.seen.tickets[row.ticket_id] if row else None
        waits = before is not None and before.state is State.AWAITING_RATING and before.cycle == row.cycle
        waits = waits and before.source is Source.RESIDENT
        good = waits and row.grade is None and self.now <= row.until_at and (grade > 2 or words.strip())
        try:
            after = rate_by_link(
                self.store, self.rules, row.token if row else "x", grade, words, now=self.now
            )
        except Refused:
            assert not good
            self.nothing_changed()
        else:
            assert good and before
            self.tally.moves["rate" if grade > 2 else "dissatisfied"] += 1
            self.look(before.id)
            assert self.seen.tickets[after.id] == after

    @rule(nth=NTH)
    def a_meeting_decides_all_and_closes(self, nth: int) -> None:
        self.tick()
        agenda = self.nth_agenda(nth)
        if agenda is None:
            return
        unit = agenda.unit
        for n, matter in enumerate(m for m in self.seen.matters if m.meeting_id == agenda.id):
            if matter.outcome is not MatterOutcome.WITHDRAWN:
                self.decide(unit, matter.id, self.decision(unit, nth + n))
        before = self.seen
        agenda = self.close(unit, "We met.")
        touched = {m.ticket_id for m in before.matters if m.meeting_id == agenda.id and m.ticket_id}
        self.look(*touched)
        for ticket_id in touched:
            moved_on = before.tickets[ticket_id].version != self.seen.tickets[ticket_id].version
            self.tally.moves["resolve"] += moved_on

    @rule(nth=NTH)
    def a_meeting_decides_one(self, nth: int) -> None:
        self.tick()
        agenda = self.nth_agenda(nth)
        matters = [m for m in self.seen.matters if agenda and m.meeting_id == agenda.id]
        if agenda and matters:
            decision = self.decision(agenda.unit, nth, ("words", "")[nth % 2])
            try:
                self.decide(agenda.unit, matters[nth % len(matters)].id, decision)
            except Refused:
                self.nothing_changed()

    @rule(nth=NTH, minutes=st.sampled_from(["", "We met."]))
    def a_meeting_closes_as_it_is(self, nth: int, minutes: str) -> None:
        self.tick()
        agenda = self.nth_agenda(nth)
        if agenda is None:
            return
        unit = agenda.unit
        touched = {m.ticket_id for m in self.seen.matters if m.meeting_id == agenda.id and m.ticket_id}
        try:
            self.close(unit, minutes)
        except Refused:
            self.nothing_changed()
        else:
            self.look(*touched)

    def nth_agenda(self, nth: int) -> Meeting | None:
        found = [m for m in self.seen.meetings.values() if m.is_open and m.unit in CONVENERS]
        return found[nth % len(found)] if found else None

    def agenda(self, unit: str) -> Meeting | None:
        return next((m for m in self.seen.meetings.values() if m.is_open and m.unit == unit), None)

    def decision(self, unit: str, nth: int, words: str = "words") -> Decision:
        outcome = (
            MatterOutcome.ASSIGNED,
            MatterOutcome.SETTLED,
            MatterOutcome.RETURNED,
            MatterOutcome.MOVED_UP,
        )[nth % 4]
        if outcome is MatterOutcome.MOVED_UP and unit == CITY:
            outcome = MatterOutcome.ASSIGNED
        due = self.now + timedelta(hours=7, days=nth % 20)
        lead = sorted(self.rules.departments)[nth % 3]
        return Decision(outcome, words, lead, due, words, words)

    def decide(self, unit: str, matter_id: int, decision: Decision) -> None:
        agenda = self.agenda(unit)
        assert agenda
        convening.decide(
            self.store,
            self.rules,
            matter_id,
            decision,
            version=agenda.version,
            by=CONVENERS[unit],
            now=self.now,
        )
        self.look()

    def close(self, unit: str, minutes: str) -> Meeting:
        agenda = self.agenda(unit)
        assert agenda
        return convening.close_meeting(
            self.store, self.rules, agenda.id, ["The head"], minutes, self.now - timedelta(minutes=9),
            version=agenda.version, by=CONVENERS[unit], now=self.now,
        )  # fmt: skip

    @rule(stretch=st.sampled_from(SHORT))
    def time_passes(self, stretch: timedelta) -> None:
        self.tick()
        self.now += stretch

    @rule(stretch=st.sampled_from(LONG), nth=NTH)
    def time_passes_and_the_clock_sweeps(self, stretch: timedelta, nth: int) -> None:
        """Now and then the arrangement of the unknown year has been announced meanwhile."""
        self.tick()
        self.now += stretch
        self.rules = ANNOUNCED if nth > 50 else self.rules
        self.sweep()

    def sweep(self) -> None:
        swept = sweep(self.store, self.rules, now=self.now)
        assert swept is not None
        self.tally.moves.update({kind: n for kind, n in swept.did.items() if kind == "unrated"})
        self.look(*self.seen.tickets)
        with self.database.read() as connection:
            check_swept(connection, self.seen, self.rules, self.now)
        again = sweep(self.store, self.rules, now=self.now)
        assert again is not None and not again.did
        self.nothing_changed()

    # --- looking ---------------------------------------------------------------------------------------------

    def tick(self) -> None:
        self.tally.steps += 1
        self.now += TICK

    def nth_ticket(self, nth: int, *, open_alone: bool = False) -> Ticket | None:
        known = [t for t in self.seen.tickets.values() if t.is_open or not open_alone]
        return known[nth % len(known)] if known else None

    def nothing_changed(self) -> None:
        with self.database.read() as connection:
            assert look(connection, self.seen) == self.seen

    def look(self, *touched: int) -> None:
        """See what changed – nothing but the tickets touched and their parts – and check it."""
        before = self.seen
        with self.database.read() as connection:
            self.seen = look(connection, before)
        changed = [n for n, row in self.seen.rows.items() if before.rows.get(n) != row]
        assert before.rows.keys() <= self.seen.rows.keys()
        wholes = {n: self.seen.tickets[n].parent or n for n in changed}
        assert all(n in touched or whole in touched for n, whole in wholes.items())
        for n in {*changed, *wholes.values()}:
            check_life(self.seen.tickets[n], before.tickets.get(n), self.seen, self.rules)
        check_agendas(self.seen, self.rules)

    def told(self, kind: str, ticket: Ticket, by: Person, posts: set[str] | None = None) -> None:
        """Of this move exactly these posts were told, each once, and never the one who made it."""
        with self.database.read() as connection:
            found = connection.execute(
                select(inbox.c.post).where(
                    inbox.c.kind == kind, inbox.c.ticket_id == ticket.id, inbox.c.at == self.now
                )
            ).scalars().all()  # fmt: skip
        assert len(found) == len(set(found)) and by.post not in found
        assert posts is None or set(found) == posts


def turned(things: Sequence[Any], nth: int) -> Sequence[Any]:
    """The same things, begun with another one."""
    at = nth % len(things) if things else 0
    return [*things[at:], *things[:at]]


@pytest.mark.slow
def test_whatever_people_do_the_rules_of_a_tickets_life_hold(database: Database) -> None:
    wanted = 10_000 if database.is_sqlite else 1_000
    tally = Tally()
    lives = type("LivesHere", (Lives,), {"database": database, "tally": tally})
    # Which moves come is chance: once in many runs a rare one does not, and more steps are taken.
    for _ in range(3 if database.is_sqlite else 1):
        run_state_machine_as_test(
            lives,
            settings=settings(
                max_examples=wanted // STEPS * 9 // 8, stateful_step_count=STEPS, deadline=None, print_blob=True,
                suppress_health_check=list(HealthCheck), phases=set(Phase) - {Phase.explain},
            ),
        )  # fmt: skip
        if MOVE.keys() - tally.moves.keys() == {"raised"}:
            break
    assert tally.steps >= wanted
    if database.is_sqlite:
        assert MOVE.keys() - tally.moves.keys() == {"raised"}

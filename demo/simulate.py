"""Let simulated people work in the demo city for some days: they report, move, meet, rate, and the clock sweeps.

Everything they do goes through the same actions as on a page, at moments that run ahead of the real ones. One seed
gives one stretch on one database; a stretch that is simulated next begins where the last one ended. All is synthetic.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from random import Random
from typing import Any

from city.opened import City
from city.snapshots import take_missing
from demo.boundaries import read_boundaries
from demo.convening import Conveners
from demo.giving import Occasion, given
from demo.intentions import Intention, intended, is_open_to, watched
from demo.life import World
from demo.reporting import Reporter, days_of
from demo.simulated import Simulated, told
from demo.stories import phrases
from demo.town import Town
from domain.actions.raising import Report, raise_ticket
from domain.actions.sweep import sweep
from domain.actions.tickets import act, rate_by_link
from domain.people import Person, Role
from domain.said import Refused, said
from domain.scene import Given
from domain.tickets import NOT_DONE, Ticket
from storage import facts, happened, people, ratings
from storage.batched import BatchedStore

SEED = 2021
TICKETS_PER_DAY = 18.0
"""About seven thousand tickets a year, with the parts of assisting departments."""

SWEEPS = (time(7), time(9, 45), time(12, 15), time(15), time(17, 45), time(21))
SIMULATED_UNTIL = "simulated_until"
"""The fact that says how far ahead of the real clock simulated people have worked."""

Do = Callable[[datetime], None]


def simulate(
    city: City, *, days: int, seed: int = SEED, tickets_per_day: float = TICKETS_PER_DAY
) -> Simulated:
    """Work ``days`` days ahead on the city's own database, one transaction a day; each is taken at its end.

    Raises:
        Refused: when the database does not hold the demo city.
    """
    with city.database.read() as connection:
        known = facts.read_facts(connection)
        accounts = [account.person for account in people.all_accounts(connection) if not account.disabled]
    if not known.get("demo"):
        raise Refused(said("Only the demo city is simulated, and this database holds another."))
    start = _begins(city, known)
    run = _Run(city, accounts, Random(seed), start, start + timedelta(days=days))
    for day, begins, ends in days_of(start, days, run.town):
        with run.store.batch():
            run.work_a_day(day, begins, ends, tickets_per_day)
            facts.write_fact(run.store.connection, SIMULATED_UNTIL, ends.isoformat())
        take_missing(city, ends)
    return told(city.database, start, ends, run.first_event, run.swept, run.refused)


def _begins(city: City, known: Mapping[str, Any]) -> datetime:
    """The city's now, or where the last simulated stretch ended."""
    now, before = city.now().astimezone(UTC), known.get(SIMULATED_UNTIL)
    return max(now, datetime.fromisoformat(before)) if before else now


@dataclass(order=True, slots=True)
class _Entry:
    """One thing in the calendar of the run."""

    at: datetime
    number: int
    do: Do = field(compare=False)


class _Run:
    """One stretch in the making: the calendar of what people mean to do, and the tickets as they last saw them."""

    def __init__(
        self, city: City, accounts: Iterable[Person], random: Random, start: datetime, end: datetime
    ) -> None:
        boundaries = read_boundaries(city.settings.data / "boundaries")
        self.start, self.end = start, end
        self.store = BatchedStore(city.database)
        self.rules = city.rulebook
        self.homes = boundaries.homes()
        self.world = World(self.rules, self.homes, {}, phrases(), random, start)
        self.town = Town.of(self.world, accounts)
        self.reporter = Reporter.of(self.town, self.homes, city.ground.outlines)
        self.calendar: list[_Entry] = []
        self.numbers = count()
        self.tickets: dict[int, Ticket] = {}
        self.parts: dict[int, set[int]] = defaultdict(set)
        self.alike: dict[tuple[str | None, str], dict[int, None]] = defaultdict(dict)
        self.plans: dict[int, int] = {}
        self.swept: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.first_event = 0
        self.conveners = Conveners(
            self.town, self.store, self.at, self.attempt, self.tickets,
            titles=self.world.phrases["matters"]["titles"],
        )  # fmt: skip

    # --- the days ------------------------------------------------------------------------------------------

    def work_a_day(self, day: date, begins: datetime, ends: datetime, tickets: float) -> None:
        """Everything that happens on one day, in its order."""
        if begins == self.start:
            self._take_over()
        for at, report, by in self.reporter.of_a_day(day, tickets):
            if begins < at < ends:
                self.at(at, self._raising(report, by))
        for hour in SWEEPS:
            at = datetime.combine(day, hour, self.town.clock.zone).astimezone(UTC)
            if begins <= at < ends:
                self.at(at, self._sweep)
        if day.weekday() == 0:
            self.at(max(begins, ends - timedelta(hours=14)), self.conveners.look_at_agendas)
        while self.calendar and self.calendar[0].at < ends:
            entry = heapq.heappop(self.calendar)
            entry.do(entry.at)
            self._notice(entry.at)

    def _take_over(self) -> None:
        """People look at what lies before them on the first day."""
        self.first_event, _ = happened.last_event(self.store.connection)
        for ticket in happened.open_live_tickets(self.store.connection):
            self._see(ticket)
        for ticket in list(self.tickets.values()):
            self._plan(ticket, self.start)
        self.conveners.begin(self.start, self.end)

    def at(self, moment: datetime, do: Do) -> None:
        """Put something into the calendar."""
        heapq.heappush(self.calendar, _Entry(moment.astimezone(UTC), next(self.numbers), do))

    def attempt(self, what: str, act_now: Callable[[], object]) -> object:
        """Do something; what is refused is counted with its sentence, and None comes back."""
        try:
            return act_now()
        except Refused as refused:
            self.refused[f"{what}: {refused.because.text}"] += 1
            return None

    # --- what people do ------------------------------------------------------------------------------------

    def _raising(self, report: Report, by: Person) -> Do:
        return lambda now: self._raise(report, by, now)

    def _raise(self, report: Report, by: Person, now: datetime) -> None:
        self.attempt("raised", lambda: raise_ticket(self.store, self.rules, report, by=by, now=now))

    def _sweep(self, now: datetime) -> None:
        swept = sweep(self.store, self.rules, now=now)
        self.swept.update(swept.did if swept else {})

    def _plan(self, ticket: Ticket, now: datetime) -> None:
        """Somebody means to do the next thing with a ticket; what was meant before is forgotten."""
        number = self.plans[ticket.id] = next(self.numbers)
        intention = intended(self.town, ticket, now)
        if intention:
            self.at(
                max(intention.at, now + timedelta(minutes=1)),
                lambda at: self._carry_out(ticket.id, intention, number, at),
            )

    def _carry_out(self, ticket_id: int, meant: Intention, number: int | None, now: datetime) -> None:
        """Press the button, if it is still there; otherwise think again."""
        ticket = self.tickets.get(ticket_id)
        if ticket is None or (number is not None and self.plans.get(ticket_id) != number):
            return
        if is_open_to(self.town, ticket, meant.move, meant.by, now, self._parts_not_done(ticket_id)):
            occasion = Occasion(self.town, ticket, meant.by, now, self._same_problem)
            gift = given(meant.move, occasion)
            if gift is not None:
                self._press(ticket, meant, gift, now)
                return
        if number is not None and ticket.is_open:
            later = self.town.working_hours_later(now, 2, 8)
            self.plans[ticket_id] = again = next(self.numbers)
            self.at(later, lambda at: self._think_again(ticket_id, again, at))

    def _think_again(self, ticket_id: int, number: int, now: datetime) -> None:
        if self.plans.get(ticket_id) == number and ticket_id in self.tickets:
            self._plan(self.tickets[ticket_id], now)

    def _press(self, ticket: Ticket, meant: Intention, gift: Given, now: datetime) -> None:
        if meant.by.role is Role.RESIDENT:
            asked = ratings.asked_of(self.store.connection, ticket.id, ticket.cycle)
            assert asked is not None and gift.grade is not None, "whoever rates was asked, and gives a grade"
            if now > asked.until:
                return  # the page behind the link has no buttons any more
            token, grade = asked.token, gift.grade
            self.attempt(
                meant.move,
                lambda: rate_by_link(self.store, self.rules, token, grade, gift.words, now=now),
            )
            return
        self.attempt(
            meant.move,
            lambda: act(
                self.store, self.rules, ticket.id, meant.move, gift,
                version=ticket.version, by=meant.by, now=now,
            ),
        )  # fmt: skip

    # --- what people see -----------------------------------------------------------------------------------

    def _notice(self, now: datetime) -> None:
        """Everybody looks at what was moved: who has to do something next means to."""
        for ticket in self.store.take_moved():
            before = self.tickets.get(ticket.id)
            self._see(ticket)
            if onlooker := watched(self.town, before, ticket, now):
                self.at(onlooker.at, self._meddling(ticket.id, onlooker))
            if before is None or _stands(before) != _stands(ticket):
                self._plan(ticket, now)

    def _meddling(self, ticket_id: int, onlooker: Intention) -> Do:
        return lambda at: self._carry_out(ticket_id, onlooker, None, at)

    def _see(self, ticket: Ticket) -> None:
        self.tickets[ticket.id] = ticket
        if ticket.parent is not None:
            self.parts[ticket.parent].add(ticket.id)
        alike = self.alike[ticket.located.level1, ticket.category]
        if ticket.is_open and ticket.parent is None:
            alike[ticket.id] = None
        else:
            alike.pop(ticket.id, None)

    def _parts_not_done(self, ticket_id: int) -> int:
        return sum(self.tickets[part].state in NOT_DONE for part in self.parts.get(ticket_id, ()))

    def _same_problem(self, ticket: Ticket) -> Iterator[Ticket]:
        """Open tickets of the same kind in the same community, the oldest first."""
        ids = self.alike[ticket.located.level1, ticket.category]
        return (self.tickets[n] for n in ids if n != ticket.id)


def _stands(ticket: Ticket) -> tuple[object, ...]:
    """What people go by: while it stays, what somebody meant to do still holds."""
    return ticket.state, ticket.holder, ticket.lead, ticket.asked, ticket.cycle, ticket.returns, ticket.limit

"""What the rules expect of a store: protocols, so that the domain never learns what a database is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.events import Event, Note
from domain.frontline.records import Records
from domain.meetings import Matter, Meeting
from domain.plans.drafts import Change, Draft
from domain.plans.life import Plan
from domain.plans.units import Units
from domain.tickets import Ticket, Words
from domain.timeline import Beat


@dataclass(frozen=True, slots=True)
class AskedRating:
    """The public is asked about one cycle of a ticket, by a link that ends at ``until``; ``grade`` once it answered."""

    ticket_id: int
    cycle: int
    token: str
    asked_at: datetime
    until: datetime
    grade: int | None = None


class MeetingWork(Protocol):
    """The joint meetings inside one transaction."""

    def meeting(self, meeting_id: int) -> Meeting | None:
        """The meeting as it is now, locked against others for the rest of the transaction where possible."""

    def open_agenda(self, unit: str) -> Meeting | None:
        """The unit's one open agenda, locked likewise; where there is none, nobody else can begin one meanwhile."""

    def add_meeting(self, meeting: Meeting) -> Meeting:
        """Keep a new meeting; it comes back with its number."""

    def save_meeting(self, meeting: Meeting) -> bool:
        """Keep a changed meeting if its version in the store is one lower; False when somebody was faster."""

    def matters_of(self, meeting_id: int) -> list[Matter]:
        """The matters of a meeting in the order in which they came."""

    def matter(self, matter_id: int) -> Matter | None:
        """The matter with this number."""

    def add_matter(self, matter: Matter) -> Matter:
        """Keep a new matter; it comes back with its number."""

    def save_matter(self, matter: Matter) -> None:
        """Keep a changed matter; whoever changes one has its meeting locked."""

    def open_matter_of_ticket(self, ticket_id: int) -> Matter | None:
        """The matter by which a ticket stands on an open agenda, unless it was withdrawn."""

    def assigned_of_ticket(self, ticket_id: int) -> list[Matter]:
        """What closed meetings assigned for a ticket and nobody has noted as done."""


class PlanWork(Protocol):
    """Plans inside one transaction."""

    def plan(self, plan_id: int) -> Plan | None:
        """The plan as it is now, locked against others for the rest of the transaction where possible."""

    def plan_named(self, name: str) -> Plan | None:
        """The plan with this name; where there is none, nobody else can make one meanwhile."""

    def all_plans(self) -> list[Plan]:
        """Every plan, by number."""

    def add_plan(self, plan: Plan) -> Plan:
        """Keep a new plan; it comes back with its number."""

    def save_plan(self, plan: Plan) -> bool:
        """Keep a changed plan if its version in the store is one lower; False when somebody was faster."""

    def content(self, plan_id: int) -> Draft:
        """What a plan holds: its grids, its assignment, its marks."""

    def keep_content(self, plan_id: int, draft: Draft, units: Units, outlines: Mapping[str, bytes]) -> None:
        """Keep a whole content; ``outlines`` are WKB by grid."""

    def keep_change(
        self, plan_id: int, before: Draft, after: Draft, change: Change, units: Units,
        outlines: Callable[[Draft, Iterable[str]], Mapping[str, bytes]],
    ) -> tuple[str, ...]:  # fmt: skip
        """Keep what a change touched, and say which grids that were."""

    def codes_taken(self, plan_id: int) -> frozenset[str]:
        """Every code of a grid in the city's other plans, whatever became of them."""

    def holders(self, codes: Set[str]) -> frozenset[int]:
        """The plans that have one of these codes."""

    def drawn_by(self, plan_id: int, kinds: Set[str]) -> frozenset[int]:
        """The accounts that did events of some kinds in the plan's stream."""

    def publish_alone(self) -> None:
        """Nobody else publishes, or takes back what is published, until the transaction ends."""

    def last_step(self, plan_id: int, kinds: Set[str]) -> Event | None:
        """The newest event of some kinds in the plan's stream."""

    def step(self, plan_id: int, seq: int) -> Event | None:
        """One event of the plan's stream."""

    def steps_since(self, plan_id: int, version: int, kinds: Set[str]) -> list[Event]:
        """The events of some kinds that led beyond a version, the newest first."""


class Work(Protocol):
    """One transaction: everything in it is kept, or nothing."""

    @property
    def plans(self) -> PlanWork:
        """Plans inside this transaction."""

    @property
    def meetings(self) -> MeetingWork:
        """The joint meetings inside this transaction."""

    @property
    def records(self) -> Records:
        """The lists of the grids' work inside this transaction."""

    def ticket(self, ticket_id: int) -> Ticket | None:
        """The ticket as it is now, locked against others for the rest of the transaction where possible."""

    def ticket_once(self, key: str) -> Ticket | None:
        """The ticket that was raised under this key before, when the same send arrives twice."""

    def add_ticket(self, ticket: Ticket, words: Words, once: str | None) -> Ticket:
        """Keep a new ticket; it comes back with its id and its number."""

    def save_ticket(self, ticket: Ticket) -> bool:
        """Keep a moved ticket if its version in the store is one lower; False when somebody was faster."""

    def add_event(self, event: Event, note: Note | None = None) -> Event:
        """Append to the event's stream; ``seq`` and the chain's hash are set here."""

    def last_event(self, stream: str) -> Event | None:
        """The newest event of a stream."""

    def beats(self, ticket_id: int) -> tuple[Beat, ...]:
        """A ticket's log as its clocks read it."""

    def lock_with_original(self, ticket_id: int, no: str) -> None:
        """Lock a ticket and the one it is to be merged into, always in the same order."""

    def ticket_numbered(self, no: str) -> Ticket | None:
        """The ticket with this number."""

    def children(self, ticket_id: int) -> tuple[Ticket, ...]:
        """The parts of assisting departments, locked like the ticket itself."""

    def words(self, ticket_id: int) -> Words:
        """What people said about a ticket."""

    def ask_rating(self, asked: AskedRating) -> None:
        """Ask the public about one cycle of a ticket."""

    def asked_rating(self, token: str) -> AskedRating | None:
        """What a rating link asks about."""

    def keep_rating(self, ticket_id: int, cycle: int, grade: int, channel: str, at: datetime) -> bool:
        """Keep the answer for a cycle; False when there was one already."""

    def add_card(self, ticket: Ticket, rule: str, *, at: datetime, by: int | None) -> bool:
        """Keep that a rule struck once in this cycle and stage; False when it had."""

    def add_photo(self, ticket_id: int, move: str, body: bytes, *, at: datetime) -> None:
        """Keep a picture beside a move."""

    def tell(
        self, post: str, kind: str, *, at: datetime, ticket_id: int | None = None, meeting_id: int | None = None,
        n: int = 1,
    ) -> None:  # fmt: skip
        """Put an entry into a post's inbox."""

    def erase_words(self, ticket_id: int, *, whole: bool) -> int:
        """Erase who reported; ``whole``: also the description, every note and photo. How many things that were."""

    def ended_with_words(self, before: datetime, *, after: int, limit: int) -> list[Ticket]:
        """Tickets that ended before a moment and still hold something of people, by their ids; locked."""

    def forget_crosswalk(self, ticket_id: int) -> None:
        """A ticket that is worked again is counted where it lies, whatever a redraw said of it when it had ended."""

    def account_name(self, account_id: int) -> str | None:
        """The name to show for an account's number."""


class SweepWork(Work, Protocol):
    """One stretch of a sweep: many tickets in few statements."""

    def alone(self) -> bool:
        """Nobody else sweeps this database now, and nobody will until the transaction ends."""

    def due(self, now: datetime, limit: int) -> list[Ticket]:
        """Open tickets for which the clock has something to do, the longest waiting first; locked."""

    def read_logs(self, ids: Sequence[int]) -> None:
        """Have the logs of these tickets at hand, by one statement for all."""

    def give_card(self, ticket: Ticket, rule: str, now: datetime) -> bool:
        """Keep that a rule struck, once for each cycle and stage, with its event; False when it had before."""

    def wake(self, ticket: Ticket, at: datetime | None) -> None:
        """Keep the card, and when the clock next has something to do with a ticket that stays where it is."""

    def clocks_are_by(self, calendar: str) -> bool:
        """Were the clocks of open tickets computed by the calendar and limits of this name?"""

    def open_after(self, ticket_id: int, limit: int) -> list[Ticket]:
        """Open tickets that are worked, beginning after one, locked, their logs at hand."""

    def keep_calendar(self, calendar: str) -> None:
        """Keep by which calendar and limits the clocks are computed."""

    def keep_clocks(self, ticket: Ticket) -> None:
        """Keep clocks that were read off the log again."""

    def keep_sweep(self, now: datetime, did: Mapping[str, int]) -> None:
        """List what a sweep did."""


class Store(Protocol):
    """Where a city is kept."""

    def work(self) -> AbstractContextManager[Work]:
        """Begin a transaction that ends with the block: committed, or undone by an exception."""

    def sweeping(self) -> AbstractContextManager[SweepWork]:
        """Begin a transaction of the clock: what it does is kept in few statements when the block ends."""

"""Verify what a database says of itself: chains, rows, holders, agendas, clocks – each finding one sentence.

A check is a function of the books that yields findings; one more is one more line in ``CHECKS``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from city.opened import City
from domain.actions.sweep import calendar_name
from domain.events import Event, breaks, meeting_stream, ticket_stream
from domain.grids import CITY
from domain.moves import with_clocks
from domain.queues import Queue
from domain.rulebook import Rulebook
from domain.said import Said, said
from domain.tickets import ENDED, State, Ticket
from domain.timeline import Beat, beat_of, running
from storage import facts, happened, lists, verifying
from storage.sweeping import CLOCKS_BY
from storage.verifying import Counted, MeetingRow, OnAgenda, TicketRow

STATES = frozenset(State)
NO_MOVES = frozenset({"raised", "imported", "assist", "yellow", "red", "opened"})
"""Events of tickets and meetings that leave the version of the row as it is."""


@dataclass(slots=True)
class Log:
    """What one stream says."""

    last: Mapping[str, Any] = field(default_factory=dict)
    last_seq: int = 0
    events: int = 0
    moves: int = 0
    rated: Counter[int] = field(default_factory=Counter)
    beats: list[Beat] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Books:
    """Everything a check may look at. ``clocks_are_kept`` is False while the next sweep will compute them anew."""

    rules: Rulebook
    now: datetime
    clocks_are_kept: bool
    logs: Mapping[str, Log]
    broken: Sequence[Event]
    tickets: Mapping[int, TicketRow]
    live: Sequence[Ticket]
    meetings: Sequence[MeetingRow]
    on_agendas: Sequence[OnAgenda]
    answered: Sequence[tuple[int, int]]
    counted: Counted

    def log_of(self, ticket_id: int) -> Log:
        return self.logs.get(ticket_stream(ticket_id), _NOTHING)


_NOTHING = Log()


@dataclass(frozen=True, slots=True)
class Verified:
    """How many events were looked at, and everything that is wrong."""

    events: int
    findings: tuple[Said, ...]


def verify(city: City) -> Verified:
    """Read everything once and check it."""
    books = _read(city)
    findings = tuple(finding for check in CHECKS for finding in check(books))
    return Verified(sum(log.events for log in books.logs.values()), findings)


# --- reading -----------------------------------------------------------------------------------------------


def _read(city: City) -> Books:
    rules = city.rulebook
    with verifying.at_one_moment(city.database) as connection:
        swept, known = happened.last_sweep(connection), facts.read_facts(connection)
        now = max(city.now(), swept) if swept else city.now()
        live = happened.open_live_tickets(connection)
        logs, broken = _read_logs(lists.all_events(connection), {ticket_stream(t.id) for t in live})
        return Books(
            rules=rules,
            now=now,
            clocks_are_kept=known.get(CLOCKS_BY) in {calendar_name(rules, at) for at in (now, city.now())},
            logs=logs,
            broken=broken,
            tickets={row.id: row for row in verifying.ticket_rows(connection)},
            live=live,
            meetings=list(verifying.meeting_rows(connection)),
            on_agendas=list(verifying.tickets_on_open_agendas(connection)),
            answered=list(verifying.answered_cycles(connection)),
            counted=verifying.counted(connection),
        )


def _read_logs(events: Iterable[Event], of_live: set[str]) -> tuple[dict[str, Log], list[Event]]:
    """What every stream says; only the logs of open tickets are kept whole."""
    logs: dict[str, Log] = {}
    broken: list[Event] = []
    for stream, rows in groupby(events, key=lambda event: event.stream):
        story = list(rows)
        broken += breaks(story)
        logs[stream] = _log(story, whole=stream in of_live)
    return logs, broken


def _log(story: Sequence[Event], *, whole: bool) -> Log:
    log = Log(story[-1].facts, story[-1].seq, len(story))
    for event in story:
        log.moves += event.kind not in NO_MOVES
        if event.kind in ("rate", "dissatisfied"):
            log.rated[_cycle_rated(event)] += 1
        if whole and {"state", "holder"} <= event.facts.keys() and event.facts["state"] in STATES:
            log.beats.append(beat_of(event.seq, event.at, event.kind, event.facts))
    return log


def _cycle_rated(event: Event) -> int:
    """The cycle that was rated; whoever is dissatisfied begins the next one."""
    cycle = event.facts.get("cycle")
    return (cycle if isinstance(cycle, int) else 1) - (event.kind == "dissatisfied")


# --- the checks: logs and rows -------------------------------------------------------------------------------


def chains_are_whole(books: Books) -> Iterator[Said]:
    """Every event follows the one before it, unchanged."""
    for e in books.broken:
        yield said("{stream}: event {seq} was changed, removed or moved.", stream=e.stream, seq=e.seq)


def rows_say_what_their_logs_say(books: Books) -> Iterator[Said]:
    """A ticket's row says what its last event says, and was saved once a move."""
    for row in books.tickets.values():
        log = books.log_of(row.id)
        if why := _disagreement(row, log):
            yield said("Ticket {no}: {why}.", no=row.no, why=why)
        elif row.version != 1 + log.moves:
            yield said(
                "Ticket {no}: its row was saved {version} times, its log tells of {moves} moves.",
                no=row.no, version=row.version - 1, moves=log.moves,
            )  # fmt: skip


def _disagreement(row: TicketRow, log: Log) -> Said | None:
    if not log.events:
        return said("no event tells where it came from")
    if log.events != log.last_seq:
        return said("events are missing")
    if (row.state, row.holder) != (log.last.get("state"), log.last.get("holder")):
        return said("the row does not say what its last event says")
    if row.state not in STATES or row.open != (State(row.state) not in ENDED):
        return said("it is counted as what it is not")
    return None


def counts_add_up(books: Books) -> Iterator[Said]:
    """raised = open + closed + rejected + cancelled."""
    counted = books.counted
    ended = sum(counted.by_state.get(state.value, 0) for state in ENDED)
    if counted.raised != counted.open + ended:
        yield said(
            "{raised} tickets were raised, but {open} are open and {ended} ended.",
            raised=counted.raised, open=counted.open, ended=ended,
        )  # fmt: skip


def meetings_say_what_their_logs_say(books: Books) -> Iterator[Said]:
    """A meeting's row says what its last event says, and was saved once a change."""
    for row in books.meetings:
        log = books.logs.get(meeting_stream(row.id), _NOTHING)
        if log.events and row.state != log.last.get("state"):
            yield said("Meeting {id}: the row does not say what its last event says.", id=row.id)
        elif row.version != 1 + log.moves:
            yield said(
                "Meeting {id}: its row was saved {version} times, its log tells of {moves} changes.",
                id=row.id, version=row.version - 1, moves=log.moves,
            )  # fmt: skip


def no_log_is_without_its_row(books: Books) -> Iterator[Said]:
    """What events tell of is there."""
    known = {ticket_stream(n) for n in books.tickets} | {meeting_stream(row.id) for row in books.meetings}
    for stream in sorted(books.logs):
        if stream.startswith(("t:", "m:")) and stream not in known:
            yield said("{stream}: its events tell of a row that does not exist.", stream=stream)


# --- the checks: holders, parents, ratings ---------------------------------------------------------------------


def somebody_holds_every_open_ticket(books: Books) -> Iterator[Said]:
    """Every open ticket has a holder, and lies in a grid or a queue."""
    structure = books.rules.structure
    for row in books.tickets.values():
        if not row.open:
            continue
        if row.holder not in structure:
            yield said("Ticket {no}: its holder {holder} does not exist.", no=row.no, holder=row.holder)
        elif row.grid is None and row.holder != CITY and row.queue is None:
            yield said("Ticket {no}: it lies in no grid and in no queue.", no=row.no)
        elif row.grid is not None and row.grid not in structure.grids:
            yield said("Ticket {no}: its grid {grid} does not exist.", no=row.no, grid=row.grid)
        if row.queue is not None and row.queue not in frozenset(Queue):
            yield said("Ticket {no}: there is no queue {queue}.", no=row.no, queue=row.queue)


def parents_and_originals_are_real(books: Books) -> Iterator[Said]:
    """What a ticket assists, and what it was merged into, exists and leads round in no circle."""
    for row in books.tickets.values():
        if row.parent is not None and row.parent not in books.tickets:
            yield said("Ticket {no}: the ticket it assists does not exist.", no=row.no)
        if row.duplicate_of is not None and (why := _bad_original(books, row)):
            yield said("Ticket {no}: {why}.", no=row.no, why=why)


def _bad_original(books: Books, row: TicketRow) -> Said | None:
    seen, at = {row.id}, row.duplicate_of
    while at is not None:
        if at in seen:
            return said("it was merged into itself, round about")
        if at not in books.tickets:
            return said("the ticket it was merged into does not exist")
        seen.add(at)
        at = books.tickets[at].duplicate_of
    return None


def nothing_is_rated_twice(books: Books) -> Iterator[Said]:
    """The public rates each cycle once, and the log tells of every answer that is kept."""
    answers = Counter(books.answered)
    for row in books.tickets.values():
        rated = books.log_of(row.id).rated
        for cycle in sorted({cycle for cycle, n in rated.items() if n > 1}):
            yield said("Ticket {no}: it was rated twice in cycle {cycle}.", no=row.no, cycle=cycle)
        told = sum(rated.values())
        kept = sum(answers[row.id, cycle] for cycle in range(1, row.cycle + 1))
        if told != kept:
            yield said(
                "Ticket {no}: {kept} answers of the public are kept, its log tells of {told}.",
                no=row.no, kept=kept, told=told,
            )  # fmt: skip


# --- the checks: meetings ----------------------------------------------------------------------------------------


def a_unit_has_one_open_agenda(books: Books) -> Iterator[Said]:
    """No unit has two agendas at once."""
    opened = Counter(row.unit for row in books.meetings if row.state == "open")
    for unit in sorted(unit for unit, n in opened.items() if n > 1):
        name = books.rules.structure.name(unit)
        yield said("{unit} has {n} open agendas at once.", unit=name, n=opened[unit])


def what_is_at_a_meeting_is_on_one_agenda(books: Books) -> Iterator[Said]:
    """A ticket is at a joint meeting when it stands on one open agenda, and only then."""
    times = Counter(entry.ticket_id for entry in books.on_agendas)
    for ticket in books.live:
        if ticket.state is State.AT_MEETING and times[ticket.id] != 1:
            yield said(
                "Ticket {no}: it is at a joint meeting and stands on {n} open agendas.",
                no=ticket.no, n=times[ticket.id],
            )  # fmt: skip
    for entry in books.on_agendas:
        row = books.tickets.get(entry.ticket_id)
        if row is None or row.state != State.AT_MEETING:
            yield said(
                "Ticket {no}: it stands on the agenda of {unit} and is at no meeting.",
                no=row.no if row else entry.ticket_id, unit=books.rules.structure.name(entry.unit),
            )  # fmt: skip


# --- the checks: clocks ------------------------------------------------------------------------------------------

CLOCKS: Mapping[str, Said] = {
    "stage": said("the beginning of its stage"),
    "stage_since": said("the beginning of its stage"),
    "warn_at": said("the moment of its warning"),
    "due_at": said("its deadline"),
    "thrice_at": said("the moment of three times its limit"),
    "handle_by": said("the end of the time for handling"),
    "provisional": said("whether its deadline is provisional"),
}
"""What is read off the log again, and what to call it."""


def clocks_follow_from_the_log(books: Books) -> Iterator[Said]:
    """The clocks of open tickets are those that their logs and the rules give."""
    if not books.clocks_are_kept:
        return
    for ticket in books.live:
        beats = books.log_of(ticket.id).beats
        if not beats:
            continue
        now = running(ticket, beats, books.rules)
        again = with_clocks(ticket, now)
        differs = [what for name, what in CLOCKS.items() if getattr(ticket, name) != getattr(again, name)]
        if differs:
            yield said("Ticket {no}: {what} does not follow from its log.", no=ticket.no, what=differs[0])
        elif not _wakes_in_time(ticket, books.now):
            yield said("Ticket {no}: the clock would not see to it in time.", no=ticket.no)


def _wakes_in_time(ticket: Ticket, now: datetime) -> bool:
    """Does the clock wake at one of the ticket's own moments or later on, and before the next of them is past?"""
    if ticket.state is State.ON_HOLD:
        return ticket.wake_at == ticket.review_at
    moments = [at for at in (ticket.warn_at, ticket.due_at, ticket.thrice_at) if at is not None]
    if ticket.state is State.AWAITING_RATING:
        moments = [ticket.due_at] if ticket.due_at else []
    if ticket.wake_at is None:
        return all(at <= now for at in moments)
    ahead = [at for at in moments if at > now]
    return (ticket.wake_at in moments or ticket.wake_at > now) and not any(
        ticket.wake_at > at for at in ahead
    )


Check = Callable[[Books], Iterable[Said]]

CHECKS: tuple[Check, ...] = (
    chains_are_whole,
    rows_say_what_their_logs_say,
    counts_add_up,
    meetings_say_what_their_logs_say,
    no_log_is_without_its_row,
    somebody_holds_every_open_ticket,
    parents_and_originals_are_real,
    nothing_is_rated_twice,
    a_unit_has_one_open_agenda,
    what_is_at_a_meeting_is_on_one_agenda,
    clocks_follow_from_the_log,
)
"""Everything that is verified, in this order."""

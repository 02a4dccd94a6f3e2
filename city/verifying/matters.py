"""Checks of what rows say of one another: holders, parents, ratings, agendas, clocks, counts of days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

from city.verifying.books import Books
from domain.grids import CITY
from domain.moves import with_clocks
from domain.queues import Queue
from domain.said import Said, said
from domain.tickets import State, Ticket
from domain.timeline import running
from storage.verifying import TicketRow

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
    answers = Counter((ticket, cycle) for ticket, cycle, _ in books.answered)
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


def grades_are_those_that_were_given(books: Books) -> Iterator[Said]:
    """What the public answered is what the log tells."""
    for ticket, cycle, grade in books.answered:
        told = books.log_of(ticket).grades.get(cycle)
        if told is not None and told != grade and ticket in books.tickets:
            yield said(
                "Ticket {no}: its grade of cycle {cycle} was changed.",
                no=books.tickets[ticket].no,
                cycle=cycle,
            )


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


def numbers_and_links_are_given_once(books: Books) -> Iterator[Said]:
    """No number, sent report or link to rate is there twice."""
    for twice in books.given_twice:
        yield said("“{key}” is there twice: a number, a report that was sent or a link to rate.", key=twice)


def what_is_found_is_what_is_said(books: Books) -> Iterator[Said]:
    """The index by which tickets are found holds their texts and nothing that was erased."""
    for first, last in books.wrong_stretches:
        yield said("The search does not find what tickets {first} to {last} say.", first=first, last=last)


def days_are_counted_as_they_were(books: Books) -> Iterator[Said]:
    """What is kept of every day is what counting its tickets gives."""
    for day in books.wrong_days:
        yield said("The figures of {day} are not those of its tickets.", day=day.isoformat())

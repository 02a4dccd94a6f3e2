"""Verify what a database says of itself: chains, rows, holders, agendas, clocks – each finding one sentence.

A check is a function of the books that yields findings; one more is one more line in ``CHECKS``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from itertools import groupby
from typing import Any

from city.opened import City
from city.story import title_of
from domain.actions.sweep import calendar_name
from domain.anchors import Anchor, Misfit, differences, misfits
from domain.erasing import WHOLE
from domain.events import Event, Note, meeting_stream, plan_stream, ticket_stream
from domain.frontline.records import Record
from domain.grids import CITY
from domain.moves import with_clocks
from domain.plans.log import PlanLog, disagreements
from domain.queues import Queue
from domain.rulebook import Rulebook
from domain.said import Said, said
from domain.tampering import Deed, Place, Tampered, Written, moved_between, tampered
from domain.tickets import ENDED, State, Ticket
from domain.timeline import Beat, beat_of, running
from storage import anchoring, days, drafts, facts, happened, search, verifying
from storage.frontline.records import KINDS, those
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
    grades: dict[int, object] = field(default_factory=dict)
    beats: list[Beat] = field(default_factory=list)


@dataclass(frozen=True)
class Books:
    """Everything a check may look at. ``clocks_are_kept`` is False while the next sweep will compute them anew."""

    rules: Rulebook
    now: datetime
    clocks_are_kept: bool
    logs: Mapping[str, Log]
    tampered: Sequence[Tampered]
    words: Sequence[tuple[Event, Said]]
    """Notes that are not what was written, and what is wrong with each."""
    words_alone: int
    anchors: Sequence[Anchor]
    misfits: Sequence[Misfit]
    kept: Sequence[str]
    """The lines of a copy of the anchors that was kept elsewhere."""
    plans: Mapping[int, str]
    plan_findings: Sequence[Said]
    """Where a plan is not what its log says; contents are read one after another and not kept."""
    tickets: Mapping[int, TicketRow]
    live: Sequence[Ticket]
    meetings: Sequence[MeetingRow]
    on_agendas: Sequence[OnAgenda]
    answered: Sequence[tuple[int, int, int]]
    counted: Counted
    given_twice: Sequence[str] = ()
    wrong_stretches: Sequence[tuple[int, int]] = ()
    """Tickets whose index of pairs says something else than they do, from the first to the last."""
    listed: Sequence[Record] = ()
    """Every row of every list of the grids' work."""
    wrong_days: Sequence[date] = ()
    """Days that are counted otherwise than their tickets are."""

    def log_of(self, ticket_id: int) -> Log:
        return self.logs.get(ticket_stream(ticket_id), _NOTHING)

    def whose(self, stream: str) -> Said | str:
        """What people call the thing that a stream tells of."""
        kind, _, name = stream.partition(":")
        if kind == "a":
            return said("The log of who came on {day}", day=name)
        number = int(name) if name.isdecimal() else -1
        if kind == "t" and number in self.tickets:
            return said("Ticket {no}", no=self.tickets[number].no)
        if kind == "p" and number in self.plans:
            return said("Plan {name}", name=self.plans[number])
        return said("Meeting {id}", id=number) if kind == "m" and number in self.met else stream

    @cached_property
    def met(self) -> frozenset[int]:
        return frozenset(row.id for row in self.meetings)


_NOTHING = Log()


@dataclass(frozen=True, slots=True)
class Verified:
    """How many events and anchors were looked at, how far they anchor the log, and everything that is wrong."""

    events: int
    findings: tuple[Said, ...]
    anchors: int = 0
    upto: int = 0
    """The number of the last event that is anchored."""
    not_anchored: int = 0
    since: datetime | None = None
    """The moment of the first event that is not."""


def verify(city: City, kept: Sequence[str] = ()) -> Verified:
    """Read everything once and check it, also against a copy of the anchors, by its lines."""
    with verifying.at_one_moment(city.database) as connection:
        return verify_within(connection, city, city.rulebook, kept)


def verify_within(connection: Any, city: City, rules: Rulebook, kept: Sequence[str] = ()) -> Verified:
    """The same on a connection that is open, by the rules of the ground that it sees."""
    books = _read(city, connection, rules, kept)
    upto = books.anchors[-1].upto if books.anchors else 0
    not_anchored, _, since = anchoring.not_anchored(connection, upto)
    findings = tuple(finding for check in CHECKS for finding in check(books))
    events = sum(log.events for log in books.logs.values())
    return Verified(events, findings, len(books.anchors), upto, not_anchored, since)


# --- reading -----------------------------------------------------------------------------------------------


def _read(city: City, connection: Any, rules: Rulebook, kept: Sequence[str]) -> Books:
    swept, known = happened.last_sweep(connection), facts.read_facts(connection)
    now = max(city.now(), swept) if swept else city.now()
    live = happened.open_live_tickets(connection)
    logs, found, words = _read_logs(verifying.written_events(connection), {ticket_stream(t.id) for t in live})
    tickets = {row.id: row for row in verifying.ticket_rows(connection)}
    anchors = anchoring.anchors_of(connection)
    upto = max((anchor.upto for anchor in anchors), default=0)
    return Books(
        rules=rules,
        now=now,
        clocks_are_kept=known.get(CLOCKS_BY) in {calendar_name(rules, at) for at in (now, city.now())},
        logs=logs,
        tampered=moved_between(found, _empty_places(connection, found, logs, tickets)),
        words=words,
        words_alone=verifying.words_without_event(connection),
        anchors=anchors,
        misfits=list(misfits(anchors, anchoring.heads(connection, upto=upto))) if anchors else [],
        kept=kept,
        plans=verifying.plan_names(connection),
        plan_findings=_plan_findings(connection, {deed.stream for deed in found}),
        tickets=tickets,
        live=live,
        meetings=list(verifying.meeting_rows(connection)),
        on_agendas=list(verifying.tickets_on_open_agendas(connection)),
        answered=list(verifying.answered_cycles(connection)),
        counted=verifying.counted(connection),
        given_twice=verifying.given_twice(connection),
        wrong_stretches=[(wrong.first, wrong.last) for wrong in search.wrong_stretches(connection)],
        listed=[row for kind in KINDS for row in those(connection, kind)],
        wrong_days=[begun.astimezone(city.zone).date() for begun in days.wrong_days(connection)],
    )


def _read_logs(
    events: Iterable[Written], of_live: set[str]
) -> tuple[dict[str, Log], list[Tampered], list[tuple[Event, Said]]]:
    """What every stream says, what was done to it, and which notes are not what was written; only the logs of
    open tickets are kept whole."""
    logs: dict[str, Log] = {}
    found: list[Tampered] = []
    words: list[tuple[Event, Said]] = []
    for stream, rows in groupby(events, key=lambda written: written.event.stream):
        story = list(rows)
        deeds = tampered(story)
        found += deeds
        words += _wrong_words(story, {deed.seq for deed in deeds})
        logs[stream] = _log([written.event for written in story], whole=stream in of_live)
    return logs, found, words


def _plan_findings(connection: Any, tampered_with: set[str]) -> list[Said]:
    """What every plan says of itself against its log; where the log itself was changed, that is the finding."""
    return [
        finding
        for plan in drafts.all_plans(connection)
        if (stream := plan_stream(plan.id)) not in tampered_with
        for finding in disagreements(
            plan, drafts.read_draft(connection, plan.id), PlanLog.of(verifying.story_of(connection, stream))
        )
    ]


def _empty_places(
    connection: Any, found: Sequence[Tampered], logs: Mapping[str, Log], tickets: Iterable[int]
) -> list[Place]:
    """Where events that fit nowhere may be gone from: after the event they follow, or at the start of an empty log."""
    follows = {t.written.event.previous for t in found if t.deed is Deed.CHANGED and t.written}
    if not follows:
        return []
    begins = [(ticket_stream(n), 1) for n in tickets if ticket_stream(n) not in logs] if "" in follows else []
    return [*begins, *verifying.places_after(connection, follows - {""})]


def _wrong_words(story: Sequence[Written], tampered_with: set[int]) -> Iterator[tuple[Event, Said]]:
    """Notes that do not fit the digest in their event, or are gone though nobody erased them."""
    erased = max(
        (w.event.seq for w in story if w.event.kind == "erased" and w.event.facts.get("scope") == WHOLE),
        default=0,
    )
    for written in story:
        event, promised = written.event, written.event.facts.get("note")
        if event.seq in tampered_with:
            continue
        if written.note is None:
            if promised is not None and event.seq > erased:
                yield event, said("were removed, and nobody erased them")
        elif promised is None:
            yield event, said("were added later")
        elif Note(*written.note).digest != promised:
            yield event, said("were changed")


def _log(story: Sequence[Event], *, whole: bool) -> Log:
    log = Log(story[-1].facts, story[-1].seq, len(story))
    for event in story:
        log.moves += event.kind not in NO_MOVES
        if event.kind in ("rate", "dissatisfied"):
            cycle = _cycle_rated(event)
            log.rated[cycle] += 1
            log.grades[cycle] = event.facts.get("grade")
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
    for deed in books.tampered:
        yield TOLD[deed.deed](books, deed)


def _changed(books: Books, deed: Tampered) -> Said:
    return said(
        "{whose}: event {seq} ({what}) was changed.",
        whose=books.whose(deed.stream), seq=deed.seq, what=_what(deed),
    )  # fmt: skip


def _missing(books: Books, deed: Tampered) -> Said:
    whose = books.whose(deed.stream)
    if deed.last <= deed.seq:
        return said("{whose}: event {seq} is missing.", whose=whose, seq=deed.seq)
    return said("{whose}: events {first} to {last} are missing.", whose=whose, first=deed.seq, last=deed.last)


def _moved(books: Books, deed: Tampered) -> Said:
    assert deed.origin is not None
    stream, seq = deed.origin
    if stream == deed.stream:
        return said(
            "{whose}: event {seq} ({what}) stands at the place of event {place}.",
            whose=books.whose(stream), seq=seq, what=_what(deed), place=deed.seq,
        )  # fmt: skip
    return said(
        "{whose}: event {seq} ({what}) stands at another place: as event {place} of {other}.",
        whose=books.whose(stream), seq=seq, what=_what(deed), place=deed.seq, other=books.whose(deed.stream),
    )  # fmt: skip


def _copied(books: Books, deed: Tampered) -> Said:
    assert deed.origin is not None
    return said(
        "{whose}: event {seq} ({what}) was inserted as a copy of event {origin}.",
        whose=books.whose(deed.stream), seq=deed.seq, what=_what(deed), origin=deed.origin[1],
    )  # fmt: skip


def _renumbered(books: Books, deed: Tampered) -> Said:
    return said(
        "{whose}: event {seq} ({what}) was given another number of its row.",
        whose=books.whose(deed.stream), seq=deed.seq, what=_what(deed),
    )  # fmt: skip


TOLD: Mapping[Deed, Callable[[Books, Tampered], Said]] = {
    Deed.CHANGED: _changed,
    Deed.MISSING: _missing,
    Deed.MOVED: _moved,
    Deed.COPIED: _copied,
    Deed.RENUMBERED: _renumbered,
}
"""How each deed is told."""


HAPPENED: Mapping[str, Said] = {
    "opened": said("agenda opened"),
    "added": said("put on the agenda"),
    "planned": said("planned"),
    "decided": said("decided"),
    "closed": said("closed"),
    "withdrawn": said("withdrawn"),
    "fed_back": said("fed back"),
    "settled": said("settled"),
    "level_imported": said("boundaries imported"),
    "units_derived": said("units derived from the grids"),
    "in_force": said("put in force"),
    "not_in_force": said("not put in force"),
    "retired": said("no longer in force"),
    "rehomed": said("moved to another unit"),
    "merged": said("put into another agenda"),
    "took_over": said("took matters over"),
    "gave_over": said("gave a matter over"),
    "signed_in": said("signed in"),
    "sign_in_failed": said("sign-in failed"),
    "locked_out": said("locked out"),
    "signed_out": said("signed out"),
    "signed_out_everywhere": said("signed out everywhere"),
    "password_changed": said("password changed"),
    "refused": said("refused"),
    "exported": said("exported"),
    "backed_up": said("backed up"),
    "restored": said("restored from a backup"),
    "erased": said("erased"),
    "phone_shown": said("telephone number shown"),
    "names_shown": said("names shown"),
    "wall_added": said("wall added"),
    "wall_revoked": said("wall revoked"),
}
"""What happened in an event of a meeting, a plan or the log of who came."""


def _what(event: Event | Tampered) -> Said | str:
    """What happened in an event, as a person would call it."""
    return title_of(event.kind) if event.stream.startswith("t:") else HAPPENED.get(event.kind, event.kind)


def words_are_what_was_written(books: Books) -> Iterator[Said]:
    """The words beside an event fit the digest in it, until somebody erased them."""
    for event, wrong in books.words:
        yield said(
            "{whose}: the words of event {seq} ({what}) {wrong}.",
            whose=books.whose(event.stream), seq=event.seq, what=_what(event), wrong=wrong,
        )  # fmt: skip
    if books.words_alone:
        yield said("{n} notes belong to no event.", n=books.words_alone)


def anchors_hold(books: Books) -> Iterator[Said]:
    """Every day's anchor fits the events it covers, and the copy that was kept elsewhere."""
    for misfit in books.misfits:
        anchor = misfit.anchor
        if misfit.found < anchor.events:
            yield said(
                "The anchor of {day} covers {n} events up to number {upto}; {gone} of them are missing.",
                day=anchor.day, n=anchor.events, upto=anchor.upto, gone=anchor.events - misfit.found,
            )  # fmt: skip
        else:
            yield said(
                "The anchor of {day} does not fit the events {first} to {upto}: one of them was written anew, or the anchor itself.",
                day=anchor.day, first=misfit.first, upto=anchor.upto,
            )  # fmt: skip
    yield from differences(books.kept, books.anchors)


def rows_say_what_their_logs_say(books: Books) -> Iterator[Said]:
    """A ticket's row says what its last event says, and was saved once a move."""
    for row in books.tickets.values():
        log = books.log_of(row.id)
        lost = row.version - 1 - log.moves
        if why := _disagreement(row, log, lost):
            yield said("Ticket {no}: {why}.", no=row.no, why=why)
        elif lost:
            yield said(
                "Ticket {no}: its row was saved {version} times, its log tells of {moves} moves.",
                no=row.no, version=row.version - 1, moves=log.moves,
            )  # fmt: skip


def _disagreement(row: TicketRow, log: Log, lost: int) -> Said | None:
    if not log.events:
        return said("all its events are missing")
    if log.events != log.last_seq:
        return said("events are missing")
    if (row.state, row.holder) != (log.last.get("state"), log.last.get("holder")):
        if lost > 0:
            return said("the last of its events are missing ({n})", n=lost)
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
        elif not log.events and row.version > 1:
            yield said("Meeting {id}: all its events are missing.", id=row.id)
        elif row.version != 1 + log.moves:
            yield said(
                "Meeting {id}: its row was saved {version} times, its log tells of {moves} changes.",
                id=row.id, version=row.version - 1, moves=log.moves,
            )  # fmt: skip


def plans_say_what_their_logs_say(books: Books) -> Iterator[Said]:
    """A plan's row and all that it holds are what was drawn, sent, approved and published."""
    yield from books.plan_findings


def lists_say_what_their_logs_say(books: Books) -> Iterator[Said]:
    """Every row of a list says what its last event tells, and was changed as often as it has events."""
    for row in books.listed:
        log = books.logs.get(row.stream, _NOTHING)
        told = {name: fact for name, fact in log.last.items() if name not in BESIDE_FACTS}
        if row.version != log.last_seq or told != row.facts():
            yield said("Row {id} of the list {list} is not what its log says.", id=row.id, list=row.LIST)


BESIDE_FACTS = frozenset({"role", "note", "scope"})
"""What the event of a list's row tells beside the row."""


def no_log_is_without_its_row(books: Books) -> Iterator[Said]:
    """What events tell of is there."""
    known = {ticket_stream(n) for n in books.tickets} | {meeting_stream(row.id) for row in books.meetings}
    known |= {plan_stream(n) for n in books.plans} | {row.stream for row in books.listed}
    for stream in sorted(books.logs):
        if stream.startswith(("t:", "m:", "p:", "r:")) and stream not in known:
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


Check = Callable[[Books], Iterable[Said]]

CHECKS: tuple[Check, ...] = (
    chains_are_whole,
    words_are_what_was_written,
    anchors_hold,
    rows_say_what_their_logs_say,
    counts_add_up,
    meetings_say_what_their_logs_say,
    plans_say_what_their_logs_say,
    lists_say_what_their_logs_say,
    no_log_is_without_its_row,
    somebody_holds_every_open_ticket,
    parents_and_originals_are_real,
    nothing_is_rated_twice,
    grades_are_those_that_were_given,
    a_unit_has_one_open_agenda,
    what_is_at_a_meeting_is_on_one_agenda,
    clocks_follow_from_the_log,
    numbers_and_links_are_given_once,
    what_is_found_is_what_is_said,
    days_are_counted_as_they_were,
)
"""Everything that is verified, in this order."""

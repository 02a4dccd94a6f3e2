"""Everything of a database that a check may look at, read once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from itertools import groupby
from typing import Any

from city.opened import City
from domain.actions.sweep import calendar_name
from domain.anchors import Anchor, Misfit, misfits
from domain.erasing import WHOLE
from domain.events import Event, Note, plan_stream, ticket_stream
from domain.frontline.records import Record
from domain.plans.log import PlanLog, disagreements
from domain.rulebook import Rulebook
from domain.said import Said, said
from domain.tampering import Deed, Place, Tampered, Written, moved_between, tampered
from domain.tickets import State, Ticket
from domain.timeline import Beat, beat_of
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
        return self.logs.get(ticket_stream(ticket_id), NOTHING)

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


NOTHING = Log()


# --- reading ---------------------------------------------------------------------------------------------------


def read_books(city: City, connection: Any, rules: Rulebook, kept: Sequence[str]) -> Books:
    """Read everything once, on one connection; ``kept`` are the lines of a copy of the anchors."""
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

"""Checks of the log: its chain, its notes, its anchors, and the rows that say what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from city.story import title_of
from city.verifying.books import NOTHING, STATES, Books, Log
from domain.anchors import differences
from domain.events import Event, meeting_stream, plan_stream, ticket_stream
from domain.said import Said, said
from domain.tampering import Deed, Tampered
from domain.tickets import ENDED, State
from storage.verifying import TicketRow


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
    "households_imported": said("households brought in"),
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
        log = books.logs.get(meeting_stream(row.id), NOTHING)
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
        log = books.logs.get(row.stream, NOTHING)
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

"""Tell what was done to a log that does not hold together: which event was changed, is missing, was moved or copied.

An event whose own hash fits its content is believed to be what was written; what links it to the next one decides
about the rest. One deed is named once: a changed event does not make its neighbours changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import pairwise

from domain.events import Event

PLACES_TRIED = 20_000
"""So many digests are computed at most to find where what was moved stood."""

Place = tuple[str, int]
"""A stream and a number in it."""


class Deed(StrEnum):
    """What was done to an event."""

    CHANGED = "changed"
    MISSING = "missing"
    MOVED = "moved"
    COPIED = "copied"
    RENUMBERED = "renumbered"


@dataclass(frozen=True, slots=True)
class Written:
    """An event as its row holds it: ``row`` is the row's own number, ``facts`` the text that was hashed."""

    row: int
    event: Event
    facts: str
    note: tuple[str, str] | None = None
    """Text and salt of the words beside it."""

    def digest(self, place: Place | None = None) -> str:
        """What its hash should be, here or at another place."""
        event = self.event if place is None else replace(self.event, stream=place[0], seq=place[1])
        return event.digest(self.facts)

    @property
    def place(self) -> Place:
        return self.event.stream, self.event.seq


@dataclass(frozen=True, slots=True)
class Tampered:
    """One deed. ``last`` ends a stretch that is missing; ``origin`` is where a moved or copied event was written."""

    deed: Deed
    stream: str
    seq: int
    kind: str = ""
    last: int = 0
    origin: Place | None = None
    written: Written | None = field(default=None, repr=False, compare=False)


def tampered(log: Sequence[Written]) -> list[Tampered]:
    """What was done to one stream; ``log`` is all there is of it, by number. Nothing, where it holds together."""
    if not log:
        return []
    misfits = {w.event.seq: w for w in log if w.digest() != w.event.hash}
    found = _explained(log, misfits)
    found += [_changed(w) for w in _resealed(log, misfits)]
    found += _missing(log, {at.seq: at.origin for at in found if at.deed in (Deed.MOVED, Deed.COPIED)})
    found += _renumbered([w for w in log if w.event.seq not in misfits])
    return sorted(found, key=lambda each: (each.seq, each.deed))


def _explained(log: Sequence[Written], misfits: Mapping[int, Written]) -> list[Tampered]:
    """Each event that does not fit its own hash: copied from here, moved within the stream, or changed."""
    if not misfits:
        return []
    stream, own = log[0].event.stream, {w.event.hash: w for w in log if w.event.seq not in misfits}
    gaps = {n for first, last in _gaps(log) for n in range(first, min(last, len(log) + 1) + 1)}
    places = [(stream, n) for n in sorted(gaps | set(misfits))]
    found = []
    for seq, w in misfits.items():
        twin = own.get(w.event.hash)
        if twin is not None:
            found.append(_at(Deed.COPIED, w, twin.place))
            continue
        origin = stood_at(w, [p for p in places if p[1] != seq][: PLACES_TRIED // len(misfits)])
        found.append(_at(Deed.MOVED, w, origin) if origin else _changed(w))
    return found


def stood_at(w: Written, places: Iterable[Place]) -> Place | None:
    """The place at which an event fits its hash."""
    return next((place for place in places if w.digest(place) == w.event.hash), None)


def moved_between(found: Sequence[Tampered], empty: Iterable[Place] = ()) -> list[Tampered]:
    """What was done to several streams, what was moved from one into another told as that; ``empty`` are places
    at the ends of streams from which an event may be gone."""
    places = [*((t.stream, t.seq) for t in found if t.deed is not Deed.COPIED), *empty]
    changed = sum(t.deed is Deed.CHANGED for t in found)
    if not changed or len(places) * changed > PLACES_TRIED:
        return list(found)
    return [_found_elsewhere(t, places) for t in found]


def _found_elsewhere(t: Tampered, places: Sequence[Place]) -> Tampered:
    if t.deed is not Deed.CHANGED or t.written is None or t.written.digest() == t.written.event.hash:
        return t
    origin = stood_at(t.written, places)
    return _at(Deed.MOVED, t.written, origin) if origin else t


def _resealed(log: Sequence[Written], misfits: Mapping[int, Written]) -> Iterator[Written]:
    """Events whose own hash fits, but that the next one, which fits too, does not follow: they were written anew."""
    if log[0].event.seq == 1 and 1 not in misfits and log[0].event.previous:
        yield log[0]
    for before, after in pairwise(log):
        adjoining = after.event.seq == before.event.seq + 1
        both_fit = before.event.seq not in misfits and after.event.seq not in misfits
        if adjoining and both_fit and after.event.previous != before.event.hash:
            yield before


def _missing(log: Sequence[Written], moved: Mapping[int, Place | None]) -> list[Tampered]:
    """The numbers that nothing stands at, once what was moved is back at its place."""
    stream = log[0].event.stream
    home = {at[1] for at in moved.values() if at and at[0] == stream}
    seqs = sorted({w.event.seq for w in log if w.event.seq not in moved} | home)
    return [
        Tampered(Deed.MISSING, stream, first, last=last)
        for first, last in _stretches([0, *(n for n in seqs if n > 0)])
    ]


def _gaps(log: Sequence[Written]) -> Iterator[tuple[int, int]]:
    yield from _stretches([0, *(w.event.seq for w in log if w.event.seq > 0)])


def _stretches(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The stretches between numbers, each by its first and its last."""
    for before, after in pairwise(numbers):
        if after > before + 1:
            yield before + 1, after - 1


def _renumbered(log: Sequence[Written]) -> list[Tampered]:
    """Events whose row's number does not lie between those of their neighbours: rows are numbered as they are written."""
    rows = [w.row for w in log]
    found = []
    for n in range(1, len(log)):
        if rows[n] > rows[n - 1]:
            continue
        fits_without_before = n < 2 or rows[n - 2] < rows[n]
        found.append(_at(Deed.RENUMBERED, log[n - 1 if fits_without_before else n], None))
    return found


def _changed(w: Written) -> Tampered:
    return _at(Deed.CHANGED, w, None)


def _at(deed: Deed, w: Written, origin: Place | None) -> Tampered:
    return Tampered(deed, w.event.stream, w.event.seq, w.event.kind, origin=origin, written=w)

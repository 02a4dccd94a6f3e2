"""Anchor the log: once a day one digest over everything that was written since the day before.

Whoever rewrites the log can write its chains anew, hash by hash; but not what was anchored, if a copy of the
anchors is kept where they cannot reach it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from domain.said import Said, said

BEGINS = "# a new log begins"
"""The line above the anchors of another database in the same file."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """The digest of one day: over the anchor before it and ``events`` events, the last of which is number ``upto``."""

    day: str
    at: datetime
    upto: int
    events: int
    digest: str

    @property
    def line(self) -> str:
        """How it stands in a file."""
        return f"{self.day} {self.upto} {self.events} {self.digest}"


@dataclass(frozen=True, slots=True)
class Head:
    """What of an event is anchored: its hash stands for all the rest."""

    row: int
    stream: str
    seq: int
    hash: str


@dataclass(slots=True)
class Anchoring:
    """An anchor in the making; ``before`` is the digest of the one before it. Events are added by their numbers."""

    day: str
    at: datetime
    upto: int
    before: str
    events: int = 0
    _digest: Any = field(init=False)

    def __post_init__(self) -> None:
        moment = f"{self.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}"
        self._digest = hashlib.sha256(f"{self.before}\n{self.day} {moment} {self.upto}\n".encode())

    def add(self, head: Head) -> None:
        """One more event."""
        self._digest.update(f"{head.row}\t{head.stream}\t{head.seq}\t{head.hash}\n".encode())
        self.events += 1

    def done(self) -> Anchor:
        """The anchor over what was added."""
        return Anchor(self.day, self.at, self.upto, self.events, self._digest.hexdigest())


def anchored(day: str, at: datetime, upto: int, before: str, heads: Iterable[Head]) -> Anchor:
    """The anchor of a day; ``before`` is the digest of the anchor before it, ``heads`` come by their numbers."""
    making = Anchoring(day, at, upto, before)
    for head in heads:
        making.add(head)
    return making.done()


@dataclass(frozen=True, slots=True)
class Misfit:
    """An anchor that does not fit the events it covers, ``first`` to its own ``upto``; ``found`` of them are there."""

    anchor: Anchor
    first: int
    found: int


def misfits(anchors: Sequence[Anchor], heads: Iterable[Head]) -> Iterator[Misfit]:
    """The anchors that do not fit; ``heads`` are all events by their numbers, and are read once."""
    rest = iter(heads)
    waiting = next(rest, None)
    kept = computed = ""
    first = 1
    for anchor in anchors:
        # Where the anchor before was changed itself, this one rests on what it was.
        tries = [
            Anchoring(anchor.day, anchor.at, anchor.upto, before)
            for before in dict.fromkeys((kept, computed))
        ]
        while waiting is not None and waiting.row <= anchor.upto:
            for making in tries:
                making.add(waiting)
            waiting = next(rest, None)
        again = [making.done() for making in tries]
        if anchor not in again:
            yield Misfit(anchor, first, again[0].events)
        kept, computed, first = anchor.digest, again[-1].digest, anchor.upto + 1


def differences(kept: Sequence[str], anchors: Sequence[Anchor]) -> Iterator[Said]:
    """How a copy of the anchors that was kept elsewhere, line by line, differs from the database's own."""
    own = {anchor.day: anchor for anchor in anchors}
    for line in kept:
        day = line.split(" ", 1)[0]
        if day not in own:
            yield said("The anchor of {day} is missing; the kept copy has it.", day=day)
        elif own[day].line != line:
            yield said(
                "The anchor of {day} is not the one of the kept copy: the log up to event {upto} was written anew.",
                day=day, upto=own[day].upto,
            )  # fmt: skip


def lines_of(text: str) -> list[str]:
    """The lines of a file of anchors that belong to the newest database in it."""
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    begins = max((n + 1 for n, line in enumerate(lines) if line == BEGINS), default=0)
    return [line for line in lines[begins:] if not line.startswith("#")]


def is_anchor(line: str) -> bool:
    """Is this a line of a file of anchors?"""
    match line.split(" "):
        case [day, upto, events, digest]:
            return len(day) == 10 and upto.isdecimal() and events.isdecimal() and len(digest) == 64
    return False


def lines_to_add(kept: Sequence[str], anchors: Sequence[Anchor]) -> list[str]:
    """What a file lacks of the anchors; those of another database begin under a line of their own."""
    own = [anchor.line for anchor in anchors]
    if kept and not set(kept) & set(own):
        return [BEGINS, *own]
    return [line for line in own if line not in set(kept)]

"""Verify what a database says of itself: chains, rows, holders, agendas, clocks – each finding one sentence.

A check is a function of the books that yields findings; one more is one more line in ``CHECKS``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from city.opened import City
from city.verifying.books import Books, read_books
from city.verifying.logs import (
    anchors_hold,
    chains_are_whole,
    counts_add_up,
    lists_say_what_their_logs_say,
    meetings_say_what_their_logs_say,
    no_log_is_without_its_row,
    plans_say_what_their_logs_say,
    rows_say_what_their_logs_say,
    words_are_what_was_written,
)
from city.verifying.matters import (
    a_unit_has_one_open_agenda,
    clocks_follow_from_the_log,
    days_are_counted_as_they_were,
    grades_are_those_that_were_given,
    nothing_is_rated_twice,
    numbers_and_links_are_given_once,
    parents_and_originals_are_real,
    somebody_holds_every_open_ticket,
    what_is_at_a_meeting_is_on_one_agenda,
    what_is_found_is_what_is_said,
)
from domain.rulebook import Rulebook
from domain.said import Said
from storage import anchoring


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
    with city.database.read() as connection:
        return verify_within(connection, city, city.rulebook, kept)


def verify_within(connection: Any, city: City, rules: Rulebook, kept: Sequence[str] = ()) -> Verified:
    """The same on a connection that is open, by the rules of the ground that it sees."""
    books = read_books(city, connection, rules, kept)
    upto = books.anchors[-1].upto if books.anchors else 0
    not_anchored, _, since = anchoring.not_anchored(connection, upto)
    findings = tuple(finding for check in CHECKS for finding in check(books))
    events = sum(log.events for log in books.logs.values())
    return Verified(events, findings, len(books.anchors), upto, not_anchored, since)


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

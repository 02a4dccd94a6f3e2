"""Tally the work of a period by unit, department or city.

Which period each part uses:

- handled, overdue, on time, reworked: tickets whose handling deadline (``handle_by``) lies in the period. Overdue is
  what is not handled although its deadline is past *now*, unless it was paused (on hold, at a meeting) before that.
  Rejected, cancelled and merged tickets are due nowhere; a ticket without a deadline is due in no period.
- raised, settled on the spot: tickets opened in the period, whatever became of them.
- asked, rated, satisfied: ratings asked for in the period, also those whose time to answer still runs.

A period holds its first moment and not its last. Everything is as known now: a ticket belongs to the department that
leads it now, and to the grid on whose ground it lies by the plan in force, also when it had ended before a redraw.
Imported history (``live`` false) counts wherever it brings the dates.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import Connection

from domain.indicators import LEVEL_OF, Grouping, Tally
from storage.counts import Area
from storage.days.parts import ASKED, DUE, RAISED, Part
from storage.days.sums import LEAD, Asked, By, Stretch, sums

PLACE: Mapping[Grouping, By] = {**LEVEL_OF, Grouping.CITY: None, Grouping.DEPARTMENT: LEAD}
"""Where a ticket is tallied. A ticket does not know its street: streets are sums of communities."""


def tallies(
    connection: Connection, *, since: datetime, until: datetime, now: datetime, by: Grouping, area: Area
) -> dict[str, Tally]:
    """The tally of each unit or department of an area that has any; the key ``""`` holds what belongs to none.

    ``by`` is any grouping but by street.
    """
    # A unit counts the whole, a department what it has of it: its own part too.
    wholes = by is not Grouping.DEPARTMENT and not area.lead
    found: dict[str, Tally] = defaultdict(Tally)
    for part, measures, stretch in _questions(since, until, now):
        asked = Asked(part, measures, area, PLACE[by], wholes)
        for code, counts in sums(connection, asked, stretch).items():
            found[code] += Tally(**dict(zip(measures, counts, strict=True)))
    return dict(found)


def _questions(
    since: datetime, until: datetime, now: datetime
) -> Iterator[tuple[Part, tuple[str, ...], Stretch]]:
    """What is counted over which stretch: only a deadline that is past makes what is not handled overdue."""
    period, past = Stretch(since, until), Stretch(since, min(until, now))
    if past == period:
        yield DUE, tuple(DUE.counts), period
    else:
        yield DUE, ("handled", "on_time", "reworked"), period
        yield DUE, ("overdue",), past
    yield RAISED, tuple(RAISED.counts), period
    yield ASKED, tuple(ASKED.counts), period

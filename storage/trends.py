"""Count what happened day by day, for whoever asks where things are going."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import Connection

from domain.loads import Measure
from storage.counts import OUTCOMES, Area, rate_of
from storage.days.parts import RAISED, SETTLED, begin_of, day_of
from storage.days.sums import Asked, Stretch, by_day, total


@dataclass(frozen=True, slots=True)
class Happened:
    """What happened in one stretch of time."""

    raised: int
    settled: int


def happened_between(connection: Connection, area: Area, moments: Sequence[datetime]) -> list[Happened]:
    """What was raised and what was settled between each two moments that follow each other."""
    raised, settled = (
        _between(connection, asked, moments)
        for asked in (Asked(RAISED, ["raised"], area), Asked(SETTLED, ["settled"], area))
    )
    return [Happened(*both) for both in zip(raised, settled, strict=True)]


def settled_between(connection: Connection, area: Area, since: datetime, until: datetime) -> int:
    """How much was settled in a stretch."""
    return total(connection, Asked(SETTLED, ["settled"], area), Stretch(since, until))[0]


def _between(connection: Connection, asked: Asked, moments: Sequence[datetime]) -> list[int]:
    """How much lies in each stretch; many whole days in one go."""
    stretches = list(pairwise(moments))
    if len(stretches) > 1 and all(begin_of(day_of(moment)) == moment for moment in moments):
        days = by_day(connection, asked, day_of(moments[0]), day_of(moments[-1]) - 1)
        if days is not None:
            return [
                sum(days.get(day, (0,))[0] for day in range(day_of(one), day_of(other)))
                for one, other in stretches
            ]
    return [total(connection, asked, Stretch(one, other))[0] for one, other in stretches]


def rate(
    connection: Connection, measure: Measure, area: Area, since: datetime, until: datetime
) -> float | None:
    """A rate of how work ended in a stretch; None when there is nothing to divide by."""
    outcome = OUTCOMES[measure]
    return rate_of(total(connection, Asked(outcome.part, outcome.measures, area), _upto(since, until)))


def _upto(since: datetime, until: datetime) -> Stretch:
    """From a moment to another, that one in it: moments are told in microseconds."""
    return Stretch(since, until + timedelta(microseconds=1))

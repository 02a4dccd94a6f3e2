"""What a city has agreed on: structure, where points lie, categories, limits, working time – as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.categories import Category
from domain.clocks import Due, Limit, WorkClock
from domain.grids import Located, Structure
from domain.place import LngLat
from domain.said import Refused, said
from domain.tickets import State

YELLOW = 0.8
"""A ticket is due soon when four fifths of its limit have passed."""


@dataclass(frozen=True)
class Rulebook:
    """The rules that hold in one city now. ``stages`` maps (state, urgent) to the stage's limit."""

    structure: Structure
    locate: Callable[[LngLat], Located]
    categories: Mapping[str, Category]
    stages: Mapping[tuple[State, bool], Limit]
    clock: WorkClock

    def category(self, code: str) -> Category:
        """The category with this code.

        Raises:
            Refused: when the city has no such category.
        """
        if code not in self.categories:
            raise Refused(said("There is no category {code}.", code=code))
        return self.categories[code]

    def limit_of(self, state: State, urgent: bool, own: timedelta | None = None) -> Limit | None:
        """The limit of a stage: the ticket's ``own`` for handling where it has one; None where no clock runs."""
        limit = self.stages.get((state, urgent)) or self.stages.get((state, False))
        if limit and own and state is State.IN_PROGRESS:
            return Limit(own, limit.around_the_clock)
        return limit

    def warn_and_due(self, since: datetime, limit: Limit | None) -> tuple[datetime | None, Due | None]:
        """When a stage that began at ``since`` turns yellow, and when it is due."""
        if limit is None:
            return None, None
        yellow = Limit(limit.length * YELLOW, limit.around_the_clock)
        return self.clock.due(since, yellow).at, self.clock.due(since, limit)

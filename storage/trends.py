"""Count what happened day by day, for whoever asks where things are going."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, case, func, literal, select

from domain.loads import Measure
from storage.counts import OUTCOMES, Area
from storage.crosswalks import was_redrawn
from storage.schema import tickets


@dataclass(frozen=True, slots=True)
class Happened:
    """What happened in one stretch of time."""

    raised: int
    settled: int


def happened_between(connection: Connection, area: Area, moments: Sequence[datetime]) -> list[Happened]:
    """What was raised and what was settled between each two moments that follow each other."""
    # What was opened in a place and when stands in one index; when something was handled in another.
    redrawn = was_redrawn(connection)
    here, lately = area.condition(counted=redrawn), area.condition(by_time=True, counted=redrawn)
    raised = _between(connection, tickets.c.opened_at, here, moments)
    settled = _between(connection, tickets.c.handled_at, lately, moments)
    return [Happened(raised.get(n, 0), settled.get(n, 0)) for n in range(len(moments) - 1)]


def _between(
    connection: Connection, column: Column[Any], here: ColumnElement[bool], moments: Sequence[datetime]
) -> dict[int, int]:
    """How many moments of a column lie in each stretch, by its number; all in one go."""
    marks = [literal(moment, column.type) for moment in moments]
    number = case(*((column >= mark, n) for n, mark in reversed(list(enumerate(marks[:-1])))))
    counted = (
        select(number, func.count()).where(column >= marks[0], column < marks[-1], here).group_by(number)
    )
    return {row[0]: row[1] for row in connection.execute(counted)}


def rate(
    connection: Connection, measure: Measure, area: Area, since: datetime, until: datetime
) -> float | None:
    """A rate of how work ended in a stretch; None when there is nothing to divide by."""
    here = area.condition(by_time=True, counted=was_redrawn(connection))
    n, good = connection.execute(OUTCOMES[measure](since, until).where(here)).one()
    return (good or 0) / n if n else None

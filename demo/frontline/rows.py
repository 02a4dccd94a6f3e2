"""The demo's lists as rows of their tables, with the events that tell of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from demo.frontline import assessing, offers, outsiders, visiting
from demo.frontline.ground import Ground, Written, events_of, numbered
from domain.events import Event
from domain.frontline.assessment import Answer
from storage.frontline.records import columns_of

LISTS: tuple[Callable[[Ground], Iterable[Written]], ...] = (
    visiting.visits,
    offers.resources,
    offers.services,
    offers.needs,
    outsiders.outsiders,
)
"""One line for each list."""


def rows_of(ground: Ground) -> tuple[dict[str, list[dict[str, Any]]], list[Event]]:
    """Every list's rows by table, and all their events."""
    rows: dict[str, list[dict[str, Any]]] = {}
    events: list[Event] = []

    def keep(made: Iterable[Written]) -> list[Written]:
        written = list(numbered(made))
        rows[written[0].record.LIST] = [columns_of(each.record) for each in written]
        events.extend(events_of(written))
        return written

    for make in LISTS:
        keep(make(ground))
    answers = [each.record for each in keep(assessing.answers(ground))]
    keep(assessing.rounds(ground, [answer for answer in answers if isinstance(answer, Answer)]))
    return rows, events

"""The demo's lists as rows of their tables, with the events that tell of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from demo.frontline import allied, assessing, mustering, offers, ordering, organising, outsiders, visiting
from demo.frontline.ground import Ground, Written, events_of, numbered
from domain.events import Event
from domain.frontline.assessment import Answer
from domain.frontline.organisation import Entry
from domain.frontline.pledges import Resource, Service
from domain.frontline.records import Beside, Record
from storage.frontline.records import columns_of

LISTS: tuple[Callable[[Ground], Iterable[Written]], ...] = (
    visiting.visits,
    outsiders.outsiders,
    organising.groups,
    organising.councils,
    allied.bodies,
    allied.units,
    allied.deeds,
    allied.links,
    allied.visits,
)
"""One line for each list."""


def rows_of(ground: Ground) -> tuple[dict[str, list[dict[str, Any]]], list[Event]]:
    """Every list's rows by table, and all their events."""
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    events: list[Event] = []

    def keep(made: Iterable[Written]) -> list[Written]:
        written = list(numbered(made))
        for each in written:
            rows[each.record.LIST].append(columns_of(each.last))
        rows["list_words"] += [_beside(each.record, each.beside) for each in written if each.beside]
        events.extend(events_of(written))
        return written

    for make in LISTS:
        keep(make(ground))
    resources = [each.record for each in keep(offers.resources(ground))]
    keep(offers.needs(ground, [row for row in resources if isinstance(row, Resource)]))
    services = [each.record for each in keep(offers.services(ground))]
    keep(ordering.orders(ground, [row for row in services if isinstance(row, Service)]))
    spent = [each.record for each in keep(organising.fund(ground))]
    rows["list_files"] = [organising.receipt(e) for e in spent if isinstance(e, Entry) and e.has_receipt]
    answers = [each.record for each in keep(assessing.answers(ground))]
    members, activities = keep(mustering.members(ground)), keep(mustering.activities(ground))
    keep(mustering.sign_ups(ground, members, activities))
    keep(assessing.rounds(ground, [answer for answer in answers if isinstance(answer, Answer)]))
    return rows, events


def _beside(record: Record, told: Beside) -> dict[str, Any]:
    words = {"words": told.words, "name": told.name, "phone": told.phone}
    return {"list": record.LIST, "row_id": record.id, **words}

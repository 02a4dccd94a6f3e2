"""Write an event as a row of the log, and read it back."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Row

from domain.events import Event, canonical


def event_columns(event: Event) -> dict[str, Any]:
    """An event as the columns of its row."""
    return {
        "stream": event.stream,
        "seq": event.seq,
        "at": event.at,
        "kind": event.kind,
        "by": event.by,
        "facts": canonical(event.facts),
        "previous": event.previous,
        "hash": event.hash,
    }


def first_event_columns(event: Event) -> dict[str, Any]:
    """The first event of a stream as columns, sealed: its facts are written once."""
    facts = canonical(event.facts)
    return {
        "stream": event.stream,
        "seq": 1,
        "at": event.at,
        "kind": event.kind,
        "by": event.by,
        "facts": facts,
        "previous": "",
        "hash": event.digest(facts),
    }


def event_from(row: Row[Any]) -> Event:
    """A row as an event."""
    return Event(row.stream, row.seq, row.at, row.kind, row.by, json.loads(row.facts), row.previous, row.hash)

"""Write an event as a row of the log, and read it back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from domain.events import Event, canonical, first_digests
from storage.columns import Columns, moments


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


def first_events(streams: Sequence[str], facts: Sequence[str], *, at: datetime, kind: str) -> Columns:
    """Events of the clock's at one moment, each the first of its stream, as columns; ``facts`` are canonical."""
    count = len(streams)
    return {
        "stream": streams,
        "seq": [1] * count,
        "at": moments([at]).repeat(count),
        "kind": [kind] * count,
        "facts": facts,
        "previous": [""] * count,
        "hash": first_digests(streams, facts, at=at, kind=kind),
    }


def event_from(row: Row[Any]) -> Event:
    """A row as an event."""
    return Event(row.stream, row.seq, row.at, row.kind, row.by, json.loads(row.facts), row.previous, row.hash)

"""Count tickets from their columns, beside a database that is at other things: by itself it takes three times as long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import DefaultClause, Row

from storage.columns import Columns
from storage.days.conditions import Rows
from storage.days.parts import ADDED_UP, ERA, GRAINS, KEY, OF_TICKETS, OFFSET, Grain, Part, measures_of
from storage.schema import day_counts, tickets

NAMES = ("level1", "level2", "level3", "lead")
"""Texts that counts are kept apart by; where there is none, by ``""``."""

READ = (
    *NAMES, *(part.moment for part in OF_TICKETS), "stage_since", "state", "outcome", "on_time", "rework", "parent_id",
)  # fmt: skip
"""The columns of a ticket that say what it counts."""

MEASURES = list(measures_of(OF_TICKETS))

Names = Mapping[str, NDArray[np.object_]]
"""For each of some columns the texts that its numbers stand for."""


def counts_of(batches: Sequence[Columns]) -> Columns:
    """What tickets of such columns count, as columns of ``day_counts``: they lie where they say, and nobody rated one yet."""
    rows = {name: np.concatenate([_read(batch, name) for batch in batches]) for name in READ}
    kept_apart, names = pd.DataFrame({"part": ~pd.isna(rows["parent_id"])}), {}
    for name in NAMES:
        kept_apart[name], texts = pd.factorize(rows[name], sort=True, use_na_sentinel=False)
        names[name] = np.where(pd.isna(texts), "", texts)
    cells = pd.concat([_cells(part, rows, kept_apart) for part in OF_TICKETS])
    added_up = {source: _added_up(cells, keys) for source, keys in ADDED_UP.items()}
    of_grains = [_of_grain(grain, added_up[grain.source], names) for grain in GRAINS]
    return {column: np.concatenate([each[column] for each in of_grains]) for column in of_grains[0]}


def together(counted: Columns, kept: Sequence[Row[Any]]) -> Columns:
    """What was counted with what was kept before."""
    if not kept:
        return counted
    before = pd.DataFrame(kept, columns=day_counts.columns.keys())
    both = pd.concat([before, pd.DataFrame(counted)]).groupby(list(KEY))
    added_up = both.sum().astype(np.int64).reset_index()
    return {str(column): added_up[column].to_numpy() for column in added_up}


def _read(batch: Columns, name: str) -> NDArray[Any]:
    """A column as an array; one that is left out gets its default, which is a number."""
    if name in batch:
        return (
            np.asarray(batch[name]) if isinstance(batch[name], np.ndarray) else np.array(batch[name], object)
        )
    default = tickets.c[name].server_default
    left_out = int(str(default.arg)) if isinstance(default, DefaultClause) else None
    return np.full(len(batch["state"]), left_out, object)


def _cells(part: Part, rows: Rows, kept_apart: pd.DataFrame) -> pd.DataFrame:
    """The tickets that count in a part: what each is kept apart by, on which day, and 1 or 0 of each measure."""
    cells, moments = kept_apart.copy(), rows[part.moment].astype("datetime64[us]").view(np.int64)
    shift, day = ((span // timedelta(microseconds=1)) for span in (OFFSET, timedelta(days=1)))
    cells["day"] = (moments + shift) // day + ERA
    for measure in MEASURES:
        counts = part.counts[measure].holds(rows) if measure in part.counts else np.False_
        cells[measure] = np.broadcast_to(counts, len(cells)).astype(np.int64)
    return cells[part.counts_at_all.holds(rows)]


def _added_up(counts: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    return counts.groupby(list(keys), as_index=False)[MEASURES].sum()


def _of_grain(grain: Grain, counts: pd.DataFrame, names: Names) -> dict[str, NDArray[Any]]:
    """The counts of a grain, as columns."""
    added_up = _added_up(counts, grain.apart)
    columns = {"grain": np.full(len(added_up), grain.number)}
    for key, source in grain.keys.items():
        if source is None:
            columns[key] = np.full(len(added_up), "", object)
        else:
            told = added_up[source].to_numpy()
            columns[key] = names[source][told] if source in names else told
    return columns | {measure: added_up[measure].to_numpy() for measure in MEASURES}

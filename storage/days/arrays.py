"""Count tickets from their columns, beside a database that is at other things: by itself it takes three times as long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import DefaultClause, Row, String

from storage.columns import Columns
from storage.days.conditions import Rows
from storage.days.expressions import LEVELS
from storage.days.parts import ADDED_UP, ERA, GRAINS, KEY, MEASURES, OF_TICKETS, OFFSET, Grain
from storage.schema import Instant, day_counts, tickets

NAMES = (*LEVELS, "lead")
"""Texts that counts are kept apart by; where there is none, by ``""``."""

READ = (
    *NAMES, *(part.moment for part in OF_TICKETS), "stage_since", "state", "outcome", "on_time", "rework", "parent_id",
)  # fmt: skip
"""The columns of a ticket that say what it counts."""

Numbers = dict[str, NDArray[Any]]
"""Columns in which a number stands for each text, in the order of texts."""

Names = Mapping[str, NDArray[np.object_]]
"""The texts that the numbers of a column stand for."""


def counts_of(batches: Sequence[Columns], kept: Sequence[Row[Any]] = ()) -> Columns:
    """What tickets of such columns count, as columns of ``day_counts``, together with what is kept there. They lie where they
    say, and nobody rated one yet.
    """
    rows = {name: np.concatenate([_read(batch, name) for batch in batches]) for name in READ}
    numbers, before, names = _numbered(rows, _before(kept))
    cells, holding = _cells(rows, pd.DataFrame(numbers))
    added_up = {source: _added_up(cells, holding, list(keys)) for source, keys in ADDED_UP.items()}
    of_grains = [_of_grain(grain, added_up[grain.source], before, names) for grain in GRAINS]
    columns = {column: np.concatenate([each[column] for each in of_grains]) for column in of_grains[0]}
    return {name: column for name, column in columns.items() if name in KEY or column.any()}


def _read(batch: Columns, name: str) -> NDArray[Any]:
    """A column as an array; one that is left out gets its default, a number or nothing."""
    if name in batch:
        found = batch[name]
        return found if isinstance(found, np.ndarray) else np.array(found, object)
    column, count = tickets.c[name], len(batch["state"])
    if isinstance(column.type, Instant):
        return np.full(count, np.datetime64("NaT", "us"))
    default = column.server_default
    return np.full(count, int(str(default.arg)) if isinstance(default, DefaultClause) else None, object)


def _before(kept: Sequence[Row[Any]]) -> dict[str, NDArray[Any]]:
    """Counts that are kept, by the columns that they were added up by: a place is one of the finest level, or said beside it."""
    kinds = {
        column.name: object if isinstance(column.type, String) else np.int64 for column in day_counts.columns
    }
    columns = zip(*kept, strict=True) if kept else [()] * len(kinds)
    before = {
        name: np.array(column, kind) for (name, kind), column in zip(kinds.items(), columns, strict=True)
    }
    return before | {"part": before["part"].astype(np.bool_), "level3": before.pop("place")}


def _numbered(rows: Rows, before: dict[str, NDArray[Any]]) -> tuple[Numbers, pd.DataFrame, Names]:
    """What tickets and counts are kept apart by, as numbers, and what these stand for."""
    there, names = len(rows["state"]), {}
    numbers: Numbers = {"part": ~pd.isna(rows["parent_id"])}
    for name in NAMES:
        texts = np.concatenate([np.where(pd.isna(rows[name]), "", rows[name]), before[name]])
        both, names[name] = pd.factorize(texts, sort=True)
        numbers[name], before[name] = both[:there], both[there:]
    return numbers, pd.DataFrame(before), names


def _cells(rows: Rows, apart: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, NDArray[np.intp]]]:
    """For each part the tickets that count in it, one after the other, with their days; and which of these a measure counts."""
    cells, holding, begin = [], {}, 0
    for part in OF_TICKETS:
        counting = np.flatnonzero(np.broadcast_to(part.counts_at_all.holds(rows), len(apart)))
        cells.append(apart.take(counting).assign(day=_days(rows[part.moment][counting])))
        for measure, condition in part.counts.items():
            holds = np.broadcast_to(condition.holds(rows), len(apart))
            holding[measure] = begin + np.flatnonzero(holds[counting])
        begin += len(counting)
    return pd.concat(cells, ignore_index=True), holding


def _days(moments: NDArray[np.datetime64]) -> NDArray[np.int64]:
    shift, day = (span // timedelta(microseconds=1) for span in (OFFSET, timedelta(days=1)))
    return (moments.astype("datetime64[us]").view(np.int64) + shift) // day + ERA


def _added_up(cells: pd.DataFrame, holding: Mapping[str, NDArray[np.intp]], keys: list[str]) -> pd.DataFrame:
    """How many cells of the same keys each measure counts."""
    groups = cells.groupby(keys)
    group, found = groups.ngroup().to_numpy(), groups.size().reset_index()[keys]
    for measure in MEASURES:
        which = group[holding[measure]] if measure in holding else group[:0]
        found[measure] = np.bincount(which, minlength=len(found))
    return found


def _of_grain(
    grain: Grain, counts: pd.DataFrame, before: pd.DataFrame, names: Names
) -> dict[str, NDArray[Any]]:
    """The counts of a grain, with those that were kept, as columns."""
    both = pd.concat([counts, before[before["grain"] == grain.number]])
    added_up = both.groupby(list(grain.apart), as_index=False)[list(MEASURES)].sum()
    columns = {"grain": np.full(len(added_up), grain.number)}
    for key, source in grain.keys.items():
        if source is None:
            columns[key] = np.full(len(added_up), "", object)
        else:
            told = added_up[source].to_numpy()
            columns[key] = names[source][told] if source in names else told
    return columns | {measure: added_up[measure].to_numpy() for measure in MEASURES}

"""Conditions on a row, each said once: a database is told it as SQL, and many rows at once are held against it as arrays.

A condition holds or does not; of what is missing none holds but a negated one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Rows = Mapping[str, NDArray[Any]]
"""Columns by name, of one length: moments are ``datetime64``; None, NaN and NaT stand for nothing."""

Holds = NDArray[np.bool_] | np.bool_
"""An answer for each row, or one for all."""


@dataclass(frozen=True, slots=True)
class Condition:
    """As SQL says it of a row ``{r}``, and as it is found in columns."""

    said: str
    holds: Callable[[Rows], Holds]

    def sql(self, row: str) -> str:
        """As SQL says it of a row by this name."""
        return self.said.format(r=row)

    def __and__(self, other: Condition) -> Condition:
        return Condition(f"{self.said} AND {other.said}", lambda rows: self.holds(rows) & other.holds(rows))

    def __invert__(self) -> Condition:
        return Condition(f"NOT ({self.said})", lambda rows: ~self.holds(rows))


ALWAYS = Condition("TRUE", lambda _: np.True_)


def known(column: str) -> Condition:
    """There is something in a column."""
    return Condition(f"{{r}}.{column} IS NOT NULL", lambda rows: ~pd.isna(rows[column]))


def yes(column: str) -> Condition:
    """A column says yes."""
    return Condition(f"{{r}}.{column} IS TRUE", lambda rows: np.equal(rows[column], True).astype(np.bool_))


def is_one_of(column: str, *texts: str) -> Condition:
    """A column has one of some texts."""
    listed = ", ".join(f"'{text}'" for text in texts)
    return Condition(
        f"coalesce({{r}}.{column}, '') IN ({listed})",
        lambda rows: np.logical_or.reduce([np.equal(rows[column], text) for text in texts]).astype(np.bool_),
    )


def is_at_least(column: str, least: int) -> Condition:
    """A column has so much or more, which is more than nothing."""
    return Condition(
        f"coalesce({{r}}.{column}, 0) >= {least}", lambda rows: rows[column].astype(np.float64) >= least
    )


def is_not_after(column: str, other: str) -> Condition:
    """A moment is not after another."""
    return Condition(
        f"({{r}}.{column} <= {{r}}.{other}) IS TRUE", lambda rows: np.less_equal(rows[column], rows[other])
    )

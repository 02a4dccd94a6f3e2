"""Tell what is wrong with a plan or a file: what, where, how bad, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from domain.place import LngLat
from domain.said import Said


class Severity(StrEnum):
    """How bad: an ``error`` breaks a promise of the plan, a ``warning`` may be meant, a ``note`` is for reading."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: the check's name, how bad it is, the grids concerned, a place to look, the words."""

    check: str
    severity: Severity
    words: Said
    grids: tuple[str, ...] = ()
    where: LngLat | None = None


def is_clean(findings: Iterable[Finding]) -> bool:
    """Nothing but notes: bands are read by a planner, never a gate that blocks."""
    return all(f.severity is Severity.NOTE for f in findings)

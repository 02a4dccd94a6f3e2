"""Sort problems: categories after GB/T 30428.2 (managed parts and events), with disputes, safety, services."""

from __future__ import annotations

from dataclasses import dataclass

from domain.clocks import Limit


@dataclass(frozen=True, slots=True)
class Category:
    """One kind of problem. ``limit`` is the time for handling; None means the general limit."""

    code: str
    zh: str
    en: str
    group: str
    limit: Limit | None = None
    urgent: bool = False
    department: str | None = None


@dataclass(frozen=True, slots=True)
class CategoryGroup:
    """A heading over categories, in both languages."""

    code: str
    zh: str
    en: str

"""Read the rule files of ``data/rules``: categories, working time and limits, load classes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from domain.categories import Category, CategoryGroup
from domain.clocks import Limit, Window
from domain.grids import Level
from domain.loads import Measure, Thresholds
from domain.said import BadInput, said
from domain.tickets import State

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class YearOverride:
    """Days of one year that differ from the official arrangement, or make up the whole of it."""

    holidays: frozenset[date]
    workdays: frozenset[date]


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that the rule files say."""

    groups: dict[str, CategoryGroup]
    categories: dict[str, Category]
    zone: ZoneInfo
    windows: tuple[Window, ...]
    stages: dict[tuple[State, bool], Limit]
    thresholds: dict[tuple[Measure, Level], Thresholds]
    calendar: dict[int, YearOverride]


def read_rules(folder: Path) -> Rules:
    """All rules of a folder.

    Raises:
        BadInput: names the file and the entry that cannot be used.
    """
    clocks = _Table.read(folder / "clocks.toml")
    windows = clocks.value("windows", _windows)
    day = sum(((_minutes(w.closes) - _minutes(w.opens)) for w in windows), 0) * timedelta(minutes=1)
    groups, categories = _categories(_Table.read(folder / "categories.toml"), day)
    return Rules(
        groups=groups,
        categories=categories,
        zone=clocks.value("zone", lambda name: ZoneInfo(str(name))),
        windows=windows,
        stages=_stages(clocks, day),
        thresholds=_thresholds(_Table.read(folder / "classes.toml")),
        calendar=_calendar(_Table.read(folder / "calendar.toml")),
    )


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of one file that knows where it stands, so that every complaint names its place."""

    file: str
    place: str
    entries: dict[str, Any]

    @classmethod
    def read(cls, path: Path) -> _Table:
        try:
            return cls(path.name, "", tomllib.loads(path.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise BadInput(said("{file}: cannot be read ({why}).", file=path.name, why=error)) from error

    def table(self, key: str) -> _Table:
        found = self.entries.get(key, {})
        if not isinstance(found, dict):
            raise self._complaint(key, "a table is needed")
        return _Table(self.file, f"{self.place}{key}.", found)

    def value(self, key: str, parse: Callable[[Any], T]) -> T:
        if key not in self.entries:
            raise self._complaint(key, "is missing")
        try:
            return parse(self.entries[key])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._complaint(key, error) from error

    def named(self, key: str, parse: Callable[[str], T]) -> T:
        """What the key itself names."""
        try:
            return parse(key)
        except ValueError as error:
            raise self._complaint(key, error) from error

    def each(self, key: str, parse: Callable[[Any], T]) -> list[T]:
        return self.value(key, lambda values: [parse(v) for v in values])

    def _complaint(self, key: str, why: object) -> BadInput:
        return BadInput(said("{file}: {entry}: {why}.", file=self.file, entry=self.place + key, why=why))


def _categories(table: _Table, day: timedelta) -> tuple[dict[str, CategoryGroup], dict[str, Category]]:
    groups = {}
    for code in table.table("groups").entries:
        entry = table.table("groups").table(code)
        groups[code] = CategoryGroup(code, entry.value("zh", str), entry.value("en", str))
    categories = {}
    for code in table.table("categories").entries:
        entry = table.table("categories").table(code)
        categories[code] = Category(
            code,
            entry.value("zh", str),
            entry.value("en", str),
            entry.value("group", lambda g: groups[g].code),
            entry.value("limit", lambda text: limit_from(text, day).length)
            if "limit" in entry.entries
            else None,
            bool(entry.entries.get("urgent", False)),
            entry.entries.get("department"),
        )
    return groups, categories


def _stages(clocks: _Table, day: timedelta) -> dict[tuple[State, bool], Limit]:
    stages = {}
    for name, urgent in (("stages", False), ("urgent", True)):
        table = clocks.table(name)
        for state in table.entries:
            limit = table.value(state, lambda text: limit_from(text, day))
            stages[table.named(state, State), urgent] = limit
    return stages


def _thresholds(table: _Table) -> dict[tuple[Measure, Level], Thresholds]:
    return {
        (measure, level): tuple(table.table(measure).each(str(int(level)), float))
        for measure in Measure
        for level in Level
    }


def _calendar(table: _Table) -> dict[int, YearOverride]:
    def days(year: _Table, key: str) -> frozenset[date]:
        return frozenset(year.each(key, date.fromisoformat)) if key in year.entries else frozenset()

    return {
        int(year): YearOverride(days(table.table(year), "holidays"), days(table.table(year), "workdays"))
        for year in table.entries
    }


_LIMIT = re.compile(r"(\d+)\s*(d|h|min|minutes|hours|days)( around the clock)?")


def limit_from(text: str, working_day: timedelta) -> Limit:
    """``"5d"``, ``"4h"``, ``"30min"`` of working time; ``"14 days around the clock"`` of plain time."""
    match = _LIMIT.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is no limit such as 5d, 4h or '30 minutes around the clock'")
    number, unit, around = int(match[1]), match[2][0], bool(match[3])
    day = timedelta(days=1) if around else working_day
    length = {"d": day, "h": timedelta(hours=1), "m": timedelta(minutes=1)}[unit] * number
    return Limit(length, around)


def _windows(texts: list[str]) -> tuple[Window, ...]:
    windows = tuple(_window(text) for text in texts)
    ends = [time.min, *(end for w in windows for end in (w.opens, w.closes))]
    if not windows or ends != sorted(ends):
        raise ValueError("windows follow one another through the day, at least one")
    return windows


def _window(text: str) -> Window:
    opens, closes = text.split("-")
    return Window(time.fromisoformat(opens), time.fromisoformat(closes))


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute

"""Read the rule files of ``data/rules``: categories, routing, working time and limits, load classes, allowances, grades."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from domain.categories import Category, CategoryGroup
from domain.clocks import Limit, Window
from domain.frontline.allowances import TERM, WHOLE, Formula, Term
from domain.frontline.grades import GradeRule
from domain.frontline.working_members import Room
from domain.grids import Level
from domain.loads import Measure, Thresholds
from domain.routing import OWN, RoutingTable, Rule
from domain.said import BadInput, Both, said
from domain.tickets import State

T = TypeVar("T")

RUNNING = (
    State.RAISED, State.ACCEPTED, State.DISPATCHED, State.IN_PROGRESS, State.AWAITING_CHECK, State.AWAITING_RATING,
)  # fmt: skip
"""The states whose clock always runs: without a limit a ticket would stand there for ever, unseen."""


LONGEST_TOLD = 400
"""Characters of an entry and of what is wrong about it."""


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
    routing: RoutingTable
    allowances: Formula | None
    """What heads of grids are proposed to get; None where a city has no such formula."""
    room: Room
    """How many working members a branch takes."""
    grade: GradeRule
    """What a working member's year is worth."""


def read_rules(folder: Path) -> Rules:
    """All rules of a folder.

    Raises:
        BadInput: names the file and the entry that cannot be used.
    """
    clocks = _Table.read(folder / "clocks.toml")
    clocks.knows("zone", "windows", "stages", "urgent")
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
        routing=_routing(_Table.read(folder / "routing.toml", optional=True), day),
        allowances=_allowances(_Table.read(folder / "allowances.toml", optional=True)),
        **_members(_Table.read(folder / "members.toml", optional=True)),
    )


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of one file that knows where it stands, so that every complaint names its place."""

    file: str
    place: str
    entries: dict[str, Any]

    @classmethod
    def read(cls, path: Path, *, optional: bool = False) -> _Table:
        if optional and not path.exists():
            return cls(path.name, "", {})
        try:
            entries = tomllib.loads(path.read_text(encoding="utf-8"))
            # Whatever is complained of later is told as it is written: tables a thousand deep cannot be.
            repr(entries)
            return cls(path.name, "", entries)
        # A number of five thousand digits is a ValueError, and so is what is no TOML or no UTF-8.
        except (OSError, ValueError, RecursionError) as error:
            why = str(error)[:160]
            raise BadInput(said("{file}: cannot be read ({why}).", file=path.name, why=why)) from error

    def knows(self, *keys: str) -> None:
        """Complain of an entry that means nothing here: most likely a slip of the pen that would go unheard."""
        for key in self.entries:
            if key not in keys:
                raise self.complaint(key, f"is not known here; known are {', '.join(keys)}")

    def table(self, key: str) -> _Table:
        found = self.entries.get(key, {})
        if not isinstance(found, dict):
            raise self.complaint(key, "a table is needed")
        return _Table(self.file, f"{self.place}{key}.", found)

    def tables(self, key: str) -> list[_Table]:
        """The tables of an array, each known by the ``name`` it gives itself, else by its number."""
        found = self.entries.get(key, [])
        if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
            raise self.complaint(key, f"an array of tables is needed, each under [[{key}]]")
        return [
            _Table(self.file, f"{self.place}{key}.{entry.get('name', number)}.", entry)
            for number, entry in enumerate(found, start=1)
        ]

    def value(self, key: str, parse: Callable[[Any], T]) -> T:
        if key not in self.entries:
            raise self.missing(key)
        try:
            return parse(self.entries[key])
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError) as error:
            raise self.complaint(key, error) from error

    def named(self, key: str, parse: Callable[[str], T]) -> T:
        """What the key itself names."""
        try:
            return parse(key)
        except ValueError as error:
            raise self.complaint(key, error) from error

    def each(self, key: str, parse: Callable[[Any], T]) -> list[T]:
        return self.value(key, lambda values: [parse(v) for v in _list(values)])

    def maybe(self, key: str, parse: Callable[[Any], T]) -> T | None:
        return self.value(key, parse) if key in self.entries else None

    def missing(self, key: str) -> BadInput:
        return self.complaint(key, "is missing")

    def complaint(self, key: str, why: object) -> BadInput:
        entry, told = (self.place + key)[:LONGEST_TOLD], str(why)[:LONGEST_TOLD]
        return BadInput(said("{file}: {entry}: {why}.", file=self.file, entry=entry, why=told))


def _categories(table: _Table, day: timedelta) -> tuple[dict[str, CategoryGroup], dict[str, Category]]:
    table.knows("groups", "categories")
    groups = {}
    for code in table.table("groups").entries:
        entry = table.table("groups").table(code)
        entry.knows("zh", "en")
        groups[code] = CategoryGroup(code, entry.value("zh", _text), entry.value("en", _text))
    categories = {}
    for code in table.table("categories").entries:
        entry = table.table("categories").table(code)
        entry.knows("group", "zh", "en", "limit", "urgent", "department")
        categories[code] = Category(
            code,
            entry.value("zh", _text),
            entry.value("en", _text),
            entry.value("group", lambda group: _one_of(groups, group).code),
            entry.maybe("limit", lambda text: limit_from(text, day)),
            entry.maybe("urgent", _flag) or False,
            entry.maybe("department", _text),
        )
    return groups, categories


def _routing(table: _Table, day: timedelta) -> RoutingTable:
    table.knows("rules")
    rules: dict[str, Rule] = {}
    for entry in table.tables("rules"):
        rule = _rule(entry, day)
        if rule.name in rules:
            raise entry.complaint("name", "an earlier rule has this name too")
        rules[rule.name] = rule
    return RoutingTable(tuple(rules.values()))


def _rule(entry: _Table, day: timedelta) -> Rule:
    entry.knows(
        "name", "because", "categories", "groups", "levels", "urgent", "areas", "lead", "assistants", "limit",
        "skips_compound",
    )  # fmt: skip
    because = entry.table("because")
    because.knows("zh", "en")
    lead = entry.maybe("lead", _texts)
    return Rule(
        name=entry.value("name", _text),
        because=Both(because.value("zh", _text), because.value("en", _text)),
        categories=frozenset(entry.maybe("categories", _texts) or ()),
        groups=frozenset(entry.maybe("groups", _texts) or ()),
        levels=frozenset(entry.maybe("levels", lambda levels: [Level(n) for n in _list(levels)]) or ()),
        urgent=entry.maybe("urgent", _flag),
        areas=frozenset(entry.maybe("areas", _texts) or ()),
        lead=(OWN,) if lead is None else lead,
        assistants=entry.maybe("assistants", _texts) or (),
        limit=entry.maybe("limit", lambda text: limit_from(text, day)),
        skips_compound=entry.maybe("skips_compound", _flag) or False,
    )


def _stages(clocks: _Table, day: timedelta) -> dict[tuple[State, bool], Limit]:
    stages = {}
    for name, urgent in (("stages", False), ("urgent", True)):
        table = clocks.table(name)
        for state in table.entries:
            limit = table.value(state, lambda text: limit_from(text, day))
            stages[table.named(state, State), urgent] = limit
    for state in RUNNING:
        if (state, False) not in stages:
            raise clocks.table("stages").missing(state)
    return stages


def _thresholds(table: _Table) -> dict[tuple[Measure, Level], Thresholds]:
    found = {
        (measure, level): table.table(measure).value(
            str(int(level)), _percentages if measure.is_rate else _lower_bounds
        )
        for measure in Measure
        for level in Level
    }
    table.knows(*Measure)
    for measure in Measure:
        table.table(measure).knows(*(str(int(level)) for level in Level))
    return found


def _lower_bounds(values: Any) -> Thresholds:
    bounds = tuple(float(value) for value in _list(values))
    if len(bounds) != 4 or not all(0 < bound < math.inf for bound in bounds):
        raise ValueError("four numbers above zero are needed, the lower bounds of classes 2 to 5")
    if any(low >= high for low, high in pairwise(bounds)):
        raise ValueError("each lower bound must be above the one before it")
    return bounds


def _percentages(values: Any) -> Thresholds:
    bounds = _lower_bounds(values)
    if bounds[-1] > 100:
        raise ValueError("a rate is in per cent, 100 at most")
    return bounds


def _calendar(table: _Table) -> dict[int, YearOverride]:
    return {table.named(year, _year): _override(table.table(year), year) for year in table.entries}


def _override(table: _Table, year: str) -> YearOverride:
    def day(text: str) -> date:
        found = date.fromisoformat(text)
        if found.year != int(year):
            raise ValueError(f"{text} does not lie in {year}")
        return found

    table.knows("holidays", "workdays")
    holidays = frozenset(table.maybe("holidays", lambda days: [day(d) for d in _list(days)]) or ())
    workdays = frozenset(
        table.maybe("workdays", lambda days: [_not_in(holidays, day(d)) for d in _list(days)]) or ()
    )
    return YearOverride(holidays, workdays)


def _allowances(table: _Table) -> Formula | None:
    if not table.entries:
        return None
    table.knows("version", "base", "terms")
    base = table.table("base")
    base.knows(*(str(int(level)) for level in Level))
    fen = {
        int(level): base.value(str(int(level)), lambda yuan: round(100 * _amount(yuan))) for level in Level
    }
    terms = tuple(_term(entry) for entry in table.tables("terms"))
    if len({term.name for term in terms}) < len(terms):
        raise table.complaint("terms", "one of them stands there twice")
    if (weights := sum(term.weight for term in terms)) != WHOLE:
        raise table.complaint("terms", f"their weights make {weights}, and should make {WHOLE}")
    return Formula(table.value("version", _count), fen, terms)


def _term(entry: _Table) -> Term:
    entry.knows("name", "target", "weight")
    name = entry.value("name", lambda name: _one_of(dict(zip(TERM, TERM, strict=True)), name))
    return Term(name, entry.value("target", _above_nothing), entry.value("weight", _count))


def _members(table: _Table) -> dict[str, Any]:
    table.knows("branches", "own", "grade")
    branches, own, grade = table.table("branches"), table.table("own"), table.table("grade")
    branches.knows("capacity", "least")
    grade.knows(*(f.name for f in fields(GradeRule)))
    given = {name: grade.value(name, _amount) for name in grade.entries}
    rule = GradeRule(**given)
    if not rule.excellent > rule.good > rule.fair > 0:
        raise table.complaint("grade", "excellent must be above good, good above fair, fair above 0")
    room = Room(
        branches.maybe("capacity", _count) or Room().capacity,
        Room().least if "least" not in branches.entries else branches.value("least", _count),
        {code: own.value(code, _count) for code in own.entries},
    )
    if room.least > room.capacity:
        raise branches.complaint("least", "is more than the capacity")
    return {"room": room, "grade": rule}


_LIMIT = re.compile(r"(\d+)\s*(d|h|min|minutes|hours|days)( around the clock)?")


def limit_from(text: str, working_day: timedelta) -> Limit:
    """``"5d"``, ``"4h"``, ``"30min"`` of working time; ``"14 days around the clock"`` of plain time."""
    match = _LIMIT.fullmatch(_text(text))
    if not match:
        raise ValueError(f"{text!r} is no limit such as 5d, 4h or '30 minutes around the clock'")
    number, unit, around = int(match[1]), match[2][0], bool(match[3])
    if not number:
        raise ValueError(f"{text!r} leaves no time at all")
    day = timedelta(days=1) if around else working_day
    length = {"d": day, "h": timedelta(hours=1), "m": timedelta(minutes=1)}[unit] * number
    return Limit(length, around)


def _windows(texts: Any) -> tuple[Window, ...]:
    windows = tuple(_window(text) for text in _list(texts))
    open_and_shut = all(w.opens < w.closes for w in windows)
    if not windows or not open_and_shut or any(a.closes > b.opens for a, b in pairwise(windows)):
        raise ValueError("windows follow one another through the day, at least one")
    return windows


def _window(text: str) -> Window:
    opens, _, closes = text.partition("-")
    return Window(_local(opens), _local(closes))


def _local(text: str) -> time:
    try:
        at = time.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no time of day such as 08:30") from error
    if at.tzinfo:
        raise ValueError(f"{text!r} is in the city's own time and names no zone")
    return at


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


# --- single values, each refused in words when it is not what it should be ------------------------------------


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{value!r} is no text")
    return value


def _amount(value: Any) -> float:
    """A number that is not less than nothing."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        raise ValueError(f"{value!r} is no number of 0 or more")
    return float(value)


def _above_nothing(value: Any) -> float:
    if not _amount(value):
        raise ValueError("0 can be no target")
    return float(value)


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**6:
        raise ValueError(f"{value!r} is no whole number of 0 or more")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is no list")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    """A list of texts; one given twice is most likely a slip of the pen for another."""
    texts = tuple(_text(entry) for entry in _list(value))
    if len(set(texts)) < len(texts):
        raise ValueError(f"{value!r} names one thing twice")
    return texts


def _one_of(known: Mapping[str, T], name: Any) -> T:
    if name not in known:
        raise ValueError(f"{name!r} is none of {', '.join(known)}")
    return known[name]


def _year(text: str) -> int:
    if not re.fullmatch(r"[12]\d{3}", text):
        raise ValueError("is no year")
    return int(text)


def _not_in(holidays: frozenset[date], day: date) -> date:
    if day in holidays:
        raise ValueError(f"{day} is also a holiday")
    return day

"""Allowances as pages show them: what a month holds of each head, what was proposed, what may be done with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from city.frontline import places
from city.opened import City
from city.spreadsheets import Cell, Sheet
from city.words import Words
from domain.frontline.allowances import (
    ALLOWANCE_STATE,
    APPEAL_WITHIN,
    STEPS,
    TERM,
    Allowance,
    AllowanceState,
    Step,
    refusal_to_step,
)
from domain.frontline.rights import may_keep, reads_unit
from domain.grids import Structure
from domain.meetings import MONTHS, TIER_OF_LEVEL
from domain.people import Person
from domain.rulebook import Rulebook
from domain.tickets import State
from storage.frontline import months, visits
from storage.frontline.records import those
from storage.heads import head_terms
from storage.lists import events_of

Values = Mapping[str, float | None]
"""What was reached of each term; None where nothing is known."""

BACK = 6
"""Months that can be looked at."""


def months_back(today: date, count: int = BACK) -> list[str]:
    """The months that have ended, the last first."""
    found, first = [], today.replace(day=1)
    for _ in range(count):
        first = (first - timedelta(days=1)).replace(day=1)
        found.append(f"{first:%Y-%m}")
    return found


def begin_and_end(month: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first moment of a month in the city's own zone, and the first after it."""
    begin = datetime.strptime(month, "%Y-%m").replace(tzinfo=zone)
    return begin, _months_later(begin, 1)


def _months_later(begin: datetime, count: int) -> datetime:
    year, month = divmod(begin.year * 12 + begin.month - 1 + count, 12)
    return begin.replace(year=year, month=month + 1)


# --- what a month holds ---------------------------------------------------------------------------------------------


def values_of(city: City, unit: str, month: str) -> dict[tuple[str, int], Values]:
    """Every term of a month for each head in a unit, by grid and term of office."""
    homes = {building.code: building.grid for building in places.buildings(city).by_code.values()}
    with city.database.read() as connection:
        found = month_of_heads(connection, city.rulebook, homes, month)
    structure = city.ground.structure
    return {key: values for key, values in found.items() if structure.within(key[0], unit)}


def month_of_heads(
    connection: Any, rules: Rulebook, homes: Mapping[str, str], month: str
) -> dict[tuple[str, int], Values]:  # fmt: skip
    """The same for the whole city; ``homes`` says in which grid each building lies."""
    begin, end = begin_and_end(month, rules.clock.zone)
    heads = head_terms(connection, end - timedelta(seconds=1))
    reached = _Month.read(connection, rules, homes, begin, end)
    return {
        (head.grid, head.id): reached.of(head.grid) for head in heads if head.grid in rules.structure.grids
    }


@dataclass(frozen=True)
class _Month:
    """What is known of a month, of each grid with everything below it."""

    structure: Structure
    smallest: Mapping[str, int]
    accepted: Mapping[str, tuple[int, int]]
    raised: Mapping[str, int]
    counted: Mapping[str, tuple[int, int, int]]
    visits: Mapping[str, int]
    visited: Mapping[str, int]
    buildings: Mapping[str, int]
    meetings: Mapping[str, float]

    @classmethod
    def read(
        cls, connection: Any, rules: Rulebook, homes: Mapping[str, str], begin: datetime, end: datetime
    ) -> _Month:
        structure = rules.structure
        rows = visits.counted(connection, begin, end)
        seen = {building for _, building, *_ in rows if building is not None and building in homes}
        levels = [months.counted(connection, level, begin, end) for level in structure.levels]
        leaves = [grid.code for grid in structure.grids.values() if not structure.children(grid.code)]
        return cls(
            structure,
            _upwards(structure, ((code, 1) for code in leaves)),
            _accepted(rules, months.taken_up(connection, begin, end)),
            _upwards(structure, months.raised_in(connection, begin, end).items()),
            {code: counts for level in levels for code, counts in level.items()},
            _upwards(structure, ((grid, n) for grid, *_, n in rows)),
            _upwards(structure, ((homes[building], 1) for building in seen)),
            _upwards(structure, ((grid, 1) for grid in homes.values())),
            _meetings(connection, structure, begin, end),
        )

    def of(self, grid: str) -> Values:
        """What the head of a grid reached."""
        n = max(1, self.smallest.get(grid, 1))
        on_the_spot, rated, satisfied = self.counted.get(grid, (0, 0, 0))
        in_time, all_ = self.accepted.get(grid, (0, 0))
        return {
            "accepted_on_time": _percent(in_time, all_),
            "settled_on_the_spot": _each(on_the_spot, n),
            "raised": _each(self.raised.get(grid, 0), n),
            "satisfied": _percent(satisfied, rated),
            "visits": _each(self.visits.get(grid, 0), n),
            "coverage": _percent(self.visited.get(grid, 0), self.buildings.get(grid, 0)),
            "meetings": self.meetings.get(grid),
        }


def _upwards(structure: Structure, counts: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Counts of grids, each counted in every unit above it, too."""
    found: dict[str, int] = defaultdict(int)
    for code, n in counts:
        for unit in structure.chain(structure.today(code)):
            found[unit] += n
    return found


def _accepted(rules: Rulebook, tickets: Sequence[months.TakenUp]) -> dict[str, tuple[int, int]]:
    """How many tickets of each grid were taken up within the limit for accepting, of how many."""
    found: dict[str, tuple[int, int]] = {}
    for ticket in tickets:
        limit = rules.limit_of(State.RAISED, ticket.urgent)
        assert limit is not None, "the rule files always set a limit for accepting"
        in_time = ticket.first is not None and ticket.first <= rules.clock.after(ticket.opened_at, limit)
        for grid in ticket.grids:
            before = found.get(grid, (0, 0))
            found[grid] = (before[0] + in_time, before[1] + 1)
    return found


def _meetings(
    connection: Any, structure: Structure, begin: datetime, end: datetime
) -> dict[str, float]:  # fmt: skip
    """Meetings of each grid that meets, in the period that ends with the month: a compound's month, a community's quarter."""
    found: dict[str, float] = {}
    for level, tier in TIER_OF_LEVEL.items():
        held = months.meetings_held(connection, _months_later(begin, 1 - MONTHS[tier]), end)
        found |= {grid.code: float(held.get(grid.code, 0)) for grid in structure.at_level(level)}
    return found


def _percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None


def _each(count: int, n: int) -> float:
    return round(count / n, 2)


# --- what was proposed ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Card:
    """A proposal as one person may see it, with what they may do with it now."""

    row: Allowance
    head: str
    """The head's name, which is public."""
    steps: tuple[Step, ...]


def allowances_of(city: City, person: Person, unit: str, month: str) -> list[Card]:
    """The proposals of a month in a unit that this person may read, the larger grids first."""
    structure, now = city.ground.structure, city.now()
    _, end = begin_and_end(month, city.zone)
    with city.database.read() as connection:
        rows = those(connection, Allowance, month=month)
        names = {head.id: head.name for head in head_terms(connection, end - timedelta(seconds=1))}
    mine = [
        row
        for row in rows
        if structure.within(structure.today(row.grid), unit)
        and reads_unit(person, Allowance.LIST, structure.today(row.grid), structure)
    ]
    mine.sort(key=lambda row: (len(structure.chain(structure.today(row.grid))), row.grid))
    return [Card(row, names.get(row.head, ""), _steps(person, row, now)) for row in mine]


def _steps(person: Person, row: Allowance, now: datetime) -> tuple[Step, ...]:
    """What may be done; that a reason is still to be given is no hindrance yet."""
    return tuple(
        step for step in STEPS if refusal_to_step(row, step, person.role, person.area, now, "…") is None
    )


def may_propose(city: City, person: Person, unit: str) -> bool:
    """May this person have a month worked out for this unit?"""
    return may_keep(person, Allowance.LIST, unit, city.ground.structure)


def appealed_within(row: Allowance) -> datetime | None:
    """Until when the head may appeal."""
    return (
        row.approved_at + APPEAL_WITHIN if row.approved_at and row.state is AllowanceState.APPROVED else None
    )


def words_with(city: City, person: Person, row: Allowance) -> list[tuple[str, datetime, str]]:
    """What was said with each step, for those who read the row: the step, when, the words."""
    structure = city.ground.structure
    if not reads_unit(person, Allowance.LIST, structure.today(row.grid), structure):
        return []
    with city.database.read() as connection:
        return [(event.kind, event.at, note) for event, note in events_of(connection, row.stream) if note]


def waiting(city: City, person: Person) -> list[str]:
    """The months in which an appeal waits for this person's decision."""
    with city.database.read() as connection:
        rows = those(connection, Allowance, state=AllowanceState.APPEALED)
    now, structure = city.now(), city.ground.structure
    mine = [row for row in rows if reads_unit(person, Allowance.LIST, structure.today(row.grid), structure)]
    return sorted({row.month for row in mine if _steps(person, row, now)})


# --- as a file ----------------------------------------------------------------------------------------------------------


def sheet_of(city: City, month: str, cards: Sequence[Card], say: Words) -> Sheet:
    """A month's proposals, every term with what was reached, its target, its weight and what it gives."""
    names = list(dict.fromkeys(line.name for card in cards for line in card.row.terms))
    titles: list[Cell] = [say("Month"), say("Grid code"), say("Grid"), say("Head"), say("Formula")]
    for name in names:
        term = say.of(TERM[name])
        titles += [term, f"{term} · {say('Target')}", f"{term} · {say('Weight')}", f"{term} · {say('Yuan')}"]
    titles += [say("Together, yuan"), say("State")]
    return Sheet(say("Allowances {month}", month=month), [titles, *(_line(city, card, names, say) for card in cards)])  # fmt: skip


def _line(city: City, card: Card, names: Sequence[str], say: Words) -> list[Cell]:
    row, known = card.row, {line.name: line for line in card.row.terms}
    cells: list[Cell] = [row.month, row.grid, city.ground.structure.name(row.grid), card.head, row.formula]
    for name in names:
        line = known.get(name)
        if line is None:
            cells += ["", "", "", ""]
            continue
        value: Cell = say("not known") if line.value is None else Decimal(str(line.value))
        cells += [value, Decimal(str(line.target)), line.weight, yuan(line.fen)]
    return [*cells, yuan(row.fen), say.of(ALLOWANCE_STATE[row.state])]


def yuan(fen: int) -> Decimal:
    """An amount in yuan."""
    return Decimal(fen) / 100

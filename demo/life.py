"""Live one ticket: born at a home, moved step by step as the rules record it, every step an event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any

from demo import stories
from demo.rhythm import age_of, weight
from domain.categories import Category
from domain.clocks import Limit
from domain.events import Event, Note, ticket_stream
from domain.grids import CITY, Level
from domain.moves import MOVE, Scene
from domain.people import GRID_ROLE, Person, Role
from domain.place import LngLat
from domain.rulebook import Rulebook
from domain.tickets import ENDED, Outcome, Source, State, Ticket, Words

BY_THE_RULES = frozenset({"accept", "settle", "hand_up"})
"""Steps whose effect is that of the table of moves itself; what a step below does, the table will say one day."""

AFTER = {
    "dispatch": State.DISPATCHED, "sign": State.IN_PROGRESS, "hold": State.ON_HOLD, "resume": State.IN_PROGRESS,
    "to_meeting": State.AT_MEETING, "resolve": State.IN_PROGRESS, "report_done": State.AWAITING_CHECK,
    "check_pass": State.AWAITING_RATING, "check_fail": State.IN_PROGRESS, "rate": State.CLOSED,
    "unrated": State.CLOSED, "reject": State.REJECTED, "cancel": State.CANCELLED,
}  # fmt: skip
BY_DEPARTMENT = frozenset({"sign", "report_done"})
BY_CHECKER = frozenset({"check_pass", "check_fail"})
BY_CLOCK = frozenset({"unrated", "resume"})
PAUSES = frozenset({State.ON_HOLD, State.AT_MEETING})

RAISERS = (
    (30, Source.RESIDENT, None), (46, Source.GRID, Level.BUILDING), (13, Source.GRID, Level.COMPOUND),
    (7, Source.COMMUNITY, Level.COMMUNITY), (3, Source.STREET, None), (1, Source.CITY_OFFICE, None),
)  # fmt: skip
"""Who raises tickets, how often, and the head of which level it is; offices raise in office hours alone."""

SOMEBODY = Person(0, "", Role.MEMBER)


@dataclass(frozen=True, slots=True)
class Home:
    """A building people report from."""

    point: LngLat
    compound: str
    building: int
    address: str


@dataclass
class World:
    """What lives need: the rules, homes by building grid, account numbers by area, phrases, chance.

    ``links`` says which community a department is linked to: a community dispatches to its own departments
    alone, a street to any.
    """

    rules: Rulebook
    homes: Mapping[str, Sequence[Home]]
    accounts: Mapping[str, int]
    phrases: Mapping[str, Any]
    random: Random
    now: datetime
    links: Mapping[str, str] = field(default_factory=dict)
    grids: list[str] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    weights: dict[Any, tuple[list[Category], list[float]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.grids = sorted(self.homes)
        self.busy = list(accumulate(self.random.lognormvariate(0, 0.75) for _ in self.grids))

    @property
    def busiest(self) -> str:
        shares = [now - before for before, now in zip([0.0, *self.busy], self.busy, strict=False)]
        return max(zip(shares, self.grids, strict=True))[1]

    def some_grid(self) -> str:
        """A building grid, the busy ones more often."""
        return self.random.choices(self.grids, cum_weights=self.busy)[0]

    def some_category(self, wanted: Wanted, home: Home, month: int) -> Category:
        """A category that people report from such a home in such a month."""
        age = age_of(home.compound)
        key = (wanted, age, month)
        if key not in self.weights:
            known = [c for c in self.rules.categories.values() if wanted.fits(c)]
            self.weights[key] = (
                known,
                list(accumulate(weight(c, month, age) * wanted.weight(c) for c in known)),
            )
        known, sums = self.weights[key]
        return self.random.choices(known, cum_weights=sums)[0]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which categories a life may have. ``standing`` prefers those that take long: more of them stand open."""

    dispute: bool = False
    with_department: bool = False
    calm: bool = False
    standing: bool = False
    slow: bool = False

    def fits(self, category: Category) -> bool:
        return (
            (category.group == "disputes") == self.dispute
            and bool(category.department or not self.with_department)
            and not (self.calm and category.urgent)
        )

    def weight(self, category: Category) -> float:
        limit = category.limit
        a_day = timedelta(days=1) if limit and limit.around_the_clock else timedelta(hours=7.5)
        days = limit.length / a_day if limit else 5.0
        return (days if self.standing else 1) * (stories.lateness(category.department) if self.slow else 1)


@dataclass
class Life:
    """One ticket with everything that happened to it."""

    ticket: Ticket
    words: Words
    events: list[tuple[Event, Note | None]] = field(default_factory=list)

    @property
    def was_passed_up(self) -> bool:
        return any(event.kind == "hand_up" for event, _ in self.events)


# --- birth ----------------------------------------------------------------------------------------------


def born(
    world: World, opened: datetime, category: Category, home: Home, grid: str, *, by_resident: bool = False
) -> Life:
    """A report, held by the smallest grid that covers it."""
    source, raiser, role = _raiser(world, grid, opened, by_resident)
    point, located = _point(world, home, grid)
    ticket = Ticket(
        holder=located.level3 or grid,
        located=located,
        point=point,
        category=category.code,
        urgent=category.urgent,
        source=source,
        address=home.address,
        opened_at=opened,
        stage_since=opened,
        raised_by=world.accounts.get(raiser) if raiser else None,
    )
    told = stories.describe(world.phrases, category, home.compound, home.building, world.random)
    reporter = stories.reporter(world.random) if source is Source.RESIDENT else ("", "")
    life = Life(ticket, Words(told, *reporter))
    life.events.append((_event(ticket, "raised", opened, ticket.raised_by, role), None))
    return life


def _raiser(world: World, grid: str, opened: datetime, by_resident: bool) -> tuple[Source, str | None, str]:
    weights, structure = [w for w, *_ in RAISERS], world.rules.structure
    _, source, level = world.random.choices(RAISERS, weights)[0]
    if by_resident or source is Source.RESIDENT:
        return Source.RESIDENT, None, "resident"
    street = structure.chain(grid)[3]
    if source is not Source.GRID and not at_work(world, opened):
        source, level = Source.GRID, Level.BUILDING
    if level is None:
        code, role = (CITY, Role.CITY_OFFICE) if source is Source.CITY_OFFICE else (street, Role.STREET)
        return source, code, role.value
    return source, structure.chain(grid)[3 - level], GRID_ROLE[level].value


def _point(world: World, home: Home, grid: str) -> tuple[LngLat, Any]:
    """A few metres beside the building, unless that would carry the report over a border."""
    random = world.random
    beside = LngLat(
        round(home.point.lng + random.gauss(0, 4e-5), 7), round(home.point.lat + random.gauss(0, 3e-5), 7)
    )
    located = world.rules.locate(beside)
    return (beside, located) if located.grid == grid else (home.point, world.rules.locate(home.point))


def at_work(world: World, at: datetime) -> bool:
    """Is this moment working time?"""
    minute = timedelta(minutes=1)
    return world.rules.clock.elapsed(at, at + minute) == minute


# --- steps ----------------------------------------------------------------------------------------------


def move(world: World, life: Life, kind: str, at: datetime, *, satisfied: bool | None = None) -> None:
    """One step of a life, as the rules would record it."""
    was = life.ticket
    after = replace(_effect(world, life, kind, at), version=was.version + 1)
    if satisfied is not None:
        after = replace(after, satisfied=satisfied)
    if (after.state, after.holder) != (was.state, was.holder):
        after = replace(after, stage_since=at)
    life.ticket = after
    by, role = _actor(world, was, after, kind)
    text = stories.answer(world.phrases, kind, world.rules.category(was.category), world.random)
    note = Note(text, f"{world.random.getrandbits(64):016x}") if text else None
    event = _event(after, kind, at, by, role, was)
    life.events.append((replace(event, facts={**event.facts, "note": note.digest}) if note else event, note))


def _effect(world: World, life: Life, kind: str, at: datetime) -> Ticket:
    ticket = life.ticket
    if kind in BY_THE_RULES:
        clocked = with_running_clock(ticket, world.rules) if kind == "settle" else ticket
        return MOVE[kind].effect(Scene(clocked, SOMEBODY, world.rules, at))
    after = replace(ticket, state=AFTER[kind])
    if kind == "dispatch":
        return replace(after, lead=world.rules.category(ticket.category).department)
    if kind == "check_pass":
        on_time = handling_time(world, life, at) <= handling_limit(world, ticket)
        return replace(after, handled_at=at, on_time=on_time, outcome=Outcome.SETTLED)
    if kind == "check_fail":
        return replace(after, rework=ticket.rework + 1)
    return replace(after, closed_at=at) if after.state in ENDED else after


def handling_limit(world: World, ticket: Ticket) -> timedelta:
    """The limit for handling: the ticket's own, else that of the stage."""
    limit = limit_now(world, replace(ticket, state=State.IN_PROGRESS))
    assert limit is not None
    return limit.length


def handling_time(world: World, life: Life, until: datetime) -> timedelta:
    """Working time from dispatch to ``until``, less what was on hold or at a meeting."""
    clock, passed, since, paused = world.rules.clock, timedelta(), None, False
    for event, _ in life.events:
        if since and not paused:
            passed += clock.elapsed(since, event.at)
        if since or event.kind == "dispatch":
            since, paused = event.at, State(str(event.facts["state"])) in PAUSES
    return passed if since is None or paused else passed + clock.elapsed(since, until)


def limit_now(world: World, ticket: Ticket) -> Limit | None:
    """The limit of the stage a ticket is in."""
    return world.rules.limit_of(ticket.state, ticket.urgent, ticket.limit)


def with_running_clock(ticket: Ticket, rules: Rulebook) -> Ticket:
    """An open ticket with the deadline that the rules give its stage."""
    if not ticket.is_open:
        return ticket
    limit = rules.limit_of(ticket.state, ticket.urgent, ticket.limit)
    warn, due = rules.warn_and_due(ticket.stage_since, limit)
    return replace(
        ticket, warn_at=warn, due_at=due.at if due else None, provisional=bool(due and due.provisional)
    )


def sealed(life: Life, number: int) -> Life:
    """Give the ticket its number and seal its events one after the other."""
    previous, events = "", []
    for seq, (event, note) in enumerate(life.events, start=1):
        event = replace(event, stream=ticket_stream(number), seq=seq).sealed_after(previous)
        previous = event.hash
        events.append((event, note))
    return Life(replace(life.ticket, id=number), life.words, events)


# --- who did it -----------------------------------------------------------------------------------------


def _actor(world: World, was: Ticket, after: Ticket, kind: str) -> tuple[int | None, str]:
    """Who took a step: the holder, unless it is the department's, the checker's, the public's or the clock's."""
    if kind in BY_CLOCK:
        return None, "clock"
    if kind == "rate" and was.source is Source.RESIDENT:
        return None, "resident"
    if kind in BY_DEPARTMENT:
        return world.accounts.get(after.lead or ""), Role.DEPARTMENT.value
    area = was.located.level1 if kind in BY_CHECKER or kind == "rate" else was.holder
    return world.accounts.get(area or ""), _role_of(world, area or was.holder)


def _role_of(world: World, area: str) -> str:
    grid = world.rules.structure.grids.get(area)
    if grid:
        return GRID_ROLE[grid.level].value
    return (Role.CITY_OFFICE if area == CITY else Role.STREET).value


def _event(
    ticket: Ticket, kind: str, at: datetime, by: int | None, role: str, was: Ticket | None = None
) -> Event:
    facts: dict[str, object] = {
        "state": ticket.state.value,
        "holder": ticket.holder,
        "category": ticket.category,
        "urgent": ticket.urgent,
        "role": role,
    }
    if was:
        facts |= {"from": was.state.value, "from_holder": was.holder}
    if ticket.lead:
        facts["lead"] = ticket.lead
    return Event("", 0, at, kind, by, facts)

"""Live a year of tickets: synthetic reports on the demo city, each moved by the rules and sealed in its log.

Totals land on the figures of the report on Donggang: 1,200 matters passed up, 800 disputes mediated, 500 problems
settled by departments – three separate counts – among some ten thousand reports; about 300 are open today.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from demo.rhythm import Year, before, seasonal
from domain.categories import Category
from domain.clocks import Limit
from domain.events import Event, Note, ticket_stream
from domain.grids import Level
from domain.place import LngLat
from domain.rulebook import Rulebook
from domain.tickets import Outcome, Source, State, Ticket, Words

PASSED_UP, DISPUTES, BY_DEPARTMENTS = 1_200, 800, 500
ON_THE_SPOT = 7_900
"""Closed by the grids themselves; with the three counts above the year has about 9,900 tickets."""

OPEN = {
    State.RAISED: 18, State.ACCEPTED: 16, State.DISPATCHED: 14, State.IN_PROGRESS: 165, State.ON_HOLD: 18,
    State.AT_MEETING: 9, State.AWAITING_CHECK: 22, State.AWAITING_RATING: 48,
}  # fmt: skip
LATE = {
    State.RAISED: 2,
    State.ACCEPTED: 2,
    State.DISPATCHED: 2,
    State.IN_PROGRESS: 21,
    State.AWAITING_CHECK: 3,
}
SOON = {
    State.RAISED: 2,
    State.ACCEPTED: 2,
    State.DISPATCHED: 2,
    State.IN_PROGRESS: 16,
    State.AWAITING_CHECK: 3,
}
MOVES_TO = {
    State.RAISED: (),
    State.ACCEPTED: ("accept",),
    State.DISPATCHED: ("accept", "dispatch"),
    State.IN_PROGRESS: ("accept", "dispatch", "sign"),
    State.ON_HOLD: ("accept", "dispatch", "sign", "hold"),
    State.AT_MEETING: ("accept", "to_meeting"),
    State.AWAITING_CHECK: ("accept", "dispatch", "sign", "report_done"),
    State.AWAITING_RATING: ("accept", "dispatch", "sign", "report_done", "check_pass"),
}
AFTER = {
    "accept": State.ACCEPTED, "dispatch": State.DISPATCHED, "sign": State.IN_PROGRESS, "hold": State.ON_HOLD,
    "to_meeting": State.AT_MEETING, "report_done": State.AWAITING_CHECK, "check_pass": State.AWAITING_RATING,
    "check_fail": State.IN_PROGRESS, "settle": State.CLOSED, "rate": State.CLOSED, "unrated": State.CLOSED,
}  # fmt: skip
BY_DEPARTMENT = frozenset({"sign", "hold", "report_done"})


@dataclass(frozen=True, slots=True)
class Home:
    """A building people report from."""

    point: LngLat
    compound: str
    building: int
    address: str


@dataclass
class World:
    """What lives need: the rules, homes by building grid, account numbers by area, phrases, chance."""

    rules: Rulebook
    homes: Mapping[str, Sequence[Home]]
    accounts: Mapping[str, int]
    phrases: Mapping[str, Any]
    random: Random
    now: datetime
    grids: list[str] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.grids = sorted(self.homes)
        self.busy = [self.random.lognormvariate(0, 0.75) for _ in self.grids]

    @property
    def busiest(self) -> str:
        return max(zip(self.busy, self.grids, strict=True))[1]


def phrases() -> dict[str, Any]:
    """The Chinese texts."""
    return tomllib.loads((Path(__file__).parent / "phrases.toml").read_text(encoding="utf-8"))


@dataclass
class Life:
    """One ticket with everything that happened to it."""

    ticket: Ticket
    words: Words
    events: list[tuple[Event, Note | None]] = field(default_factory=list)

    @property
    def was_passed_up(self) -> bool:
        return any(event.kind == "hand_up" for event, _ in self.events)


def live_a_year(world: World) -> list[Life]:
    """Every ticket of the year, oldest first, numbered from 1."""
    year = Year(world.now, world.rules.clock)
    open_plans = _open_plans(world.random)
    lives = [_open_life(world, *plan, n) for n, plan in enumerate(open_plans)]
    open_up = sum(life.was_passed_up for life in lives)
    plans = ["department"] * BY_DEPARTMENTS + ["up"] * (PASSED_UP - BY_DEPARTMENTS - open_up)
    plans += ["spot"] * ON_THE_SPOT
    disputes = set(world.random.sample(range(BY_DEPARTMENTS, len(plans)), DISPUTES))
    lives += [_closed_life(world, year, plan, dispute=n in disputes) for n, plan in enumerate(plans)]
    lives.sort(key=lambda life: (life.ticket.opened_at, life.ticket.address))
    return [_numbered(life, n) for n, life in enumerate(lives, start=1)]


def _open_plans(random: Random) -> list[tuple[State, float]]:
    """For each open ticket its state and which part of its limit has passed."""
    plans = []
    for state, count in OPEN.items():
        late, soon = LATE.get(state, 0), SOON.get(state, 0)
        for n in range(count):
            part = random.uniform(1.1, 2.2) if n < late else random.uniform(0.83, 0.96)
            plans.append((state, part if n < late + soon else random.uniform(0.03, 0.75)))
    return plans


# --- one life -------------------------------------------------------------------------------------------


def _closed_life(world: World, year: Year, plan: str, *, dispute: bool) -> Life:
    """A ticket that is over; one that would end in the future began earlier instead."""
    while True:
        life = _try_closed(world, year.moment(world.random).astimezone(UTC), plan, dispute)
        if life.ticket.closed_at and life.ticket.closed_at <= world.now:
            return life


def _try_closed(world: World, opened: datetime, plan: str, dispute: bool) -> Life:
    random, clock = world.random, world.rules.clock
    category = _category(world, opened, dispute, needs_department=plan == "department")
    life = _born(world, opened, category)
    at = opened
    if plan != "spot":
        at = _hand_up_to_community(world, life, at)
    if plan != "department":
        part = random.betavariate(1.4, 3) if random.random() < 0.93 else random.uniform(1.1, 4)
        limit = world.rules.limit_of(State.RAISED, urgent=False)
        assert limit is not None
        if random.random() < 0.25 or plan == "up":
            at = clock.add(at, limit.length * part * 0.5) + _minutes(random, 1, 20)
            _move(world, life, "accept", at)
        at = (
            at + _minutes(random, 6, 70)
            if plan == "spot"
            else clock.add(at, timedelta(hours=random.uniform(0.5, 9)))
        )
        _move(world, life, "settle", at, on_time=part < 1)
    else:
        at = _through_department(world, life, at)
    return _rate(world, life, at)


def _through_department(world: World, life: Life, at: datetime) -> datetime:
    random, clock = world.random, world.rules.clock
    for kind, hours in (("accept", 1.6), ("dispatch", 3.2), ("sign", 3.4)):
        at = clock.add(at, timedelta(hours=random.uniform(0.2, hours)))
        _move(world, life, kind, at)
    limit = life.ticket.limit or timedelta(hours=37)
    on_time = random.random() < 0.88
    at = clock.add(at, limit * (random.uniform(0.2, 0.95) if on_time else random.uniform(1.05, 2.4)))
    _move(world, life, "report_done", at)
    if random.random() < 0.07:
        at = clock.add(at, timedelta(hours=random.uniform(0.5, 5)))
        _move(world, life, "check_fail", at)
        at = clock.add(at, timedelta(hours=random.uniform(3, 9)))
        _move(world, life, "report_done", at)
    at = clock.add(at, timedelta(hours=random.uniform(0.3, 6)))
    _move(world, life, "check_pass", at, on_time=on_time)
    return at


def _rate(world: World, life: Life, at: datetime) -> Life:
    """Residents rate, or do not; what no resident raised is closed at once or rated by telephone."""
    if life.ticket.state is State.CLOSED:
        return life
    random = world.random
    if random.random() < 0.62:
        satisfied = random.random() < 0.9
        _move(world, life, "rate", at + timedelta(hours=random.uniform(1, 150)), satisfied=satisfied)
    else:
        _move(world, life, "unrated", at + timedelta(days=14))
    return life


def _open_life(world: World, state: State, part: float, number: int) -> Life:
    """A ticket that is open now: its last step lies so that ``part`` of the running limit has passed.

    Some of the first lie in the busiest grid, so that whoever signs in there finds work to do.
    """
    random, now = world.random, world.now.astimezone(UTC)
    kinds = list(MOVES_TO[state])
    category = _category(world, now, random.random() < 0.06, needs_department=len(kinds) > 1, calm=True)
    limit = world.rules.limit_of(state, False, category.limit if state is State.IN_PROGRESS else None)
    last = _since(world, limit, part, now)
    # Raised tickets wait with the member, the compound or the community in turn; all others came to the community.
    ups = 2 if kinds else number % 3
    steps = ["raised", *["hand_up"] * ups, *kinds]
    times = [last]
    for _ in steps[1:]:
        times.append(_by_day(times[-1] - _minutes(random, 15, 400), world.rules.clock.zone))
    times.reverse()
    life = _born(world, times[0], category, world.busiest if number % 6 < 2 and number < 40 else None)
    for kind, at in zip(steps[1:], times[1:], strict=True):
        _move(world, life, kind, at)
    return life


def _by_day(at: datetime, zone: ZoneInfo) -> datetime:
    """The same moment, or an earlier one at which people are up."""
    while not 7 <= at.astimezone(zone).hour < 21:
        at -= timedelta(hours=2)
    return at


def _since(world: World, limit: Limit | None, part: float, now: datetime) -> datetime:
    if limit is None:
        return now - timedelta(days=40 * part)
    if limit.around_the_clock:
        return now - limit.length * min(part, 0.95)
    return before(world.rules.clock, now, limit.length * part)


def _hand_up_to_community(world: World, life: Life, at: datetime) -> datetime:
    for _ in range(2):
        at = world.rules.clock.add(at, timedelta(hours=world.random.uniform(0.1, 1.6)))
        _move(world, life, "hand_up", at)
    return at


def _born(world: World, opened: datetime, category: Category, grid: str | None = None) -> Life:
    random = world.random
    grid = grid or random.choices(world.grids, world.busy)[0]
    home = random.choice(world.homes[grid])
    resident = random.random() < 0.3
    point = LngLat(
        round(home.point.lng + random.gauss(0, 4e-5), 7), round(home.point.lat + random.gauss(0, 3e-5), 7)
    )
    # A few metres must not carry a report over a border.
    located = world.rules.locate(point)
    if located.grid != grid:
        point, located = home.point, world.rules.locate(home.point)
    ticket = Ticket(
        holder=located.level3 or "",
        located=located,
        point=point,
        category=category.code,
        source=Source.RESIDENT if resident else Source.GRID,
        address=home.address,
        opened_at=opened,
        stage_since=opened,
        raised_by=None if resident else world.accounts[grid],
    )
    reporter = (f"居民示例{random.randrange(1, 9999)}", f"000-0000-{random.randrange(10_000):04d}")
    life = Life(ticket, Words(_describe(world, category, home), *(reporter if resident else ("", ""))))
    role = "resident" if resident else "member"
    life.events.append((_event(life.ticket, "raised", opened, ticket.raised_by, role), None))
    return life


def _move(world: World, life: Life, kind: str, at: datetime, **more: Any) -> None:
    """One step of a life, as the rules would record it."""
    was = life.ticket
    after = replace(was, version=was.version + 1, **more)
    if kind == "hand_up":
        after = replace(after, holder=world.rules.structure.above(was.holder) or was.holder)
    else:
        after = replace(after, state=AFTER[kind])
    after = _with_outcome(world, kind, after, at)
    if (after.state, after.holder) != (was.state, was.holder):
        after = replace(after, stage_since=at)
    life.ticket = after
    area = after.lead if kind in BY_DEPARTMENT else was.holder
    by = None if kind in ("rate", "unrated") else world.accounts.get(area or "")
    role = (
        "resident" if kind == "rate" else "department" if kind in BY_DEPARTMENT else _role(world, was.holder)
    )
    note = _note(world, kind)
    event = _event(after, kind, at, by, role, was)
    life.events.append((replace(event, facts={**event.facts, "note": note.digest}) if note else event, note))


def _with_outcome(world: World, kind: str, after: Ticket, at: datetime) -> Ticket:
    if kind == "accept":
        category = world.rules.category(after.category)
        limit = world.rules.limit_of(State.IN_PROGRESS, after.urgent, category.limit)
        return replace(after, limit=limit.length if limit else None)
    if kind == "dispatch":
        return replace(after, lead=world.rules.category(after.category).department)
    if kind == "settle":
        rated = after.source is Source.RESIDENT
        settled = replace(after, handled_at=at, outcome=Outcome.SETTLED_ON_THE_SPOT)
        return replace(settled, state=State.AWAITING_RATING) if rated else replace(settled, closed_at=at)
    if kind == "check_pass":
        return replace(after, handled_at=at, outcome=Outcome.SETTLED)
    if kind == "check_fail":
        return replace(after, rework=after.rework + 1)
    return replace(after, closed_at=at) if kind in ("rate", "unrated") else after


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


def _numbered(life: Life, number: int) -> Life:
    """Give the ticket its number, its running clock, and seal its events one after the other."""
    previous, sealed = "", []
    for seq, (event, note) in enumerate(life.events, start=1):
        event = replace(event, stream=ticket_stream(number), seq=seq).sealed_after(previous)
        previous = event.hash
        sealed.append((event, note))
    return Life(replace(life.ticket, id=number), life.words, sealed)


def with_running_clock(ticket: Ticket, rules: Rulebook) -> Ticket:
    """An open ticket with the deadline that the rules give its stage."""
    if not ticket.is_open:
        return ticket
    own = ticket.limit if ticket.state is State.IN_PROGRESS else None
    warn, due = rules.warn_and_due(ticket.stage_since, rules.limit_of(ticket.state, ticket.urgent, own))
    return replace(
        ticket, warn_at=warn, due_at=due.at if due else None, provisional=bool(due and due.provisional)
    )


# --- words and chance ---------------------------------------------------------------------------------


def _category(
    world: World, at: datetime, dispute: bool, *, needs_department: bool, calm: bool = False
) -> Category:
    known = [
        c
        for c in world.rules.categories.values()
        if (c.group == "disputes") == dispute
        and (c.department or not needs_department)
        and not (calm and c.urgent)
    ]
    return world.random.choices(known, seasonal(known, at.month))[0]


def _describe(world: World, category: Category, home: Home) -> str:
    random, around = world.random, world.phrases["around"]
    near = home.compound + random.choice(around["near"]).format(n=home.building)
    what = random.choice(world.phrases["what"][category.code]).format(near=near)
    return what + random.choice(around["since"]) + random.choice(around["ask"])


def _note(world: World, kind: str) -> Note | None:
    answers = world.phrases["answers"].get(kind)
    return Note(world.random.choice(answers), f"{world.random.getrandbits(64):016x}") if answers else None


def _role(world: World, holder: str) -> str:
    grid = world.rules.structure.grids.get(holder)
    if grid is None:
        return "street"
    return {Level.COMMUNITY: "community", Level.COMPOUND: "compound", Level.BUILDING: "member"}[grid.level]


def _minutes(random: Random, least: float, most: float) -> timedelta:
    return timedelta(seconds=int(60 * random.uniform(least, most)))

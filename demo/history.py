"""Live a year of tickets: synthetic reports on the demo city, each moved by the rules and sealed in its log.

Totals land on the figures of the report on Donggang: 1,200 matters passed up, 800 disputes mediated, 500 problems
settled by departments – three separate counts – among some nine thousand reports; about 300 are open today.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

from demo.life import (
    Home,
    Life,
    Wanted,
    World,
    born,
    limit_now,
    move,
    sealed,
)
from demo.rhythm import Year, before, when_people_are_up
from demo.stories import phrases, punctual
from domain.categories import Category
from domain.clocks import Limit, WorkClock
from domain.grids import CITY, Level
from domain.routing import Case, Routed
from domain.tickets import Source, State, Ticket
from domain.timeline import handling_limit

__all__ = ["Home", "Life", "World", "live_a_year", "phrases"]

PASSED_UP, DISPUTES, BY_DEPARTMENTS = 1_200, 800, 500
REJECTED, CANCELLED = 42, 13
ON_THE_SPOT = 7_900
"""Closed by the grids themselves; with the counts above the year has about 9,100 tickets."""

OPEN = {
    State.RAISED: 18, State.ACCEPTED: 16, State.DISPATCHED: 14, State.IN_PROGRESS: 165, State.ON_HOLD: 18,
    State.AT_MEETING: 9, State.AWAITING_CHECK: 22, State.AWAITING_RATING: 48,
}  # fmt: skip
LATE = {
    State.RAISED: 2, State.ACCEPTED: 2, State.DISPATCHED: 2, State.IN_PROGRESS: 21, State.AWAITING_CHECK: 3,
}  # fmt: skip
SOON = {
    State.RAISED: 2, State.ACCEPTED: 2, State.DISPATCHED: 2, State.IN_PROGRESS: 16, State.AWAITING_CHECK: 3,
}  # fmt: skip
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
LEAVES = {
    "hand_up": State.RAISED, "accept": State.RAISED, "settle": State.RAISED, "dispatch": State.ACCEPTED,
    "to_meeting": State.ACCEPTED, "sign": State.DISPATCHED, "hold": State.IN_PROGRESS,
    "report_done": State.IN_PROGRESS, "check_pass": State.AWAITING_CHECK,
}  # fmt: skip
"""The state in which a ticket stood before each step of an open life."""

TO_COMMUNITY, TO_STREET = 2, 3
"""How many times a matter is handed up from its building grid until a community, a street has it."""


def live_a_year(world: World) -> list[Life]:
    """Every ticket of the year, oldest first, numbered from 1."""
    lives = [_open_life(world, *plan, n) for n, plan in enumerate(_open_plans(world.random))]
    taken = Counter(life.ticket.opened_at.astimezone(world.rules.clock.zone).date() for life in lives)
    plans = _closed_plans(sum(life.was_passed_up for life in lives))
    year = Year(world.now, world.rules.clock, taken, len(lives) + len(plans))
    ends_well = range(REJECTED + CANCELLED + BY_DEPARTMENTS, len(plans))
    disputes = set(world.random.sample(ends_well, DISPUTES))
    lives += [_closed_life(world, year, plan, dispute=n in disputes) for n, plan in enumerate(plans)]
    lives.sort(key=lambda life: (life.ticket.opened_at, life.ticket.address))
    return [sealed(life, n) for n, life in enumerate(lives, start=1)]


def _closed_plans(open_and_passed_up: int) -> list[str]:
    """How each ticket that is over went; those before the last kind were all passed up."""
    plans = ["reject"] * REJECTED + ["cancel"] * CANCELLED + ["department"] * BY_DEPARTMENTS
    plans += ["up"] * (PASSED_UP - len(plans) - open_and_passed_up)
    return plans + ["spot"] * ON_THE_SPOT


def _open_plans(random: Random) -> list[tuple[State, float]]:
    """For each open ticket its state and which part of its limit has passed."""
    plans = []
    for state, count in OPEN.items():
        late, soon = LATE.get(state, 0), SOON.get(state, 0)
        for n in range(count):
            part = random.uniform(1.1, 2.2) if n < late else random.uniform(0.83, 0.96)
            plans.append((state, part if n < late + soon else random.uniform(0.03, 0.75)))
    return plans


# --- lives that are over --------------------------------------------------------------------------------


def _closed_life(world: World, year: Year, plan: str, *, dispute: bool) -> Life:
    """A ticket that is over; one that would end in the future began earlier instead."""
    while True:
        life = _try_closed(world, year.moment(world.random).astimezone(UTC), plan, dispute)
        if life.ticket.closed_at and life.ticket.closed_at <= world.now:
            return life


def _try_closed(world: World, opened: datetime, plan: str, dispute: bool) -> Life:
    grid = world.some_grid()
    home = world.random.choice(world.homes[grid])
    wanted = Wanted(dispute=dispute, with_department=plan == "department")
    month = opened.astimezone(world.rules.clock.zone).month
    life = born(world, opened, world.some_category(wanted, home, month), home, grid)
    at = {"spot": _on_the_spot, "up": _passed_up, "department": _through_department, "reject": _rejected,
          "cancel": _cancelled}[plan](world, life, opened)  # fmt: skip
    return _rated(world, life, at)


def _on_the_spot(world: World, life: Life, at: datetime) -> datetime:
    """The grid member sees to it the same hour or the next morning; now and then it takes longer."""
    random = world.random
    if random.random() < 0.2:
        at = _step(world, life, "accept", at, random.uniform(0.1, 0.7))
    if random.random() < 0.06:
        return _step(world, life, "settle", at, random.uniform(1.1, 5))
    soon = (3, 25) if life.ticket.urgent else (6, 70)
    at += _minutes(random, *soon)
    at = at if life.ticket.urgent else when_people_are_up(at, world.rules.clock, random)
    move(world, life, "settle", at)
    return at


def _passed_up(world: World, life: Life, at: datetime) -> datetime:
    """The compound, the community or the street settles what was handed up to it."""
    random = world.random
    at = _hand_up(world, life, at, random.choices((1, TO_COMMUNITY, TO_STREET), (45, 45, 10))[0])
    if random.random() < 0.8:
        at = _step(world, life, "accept", at, random.uniform(0.05, 0.8))
    return _step(
        world,
        life,
        "settle",
        at,
        random.uniform(0.1, 0.95) if random.random() < 0.9 else random.uniform(1.1, 4),
    )


def _rejected(world: World, life: Life, at: datetime) -> datetime:
    at = _hand_up(world, life, at, world.random.choice((TO_COMMUNITY, TO_STREET)))
    return _step(world, life, "reject", at, world.random.uniform(0.2, 0.9))


def _cancelled(world: World, life: Life, at: datetime) -> datetime:
    at = _hand_up(world, life, at, TO_STREET)
    at = _step(world, life, "accept", at, world.random.uniform(0.2, 0.9))
    return _step(world, life, "cancel", at, world.random.uniform(0.2, 0.9))


def _through_department(world: World, life: Life, at: datetime) -> datetime:
    """Dispatch, sign, handle, check; a few are sent back, a few rest on hold or at a meeting meanwhile."""
    random = world.random
    at = _hand_up(world, life, at, _ups_to_dispatch(world, life.ticket))
    at = _step(world, life, "accept", at, random.uniform(0.1, 0.9))
    dispatched = _step(world, life, "dispatch", at, random.uniform(0.1, 0.9))
    in_time = random.random() < punctual(life.ticket.lead)
    limit = handling_limit(life.ticket, world.rules)
    total = limit.length * (random.uniform(0.3, 0.95) if in_time else random.uniform(1.05, 2.4))
    sign = min(total * 0.2, timedelta(hours=3.5)) * random.uniform(0.1, 1)
    check = min(total * 0.3, timedelta(hours=7)) * random.uniform(0.2, 1)
    steps = [("sign", sign), ("report_done", total - check), ("check_pass", total)]
    pause, chance = timedelta(), random.random()
    if chance < 0.07:
        steps[1:1] = [("report_done", total * 0.55), ("check_fail", total * 0.6)]
    elif chance < 0.14:
        begins, ends = ("hold", "resume") if chance < 0.11 else ("to_meeting", "resolve")
        pause = timedelta(hours=random.uniform(20, 150))
        steps[1:1] = [(begins, total * 0.3), (ends, total * 0.3)]
    resumed = False
    for kind, worked in steps:
        resumed = resumed or kind in ("resume", "resolve")
        length = worked + (pause if resumed else timedelta())
        at = world.rules.clock.after(dispatched, Limit(length, limit.around_the_clock))
        move(world, life, kind, at)
    return at


def _rated(world: World, life: Life, at: datetime) -> Life:
    """Residents rate by link, the community asks others by telephone; who says nothing is left unrated."""
    random, clock = world.random, world.rules.clock
    while life.ticket.state is State.AWAITING_RATING:
        if random.random() >= 0.62:
            limit = limit_now(world, life.ticket)
            assert limit is not None
            move(world, life, "unrated", clock.after(at, limit) + timedelta(minutes=1))
            break
        asked = at + timedelta(hours=random.uniform(1, 150))
        by_link = life.ticket.source is Source.RESIDENT
        at = (
            when_people_are_up(asked, clock, random) if by_link else clock.add(asked, _minutes(random, 1, 90))
        )
        satisfied = life.ticket.rework > 0 or random.random() < (0.92 if life.ticket.on_time else 0.7)
        move(world, life, "rate" if satisfied else "dissatisfied", at, satisfied=satisfied)
        if not satisfied:
            at = _once_more(world, life, at)
    return life


def _once_more(world: World, life: Life, at: datetime) -> datetime:
    """A dissatisfied public: the department, or the holder where no department had it, works on it again."""
    if life.ticket.state is State.ACCEPTED:
        return _step(world, life, "settle", at, world.random.uniform(0.2, 0.9))
    clock, random = world.rules.clock, world.random
    done = clock.add(at, timedelta(hours=random.uniform(2, 5)))
    move(world, life, "report_done", done)
    checked = clock.add(done, timedelta(hours=random.uniform(0.5, 2)))
    move(world, life, "check_pass", checked)
    return checked


# --- lives that go on -----------------------------------------------------------------------------------


def _open_life(world: World, state: State, part: float, number: int) -> Life:
    """A ticket that is open now: its last step lies so that ``part`` of the running limit has passed.

    Some of the first lie in the busiest grid, so that whoever signs in there finds work to do.
    """
    random, now = world.random, world.now.astimezone(UTC)
    grid = world.busiest if number % 6 < 2 and number < 40 else world.some_grid()
    home = random.choice(world.homes[grid])
    settled = state is State.AWAITING_RATING and number % 2 == 0
    handling = state in (State.IN_PROGRESS, State.AWAITING_CHECK, State.ON_HOLD)
    wanted = Wanted(
        dispute=random.random() < 0.06,
        with_department=bool(MOVES_TO[state]) and not settled,
        calm=not handling,
        standing=handling,
        slow=handling and part > 1,
    )
    category = world.some_category(wanted, home, now.astimezone(world.rules.clock.zone).month)
    route = _route(world, category, grid)
    handling_limit = world.rules.handling_limit(route.limit, category.urgent)
    steps = _steps_to(world, state, category.department, grid, number, settled, route.skips_compound)
    if state is State.IN_PROGRESS:
        # The time for handling runs from dispatch: that is the step which lies so far back; it was signed for since.
        dispatched = _last_step(world, state, handling_limit, part)
        times = _times_until(world, steps[:-1], dispatched, category.urgent, handling_limit)
        times.append(_signed(world, dispatched, handling_limit, part))
    else:
        last = _last_step(world, state, world.rules.limit_of(state, category.urgent), part)
        times = _times_until(world, steps, last, category.urgent, handling_limit)
    life = born(world, times[0], category, home, grid, by_resident=settled)
    for kind, at in zip(steps, times[1:], strict=True):
        move(world, life, kind, at)
    return life


def _route(world: World, category: Category, grid: str) -> Routed:
    case = Case(category, Level.BUILDING, category.urgent, world.rules.structure.chain(grid))
    return world.rules.routing.route(case, world.rules.links)


def _signed(world: World, dispatched: datetime, limit: Limit, part: float) -> datetime:
    """When the department signed: within its four hours, and in the first third of the time that has passed."""
    soon = min(timedelta(hours=3), limit.length * part / 3) * world.random.uniform(0.1, 1)
    return world.rules.clock.after(dispatched, Limit(soon, limit.around_the_clock))


def _steps_to(
    world: World, state: State, department: str | None, grid: str, number: int, settled: bool, skips: bool
) -> list[str]:
    """What happened on the way into a state. Raised tickets wait with member, compound, community or street in turn."""
    if state is State.RAISED:
        return ["hand_up"] * _moves_up(number % (TO_STREET + 1), skips)
    if settled:
        return ["settle"]
    ups = TO_COMMUNITY if _is_linked(world, department, grid) else TO_STREET
    if state in (State.ACCEPTED, State.AT_MEETING) and number % 2:
        ups = TO_COMMUNITY
    return ["hand_up"] * _moves_up(ups, skips) + list(MOVES_TO[state])


def _moves_up(levels: int, skips: bool) -> int:
    """How many moves lead up so many levels: one less where a rule skips the compound."""
    return levels - 1 if skips and levels > 1 else levels


def _last_step(world: World, state: State, limit: Limit | None, part: float) -> datetime:
    """When the running clock began."""
    random, clock, now = world.random, world.rules.clock, world.now.astimezone(UTC)
    if limit is None:
        return before(clock, now - timedelta(days=40 * part), _minutes(random, 1, 200))
    if limit.around_the_clock and state is State.AWAITING_RATING:
        began = now - limit.length * min(part, 0.95)
        return _in_office(clock, began, _minutes(random, 1, 100), now) if part < 0.9 else began
    if limit.around_the_clock:
        return (now - limit.length * part).replace(microsecond=0)
    began = before(clock, now, limit.length * part)
    if state is State.RAISED and part < 0.8:
        return _some_waking_moment(world, began, now)
    return began


def _in_office(clock: WorkClock, at: datetime, later: timedelta, now: datetime) -> datetime:
    """A moment at work soon after another; where none has come yet, the last one before it."""
    found = clock.add(at, later)
    return found if found < now else before(clock, at, later)


def _some_waking_moment(world: World, since: datetime, until: datetime) -> datetime:
    """Reports come at all hours people are up; at night and on holidays nobody has seen to them yet."""
    random = world.random
    for _ in range(20):
        at = since + timedelta(seconds=int((until - since).total_seconds() * random.random()))
        if 7 <= at.astimezone(world.rules.clock.zone).hour < 22:
            return at
    return since


def _times_until(
    world: World, steps: list[str], last: datetime, urgent: bool, handling: Limit
) -> list[datetime]:
    """When each step happened, the last as given, each stage before it within its own limit; first the raising."""
    random, clock, times = world.random, world.rules.clock, [last]
    for kind in reversed(steps):
        state = LEAVES[kind]
        limit = handling if state is State.IN_PROGRESS else world.rules.limit_of(state, urgent)
        assert limit is not None
        gap = limit.length * random.uniform(0.05, 0.8)
        times.append(times[-1] - gap if limit.around_the_clock else before(clock, times[-1], gap))
    times.reverse()
    if len(times) > 1 and not urgent and random.random() < 0.7:
        times[0] = _the_evening_before(world, times[0], times[1])
    return times


def _the_evening_before(world: World, raised: datetime, seen_to: datetime) -> datetime:
    """What is seen to soon after opening time was often raised in the evening or at the weekend before."""
    random, clock = world.random, world.rules.clock
    asleep = raised - timedelta(hours=random.uniform(10, 60))
    limit = world.rules.limit_of(State.RAISED, False)
    if limit and clock.elapsed(asleep, seen_to) < limit.length:
        return when_people_are_up(asleep, clock, random)
    return raised


# --- steps ----------------------------------------------------------------------------------------------


def _step(world: World, life: Life, kind: str, at: datetime, part: float) -> datetime:
    """Take a step after a part of the running stage's limit; when it was taken."""
    limit = limit_now(world, life.ticket)
    assert limit is not None
    at = (
        at + limit.length * part if limit.around_the_clock else world.rules.clock.add(at, limit.length * part)
    )
    at = at.replace(microsecond=0)
    move(world, life, kind, at)
    return at


def _hand_up(world: World, life: Life, at: datetime, levels: int) -> datetime:
    """Hand up until the unit so many levels above the building grid has it."""
    structure = world.rules.structure
    wanted = structure.chain(life.ticket.located.grid or CITY)[levels]
    while not structure.within(wanted, life.ticket.holder):
        at = _step(world, life, "hand_up", at, world.random.uniform(0.05, 0.85))
    return at


def _ups_to_dispatch(world: World, ticket: Ticket) -> int:
    """A community dispatches to the departments linked to it; for any other the matter goes up to the street."""
    department = world.rules.category(ticket.category).department
    return TO_COMMUNITY if _is_linked(world, department, ticket.holder) else TO_STREET


def _is_linked(world: World, department: str | None, grid: str) -> bool:
    return world.links.get(department or "") in world.rules.structure.chain(grid)


def _minutes(random: Random, least: float, most: float) -> timedelta:
    return timedelta(seconds=int(60 * random.uniform(least, most)))

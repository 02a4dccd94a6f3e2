"""Live one ticket: born at a home, moved step by step as the rules record it, every step an event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any

from demo import stories
from demo.rhythm import age_of, before, weight
from domain.categories import Category
from domain.clocks import Limit
from domain.events import Event, Note, ticket_stream
from domain.grids import CITY, Level
from domain.moves import MOVE, Given, Resolution, Scene, move_ticket, with_beat
from domain.needs import REJECTED_BECAUSE
from domain.people import CLOCK, GRID_ROLE, RESIDENT, Person, Role
from domain.place import LngLat
from domain.record import facts_of
from domain.rulebook import Rulebook
from domain.tickets import Source, State, Ticket, Words
from domain.timeline import Beat, handling_limit, handling_time

NO_WORDS = "已办理。"
"""What stands where a step asks for words and the phrases have none for it."""

DOES = {"hold": "approve_hold"}
"""Steps of a life that go by another name in the table of moves: a hold is asked for first."""

BY_DEPARTMENT = frozenset({"sign", "report_done", "ask_hold", "resume"})
BY_CHECKER = frozenset({"check_pass", "check_fail"})
BY_CLOCK = frozenset({"unrated"})
RATES = frozenset({"rate", "dissatisfied"})
GRADES_GIVEN = {True: (5, 5, 5, 4, 4, 3), False: (2, 2, 1)}

RAISERS = (
    (30, Source.RESIDENT, None), (46, Source.GRID, Level.BUILDING), (13, Source.GRID, Level.COMPOUND),
    (7, Source.COMMUNITY, Level.COMMUNITY), (3, Source.STREET, None), (1, Source.CITY_OFFICE, None),
)  # fmt: skip
"""Who raises tickets, how often, and the head of which level it is; offices raise in office hours alone."""


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
            category.group != "other"
            and (category.group == "disputes") == self.dispute
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
    beats: list[Beat] = field(default_factory=list)
    ratings: list[dict[str, Any]] = field(default_factory=list)

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
        raised_in=raiser,
    )
    told = stories.describe(world.phrases, category, home.compound, home.building, world.random)
    reporter = stories.reporter(world.random) if source is Source.RESIDENT else ("", "")
    scene = Scene(ticket, Person(ticket.raised_by or 0, "", role), world.rules, opened)
    ticket, beat = with_beat(ticket, "raised", scene)
    life = Life(ticket, Words(told, *reporter))
    _log(life, "raised", scene, beat, None)
    return life


def _raiser(world: World, grid: str, opened: datetime, by_resident: bool) -> tuple[Source, str | None, Role]:
    weights, structure = [w for w, *_ in RAISERS], world.rules.structure
    _, source, level = world.random.choices(RAISERS, weights)[0]
    if by_resident or source is Source.RESIDENT:
        return Source.RESIDENT, None, Role.RESIDENT
    street = structure.chain(grid)[3]
    if source is not Source.GRID and not at_work(world, opened):
        source, level = Source.GRID, Level.BUILDING
    if level is None:
        code, role = (CITY, Role.CITY_OFFICE) if source is Source.CITY_OFFICE else (street, Role.STREET)
        return source, code, role
    return source, structure.chain(grid)[3 - level], GRID_ROLE[level]


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
    """One step of a life: the move of that name, made by whoever may make it, as the rules carry it out."""
    if kind == "hold":
        move(world, life, "ask_hold", _shortly_before(world, life, at))
    named = DOES.get(kind, kind)
    was = life.ticket
    text = stories.answer(world.phrases, kind, world.rules.category(was.category), world.random)
    scene = Scene(
        was,
        _actor(world, was, named),
        world.rules,
        at,
        _given(world, life, named, at, text or "", satisfied),
        beats=tuple(life.beats),
        resolution=_resolution(world, life, at) if named == "resolve" else None,
    )
    life.ticket, beat = move_ticket(MOVE[named], scene)
    note = Note(text, f"{world.random.getrandbits(64):016x}") if text else None
    _log(life, named, scene, beat, note)
    _rated(world, life, was, scene)


def _log(life: Life, kind: str, scene: Scene, beat: Beat, note: Note | None) -> None:
    facts = facts_of(life.ticket, scene.by.role, None if kind == "raised" else scene)
    if note:
        facts["note"] = note.digest
    life.beats.append(beat)
    life.events.append((Event("", 0, scene.now, kind, scene.by.id or None, facts), note))


def _rated(world: World, life: Life, was: Ticket, scene: Scene) -> None:
    """Ask the public when a ticket comes to it, and keep its answer."""
    after = life.ticket
    if was.state is State.AWAITING_RATING and scene.given.grade:
        channel = "link" if scene.by.role is Role.RESIDENT else "phone"
        life.ratings[-1] |= {"grade": scene.given.grade, "channel": channel, "rated_at": scene.now}
    if after.state is State.AWAITING_RATING and after.state is not was.state:
        life.ratings.append(
            {
                "cycle": after.cycle, "token": f"{world.random.getrandbits(128):032x}", "asked_at": scene.now,
                "until_at": after.due_at, "grade": None, "channel": None, "rated_at": None,
            }
        )  # fmt: skip


def _given(world: World, life: Life, kind: str, at: datetime, text: str, satisfied: bool | None) -> Given:
    """What was given with a step."""
    words = text or (NO_WORDS if MOVE[kind].needs else "")
    random, category = world.random, world.rules.category(life.ticket.category)
    if kind == "dispatch":
        return Given(words=text, department=category.department)
    if kind == "ask_hold":
        return Given(words=words, until=at + timedelta(days=45))
    if kind == "to_meeting":
        return Given(words=words, unit=life.ticket.holder)
    if kind == "reject":
        return Given(words=words, reason=random.choice(tuple(REJECTED_BECAUSE)))
    if kind in RATES:
        return Given(words=words, grade=random.choice(GRADES_GIVEN[satisfied is not False]))
    return Given(words=words)


def _resolution(world: World, life: Life, at: datetime) -> Resolution:
    """The meeting gives the matter back to the department, with the time that is left of the limit."""
    left = handling_limit(life.ticket, world.rules)
    spent = handling_time(life.beats, world.rules.clock, at, around=left.around_the_clock)
    rest = Limit(max(left.length - spent, world.rules.working_day), left.around_the_clock)
    return Resolution(life.ticket.holder, "assigned", "", life.ticket.lead, world.rules.clock.after(at, rest))


def _shortly_before(world: World, life: Life, at: datetime) -> datetime:
    """When a hold was asked for: within the hour before the street agreed."""
    asked = before(world.rules.clock, at, timedelta(seconds=world.random.randrange(300, 3_000)))
    return max(asked, life.events[-1][0].at)


def limit_now(world: World, ticket: Ticket) -> Limit | None:
    """The limit of the stage a ticket is in."""
    if ticket.state is State.IN_PROGRESS:
        return handling_limit(ticket, world.rules)
    return world.rules.limit_of(ticket.state, ticket.urgent)


def sealed(life: Life, number: int) -> Life:
    """Give the ticket its number and seal its events one after the other."""
    previous, events = "", []
    for seq, (event, note) in enumerate(life.events, start=1):
        event = replace(event, stream=ticket_stream(number), seq=seq).sealed_after(previous)
        previous = event.hash
        events.append((event, note))
    ratings = [{"ticket_id": number, **asked} for asked in life.ratings]
    return Life(replace(life.ticket, id=number), life.words, events, life.beats, ratings)


# --- who did it -----------------------------------------------------------------------------------------


def _actor(world: World, was: Ticket, kind: str) -> Person:
    """Who takes a step: the holder, unless it is the department's, the checker's, the public's, the street's, the clock's."""
    if kind in BY_CLOCK:
        return CLOCK
    if kind in RATES and was.source is Source.RESIDENT:
        return RESIDENT
    if kind in BY_DEPARTMENT:
        return Person(world.accounts.get(was.lead or "", 0), "", Role.DEPARTMENT, was.lead or "")
    if kind == "approve_hold":
        area = world.rules.structure.street_over(was.located, was.holder) or CITY
    else:
        area = (was.located.level1 or was.holder) if kind in BY_CHECKER | RATES else was.holder
    return Person(world.accounts.get(area, 0), "", _role_of(world, area), area)


def _role_of(world: World, area: str) -> Role:
    grid = world.rules.structure.grids.get(area)
    if grid:
        return GRID_ROLE[grid.level]
    return Role.CITY_OFFICE if area == CITY else Role.STREET

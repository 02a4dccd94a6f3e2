"""Small values for tests of the rules: a city of seven units, a calendar, people."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.categories import Category
from domain.clocks import Limit, Window, WorkClock
from domain.grids import CITY, Grid, Level, Located, Street, Structure
from domain.people import CLOCK as CLOCK_ITSELF
from domain.people import RESIDENT, Person, Role
from domain.place import LngLat
from domain.rulebook import Rulebook
from domain.tickets import Source, State, Ticket

MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""Monday 09:00 in Donggang."""

ZONE = ZoneInfo("Asia/Shanghai")


class PlainCalendar:
    """Monday to Friday, years known up to 2026."""

    def is_workday(self, day: date) -> bool | None:
        return day.weekday() < 5 if day.year <= 2026 else None


CLOCK = WorkClock(PlainCalendar(), (Window(time(8, 30), time(12)), Window(time(13, 30), time(17, 30))), ZONE)

STRUCTURE = Structure.of(
    [
        Grid("C", Level.COMMUNITY, "Community", "S", 900),
        Grid("C1", Level.COMPOUND, "Compound", "C", 900),
        Grid("C11", Level.BUILDING, "Building", "C1", 300),
        Grid("D", Level.COMMUNITY, "Other community", "S", 0),
    ],
    [Street("S", "Street")],
    "City",
)

STAGES = {
    (State.RAISED, False): Limit(timedelta(hours=2)),
    (State.RAISED, True): Limit(timedelta(minutes=30), around_the_clock=True),
    (State.ACCEPTED, False): Limit(timedelta(hours=4)),
    (State.DISPATCHED, False): Limit(timedelta(hours=4)),
    (State.IN_PROGRESS, False): Limit(timedelta(hours=37, minutes=30)),
    (State.IN_PROGRESS, True): Limit(timedelta(days=1), around_the_clock=True),
    (State.AWAITING_CHECK, False): Limit(timedelta(hours=7, minutes=30)),
    (State.AWAITING_RATING, False): Limit(timedelta(days=14), around_the_clock=True),
}

RULES = Rulebook(
    STRUCTURE,
    lambda point: Located("C", "C1", "C11") if point.lng > 0 else Located(),
    {"noise": Category("noise", "噪声", "Noise", "street", Limit(timedelta(hours=15)))},
    STAGES,
    CLOCK,
    links={"C": frozenset({"water", "fire"})},
    departments=frozenset({"water", "fire", "law"}),
    staffed=frozenset({"water", "fire"}),
)

MEMBER = Person(1, "member", Role.MEMBER, "C11")
COMPOUND = Person(2, "compound", Role.COMPOUND, "C1")
COMMUNITY = Person(3, "community", Role.COMMUNITY, "C")
STREET = Person(4, "street", Role.STREET, "S")
OFFICE = Person(5, "office", Role.CITY_OFFICE, CITY)
LEADER = Person(6, "leader", Role.LEADER, CITY)
PLANNER = Person(7, "planner", Role.PLANNER, CITY)
ADMIN = Person(8, "admin", Role.ADMINISTRATOR, CITY)
DEPARTMENT = Person(9, "department", Role.DEPARTMENT, "water")
FIRE = Person(11, "fire", Role.DEPARTMENT, "fire")
NEIGHBOUR = Person(10, "neighbour", Role.COMMUNITY, "D")
EVERYBODY = (
    MEMBER, COMPOUND, COMMUNITY, STREET, OFFICE, LEADER, PLANNER, ADMIN, DEPARTMENT, FIRE, NEIGHBOUR, RESIDENT, CLOCK_ITSELF,
)  # fmt: skip


def ticket(
    state: State = State.RAISED, holder: str = "C11", source: Source = Source.GRID, **more: object
) -> Ticket:
    """A ticket in the building grid, raised on Monday at nine."""
    values: dict[str, object] = {
        "id": 7, "no": "7", "state": state, "holder": holder, "located": Located("C", "C1", "C11"),
        "point": LngLat(1, 1), "category": "noise", "source": source, "opened_at": MONDAY, "stage_since": MONDAY,
    }  # fmt: skip
    return Ticket(**(values | more))  # type: ignore[arg-type]

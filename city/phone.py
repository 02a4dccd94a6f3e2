"""What the phone shows: a person's own ground as a picture, its tickets, the kinds that are raised most, a place for a report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import shapely

from city import desk
from city.desk import TicketCard, area_of
from city.opened import City, Ground
from domain.categories import Category
from domain.events import ticket_stream
from domain.grids import CITY, Grid
from domain.moves import MOVE, Move
from domain.people import READS_TICKETS, Person, Role, sees_unit
from domain.place import LngLat
from domain.scene import Need
from domain.tickets import Ticket
from gis.palette import LIGHT
from gis.surroundings import Frame, ground_of, mark, pin, with_inside
from storage import lists
from storage.counts import load_of
from storage.wanted import Wanted

SHOWN = 10
"""Cards on one page."""

MARKED = 150
"""Tickets with a mark on the map: the most pressing."""

FILTERS = ("open", "overdue", "due_soon")
"""What the three counts count, and filter."""

MOST_GRIDS = 90
"""Grids of a level that a picture shows side by side: more would be a net without meaning."""

MOST_TO_CHOOSE = 60
"""Grids that can be chosen from a list in place of a tap."""

PICTURES_KEPT = 1_024
"""Areas whose ground is kept as it was drawn: some ten kilobytes each."""

COMMON_OVER = timedelta(days=180)
"""The kinds raised most are those of the last half year."""

STREET_MOVES = (
    "sign", "report_done", "accept", "settle", "hand_up", "check_pass", "check_fail", "resume", "reopen",
)  # fmt: skip
"""The moves that matter where the problem is; every other waits for the desk."""

FIELDS = frozenset({Need.NOTE, Need.REASON, Need.CATEGORY})
"""What a small form on the phone can ask for."""


@dataclass(frozen=True, slots=True)
class Home:
    """A person's own tickets: three counts, a page of cards."""

    only: str
    counts: dict[str, int]
    cards: tuple[TicketCard, ...]
    page: int
    pages: int


def home(city: City, person: Person, only: str, page: int) -> Home:
    """A page of what is open in this person's area, what they hold themselves first; a page that is no more is the last."""
    only = only if only in FILTERS else FILTERS[0]
    area, now = area_of(city, person, None), city.now()
    with city.database.glance() as connection:
        load = load_of(connection, area, now)
    counts = dict(zip(FILTERS, (load.open, load.overdue, load.due_soon), strict=True))
    pages = max(1, -(-counts[only] // SHOWN))
    page = min(max(1, page), pages)
    wanted = Wanted(only=only, first=person.area, limit=SHOWN, offset=(page - 1) * SHOWN)
    cards, _ = desk.cards(city, person, area, wanted)
    return Home(only, counts, tuple(cards), page, pages)


def moves_here(card: TicketCard) -> tuple[Move, ...]:
    """The moves of a card that the phone offers, the one that carries the work forward first."""
    offered = {move.name for move in card.moves}
    here = [MOVE[name] for name in STREET_MOVES if name in offered and FIELDS.issuperset(MOVE[name].needs)]
    return tuple(sorted(here, key=lambda move: not move.primary))


def has_done(city: City, person: Person, ticket: Ticket, move: str) -> bool:
    """Was this person's own move the last thing that happened to a ticket? Then the same send came twice."""
    with city.database.glance() as connection:
        last = lists.events_of(connection, ticket_stream(ticket.id))[-1][0]
    return last.kind == move and last.by == person.id


# --- pictures -------------------------------------------------------------------------------------------------


def own_frame(city: City, person: Person) -> Frame | None:
    """The frame around a person's area; None in a city without grids."""
    ground = city.ground
    if ground.is_empty:
        return None
    own = _own(ground, person.area)
    return Frame.around(ground.bounds if own is None else _bounds(own))


def own_picture(city: City, person: Person, only: str) -> str:
    """The person's area with its tickets as marks; nothing in a city without grids.

    Where exactly a ticket lies may be somebody's door: who reads nobody's words sees the ground alone.
    """
    frame = own_frame(city, person)
    if frame is None:
        return ""
    area, now = area_of(city, person, None), city.now()
    found: list[Ticket] = []
    if person.role in READS_TICKETS:
        with city.database.glance() as connection:
            found = lists.list_tickets(connection, area, Wanted(only=only, limit=MARKED), now)
    marks = (
        mark(frame, t.point, "bad" if t.is_overdue(now) else "warn" if t.is_due_soon(now) else "ok", t.no, LIGHT)
        for t in reversed(found)
        if t.point is not None and frame.holds(t.point)
    )  # fmt: skip
    return with_inside(_own_ground(city.ground, person.area, frame), "".join(marks))


def ground_picture(city: City, person: Person, frame: Frame, place: LngLat | None = None) -> str:
    """A piece of the ground, no ticket on it, with the place that somebody chose."""
    drawn = _ground_drawn(city.ground, person.area, frame)
    return with_inside(drawn, pin(frame, place, LIGHT) if place else "")


def _own_ground(ground: Ground, area: str, frame: Frame) -> str:
    """The ground of an area's own frame: it is asked for again and again."""
    drawn = ground.pictures.get(area)
    if drawn is None:
        if len(ground.pictures) >= PICTURES_KEPT:
            ground.pictures.clear()
        drawn = ground.pictures[area] = _ground_drawn(ground, area, frame)
    return drawn


def _ground_drawn(ground: Ground, area: str, frame: Frame) -> str:
    """The ground there, an area standing out; no ticket is on it."""
    box = shapely.box(frame.west, frame.south, frame.east, frame.north)
    tree = ground.base_tree
    seen = sorted(tree.query(box).tolist())
    base = [(ground.base[i].kind, tree.geometries[i]) for i in seen]
    return ground_of(frame, base, _grids_in(ground, box), _own(ground, area), LIGHT)


def _grids_in(ground: Ground, box: shapely.Geometry) -> list[shapely.Geometry]:
    """The outlines there, of the smallest level that does not drown the picture."""
    for level in reversed(ground.structure.levels):
        known = ground.locator.levels[level]
        found = known.tree.query(box)
        if len(found) <= MOST_GRIDS or level is ground.structure.levels[0]:
            return [known.outlines[i] for i in sorted(found.tolist())]
    return []


def _own(ground: Ground, area: str) -> shapely.Geometry | None:
    """A person's own ground as one shape; None where it is the whole city, or no ground at all."""
    if area in ground.outlines:
        return ground.outlines[area]
    if area in ground.structure.streets:
        below = [ground.outlines[g.code] for g in ground.structure.children(area)]
        return shapely.union_all(below) if below else None
    return None


def _bounds(shape: shapely.Geometry) -> tuple[float, float, float, float]:
    west, south, east, north = shape.bounds
    return float(west), float(south), float(east), float(north)


# --- a report -------------------------------------------------------------------------------------------------


def kinds(city: City, person: Person) -> list[Category]:
    """Every category, those raised most in this person's area first."""
    known = city.rules_read.categories
    with city.database.glance() as connection:
        area = area_of(city, person, None)
        common = lists.commonest_categories(connection, area, city.now() - COMMON_OVER)
    order = {code: n for n, code in enumerate(common)}
    return sorted(known.values(), key=lambda c: (order.get(c.code, len(order)), c.code))


def grids_to_choose(city: City, person: Person) -> tuple[Grid, ...]:
    """The smallest grids of this person's area, where there are few enough to choose from."""
    structure = city.ground.structure
    if person.area == CITY or not structure.levels:
        return ()
    smallest = structure.levels[-1]
    found = tuple(g for g in structure.below(person.area) if g.level is smallest)
    return found if len(found) <= MOST_TO_CHOOSE else ()


def grid_called(city: City, person: Person, address: str) -> str | None:
    """The first grid of this person's area that an address or a name leads to; None when none does."""
    structure = city.ground.structure
    found = (hit.grid for hit in desk.search(city, address) if hit.grid in structure.grids)
    return next((code for code in found if sees_unit(person, code, structure)), None)


def title_of(city: City, person: Person) -> str | tuple[str, str]:
    """What a person's own area is called; a department in both languages."""
    if person.role is Role.DEPARTMENT:
        return city.department(person.area)
    return city.ground.structure.name(person.area)

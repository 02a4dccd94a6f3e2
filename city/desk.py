"""What a person sees of a unit and its tickets: values ready to show, each with the moves open to this person now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from city.opened import City
from domain import people as rights
from domain.actions import tickets
from domain.actions.raising import RAISES
from domain.actions.tickets import may_read, may_see
from domain.categories import Category
from domain.duplicates import WITHIN, is_alike
from domain.grids import CITY, Grid, Level
from domain.loads import Load
from domain.moves import Move, Scene, moves_open_to
from domain.people import READS_TICKET_FACTS, READS_TICKETS, WHOLE_CITY, Person, Role, sees_unit
from domain.phones import masked
from domain.place import LngLat
from domain.said import Said
from domain.tickets import State, Ticket, Words, without_commands
from storage import lists, people, plans
from storage.by_text import Stopped
from storage.counts import Area, Figures
from storage.lists import most_counted
from storage.people import Head
from storage.tickets import TicketWork
from storage.wanted import Wanted

NOWHERE = Area(level=Level.COMMUNITY)
"""Where no ticket lies."""

ALIKE_SHOWN = 6
"""So many possible duplicates are shown."""


@dataclass(frozen=True, slots=True)
class TicketCard:
    """One ticket as a person may see it. ``words`` is None for those who see facts only."""

    ticket: Ticket
    category: Category
    words: Words | None
    moves: tuple[Move, ...]
    lead: tuple[str, str] | None
    overdue: bool
    due_soon: bool
    place: str = ""
    """Where it is, as this person may know it."""
    parts: int = 0
    """How many assisting departments are not done yet."""


@dataclass(frozen=True, slots=True)
class Relatives:
    """The tickets around one: the whole it assists, the original it was merged into, its parts, its duplicates."""

    whole: tuple[Ticket, ...]
    original: tuple[Ticket, ...]
    parts: tuple[Ticket, ...]
    merged: tuple[Ticket, ...]


@dataclass(frozen=True, slots=True)
class UnitPanel:
    """A grid as the panel shows it."""

    grid: Grid
    head: Head | None
    organisation: str | None
    compounds: tuple[str, ...]
    children: int
    load: Load | None
    """None where this person may not look."""


def area_of(city: City, person: Person, code: str | None) -> Area:
    """The tickets of a unit – None for the person's own area – as the store understands it; those of a unit that this
    person may not look at are none."""
    structure = city.ground.structure
    if person.department:
        grid = structure.grids.get(code or "")
        return Area(level=grid.level if grid else None, codes=(grid.code,) if grid else (), lead=person.area)
    unit = code or person.area
    if not sees_unit(person, unit, structure):
        return NOWHERE
    if unit in structure.grids:
        return Area(level=structure.grids[unit].level, codes=(unit,))
    if unit in structure.streets:
        return Area(level=Level.COMMUNITY, codes=tuple(g.code for g in structure.children(unit)))
    # Whoever heads a unit that is no longer there keeps what it still holds, and sees nothing of the rest.
    whole = person.role in WHOLE_CITY or (person.role is Role.WALL and unit == CITY)
    return Area() if whole else Area(holder=unit)


def figures(city: City, person: Person) -> Figures:
    """The KPIs of a person's own area."""
    return city.figures(area_of(city, person, None))


def panel(city: City, person: Person, grid: Grid) -> UnitPanel:
    """A grid with its head, its people and its load."""
    ground = city.ground
    allowed = person.department is not None or sees_unit(person, grid.code, ground.structure)
    load = city.loads(grid.level, person.department).get(grid.code, Load()) if allowed else None
    with city.database.glance() as connection:
        return UnitPanel(
            grid=grid,
            head=people.head_of(connection, grid.code, city.now()),
            organisation=people.organisation_of(connection, grid.code),
            compounds=ground.compounds_of(grid.code),
            children=len(ground.structure.children(grid.code)),
            load=load,
        )


def may_list(city: City, person: Person, code: str | None) -> bool:
    """May this person see the tickets of a unit listed?"""
    return rights.may_list(person, code, city.ground.structure)


@dataclass(frozen=True, slots=True)
class CardPage:
    """A page of cards, how many there are in all – at least, with ``more`` –, and where a search stopped."""

    cards: list[TicketCard]
    total: int
    more: bool = False
    stopped: Stopped | None = None


def cards(city: City, person: Person, area: Area, wanted: Wanted) -> tuple[list[TicketCard], int]:
    """A page of cards, most pressing first, and how many there are in all; none for those who see no tickets."""
    page = card_page(city, person, area, wanted)
    return page.cards, page.total


def card_page(city: City, person: Person, area: Area, wanted: Wanted) -> CardPage:
    """A page of cards, most pressing first; none for those who see no tickets."""
    if person.role not in READS_TICKET_FACTS:
        return CardPage([], 0)
    now = city.now()
    # Who reads nobody's words finds no ticket by them either.
    wanted = replace(wanted, in_words=wanted.in_words and person.role in READS_TICKETS)
    # What a page says of each ticket needs no other ticket beside it; a search reads many in pieces, within a transaction.
    reading = city.database.read if wanted.text else city.database.glance
    with reading() as connection:
        found = lists.find_tickets(connection, area, wanted, now)
        total, more = found.total, found.more
        if total is None:
            total = len(found.tickets)
            if total == wanted.limit or wanted.offset:
                total = lists.count_tickets(connection, area, wanted, now)
                more = total == most_counted(wanted)
        return CardPage(cards_of(connection, city, person, found.tickets, now), total, more, found.stopped)


def cards_of(
    connection: Any, city: City, person: Person, found: list[Ticket], now: datetime
) -> list[TicketCard]:
    """Cards of tickets, of those alone that this person may see."""
    rules, ids = city.rulebook, [t.id for t in found]
    words, parts = lists.words_of(connection, ids), lists.parts_not_done(connection, ids)
    seen = (t for t in found if may_see(person, t, rules))
    return [_card(city, person, t, words.get(t.id), parts.get(t.id, 0), now) for t in seen]


def card(city: City, person: Person, no: str) -> TicketCard | None:
    """One ticket, or None when there is none or this person may not see it."""
    with city.database.glance() as connection:
        ticket = lists.one_ticket(connection, no=no)
        if ticket is None or not may_see(person, ticket, city.rulebook):
            return None
        words = lists.words_of(connection, [ticket.id]).get(ticket.id)
        parts = lists.parts_not_done(connection, [ticket.id]).get(ticket.id, 0)
    return _card(city, person, ticket, words, parts, city.now())


def acted_first(city: City, ticket: Ticket) -> Said:
    """Who was quicker at a ticket that is no longer as somebody saw it."""
    with city.database.read() as connection:
        return tickets.acted_first(TicketWork(connection), ticket)


def alike(city: City, person: Person, ticket: Ticket) -> list[TicketCard]:
    """Open tickets that may be the same problem, as far as this person may see them; the oldest first."""
    now, rules = city.now(), city.rulebook
    with city.database.glance() as connection:
        known = lists.open_of_category(connection, ticket.category, ticket.opened_at - WITHIN)
        found = [t for t in known if is_alike(ticket, t) and may_see(person, t, rules)][:ALIKE_SHOWN]
        words = lists.words_of(connection, [t.id for t in found])
    return [_card(city, person, t, words.get(t.id), 0, now) for t in found]


def words_for(city: City, person: Person, ticket: Ticket) -> Words | None:
    """What people said about a ticket, for those who may read it."""
    if not may_read(person, ticket, city.rulebook):
        return None
    with city.database.glance() as connection:
        words = lists.words_of(connection, [ticket.id]).get(ticket.id)
    return without_number(words) if words else None


def without_number(words: Words) -> Words:
    """Words as they are shown: the middle of a telephone number is hidden until somebody asks for it."""
    return replace(words, phone=masked(words.phone))


def place_of(city: City, person: Person, ticket: Ticket) -> str:
    """Where a ticket is: the address that somebody typed for those who may read words, else the grid's name."""
    if may_read(person, ticket, city.rulebook):
        return ticket.address
    grid = ticket.located.grid
    return city.ground.structure.name(grid) if grid else ""


def nearest(city: City, point: LngLat | None) -> list[Grid]:
    """The grids a ticket may be put into, the nearest to its point first."""
    ground = city.ground
    if point is None:
        return [g for level in reversed(ground.structure.levels) for g in ground.structure.at_level(level)]
    return [ground.structure.grids[code] for code in ground.locator.nearest(point)]


def relatives(city: City, person: Person, ticket: Ticket) -> Relatives:
    """The tickets that belong to this one, as far as this person may see them."""
    rules = city.rulebook
    if not may_see(person, ticket, rules):
        return Relatives((), (), (), ())
    with city.database.read() as connection:
        whole = lists.tickets_with(connection, [n for n in (ticket.parent, ticket.duplicate_of) if n])
        parts = lists.parts_of(connection, ticket.id)
        merged = lists.merged_into(connection, ticket.id)

    def seen(tickets: list[Ticket]) -> tuple[Ticket, ...]:
        return tuple(t for t in tickets if may_see(person, t, rules))

    # The lead waits for its assistants, and they work for the lead: each knows how the others stand.
    return Relatives(
        tuple(t for t in whole if t.id == ticket.parent),
        seen([t for t in whole if t.id == ticket.duplicate_of]),
        tuple(parts),
        seen(merged),
    )


def _card(
    city: City, person: Person, ticket: Ticket, words: Words | None, parts: int, now: datetime
) -> TicketCard:
    rules, reads = city.rulebook, may_read(person, ticket, city.rulebook)
    return TicketCard(
        # What somebody typed as an address is a person's words too.
        ticket=ticket if reads else replace(ticket, address=""),
        category=city.category(ticket.category),
        words=without_number(words) if reads and words else None,
        moves=moves_open_to(Scene(ticket, person, rules, now, open_children=parts)),
        lead=city.department(ticket.lead) if ticket.lead else None,
        overdue=ticket.is_overdue(now),
        due_soon=ticket.is_due_soon(now),
        place=place_of(city, person, ticket),
        parts=parts,
    )


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found by its words: what to show, which grid it leads to."""

    words: str
    grid: str


def search(city: City, text: str, limit: int = 12) -> list[Hit]:
    """Grids by name or code, then buildings by address."""
    text = without_commands(text).strip()
    wanted = text.casefold()
    ground = city.ground
    if not wanted or ground.plan is None:
        return []
    by_name = [
        Hit(f"{g.name} · {g.code}", g.code)
        for g in ground.structure.grids.values()
        if wanted in g.name.casefold() or g.code.casefold().startswith(wanted)
    ]
    by_name.sort(key=lambda hit: (len(hit.words), hit.grid))
    if len(by_name) >= limit:
        return by_name[:limit]
    with city.database.read() as connection:
        found = plans.addresses_like(connection, ground.plan.id, text, limit - len(by_name))
    return by_name + [Hit(f"{a.words} · {ground.structure.name(a.grid)}", a.grid) for a in found]


def first_focus(city: City, person: Person) -> tuple[Level | None, str | None, str | None]:
    """Where a person's map opens: the level shown, the unit whose grids are in focus, the grid selected."""
    structure = city.ground.structure
    levels = structure.levels
    if not levels:
        return None, None, None
    grid = structure.grids.get(person.area)
    if grid is None:
        return levels[0], None, None
    if below := structure.children(grid.code):
        return below[0].level, grid.code, None
    return grid.level, grid.parent, grid.code


def wanted(only: str, state: str | None, limit: int, offset: int, first: str = "") -> Wanted:
    """Which tickets to list, from a page's choices; what ``first`` holds itself comes first."""
    return Wanted(state=State(state) if state else None, only=only, first=first, limit=limit, offset=offset)


def may_raise(person: Person) -> bool:
    """Does this person's role raise tickets?"""
    return person.role in RAISES

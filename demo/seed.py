"""Seed a database with the demo city: its ground, its people, a synthetic year behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import shapely

from city.opened import City
from city.own_facts import REGISTERED, RESIDENTS
from city.report.reported import SAYS
from city.snapshots import take_missing
from demo import agendas, meetings, people
from demo.boundaries import Boundaries, read_boundaries, table
from demo.frontline.allowing import allow
from demo.frontline.ground import Ground
from demo.frontline.rows import rows_of
from demo.history import Life, World, live_a_year, phrases
from domain.actions.sweep import calendar_name
from domain.events import Event
from domain.rulebook import Rulebook
from gis.locate import Locator
from storage import seeding
from storage.event_rows import event_columns
from storage.facts import bump_revision
from storage.people import hash_password
from storage.sweeping import CLOCKS_BY
from storage.tickets import columns_of, number_of, words_columns

SEED = 20_210_428
PLAN = 1


@dataclass(frozen=True, slots=True)
class SeedReport:
    """What was seeded."""

    grids: int
    tickets: int
    open: int
    events: int
    meetings: int


def seed(city: City, now: datetime, *, force: bool = False, number: int = SEED) -> SeedReport:
    """Seed the database in one transaction, and take the days behind it. With ``force`` everything in it is removed first."""
    boundaries = read_boundaries(city.settings.data / "boundaries")
    random = Random(number)
    structure = boundaries.structure
    locator = Locator([(g.code, g.level, boundaries.outlines[g.code]) for g in boundaries.grids])
    departments = [row["code"] for row in table(city.settings.data / "boundaries" / "departments.csv")]
    links = table(city.settings.data / "boundaries" / "department_links.csv")
    rules = Rulebook(
        structure,
        locator.locate,
        city.rules_read.categories,
        city.rules_read.stages,
        city.clock,
        city.rules_read.routing,
        links=_by_community(links),
        departments=frozenset(departments),
        staffed=frozenset(departments),
    )
    posted = people.heads(structure, random)
    world = World(rules, boundaries.homes(), {}, phrases(), random, now, _by_department(links))
    accounts = people.accounts(structure, boundaries.streets, departments, posted, world.busiest)
    world.accounts = people.working_accounts(accounts)
    lives = live_a_year(world)
    held, matters = meetings.hold(structure, world.phrases["matters"]["titles"], now, city.clock, random)
    ground = Ground(
        boundaries,
        structure,
        world.accounts,
        _names(city),
        world.links,
        {head.grid: head.name for head in posted},
        [row["community"] for row in table(city.settings.data / "boundaries" / "leaders.csv")],
        city.clock,
        Random(number + 1),
        now,
    )
    listed, told = rows_of(ground)
    rows: dict[str, Any] = {
        **listed,
        **_ground(boundaries, now, calendar_name(rules, now), _printed(city)),
        **_people(city, structure, posted, accounts, now),
        **_tickets(lives, told),
        **agendas.rows(held, matters, (life.ticket for life in lives), departments, rules, now, random),
    }  # fmt: skip
    with city.database.write() as connection:
        # A database without a city still has facts: a revision, the calendar that a sweep went by.
        if force or seeding.is_empty(connection):
            seeding.clear(connection)
        seeding.fill(connection, rows)
        bump_revision(connection)
    allow(city, rules, ground)
    take_missing(city, now)
    return SeedReport(
        len(boundaries.grids),
        len(lives),
        sum(life.ticket.is_open for life in lives),
        sum(len(life.events) for life in lives),
        len(held),
    )


def _names(city: City) -> dict[str, str]:
    """The departments' names by code."""
    return {row["code"]: row["name"] for row in table(city.settings.data / "boundaries" / "departments.csv")}


def _by_community(links: list[dict[str, str]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for row in links:
        found.setdefault(row["community"], set()).add(row["department"])
    return {community: frozenset(departments) for community, departments in found.items()}


def _by_department(links: list[dict[str, str]]) -> dict[str, str]:
    return {row["department"]: row["community"] for row in links}


def _printed(city: City) -> dict[str, Any]:
    """What the printed report says of the city: its residents, whom nobody counts here, and each figure to compare with."""
    rows = table(city.settings.data / "boundaries" / "report.csv")
    says = {row["figure"]: [int(row["says"]), bool(row["more"])] for row in rows}
    return {name: says[name][0] for name in (RESIDENTS, REGISTERED)} | {SAYS: says}


def _ground(boundaries: Boundaries, now: datetime, calendar: str, printed: dict[str, Any]) -> dict[str, Any]:
    facts = {
        "city_name": "东港市", "city_name_en": "Donggang", "demo": True,
        "seeded_at": now.astimezone(UTC).isoformat(), CLOCKS_BY: calendar, **printed,
    }  # fmt: skip
    return {
        "facts": [{"key": key, "value": value} for key, value in facts.items()],
        "plans": [
            {"id": PLAN, "name": "donggang", "state": "in_force", "from_at": now - timedelta(days=366), "version": 1,
             "content_hash": "", "created_at": now - timedelta(days=366)}
        ],
        "streets": [{"code": s.code, "name": s.name} for s in boundaries.streets],
        "grids": [
            {"plan_id": PLAN, "code": g.code, "level": int(g.level), "name": g.name, "parent": g.parent,
             "households": g.households, "units": boundaries.unit_counts[g.code],
             "geometry": shapely.to_wkb(boundaries.outlines[g.code])}
            for g in boundaries.grids
        ],
        "compounds": [{"code": code, "name": name} for code, name in boundaries.compounds.items()],
        "units": [
            {"code": u["unit"], "kind": u["kind"], "compound": u["compound"], "building": u["building"],
             "address": u["address"], "households": u["households"], "geometry": shapely.to_wkb(u["shape"])}
            for u in boundaries.units
        ],
        "assignments": [{"plan_id": PLAN, "unit": unit, "grid": grid} for unit, grid in boundaries.home_of.items()],
        "base_features": [
            {"id": n, "kind": f["kind"], "name": f["name"], "geometry": shapely.to_wkb(f["shape"])}
            for n, f in enumerate(boundaries.base, start=1)
        ],
    }  # fmt: skip


def _people(
    city: City,
    structure: Any,
    posted: list[people.DemoHead],
    accounts: list[people.DemoAccount],
    now: datetime,
) -> dict[str, Any]:
    folder = city.settings.data / "boundaries"
    # One hash for all demo accounts: they share one password, and 600 hashes would take half a minute.
    shared = hash_password(city.settings.demo_password)
    since = now - timedelta(days=500)
    return {
        "departments": [{**row, "demo": True} for row in table(folder / "departments.csv")],
        "department_links": table(folder / "department_links.csv"),
        "leaders": [{"id": n, **row, "demo": True} for n, row in enumerate(table(folder / "leaders.csv"), 1)],
        "organisations": [
            {"grid": g.code, "name": people.organisation(g), "kind": g.level.name.lower()}
            for g in structure.grids.values()
        ],
        "heads": [
            {"grid": h.grid, "name": h.name, "title": h.title, "work_phone": h.work_phone, "duties": h.duties,
             "since": since, "until": None, "demo": True}
            for h in posted
        ],
        "accounts": [
            {"id": n, "login": a.login, "name": a.name, "role": a.role.value, "area": a.area,
             "password_hash": shared, "demo": True, "created_at": since}
            for n, a in enumerate(accounts, start=1)
        ],
    }  # fmt: skip


def _tickets(lives: list[Life], told: list[Event]) -> dict[str, Any]:
    tickets = [life.ticket for life in lives]
    events = list(_events(lives, told))
    return {
        "tickets": [columns_of(t) | {"no": number_of(t.id, t.opened_at), "once": None} for t in tickets],
        "ticket_words": [{"ticket_id": life.ticket.id, **words_columns(life.words)} for life in lives],
        "ratings": [asked for life in lives for asked in life.ratings],
        "events": [event for event, _ in events],
        "notes": [note for _, note in events if note],
    }


def _events(lives: list[Life], told: list[Event]) -> Iterator[tuple[dict[str, Any], dict[str, Any] | None]]:
    """Every event with its note, numbered in the order in which it happened."""
    happened = sorted(
        [
            *((event, note) for life in lives for event, note in life.events),
            *((event, None) for event in told),
        ],
        key=lambda e: (e[0].at, e[0].stream, e[0].seq),
    )
    for number, (event, note) in enumerate(happened, start=1):
        yield (
            {"id": number, **event_columns(event)},
            {"event_id": number, "text": note.text, "salt": note.salt} if note else None,
        )

"""Two areas of the demo city, each with the same things in it – and marks on everything that is somebody's own."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from PIL import Image
from sqlalchemy import ColumnElement, Connection, insert, select, update

from city.opened import City
from domain.grids import Level
from domain.people import Person
from domain.tickets import Source, State
from storage import report_links
from storage.people import all_accounts
from storage.schema import list_words, notes, photos, ratings, ticket_words, tickets
from tests.conftest import NOON

ROLES = (
    "leader", "street", "office", "community", "compound", "member", "department", "planner", "admin",
)  # fmt: skip
"""The demo account of each role; they stand in one branch of the city."""

MARK = "SENTINEL"
"""Stands in everything that somebody said or that tells of them, and nowhere else."""


@dataclass(frozen=True)
class Spot:
    """What stands in one area: a ticket with a photo that a department works on, one that waits for its rating."""

    no: str
    photo: int
    waiting: str
    token: str
    grid: str
    compound: str
    community: str
    at: str
    """A point of the grid, as forms write it."""
    followed: str
    """The token by which a resident follows the first ticket."""


def everybody(city: City) -> dict[str, Person]:
    """The people of the demo city by their logins."""
    with city.database.read() as connection:
        return {a.login: a.person for a in all_accounts(connection)}


def two_areas(city: City, people: Mapping[str, Person]) -> tuple[Spot, Spot]:
    """The members' own grid with what the department leads; a grid of another street with what another one leads."""
    structure, street = city.ground.structure, people["street"].area
    foreign = next(g.code for g in structure.at_level(Level.BUILDING) if not structure.within(g.code, street))
    own = _prepared(city, 0, people["member"].area, people["department"].area)
    return own, _prepared(city, 1, foreign, "shuiwu")


def _prepared(city: City, nth: int, grid: str, lead: str) -> Spot:
    """Two tickets of the demo city, moved into a grid; they become facts of it in every way that a page may ask."""
    place = city.ground.structure.located(grid)
    lies = {
        "level1": place.level1, "level2": place.level2, "level3": place.level3, "holder": place.level1,
        "lead": lead, "raised_in": grid,
    }  # fmt: skip
    with city.database.write() as connection:
        worked = _numbers(
            connection, tickets.c.state == State.IN_PROGRESS.value, tickets.c.lead.is_not(None)
        )[nth]
        waits = _numbers(
            connection, tickets.c.state == State.AWAITING_RATING.value, tickets.c.source == Source.RESIDENT.value,
            tickets.c.due_at > NOON + timedelta(days=1),
        )[nth]  # fmt: skip
        connection.execute(update(tickets).where(tickets.c.id.in_((worked, waits))).values(lies))
        kept = insert(photos).values(ticket_id=worked, move="raised", at=NOON, body=picture())
        photo: int = connection.execute(kept.returning(photos.c.id)).scalar_one()
        no = {row.id: row.no for row in connection.execute(select(tickets.c.id, tickets.c.no))}
        token = connection.scalar(
            select(ratings.c.token).where(ratings.c.ticket_id == waits, ratings.c.grade.is_(None))
        )
        followed = f"followed-{nth}-".ljust(32, "x")
        report_links.keep_link(connection, followed, worked, NOON)
    assert token
    inside = city.ground.outlines[grid].representative_point()
    return Spot(
        no[worked], photo, no[waits], token, grid, place.level2 or "", place.level1 or "",
        f"{inside.x:.7f},{inside.y:.7f}", followed,
    )  # fmt: skip


def picture() -> bytes:
    """A small photo."""
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "JPEG")
    return out.getvalue()


def _numbers(connection: Connection, *conditions: ColumnElement[bool]) -> list[int]:
    whole = (tickets.c.live, tickets.c.parent_id.is_(None))
    return list(
        connection.scalars(select(tickets.c.id).where(*conditions, *whole).order_by(tickets.c.id.desc()))
    )


def mark(city: City) -> None:
    """Put the mark into every field that holds what people said, or who they are."""
    with city.database.write() as connection:
        words = {name: f"{MARK}-{name}" for name in ("description", "reporter", "phone")}
        connection.execute(update(ticket_words).values(words))
        connection.execute(update(tickets).values(address=f"{MARK}-address"))
        connection.execute(update(notes).values(text=f"{MARK}-note"))
        beside = {name: f"{MARK}-{name}" for name in ("words", "name", "phone")}
        connection.execute(update(list_words).values(beside))

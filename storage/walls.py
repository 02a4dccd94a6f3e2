"""Keep the links of wall screens: only a token's hash is kept, and a revoked link stays on record."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, insert, select, update

from domain.links import hash_of
from storage.schema import walls

W = walls.c


@dataclass(frozen=True, slots=True)
class Wall:
    """One wall screen's link: what it may show, when it was last used."""

    id: int
    name: str
    area: str
    created_at: datetime
    seen_at: datetime | None
    revoked_at: datetime | None


def add_wall(connection: Connection, name: str, area: str, now: datetime) -> str:
    """A new link's token, which is told once."""
    token = secrets.token_urlsafe(32)
    connection.execute(insert(walls).values(name=name, area=area, token_hash=hash_of(token), created_at=now))
    return token


def all_walls(connection: Connection) -> list[Wall]:
    """Every link, also the revoked, in the order in which they were made."""
    return [_wall(row) for row in connection.execute(select(walls).order_by(W.id))]


def wall_of_token(connection: Connection, token: str) -> Wall | None:
    """The link with this token, unless it was revoked."""
    found = select(walls).where(W.token_hash == hash_of(token), W.revoked_at.is_(None))
    row = connection.execute(found).first()
    return _wall(row) if row else None


def note_seen(connection: Connection, wall_id: int, now: datetime) -> None:
    """Note that a screen was there."""
    connection.execute(update(walls).where(W.id == wall_id).values(seen_at=now))


def revoke_wall(connection: Connection, wall_id: int, now: datetime) -> bool:
    """End a link; False when there is none with this number that still works."""
    ended = update(walls).where(W.id == wall_id, W.revoked_at.is_(None)).values(revoked_at=now)
    return connection.execute(ended).rowcount == 1


def _wall(row: Row[tuple[object, ...]]) -> Wall:
    return Wall(row.id, row.name, row.area, row.created_at, row.seen_at, row.revoked_at)

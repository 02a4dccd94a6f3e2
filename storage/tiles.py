"""Keep the outlines of levels with many grids as browsers draw them: an index, who lies in which bundle, and the bundles.

Everything is compressed as it will be sent, and named by what is drawn (``ground``): it is made once, by whichever process
comes first, and never changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from storage.schema import tiles

INDEX = -1
"""The zoom under which the index of a level stands."""

MEMBERS = -2
"""The zoom under which it stands which bundle each grid is in."""

CLAIM = -3
"""The zoom under which it stands that a process is making the bundles, and since when."""

WHOLE = 0
"""The number of what is about no single bundle."""

AT_ONCE = 200
"""Bundles written with one statement."""

T = tiles.c


def body(connection: Connection, ground: str, zoom: int, bundle: int = WHOLE) -> bytes | None:
    """What is kept under a name; None where nothing is, or not yet."""
    kept: bytes | None = connection.scalar(
        select(T.body).where(T.ground == ground, T.zoom == zoom, T.bundle == bundle)
    )
    return kept


def kept_grounds(connection: Connection) -> set[str]:
    """The levels whose bundles are all there."""
    return set(connection.scalars(select(T.ground).where(T.zoom == INDEX)))


def claim(connection: Connection, ground: str, now: datetime, patience: timedelta) -> bool:
    """Say that this process makes the bundles of a level; False where another does, and showed a sign less than so long
    ago, or where they were kept meanwhile: whoever saw none may come here after another kept them and ended its claim.
    """
    claimed = and_(T.ground == ground, T.zoom == CLAIM)
    since = connection.scalar(select(T.body).where(claimed))
    if since is not None and datetime.fromisoformat(since.decode()) > now - patience:
        return False
    if since is not None:
        connection.execute(delete(tiles).where(claimed, T.body == since))
    make = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    mine = make(tiles).values(ground=ground, zoom=CLAIM, bundle=WHOLE, body=now.isoformat().encode())
    if connection.execute(mine.on_conflict_do_nothing().returning(T.ground)).first() is None:
        return False
    # Only now is the look certain: from here on nobody else begins.
    if body(connection, ground, INDEX) is None:
        return True
    give_up(connection, ground)
    return False


def sign(connection: Connection, ground: str, now: datetime) -> None:
    """Show that this process still makes the bundles of a level."""
    claimed = and_(T.ground == ground, T.zoom == CLAIM)
    connection.execute(update(tiles).where(claimed).values(body=now.isoformat().encode()))


def give_up(connection: Connection, ground: str) -> None:
    """Let another process make what this one could not."""
    connection.execute(delete(tiles).where(T.ground == ground, T.zoom == CLAIM))


def keep(
    connection: Connection, ground: str, index: bytes, members: bytes, bodies: Mapping[tuple[int, int], bytes]
) -> None:
    """Keep a level's bundles, by the zoom of their step and their number, in place of whatever was there."""
    connection.execute(delete(tiles).where(T.ground == ground))
    rows = [
        {"ground": ground, "zoom": zoom, "bundle": bundle, "body": found}
        for (zoom, bundle), found in {(INDEX, WHOLE): index, (MEMBERS, WHOLE): members, **bodies}.items()
    ]
    for start in range(0, len(rows), AT_ONCE):
        connection.execute(insert(tiles), rows[start : start + AT_ONCE])


def forget_others(connection: Connection, needed: Iterable[str]) -> int:
    """Drop the bundles of every level but these; how many rows went."""
    return connection.execute(delete(tiles).where(T.ground.not_in(sorted(needed)), T.zoom != CLAIM)).rowcount

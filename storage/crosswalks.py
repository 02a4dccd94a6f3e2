"""Count what has ended on the ground of the plan in force, so that figures over a redraw stay comparable.

A ticket that had ended keeps its grid; where a redraw changed that grid, the crosswalk says where it would lie. One
row a ticket at most: the latest redraw that moved it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, or_, select

from domain.grids import Level
from storage.schema import crosswalk, tickets

T, X = tickets.c, crosswalk.c


ANY = select(X.ticket_id).limit(1)


def was_redrawn(connection: Connection) -> bool:
    """Is any ticket counted elsewhere than where it lies? Where none is, nothing need be joined."""
    return connection.execute(ANY).first() is not None


def counted_place(level: Level) -> ColumnElement[Any]:
    """The grid of a level that a ticket is counted in; the statement is to be :func:`joined`."""
    name = f"level{int(level)}"
    return case((X.ticket_id.is_not(None), X[name]), else_=T[name])


def joined(statement: Any) -> Any:
    """A statement over tickets with the crosswalk beside it."""
    return statement.outerjoin(crosswalk, X.ticket_id == T.id)


def counted_in(place: ColumnElement[Any], level: Level, codes: Sequence[str]) -> ColumnElement[bool]:
    """Is a ticket counted in one of these grids? ``place`` is its own column of the level, as it is to be read."""
    moved = select(X.ticket_id).where(X.ticket_id == T.id).correlate(tickets).exists()
    came = select(X.ticket_id).where(X[f"level{int(level)}"].in_(codes))
    return or_(and_(place.in_(codes), ~moved), T.id.in_(came))

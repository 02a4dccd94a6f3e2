"""Keep the views of the desk that people saved under a name."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from storage.schema import saved_views


@dataclass(frozen=True, slots=True)
class SavedView:
    """A name and the query of the address that it stands for."""

    name: str
    query: str


def views_of(connection: Connection, account_id: int) -> list[SavedView]:
    """What an account saved, by name."""
    rows = connection.execute(
        select(saved_views.c.name, saved_views.c.query)
        .where(saved_views.c.account_id == account_id)
        .order_by(saved_views.c.name)
    )
    return [SavedView(row.name, row.query) for row in rows]


def count_views(connection: Connection, account_id: int) -> int:
    """How many views an account saved."""
    statement = select(func.count()).select_from(saved_views).where(saved_views.c.account_id == account_id)
    return connection.scalar(statement) or 0


def replace_view(connection: Connection, account_id: int, view: SavedView) -> bool:
    """Give a name that is there another query; False when there is no such name."""
    mine = (saved_views.c.account_id == account_id) & (saved_views.c.name == view.name)
    return bool(connection.execute(update(saved_views).where(mine).values(query=view.query)).rowcount)


def add_view(connection: Connection, account_id: int, view: SavedView) -> None:
    """Keep a query under a new name."""
    connection.execute(insert(saved_views).values(account_id=account_id, name=view.name, query=view.query))


def drop_view(connection: Connection, account_id: int, name: str) -> bool:
    """Forget a name; False when it was not there."""
    mine = (saved_views.c.account_id == account_id) & (saved_views.c.name == name)
    return bool(connection.execute(delete(saved_views).where(mine)).rowcount)

"""Read orders: those with which something is to be done, those that have ended, those of a stretch of time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, or_

from domain.frontline.pledges import OPEN_ORDERS, Order, OrderState
from storage.frontline.records import those
from storage.schema import orders

C = orders.c
STILL_OPEN = C.state.in_(sorted(OPEN_ORDERS))


def live(connection: Connection, delivered_since: datetime) -> list[Order]:
    """Orders that wait to be taken or delivered, and those delivered since a moment, which can be rated still."""
    can_be_rated = and_(C.state == OrderState.DELIVERED, C.delivered_at >= delivered_since)
    return those(connection, Order, or_(STILL_OPEN, can_be_rated))


def ended(connection: Connection, ordered_since: datetime, delivered_since: datetime) -> list[Order]:
    """All others that were ordered since a moment."""
    late = and_(C.state == OrderState.DELIVERED, C.delivered_at < delivered_since)
    over = C.state.in_((OrderState.RATED, OrderState.CANCELLED))
    return those(connection, Order, C.ordered_at > ordered_since, or_(over, late))


def ordered_since(connection: Connection, moment: datetime) -> list[Order]:
    """Orders of every state since a moment."""
    return those(connection, Order, C.ordered_at > moment)

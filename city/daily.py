"""What is done once on each day of the city: the log is anchored, and what was kept long enough goes."""

from __future__ import annotations

import logging
from datetime import datetime

from city.anchoring import anchor_city
from city.opened import City
from city.tidying import tidy
from domain.anchors import Anchor

log = logging.getLogger("redgrid")


def once_a_day(city: City, now: datetime | None = None) -> Anchor | None:
    """Anchor the log and remove what was kept long enough; None where this day had it, or another process is at it.

    Raises:
        Busy: when somebody wrote for too long; the same may be tried again.
    """
    anchor = anchor_city(city, now)
    for gone in tidy(city) if anchor else ():
        log.info("%s, %s: %s are gone", gone.title, gone.kept, gone.n)
    return anchor

"""What is done once on each day of the city: the log is anchored, and what was kept long enough is erased."""

from __future__ import annotations

import logging
from datetime import datetime

from city.anchoring import anchor_city
from city.opened import City
from city.personal_data import erase_kept_longer
from domain.anchors import Anchor

log = logging.getLogger("redgrid")


def once_a_day(city: City, now: datetime | None = None) -> Anchor | None:
    """Anchor the log and keep the rule of retention; None where this day had it, or another process is at it.

    Raises:
        Busy: when somebody wrote for too long; the same may be tried again.
    """
    anchor = anchor_city(city, now)
    if anchor and city.settings.keep_years:
        erased = erase_kept_longer(city, city.settings.keep_years)
        log.info(
            "personal data of %s tickets was kept for %s years and is erased",
            erased,
            city.settings.keep_years,
        )
    return anchor

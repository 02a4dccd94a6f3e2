"""Tell whether this city can work: what ails it, in one word each."""

from __future__ import annotations

from datetime import timedelta

from shapely.errors import ShapelyError

from city.opened import City
from domain.said import Busy
from storage import vitals
from storage.migrate import newest
from storage.vitals import Vitals

BY_CRON = timedelta(hours=2)
"""How long nobody may have swept where ``redgrid sweep`` is called from outside, unless a setting says otherwise."""


def look(city: City, *, count: bool = False) -> Vitals | None:
    """What the database tells of itself; None when it does not answer. ``count``: also of its open tickets."""
    return vitals.look(city.database, schema=newest(), counted_at=city.now() if count else None)


def ails(city: City) -> tuple[str, ...]:
    """What keeps the city from working: ``store``, ``schema``, ``plan``, ``sweep``; nothing when all is well."""
    found = look(city)
    if found is None:
        return ("store",)
    if found.schema != newest():
        return ("schema",)
    ailing = [] if has_ground(city, found) else ["plan"]
    age = since_sweep(city, found)
    if age > sweep_limit(city):
        ailing.append("sweep")
    return tuple(ailing)


def has_ground(city: City, found: Vitals) -> bool:
    """Is there a plan in force whose outlines can be read? A city without any grids wants none."""
    if found.plan is None:
        return not found.has_grids
    try:
        return city.ground.is_empty or city.ground.locator is not None
    except Busy:
        return True
    except (ShapelyError, ValueError):
        return False


def since_sweep(city: City, found: Vitals) -> timedelta:
    """How long ago the clock last acted here, by whichever process; a program just opened is given its time first."""
    last = max(found.swept.at, city.opened_at) if found.swept else city.opened_at
    return max(city.now() - last, timedelta())


def sweep_limit(city: City) -> timedelta:
    """After how long without a sweep something is wrong."""
    settings = city.settings
    if settings.sweep_limit_seconds:
        return timedelta(seconds=settings.sweep_limit_seconds)
    return timedelta(seconds=3 * settings.sweep_seconds) if settings.sweep_seconds > 0 else BY_CRON

"""Check any plan: one that is or was in force as its source drew it, a draft by its units."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import shapely

from city.boundaries import check_drawn
from city.drafts import OpenDraft, compound_names, problems
from city.opened import City
from domain.findings import Finding, Severity
from domain.plans.demands import NotDrawn
from domain.plans.drafts import households
from domain.plans.life import PlanState
from domain.said import said
from gis import strict
from gis.checks import Drawn, households_are_in_band
from storage import plans

DRAWN_BY_SOURCE = frozenset({PlanState.IN_FORCE, PlanState.RETIRED})
"""States in which a plan's outlines are those of its source, flaws included; those of a draft are made of its units."""

BY_OUTLINES = (
    strict.outlines_are_valid,
    strict.areas_add_up,
    strict.levels_cover_the_city,
    strict.edges_are_owned_twice,
    strict.counts_add_up,
)
"""What is checked of a draft beside that which keeps it from being published: its outlines, drawn anew, and its counts."""


def check_opened(city: City, opened: OpenDraft) -> list[Finding]:
    """Every finding of a plan."""
    if opened.plan.state in DRAWN_BY_SOURCE:
        with city.database.read() as connection:
            return check_drawn(plans.grids_of(connection, opened.plan.id))
    if opened.is_stale:
        words = said("The city's units changed since {plan} was drawn.", plan=opened.plan.name)
        return [Finding("units", Severity.ERROR, words)]
    found = as_findings(problems(opened, compound_names(city)))
    return [*found, *strict.strict(opened.ground, opened.draft, checks=BY_OUTLINES), *_bands(opened)]


def as_findings(found: Iterable[NotDrawn]) -> list[Finding]:
    """What keeps a plan from being published, as findings of a check."""
    return [Finding("plan", Severity.ERROR, one.because, one.grids, one.where) for one in found]


def _bands(opened: OpenDraft) -> list[Finding]:
    counted = households(opened.ground.units, opened.draft)
    has_any = any(counted.values())
    grids = tuple(
        replace(grid, households=counted[code] if has_any else None)
        for code, grid in sorted(opened.draft.grids.items())
    )
    return list(households_are_in_band(Drawn(grids, np.full(len(grids), shapely.Polygon()))))

"""The planner's map in a person's language: one for all plans of a city, told with every rerun which to show."""

from __future__ import annotations

from typing import Any

from city import assets
from city.draft_map import coded_units
from city.opened import City
from city.units import unit_ground
from city.words import Words
from domain.plans.bands import BANDS, FAR
from domain.titles import LEVEL
from gis.draft_view import DraftView
from views.component import draft_map
from views.gestures import Gesture
from views.visit import Visit


def show_plan_map(visit: Visit, show: dict[str, Any], key: str = "plan-map") -> Gesture | None:
    """The map, and what was drawn on it since; ``show`` is told in :func:`views.component.draft_map`."""
    view = plan_view(visit.city, visit.say)
    return draft_map(view, f"{view.units}-{visit.city.ground.coded_base.hash}-{visit.say.lang}", show, key)


def plan_view(city: City, say: Words) -> DraftView:
    """Everything of the map that no plan changes."""
    ground, units = city.ground, coded_units(city)
    return DraftView(
        units=units.hash,
        bounds=ground.bounds,
        geometry=f"/geo/units/{units.hash}",
        draft="/live/draft",
        base=f"/geo/{ground.coded_base.hash}",
        assets=assets.addresses(),
        words=_words(say),
        titles={int(level): say.of(LEVEL[level]) for level in ground.structure.levels},
        bands={int(level): _legend(say, *band) for level, band in BANDS.items()},
        band_names=_band_names(say),
        tools={
            "pan": say("Move the map (H)"),
            "select": say("Select by click (V)"),
            "rectangle": say("Select by rectangle (R)"),
            "lasso": say("Select by lasso (L)"),
            "line": say("Draw a line (B)"),
        },
        modes=_modes(city, say),
        hints={
            "rectangle": say("Drag a rectangle; Shift adds to the selection"),
            "lasso": say("Draw around what you mean; Shift adds to the selection"),
            "line": say("Click from point to point, double-click at the end; Esc drops the line"),
        },
        level=int(ground.structure.levels[-1]),
        basemap_url=city.settings.basemap_url,
    )


def _modes(city: City, say: Words) -> dict[str, str]:
    """What a click may take here; not every city keeps its compounds."""
    modes = {"unit": say("Single unit"), "compound": say("Compound"), "grid": say("Grid")}
    return {
        mode: name
        for mode, name in modes.items()
        if mode != "compound" or unit_ground(city).units.by_compound
    }


def _words(say: Words) -> dict[str, str]:
    return {
        "map": say("Map of the plan: arrow keys move it, Enter draws in its middle, Shift and Enter end a drawing"),
        "tools": say("Drawing tools"),
        "modes": say("What a click takes"),
        "households": say("Households in a grid"),
        "this_unit": say("This unit: {n} households", n="{n}"),
        "selected": say("Units selected: {n}", n="{n}"),
        "selected_homes": say("households: {n}", n="{n}"),
        "locked": say("locked"),
        "changed": say("Elsewhere than in the plan in force"),
        "changed_short": say("Changes"),
        "preview": say("Would change hands"),
        "problem": say("Not allowed as it is"),
        "lost": say("connection lost: the plan shown may be old"),
        "signed_out": say("you are signed out"),
        "zoom_in": say("Zoom in"),
        "zoom_out": say("Zoom out"),
    }  # fmt: skip


def _band_names(say: Words) -> tuple[str, ...]:
    return say("far below"), say("below"), say("within the band"), say("above"), say("far above")


def _legend(say: Words, least: int, most: int) -> tuple[str, ...]:
    """What each colour means, from far below the band to far above it, in whole households."""
    low, high = -int(-least * (1 - FAR) // 1), int(most * (1 + FAR))
    numbers = (f"< {low:,}", f"{low:,}–{least - 1:,}", f"{least:,}–{most:,}", f"{most + 1:,}–{high:,}", f"> {high:,}")  # fmt: skip
    return tuple(
        say("{what}: {names}", what=name, names=span)
        for name, span in zip(_band_names(say), numbers, strict=True)
    )

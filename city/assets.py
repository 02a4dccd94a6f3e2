"""Name the files that browsers get, each by an address that holds its content's hash: kept for ever, never stale."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from city.settings import HOME
from gis.palette import DARK, LIGHT, css_variables

LAYERS = HOME / "gis" / "layers"
PAGES = HOME / "views"
PHONE = HOME / "server" / "assets"
LEAFLET = HOME / "server" / "assets" / "vendor" / "leaflet"

SCRIPTS = (
    LEAFLET / "leaflet.js",
    *(LAYERS / f"{name}.js" for name in ("map", "base", "tiles", "grids", "labels", "spots")),
)
DRAFT_SCRIPTS = (*SCRIPTS[:3], *(LAYERS / f"{name}.js" for name in ("units", "unit_labels", "tools")))
"""The planner's map: the same base, and over it a draft."""
STYLES = (LEAFLET / "leaflet.css", LAYERS / "map.css")
FILES = (
    {
        "redgrid.js": SCRIPTS,
        "drafting.js": DRAFT_SCRIPTS,
        "redgrid.css": STYLES,
    }
    | {name: (PAGES / name,) for name in ("wall.js", "desk.js", "moves.js", "session.js")}
    | {name: (PHONE / name,) for name in ("phone.js", "phone.css")}
)
"""What a map needs, in one script and one style: the component loads scripts one after the other."""

COLOURED = frozenset({"phone.css"})
"""Styles that name the colours of the palette: ``var(--ok)``."""

TYPES = {".js": "text/javascript", ".css": "text/css"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file with its type and its immutable address."""

    body: bytes
    media_type: str
    address: str


@cache
def all_assets() -> dict[str, Asset]:
    """Every asset by its name.

    Raises:
        FileNotFoundError: when the front-end files were not set up; ``make assets`` does it.
    """
    return {name: _asset(name, parts) for name, parts in FILES.items()}


def addresses() -> dict[str, str]:
    """The address of each asset by its name."""
    return {name: asset.address for name, asset in all_assets().items()}


def _asset(name: str, parts: Sequence[Path]) -> Asset:
    body = b"\n".join(part.read_bytes() for part in parts)
    if name in COLOURED:
        body = _colours() + body
    digest = hashlib.sha256(body).hexdigest()[:16]
    return Asset(body, TYPES[Path(name).suffix], f"/assets/{digest}/{name}")


def _colours() -> bytes:
    """The palettes as variables of CSS, dark where the device asks for it."""
    light, dark = css_variables(LIGHT), css_variables(DARK)
    both = f":root{{color-scheme:light dark;{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
    return both.encode()

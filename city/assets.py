"""Name the files that browsers get, each by an address that holds its content's hash: kept for ever, never stale."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from city.settings import HOME

LAYERS = HOME / "gis" / "layers"
LEAFLET = HOME / "server" / "assets" / "vendor" / "leaflet"

FILES = {
    "leaflet.js": LEAFLET / "leaflet.js",
    "leaflet.css": LEAFLET / "leaflet.css",
    **{name: LAYERS / name for name in ("map.js", "map.css", "base.js", "grids.js", "labels.js")},
}
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
    return {name: _asset(name, path) for name, path in FILES.items()}


def addresses() -> dict[str, str]:
    """The address of each asset by its name."""
    return {name: asset.address for name, asset in all_assets().items()}


def _asset(name: str, path: Path) -> Asset:
    body = path.read_bytes()
    digest = hashlib.sha256(body).hexdigest()[:16]
    return Asset(body, TYPES[path.suffix], f"/assets/{digest}/{name}")

"""Copy the front-end files that npm brought to where the server finds them."""

from __future__ import annotations

import shutil
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
LEAFLET = HOME / "node_modules" / "leaflet"
VENDOR = HOME / "server" / "assets" / "vendor" / "leaflet"


def main() -> None:
    """Copy Leaflet: script, style, pictures, licence."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    shutil.copytree(LEAFLET / "dist" / "images", VENDOR / "images")
    for name in ("dist/leaflet.js", "dist/leaflet.css", "LICENSE"):
        shutil.copy(LEAFLET / name, VENDOR)


if __name__ == "__main__":
    main()

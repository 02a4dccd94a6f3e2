"""Look into a file before a library opens it: is it what its name says, and does it name nothing outside itself?

GDAL goes by content, not by name: a text called ``.json`` may be a query on any database of this machine, and the CRS of
a GeoJSON may be an address to be fetched.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path, PurePath
from typing import Any

from domain.said import BadInput, said

HEAD = 4_096
"""Bytes that tell what a file is."""

ELSE = said("it is not what its name says, or names what lies elsewhere")

GEOJSON = frozenset(
    {"FeatureCollection", "Feature", "Polygon", "MultiPolygon", "GeometryCollection", "Point", "MultiPoint", "LineString",
     "MultiLineString"}
)  # fmt: skip

ELSEWHERE = ("crs", "coordRefSys")
"""Members of a GeoJSON that may be an address."""


def must_be_what_it_says(path: Path) -> None:
    """Refuse a file that is not what its name says, or that leads elsewhere.

    Raises:
        BadInput: one sentence with the file.
    """
    kind = path.suffix.lower()
    if kind == ".zip":
        fits = _fits_packed(path)
    elif kind in JSON:
        fits = _is_geojson(path.read_bytes())
    else:
        with path.open("rb") as file:
            fits = BEGINS.get(kind, bool)(file.read(HEAD))
    if not fits:
        raise BadInput(said("{file}: cannot be read as boundaries ({why}).", file=path.name, why=ELSE))


JSON = (".json", ".geojson")


def _is_kml(head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and b"<kml" in head


BEGINS: Mapping[str, Callable[[bytes], bool]] = {
    ".shp": lambda head: head.startswith(b"\x00\x00\x27\x0a"),
    ".gpkg": lambda head: head.startswith(b"SQLite format 3\x00"),
    ".kml": _is_kml,
}
"""How files of a kind begin."""


def _fits_packed(path: Path) -> bool:
    """Is something in a packed file that can be read, and all such things what their names say?"""
    with zipfile.ZipFile(path) as packed:
        found = []
        for name in packed.namelist():
            kind = PurePath(name).suffix.lower()
            if kind in JSON:
                found.append(_is_geojson(packed.read(name)))
            elif kind in BEGINS:
                with packed.open(name) as member:
                    found.append(BEGINS[kind](member.read(HEAD)))
    return bool(found) and all(found)


def _is_geojson(content: bytes) -> bool:
    """Is it a GeoJSON whose CRS, where it tells one, is a name?"""
    leads_away = False

    def looked_at(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal leads_away
        for key, value in pairs:
            if key in ELSEWHERE and isinstance(value, dict) and value.get("type") not in ["name", "EPSG"]:
                leads_away = True
        return dict(pairs)

    try:
        told = json.loads(content.removeprefix(b"\xef\xbb\xbf"), object_pairs_hook=looked_at)
    except (ValueError, RecursionError):
        return False
    return isinstance(told, dict) and str(told.get("type")) in GEOJSON and not leads_away

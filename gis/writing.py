"""Write boundaries for other programs, by the file's ending, in EPSG:4326: GeoJSON (RFC 7946), GeoPackage, Shapefile."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import shapely

from domain.grids import Grid
from domain.said import BadInput, said
from gis.drivers import pyogrio

Written = tuple[Grid, int, bytes]
"""A grid, the number of its units, its outline as WKB."""

LAYER = "grids"
"""The name of the one layer, and of a shapefile's parts."""

RFC7946 = {"RFC7946": "YES", "COORDINATE_PRECISION": 7}
"""Outer rings counter-clockwise, no ``crs``, WGS84; seven places are a centimetre."""


def write_boundaries(path: Path, grids: Sequence[Written]) -> None:
    """Grids with their number of units and their outline as WKB; written whole or not at all.

    Raises:
        BadInput: when the file's ending is none of these, or the file cannot be written.
    """
    content = boundaries_bytes(path.suffix.lower(), grids, file=path.name)
    scratch = path.with_name(f".{path.name}.part")
    try:
        scratch.write_bytes(content)
        scratch.replace(path)
    except OSError as error:
        raise _not_written(path.name, error.strerror or error) from error
    finally:
        scratch.unlink(missing_ok=True)


def boundaries_bytes(kind: str, grids: Sequence[Written], *, file: str = "") -> bytes:
    """The same as the content of a file of a kind: ``.geojson``, ``.json``, ``.gpkg``, or ``.zip`` for a shapefile.

    Raises:
        BadInput: when there is no such kind, or no room to write.
    """
    make = KINDS.get(kind)
    if make is None:
        raise BadInput(
            said("{file}: boundaries are written as {kinds}.", file=file, kinds="geojson, gpkg, zip")
        )
    folder = Path(tempfile.mkdtemp(prefix="redgrid-"))
    try:
        return make(_frame(grids), folder).read_bytes()
    except (OSError, pyogrio.errors.DataSourceError) as error:
        raise _not_written(file, error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _not_written(file: str, why: object) -> BadInput:
    return BadInput(said("{file}: cannot be written ({why}).", file=file, why=why))


def _frame(grids: Sequence[Written]) -> gpd.GeoDataFrame:
    """The grids as a table; codes are text, and no name of a column is longer than the ten letters of a shapefile."""
    frame = gpd.GeoDataFrame(
        {
            "code": [g.code for g, _, _ in grids],
            "name": [g.name for g, _, _ in grids],
            "parent": [g.parent for g, _, _ in grids],
            "households": [g.households for g, _, _ in grids],
            "units": [units for _, units, _ in grids],
        },
        geometry=list(shapely.from_wkb([outline for _, _, outline in grids])),
        crs=4326,
    )
    return frame.astype({"code": "string", "name": "string", "parent": "string", "households": "Int64"})


def _geojson(frame: gpd.GeoDataFrame, folder: Path) -> Path:
    path = folder / f"{LAYER}.geojson"
    frame.to_file(path, driver="GeoJSON", layer=LAYER, engine="pyogrio", **RFC7946)
    return path


def _geopackage(frame: gpd.GeoDataFrame, folder: Path) -> Path:
    path = folder / f"{LAYER}.gpkg"
    frame.to_file(path, driver="GPKG", layer=LAYER, engine="pyogrio")
    return path


def _shapefile(frame: gpd.GeoDataFrame, folder: Path) -> Path:
    """A shapefile is several files; they travel as one."""
    parts = folder / LAYER
    parts.mkdir()
    frame.to_file(parts / f"{LAYER}.shp", driver="ESRI Shapefile", engine="pyogrio", encoding="UTF-8")
    path = folder / f"{LAYER}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for part in sorted(parts.iterdir()):
            packed.write(part, part.name)
    return path


KINDS: Mapping[str, Callable[[gpd.GeoDataFrame, Path], Path]] = {
    ".geojson": _geojson, ".json": _geojson, ".gpkg": _geopackage, ".zip": _shapefile,
}  # fmt: skip
"""How boundaries are written, by the file's ending."""

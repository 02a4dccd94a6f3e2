"""Write boundaries for other programs: GeoJSON or GeoPackage, by the file's ending, in EPSG:4326."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import shapely

from domain.grids import Grid
from domain.said import BadInput, said

DRIVERS = {".geojson": "GeoJSON", ".json": "GeoJSON", ".gpkg": "GPKG"}


def write_boundaries(path: Path, grids: Sequence[tuple[Grid, int, bytes]]) -> None:
    """Grids with their number of units and their outline as WKB; written whole or not at all.

    Raises:
        BadInput: when the file's ending is none of these, or the file cannot be written.
    """
    driver = DRIVERS.get(path.suffix.lower())
    if driver is None:
        raise BadInput(
            said("{file}: boundaries are written as {kinds}.", file=path.name, kinds="geojson, gpkg")
        )
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
    frame["households"] = frame["households"].astype("Int64")
    scratch = path.with_name(f".{path.stem}.part{path.suffix}")
    options = {"COORDINATE_PRECISION": 7, "RFC7946": "NO"} if driver == "GeoJSON" else {}
    try:
        frame.to_file(scratch, driver=driver, layer="grids", **options)
        scratch.replace(path)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        raise BadInput(
            said("{file}: cannot be written ({why}).", file=path.name, why=error.strerror or error)
        ) from error

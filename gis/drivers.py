"""Let GDAL know the formats that this program reads and writes, and no other.

Many of its drivers read other files, databases and addresses that a file names: a file from outside must not choose one.
What GDAL does not know when it begins it never opens, so every module takes ``pyogrio`` from here.
"""

from __future__ import annotations

import os

NEVER = (
    "OGR_VRT", "GDALG", "HTTP", "WFS", "OAPIF", "CSW", "OGCAPI", "EEDA", "Elasticsearch", "Carto", "AmigoCloud",
    "PLSCENES", "NGW", "ADBC", "GPSBabel", "SQLite", "CSV", "XLSX", "ODS", "MVT", "MBTiles", "PMTiles", "JSONFG",
    "GeoJSONSeq", "ESRIJSON", "TopoJSON", "MapInfo File", "GML", "GPX", "OSM", "GTFS", "OpenFileGDB", "MapML", "GeoRSS",
    "LVBAG", "VDV", "VFK", "OGR_PDS", "PDS4", "S57", "DXF",
)  # fmt: skip
"""Drivers that fetch from elsewhere, run a query, or take a file for something that its name does not say."""

os.environ["OGR_SKIP"] = ",".join(
    dict.fromkeys([*filter(None, os.environ.get("OGR_SKIP", "").split(",")), *NEVER])
)

import pyogrio  # noqa: E402 - GDAL reads the list when it is loaded

__all__ = ["pyogrio"]

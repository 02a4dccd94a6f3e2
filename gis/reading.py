"""Read boundaries from the files that cities have: GeoJSON, GeoPackage, Shapefile (also zipped, GBK), KML, Parquet."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from domain.said import BadInput, said
from gis.apart import Unreadable, apart
from gis.crs import WGS84, must_be_degrees, to_wgs84
from gis.drivers import pyogrio
from gis.packed import must_unpack_small, unpacked
from gis.sniffing import must_be_what_it_says

SUFFIXES = (".geojson", ".json", ".gpkg", ".shp", ".zip", ".kml", ".parquet")
LARGEST_UNPACKED = 2_000_000_000
"""Bytes that a zipped file may unpack to."""

LARGEST_FILE = 2_000_000_000
"""Bytes of a file of boundaries."""

LONGEST_NUMBER = 1e15
"""What floating numbers and spreadsheets hold exactly."""

MOST_HOUSEHOLDS = 10_000_000
"""Households of one grid: more is a slip of the pen, or another field."""

LONGEST_NAME = 200
"""Characters of a grid's name."""

UNFIT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""What is no letter of a code or a name: control characters, and halves of letters."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Columns:
    """Which of the file's columns mean what."""

    code: str
    name: str
    parent: str | None = None
    households: str | None = None


@dataclass(frozen=True, slots=True)
class ReadGrid:
    """One grid as a file tells it, its outline in EPSG:4326."""

    code: str
    name: str
    parent: str | None
    households: int | None
    outline: shapely.Geometry


def read_boundaries(path: Path, columns: Columns, crs: str | None = None) -> list[ReadGrid]:
    """The grids of a file.

    Raises:
        BadInput: one sentence with the file, and the row and field where there is one.
    """
    frame = _open(path)
    _must_have(frame, [columns.code, columns.name, columns.parent, columns.households], path)
    if frame.empty:
        raise BadInput(said("{file}: there is nothing in it.", file=path.name))
    outlines = _outlines(frame, path, crs)
    codes = _codes(frame[columns.code], columns.code, path)
    names = _names(frame[columns.name], codes, columns.name, path)
    parents = (
        _codes(frame[columns.parent], columns.parent, path, unique=False)
        if columns.parent
        else [None] * len(codes)
    )
    homes = _households(frame, columns.households, path)
    return [ReadGrid(*row) for row in zip(codes, names, parents, homes, outlines, strict=True)]


def _open(path: Path) -> gpd.GeoDataFrame:
    if not path.is_file():
        raise BadInput(said("{file}: there is no such file.", file=path.name))
    if path.suffix.lower() not in SUFFIXES:
        raise BadInput(
            said(
                "{file}: boundaries come as {kinds}.",
                file=path.name,
                kinds=", ".join(s[1:] for s in SUFFIXES),
            )
        )
    read = _read_apart(frame_in, path)
    if not isinstance(read, gpd.GeoDataFrame):
        raise BadInput(said("{file}: has no geometry.", file=path.name))
    return read


def _read_apart(read: Callable[[Path], T], path: Path) -> T:
    """What a library makes of a file, in a process of its own; one sentence where it makes nothing of it."""
    if path.stat().st_size > LARGEST_FILE:
        raise BadInput(said("{file}: is larger than {n} MB.", file=path.name, n=LARGEST_FILE // 1_000_000))
    if path.suffix.lower() == ".zip":
        must_unpack_small(path, LARGEST_UNPACKED)
    try:
        return apart(read, path)
    except Unreadable as error:
        raise BadInput(
            said("{file}: cannot be read as boundaries ({why}).", file=path.name, why=error)
        ) from error


def frame_in(path: Path) -> gpd.GeoDataFrame:
    """What is in a file, as the library tells it. For a process of its own."""
    must_be_what_it_says(path)
    with np.errstate(invalid="ignore"):  # numbers that are none are told with their row
        if path.suffix.lower() == ".parquet":
            read = gpd.read_parquet(path)
        else:
            read = gpd.read_file(path, encoding=_encoding(path), engine="pyogrio")
    if isinstance(read, gpd.GeoDataFrame):
        shapes = np.array(read.geometry.array, dtype=object)
        _must_be_finite(shapes, path)
        # A ring that crosses itself a million times takes hours to be understood: that is found out here, where time is short.
        shapely.make_valid(shapes[~shapely.is_valid(shapes)])
    return read


def _must_be_finite(shapes: NDArray[np.object_], path: Path) -> None:
    places, row = shapely.get_coordinates(shapes, return_index=True)
    endless = row[~np.isfinite(places).all(axis=1)]
    if endless.size:
        raise BadInput(
            said("{file}: row {row}: a coordinate is no finite number.", file=path.name, row=int(endless[0]) + 1)
        )  # fmt: skip


def fields_in(path: Path) -> frozenset[str]:
    """The fields that a file of boundaries has beside its geometry.

    Raises:
        BadInput: when it cannot be read.
    """
    return _read_apart(names_in, path)


def names_in(path: Path) -> frozenset[str]:
    """The names of its fields, as the library tells them. For a process of its own."""
    must_be_what_it_says(path)
    return frozenset(str(field) for field in pyogrio.read_info(path, encoding=_encoding(path))["fields"])


def _encoding(path: Path) -> str | None:
    """The encoding of a shapefile's table that does not say it: UTF-8 where it is that, else GBK."""
    if path.suffix.lower() == ".shp":
        if any(path.with_suffix(s).exists() for s in (".cpg", ".CPG")):
            return None
        table = next((path.with_suffix(s) for s in (".dbf", ".DBF") if path.with_suffix(s).exists()), None)
        return _guess(table.read_bytes()) if table else None
    if path.suffix.lower() != ".zip":
        return None
    with zipfile.ZipFile(path) as packed:
        names = packed.namelist()
        table_name = next((n for n in names if n.lower().endswith(".dbf")), None)
        if table_name is None or any(n.lower().endswith(".cpg") for n in names):
            return None
        return _guess(unpacked(packed, table_name, LARGEST_UNPACKED))


def _guess(table: bytes) -> str:
    """The encoding of a dBASE table, from its records alone: field names are short and plain."""
    header = int.from_bytes(table[8:10], "little")
    try:
        table[header:].decode("utf-8")
    except UnicodeDecodeError:
        return "GBK"
    return "UTF-8"


def _must_have(frame: gpd.GeoDataFrame, wanted: list[str | None], path: Path) -> None:
    present = [str(c) for c in frame.columns if c != frame.geometry.name]
    for field in wanted:
        if field is not None and field not in present:
            raise BadInput(
                said(
                    "{file}: has no field {field}; it has {present}.",
                    file=path.name,
                    field=field,
                    present=", ".join(present),
                )
            )


def _outlines(frame: gpd.GeoDataFrame, path: Path, crs: str | None) -> list[shapely.Geometry]:
    shapes = np.array(frame.geometry.array, dtype=object)
    for row, shape in enumerate(shapes, start=1):
        if shape is None or shape.is_empty:
            raise BadInput(said("{file}: row {row}: has no geometry.", file=path.name, row=row))
        if shape.geom_type not in ("Polygon", "MultiPolygon"):
            raise BadInput(
                said(
                    "{file}: row {row}: is a {kind}, no polygon.",
                    file=path.name,
                    row=row,
                    kind=shape.geom_type,
                )
            )
    shapes = shapely.force_2d(shapes)
    source = crs or (frame.crs.to_wkt() if frame.crs is not None else WGS84)
    if not crs and (frame.crs is None or frame.crs.is_geographic):
        must_be_degrees(shapely.total_bounds(shapes), path.name)
    moved = shapely.transform(shapes, to_wgs84(source))
    if not np.isfinite(shapely.get_coordinates(moved)).all():
        raise BadInput(
            said(
                "{file}: the coordinates do not fit the CRS {crs}.", file=path.name, crs=crs or "of the file"
            )
        )
    must_be_degrees(shapely.total_bounds(moved), path.name)
    return list(moved)


def _codes(values: pd.Series, field: str, path: Path, *, unique: bool = True) -> list[str]:
    codes = []
    for row, value in enumerate(values, start=1):
        code = _text(value)
        if not code:
            raise BadInput(
                said("{file}: row {row}: field {field} is empty.", file=path.name, row=row, field=field)
            )
        if len(code) > 64:
            raise BadInput(
                said(
                    "{file}: row {row}: field {field} is longer than 64 characters.",
                    file=path.name,
                    row=row,
                    field=field,
                )
            )
        _must_be_letters(code, row, field, path)
        codes.append(code)
    _must_be_exact(values, field, path)
    _must_keep_zeros(values, codes, field, path)
    if unique and len(set(codes)) < len(codes):
        twice = codes[int(np.flatnonzero(pd.Series(codes).duplicated())[0])]
        row = len(codes) - codes[::-1].index(twice)
        raise BadInput(
            said("{file}: row {row}: code {code} is there twice.", file=path.name, row=row, code=twice)
        )
    return codes


def _names(values: pd.Series, codes: list[str], field: str, path: Path) -> list[str]:
    """The name of each grid; its code where it has none."""
    names = []
    for row, (value, code) in enumerate(zip(values, codes, strict=True), start=1):
        name = _text(value)
        if len(name) > LONGEST_NAME:
            raise BadInput(
                said(
                    "{file}: row {row}: field {field} is longer than {n} characters.",
                    file=path.name, row=row, field=field, n=LONGEST_NAME,
                )
            )  # fmt: skip
        _must_be_letters(name, row, field, path)
        names.append(name or code)
    return names


def _must_be_letters(text: str, row: int, field: str, path: Path) -> None:
    """Refuse what no database keeps and no page shows."""
    if UNFIT.search(text):
        raise BadInput(
            said("{file}: row {row}: field {field} holds characters that are no text.", file=path.name, row=row, field=field)
        )  # fmt: skip


def _must_be_exact(values: pd.Series, field: str, path: Path) -> None:
    """Long codes that were kept as floating numbers have lost their last digits."""
    if not pd.api.types.is_float_dtype(values):
        return
    for row, value in enumerate(values, start=1):
        if abs(value) >= LONGEST_NUMBER:
            raise BadInput(
                said(
                    "{file}: row {row}: field {field}: {code} is a code that was kept as a number, its last digits are lost. Keep codes as text.",
                    file=path.name, row=row, field=field, code=f"{value:.5E}",
                )
            )  # fmt: skip


def _must_keep_zeros(values: pd.Series, codes: list[str], field: str, path: Path) -> None:
    """Codes that a spreadsheet took for numbers have lost their leading zeros; lengths tell."""
    lengths = {len(code) for code in codes}
    if len(lengths) > 1 and pd.api.types.is_numeric_dtype(values):
        short = min(codes, key=len)
        raise BadInput(
            said(
                "{file}: row {row}: code {code} in field {field} is shorter than the others; a spreadsheet may have eaten its leading zeros. Keep codes as text.",
                file=path.name, row=codes.index(short) + 1, code=short, field=field,
            )
        )  # fmt: skip


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)) or value is pd.NA:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _households(frame: gpd.GeoDataFrame, field: str | None, path: Path) -> list[int | None]:
    if field is None:
        return [None] * len(frame)
    found: list[int | None] = []
    for row, value in enumerate(frame[field], start=1):
        text = _text(value)
        if text and not (text.isascii() and text.isdigit() and float(text) <= MOST_HOUSEHOLDS):
            raise BadInput(
                said(
                    "{file}: row {row}: field {field}: {value} is no number of households.",
                    file=path.name,
                    row=row,
                    field=field,
                    value=text[:40],
                )
            )
        found.append(int(text) if text else None)
    return found

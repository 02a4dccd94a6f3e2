"""Make photos fit to keep: upright, small, and without what the camera wrote into them."""

from __future__ import annotations

import io
import struct
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import BoundedSemaphore

from PIL import Image, ImageOps, UnidentifiedImageError

from city.opened import City
from domain.actions.tickets import may_read
from domain.people import Person
from domain.said import BadInput, Refused, said
from storage import photos

LARGEST_SENT = 20_000_000
"""Bytes of a picture as it comes from a telephone."""

LARGEST_KEPT = 400_000
LONGEST_SIDE = 1_600
QUALITIES = (85, 75, 65, 55, 40, 25)
FORMATS = ("JPEG", "PNG", "WEBP")
LARGEST_IMAGE = 80_000_000
"""Pixels: more is no photograph of a street."""

LARGEST_WHOLE = 24_000_000
"""Pixels of what can only be read whole, which takes up to 16 bytes each: what is not JPEG, or JPEG that comes into focus
bit by bit. Other JPEG is read small at once."""

AT_ONCE = 2
"""Pictures read at the same time: a few hundred kilobytes that were sent may take hundreds of megabytes to read."""

MOST_WAITING = 20
"""Pictures read or waiting: whoever waits keeps a thread from the pages."""

_few = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="photo")
_places = BoundedSemaphore(MOST_WAITING)

BROKEN = (UnidentifiedImageError, OSError, ValueError, SyntaxError, TypeError, struct.error)
"""What Pillow raises at a picture, or at a camera's notes in it, that is broken."""


def prepared(raw: bytes, *, side: int = LONGEST_SIDE, largest: int = LARGEST_KEPT) -> bytes:
    """A JPEG of at most so many bytes, its longer side of at most so many pixels, that stands upright; place and
    camera are gone. Waits for its turn.

    Raises:
        Refused: when it is no picture, or too large – told by its content, not by its name – or too many wait.
    """
    if len(raw) > LARGEST_SENT:
        raise Refused(said("A photo has at most {n} MB.", n=LARGEST_SENT // 1_000_000))
    if not _places.acquire(blocking=False):
        raise Refused(said("Too many photos came just now. Please try again in a minute."))
    try:
        return _few.submit(_made_small, raw, side, largest).result()
    finally:
        _places.release()


def photo_beside(
    folder: Path, name: str, field: str, *, side: int = LONGEST_SIDE, largest: int = LARGEST_KEPT
) -> bytes:  # fmt: skip
    """The photo that a table's row names beside its file, fit to keep; no path leads out of the table's folder.

    Raises:
        BadInput: when there is no such file, or it is no photo.
    """
    file = _file_beside(folder, name)
    if file is None:
        raise BadInput(
            said("field {field}: there is no file {file} beside the table", field=field, file=name[:80])
        )
    if file.stat().st_size > LARGEST_SENT:
        raise BadInput(said("field {field}: {file} is larger than {n} MB", field=field, file=name, n=LARGEST_SENT // 1_000_000))  # fmt: skip
    try:
        return prepared(file.read_bytes(), side=side, largest=largest)
    except Refused as refused:
        raise BadInput(said("field {field}: {file} is no photo", field=field, file=name)) from refused


def _file_beside(folder: Path, name: str) -> Path | None:
    """The file of this name in a folder; None where there is none."""
    try:
        file = (folder / name).resolve()
        return file if file.is_relative_to(folder.resolve()) and file.is_file() else None
    except (OSError, ValueError):
        # A name too long, or with a letter that no name has, is no file's.
        return None


def _made_small(raw: bytes, side: int, largest: int) -> bytes:
    image = _upright(raw, side)
    for longest in (side, side // 2, side // 4):
        image.thumbnail((longest, longest))
        for quality in QUALITIES:
            kept = _jpeg(image, quality)
            if len(kept) <= largest:
                return kept
    raise Refused(said("This photo cannot be made small enough."))


def photo_for(city: City, person: Person, number: int) -> bytes | None:
    """The photo with this number; None when there is none, or this person may not read its ticket."""
    with city.database.read() as connection:
        found = photos.photo(connection, number)
    return found[1] if found and may_read(person, found[0], city.rulebook) else None


def _upright(raw: bytes, side: int) -> Image.Image:
    """The picture upright and of about that side: it is made small before it is turned, for each step takes a copy."""
    try:
        with Image.open(io.BytesIO(raw), formats=FORMATS) as image:
            if image.width * image.height > _most_pixels(image):
                raise Refused(said("This photo has too many pixels."))
            small: Image.Image = image if image.mode in ("RGB", "L") else image.convert("RGB")
            small.thumbnail((side, side))
            upright = _turned(small).convert("RGB")
    except (*BROKEN, Image.DecompressionBombError) as error:
        raise Refused(said("This file is no photo: JPEG, PNG or WebP are taken.")) from error
    # What is left here, a comment for one, Pillow writes into the new file.
    upright.info.clear()
    return upright


def _most_pixels(image: Image.Image) -> int:
    is_read_small = image.format == "JPEG" and not image.info.get("progressive")
    return LARGEST_IMAGE if is_read_small else LARGEST_WHOLE


def _turned(image: Image.Image) -> Image.Image:
    """The picture as the camera was held; as it lies where the camera's notes cannot be read."""
    try:
        return ImageOps.exif_transpose(image)
    except BROKEN:
        return image


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()

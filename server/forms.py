"""Read a form that a page of ours was sent: its token checked, no larger than an honest one, nothing read by its name.

A page puts ``form_token(request)`` into ``<input type="hidden" name="form_token">`` and reads what comes back with
``await read_form(request)``. Whatever is refused here is a :class:`NotTaken`, which carries its sentence and status.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from city.form_tokens import is_token_of, token_for
from city.opened import here
from city.photos import LARGEST_SENT, prepared
from city.signed_in import COOKIE
from domain.said import Refused, Said, said
from domain.tickets import without_commands
from server.arriving import TOO_SLOW, TooMuch, TooSlow, arriving

TOKEN = "form_token"
"""The name of the hidden field."""

TYPED = "redgrid.typed"
"""Where a request keeps what was typed into its form, until it is answered."""

LARGEST_TEXT = 64_000
"""Bytes of everything in a form that is no photo."""

LONGEST_FIELD = 16_000
"""Bytes of one field: 2,000 Chinese characters take 6,000, and 18,000 where a browser codes them for an address."""

MOST_FIELDS = 60


class NotTaken(Refused):
    """A form is not read; ``because`` tells the person why, ``status`` tells the browser."""

    status = 400


class Forged(NotTaken):
    """The form was not shown by this host to this session, or too long ago."""

    status = 403

    def __init__(self, form: Form) -> None:
        super().__init__(
            said("This form is too old, or it is not ours. Please open the page again and send it once more.")
        )
        self.form = form
        """What was typed, to be shown again and never acted on."""


class TooLarge(NotTaken):
    """More than any honest form holds."""

    status = 413


class TooLate(NotTaken):
    """The form came too slowly, or stopped in the middle."""

    status = 408

    def __init__(self) -> None:
        super().__init__(TOO_SLOW)


class Broken(NotTaken):
    """What came cannot be read as a form."""

    def __init__(self) -> None:
        super().__init__(said("This form arrived damaged. Please send it again."))


@dataclass(frozen=True, slots=True)
class Form:
    """What was sent. ``fields`` holds the first value of each name, ``many`` all; ``photos`` the bytes as they came."""

    fields: Mapping[str, str]
    photos: tuple[bytes, ...] = ()
    many: Mapping[str, tuple[str, ...]] | None = None

    def __getitem__(self, name: str) -> str:
        """A field's text without spaces around it; empty where it was not sent."""
        return self.fields.get(name, "").strip()

    def all(self, name: str) -> tuple[str, ...]:
        """Every value that was sent under a name."""
        return (self.many or {}).get(name, ())

    def photos_to_keep(self) -> tuple[bytes, ...]:
        """The photos made fit to keep: upright, small, without place. Takes a moment each: not for the event loop.

        Raises:
            Refused: when one is no photo, by its content, or too large.
        """
        return tuple(prepared(photo) for photo in self.photos)


def form_token(request: Request) -> str:
    """What a form of this page carries in its hidden field :data:`TOKEN`. Asks the database: not for the event loop."""
    return token_for(here(), request.cookies.get(COOKIE))


async def read_form(request: Request, *, files: int = 0, largest: int | None = None) -> Form:
    """The form of a request, url-encoded or multipart, with at most so many ``files`` and ``largest`` bytes in all.

    Raises:
        TooLarge: when it holds more than that, too many fields, or too long ones.
        Forged: when its token is not this session's.
        Broken: when it is no form.
    """
    form = await _read(request, files, largest)
    session = request.cookies.get(COOKIE)
    if not await run_in_threadpool(is_token_of, here(), form[TOKEN], session):
        raise Forged(form)
    return form


async def typed_in(request: Request, *, files: int) -> Mapping[str, str]:
    """What was typed into a form that nobody can take just now, to be shown again: never acted on, and no password."""
    form = request.scope.get(TYPED)
    if form is None:
        with suppress(NotTaken):
            form = await _read(request, files, None)
    fields = form.fields if isinstance(form, Form) else {}
    return {name: text for name, text in fields.items() if "password" not in name}


async def _read(request: Request, files: int, largest: int | None) -> Form:
    limit = largest if largest is not None else LARGEST_TEXT + files * LARGEST_SENT
    is_multipart = request.headers.get("content-type", "").startswith("multipart/form-data")
    if is_multipart:
        pairs, photos = await _multipart(request, files, limit)
    else:
        pairs, photos = await _url_encoded(request, min(limit, LARGEST_TEXT)), ()
    form = _form_of(pairs, photos)
    request.scope[TYPED] = form
    return form


def _form_of(pairs: list[tuple[str, str]], photos: tuple[bytes, ...]) -> Form:
    many: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        many[name] = (*many.get(name, ()), without_commands(value.replace("\r\n", "\n")))
    return Form({name: values[0] for name, values in many.items()}, photos, many)


async def _url_encoded(request: Request, limit: int) -> list[tuple[str, str]]:
    body = b"".join([part async for part in _within(request, limit)])
    try:
        text = body.decode("utf-8", errors="replace")
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="replace")
    except ValueError as error:
        raise _too_large() from error
    if any(len(value.encode(errors="replace")) > LONGEST_FIELD for _, value in pairs):
        raise _too_large()
    return pairs


async def _multipart(
    request: Request, files: int, limit: int
) -> tuple[list[tuple[str, str]], tuple[bytes, ...]]:
    body = _within(request, limit)
    parser = MultiPartParser(
        request.headers, body, max_files=files, max_fields=MOST_FIELDS, max_part_size=LONGEST_FIELD
    )  # fmt: skip
    try:
        parts = (await parser.parse()).multi_items()
    except MultiPartException as error:
        async for _ in body:
            # The browser sends on, and hears the answer only once it is done.
            continue
        raise _told(error, files) from error
    pairs: list[tuple[str, str]] = []
    photos: list[bytes] = []
    for name, part in parts:
        if isinstance(part, UploadFile):
            photos.append(await part.read())
            await part.close()
        else:
            pairs.append((name, part))
    # A file field that was left empty arrives as a file of nothing.
    return pairs, tuple(photo for photo in photos if photo)


def _told(error: MultiPartException, files: int) -> NotTaken:
    """The library tells what was wrong in words alone."""
    if error.message.startswith("Too many files"):
        return TooLarge(said("Photos that can be sent at once: {n}.", n=files))
    if error.message.startswith(("Too many", "Part exceeded")):
        return _too_large()
    return Broken()


async def _within(request: Request, limit: int) -> AsyncGenerator[bytes]:
    """The body as it arrives.

    Raises:
        TooLarge, TooLate: when there was more, or it did not come in time.
    """
    try:
        async for piece in arriving(request, limit):
            yield piece
    except TooMuch as error:
        raise _too_large(limit) from error
    except TooSlow as error:
        raise TooLate from error


def _too_large(limit: int = 0) -> TooLarge:
    because: Said = said("This form is too long.")
    if limit > LARGEST_TEXT:
        because = said("This is more than can be sent at once: {n} MB at most.", n=limit // 1_000_000)
    return TooLarge(because)

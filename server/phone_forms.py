"""Forms of the phone: read, done or shown once more with what was typed, and never lost."""

from __future__ import annotations

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from domain.said import Busy, Refused, Stale
from server.forms import Forged, Form, NotTaken, read_form
from server.phone import call_of, told


async def answered(
    request: Request, do: Callable[[Request, Form], Response], again: Callable[[Request, Forged], Response], *,
    back: str, files: int = 0,
) -> Response:  # fmt: skip
    """Read the form of a request and do what it asks for; ``again`` shows one that is too old once more, with a token of
    now and nothing done. What cannot be read is told, with the way ``back``."""
    try:
        form = await read_form(request, files=files)
    except Forged as refused:
        return await run_in_threadpool(again, request, refused)
    except NotTaken as refused:
        return await run_in_threadpool(_not_taken, request, refused, back)
    return await run_in_threadpool(do, request, form)


def only_told(request: Request, refused: NotTaken) -> Response:
    """Where a form that is too old holds nothing worth showing again, it is told like any that cannot be read."""
    return _not_taken(request, refused, request.url.path)


def _not_taken(request: Request, refused: NotTaken, back: str) -> Response:
    return told(call_of(request), refused.because, refused.status, back)


def status_of(refused: Refused) -> int:
    """What a browser is told of a refusal: to come again, that somebody was faster, or that it cannot be done."""
    return next((status for kind, status in STATUS.items() if isinstance(refused, kind)), 422)


STATUS: dict[type[Refused], int] = {Busy: 503, Stale: 409}

"""Say whether the app can do its work, to whoever watches the machine: in single words, without a sign-in."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from city.opened import here
from city.vitals import ails

PATIENCE = 5.0
"""Seconds after which a store that has not answered does not answer."""

_one = ThreadPoolExecutor(1, thread_name_prefix="health")
_lock = Lock()
_asked: Future[tuple[str, ...]] | None = None


async def healthz(_request: Request) -> Response:
    """``GET /healthz``: 200 when the city can work, else 503 with what ails it: store, schema, plan, sweep. No more."""
    try:
        ailing = await asyncio.wait_for(asyncio.wrap_future(_answer()), PATIENCE)
    except TimeoutError:
        ailing = ("store",)
    told = {"status": "failed", "failed": ailing} if ailing else {"status": "ok"}
    return JSONResponse(told, status_code=503 if ailing else 200, headers={"Cache-Control": "no-store"})


def _answer() -> Future[tuple[str, ...]]:
    """One look serves all who ask meanwhile: a store that does not answer holds up one thread, not every one."""
    global _asked
    with _lock:
        if _asked is None or _asked.done():
            _asked = _one.submit(ails, here())
        # Whoever stops waiting must not take the look away from the others.
        return _shielded(_asked)


def _shielded(look: Future[tuple[str, ...]]) -> Future[tuple[str, ...]]:
    own: Future[tuple[str, ...]] = Future()

    def pass_on(done: Future[tuple[str, ...]]) -> None:
        if not own.set_running_or_notify_cancel():
            return
        if error := done.exception():
            own.set_exception(error)
        else:
            own.set_result(done.result())

    look.add_done_callback(pass_on)
    return own

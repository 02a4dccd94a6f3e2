"""The app: Streamlit and the routes beside it, in one ASGI process. Started by ``redgrid run`` or ``streamlit run dashboard.py``."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from typing import Any

import streamlit as st
from starlette.concurrency import run_in_threadpool

from city.counting import add_up_changes
from city.daily import once_a_day
from city.opened import City, here
from city.searching import seal_new_tickets
from city.snapshots import take_missing
from city.sweeping import sweep_city
from demo.first import make_ready
from server import arenas, garbage, logs
from server.routes import MIDDLEWARE, ROUTES
from views import answers, carrying, component, turns
from views.runs import request_of_run

log = logging.getLogger("redgrid")

PAGES = ("views.navigation", "views.ticket", "views.wall")
"""What the page's script brings in: known before the first visitor comes."""

ROUND: Mapping[str, Callable[[City], object]] = {
    # First what was: a sweep moves what was overdue at midnight.
    "the snapshot of the day": lambda city: take_missing(city, city.now()),
    "the sweep": sweep_city,
    "the anchor of the day": once_a_day,
    "the search": seal_new_tickets,
    "the counts of days": add_up_changes,
}
"""What the clock does each time, in this order."""


async def _let_the_clock_act() -> None:
    """Take the day that is over, and sweep, now and then; of several processes on one database one does it.

    What fails is told and tried again, and keeps nothing else from being done.
    """
    every = here().settings.sweep_seconds
    while every > 0:
        for what, do in ROUND.items():
            try:
                await run_in_threadpool(do, here())
            except Exception:
                log.exception("%s failed; it is tried again in %s seconds", what, every)
        await asyncio.sleep(every)


@asynccontextmanager
async def _lifespan(_app: Any) -> AsyncIterator[None]:
    arenas.hold_few()
    logs.begin(here().settings, request_of_run)
    component.register()
    answers.keep_answers()
    carrying.carry_together()
    turns.take_turns(turns.BESIDE_A_FILE if here().database.is_sqlite else turns.BESIDE_A_SERVER)
    make_ready(here())
    here().warm_up()
    for page in PAGES:
        import_module(page)
    garbage.settle()
    # Libraries that began to log since are brought along.
    tasks = [
        asyncio.create_task(garbage.collect(logs.bring_along)),
        asyncio.create_task(_let_the_clock_act()),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


app = st.App("views/main.py", routes=ROUTES, middleware=MIDDLEWARE, lifespan=_lifespan)

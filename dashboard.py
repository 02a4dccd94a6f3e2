"""The app: Streamlit and the routes beside it, in one ASGI process. Started by ``redgrid run`` or ``streamlit run dashboard.py``."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import streamlit as st
from starlette.concurrency import run_in_threadpool

from city.opened import here
from city.sweeping import sweep_city
from demo.first import make_ready
from server.routes import MIDDLEWARE, ROUTES
from views import component

log = logging.getLogger("redgrid")

COLLECT_SECONDS = 5.0
"""How often garbage is collected: Streamlit would do it after every click, which then takes most of the time."""


async def _collect_garbage() -> None:
    while True:
        await asyncio.sleep(COLLECT_SECONDS)
        gc.collect()


async def _let_the_clock_act() -> None:
    """Sweep now and then; of several processes on one database one does it. A sweep that fails is told and tried again."""
    every = here().settings.sweep_seconds
    while every > 0:
        try:
            await run_in_threadpool(sweep_city, here())
        except Exception:
            log.exception("the sweep failed; it is tried again in %s seconds", every)
        await asyncio.sleep(every)


@asynccontextmanager
async def _lifespan(_app: Any) -> AsyncIterator[None]:
    component.register()
    make_ready(here())
    here().warm_up()
    tasks = [asyncio.create_task(_collect_garbage()), asyncio.create_task(_let_the_clock_act())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


app = st.App("views/main.py", routes=ROUTES, middleware=MIDDLEWARE, lifespan=_lifespan)

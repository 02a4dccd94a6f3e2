"""The app: Streamlit and the routes beside it, in one ASGI process. Started by ``redgrid run`` or ``streamlit run dashboard.py``."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import streamlit as st

from city.opened import here
from demo.first import make_ready
from server.routes import MIDDLEWARE, ROUTES
from views import component

SWEEP_SECONDS = 5.0
"""How often garbage is collected: Streamlit would do it after every click, which then takes most of the time."""


async def _collect_garbage() -> None:
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        gc.collect()


@asynccontextmanager
async def _lifespan(_app: Any) -> AsyncIterator[None]:
    component.register()
    make_ready(here())
    here().warm_up()
    sweeping = asyncio.create_task(_collect_garbage())
    try:
        yield
    finally:
        sweeping.cancel()
        with suppress(asyncio.CancelledError):
            await sweeping


app = st.App("views/main.py", routes=ROUTES, middleware=MIDDLEWARE, lifespan=_lifespan)

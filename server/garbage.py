"""Collect garbage beside the work: what is there for good is looked at no more, what was just made is often, all of it seldom.

Streamlit would collect everything after every click, which then takes most of a click's time; and with some hundred
open pages one collection of everything stops the app for a second. What a click leaves behind is young, and found
among the young; what a closed page leaves behind waits for Python's own rule, which looks at everything once it has
grown by a quarter, or for the hour.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import time
from collections.abc import Callable

from server import arenas

YOUNG = 20_000
"""So many more objects made than dropped, and the young ones are looked at; Python's own 700 is for small programs."""

SOON, SELDOM = 5.0, 3_600.0
"""Seconds between two looks at the young, and at everything."""

GIVEN_BACK = 12
"""After so many looks, what was found is given back to the system."""


def settle() -> None:
    """What is there once the app is ready stays: no collection looks at it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 10)


async def collect(also: Callable[[], object]) -> None:
    """Collect for as long as the app runs; ``also`` is done each time."""
    all_at = time.monotonic() + SELDOM
    for look in itertools.count(1):
        await asyncio.sleep(SOON)
        if time.monotonic() < all_at:
            gc.collect(1)
        else:
            gc.collect()
            all_at = time.monotonic() + SELDOM
        also()
        if look % GIVEN_BACK == 0:
            # Beside the loop: with much to go through it takes some milliseconds.
            await asyncio.to_thread(arenas.give_back)

"""Check passwords few at a time: each takes 19 MiB and a core, and nothing else shall wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from domain.said import Busy

AT_ONCE = 2
MOST_WAITING = 200
"""Sign-ins in the queue; at 30 ms each on two cores the last of them waits three seconds."""

P = ParamSpec("P")
T = TypeVar("T")

_few = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="password")
_waiting = 0


async def unhurried(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What the work gives back, done in one of a few threads; those of the pages stay free.

    Raises:
        Busy: when too many wait already.
    """
    global _waiting
    if _waiting >= MOST_WAITING:
        raise Busy
    _waiting += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(_few, partial(work, *args, **kwargs))
    finally:
        _waiting -= 1

"""Carry what a run draws to its browser together: a click's thirty elements wake the event loop twice and leave in one piece.

Streamlit wakes its loop for each element that is drawn, and lets the loop turn once between two that are sent: each is a
system call here, a record of TLS in the web server before, and a wake-up in the browser. What a run draws within a
hundredth of a second, as long as Streamlit itself waits between two deliveries, goes together; when it ends, at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from functools import partial, wraps

from starlette.websockets import WebSocketDisconnect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import ScriptRunner, ScriptRunnerEvent
from streamlit.web.server.starlette.starlette_websocket import StarletteSessionClient

Fill = Callable[..., None]

log = logging.getLogger("redgrid")

GATHERED_FOR = 0.01
"""Seconds for which what is drawn waits for more."""

SENT_FOR = 0.001
"""Seconds in which what is delivered gathers to be sent."""

CAN_WAIT = frozenset({ScriptRunnerEvent.SCRIPT_STARTED, ScriptRunnerEvent.ENQUEUE_FORWARD_MSG})
"""What a run tells in its midst; all else is told at its end."""


def carry_together() -> None:
    """From now on, for every page of this process."""
    AppSession._on_scriptrunner_event = _told  # type: ignore[method-assign,assignment]
    StarletteSessionClient._sender = _send_together  # type: ignore[method-assign,assignment]
    if not hasattr(app_session._populate_theme_msg, "__wrapped__"):
        app_session._populate_theme_msg = _once(app_session._populate_theme_msg)


# --- what each run begins with ----------------------------------------------------------------------------------


def _once(fill: Fill) -> Fill:
    """The page's colours, read once: they come with each run, and Streamlit goes through all of its settings for them."""
    known: dict[str, CustomThemeConfig] = {}

    @wraps(fill)
    def fill_as_before(message: CustomThemeConfig, section: str = "theme") -> None:
        if section not in known:
            # Known once it is whole: several pages may begin at the same moment.
            made = CustomThemeConfig()
            fill(made, section)
            known[section] = made
        if known[section].ListFields():
            message.CopyFrom(known[section])

    return fill_as_before


# --- from a run to the event loop -------------------------------------------------------------------------------


class _Basket:
    """What a session's runs have told and the loop has not yet taken, in its order."""

    def __init__(self) -> None:
        self.told: deque[Callable[[], object]] = deque()
        self.is_awaited = False
        """Will the loop look soon?"""


def _told(session: AppSession, sender: ScriptRunner | None, event: ScriptRunnerEvent, forward_msg: ForwardMsg | None = None, **more: object) -> None:  # fmt: skip
    """In place of Streamlit's own, on the run's thread."""
    basket: _Basket = session.__dict__.setdefault("_basket", _Basket())
    if event is ScriptRunnerEvent.ENQUEUE_FORWARD_MSG and forward_msg is not None:
        basket.told.append(partial(_draw, session, sender, forward_msg))
    else:
        handle = session._handle_scriptrunner_event_on_event_loop
        basket.told.append(partial(handle, sender, event, forward_msg, **more))  # type: ignore[arg-type]
    if event not in CAN_WAIT:
        session._call_soon_on_event_loop(partial(_take, session, basket))
    elif not basket.is_awaited:
        basket.is_awaited = True
        session._call_soon_on_event_loop(partial(_take_later, session, basket))


def _draw(session: AppSession, sender: ScriptRunner | None, message: ForwardMsg) -> None:
    # As Streamlit does: nobody waits any more for what a former runner draws.
    if sender is session._scriptrunner:
        session._browser_queue.enqueue(message)


def _take_later(session: AppSession, basket: _Basket) -> None:
    session._event_loop.call_later(GATHERED_FOR, _take, session, basket)


def _take(session: AppSession, basket: _Basket) -> None:
    # First this: what is told from here on asks for another look, even where this one takes it along.
    basket.is_awaited = False
    while basket.told:
        basket.told.popleft()()
    if not session._browser_queue.is_empty() and session._message_enqueued_callback:
        session._message_enqueued_callback()


# --- from the event loop to the browser -------------------------------------------------------------------------


async def _send_together(client: StarletteSessionClient) -> None:
    """In place of Streamlit's own: what is written in one turn of the loop leaves by one system call."""
    waiting, socket = client._send_queue, client._websocket
    try:
        while True:
            first = await waiting.get()
            await asyncio.sleep(SENT_FOR)
            await socket.send_bytes(first)
            while not waiting.empty():
                await socket.send_bytes(waiting.get_nowait())
    except WebSocketDisconnect:
        pass
    except Exception:
        log.exception("what a page was to show could not be sent")
    finally:
        client._closed.set()

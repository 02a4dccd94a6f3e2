"""Keep a page's answer when the page asks again in the very moment in which its run ends.

Streamlit carries what a run draws to its event loop, and drops what is still on the way there as soon as another runner
takes over. Where the loop has much to do, somebody's click came to nothing, because a part of the page that renews itself
asked just then. Here a new runner begins behind what the one before has said.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.scriptrunner import RerunData, ScriptRunner

Begin = Callable[[AppSession, RerunData], None]


def keep_answers() -> None:
    """From now on, for every page of this process."""
    begin = AppSession._create_scriptrunner
    if not hasattr(begin, "__wrapped__"):
        AppSession._create_scriptrunner = _behind(begin)  # type: ignore[method-assign]


def _behind(begin: Begin) -> Begin:
    @wraps(begin)
    def begin_behind(session: AppSession, data: RerunData) -> None:
        before = session._scriptrunner
        if before is None:
            begin(session, data)
        else:
            # It has stopped: all that it said is in the loop's queue already.
            session._event_loop.call_soon(_go_on, session, data, before, begin)

    return begin_behind


def _go_on(session: AppSession, data: RerunData, before: ScriptRunner, begin: Begin) -> None:
    """Begin; where somebody else asked meanwhile, and another runner is there, let that one do it."""
    if session._state is AppSessionState.SHUTDOWN_REQUESTED:
        return
    now = session._scriptrunner
    if now is None or now is before or not now.request_rerun(data):
        begin(session, data)

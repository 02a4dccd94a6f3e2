"""Know to which request a run of the page belongs: the one by which its WebSocket was opened."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx


def request_of_run() -> str:
    """The number of the request behind the run in this thread; empty outside of one."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return ""
    return st.context.headers.get("X-Request-Id") or ""

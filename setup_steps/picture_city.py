"""Serve the demo city as if it were one forenoon: every run of the pictures shows the same tickets.

``python -m setup_steps.picture_city PORT``; the database is the environment's, as always.
"""

from __future__ import annotations

import os
import runpy
import sys
import time
from datetime import UTC, datetime, timedelta

from city.opened import City
from city.settings import HOME

MOMENT = datetime(2026, 11, 24, 2, 20, tzinfo=UTC)
"""A Tuesday forenoon in Donggang, when people are at work."""

_began = time.monotonic()


def now(_city: City) -> datetime:
    """The moment of the pictures, and how long this program has run since."""
    return MOMENT + timedelta(seconds=time.monotonic() - _began)


def be_there() -> None:
    """From here on every city of this process lives at the moment of the pictures."""
    City.now = now  # type: ignore[method-assign, assignment]


def main() -> None:
    """Run the app on a port of this machine alone."""
    be_there()
    os.chdir(HOME)
    sys.argv = [
        "streamlit",
        "run",
        "dashboard.py",
        "--server.address",
        "127.0.0.1",
        "--server.port",
        sys.argv[1],
    ]
    runpy.run_module("streamlit", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()

"""Say which version of the program this is."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version


@cache
def build() -> str:
    """The version that is installed; empty where the program runs without being installed."""
    try:
        return version("redgrid")
    except PackageNotFoundError:
        return ""

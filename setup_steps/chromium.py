"""Find a Chromium for the browser tests, or bring one; print its path, or nothing and the reason."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PACKAGES = ("chromium", "fonts-noto-cjk")


def found() -> str | None:
    """A browser that is on this machine already."""
    named = os.environ.get("REDGRID_CHROMIUM")
    if named and Path(named).exists():
        return named
    return next((path for name in NAMES if (path := shutil.which(name))), None) or of_playwright()


def of_playwright() -> str | None:
    """The browser that the browser tool itself keeps, if it has one."""
    code = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    path = asked.stdout.strip()
    return path if asked.returncode == 0 and path and Path(path).exists() else None


def by_apt() -> None:
    """Debian's browser and its Chinese font, where we may install."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet: dict[str, object] = {"stdout": subprocess.DEVNULL, "check": False}
        subprocess.run(["apt-get", "update", "-q"], **quiet)  # type: ignore[call-overload]
        subprocess.run(["apt-get", "install", "-y", "-q", "--no-install-recommends", *PACKAGES], **quiet)  # type: ignore[call-overload]


def by_playwright() -> None:
    """The browser tool's own download."""
    subprocess.run(
        [sys.executable, "-m", "playwright", "install", "chromium"], stdout=subprocess.DEVNULL, check=False
    )


def main() -> None:
    """Print the path of a Chromium."""
    for bring in (lambda: None, by_apt, by_playwright):
        bring()
        if path := found():
            print(path)
            return
    print("no Chromium was found or could be installed: the browser tests are skipped", file=sys.stderr)


if __name__ == "__main__":
    main()

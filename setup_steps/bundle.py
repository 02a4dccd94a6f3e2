"""Pack one archive that installs and runs on a machine without a network: source, wheels, front-end files."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
INSTALL = """#!/bin/sh
# Install Red Grid from this folder alone; needs python >= 3.11 with venv, and no network.
set -eu
cd "$(dirname "$0")"
"${PYTHON:-python3}" -m venv .venv
.venv/bin/python -m pip install --quiet --no-index --find-links wheels --require-hashes -r requirements.lock
.venv/bin/python -m pip install --quiet --no-index --no-build-isolation --no-deps -e .
echo "Installed. Start it with: ./redgrid run"
"""
REDGRID = """#!/bin/sh
exec "$(dirname "$0")/.venv/bin/redgrid" "$@"
"""


def main() -> None:
    """Write ``dist/redgrid-<version>.tar.gz`` and print its path."""
    version = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    name = f"redgrid-{version}"
    (HOME / "dist").mkdir(exist_ok=True)
    archive = HOME / "dist" / f"{name}.tar.gz"
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / name
        copy_source(root)
        shutil.copytree(HOME / "server" / "assets" / "vendor", root / "server" / "assets" / "vendor")
        download_wheels(root / "wheels")
        script(root / "install", INSTALL)
        script(root / "redgrid", REDGRID)
        with tarfile.open(archive, "w:gz", compresslevel=1) as packed:
            packed.add(root, name)
    print(archive)


def copy_source(root: Path) -> None:
    """Everything that git keeps."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=HOME, capture_output=True, text=True, check=True)
    for file in filter(None, listed.stdout.split("\0")):
        if (HOME / file).exists():
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(HOME / file, root / file)


def download_wheels(folder: Path) -> None:
    """Wheels of the lock for this Python and machine."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--only-binary", ":all:"]
    command += ["--require-hashes", "-r", str(HOME / "requirements.lock"), "-d", str(folder)]
    subprocess.run(command, check=True)


def script(path: Path, text: str) -> None:
    """A file that can be started."""
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


if __name__ == "__main__":
    main()

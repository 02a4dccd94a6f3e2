"""Pack one archive that installs and runs on a machine without a network: source, wheels, front-end files."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
INSTALL = """#!/bin/sh
# Install Red Grid from this folder alone; needs Python @PYTHON@ with venv, on @MACHINE@, and no network.
set -eu
cd "$(dirname "$0")"
stop() { echo "$1" >&2; exit 1; }
python=${PYTHON:-python3}
here=$("$python" -c 'import platform, sys; print("%d.%d" % sys.version_info[:2], platform.machine())' 2>/dev/null) || here="no Python"
[ "$here" = "@PYTHON@ @MACHINE@" ] ||
  stop "This archive is for Python @PYTHON@ on @MACHINE@, and $python is $here; name another with PYTHON=…"
"$python" -m venv .venv || stop "Python's venv is missing; on Debian: apt-get install python3-venv"
.venv/bin/python -m pip install --quiet --no-index --find-links wheels --require-hashes -r requirements.lock
.venv/bin/python -m pip install --quiet --no-index --no-build-isolation --no-deps -e .
echo "Installed. Start it with: ./redgrid run"
"""
REDGRID = """#!/bin/sh
here=$(dirname "$0")
[ -x "$here/.venv/bin/redgrid" ] || { echo "Install it first, with: $here/install" >&2; exit 1; }
exec "$here/.venv/bin/redgrid" "$@"
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
        script(root / "install", installer())
        script(root / "redgrid", REDGRID)
        with tarfile.open(archive, "w:gz", compresslevel=1) as packed:
            packed.add(root, name)
    print(archive)


def copy_source(root: Path) -> None:
    """Everything that git keeps."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=HOME, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        sys.exit("A bundle holds the files that git keeps: it is made with git, in a clone of the project.")
    for file in filter(None, listed.stdout.split("\0")):
        if (HOME / file).exists():
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(HOME / file, root / file)


def download_wheels(folder: Path) -> None:
    """Wheels of the lock for this Python and machine."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--only-binary", ":all:"]
    command += ["--require-hashes", "-r", str(HOME / "requirements.lock"), "-d", str(folder)]
    subprocess.run(command, check=True)


def installer() -> str:
    """The script that installs; wheels fit one Python on one kind of machine, and it says so before it starts."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return INSTALL.replace("@PYTHON@", python).replace("@MACHINE@", platform.machine())


def script(path: Path, text: str) -> None:
    """A file that can be started."""
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


if __name__ == "__main__":
    main()

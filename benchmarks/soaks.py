"""``make soak``: what takes long and tries to break it, in named parts; ``make soak SOAK="edits killing"`` runs some."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from importlib import import_module

PARTS: Mapping[str, str] = {
    "edits": "benchmarks.random_edits",
    "killing": "benchmarks.killing",
    "fuzzing": "benchmarks.fuzzing",
    "province": "benchmarks.province",
    "load": "benchmarks.load",
    "many_grids": "benchmarks.many_grids",
    "many_tickets": "benchmarks.many_tickets",
}
"""Each part and the module whose ``main()`` runs it; it exits with another status than 0 when anything was wrong."""


def run(name: str) -> bool:
    """Run one part in this process; was everything right?"""
    print(f"--- {name}", flush=True)
    began = time.monotonic()
    try:
        import_module(PARTS[name]).main()
        wrong: object = None
    except SystemExit as end:
        wrong = end.code
    if isinstance(wrong, str):
        print(wrong)
    print(f"--- {name}: {'wrong' if wrong else 'right'}, {time.monotonic() - began:.0f} s", flush=True)
    return not wrong


def main() -> None:
    """Run the parts that are named, or all; the exit status is 1 when anything was wrong."""
    names = sys.argv[1:] or list(PARTS)
    if unknown := [name for name in names if name not in PARTS]:
        sys.exit(f"There is no soak {', '.join(unknown)}; there are: {', '.join(PARTS)}.")
    results = [run(name) for name in names]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()

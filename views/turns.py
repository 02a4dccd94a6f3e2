"""Let few pages be drawn at the same moment: the others wait their turn, and each is done sooner.

A run is a thread of Streamlit's, and one thread works at a time. Where a hundred are begun at once they take the processor from
one another at every look into the database, and all are late; in turn, those that came first are done first.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import Semaphore

from streamlit.runtime.scriptrunner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

Run = Callable[[ScriptRunner, RerunData], None]

BESIDE_A_FILE, BESIDE_A_SERVER = 4, 8
"""One works, the others wait for the disk or the database meanwhile; each question to a server is a way there and back."""

PATIENCE = 2.0
"""Seconds after which a run begins all the same: none waits for others that wait for something else."""


def take_turns(at_once: int) -> None:
    """From now on, for every page of this process: that many at the same moment."""
    run = ScriptRunner._run_script
    if not hasattr(run, "__wrapped__"):
        ScriptRunner._run_script = _in_turn(run, Semaphore(at_once))  # type: ignore[method-assign]


def _in_turn(run: Run, turns: Semaphore) -> Run:
    @wraps(run)
    def run_in_turn(runner: ScriptRunner, data: RerunData) -> None:
        has_turn = turns.acquire(timeout=PATIENCE)
        try:
            run(runner, data)
        finally:
            if has_turn:
                turns.release()

    return run_in_turn

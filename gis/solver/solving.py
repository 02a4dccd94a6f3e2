"""Solve in a process of its own, so that whoever asked stays free.

A task comes in on standard input, what is done goes out on standard output, both as Python's own pickles between two
processes of one program: now and then how far the work is, at last what came of it. Whoever asked and went away is
noticed at the next word: the pipe is closed, and the process ends.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from domain.plans.drafts import Draft
from domain.plans.proposals import Impossible, Proposal, Wishes
from domain.plans.units import Units
from domain.said import Refused, Said, said
from gis.solver.proposing import propose
from gis.solver.repairing import repair

HERE = Path(__file__).resolve().parents[2]

POLITE = 10
"""How much the solver gives way to the pages on the same machine (Unix niceness)."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be solved. ``kind`` is ``propose`` or ``repair``; what comes last is the repair's."""

    kind: str
    units: Units
    draft: Draft
    wishes: Wishes
    names: Mapping[str, str]
    taken: Set[str]
    compounds_too: bool = False
    keep_number: bool = False

    def solved(self, progress: Callable[[float, Said], None]) -> Proposal | Impossible:
        """What comes of it.

        Raises:
            Refused: when the wishes cannot be meant.
        """
        if self.kind == "repair":
            return repair(
                self.units, self.draft, self.wishes,
                names=self.names, taken=self.taken, compounds_too=self.compounds_too, keep_number=self.keep_number,
                progress=progress,
            )  # fmt: skip
        return propose(
            self.units, self.draft, self.wishes, names=self.names, taken=self.taken, progress=progress
        )


@dataclass(frozen=True, slots=True)
class Told:
    """How far the work is."""

    share: float
    stage: Said


Frame = Told | Proposal | Impossible | Said
"""A word of the child: how far, what came of it, or why the task cannot be meant."""


class Child:
    """The solver's process."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from gis.solver.solving import main; main()"],
            cwd=HERE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def words(self, task: Task) -> Iterator[Frame]:
        """Give it the task; everything it says until it is done. Ends early when it was killed."""
        assert self._process.stdin and self._process.stdout
        try:
            with self._process.stdin as pipe:
                pickle.dump(task, pipe)
            while True:
                yield pickle.load(self._process.stdout)
        except (EOFError, BrokenPipeError, pickle.UnpicklingError):
            return

    def kill(self) -> None:
        """End it, whatever it does; nothing of its work is kept."""
        self._process.kill()

    def close(self) -> None:
        """Let nothing of it stay behind."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()


def main() -> None:
    """Read one task, solve it, tell."""
    os.nice(POLITE)
    with _apart() as out:
        task: Task = pickle.load(sys.stdin.buffer)

        def tell(frame: Frame) -> None:
            pickle.dump(frame, out)
            out.flush()

        try:
            tell(task.solved(lambda share, stage: tell(Told(share, stage))))
        except Refused as refused:
            tell(refused.because)
        except BrokenPipeError:
            return


@contextmanager
def _apart() -> Iterator[BinaryIO]:
    """The pipe to whoever asked; what libraries print goes to standard error."""
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)
        yield out


LOST = said("The solver ended before it was done; nothing was saved.")

"""Tell what came of a simulated stretch, in the figures that cities are measured by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.actions.sweep import DUE
from domain.indicators import Grouping, Tally
from domain.meetings import MatterOutcome, Tier
from domain.moves import MOVES
from domain.tickets import ENDED, State
from storage import happened
from storage.counts import Area
from storage.database import Database
from storage.indicators import tallies
from storage.meetings import FourFigures, four_figures, ledger

SWEPT = ("yellow", "red", "recomputed")
"""What a sweep does that is no move."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """A stretch that was simulated, in figures; nothing of it happened in any real city."""

    since: datetime
    until: datetime
    states: Mapping[State, int]
    moves: Mapping[str, int]
    sweeps: Mapping[str, int]
    figures: FourFigures
    council_meetings: int
    matters: int
    matters_moved_up: int
    tally: Tally
    refused: Mapping[str, int]

    @property
    def raised(self) -> int:
        """The tickets of the stretch, the parts of assisting departments with them."""
        return sum(self.states.values())

    @property
    def open(self) -> int:
        return sum(n for state, n in self.states.items() if state not in ENDED)

    @property
    def unused_moves(self) -> list[str]:
        """The moves of the table that nobody made."""
        return [move.name for move in MOVES if not self.moves.get(move.name)]

    @property
    def unused_sweeps(self) -> list[str]:
        """What the clock can do and did not."""
        return [kind for kind in (*SWEPT, *DUE) if not self.sweeps.get(kind)]

    @property
    def share_moved_up(self) -> float | None:
        """The part of the matters of community and street meetings that was moved up."""
        return self.matters_moved_up / self.matters if self.matters else None

    @property
    def share_settled_above(self) -> float | None:
        """The part of what was moved up that a meeting above settled."""
        return self.figures.settled_above / self.figures.moved_up if self.figures.moved_up else None


def told(
    database: Database, since: datetime, until: datetime, first_event: int,
    swept: Mapping[str, int], refused: Mapping[str, int],
) -> Simulated:  # fmt: skip
    """A stretch in figures; ``first_event`` is the number of the last event that was there before it."""
    with database.read() as connection:
        kinds = happened.kinds_of_events(connection, since, first_event)
        joint = [
            line.matter.outcome
            for line in ledger(connection, since, until)
            if line.meeting.tier in (Tier.COMMUNITY, Tier.STREET)
        ]
        counted = tallies(connection, since=since, until=until, now=until, by=Grouping.CITY, area=Area())
        return Simulated(
            since=since,
            until=until,
            states=happened.became_of(connection, since),
            moves={move.name: kinds[move.name] for move in MOVES if move.name in kinds},
            sweeps=dict(sorted(swept.items())),
            figures=four_figures(connection, since, until),
            council_meetings=happened.meetings_held(connection, Tier.COMPOUND, since, until),
            matters=len(joint),
            matters_moved_up=sum(outcome is MatterOutcome.MOVED_UP for outcome in joint),
            tally=counted.get("", Tally()),
            refused=dict(refused),
        )

"""Name every command by which a draft is redrawn: small values of units and grids, never a polygon.

The log keeps a command by its name and its fields, so that what was drawn can be read, and drawn again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from domain.events import canonical
from domain.names import one_line


@dataclass(frozen=True, slots=True)
class MoveUnits:
    """Move single units to a grid of the smallest level."""

    units: tuple[str, ...]
    to: str


@dataclass(frozen=True, slots=True)
class MoveCompounds:
    """Move whole compounds, with the building grids that lie in them, to a compound grid."""

    compounds: tuple[str, ...]
    to: str


@dataclass(frozen=True, slots=True)
class MoveGrid:
    """Move a grid under another parent."""

    grid: str
    parent: str


@dataclass(frozen=True, slots=True)
class Split:
    """Split a grid: ``apart`` – units, or the grids directly below – become a new grid beside it."""

    grid: str
    apart: tuple[str, ...]
    name: str


@dataclass(frozen=True, slots=True)
class Merge:
    """Merge a grid into another of its level; the first is retired."""

    grid: str
    into: str


@dataclass(frozen=True, slots=True)
class NewGrid:
    """Make a grid under a parent from units, or from grids of the level below."""

    parent: str
    apart: tuple[str, ...]
    name: str


@dataclass(frozen=True, slots=True)
class Retire:
    """Retire a grid: its ground goes to the sibling with which it shares the longest border."""

    grid: str


@dataclass(frozen=True, slots=True)
class Rename:
    """Give a grid another name."""

    grid: str
    name: str


@dataclass(frozen=True, slots=True)
class MoveBorder:
    """Draw the border between two grids anew: ``ones`` is what of both – units, or grids below – belongs to the first."""

    one: str
    two: str
    ones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lock:
    """Hold a grid, a unit, or with ``*`` everything."""

    code: str


@dataclass(frozen=True, slots=True)
class Unlock:
    """Let it go again."""

    code: str


@dataclass(frozen=True, slots=True)
class AllowSplit:
    """Allow, as an exception with a reason, that a compound lies in several compound grids."""

    compound: str
    reason: str


@dataclass(frozen=True, slots=True)
class ForbidSplit:
    """Take the exception back."""

    compound: str


@dataclass(frozen=True, slots=True)
class Post:
    """Say which grid a head goes to when the plan comes into force; ``""`` ends the term. ``term`` is the head's key."""

    term: str
    grid: str


Command = (
    MoveUnits | MoveCompounds | MoveGrid | Split | Merge | NewGrid | Retire | Rename | MoveBorder | Lock | Unlock
    | AllowSplit | ForbidSplit | Post
)  # fmt: skip

COMMANDS: Mapping[str, type[Any]] = {
    "move_units": MoveUnits, "move_compounds": MoveCompounds, "move_grid": MoveGrid, "split": Split, "merge": Merge,
    "new_grid": NewGrid, "retire": Retire, "rename": Rename, "move_border": MoveBorder, "lock": Lock,
    "unlock": Unlock, "allow_split": AllowSplit, "forbid_split": ForbidSplit, "post": Post,
}  # fmt: skip
"""Every command by the name under which the log keeps it."""

TYPED = frozenset({"name", "reason"})
"""The fields that a person types."""

_NAMES = {kind: name for name, kind in COMMANDS.items()}


def command_facts(command: Command) -> dict[str, object]:
    """A command as the log keeps it."""
    values = {f.name: getattr(command, f.name) for f in fields(command)}
    return {
        "do": _NAMES[type(command)],
        **{k: _kept(k, v) for k, v in values.items()},
    }


def _kept(field: str, value: Any) -> object:
    """A field as the log keeps it: what somebody typed without what nobody reads."""
    if field in TYPED:
        return one_line(value)
    return list(value) if isinstance(value, tuple) else value


def command_from(facts: Mapping[str, Any]) -> Command:
    """A command read back from the log."""
    values = {key: tuple(v) if isinstance(v, list) else v for key, v in facts.items() if key != "do"}
    made: Command = COMMANDS[facts["do"]](**values)
    return made


def key_of(command: Command, version: int) -> str:
    """Name one drawing on one version of a plan: the same sent twice has the same key."""
    return hashlib.sha256(canonical({"on": version, **command_facts(command)}).encode()).hexdigest()

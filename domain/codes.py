"""Give a new grid its code: the next one under its parent, never one that was used before.

A code is text. Where the codes of a level are built on their parents' (``210681001001`` + ``003``, ``1C`` + ``04``) the
next number follows, in as many digits; where the last part is a letter, the next letter; where the codes of a level
stand for themselves, the next one of all. Overflow is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from string import ascii_uppercase, digits

from domain.grids import Grid
from domain.said import Refused, said

PARTS = re.compile(r"(.*?)([0-9]+|[A-Z]+)", re.DOTALL)
"""What all codes of a level begin with, and what is counted."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """How the codes of some grids are made; ``width`` 0 where numbers have as many digits as they need."""

    built: bool
    head: str
    letters: str
    width: int


def next_code(parent: str, level: Iterable[Grid], taken: Set[str]) -> str:
    """The next free code under a parent, in the manner of the grids of its level; ``taken`` are codes ever used.

    Raises:
        Refused: when the codes under this parent are used up, or those of the city follow no rule to go on with.
    """
    here = list(level)
    used = taken | {grid.code for grid in here}
    rule = _rule(here) or _rule([grid for grid in here if grid.parent == parent])
    if rule is None:
        raise Refused(
            said("The codes of this city follow no rule by which a new grid under {parent} could be numbered.", parent=parent)
        )  # fmt: skip
    before = (parent if rule.built else "") + rule.head
    alike = used if rule.width else {grid.code for grid in here}
    number = max((n + 1 for n in _numbers(before, rule, alike)), default=int(rule.letters == digits))
    while not rule.width and before + str(number) in used:
        number += 1
    if rule.width and number >= len(rule.letters) ** rule.width:
        raise Refused(
            said("All codes under {parent} are used up; a code is never used twice.", parent=parent)
        )
    return before + _written(number, rule)


def _rule(grids: Sequence[Grid]) -> _Rule | None:
    """By what rule the codes of some grids are made; None where they are not made by one."""
    built = all(grid.parent and grid.code.startswith(grid.parent) for grid in grids)
    ends = [grid.code[len(grid.parent or "") :] if built else grid.code for grid in grids]
    parts = [match.groups() for end in ends if (match := PARTS.fullmatch(end))]
    if not parts or len(parts) < len(ends) or len({head for head, _ in parts}) > 1:
        return None
    counted = [tail for _, tail in parts]
    letters = digits if counted[0].isdigit() else ascii_uppercase
    widths = {len(tail) for tail in counted}
    if not all(set(tail) <= set(letters) for tail in counted):
        return None
    if len(widths) > 1 and (letters != digits or any(tail.startswith("0") for tail in counted)):
        return None
    return _Rule(built, parts[0][0], letters, widths.pop() if len(widths) == 1 else 0)


def _numbers(before: str, rule: _Rule, used: Iterable[str]) -> Iterable[int]:
    """The numbers of the codes used that begin alike."""
    for code in used:
        end = code[len(before) :]
        fits = end and set(end) <= set(rule.letters) and (not rule.width or len(end) == rule.width)
        if fits and code.startswith(before):
            yield _value(end, rule.letters)


def _value(end: str, letters: str) -> int:
    value = 0
    for letter in end:
        value = value * len(letters) + letters.index(letter)
    return value


def _written(number: int, rule: _Rule) -> str:
    if not rule.width:
        return str(number)
    end = ""
    for _ in range(rule.width):
        number, digit = divmod(number, len(rule.letters))
        end = rule.letters[digit] + end
    return end

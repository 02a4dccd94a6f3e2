"""Give a new grid its code: the next one under its parent, never one that was used before.

A code is text. Where the codes of a level are built on their parents' (``210681001001`` + ``003``, ``1C`` + ``04``) the
next number follows, in as many digits; where the last part is a letter, the next letter; where the codes of a level
stand for themselves, the next one of all. Overflow is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from functools import lru_cache
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


@dataclass(slots=True)
class Codes:
    """Gives the grids of a level their codes, one after another; ``used`` are codes ever used, and grows."""

    grids: tuple[tuple[str, str | None], ...]
    used: set[str]
    ahead: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, level: Iterable[Grid], used: set[str]) -> Codes:
        grids = tuple((grid.code, grid.parent) for grid in level)
        used.update(code for code, _ in grids)
        return cls(grids, used)

    def next(self, parent: str) -> str:
        """The next free code under a parent, in the manner of the grids of its level.

        Raises:
            Refused: when the codes under this parent are used up, or those of the city follow no rule to go on with.
        """
        rule = _rule(self.grids) or _rule(tuple(pair for pair in self.grids if pair[1] == parent))
        if rule is None:
            raise Refused(
                said("The codes of this city follow no rule by which a new grid under {parent} could be numbered.", parent=parent)
            )  # fmt: skip
        before = (parent if rule.built else "") + rule.head
        number = self.ahead[before] if before in self.ahead else self._first(before, rule)
        while (code := before + _written(number, rule)) in self.used:
            number += 1
        if rule.width and number >= len(rule.letters) ** rule.width:
            raise Refused(
                said("All codes under {parent} are used up; a code is never used twice.", parent=parent)
            )
        self.ahead[before] = number + 1
        self.used.add(code)
        return code

    def _first(self, before: str, rule: _Rule) -> int:
        """The number after the highest used one; where numbers grow as they need, of this level alone."""
        alike = self.used if rule.width else [code for code, _ in self.grids]
        return max((n + 1 for n in _numbers(before, rule, alike)), default=int(rule.letters == digits))


def next_code(parent: str, level: Iterable[Grid], taken: Set[str]) -> str:
    """The next free code under a parent, in the manner of the grids of its level; ``taken`` are codes ever used.

    Raises:
        Refused: when the codes under this parent are used up, or those of the city follow no rule to go on with.
    """
    return Codes.of(level, set(taken)).next(parent)


@lru_cache(maxsize=64)
def _rule(grids: tuple[tuple[str, str | None], ...]) -> _Rule | None:
    """By what rule the codes of some grids, each with its parent's, are made; None where they are not made by one."""
    built = all(parent and code.startswith(parent) for code, parent in grids)
    ends = [code[len(parent or "") :] if built else code for code, parent in grids]
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
    letters, begin = set(rule.letters), len(before)
    for end in [code[begin:] for code in used if code.startswith(before)]:
        if end and (not rule.width or len(end) == rule.width) and set(end) <= letters:
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

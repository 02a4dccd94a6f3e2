"""Give a new grid its code: the next one under its parent, never one that was used before.

A code is text. Where the codes of a level are built on their parents' (``210681001001`` + ``003``, ``1C`` + ``04``) the
next number follows, in as many digits; where the last part is a letter, the next letter. Overflow is an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from string import ascii_uppercase, digits

from domain.grids import Grid
from domain.said import Refused, said


def next_code(parent: str, level: Iterable[Grid], taken: Set[str]) -> str:
    """The next free code under a parent, in the manner of the grids of its level; ``taken`` are codes ever used.

    Raises:
        Refused: when the codes under this parent are used up, or those of the city follow no rule to go on with.
    """
    here = list(level)
    used = taken | {grid.code for grid in here}
    ends = {_end(grid.code, grid.parent) for grid in here}
    width = len(next(iter(ends))) if len({len(end) for end in ends}) == 1 else 0
    for alphabet in (digits, ascii_uppercase):
        if width and all(set(end) <= set(alphabet) for end in ends):
            return _following(parent, alphabet, width, used)
    raise Refused(
        said("The codes of this city follow no rule by which a new grid under {parent} could be numbered.", parent=parent)
    )  # fmt: skip


def _end(code: str, parent: str | None) -> str:
    """What a code adds to its parent's; the whole code where it is not built on it."""
    return code[len(parent) :] if parent and code.startswith(parent) else code


def _following(parent: str, letters: str, width: int, used: Set[str]) -> str:
    """The code after the highest used one; numbers begin at 1, letters at A."""
    base = len(letters)
    ends = [code[len(parent) :] for code in used if code.startswith(parent)]
    taken = [_value(end, letters) for end in ends if len(end) == width and set(end) <= set(letters)]
    first = 1 if letters == digits else 0
    number = max((n + 1 for n in taken), default=first)
    if number >= base**width:
        raise Refused(
            said("All codes under {parent} are used up; a code is never used twice.", parent=parent)
        )
    end = ""
    for _ in range(width):
        number, digit = divmod(number, base)
        end = letters[digit] + end
    return parent + end


def _value(end: str, letters: str) -> int:
    value = 0
    for letter in end:
        value = value * len(letters) + letters.index(letter)
    return value

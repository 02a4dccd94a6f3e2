"""Other ways to colour the grids of the map than by their tickets: a number for each grid, sorted into fixed classes."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from domain.loads import NO_BASE, ZERO_CLASS
from domain.said import Said


@dataclass(frozen=True, slots=True)
class Shade:
    """One way: what it is called in the switch and over the legend, and the lower bounds of classes 2 to 5.

    High is what wants looking at, as with tickets. ``rights`` names the list whose readers may see it.
    """

    name: str
    title: Said
    legend: Said
    rights: str
    bounds: tuple[int, int, int, int]
    nothing: Said
    """What a grid with 0 is called."""
    unknown: Said
    """What a grid is called of which there is no number."""
    told: Said
    """The number in words, with ``{n}`` in it."""

    @property
    def value(self) -> str:
        """Its name, where measures of tickets have theirs."""
        return self.name

    @property
    def is_rate(self) -> bool:
        return False

    def class_of(self, number: int | None) -> int:
        """The class of a grid by its number: 0 for none, 1 (low) to 5 (high), NO_BASE without one."""
        if number is None:
            return NO_BASE
        return ZERO_CLASS if number == 0 else 1 + bisect_right(self.bounds, number)

"""Let each address through so many times a minute, in bounded memory."""

from __future__ import annotations

from collections import OrderedDict

MINUTE = 60.0


class Turnstile:
    """Counts passages by address; the addresses seen longest ago are forgotten first. Times are seconds of one clock."""

    def __init__(self, a_minute: int, remembered: int = 10_000) -> None:
        self._a_minute = a_minute
        self._remembered = remembered
        self._passed: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._passed)

    def lets(self, address: str, at: float) -> bool:
        """May this address pass once more? Its minute begins with its first passage."""
        began, times = self._passed.pop(address, (at, 0))
        if at - began >= MINUTE:
            began, times = at, 0
        self._passed[address] = began, times + 1
        if len(self._passed) > self._remembered:
            self._passed.popitem(last=False)
        return times < self._a_minute

    def gives_back(self, address: str) -> None:
        """A passage that shall not count after all."""
        if address in self._passed:
            began, times = self._passed[address]
            self._passed[address] = began, max(0, times - 1)

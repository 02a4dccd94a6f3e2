"""Count once what many ask for at the same time, and let everybody share it for a moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

KEPT = 1.0
"""Seconds for which a count is shared by everybody who asks."""

COUNTING_SHARE = 10
"""Where counting itself takes long, its result is shared for so many times as long: a tenth of a core at most counts."""

PATIENCE = 1.0
"""Seconds for which somebody waits for another's count; whoever waits may hold a connection that the other needs."""

MOST = 4_096
"""Counts that are kept."""


@dataclass(frozen=True, slots=True)
class Counted(Generic[Value]):
    """A count: of which revision of the city, when it was begun, and until when it is shared."""

    value: Value
    revision: int
    begun: float
    until: float


class Shared(Generic[Key, Value]):
    """Counts by what was asked. Whoever asks while the same is being counted waits for that count, and makes none where it
    is still good."""

    def __init__(self) -> None:
        self._kept: dict[Key, Counted[Value]] = {}
        self._counting: dict[Key, threading.Lock] = {}
        self._forgotten_at = float("-inf")

    def get(self, key: Key, revision: int, count: Callable[[], Value]) -> Value:
        """What is shared now, else what ``count`` says."""
        kept = self._good(key, revision)
        if kept is not None:
            return kept.value
        lock = self._counting.setdefault(key, threading.Lock())
        has_lock = lock.acquire(timeout=PATIENCE)
        try:
            kept = self._good(key, revision)
            return self._count(key, revision, count) if kept is None else kept.value
        finally:
            if has_lock:
                lock.release()

    def forget(self) -> None:
        """Nothing that was counted, or is just being counted, is good for whoever asks from now on."""
        self._forgotten_at = time.monotonic()

    def _good(self, key: Key, revision: int) -> Counted[Value] | None:
        kept = self._kept.get(key)
        if kept is None or kept.revision != revision or kept.begun < self._forgotten_at:
            return None
        return kept if time.monotonic() < kept.until else None

    def _count(self, key: Key, revision: int, count: Callable[[], Value]) -> Value:
        begun = time.monotonic()
        value = count()
        now = time.monotonic()
        if len(self._kept) >= MOST:
            self._kept.clear()
            self._counting.clear()
        until = now + max(KEPT, COUNTING_SHARE * (now - begun))
        self._kept[key] = Counted(value, revision, begun, until)
        return value

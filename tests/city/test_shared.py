"""What many ask for at once is counted once, and nobody is told what was counted before their own move."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from city import shared
from city.shared import Shared

WAIT = 20.0
"""Seconds after which a test has failed."""


class Counter:
    """Counts upwards; each count stops where it is told to until it may go on."""

    def __init__(self) -> None:
        self.counts = 0
        self.has_begun, self.may_end = threading.Event(), threading.Event()
        self.may_end.set()

    def __call__(self) -> int:
        self.counts += 1
        mine = self.counts
        self.has_begun.set()
        assert self.may_end.wait(WAIT)
        return mine


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def kept() -> Shared[str, int]:
    return Shared()


@pytest.fixture
def ask(kept: Shared[str, int], counter: Counter) -> Iterator[Callable[[], Future[int]]]:
    """Somebody else asks."""
    with ThreadPoolExecutor(16) as others:
        yield lambda: others.submit(kept.get, "here", 1, counter)
        counter.may_end.set()


@pytest.fixture
def first(ask: Callable[[], Future[int]], counter: Counter, monkeypatch: pytest.MonkeyPatch) -> Future[int]:
    """Somebody who asked and for whom it is being counted; however slow the machine, others wait, and it is shared."""
    monkeypatch.setattr(shared, "PATIENCE", WAIT)
    monkeypatch.setattr(shared, "KEPT", WAIT)
    counter.may_end.clear()
    asked = ask()
    assert counter.has_begun.wait(WAIT)
    return asked


def test_whoever_asks_while_it_is_counted_waits_for_that_count(
    first: Future[int], ask: Callable[[], Future[int]], counter: Counter
) -> None:
    others = [ask() for _ in range(7)]
    counter.may_end.set()
    assert {each.result(WAIT) for each in (first, *others)} == {1} and counter.counts == 1


def test_what_was_begun_before_a_move_is_told_to_nobody_after_it_and_counted_once_more(
    first: Future[int], kept: Shared[str, int], ask: Callable[[], Future[int]], counter: Counter
) -> None:
    kept.forget()
    after = [ask() for _ in range(7)]
    counter.may_end.set()
    assert first.result(WAIT) == 1
    assert {each.result(WAIT) for each in (*after, *(ask() for _ in range(7)))} == {2}
    assert counter.counts == 2


def test_nobody_waits_for_ever_for_another(
    monkeypatch: pytest.MonkeyPatch, first: Future[int], kept: Shared[str, int]
) -> None:
    monkeypatch.setattr(shared, "PATIENCE", 0.05)
    assert kept.get("here", 1, lambda: 100) == 100
    assert not first.done()


def test_a_count_that_failed_is_made_by_the_next(kept: Shared[str, int], counter: Counter) -> None:
    def fails() -> int:
        raise ConnectionError("the store is away")

    with pytest.raises(ConnectionError):
        kept.get("here", 1, fails)
    assert kept.get("here", 1, counter) == 1


def test_another_revision_is_counted_anew_and_so_is_another_question(
    kept: Shared[str, int], counter: Counter
) -> None:
    asked = [kept.get(key, revision, counter) for key, revision in (("a", 1), ("a", 1), ("a", 2), ("b", 2))]
    assert asked == [1, 1, 2, 3]


def test_it_is_shared_for_a_moment_and_a_long_count_for_longer(
    kept: Shared[str, int], counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(shared, "time", SimpleNamespace(monotonic=lambda: now[0]))

    def at(moment: float) -> int:
        now[0] = moment
        return kept.get("here", 1, counter)

    assert [at(100.0), at(100.9), at(101.1)] == [1, 1, 2]

    def takes_two_seconds() -> int:
        now[0] += 2
        return counter()

    now[0] = 200.0
    assert kept.get("here", 1, takes_two_seconds) == 3
    assert [at(221.9), at(222.1)] == [3, 4]


def test_no_more_are_kept_than_that(
    kept: Shared[str, int], counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "MOST", 2)
    assert [kept.get(key, 1, counter) for key in "abca"] == [1, 2, 3, 4]

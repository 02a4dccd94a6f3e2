"""Have levels with many grids cut into bundles, once for what is drawn; kept in the store, served for ever.

A level is named by its content (``Ground.contents``), so plans that draw it alike share its bundles. Whoever needs them
first makes them, and says so in the store; another process waits, or makes them when the first fell silent.
"""

from __future__ import annotations

import gzip
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from weakref import WeakKeyDictionary

import numpy as np

from city import past
from city.opened import City, Ground
from domain.grids import Grid, Level
from domain.said import Busy
from gis.tiling import Grid as DrawnGrid
from gis.tiling import tile
from storage import tiles as store

log = logging.getLogger("redgrid")

PATIENCE = timedelta(seconds=60)
"""After so long without a sign another process is taken to have given up."""

SIGN = 10.0
"""Seconds between two signs that a process still makes a level's bundles."""

WAIT = 0.5
"""Seconds between two looks whether another process is ready."""

Bundles = tuple[tuple[int, ...], ...]
"""Of each bundle the numbers of its grids in the level, in the order of codes."""


def address(name: str) -> str:
    """Where a browser finds the index of a level; its bundles lie beneath."""
    return f"/tiles/{name}"


def ensure(city: City) -> int:
    """Make what is missing of the plan in force, drop what no plan in time needs; how many levels were made here.

    Where another process makes them, it is waited for.
    """
    ground = city.ground
    made = sum(ensure_level(city, level) for level in sorted(ground.tiled))
    if made:
        needed = _needed(city, ground)
        with city.database.write() as connection:
            store.forget_others(connection, needed)
    return made


def ensure_level(city: City, level: Level) -> bool:
    """The same for one level of the plan in force, however few grids it has."""
    return _ensure(city, city.ground.contents[level], city.ground.drawn(level))


def ensure_plan(city: City, plan_id: int) -> int:
    """The same for a plan that will be in force soon."""
    drawn = past.drawn_plan(city, plan_id)
    names = drawn.contents
    return sum(_ensure(city, names[level], drawn.grids(level)) for level in sorted(drawn.tiled))


def index(city: City, name: str) -> bytes | None:
    """The index of a level, compressed; None where no plan draws such a level.

    Raises:
        Busy: while its bundles are being made, which this begins where nobody did.
    """
    found = _body(city, name, store.INDEX)
    if found is None and (grids := _grids_named(city, name)) is not None:
        _begin(city, name, grids)
        raise Busy
    return found


def bundle(city: City, name: str, zoom: int, number: int) -> bytes | None:
    """A bundle from a zoom on, compressed; None where there is none such."""
    return _body(city, name, zoom, number) if zoom >= 0 else None


def bundles(city: City, level: Level) -> Bundles | None:
    """Which grids of a level of the plan in force are in which bundle; None before that is known."""
    name = city.ground.contents.get(level, "")
    kept = _members.setdefault(city, {})
    if name not in kept:
        found = _body(city, name, store.MEMBERS)
        if found is None:
            return None
        if len(kept) > 2 * len(Level):
            kept.clear()
        kept[name] = _read_members(found)
    return kept[name]


def grids_in(city: City, level: Level, asked: Sequence[int]) -> list[list[Grid]] | None:
    """The grids of each of some bundles of a level; None where there are no such bundles."""
    known, here = bundles(city, level), city.ground.structure.at_level(level)
    if known is None or any(number >= len(known) for number in asked):
        return None
    return [[here[n] for n in known[number]] for number in asked]


def places(ground: Ground, *codes: str | None, inside: Sequence[Grid] = ()) -> dict[str, list[float]]:
    """Where what a map is told to show lies – west, south, east, north in degrees by code –, the whole ``city``, and
    under ``inside`` some grids together. A map that was just opened has the outlines of one level at most.
    """
    found = {"city": list(ground.bounds)}
    for code in codes:
        if code in ground.boxes:
            found[str(code)] = _around([ground.boxes[str(code)]])
    if inside:
        found["inside"] = _around([ground.boxes[grid.code] for grid in inside])
    return found


def _around(boxes: Sequence[tuple[float, ...]]) -> list[float]:
    wests, souths, easts, norths = zip(*boxes, strict=True)
    return [round(edge, 6) for edge in (min(wests), min(souths), max(easts), max(norths))]


_members: WeakKeyDictionary[City, dict[str, Bundles]] = WeakKeyDictionary()
_making: set[str] = set()
_lock = threading.Lock()


def _body(city: City, name: str, zoom: int, number: int = store.WHOLE) -> bytes | None:
    with city.database.read() as connection:
        return store.body(connection, name, zoom, number)


def _read_members(body: bytes) -> Bundles:
    bundle_of = np.frombuffer(gzip.decompress(body), dtype="<i4")
    order = np.argsort(bundle_of, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(bundle_of))[:-1])
    return tuple(tuple(part.tolist()) for part in parts)


def _grids_named(city: City, name: str) -> Sequence[DrawnGrid] | None:
    """The grids that are drawn under a name, of the plan in force or of one before it."""
    ground = city.ground
    for level, known in ground.contents.items():
        if known == name and level in ground.tiled:
            return ground.drawn(level)
    for plan in ground.history:
        for level, known in past.past_plan(city, plan).contents.items() if plan.until else ():
            if known == name:
                return past.drawn_plan(city, plan.id).grids(level)
    return None


def _needed(city: City, ground: Ground) -> set[str]:
    former = (past.past_plan(city, plan) for plan in ground.history if plan.until is not None)
    return {*ground.contents.values(), *(name for plan in former for name in plan.contents.values())}


def _begin(city: City, name: str, grids: Sequence[DrawnGrid]) -> None:
    """Make a level's bundles beside what this process is asked for."""
    with _lock:
        if name in _making:
            return
        _making.add(name)

    def make() -> None:
        try:
            # Its own levels come one after the other, the few large grids first; who looks at one will ask for another.
            if name in city.ground.contents.values():
                ensure(city)
            _ensure(city, name, grids)
        except Busy:
            log.warning(
                "the outlines of a level could not be kept just now; they are made again when asked for"
            )
        finally:
            with _lock:
                _making.discard(name)

    threading.Thread(target=make, name=f"bundles-{name}", daemon=True).start()


def _ensure(city: City, name: str, grids: Sequence[DrawnGrid]) -> bool:
    """Make a level's bundles unless they are there; True where this process made them."""
    while True:
        if _body(city, name, store.INDEX) is not None:
            return False
        with city.database.write() as connection:
            mine = store.claim(connection, name, city.now(), PATIENCE)
        if mine:
            break
        time.sleep(WAIT)
    begun = time.monotonic()
    with _claimed(city, name):
        made = tile(grids)
        members = gzip.compress(made.bundle_of.astype("<i4").tobytes(), 6, mtime=0)
        with city.database.write() as connection:
            store.keep(connection, name, made.index, members, made.bodies)
    log.info("%s grids were cut into bundles in %.0f s", f"{len(grids):,}", time.monotonic() - begun)
    return True


@contextmanager
def _claimed(city: City, name: str) -> Iterator[None]:
    """Show signs of life; leave the work to others when it fails."""
    done = threading.Event()

    def show() -> None:
        while not done.wait(SIGN):
            _unless_busy(lambda: _sign(city, name))

    thread = threading.Thread(target=show, name=f"signs-{name}", daemon=True)
    thread.start()
    try:
        yield
    except BaseException:
        done.set()
        thread.join()
        _unless_busy(lambda: _give_up(city, name))
        raise
    finally:
        done.set()
        thread.join()


def _unless_busy(do: Callable[[], None]) -> None:
    """What may be left undone while the store is away."""
    try:
        do()
    except Busy:
        log.debug("the store was busy")


def _sign(city: City, name: str) -> None:
    with city.database.write() as connection:
        store.sign(connection, name, city.now())


def _give_up(city: City, name: str) -> None:
    with city.database.write() as connection:
        store.give_up(connection, name)

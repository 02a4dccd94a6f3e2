"""Cut texts into pairs of characters, and keep compactly which tickets have a pair.

Two characters are the shortest Chinese word, and no dictionary is needed to find them. A pair with a blank in it is
none: texts are looked for as they stand, pairs only lead to where they may be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import IntEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.uint16]
"""Tickets of one stretch by their distance from its first, ascending."""

SPAN = 65_536
"""Tickets that one stretch may hold: a place takes two bytes."""

AS_BITS = SPAN // 8
"""Bytes of a stretch as one bit a ticket; fewer than these hold the places themselves."""

BLANKS = np.array([n for n in range(0x3001) if chr(n).isspace()], dtype=np.uint32)

_CHARACTER = 21
"""Bits of a character."""

PART_AT = 2 * _CHARACTER
"""The bit of a pair's number at which its part begins."""


class Part(IntEnum):
    """What of a ticket a pair comes from: the number is everybody's, the words are not."""

    NUMBER = 0
    WORDS = 1


folded = str.casefold
"""A text without the difference between capital and small letters."""


def grams_of(text: str, part: Part) -> list[int]:
    """The pairs of a text, each once, ascending."""
    codes = _codes([folded(text)])
    return [int(gram) for gram in np.unique(_pairs(codes)[_are_pairs(codes)] | _mark(part))]


def posted(places: Sequence[int], texts: Sequence[tuple[Part, Sequence[str]]]) -> Iterator[tuple[int, bytes]]:
    """Each pair of some tickets with the places of those that have it, coded; ``texts`` lie beside ``places``."""
    found = [_found(np.asarray(places, np.int64), part, of_part) for part, of_part in texts]
    both = np.sort(np.concatenate(found)) if found else np.empty(0, np.int64)
    both = both[np.diff(both, prepend=-1) != 0]
    grams, where = both >> 16, (both & 0xFFFF).astype("<u2")
    starts = [*np.flatnonzero(np.diff(grams, prepend=-1)).tolist(), len(both)]
    for start, end in pairwise(starts):
        yield int(grams[start]), coded(where[start:end])


def coded(places: Places) -> bytes:
    """Places as bytes: two each, or a bit for every ticket of the stretch where that is shorter."""
    if 2 * len(places) < AS_BITS:
        return places.astype("<u2").tobytes()
    bits = np.zeros(SPAN, np.uint8)
    bits[places] = 1
    return np.packbits(bits, bitorder="little").tobytes()


def decoded(raw: bytes) -> Places:
    """The places behind the bytes."""
    if len(raw) < AS_BITS:
        return np.frombuffer(raw, "<u2")
    return np.flatnonzero(np.unpackbits(np.frombuffer(raw, np.uint8), bitorder="little")).astype(np.uint16)


def in_all(lists: Sequence[bytes]) -> Places:
    """The places that are in every one of several lists."""
    if not lists:
        return np.empty(0, np.uint16)
    shortest, *others = sorted(lists, key=len)
    kept = decoded(shortest)
    for other in others:
        kept = kept[_has(other)[kept]]
    return kept


def in_any(each: Sequence[Places]) -> Places:
    """The places that are in any of several sets of them."""
    filled = [places for places in each if len(places)]
    if len(filled) < 2:
        return filled[0] if filled else np.empty(0, np.uint16)
    return np.unique(np.concatenate(filled))


def _has(raw: bytes) -> NDArray[np.bool_]:
    if len(raw) == AS_BITS:
        return np.unpackbits(np.frombuffer(raw, np.uint8), bitorder="little").view(np.bool_)
    there = np.zeros(SPAN, np.bool_)
    there[decoded(raw)] = True
    return there


def _found(places: NDArray[np.int64], part: Part, texts: Sequence[str]) -> NDArray[np.int64]:
    """Pair and place in one number, for every pair of the texts."""
    small = list(map(folded, texts))
    codes, owner = _codes(small), np.repeat(places, list(map(len, small)))
    pairs = _are_pairs(codes)
    pairs &= owner[:-1] == owner[1:]
    return ((_pairs(codes)[pairs] | _mark(part)) << 16) | owner[:-1][pairs]


def _codes(texts: Sequence[str]) -> NDArray[np.int64]:
    raw = "".join(texts).encode("utf-32-le", "surrogatepass")
    return np.frombuffer(raw, "<u4").astype(np.int64)


def _pairs(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    return (codes[:-1] << _CHARACTER) | codes[1:]


def _are_pairs(codes: NDArray[np.int64]) -> NDArray[np.bool_]:
    filled = ~np.isin(codes, BLANKS)
    both: NDArray[np.bool_] = filled[:-1] & filled[1:]
    return both


def _mark(part: Part) -> int:
    return int(part) << PART_AT

"""Cut texts into grams – a few characters in a row –, and keep compactly which tickets have a gram.

Two characters are the shortest Chinese word, and no dictionary is needed to find them. Numbers are cut into fours as
well: they have so few characters that every pair of them is common. A gram with a blank in it is none: texts are looked
for as they stand, grams only lead to where they may be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.uint16]
"""Tickets of one stretch by their distance from its first, ascending."""

SPAN = 65_536
"""Tickets that one stretch may hold: a place takes two bytes."""

AS_BITS = SPAN // 8
"""Bytes of a stretch as one bit a ticket; fewer than these hold the places themselves."""

FEW_BYTES = 512
"""Where a stretch's lists have no more together – so none is in bits –, those of many stretches are gone through at once."""

BLANKS = np.array([n for n in range(0x3001) if chr(n).isspace()], dtype=np.uint32)

PART_AT = 42
"""The bit of a gram's number at which its part begins: two characters fit below it."""


class Part(IntEnum):
    """What of a ticket a gram comes from, and so how it was cut: the number is everybody's, the words are not."""

    NUMBER = 0
    WORDS = 1
    NUMBER_IN_FOURS = 2


CHARACTERS: Mapping[Part, int] = {Part.NUMBER: 2, Part.WORDS: 2, Part.NUMBER_IN_FOURS: 4}
"""How many a gram of each part has."""


folded = str.casefold
"""A text without the difference between capital and small letters."""


def grams_of(text: str, part: Part) -> list[int]:
    """The grams of a text, each once, ascending."""
    codes = _codes([folded(text)])
    return [int(gram) for gram in np.unique(_grams(codes, part)[_are_filled(codes, CHARACTERS[part])])]


def posted(places: Sequence[int], texts: Sequence[tuple[Part, Sequence[str]]]) -> Iterator[tuple[int, bytes]]:
    """Each gram of some tickets with the places of those that have it, coded; ``texts`` lie beside ``places``."""
    found = [_found(np.asarray(places, np.int64), part, of_part) for part, of_part in texts]
    both = np.sort(np.concatenate(found)) if found else np.empty(0, np.int64)
    both = both[np.diff(both, prepend=-1) != 0]
    grams, where = both >> 16, (both & 0xFFFF).astype("<u2").tobytes()
    starts = np.flatnonzero(np.diff(grams, prepend=-1))
    ends = 2 * np.append(starts, len(both))
    for gram, (start, end) in zip(grams[starts].tolist(), pairwise(ends.tolist()), strict=True):
        yield gram, _shortest(where[start:end])


def coded(places: Places) -> bytes:
    """Places as bytes: two each, or a bit for every ticket of the stretch where that is shorter."""
    return _shortest(places.astype("<u2").tobytes())


def _shortest(in_twos: bytes) -> bytes:
    if len(in_twos) < AS_BITS:
        return in_twos
    bits = np.zeros(SPAN, np.uint8)
    bits[np.frombuffer(in_twos, "<u2")] = 1
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
        if not len(kept):
            break
        kept = kept[_has(other)[kept]]
    return kept


def in_every(lists: Mapping[int, Sequence[bytes]]) -> NDArray[np.int64]:
    """The tickets that are in every list of their stretch, ascending by id; each stretch, by its first ticket, has as many lists."""
    short = {first: each for first, each in lists.items() if sum(map(len, each)) <= FEW_BYTES}
    long = (in_all(each).astype(np.int64) + first for first, each in lists.items() if first not in short)
    return united([_in_every_at_once(short), *long])


def _in_every_at_once(lists: Mapping[int, Sequence[bytes]]) -> NDArray[np.int64]:
    """The same of short lists: a ticket that is in all of its stretch's stands as often in all of them together."""
    times = max(map(len, lists.values()), default=0)
    if not times:
        return np.empty(0, np.int64)
    raw = [(first, places) for first, each in lists.items() for places in each]
    firsts = np.repeat([first for first, _ in raw], [len(places) // 2 for _, places in raw])
    ids = np.sort(np.frombuffer(b"".join(places for _, places in raw), "<u2") + firsts)
    last = max(len(ids) - times + 1, 0)
    found: NDArray[np.int64] = ids[:last][ids[:last] == ids[times - 1 :]]
    return found


def united(sets: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """The ids that are in any of several sets of them, ascending."""
    filled = [ids for ids in sets if len(ids)]
    if len(filled) < 2:
        return filled[0] if filled else np.empty(0, np.int64)
    # Sets lie in order mostly: they are merged then.
    ids = np.sort(np.concatenate(filled), kind="stable")
    found: NDArray[np.int64] = ids[np.diff(ids, prepend=-1) != 0]
    return found


def _has(raw: bytes) -> NDArray[np.bool_]:
    if len(raw) == AS_BITS:
        return np.unpackbits(np.frombuffer(raw, np.uint8), bitorder="little").view(np.bool_)
    there = np.zeros(SPAN, np.bool_)
    there[decoded(raw)] = True
    return there


def _found(places: NDArray[np.int64], part: Part, texts: Sequence[str]) -> NDArray[np.int64]:
    """Gram and place in one number, for every gram of the texts."""
    small, last = list(map(folded, texts)), CHARACTERS[part] - 1
    codes, owner = _codes(small), np.repeat(places, list(map(len, small)))
    begins = owner[: max(len(owner) - last, 0)]
    within = _are_filled(codes, CHARACTERS[part])
    within &= begins == owner[last:]
    return (_grams(codes, part)[within] << 16) | begins[within]


def _codes(texts: Sequence[str]) -> NDArray[np.int64]:
    raw = "".join(texts).encode("utf-32-le", "surrogatepass")
    return np.frombuffer(raw, "<u4").astype(np.int64)


def _grams(codes: NDArray[np.int64], part: Part) -> NDArray[np.int64]:
    """Some characters in a row as one number, with its part. Three rare ones may share theirs with three others."""
    characters = CHARACTERS[part]
    bits = PART_AT // characters
    numbers = np.zeros(max(len(codes) - characters + 1, 0), np.int64)
    for n, each in enumerate(_shifted(codes, characters)):
        numbers ^= each << (bits * (characters - 1 - n))
    return (numbers & ((1 << PART_AT) - 1)) | (int(part) << PART_AT)


def _are_filled(codes: NDArray[np.int64], characters: int) -> NDArray[np.bool_]:
    filled = ~np.isin(codes, BLANKS)
    every: NDArray[np.bool_] = np.logical_and.reduce(list(_shifted(filled, characters)))
    return every


def _shifted(row: NDArray[Any], times: int) -> Iterator[NDArray[Any]]:
    """A row from its first on, from its second on and so forth, each as long as the last of them."""
    length = max(len(row) - times + 1, 0)
    for n in range(times):
        yield row[n : n + length]

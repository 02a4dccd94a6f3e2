"""Find tickets by their text: a few characters in a row lead to where a text may be, the text itself decides.

What was raised is sealed in stretches: for each gram of a stretch, the tickets that have it. A stretch is small at
first and made anew, large, once enough of its neighbours are there. What is not sealed yet is read as it stands, so
that nothing is ever missed and raising a ticket costs nothing here. Grams of words are words: whoever erases these
erases those (:func:`forget`).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from itertools import accumulate, chain, repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Dialect,
    Row,
    Select,
    any_,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from storage.columns import Columns, Ready, append_ready, ready
from storage.database import IN_BYTES
from storage.grams import (
    PART_AT,
    SPAN,
    Part,
    coded,
    decoded,
    folded,
    grams_of,
    in_every,
    posted,
    united,
)
from storage.schema import search_grams, search_stretches, ticket_words, tickets

S, G, T, W = search_stretches.c, search_grams.c, tickets.c, ticket_words.c

SMALL = 1_024
"""Tickets of a stretch at first; at most about so many are read one by one."""

FIRST_STEP, STEPS_GROW = 8 * SMALL, 4
"""The newest so many are looked at first for how common a text is, then at least so many times as many."""

SURELY_MANY = 4
"""Where so many times too many are expected, it is not looked how many there are indeed."""

MOST_GRAMS = 8
"""Grams of one text that are looked up; more would lead to hardly fewer tickets."""

RAREST = 4
"""Of these the lists of so many are read, the rarest: the others leave hardly anything out."""

RATHER_READ = 50
"""So few tickets are read themselves rather than looked for in further lists."""

AHEAD = 4 * SPAN
"""Tickets of an import whose texts are held to find their grams while the database works."""

LAST = np.iinfo(np.int64).max
"""An id after every other."""

SEALING = 7_105_383
"""The number of the advisory lock under which stretches change on PostgreSQL."""

PATIENCE = "200ms"
"""How long sealing waits for others; it comes again with the next sweep."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of tickets by their ids, both ends in it."""

    first: int
    last: int


# --- keeping ---------------------------------------------------------------------------------------------------


def is_due(connection: Connection) -> bool:
    """May a stretch be full?"""
    return _next_stretch(connection, sealed_upto(connection), _last_ticket(connection)) is not None


def seal(connection: Connection) -> int:
    """Seal every stretch that is full; how many tickets that were. Nothing where another process is at it.

    Raises:
        OperationalError: on PostgreSQL, when others hold the tickets for too long.
    """
    if connection.dialect.name == "postgresql":
        if not connection.scalar(select(func.pg_try_advisory_xact_lock(SEALING))):
            return 0
        # Whoever got an id and is still writing holds the table: once nobody does, no id below the last comes late.
        connection.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE}'"))
        with connection.begin_nested() as only_looked:
            connection.execute(text("LOCK TABLE tickets IN SHARE MODE"))
            settled = _last_ticket(connection)
            only_looked.rollback()
        connection.execute(text("SET LOCAL lock_timeout = 0"))
    else:
        settled = _last_ticket(connection)
    return seal_upto(connection, settled)


Texts = Sequence[Any]
"""A ticket's id, its number, its address and what was said of it; of this there may be nothing."""

Ahead = Sequence[tuple["Stretch", "Future[Found]"]]
"""Stretches whose grams are being found already."""


@dataclass(frozen=True, slots=True)
class Coming:
    """The texts of tickets that were just brought in, from an id on; nobody has said anything about them yet."""

    first: int
    numbers: Sequence[str]
    addresses: Sequence[str]

    @classmethod
    def of(cls, first: int, rows: Sequence[Columns]) -> Coming:
        """From the columns of such tickets."""
        numbers, addresses = (
            list(chain.from_iterable(each[name] for each in rows)) for name in ("no", "address")
        )
        return cls(first, numbers, addresses)

    @property
    def last(self) -> int:
        """The id of the last one."""
        return self.first + len(self.numbers) - 1

    def texts_of(self, stretch: Stretch) -> Iterator[Texts]:
        """What those in a stretch say."""
        which = range(max(stretch.first, self.first), stretch.last + 1)
        among = slice(which.start - self.first, which.stop - self.first)
        return zip(which, self.numbers[among], self.addresses[among], repeat(None))


def find_ahead(connection: Connection, coming: Coming, beside: Executor) -> Ahead:
    """Begin to find the grams of what was just brought in, by whoever holds the tickets: the database may be at other things
    meanwhile.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(SEALING)))
    found = []
    for stretch in _ahead(_full_stretches(connection, coming.last)):
        before = _texts_of(connection, Stretch(stretch.first, min(stretch.last, coming.first - 1)))
        texts = [*before, *coming.texts_of(stretch)]
        found.append((stretch, beside.submit(_found, connection.dialect, stretch, texts)))
    return found


def seal_imported(connection: Connection, last: int, ahead: Ahead) -> int:
    """Seal what was just brought in: first that whose grams were found ahead; how many tickets that were."""
    sealed = _keep(connection, [(stretch, found.result()) for stretch, found in ahead])
    return sealed + seal_upto(connection, last)


def seal_upto(connection: Connection, settled: int) -> int:
    """Seal what is full of the tickets up to an id below which none comes any more."""
    return sum(
        _keep(connection, [(stretch, _found(connection.dialect, stretch, _texts_of(connection, stretch)))])
        for stretch in _full_stretches(connection, settled)
    )


def _full_stretches(connection: Connection, settled: int) -> Iterator[Stretch]:
    """The stretches to seal: a large one where all of it is there, else small ones."""
    sealed = sealed_upto(connection)
    while (stretch := _next_stretch(connection, sealed, settled)) is not None:
        yield stretch
        sealed = stretch.last


def _ahead(stretches: Iterable[Stretch]) -> Iterator[Stretch]:
    """The first of some stretches: the texts of so many tickets are held at a time."""
    tickets_held = 0
    for stretch in stretches:
        tickets_held += stretch.last - stretch.first + 1
        if tickets_held > AHEAD:
            return
        yield stretch


def _next_stretch(connection: Connection, sealed: int, settled: int) -> Stretch | None:
    """The next stretch to seal; None where none is full."""
    first = connection.scalar(select(func.min(T.id)).where(T.id > sealed, T.id <= settled))
    if first is None:
        return None
    for span in (SPAN, SMALL):
        begins = first // span * span
        if begins + span - 1 <= settled:
            return Stretch(begins, begins + span - 1)
    return None


def _texts_of(connection: Connection, stretch: Stretch) -> Sequence[Texts]:
    return connection.execute(_TEXTS.where(T.id.between(stretch.first, stretch.last)).order_by(T.id)).all()


@dataclass(frozen=True, slots=True)
class Found:
    """The grams of some tickets' texts, each with the places of those that have it."""

    tickets: int
    grams: Ready


def _found(dialect: Dialect, stretch: Stretch, rows: Sequence[Texts]) -> Found:
    found = list(_posted(rows, stretch.first))
    grams, places = zip(*found, strict=True) if found else ((), ())
    lists = {
        "stretch": [stretch.first] * len(grams), "gram": grams, "size": list(map(len, places)), "tickets": places,
    }  # fmt: skip
    return Found(len(rows), ready(dialect, lists))


def _keep(connection: Connection, found: Sequence[tuple[Stretch, Found]]) -> int:
    """Keep what stretches, one after another, were found to say instead of what was kept of them; how many tickets that are."""
    if not found:
        return 0
    first, last = found[0][0].first, found[-1][0].last
    connection.execute(delete(search_grams).where(G.stretch.between(first, last)))
    connection.execute(delete(search_stretches).where(S.first.between(first, last)))
    connection.execute(
        insert(search_stretches), [{"first": stretch.first, "last": stretch.last} for stretch, _ in found]
    )
    written = chain.from_iterable(each.grams.written for _, each in found)
    append_ready(connection, search_grams, replace(found[0][1].grams, written=written))
    return sum(each.tickets for _, each in found)


def _posted(rows: Sequence[Texts], first: int) -> Iterator[tuple[int, bytes]]:
    ids, numbers, addresses, descriptions = zip(*rows, strict=True) if rows else ((),) * 4
    return posted(
        [each - first for each in ids],
        [
            *((part, numbers) for part in (Part.NUMBER, Part.NUMBER_IN_FOURS)),
            (Part.WORDS, addresses), (Part.WORDS, [words or "" for words in descriptions]),
        ],
    )  # fmt: skip


def forget(connection: Connection, ticket_id: int, texts: Iterable[str]) -> None:
    """Take what a ticket said out of what is sealed; grams that no other ticket of its stretch has go altogether."""
    grams = sorted({gram for said in texts for gram in grams_of(said, Part.WORDS)})
    if not grams:
        return
    if connection.dialect.name == "postgresql":
        # Nobody shall seal just now what was read before it was erased.
        connection.execute(select(func.pg_advisory_xact_lock(SEALING)))
    stretch = connection.scalar(select(S.first).where(S.first <= ticket_id, S.last >= ticket_id))
    if stretch is None:
        return
    place = ticket_id - stretch
    for row in connection.execute(
        select(G.gram, G.tickets).where(G.stretch == stretch, G.gram.in_(grams))
    ).all():
        places = decoded(row.tickets)
        left = places[places != place]
        this = (G.stretch == stretch, G.gram == row.gram)
        if len(left):
            raw = coded(left)
            connection.execute(update(search_grams).where(*this).values(tickets=raw, size=len(raw)))
        else:
            connection.execute(delete(search_grams).where(*this))


def sealed_upto(connection: Connection) -> int:
    """The id up to which tickets are sealed."""
    return connection.scalar(select(S.last).order_by(S.first.desc()).limit(1)) or 0


def stretches(connection: Connection) -> list[Stretch]:
    """Every stretch, the newest first."""
    rows = connection.execute(select(S.first, S.last).order_by(S.first.desc())).all()
    return [Stretch(first, last) for first, last in rows]


def wrong_stretches(connection: Connection) -> Iterator[Stretch]:
    """Stretches that hold something else than their tickets say: found anew from the texts."""
    for stretch in stretches(connection):
        rows = _texts_of(connection, stretch)
        kept = connection.execute(
            select(G.gram, G.tickets, G.size).where(G.stretch == stretch.first).order_by(G.gram)
        )
        found = ((gram, places, len(places)) for gram, places in _posted(rows, stretch.first))
        if [(row.gram, bytes(row.tickets), row.size) for row in kept] != list(found):
            yield stretch


def _last_ticket(connection: Connection) -> int:
    return connection.scalar(select(func.max(T.id))) or 0


_TEXTS: Select[Any] = select(T.id, T.no, T.address, W.description).outerjoin_from(
    tickets, ticket_words, W.ticket_id == T.id
)


# --- looking ---------------------------------------------------------------------------------------------------

Lists = defaultdict[int, defaultdict[int, list[bytes]]]
"""Of the grams of a part, the lists of each stretch, by its first ticket."""


@dataclass(slots=True)
class Sought:
    """One text that is looked for, in numbers and perhaps in words; what was read of the index is kept meanwhile."""

    connection: Connection
    text: str
    in_words: bool
    _stretches: list[Stretch] = field(default_factory=list)
    _grams: dict[Part, list[int]] = field(default_factory=dict)
    _sizes: dict[int, int] | None = None
    _read: set[int] = field(default_factory=set)
    _may: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    _loose: dict[int, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.text = folded(self.text)
        self._stretches = stretches(self.connection)
        parts = [_part_of_numbers(self.text), *((Part.WORDS,) if self.in_words else ())]
        self._grams = {part: _some_grams(self.text, part) for part in parts}

    @property
    def _dialect(self) -> str:
        return self.connection.dialect.name

    @property
    def _sealed_upto(self) -> int:
        return self._stretches[0].last if self._stretches else 0

    @property
    def has_grams(self) -> bool:
        """Is there any gram in the text? Where there is none, every ticket may say it."""
        return all(self._grams.values())

    @property
    def is_exact(self) -> bool:
        """Is the text itself one pair, so that having it is saying it?"""
        return len(self.text) == 2 and self.has_grams

    def one_in(self) -> float | None:
        """In about how many of the newest tickets one may say it; None where none of them does, or any may."""
        newest, _ = _first_of(self._stretches, FIRST_STEP)
        if not self.has_grams or not newest:
            return None
        says = sum(self._read_loose().values()) + len(self._those_of(newest))
        held = len(self._loose) + _held(newest)
        return held / says if says else None

    def held(self) -> int:
        """About how many tickets there are."""
        return len(self._read_loose()) + _held(self._stretches)

    def few(self, most: int) -> list[int] | None:
        """The tickets that may say it, if they are no more than so many; None otherwise, and where surely more are to be expected."""
        if not self.has_grams:
            return None
        found = [n for n, says in self._read_loose().items() if says]
        led_to, held, every = self._led_to(), 0, self.held()
        rest = self._stretches if self._leading() else []
        step = FIRST_STEP if led_to > most else every
        while rest and len(found) <= most:
            some, rest = _first_of(rest, step)
            found += self._those_of(some)[::-1].tolist()
            # As many as would lead to too many if the rest said it as often; where hardly any does, all of the rest.
            held += _held(some)
            # The newest may say it more than those before: no more than have its rarest gram can.
            if min(len(found) * every // held, led_to) > SURELY_MANY * most:
                return None
            step = max(STEPS_GROW * step, held * most // (len(found) + 1))
        return found if len(found) <= most else None

    def may_say(self, ids: Sequence[int]) -> list[int]:
        """Those of some tickets that may say it, in their order."""
        if not self.has_grams:
            return list(ids)
        wanted = np.asarray(ids, np.int64)
        self._read_index(self._stretches_with(wanted))
        may = [self._may]
        if len(wanted) and int(wanted.max()) > self._sealed_upto:
            loose = sorted(n for n, says in self._read_loose().items() if says)
            may.append(np.array(loose, np.int64))
        # These stand in order: what is among them is found by halves.
        ordered = np.concatenate([*may, [LAST]])
        found: list[int] = wanted[ordered[np.searchsorted(ordered, wanted)] == wanted].tolist()
        return found

    def _stretches_with(self, wanted: NDArray[np.int64]) -> list[Stretch]:
        """The stretches in which some tickets lie, the oldest first."""
        in_order = self._stretches[::-1]
        firsts = np.array([s.first for s in in_order], np.int64)
        return [in_order[n] for n in np.unique(np.searchsorted(firsts, wanted, side="right") - 1) if n >= 0]

    def said(self, ids: Sequence[int]) -> list[int]:
        """Those of some tickets that say it, in their order."""
        if self.is_exact or not ids:
            return list(ids)
        rows = self.connection.execute(_TEXTS.where(is_among(self.connection, T.id, ids))).all()
        says = {row.id for row in rows if self._says(row)}
        return [n for n in ids if n in says]

    def _says(self, row: Row[Any]) -> bool:
        texts = (row.no, row.address, row.description or "") if self.in_words else (row.no,)
        return any(self.text in folded(text) for text in texts)

    def _read_loose(self) -> dict[int, bool]:
        """The tickets that are in no stretch yet, and whether each says it."""
        if not self._loose:
            rows = self.connection.execute(_TEXTS.where(T.id > self._sealed_upto)).all()
            self._loose = {row.id: self._says(row) for row in rows}
        return self._loose

    def _known_sizes(self) -> dict[int, int]:
        """How long the lists of each gram are together: of many stretches that is known much sooner than what is in them."""
        if self._sizes is None:
            every = [gram for grams in self._grams.values() for gram in grams]
            known = self.connection.execute(_SIZES[self._dialect], {"grams": every}).all()
            self._sizes = {row.gram: row.size for row in known}
        return self._sizes

    def _leading(self) -> dict[Part, list[int]]:
        """For each part that may say the text, the grams whose lists are read: the rarest first, where that was asked for.
        A part that lacks one of its grams everywhere says nothing."""
        if self._sizes is None and all(len(grams) <= RAREST for grams in self._grams.values()):
            return self._grams
        sizes = self._known_sizes()
        return {
            part: sorted(grams, key=sizes.__getitem__)[:RAREST]
            for part, grams in self._grams.items()
            if all(gram in sizes for gram in grams)
        }

    def _led_to(self) -> int:
        """To how many tickets the rarest grams lead at least, and if they are few, at most."""
        sizes = self._known_sizes()
        return sum(sizes[grams[0]] // 2 for grams in self._leading().values())

    def _those_of(self, some: Sequence[Stretch]) -> NDArray[np.int64]:
        """The tickets of some stretches that may say it, ascending; the newest stretch is the first of them, and none is left out."""
        self._read_index(some)
        begin, end = np.searchsorted(self._may, [some[-1].first, some[0].last + 1])
        return self._may[begin:end]

    def _read_index(self, wanted: Sequence[Stretch]) -> None:
        """Find what of some stretches may say it, where that was not done yet."""
        new = [s.first for s in wanted if s.first not in self._read]
        if not new:
            return
        leading = self._leading()
        rarest = {part: grams[:1] for part, grams in leading.items()}
        led_to = self._led_to() if self._sizes is not None else LAST
        if led_to <= RATHER_READ:
            leading = rarest
        elif led_to < len(new):
            new = sorted({first for of_part in self._lists(new, rarest).values() for first in of_part})
        lists = self._lists(new, leading)
        # A stretch that lacks one of the grams has nothing that says the text.
        whole = (
            {first: each for first, each in lists[part].items() if len(each) == len(grams)}
            for part, grams in leading.items()
        )
        self._may = united([self._may, *map(in_every, whole)])
        self._read.update(s.first for s in wanted)

    def _lists(self, stretches: Sequence[int], leading: Mapping[Part, Sequence[int]]) -> Lists:
        """The lists of some grams in some stretches."""
        lists: Lists = defaultdict(lambda: defaultdict(list))
        grams = [*chain.from_iterable(leading.values())]
        if stretches and grams:
            asked = _LISTS[self._dialect].where(self._is_in(stretches))
            for stretch, gram, places in self.connection.execute(asked, {"grams": grams}).all():
                lists[gram >> PART_AT][stretch].append(places)
        return lists

    def _is_in(self, some: Sequence[int]) -> ColumnElement[bool]:
        """Is a list of one of some stretches? Where they follow each other it is found from one to the next."""
        oldest, newest = min(some), max(some)
        if len(some) == sum(oldest <= stretch.first <= newest for stretch in self._stretches):
            return G.stretch.between(oldest, newest)
        return is_among(self.connection, G.stretch, some)


def _part_of_numbers(sought: str) -> Part:
    """As what a text is looked for in numbers: in fours where it has any."""
    return Part.NUMBER_IN_FOURS if grams_of(sought, Part.NUMBER_IN_FOURS) else Part.NUMBER


def _some_grams(sought: str, part: Part) -> list[int]:
    grams = grams_of(sought, part)
    step = -(-len(grams) // MOST_GRAMS) or 1
    return grams[::step]


def _held(some: Sequence[Stretch]) -> int:
    """How many tickets some stretches may hold."""
    return sum(stretch.last - stretch.first + 1 for stretch in some)


def _first_of(known: list[Stretch], step: int) -> tuple[list[Stretch], list[Stretch]]:
    """The first stretches that hold so many tickets, or as many as there are; and the rest."""
    held = accumulate(stretch.last - stretch.first + 1 for stretch in known)
    count = next((n for n, so_far in enumerate(held, start=1) if so_far >= step), len(known))
    return known[:count], known[count:]


def _of_grams(asked: Select[Any]) -> Mapping[str, Select[Any]]:
    """A question about the lists of some ``grams``, as each database answers it gram by gram. Of several at once PostgreSQL
    thinks it finds them sooner in the key's order, stretch by stretch, and reads four times as much.
    """
    grams = bindparam("grams", type_=ARRAY(BigInteger))
    wanted = func.unnest(grams).table_valued("gram", name="wanted").render_derived()
    return {
        "postgresql": asked.join(wanted, G.gram == wanted.c.gram),
        "sqlite": asked.where(G.gram.in_(bindparam("grams", expanding=True))),
    }


_SIZES = _of_grams(select(G.gram, func.sum(G.size).label("size")).group_by(G.gram))
_LISTS = _of_grams(select(G.stretch, G.gram, G.tickets).execution_options(**IN_BYTES))


def is_among(
    connection: Connection, column: ColumnElement[Any], many: Sequence[int] | Sequence[str]
) -> ColumnElement[bool]:
    """Is a column one of many numbers, or texts? One value for the database, however many they are."""
    if connection.dialect.name == "postgresql":
        return column == any_(literal(list(many), ARRAY(column.type)))
    listed = func.json_each(literal(json.dumps(list(many)))).table_valued("value")
    return column.in_(select(listed.c.value))

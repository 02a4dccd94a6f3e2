"""Tickets are found by any piece of their text, on SQLite and on PostgreSQL, as reading all of them would find them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select

from domain.grids import Level
from domain.tickets import State
from storage import by_text, grams, lists, search
from storage.counts import Area
from storage.database import Database
from storage.grams import CHARACTERS, SPAN, Part, coded, decoded, grams_of, in_every, posted
from storage.migrate import migrate
from storage.schema import search_grams, ticket_words, tickets
from storage.search import Sought
from storage.tickets import TicketWork
from storage.wanted import Wanted
from tests.conftest import sqlite_url
from tests.domain.build import MONDAY

PIECES = (
    "路灯",
    "不亮",
    "井盖",
    "松动",
    " ",
    "3号楼",
    "Wi-Fi",
    "LED",
    "龘",
    "漏水",
    "。",
    "ß",
    "É",
    "%",
    "_",
    "\n",
    "电梯",
)
TEXTS = (
    "路灯",
    "路灯不",
    "不亮井盖",
    "led",
    "LED",
    "wi-fi",
    "fi3",
    "龘",
    "号",
    "楼路",
    "e",
    "亮 井",
    "1-1",
    "23",
    "121",
    "2-11",
    "124-1",
    "%",
    "_龘",
    "ss",
    "é",
    "没有",
)
AREAS = (Area(), Area(Level.COMMUNITY, ("C",)), Area(Level.BUILDING, ("C11",)), Area(lead="water"))


def fill(database: Database, count: int, first: int = 1) -> None:
    random = Random(first)
    with database.write() as connection:
        rows, words = [], []
        for n in range(first, first + count):
            ended = random.random() < 0.6
            at = MONDAY + timedelta(minutes=random.randrange(500))
            rows.append(
                {"id": n, "no": f"26112{n % 7}-{n}", "state": "closed" if ended else "in_progress", "open": not ended,
                 "holder": random.choice(("C11", "C12")), "level1": random.choice("CD"), "level3": random.choice(("C11", None)),
                 "category": random.choice(("noise", "water")), "urgent": False, "source": "grid", "opened_at": MONDAY, "stage_since": MONDAY,
                 "address": "".join(random.choices(PIECES, k=2)), "due_at": random.choice((None, at)), "closed_at": at if ended else None,
                 "lead": random.choice(("water", None))}
            )  # fmt: skip
            words.append(
                {
                    "ticket_id": n,
                    "description": "".join(random.choices(PIECES, k=5)),
                    "reporter": "路灯",
                    "phone": "",
                }
            )
        connection.execute(insert(tickets), rows)
        connection.execute(insert(ticket_words), [w for w in words if w["ticket_id"] % 9])


def plainly(connection: Any, area: Area, wanted: Wanted) -> list[int]:
    """Every ticket that says it, read one by one in the list's order."""
    rows = connection.execute(
        select(tickets, ticket_words.c.description)
        .outerjoin(ticket_words, ticket_words.c.ticket_id == tickets.c.id)
        .where(area.condition())
    ).all()
    text = wanted.text.casefold()
    found = [
        r for r in rows
        if (wanted.only == "all" or r.open is (wanted.only == "open"))
        and any(text in (t or "").casefold() for t in ((r.no, r.address, r.description) if wanted.in_words else (r.no,)))
    ]  # fmt: skip
    late = MONDAY + timedelta(days=9)

    def order(r: Any) -> tuple[Any, ...]:
        ended = 0.0 if r.open else -(r.closed_at - MONDAY).total_seconds()
        pressing = (r.due_at is None, r.due_at or late) if r.open else (False, late)
        return (not r.open, wanted.first != r.holder if r.open else False, pressing, ended, -r.id)

    return [r.id for r in sorted(found, key=order)]


@pytest.mark.parametrize(
    ("few", "soon"), [(2_000, 5_000), (10, 5_000), (10, 30)], ids=["rare", "common", "common elsewhere"]
)
def test_a_text_finds_what_reading_every_ticket_would_find_in_the_same_order(
    database: Database, few: int, soon: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("FEW", few), ("SOON", soon), ("AT_ONCE", 20), ("SURELY", 0.01)):
        monkeypatch.setattr(by_text, name, value)
    for name, value in (("SMALL", 16), ("FIRST_STEP", 16)):
        monkeypatch.setattr(search, name, value)
    fill(database, 150)
    with database.write() as connection:
        assert search.seal(connection) == 143
    fill(database, 60, first=151)
    with database.read() as connection:
        for k, text in enumerate(TEXTS):
            for n, area in enumerate(AREAS):
                for only in (("open", "ended", "all")[(k + n) % 3],):
                    wanted = Wanted(
                        only=only, text=text, in_words=n != 2, first="C11" if n == 1 else "", limit=300
                    )
                    found = lists.find_tickets(connection, area, wanted, MONDAY)
                    assert [t.id for t in found.tickets] == plainly(connection, area, wanted), (
                        text,
                        area,
                        only,
                    )
                    assert found.total == len(found.tickets) and not found.more


def test_pages_of_a_text_follow_each_other(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(database, 150)
    with database.read() as connection:
        for few in (2_000, 3):
            monkeypatch.setattr(by_text, "FEW", few)
            wanted = [
                Wanted(only="ended", text="路灯", in_words=True, limit=7, offset=7 * n) for n in range(20)
            ]
            pages = [lists.find_tickets(connection, Area(), each, MONDAY) for each in wanted]
            whole = plainly(connection, Area(), wanted[0])
            assert [t.id for page in pages for t in page.tickets] == whole
            assert [page.more for page in pages[:3]] == [few == 3] * 3


def test_a_part_of_a_number_leads_to_its_ticket_however_common_its_digits_are(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for where, name, value in (
        (by_text, "FEW", 5),
        (by_text, "SOON", 0),
        (by_text, "LOOKED_THROUGH", 20),
        (search, "SMALL", 64),
        (search, "FIRST_STEP", 64),
    ):
        monkeypatch.setattr(where, name, value)
    fill(database, 190)
    with database.write() as connection:
        for n in range(1, 191):
            connection.execute(tickets.update().where(tickets.c.id == n).values(no=f"{n:06d}"))
        assert search.seal(connection) == 127
    with database.read() as connection:
        for text, said in (("0101", [101]), ("0000", None)):
            wanted = Wanted(only="all", text=text, limit=100)
            found = lists.find_tickets(connection, Area(), wanted, MONDAY)
            if said:
                assert [t.id for t in found.tickets] == said and not found.stopped
            else:
                assert found.stopped and found.more


def test_a_common_text_is_met_along_the_list_before_anybody_counts_where_else_it_is_said(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for where, name, value in ((by_text, "FEW", 20), (by_text, "AT_ONCE", 20), (search, "SMALL", 4)):
        monkeypatch.setattr(where, name, value)

    def counted(*_: object) -> None:
        raise AssertionError("counted")

    monkeypatch.setattr(Sought, "few", counted)
    fill(database, 150)
    with database.write() as connection:
        search.seal(connection)
    with database.read() as connection:
        wanted = Wanted(only="open", text="路灯", in_words=True, limit=3)
        found = lists.find_tickets(connection, Area(), wanted, MONDAY)
        assert [t.id for t in found.tickets] == plainly(connection, Area(), wanted)[:3]
        assert found.more and not found.stopped
        with pytest.raises(AssertionError, match="counted"):
            lists.find_tickets(connection, Area(), replace(wanted, text="漏龘"), MONDAY)


def brought(lists: search.Lists) -> int:
    """How many lists of grams were read."""
    return sum(len(each) for of_part in lists.values() for each in of_part.values())


@pytest.fixture
def lists_read(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Of how many stretches each question asked for lists, and how many it brought."""
    read: list[tuple[int, int]] = []
    asked = Sought._lists

    def counted(sought: Sought, stretches: Sequence[int], leading: Mapping[Part, Sequence[int]]) -> Any:
        found = asked(sought, stretches, leading)
        if leading:
            read.append((len(stretches), brought(found)))
        return found

    monkeypatch.setattr(Sought, "_lists", counted)
    return read


def in_small_stretches(database: Database, says: Mapping[int, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand tickets in 65 stretches, some of which say something of their own."""
    for name, value in (("SMALL", 16), ("FIRST_STEP", 128)):
        monkeypatch.setattr(search, name, value)
    fill(database, 1_040)
    with database.write() as connection:
        for n, address in says.items():
            connection.execute(tickets.update().where(tickets.c.id == n).values(address=address))
        search.seal(connection)


def test_where_a_rare_text_is_said_is_read_at_once_and_of_a_common_one_no_more_than_shows_it(
    database: Database, lists_read: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    in_small_stretches(database, dict.fromkeys((40, 700, 1_020), "一枚龘龘"), monkeypatch)
    with database.read() as connection:
        assert Sought(connection, "枚龘", in_words=True).few(5) == [1_020, 700, 40]
        assert lists_read == [(65, 3)], "no other stretch has it"
        lists_read.clear()
        assert Sought(connection, "路灯", in_words=True).few(5) is None
        assert [asked for asked, _ in lists_read] == [8], "of 65 that have it"


def test_what_a_rare_pair_leads_to_is_read_rather_than_where_its_common_neighbours_are(
    database: Database, lists_read: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    in_small_stretches(database, {40: "枚龘路灯", 700: "枚龘井盖"}, monkeypatch)
    with database.read() as connection:
        assert Sought(connection, "枚龘路灯", in_words=True).few(5) == [700, 40], "what they say decides"
        assert lists_read == [(65, 2)]
        monkeypatch.setattr(search, "RATHER_READ", 0)
        lists_read.clear()
        assert Sought(connection, "枚龘路灯", in_words=True).few(5) == [40]
        assert [asked for asked, _ in lists_read] == [65, 2], (
            "龘路 and 路灯 in the two stretches of 枚龘 alone"
        )


def test_a_part_that_lacks_one_of_the_pairs_everywhere_is_not_read(
    database: Database, lists_read: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    in_small_stretches(database, {40: "26路"}, monkeypatch)
    with database.read() as connection:
        # Every number has 26, and one address 6路: no number has both.
        assert Sought(connection, "26路", in_words=True).few(5) == [40]
    assert lists_read == [(65, 1)]


def test_what_is_common_among_the_newest_is_not_counted_to_the_end(
    database: Database, lists_read: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    in_small_stretches(database, dict.fromkeys(range(5, 1_040, 10), "枚龘"), monkeypatch)
    with database.read() as connection:
        assert Sought(connection, "枚龘", in_words=True).few(20) is None
        assert lists_read == [(8, 8)], "13 of the newest 128 say it, so about a hundred of all"
        lists_read.clear()
        assert Sought(connection, "枚龘", in_words=True).few(30) is None
        assert len(lists_read) > 1, "it might have been thirty"
        assert len(Sought(connection, "枚龘", in_words=True).few(104) or ()) == 104


def test_what_only_the_newest_say_is_found_whole_however_often_they_say_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    burst = dict.fromkeys(range(1_000, 1_030), "枚龘枚")
    before = dict.fromkeys(range(1, 32), "枚龘") | dict.fromkeys(range(101, 132), "龘枚")
    in_small_stretches(database, before | burst, monkeypatch)
    with database.read() as connection:
        # By the newest alone it would be said by about 240; none of its pairs is by more than 61.
        assert sorted(Sought(connection, "枚龘枚", in_words=True).few(40) or ()) == sorted(burst)


def test_of_few_that_may_say_it_no_more_are_read_than_a_page_needs(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_text, "READ_AT_ONCE", 3)
    fill(database, 150)
    with database.read() as connection:
        wanted = [Wanted(only="all", text="Wi-Fi", in_words=True, limit=2, offset=2 * n) for n in range(80)]
        whole = plainly(connection, Area(), wanted[0])
        pages = [lists.find_tickets(connection, Area(), each, MONDAY) for each in wanted]
        assert [t.id for page in pages for t in page.tickets] == whole and len(whole) > 9
        assert pages[0].more and pages[0].total < len(whole)
        last = pages[(len(whole) - 1) // 2]
        assert last.tickets and not last.more and last.total == len(whole)


def test_a_search_that_stops_says_so_and_can_go_on(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_text, "FEW", 0)
    monkeypatch.setattr(by_text, "LOOKED_THROUGH", 20)
    fill(database, 150)
    with database.read() as connection:
        wanted = Wanted(only="ended", text="龘", in_words=True, limit=100)
        whole = plainly(connection, Area(), wanted)
        found = lists.find_tickets(connection, Area(), wanted, MONDAY)
        assert found.stopped and found.more and found.stopped.after == 20
        assert found.stopped.at and [t.id for t in found.tickets] == whole[: len(found.tickets)]
        assert all(t.closed_at and t.closed_at >= found.stopped.at for t in found.tickets)
        further = lists.find_tickets(
            connection, Area(), Wanted(only="ended", text="龘", in_words=True, limit=100, effort=50), MONDAY
        )
        assert [t.id for t in further.tickets] == whole and not further.stopped


def test_a_state_that_no_ticket_of_the_list_can_have_is_not_looked_for(database: Database) -> None:
    fill(database, 20)
    with database.read() as connection:
        for only, state in (("ended", State.IN_PROGRESS), ("open", State.CLOSED)):
            wanted = Wanted(only=only, state=state)
            assert lists.list_tickets(connection, Area(), wanted, MONDAY) == []
            assert lists.count_tickets(connection, Area(), wanted, MONDAY) == 0


def fill_short_stretches(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two stretches' worth of tickets, and half a third; four of them are a large one."""
    for name, span in (("SMALL", 16), ("SPAN", 64)):
        monkeypatch.setattr(search, name, span)
    fill(database, 40)


def test_small_stretches_become_a_large_one_and_nothing_changes(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_short_stretches(database, monkeypatch)
    with database.write() as connection:
        search.seal(connection)
        assert [(s.first, s.last) for s in search.stretches(connection)] == [(16, 31), (0, 15)]
    fill(database, 30, first=41)
    with database.write() as connection:
        search.seal(connection)
        assert [(s.first, s.last) for s in search.stretches(connection)] == [(0, 63)]
        assert search.seal(connection) == 0
        assert list(search.wrong_stretches(connection)) == []


def test_a_search_finds_everything_though_small_stretches_become_a_large_one_meanwhile(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_short_stretches(database, monkeypatch)
    with database.write() as connection:
        connection.execute(tickets.update().where(tickets.c.id == 20).values(address="一枚龘龘"))
        search.seal(connection)
    with database.read() as connection:
        sought = Sought(connection, "枚龘", in_words=True)
        fill(database, 30, first=41)
        with database.write() as other:
            search.seal(other)
            assert [(s.first, s.last) for s in search.stretches(other)] == [(0, 63)]
        assert sought.may_say([20]) == [20]


def test_what_is_erased_is_found_no_more_and_leaves_no_pair(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "SMALL", 16)
    fill(database, 15)
    with database.write() as connection:
        row = {"description": "麤齾WANG彁", "reporter": "", "phone": ""}
        connection.execute(ticket_words.update().where(ticket_words.c.ticket_id == 4).values(row))
        connection.execute(tickets.update().where(tickets.c.id == 4).values(address="鱻家"))
        assert search.seal(connection) == 15
    secret = {gram for said in ("麤齾WANG彁", "鱻家") for gram in grams_of(said, Part.WORDS)}
    with database.write() as connection:
        kept = set(connection.scalars(select(search_grams.c.gram)))
        assert secret <= kept
        TicketWork(connection).erase_words(4, whole=True)
        connection.execute(tickets.update().where(tickets.c.id == 4).values(address=""))
    with database.read() as connection:
        assert not secret & set(connection.scalars(select(search_grams.c.gram)))
        assert list(search.wrong_stretches(connection)) == []
        by_number = Wanted(only="all", text="-4", in_words=True)
        assert 4 in {t.id for t in lists.list_tickets(connection, Area(), by_number, MONDAY)}
        assert not lists.list_tickets(
            connection, Area(), Wanted(only="all", text="wang", in_words=True), MONDAY
        )


def test_no_trace_of_an_erased_pair_stays_in_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "SMALL", 16)
    file = tmp_path / "traces.db"
    database = Database(sqlite_url(file))
    migrate(database)
    fill(database, 15)
    with database.write() as connection:
        connection.execute(
            ticket_words.update().where(ticket_words.c.ticket_id == 4).values(description="麤齾")
        )
        search.seal(connection)
    (gram,) = grams_of("麤齾", Part.WORDS)
    traces = [gram.to_bytes(6, "big"), "麤齾".encode()]

    def in_the_file() -> list[bool]:
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        raw = file.read_bytes() + Path(f"{file}-wal").read_bytes()
        return [trace in raw for trace in traces]

    assert in_the_file() == [True, True]
    with database.write() as connection:
        TicketWork(connection).erase_words(4, whole=True)
    assert in_the_file() == [False, False]
    database.close()


@given(st.sampled_from(Part), st.lists(st.text(alphabet="ab路灯 1-", max_size=9), min_size=1, max_size=12))
def test_every_gram_leads_to_the_tickets_that_have_it(part: Part, texts: list[str]) -> None:
    found = dict(posted(range(len(texts)), [(part, texts)]))
    said = {gram: [n for n, text in enumerate(texts) if gram in grams_of(text, part)] for gram in found}
    assert {gram: decoded(raw).tolist() for gram, raw in found.items()} == said
    assert set(found) == {gram for text in texts for gram in grams_of(text, part)}


@given(st.text(alphabet="ab路灯 1-", max_size=9), st.integers(0, 9), st.integers(0, 9))
def test_a_text_has_the_grams_of_every_piece_of_it(text: str, begins: int, length: int) -> None:
    for part, characters in CHARACTERS.items():
        grams = grams_of(text, part)
        assert set(grams_of(text[begins : begins + length], part)) <= set(grams)
        rows = {text[n : n + characters] for n in range(len(text) - characters + 1)}
        assert len(grams) == len({row for row in rows if " " not in row})


@given(st.sets(st.integers(0, SPAN - 1), max_size=50), st.booleans())
def test_places_come_back_as_they_were(places: set[int], many: bool) -> None:
    kept = np.array(sorted(places | (set(range(5_000)) if many else set())), np.uint16)
    assert decoded(coded(kept)).tolist() == kept.tolist()


@given(st.data(), st.integers(1, 4), st.sampled_from([0, 30, grams.FEW_BYTES, grams.AS_BITS - 1]))
def test_what_every_list_of_a_stretch_has_is_found_as_sets_find_it(
    data: st.DataObject, times: int, few_bytes: int
) -> None:
    places = st.sets(st.integers(0, 40) | st.sampled_from([SPAN - 1, SPAN // 2]), min_size=1)
    most = data.draw(st.booleans(), label="one list is long")
    drawn = data.draw(
        st.dictionaries(
            st.integers(0, 50).map(SPAN.__mul__), st.lists(places, min_size=times, max_size=times)
        )
    )
    sets = {
        first: [each | (set(range(5_000)) if most and not n else set()) for n, each in enumerate(every)]
        for first, every in drawn.items()
    }
    said = {
        first: [coded(np.array(sorted(each), np.uint16)) for each in every] for first, every in sets.items()
    }
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(grams, "FEW_BYTES", few_bytes)
        found = in_every(said).tolist()
    assert found == sorted(
        first + place for first, every in sets.items() for place in set.intersection(*every)
    )


def test_postgresql_reads_no_more_than_the_lists_it_is_asked_for(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite goes from gram to gram by itself")
    wanted = [*range(50, 1_000, 120)]
    with database.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO search_stretches (first, last) SELECT n * 65536, n * 65536 + 65535 FROM generate_series(0, 99) AS n"
        )
        connection.exec_driver_sql(
            "INSERT INTO search_grams (stretch, gram, size, tickets) SELECT n * 65536, gram, 600, decode(repeat('ff', 600), 'hex') "
            "FROM generate_series(0, 99) AS n, generate_series(0, 999) AS gram"
        )
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE search_grams")
    with database.read() as connection:
        sought = Sought(connection, "123456", in_words=False)
        every = [stretch.first for stretch in search.stretches(connection)]

        def blocks() -> int:
            """What was looked at of the table and its indexes in this transaction."""
            asked = "SELECT sum(pg_stat_get_xact_blocks_fetched(oid)) FROM pg_class WHERE relname LIKE '%%search_grams%%'"
            return int(connection.exec_driver_sql(asked).scalar_one())

        # A statement that is asked again and again is planned without a look at its values.
        for _ in range(12):
            before = blocks()
            lists = sought._lists(every, {Part.NUMBER: wanted})
            assert brought(lists) == 800
            assert blocks() - before < 900, "each list lies in a block of its own"

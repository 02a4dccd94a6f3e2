"""Funds, seats, deeds and allowances on both databases: books that are never below nothing, steps that are one's own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from domain.actions.allowances import approve_all, propose
from domain.actions.allowances import step as step_allowance
from domain.actions.bodies import link_branch, note_done, note_leaders_visit, promise_deed, unlink_branch
from domain.actions.books import Entered, enter_lines
from domain.actions.listing import Listed
from domain.actions.organisation import (
    RECEIPT,
    dissolve_group,
    grant_year,
    keep_group,
    leave_seat,
    take_back,
    take_seat,
    write_entry,
)
from domain.frontline import records
from domain.frontline.allowances import Allowance, AllowanceState, Formula, Term
from domain.frontline.bodies import Body, BranchLink, Deed, Function, LeaderVisit, Unit
from domain.frontline.organisation import Book, Entry, EntryKind, Group, Seat, Side
from domain.frontline.sheets import Keeping, Sheet
from domain.grids import Former, Level, Structure
from domain.people import Person
from domain.said import Refused, Stale, said
from storage.database import Database
from storage.frontline.records import besides, file_of, those
from storage.heads import Term as Headed
from storage.heads import hand_over, terms_of
from storage.people import all_leaders, all_organisations
from storage.schema import events, heads, leaders, list_files, metadata
from storage.store import TicketStore
from tests.domain.build import (
    COMMUNITY,
    COMPOUND,
    LEADER,
    MEMBER,
    MONDAY,
    NEIGHBOUR,
    OFFICE,
    RULES,
    STREET,
    STRUCTURE,
)

TODAY = date(2026, 11, 23)
GRANT = Entry(grid="C1", year=2026, kind=EntryKind.GRANT, fen=600_000, what="年度经费", day=date(2026, 1, 5))
SPENT = replace(GRANT, kind=EntryKind.SPENDING, fen=400_000, what="义诊", day=TODAY)


@pytest.fixture
def store(database: Database) -> TicketStore:
    with database.write() as connection:
        connection.execute(heads.insert(), [{"grid": code, "name": "–"} for code in ("C11", "C1", "C")])
        connection.execute(leaders.insert(), {"name": "–", "community": "C"})
    return TicketStore(database)


def write(
    store: TicketStore, entry: Entry, receipt: bytes | None = b"\xff\xd8", by: Person = COMPOUND
) -> Entry:
    return write_entry(store, RULES, entry, receipt, by=by, now=MONDAY)


def book(store: TicketStore) -> Book:
    with store.database.read() as connection:
        return Book.of(those(connection, Entry))


# --- organisation -------------------------------------------------------------------------------------------------


def test_spending_keeps_its_receipt_and_lowers_the_balance(store: TicketStore) -> None:
    write(store, GRANT, None, COMMUNITY)
    spent = write(store, SPENT)
    with store.database.read() as connection:
        assert file_of(connection, Entry.LIST, spent.id, RECEIPT) == b"\xff\xd8"
    assert book(store).balance == 200_000
    with pytest.raises(Refused, match="receipt"):
        write(store, replace(SPENT, fen=100), None)
    take_back(store, RULES, spent.id, by=COMPOUND, now=MONDAY)
    assert book(store).balance == 600_000


def test_two_who_spend_the_last_of_a_fund_do_not_both(store: TicketStore) -> None:
    write(store, GRANT, None, COMMUNITY)

    def spend(_: int) -> bool:
        try:
            write(store, SPENT)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(spend, range(6))) == 1
    assert book(store).balance == 200_000


@pytest.mark.parametrize("by", [MEMBER, NEIGHBOUR, LEADER, STREET])
def test_a_branchs_book_is_kept_by_its_own(store: TicketStore, by: Person) -> None:
    with pytest.raises(Refused):
        write(store, GRANT, None, by)


def test_a_year_is_granted_once_by_the_community_and_by_no_branch_itself(store: TicketStore) -> None:
    (granted,) = grant_year(store, RULES, ["C1"], 2026, "年度经费", by=COMMUNITY, now=MONDAY)
    assert (granted.fen, book(store).balance) == (600_000, 600_000)
    assert grant_year(store, RULES, ["C1"], 2026, "年度经费", by=COMMUNITY, now=MONDAY) == []
    for by, branches, year in ((COMPOUND, ["C1"], 2026), (COMMUNITY, ["C"], 2026), (COMMUNITY, ["C1"], 2025)):
        with pytest.raises(Refused):
            grant_year(store, RULES, branches, year, "年度经费", by=by, now=MONDAY)
    with pytest.raises(Refused, match="grants nothing to itself"):
        take_back(store, RULES, granted.id, by=COMPOUND, now=MONDAY)
    take_back(store, RULES, granted.id, by=COMMUNITY, now=MONDAY)
    assert len(grant_year(store, RULES, ["C1"], 2026, "年度经费", by=COMMUNITY, now=MONDAY)) == 1


def test_a_branch_goes_on_with_the_book_of_the_one_that_it_followed(store: TicketStore) -> None:
    """A redraw gave the branch another code: what it was granted is still its own, and a line of then is taken back."""
    write(store, GRANT, None, COMMUNITY)
    spent = write(store, SPENT)
    grids = {"D1" if code == "C1" else code: grid for code, grid in STRUCTURE.grids.items()}
    redrawn = Structure(
        {code: replace(grid, code=code, parent="D1" if grid.parent == "C1" else grid.parent) for code, grid in grids.items()},
        STRUCTURE.streets, "City", {"C1": Former("Compound", "D1")},
    )  # fmt: skip
    rules, head = replace(RULES, structure=redrawn), replace(COMPOUND, area="D1")
    assert redrawn.ever("D1") == {"C1", "D1"}
    more = replace(SPENT, grid="D1", fen=200_000)
    assert write_entry(store, rules, more, b"\xff\xd8", by=head, now=MONDAY).grid == "D1"
    with pytest.raises(Refused, match="¥0 are left"):
        write_entry(store, rules, more, b"\xff\xd8", by=head, now=MONDAY)
    assert take_back(store, rules, spent.id, by=head, now=MONDAY).reverses == spent.id
    assert grant_year(store, rules, ["D1"], 2026, "年度经费", by=COMMUNITY, now=MONDAY) == []


def test_who_headed_a_grid_stays_on_record_the_latest_first(store: TicketStore) -> None:
    with store.database.write() as connection:
        hand_over(connection, {"C1": Headed("甲")}, MONDAY - timedelta(days=9))
        hand_over(connection, {"C1": Headed("乙")}, MONDAY)
    with store.database.read() as connection:
        terms = terms_of(connection, ["C1", "none"])
        found = [(term.name, term.runs(MONDAY)) for term in terms if term.since is not None]
        assert found == [("乙", True), ("甲", False)]
        assert [leader.community for leader in all_leaders(connection)] == ["C"]
        assert all_organisations(connection) == {}


def test_a_group_that_gets_its_centre_is_changed_and_one_that_is_no_more_forgets_it(
    store: TicketStore,
) -> None:
    group = keep_group(store, RULES, Group(grid="C11", name="一组"), "", by=COMPOUND, now=MONDAY)
    assert group.lacks_centre
    changed = keep_group(store, RULES, replace(group, buildings=("B1",)), "3号楼 王", by=COMPOUND, now=MONDAY)
    assert (changed.centres, changed.buildings, changed.version) == (1, ("B1",), 2)
    with pytest.raises(Stale):
        keep_group(store, RULES, group, "", by=COMPOUND, now=MONDAY)
    with pytest.raises(Refused):
        dissolve_group(store, RULES, group.id, version=2, by=NEIGHBOUR, now=MONDAY)
    assert dissolve_group(store, RULES, group.id, version=2, by=COMPOUND, now=MONDAY).gone
    with store.database.read() as connection:
        assert not besides(connection, Group.LIST, [group.id]).get(group.id)


def test_a_groups_centres_are_counted_and_named_beside_it(store: TicketStore) -> None:
    group = keep_group(
        store, RULES, Group(grid="C11", name=" 一组 "), "3号楼 王\n\n5号楼 李\n", by=COMPOUND, now=MONDAY
    )
    assert (group.name, group.centres, group.lacks_centre) == ("一组", 2, False)
    with store.database.read() as connection:
        assert besides(connection, Group.LIST, [group.id])[group.id].words == "3号楼 王\n5号楼 李"
    with pytest.raises(Refused):
        keep_group(store, RULES, Group(grid="D", name="一组"), "", by=COMPOUND, now=MONDAY)


def test_a_seat_is_held_until_its_day_and_left_once(store: TicketStore) -> None:
    seat = take_seat(
        store, RULES, Seat(grid="C1", side=Side.OWNERS, post="主任", holder="某"), by=COMPOUND, now=MONDAY
    )
    left = leave_seat(store, RULES, seat.id, TODAY, version=seat.version, by=COMPOUND, now=MONDAY)
    assert not left.runs(TODAY)
    with pytest.raises(Stale):
        leave_seat(store, RULES, seat.id, TODAY, version=seat.version, by=COMPOUND, now=MONDAY)
    with pytest.raises(Refused):
        take_seat(store, RULES, replace(seat, id=0, holder=" "), by=COMPOUND, now=MONDAY)


# --- bodies -------------------------------------------------------------------------------------------------------


@pytest.fixture
def body(store: TicketStore) -> Body:
    with store.work() as work:
        made = records.add(work, Body(community="C", name="协同体"), "founded", by=OFFICE, now=MONDAY)
        records.add(work, Unit(community="C", name="某银行"), "joined", by=OFFICE, now=MONDAY)
        gone = Unit(community="C", name="某公司", until=TODAY)
        records.add(work, gone, "joined", by=OFFICE, now=MONDAY)
    return made


LAMPS = Deed(
    community="C", unit="某银行", function=Function.FACILITIES, year=2026, title=" 安装路灯 ", fen=5_000
)


def test_a_deed_is_promised_by_the_bodys_own_and_done_once_in_its_year(
    store: TicketStore, body: Body
) -> None:
    deed = promise_deed(store, RULES, LAMPS, by=COMMUNITY, now=MONDAY)
    assert deed.title == "安装路灯"
    for day in (date(2025, 12, 31), TODAY + timedelta(days=1)):
        with pytest.raises(Refused):
            note_done(store, RULES, deed.id, day, version=deed.version, by=COMMUNITY, now=MONDAY)
    done = note_done(store, RULES, deed.id, TODAY, version=deed.version, by=COMMUNITY, now=MONDAY)
    with pytest.raises(Refused):
        note_done(store, RULES, deed.id, TODAY, version=done.version, by=COMMUNITY, now=MONDAY)
    for by in (NEIGHBOUR, MEMBER, LEADER):
        with pytest.raises(Refused):
            promise_deed(store, RULES, LAMPS, by=by, now=MONDAY)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (replace(LAMPS, unit="别家"), "no member"), (replace(LAMPS, unit="某公司"), "no member"),
        (replace(LAMPS, title="  "), "what is to be done"), (replace(LAMPS, fen=-1), "less than nothing"),
        (replace(LAMPS, community="D"), "no body yet"),
    ],
)  # fmt: skip
def test_a_deed_that_nobody_of_the_body_could_do_is_refused(
    store: TicketStore, body: Body, wrong: Deed, words: str
) -> None:
    with pytest.raises(Refused, match=words):
        promise_deed(store, RULES, wrong, by=OFFICE, now=MONDAY)


def test_a_department_is_linked_to_a_branch_once_by_the_office(store: TicketStore) -> None:
    for _ in range(2):
        link = link_branch(store, RULES, "water", "C1", by=OFFICE, now=MONDAY)
    for _ in range(2):
        unlink_branch(store, RULES, link.id, by=OFFICE, now=MONDAY)
    again = link_branch(store, RULES, "water", "C1", by=OFFICE, now=MONDAY)
    with store.database.read() as connection:
        assert those(connection, BranchLink) == [again] and (again.gone, again.version) == (False, 3)
    for department, grid, by in (
        ("none", "C1", OFFICE),
        ("water", "none", OFFICE),
        ("water", "C11", OFFICE),
        ("water", "C1", COMMUNITY),
    ):
        with pytest.raises(Refused):
            link_branch(store, RULES, department, grid, by=by, now=MONDAY)


def test_a_leaders_visit_is_written_down_once_by_the_community_and_not_ahead(store: TicketStore) -> None:
    visit, rules = LeaderVisit(leader=1, community="C", day=TODAY), replace(RULES, leaders={1: "C", 2: "D"})
    assert note_leaders_visit(store, rules, visit, by=COMMUNITY, now=MONDAY).id
    assert note_leaders_visit(store, rules, replace(visit, at_meeting=True), by=COMMUNITY, now=MONDAY).id
    for wrong, by in (
        (visit, STREET),
        (replace(visit, day=TODAY + timedelta(days=1)), COMMUNITY),
        (replace(visit, day=date(2026, 3, 1)), NEIGHBOUR),
        (replace(visit, day=date(2026, 3, 1)), LEADER),
    ):
        with pytest.raises(Refused):
            note_leaders_visit(store, rules, wrong, by=by, now=MONDAY)
    for unknown in (2, 3):
        with pytest.raises(Refused, match="does not answer"):
            note_leaders_visit(
                store, rules, replace(visit, leader=unknown, day=date(2026, 3, 1)), by=OFFICE, now=MONDAY
            )


# --- whole files of lines -----------------------------------------------------------------------------------------


def sheet_of(kind: type[Entry | Deed], *key: str) -> Sheet[Any]:
    return Sheet(
        kind, said("–"), (), key, keeping=Keeping.BOOK, place="grid" if kind is Entry else "community"
    )


FUND = sheet_of(Entry, "grid", "year", "day", "kind", "what", "fen")


def enter(store: TicketStore, *rows: Entry, by: Person = COMMUNITY, **more: Any) -> Entered:
    pictures = {n: b"\xff\xd8" for n, row in enumerate(rows, start=1) if row.kind is EntryKind.SPENDING}
    lines = dict(enumerate(rows, start=1))
    return enter_lines(store, RULES, FUND, lines, by=by, now=MONDAY, **{"pictures": pictures} | more)


def test_a_files_lines_are_written_day_by_day_and_a_refused_one_leaves_the_others(store: TicketStore) -> None:
    too_much = replace(SPENT, fen=300_000, what="太多")
    done = enter(store, SPENT, too_much, replace(SPENT, fen=100_000, what="还有"), GRANT)
    assert done.listed == Listed(3, 0, 0)
    assert {n: str(why) for n, why in done.refused.items()} == {2: "Only ¥2,000 are left this year."}
    assert book(store) == Book(600_000, 500_000)
    with store.database.read() as connection:
        assert all(
            file_of(connection, "fund", e.id, RECEIPT) for e in those(connection, Entry) if e.has_receipt
        )


def test_the_same_lines_again_are_those_lines_and_one_that_says_the_same_twice_is_two(
    store: TicketStore,
) -> None:
    small = replace(SPENT, fen=100)
    assert enter(store, GRANT, small, small).listed == Listed(3, 0, 0)
    assert enter(store, GRANT, small, small).listed == Listed(0, 0, 3)
    assert enter(store, GRANT, small, small, small).listed == Listed(1, 0, 3)
    assert book(store) == Book(600_000, 300)


def test_lines_that_are_only_tried_are_told_and_not_kept(store: TicketStore) -> None:
    done = enter(store, GRANT, SPENT, SPENT, dry_run=True)
    assert done.listed == Listed(2, 0, 0) and list(done.refused) == [3]
    with store.database.read() as connection:
        assert those(connection, Entry) == []
        assert connection.scalar(select(func.count()).select_from(events)) == 0


def test_lines_are_refused_to_whoever_could_not_write_one(store: TicketStore) -> None:
    assert list(enter(store, GRANT, by=COMPOUND).refused) == [1]
    assert list(enter(store, GRANT, by=NEIGHBOUR).refused) == [1]
    assert list(enter(store, GRANT, by=MEMBER).refused) == [1]
    assert enter(store, GRANT, by=OFFICE).listed.new == 1
    assert "receipt" in str(enter(store, GRANT, SPENT, pictures={}).refused[2])


@given(
    lines=st.lists(
        st.tuples(st.sampled_from(list(EntryKind)[:2]), st.integers(1, 700_000), st.integers(0, 300)),
        max_size=8,
    )
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_file_of_lines_spends_more_than_was_granted(
    store: TicketStore, lines: list[tuple[EntryKind, int, int]]
) -> None:
    with store.database.write() as connection:
        for table in (list_files, metadata.tables["fund"]):
            connection.execute(table.delete())
    rows = [
        replace(GRANT, kind=kind, fen=fen, day=date(2026, 1, 1) + timedelta(days=n)) for kind, fen, n in lines
    ]
    done = enter(store, *rows)
    assert book(store).balance >= 0
    assert done.listed.new + len(done.refused) == len(rows)


def test_a_promised_deed_is_done_by_the_file_that_brings_it_again(store: TicketStore) -> None:
    with store.work() as work:
        records.add(work, Body(community="C", name="–"), "listed", by=OFFICE, now=MONDAY)
    deeds = sheet_of(Deed, "community", "unit", "function", "year", "title")
    lamps = Deed(community="C", function=Function.ORDER, year=2026, title="路灯", fen=10_000)
    done = replace(lamps, done_on=TODAY)
    others = {2: replace(done, title="早"), 3: replace(lamps, title="远", done_on=TODAY + timedelta(days=1))}
    first = enter_lines(store, RULES, deeds, {1: lamps} | others, by=COMMUNITY, now=MONDAY)
    assert first.listed == Listed(2, 0, 0) and "not ahead" in str(first.refused[3])
    again = enter_lines(store, RULES, deeds, {1: done}, by=COMMUNITY, now=MONDAY)
    assert again.listed == Listed(0, 1, 0)
    other_day = enter_lines(
        store, RULES, deeds, {1: replace(done, done_on=date(2026, 2, 2))}, by=COMMUNITY, now=MONDAY
    )
    assert "done already" in str(other_day.refused[1])
    with store.database.read() as connection:
        assert [deed.done_on for deed in those(connection, Deed)] == [TODAY, TODAY]


# --- allowances ---------------------------------------------------------------------------------------------------

FORMULA = Formula(
    1, {Level.COMMUNITY: 40_000, Level.COMPOUND: 30_000, Level.BUILDING: 20_000}, (Term("visits", 40, 1000),)
)
DECEMBER = datetime(2026, 12, 3, tzinfo=UTC)


def proposed(store: TicketStore, by: Person = COMMUNITY) -> list[Allowance]:
    values = {("C", 3): {"visits": 40.0}, ("C1", 2): {"visits": 20.0}, ("C11", 1): {"visits": 10.0}}
    return propose(store, RULES, FORMULA, "2026-11", values, by=by, now=DECEMBER)


def move(
    store: TicketStore, row: Allowance, name: str, by: Person, words: str = "", fen: int | None = None
) -> Allowance:
    return step_allowance(
        store, RULES, row.id, name, version=row.version, by=by, now=DECEMBER, words=words, fen=fen
    )  # fmt: skip


def test_a_month_is_proposed_once_with_every_term(store: TicketStore) -> None:
    made = proposed(store)
    assert [(row.grid, row.fen) for row in made] == [("C", 40_000), ("C1", 15_000), ("C11", 5_000)]
    assert made[2].terms[0].value == 10 and proposed(store) == []
    with pytest.raises(Refused):
        propose(store, RULES, FORMULA, "2026-12", {}, by=COMMUNITY, now=DECEMBER)
    with pytest.raises(Refused):
        propose(store, RULES, FORMULA, "2026-10", {("D", 9): {}}, by=COMMUNITY, now=DECEMBER)


def test_a_community_approves_those_below_it_and_the_street_its_own(store: TicketStore) -> None:
    own, compounds, members = proposed(store)
    with pytest.raises(Refused, match="their own"):
        move(store, own, "approve", COMMUNITY)
    with pytest.raises(Refused, match="outside your area"):
        move(store, compounds, "approve", NEIGHBOUR)
    assert move(store, own, "approve", STREET).approved_by == STREET.id
    assert move(store, members, "approve", COMMUNITY).state is AllowanceState.APPROVED


def test_several_are_approved_together_or_none(store: TicketStore) -> None:
    own, *below = proposed(store)
    with pytest.raises(Refused, match="their own"):
        approve_all(store, RULES, [*below, own], by=COMMUNITY, now=DECEMBER)
    with store.database.read() as connection:
        assert those(connection, Allowance) == [own, *below]
    approved = approve_all(store, RULES, below, by=COMMUNITY, now=DECEMBER)
    assert [(row.grid, row.state) for row in approved] == [
        (row.grid, AllowanceState.APPROVED) for row in below
    ]
    with pytest.raises(Stale):
        approve_all(store, RULES, below, by=COMMUNITY, now=DECEMBER)


def test_an_appeal_is_the_heads_own_and_the_street_decides_it_with_a_reason(store: TicketStore) -> None:
    row = move(store, proposed(store)[2], "approve", COMMUNITY)
    with pytest.raises(Refused):
        move(store, row, "appeal", COMPOUND, "少算了")
    appealed = move(store, row, "appeal", MEMBER, "少算了两次走访")
    for by, words, fen in ((COMMUNITY, "重算", 6_000), (STREET, "", 6_000), (STREET, "重算", None)):
        with pytest.raises(Refused):
            move(store, appealed, "decide", by, words, fen)
    decided = move(store, appealed, "decide", STREET, "补记两次", 6_000)
    assert (decided.state, decided.fen, decided.decided_by) == (AllowanceState.DECIDED, 6_000, STREET.id)

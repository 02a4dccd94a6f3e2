"""The rows of all lists on both databases: they come back as they were kept, and nobody overwrites another's change."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from domain.events import breaks
from domain.frontline import records
from domain.frontline.allowances import Allowance, AllowanceState
from domain.frontline.assessment import Answer, Channel, Invitation, Round
from domain.frontline.bodies import Body, BranchLink, Deed, Function, LeaderVisit, Unit
from domain.frontline.grades import Grade, YearGrade
from domain.frontline.organisation import Entry, EntryKind, Group, Seat, Side
from domain.frontline.outside import Kind, Outside, Party
from domain.frontline.pledges import Need, Order, Resource, Service, Sort
from domain.frontline.records import Beside, Record
from domain.frontline.rights import RIGHTS
from domain.frontline.visits import Follows, Learned, Visit
from domain.frontline.working_members import Activity, SignUp, WorkingMember
from domain.people import Person, Role
from domain.said import Refused, Stale
from storage import lists
from storage.database import Database
from storage.frontline.records import KINDS, file_of, table_of, those
from storage.schema import heads, leaders, list_words
from storage.store import TicketStore

NOW = datetime(2026, 11, 26, 1, 2, 3, 456_789, tzinfo=UTC)
TODAY = date(2026, 11, 26)
WHO = Person(0, "–", Role.COMMUNITY, "C")

EXAMPLES: tuple[Record, ...] = (
    Group(grid="C11", name="联合楼栋一组", buildings=("B1", "B2"), centres=2),
    Seat(grid="C1", side=Side.OWNERS, post="主任", holder="某某", until=TODAY),
    Entry(grid="C1", year=2026, kind=EntryKind.SPENDING, fen=12_345, what="义诊", day=TODAY, has_receipt=True, reverses=3),
    Visit(grid="C11", unit="B1", at=NOW, visitor=1, learned=Learned.SAFETY, follows=Follows.SOLVED, ticket_id=4, need_id=5),
    Need(grid="C11", sort=Sort.LAW, title="法律咨询", since=TODAY, resource_id=1, pledged_by="law", ended=TODAY),
    Resource(grid="C", sort=Sort.LAW, title="律师值班", provider="司法局", department="law", most=3, active=False),
    Service(grid="C", sort=Sort.REPAIR, title="家电维修", provider="红管家"),
    Order(service_id=1, grid="C11", sort=Sort.REPAIR, ordered_at=NOW, taken_by=1, taken_at=NOW, grade=5, link="f" * 64),
    Body(community="C", name="协同体"),
    Unit(community="C", name="某银行", department="tax", until=TODAY),
    Deed(community="C", unit="某银行", function=Function.FACILITIES, year=2026, title="安装路灯", fen=500_000, done_on=TODAY),
    BranchLink(department="tax", grid="C1"),
    LeaderVisit(leader=1, community="C", day=TODAY, at_meeting=True, what="调研"),
    WorkingMember(department="tax", home="C1", branch="C1", since=TODAY, post="law", team="legal", zone="green", paired=1),
    Activity(grid="C1", title="清洁家园", begins=NOW, hours=2.5, places=20, team="art", cancelled=True),
    SignUp(activity_id=1, member_id=1, hours=2.5),
    YearGrade(member_id=1, grid="C1", year=2025, activities=3, hours=6.5, paired=1, problems=0, points=100.0, grade=Grade.GOOD,
              formula=(10.0, 10.0, 10.0, 10.0, 90.0, 60.0, 30.0)),
    Round(year=2026, opened_at=NOW, links=(("C", "tax"), ("C", "law")), inputs="a" * 64),
    Answer(round_id=1, community="C", channel=Channel.PHONE, at=NOW, scores=(("tax", 88), ("law", 0)), by=2),
    Invitation(round_id=1, community="C", token="e" * 64, used=True),
    Allowance(grid="C11", head=1, month="2026-10", formula=1, lines=(("visits", 3.5, 40.0, 400, 700), ("raised", None, 1.0, 600, 0)),
              fen=700, state=AllowanceState.APPROVED, approved_at=NOW, approved_by=3),
    Outside(kind=Kind.SOCIAL, name="某协会", address="某街1号", grid="C11", lng=124.15, lat=39.87, party=Party.JOINT, people=12),
)  # fmt: skip
"""One of each list, in an order in which each finds what it refers to."""


@pytest.fixture
def store(database: Database) -> TicketStore:
    """A store with somebody to refer to."""
    with database.write() as connection:
        connection.execute(heads.insert(), {"grid": "C11", "name": "–"})
        connection.execute(leaders.insert(), {"name": "–", "community": "C"})
    return TicketStore(database)


def test_there_is_one_example_of_every_list() -> None:
    assert tuple(type(each) for each in EXAMPLES) == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_the_columns_of_a_list_are_the_fields_of_its_record(kind: type[Record]) -> None:
    assert [column.name for column in table_of(kind).columns][2:] == [
        f.name for f in fields(kind) if f.name not in ("id", "version")
    ]


def test_every_row_comes_back_as_it_was_kept_and_its_log_is_whole(store: TicketStore) -> None:
    kept: list[Record] = []
    with store.work() as work:
        for example in EXAMPLES:
            kept.append(records.add(work, example, "added", by=WHO, now=NOW))
    with store.work() as work:
        for row in kept:
            assert work.records.get(type(row), row.id) == row
            assert work.records.those(type(row)) == [row]
    with store.database.read() as connection:
        for row in kept:
            log = [event for event, _ in lists.events_of(connection, row.stream)]
            assert breaks(log) == [] and [event.kind for event in log] == ["added"]
            assert log[0].facts == row.facts() | {"role": "community"}


def test_of_two_who_change_a_row_the_second_is_told(store: TicketStore) -> None:
    with store.work() as work:
        row = records.add(work, EXAMPLES[4], "listed", by=WHO, now=NOW)
    with store.work() as work:
        changed = records.change(work, row, "renamed", by=WHO, now=NOW, title="别的")
    assert (changed.version, changed.title) == (2, "别的")  # type: ignore[attr-defined]
    with pytest.raises(Stale), store.work() as work:
        records.change(work, row, "renamed", by=WHO, now=NOW, title="又一个")
    with pytest.raises(Stale), store.work() as work:
        records.locked(work, type(row), row.id, version=1)
    with pytest.raises(Refused), store.work() as work:
        records.locked(work, type(row), 10**9)
    with store.work() as work:
        assert records.locked(work, type(row), row.id, version=2) == changed


def test_rows_are_found_by_what_they_say_and_by_one_of_many(store: TicketStore) -> None:
    def add(work: Any, grid: str, sort: Sort) -> Record:
        return work.records.add(replace(EXAMPLES[4], grid=grid, sort=sort))  # type: ignore[no-any-return]

    with store.work() as work:
        a, b, c = add(work, "A", Sort.LAW), add(work, "B", Sort.LAW), add(work, "A", Sort.CARE)
    with store.database.read() as connection:
        assert those(connection, Need, grid="A") == [a, c]
        assert those(connection, Need, sort=Sort.LAW) == [a, b]
        assert those(connection, Need, grid={"A", "B", *map(str, range(1200))}, sort=Sort.LAW) == [a, b]
        assert those(connection, Need, grid=set()) == []
        assert those(connection, Need, table_of(Need).c.id > b.id) == [c]


def test_what_people_said_lies_beside_a_row_and_never_in_its_log(store: TicketStore) -> None:
    beside = Beside("要修水管", "居民甲", "13900000000")
    with store.work() as work:
        work.records.add(EXAMPLES[6])
        row = records.add(work, EXAMPLES[7], "ordered", by=WHO, now=NOW, beside=beside)
        work.records.keep_file(row, "picture", b"\xff\xd8")
    with store.work() as work:
        assert work.records.beside(row) == beside
        work.records.keep_beside(row, Beside())
        assert not work.records.beside(row)
    with store.database.read() as connection:
        assert file_of(connection, Order.LIST, row.id, "picture") == b"\xff\xd8"
        assert file_of(connection, Order.LIST, row.id, "another") is None
        told = str([event.facts for event, _ in lists.events_of(connection, row.stream)])
        assert not any(secret in told for secret in ("修水管", "居民甲", "139"))
        assert connection.execute(select(list_words)).one().phone == ""


def test_a_transaction_that_fails_keeps_neither_the_row_nor_its_event(store: TicketStore) -> None:
    with pytest.raises(ZeroDivisionError), store.work() as work:
        row = records.add(work, EXAMPLES[4], "listed", by=WHO, now=NOW)
        raise ZeroDivisionError
    with store.database.read() as connection:
        assert those(connection, Need) == [] and lists.events_of(connection, row.stream) == []


def test_every_list_that_has_rights_of_its_own_is_a_list() -> None:
    assert {"visits", "needs", "outside", "allowances"} <= RIGHTS.keys() & {kind.LIST for kind in KINDS}

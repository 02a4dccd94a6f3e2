"""What the report counts: every source on both databases, and the few whose conditions are worth telling by example."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from domain.frontline.organisation import EntryKind
from domain.frontline.visits import Follows, Learned
from domain.periods import Days
from domain.report.figure import Counted, Period
from storage import report
from storage import schema as s
from storage.database import Database
from storage.report import SOURCES, disputes

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
YEAR = Period(Days(date(2026, 1, 1), date(2026, 12, 31)), UTC, NOW)
VISIT = {
    "version": 1,
    "grid": "G",
    "unit": "U",
    "visitor": 1,
    "learned": Learned.WELL,
    "follows": Follows.NOTHING,
}


def keep(database: Database, table: Any, *rows: Mapping[str, Any]) -> None:
    with database.write() as connection:
        for row in rows:
            connection.execute(insert(table).values(**row))


def count(database: Database, name: str, period: Period = YEAR) -> list[Counted]:
    with database.read() as connection:
        return report.counted(connection, SOURCES[name], period)


@pytest.mark.parametrize("name", list(SOURCES))
def test_every_source_can_be_counted_and_read_and_has_nothing_in_an_empty_city(
    database: Database, name: str
) -> None:
    source = SOURCES[name]
    with database.read() as connection:
        assert report.counted(connection, source, YEAR) == []
        assert list(report.rows_behind(connection, source, YEAR)) == []
        for column in source.shown:
            assert report.grouped(connection, source, [column], YEAR) == []


def test_tickets_of_an_empty_city_are_none(database: Database) -> None:
    with database.read() as connection:
        assert report.counted(connection, disputes(["0901"]), YEAR) == []
        assert all(not found for found in report.tallied(connection, YEAR).values())


def test_a_visit_counts_in_its_period_unless_it_was_taken_back(database: Database) -> None:
    keep(
        database, s.visits,
        VISIT | {"at": datetime(2026, 1, 1, tzinfo=UTC)}, VISIT | {"at": datetime(2027, 1, 1, tzinfo=UTC)},
        VISIT | {"at": NOW, "withdrawn": True}, VISIT | {"at": NOW, "unit": None},
    )  # fmt: skip
    assert sorted(count(database, "visits"), key=lambda c: c.key) == [Counted("G", 1), Counted("G", 1, "U")]


def test_a_grant_that_was_taken_back_is_none(database: Database) -> None:
    entry = {"version": 1, "grid": "G", "year": 2026, "what": "x", "day": date(2026, 1, 10), "fen": 600_000}
    keep(
        database, s.fund, entry | {"id": 1, "kind": EntryKind.GRANT}, entry | {"id": 2, "kind": EntryKind.GRANT},
        entry | {"id": 3, "kind": EntryKind.REVERSAL, "reverses": 2},
    )  # fmt: skip
    assert count(database, "fund_granted") == [Counted("G", 600_000, "G")]


def test_a_member_counts_from_the_day_they_check_in_to_the_day_they_leave(database: Database) -> None:
    member = {"version": 1, "department": "d", "paired": 2, "branch": "G", "post": "care"}
    today = NOW.date()
    keep(
        database, s.working_members, member, member | {"since": today}, member | {"since": today + timedelta(days=1)},
        member | {"until": today}, member | {"until": today + timedelta(days=1), "post": None}, member | {"branch": None},
    )  # fmt: skip
    assert count(database, "working_members") == [Counted("G", 3)]
    assert count(database, "posts") == [Counted("G", 2, "care")]
    assert count(database, "paired") == [Counted("G", 6)]


def test_a_matter_that_went_up_two_levels_counts_once_and_is_settled_where_it_ended(
    database: Database,
) -> None:
    def meeting(id_: int, tier: str) -> dict[str, Any]:
        return {"id": id_, "tier": tier, "unit": tier, "regular": True, "state": "closed", "held_at": NOW - timedelta(days=9 - id_)}  # fmt: skip

    keep(database, s.meetings, meeting(1, "community"), meeting(2, "street"), meeting(3, "city"))
    matter = {"title": "x", "outcome": "moved_up"}
    keep(
        database, s.meeting_matters,
        matter | {"id": 1, "meeting_id": 1}, matter | {"id": 2, "meeting_id": 2, "from_matter": 1},
        matter | {"id": 3, "meeting_id": 3, "from_matter": 2, "outcome": "assigned", "settled_at": NOW},
        matter | {"id": 4, "meeting_id": 1}, matter | {"id": 5, "meeting_id": 2, "from_matter": 4, "outcome": "assigned"},
    )  # fmt: skip
    assert count(database, "matters_moved_up") == [Counted("community", 2)]
    assert count(database, "moved_up_settled") == [Counted("community", 1)]


def test_a_council_is_whole_when_each_side_has_somebody_on_the_day(database: Database) -> None:
    keep(database, s.organisations, {"grid": "G", "name": "G", "kind": "compound"})
    seat = {"version": 1, "grid": "G", "post": "p"}
    keep(
        database, s.councils, seat | {"side": "branch", "holder": "Wang"}, seat | {"side": "property", "holder": "Li"},
        seat | {"side": "owners", "holder": "Wang", "until": NOW.date()},
    )  # fmt: skip
    assert count(database, "councils") == [] and count(database, "cross_held") == []
    keep(database, s.councils, seat | {"side": "owners", "holder": "Wang"})
    assert count(database, "councils") == [Counted("G", 1)]
    assert {found.key for found in count(database, "cross_held")} == {"G\nWang"}

"""What is kept no longer goes, and only that: never without a setting, and never what the log or a figure rests on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from pydantic import ValidationError
from sqlalchemy import func, insert, select

from city.daily import once_a_day
from city.opened import City
from city.personal_data import OF_LISTS
from city.settings import Settings
from city.tidying import TITLE, tidy, to_remove
from city.verifying import verify
from storage.schema import events, inbox, metadata, report_links, snapshot_loads, snapshots, sweeps, tickets
from storage.tidying import KINDS
from tests.conftest import NOON, CityAtNoon

DAYS = 100


def keeping(city: City, **more: object) -> City:
    """The same city with other settings."""
    return CityAtNoon(Settings.model_validate(city.settings.model_dump() | more))


def rows(city: City) -> Mapping[str, int]:
    """How many rows each table has."""
    with city.database.read() as connection:
        return {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in metadata.sorted_tables
        }


@pytest.fixture
def city(own_city: City) -> City:
    """The demo city, with one old and one new row of everything that may go."""
    old, new = NOON - timedelta(days=DAYS, seconds=1), NOON - timedelta(days=DAYS - 1)
    with own_city.database.write() as connection:
        of = select(tickets.c.id).where(tickets.c.open.is_(False))
        ended = connection.scalar(of.where(tickets.c.closed_at < old))
        late = connection.scalar(of.where(tickets.c.closed_at > new))
        for at in (old, new):
            connection.execute(insert(inbox).values(post="city", kind="yellow", at=at, n=1))
            connection.execute(insert(sweeps).values(at=at, did={"red": 1}))
        for name, ticket in (("a", ended), ("b", late)):
            link = {"token_hash": name, "ticket_id": ticket, "created_at": old}
            connection.execute(insert(report_links).values(link))
        for day in (old.date() - timedelta(days=1), new.date()):
            head = {"day": day.isoformat(), "taken_at": new, "with_overdue": True}
            if connection.scalar(select(snapshots.c.day).where(snapshots.c.day == head["day"])) is None:
                connection.execute(insert(snapshots).values(head))
                load = {"day": head["day"], "grid": "x", "level": 3, "open": 1}
                connection.execute(insert(snapshot_loads).values(load))
    return own_city


def test_nothing_goes_without_a_setting(city: City) -> None:
    before = rows(city)
    assert to_remove(city) == tidy(city) == []
    assert rows(city) == before


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_old_goes_and_nothing_else(city: City, kind: str) -> None:
    kept = keeping(city, keep_days={kind: DAYS})
    before = rows(city)
    (foreseen,) = to_remove(kept)
    assert foreseen.n >= 1 and rows(city) == before, "a dry run removes nothing"
    assert tidy(kept) == [foreseen]
    after = rows(city)
    changed = {name: before[name] - n for name, n in after.items() if n != before[name]}
    assert changed.pop(kind) == foreseen.n
    assert changed.pop("events") == -1, "that it went is noted"
    assert changed.pop("snapshot_loads", 0) >= (kind == "snapshots")
    assert changed == {}
    assert after[kind] >= 1, "what is newer stays"
    assert [each.n for each in tidy(kept)] == [0]
    assert rows(city) == after, "nothing is noted where nothing went"


@pytest.mark.slow
def test_a_city_is_whole_after_everything_old_went(city: City) -> None:
    kept = keeping(city, keep_days=dict.fromkeys(KINDS, 60), keep_years=1)
    with city.database.read() as connection:
        chained = connection.scalar(select(func.count()).select_from(events))
    found = verify(city).findings
    tidy(kept)
    assert verify(kept).findings == found == ()
    with city.database.read() as connection:
        assert (connection.scalar(select(func.count()).select_from(events)) or 0) > (chained or 0)


def test_the_daily_round_removes_it_once_a_day(city: City) -> None:
    kept = keeping(city, keep_days={"inbox": DAYS}, anchor_file="")
    before = rows(city)["inbox"]
    assert once_a_day(kept)
    assert rows(city)["inbox"] < before
    assert once_a_day(kept) is None


def test_no_figure_looks_back_on_what_may_go() -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"keep_days": {"snapshots": 59}})
    for strange in ("events", "tickets", "anchors", "words"):
        with pytest.raises(ValidationError):
            Settings.model_validate({"keep_days": {strange: 365}})


def test_everything_that_may_go_has_a_name() -> None:
    assert TITLE.keys() == {*KINDS, "words", *(kind.LIST for kind in OF_LISTS)}

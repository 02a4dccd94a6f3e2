"""The day's anchor: once, over everything that can no longer be written before – on both databases."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from city.anchoring import anchor_city, anchor_file, kept_anchors
from city.daily import once_a_day
from city.opened import City
from city.settings import Settings
from city.verifying import verify
from domain.anchors import BEGINS
from domain.events import Event
from domain.said import Busy
from storage import anchoring
from storage.database import Database
from storage.event_rows import event_columns
from storage.schema import anchors, events
from storage.tickets import TicketWork
from tests.conftest import NOON, sqlite_url


class DatedCity(City):
    """A city whose clock is set by hand."""

    at = NOON

    def now(self) -> Any:
        return self.at


@pytest.fixture
def city(database: Database, tmp_path: Path) -> Iterator[DatedCity]:
    made = DatedCity(Settings(database_url=database.url, anchor_file=str(tmp_path / "kept" / "anchors.txt")))
    made.database = database
    return made


def written(city: City, n: int = 3, stream: str = "x:1") -> None:
    with city.database.write() as connection:
        for _ in range(n):
            TicketWork(connection).add_event(Event(stream, 0, NOON, "seen", None))


def test_a_day_is_anchored_once_and_the_next_one_over_what_came_since(city: DatedCity) -> None:
    written(city)
    first = anchor_city(city)
    assert first and (first.day, first.events) == ("2026-11-24", 3)
    written(city, 2)
    assert anchor_city(city) is None
    found = verify(city)
    assert (found.anchors, found.upto, found.not_anchored, found.since) == (1, first.upto, 2, NOON)
    city.at = NOON + timedelta(days=1)
    second = anchor_city(city)
    assert second and (second.day, second.events) == ("2026-11-25", 2)
    assert verify(city).not_anchored == 0 and verify(city).findings == ()


def test_the_day_is_the_citys_own(city: DatedCity) -> None:
    written(city)
    city.at = NOON.replace(hour=16, minute=1)
    anchor = anchor_city(city)
    assert anchor and anchor.day == "2026-11-25"


def test_where_nothing_was_ever_written_nothing_is_anchored(city: DatedCity) -> None:
    assert anchor_city(city) is None and verify(city).anchors == 0


def test_of_many_who_anchor_at_once_one_does(city: DatedCity) -> None:
    written(city)
    done: list[object] = []
    crowd = [threading.Thread(target=lambda: done.append(anchor_city(city))) for _ in range(6)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert sum(each is not None for each in done) == 1 and len(done) == 6
    with city.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(anchors)) == 1


def test_an_anchor_waits_for_whoever_has_a_number_and_has_not_committed(city: DatedCity) -> None:
    if city.database.is_sqlite:
        pytest.skip("on SQLite writers queue, so numbers are seen in their order")
    written(city, 1)
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with city.database.write() as connection:
            late = Event("x:2", 1, NOON, "seen", None).sealed_after("")
            connection.execute(insert(events), event_columns(late))
            begun.set()
            go_on.wait(10)

    writer = threading.Thread(target=slow)
    writer.start()
    begun.wait(10)
    written(city, 1, "x:3")  # a higher number, committed before the lower one
    with pytest.raises(Busy):
        anchor_city(city)
    go_on.set()
    writer.join()
    anchor = anchor_city(city)
    assert anchor and anchor.events == 3


def test_nobody_waits_for_an_anchor_that_is_being_computed(
    city: DatedCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(city)
    true_heads = anchoring.heads

    def heads_while_others_write(connection: Any, **stretch: int) -> Any:
        for head in true_heads(connection, **stretch):
            written(city, 1, f"x:{head.row + 10}")
            yield head

    monkeypatch.setattr(anchoring, "heads", heads_while_others_write)
    anchor = anchor_city(city)
    monkeypatch.undo()
    assert anchor and anchor.events == 3 and verify(city).findings == ()


# --- outside the database --------------------------------------------------------------------------------------------


def test_the_anchor_is_in_the_programs_own_log_and_in_the_file(
    city: DatedCity, caplog: pytest.LogCaptureFixture
) -> None:
    written(city)
    with caplog.at_level(logging.INFO, logger="redgrid"):
        anchor = anchor_city(city)
    path = anchor_file(city)
    assert anchor and path and path.read_text(encoding="utf-8") == anchor.line + "\n"
    assert anchor.digest in caplog.text


def test_a_file_that_was_lost_or_could_not_be_written_is_made_up_for(city: DatedCity) -> None:
    path = anchor_file(city)
    assert path is not None
    path.parent.write_text("a file where the folder should be")
    written(city)
    assert anchor_city(city) is not None
    path.parent.unlink()
    city.at = NOON + timedelta(days=1)
    assert anchor_city(city) is not None
    assert [line.split()[0] for line in kept_anchors(path)] == ["2026-11-24", "2026-11-25"]


def test_anchors_of_another_database_in_the_same_file_stay_above_those_of_this_one(city: DatedCity) -> None:
    path = anchor_file(city)
    assert path is not None
    path.parent.mkdir()
    path.write_text(f"2026-11-20 7 7 {'a' * 64}\n")
    written(city)
    anchor = anchor_city(city)
    assert anchor and path.read_text().splitlines()[1:] == [BEGINS, anchor.line]
    assert kept_anchors(path) == [anchor.line] and verify(city, kept_anchors(path)).findings == ()


def test_where_the_file_lies(tmp_path: Path) -> None:
    def file(**settings: Any) -> Path | None:
        made = City(Settings(database_url=sqlite_url(tmp_path / "city.db"), **settings))
        made.database.close()
        return anchor_file(made)

    assert file() == tmp_path / "city.anchors.txt"
    assert file(anchor_file="") is None
    assert file(anchor_file=str(tmp_path / "x.txt")) == tmp_path / "x.txt"


def test_the_rule_of_retention_is_kept_once_a_day(city: DatedCity, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr("city.tidying.erase_kept_longer", lambda _city, years: asked.append(years) or 0)
    written(city)
    for days, years in ((0, 0), (1, 3), (1, 3)):
        city.at = NOON + timedelta(days=days)
        city.settings.keep_years = years
        once_a_day(city)
    assert asked == [3]

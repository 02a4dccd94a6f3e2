"""The synthetic year: the report's totals, the rules' clocks, unbroken logs – whatever the hour."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from city.opened import City
from city.settings import Settings
from demo.seed import seed
from domain.events import breaks, ticket_stream
from domain.grids import CITY, Level
from domain.tickets import State, Ticket
from storage import counts, lists
from storage.counts import Area
from storage.lists import Wanted
from storage.migrate import migrate
from storage.schema import meeting_matters, meetings
from tests.conftest import NOON, sqlite_url

EVERYTHING = Wanted(only="all", limit=50_000)


def tickets_of(city: City) -> list[Ticket]:
    with city.database.read() as connection:
        return lists.list_tickets(connection, Area(), EVERYTHING, NOON)


def check_totals(city: City, now: datetime) -> None:
    with city.database.read() as connection:
        logs: dict[str, list[str]] = {}
        for event in lists.all_events(connection):
            logs.setdefault(event.stream, []).append(event.kind)
        found = lists.list_tickets(connection, Area(), EVERYTHING, now)
        load = counts.loads(connection, Level.COMMUNITY, now)
    closed = [t for t in found if t.state is State.CLOSED]
    assert sum("hand_up" in kinds for kinds in logs.values()) == 1_200
    assert sum(city.rules_read.categories[t.category].group == "disputes" for t in closed) == 800
    assert sum(t.lead is not None for t in closed) == 500
    assert sum(x.open for x in load.values()) == 310
    assert 25 <= sum(x.overdue for x in load.values()) <= 35
    assert 20 <= sum(x.due_soon for x in load.values()) <= 30
    assert max(t.opened_at for t in found) <= now


def test_totals_land_on_the_reports_at_a_weekday_noon(demo_city: City) -> None:
    check_totals(demo_city, NOON)


@pytest.mark.slow
@pytest.mark.parametrize(
    "now",
    [datetime(2026, 5, 3, 19, tzinfo=UTC), datetime(2027, 2, 1, 2, 30, tzinfo=UTC)],
    ids=["a holiday night", "a year not announced"],
)
def test_totals_land_on_the_reports_whenever_it_is(tmp_path: Path, now: datetime) -> None:
    city = City(Settings(database_url=sqlite_url(tmp_path / "then.db")))
    migrate(city.database)
    seed(city, now)
    check_totals(city, now)
    city.database.close()


def test_every_open_ticket_has_a_holder_that_exists_and_a_place(demo_city: City) -> None:
    structure = demo_city.ground.structure
    for ticket in tickets_of(demo_city):
        if ticket.is_open:
            assert ticket.holder in structure and ticket.holder != CITY
            assert ticket.point and demo_city.locate(ticket.point) == ticket.located


def test_deadlines_recomputed_from_the_log_are_those_kept(demo_city: City) -> None:
    rules = demo_city.rulebook
    with demo_city.database.read() as connection:
        for ticket in [t for t in tickets_of(demo_city) if t.is_open][::5]:
            events = [e for e, _ in lists.events_of(connection, ticket_stream(ticket.id))]
            assert breaks(events) == []
            stages = [(e.facts["state"], e.facts["holder"]) for e in events]
            since = next(e.at for n, e in enumerate(events) if stages[n:] == [stages[-1]] * (len(events) - n))
            own = ticket.limit if ticket.state is State.IN_PROGRESS else None
            warn, due = rules.warn_and_due(since, rules.limit_of(ticket.state, ticket.urgent, own))
            assert (ticket.stage_since, ticket.warn_at, ticket.due_at) == (
                since,
                warn,
                due.at if due else None,
            )


def test_heating_is_complained_about_in_winter_and_dancing_in_summer(demo_city: City) -> None:
    months: dict[str, Counter[bool]] = {"0107": Counter(), "0504": Counter()}
    for ticket in tickets_of(demo_city):
        if ticket.category in months:
            months[ticket.category][ticket.opened_at.month in (5, 6, 7, 8, 9)] += 1
    assert months["0107"][False] > 8 * months["0107"][True]
    assert months["0504"][True] > 5 * months["0504"][False]


def test_some_grids_are_much_busier_than_most(demo_city: City) -> None:
    by_grid = Counter(t.located.level3 for t in tickets_of(demo_city))
    ordered = sorted(by_grid.values())
    assert ordered[-1] > 4 * ordered[len(ordered) // 2]


def test_descriptions_are_varied_and_name_no_person(demo_city: City) -> None:
    with demo_city.database.read() as connection:
        words = lists.words_of(connection, [t.id for t in tickets_of(demo_city)][:3000])
    texts = [w.description for w in words.values()]
    assert len(set(texts)) > 0.9 * len(texts)
    assert not any("示" in text for text in texts)
    assert all(w.phone.startswith("000-") for w in words.values() if w.phone)


def test_meetings_land_on_the_reports_four_figures(demo_city: City) -> None:
    with demo_city.database.read() as connection:
        held = connection.execute(meetings.select()).all()
        matters = connection.execute(meeting_matters.select()).all()
    assert sum(m.tier != "compound" for m in held) == 85
    assert sum(m.outcome == "settled" and m.from_matter is None for m in matters) == 206
    assert sum(m.outcome == "moved_up" for m in matters) == 33
    assert sum(m.outcome == "settled" and m.from_matter is not None for m in matters) == 27
    assert max(m.held_at for m in held) < NOON + timedelta(hours=1)


def test_seeding_twice_with_one_seed_gives_one_city(demo_city: City, tmp_path: Path) -> None:
    city = City(Settings(database_url=sqlite_url(tmp_path / "again.db")))
    migrate(city.database)
    seed(city, NOON)
    assert tickets_of(city) == tickets_of(demo_city)
    city.database.close()


@pytest.mark.slow
def test_postgresql_holds_the_same_city(demo_city: City, postgres_url: str) -> None:
    city = City(Settings(database_url=postgres_url))
    with city.database.write() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    migrate(city.database)
    seed(city, NOON)
    assert tickets_of(city) == tickets_of(demo_city)
    assert city.ground.identity == demo_city.ground.identity
    with city.database.read() as ours, demo_city.database.read() as theirs:
        for level in Level:
            assert counts.loads(ours, level, NOON) == counts.loads(theirs, level, NOON)
        assert list(lists.disagreements(ours)) == []
    city.database.close()

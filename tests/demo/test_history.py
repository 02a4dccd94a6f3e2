"""The synthetic year: the report's totals, the rules' clocks, unbroken logs – whatever the hour."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from city.opened import City
from city.settings import HOME, Settings
from demo.boundaries import table
from demo.rhythm import age_of
from demo.seed import seed
from demo.stories import answer, phrases
from domain.events import Event, breaks, ticket_stream
from domain.frontline.visits import Visit
from domain.grids import CITY, Level
from domain.meetings import meeting_unit
from domain.moves import with_clocks
from domain.tickets import State, Ticket
from domain.timeline import beats_of, running
from storage import counts, lists
from storage.counts import Area
from storage.frontline.records import those
from storage.migrate import migrate
from storage.rules import read_rules
from storage.schema import meeting_matters, meetings, ratings
from storage.wanted import Wanted
from tests.conftest import NOON, CityAtNoon, sqlite_url
from tests.disagreeing import disagreements

LINKS = HOME / "data" / "boundaries" / "department_links.csv"
EVERYTHING = Wanted(only="all", limit=50_000)


@pytest.fixture(scope="module")
def demo_city(demo_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """The demo city as it was seeded: nobody has been in it."""
    file = tmp_path_factory.mktemp("untouched") / "demo.db"
    shutil.copy(demo_file, file)
    city = CityAtNoon(Settings(database_url=sqlite_url(file)))
    yield city
    city.database.close()


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
    assert sum(x.overdue for x in load.values()) == 30
    assert sum(x.due_soon for x in load.values()) == 25
    assert max(t.opened_at for t in found) <= now


def all_logs(city: City) -> dict[str, list[Event]]:
    logs: dict[str, list[Event]] = {}
    with city.database.read() as connection:
        for event in lists.all_events(connection):
            logs.setdefault(event.stream, []).append(event)
    return logs


def logs_of(city: City) -> dict[str, list[Event]]:
    """The logs of what is moved: of tickets and meetings, not of the rows of the grids' lists."""
    return {stream: log for stream, log in all_logs(city).items() if not stream.startswith("r:")}


def check_logs(city: City, now: datetime) -> None:
    """Chains are whole, nothing happens before what it follows or in the future, the row is what the log says."""
    for log in all_logs(city).values():
        assert breaks(log) == []
        assert all(a.at <= b.at for a, b in pairwise(log)) and log[-1].at <= now
    for log in logs_of(city).values():
        for a, b in pairwise(log):
            assert (a.facts["state"], a.facts["holder"]) == (b.facts["from"], b.facts["from_holder"])
    with city.database.read() as connection:
        assert list(disagreements(connection)) == []


def test_totals_land_on_the_reports_at_a_weekday_noon(demo_city: City) -> None:
    check_totals(demo_city, NOON)


def test_every_log_is_whole_and_lies_in_the_past(demo_city: City) -> None:
    check_logs(demo_city, NOON)


def test_every_ticket_is_open_or_has_ended_in_one_of_three_ways(demo_city: City) -> None:
    found = Counter(t.state for t in tickets_of(demo_city))
    assert set(found) == set(State)
    assert 9_000 <= found.total() <= 12_000


@pytest.mark.slow
@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 3, 14, 19, tzinfo=UTC),
        datetime(2026, 10, 1, 6, tzinfo=UTC),
        datetime(2035, 3, 7, 15, 42, tzinfo=UTC),
    ],
    ids=["a Sunday at three in the night", "a holiday", "a year not announced"],
)
def test_totals_land_on_the_reports_whenever_it_is(tmp_path: Path, now: datetime) -> None:
    city = City(Settings(database_url=sqlite_url(tmp_path / "then.db")))
    migrate(city.database)
    seed(city, now)
    check_totals(city, now)
    check_logs(city, now)
    with city.database.read() as connection:
        assert len(those(connection, Visit)) > 1_000
    city.database.close()


def test_every_open_ticket_has_a_holder_that_exists_and_a_place(demo_city: City) -> None:
    structure = demo_city.ground.structure
    for ticket in tickets_of(demo_city):
        if ticket.is_open:
            assert ticket.holder in structure and ticket.holder != CITY
            assert ticket.point and demo_city.locate(ticket.point) == ticket.located


def test_deadlines_recomputed_from_the_log_are_those_kept(demo_city: City) -> None:
    rules, logs = demo_city.rulebook, logs_of(demo_city)
    for ticket in [t for t in tickets_of(demo_city) if t.is_open]:
        events = logs[ticket_stream(ticket.id)]
        now = running(ticket, beats_of(events), rules)
        assert (ticket.stage_since, ticket.stage, ticket.warn_at, ticket.due_at) == (
            now.since, now.stage, now.warn_at, now.due_at,
        )  # fmt: skip
        assert with_clocks(ticket, now) == ticket


def counted(demo_city: City, log: list[Event], around: bool) -> timedelta:
    """The time for handling, counted out pair by pair."""
    clock = demo_city.clock
    return sum(
        (
            b.at - a.at if around else clock.elapsed(a.at, b.at)
            for a, b in pairwise(log)
            if a.facts["state"] in ("dispatched", "in_progress", "awaiting_check")
        ),
        timedelta(),
    )


def test_on_time_is_what_the_rules_say_of_the_log(demo_city: City) -> None:
    rules, logs = demo_city.rulebook, logs_of(demo_city)
    by_department = Counter[bool]()
    for ticket in [t for t in tickets_of(demo_city) if t.handled_at]:
        log = logs[ticket_stream(ticket.id)]
        end = max(n for n, e in enumerate(log) if e.kind in ("settle", "check_pass"))
        assert log[end].at == ticket.handled_at
        if log[end].kind == "settle":
            stage = (log[end].facts["from"], log[end].facts["from_holder"])
            before = log[:end]
            since = before[-1].at
            for event in reversed(before):
                if (event.facts["state"], event.facts["holder"]) != stage:
                    break
                since = event.at
            limit = rules.limit_of(State(str(stage[0])), ticket.urgent)
            assert limit and ticket.on_time is (ticket.handled_at <= rules.clock.after(since, limit))
        else:
            begun = max(n for n, e in enumerate(log[:end]) if e.kind in ("dispatch", "resolve"))
            assert ticket.limit
            worked = counted(demo_city, log[begun : end + 1], ticket.limit.around_the_clock)
            assert ticket.on_time is (worked <= ticket.limit.length)
            by_department[ticket.on_time] += 1
    assert by_department[True] > 3 * by_department[False] > 30


def test_the_public_was_asked_whenever_a_ticket_came_to_it(demo_city: City) -> None:
    logs = logs_of(demo_city)
    with demo_city.database.read() as connection:
        asked = Counter(row.ticket_id for row in connection.execute(ratings.select()))
        answered = connection.execute(ratings.select().where(ratings.c.grade.is_not(None))).all()
    for ticket in tickets_of(demo_city):
        log = logs[ticket_stream(ticket.id)]
        came = sum(
            e.facts["state"] == "awaiting_rating" and e.facts.get("from") != "awaiting_rating" for e in log
        )
        assert asked[ticket.id] == came
    assert 0.8 < sum(row.grade >= 3 for row in answered) / len(answered) < 0.97


def test_urgency_is_the_categorys(demo_city: City) -> None:
    categories = demo_city.rules_read.categories
    assert all(t.urgent is categories[t.category].urgent for t in tickets_of(demo_city))


def test_offices_work_in_working_time_unless_it_is_urgent(demo_city: City) -> None:
    clock, moment = demo_city.clock, timedelta(seconds=1)
    for log in logs_of(demo_city).values():
        for event in log[1:] if log[0].stream.startswith("t:") else ():
            if event.facts["role"] in ("community", "street", "department") and not event.facts["urgent"]:
                assert clock.elapsed(event.at - moment, event.at + moment), event


def test_a_community_dispatches_to_its_own_departments_alone(demo_city: City) -> None:
    linked = {row["department"]: row["community"] for row in table(LINKS)}
    grids, dispatchers = demo_city.ground.structure.grids, Counter[bool]()
    for log in logs_of(demo_city).values():
        for event in log:
            if event.kind == "dispatch":
                holder = str(event.facts["holder"])
                dispatchers[holder in grids] += 1
                assert holder not in grids or linked[str(event.facts["lead"])] == holder
    assert dispatchers[True] and dispatchers[False]


def test_departments_differ(demo_city: City) -> None:
    kept: dict[str, Counter[bool]] = {}
    for ticket in tickets_of(demo_city):
        if ticket.lead and ticket.on_time is not None:
            kept.setdefault(ticket.lead, Counter())[ticket.on_time] += 1
    shares = [c[True] / c.total() for c in kept.values() if c.total() >= 20]
    assert max(shares) - min(shares) > 0.08


def test_no_day_is_much_busier_than_the_others(demo_city: City) -> None:
    days = Counter(t.opened_at.astimezone(demo_city.zone).date() for t in tickets_of(demo_city))
    ordered = sorted(days.values())
    assert ordered[-1] < 3.5 * ordered[len(ordered) // 2]


def test_old_compounds_complain_of_roofs_and_new_ones_of_lifts(demo_city: City) -> None:
    seen: Counter[tuple[str, str]] = Counter()
    for ticket in tickets_of(demo_city):
        seen[ticket.category, age_of(re.sub(r"\d+号楼$", "", ticket.address))] += 1
    assert seen["0804", "old"] > 2 * seen["0804", "new"]
    assert seen["0802", "new"] > 5 * seen["0802", "old"]


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
        held = connection.execute(meetings.select().where(meetings.c.state == "closed")).all()
        matters = connection.execute(meeting_matters.select()).all()
    assert sum(m.tier != "compound" for m in held) == 85
    assert sum(m.outcome == "settled" and m.from_matter is None for m in matters) == 206
    assert sum(m.outcome == "moved_up" for m in matters) == 33
    assert sum(m.outcome == "settled" and m.from_matter is not None for m in matters) == 27
    assert max(m.held_at for m in held) < NOON
    assert all(demo_city.clock.calendar.is_workday(m.held_at.astimezone(demo_city.zone).date()) for m in held)


def test_what_is_moved_up_stands_on_the_next_agenda_of_the_unit_above(demo_city: City) -> None:
    with demo_city.database.read() as connection:
        held = {m.id: m for m in connection.execute(meetings.select().where(meetings.c.state == "closed"))}
        matters = {m.id: m for m in connection.execute(meeting_matters.select())}
    above = [m for m in matters.values() if m.from_matter]
    assert {m.from_matter for m in above} == {m.id for m in matters.values() if m.outcome == "moved_up"}
    for matter in above:
        below, there = held[matters[matter.from_matter].meeting_id], held[matter.meeting_id]
        assert there.unit == demo_city.ground.structure.above(below.unit)
        later = [m.held_at for m in held.values() if m.unit == there.unit and m.held_at > below.held_at]
        assert there.held_at == min(later)


def test_every_ticket_that_is_at_a_meeting_stands_on_an_open_agenda(demo_city: City) -> None:
    with demo_city.database.read() as connection:
        agendas = {m.id: m for m in connection.execute(meetings.select().where(meetings.c.state == "open"))}
        on = [m for m in connection.execute(meeting_matters.select()) if m.meeting_id in agendas]
    at = {t.id: t for t in tickets_of(demo_city) if t.state is State.AT_MEETING}
    assert {m.ticket_id for m in on} == set(at) and len(on) == len(at)
    structure = demo_city.ground.structure
    assert all(meeting_unit(at[m.ticket_id].holder, structure) == agendas[m.meeting_id].unit for m in on)


@pytest.mark.slow
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
        assert list(disagreements(ours)) == []
    city.database.close()


def test_every_category_has_words_of_its_own_and_answers_that_fit() -> None:
    told, categories = phrases(), read_rules(HOME / "data" / "rules").categories
    # Nobody tells of "another problem": what is told has a kind.
    assert set(told["what"]) == {code for code, c in categories.items() if c.group != "other"}
    assert all(len(set(whats)) == len(whats) >= 3 for whats in told["what"].values())
    known = {*categories, *(c.group for c in categories.values()), "any"}
    fitted = [told["place"], told["since"], told["ask"], *told["answers"].values()]
    assert all(set(table) <= known for table in fitted)
    assert all("any" in table for table in fitted[1:])
    assert set(told["place"].values()) <= set(told["near"])
    answered = told["answers"]
    for category in (c for c in categories.values() if c.group != "other"):
        if category.group != "road":
            assert {category.code, category.group} & set(answered["settle"])
        elif category.department:
            # Roads are too many things for one answer: ice is not mended by lines, nor parking by asphalt.
            assert category.code in answered["hand_up"] and category.code in answered["report_done"]


def test_a_word_is_fitted_to_its_category_before_its_group() -> None:
    told, categories = phrases(), read_rules(HOME / "data" / "rules").categories
    said = {answer(told, "report_done", categories["0207"], Random(n)) for n in range(50)}
    assert said == set(told["answers"]["report_done"]["0207"])
    assert answer(told, "accept", categories["0207"], Random(1)) is None

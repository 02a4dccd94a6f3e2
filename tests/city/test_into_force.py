"""A plan of the demo city comes into force: tickets find their new head, nothing is lost, and the way back is a plan too."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import combinations
from pathlib import Path

import pytest
from sqlalchemy import func, select

from city import boundaries, desk, drafts, indicators, past
from city.drafts import OpenDraft
from city.heads import import_heads
from city.into_force import put_due_in_force
from city.opened import City
from city.settings import Settings
from city.signed_in import person_of
from city.snapshots import day_of
from city.sweeping import sweep_city
from city.verifying import verify
from domain.actions.raising import Report, raise_ticket
from domain.events import breaks, ticket_stream
from domain.grids import Level, Located
from domain.indicators import Grouping, Tally, total
from domain.people import Person, Role
from domain.place import LngLat
from domain.plans.commands import Merge, Post, Split
from domain.plans.demands import NotDrawn
from domain.plans.life import PlanState
from domain.plans.posts import heads_after
from domain.said import Refused
from domain.tickets import Words
from gis.coding import encode_grids
from gis.reading import Columns
from storage import happened, lists, people
from storage.migrate import migrate
from storage.schema import crosswalk, events, plans, tickets
from tests.conftest import NOON, sqlite_url

DAY, HOUR = NOON + timedelta(days=1), timedelta(hours=1)


class Town(City):
    """A city whose clock a test sets."""

    at: datetime = NOON

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def town(demo_file: Path, tmp_path: Path) -> Iterator[Town]:
    shutil.copy(demo_file, tmp_path / "town.db")
    made = Town(Settings(database_url=sqlite_url(tmp_path / "town.db")))
    sweep_city(made)
    yield made
    made.database.close()


def of_role(city: City, role: Role) -> Person:
    with city.database.read() as connection:
        return next(a.person for a in people.all_accounts(connection) if a.person.role is role)


def busiest(city: City, level: Level) -> str:
    loads = city.loads(level)
    return max(
        city.ground.structure.at_level(level), key=lambda g: loads[g.code].open if g.code in loads else 0
    ).code


def split(city: City, opened: OpenDraft, grid: str, by: Person) -> OpenDraft:
    """Split a compound grid along whole compounds."""
    children = [child.code for child in city.ground.structure.children(grid)]
    for n in range(len(children) - 1, 0, -1):
        for apart in combinations(children, n):
            try:
                command = Split(grid, apart, "新网格")
                return drafts.edit(city, opened.plan.id, command, version=opened.plan.version, by=by)
            except NotDrawn:
                continue
    raise AssertionError("this grid cannot be split")


def published(city: City, opened: OpenDraft, at: datetime) -> None:
    """Through review and approval to a date."""
    planner, leader = of_role(city, Role.PLANNER), of_role(city, Role.LEADER)
    sent = drafts.send(city, opened.plan.id, version=opened.plan.version, by=planner)
    approved = drafts.approve(city, sent.id, version=sent.version, by=leader)
    drafts.publish(city, approved.id, at, version=approved.version, confirmed=True, by=planner)


def brought_into_force(city: Town, opened: OpenDraft, at: datetime) -> None:
    published(city, opened, at)
    city.at = at
    done = put_due_in_force(city, at)
    assert done and done.did["in_force"] == 1, done
    city.look_again()
    city.forget_loads()


def in_two(city: Town, at: datetime = DAY) -> tuple[str, str]:
    """The busiest compound grid split from a date; its code and the new one's."""
    grid = busiest(city, Level.COMPOUND)
    planner = of_role(city, Role.PLANNER)
    opened = split(city, drafts.branch(city, None, f"split {at:%d}", planner), grid, planner)
    brought_into_force(city, opened, at)
    new = next(code for code, olds in opened.draft.mark("lineage").items() if olds == [grid])
    return grid, new


def figures(city: Town, by: Grouping) -> dict[str, Tally]:
    person = of_role(city, Role.LEADER)
    rows = indicators.figures(city, person, NOON - timedelta(days=400), DAY + timedelta(days=9), by)
    return {row.code: row.tally for row in rows}


def open_of(city: City) -> list[tuple[int, Located, LngLat | None, str]]:
    with city.database.read() as connection:
        return [(t.id, t.located, t.point, t.holder) for t in happened.open_live_tickets(connection)]


@pytest.mark.slow
def test_tickets_of_a_grid_that_is_split_find_their_new_grid_and_everything_holds_together(
    town: Town,
) -> None:
    town.at = DAY
    sums = {
        by: total(figures(town, by).values())
        for by in (Grouping.COMMUNITY, Grouping.COMPOUND, Grouping.BUILDING)
    }
    town.at = NOON
    identity = town.ground.identity
    assert verify(town).findings == ()
    old, new = in_two(town)
    structure = town.ground.structure
    assert {old, new} <= structure.grids.keys() and structure.grids[new].parent == structure.grids[old].parent
    assert verify(town).findings == ()
    for _, located, point, holder in open_of(town):
        assert holder in structure and set(located.codes) <= structure.grids.keys()
        assert point is None or town.locate(point) == located
    assert {by: total(figures(town, by).values()) for by in sums} == sums
    compounds = figures(town, Grouping.COMPOUND)
    assert compounds[new].raised > 0 and compounds.keys() - {""} <= structure.grids.keys()
    assert town.ground.identity != identity, "every open map is drawn anew"


def test_heads_and_accounts_of_recoded_grids_go_along_and_stay_signed_in(town: Town) -> None:
    grid = busiest(town, Level.COMPOUND)
    with town.database.read() as connection:
        accounts = {a.person.area: a.person for a in people.all_accounts(connection)}
    children = [child.code for child in town.ground.structure.children(grid)]
    members = [accounts[code] for code in children]
    with town.database.write() as connection:
        tokens = {member.area: people.open_session(connection, member, DAY - HOUR) for member in members}
    in_two(town)
    for member in members:
        person = person_of(town, tokens[member.area])
        assert person is not None and person.area in town.ground.structure.grids
        with town.database.read() as connection:
            assert people.head_of(connection, person.area, DAY) is not None


@pytest.mark.slow
def test_what_ended_before_a_redraw_counts_once_and_the_way_back_brings_everything_home(town: Town) -> None:
    back_at = town.at = DAY + timedelta(days=1)
    before, lay = figures(town, Grouping.BUILDING), open_of(town)
    town.at = NOON
    with town.database.read() as connection:
        first = connection.scalar(select(plans.c.name))
    in_two(town)
    planner = of_role(town, Role.PLANNER)
    back = drafts.branch(town, first, "back", planner)
    brought_into_force(town, back, back_at)
    assert figures(town, Grouping.BUILDING) == before
    assert open_of(town) == lay
    assert verify(town).findings == ()
    with town.database.read() as connection:
        states = list(connection.scalars(select(plans.c.state).order_by(plans.c.id)))
    assert states == [PlanState.RETIRED, PlanState.RETIRED, PlanState.IN_FORCE]


@pytest.mark.slow
def test_a_ticket_raised_between_approval_and_effect_is_brought_along(town: Town) -> None:
    grid = busiest(town, Level.COMPOUND)
    planner = of_role(town, Role.PLANNER)
    opened = split(town, drafts.branch(town, None, "later", planner), grid, planner)
    published(town, opened, DAY)
    done = sweep_city(town, DAY - timedelta(seconds=1))
    assert done is None or "in_force" not in done.did
    new = next(code for code, olds in opened.draft.mark("lineage").items() if olds == [grid])
    unit = min(opened.draft.units_of(new))
    town.at = DAY - timedelta(minutes=1)
    report = Report(opened.ground.units[unit].at, "0301", Words("a lamp"))
    raised = raise_ticket(town.store, town.rulebook, report, by=of_role(town, Role.CITY_OFFICE), now=town.at)
    assert raised.located.level2 == grid and raised.holder == raised.located.level3
    town.at = DAY
    done = sweep_city(town, DAY)
    assert done and done.did["in_force"] == 1 and "later" in str(done.told[0])
    after = next(lying for number, lying, *_ in open_of(town) if number == raised.id)
    assert (after.level1, after.level2, after.level3) == (
        raised.located.level1, new, opened.draft.home[unit],
    )  # fmt: skip
    assert after.level3 != raised.holder
    holder = next(holder for number, _, _, holder in open_of(town) if number == raised.id)
    assert holder == after.level3
    with town.database.read() as connection:
        log = [event for event, _ in lists.events_of(connection, ticket_stream(raised.id))]
    assert [event.kind for event in log] == ["raised", "rehomed"] and breaks(log) == []
    assert verify(town).findings == ()


def test_a_plan_over_other_units_stays_approved_and_says_why(town: Town) -> None:
    planner = of_role(town, Role.PLANNER)
    opened = split(town, drafts.branch(town, None, "stale", planner), busiest(town, Level.COMPOUND), planner)
    published(town, opened, DAY)
    with town.database.write() as connection:
        connection.execute(plans.update().where(plans.c.id == opened.plan.id).values(units_hash="another"))
    lay = open_of(town)
    done = put_due_in_force(town, DAY)
    assert done and done.did == {"not_in_force": 1} and "units changed" in str(done.told[0])
    again = put_due_in_force(town, DAY)
    assert again and again.did == {}
    assert open_of(town) == lay
    with town.database.read() as connection:
        told = connection.scalar(
            select(func.count()).select_from(events).where(events.c.kind == "not_in_force")
        )
        assert told == 1
        assert connection.scalar(select(func.count()).select_from(tickets).where(tickets.c.open)) > 0


# --- heads who change before the day ----------------------------------------------------------------------------


def sent_over(town: Town) -> tuple[OpenDraft, str, str, str]:
    """A split published for the day that sends the head of the old grid to the new one: also both codes, and the name."""
    grid, planner = busiest(town, Level.COMPOUND), of_role(town, Role.PLANNER)
    opened = split(town, drafts.branch(town, None, "sent over", planner), grid, planner)
    new = next(code for code, olds in opened.draft.mark("lineage").items() if olds == [grid])
    head = next(term for term in drafts.heads_on(town, planner) if term.grid == grid)
    post = Post(head.key, new)
    opened = drafts.edit(town, opened.plan.id, post, version=opened.plan.version, by=planner)
    published(town, opened, DAY)
    return opened, grid, new, head.name


def imported(town: Town, folder: Path, row: str) -> None:
    (folder / "heads.csv").write_text(f"code,name,work_phone\n{row}\n", encoding="utf-8")
    done = import_heads(town, folder / "heads.csv")
    assert (done.new, done.refused) == (1, ())
    town.look_again()


def head_in(town: Town, grid: str, at: datetime) -> str | None:
    with town.database.read() as connection:
        head = people.head_of(connection, grid, at)
    return head.name if head else None


@pytest.mark.slow
def test_a_head_whose_number_is_corrected_before_the_day_goes_where_the_plan_says(
    town: Town, tmp_path: Path
) -> None:
    _, grid, new, name = sent_over(town)
    imported(town, tmp_path, f"{grid},{name},0415-000-7777")
    done = put_due_in_force(town, DAY)
    assert done and done.did["in_force"] == 1, done
    assert (head_in(town, new, DAY), head_in(town, grid, DAY)) == (name, None)
    assert verify(town).findings == ()


@pytest.mark.slow
def test_a_head_who_is_another_on_the_day_is_looked_at_again_and_a_new_vacancy_asks_for_a_confirmation(
    town: Town, tmp_path: Path
) -> None:
    opened, grid, new, _ = sent_over(town)
    imported(town, tmp_path, f"{grid},Another,0415-000-8888")
    lay = open_of(town)
    done = put_due_in_force(town, DAY)
    assert done and done.did == {"not_in_force": 1}
    assert "nobody confirmed that: publish it again and confirm, or send it back" in str(done.told[0])
    assert open_of(town) == lay and head_in(town, grid, DAY) == "Another"
    planner = of_role(town, Role.PLANNER)
    assert drafts.log_of(town, planner, opened.plan.id)[0].event.kind == "not_in_force"
    plan = drafts.open_draft(town, opened.plan.id).plan
    town.at = DAY + HOUR
    again = town.at + HOUR
    with pytest.raises(Refused, match="1 grids will have no head"):
        drafts.publish(town, plan.id, again, version=plan.version, by=planner)
    drafts.publish(town, plan.id, again, version=plan.version, confirmed=True, by=planner)
    done = put_due_in_force(town, again)
    assert done and done.did["in_force"] == 1, done
    assert (head_in(town, grid, again), head_in(town, new, again)) == ("Another", None)
    assert verify(town).findings == ()


# --- the past --------------------------------------------------------------------------------------------------


def test_the_map_of_any_past_day_is_that_of_the_plan_in_force_then(town: Town) -> None:
    before = {level: coded.hash for level, coded in town.ground.coded_levels.items()}
    with town.database.read() as connection:
        first_name = connection.scalar(select(plans.c.name))
    old, new = in_two(town)
    town.at = DAY + timedelta(days=3)
    today = past.plan_at(town, day_of(town, town.at))
    yesterday = past.plan_at(town, day_of(town, NOON))
    assert today and yesterday and (yesterday.name, today.until) == (first_name, None)
    assert past.plan_at(town, date(1999, 1, 1)) is None
    then = past.past_plan(town, yesterday)
    assert new not in then.structure.grids and old in then.structure.grids
    assert {level: coded.hash for level, coded in then.coded.items()} == before
    for name in before.values():
        coded = past.coded_named(town, name)
        assert coded is not None and coded.hash == name
    assert past.coded_named(town, "nothing") is None


def test_the_outlines_of_a_plan_that_was_never_in_force_are_served_to_nobody(town: Town) -> None:
    planner = of_role(town, Role.PLANNER)
    opened = split(town, drafts.branch(town, None, "idea", planner), busiest(town, Level.COMPOUND), planner)
    drawn = opened.ground.outlines(opened.draft)
    coded = encode_grids(
        [
            (code, grid.name, drawn[code])
            for code, grid in sorted(opened.draft.grids.items())
            if grid.level == 2
        ]
    )
    assert past.coded_named(town, coded.hash) is None
    assert [plan.until for plan in town.ground.history] == [None]


def test_a_grid_made_by_a_redraw_says_where_it_came_from_and_former_grids_keep_their_names(
    town: Town,
) -> None:
    names = {code: grid.name for code, grid in town.ground.structure.grids.items()}
    old, new = in_two(town)
    (origin,) = past.origins_of(town, [old, new], NOON)
    assert (origin.code, origin.sources, origin.since) == (new, (old,), DAY)
    assert past.origins_of(town, [old, new], DAY + HOUR) == []
    gone = names.keys() - town.ground.structure.grids.keys()
    assert gone and all(town.ground.structure.name(code) == names[code] for code in gone)


# --- a city that came as polygons -------------------------------------------------------------------------------


def square(x: int, y: int, code: str, parent: str | None, size: int = 1) -> dict[str, object]:
    west, south, side = 124.1 + 0.002 * x, 39.8 + 0.002 * y, 0.002 * size
    ring = [
        [west, south],
        [west + side, south],
        [west + side, south + side],
        [west, south + side],
        [west, south],
    ]
    return {
        "type": "Feature",
        "properties": {"code": code, "name": f"district {code}", "parent": parent},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


@pytest.fixture
def drawn_town(tmp_path: Path) -> Iterator[Town]:
    """Two levels of squares, codes that are no digits, no households, no heads, no streets."""
    made = Town(Settings(database_url=sqlite_url(tmp_path / "drawn.db")))
    migrate(made.database)
    levels = (
        [square(0, 0, "A", None, 2), square(2, 0, "B", None, 2)],
        [
            square(x, y, f"{'A' if x < 2 else 'B'}{x % 2}{y}", "A" if x < 2 else "B")
            for x in range(4)
            for y in range(2)
        ],
    )
    for level, features in zip(Level, levels, strict=False):
        file = tmp_path / f"{level}.geojson"
        file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        columns = Columns("code", "name", "parent" if level > 1 else None)
        boundaries.import_boundaries(made, file, level, columns)
    with made.database.write() as connection:
        for login, role in (("planner", Role.PLANNER), ("leader", Role.LEADER), ("office", Role.CITY_OFFICE)):
            people.add_account(
                connection, login=login, name=login, role=role, area="city", password="long enough", now=NOON
            )
    made.look_again()
    yield made
    made.database.close()


def test_a_city_that_came_as_polygons_is_redrawn_like_any_other(drawn_town: Town) -> None:
    town = drawn_town
    office = of_role(town, Role.CITY_OFFICE)
    inside, elsewhere, nowhere = LngLat(124.1011, 39.8011), LngLat(124.1071, 39.8031), LngLat(124.5, 39.9)

    def raised(point: LngLat | None, grid: str | None = None) -> int:
        report = Report(point, "0301", Words("a lamp"), grid=grid)
        return raise_ticket(town.store, town.rulebook, report, by=office, now=NOON).id

    a, b, c = raised(inside), raised(elsewhere), raised(nowhere)
    d = raised(None, "A00")
    assert {n: at.grid for n, at, *_ in open_of(town)} == {a: "A00", b: "B11", c: None, d: "A00"}
    planner = of_role(town, Role.PLANNER)
    opened = drafts.branch(town, None, "merge", planner)
    opened = drafts.edit(town, opened.plan.id, Merge("A00", "A10"), version=opened.plan.version, by=planner)
    brought_into_force(town, opened, DAY)
    lying = {n: (at.grid, holder) for n, at, _, holder in open_of(town)}
    assert lying == {a: ("A10", "A10"), b: ("B11", "B11"), c: (None, "city"), d: ("A10", "A10")}
    assert verify(town).findings == ()


# --- many at once -------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_plan_that_moves_much_changes_no_sum_and_leaves_nobody_without_a_holder(town: Town) -> None:
    town.at = DAY
    before = {
        by: total(figures(town, by).values())
        for by in (Grouping.COMMUNITY, Grouping.COMPOUND, Grouping.BUILDING)
    }
    town.at = NOON
    planner = of_role(town, Role.PLANNER)
    opened = drafts.branch(town, None, "many", planner)
    made = 0
    for grid in list(town.ground.structure.at_level(Level.COMPOUND))[:40]:
        siblings = [
            g.code for g in town.ground.structure.children(grid.parent or "") if g.code in opened.draft.grids
        ]
        for into in siblings:
            try:
                command = Merge(grid.code, into)
                opened = drafts.edit(town, opened.plan.id, command, version=opened.plan.version, by=planner)
                made += 1
                break
            except NotDrawn:
                continue
    assert made > 10
    after = heads_after(opened.draft, drafts.heads_on(town, planner))
    for term in drafts.heads_on(town, planner):
        if after[term.id] is None and term.key not in opened.draft.mark("posts"):
            command = Post(term.key, "")
            opened = drafts.edit(town, opened.plan.id, command, version=opened.plan.version, by=planner)
    brought_into_force(town, opened, DAY)
    assert {by: total(figures(town, by).values()) for by in before} == before
    assert verify(town).findings == ()


def test_who_answers_for_the_ground_today_sees_what_ended_there_before(town: Town) -> None:
    _, new = in_two(town)
    structure = town.ground.structure
    with town.database.read() as connection:
        ended = connection.execute(
            select(tickets.c.no, tickets.c.level3, crosswalk.c.level3.label("now_in"))
            .join_from(crosswalk, tickets, crosswalk.c.ticket_id == tickets.c.id)
            .limit(1)
        ).one()
        accounts = {a.person.area: a.person for a in people.all_accounts(connection)}
    assert ended.level3 not in structure and structure.chain(ended.level3)[1:3] == (ended.now_in, new)
    assert desk.card(town, accounts[ended.now_in], ended.no) is not None
    strangers = (p for p in accounts.values() if p.role is Role.MEMBER and p.area != ended.now_in)
    assert desk.card(town, next(strangers), ended.no) is None


def test_everybody_with_an_area_of_their_own_reads_the_figures_of_the_ground_they_have_today(
    town: Town,
) -> None:
    _, new = in_two(town)
    since, until = NOON - timedelta(days=400), DAY + timedelta(days=9)
    chain = town.ground.structure.chain(new)
    with town.database.read() as connection:
        everybody = {a.person.area: a.person for a in people.all_accounts(connection)}
    of_city = figures(town, Grouping.COMPOUND)[new]
    for area in [
        code for code in chain if code in everybody and everybody[code].role is not Role.CITY_OFFICE
    ]:
        person = everybody[area]
        for by in indicators.groupings(town, person):
            rows = {row.code: row.tally for row in indicators.figures(town, person, since, until, by)}
            assert rows
            if by is Grouping.COMPOUND:
                assert rows[new] == of_city
        assert desk.figures(town, person).open >= 0

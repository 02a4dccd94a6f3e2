"""People move in, a building is pulled down: the city counts anew, and what was drawn on the former numbers is told so."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import shapely
from sqlalchemy import select

from city import census, drafts, into_force
from city.boundaries import import_boundaries
from city.census import CensusTaken, import_households
from city.into_force import put_due_in_force
from city.opened import City
from city.past import past_plan
from city.plan_files import import_plan, open_plan, plan_bytes
from city.settings import Settings
from city.units import built, unit_ground
from city.verifying import verify
from domain.events import Event, plan_stream
from domain.grids import Level
from domain.people import Person, Role
from domain.plans.commands import Rename
from domain.plans.life import Plan, PlanState
from domain.said import BadInput, Refused
from gis.reading import Columns
from storage import lists, schema, units
from storage.database import Database
from storage.facts import bump_revision
from storage.migrate import migrate
from storage.store import TicketStore
from tests.city.test_units import drawn_city
from tests.conftest import NOON
from tests.town import HOUSEHOLDS, TOWN, town_draft

FILES = {1: Columns("code", "name"), 2: Columns("code", "name", "parent", "households")}
"""What the fields of the files of :func:`drawn_city` are called, by level."""

ANNA, LIU = Person(901, "Anna", Role.PLANNER), Person(902, "Liu", Role.LEADER)
DAY = NOON + timedelta(days=1)


class Town(City):
    """A city whose clock stands."""

    def now(self) -> Any:
        return NOON


@pytest.fixture
def town(database: Database) -> Iterator[City]:
    """The squares of the town, kept in either store."""
    with database.write() as connection:
        for person in (ANNA, LIU):
            connection.execute(
                schema.accounts.insert().values(
                    id=person.id, login=person.name, name=person.name, role=person.role.value, area="city",
                    password_hash="-", created_at=NOON,
                )
            )  # fmt: skip
        units.add_units(
            connection,
            [
                (u.code, u.kind, u.compound, u.building, u.households, shapely.to_wkb(TOWN.shapes[u.code]))
                for u in TOWN.units.by_code.values()
            ],
        )
        kept = units.all_units(connection)
    ground, content = built(kept), town_draft()
    outlines = {code: shapely.to_wkb(ground.outline(content.units_of(code))) for code in content.grids}
    with TicketStore(database).work() as work:
        plan = Plan(0, "town", PlanState.IN_FORCE, 1, NOON, NOON, units_hash=ground.units.hash)
        plan = work.plans.add_plan(plan)
        work.plans.keep_content(plan.id, content, ground.units, outlines)
    made = Town(Settings(database_url=database.url))
    yield made
    made.database.close()


def table(folder: Path, *rows: str, header: str = "unit,households", encoding: str = "utf-8") -> Path:
    path = folder / "households.csv"
    path.write_bytes("\n".join([header, *rows, ""]).encode(encoding))
    return path


def taken(town: City, folder: Path, *rows: str, by: Person = ANNA) -> CensusTaken:
    return import_households(town, table(folder, *rows), by=by)


def counted(town: City) -> dict[str, int | None]:
    return {code: grid.households for code, grid in town.ground.structure.grids.items()}


def log(town: City, plan_id: int) -> list[Event]:
    with town.database.read() as connection:
        return [event for event, _ in lists.events_of(connection, plan_stream(plan_id))]


def kept(town: City) -> list[Any]:
    with town.database.read() as connection:
        return [
            *units.all_units(connection),
            *map(tuple, connection.execute(select(schema.grids).order_by(schema.grids.c.code))),
        ]


def test_units_and_the_grids_in_force_count_anew_and_the_log_says_who_brought_it_in(
    town: City, tmp_path: Path
) -> None:
    before, old = counted(town), unit_ground(town).units.hash
    done = taken(town, tmp_path, "r0c0,25", "r7c7,0", f"r1c1,{HOUSEHOLDS}")
    assert (done.changed, done.unchanged, done.now - done.before, done.refused) == (2, 1, 5, ())
    after = counted(town)
    differences = {code: (after[code] or 0) - (n or 0) for code, n in before.items() if after[code] != n}
    assert differences == {"1": 15, "101": 15, "1011": 15, "2": -10, "202": -10, "2022": -10}
    ground = unit_ground(town).units
    assert (ground["r0c0"].households, ground["r7c7"].households) == (25, 0) and ground.hash != old
    plan = town.ground.plan
    assert plan is not None
    (event,) = log(town, plan.id)
    assert (event.kind, event.by) == ("households_imported", ANNA.id)
    assert event.facts == {"units": 2, "before": done.before, "households": done.now, "content": ground.hash}
    assert verify(town).findings == ()


def test_the_same_table_again_changes_nothing(town: City, tmp_path: Path) -> None:
    taken(town, tmp_path, "r0c0,25")
    before, revision = kept(town), town.ground.revision
    again = taken(town, tmp_path, "r0c0,25")
    assert (again.changed, again.unchanged, again.before) == (0, 1, again.now)
    town.look_again()
    assert kept(town) == before and town.ground.revision == revision


def test_a_program_that_is_open_tells_the_new_numbers(town: City, tmp_path: Path) -> None:
    other = Town(town.settings)
    assert counted(other)["1011"] == 60
    taken(town, tmp_path, "r0c0,25")
    other.look_again()
    assert counted(other)["1011"] == 75
    other.database.close()


@pytest.mark.parametrize("row", ["nowhere,3", "r0c1,many", "r0c0,9"])
def test_while_a_row_is_refused_nothing_is_written(town: City, tmp_path: Path, row: str) -> None:
    before = kept(town)
    done = taken(town, tmp_path, "r0c0,25", row)
    assert [one.row for one in done.refused] == [2]
    assert kept(town) == before and log(town, 1) == []


def test_a_dry_run_writes_nothing(town: City, tmp_path: Path) -> None:
    before = kept(town)
    done = import_households(town, table(tmp_path, "r0c0,25"), by=ANNA, dry_run=True)
    assert done.changed == 1 and kept(town) == before and log(town, 1) == []


def test_units_that_others_changed_at_the_same_moment_are_not_written_over(
    town: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real: Callable[[Any], Any] = census.built

    def others_were_faster(rows: Any) -> Any:
        with town.database.write() as connection:
            units.count_households(connection, {"r5c5": 77})
        return real(rows)

    monkeypatch.setattr(census, "built", others_were_faster)
    with pytest.raises(Refused, match="changed at the same moment"):
        taken(town, tmp_path, "r0c0,25")
    with town.database.read() as connection:
        now = {row[0]: row[4] for row in units.all_units(connection)}
    assert (now["r0c0"], now["r5c5"]) == (HOUSEHOLDS, 77) and log(town, 1) == []


# --- what was drawn on the former numbers ---------------------------------------------------------------------------


def test_a_draft_is_told_and_a_new_branch_counts_the_new_numbers(town: City, tmp_path: Path) -> None:
    opened = drafts.branch(town, None, "north", ANNA)
    done = taken(town, tmp_path, "r0c0,25")
    assert done.stopped == ("north",)
    assert drafts.open_draft(town, "north").is_stale
    for step in (
        lambda: drafts.edit(town, opened.plan.id, Rename("1", "West"), version=1, by=ANNA),
        lambda: drafts.send(town, opened.plan.id, version=1, by=ANNA),
    ):
        with pytest.raises(Refused, match="units changed since north was drawn; branch a new draft"):
            step()
    anew = drafts.branch(town, None, "south", ANNA)
    assert not anew.is_stale and drafts.households_of(anew)["1011"] == 75
    assert drafts.edit(town, anew.plan.id, Rename("1", "West"), version=1, by=ANNA).plan.version == 2
    assert verify(town).findings == ()


def test_a_published_plan_does_not_come_into_force_on_former_numbers(town: City, tmp_path: Path) -> None:
    plan = published(town, "north")
    done = taken(town, tmp_path, "r0c0,25")
    assert done.stopped == ("north",)
    swept = put_due_in_force(town, DAY)
    assert swept and swept.did == {"not_in_force": 1} and "units changed" in str(swept.told[0])
    assert [event.kind for event in log(town, plan.id)][-1] == "not_in_force"


def test_a_plan_that_came_into_force_goes_on_and_plans_come_in_over_it(town: City, tmp_path: Path) -> None:
    published(town, "north")
    swept = put_due_in_force(town, DAY)
    assert swept and swept.did["in_force"] == 1
    town.look_again()
    assert taken(town, tmp_path, "r0c0,25").changed == 1
    assert counted(town)["1011"] == 75
    (tmp_path / "plan.csv").write_bytes(plan_bytes(open_plan(town, None), "csv"))
    read = import_plan(town, tmp_path / "plan.csv", "from a file", by=ANNA)
    assert read.opened is not None and not read.base.is_stale
    assert verify(town).findings == ()


def test_households_that_come_in_while_a_plan_comes_into_force_are_seen_by_it(
    town: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(town, "north")
    other, real = Town(town.settings), into_force.unit_ground

    def others_import(city: City) -> Any:
        ground = real(city)
        taken(other, tmp_path, "r0c0,25")
        return ground

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(into_force, "unit_ground", others_import)
        assert put_due_in_force(town, DAY) is None, "the next sweep looks again"
    swept = put_due_in_force(town, DAY)
    assert swept and swept.did == {"not_in_force": 1} and "units changed" in str(swept.told[0])
    assert counted(town)["1011"] == 75 and verify(town).findings == ()
    other.database.close()


def test_households_come_in_before_a_sweep_or_after_it(town: City, tmp_path: Path) -> None:
    other = Town(town.settings)
    importing = threading.Thread(target=taken, args=(other, tmp_path, "r0c0,25"))
    with town.store.redrawing() as work:
        assert work.alone()
        importing.start()
        importing.join(0.5)
        assert importing.is_alive(), "it waits"
    importing.join(20)
    other.database.close()
    town.look_again()
    assert counted(town)["1011"] == 75


def test_a_plan_in_force_on_other_units_lies_on_those_of_the_table_from_then_on(
    town: City, tmp_path: Path
) -> None:
    with town.database.write() as connection:
        connection.execute(schema.plans.update().values(units_hash="former"))
    taken(town, tmp_path, "r0c0,25")
    with town.database.read() as connection:
        lies_on = connection.scalar(select(schema.plans.c.units_hash))
    town.look_again()
    assert lies_on == unit_ground(town).units.hash


def published(town: City, name: str) -> Plan:
    opened = drafts.branch(town, None, name, ANNA)
    opened = drafts.edit(town, opened.plan.id, Rename("1", "West"), version=1, by=ANNA)
    sent = drafts.send(town, opened.plan.id, version=opened.plan.version, by=ANNA)
    approved = drafts.approve(town, sent.id, version=sent.version, by=LIU)
    return drafts.publish(town, approved.id, DAY, version=approved.version, confirmed=True, by=ANNA)


# --- what files hold ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_table_comes_in_whatever_its_encoding(town: City, tmp_path: Path, encoding: str) -> None:
    path = table(tmp_path, "r0c0,二十五弄,25", header="unit,备注,households", encoding=encoding)
    assert import_households(town, path, by=ANNA).changed == 1


@pytest.mark.parametrize(
    ("rows", "header", "sentence"),
    [
        (["a,1", "b,2"], "unit,households", "names no unit of this city"),
        (["r0c0,1"], "cell,households", "has no field unit; it has cell, households"),
        (["r0c0,1"], "unit,homes", "has no field households"),
        ([], "unit,households", "there is nothing in it"),
    ],
)
def test_a_table_that_is_none_is_refused_in_one_sentence(
    town: City, tmp_path: Path, rows: list[str], header: str, sentence: str
) -> None:
    with pytest.raises(BadInput, match=sentence):
        import_households(town, table(tmp_path, *rows, header=header), by=ANNA)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PLANNER])
def test_nobody_but_a_planner_brings_households_in(town: City, tmp_path: Path, role: Role) -> None:
    with pytest.raises(Refused, match="not for your role"):
        taken(town, tmp_path, "r0c0,25", by=Person(9, "", role))


def test_a_city_without_grids_has_nobody_to_count(database: Database, tmp_path: Path) -> None:
    city = City(Settings(database_url=database.url))
    migrate(city.database)
    with pytest.raises(BadInput, match="has no grids yet"):
        taken(city, tmp_path, "r0c0,25")
    city.database.close()


def test_a_city_of_polygons_counts_by_its_smallest_grids(tmp_path: Path) -> None:
    city = drawn_city(tmp_path)
    done = import_households(city, table(tmp_path, "A1,140"), by=ANNA, dry_run=True)
    with city.database.read() as connection:
        assert done.changed == 1 and not units.has_units(connection), "a dry run writes nothing"
    assert taken(city, tmp_path, "A1,140", "B1,90").now == 530
    city.look_again()
    assert counted(city) == {"A": 240, "B": 290, "A1": 140, "A2": 100, "B1": 90, "B2": 100, "B1-2": 100}
    assert verify(city).findings == ()
    city.database.close()


# --- a city that does not know all its numbers ------------------------------------------------------------------------


def own_numbers(city: City, **of_grids: int | None) -> None:
    """Let grids of the plan in force tell these numbers of their own."""
    grids = schema.grids
    with city.database.write() as connection:
        for code, n in of_grids.items():
            connection.execute(grids.update().where(grids.c.code == code).values(households=n))
        bump_revision(connection)
    city.look_again()


def test_one_row_makes_no_numbers_for_grids_whose_other_units_nobody_counted(tmp_path: Path) -> None:
    city = drawn_city(tmp_path)
    own_numbers(city, **dict.fromkeys(counted(city)))
    assert taken(city, tmp_path, "A1,140").changed == 1
    city.look_again()
    assert counted(city) == {
        "A": None,
        "B": None,
        "A1": 140,
        "A2": None,
        "B1": None,
        "B2": None,
        "B1-2": None,
    }
    assert taken(city, tmp_path, "A2,60", "A1,140").changed == 1
    city.look_again()
    assert {code: n for code, n in counted(city).items() if n is not None} == {"A": 200, "A1": 140, "A2": 60}
    assert verify(city).findings == ()
    city.database.close()


def test_a_nought_and_what_is_told_again_can_make_all_of_a_grid_known(tmp_path: Path) -> None:
    city = drawn_city(tmp_path)
    own_numbers(city, **dict.fromkeys(counted(city)))
    assert taken(city, tmp_path, "A2,0").changed == 0
    assert taken(city, tmp_path, "B1,90").changed == 1
    city.look_again()
    assert {code: n for code, n in counted(city).items() if n is not None} == {"A2": 0}
    revision_before = city.ground.revision
    assert taken(city, tmp_path, "B1,90", "B1-3,0").changed == 0
    city.look_again()
    assert {code: n for code, n in counted(city).items() if n is not None} == {"A2": 0, "B1": 90}
    assert city.ground.revision > revision_before
    assert verify(city).findings == ()
    city.database.close()


def test_larger_grids_with_numbers_of_their_own_change_by_what_changed_below_them(tmp_path: Path) -> None:
    city = drawn_city(tmp_path)
    own_numbers(city, A=250, B=10)
    assert taken(city, tmp_path, "A1,140", "B2,70").changed == 2
    city.look_again()
    assert counted(city) == {"A": 290, "B": 0, "A1": 140, "A2": 100, "B1": 100, "B2": 70, "B1-2": 100}
    city.database.close()


def test_the_boundaries_that_a_counted_city_came_from_still_change_nothing(tmp_path: Path) -> None:
    city = drawn_city(tmp_path)
    taken(city, tmp_path, "A1,140")
    city.look_again()
    known, revision = counted(city), city.ground.revision
    for level, columns in FILES.items():
        done = import_boundaries(city, tmp_path / f"{level}.geojson", Level(level), columns)
        assert done.unchanged
    city.look_again()
    assert (counted(city), city.ground.revision) == (known, revision)
    city.database.close()


def test_boundaries_say_where_they_know_other_households_than_the_table_that_came_in_since(
    tmp_path: Path,
) -> None:
    city = drawn_city(tmp_path)

    def told() -> list[tuple[str, ...]]:
        done = import_boundaries(city, tmp_path / "2.geojson", Level(2), FILES[2])
        return [f.grids for f in done.findings if f.check == "other_households"]

    assert told() == []
    taken(city, tmp_path, "A1,140")
    city.look_again()
    assert told() == [("A1",)]
    city.database.close()


def test_boundaries_with_other_households_are_others_until_a_table_was_brought_in(tmp_path: Path) -> None:
    city = drawn_city(tmp_path)
    file = tmp_path / "2.geojson"
    file.write_text(file.read_text().replace('"households": 100', '"households": 101'))
    with pytest.raises(BadInput, match="has other grids of level 2"):
        import_boundaries(city, file, Level(2), FILES[2])
    city.database.close()


def test_the_map_of_a_past_day_tells_the_households_of_the_plan_in_force_as_they_are_now(
    town: City, tmp_path: Path
) -> None:
    (plan,) = town.ground.history
    assert past_plan(town, plan).structure.grids["1011"].households == 60
    taken(town, tmp_path, "r0c0,25")
    (plan,) = town.ground.history
    assert past_plan(town, plan).structure.grids["1011"].households == 75
    assert past_plan(town, plan) is past_plan(town, plan), "read once"

"""The planner's table, headless: whose it is, a draft from its beginning to its publication, and what is refused on the way.

Nothing can be drawn on a map here: what a hand would pick up is put on the table by itself.
"""

from __future__ import annotations

import contextlib
import html
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert
from streamlit.testing.v1 import AppTest

from city import drafts, planning
from city import opened as opened_city
from city.census import import_households
from city.drafts import OpenDraft, branch, edit, open_draft
from city.opened import City
from city.settings import HOME, Settings
from city.words import speak
from domain.grids import Level
from domain.people import Person, Role
from domain.place import LngLat
from domain.plans.commands import Command, Lock, Merge, MoveCompounds, MoveGrid, NewGrid, Rename, Retire
from domain.plans.drafts import ALL, Draft
from domain.plans.life import Plan, PlanState
from domain.said import Refused
from storage.migrate import migrate
from storage.schema import accounts
from tests.areas import everybody
from tests.conftest import NOON, CityAtNoon, sqlite_url
from tests.views.test_pages import page
from views import drawing, planner, visit

EVERYBODY_ELSE = ("street", "office", "community", "compound", "member", "department", "admin")


@pytest.fixture
def city(demo_file: Path, tmp_path: Path) -> Iterator[City]:
    shutil.copy(demo_file, tmp_path / "city.db")
    made = CityAtNoon(Settings(database_url=sqlite_url(tmp_path / "city.db")))
    yield made
    made.database.close()


@pytest.fixture
def people(city: City) -> dict[str, Person]:
    """Everybody, and a second planner."""
    known = everybody(city)
    with city.database.write() as connection:
        second = connection.execute(
            insert(accounts).values(
                login="planner-two", name="Second planner", role=Role.PLANNER, area=known["planner"].area,
                created_at=NOON, password_hash="",
            )
        )  # fmt: skip
        assert second.inserted_primary_key
        number = second.inserted_primary_key[0]
    return known | {"second": Person(number, "Second planner", Role.PLANNER, known["planner"].area)}


@pytest.fixture
def draft(city: City, people: dict[str, Person]) -> OpenDraft:
    return branch(city, None, "East side", people["planner"])


Shown = AppTest
"""A page as it is shown."""


def table(
    monkeypatch: pytest.MonkeyPatch, city: City, who: Person, plan: int, do: str = "draw", **lies: object
) -> Shown:
    """The table with a plan on it, and what ``lies`` on it: what a hand picked up on the map."""
    test = page(monkeypatch, city, who, view="planner", plan=str(plan), do=do, lang="en")
    for name, value in lies.items():
        test.session_state[f"table-{plan}-{name}"] = value
    return test.run() if lies else test


def errors(test: AppTest) -> list[str]:
    """What is told as an error, as a person reads it."""
    return [re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", error.value) for error in test.error]


def said(test: Shown) -> str:
    """All that the page says in words."""
    pages = [str(each.proto.body) for each in test.get("html")]
    told = (test.markdown, test.caption, test.subheader, test.info, test.success, test.warning, test.error)
    return "\n".join([*pages, *(each.value for kind in told for each in kind)])


def keys(test: Shown) -> set[str]:
    return {str(each.key) for each in test.button}


def now(city: City, draft: OpenDraft) -> OpenDraft:
    return open_draft(city, draft.plan.id)


def neighbours_under_one_parent(draft: OpenDraft) -> Iterator[tuple[str, str]]:
    """Building grids, each with those under the same parent that it touches, the longest border first."""
    for code in sorted(draft.draft.leaf_units):
        parent = draft.draft.grids[code].parent
        for near in planning.neighbours(draft, Level.BUILDING, draft.draft.units_of(code)):
            if draft.draft.grids[near].parent == parent:
                yield code, near


def two_neighbours(draft: OpenDraft) -> tuple[str, str]:
    """A building grid, and one under the same parent that it touches longest."""
    return next(neighbours_under_one_parent(draft))


# --- whose it is ----------------------------------------------------------------------------------------


def test_a_planner_draws_and_a_leader_looks(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person], draft: OpenDraft
) -> None:
    planner = table(monkeypatch, city, people["planner"], draft.plan.id)
    assert not planner.exception
    assert {"new-draft", "undo", "redo", "lock-all"} <= keys(planner)
    leader = table(
        monkeypatch, city, people["leader"], draft.plan.id,
        selected=draft.draft.units_of(min(draft.draft.leaf_units)),
    )  # fmt: skip
    assert not leader.exception
    assert not keys(leader) & {"new-draft", "undo", "redo", "lock-all", "apply"}
    assert "rg-picked" in said(leader) and not [s for s in leader.selectbox if s.key == "table-action"]


@pytest.mark.parametrize("login", EVERYBODY_ELSE)
def test_nobody_else_finds_the_way_or_gets_in_by_the_address(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person], login: str
) -> None:
    test = page(monkeypatch, city, people[login], view="planner", lang="en")
    assert not test.exception
    assert "nav-planner" not in keys(test) and "plan-bar" not in said(test)
    assert not [s for s in test.selectbox if s.key == "plan-in-view"]


def test_a_leader_is_not_offered_to_propose_also_by_the_address(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person], draft: OpenDraft
) -> None:
    test = table(monkeypatch, city, people["leader"], draft.plan.id, do="propose")
    assert not test.exception
    assert test.session_state["drawer"] == "draw"


def test_an_empty_city_says_how_grids_come_in(
    monkeypatch: pytest.MonkeyPatch, people: dict[str, Person], tmp_path: Path
) -> None:
    empty = City(Settings(database_url=sqlite_url(tmp_path / "empty.db")))
    migrate(empty.database)
    test = page(monkeypatch, empty, people["planner"], view="planner", lang="en")
    assert not test.exception and "redgrid import boundaries" in test.info[0].value
    empty.database.close()


def test_what_no_table_can_show_is_said_with_the_way_round(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person]
) -> None:
    monkeypatch.setattr(planner, "DRAWN_AT_ONCE", 381)
    test = page(monkeypatch, city, people["planner"], view="planner", lang="en")
    assert not test.exception and "382 smallest grids" in test.info[0].value
    monkeypatch.setattr(planner, "DRAWN_AT_ONCE", 382)
    assert "This plan is no draft" in said(
        page(monkeypatch, city, people["planner"], view="planner", lang="en")
    )


# --- beginning ------------------------------------------------------------------------------------------


def test_the_plan_in_force_is_looked_at_and_not_drawn_on(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person]
) -> None:
    test = page(monkeypatch, city, people["planner"], view="planner", lang="en")
    assert not test.exception
    assert "This plan is no draft" in said(test) and "undo" not in keys(test)


@pytest.mark.parametrize(
    ("name", "because"),
    [
        ("", "Please give the plan a name."),
        ("   ", "Please give the plan a name."),
        ("East side", "called East side"),
    ],
)
def test_a_draft_without_a_name_or_with_one_that_is_taken_is_not_begun(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person], draft: OpenDraft, name: str, because: str
) -> None:  # fmt: skip
    before = drafts.all_plans(city, people["planner"])
    test = beginning(monkeypatch, city, people["planner"], name)
    assert any(because in error for error in errors(test)), [e.value for e in test.error]
    assert drafts.all_plans(city, people["planner"]) == before


def test_a_new_draft_lies_on_the_table_at_once(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person]
) -> None:
    test = beginning(monkeypatch, city, people["planner"], "West side")
    made = open_draft(city, "West side")
    assert (test.query_params["plan"], test.query_params["do"]) == (str(made.plan.id), "draw")
    assert made.plan.made_by == people["planner"].id and made.plan.is_draft
    shown = page(monkeypatch, city, people["planner"], view="planner", lang="en")
    assert shown.selectbox(key="plan-in-view").value == made.plan.id


def test_a_leader_begins_nothing_also_with_the_form_before_them(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person]
) -> None:
    test = beginning(monkeypatch, city, people["leader"], "Mine")
    assert errors(test) == ["That is not for your role."]


FORM = """
from city.drafts import draft_in_force
from views.planner import begin_draft
from views.visit import visit

current = visit()
begin_draft(current, draft_in_force(current.city))
"""


def beginning(monkeypatch: pytest.MonkeyPatch, city: City, who: Person, name: str) -> Shown:
    """The form by itself, filled in: what a button opens is gone with the next run here."""
    monkeypatch.setattr(opened_city, "_here", city)
    monkeypatch.setattr(visit, "person_of", lambda _city, _token: who)
    test = AppTest.from_string(FORM, default_timeout=30)
    test.query_params["lang"] = "en"
    test.run().text_input(key="branch-name").set_value(name)
    press(test, "Begin")
    assert not test.exception
    return test


# --- drawing --------------------------------------------------------------------------------------------


def test_units_are_moved_after_both_sides_were_seen(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person], draft: OpenDraft
) -> None:
    one, other = two_neighbours(draft)
    units = draft.draft.units_of(one)
    test = table(monkeypatch, city, people["planner"], draft.plan.id, selected=units, action="merge")
    assert "apply" not in keys(test), "nothing is offered before it is said where to"
    test.selectbox(key="table-target-merge").set_value(other).run()
    assert not test.exception
    count = draft.ground.units.households
    sides = next(
        str(h.proto.body) for h in test.get("html") if '<table class="rg-sides"' in str(h.proto.body)
    )
    assert f"{count(units):,}" in sides and f"{count(units | draft.draft.units_of(other)):,}" in sides
    assert "retired" in sides
    assert now(city, draft).plan.version == draft.plan.version, "to look is not to draw"
    test.button(key="apply").click().run()
    assert not test.exception
    after = now(city, draft).draft
    assert one not in after.grids and after.units_of(other) >= units
    assert not test.session_state[f"table-{draft.plan.id}-selected"]
    assert "Merge into another grid" in said(test)


def test_a_grid_is_split_along_the_line_under_the_name_that_was_written_last(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person], draft: OpenDraft
) -> None:
    code = max(
        draft.draft.leaf_units, key=lambda c: (draft.ground.units.households(draft.draft.units_of(c)), c)
    )
    test = table(monkeypatch, city, people["planner"], draft.plan.id, line=line_through(draft, code), selected=draft.draft.units_of(code))  # fmt: skip
    assert not test.exception and test.selectbox(key="table-action").value == "split"
    name = next(box for box in test.text_input if box.label == "Name of the grid")
    assert name.value == f"{draft.draft.grids[code].name}, part two"
    name.set_value("The other half")
    test.button(key="apply").click().run()
    assert not test.exception
    assert "The other half" in {grid.name for grid in now(city, draft).draft.grids.values()}


def line_through(draft: OpenDraft, code: str) -> tuple[LngLat, ...]:
    """A line through the middle of a grid that parts its buildings."""
    places = [draft.ground.units[u].at for u in draft.draft.units_of(code)]
    lngs, lats = [p.lng for p in places], [p.lat for p in places]
    middle = (min(lats) + max(lats)) / 2
    flat = LngLat(min(lngs) - 0.01, middle), LngLat(max(lngs) + 0.01, middle)
    upright = tuple(LngLat((min(lngs) + max(lngs)) / 2, lat) for lat in (min(lats) - 0.01, max(lats) + 0.01))
    for line in (flat, upright):
        with contextlib.suppress(Refused):
            planning.split_by(draft, code, line, "x")
            return line
    raise AssertionError("neither line parts this grid")


def test_what_is_not_allowed_says_why_and_leads_there(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person], draft: OpenDraft
) -> None:
    one, other = two_neighbours(draft)
    leaf = draft.draft.units_of(one)
    test = table(monkeypatch, city, people["planner"], draft.plan.id, selected=leaf, action="move_units")
    test.selectbox(key="table-target-move_units").set_value(other).run()
    assert not test.exception and "apply" not in keys(test)
    assert any(error.value.startswith("✕ ") for error in test.error)
    if "where" in keys(test):
        test.button(key="where").click().run()
        assert not test.exception and test.session_state[f"table-{draft.plan.id}-focus"]["at"]


def test_a_line_beside_every_grid_says_what_a_line_is_for(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person], draft: OpenDraft
) -> None:
    outside = (LngLat(120, 30), LngLat(120.1, 30))
    test = table(monkeypatch, city, people["planner"], draft.plan.id, line=outside)
    assert not test.exception and "The line is about no grid" in said(test)
    assert not [box for box in test.selectbox if box.key == "table-action"]


def test_a_name_is_asked_for_and_nothing_is_offered_before_it_differs(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person], draft: OpenDraft
) -> None:
    code = min(draft.draft.leaf_units)
    units = draft.draft.units_of(code)
    test = table(monkeypatch, city, people["planner"], draft.plan.id, selected=units, action="rename")
    assert "apply" not in keys(test) and "Write the new name" in said(test)
    next(box for box in test.text_input if box.label == "Name of the grid").set_value("Sunrise").run()
    test.button(key="apply").click().run()
    assert now(city, draft).draft.grids[code].name == "Sunrise"


def test_what_was_drawn_is_undone_and_made_again(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person], draft: OpenDraft
) -> None:
    test = table(monkeypatch, city, people["planner"], draft.plan.id)
    assert test.button(key="undo").disabled and test.button(key="redo").disabled
    code = min(draft.draft.leaf_units)
    edit(city, draft.plan.id, Rename(code, "Sunrise"), version=draft.plan.version, by=people["planner"])
    test.run()
    assert not test.button(key="undo").disabled
    test.button(key="undo").click().run()
    assert now(city, draft).draft.grids[code].name == draft.draft.grids[code].name
    assert test.button(key="undo").disabled and not test.button(key="redo").disabled
    test.button(key="redo").click().run()
    assert now(city, draft).draft.grids[code].name == "Sunrise" and not test.exception


def test_the_whole_plan_is_locked_and_unlocked(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person], draft: OpenDraft
) -> None:
    one, other = two_neighbours(draft)
    test = table(monkeypatch, city, people["planner"], draft.plan.id)
    test.button(key="lock-all").click().run()
    assert ALL in now(city, draft).draft.mark("locks")
    assert test.button(key="lock-all").label == "Unlock the whole plan"
    refused = planning.preview(city, now(city, draft), Merge(one, other))
    assert not refused.is_allowed
    test.button(key="lock-all").click().run()
    assert not now(city, draft).draft.mark("locks") and not test.exception


def test_many_units_are_told_in_figures_and_by_their_first_names(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person], draft: OpenDraft
) -> None:
    units = frozenset(sorted(draft.draft.home)[:300])
    test = table(monkeypatch, city, people["planner"], draft.plan.id, selected=units)
    assert not test.exception
    assert "<b>300</b>" in said(test) and " more" in said(test)
    test.button(key="clear").click().run()
    assert 'rg-picked"' not in said(test).split("</style>")[-1]


def test_problems_are_looked_at_one_after_another(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person], draft: OpenDraft
) -> None:
    test = table(monkeypatch, city, people["planner"], draft.plan.id)
    found = planning.problems(city, draft)
    listed = test.selectbox(key="table-problem")
    assert listed.value is None and len(listed.options) == len(found)
    for n in range(2):
        test.button(key="next-problem").click().run()
        assert test.selectbox(key="table-problem").value == n
        assert html.escape(speak("en").of(found[n].words)) in said(test)
        assert picked_up(test, draft) == draft.draft.units_of(found[n].grids[0])
    test.selectbox(key="table-problem").set_value(len(found) - 1).run()
    assert len(found) <= drawing.LISTED
    assert not test.exception and picked_up(test, draft) == draft.draft.units_of(found[-1].grids[0])


def test_what_there_is_to_look_at_goes_by_the_households_of_today(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person], tmp_path: Path
) -> None:
    in_force = drafts.draft_in_force(city)
    test = table(monkeypatch, city, people["planner"], in_force.plan.id)
    grid = min(in_force.draft.leaf_units)
    unit = max(in_force.draft.units_of(grid), key=lambda u: in_force.ground.units[u].households)
    (tmp_path / "h.csv").write_text(f"unit,households\n{unit},9999\n")
    import_households(city, tmp_path / "h.csv", by=people["planner"])
    test.run()
    found = planning.problems(city, drafts.draft_in_force(city))
    (words,) = (speak("en").of(each.words) for each in found if each.grids == (grid,))
    assert any(words in option for option in test.selectbox(key="table-problem").options)


@pytest.mark.parametrize("state", [PlanState.DRAFT, PlanState.IN_REVIEW, PlanState.APPROVED])
@pytest.mark.parametrize("do", ["draw", "review"])
def test_a_plan_that_changed_households_stop_says_so(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person], draft: OpenDraft, tmp_path: Path,
    state: PlanState, do: str,
) -> None:  # fmt: skip
    at(city, people, draft, state)
    (tmp_path / "h.csv").write_text(f"unit,households\n{min(draft.draft.home)},77\n")
    import_households(city, tmp_path / "h.csv", by=people["planner"])
    told = "branch a new draft from the plan in force"
    assert told in said(table(monkeypatch, city, people["planner"], draft.plan.id, do=do))
    assert told not in said(
        table(monkeypatch, city, people["planner"], drafts.draft_in_force(city).plan.id, do=do)
    )


@pytest.mark.parametrize("at", [0, 3])
def test_a_long_list_shows_what_is_farthest_out_and_what_is_looked_at(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person], draft: OpenDraft, at: int
) -> None:
    monkeypatch.setattr(drawing, "LISTED", 2)
    test = table(monkeypatch, city, people["planner"], draft.plan.id)
    for _ in range(at + 1):
        test.button(key="next-problem").click().run()
    box = test.selectbox(key="table-problem")
    assert box.value == at and len(box.options) == (2 if at < 2 else 3)


def picked_up(test: Shown, draft: OpenDraft) -> frozenset[str]:
    units: frozenset[str] = test.session_state[f"table-{draft.plan.id}-selected"]
    return units


# --- each thing that can be done ------------------------------------------------------------------------


@pytest.fixture
def laid(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person], draft: OpenDraft
) -> Callable[..., Shown]:
    """The planner's table with something picked up on the map, and what is to be done with it chosen."""

    def lay(action: str, level: Level = Level.BUILDING, **lies: object) -> Shown:
        test = table(monkeypatch, city, people["planner"], draft.plan.id, level=level, action=action, **lies)
        assert not test.exception and test.selectbox(key="table-action").value == action
        return test

    return lay


def applied(test: Shown, city: City, draft: OpenDraft) -> Draft:
    """Apply is pressed: the draft as it is then."""
    before = now(city, draft).plan.version
    test.button(key="apply").click().run()
    assert not test.exception and not errors(test)
    after = now(city, draft)
    assert after.plan.version == before + 1
    return after.draft


def allowed(city: City, draft: OpenDraft, commands: Iterable[Command]) -> Command:
    """The first of these commands that the draft allows."""
    return next(each for each in commands if planning.preview(city, draft, each).is_allowed)


def test_the_border_of_two_grids_moves_to_the_line(
    laid: Callable[..., Shown], city: City, draft: OpenDraft
) -> None:
    def lines() -> Iterator[tuple[str, str, tuple[LngLat, ...]]]:
        for one, other in neighbours_under_one_parent(draft):
            with contextlib.suppress(Refused, AssertionError):
                yield one, other, line_through(draft, one)

    found = next(
        (one, other, line)
        for one, other, line in lines()
        if planning.preview(city, draft, planning.border_by(draft, one, other, line)).is_allowed
    )
    one, other, line = found
    both = draft.draft.units_of(one) | draft.draft.units_of(other)
    test = laid("move_border", selected=both, line=line)
    after = applied(test, city, draft)
    assert after.units_of(one) | after.units_of(other) == both
    assert after.units_of(one) != draft.draft.units_of(one)


def test_whole_compounds_move_with_the_building_grids_in_them(
    laid: Callable[..., Shown], city: City, draft: OpenDraft
) -> None:
    def commands() -> Iterator[Command]:
        for grid in sorted(code for code, g in draft.draft.grids.items() if g.level is Level.COMPOUND):
            for leaf in draft.draft.children[grid]:
                compounds = planning.whole_compounds(draft, draft.draft.units_of(leaf))
                for to in planning.neighbours(draft, Level.COMPOUND, draft.draft.units_of(leaf)):
                    if compounds and to != grid:
                        yield MoveCompounds(compounds, to)

    command = allowed(city, draft, commands())
    assert isinstance(command, MoveCompounds)
    members = frozenset().union(*(draft.ground.units.by_compound[each] for each in command.compounds))
    test = laid("move_compounds", selected=members)
    test.selectbox(key="table-target-move_compounds").set_value(command.to).run()
    after = applied(test, city, draft)
    assert {after.above(after.home[unit], Level.COMPOUND) for unit in members} == {command.to}


def test_a_compound_grid_moves_under_another_community(
    laid: Callable[..., Shown], city: City, draft: OpenDraft
) -> None:
    compound_grids = [code for code, grid in draft.draft.grids.items() if grid.level is Level.COMPOUND]
    command = allowed(
        city, draft,
        (
            MoveGrid(code, to)
            for code in compound_grids
            for to in planning.neighbours(draft, Level.COMMUNITY, draft.draft.units_of(code))
            if to != draft.draft.grids[code].parent
        ),
    )  # fmt: skip
    assert isinstance(command, MoveGrid)
    ground = draft.draft.units_of(command.grid)
    test = laid("move_grid", Level.COMPOUND, selected=ground)
    test.selectbox(key="table-target-move_grid").set_value(command.parent).run()
    after = applied(test, city, draft)
    assert command.grid not in after.grids, "a code tells where a grid lies: it is minted anew"
    assert {after.above(after.home[unit], Level.COMMUNITY) for unit in ground} == {command.parent}


@pytest.mark.parametrize("level", list(Level))
def test_a_new_grid_is_made_on_every_level_of_what_is_selected(
    laid: Callable[..., Shown], city: City, draft: OpenDraft, level: Level
) -> None:
    if level is Level.BUILDING:
        code = max(
            draft.draft.leaf_units, key=lambda c: (draft.ground.units.households(draft.draft.units_of(c)), c)
        )
        apart = planning.split_by(draft, code, line_through(draft, code), "x").apart
        ground = frozenset(apart)
    else:
        below = (c for c, grid in sorted(draft.draft.grids.items()) if grid.level == level + 1)
        parents = ((draft.draft.grids[code].parent or "", code) for code in below)
        command = allowed(
            city, draft,
            (NewGrid(draft.draft.grids[holder].parent or "", (code,), "x") for holder, code in parents),
        )  # fmt: skip
        assert isinstance(command, NewGrid)
        ground = draft.draft.units_of(command.apart[0])
    test = laid("new_grid", level, selected=ground)
    next(box for box in test.text_input if box.label == "Name of the grid").set_value("Sunrise").run()
    after = applied(test, city, draft)
    (made,) = (grid for grid in after.grids.values() if grid.name == "Sunrise")
    assert made.level is level and after.units_of(made.code) == ground


def test_a_new_grid_of_ground_of_two_parents_asks_under_which_it_lies(
    laid: Callable[..., Shown], city: City, draft: OpenDraft
) -> None:
    def across() -> Iterator[Command]:
        """Two units that touch, under two parents."""
        grids, home = draft.draft.grids, draft.draft.home
        for unit, borders in sorted(draft.ground.units.borders.items()):
            for near in sorted(borders):
                if grids[home[near]].parent != grids[home[unit]].parent:
                    yield NewGrid(grids[home[unit]].parent or "", tuple(sorted({unit, near})), "x")

    command = allowed(city, draft, across())
    assert isinstance(command, NewGrid)
    ground = frozenset(command.apart)
    test = laid("new_grid", selected=ground)
    assert "apply" not in keys(test), "nothing is offered before it is said where"
    test.selectbox(key="table-parent-new_grid").set_value(command.parent).run()
    after = applied(test, city, draft)
    (made,) = after.grids.keys() - draft.draft.grids.keys()
    assert after.grids[made].parent == command.parent and after.units_of(made) == ground


def test_a_grid_is_retired_and_its_ground_goes_to_its_neighbour(
    laid: Callable[..., Shown], city: City, draft: OpenDraft
) -> None:
    command = allowed(city, draft, (Retire(code) for code in sorted(draft.draft.leaf_units)))
    assert isinstance(command, Retire)
    ground = draft.draft.units_of(command.grid)
    after = applied(laid("retire", selected=ground), city, draft)
    assert command.grid not in after.grids and len({after.home[unit] for unit in ground}) == 1


@pytest.mark.parametrize("what", ["grid", "unit"])
def test_a_grid_or_a_unit_is_locked_and_unlocked(
    laid: Callable[..., Shown], city: City, draft: OpenDraft, what: str
) -> None:
    grid = next(code for code in sorted(draft.draft.leaf_units) if len(draft.draft.units_of(code)) > 1)
    unit = min(draft.draft.units_of(grid))
    code, ground = (grid, draft.draft.units_of(grid)) if what == "grid" else (unit, frozenset({unit}))
    after = applied(laid("lock", selected=ground), city, draft)
    assert after.mark("locks") == {code: True}
    after = applied(laid("unlock", selected=ground), city, draft)
    assert not after.mark("locks")


def test_a_compound_is_split_as_an_exception_with_a_reason_and_kept_whole_again(
    laid: Callable[..., Shown], city: City, draft: OpenDraft
) -> None:
    compound, members = min(draft.ground.units.by_compound.items())
    test = laid("allow_split", selected=members)
    assert "apply" not in keys(test), "no exception without a reason"
    test.text_input(key="table-reason").set_value("A wall runs through it.").run()
    assert applied(test, city, draft).mark("split") == {compound: "A wall runs through it."}
    assert not applied(laid("forbid_split", selected=members), city, draft).mark("split")


def test_what_is_locked_is_not_merged_and_the_page_says_so(
    laid: Callable[..., Shown], city: City, people: dict[str, Person], draft: OpenDraft
) -> None:
    one, other = two_neighbours(draft)
    edit(city, draft.plan.id, Lock(other), version=draft.plan.version, by=people["planner"])
    test = laid("merge", selected=draft.draft.units_of(one))
    test.selectbox(key="table-target-merge").set_value(other).run()
    assert "apply" not in keys(test)
    assert any("locked" in error and draft.draft.grids[other].name in error for error in errors(test))


# --- two at one draft -----------------------------------------------------------------------------------


@pytest.fixture
def second_drawing(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person], draft: OpenDraft
) -> tuple[Shown, str, str]:
    """Somebody renamed a grid while another wrote a name for the next one: the latter came second."""
    mine, theirs = sorted(draft.draft.leaf_units)[:2]
    planner = people["planner"]
    waiting = (Rename(mine, "Mine"), draft.plan.version)
    edit(city, draft.plan.id, Rename(theirs, "Theirs"), version=draft.plan.version, by=people["second"])
    return table(monkeypatch, city, planner, draft.plan.id, waiting=waiting), mine, theirs


def test_whoever_applies_what_was_drawn_on_an_older_version_is_asked(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person], draft: OpenDraft
) -> None:
    code, other = sorted(draft.draft.leaf_units)[:2]
    units = draft.draft.units_of(code)
    test = table(monkeypatch, city, people["planner"], draft.plan.id, selected=units, action="rename")
    box = next(box for box in test.text_input if box.label == "Name of the grid")
    box.set_value("Mine").run()
    edit(city, draft.plan.id, Rename(other, "Theirs"), version=draft.plan.version, by=people["second"])
    test.button(key="apply").click().run()
    assert not test.exception
    assert "Second planner changed East side meanwhile" in said(test)
    assert {"keep-mine", "take-theirs", "fork"} <= keys(test)
    grids = now(city, draft).draft.grids
    assert (grids[code].name, grids[other].name) == (draft.draft.grids[code].name, "Theirs")


def test_a_drawing_on_ground_that_is_gone_meanwhile_is_not_lost_without_a_word(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person], draft: OpenDraft
) -> None:
    one, other = two_neighbours(draft)
    test = table(monkeypatch, city, people["planner"], draft.plan.id, selected=draft.draft.units_of(one), action="rename")  # fmt: skip
    next(box for box in test.text_input if box.label == "Name of the grid").set_value("Mine").run()
    edit(city, draft.plan.id, Merge(one, other), version=draft.plan.version, by=people["second"])
    test.button(key="apply").click().run()
    assert not test.exception and "Second planner changed East side meanwhile" in said(test)
    test.text_input(key="fork-name").set_value("My own")
    test.button(key="fork").click().run()
    assert open_draft(city, "My own").draft.grids[one].name == "Mine"


def test_what_is_seen_again_after_another_drew_is_applied(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person], draft: OpenDraft
) -> None:
    code, other = sorted(draft.draft.leaf_units)[:2]
    test = table(monkeypatch, city, people["planner"], draft.plan.id, selected=draft.draft.units_of(code), action="rename")  # fmt: skip
    edit(city, draft.plan.id, Rename(other, "Theirs"), version=draft.plan.version, by=people["second"])
    next(box for box in test.text_input if box.label == "Name of the grid").set_value("Mine").run()
    test.button(key="apply").click().run()
    assert not test.exception and "keep-mine" not in keys(test)
    grids = now(city, draft).draft.grids
    assert (grids[code].name, grids[other].name) == ("Mine", "Theirs")


def test_mine_is_kept_on_top_of_theirs(
    city: City, draft: OpenDraft, second_drawing: tuple[Shown, str, str]
) -> None:
    test, mine, theirs = second_drawing
    test.button(key="keep-mine").click().run()
    grids = now(city, draft).draft.grids
    assert (grids[mine].name, grids[theirs].name) == ("Mine", "Theirs")
    assert not test.exception and "keep-mine" not in keys(test)


def test_theirs_is_taken_and_mine_let_go(
    city: City, draft: OpenDraft, second_drawing: tuple[Shown, str, str]
) -> None:
    test, mine, theirs = second_drawing
    test.button(key="take-theirs").click().run()
    grids = now(city, draft).draft.grids
    assert (grids[mine].name, grids[theirs].name) == (draft.draft.grids[mine].name, "Theirs")
    assert not test.exception and "keep-mine" not in keys(test)


def test_mine_goes_on_in_a_draft_of_my_own(
    city: City, draft: OpenDraft, second_drawing: tuple[Shown, str, str]
) -> None:
    test, mine, theirs = second_drawing
    assert test.text_input(key="fork-name").value == "East side, mine"
    test.text_input(key="fork-name").set_value("East side")
    test.button(key="fork").click().run()
    assert any("called East side already" in error for error in errors(test))
    test.text_input(key="fork-name").set_value("My own")
    test.button(key="fork").click().run()
    assert not test.exception
    own = open_draft(city, "My own").draft.grids
    assert (own[mine].name, own[theirs].name) == ("Mine", draft.draft.grids[theirs].name)
    assert now(city, draft).draft.grids[theirs].name == "Theirs"


# --- the life -------------------------------------------------------------------------------------------


def at(city: City, people: dict[str, Person], draft: OpenDraft, state: PlanState) -> Plan:
    """The draft, brought to a place of its life; drawn and sent by the planner, approved by the leader."""
    plan, planner = draft.plan, people["planner"]
    if state is not PlanState.DRAFT:
        plan = drafts.send(city, plan.id, version=plan.version, by=planner)
    if state is PlanState.APPROVED:
        plan = drafts.approve(city, plan.id, version=plan.version, by=people["leader"])
    return plan


OFFERED = {
    (PlanState.DRAFT, "planner"): {"send"}, (PlanState.DRAFT, "second"): {"send"}, (PlanState.DRAFT, "leader"): set(),
    (PlanState.IN_REVIEW, "planner"): {"comment", "send_back"},
    (PlanState.IN_REVIEW, "second"): {"comment", "send_back", "approve"},
    (PlanState.IN_REVIEW, "leader"): {"comment", "send_back", "approve"},
    (PlanState.APPROVED, "planner"): {"send_back", "publish"},
    (PlanState.APPROVED, "second"): {"send_back", "publish"},
    (PlanState.APPROVED, "leader"): {"send_back"},
}  # fmt: skip
"""The steps that stand on the page, by where the plan is and who looks."""


@pytest.mark.parametrize("state", [PlanState.DRAFT, PlanState.IN_REVIEW, PlanState.APPROVED])
def test_the_review_offers_to_each_what_is_theirs_to_do(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person], draft: OpenDraft, state: PlanState
) -> None:
    at(city, people, draft, state)
    for who in ("planner", "second", "leader"):
        test = table(monkeypatch, city, people[who], draft.plan.id, do="review")
        assert not test.exception
        forms = {area.key.split("-")[1] for area in test.text_area if area.key}
        forms |= {"publish" for day in test.date_input if str(day.key).startswith("publish-day")}
        assert forms == OFFERED[state, who], who
        told = "Another person must approve" in said(test)
        assert told is (state is PlanState.IN_REVIEW and who == "planner")


def press(test: Shown, label: str) -> Shown:
    return next(b for b in test.button if b.label == label).click().run()


def test_a_plan_goes_through_review_to_its_day(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person], draft: OpenDraft
) -> None:
    test = table(monkeypatch, city, people["planner"], draft.plan.id, do="review")
    test.text_area(key=f"words-send-{draft.plan.id}").set_value("As it was, for a start.")
    press(test, "Send to review")
    assert not test.exception and now(city, draft).plan.state is PlanState.IN_REVIEW
    assert "As it was, for a start." in said(test) and "Send to review: done" in said(test)

    code = min(draft.draft.leaf_units)
    leader = table(monkeypatch, city, people["leader"], draft.plan.id, do="review", selected=draft.draft.units_of(code), level=Level.BUILDING)  # fmt: skip
    assert (
        leader.text_area(key=f"words-comment-{draft.plan.id}").label
        == f"about {draft.draft.grids[code].name}"
    )
    press(leader, "Comment")
    assert any("Please write something." in error for error in errors(leader))
    leader.text_area(key=f"words-comment-{draft.plan.id}").set_value("<b>Is this</b> one large enough?")
    press(leader, "Comment")
    assert "&lt;b&gt;Is this&lt;/b&gt; one large enough?" in said(leader)
    press(leader, "Approve")
    assert now(city, draft).plan.state is PlanState.APPROVED and not leader.exception

    test = table(monkeypatch, city, people["planner"], draft.plan.id, do="review")
    press(test, "Publish")
    assert not test.exception
    from_at = now(city, draft).plan.from_at
    assert (
        from_at
        and from_at.astimezone(city.zone).date() == (NOON.astimezone(city.zone) + timedelta(days=1)).date()
    )
    assert "in force from" in said(test)


def test_a_plan_is_sent_back_with_a_reason_and_drawn_further(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person], draft: OpenDraft
) -> None:
    at(city, people, draft, PlanState.IN_REVIEW)
    test = table(monkeypatch, city, people["leader"], draft.plan.id, do="review")
    press(test, "Send back")
    assert any("Please give the reason." in error for error in errors(test))
    test.text_area(key=f"words-send_back-{draft.plan.id}").set_value("Grid five is too large.")
    press(test, "Send back")
    assert now(city, draft).plan.is_draft and not test.exception
    assert "undo" in keys(table(monkeypatch, city, people["planner"], draft.plan.id))


def test_nobody_approves_what_was_drawn_again_since_they_looked(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person], draft: OpenDraft
) -> None:
    planner, plan = people["planner"], at(city, people, draft, PlanState.IN_REVIEW)
    leader = table(monkeypatch, city, people["leader"], plan.id, do="review")
    plan = drafts.send_back(city, plan.id, version=plan.version, words="One more.", by=planner)
    code = min(draft.draft.leaf_units)
    plan = edit(city, plan.id, Rename(code, "Sunrise"), version=plan.version, by=planner).plan
    drafts.send(city, plan.id, version=plan.version, by=planner)
    leader.text_area(key=f"words-approve-{draft.plan.id}").set_value("Good.")
    press(leader, "Approve")
    assert now(city, draft).plan.state is PlanState.IN_REVIEW and not leader.exception
    assert any("changed East side meanwhile; please look again." in error for error in errors(leader))
    assert leader.text_area(key=f"words-approve-{draft.plan.id}").value == "Good.", (
        "what was written is not lost"
    )
    press(leader, "Approve")
    assert now(city, draft).plan.state is PlanState.APPROVED and not leader.exception


def test_a_step_that_is_to_be_taken_no_more_is_refused_with_a_word(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person], draft: OpenDraft
) -> None:
    plan = at(city, people, draft, PlanState.IN_REVIEW)
    leader = table(monkeypatch, city, people["leader"], plan.id, do="review")
    drafts.send_back(city, plan.id, version=plan.version, words="One more.", by=people["planner"])
    press(leader, "Approve")
    assert now(city, draft).plan.is_draft and not leader.exception
    assert any("has changed since; please look again." in error for error in errors(leader))
    assert not [area for area in leader.text_area if str(area.key).startswith("words-approve")]


def test_no_plan_is_published_for_a_time_that_has_passed(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person], draft: OpenDraft
) -> None:
    at(city, people, draft, PlanState.APPROVED)
    test = table(monkeypatch, city, people["planner"], draft.plan.id, do="review")
    today = NOON.astimezone(city.zone).date()
    test.date_input(key=f"publish-day-{draft.plan.id}").set_value(today)
    test.time_input(key=f"publish-time-{draft.plan.id}").set_value(time(0, 0))
    press(test, "Publish")
    assert not test.exception
    assert any("A plan comes into force at a time ahead." in error for error in errors(test))
    assert now(city, draft).plan.from_at is None


# --- heads ----------------------------------------------------------------------------------------------


def headless(city: City, people: dict[str, Person], draft: OpenDraft) -> str:
    """A grid with a head goes into its neighbour, which has one too: the number of the head's term."""
    one, other = two_neighbours(draft)
    edit(city, draft.plan.id, Merge(one, other), version=draft.plan.version, by=people["planner"])
    term = next(t for t in drafts.heads_on(city, people["planner"]) if t.grid == one)
    return str(term.id)


def test_it_must_be_said_where_the_head_of_a_retired_grid_goes(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person], draft: OpenDraft
) -> None:
    term = headless(city, people, draft)
    leader = table(monkeypatch, city, people["leader"], draft.plan.id, do="review")
    assert "→ not said yet" in said(leader)
    test = table(monkeypatch, city, people["planner"], draft.plan.id, do="review")
    assert any("say which grid comes next, or that the term ends" in error for error in errors(test))
    press(test, "Send to review")
    assert now(city, draft).plan.is_draft, "nothing is sent while a head is left over"

    post = next(
        box
        for box in test.selectbox
        if str(box.key).endswith(f"-{term}") and str(box.key).startswith("post-")
    )
    assert post.value is None
    post.select_index(len(post.options) - 1).run()
    assert not test.exception and now(city, draft).draft.mark("posts")[term] == ""
    assert not any("say which grid comes next" in error for error in errors(test))
    press(test, "Send to review")
    assert now(city, draft).plan.state is PlanState.IN_REVIEW and not test.exception


def test_a_grid_without_a_head_is_published_as_vacant_when_that_is_confirmed(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person], draft: OpenDraft
) -> None:
    one = max(
        draft.draft.leaf_units, key=lambda c: (draft.ground.units.households(draft.draft.units_of(c)), c)
    )
    command = planning.split_by(draft, one, line_through(draft, one), "The vacant half")
    made = edit(city, draft.plan.id, command, version=draft.plan.version, by=people["planner"])
    at(city, people, made, PlanState.APPROVED)
    test = table(monkeypatch, city, people["planner"], draft.plan.id, do="review")
    assert "Grids without a head (1): The vacant half" in said(test)
    press(test, "Publish")
    assert any("please confirm that they are published as vacant" in error for error in errors(test))
    assert now(city, draft).plan.from_at is None
    test.checkbox(key=f"publish-vacant-{draft.plan.id}").check()
    press(test, "Publish")
    assert not test.exception and now(city, draft).plan.from_at is not None


def test_what_was_confirmed_of_one_plan_is_not_confirmed_of_another(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person], draft: OpenDraft
) -> None:
    other = branch(city, None, "West side", people["planner"])
    for each in (draft, other):
        at(city, people, each, PlanState.APPROVED)
    test = table(monkeypatch, city, people["planner"], draft.plan.id, do="review")
    test.checkbox(key=f"publish-vacant-{draft.plan.id}").check().run()
    test.query_params["plan"] = str(other.plan.id)
    test.run()
    assert not test.exception and not test.checkbox(key=f"publish-vacant-{other.plan.id}").value


# --- both languages -------------------------------------------------------------------------------------


@pytest.mark.parametrize("do", ["draw", "review"])
def test_the_table_speaks_chinese(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person], draft: OpenDraft, do: str
) -> None:
    test = page(
        monkeypatch, city, people["planner"], view="planner", plan=str(draft.plan.id), do=do, lang="zh"
    )
    assert not test.exception
    text = said(test).split("</style>")[-1]
    assert "草案" in text or "户" in text
    assert "households" not in text and "Level" not in text


PLANNERS_PAGES = (
    "worktable",
    "drawing",
    "posts",
    "plan_life",
    "foresight",
    "proposals",
    "actions",
    "planner",
    "plan_files",
)


def test_a_name_that_reads_like_a_picture_of_elsewhere_is_told_as_it_was_written() -> None:
    """Refusals speak of grids by the names that planners gave them; Streamlit would read Markdown in them."""
    shown = [path.read_text() for path in (HOME / "views").glob("*.py") if path.stem in PLANNERS_PAGES]
    bare = [
        line
        for text in shown
        for line in text.split("\n")
        if re.search(r"st\.(error|warning)\(.*say\.of\(", line)
    ]
    assert [line.strip() for line in bare if "plain(" not in line] == []

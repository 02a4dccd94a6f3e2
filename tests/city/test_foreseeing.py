"""What is foreseen of a draft of the demo city is what asking every ticket and every unit one by one says."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import shapely
from sqlalchemy import select, update

from city import foreseeing
from city.drafts import OpenDraft, draft_in_force
from city.foreseeing import (
    CHANGE_CLASS,
    NEW_GRID,
    UNKNOWN,
    Foresight,
    ForesightMeasure,
    WorkRow,
    change_class,
    foresee,
    map_classes,
    measures_of,
)
from city.opened import City
from domain.grids import Grid, Level
from domain.people import Person, Role
from domain.plans.drafts import Change, Draft
from domain.plans.foresight import Fate
from domain.plans.hands import Work
from domain.said import Refused
from storage.schema import tickets
from tests.conftest import NOON

LEADER, PLANNER = Person(1, "leader", Role.LEADER), Person(2, "planner", Role.PLANNER)
APART = "apart"
"""The code of the grid that is split off."""


def split(draft: Draft, leaf: str, count: int) -> Draft:
    """The first units of a smallest grid as a grid of their own, by hand."""
    units = sorted(draft.leaf_units[leaf])[:count]
    new = Grid(APART, draft.smallest, "新网格", draft.grids[leaf].parent)
    return draft.after(
        Change(
            dict.fromkeys(units, (leaf, APART)), {APART: (None, new)}, {("lineage", APART): (None, [leaf])}
        )
    )


def opened(city: City, draw: Callable[[Draft], Draft]) -> OpenDraft:
    """A draft that was drawn over the plan in force."""
    base = draft_in_force(city)
    return replace(base, plan=replace(base.plan, id=0, name="draft"), draft=draw(base.draft))


def busiest(city: City) -> str:
    """The smallest grid that holds most open tickets itself."""
    with city.database.read() as connection:
        holders = connection.scalars(
            select(tickets.c.holder).where(tickets.c.open, tickets.c.holder == tickets.c.level3)
        ).all()
    return Counter(holders).most_common(1)[0][0]


@pytest.fixture(scope="module")
def halved(demo_city: City) -> OpenDraft:
    """The busiest grid split in two."""
    leaf = busiest(demo_city)
    return opened(demo_city, lambda draft: split(draft, leaf, len(draft.leaf_units[leaf]) // 2))


@pytest.fixture(scope="module")
def seen(demo_city: City, halved: OpenDraft) -> Foresight:
    return foresee(demo_city, halved, LEADER)


def covering(opened: OpenDraft, level: Level) -> Callable[[float | None, float | None], str | None]:
    """Which grid of a level covers a point, by asking every outline."""
    outlines = {
        code: outline for code, outline in sorted(opened.ground.outlines(opened.draft).items())
        if opened.draft.grids[code].level is level
    }  # fmt: skip
    shapely.prepare(list(outlines.values()))

    def of(lng: float | None, lat: float | None) -> str | None:
        if lng is None or lat is None:
            return None
        point = shapely.Point(lng, lat)
        return next((code for code, outline in outlines.items() if outline.covers(point)), None)

    return of


def test_households_and_buildings_are_those_of_the_units_split_off(
    demo_city: City, halved: OpenDraft, seen: Foresight
) -> None:
    units, leaf = halved.ground.units, busiest(demo_city)
    apart = halved.draft.leaf_units[APART]
    (flow,) = seen.comparison.flows
    assert (flow.source, flow.target, flow.level) == (leaf, APART, Level.BUILDING)
    assert flow.households == seen.comparison.households == units.households(apart) > 0
    assert flow.buildings == sum(1 for code in apart if units[code].building)
    assert not seen.comparison.compounds and not seen.links and seen.changed == 2
    assert {g.code: g.fate for g in seen.comparison.grids} == {leaf: Fate.CHANGED, APART: Fate.NEW}


def test_open_tickets_change_hands_where_asking_every_outline_says_so(
    demo_city: City, halved: OpenDraft, seen: Foresight
) -> None:
    of, leaf = covering(halved, Level.BUILDING), busiest(demo_city)
    with demo_city.database.read() as connection:
        rows = connection.execute(select(tickets).where(tickets.c.open, tickets.c.level3 == leaf)).all()
    moved = {row.no for row in rows if of(row.lng, row.lat) == APART}
    theirs = {row.no for row in rows if row.no in moved and row.holder == leaf}
    assert theirs and {row.no for row in seen.listed} == theirs
    assert seen.tickets == len(theirs) and seen.tickets_of == {(Level.BUILDING, leaf, APART): len(moved)}
    assert all((r.holder_before, r.holder_after, r.grid_after) == (leaf, APART, APART) for r in seen.listed)


def test_the_years_work_is_what_asking_every_outline_for_every_ticket_says(
    demo_city: City, halved: OpenDraft, seen: Foresight
) -> None:
    of, leaf = covering(halved, Level.BUILDING), busiest(demo_city)
    t, since = tickets.c, NOON - timedelta(days=365)
    with demo_city.database.read() as connection:
        rows = connection.execute(
            select(tickets).where(t.opened_at >= since, t.parent_id.is_(None), t.level3 == leaf)
        ).all()
    expected: dict[str | None, Work] = {}
    for row in rows:
        late = row.on_time is False or (row.open and row.due_at is not None and row.due_at < NOON)
        code = of(row.lng, row.lat)
        expected[code] = expected.get(code, Work()) + Work(1, int(late))
    work = {row.code: row for row in seen.work}
    assert work[leaf].work_after == expected[leaf] and work[APART].work_after == expected[APART]
    assert work[leaf].work_before == expected[leaf] + expected[APART] and work[APART].work_before is None


def test_the_year_adds_up_to_the_same_before_and_after_on_every_level(seen: Foresight) -> None:
    for level in Level:
        rows = [row for row in seen.work if row.level is level]
        before = sum((row.work_before for row in rows if row.work_before), Work())
        assert before == sum((row.work_after for row in rows if row.work_after), Work()) and before.count
        assert sum(r.households_before for r in rows) == sum(r.households_after for r in rows)


def test_one_head_loses_households_and_tickets_and_the_new_grid_waits_for_one(
    demo_city: City, seen: Foresight
) -> None:
    (move,) = seen.staffing.moves
    assert move.term.grid == move.after == busiest(demo_city) and not move.goes
    assert (move.left, move.tickets_left) == (seen.comparison.households, seen.tickets)
    assert seen.staffing.vacant == (APART,) and not seen.staffing.idle
    parent = next(
        row for row in seen.work if row.level is Level.COMMUNITY and move.after.startswith(row.code)
    )
    assert parent.heads_before == parent.heads_after, "nobody goes there who did not before"


def test_a_planner_sees_counts_and_a_leader_which_tickets_they_are(
    demo_city: City, halved: OpenDraft, seen: Foresight
) -> None:
    counts = foresee(demo_city, halved, PLANNER)
    assert counts.tickets == seen.tickets and counts.hands == seen.hands
    assert not counts.listed and not counts.lists_tickets and seen.lists_tickets


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.LEADER, Role.PLANNER)])
def test_nobody_else_foresees(demo_city: City, halved: OpenDraft, role: Role) -> None:
    with pytest.raises(Refused):
        foresee(demo_city, halved, Person(3, "somebody", role, "210681001001"))


def test_the_plan_in_force_would_change_nothing(demo_city: City) -> None:
    seen = foresee(demo_city, draft_in_force(demo_city), PLANNER)
    assert seen.is_empty and not any(row.differs for row in seen.work)
    assert all(set(map_classes(seen, measure).values()) <= {0, UNKNOWN} for measure in measures_of(seen))
    assert set(map_classes(seen, ForesightMeasure.WORK).values()) == {0}


def test_a_compound_grid_under_another_community_touches_departments_and_both_heads(demo_city: City) -> None:
    def draw(draft: Draft) -> Draft:
        """One compound grid, with all below it, under new codes beneath another community."""
        first, second = (
            g.code for g in draft.grids.values() if g.level is Level.COMMUNITY and g.name in NAMES
        )
        moved = draft.children[first][0]
        codes = {moved: "c", **{leaf: f"c{n}" for n, leaf in enumerate(draft.children[moved])}}
        grids: dict[str, tuple[Grid | None, Grid | None]] = {c: (draft.grids[c], None) for c in codes}
        for old, new in codes.items():
            parent = second if old == moved else "c"
            grids[new] = (None, replace(draft.grids[old], code=new, parent=parent))
        home = {u: (leaf, codes[leaf]) for u, leaf in draft.home.items() if leaf in codes}
        return draft.after(
            Change(home, grids, {("lineage", new): (None, [old]) for old, new in codes.items()})
        )

    names = sorted({g.name for g in demo_city.ground.structure.at_level(Level.COMMUNITY)})
    NAMES = (names[0], names[1])
    seen = foresee(demo_city, opened(demo_city, draw), LEADER)
    levels = {flow.level for flow in seen.comparison.flows}
    assert levels == {Level.COMMUNITY} and seen.changed == 2 and seen.recoded > 1
    assert not seen.comparison.compounds, "its compounds stay together in the same grid under another code"
    heads = {move.term.grid for move in seen.staffing.moves}
    touched = {
        grid.before.code for grid in seen.comparison.grids if grid.before and grid.fate is Fate.CHANGED
    }
    assert heads == touched and not seen.staffing.vacant and not seen.staffing.idle
    links = demo_city.ground.links
    assert Counter(row.before for row in seen.links) == {code: len(links[code]) for code in touched}


def test_a_plan_drawn_on_other_units_is_refused(demo_city: City, halved: OpenDraft) -> None:
    stale = replace(halved, plan=replace(halved.plan, units_hash="another"))
    with pytest.raises(Refused):
        foresee(demo_city, stale, PLANNER)


def test_tickets_without_a_point_stay_and_none_is_lost(own_city: City) -> None:
    leaf = busiest(own_city)
    with own_city.database.write() as connection:
        connection.execute(update(tickets).where(tickets.c.level3 == leaf).values(lng=None, lat=None))
    seen = foresee(own_city, opened(own_city, lambda draft: split(draft, leaf, 2)), LEADER)
    assert not seen.tickets and not seen.listed and seen.comparison.households


def test_what_was_foreseen_is_kept_until_the_draft_or_the_city_changes(
    demo_city: City, halved: OpenDraft, seen: Foresight
) -> None:
    assert foresee(demo_city, halved, LEADER) is seen
    further = replace(halved, draft=halved.draft.after(Change()))
    assert foresee(demo_city, further, LEADER) is seen, "the same content is the same draft"
    assert foreseeing._foresee(demo_city, replace(halved, draft=draft_in_force(demo_city).draft)).is_empty


@pytest.mark.parametrize(
    ("percent", "expected"),
    [(-60, -2), (-25, -1), (-6, -1), (-5, 0), (0, 0), (4.9, 0), (5, 1), (24, 1), (25, 2), (math.inf, 2)],
)
def test_change_falls_into_fixed_classes(percent: float, expected: int) -> None:
    assert change_class(percent) == expected


def test_the_map_tells_of_each_grid_of_the_draft_how_its_figure_changes(
    halved: OpenDraft, seen: Foresight
) -> None:
    rows = {row.code: row for row in seen.work}
    changed = next(row for row in seen.work if row.differs and row.before)
    assert changed.work_before and changed.work_after
    leaves = {row.after for row in seen.work if row.level is halved.draft.smallest and row.after}
    for measure, figure in {
        ForesightMeasure.WORK: lambda work, households: work.count,
        ForesightMeasure.OVERDUE: lambda work, households: work.overdue,
        ForesightMeasure.HOUSEHOLDS: lambda work, households: households,
    }.items():
        classes = map_classes(seen, measure)
        assert classes.keys() == halved.draft.grids.keys() and classes[APART] == NEW_GRID
        before = figure(changed.work_before, changed.households_before)
        after = figure(changed.work_after, changed.households_after)
        assert classes[changed.code] == change_class(100 * (after / before - 1)) < 0
        assert all(classes[code] == 0 for code in leaves - {changed.code, APART})
    per_head = map_classes(seen, ForesightMeasure.PER_HEAD)
    nobody = {code for code in leaves if not (rows[code].heads_before and rows[code].heads_after)}
    assert {code for code in leaves if per_head[code] == UNKNOWN} == nobody - {APART}


GRID = WorkRow(Level.BUILDING, "a", "a", Work(), Work(), 0, 0, 1, 1)


@pytest.mark.parametrize(
    ("row", "measure", "expected"),
    [
        (GRID, ForesightMeasure.WORK, 0),
        (replace(GRID, work_after=Work(1, 0)), ForesightMeasure.WORK, 2),
        (replace(GRID, work_after=Work(1, 0)), ForesightMeasure.OVERDUE, 0),
        (replace(GRID, households_before=100), ForesightMeasure.HOUSEHOLDS, -2),
        (
            replace(GRID, work_before=Work(4), work_after=Work(4), heads_after=2),
            ForesightMeasure.PER_HEAD,
            -2,
        ),
        (replace(GRID, heads_after=0), ForesightMeasure.PER_HEAD, UNKNOWN),
        (replace(GRID, before=None, work_before=None), ForesightMeasure.WORK, NEW_GRID),
    ],
)
def test_from_nothing_anything_is_much_more_and_what_is_not_known_is_told_so(
    seen: Foresight, row: WorkRow, measure: ForesightMeasure, expected: int
) -> None:
    assert map_classes(replace(seen, work=(row,)), measure) == {"a": expected} and expected in CHANGE_CLASS


def test_a_map_is_coloured_by_nothing_that_the_city_does_not_know(seen: Foresight) -> None:
    assert measures_of(seen) == list(ForesightMeasure)
    nobody = tuple(replace(row, heads_before=None, heads_after=None) for row in seen.work)
    assert measures_of(replace(seen, work=nobody, has_households=False)) == [
        ForesightMeasure.WORK, ForesightMeasure.OVERDUE,
    ]  # fmt: skip


def test_the_departments_of_a_community_that_is_gone_follow_its_ground(demo_city: City) -> None:
    gone, into = (grid.code for grid in demo_city.ground.structure.at_level(Level.COMMUNITY)[:2])

    def draw(draft: Draft) -> Draft:
        below = {
            code: (draft.grids[code], replace(draft.grids[code], parent=into))
            for code in draft.children[gone]
        }
        return draft.after(Change(grids={gone: (draft.grids[gone], None), **below}))

    seen = foresee(demo_city, opened(demo_city, draw), PLANNER)
    theirs = [row for row in seen.links if row.before == gone]
    assert len(theirs) == len(demo_city.ground.links[gone]) > 0
    assert {(row.after, row.fate) for row in theirs} == {(into, Fate.GONE)}
    assert [term.grid for term in seen.staffing.idle] == [gone]

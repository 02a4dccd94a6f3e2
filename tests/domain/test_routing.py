"""Routing: the first rule that matches wins, the linked department goes first, and a table that hides a rule is found out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.categories import Category
from domain.clocks import Limit
from domain.findings import Finding, Severity
from domain.grids import CITY, Grid, Level, Located, Structure
from domain.queues import Queue, first_holder, owner
from domain.routing import OWN, Case, RoutingTable, Rule, findings
from domain.said import Both
from tests.domain.build import STRUCTURE

HOURS = Limit(timedelta(hours=4))
GAS = Category("gas", "燃气", "Gas", "danger", HOURS, True, "gasworks")
NOISE = Category("noise", "噪声", "Noise", "street", None, False, "police")
CLUTTER = Category("clutter", "堆物", "Clutter", "street")
CATEGORIES = {c.code: c for c in (GAS, NOISE, CLUTTER)}
GROUPS = {"danger": None, "street": None}
DEPARTMENTS = frozenset({"gasworks", "police", "fire", "water"})


def rule(name: str, **parts: object) -> Rule:
    return Rule(name, Both("因为", "because"), **parts)  # type: ignore[arg-type]


def case(category: Category, unit: str = "C11", urgent: bool = False) -> Case:
    grid = STRUCTURE.grids.get(unit)
    return Case(category, grid.level if grid else None, urgent, STRUCTURE.chain(unit))


def checks(*rules: Rule, structure: Structure = STRUCTURE) -> list[tuple[str, str]]:
    found = findings(RoutingTable(rules), CATEGORIES, GROUPS, DEPARTMENTS, structure)
    return [(finding.check, str(finding.words.values.get("rule", ""))) for finding in found]


def test_the_first_rule_that_matches_wins() -> None:
    table = RoutingTable(
        (
            rule("urgent-noise", categories=frozenset({"noise"}), urgent=True, lead=("fire",)),
            rule("noise", categories=frozenset({"noise"}), lead=("water",)),
            rule("any", lead=("police",)),
        )
    )
    assert table.route(case(NOISE, urgent=True), {}).rule == "urgent-noise"
    assert table.route(case(NOISE), {}).rule == "noise"
    assert table.route(case(CLUTTER), {}).rule == "any"


def test_without_a_rule_the_categorys_own_department_and_limit_hold_and_say_so() -> None:
    routed = RoutingTable().route(case(GAS), {})
    assert (routed.lead, routed.limit, routed.rule, routed.assistants) == ("gasworks", HOURS, "", ())
    assert "No rule" in str(routed.because[0])


def test_a_department_linked_to_the_community_goes_before_the_ones_named_first() -> None:
    table = RoutingTable((rule("any", lead=("police", "fire", "water")),))
    linked = table.route(case(NOISE), {"C": frozenset({"water", "fire"}), "D": frozenset({"police"})})
    assert linked.lead == "fire" and "linked to the community" in str(linked.because[1])
    other = table.route(case(NOISE), {"D": frozenset({"water"})})
    assert other.lead == "police" and "No department" in str(other.because[1])


def test_a_rule_may_name_the_categorys_own_department_among_others() -> None:
    table = RoutingTable((rule("any", lead=(OWN, "fire")),))
    assert table.route(case(NOISE), {}).lead == "police"
    assert table.route(case(CLUTTER), {}).lead == "fire"
    assert RoutingTable((rule("any"),)).route(case(CLUTTER), {}).lead is None


def test_the_lead_department_does_not_also_assist() -> None:
    table = RoutingTable((rule("any", lead=("fire", "police"), assistants=("police", "water")),))
    assert table.route(case(NOISE), {"C": frozenset({"police"})}).assistants == ("water",)


def test_the_rules_limit_goes_before_the_categorys() -> None:
    short = Limit(timedelta(hours=1), around_the_clock=True)
    table = RoutingTable((rule("short", urgent=True, limit=short), rule("other")))
    assert table.route(case(GAS, urgent=True), {}).limit == short
    assert table.route(case(GAS), {}).limit == HOURS
    assert table.route(case(NOISE), {}).limit is None


def test_a_rule_for_a_level_or_an_area_leaves_out_what_lies_in_no_grid() -> None:
    table = RoutingTable(
        (
            rule("buildings", levels=frozenset({Level.BUILDING}), skips_compound=True),
            rule("here", areas=frozenset({"S"})),
        )
    )
    assert table.route(case(NOISE, "C11"), {}).skips_compound
    assert table.route(case(NOISE, "C1"), {}).rule == "here"
    assert table.route(case(NOISE, CITY), {}).rule == ""


# --- findings -------------------------------------------------------------------------------------------


def test_names_that_nobody_knows_are_found() -> None:
    assert checks(
        rule("a", categories=frozenset({"gas", "magic"}), urgent=True),
        rule("b", groups=frozenset({"danger", "wonders"}), levels=frozenset({Level.COMMUNITY})),
        rule("c", areas=frozenset({"C", "Z"}), lead=("police", "army"), assistants=("navy",)),
        rule("d", lead=(OWN,)),
    ) == [
        ("unknown_category", "a"),
        ("unknown_group", "b"),
        ("unknown_area", "c"),
        ("unknown_department", "c"),
        ("unknown_department", "c"),
    ]


def test_an_area_retired_by_a_redraw_is_a_warning_and_a_department_nobody_knows_an_error() -> None:
    found = findings(
        RoutingTable((rule("a", areas=frozenset({"Z"}), lead=("army",)),)), CATEGORIES, GROUPS, DEPARTMENTS, STRUCTURE
    )  # fmt: skip
    assert {f.check: f.severity for f in found} == {
        "unknown_area": Severity.WARNING,
        "unknown_department": Severity.ERROR,
    }


def test_a_city_without_departments_is_told_so_once() -> None:
    table = RoutingTable((rule("a", urgent=True, lead=("army",)), rule("b", lead=("navy",))))
    found: list[Finding] = findings(table, CATEGORIES, GROUPS, (), STRUCTURE)
    assert [(f.check, f.severity) for f in found] == [("no_departments", Severity.NOTE)]


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({}, {"urgent": True}),
        ({"groups": frozenset({"street"})}, {"categories": frozenset({"noise"})}),
        ({"categories": frozenset({"gas", "noise"})}, {"groups": frozenset({"danger"})}),
        ({"areas": frozenset({"S"})}, {"areas": frozenset({"C1"})}),
        ({"areas": frozenset({CITY})}, {"levels": frozenset({Level.COMMUNITY})}),
        ({"levels": frozenset({Level.BUILDING})}, {"areas": frozenset({"C11"})}),
    ],
)
def test_a_rule_behind_a_wider_one_is_never_reached(
    earlier: dict[str, object], later: dict[str, object]
) -> None:
    assert checks(rule("wide", **earlier), rule("narrow", **later)) == [("shadowed", "narrow")]
    assert checks(rule("narrow", **later), rule("wide", **earlier)) in ([], [("shadowed", "wide")])


def test_several_rules_together_may_hide_one_and_are_all_named() -> None:
    table = RoutingTable(
        (rule("urgent", urgent=True), rule("streets", groups=frozenset({"street"})), rule("gas", urgent=False),
         rule("last", categories=frozenset({"gas", "noise"})))
    )  # fmt: skip
    (found,) = findings(table, CATEGORIES, GROUPS, DEPARTMENTS, STRUCTURE)
    assert found.check == "shadowed"
    assert found.words.values == {"rule": "last", "earlier": "urgent, streets, gas"}


@pytest.mark.parametrize(
    "parts",
    [
        {"groups": frozenset({"danger"}), "categories": frozenset({"noise"})},
        {"areas": frozenset({"C11"}), "levels": frozenset({Level.COMMUNITY})},
    ],
)
def test_a_rule_whose_conditions_exclude_one_another_matches_nothing(parts: dict[str, object]) -> None:
    assert checks(rule("never", **parts)) == [("matches_nothing", "never")]


def test_a_rule_for_a_level_that_the_city_does_not_have_matches_nothing() -> None:
    flat = Structure.of([Grid("C", Level.COMMUNITY, "Community", None)])
    buildings = rule("buildings", levels=frozenset({Level.BUILDING}))
    assert checks(buildings, structure=flat) == [("matches_nothing", "buildings")]


some_rule = some.builds(
    rule,
    some.sampled_from("abcdefgh"),
    categories=some.frozensets(some.sampled_from(sorted(CATEGORIES)), max_size=2),
    groups=some.frozensets(some.sampled_from(sorted(GROUPS)), max_size=1),
    levels=some.frozensets(some.sampled_from(Level), max_size=2),
    urgent=some.sampled_from([None, True, False]),
    areas=some.frozensets(some.sampled_from([*STRUCTURE.grids, "S", CITY]), max_size=2),
)


@given(some.lists(some_rule, max_size=6, unique_by=lambda r: r.name))
def test_exactly_the_rules_that_no_case_reaches_are_found(rules: list[Rule]) -> None:
    table = RoutingTable(tuple(rules))
    cases = [
        case(category, unit, urgent)
        for category in CATEGORIES.values()
        for unit in (*STRUCTURE.grids, CITY)
        for urgent in (True, False)
    ]
    reached = {table.route(c, {}).rule for c in cases}
    assert {name for _, name in checks(*rules)} == {r.name for r in rules} - reached


# --- queues ---------------------------------------------------------------------------------------------


def everywhere(_code: str) -> bool:
    return True


def test_the_smallest_grid_holds_a_new_ticket_and_no_queue_does() -> None:
    assert first_holder(Located("C", "C1", "C11"), STRUCTURE, everywhere, False) == ("C11", None)
    assert first_holder(Located("C"), STRUCTURE, everywhere, False) == ("C", None)


def test_what_no_grid_covers_is_the_city_offices() -> None:
    assert first_holder(Located(), STRUCTURE, everywhere, False) == (CITY, Queue.NO_GRID)
    assert owner(Queue.NO_GRID, CITY, Located()) == CITY


def test_a_point_on_a_border_stays_with_its_grid_and_is_the_communitys_to_decide() -> None:
    located = Located("C", "C1", "C11")
    assert first_holder(located, STRUCTURE, everywhere, True) == ("C11", Queue.SHARED_EDGE)
    assert owner(Queue.SHARED_EDGE, "C11", located) == "C"


@pytest.mark.parametrize(
    ("headed", "holder"),
    [({"C1", "C"}, "C1"), ({"C"}, "C"), (set(), "S"), ({"D"}, "S")],
)
def test_a_grid_without_a_head_leaves_its_tickets_to_the_nearest_unit_above_that_has_one(
    headed: set[str], holder: str
) -> None:
    located = Located("C", "C1", "C11")
    assert first_holder(located, STRUCTURE, headed.__contains__, False) == (holder, Queue.NO_HEAD)
    assert owner(Queue.NO_HEAD, holder, located) == holder


def test_a_department_without_people_leaves_its_tickets_to_the_city_office() -> None:
    assert owner(Queue.NO_PEOPLE, "C", Located("C")) == CITY

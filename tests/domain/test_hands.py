"""Into whose hands tickets, heads and work come by a redraw; nobody's hands change by a new code alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from domain.grids import CITY, Level, Located, Street, Structure
from domain.place import LngLat
from domain.plans.drafts import Change, Draft
from domain.plans.drafts import households as counted
from domain.plans.foresight import Places, compare
from domain.plans.hands import (
    Handing,
    Spot,
    Staffing,
    Work,
    handings,
    hands,
    redraw_between,
    staffing,
    workload,
)
from domain.plans.posts import HeadTerm
from domain.tickets import Source, Ticket
from tests.conftest import NOON
from tests.domain.test_foresight import DRAFT, HALVES, UNITS, draft, grid

SPOT = st.lists(st.sampled_from(sorted(UNITS.by_code)), max_size=3, unique=True).map(tuple)
YEAR = st.dictionaries(SPOT, st.builds(Work, st.integers(1, 9), st.integers(0, 9)), max_size=20)
OTHER = draft(["111"] * 12 + ["121"] * 12, {"12": ["21"], "121": ["211"]})
"""The second half comes under the first community."""


def structure(of: Draft) -> Structure:
    return Structure.of(of.grids.values(), [Street("S", "street")], "city")


def ticket(no: str, place: Draft, spot: Spot, holder: str | None = None) -> Ticket:
    """An open ticket on a spot, held by its smallest grid unless told otherwise."""
    places = Places(place)
    located = Located(*(places.at(spot, level) or None for level in Level))
    return Ticket(
        no=no, holder=holder or located.grid or CITY, located=located, point=LngLat(0, 0), category="0301",
        source=Source.GRID, opened_at=NOON, stage_since=NOON,
    )  # fmt: skip


def handed(before: Draft, after: Draft, *tickets: tuple[Ticket, Spot]) -> list[Handing]:
    redraw = redraw_between(UNITS, before, after, structure(before), "draft")
    return handings(compare(UNITS, before, after), redraw, Places(after), tickets)


def staffed(before: Draft, after: Draft, *heads: HeadTerm) -> Staffing:
    comparison = compare(UNITS, before, after)
    redraw = redraw_between(UNITS, before, after, structure(before), "draft")
    return staffing(comparison, redraw, after, heads, (counted(UNITS, before), counted(UNITS, after)), {})


def head(number: int, code: str, name: str = "") -> HeadTerm:
    return HeadTerm(number, code, name or f"head {number}", name or f"#{number}")


@given(DRAFT, DRAFT, YEAR)
def test_the_year_adds_up_to_the_same_on_every_level_of_every_draft(
    one: Draft, other: Draft, year: dict[Spot, Work]
) -> None:
    everything = sum((work for spot, work in year.items() if spot), Work())
    for each in (one, other):
        found = workload(Places(each), year)
        for level in Level:
            here = (work for code, work in found.items() if each.grids[code].level is level)
            assert sum(here, Work()) == everything


@given(DRAFT, st.lists(SPOT, max_size=8))
def test_no_ticket_moves_between_a_draft_and_itself(same: Draft, spots: list[Spot]) -> None:
    assert not handed(same, same, *((ticket(f"t{n}", same, spot), spot) for n, spot in enumerate(spots)))


@given(DRAFT, DRAFT, st.lists(SPOT.filter(bool), max_size=8))
def test_after_a_redraw_every_ticket_lies_and_is_held_where_its_point_is(
    one: Draft, other: Draft, spots: list[Spot]
) -> None:
    there, same = Places(other), compare(UNITS, one, other).successors
    tickets = [(ticket(f"t{n}", one, spot), spot) for n, spot in enumerate(spots)]
    moved = {each.before.no: each for each in handed(one, other, *tickets)}
    for each, spot in tickets:
        later = there.at(spot, Level.BUILDING)
        was = each.located.grid or ""
        if each.no in moved:
            assert moved[each.no].after.holder == later
        else:
            at_its_border = {there.of(unit).get(Level.BUILDING) for unit in spot}
            assert same.get(was, was) == later or (
                one.units_of(was) == other.units_of(was) and was in at_its_border
            )


def test_a_ticket_on_a_border_stays_with_a_grid_whose_ground_stays_whoever_comes_to_lie_beside_it() -> None:
    before = HALVES.after(
        Change({"u11": ("111", "112"), "u10": ("111", "113")}, {c: (None, grid(c)) for c in ("112", "113")})
    )
    after = before.after(Change({"u10": ("113", "111")}, {"113": (grid("113"), None)}))
    between = ("u10", "u11")
    stays = ticket("t", before, between)
    assert stays.located.grid == "112" and Places(after).at(between, Level.BUILDING) == "111"
    assert not handed(before, after, (stays, between))


def test_a_ticket_on_a_border_goes_to_the_lower_code() -> None:
    after = HALVES.after(
        Change({"u11": ("111", "112"), "u10": ("111", "113")}, {c: (None, grid(c)) for c in ("112", "113")})
    )
    (one,) = handed(HALVES, after, (ticket("t", HALVES, ("u10", "u11")), ("u10", "u11")))
    assert one.after.holder == "112" and hands([one]) == {("111", "112"): 1}


def test_who_holds_for_another_place_keeps_what_moves_below_them() -> None:
    after = HALVES.after(Change({"u00": ("111", "112")}, {"112": (None, grid("112"))}))
    by_community = ticket("t1", HALVES, ("u00",), holder="1")
    by_office = ticket("t2", HALVES, ("u00",), holder=CITY)
    found = handed(HALVES, after, (by_community, ("u00",)), (by_office, ("u00",)))
    assert [(each.after.holder, each.other_hands) for each in found] == [("1", False), (CITY, False)]
    assert all(each.after.located.level3 == "112" for each in found) and not hands(found)


def test_a_grid_that_takes_its_ground_along_keeps_its_tickets_but_its_community_does_not() -> None:
    own, up = ticket("t1", HALVES, ("u20",)), ticket("t2", HALVES, ("u20",), holder="2")
    found = handed(HALVES, OTHER, (own, ("u20",)), (up, ("u20",)))
    assert [(each.after.holder, each.other_hands) for each in found] == [("121", False), ("1", True)]
    assert hands(found) == {("2", "1"): 1}


def test_a_head_whose_grid_shrinks_is_told_and_the_new_grid_is_vacant() -> None:
    after = HALVES.after(Change({"u00": ("111", "112")}, {"112": (None, grid("112"))}))
    found = staffed(HALVES, after, head(1, "111"), head(2, "211"))
    (move,) = found.moves
    assert (move.term.id, move.after, move.goes, move.left, move.came) == (1, "111", False, 10, 0)
    assert found.vacant == ("112",) and not found.idle and not found.doubled


def test_a_head_follows_the_grid_to_its_new_code_and_one_without_a_grid_is_told() -> None:
    found = staffed(HALVES, OTHER, head(1, "211"), head(2, "2"))
    assert [(m.term.id, m.after, m.goes) for m in found.moves] == [(2, "", True)]
    assert [term.id for term in found.idle] == [2]


def test_a_head_who_is_posted_beside_another_or_to_a_second_grid_is_told() -> None:
    posts = {("posts", "1"): (None, "211")}
    after = HALVES.after(Change(marks=posts))
    found = staffed(HALVES, after, head(1, "111", "same"), head(2, "211"), head(3, "11", "other"))
    assert found.doubled == ("211",) and found.vacant == ("111",) and not found.twice
    assert [(m.term.id, m.after, m.goes) for m in found.moves] == [(1, "211", True)]

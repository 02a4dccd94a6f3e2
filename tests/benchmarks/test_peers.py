"""Proposals beside peers: what the rows say is right on a small ground, and a missing peer has a row that says so."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from math import cos, pi, radians
from pathlib import Path

import pytest

from benchmarks import peers
from benchmarks.peer_process import PEERS
from domain.grids import Grid, Level
from domain.plans.drafts import Draft
from tests.squares import CORNER, plain_ground, square_codes


def columns(*numbers: int) -> frozenset[str]:
    return frozenset(code for code in square_codes(4) if int(code[-1]) in numbers)


def halved() -> Draft:
    """Four by four squares: a community with one compound grid, which has two building grids."""
    grids = {
        "1": Grid("1", Level.COMMUNITY, "one", None),
        "1a": Grid("1a", Level.COMPOUND, "whole", "1"),
        "1ax": Grid("1ax", Level.BUILDING, "west", "1a"),
        "1ay": Grid("1ay", Level.BUILDING, "east", "1a"),
    }
    return Draft(grids, {code: "1ax" if code in columns(0, 1) else "1ay" for code in square_codes(4)})


def test_two_halves_are_in_the_band_whole_and_as_compact_as_rectangles() -> None:
    found = peers.measured(plain_ground(4, 30).units, [columns(0, 1), columns(2, 3)], (200, 400))
    assert (found.grids, found.in_band, found.in_one_piece, found.without_hole) == (2, 2, 2, 2)
    wide, high = 2 * cos(radians(CORNER[1])), 4  # a degree is shorter across than up
    assert found.compactness == pytest.approx(4 * pi * wide * high / (2 * (wide + high)) ** 2, rel=0.01)


def test_a_grid_in_two_pieces_and_one_with_a_hole_are_counted_as_such() -> None:
    units = plain_ground(4, 30).units
    ring = frozenset(square_codes(3)) - {"r1c1"}
    found = peers.measured(units, [columns(0, 2), ring], (200, 239))
    assert (found.in_band, found.in_one_piece, found.without_hole) == (0, 1, 1)


def test_every_parent_is_a_question_with_the_plan_s_number_of_parts() -> None:
    asked = peers.questions(plain_ground(4, 30).units, halved())
    assert [(q.level, q.parent, q.parts, len(q.nodes)) for q in asked] == [
        (Level.COMPOUND, "1", 1, 16),
        (Level.BUILDING, "1a", 2, 16),
    ]


def test_a_question_carries_households_and_the_length_of_borders_between_its_nodes() -> None:
    units = plain_ground(4, 30).units
    value = peers.Question(Level.BUILDING, "1a", 2, (columns(0, 1), columns(2, 3))).as_value(units)
    assert value["weights"] == [240, 240]
    assert value["edges"] == [[0, 1, pytest.approx(units.touch(columns(1), columns(2)))]]


def test_labels_become_grounds() -> None:
    question = peers.Question(Level.BUILDING, "1a", 2, (columns(0), columns(1), columns(2, 3)))
    assert set(question.grounds([7, 7, 0])) == {columns(0, 1), columns(2, 3)}


def test_targets_are_equal_where_all_parts_can_reach_the_band() -> None:
    assert peers.targets([600, 0, 900], 5, (200, 400)) == [300.0] * 5


def test_where_not_all_parts_can_reach_the_band_the_others_get_the_smallest_node_each() -> None:
    assert peers.targets([700, 0, 800, 900, 300], 3, (1_000, 1_500)) == [1_200.0, 1_200.0, 300.0]


@pytest.mark.skipif(find_spec("pymetis") is not None, reason="the peer is installed beside the app")
@pytest.mark.parametrize("python", [Path(sys.executable), Path("no/such/python")])
def test_a_peer_that_is_not_installed_has_rows_that_say_so(
    python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers, "PYTHON", python)
    units = plain_ground(4, 30).units
    every = peers.questions(units, halved())
    found = peers.ask("pymetis", [question.as_value(units) for question in every])
    row = peers._peer_row("pymetis", units, every, found, found, Level.BUILDING)
    assert row.who == "pymetis: not installed" and row.grids == row.seconds == "–"


def test_a_peer_that_did_not_finish_says_how_many_parents_it_left() -> None:
    units = plain_ground(4, 30).units
    every = [
        peers.Question(Level.BUILDING, name, 2, tuple(frozenset((c,)) for c in sorted(columns(*cut))))
        for name, cut in (("west", (0, 1)), ("east", (2, 3)))
    ]
    found = peers.Answers("1.0", {0: [0] * 8}, {0: 2.5}, trouble="stopped after 60 s")
    row = peers._peer_row("slow", units, every, found, found, Level.BUILDING)
    assert row.who == "slow 1.0 (1 of 2 parents without an answer: stopped after 60 s)"
    assert (row.grids, row.in_band, row.seconds, row.again) == ("1", "1 (100 %)", "2.5", "yes")


def test_every_peer_has_a_row_of_its_own() -> None:
    assert {package for package, _ in PEERS.values()} == {"gerrychain", "spopt", "pymetis"}

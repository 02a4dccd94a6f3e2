"""Councils and the branch's fund: who sits on two sides, and a book that is never below nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.frontline.organisation import (
    Book,
    Entry,
    EntryKind,
    Group,
    Seat,
    Side,
    cross_held,
    missing_sides,
    refusal_of_entry,
    yuan,
)

TODAY = date(2026, 11, 26)
GRANT = Entry(
    id=1, grid="C1", year=2026, kind=EntryKind.GRANT, fen=600_000, what="年度经费", day=date(2026, 1, 4)
)
SPENT = Entry(
    grid="C1", year=2026, kind=EntryKind.SPENDING, fen=50_000, what="义诊", day=TODAY, has_receipt=True
)


def seat(side: Side, holder: str, **more: object) -> Seat:
    return Seat(grid="C1", side=side, post="–", holder=holder, **more)  # type: ignore[arg-type]


def test_whoever_sits_on_two_sides_of_a_council_holds_posts_across() -> None:
    seats = [
        seat(Side.BRANCH, "甲"),
        seat(Side.BRANCH, "甲"),
        seat(Side.BRANCH, "乙"),
        seat(Side.OWNERS, "乙"),
    ]
    assert cross_held(seats) == {"乙": (seats[2], seats[3])}
    assert missing_sides(seats) == (Side.PROPERTY,)


def test_a_post_runs_until_its_last_day_begins() -> None:
    assert seat(Side.BRANCH, "甲").runs(TODAY)
    assert not seat(Side.BRANCH, "甲", until=TODAY).runs(TODAY)


def test_a_group_without_a_centre_is_one_that_lacks_it() -> None:
    assert Group(grid="C11", name="–").lacks_centre
    assert not Group(grid="C11", name="–", centres=1).lacks_centre


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (replace(SPENT, has_receipt=False), "receipt"),
        (replace(SPENT, fen=600_001), "¥6,000 are left"),
        (replace(SPENT, fen=0), "more than nothing"),
        (replace(SPENT, what="  "), "what it is for"),
        (replace(SPENT, day=date(2026, 11, 27)), "past"),
        (replace(SPENT, day=date(2025, 12, 31)), "2026"),
        (replace(GRANT, id=0, kind=EntryKind.REVERSAL, reverses=9), "no such line"),
        (replace(GRANT, id=0, kind=EntryKind.REVERSAL, reverses=1, fen=1), "whole"),
    ],
)
def test_a_line_that_is_wrong_is_refused_with_the_reason(entry: Entry, words: str) -> None:
    assert words in str(refusal_of_entry(entry, [GRANT], TODAY))


def test_a_line_is_taken_back_once_and_never_what_was_spent_meanwhile() -> None:
    spent = replace(SPENT, id=2)
    back = replace(SPENT, id=3, kind=EntryKind.REVERSAL, reverses=2, has_receipt=False)
    assert refusal_of_entry(back, [GRANT, spent], TODAY) is None
    assert "already" in str(refusal_of_entry(back, [GRANT, spent, back], TODAY))
    grant_back = replace(GRANT, id=4, kind=EntryKind.REVERSAL, reverses=1, day=TODAY)
    assert "spent already" in str(refusal_of_entry(grant_back, [GRANT, spent], TODAY))
    assert refusal_of_entry(grant_back, [GRANT, spent, back], TODAY) is None


@given(
    st.lists(st.tuples(st.sampled_from(EntryKind), st.integers(-5, 400_000), st.integers(1, 30)), max_size=40)
)
def test_whatever_is_written_a_book_is_never_below_nothing(lines: list[tuple[EntryKind, int, int]]) -> None:
    kept: list[Entry] = []
    for kind, fen, back in lines:
        entry = replace(
            SPENT, id=len(kept) + 1, kind=kind, fen=fen, reverses=back if kind is EntryKind.REVERSAL else None
        )
        if refusal_of_entry(entry, kept, TODAY) is None:
            kept.append(entry)
        assert Book.of(kept).balance >= 0
    assert Book.of(kept).granted >= Book.of(kept).spent >= 0


def test_amounts_are_written_as_people_do() -> None:
    assert [yuan(fen) for fen in (600_000, 1_205, 5, -120_050)] == ["6,000", "12.05", "0.05", "-1,200.50"]

"""The assessment out of a hundred: what may be answered, what is valid, and that it can be computed again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.frontline.assessment import (
    LEAST_ANSWERS,
    Answer,
    Channel,
    Round,
    RoundState,
    hash_of_answers,
    hash_of_scores,
    refusal_of_answer,
    scores_of,
)
from tests.domain.build import MONDAY

ROUND = Round(id=1, year=2026, opened_at=MONDAY, links=(("C", "water"), ("C", "fire"), ("D", "water")))


def answer(number: int, community: str = "C", **scores: int) -> Answer:
    return Answer(
        id=number, round_id=1, community=community, channel=Channel.PAPER, at=MONDAY, scores=tuple(scores.items())
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given_", "words"),
    [
        (answer(1), "at least one"),
        (answer(1, water=101), "0 to 100"),
        (answer(1, water=-1), "0 to 100"),
        (answer(1, law=50), "asked about"),
        (answer(1, "D", fire=50), "asked about"),
        (answer(1, "E", water=50), "Nothing is asked"),
        (replace(answer(1), scores=(("water", 1), ("water", 2))), "once"),
    ],
)
def test_an_answer_that_cannot_be_counted_is_refused(given_: Answer, words: str) -> None:
    assert words in str(refusal_of_answer(ROUND, given_))


def test_a_closed_round_takes_no_answer() -> None:
    assert refusal_of_answer(ROUND, answer(1, water=100)) is None
    assert refusal_of_answer(replace(ROUND, state=RoundState.FROZEN), answer(1, water=100)) is not None


@pytest.mark.parametrize(("n", "valid"), [(LEAST_ANSWERS - 1, False), (LEAST_ANSWERS, True)])
def test_a_score_is_valid_from_fifty_answers_on(n: int, valid: bool) -> None:
    scores = scores_of(ROUND, [answer(k, fire=80) for k in range(n)])
    fire = [score for score in scores if score.department == "fire"]
    assert [score.n for score in fire] == [n, n]
    assert [score.is_valid for score in fire] == [valid, valid]
    assert all(score.mean == (80 if valid else None) for score in fire)


def test_a_department_of_two_communities_is_valid_only_where_both_are() -> None:
    enough = [answer(k, "C", water=90) for k in range(60)]
    few = [answer(100 + k, "D", water=10) for k in range(LEAST_ANSWERS - 1)]
    overall = {s.community: s for s in scores_of(ROUND, enough + few) if s.department == "water"}
    assert overall["C"].mean == 90 and overall["D"].mean is None and overall[None].mean is None
    overall = {
        s.community: s
        for s in scores_of(ROUND, [*enough, *few, answer(999, "D", water=10)])
        if s.department == "water"
    }
    assert overall[None].mean == pytest.approx((60 * 90 + 50 * 10) / 110)


def test_the_interval_is_that_of_the_mean() -> None:
    half_and_half = [answer(k, fire=100 * (k % 2)) for k in range(100)]
    fire = next(s for s in scores_of(ROUND, half_and_half) if (s.department, s.community) == ("fire", "C"))
    assert fire.mean == 50 and fire.half == pytest.approx(1.96 * 50.2519 / 10, rel=1e-4)


answers = st.lists(
    st.tuples(st.sampled_from(("C", "D")), st.integers(0, 100), st.integers(0, 100)), max_size=150
).map(
    lambda rows: [
        answer(n, where, **({"water": a, "fire": b} if where == "C" else {"water": a}))
        for n, (where, a, b) in enumerate(rows, start=1)
    ]
)


@given(answers, st.randoms())
def test_the_same_answers_give_the_same_scores_in_whatever_order_they_are_read(
    kept: list[Answer], random
) -> None:  # type: ignore[no-untyped-def]
    mixed = list(kept)
    random.shuffle(mixed)
    assert scores_of(ROUND, mixed) == scores_of(ROUND, kept)
    assert hash_of_answers(mixed) == hash_of_answers(kept)
    assert hash_of_scores(scores_of(ROUND, mixed)) == hash_of_scores(scores_of(ROUND, kept))


@given(answers)
def test_no_answer_is_lost_and_means_lie_between_the_points_given(kept: list[Answer]) -> None:
    for score in scores_of(ROUND, kept):
        points = [
            p for a in kept if score.community in (None, a.community) for d, p in a.scores if d == score.department
        ]  # fmt: skip
        assert score.n == len(points)
        if score.mean is not None:
            assert min(points) - 1e-9 <= score.mean <= max(points) + 1e-9


@given(answers.filter(bool), st.integers(0, 149))
def test_an_answer_that_is_changed_or_dropped_gives_the_answers_another_name(
    kept: list[Answer], n: int
) -> None:
    n %= len(kept)
    changed = [
        replace(a, scores=(("water", (a.scores[0][1] + 1) % 101), *a.scores[1:])) if k == n else a
        for k, a in enumerate(kept)
    ]
    assert (
        len({hash_of_answers(kept), hash_of_answers(changed), hash_of_answers(kept[:n] + kept[n + 1 :])}) == 3
    )

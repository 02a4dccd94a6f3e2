"""Last year's assessment, frozen, and this year's, open: answers of invented residents, some communities short of fifty."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from demo.frontline.ground import Ground, Written
from domain.frontline.assessment import (
    Answer,
    Channel,
    Round,
    RoundState,
    hash_of_answers,
    hash_of_scores,
    scores_of,
)
from domain.people import Role

CHANNELS = ((60, Channel.LINK), (15, Channel.PHONE), (25, Channel.PAPER))


def _links(ground: Ground) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((community, code) for code, community in ground.linked.items()))


def _frozen_at(ground: Ground) -> datetime:
    return datetime(ground.today.year - 1, 12, 20, 9, tzinfo=ground.clock.zone)


def answers(ground: Ground) -> Iterator[Written]:
    """Last year every community has enough; this year some are not there yet."""
    links = _links(ground)
    skill = {code: ground.random.uniform(72, 94) for _, code in links}
    for round_id, end, counts in ((1, _frozen_at(ground), (52, 75)), (2, ground.now, (20, 70))):
        for community in dict.fromkeys(where for where, _ in links):
            asked = [code for where, code in links if where == community]
            for _ in range(ground.random.randint(*counts)):
                at = end - timedelta(days=ground.random.uniform(0.1, 12))
                yield _answer(ground, round_id, community, asked, skill, at)


def _answer(
    ground: Ground, round_id: int, community: str, asked: list[str], skill: dict[str, float], at: datetime
) -> Written:  # fmt: skip
    random = ground.random
    weights, channels = zip(*CHANNELS, strict=True)
    channel = random.choices(channels, weights)[0]
    scores = tuple((code, max(0, min(100, round(random.gauss(skill[code], 9))))) for code in asked)
    by = None if channel is Channel.LINK else ground.accounts.get(community)
    answer = Answer(round_id=round_id, community=community, channel=channel, at=at, scores=scores, by=by)
    return Written(answer, by, Role.RESIDENT if by is None else Role.COMMUNITY, at, "answered")


def rounds(ground: Ground, given: list[Answer]) -> Iterator[Written]:
    """The two rounds; the first is named by what came in and what came out."""
    at, links = _frozen_at(ground), _links(ground)
    year = ground.today.year
    last = Round(
        year=year - 1, opened_at=at - timedelta(days=20), links=links, state=RoundState.FROZEN, frozen_at=at,
    )  # fmt: skip
    those = [answer for answer in given if answer.round_id == 1]
    frozen = replace(last, inputs=hash_of_answers(those), results=hash_of_scores(scores_of(last, those)))
    yield Written(frozen, None, Role.CITY_OFFICE, at, "opened")
    now = Round(year=year, opened_at=ground.now - timedelta(days=20), links=links)
    yield Written(now, None, Role.CITY_OFFICE, ground.now - timedelta(days=13), "opened")

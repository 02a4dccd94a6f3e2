"""The assessment out of a hundred (百分考核): what residents of the linked communities think of each department.

Source: the report – at year's end at least 50 residents of each community score each linked department; with fewer
answers the score is “not valid”, not an average. A frozen round can be computed again to the same figure.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from domain.frontline.records import Record
from domain.said import Said, said

LEAST_ANSWERS = 50
"""So many residents of a community make a score valid."""

FULL = 100


class RoundState(StrEnum):
    """Where a round stands."""

    OPEN = "open"
    FROZEN = "frozen"


class Channel(StrEnum):
    """How an answer came."""

    LINK = "link"
    PHONE = "phone"
    PAPER = "paper"


CHANNEL: Mapping[Channel, Said] = {
    Channel.LINK: said("By link"),
    Channel.PHONE: said("By telephone"),
    Channel.PAPER: said("On paper"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Round(Record):
    """A year's round. What it asks about is fixed when it opens: the departments linked to each community then."""

    LIST: ClassVar[str] = "assessment"

    year: int
    opened_at: datetime
    links: tuple[tuple[str, str], ...]
    """Community and department, each pair that is scored."""
    state: RoundState = RoundState.OPEN
    formula: int = 1
    frozen_at: datetime | None = None
    inputs: str = ""
    """The hash of all answers that the frozen scores were computed from."""
    results: str = ""
    """The hash of the frozen scores."""

    def asked_in(self, community: str) -> tuple[str, ...]:
        """The departments that a community's residents score."""
        return tuple(department for where, department in self.links if where == community)

    @property
    def communities(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(community for community, _ in self.links))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Record):
    """One resident's answer: who it was is nowhere. ``scores`` are pairs of department and points out of a hundred."""

    LIST: ClassVar[str] = "assessment_answers"

    round_id: int
    community: str
    channel: Channel
    at: datetime
    scores: tuple[tuple[str, int], ...]
    by: int | None = None
    """Who entered what was told by telephone or on paper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation(Record):
    """A link that answers once. Which answer came by it is written nowhere."""

    LIST: ClassVar[str] = "assessment_links"

    round_id: int
    community: str
    token: str
    """The hash of the link's secret."""
    used: bool = False


MOST_LINKS = 500
"""Links that are made at once."""


def refusal_of_answer(round_: Round, answer: Answer) -> Said | None:
    """Why an answer cannot be kept."""
    if round_.state is not RoundState.OPEN:
        return said("This round is closed.")
    asked = set(round_.asked_in(answer.community))
    if not asked:
        return said("Nothing is asked in this community.")
    if not answer.scores:
        return said("Please score at least one department.")
    given = [department for department, _ in answer.scores]
    if len(set(given)) != len(given) or not set(given) <= asked:
        return said("Each department that is asked about is scored once.")
    if any(not 0 <= points <= FULL for _, points in answer.scores):
        return said("Points are whole numbers from 0 to {full}.", full=FULL)
    return None


# --- scores -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Score:
    """What came out for a department in one community, or over all of its communities.

    ``mean`` and ``half`` – half of the interval that holds the true mean nineteen times of twenty – are in points;
    None where the score is not valid.
    """

    department: str
    community: str | None
    n: int
    mean: float | None
    half: float | None

    @property
    def is_valid(self) -> bool:
        return self.mean is not None


Formula = Callable[[Sequence[Answer], Sequence[tuple[str, str]]], list[Score]]


def _plain_mean(answers: Sequence[Answer], links: Sequence[tuple[str, str]]) -> list[Score]:
    """Formula 1: the mean of all points given; over several communities each counts by its answers, if all are valid."""
    given: dict[tuple[str, str], list[int]] = defaultdict(list)
    for answer in answers:
        for department, points in answer.scores:
            given[answer.community, department].append(points)
    by_pair = [_score(dep, community, given[community, dep]) for community, dep in sorted(links)]
    departments = sorted({dep for _, dep in links})
    return by_pair + [
        _over_all(dep, [s for s in by_pair if s.department == dep], given) for dep in departments
    ]


def _over_all(department: str, scores: Sequence[Score], given: Mapping[tuple[str, str], list[int]]) -> Score:
    points = [p for score in scores for p in given[str(score.community), department]]
    if not all(score.is_valid for score in scores):
        return Score(department, None, len(points), None, None)
    return _score(department, None, points)


def _score(department: str, community: str | None, points: Sequence[int]) -> Score:
    n = len(points)
    if n < LEAST_ANSWERS:
        return Score(department, community, n, None, None)
    mean = sum(points) / n
    spread = math.sqrt(sum((p - mean) ** 2 for p in points) / (n - 1))
    return Score(department, community, n, mean, 1.96 * spread / math.sqrt(n))


FORMULAS: Mapping[int, Formula] = {1: _plain_mean}
"""Every formula that a round was ever frozen by, by its version: a version never changes."""


def scores_of(round_: Round, answers: Iterable[Answer]) -> list[Score]:
    """The scores of a round by its own formula, for each pair of department and community, then over all."""
    return FORMULAS[round_.formula](in_order(answers), round_.links)


def in_order(answers: Iterable[Answer]) -> list[Answer]:
    """Answers in the order in which they are added up: sums of floats depend on it."""
    return sorted(answers, key=lambda answer: answer.id)


def hash_of_answers(answers: Iterable[Answer]) -> str:
    """The name of all answers together: no answer can be added, dropped or changed without another name."""
    told = [
        [a.id, a.community, a.channel.value, [list(pair) for pair in a.scores]] for a in in_order(answers)
    ]
    return _hash(told)


def hash_of_scores(scores: Sequence[Score]) -> str:
    """The name of frozen scores, to six places."""
    return _hash([[s.department, s.community, s.n, _six(s.mean), _six(s.half)] for s in scores])


def _six(value: float | None) -> str | None:
    return None if value is None else f"{value:.6f}"


def _hash(told: object) -> str:
    return hashlib.sha256(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()

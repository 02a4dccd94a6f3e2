"""Hold the yearly assessment: open a round, hand out links, take answers, freeze what came out."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from domain.frontline import records
from domain.frontline.assessment import (
    FORMULAS,
    MOST_LINKS,
    Answer,
    Channel,
    Invitation,
    Round,
    RoundState,
    hash_of_answers,
    hash_of_scores,
    refusal_of_answer,
    scores_of,
)
from domain.frontline.rights import check_keeps
from domain.grids import CITY
from domain.links import hash_of
from domain.people import RESIDENT, Person
from domain.rulebook import Rulebook
from domain.said import Refused, Said, refuse_if, said
from domain.store import Store, Work

NO_LINK = said("This link is not valid.")
USED = said("This link was used already. Thank you.")


def open_round(store: Store, rules: Rulebook, year: int, *, by: Person, now: datetime) -> Round:
    """Begin a year's round: the departments linked to each community now are what is asked about.

    Raises:
        Refused: when the year has a round, no community is linked to a department, or this is not the person's.
    """
    check_keeps(by, Round.LIST, CITY, rules.structure)
    links = tuple(
        (community, department)
        for community in sorted(rules.links)
        if community in rules.structure.grids
        for department in sorted(rules.links[community])
    )
    if not links:
        raise Refused(said("No community is linked to a department."))
    with store.work() as work:
        work.records.alone("assessment")
        if work.records.those(Round, year=year):
            raise Refused(said("There is a round of {year} already.", year=year))
        round_ = Round(year=year, opened_at=now, links=links, formula=max(FORMULAS))
        return records.add(work, round_, "opened", by=by, now=now)


def make_links(
    store: Store, rules: Rulebook, round_id: int, community: str, n: int, *, by: Person, now: datetime
) -> list[str]:  # fmt: skip
    """Secrets of new links, each for one answer; only their hashes are kept.

    Raises:
        Refused: when the round is closed, or this is not the person's community.
    """
    check_keeps(by, Invitation.LIST, community, rules.structure)
    if not 1 <= n <= MOST_LINKS:
        raise Refused(said("Make between 1 and {most} links at a time.", most=MOST_LINKS))
    with store.work() as work:
        round_ = records.locked(work, Round, round_id)
        refuse_if(_is_open(round_, community))
        tokens = [secrets.token_urlsafe(24) for _ in range(n)]
        for token in tokens:
            made = Invitation(round_id=round_id, community=community, token=hash_of(token))
            records.add(work, made, "made", by=by, now=now)
        return tokens


def answer_by_link(
    store: Store, token: str, scores: Sequence[tuple[str, int]], *, now: datetime
) -> Answer:  # fmt: skip
    """Keep a resident's answer; the link has then done its work.

    Raises:
        Refused: when the link is none or was used, the round is closed, or the answer cannot be counted.
    """
    with store.work() as work:
        # Two sends of one form queue here.
        work.records.alone(f"assessment link {hash_of(token)}")
        link = _link(work, token)
        round_ = records.locked(work, Round, link.round_id)
        answer = Answer(
            round_id=round_.id, community=link.community, channel=Channel.LINK, at=now, scores=tuple(scores)
        )
        refuse_if(refusal_of_answer(round_, answer))
        records.change(work, link, "used", by=RESIDENT, now=now, used=True)
        return records.add(work, answer, "answered", by=RESIDENT, now=now)


def enter_answer(
    store: Store, rules: Rulebook, round_id: int, community: str, channel: Channel,
    scores: Sequence[tuple[str, int]], *, by: Person, now: datetime,
) -> Answer:  # fmt: skip
    """Enter what a resident told by telephone or wrote on paper.

    Raises:
        Refused: when this is not the person's community, or the answer cannot be counted.
    """
    check_keeps(by, Answer.LIST, community, rules.structure)
    if channel is Channel.LINK:
        raise Refused(said("Answers by link come from residents themselves."))
    with store.work() as work:
        round_ = records.locked(work, Round, round_id)
        answer = Answer(
            round_id=round_id, community=community, channel=channel, at=now, scores=tuple(scores), by=by.id
        )
        refuse_if(refusal_of_answer(round_, answer))
        return records.add(work, answer, "answered", by=by, now=now)


def freeze(store: Store, rules: Rulebook, round_id: int, *, version: int, by: Person, now: datetime) -> Round:
    """Close a round: what came out is named by the hash of its answers and of its scores.

    Raises:
        Stale: when somebody changed it since ``version``.
        Refused: when it is closed already, or this is not the person's.
    """
    check_keeps(by, Round.LIST, CITY, rules.structure)
    with store.work() as work:
        round_ = records.locked(work, Round, round_id, version)
        if round_.state is not RoundState.OPEN:
            raise Refused(said("This round is closed."))
        answers = work.records.those(Answer, round_id=round_id)
        return records.change(
            work, round_, "frozen", by=by, now=now, state=RoundState.FROZEN, frozen_at=now,
            inputs=hash_of_answers(answers), results=hash_of_scores(scores_of(round_, answers)),
        )  # fmt: skip


def _link(work: Work, token: str) -> Invitation:
    found = work.records.those(Invitation, token=hash_of(token))
    if not found:
        raise Refused(NO_LINK)
    if found[0].used:
        raise Refused(USED)
    return found[0]


def _is_open(round_: Round, community: str) -> Said | None:
    if round_.state is not RoundState.OPEN:
        return said("This round is closed.")
    return None if round_.asked_in(community) else said("Nothing is asked in this community.")

"""The assessment on both databases: links that answer once, answers that nobody can tell apart, a round that is frozen."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from domain.actions.assessment import (
    answer_by_link,
    enter_answer,
    freeze,
    make_links,
    open_round,
)
from domain.frontline.assessment import (
    Answer,
    Channel,
    Invitation,
    Round,
    RoundState,
    hash_of_answers,
    hash_of_scores,
    scores_of,
)
from domain.links import hash_of
from domain.said import Refused, Stale
from storage import lists
from storage.database import Database
from storage.frontline.records import those
from storage.store import TicketStore
from tests.domain.build import COMMUNITY, MONDAY, OFFICE, RULES

SCORES = (("fire", 80), ("water", 95))


@pytest.fixture
def store(database: Database) -> TicketStore:
    return TicketStore(database)


@pytest.fixture
def round_(store: TicketStore) -> Round:
    return open_round(store, RULES, 2026, by=OFFICE, now=MONDAY)


def links(store: TicketStore, round_: Round, n: int = 1) -> list[str]:
    return make_links(store, RULES, round_.id, "C", n, by=COMMUNITY, now=MONDAY)


def enter(store: TicketStore, round_: Round, scores: Sequence[tuple[str, int]] = SCORES) -> Answer:
    return enter_answer(store, RULES, round_.id, "C", Channel.PAPER, scores, by=COMMUNITY, now=MONDAY)


def answers(store: TicketStore) -> list[Answer]:
    with store.database.read() as connection:
        return those(connection, Answer)


def test_a_round_asks_about_the_departments_that_are_linked_when_it_opens(round_: Round) -> None:
    assert round_.links == (("C", "fire"), ("C", "water")) and round_.asked_in("C") == ("fire", "water")


def test_a_year_has_one_round(store: TicketStore, round_: Round) -> None:
    with pytest.raises(Refused, match="2026"):
        open_round(store, RULES, round_.year, by=OFFICE, now=MONDAY)
    with pytest.raises(Refused, match="linked"):
        open_round(store, replace(RULES, links={}), 2027, by=OFFICE, now=MONDAY)


def test_a_link_answers_once_also_when_eight_send_at_once(store: TicketStore, round_: Round) -> None:
    (token,) = links(store, round_)

    def send(_: int) -> bool:
        try:
            answer_by_link(store, token, SCORES, now=MONDAY)
        except Refused as refused:
            assert "already" in str(refused.because)
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(send, range(8))) == 1
    assert [(a.channel, a.scores, a.by) for a in answers(store)] == [(Channel.LINK, SCORES, None)]


def test_which_answer_came_by_which_link_is_written_nowhere(store: TicketStore, round_: Round) -> None:
    tokens = links(store, round_, 3)
    made = answer_by_link(store, tokens[1], SCORES, now=MONDAY)
    with store.database.read() as connection:
        used = [link for link in those(connection, Invitation) if link.used]
        told = str([event.facts for event, _ in lists.events_of(connection, made.stream)])
    assert [link.token for link in used] == [hash_of(tokens[1])]
    assert not any(secret in told for token in tokens for secret in (token, hash_of(token)))


def test_an_answer_that_cannot_be_counted_leaves_the_link_as_it_was(
    store: TicketStore, round_: Round
) -> None:
    (token,) = links(store, round_)
    for wrong in ((), (("law", 5),), (("water", 101),)):
        with pytest.raises(Refused):
            answer_by_link(store, token, wrong, now=MONDAY)
    with pytest.raises(Refused, match="not valid"):
        answer_by_link(store, "no-such-token-at-all", SCORES, now=MONDAY)
    assert answers(store) == []
    answer_by_link(store, token, SCORES[:1], now=MONDAY)


@pytest.mark.parametrize("n", [0, -1, 501])
def test_links_are_made_some_at_a_time(store: TicketStore, round_: Round, n: int) -> None:
    with pytest.raises(Refused):
        links(store, round_, n)


def test_a_frozen_round_takes_nothing_more_and_is_computed_again_to_the_same(
    store: TicketStore, round_: Round
) -> None:
    (token,) = links(store, round_)
    for points in range(55):
        enter(store, round_, (("water", points),))
    frozen = freeze(store, RULES, round_.id, version=round_.version, by=OFFICE, now=MONDAY)
    assert frozen.state is RoundState.FROZEN and frozen.frozen_at == MONDAY
    kept = answers(store)
    assert (frozen.inputs, frozen.results) == (hash_of_answers(kept), hash_of_scores(scores_of(frozen, kept)))
    water = next(s for s in scores_of(frozen, kept) if s.department == "water" and s.community is None)
    assert (water.n, water.mean) == (55, 27.0)
    for late in (
        lambda: enter(store, round_),
        lambda: answer_by_link(store, token, SCORES, now=MONDAY),
        lambda: links(store, round_),
        lambda: freeze(store, RULES, round_.id, version=frozen.version, by=OFFICE, now=MONDAY),
    ):
        with pytest.raises(Refused):
            late()
    assert answers(store) == kept


def test_a_round_that_somebody_else_froze_is_not_frozen_twice(store: TicketStore, round_: Round) -> None:
    freeze(store, RULES, round_.id, version=round_.version, by=OFFICE, now=MONDAY)
    with pytest.raises(Stale):
        freeze(store, RULES, round_.id, version=round_.version, by=OFFICE, now=MONDAY)


def test_an_answer_by_link_is_entered_by_nobody_else(store: TicketStore, round_: Round) -> None:
    with pytest.raises(Refused, match="themselves"):
        enter_answer(store, RULES, round_.id, "C", Channel.LINK, SCORES, by=COMMUNITY, now=MONDAY)

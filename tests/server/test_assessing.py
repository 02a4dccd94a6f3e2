"""A resident scores departments by a link: one answer, no sign-in, no script, and nobody's name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from city import opened
from city.frontline import assessed
from city.opened import City
from domain.actions.assessment import make_links
from domain.frontline.assessment import Answer, Round
from server import assessing
from server.turnstile import Turnstile
from storage.frontline.records import those
from tests.areas import everybody
from tests.server.client import client_of


@pytest.fixture
def city(own_city: City, monkeypatch: pytest.MonkeyPatch) -> City:
    monkeypatch.setattr(opened, "_here", own_city)
    monkeypatch.setattr(assessing, "SENDS", Turnstile(a_minute=30))
    return own_city


@pytest.fixture
def client(city: City) -> Iterator[TestClient]:
    with client_of(**{"accept-language": "en"}) as client:
        yield client


def round_of(city: City) -> Round:
    return assessed.rounds(city)[0]


@pytest.fixture
def link(city: City) -> str:
    community = everybody(city)["community"]
    (token,) = make_links(
        city.store, city.rulebook, round_of(city).id, community.area, 1, by=community, now=city.now()
    )
    return f"/public/assess/{token}"


def answers(city: City) -> list[Answer]:
    with city.database.read() as connection:
        return those(connection, Answer, round_id=round_of(city).id)


def asked(city: City) -> tuple[str, ...]:
    return round_of(city).asked_in(everybody(city)["community"].area)


def test_a_resident_scores_each_department_and_the_link_is_over(
    city: City, client: TestClient, link: str
) -> None:
    page = client.get(link).text
    assert all(f'name="d-{code}"' in page for code in asked(city))
    before = len(answers(city))
    scores = {f"d-{code}": str(90 - n) for n, code in enumerate(asked(city))}
    sent = client.post(link, data=scores)
    assert sent.status_code == 200 and "Thank you" in sent.text
    made = answers(city)[-1]
    assert len(answers(city)) == before + 1
    assert made.scores == tuple((code, 90 - n) for n, code in enumerate(asked(city)))
    assert client.get(link).status_code == 410 and client.post(link, data=scores).status_code == 410


def test_who_cannot_judge_a_department_leaves_it_empty(city: City, client: TestClient, link: str) -> None:
    first = asked(city)[0]
    assert client.post(link, data={f"d-{first}": "70"}).status_code == 200
    assert answers(city)[-1].scores == ((first, 70),)


@pytest.mark.parametrize("points", ["101", "-1", "7.5", "9999", "abc", "", "１２"])
def test_points_that_are_none_are_shown_again_with_the_reason(
    city: City, client: TestClient, link: str, points: str
) -> None:
    before = len(answers(city))
    first = asked(city)[0]
    sent = client.post(link, data={f"d-{first}": points})
    assert sent.status_code == 422 and 'role="alert"' in sent.text and len(answers(city)) == before
    assert client.get(link).status_code == 200, "the link is not used up"


def test_a_link_that_nobody_gave_out_is_none(client: TestClient) -> None:
    for token in ("no-such-link-at-all", "x", "a" * 64, "a.b"):
        assert client.get(f"/public/assess/{token}").status_code == 404
        assert client.post(f"/public/assess/{token}", data={}).status_code == 404


def test_a_page_asks_for_no_name_and_works_without_a_script(client: TestClient, link: str) -> None:
    answer = client.get(link)
    assert "<script" not in answer.text and "default-src 'none'" in answer.headers["content-security-policy"]
    assert 'name="name"' not in answer.text and 'type="tel"' not in answer.text


def test_too_many_answers_of_one_address_wait(client: TestClient, link: str) -> None:
    found = {client.post(link, data={}).status_code for _ in range(40)}
    assert found == {422, 429}


def test_a_form_larger_than_any_is_refused(client: TestClient, link: str) -> None:
    assert client.post(link, data={"d-x": "1" * 20_000}).status_code == 413

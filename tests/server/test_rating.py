"""The rating page: one answer by a link, without a sign-in or a script, and without anybody's data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from city import opened
from city.opened import City
from city.rating import rating_link
from domain.events import ticket_stream
from domain.grids import CITY
from domain.people import Person, Role
from domain.tickets import State, Ticket, Words
from server import rating
from server.turnstile import Turnstile
from storage import lists, ratings
from storage.schema import ratings as ratings_table
from storage.schema import ticket_words, tickets
from storage.tickets import ticket_from
from tests.server.client import client_of


@dataclass
class Asked:
    """A ticket whose rating is asked for now, its link's token and what people said about it."""

    city: City
    ticket: Ticket
    token: str
    words: Words

    @property
    def path(self) -> str:
        return f"/public/rate/{self.token}"

    def now(self) -> Ticket:
        with self.city.database.read() as connection:
            found = lists.one_ticket(connection, no=self.ticket.no)
        assert found is not None
        return found

    def grades(self) -> list[int | None]:
        with self.city.database.read() as connection:
            return [r.grade for r in ratings.ratings_of(connection, self.ticket.id)]

    def last_note(self) -> str | None:
        with self.city.database.read() as connection:
            return lists.events_of(connection, ticket_stream(self.ticket.id))[-1][1]


@pytest.fixture
def asked(own_city: City, monkeypatch: pytest.MonkeyPatch) -> Asked:
    monkeypatch.setattr(opened, "_here", own_city)
    monkeypatch.setattr(rating, "SENDS", Turnstile(a_minute=30))
    with own_city.database.read() as connection:
        row = connection.execute(
            select(tickets, ratings_table.c.token, ticket_words)
            .join(ratings_table, ratings_table.c.ticket_id == tickets.c.id)
            .join(ticket_words, ticket_words.c.ticket_id == tickets.c.id)
            .where(
                tickets.c.state == State.AWAITING_RATING.value,
                tickets.c.source == "resident",
                tickets.c.rework == 0,
                tickets.c.lead.is_not(None),
                tickets.c.live,
                ticket_words.c.reporter != "",
                ratings_table.c.grade.is_(None),
            )
            .order_by(tickets.c.id)
            .limit(1)
        ).one()
        return Asked(own_city, ticket_from(row), row.token, Words(row.description, row.reporter, row.phone))


@pytest.fixture
def client(asked: Asked) -> Iterator[TestClient]:
    with client_of(**{"accept-language": "en"}) as client:
        yield client


def answer(grade: object, words: str = "") -> dict[str, str]:
    return {"grade": str(grade), "words": words}


def test_a_satisfied_answer_closes_the_ticket(asked: Asked, client: TestClient) -> None:
    assert "How was this handled?" in client.get(asked.path).text
    thanks = client.post(asked.path, data=answer(5))
    assert thanks.status_code == 200 and "Thank you" in thanks.text
    now = asked.now()
    assert (now.state, now.satisfied, now.version) == (State.CLOSED, True, asked.ticket.version + 1)
    assert asked.grades()[-1] == 5


def test_a_dissatisfied_answer_goes_back_to_be_worked_on_with_its_words(
    asked: Asked, client: TestClient
) -> None:
    told = client.post(asked.path, data=answer(1, " Still dark.\r\nEvery night. "))
    assert told.status_code == 200 and "goes back" in told.text
    now = asked.now()
    assert (now.state, now.satisfied, now.rework) == (State.IN_PROGRESS, False, 1)
    assert asked.last_note() == "Still dark.\nEvery night."


@pytest.mark.parametrize("form", [answer(2), answer(1, "   "), answer(""), answer(6), answer("x"), {}])
def test_an_answer_that_lacks_something_is_refused_and_nothing_is_written(
    asked: Asked, client: TestClient, form: dict[str, str]
) -> None:
    refused = client.post(asked.path, data=form)
    assert refused.status_code == 422 and 'role="alert"' in refused.text and "<form" in refused.text
    assert (asked.now(), asked.grades()[-1]) == (asked.ticket, None)


def test_too_many_words_are_refused_with_the_grade_kept(asked: Asked, client: TestClient) -> None:
    refused = client.post(asked.path, data=answer(2, "长" * 501))
    assert refused.status_code == 422 and "500 characters at most" in refused.text
    assert re.search(r'value="2" required checked', refused.text)
    assert client.post(asked.path, data=answer(2, "长" * 500)).status_code == 200


def test_a_form_larger_than_any_honest_one_is_not_read(asked: Asked, client: TestClient) -> None:
    assert client.post(asked.path, data=answer(5, "x" * 20_000)).status_code == 413
    assert asked.now() == asked.ticket


def test_control_characters_never_reach_the_store(asked: Asked, client: TestClient) -> None:
    assert client.get("/public/rate/%00abc").status_code == 404
    assert client.post("/public/rate/%00abc", data=answer(5)).status_code == 404
    form = "&".join(["x=1"] * 40 + ["grade=2", "words=%00dark%07%ff"])
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post(asked.path, content=form, headers=headers).status_code == 200
    assert asked.last_note() == "dark\ufffd"


def test_an_answer_is_given_once(asked: Asked, client: TestClient) -> None:
    client.post(asked.path, data=answer(4))
    for again in (client.post(asked.path, data=answer(1, "No.")), client.get(asked.path)):
        assert again.status_code == 410 and "This was rated already; thank you." in again.text
    assert (asked.now().satisfied, asked.grades()[-1]) == (True, 4)


def test_a_link_ends_after_its_time(
    asked: Asked, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    later: datetime = asked.city.now() + timedelta(days=15)
    monkeypatch.setattr(asked.city, "now", lambda: later)
    for over in (client.get(asked.path), client.post(asked.path, data=answer(5))):
        assert over.status_code == 410 and "The time for rating is over" in over.text
    assert asked.now() == asked.ticket


def test_a_link_that_nobody_gave_out_is_not_found(asked: Asked, client: TestClient) -> None:
    for unknown in (client.get("/public/rate/x"), client.post("/public/rate/x", data=answer(5))):
        assert unknown.status_code == 404 and "This link is not valid." in unknown.text


def test_who_tries_links_that_nobody_gave_out_does_not_fill_the_log(asked: Asked, client: TestClient) -> None:
    for n in range(5):
        client.post(f"/public/rate/nobody-gave-out-this-link-{n}", data=answer(5))
    with asked.city.database.read() as connection:
        assert [e for e in lists.all_events(connection) if e.stream.startswith("a:")] == []
    client.post(asked.path, data=answer(5))
    client.post(asked.path, data=answer(5))
    with asked.city.database.read() as connection:
        assert [e.kind for e in lists.all_events(connection) if e.stream.startswith("a:")] == ["refused"]


def test_a_form_from_another_site_is_refused(asked: Asked, client: TestClient) -> None:
    for origin in ("https://elsewhere.example", "null"):
        refused = client.post(asked.path, data=answer(5), headers={"origin": origin})
        assert refused.status_code == 403
    assert asked.now() == asked.ticket
    own = client.post(asked.path, data=answer(5), headers={"origin": "http://testserver"})
    assert own.status_code == 200


def test_the_page_needs_no_script_and_asks_nobody_else(asked: Asked, client: TestClient) -> None:
    page = client.get(asked.path)
    assert len(page.content) < 60_000
    assert not re.search(r"<script|javascript:|\son\w+=|https?://|<img|@import|url\(", page.text)
    assert page.text.count('type="radio"') == 5
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src" not in policy and "form-action 'self'" in policy
    assert page.headers["cache-control"] == "no-store" and page.headers["x-content-type-options"] == "nosniff"


def test_the_page_goes_to_no_other_site_in_a_referrer_and_its_own_form_keeps_its_origin(
    asked: Asked, client: TestClient
) -> None:
    assert client.get(asked.path).headers["referrer-policy"] == "same-origin"


def test_the_page_holds_no_data_of_a_resident_and_nothing_that_anybody_wrote(
    asked: Asked, client: TestClient
) -> None:
    with asked.city.database.read() as connection:
        story = lists.events_of(connection, ticket_stream(asked.ticket.id))
    written = [note for _, note in story if note and len(note) > 2]
    page = client.get(asked.path).text
    secret = [
        asked.words.description,
        asked.words.reporter,
        asked.words.phone,
        asked.ticket.address,
        asked.ticket.no,
    ]
    assert all(secret) and [text for text in (*secret, *written) if text in page] == []
    category = asked.city.category(asked.ticket.category)
    structure = asked.city.ground.structure
    assert category.en in page and structure.name(asked.ticket.located.level1 or "") in page


@pytest.mark.parametrize(
    ("query", "accepts", "shown"),
    [("", "zh-CN,zh", "非常不满意"), ("?lang=en", "zh-CN", "Very dissatisfied"), ("?lang=zh", "en", "提交评价"), ("", "en", "Send the rating")],
)  # fmt: skip
def test_the_page_speaks_the_browsers_language_or_the_one_asked_for(
    asked: Asked, client: TestClient, query: str, accepts: str, shown: str
) -> None:
    assert shown in client.get(asked.path + query, headers={"accept-language": accepts}).text


def test_whoever_sends_too_often_is_asked_to_wait(
    asked: Asked, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rating, "SENDS", Turnstile(a_minute=3))
    codes = [client.post("/public/rate/x", data=answer(5)).status_code for _ in range(4)]
    assert codes == [404, 404, 404, 429]
    assert client.get(asked.path).status_code == 200


def test_a_turnstile_counts_by_address_and_minute_in_bounded_memory() -> None:
    turnstile = Turnstile(a_minute=2, remembered=100)
    assert [turnstile.lets("a", at) for at in (0, 1, 2, 59, 60, 61, 62)] == [
        True, True, False, False, True, True, False,
    ]  # fmt: skip
    assert turnstile.lets("b", 62)
    for n in range(1_000):
        turnstile.lets(str(n), 63)
    assert len(turnstile) == 100


def test_the_link_is_for_the_units_that_ask_residents_while_the_rating_is_awaited(
    asked: Asked, client: TestClient
) -> None:
    city, ticket = asked.city, asked.ticket
    street = city.ground.structure.street_over(ticket.located, ticket.holder) or ""
    community = Person(1, "C", Role.COMMUNITY, ticket.located.level1 or "")
    allowed = [community, Person(2, "S", Role.STREET, street)]
    others = [
        Person(3, "D", Role.DEPARTMENT, ticket.lead or ""), Person(4, "L", Role.LEADER),
        Person(5, "P", Role.PLANNER), Person(6, "A", Role.ADMINISTRATOR), Person(7, "O", Role.CITY_OFFICE, CITY),
    ]  # fmt: skip
    link = rating_link(city, community, ticket, "http://city.example")
    assert link is not None and link.url == f"http://city.example{asked.path}" and link.qr.startswith("<svg")
    assert all(rating_link(city, person, ticket, "") for person in allowed)
    assert [p.role for p in others if rating_link(city, p, ticket, "")] == []
    client.post(asked.path, data=answer(5))
    assert rating_link(city, community, asked.now(), "") is None

"""Slips over HTTP: behind the door, for one's own area, and not before their step."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from docx import Document
from sqlalchemy import select
from starlette.testclient import TestClient

from city import opened
from city.opened import City
from city.settings import HOME
from city.words import speak
from domain.grids import Level
from domain.people import Person
from domain.tickets import Source, State, Ticket
from storage.lists import all_events
from storage.people import all_accounts
from storage.schema import tickets
from storage.tickets import ticket_from
from tests.server.client import client_of, sign_in


@pytest.fixture
def client(demo_city: City, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(opened, "_here", demo_city)
    with client_of(**{"accept-language": "en"}) as client:
        yield client


def who(city: City, login: str) -> Person:
    with city.database.read() as connection:
        return next(a.person for a in all_accounts(connection) if a.login == login)


def tickets_of(city: City, *states: State) -> list[Ticket]:
    with city.database.read() as connection:
        rows = connection.execute(
            select(tickets)
            .where(tickets.c.state.in_([s.value for s in states]), tickets.c.parent_id.is_(None))
            .order_by(tickets.c.id.desc())
        )
        return [ticket_from(row) for row in rows]


def with_department(city: City) -> Ticket:
    return next(t for t in tickets_of(city, State.IN_PROGRESS) if t.lead)


def test_slips_are_behind_the_door(client: TestClient, demo_city: City) -> None:
    no = with_department(demo_city).no
    for path in (f"/slips/{no}/assignment", f"/slips/{no}/assignment.docx", f"/slips/{no}/rating-qr"):
        assert client.get(path).status_code == 401
        asked = client.get(path, headers={"accept": "text/html"})
        assert asked.headers["location"].startswith("/login?next=")


def test_the_print_page_is_one_sheet_that_asks_nobody_else(client: TestClient, demo_city: City) -> None:
    ticket = with_department(demo_city)
    page = sign_in(client, "office").get(f"/slips/{ticket.no}/assignment")
    assert page.status_code == 200 and ticket.no in page.text and "Assignment slip" in page.text
    assert "@page { size: A4" in page.text and "@media print" in page.text
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", page.text) and "@import" not in page.text
    assert page.headers["cache-control"] == "no-store"
    policy = page.headers["content-security-policy"]
    nonce = re.search(r'<script nonce="([^"]+)"', page.text)
    assert nonce and f"script-src 'nonce-{nonce[1]}'" in policy and page.text.count("<script") == 1


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_word_file_is_in_the_persons_language(client: TestClient, demo_city: City, lang: str) -> None:
    ticket = with_department(demo_city)
    answer = sign_in(client, "office").get(f"/slips/{ticket.no}/assignment.docx?lang={lang}")
    page = Document(io.BytesIO(answer.content))
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    assert speak(lang)("Assignment slip") in [p.text for p in page.paragraphs]
    assert f"assignment-{ticket.no}.docx" in answer.headers["content-disposition"]


def test_each_role_prints_the_slips_of_its_own_area_alone(client: TestClient, demo_city: City) -> None:
    found = [t for t in tickets_of(demo_city, State.IN_PROGRESS, State.DISPATCHED) if t.lead]
    structure = demo_city.ground.structure
    for login in ("street", "community", "compound", "member", "department"):
        person = who(demo_city, login)
        sign_in(client, login)
        for ticket in found[:40]:
            inside = (
                ticket.lead == person.area
                if login == "department"
                else any(
                    structure.within(code, person.area) for code in (*ticket.located.codes, ticket.holder)
                )
            )
            answer = client.get(f"/slips/{ticket.no}/assignment")
            assert answer.status_code == (200 if inside else 404)
            assert inside or answer.text == f"There is no ticket {ticket.no} in your area."


@pytest.mark.parametrize("login", ["leader", "admin"])
def test_those_who_may_not_read_residents_words_get_no_slip(
    client: TestClient, demo_city: City, login: str
) -> None:
    sign_in(client, login)
    assert client.get(f"/slips/{with_department(demo_city).no}/assignment").status_code == 403


def test_a_file_that_was_taken_and_a_slip_of_elsewhere_are_in_the_log(
    client: TestClient, demo_city: City
) -> None:
    ticket = with_department(demo_city)
    sign_in(client, "office").get(f"/slips/{ticket.no}/assignment.docx")
    stranger = next(
        g for g in demo_city.ground.structure.at_level(Level.COMMUNITY) if g.code != ticket.located.level1
    )
    assert sign_in(client, f"g{stranger.code}").get(f"/slips/{ticket.no}/assignment").status_code == 404
    with demo_city.database.read() as connection:
        taken, refused = [
            e
            for e in all_events(connection)
            if e.facts.get("ticket") == ticket.no or e.facts.get("about") == ticket.no
        ][-2:]
    assert (taken.kind, taken.facts["what"], taken.facts["kind"]) == ("exported", "slip", "assignment")
    assert (refused.kind, refused.facts["doing"]) == ("refused", "slip") and refused.by != taken.by


def test_a_slip_before_its_step_is_a_conflict_in_one_sentence(client: TestClient, demo_city: City) -> None:
    ticket = tickets_of(demo_city, State.RAISED)[0]
    sign_in(client, "office")
    for path in ("assignment", "assignment.docx", "feedback", "rating"):
        answer = client.get(f"/slips/{ticket.no}/{path}")
        assert answer.status_code == 409 and answer.text.startswith("There is no ")


def test_other_slips_and_other_tickets_are_not_found(client: TestClient, demo_city: City) -> None:
    no = with_department(demo_city).no
    sign_in(client, "office")
    for path in (
        f"{no}/receipt",
        f"{no}/receipt.docx",
        "000000-0/assignment",
        "%00/rating-qr",
        "x%22y/assignment.docx",
    ):
        assert client.get(f"/slips/{path}").status_code == 404


def test_a_broken_template_of_the_city_is_told_in_one_sentence(
    client: TestClient, demo_city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(HOME / "data" / "slips", tmp_path / "slips")
    own = tmp_path / "slips" / "assignment.en.docx"
    page = Document(str(own))
    page.add_paragraph("{{ telephone }}")
    page.save(str(own))
    monkeypatch.setattr(demo_city.settings, "data", tmp_path)
    answer = sign_in(client, "office").get(f"/slips/{with_department(demo_city).no}/assignment.docx")
    assert (answer.status_code, answer.text) == (
        500, "assignment.en.docx: this slip knows no tag {{ telephone }}.",
    )  # fmt: skip


def test_the_sheet_with_the_code_is_for_those_who_ask_residents(
    client: TestClient, demo_city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = tickets_of(demo_city, State.AWAITING_RATING)
    mine = next(t for t in waiting if t.source is Source.RESIDENT and t.due_at and t.due_at > demo_city.now())
    community = mine.located.level1
    sign_in(client, f"g{community}")
    page = client.get(f"/slips/{mine.no}/rating-qr")
    assert page.status_code == 200 and "<svg" in page.text
    assert "http://testserver/public/rate/" in page.text
    monkeypatch.setattr(demo_city.settings, "public_url", "https://grid.example/")
    assert "https://grid.example/public/rate/" in client.get(f"/slips/{mine.no}/rating-qr").text
    asked_by_phone = next(t for t in waiting if t.source is not Source.RESIDENT)
    sign_in(client, f"g{asked_by_phone.located.level1}")
    assert client.get(f"/slips/{asked_by_phone.no}/rating-qr").status_code == 409
    sign_in(client, f"g{community}")
    not_yet = next(t for t in tickets_of(demo_city, State.IN_PROGRESS) if t.located.level1 == community)
    assert client.get(f"/slips/{not_yet.no}/rating-qr").status_code == 409
    elsewhere = next(t for t in waiting if t.located.level1 != community)
    assert client.get(f"/slips/{elsewhere.no}/rating-qr").status_code == 404
    assert sign_in(client, "leader").get(f"/slips/{mine.no}/rating-qr").status_code == 403

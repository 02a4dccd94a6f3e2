"""The store is away while people work over HTTP: 503 in their language, tried again by itself, and nothing typed is lost."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select
from starlette.testclient import TestClient

from city import opened, signed_in
from city.opened import City
from domain.events import ticket_stream
from domain.people import Person, Role
from storage import database as module
from storage import lists
from storage.people import open_session
from storage.schema import accounts, tickets
from storage.tickets import ticket_from
from tests.server.client import client_of, sign_in

TYPED = "井盖没了，<b>行人</b>要绕着走"


@pytest.fixture
def city(own_city: City, monkeypatch: pytest.MonkeyPatch) -> City:
    monkeypatch.setattr(opened, "_here", own_city)
    monkeypatch.setattr(module, "PAUSES", ())
    return own_city


@pytest.fixture
def client(city: City) -> Iterator[TestClient]:
    with client_of(**{"accept-language": "en"}) as client:
        yield sign_in(client, "member")


class Disk:
    """The disk with the city's file, which can be taken away and put back."""

    def __init__(self, city: City) -> None:
        self.file = Path(city.database.engine.url.database or "")
        self.elsewhere = self.file.with_suffix(".away")

    def away(self) -> None:
        # Who is signed in is remembered for a moment; then the door itself needs the store.
        signed_in._known.clear()
        self.file.rename(self.elsewhere)

    def back(self) -> None:
        self.elsewhere.rename(self.file)


@pytest.fixture
def disk(city: City, client: TestClient) -> Disk:
    return Disk(city)


def report(city: City, client: TestClient) -> dict[str, str]:
    fields = dict(
        re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', client.get("/m/raise").text)
    )
    code = next(g.code for g in city.ground.structure.at_level(max(city.ground.structure.levels)))
    with city.database.read() as connection:
        area = connection.scalar(select(accounts.c.area).where(accounts.c.login == "member"))
    point = city.ground.outlines[area or code].representative_point()
    return fields | {"at": f"{point.x:.6f},{point.y:.6f}", "category": "0101", "words": TYPED, "do": "send"}


def count(city: City) -> int:
    with city.database.read() as connection:
        return connection.scalar(select(func.count()).select_from(tickets)) or 0


@pytest.mark.parametrize("path", ["/m", "/m/inbox", "/", "/public/grids", "/slips/x/handling"])
def test_a_page_says_so_in_the_persons_language_and_tries_again_by_itself(
    client: TestClient, disk: Disk, path: str
) -> None:
    client.get("/login")
    disk.away()
    for lang, says in (("en", "The database cannot be reached just now"), ("zh-CN", "数据库")):
        page = client.get(path, headers={"accept": "text/html", "accept-language": lang})
        if path == "/public/grids":
            # What needs the grids alone is shown as it was read last.
            assert page.status_code in (200, 503)
            continue
        assert page.status_code == 503 and page.headers["retry-after"] == "10"
        assert says in page.text and '<meta http-equiv="refresh" content="10">' in page.text
        assert "Traceback" not in page.text
    disk.back()
    assert client.get(path, headers={"accept": "text/html"}).status_code != 503


@pytest.mark.parametrize("path", ["/live/loads?level=3", "/m/token", "/photos/1"])
def test_a_script_is_told_so_in_a_line(client: TestClient, disk: Disk, path: str) -> None:
    disk.away()
    answer = client.get(path, headers={"accept": "application/json"})
    assert answer.status_code == 503 and answer.headers["retry-after"] == "10"
    assert "cannot be reached" in answer.json()["because"]
    assert "cannot be reached" in client.get(path, headers={"accept": "*/*"}).text
    disk.back()
    assert client.get(path).status_code in (200, 404)


@pytest.mark.parametrize("remembered", [False, True])
def test_a_report_that_cannot_be_kept_stays_on_the_page_and_is_kept_once_when_it_is_sent_again(
    city: City, client: TestClient, disk: Disk, remembered: bool
) -> None:
    form, before = report(city, client), count(city)
    known = dict(signed_in._known)
    disk.away()
    if remembered:
        signed_in._known.update(known)
    page = client.post("/m/raise", data=form)
    assert page.status_code == 503
    assert "井盖没了，&lt;b&gt;行人&lt;/b&gt;要绕着走</textarea>" in page.text
    kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    assert kept == {name: text for name, text in form.items() if name != "words"}
    assert not disk.file.exists(), "no empty database took the place of the city's"
    disk.back()
    for _ in range(2):
        answer = client.post("/m/raise", data=kept | {"words": TYPED})
        assert answer.status_code == 303
    assert count(city) == before + 1


def test_what_comes_with_a_photo_is_kept_but_for_the_photo(
    city: City, client: TestClient, disk: Disk
) -> None:
    form = report(city, client)
    disk.away()
    page = client.post(
        "/m/raise", data=form, files={"photo": ("a.jpg", b"\xff\xd8" + bytes(90_000), "image/jpeg")}
    )
    assert page.status_code == 503 and TYPED[:4] in page.text and "Photos must be chosen again" in page.text
    disk.back()


def test_no_password_comes_back_on_a_page(client: TestClient, disk: Disk) -> None:
    disk.away()
    for path in ("/login", "/account/password"):
        page = client.post(
            path, data={"login": "member", "password": "s3cret-one", "new_password": "s3cret-two"}
        )
        assert "s3cret" not in page.text
    disk.back()


def test_of_sixty_four_phones_on_one_ticket_one_wins_and_the_others_are_told_who(city: City) -> None:
    with city.database.write() as connection:
        area = connection.scalar(select(accounts.c.area).where(accounts.c.login == "member"))
        row = connection.execute(
            select(tickets).where(tickets.c.holder == area, tickets.c.state == "raised").limit(1)
        ).first()
        assert row, "somebody's ticket waits"
        one = ticket_from(row)
        numbers = [
            connection.execute(
                insert(accounts)
                .values(
                    login=f"h{n}",
                    name=f"Head {n}",
                    role="member",
                    area=area,
                    password_hash="",
                    created_at=city.now(),
                )
                .returning(accounts.c.id)
            ).scalar_one()
            for n in range(64)
        ]
        tokens = [
            open_session(connection, Person(number, "", Role.MEMBER, str(area)), city.now(), vouched=True)
            for number in numbers
        ]
    answers: list[tuple[int, str]] = []
    start = threading.Barrier(len(tokens))

    def go(token: str) -> None:
        client = client_of(
            **{"accept-language": "en", "accept": "application/json", "cookie": f"redgrid={token}"}
        )
        form = {
            "form_token": client.get("/m/token").json()["form_token"],
            "version": str(one.version),
            "words": "done",
        }
        start.wait()
        answer = client.post(f"/m/tickets/{one.no}/settle", data=form)
        answers.append((answer.status_code, answer.json().get("because", "")))

    phones = [threading.Thread(target=go, args=(token,)) for token in tokens]
    for each in phones:
        each.start()
    for each in phones:
        each.join()
    with city.database.read() as connection:
        log = [event for event, _ in lists.events_of(connection, ticket_stream(one.id))]
    assert [event.kind for event in log].count("settle") == 1
    winner = f"Head {numbers.index(log[-1].by)}" if log[-1].by in numbers else ""
    assert sorted(code for code, _ in answers) == [200] + [409] * 63
    assert all(f"{winner} acted on this ticket first" in why for code, why in answers if code == 409)

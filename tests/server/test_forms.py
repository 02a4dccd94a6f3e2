"""Forms: whose they are, how much they may hold, and what is made of their photos."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from itsdangerous import TimestampSigner
from PIL import Image
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from city import opened
from city.form_tokens import VALID_FOR, is_token_of, token_for
from city.opened import City
from city.settings import Settings
from city.signed_in import COOKIE
from domain.said import Refused
from server.forms import LONGEST_FIELD, NotTaken, form_token, read_form
from storage import facts
from storage.database import Database
from tests.conftest import sqlite_url


def _show(request: Request) -> Response:
    return PlainTextResponse(form_token(request))


async def _take(request: Request) -> Response:
    files = int(request.query_params.get("files", "0"))
    try:
        form = await read_form(request, files=files, largest=100_000 if files else None)
        kept = await run_in_threadpool(form.photos_to_keep)
    except NotTaken as refused:
        return PlainTextResponse(str(refused.because), status_code=refused.status)
    except Refused as refused:
        return PlainTextResponse(str(refused.because), status_code=422)
    sizes = [Image.open(io.BytesIO(photo)).size for photo in kept]
    return JSONResponse({"words": form["words"], "all": form.all("words"), "photos": sizes})


@pytest.fixture
def client(own_city: City, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(opened, "_here", own_city)
    app = Starlette(routes=[Route("/", _show, methods=["GET"]), Route("/", _take, methods=["POST"])])
    with TestClient(app) as client:
        yield client


def picture(side: int = 40, kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (side, side // 2), "teal").save(out, kind)
    return out.getvalue()


def sent(client: TestClient, **fields: str) -> dict[str, str]:
    return {"form_token": client.get("/").text, **fields}


def test_a_form_comes_back_url_encoded_or_in_parts(client: TestClient) -> None:
    form = sent(client, words=" 路灯\r\n不亮\x07 ")
    plain = client.post("/", data=form)
    parts = client.post("/?files=1", data=form, files={"photo": ("x.txt", picture())})
    assert plain.json()["words"] == parts.json()["words"] == "路灯\n不亮"
    assert parts.json()["photos"] == [[40, 20]], "its name says text, its content is a photo"


def test_a_form_without_a_token_or_with_a_made_up_one_is_forged(client: TestClient) -> None:
    for form in ({}, {"form_token": ""}, {"form_token": "form.abc.def"}, {"form_token": "\x00"}):
        assert client.post("/", data=form).status_code == 403


def test_a_token_holds_for_its_own_session_alone(client: TestClient) -> None:
    form = sent(client)
    client.cookies.set(COOKIE, "somebody")
    assert client.post("/", data=form).status_code == 403
    assert client.post("/", data=sent(client)).status_code == 200


def test_a_token_is_over_after_a_day(own_city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    token = token_for(own_city, "a")
    at = TimestampSigner.get_timestamp
    for seconds, holds in ((-60, True), (60, False)):
        later = int(VALID_FOR.total_seconds()) + seconds
        monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda self, later=later: at(self) + later)
        assert is_token_of(own_city, token, "a") is holds


def test_all_processes_of_a_database_share_one_secret_that_is_told_to_nobody(
    own_city: City, tmp_path: Path
) -> None:
    other = City(Settings(database_url=sqlite_url(tmp_path / "own.db")))
    assert is_token_of(other, token_for(own_city, "a"), "a")
    with other.database.read() as connection:
        assert facts.secret(connection) not in {None, *map(str, facts.read_facts(connection).values())}
    assert facts.SECRET not in other.ground.facts
    other.database.close()


def test_two_processes_that_begin_at_once_agree_on_the_secret(database: Database) -> None:
    met, made = threading.Barrier(2), []

    def begins() -> None:
        met.wait()
        with database.write() as connection:
            facts.make_secret(connection)
            made.append(facts.secret(connection))

    both = [threading.Thread(target=begins) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join(30)
    assert len(made) == 2 and len(set(made)) == 1


@pytest.mark.parametrize(
    "form",
    [
        {"words": "长" * LONGEST_FIELD},
        {f"field{n}": "x" for n in range(80)},
        {f"field{n}": "x" * 9_000 for n in range(9)},
    ],
)
@pytest.mark.parametrize("parts", [False, True])
def test_a_form_larger_than_any_honest_one_is_not_taken(
    client: TestClient, form: dict[str, str], parts: bool
) -> None:
    files = {"photo": b""} if parts else None
    refused = client.post("/?files=1" if parts else "/", data=sent(client, **form), files=files)
    assert refused.status_code == (200 if parts and len(form) == 9 else 413)


def test_photos_are_limited_by_number_size_and_content(client: TestClient) -> None:
    form, small = sent(client), picture()
    two = client.post("/?files=1", data=form, files=[("photo", small), ("photo", small)])
    assert two.status_code == 413 and "at once: 1" in two.text
    assert client.post("/", data=form, files={"photo": small}).status_code == 413
    large = client.post("/?files=1", data=form, files={"photo": b"x" * 100_001})
    assert large.status_code == 413 and "MB at most" in large.text
    disguised = client.post("/?files=1", data=form, files={"photo": ("x.jpg", b"<svg/>", "image/jpeg")})
    assert disguised.status_code == 422 and "no photo" in disguised.text
    assert (
        client.post("/?files=1", data=form, files={"photo": ("x.gif", picture(kind="GIF"))}).status_code
        == 422
    )


def test_an_empty_photo_field_is_no_photo(client: TestClient) -> None:
    assert client.post("/?files=1", data=sent(client), files={"photo": ("", b"")}).json()["photos"] == []


def test_what_is_no_form_is_told_so(client: TestClient) -> None:
    for kind in ("multipart/form-data", "multipart/form-data; boundary=x"):
        assert client.post("/?files=1", content=b"nonsense", headers={"content-type": kind}).status_code in (
            400,
            403,
        )
    lying = {"content-type": "application/x-www-form-urlencoded", "content-length": "999999"}
    assert client.post("/", content=b"a=1", headers=lying).status_code == 413

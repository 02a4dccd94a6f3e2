"""The public pages: who answers for a grid, a resident's report, and how it is followed – plain, limited, without anybody's data."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from PIL import Image
from sqlalchemy import func, select
from starlette.testclient import TestClient

from city import opened
from city.frontline.organised import council_at
from city.opened import City
from city.personal_data import erase
from city.places import atlas
from city.reports import followed
from city.settings import Settings
from domain.actions.raising import LONGEST
from domain.actions.tickets import act
from domain.grids import CITY
from domain.moves import Given
from domain.people import CLOCK, GRID_ROLE, Person, Role
from domain.place import LngLat
from domain.tickets import Source, Ticket
from server import posting, reporting
from server.turnstile import Turnstile
from storage import heads, lists
from storage.heads import Term
from storage.migrate import migrate
from storage.schema import events, organisations, photos, report_links, ticket_words, tickets
from tests.conftest import sqlite_url
from tests.server.client import client_of, sign_in

WORDS, NAME, PHONE, HOUSE = (
    "Der Brunnen tropft seit Montag",
    "Frau Unbekannt",
    "0415-999-0042",
    "Hinterhaus 7b",
)


@pytest.fixture
def city(own_city: City, monkeypatch: pytest.MonkeyPatch) -> City:
    monkeypatch.setattr(opened, "_here", own_city)
    for module, name in (
        (reporting, "POSTS"), (reporting, "SENDS"), (reporting, "ALL_SENDS"), (posting, "SEARCHES"), (posting, "ALL_SEARCHES"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, Turnstile(a_minute=100))
    return own_city


@pytest.fixture
def client(city: City) -> Iterator[TestClient]:
    with client_of(**{"accept-language": "en"}) as client:
        yield client


def codes(city: City) -> list[str]:
    """A community, a compound grid and a building grid, one within the other."""
    structure = city.ground.structure
    community = structure.at_level(structure.levels[0])[0]
    compound = structure.children(community.code)[0]
    return [community.code, compound.code, structure.children(compound.code)[0].code]


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def filled(client: TestClient, **more: str) -> dict[str, str]:
    """The form as a resident fills it in, with the hidden fields of a page just shown."""
    page = client.get("/public/report").text
    hidden = {name: field(page, name) for name in ("form_token", "send", "window", "at")}
    typed = {"category": "0104", "description": WORDS, "address": HOUSE, "reporter": NAME, "phone": PHONE}
    return {**hidden, **typed, "go": "send"} | more


def send(client: TestClient, form: dict[str, str], pictures: int = 0) -> Any:
    files = [("photos", (f"{n}.jpg", picture(n), "image/jpeg")) for n in range(pictures)]
    return client.post("/public/report", data=form, files=files or [("photos", ("", b"", ""))])


def picture(n: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), (n * 20, 90, 90)).save(out, "JPEG")
    return out.getvalue()


def raised(city: City) -> list[Ticket]:
    """What residents reported by the page, oldest first."""
    with city.database.read() as connection:
        ids = list(connection.scalars(select(report_links.c.ticket_id).order_by(report_links.c.ticket_id)))
        return lists.tickets_with(connection, ids)


def reported(city: City, client: TestClient, **more: str) -> tuple[Ticket, str]:
    """A report that was kept, and the path of its link."""
    answer = send(client, filled(client, **more))
    assert answer.status_code == 303, answer.text
    link = answer.headers["location"].removesuffix("/sent")
    return raised(city)[-1], link


# --- who answers for a grid -----------------------------------------------------------------------------------


def test_a_grids_page_shows_its_head_its_phone_and_where_it_belongs(city: City, client: TestClient) -> None:
    for code in codes(city):
        page = client.get(f"/public/grids/{code}")
        with city.database.read() as connection:
            head = heads.heads_of(connection, [code], city.now())[code]
            party = connection.scalar(select(organisations.c.name).where(organisations.c.grid == code))
        grid = city.ground.structure.grids[code]
        assert page.status_code == 200
        for shown in (grid.name, code, head.name, head.title, head.duties, party, f"{grid.households:,}"):
            assert shown and shown in page.text
        assert f'href="tel:{head.work_phone.replace("-", "")}"' in page.text
        assert f"/public/report?grid={code}" in page.text and "demo" in page.text
        above = [c for c in city.ground.structure.chain(code)[1:] if c in city.ground.structure.grids]
        assert all(f'href="/public/grids/{c}"' in page.text for c in above)


def test_a_compounds_page_tells_the_term_and_who_sits_in_its_council_and_nothing_of_its_fund(
    city: City, client: TestClient
) -> None:
    community, compound, building = codes(city)
    page = client.get(f"/public/grids/{compound}").text
    seats = council_at(city, compound).seats
    assert len(seats) >= 2 and all(seat.post in page and seat.holder in page for seat in seats)
    with city.database.read() as connection:
        since = heads.heads_of(connection, [compound], city.now())[compound].since
    assert since and f"In office since {since.astimezone(city.zone):%-d %b %Y}" in page
    assert (
        f"In office since {since.astimezone(city.zone):%-d %b %Y}"
        in client.get(f"/public/grids/{compound}/poster").text
    )
    assert "¥" not in page and "/receipts/" not in page
    for other in (community, building):
        assert "Council of the compound" not in client.get(f"/public/grids/{other}").text


def test_a_communitys_page_lists_its_compound_grids_and_members(city: City, client: TestClient) -> None:
    community, *_ = codes(city)
    page = client.get(f"/public/grids/{community}").text
    below = [grid for grid in city.ground.structure.below(community) if grid.code != community]
    with city.database.read() as connection:
        found = heads.heads_of(connection, [g.code for g in below], city.now())
    assert len(found) == len(below) > 20
    assert all(f'"/public/grids/{g.code}"' in page and found[g.code].name in page for g in below)


def test_a_grid_without_a_head_says_that_it_is_vacant(city: City, client: TestClient) -> None:
    code = codes(city)[2]
    with city.database.write() as connection:
        heads.hand_over(connection, {code: None}, city.now() - timedelta(days=1))
    page = client.get(f"/public/grids/{code}").text
    assert "Vacancy" in page and "tel:" not in page
    assert "Vacancy" in client.get(f"/public/grids/{code}/poster").text


@pytest.mark.parametrize("code", ["nowhere", "%00", "1%2F2", "%E2%98%83", "city", "x" * 500])
def test_a_code_that_no_grid_has_is_not_found_in_one_sentence(client: TestClient, code: str) -> None:
    for path in (f"/public/grids/{code}", f"/public/grids/{code}/poster"):
        missing = client.get(path)
        assert missing.status_code == 404 and "There is no grid with this code." in missing.text
    assert client.get(f"/public/grids/{code}/photo").status_code == 404


def test_a_code_of_any_form_has_a_page(city: City, client: TestClient) -> None:
    code = codes(city)[0]
    for odd in ("1C/04 ä", "A&B?c=d#e"):
        with city.database.write() as connection:
            for table in ("grids", "heads", "organisations"):
                column = "grid" if table != "grids" else "code"
                connection.exec_driver_sql(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (odd, code))
            connection.exec_driver_sql("UPDATE grids SET parent = ? WHERE parent = ?", (odd, code))
            connection.exec_driver_sql(
                "UPDATE facts SET value = CAST(value AS INTEGER) + 1 WHERE key = 'revision'"
            )
            # Whoever draws something else says so.
            connection.exec_driver_sql("UPDATE plans SET version = version + 1")
        city._looked_at = float("-inf")
        page = client.get(f"/public/grids/{quote(odd, safe='')}")
        assert page.status_code == 200 and f"grid={quote(odd, safe='')}" in page.text
        assert client.get(f"/public/grids/{quote(odd, safe='')}/poster").status_code == 200
        assert client.get(f"/public/report?grid={quote(odd, safe='')}").status_code == 200
        code = odd


def test_a_heads_photo_is_sent_once_and_takes_the_place_of_the_drawn_picture(
    city: City, client: TestClient
) -> None:
    code = codes(city)[0]
    assert client.get(f"/public/grids/{code}/photo").status_code == 404
    assert 'src="data:image/svg+xml' in client.get(f"/public/grids/{code}").text
    with city.database.write() as connection:
        heads.hand_over(connection, {code: Term("王示安", photo=picture(1))}, city.now() - timedelta(hours=1))
    first = client.get(f"/public/grids/{code}/photo")
    assert (first.status_code, first.content, first.headers["content-type"]) == (
        200,
        picture(1),
        "image/jpeg",
    )
    again = client.get(f"/public/grids/{code}/photo", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert f'src="/public/grids/{code}/photo"' in client.get(f"/public/grids/{code}").text


def test_the_poster_carries_the_address_that_residents_reach(city: City, client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    code = codes(city)[1]
    assert f"http://testserver/public/grids/{code}<" in client.get(f"/public/grids/{code}/poster").text
    monkeypatch.setattr(city.settings, "public_url", "https://grid.example/")
    page = client.get(f"/public/grids/{code}/poster")
    assert f"https://grid.example/public/grids/{code}<" in page.text and "<svg" in page.text
    assert "script-src 'nonce-" in page.headers["content-security-policy"]


def test_a_grid_is_found_by_its_list_by_its_name_and_by_an_address(city: City, client: TestClient) -> None:
    community, compound, building = codes(city)
    listing = client.get("/public/grids").text
    assert f'"/public/grids/{community}"' in listing and f'"/public/grids/{compound}"' in listing
    token = field(listing, "form_token")

    def found(words: str) -> str:
        page = client.post("/public/grids", data={"form_token": token, "words": words})
        assert page.status_code == 200
        return page.text.split("Found", 1)[1].split("</ul>", 1)[0]

    name = city.ground.structure.grids[building].name
    assert f'"/public/grids/{building}"' in found(name)
    assert f'"/public/grids/{building}"' in found(f"{city.ground.compounds_of(building)[0]}1号楼")
    assert (
        "Nothing was found" in client.post("/public/grids", data={"form_token": token, "words": "zzz"}).text
    )


def test_searches_are_limited(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "SEARCHES", Turnstile(a_minute=2))
    token = field(client.get("/public/grids").text, "form_token")
    form = {"form_token": token, "words": "1"}
    assert [client.post("/public/grids", data=form).status_code for _ in range(3)] == [200, 200, 429]


# --- a report -------------------------------------------------------------------------------------------------


def test_a_report_becomes_a_ticket_of_the_grid_with_a_number_and_a_link(
    city: City, client: TestClient
) -> None:
    building = codes(city)[2]
    point = city.ground.outlines[building].representative_point()
    ticket, link = reported(city, client, at=f"{point.x:.7f},{point.y:.7f}", grid=codes(city)[0])
    assert (ticket.source, ticket.holder, ticket.category) == (Source.RESIDENT, building, "0104")
    assert ticket.point == LngLat(round(point.x, 7), round(point.y, 7)) and not ticket.urgent
    sent = client.get(f"{link}/sent").text
    assert ticket.no in sent and f"http://testserver{link}" in sent and "<svg" in sent
    assert "The grid will take it up" in client.get(link).text


def test_a_grid_that_was_chosen_serves_where_nobody_tapped_a_map(city: City, client: TestClient) -> None:
    compound = codes(city)[1]
    ticket, _ = reported(city, client, grid=compound)
    assert (ticket.holder, ticket.point) == (compound, None)


def test_what_lies_outside_every_grid_waits_for_the_city_office(city: City, client: TestClient) -> None:
    for where in ({"at": "120.5,41.2"}, {"at": "", "grid": ""}):
        ticket, _ = reported(city, client, **where)
        assert (ticket.holder, ticket.queue) == (CITY, "no_grid")


def test_the_same_send_twice_is_one_ticket_with_one_link(city: City, client: TestClient) -> None:
    form = filled(client)
    first, second = send(client, form), send(client, form)
    assert first.headers["location"] == second.headers["location"]
    with city.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(report_links)) == 1
        kept = connection.scalar(select(tickets.c.once).order_by(tickets.c.id.desc()).limit(1))
        everything = connection.exec_driver_sql("SELECT * FROM report_links").all()
    token = first.headers["location"].split("/")[3]
    assert form["send"] not in str(kept) and token not in repr(everything)


def test_a_form_sent_again_after_its_report_was_erased_makes_no_new_link(
    city: City, client: TestClient
) -> None:
    form = filled(client)
    link = send(client, form).headers["location"].removesuffix("/sent")
    erase(city, raised(city)[0].no, "asked", by=CLOCK)
    assert send(client, form).status_code == 303
    assert client.get(link).status_code == 404


def test_up_to_three_photos_are_kept(city: City, client: TestClient) -> None:
    assert send(client, filled(client), pictures=3).status_code == 303
    with city.database.read() as connection:
        assert connection.scalar(select(func.count()).where(photos.c.ticket_id == raised(city)[0].id)) == 3


def test_more_photos_or_none_that_is_one_are_refused_with_everything_typed(
    city: City, client: TestClient
) -> None:
    form = filled(client)
    many = send(client, form, pictures=4)
    wrong = client.post(
        "/public/report", data=form, files=[("photos", ("a.jpg", b"GIF89a no", "image/jpeg"))]
    )
    for refused, why in ((many, "3 photos at most"), (wrong, "This file is no photo")):
        assert refused.status_code == 422 and why in refused.text and WORDS in refused.text
        assert "choose the photos again" in refused.text
    assert raised(city) == []


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"category": ""}, "choose what it is about"),
        ({"category": "ghosts"}, "choose what it is about"),
        ({"description": " \x00 "}, "describe the problem"),
        ({"description": "长" * (LONGEST["description"] + 1)}, "2000 characters at most"),
        ({"phone": "1" * 31}, "30 characters at most"),
        ({"address": " ", "at": "", "grid": "nowhere"}, "say where it is"),
        ({"website": "http://spam.example"}, "filled in by a program"),
    ],
)
def test_what_lacks_something_is_refused_in_one_sentence_and_nothing_typed_is_lost(
    city: City, client: TestClient, more: dict[str, str], why: str
) -> None:
    form = filled(client, **more)
    refused = send(client, form)
    page = refused.text
    assert refused.status_code == 422 and page.count('role="alert"') == 1 and why in page
    kept = [text for key in ("description", "reporter") if (text := form[key].replace("\x00", "").strip())]
    assert all(text in page for text in kept) and field(page, "send") == form["send"]
    assert raised(city) == []


def test_a_form_of_somebody_else_or_too_old_is_not_kept_and_nothing_typed_is_lost(
    city: City, client: TestClient
) -> None:
    for token in ("", "form.forged", "x" * 200):
        refused = send(client, filled(client, form_token=token))
        assert refused.status_code == 403 and WORDS in refused.text and NAME in refused.text
    foreign = client.post(
        "/public/report", data=filled(client), headers={"origin": "https://elsewhere.example"}
    )
    assert foreign.status_code == 403 and raised(city) == []
    page = send(client, filled(client, form_token="")).text
    assert send(client, filled(client, form_token=field(page, "form_token"))).status_code == 303


def test_a_form_larger_than_any_honest_one_is_not_read(city: City, client: TestClient) -> None:
    assert send(client, filled(client, description="x" * 70_000)).status_code == 413
    headers = {"content-length": "900000000", "content-type": "multipart/form-data; boundary=x"}
    assert client.post("/public/report", content=b"--x--", headers=headers).status_code == 413
    assert raised(city) == []


def test_control_characters_are_not_kept_and_markup_is_only_text(city: City, client: TestClient) -> None:
    refused = send(client, filled(client, category="", description='<script>alert("1")</script>\x1b[31m'))
    assert "<script" not in refused.text and "&lt;script&gt;" in refused.text
    ticket, _ = reported(city, client, description="lamp\x00 out\x07")
    with city.database.read() as connection:
        assert lists.words_of(connection, [ticket.id])[ticket.id].description == "lamp out"


def test_urgent_is_not_the_residents_to_say(city: City, client: TestClient) -> None:
    assert not reported(city, client, urgent="1")[0].urgent


def test_reports_are_limited_by_address_and_in_all(
    city: City, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SENDS", "ALL_SENDS"):
        with monkeypatch.context() as patch:
            patch.setattr(reporting, name, Turnstile(a_minute=2))
            answers = [send(client, filled(client)) for _ in range(3)]
            assert [a.status_code for a in answers] == [303, 303, 429]
            assert WORDS in answers[-1].text
    monkeypatch.setattr(reporting, "POSTS", Turnstile(a_minute=1))
    assert [send(client, filled(client)).status_code for _ in range(2)] == [303, 429]


# --- the map without a script --------------------------------------------------------------------------------


def test_two_taps_on_the_map_name_a_place_and_keep_what_was_typed(city: City, client: TestClient) -> None:
    community, _, building = codes(city)
    inside = city.ground.outlines[building].representative_point()
    point, known = LngLat(inside.x, inside.y), atlas(city)

    def tap(form: dict[str, str], window: str) -> str:
        x, y = (str(round(n)) for n in known.frame(window).pixel(point))
        page = send(client, {**form, "map.x": x, "map.y": y, "go": ""})
        assert page.status_code == 200 and WORDS in page.text and raised(city) == []
        return str(page.text)

    form = filled(client)
    near = tap(form, CITY)
    assert field(near, "window") == community and field(near, "at") == ""
    there = tap({**form, "window": community}, community)
    lng, lat = map(float, field(there, "at").split(","))
    assert city.locate(LngLat(lng, lat)).grid == building and 'class="pin"' in there
    assert city.ground.structure.grids[building].name in there


def test_a_tap_beside_every_grid_is_said_to_go_to_the_city_office(client: TestClient) -> None:
    page = send(client, filled(client) | {"map.x": "2", "map.y": "2", "go": ""}).text
    assert "a place in no grid" in page and field(page, "at")


@pytest.mark.parametrize("tap", [("0", "0"), ("99999", "1"), ("x", "y"), ("-5", "3"), ("", "7")])
def test_a_tap_that_points_nowhere_changes_nothing(client: TestClient, tap: tuple[str, str]) -> None:
    page = send(client, filled(client) | {"map.x": tap[0], "map.y": tap[1], "go": ""})
    assert page.status_code == 200 and field(page.text, "at") == "" and field(page.text, "window") == CITY


def test_the_map_opens_at_the_grid_whose_page_people_came_from(city: City, client: TestClient) -> None:
    community, _, building = codes(city)
    page = client.get(f"/public/report?grid={building}").text
    assert field(page, "window") == community and f'<option value="{building}" selected>' in page
    assert field(client.get("/public/report?grid=nowhere").text, "window") == CITY


def test_maps_are_small_pictures_that_stay_while_the_plan_does(city: City, client: TestClient) -> None:
    for code in ("city", *codes(city), "nowhere", "%00"):
        answer = client.get(f"/public/map/{code}?grid={codes(city)[2]}")
        assert answer.status_code == 200 and answer.headers["content-type"].startswith("image/svg+xml")
        assert "immutable" in answer.headers["cache-control"] and len(answer.content) < 20_000


def test_a_windows_pixels_lie_where_they_show(city: City) -> None:
    known = atlas(city)
    for window in (CITY, *codes(city)):
        frame = known.frame(window)
        west, south, east, north = frame.bounds
        for x, y in ((0, 0), (100, 50), (frame.width - 1, frame.height - 1)):
            point = frame.point(x, y)
            assert frame.pixel(point) == pytest.approx((x, y), abs=1e-6)
            assert west < point.lng < east and south < point.lat < north


# --- following it ---------------------------------------------------------------------------------------------


def made(city: City, ticket: Ticket, name: str, by: Person, **given: object) -> Ticket:
    with city.database.read() as connection:
        now = lists.tickets_with(connection, [ticket.id])[0]
    given = {"words": "INTERN: so nicht"} | given
    return act(
        city.store, city.rulebook, ticket.id, name, Given(**given), version=now.version, by=by, now=city.now()
    )  # type: ignore[arg-type]


def test_the_page_follows_the_ticket_to_its_rating_and_shows_no_word_of_anybody(
    city: City, client: TestClient
) -> None:
    building = codes(city)[2]
    point = city.ground.outlines[building].representative_point()
    ticket, link = reported(city, client, at=f"{point.x:.7f},{point.y:.7f}")
    head = Person(1, "H", GRID_ROLE[city.ground.structure.grids[building].level], building)
    assert "being decided" not in client.get(link).text
    made(city, ticket, "accept", head)
    assert "being decided which department" in client.get(link).text
    made(city, ticket, "settle", head)
    page = client.get(link).text
    rate = re.search(r'href="(/public/rate/[^"]+)"', page)
    assert rate and client.get(rate[1]).status_code == 200
    token = field(client.get("/public/report").text, "form_token")
    client.post(rate[1], data={"grade": "5", "words": "", "form_token": token})
    after = client.get(link).text
    assert (
        "Settled and closed" in after and "/public/rate/" not in after and "This link answers until" in after
    )
    for shown in (page, after, client.get(f"{link}/sent").text):
        assert [w for w in (WORDS, NAME, PHONE, HOUSE, "INTERN") if w in shown] == []
    assert ticket.no in page and city.category("0104").en in page


def test_why_it_was_not_taken_up_is_told_by_the_table_alone(city: City, client: TestClient) -> None:
    community = codes(city)[0]
    ticket, link = reported(city, client, grid=community)
    made(city, ticket, "reject", Person(1, "C", Role.COMMUNITY, community), reason="court")
    page = client.get(link).text
    assert "Not taken up" in page and "courts or for arbitration" in page and "INTERN" not in page


def test_a_link_ends_ninety_days_after_the_end(
    city: City, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    community = codes(city)[0]
    ticket, link = reported(city, client, grid=community)
    made(city, ticket, "reject", Person(1, "C", Role.COMMUNITY, community), reason="court")
    now = city.now()
    monkeypatch.setattr(city, "now", lambda: now + timedelta(days=89))
    assert client.get(link).status_code == 200
    monkeypatch.setattr(city, "now", lambda: now + timedelta(days=91))
    for path in (link, f"{link}/sent"):
        over = client.get(path)
        assert over.status_code == 410 and "the link has ended" in over.text


def test_what_was_merged_follows_the_original(city: City, client: TestClient) -> None:
    community = codes(city)[0]
    first, _ = reported(city, client, grid=community)
    second, link = reported(city, client, grid=community)
    by = Person(1, "C", Role.COMMUNITY, community)
    made(city, second, "merge", by, original=first.no)
    made(city, first, "accept", by)
    page = client.get(link).text
    assert "Others reported the same" in page and "being decided" in page
    assert second.no in page and first.no not in page


@pytest.mark.parametrize("token", ["x", "a" * 32, "%00" * 12, "a" * 400])
def test_a_link_that_nobody_was_given_is_not_found(client: TestClient, token: str) -> None:
    assert client.get(f"/public/ticket/{token}").status_code == 404
    assert client.get(f"/public/ticket/{token}/sent").status_code == 404


def test_a_report_leaves_no_personal_data_in_events(city: City, client: TestClient) -> None:
    ticket, link = reported(city, client)
    with city.database.read() as connection:
        told = connection.scalars(select(events.c.facts).where(events.c.stream == f"t:{ticket.id}")).all()
        kept = connection.execute(select(ticket_words).where(ticket_words.c.ticket_id == ticket.id)).one()
    assert told and not [w for w in (WORDS, NAME, PHONE, HOUSE) if w in "".join(told)]
    assert (kept.description, kept.reporter, kept.phone) == (WORDS, NAME, PHONE)
    assert followed(city, link.split("/")[-1]).no == ticket.no


# --- all of them ----------------------------------------------------------------------------------------------


def test_pages_need_no_script_are_small_and_ask_nobody_else(city: City, client: TestClient) -> None:
    _, link = reported(city, client)
    building = codes(city)[2]
    paths = ["/public/grids", *(f"/public/grids/{c}" for c in codes(city)), "/public/report", f"/public/report?grid={building}", link, f"{link}/sent"]  # fmt: skip
    for path in paths:
        page = client.get(path)
        text = page.text.replace(f"http://testserver{link}", "").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"<script|javascript:|\son\w+=|https?://|@import|url\(", text), path
        pictures = re.findall(r'src="(/public/[^"]+)"', page.text)
        whole = len(page.content) + sum(len(client.get(p.replace("&amp;", "&")).content) for p in pictures)
        assert whole < 60_000, path
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "script-src" not in policy
        assert (
            page.headers["cache-control"] == "no-store" and page.headers["referrer-policy"] == "same-origin"
        )


@pytest.mark.parametrize(
    "path", ["/public/grids", "/public/report", "/public/grids/{}", "/public/grids/{}/poster"]
)
def test_pages_speak_both_languages_and_remember_the_one_asked_for(
    city: City, client: TestClient, path: str
) -> None:
    path = path.format(codes(city)[2])
    assert '<html lang="en">' in client.get(path).text
    chinese = client.get(f"{path}?lang=zh").text
    assert '<html lang="zh">' in chinese
    visible = re.sub(
        r"<style>.*?</style>|<script.*?</script>|<[^>]+>|https?://\S+|\d", " ", chinese, flags=re.S
    )
    assert re.findall(r"[A-Za-z]{4,}", visible.replace("English", "")) == []


def test_the_language_chosen_on_one_page_is_that_of_the_next(client: TestClient) -> None:
    client.get("/public/grids?lang=zh")
    assert '<html lang="zh">' in client.get("/public/report").text


def test_whoever_is_signed_in_reports_like_anybody_else(city: City, client: TestClient) -> None:
    sign_in(client, "member")
    ticket, _ = reported(city, client)
    assert ticket.raised_by is None and ticket.source is Source.RESIDENT


def test_a_city_without_grids_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = City(Settings(database_url=sqlite_url(tmp_path / "empty.db")))
    migrate(empty.database)
    monkeypatch.setattr(opened, "_here", empty)
    with client_of(**{"accept-language": "en"}) as client:
        assert client.get("/public/grids").status_code == 200
        for answer in (
            client.get("/public/report"),
            client.post("/public/report"),
            client.get("/public/map/city"),
        ):
            assert answer.status_code == 404
    empty.database.close()

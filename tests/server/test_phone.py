"""The phone: who sees which page, what a report and a move leave behind, and that nothing typed is lost or done twice."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image
from sqlalchemy import func, select
from starlette.testclient import TestClient

from city import desk, inbox, opened, phone
from city.opened import City
from domain.actions.tickets import act
from domain.events import ticket_stream
from domain.moves import Given
from domain.people import Person
from domain.place import LngLat
from domain.said import said
from domain.tickets import State, Ticket
from gis.surroundings import HEIGHT, WIDTH
from storage import lists, photos
from storage.people import all_accounts
from storage.schema import events, tickets
from storage.tickets import ticket_from
from tests.server.client import client_of, sign_in

WORKERS = ("member", "compound", "community", "street", "office", "department")
PAGES = ("/m", "/m/raise", "/m/inbox", "/m/me")
FIRST_LOAD = 60_000
"""Bytes over the wire."""


class Phone:
    """Somebody with a phone, signed in."""

    def __init__(self, city: City, client: TestClient, login: str) -> None:
        self.city, self.client = city, sign_in(client, login)
        self.person = person(city, login)

    def get(self, path: str) -> str:
        return self.client.get(path).text

    def fields(self, path: str) -> dict[str, str]:
        """The hidden fields of a page's form."""
        return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', self.get(path)))

    def middle(self) -> str:
        """A place well inside one's own area."""
        ground = self.city.ground
        code = next((g.code for g in ground.structure.below(self.person.area)), None)
        point = ground.outlines[code or next(iter(ground.outlines))].representative_point()
        return f"{point.x:.6f},{point.y:.6f}"

    def report(self, **more: str) -> dict[str, str]:
        """A whole report."""
        return self.fields("/m/raise") | {
            "at": self.middle(), "category": "0101", "words": "井盖没了，行人要绕着走", "do": "send",
        } | more  # fmt: skip

    def newest(self) -> Ticket:
        with self.city.database.read() as connection:
            row = connection.execute(select(tickets).order_by(tickets.c.id.desc()).limit(1)).one()
        return ticket_from(row)

    def count(self) -> int:
        with self.city.database.read() as connection:
            return connection.scalar(select(func.count()).select_from(tickets)) or 0

    def one(self, state: State, move: str) -> Ticket:
        """A ticket in a state at which this person may make a move."""
        wanted = desk.wanted("all", state.value, 200, 0)
        area = desk.area_of(self.city, self.person, None)
        found, _ = desk.cards(self.city, self.person, area, wanted)
        return next(card.ticket for card in found if move in {m.name for m in card.moves})


def person(city: City, login: str) -> Person:
    with city.database.read() as connection:
        return next(a.person for a in all_accounts(connection) if a.login == login)


@pytest.fixture
def city(own_city: City, monkeypatch: pytest.MonkeyPatch) -> City:
    monkeypatch.setattr(opened, "_here", own_city)
    return own_city


@pytest.fixture
def client(city: City) -> Iterator[TestClient]:
    with client_of(**{"accept-language": "en"}) as client:
        yield client


def picture(size: tuple[int, int] = (800, 600), *, turned: bool = False, kind: str = "JPEG") -> bytes:
    """A photo, red on its left; where it is ``turned`` the camera's notes say so, and where it was taken."""
    image = Image.new("RGB", size, "white")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    out, notes = io.BytesIO(), Image.Exif()
    if turned:
        notes[0x0112] = 6
        notes.get_ifd(0x8825)[2] = (39.0, 51.0, 0.0)
    image.save(out, kind, exif=notes)
    return out.getvalue()


# --- who sees which page ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("login", WORKERS)
def test_every_worker_has_the_pages_of_their_own_area(city: City, client: TestClient, login: str) -> None:
    phone_of = Phone(city, client, login)
    for path in PAGES:
        answer = client.get(path)
        raises = path != "/m/raise" or login != "department"
        assert answer.status_code == (200 if raises else 403), path
        assert len(re.findall(r"<h1\b", answer.text)) == 1 and '<html lang="en">' in answer.text
    home = phone_of.get("/m")
    listed = re.findall(r'href="/m/tickets/([\w-]+)"', home)
    assert listed and all(desk.card(city, phone_of.person, no) for no in listed)
    figures = desk.figures(city, phone_of.person)
    counts = [int(n) for n in re.findall(r"<b>(\d+)</b>", home)]
    assert counts == [figures.open, figures.overdue, figures.due_soon]


def test_the_three_counts_filter_and_pages_turn(city: City, client: TestClient) -> None:
    community = Phone(city, client, "community")
    overdue = desk.figures(city, community.person).overdue
    assert overdue and community.get("/m?only=overdue").count('class="card bad"') == min(overdue, phone.SHOWN)
    first, second = (
        set(re.findall(r'href="(/m/tickets/[^"]+)"', community.get(p))) for p in ("/m", "/m?page=2")
    )
    assert len(first) == phone.SHOWN and second and not first & second
    for strange in ("/m?page=9999", "/m?page=-1", "/m?only=nonsense&page=x"):
        assert 'class="card' in community.get(strange)


@pytest.mark.parametrize(("login", "home"), [("leader", 200), ("planner", 403), ("admin", 403)])
def test_who_raises_nothing_and_sees_less_is_told_so(
    city: City, client: TestClient, login: str, home: int
) -> None:
    Phone(city, client, login)
    assert client.get("/m").status_code == home
    assert client.get("/m/raise").status_code == 403 and client.get("/m/me").status_code == 200
    assert client.post("/m/raise", data={}).status_code == 403


def test_nobody_comes_in_without_a_sign_in(client: TestClient) -> None:
    for path in (*PAGES, "/m/map.svg", "/m/token", "/m/where", "/m/photos/1", "/m/tickets/1"):
        assert client.get(path).status_code == 401
    assert client.get("/m", headers={"accept": "text/html"}).headers["location"] == "/login?next=%2Fm"


def test_a_ticket_of_another_area_is_not_there(city: City, client: TestClient) -> None:
    office, member = person(city, "office"), Phone(city, client, "member")
    found, _ = desk.cards(city, office, desk.area_of(city, office, None), desk.wanted("open", None, 200, 0))
    foreign = next(card.ticket for card in found if desk.card(city, member.person, card.ticket.no) is None)
    for path in (
        f"/m/tickets/{foreign.no}",
        f"/m/tickets/{foreign.no}/accept",
        "/m/tickets/0",
        "/m/tickets/%00",
    ):
        answer = client.get(path)
        assert answer.status_code == 404 and "in your area" in answer.text
    sent = client.post(f"/m/tickets/{foreign.no}/accept", data=member.fields("/m/raise") | {"version": "1"})
    assert sent.status_code == 404


def test_a_leader_reads_facts_and_nobodys_words(city: City, client: TestClient) -> None:
    leader, community = person(city, "leader"), Phone(city, client, "community")
    card = next(c for c in phone.home(city, community.person, "open", 1).cards if c.words)
    assert card.words and card.words.description in community.get(f"/m/tickets/{card.ticket.no}")
    Phone(city, client, "leader")
    page = client.get(f"/m/tickets/{card.ticket.no}").text
    assert card.words.description not in page and desk.card(city, leader, card.ticket.no) is not None


# --- raise -----------------------------------------------------------------------------------------------------


def test_a_report_becomes_a_ticket_with_an_upright_photo_that_tells_no_place(
    city: City, client: TestClient
) -> None:
    member = Phone(city, client, "member")
    sent = client.post(
        "/m/raise", data=member.report(urgent="1"), files={"photo": ("x.txt", picture(turned=True))}
    )
    ticket = member.newest()
    assert (sent.status_code, sent.headers["location"]) == (303, f"/m/tickets/{ticket.no}?did=raised")
    assert (ticket.holder, ticket.urgent, ticket.raised_by) == (member.person.area, True, member.person.id)
    with city.database.read() as connection:
        (number,) = next(iter(photos.photos_of(connection, ticket.id).values()))
        kept = photos.photo(connection, number)
    assert kept is not None and len(kept[1]) <= 400_000
    image = Image.open(io.BytesIO(kept[1]))
    assert (image.size, dict(image.getexif())) == ((600, 800), {}), (
        "it stands, and nothing is written beside it"
    )
    assert image.getpixel((300, 20))[0] > 200 > image.getpixel((300, 20))[1] + 100, "red on top"  # type: ignore[index]
    page = member.get(sent.headers["location"])
    assert "Raise: done." in page and "井盖没了" in page and f"/m/photos/{number}" in page
    small = client.get(f"/m/photos/{number}")
    assert small.headers["content-type"] == "image/jpeg" and len(small.content) < 9_000
    Phone(city, client, "department")
    assert client.get(f"/m/photos/{number}").status_code == 404


def test_the_same_send_twice_is_one_ticket_also_at_once(city: City, client: TestClient) -> None:
    member = Phone(city, client, "member")
    form, before = member.report(), member.count()
    first, second = (client.post("/m/raise", data=form).headers["location"] for _ in range(2))
    assert first == second and member.count() == before + 1
    form = member.report()
    with ThreadPoolExecutor(6) as many:
        told = {
            a.headers["location"] for a in many.map(lambda _: client.post("/m/raise", data=form), range(6))
        }
    assert len(told) == 1 and member.count() == before + 2


def test_two_people_never_share_a_send(city: City, client: TestClient) -> None:
    form = Phone(city, client, "member").report()
    client.post("/m/raise", data=form)
    compound = Phone(city, client, "compound")
    before = compound.count()
    client.post("/m/raise", data=compound.report(once=form["once"]))
    assert compound.count() == before + 1


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"at": ""}, "tap the place"),
        ({"category": ""}, "choose a category"),
        ({"category": "no such"}, "choose a category"),
        ({"words": "  "}, "or take a photo"),
        ({"at": "124.1,39.85"}, "outside your area"),
        ({"at": "900,x"}, "tap the place"),
        ({"at": "", "grid": "no such"}, "choose a grid"),
    ],
)
def test_a_report_that_lacks_something_is_refused_and_keeps_what_was_typed(
    city: City, client: TestClient, change: dict[str, str], why: str
) -> None:
    member = Phone(city, client, "member")
    before, form = member.count(), member.report(address="<门口>") | change
    refused = client.post("/m/raise", data=form)
    assert refused.status_code == 422 and why in refused.text and 'role="alert"' in refused.text
    assert (
        member.count() == before
        and 'value="&lt;门口&gt;"' in refused.text
        and f'value="{form["once"]}"' in refused.text
    )
    if form["words"].strip():
        assert "井盖没了" in refused.text
    told = client.post("/m/raise", data=form, headers={"accept": "application/json"})
    assert told.status_code == 422 and why in told.json()["because"]


def test_what_the_domain_refuses_is_in_the_log(city: City, client: TestClient) -> None:
    member = Phone(city, client, "member")
    client.post("/m/raise", data=member.report(at="124.1,39.85"))
    with city.database.read() as connection:
        facts = connection.scalars(select(events.c.facts).where(events.c.kind == "refused")).all()
    assert any("outside your area" in told and "井盖" not in told for told in facts)


def test_a_photo_may_stand_for_words_but_not_a_file_that_is_none(city: City, client: TestClient) -> None:
    member = Phone(city, client, "member")
    sent = client.post("/m/raise", data=member.report(words=""), files={"photo": picture()})
    assert sent.status_code == 303
    words = desk.words_for(city, member.person, member.newest())
    assert words is not None and words.description == city.category("0101").zh
    before = member.count()
    disguised = ("photo.jpg", b"<svg onload=alert(1)>", "image/jpeg")
    assert "no photo" in client.post("/m/raise", data=member.report(), files={"photo": disguised}).text
    assert (
        client.post("/m/raise", data=member.report(), files={"photo": picture(kind="GIF")}).status_code == 422
    )
    two = client.post("/m/raise", data=member.report(), files=[("photo", picture()), ("photo", picture())])
    assert two.status_code == 413
    large = client.post("/m/raise", data=member.report(), files={"photo": b"x" * 20_100_000})
    assert large.status_code == 413 and member.count() == before


def test_a_forged_form_is_refused_and_shown_again_with_what_was_typed(city: City, client: TestClient) -> None:
    member = Phone(city, client, "member")
    before, form = member.count(), member.report(form_token="made.up.token")
    refused = client.post("/m/raise", data=form)
    assert refused.status_code == 403 and "井盖没了" in refused.text and member.count() == before
    ticket = member.one(State.RAISED, "settle")
    moved = client.post(f"/m/tickets/{ticket.no}/settle", data={"version": "1", "words": "修好了"})
    assert moved.status_code == 403 and "修好了" in moved.text
    foreign = client.post("/m/raise", data=member.report(), headers={"origin": "https://elsewhere.example"})
    assert foreign.status_code == 403


def test_without_a_script_the_map_is_tapped_and_drawn_nearer_and_text_stays(
    city: City, client: TestClient
) -> None:
    community = Phone(city, client, "community")
    frame = phone.own_frame(city, community.person)
    assert frame is not None
    form = community.fields("/m/raise") | {
        "words": "很暗",
        "category": "0101",
        "map.x": "195",
        "map.y": "115",
    }
    tapped = client.post("/m/raise", data=form)
    at = re.search(r'name="at" value="([\d.]+),([\d.]+)"', tapped.text)
    assert tapped.status_code == 200 and at and "In " in tapped.text
    assert "很暗" in tapped.text and re.search(r'value="0101" checked', tapped.text)
    middle = frame.point(0.5, 0.5)
    assert abs(float(at[1]) - middle.lng) < 1e-5 and abs(float(at[2]) - middle.lat) < 1e-5
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', tapped.text))
    assert float(hidden["frame"].split(",")[2]) < frame.high
    wider = client.post("/m/raise", data=form | hidden | {"do": "wider", "map.x": "", "map.y": ""})
    assert wider.status_code == 200 and f'value="{hidden["at"]}"' in wider.text
    del form["map.x"], form["map.y"]
    sent = client.post("/m/raise", data=form | hidden | {"do": "send"})
    assert sent.status_code == 303 and community.newest().point == LngLat(float(at[1]), float(at[2]))


def test_a_grid_or_an_address_stands_for_the_map(city: City, client: TestClient) -> None:
    compound = Phone(city, client, "compound")
    grid = phone.grids_to_choose(city, compound.person)[0]
    assert client.post("/m/raise", data=compound.report(at="", grid=grid.code)).status_code == 303
    assert (compound.newest().point, compound.newest().located.level3) == (None, grid.code)
    assert client.post("/m/raise", data=compound.report(at="", address=grid.name)).status_code == 303
    assert compound.newest().located.level3 == grid.code
    outside = client.post("/m/raise", data=compound.report(at="", address="海星小区"))
    assert outside.status_code == 422
    office = Phone(city, client, "office")
    assert client.post("/m/raise", data=office.report(at="", address="高速路口")).status_code == 303
    assert office.newest().located.grid is None


def test_the_map_of_any_frame_shows_the_ground_and_no_ticket(city: City, client: TestClient) -> None:
    member = Phone(city, client, "member")
    for asked in (
        "",
        "?frame=124.15,39.87,0.01",
        "?frame=nan,1,2",
        "?frame=124.15,39.87,nan",
        "?frame=124.15,39.87,inf",
        "?frame=124,99,1",
        "?frame=x",
        "?frame=124.15,39.87,-5&at=124.15,39.87",
    ):
        answer = client.get(f"/m/map.svg{asked}")
        assert answer.status_code == 200 and answer.text.startswith("<svg") and "data-no" not in answer.text
        assert f'viewBox="0 0 {WIDTH} {HEIGHT}"' in answer.text and "NaN" not in answer.text
    assert "data-no" in member.get("/m")


# --- moves -----------------------------------------------------------------------------------------------------


def test_a_ticket_shows_the_moves_of_the_street_and_they_are_made(city: City, client: TestClient) -> None:
    member = Phone(city, client, "member")
    ticket = member.one(State.RAISED, "settle")
    page = member.get(f"/m/tickets/{ticket.no}")
    assert {"accept", "settle", "hand_up"} <= set(re.findall(rf'href="/m/tickets/{ticket.no}/(\w+)"', page))
    path = f"/m/tickets/{ticket.no}/accept"
    sent = client.post(path, data=member.fields(path) | {"category": ticket.category, "urgent": "1"})
    assert sent.headers["location"] == f"/m/tickets/{ticket.no}?did=accept"
    assert "Accept: done." in member.get(sent.headers["location"])
    path = f"/m/tickets/{ticket.no}/settle"
    form = member.fields(path) | {"words": "已联系物业\r\n当场装好"}
    sent = client.post(path, data=form, files={"photo": picture()})
    assert sent.status_code == 303
    with city.database.read() as connection:
        now = lists.one_ticket(connection, no=ticket.no)
        note = lists.events_of(connection, ticket_stream(ticket.id))[-1][1]
        kept = photos.photos_of(connection, ticket.id)
    assert now is not None and now.urgent and now.state in (State.CLOSED, State.AWAITING_RATING)
    assert note == "已联系物业\n当场装好" and any(move == "settle" for move, _ in kept)


def test_a_department_signs_and_reports(city: City, client: TestClient) -> None:
    community = Phone(city, client, "community")
    ticket = community.one(State.ACCEPTED, "dispatch")
    act(
        city.store, city.rulebook, ticket.id, "dispatch", Given(department="chengguan"),
        version=ticket.version, by=community.person, now=city.now(),
    )  # fmt: skip
    department = Phone(city, client, "department")
    for move, words in (("sign", ""), ("report_done", "换了灯")):
        path = f"/m/tickets/{ticket.no}/{move}"
        sent = client.post(path, data=department.fields(path) | {"words": words})
        assert sent.headers["location"] == f"/m/tickets/{ticket.no}?did={move}"
    with city.database.read() as connection:
        now = lists.one_ticket(connection, no=ticket.no)
    assert now is not None and now.state is State.AWAITING_CHECK


def test_a_move_that_lacks_something_says_so_and_keeps_the_rest(city: City, client: TestClient) -> None:
    member = Phone(city, client, "member")
    ticket = member.one(State.RAISED, "hand_up")
    path = f"/m/tickets/{ticket.no}/settle"
    form = member.fields(path)
    assert "Please write what was done." in client.post(path, data=form).text
    wrong = client.post(path, data=form | {"words": "好了<b>"}, files={"photo": b"nothing"})
    assert wrong.status_code == 422 and "好了&lt;b&gt;" in wrong.text and "no photo" in wrong.text
    for strange in ("sign", "cancel", "nonsense"):
        assert client.get(f"/m/tickets/{ticket.no}/{strange}").status_code in (404, 409)
        assert client.post(f"/m/tickets/{ticket.no}/{strange}", data=form).status_code in (404, 409, 422)


def test_who_comes_second_is_told_who_was_first_and_loses_no_word(city: City, client: TestClient) -> None:
    member = Phone(city, client, "member")
    ticket = member.one(State.RAISED, "hand_up")
    path = f"/m/tickets/{ticket.no}/hand_up"
    form = member.fields(path) | {"words": "我们办不了"}
    act(
        city.store, city.rulebook, ticket.id, "accept", Given(category=ticket.category),
        version=ticket.version, by=Person(77, "", member.person.role, member.person.area), now=city.now(),
    )  # fmt: skip
    second = client.post(path, data=form)
    assert second.status_code == 409 and "acted on this ticket first (Accept)" in second.text
    assert "我们办不了" in second.text and f'name="version" value="{ticket.version + 1}"' in second.text
    told = client.post(path, data=form, headers={"accept": "application/json"})
    assert told.json()["stale"] and "acted on this ticket first" in told.json()["because"]
    gone = client.post(f"/m/tickets/{ticket.no}/accept", data=form)
    assert gone.status_code == 409 and "我们办不了" in gone.text, "the move is over, the words are not"


def test_the_same_move_sent_twice_is_done_once_and_told_as_done(city: City, client: TestClient) -> None:
    member = Phone(city, client, "member")
    ticket = member.one(State.RAISED, "hand_up")
    path = f"/m/tickets/{ticket.no}/hand_up"
    form = member.fields(path) | {"words": "我们办不了"}
    first, second = (client.post(path, data=form) for _ in range(2))
    assert first.status_code == second.status_code == 303
    with city.database.read() as connection:
        told = [event.kind for event, _ in lists.events_of(connection, ticket_stream(ticket.id))]
    assert told.count("hand_up") == 1


# --- inbox ------------------------------------------------------------------------------------------------------


def test_the_inbox_tells_leads_to_tickets_and_forgets_what_is_new(city: City, client: TestClient) -> None:
    Phone(city, client, "member")
    member = person(city, "member")
    with city.store.work() as work:
        ticket = next(iter(phone.home(city, member, "open", 1).cards)).ticket
        for _ in range(inbox.SHOWN + 5):
            work.tell(member.area, "red", at=city.now(), ticket_id=ticket.id)
    assert '<b class="count">99+' in client.get("/m").text
    first = client.get("/m/inbox").text
    assert first.count(f'href="/m/tickets/{ticket.no}"') == inbox.SHOWN and 'class="new"' in first
    assert inbox.unread(city, member) > 0, "what lies below was not seen yet"
    older = re.search(r'href="(/m/inbox\?below=[^"]+)"', first)
    assert older
    assert client.get(older[1].replace("&amp;", "&")).status_code == 200
    assert inbox.unread(city, member) == 0
    client.get("/m/inbox?below=5&newest=99999999")
    with city.store.work() as work:
        work.tell(member.area, "yellow", at=city.now(), ticket_id=ticket.id)
    assert inbox.unread(city, member) == 1, "an address that somebody made up hides nothing"


# --- what a page is made of -------------------------------------------------------------------------------------


@pytest.mark.parametrize("login", WORKERS)
def test_a_first_load_is_less_than_sixty_kilobytes(city: City, client: TestClient, login: str) -> None:
    worker = Phone(city, client, login)
    no = phone.home(city, worker.person, "open", 1).cards[0].ticket.no
    for path in (*PAGES, f"/m/tickets/{no}"):
        page = client.get(path)
        parts = set(re.findall(r'(?:href|src)="(/assets/[^"]+|/m/map[^"]+|/m/photos/\d+)"', page.text))
        sizes = [client.get(part.replace("&amp;", "&")).headers["content-length"] for part in parts]
        assert page.headers["content-encoding"] == "gzip" and len(parts) >= 2
        assert int(page.headers["content-length"]) + sum(map(int, sizes)) < FIRST_LOAD, path


def test_the_pages_run_no_script_of_anybody_else_and_are_kept_nowhere(city: City, client: TestClient) -> None:
    worker = Phone(city, client, "community")
    no = phone.home(city, worker.person, "open", 1).cards[0].ticket.no
    for path in (*PAGES, f"/m/tickets/{no}", "/m/tickets/none"):
        page = client.get(path)
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy and "unsafe" not in policy
        assert (
            page.headers["cache-control"] == "no-store"
            and page.headers["x-content-type-options"] == "nosniff"
        )
        assert not re.search(
            r"<script(?! src=\"/assets/)|\son\w+=|javascript:|style=|https?://(?!www\.w3\.org)", page.text
        )


def test_a_page_speaks_chinese_to_whoever_does(city: City, client: TestClient) -> None:
    Phone(city, client, "member")
    for path, shown in (
        ("/m", "我的网格"),
        ("/m/raise", "提单"),
        ("/m/inbox", "收件箱"),
        ("/m/me", "网格员"),
    ):
        page = client.get(path, headers={"accept-language": "zh-CN"}).text
        assert shown in page and '<html lang="zh">' in page


def test_what_people_wrote_is_escaped_everywhere(city: City, client: TestClient) -> None:
    member = Phone(city, client, "member")
    client.post("/m/raise", data=member.report(words="<script>alert(1)</script>", address='"><img src=x>'))
    no = member.newest().no
    for path in ("/m", f"/m/tickets/{no}", f"/m/tickets/{no}/settle"):
        assert "<script>alert" not in member.get(path) and "<img src=x>" not in member.get(path)


def test_a_sentence_for_one_is_no_secret(city: City, client: TestClient) -> None:
    member = Phone(city, client, "member")
    answer = client.get(f"/m/where?at={member.middle()}").json()
    assert answer["words"].startswith(str(said("In {grid}", grid="")))
    assert client.get("/m/where?at=1,1").json()["words"] and not client.get("/m/where?at=x").json()["words"]

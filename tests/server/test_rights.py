"""Who is answered what over HTTP: every address of the server × everybody who may come × their own area and another.

The table is told as plain rows. A route without a row fails the test, and so does a row without a route. To add a route:
one row in ``ROWS``, with the answers of those whose answer is not the ordinary one.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import select, update
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from city import opened, signed_in, tiles, walls
from city.draft_map import coded_units
from city.form_tokens import token_for
from city.frontline import assessed, places
from city.opened import City
from city.settings import Settings
from domain.actions.assessment import make_links
from domain.frontline import records
from domain.frontline.organisation import Entry
from domain.frontline.pledges import Order, Service, Sort
from domain.frontline.records import Beside
from domain.grids import CITY, Level
from domain.links import hash_of
from domain.people import RESIDENT, Person
from server.live import HIDDEN
from server.routes import MIDDLEWARE, ROUTES
from server.turnstile import Turnstile
from storage import lists
from storage.frontline.records import those
from storage.people import open_session
from storage.schema import accounts, sessions
from tests.areas import MARK, ROLES, Spot, everybody, mark, picture, two_areas
from tests.conftest import CityAtNoon, sqlite_url

# --- who may come -----------------------------------------------------------------------------------------------

STRANGERS = ("nobody", "forged", "expired", "disabled", "revoked_wall")
"""Who must be taken for somebody who did not sign in."""

WORKERS = "street office community compound member department"
"""Those who work on the ticket that lies in the member's grid and was dispatched to the department."""


RAISERS = "street office community compound member"

VISITORS = "community compound member"


# --- where they look --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Town:
    """The demo city with somebody's own area and a foreign one."""

    city: City
    own: Spot
    other: Spot
    cookies: Mapping[str, dict[str, str]]
    people: Mapping[str, Person]
    link: str
    """The secret of a link of the assessment that nobody has used."""
    order: str
    """The secret of the link of an order that waits in the own area."""


# --- the table --------------------------------------------------------------------------------------------------

Address = Callable[[Town, Spot], str]


@dataclass(frozen=True)
class Row:
    """What a route answers: by status, who gets it, in their own area and in another; ``open``: also to strangers."""

    at: Address
    own: Mapping[int, str]
    other: Mapping[int, str] | None = None
    open: bool = False
    sends: Mapping[str, str] = field(default_factory=dict)


def all_alike(status: int) -> dict[int, str]:
    return {status: " ".join(("wall", *ROLES))}


def fixed(path: str) -> Address:
    return lambda _town, _spot: path


ROWS: Mapping[str, Row] = {
    "GET /healthz": Row(fixed("/healthz"), all_alike(200), open=True),
    # To this machine alone, or with a token: none of these.
    "GET /metrics": Row(fixed("/metrics"), all_alike(403), open=True),
    "GET /login": Row(fixed("/login"), all_alike(200), open=True),
    "POST /login": Row(fixed("/login"), all_alike(401), open=True, sends={"login": "{n}", "password": "wrong"}),
    "GET /login/lang/{lang}": Row(fixed("/login/lang/en"), all_alike(303), open=True),
    "GET /logout": Row(fixed("/logout"), all_alike(303), open=True),
    "POST /logout": Row(fixed("/logout"), all_alike(303), open=True),
    "GET /account": Row(fixed("/account"), {200: " ".join(ROLES), 403: "wall"}),
    "GET /account/password": Row(fixed("/account/password"), {200: " ".join(ROLES), 403: "wall"}),
    "POST /account/password": Row(
        fixed("/account/password"), {422: " ".join(ROLES), 403: "wall"},
        sends={"form_token": "{form_token}", "old": "x", "new": "one new password", "again": "another"},
    ),
    # Whoever brings no token of a form that was shown signs nobody out.
    "POST /account/out": Row(fixed("/account/out"), all_alike(403)),
    "GET /assets/{digest}/{name}": Row(lambda town, _: asset_of(town), all_alike(200)),
    "GET /geo/{hash}": Row(lambda town, _: f"/geo/{town.city.ground.coded_base.hash}", all_alike(200)),
    "GET /tiles/{ground}": Row(lambda town, _: tiles_of(town), all_alike(200)),
    "GET /tiles/{ground}/{zoom:int}/{bundle:int}": Row(lambda town, _: f"{tiles_of(town)}/14/0", all_alike(200)),
    # What planners draw on, and what they drew.
    "GET /geo/units/{hash}": Row(
        lambda town, _: f"/geo/units/{coded_units(town.city).hash}",
        {200: "leader planner", 403: "street office community compound member department admin wall"},
    ),
    "GET /live/draft/{plan}": Row(
        lambda town, _: f"/live/draft/{plan_of(town)}",
        {200: "leader planner", 403: "street office community compound member department admin wall"},
    ),
    "GET /photos/{id}": Row(
        lambda _, spot: f"/photos/{spot.photo}",
        own={200: WORKERS, 403: "leader planner admin wall"},
        other={200: "office", 404: "street community compound member department", 403: "leader planner admin wall"},
    ),
    "GET /receipts/{id}": Row(
        lambda town, spot: f"/receipts/{receipt_in(town, spot)}",
        own={200: "leader street office community compound", 403: "member department planner admin wall"},
        other={200: "leader office", 404: "street community compound", 403: "member department planner admin wall"},
    ),
    "GET /live/loads": Row(fixed("/live/loads?level=3"), all_alike(200)),
    "GET /live/figures": Row(fixed("/live/figures"), {200: " ".join(ROLES), 403: "wall"}),
    "GET /live/spots": Row(fixed("/live/spots?by=visits&box=124,39,125,41"), all_alike(200)),
    "GET /slips/{no}/rating-qr": Row(
        lambda _, spot: f"/slips/{spot.waiting}/rating-qr",
        own={200: "street community member", 409: "office compound department", 403: "leader planner admin wall"},
        other={409: "office", 404: "street community compound member department", 403: "leader planner admin wall"},
    ),
    "GET /slips/{no}/{kind}.docx": Row(
        lambda _, spot: f"/slips/{spot.no}/assignment.docx",
        own={200: WORKERS, 403: "leader planner admin wall"},
        other={200: "office", 404: "street community compound member department", 403: "leader planner admin wall"},
    ),
    "GET /slips/{no}/{kind}": Row(
        lambda _, spot: f"/slips/{spot.no}/assignment",
        own={200: WORKERS, 403: "leader planner admin wall"},
        other={200: "office", 404: "street community compound member department", 403: "leader planner admin wall"},
    ),
    # The telephone: what the desk shows, in small.
    "GET /m": Row(fixed("/m"), {200: f"leader {WORKERS}", 403: "planner admin wall"}),
    "GET /m/raise": Row(fixed("/m/raise"), {200: RAISERS, 403: "leader department planner admin wall"}),
    "POST /m/raise": Row(
        fixed("/m/raise"),
        own={303: RAISERS, 403: "leader department planner admin wall"},
        other={303: "office", 422: "street community compound member", 403: "leader department planner admin wall"},
        sends={"form_token": "{form_token}", "at": "{at}", "category": "0101", "words": "a lamp", "once": "{n}"},
    ),
    "GET /m/where": Row(lambda _, spot: f"/m/where?at={spot.at}", {200: " ".join(ROLES), 403: "wall"}),
    "GET /m/map.svg": Row(fixed("/m/map.svg"), {200: " ".join(ROLES), 403: "wall"}),
    "GET /m/token": Row(fixed("/m/token"), {200: " ".join(ROLES), 403: "wall"}),
    "GET /m/tickets/{no}": Row(
        lambda _, spot: f"/m/tickets/{spot.no}",
        own={200: f"leader {WORKERS}", 404: "planner admin", 403: "wall"},
        other={200: "leader office", 404: "street community compound member department planner admin", 403: "wall"},
    ),
    "GET /m/tickets/{no}/{move}": Row(
        lambda _, spot: f"/m/tickets/{spot.no}/report_done",
        own={200: "department", 409: "leader street office community compound member", 404: "planner admin", 403: "wall"},
        other={409: "leader office", 404: "street community compound member department planner admin", 403: "wall"},
    ),
    "POST /m/tickets/{no}/{move}": Row(
        lambda _, spot: f"/m/tickets/{spot.no}/report_done",
        own={422: f"leader {WORKERS}", 404: "planner admin", 403: "wall"},
        other={422: "leader office", 404: "street community compound member department planner admin", 403: "wall"},
        sends={"form_token": "{form_token}", "version": "{version}", "words": ""},
    ),
    "GET /m/photos/{id}": Row(
        lambda _, spot: f"/m/photos/{spot.photo}",
        own={200: WORKERS, 404: "leader planner admin", 403: "wall"},
        other={200: "office", 404: "leader street community compound member department planner admin", 403: "wall"},
    ),
    "GET /m/visits": Row(fixed("/m/visits"), {200: VISITORS, 403: "leader street office department planner admin wall"}),
    "POST /m/visits": Row(
        fixed("/m/visits"), {200: VISITORS, 403: "leader street office department planner admin wall"},
        sends={"form_token": "{form_token}", "at": "124.1,39.8"},
    ),
    "GET /m/visits/{building}": Row(
        lambda town, spot: f"/m/visits/{door_in(town, spot)}",
        own={200: VISITORS, 403: "leader street office department planner admin wall"},
        other={404: VISITORS, 403: "leader street office department planner admin wall"},
    ),
    "POST /m/visits/{building}": Row(
        lambda town, spot: f"/m/visits/{door_in(town, spot)}",
        own={303: VISITORS, 403: "leader street office department planner admin wall"},
        other={404: VISITORS, 403: "leader street office department planner admin wall"},
        sends={"form_token": "{form_token}", "learned": "well"},
    ),
    "GET /m/orders": Row(fixed("/m/orders"), {200: VISITORS, 403: "leader street office department planner admin wall"}),
    "GET /m/orders/{id}": Row(
        lambda town, spot: f"/m/orders/{order_in(town, spot)}",
        own={200: VISITORS, 403: "leader street office department planner admin wall"},
        other={404: VISITORS, 403: "leader street office department planner admin wall"},
    ),
    "POST /m/orders/{id}": Row(
        lambda town, spot: f"/m/orders/{order_in(town, spot)}",
        own={200: VISITORS, 403: "leader street office department planner admin wall"},
        other={404: VISITORS, 403: "leader street office department planner admin wall"},
        sends={"form_token": "{form_token}", "do": "phone"},
    ),
    "GET /m/inbox": Row(fixed("/m/inbox"), {200: " ".join(ROLES), 403: "wall"}),
    "GET /m/me": Row(fixed("/m/me"), {200: " ".join(ROLES), 403: "wall"}),
    # The wall: its link opens it, its page asks for aggregates.
    "GET /wall": Row(fixed("/wall"), {303: "wall", 404: " ".join(ROLES)}, open=True),
    "GET /wall/{token}": Row(fixed("/wall/no-such-link"), all_alike(404), open=True),
    "GET /live/wall": Row(
        lambda _, spot: f"/live/wall?area={spot.community}",
        own={200: "wall leader street office community planner admin", 403: "compound member department"},
        other={200: "wall leader street office community planner admin", 403: "compound member department"},
    ),
    "GET /live/replay": Row(
        lambda _, spot: f"/live/replay?within={spot.community}",
        own={200: "wall leader street office community planner admin", 403: "compound member department"},
        other={200: "leader office planner admin", 403: "wall street community compound member department"},
    ),
    # What is posted of every grid, and a resident's report: for everybody.
    "GET /public/grids": Row(fixed("/public/grids"), all_alike(200), open=True),
    "POST /public/grids": Row(
        fixed("/public/grids"), all_alike(200), open=True, sends={"form_token": "{form_token}", "words": "1"}
    ),
    "GET /public/grids/{code:path}": Row(lambda _, spot: f"/public/grids/{spot.grid}", all_alike(200), open=True),
    "GET /public/grids/{code:path}/poster": Row(
        lambda _, spot: f"/public/grids/{spot.grid}/poster", all_alike(200), open=True
    ),
    "GET /public/grids/{code:path}/photo": Row(
        lambda _, spot: f"/public/grids/{spot.grid}/photo", all_alike(404), open=True
    ),
    "GET /public/map/{window:path}": Row(lambda _, spot: f"/public/map/{spot.grid}", all_alike(200), open=True),
    "GET /public/report": Row(fixed("/public/report"), all_alike(200), open=True),
    "POST /public/report": Row(
        fixed("/public/report"), all_alike(422), open=True, sends={"form_token": "{form_token}", "go": "send"}
    ),
    "GET /public/ticket/{token}": Row(lambda _, spot: f"/public/ticket/{spot.followed}", all_alike(200), open=True),
    "GET /public/ticket/{token}/sent": Row(
        lambda _, spot: f"/public/ticket/{spot.followed}/sent", all_alike(200), open=True
    ),
    # Residents: by a link, without signing in.
    "GET /public/rate/{token}": Row(lambda _, spot: f"/public/rate/{spot.token}", all_alike(200), open=True),
    "POST /public/rate/{token}": Row(lambda _, spot: f"/public/rate/{spot.token}", all_alike(422), open=True),
    "GET /public/order": Row(lambda _, spot: f"/public/order?grid={spot.grid}", all_alike(200), open=True),
    "POST /public/order": Row(
        fixed("/public/order"), all_alike(422), open=True, sends={"form_token": "{form_token}", "go": "send"}
    ),
    "GET /public/order/{token}": Row(lambda town, _: f"/public/order/{town.order}", all_alike(200), open=True),
    "POST /public/order/{token}": Row(
        lambda town, _: f"/public/order/{town.order}", all_alike(422), open=True,
        sends={"form_token": "{form_token}", "do": "rate"},
    ),
    "GET /public/assess/{token}": Row(lambda town, _: f"/public/assess/{town.link}", all_alike(200), open=True),
    "POST /public/assess/{token}": Row(lambda town, _: f"/public/assess/{town.link}", all_alike(422), open=True),
    # Beneath an open address stands nothing else.
    "GET /login/{rest:path}": Row(fixed("/login/_stcore/health"), all_alike(404), open=True),
    "GET /public/{rest:path}": Row(fixed("/public/_stcore/health"), all_alike(404), open=True),
    "GET /wall/{rest:path}": Row(fixed("/wall/_stcore/health"), all_alike(404), open=True),
    # The sign-in service of a city, where one is set: here none is.
    "GET /oidc/login": Row(fixed("/oidc/login"), all_alike(404), open=True),
    "GET /oidc/callback": Row(fixed("/oidc/callback"), all_alike(404), open=True),
}  # fmt: skip
"""Strangers are answered 401, or 303 to the sign-in where a page was wanted, unless a row is open."""


def door_in(town: Town, spot: Spot) -> str:
    """A building of a spot's grid."""
    return places.buildings(town.city).by_grid[spot.grid][0].code


def order_in(town: Town, spot: Spot) -> int:
    """An order of a spot's grid."""
    known = hash_of(ordered_in(town.city, spot.grid))
    with town.city.database.read() as connection:
        (found,) = those(connection, Order, link=known)
    return found.id


def ordered_in(city: City, grid: str) -> str:
    """The secret of an order's link; the same for the same grid."""
    link = f"order-of-{grid}".ljust(40, "x")
    service = Service(grid=grid, sort=Sort.REPAIR, title="家电维修", provider="红管家")
    with city.store.work() as work:
        if not work.records.those(Order, link=hash_of(link)):
            kept = records.add(work, service, "listed", by=RESIDENT, now=city.now())
            order = Order(
                service_id=kept.id, grid=grid, sort=kept.sort, ordered_at=city.now(), link=hash_of(link)
            )
            records.add(
                work, order, "ordered", by=RESIDENT, now=city.now(), beside=Beside("", "", "000-0000-0001")
            )
    return link


def receipt_in(town: Town, spot: Spot) -> int:
    """A spending of the branch of a spot's compound, with its receipt."""
    with town.city.database.read() as connection:
        return next(entry.id for entry in those(connection, Entry, grid=spot.compound, has_receipt=True))


def asset_of(town: Town) -> str:
    from city.assets import addresses

    return next(iter(addresses().values()))


def tiles_of(town: Town) -> str:
    """The index of a level in bundles; a small city has none unless it is made."""
    tiles.ensure_level(town.city, Level.COMMUNITY)
    return tiles.address(town.city.ground.contents[Level.COMMUNITY])


def plan_of(town: Town) -> int:
    assert town.city.ground.plan
    return town.city.ground.plan.id


def routes() -> set[str]:
    return {
        f"{method} {route.path}"
        for route in ROUTES
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }


def test_every_route_of_the_server_has_its_row_and_every_row_its_route() -> None:
    assert all(isinstance(route, Route) for route in ROUTES), "a mount would hide what lies beneath it"
    assert routes() == set(ROWS)


def test_every_row_names_everybody_once() -> None:
    for name, row in ROWS.items():
        for answers in (row.own, row.other or row.own):
            named = [who for those in answers.values() for who in those.split()]
            assert sorted(named) == sorted(("wall", *ROLES)), name


# --- the demo city, prepared --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def town(demo_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    file = tmp_path_factory.mktemp("rights") / "city.db"
    shutil.copy(demo_file, file)
    city = CityAtNoon(Settings(database_url=sqlite_url(file)))
    people = everybody(city)
    own, other = two_areas(city, people)
    (link,) = link_of(city, people["community"])
    order = ordered_in(city, own.grid)
    yield Town(city, own, other, cookies(city, people), people, link, order)
    city.database.close()


def link_of(city: City, community: Person) -> list[str]:
    round_ = assessed.rounds(city)[0]
    return make_links(city.store, city.rulebook, round_.id, community.area, 1, by=community, now=city.now())


def cookies(city: City, people: Mapping[str, Person]) -> dict[str, dict[str, str]]:
    """What each of them brings."""
    now = city.now()
    with city.database.write() as connection:
        brought = {login: {signed_in.COOKIE: open_session(connection, people[login], now)} for login in ROLES}
        late = open_session(connection, people["office"], now)
        gone = open_session(connection, people["d-gongan"], now)
        newest = select(sessions.c.token_hash).order_by(sessions.c.created_at.desc())
        expired = hashed(late)
        assert expired in set(connection.scalars(newest))
        connection.execute(
            update(sessions)
            .where(sessions.c.token_hash == expired)
            .values(expires_at=now - timedelta(seconds=1))
        )
        connection.execute(
            update(accounts).where(accounts.c.id == people["d-gongan"].id).values(disabled=True)
        )
        old = open_session(connection, people["d-jiaotong"], now)
        changing = update(accounts).where(accounts.c.id == people["d-jiaotong"].id)
        connection.execute(changing.values(must_change=True))
    wall, dark = walls.add_wall(city, "hall", people["community"].area), walls.add_wall(city, "old", CITY)
    walls.revoke_wall(city, walls.all_walls(city)[-1].id)
    return brought | {
        "nobody": {},
        "forged": {signed_in.COOKIE: "made-up", walls.COOKIE: "made-up-too"},
        "expired": {signed_in.COOKIE: late},
        "disabled": {signed_in.COOKIE: gone},
        "old_password": {signed_in.COOKIE: old},
        "wall": {walls.COOKIE: wall},
        "revoked_wall": {walls.COOKIE: dark},
    }


def hashed(token: str) -> str:
    import hashlib

    return hashlib.sha256(token.encode()).hexdigest()


@pytest.fixture
def client(town: Town, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(opened, "_here", town.city)
    # How often somebody may come is another matter.
    monkeypatch.setattr(Turnstile, "lets", lambda _self, _address, _at: True)

    async def behind(_request: object) -> PlainTextResponse:
        return PlainTextResponse("what Streamlit would say")

    app = Starlette(routes=[*ROUTES, Route("/{path:path}", behind)], middleware=MIDDLEWARE)
    yield TestClient(app, base_url="http://testserver", follow_redirects=False)


SENDS = count(1)


def version_of(city: City, no: str) -> int:
    with city.database.read() as connection:
        found = lists.one_ticket(connection, no=no)
    assert found
    return found.version


def answered(
    client: TestClient, town: Town, who: str, name: str, row: Row, spot: Spot, **headers: str
) -> int:
    method, _ = name.split(" ", 1)
    client.cookies.clear()
    for cookie, value in town.cookies[who].items():
        client.cookies.set(cookie, value)
    if name.endswith(" /logout") and who in ROLES:
        # Whoever leaves here is still needed in the next cell.
        with town.city.database.write() as connection:
            client.cookies.set(signed_in.COOKIE, open_session(connection, town.people[who], town.city.now()))
    known = {
        "{n}": str(next(SENDS)), "{at}": spot.at, "{version}": str(version_of(town.city, spot.no)),
        "{form_token}": token_for(town.city, town.cookies[who].get(signed_in.COOKIE)),
    }  # fmt: skip
    sent = {name: known.get(text, text) for name, text in row.sends.items()}
    answer = client.request(method, row.at(town, spot), data=sent or None, headers=headers)
    return answer.status_code


# --- every cell ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(ROWS))
def test_everybody_is_answered_as_the_table_says_in_their_own_area_and_in_another(
    client: TestClient, town: Town, name: str
) -> None:
    row = ROWS[name]
    for spot, answers in ((town.own, row.own), (town.other, row.other or row.own)):
        found = {who: answered(client, town, who, name, row, spot) for who in ("wall", *ROLES)}
        assert found == {who: status for status, those in answers.items() for who in those.split()}


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if not row.open])
@pytest.mark.parametrize("who", STRANGERS)
def test_strangers_are_sent_to_sign_in(client: TestClient, town: Town, name: str, who: str) -> None:
    row = ROWS[name]
    assert answered(client, town, who, name, row, town.own) == 401
    if name.startswith("GET "):
        assert answered(client, town, who, name, row, town.own, accept="text/html") == 303


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if not row.open])
def test_whoever_must_change_the_password_goes_nowhere_before(
    client: TestClient, town: Town, name: str
) -> None:
    row, alone = ROWS[name], name.endswith(" /account/password")
    assert (answered(client, town, "old_password", name, row, town.own) == 403) is not alone
    if name.startswith("GET ") and not alone:
        assert answered(client, town, "old_password", name, row, town.own, accept="text/html") == 303


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.open])
@pytest.mark.parametrize("who", STRANGERS)
def test_what_is_open_is_open_to_strangers_as_to_everybody(
    client: TestClient, town: Town, name: str, who: str
) -> None:
    row = ROWS[name]
    found = answered(client, town, who, name, row, town.own)
    assert found in row.own and "planner" in row.own[found]


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"])
def test_no_other_method_opens_what_is_closed(client: TestClient, town: Town, method: str) -> None:
    for name, row in ROWS.items():
        client.cookies.clear()
        if not row.open:
            assert client.request(method, row.at(town, town.own)).status_code == 401, name


def test_no_way_of_writing_an_address_opens_what_is_closed(client: TestClient, town: Town) -> None:
    """Dots, slashes, capitals and percent signs: an open beginning opens nothing of another place."""
    closed = (
        f"/photos/{town.own.photo}",
        f"/slips/{town.own.no}/assignment",
        "/live/loads",
        "/_stcore/stream",
    )
    for path in closed:
        for front in (
            "/public/..",
            "/login/..",
            "/wall/..",
            "/public/%2e%2e",
            "/healthz/..",
            "//",
            "/./",
            "/PUBLIC/..",
        ):
            answer = client.get(front + path)
            assert town.own.no not in answer.text and answer.content != picture(), front + path


# --- what stands in the answers -------------------------------------------------------------------------------------


def test_the_map_gets_counts_of_ones_own_area_alone(client: TestClient, town: Town) -> None:
    structure = town.city.ground.structure
    grids = structure.at_level(Level.BUILDING)
    area = {login: town.people[login].area for login in ROLES} | {"wall": town.people["community"].area}
    for who in ("wall", *ROLES):
        client.cookies.clear()
        for cookie, value in town.cookies[who].items():
            client.cookies.set(cookie, value)
        classes = client.get("/live/loads?level=3").text.split("\n")[1]
        everywhere = area[who] == CITY or who == "department"
        assert [digit != HIDDEN for digit in classes] == [
            everywhere or structure.within(grid.code, area[who]) for grid in grids
        ], who


def test_a_wall_of_one_area_shows_no_other(client: TestClient, town: Town) -> None:
    client.cookies.set(walls.COOKIE, town.cookies["wall"][walls.COOKIE])
    mine, foreign = (
        client.get(f"/live/wall?area={spot.community}&level=3") for spot in (town.own, town.other)
    )
    assert mine.json() == foreign.json()
    assert town.other.community not in mine.text


# --- nobody's words in what everybody gets ------------------------------------------------------------------------


@pytest.fixture
def marked(town: Town) -> Town:
    """Every personal field of the database holds a word that stands nowhere else."""
    mark(town.city)
    return town


@pytest.mark.parametrize("who", ["leader", "planner", "admin", "wall", "nobody"])
def test_nobodys_words_are_in_what_leaders_planners_administrators_walls_and_strangers_get(
    client: TestClient, marked: Town, who: str
) -> None:
    client.cookies.clear()
    for cookie, value in marked.cookies[who].items():
        client.cookies.set(cookie, value)
    paths = [row.at(marked, spot) for row in ROWS.values() for spot in (marked.own, marked.other)]
    paths = [*paths, "/", "/?level=3", *(f"/live/loads?level={n}" for n in (1, 2, 3)), "/live/wall"]
    for path in (path for path in paths if not path.startswith("/logout")):
        answer = client.get(path)
        assert MARK.encode() not in answer.content and MARK not in str(answer.headers), path


@pytest.mark.parametrize("who", [who for who in WORKERS.split() if who != "office"])
def test_nobodys_words_of_another_area_are_in_what_those_who_work_elsewhere_get(
    client: TestClient, marked: Town, who: str
) -> None:
    client.cookies.set(signed_in.COOKIE, marked.cookies[who][signed_in.COOKIE])
    paths = {row.at(marked, marked.other) for row in ROWS.values() if row.other}
    for path in paths:
        answer = client.get(path)
        assert MARK.encode() not in answer.content and MARK not in str(answer.headers), path
    assert MARK.encode() in client.get(f"/m/tickets/{marked.own.no}").content


@pytest.mark.parametrize("who", ROLES)
def test_no_map_payload_and_no_address_holds_anybodys_words(
    client: TestClient, marked: Town, who: str
) -> None:
    client.cookies.set(signed_in.COOKIE, marked.cookies[who][signed_in.COOKIE])
    ground = marked.city.ground
    coded = (*ground.coded_levels.values(), ground.coded_base)
    for path in (
        "/",
        "/live/wall",
        *(f"/live/loads?level={n}" for n in (1, 2, 3)),
        *(f"/geo/{c.hash}" for c in coded),
    ):
        assert MARK.encode() not in client.get(path).content, path

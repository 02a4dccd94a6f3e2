"""Every page there is, in a real browser: it asks nobody outside, keeps to its policy, breaks nowhere, can be used by
people who do not see or point, and speaks one language.

The table is told as plain rows. A route or a place without a row fails the test. To add a page: one row in ``PAGES``.
"""

from __future__ import annotations

import re
import shutil
import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, Page
from sqlalchemy import Connection, select, update
from starlette.routing import Route as Address

from city import drafts, planning, walls
from city.frontline import assessed, needed, places
from city.opened import City
from city.settings import HOME, Settings
from city.signed_in import COOKIE
from domain.actions.assessment import make_links
from domain.actions.pledges import place_order
from domain.frontline.records import Beside
from domain.grids import CITY
from domain.people import Person
from domain.plans.commands import Merge
from server.routes import ROUTES
from setup_steps.words import known
from storage import report_links
from storage.people import open_session
from storage.schema import accounts, ratings, tickets
from tests.areas import ROLES, everybody, two_areas
from tests.browser.conftest import note_strangers, start
from tests.conftest import sqlite_url
from views.navigation import PLACES

pytestmark = [pytest.mark.browser, pytest.mark.slow]
AXE = HOME / "node_modules" / "axe-core" / "axe.min.js"
DESK, PHONE, WALL = (1440, 900), (390, 844), (1920, 1080)
BOTH = ("zh", "en")
OLD_PASSWORD = "d-jiaotong"
"""Whose password must be changed before anything else."""


# --- the table --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One page: which route answers it, where it lies, who opens it, what shows that it is there."""

    route: str
    at: str
    who: str = ""
    seen: str = "main"
    status: int = 200
    size: tuple[int, int] = PHONE
    langs: tuple[str, ...] = BOTH
    does: Callable[[Page], None] | None = None


def desk(at: str, who: str, seen: str, *langs: str, does: Callable[[Page], None] | None = None) -> Row:
    """A page that Streamlit draws."""
    return Row("/", at, who, seen, size=DESK, langs=langs or BOTH, does=does)


def presses(selector: str) -> Callable[[Page], None]:
    return lambda page: page.locator(selector).last.click()


def signs_in_wrongly(page: Page) -> None:
    page.fill("#login", "nobody")
    page.fill("#password", "wrong")
    page.click("main button")


def changes_wrongly(page: Page) -> None:
    for name, typed in (("old", "wrong"), ("new", "one new password"), ("again", "another password")):
        page.fill(f"[name={name}]", typed)
    page.locator("form:has([name=new]) button").click()


def asks_for_the_keys(page: Page) -> None:
    page.wait_for_selector(MAP)
    page.keyboard.press("?")


def draws(kind: str, mode: str) -> Callable[[Page], None]:
    """Something is drawn over a building grid on the planner's map: a click on it, or a line through its middle."""

    def act(page: Page) -> None:
        page.wait_for_function(AT_HAND, timeout=40_000)
        frame = next(each for each in frames(page) if each.evaluate("!!(window.redgrid && redgrid.draw)"))
        frame.evaluate(OVER_A_GRID, [kind, mode])

    return act


AT_HAND = """() => [...document.querySelectorAll("iframe")].some((each) => {
  const map = each.contentWindow.redgrid;
  return map && map.draw && map.ready;
})"""
OVER_A_GRID = """([kind, mode]) => {
  const { draft, ground } = redgrid.drawing.state, grid = draft.grids.find((each) => each.level === 3);
  const at = ground.units.filter((unit) => draft.at[3][unit.n] === grid.n && unit.households).map((unit) => redgrid.placeOf(unit.code));
  const [west, south] = [0, 1].map((n) => Math.min(...at.map((each) => each[n]))), [east, north] = [0, 1].map((n) => Math.max(...at.map((each) => each[n])));
  const x = (west + east) / 2, y = (south + north) / 2;
  redgrid.setMode(mode);
  redgrid.look(grid.code);
  redgrid.draw("click", [at[0]]);
  const across = east - west > north - south ? [[x, south - 0.003], [x, north + 0.003]] : [[west - 0.003, y], [east + 0.003, y]];
  if (kind === "line") setTimeout(() => redgrid.draw("line", across), 2000);
}"""


def follows_without_words(page: Page) -> None:
    """A need is entered in its list without a word of what is needed."""
    page.locator("[name=learned][value=hardship]").check()
    page.locator("[name=follows][value=listed]").check()
    page.locator(".bar .primary").click()


def begins_where_it_stands(page: Page) -> None:
    """What the script does once the phone told where it is."""
    page.evaluate("""() => {
      const ask = document.querySelector("[data-from-here]");
      ask.elements.at.value = "124.15,39.87";
      ask.submit();
    }""")


MAP, NAV = ".st-key-map iframe", ".st-key-nav button"
PREVIEW, PICKED, STEP, AWAY = ".st-key-preview", ".rg-picked", "[data-testid=stForm]", ".st-key-on-table"

PAGES: Mapping[str, Row] = {
    # The desk, of each role; in the other language for one of them.
    "desk of the leader": desk("/", "leader", MAP, "zh"),
    "desk of the street": desk("/", "street", MAP, "zh"),
    "desk of the office": desk("/", "office", MAP),
    "desk of the community": desk("/", "community", MAP, "zh"),
    "desk of the compound": desk("/", "compound", MAP, "zh"),
    "desk of the member": desk("/", "member", MAP, "zh"),
    "desk of the department": desk("/", "department", MAP, "zh"),
    "desk of the planner": desk("/", "planner", MAP, "zh"),
    "desk of the administrator": desk("/", "admin", MAP, "zh"),
    "desk of a grid": desk("/?level=3&grid={grid}", "community", f"{MAP}, .rg-unit", "zh"),
    "desk as a table": desk("/?as=table", "office", ".rg-grids"),
    "desk, raising": desk("/", "community", ".st-key-raising", does=presses(".st-key-raise button")),
    "desk, its keys": desk("/", "office", ".rg-keys[open]", "zh", does=asks_for_the_keys),
    "desk, saved views": desk("/", "office", "[role=dialog]", "zh", does=presses(".st-key-saved button:visible")),
    "desk filtered": desk("/?source=resident", "community", MAP, "zh"),
    "desk in figures of outcomes": desk("/?measure=on_time", "leader", MAP, "zh"),
    "ticket": desk("/?ticket={no}", "community", ".rg-story"),
    "ticket of a department": desk("/?ticket={no}", "department", ".rg-story", "zh"),
    "ticket, a move": desk("/?ticket={no}", "department", "[role=dialog]", does=presses(".rg-card .moves button")),
    "ticket that waits for its rating": desk("/?ticket={waiting}", "member", ".rg-story", "zh"),
    "ticket that is none": desk("/?ticket=RG-0", "office", NAV, "zh"),
    # The places beside it.
    "inbox": desk("/?view=inbox", "community", ".rg-told"),
    "meetings": desk("/?view=meetings", "community", NAV),
    "meetings, calendar": desk("/?view=meetings&section=calendar", "community", ".rg-calendar", "zh"),
    "figures": desk("/?view=figures", "leader", ".st-key-downloads"),
    "plans": desk("/?view=planner", "planner", MAP),
    "plans, of a leader": desk("/?view=planner&plan={draft}&do=draw", "leader", MAP, "zh"),
    "plans, a selection": desk("/?view=planner&plan={draft}&do=draw", "planner", PICKED, "en", does=draws("click", "unit")),
    "plans, both sides of a line": desk("/?view=planner&plan={draft}&do=draw", "planner", PREVIEW, "zh", does=draws("line", "grid")),
    "plans, a selection of a leader": desk("/?view=planner&plan={draft}", "leader", PICKED, "zh", does=draws("click", "grid")),
    "plans, a new draft": desk("/?view=planner&plan={draft}", "planner", "[role=dialog]", "en", does=presses(".st-key-new-draft button")),
    "plans, foreseen": desk("/?view=planner&plan={draft}&do=foresee", "planner", ".rg-foresee", "en"),
    "plans, foreseen by a leader": desk("/?view=planner&plan={draft}&do=foresee", "leader", ".rg-foresee", "zh"),
    "plans, proposing": desk("/?view=planner&plan={draft}&do=propose", "planner", AWAY, "zh"),
    "plans, before review": desk("/?view=planner&plan={draft}&do=review", "planner", STEP, "en"),
    "plans, before review, of a leader": desk("/?view=planner&plan={draft}&do=review", "leader", MAP, "zh"),
    "plans, in review": desk("/?view=planner&plan={reviewed}&do=review", "leader", STEP, "en"),
    "plans, in review, of who drew it": desk("/?view=planner&plan={reviewed}&do=review", "planner", STEP, "zh"),
    "plans, approved": desk("/?view=planner&plan={approved}&do=review", "planner", STEP, "zh"),
    "plans, in force": desk("/?view=planner&plan=1&do=review", "leader", MAP, "zh"),
    "plans, files": desk("/?view=planner&plan={draft}&do=files", "planner", ".st-key-plan-files", "en"),
    "plans, files for a leader": desk("/?view=planner&plan={draft}&do=files", "leader", ".st-key-plan-files", "zh"),
    "grid work": desk("/?view=work", "community", ".st-key-work-visits .rg-list"),
    "grid work, visits of a city": desk("/?view=work&part=visits", "leader", ".st-key-work-visits .rg-list", "zh"),
    "grid work, needs": desk("/?view=work&part=needs", "community", ".st-key-work-needs .rg-list"),
    "grid work, needs for a department": desk("/?view=work&part=needs", "department", ".st-key-work-needs .rg-list", "zh"),
    "grid work, orders": desk("/?view=work&part=orders", "community", ".st-key-work-orders .rg-list"),
    "desk coloured by needs": desk("/?measure=needs&level=1", "street", MAP, "zh"),
    "grid work, organisation": desk("/?view=work&part=organisation", "compound", ".st-key-work-organisation .rg-list"),
    "grid work, organisation of a city": desk("/?view=work&part=organisation", "leader", ".st-key-work-organisation .rg-list", "zh"),
    "grid work, bodies": desk("/?view=work&part=bodies", "community", ".st-key-work-bodies .rg-list"),
    "grid work, bodies of the office": desk("/?view=work&part=bodies", "office", ".st-key-work-bodies .rg-list", "zh"),
    "grid work, leaders": desk("/?view=work&part=leaders", "leader", ".st-key-work-leaders .rg-list"),
    "grid work, assessment": desk("/?view=work&part=assessment", "community", ".st-key-work-assessment .rg-list"),
    "grid work, assessment of the office": desk("/?view=work&part=assessment", "office", ".st-key-work-assessment .rg-list", "zh"),
    "grid work, working members": desk("/?view=work&part=members", "community", ".st-key-work-members .rg-list"),
    "grid work, a department's own members": desk("/?view=work&part=members", "department", ".st-key-work-members .rg-list", "zh"),
    "grid work, allowances": desk("/?view=work&part=allowances", "street", ".st-key-work-allowances .rg-list", "zh"),
    "grid work, one's own allowance": desk("/?view=work&part=allowances", "member", ".st-key-work-allowances .rg-list"),
    "grid work, catch-all lists": desk("/?view=work&part=outside", "street", ".st-key-work-outside .rg-list"),
    "grid work, report": desk("/?view=work&part=report", "leader", ".st-key-work-report .rg-report"),
    "grid work, rows behind a figure": desk("/?view=work&part=report&figure=deeds_done", "street", ".st-key-work-report .rg-list", "zh"),
    "desk coloured by visits": desk("/?measure=visits&level=3", "street", MAP, "zh"),
    "routing": desk("/?view=routing", "planner", NAV),
    "sweeps": desk("/?view=sweeps", "admin", NAV),
    "access": desk("/?view=access", "admin", NAV),
    # The wall.
    "wall, dark": Row("GET /wall/{token}", "/wall/{wall}", "wall", "#rg-wall .kpi", size=WALL),
    "wall, light": Row("GET /wall/{token}", "/wall/{wall}?theme=light", "wall", "#rg-wall .kpi", size=WALL, langs=("zh",)),
    "wall that was open before": Row("GET /wall", "/wall", "wall", "#rg-wall .kpi", size=WALL, langs=("zh",)),
    "wall that is no more": Row("GET /wall/{token}", "/wall/no-such-link", status=404),
    # Who may enter.
    "sign-in": Row("GET /login", "/login"),
    "sign-in on a large screen": Row("GET /login", "/login", size=DESK, langs=("zh",)),
    "sign-in refused": Row("POST /login", "/login", seen="[role=alert]", does=signs_in_wrongly),
    "sign-in in another language": Row("GET /login/lang/{lang}", "/login/lang/{lang}"),
    "sign-in asked for on the way": Row("GET /m", "/m"),
    "sign-in service that is none": Row("GET /oidc/login", "/oidc/login", status=404),
    "account": Row("GET /account", "/account", "community"),
    "account, refused": Row("POST /account/password", "/account", "community", "[role=alert]", does=changes_wrongly),
    "password to be changed first": Row("GET /account/password", "/", OLD_PASSWORD, "[name=new]"),
    # The phone.
    "my grid": Row("GET /m", "/m", "community"),
    "my grid, of a member": Row("GET /m", "/m", "member", langs=("zh",)),
    "phone of a role that sees no tickets": Row("GET /m", "/m", "planner", status=403),
    "raise": Row("GET /m/raise", "/m/raise", "community"),
    "raise, refused": Row("POST /m/raise", "/m/raise", "community", "[role=alert]", does=presses("[form=raise], form .primary, .bar .primary")),
    "phone ticket": Row("GET /m/tickets/{no}", "/m/tickets/{no}", "community"),
    "phone ticket that is none": Row("GET /m/tickets/{no}", "/m/tickets/RG-0", "community", status=404),
    "move": Row("GET /m/tickets/{no}/{move}", "/m/tickets/{no}/report_done", "department"),
    "move, refused": Row("POST /m/tickets/{no}/{move}", "/m/tickets/{no}/report_done", "department", does=presses(".bar .primary")),
    "visits": Row("GET /m/visits", "/m/visits", "member"),
    "a visit": Row("GET /m/visits/{building}", "/m/visits/{door}", "member"),
    "a round from here": Row("POST /m/visits", "/m/visits", "member", "[data-from-here] p:not(:empty)", does=begins_where_it_stands),
    "a visit, refused": Row("POST /m/visits/{building}", "/m/visits/{door}", "member", "[role=alert]", does=follows_without_words),
    "orders": Row("GET /m/orders", "/m/orders", "member"),
    "an order": Row("GET /m/orders/{id}", "/m/orders/{order}", "member"),
    "an order, its number": Row("POST /m/orders/{id}", "/m/orders/{order}", "member", "[href^='tel:']", does=presses("[value=phone]")),
    "phone inbox": Row("GET /m/inbox", "/m/inbox", "community"),
    "me": Row("GET /m/me", "/m/me", "community"),
    # The public.
    "public grids": Row("GET /public/grids", "/public/grids"),
    "public grids, searched": Row("POST /public/grids", "/public/grids", does=presses("main form button")),
    "posting": Row("GET /public/grids/{code:path}", "/public/grids/{grid}"),
    "posting of a community": Row("GET /public/grids/{code:path}", "/public/grids/{community}", langs=("zh",)),
    "posting that is none": Row("GET /public/grids/{code:path}", "/public/grids/no-such-grid", status=404),
    "poster": Row("GET /public/grids/{code:path}/poster", "/public/grids/{grid}/poster", size=DESK),
    "report": Row("GET /public/report", "/public/report?grid={grid}"),
    "report, refused": Row("POST /public/report", "/public/report?grid={grid}", seen="[role=alert]", does=presses("main form button")),
    "what became of a report": Row("GET /public/ticket/{token}", "/public/ticket/{followed}"),
    "a report that was sent": Row("GET /public/ticket/{token}/sent", "/public/ticket/{followed}/sent"),
    "report that is none": Row("GET /public/ticket/{token}", "/public/ticket/no-such-link", status=404),
    "rating": Row("GET /public/rate/{token}", "/public/rate/{token}"),
    "rating, refused": Row("POST /public/rate/{token}", "/public/rate/{token}", does=presses("main button")),
    "rating that is none": Row("GET /public/rate/{token}", "/public/rate/no-such-link", status=404),
    "ordering, where": Row("GET /public/order", "/public/order"),
    "ordering, what": Row("GET /public/order", "/public/order?grid={community}"),
    "ordering, refused": Row("POST /public/order", "/public/order?grid={community}", seen="[role=alert]", does=presses("main form > button")),
    "what became of an order": Row("GET /public/order/{token}", "/public/order/{ordered}"),
    "an order, called off": Row("POST /public/order/{token}", "/public/order/{ordered}", does=presses("main form button"), langs=("zh",)),
    "order that is none": Row("GET /public/order/{token}", "/public/order/no-such-link", status=404, langs=("zh",)),
    "assessment": Row("GET /public/assess/{token}", "/public/assess/{assess}"),
    "assessment, refused": Row("POST /public/assess/{token}", "/public/assess/{assess}", seen="[role=alert]", does=presses("main button")),
    "assessment that is none": Row("GET /public/assess/{token}", "/public/assess/no-such-link-at-all", status=404),
    # Beneath an open address stands nothing else.
    "nothing at the sign-in": Row("GET /login/{rest:path}", "/login/no-such-page", status=404, langs=("zh",)),
    "nothing of the public": Row("GET /public/{rest:path}", "/public/no-such-page", status=404, langs=("zh",)),
    "nothing at the wall": Row("GET /wall/{rest:path}", "/wall/no/such/page", status=404, langs=("zh",)),
    # Paper.
    "slip": Row("GET /slips/{no}/{kind}", "/slips/{no}/assignment", "department", size=DESK),
    "slip, too early": Row("GET /slips/{no}/{kind}", "/slips/{no}/feedback", "department", size=DESK, status=409),
    "slip that is none": Row("GET /slips/{no}/{kind}", "/slips/{no}/no-such-slip", "department", size=DESK, status=404),
    "slip that is not for this role": Row("GET /slips/{no}/{kind}", "/slips/{no}/assignment", "leader", size=DESK, status=403),
    "QR code for a resident": Row("GET /slips/{no}/rating-qr", "/slips/{waiting}/rating-qr", "member", size=DESK),
}  # fmt: skip

NO_PAGES: Mapping[str, str] = {
    "GET /healthz": "for the machine that watches",
    "GET /metrics": "for the machine that watches",
    "GET /logout": "leads on to the sign-in",
    "POST /logout": "leads on to the sign-in",
    "POST /account/out": "leads on to the sign-in",
    "GET /oidc/callback": "leads on, or says what the sign-in page says",
    "GET /assets/{digest}/{name}": "a file",
    "GET /geo/{hash}": "a file",
    "GET /geo/units/{hash}": "a file",
    "GET /tiles/{ground}": "a file",
    "GET /tiles/{ground}/{zoom:int}/{bundle:int}": "a file",
    "GET /photos/{id}": "a picture",
    "GET /receipts/{id}": "a picture",
    "GET /m/photos/{id}": "a picture",
    "GET /m/map.svg": "a picture",
    "GET /public/grids/{code:path}/photo": "a picture",
    "GET /public/map/{window:path}": "a picture",
    "GET /live/loads": "numbers",
    "GET /live/draft/{plan}": "numbers",
    "GET /live/figures": "numbers",
    "GET /live/spots": "numbers",
    "GET /live/wall": "numbers",
    "GET /live/replay": "numbers",
    "GET /m/where": "asked by a script",
    "GET /m/token": "asked by a script",
    "GET /slips/{no}/{kind}.docx": "a file",
}


def test_every_route_and_every_place_has_its_row() -> None:
    routes = {
        f"{method} {route.path}"
        for route in ROUTES
        if isinstance(route, Address)
        for method in (route.methods or set()) - {"HEAD"}
    }
    in_rows = {row.route for row in PAGES.values()} - {"/"}
    assert in_rows | NO_PAGES.keys() == routes and not in_rows & NO_PAGES.keys()
    at_desk = [row for row in PAGES.values() if row.route == "/"]
    assert {row.who for row in at_desk if row.at == "/"} == set(ROLES)
    assert {
        row.at.removeprefix("/?view=") for row in at_desk if "?view=" in row.at and "&" not in row.at
    } == {place.view for place in PLACES}


# --- the demo city of today, with everybody in it -------------------------------------------------------------


@dataclass(frozen=True)
class Town:
    """A running app, what stands in its addresses, and the cookies of everybody."""

    url: str
    facts: Mapping[str, str]
    cookies: Mapping[str, Mapping[str, str]]


@pytest.fixture(scope="module")
def town(demo_file_of_today: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    file = tmp_path_factory.mktemp("pages") / "city.db"
    shutil.copy(demo_file_of_today, file)
    yield from running(file)


def running(file: Path, renamed: Callable[[Connection], None] = lambda _: None, **settings: str) -> Iterator[Town]:  # fmt: skip
    """The demo city of today, with everybody in it."""
    now = datetime.now(UTC)
    city = City(Settings(database_url=sqlite_url(file)))
    people = everybody(city)
    own, _ = two_areas(city, people)
    facts = {name: str(getattr(own, name)) for name in ("no", "waiting", "token", "grid", "community")}
    facts["door"] = places.buildings(city).by_grid[own.grid][0].code
    round_, community = assessed.rounds(city)[0], people["community"]
    (facts["assess"],) = make_links(
        city.store, city.rulebook, round_.id, community.area, 1, by=community, now=now
    )
    facts |= an_order(city, own.grid, now)
    facts |= plans_of(city, people["planner"], people["leader"])
    facts |= {"followed": "followed-today".ljust(32, "x"), "wall": walls.add_wall(city, "hall", CITY)}
    with city.database.write() as connection:
        no = connection.execute(select(tickets.c.id).where(tickets.c.no == own.no)).scalar_one()
        report_links.keep_link(connection, facts["followed"], no, now)
        connection.execute(
            update(ratings).where(ratings.c.token == own.token).values(until_at=now + timedelta(days=3))
        )
        renamed(connection)
        changing = update(accounts).where(accounts.c.id == people[OLD_PASSWORD].id)
        connection.execute(changing.values(must_change=True))
        cookies = {
            login: {COOKIE: open_session(connection, people[login], now)} for login in (*ROLES, OLD_PASSWORD)
        }
    city.database.close()
    process, url = start(file, **settings)
    yield Town(url, facts, cookies | {"": {}, "wall": {walls.COOKIE: facts["wall"]}})
    process.terminate()
    process.wait(20)


def an_order(city: City, grid: str, now: datetime) -> dict[str, str]:
    """An order that waits in a grid: its number, and the secret of its link."""
    link = "ordered-today".ljust(40, "x")
    service = needed.services_at(city, grid)[0]
    beside = Beside("冰箱不制冷", "居民示例", "000-0000-0001")
    made = place_order(city.store, city.rulebook, service.id, grid, beside, link, now=now)
    return {"order": str(made.id), "ordered": link}


def plans_of(city: City, planner: Person, leader: Person) -> dict[str, str]:
    """A draft that leaves a head without a grid, a plan in review, one that is approved: their numbers."""
    draft = drafts.branch(city, None, "东区调整", planner)
    one = min(draft.draft.leaf_units)
    near = planning.neighbours(draft, draft.draft.smallest, draft.draft.units_of(one))
    into = next(code for code in near if draft.draft.grids[code].parent == draft.draft.grids[one].parent)
    drafts.edit(city, draft.plan.id, Merge(one, into), version=draft.plan.version, by=planner)
    reviewed, approved = (drafts.branch(city, None, name, planner).plan for name in ("西区调整", "南区调整"))
    drafts.send(city, reviewed.id, version=reviewed.version, words="", by=planner)
    sent = drafts.send(city, approved.id, version=approved.version, words="", by=planner)
    drafts.approve(city, sent.id, version=sent.version, words="", by=leader)
    return {"draft": str(draft.plan.id), "reviewed": str(reviewed.id), "approved": str(approved.id)}


# --- one visitor for all of them --------------------------------------------------------------------------------

WATCHES = """
  window.violations = [];
  document.addEventListener("securitypolicyviolation", (e) => violations.push(e.violatedDirective + " " + e.blockedURI + " " + e.sourceFile + ":" + e.lineNumber));
"""

AT_REST = """() => {
  const app = document.querySelector("[data-testid=stApp]");
  if (!app) return true;
  if (app.dataset.testScriptState !== "notRunning" || document.querySelector("[data-testid=stSkeleton], [data-testid=stSpinner]")) return false;
  return [...document.querySelectorAll("iframe")].filter((each) => each.src.includes("streamlit_folium"))
    .every((each) => { const map = each.contentWindow.redgrid; return map && map.ready && map.countedAt; });
}"""
"""Nothing is on its way any more: Streamlit has drawn, the map has its counts."""

WORDS = """() => {
  const found = [document.title], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    if (!node.parentElement.closest("script, style, noscript, template")) found.push(node.textContent);
  for (const each of document.querySelectorAll("[aria-label], [title], [placeholder], [alt]"))
    for (const name of ["aria-label", "title", "placeholder", "alt"]) found.push(each.getAttribute(name) || "");
  return found.map((words) => words.replace(/\\s+/g, " ").trim()).filter(Boolean);
}"""
"""Every text of a frame, also what is only spoken."""

FINDS = """async () => {
  const found = await axe.run(document, { iframes: false, resultTypes: ["violations"] });
  return found.violations.filter((each) => ["serious", "critical"].includes(each.impact)).flatMap((each) =>
    each.nodes.map((node) => ({ rule: each.id, target: node.target.join(" "), html: node.html.slice(0, 200), why: node.failureSummary })));
}"""


SMALL = """() => [...document.querySelectorAll("a, button, input:not([type=hidden]), select, textarea, summary, label:has(input)")]
  .filter((each) => each.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
  .filter((each) => !each.closest(".first, .skip, .unseen") && !(each.matches("input") && each.closest("label")))
  .filter((each) => !(each.matches("a") && getComputedStyle(each).display === "inline" && each.closest("p, dd, li")))
  .map((each) => ({ what: each.outerHTML.slice(0, 120), box: each.getBoundingClientRect() }))
  .filter(({ box }) => box.right > 0 && box.height > 1 && (box.width < 47.5 || box.height < 47.5))
  .map(({ what, box }) => `${what} ${box.width}x${box.height}`)"""
"""What is smaller than a thumb; a box is touched by its whole label, and a link within a sentence is text."""

WIDE = """() => {
  const found = [], wide = document.documentElement.scrollWidth;
  if (wide > innerWidth) found.push(`the page is ${wide} wide`);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const box = node.parentElement;
    if (!node.textContent.trim() || !box.checkVisibility() || box.closest("#rg-wall, .unseen, .hidden, .skip, .first, script, style")) continue;
    const range = document.createRange(); range.selectNodeContents(node);
    let inside = box, scrolls = false;
    while (inside && !/(rg-(card|unit|kpi|facts|head)|card|box|counts|note|sheet|where)( |$)/.test(inside.className)) {
      const { overflowX, textOverflow } = getComputedStyle(inside);
      if (overflowX !== "visible" || textOverflow === "ellipsis") scrolls = true;
      inside = inside.parentElement;
    }
    if (scrolls) continue;
    const limit = inside ? inside.getBoundingClientRect() : { left: 0, right: innerWidth };
    if ([...range.getClientRects()].some((line) => line.width > 1 && line.right > 0 && (line.right > limit.right + 1 || line.left < limit.left - 1)))
      found.push(node.textContent.trim().slice(0, 60));
  }
  return found;
}"""
"""What runs over its card or over the side of the page."""


class Guest:
    """Somebody who opens one page after the other, each time as another person."""

    def __init__(self, browser: Browser, town: Town) -> None:
        self.town = town
        self.strangers: list[str] = []
        self.broken: list[str] = []
        self._context: BrowserContext = browser.new_context(locale="zh-CN", reduced_motion="reduce")
        note_strangers(self._context, town.url, self.strangers)
        self._context.add_init_script(WATCHES)
        self.page = self._context.new_page()
        self.page.on("pageerror", lambda error: self.broken.append(str(error)))
        self.page.on("console", self._said)

    def opens(self, row: Row, lang: str) -> int:
        """Open a page in a language and wait until it is there; its status."""
        # The page is left for an empty one, not closed: a new one costs a process, and Streamlit's scripts are read anew.
        self.page.goto("about:blank")
        self.strangers.clear()
        self.broken.clear()
        self._context.clear_cookies()
        for name, value in (*self.town.cookies[row.who].items(), ("redgrid_lang", lang)):
            self._context.add_cookies([{"name": name, "value": value, "url": self.town.url}])
        self.page.set_viewport_size({"width": row.size[0], "height": row.size[1]})
        path = string.Formatter().vformat(row.at, (), {**self.town.facts, "lang": lang})
        answer = self.page.goto(self.town.url + path)
        assert answer
        if row.does:
            row.does(self.page)
        if answer.headers.get("content-type", "").startswith("text/html"):
            self.page.wait_for_selector(row.seen)
            self.page.wait_for_function(AT_REST, timeout=40_000)
        return answer.status

    def _said(self, told: Any) -> None:
        if "Content Security Policy" in told.text:
            self.broken.append(told.text)

    def everywhere(self, script: str) -> list[Any]:
        return [each for frame in self.page.frames for each in frame.evaluate(script)]

    def leave(self) -> None:
        self._context.close()


@pytest.fixture(scope="module")
def guest(browser: Browser, town: Town) -> Iterator[Guest]:
    comes = Guest(browser, town)
    yield comes
    comes.leave()


# --- what holds for each ----------------------------------------------------------------------------------------


SHARED = {"zh": 12, "en": 5}
"""Letters: pieces of the other language's sentences that are no longer may well stand in both."""


@cache
def pieces(lang: str) -> tuple[str, ...]:
    """What only the other language says: the pieces between the values of its sentences."""
    found: set[str] = set()
    own = "\n".join(str(m.string if lang == "zh" else m.id) for m in known() if m.id)
    for message in known():
        other = str(message.id if lang == "zh" else message.string)
        for piece in re.split(r"{[^}]*}|\\n|\*\*", other):
            if len(piece.strip()) > SHARED[lang] and piece.strip() not in own:
                found.add(piece.strip())
    return tuple(sorted(found))


def in_the_other_language(texts: list[str], lang: str) -> set[str]:
    """The texts that say something that only the other language says."""
    whole = "\n".join(texts)
    # Most pieces stand nowhere on a page: one look at all of it spares thousands at each text.
    there = [piece for piece in pieces(lang) if piece in whole]
    return {words for words in texts for piece in there if piece in words}


def frames(page: Page) -> list[Frame]:
    return [frame for frame in page.frames if frame.url.startswith("http")]


BAD = """
  <main><button></button><p style="color: #bbb">Too pale to be read by anybody</p><p>%s</p><img src="http://stranger.example/x.png"></main>
  <script>alert(1)</script>"""


def test_these_checks_see_what_they_look_for(guest: Guest) -> None:
    sentence = max((str(m.id) for m in known() if m.id and "{" not in str(m.id)), key=len)
    guest.opens(PAGES["posting"], "zh")
    guest.page.evaluate(
        "html => { document.body.innerHTML = html; document.head.append(Object.assign(document.createElement('script'), {text: '1'})); }",
        BAD % sentence,
    )
    guest.page.wait_for_timeout(500)
    assert guest.everywhere("() => window.violations")
    assert any(sentence in words for words in guest.everywhere(WORDS))
    assert any(piece in sentence for piece in pieces("zh"))
    found = shut_out(guest.page)
    assert {each.split(" at ")[0] for each in found} >= {"button-name", "color-contrast", "image-alt"}


@pytest.mark.parametrize(
    ("name", "lang"), [(name, lang) for name, row in PAGES.items() for lang in row.langs], ids=lambda v: v
)
def test_a_page_asks_nobody_breaks_nothing_shuts_nobody_out_and_speaks_one_language(
    guest: Guest, name: str, lang: str
) -> None:
    row = PAGES[name]
    assert guest.opens(row, lang) == row.status
    page = guest.page
    foreign = in_the_other_language(guest.everywhere(WORDS), lang)
    wrong = {
        "asked outside": guest.strangers,
        "broken": guest.broken,
        "forbidden": guest.everywhere("() => window.violations || []"),
        "language": [said for said in [page.evaluate("document.documentElement.lang")] if said != lang],
        "title": [] if page.title().strip() else ["none"],
        "wider than its place": page.evaluate(WIDE),
        "too small for a thumb": page.evaluate(SMALL) if row.size == PHONE else [],
        "in the other language": sorted(foreign),
        "shuts out": shut_out(page) if lang == row.langs[0] else [],
    }
    assert {what: found for what, found in wrong.items() if found} == {}


def shut_out(page: Page) -> list[str]:
    """What axe finds serious or critical, in the page and in its frames; nothing of it is excepted."""
    found = []
    for frame in frames(page):
        frame.evaluate(AXE.read_text(encoding="utf-8"))
        found += [f"{e['rule']} at {e['target']}: {e['html']} – {e['why']}" for e in frame.evaluate(FINDS)]
    return found

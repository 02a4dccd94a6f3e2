"""Make the pictures of the handbook: the demo city at one moment, before a real browser, into ``docs/pictures``.

``make pictures`` takes them all, ``make pictures PICTURES="phone wall-dark"`` those alone.
"""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Frame, Page, sync_playwright

from city import drafts, planning
from city.access import note_access
from city.desk import area_of, cards
from city.drafts import OpenDraft
from city.opened import City
from city.proposing import propose
from city.settings import HOME, Settings
from city.sweeping import sweep_city
from city.walls import add_wall
from city.words import speak
from demo.first import make_ready
from domain.grids import CITY
from domain.people import Person
from domain.place import LngLat
from domain.plans.commands import Post
from domain.plans.posts import heads_after, vacancies
from domain.plans.proposals import Wishes
from domain.said import Refused
from domain.tickets import State, Ticket
from setup_steps.chromium import found
from setup_steps.picture_city import be_there
from storage import people
from storage.wanted import Wanted

FOLDER = HOME / "docs" / "pictures"
LARGEST = 250_000
"""Bytes of a picture."""

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars",
]  # fmt: skip

LOCALES = {"zh": "zh-CN", "en": "en-GB"}
GAP = 28
"""Pixels between pages that stand side by side."""

MAP_IS_THERE = """() => { const frame = document.querySelector('iframe[title*="folium"]');
  return frame && frame.contentWindow.redgrid && frame.contentWindow.redgrid.ready && frame.contentWindow.redgrid.countedAt }"""


@dataclass(frozen=True, slots=True)
class Planned:
    """What lies on the planner's table: a draft with a grid to be split by a line, a plan in review with a new grid of it."""

    draft: int
    grid: str
    line: tuple[LngLat, LngLat]
    sent: int
    new: str


@dataclass(frozen=True, slots=True)
class Sitter:
    """What is photographed: a running demo city, and a few tickets, grids and plans of it worth showing."""

    url: str
    browser: Browser
    wall: str
    community: str
    compound: str
    building: str
    ticket: str
    own: str
    planned: Planned

    @contextmanager
    def page(
        self, lang: str, size: tuple[int, int], login: str = "", *, phone: bool = False
    ) -> Iterator[Page]:
        """A page of a person who has signed in, or of nobody."""
        context: BrowserContext = self.browser.new_context(
            locale=LOCALES[lang],
            viewport={"width": size[0], "height": size[1]},
            device_scale_factor=1.5 if phone else 1,
            is_mobile=phone,
            has_touch=phone,
        )
        page = context.new_page()
        if login:
            page.goto(f"{self.url}/login")
            self.sign_in(page, login, "redgrid-demo")
            page.wait_for_url(lambda url: "/login" not in url)
        yield page
        context.close()

    def sign_in(self, page: Page, login: str, password: str) -> None:
        """Fill the form in and send it."""
        page.fill("#login", login)
        page.fill("#password", password)
        page.click("main button")


Take = Callable[[Sitter, str], list[Image.Image]]


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: its name, how it is taken, in which languages, and how far it is made smaller."""

    name: str
    take: Take
    langs: tuple[str, ...] = ("zh", "en")
    scale: float = 1.0


# --- how a page is taken --------------------------------------------------------------------------------------


def shot(page: Page, *, settle: int = 1200) -> Image.Image:
    """The page as it stands, once nothing moves."""
    page.wait_for_timeout(settle)
    return Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")


def wall(size: tuple[int, int], query: str) -> Take:
    """A wall screen."""

    def take(city: Sitter, lang: str) -> list[Image.Image]:
        with city.page(lang, size) as page:
            page.goto(f"{city.url}/wall/{city.wall}?{query}")
            page.wait_for_function(MAP_IS_THERE, timeout=60_000)
            page.wait_for_function("() => window.redgridWall && redgridWall.state.unit")
            return [shot(page, settle=3000)]

    return take


def desk(login: str, path: str, *, has_map: bool = True, height: int = 900) -> Take:
    """A page of the desk; ``path`` may name the grids and tickets of the sitter in braces."""

    def take(city: Sitter, lang: str) -> list[Image.Image]:
        with city.page(lang, (1440, height), login) as page:
            page.goto(city.url + path.format(it=city))
            page.wait_for_selector('[class*="st-key-nav"]', timeout=60_000)
            if has_map:
                page.wait_for_function(MAP_IS_THERE, timeout=60_000)
            return [shot(page, settle=3000)]

    return take


def routing(city: Sitter, lang: str) -> list[Image.Image]:
    """The dry run of a planner."""
    with city.page(lang, (1440, 900), "planner") as page:
        page.goto(f"{city.url}/?view=routing")
        for key, words in (
            ("routing-category", "路灯不亮" if lang == "zh" else "Street light out"),
            ("routing-grid", city.building),
        ):
            box = page.locator(f".st-key-{key} input")
            box.click()
            box.fill(words)
            page.wait_for_timeout(500)
            box.press("Enter")
            page.wait_for_timeout(1000)
        page.wait_for_selector(".rg-answer")
        return [shot(page)]


def table(city: Sitter, page: Page, plan: int, drawer: str) -> None:
    """Open a drawer of the planner's table."""
    page.goto(f"{city.url}/?view=planner&plan={plan}&do={drawer}")
    page.wait_for_selector(".st-key-plan-bar", timeout=60_000)


def map_of(page: Page) -> Frame:
    """The frame of the map, once it is drawn."""
    page.wait_for_function(MAP_IS_THERE, timeout=60_000)
    element = page.query_selector('iframe[title*="folium"]')
    frame = element.content_frame() if element else None
    assert frame is not None, "the map has a frame"
    return frame


def planner_draw(city: Sitter, lang: str) -> list[Image.Image]:
    """A line across a building grid: both sides of it, before anything changes."""
    with city.page(lang, (1440, 900), "planner") as page:
        table(city, page, city.planned.draft, "draw")
        frame, line = map_of(page), [[point.lng, point.lat] for point in city.planned.line]
        frame.evaluate("code => redgrid.look(code)", city.planned.grid)
        frame.evaluate("line => redgrid.draw('line', line)", line)
        page.wait_for_selector(".rg-sides", timeout=30_000)
        return [shot(page, settle=2500)]


def planner_foresee(city: Sitter, lang: str) -> list[Image.Image]:
    """What a plan would do to the work of a year, grid by grid."""
    with city.page(lang, (1440, 900), "planner") as page:
        table(city, page, city.planned.sent, "foresee")
        page.wait_for_selector(".rg-foresee-head", timeout=60_000)
        page.locator(".st-key-foresight-bar").get_by_text(speak(lang)("Workload")).click()
        page.wait_for_selector('[data-table="work"]')
        return [shot(page, settle=2500)]


def planner_propose(city: Sitter, lang: str) -> list[Image.Image]:
    """A whole city proposed anew, its figures beside those of the plan in force."""
    with city.page(lang, (1440, 1000), "planner") as page:
        table(city, page, 1, "propose")
        page.locator(".st-key-solve-propose button").click()
        page.wait_for_selector(".st-key-open-solved button", timeout=180_000)
        return [shot(page, settle=2500)]


def planner_review(city: Sitter, lang: str) -> list[Image.Image]:
    """A leader reads a plan in review, one of its new grids selected."""
    with city.page(lang, (1440, 900), "leader") as page:
        table(city, page, city.planned.sent, "review")
        frame, new = map_of(page), city.planned.new
        frame.evaluate("code => { redgrid.setMode('grid'); redgrid.look(code); }", new)
        unit = frame.evaluate("code => redgrid.units().find(unit => redgrid.gridOf(unit) === code)", new)
        frame.evaluate("unit => redgrid.draw('click', [redgrid.placeOf(unit)])", unit)
        page.wait_for_timeout(2000)
        frame.evaluate("() => redgrid.showChanged(true)")
        return [shot(page, settle=2500)]


def phone(city: Sitter, lang: str) -> list[Image.Image]:
    """Four pages of the phone: my grid, a report half filled in, a ticket with its moves, the inbox."""
    taken = []
    with city.page(lang, (390, 844), "member", phone=True) as page:
        for path in ("/m", "/m/raise", f"/m/tickets/{city.own}", "/m/inbox"):
            page.goto(city.url + path)
            if path == "/m/raise":
                page.locator(".pick input").click(position={"x": 190, "y": 110})
                page.wait_for_timeout(600)
                page.locator(".chip").first.click()
            taken.append(shot(page))
    return taken


def public(city: Sitter, lang: str) -> list[Image.Image]:
    """What residents see: who answers for a grid, how a problem is reported, what came of it."""
    taken = []
    with city.page(lang, (390, 844), phone=True) as page:
        page.goto(f"{city.url}/public/grids/{city.community}")
        taken.append(shot(page))
        page.goto(f"{city.url}/public/report?grid={city.building}")
        taken.append(shot(page))
    return taken


def access(city: Sitter, lang: str) -> list[Image.Image]:
    """The administrator's log, after somebody guessed and somebody went where they have no business."""
    with city.page(lang, (1440, 900)) as page:
        page.goto(f"{city.url}/login")
        city.sign_in(page, "department", "guessed wrong")
    with city.page(lang, (1440, 900), "planner") as page:
        page.goto(f"{city.url}/photos/1")
    return desk("admin", "/?view=access", has_map=False)(city, lang)


PICTURES = (
    Picture("wall-dark", wall((1920, 1080), "theme=dark"), scale=0.75),
    Picture("wall-light", wall((1920, 1080), "theme=light&measure=overdue"), scale=0.75),
    Picture("wall-32x9", wall((3840, 1080), "theme=dark"), scale=0.5),
    Picture("leader", desk("leader", "/?level=1&grid={it.community}")),
    Picture("street", desk("street", "/?level=2&measure=overdue")),
    Picture("community", desk("community", "/?level=2&within={it.community}&only=mine")),
    Picture("member", desk("member", "/?only=open")),
    Picture("department", desk("department", "/?only=mine")),
    Picture("ticket", desk("community", "/?ticket={it.ticket}", has_map=False)),
    Picture("meetings", desk("street", "/?view=meetings", has_map=False)),
    Picture("figures", desk("leader", "/?view=figures", has_map=False)),
    Picture("planner", desk("planner", "/?level=3&within={it.compound}")),
    Picture("planner-draw", planner_draw),
    Picture("planner-foresee", planner_foresee),
    Picture("planner-propose", planner_propose),
    Picture("planner-review", planner_review),
    Picture("planner-table", desk("planner", "/?level=2&as=table", has_map=False)),
    Picture("routing", routing),
    Picture("phone", phone),
    Picture("public", public),
    Picture("access", access),
)


# --- the city, the files ----------------------------------------------------------------------------------------


def main(names: list[str]) -> None:
    """Make the pictures that are named, or all."""
    chromium = found()
    if chromium is None:
        sys.exit("there is no Chromium on this machine: python -m setup_steps.chromium brings one")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as tool:
        database = f"sqlite:///{Path(scratch) / 'city.db'}"
        worth_showing = made_ready(database)
        with served(database) as url:
            browser = tool.chromium.launch(executable_path=chromium, args=FLAGS)
            city = Sitter(url, browser, *worth_showing)
            for picture in PICTURES:
                if not names or picture.name in names:
                    for lang in picture.langs:
                        print(keep(picture, lang, picture.take(city, lang)), flush=True)
            browser.close()


def made_ready(database: str) -> tuple[str, str, str, str, str, str, Planned]:
    """Seed the demo city, make a wall link, draw two plans, choose what is worth showing."""
    be_there()
    city = City(Settings(database_url=database))
    make_ready(city)
    sweep_city(city)
    link = add_wall(city, "大厅屏 / hall", CITY)
    note_access(city, "wall_added", by=None, area=CITY)
    with city.database.read() as connection:
        known = {account.login: account.person for account in people.all_accounts(connection)}
    community, member = known["community"], known["member"]
    ticket = max(
        listed(city, community, State.AWAITING_CHECK, State.IN_PROGRESS), key=lambda each: each.version
    )
    own = max(listed(city, member, State.RAISED, State.ACCEPTED), key=lambda each: each.holder == member.area)
    drawn = planned(city, community.area, known["planner"], known["leader"])
    city.database.close()
    return link, community.area, known["compound"].area, member.area, ticket.no, own.no, drawn


def planned(city: City, community: str, planner: Person, leader: Person) -> Planned:
    """A draft, and a plan in review that divides one community anew, with what was said of it."""
    draft = drafts.branch(city, None, "2027年春季调整", planner)
    grid, line = a_cut(city, draft)
    made = propose(city, None, "社区优化方案", Wishes(within=community, seed=1), planner).opened
    assert made is not None, "a community can be divided anew"
    made = with_heads(city, made, planner)
    words = "按户数重新划分，小区不拆分。"
    sent = drafts.send(city, made.plan.id, version=made.plan.version, words=words, by=planner)
    fresh = made.draft.grids.keys() - draft.draft.grids.keys()
    new = min(code for code in fresh if made.draft.grids[code].level is made.draft.smallest)
    drafts.comment(city, sent.id, "请明确该网格的网格员人选。", grid=new, by=leader)
    return Planned(draft.plan.id, grid, line, sent.id, new)


def with_heads(city: City, opened: OpenDraft, planner: Person) -> OpenDraft:
    """The draft with every head of a retired grid sent to a grid without a head, or out of office."""
    terms, before = drafts.heads_on(city, planner), city.ground.structure
    for term in terms:
        said_so = term.key in opened.draft.mark("posts")
        if heads_after(opened.draft, terms)[term.id] is None and not said_so:
            empty = vacancies(before, opened.draft, terms)
            near = [grid.code for grid in empty if grid.level is before.grids[term.grid].level]
            to = Post(term.key, next(iter(near), ""))
            opened = drafts.edit(city, opened.plan.id, to, version=opened.plan.version, by=planner)
    return opened


def a_cut(city: City, opened: OpenDraft) -> tuple[str, tuple[LngLat, LngLat]]:
    """A line straight across the largest building grid that can be split so."""
    held = drafts.households_of(opened)
    leaves = [code for code, each in opened.draft.grids.items() if each.level is opened.draft.smallest]
    for code in sorted(leaves, key=lambda leaf: (-held[leaf], leaf)):
        west, south, east, north = opened.ground.outline(opened.draft.units_of(code)).bounds
        line = LngLat((west + east) / 2, south - 0.0003), LngLat((west + east) / 2, north + 0.0003)
        try:
            command = planning.split_by(opened, code, line, "二")
        except Refused:
            continue
        if planning.preview(city, opened, command).is_allowed:
            return code, line
    raise AssertionError("no grid can be split")


def listed(city: City, person: Person, *states: State) -> list[Ticket]:
    """The tickets of somebody's area that are in one of the states."""
    area = area_of(city, person, None)
    found_cards = [cards(city, person, area, Wanted(state=state, limit=200))[0] for state in states]
    return [card.ticket for those in found_cards for card in those]


@contextmanager
def served(database: str) -> Iterator[str]:
    """The app on a free port, healthy; its clock does nothing by itself."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    environment = os.environ | {"REDGRID_DATABASE_URL": database, "REDGRID_SWEEP_SECONDS": "0"}
    command = [sys.executable, "-m", "setup_steps.picture_city", str(port)]
    process = subprocess.Popen(command, cwd=HOME, env=environment, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_healthy(url)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def wait_until_healthy(url: str) -> None:
    """Ask until the app answers."""
    until = time.monotonic() + 90
    while time.monotonic() < until:
        try:
            if httpx2.get(f"{url}/healthz").status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.3)
    sys.exit("the app did not become healthy")


def keep(picture: Picture, lang: str, taken: list[Image.Image]) -> str:
    """Write a picture with as few colours as look the same; its path and size."""
    image = side_by_side(taken)
    if picture.scale != 1:
        size = round(image.width * picture.scale), round(image.height * picture.scale)
        image = image.resize(size, Image.Resampling.LANCZOS)
    path = FOLDER / f"{picture.name}.{lang}.png"
    for colours in (256, 128, 64):
        few = image.quantize(colours, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        few.save(path, optimize=True)
        if path.stat().st_size <= LARGEST:
            break
    return f"{path.relative_to(HOME)}  {image.width}x{image.height}  {path.stat().st_size:,}"


def side_by_side(taken: list[Image.Image]) -> Image.Image:
    """Pages in one picture, on a quiet ground when there are several."""
    if len(taken) == 1:
        return taken[0]
    width = sum(each.width for each in taken) + GAP * (len(taken) + 1)
    ground = Image.new("RGB", (width, max(each.height for each in taken) + 2 * GAP), "#C9D3DC")
    left = GAP
    for each in taken:
        ground.paste(each, (left, GAP))
        left += each.width + GAP
    return ground


if __name__ == "__main__":
    main(sys.argv[1:])

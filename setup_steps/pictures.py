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
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from city.access import note_access
from city.desk import area_of, cards
from city.opened import City
from city.settings import HOME, Settings
from city.sweeping import sweep_city
from city.walls import add_wall
from demo.first import make_ready
from domain.grids import CITY
from domain.people import Person
from domain.tickets import State, Ticket
from setup_steps.chromium import found
from setup_steps.picture_city import be_there
from storage import people
from storage.lists import Wanted

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
class Sitter:
    """What is photographed: a running demo city, and a few tickets and grids of it worth showing."""

    url: str
    browser: Browser
    wall: str
    community: str
    compound: str
    building: str
    ticket: str
    own: str

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


def made_ready(database: str) -> tuple[str, str, str, str, str, str]:
    """Seed the demo city, make a wall link, choose what is worth showing."""
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
    city.database.close()
    return link, community.area, known["compound"].area, member.area, ticket.no, own.no


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

"""The people of a working day, each doing what their page lets them do, again and again, until the time is up.

Heads and desks have a page of Streamlit's open whose map asks for counts by itself; a click opens a grid, now and then
they make a move through the page's own form – or raise a ticket on the phone's form where no move is theirs. Phones
and walls ask by plain HTTP. Every answer is looked at: what is not as it should be is an error.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from urllib.parse import parse_qs

from benchmarks.browser_http import Answer, Client, TransportError
from benchmarks.streamlit_client import Heard, Page, PageLost, Widget

CLICK, ACT, POLL, WALL, PHONE, EDIT = 10.0, 60.0, 10.0, 5.0, 30.0, 20.0
"""Seconds between two clicks, moves, counts of a map, readings of a wall, pages of a phone, edits of a planner."""

EASY = ("check_pass", "report_done", "sign", "accept", "settle")
"""The moves that are made here, what is furthest along first: their forms ask for words at most."""

NUMBER = re.compile(r"~[^;]*;|.")
TICKET = re.compile(r"/m/tickets/([^\"/?]+)")
MOVES = re.compile(r'data-move="(([a-z_]+) [^"]+)"')
"""What the buttons of cards tell, and the move that it begins with."""

HIDDEN = re.compile(r'name="(form_token|once)" value="([^"]*)"')


@dataclass
class Tally:
    """What was measured, in milliseconds by what was done; errors and refusals by their words."""

    counts: bool = False
    """Only what happens once everybody is there is counted; errors are, always."""
    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    ended: bool = False
    """Once the time is up nothing is an error any more."""

    def time(self, what: str, begun: float, ended: float | None = None) -> None:
        if self.counts and not self.ended:
            self.took[what].append(1000 * ((ended or time.perf_counter()) - begun))

    def error(self, words: str) -> None:
        if not self.ended:
            self.errors[words[:1_500]] += 1

    def refusal(self, words: str) -> None:
        if not self.ended:
            self.refused[words[:200]] += 1


@dataclass
class Web:
    """Plain HTTP as one person sends it: their cookie, a connection of its own (browsers keep none that long)."""

    client: Client
    tally: Tally
    cookie: str = ""
    pace: float = 1.0
    """How much quicker than on a working day this person does everything."""
    _kept: dict[str, Answer] = field(default_factory=dict)

    async def get(self, path: str, what: str, *, fine: Sequence[int] = (200,)) -> Answer | None:
        """An answer, measured; None when it was not as it should be."""
        return await self._ask("GET", path, what, fine)

    def kept(self, path: str) -> Answer | None:
        """What came last of something that is asked for again and again."""
        return self._kept.get(path)

    async def changed(self, path: str, what: str) -> Answer | None:
        """An answer when it is another than before, as a browser's cache finds out."""
        kept = self.kept(path)
        headers = {"If-None-Match": kept.headers.get("etag", "")} if kept else {}
        answer = await self._ask("GET", path, what, (200, 304), headers)
        if answer is None or answer.status == 304:
            return None
        self._kept[path] = answer
        return answer

    async def post(
        self, path: str, form: dict[str, str], what: str, fine: Sequence[int] = (303,)
    ) -> Answer | None:
        """A form, as the page sends it."""
        return await self._ask("POST", path, what, fine, {"Origin": self.client.url}, form)

    async def _ask(
        self, method: str, path: str, what: str, fine: Sequence[int], more: dict[str, str] | None = None,
        form: dict[str, str] | None = None,
    ) -> Answer | None:  # fmt: skip
        headers = {"Accept-Language": "zh", **(more or {})} | ({"Cookie": self.cookie} if self.cookie else {})
        begun = time.perf_counter()
        try:
            answer = await self.client.request(method, path, headers, form)
        except TransportError as error:
            self.tally.error(f"{what}: {error}")
            return None
        if answer.status not in fine:
            self.tally.error(f"{what}: {answer.status}")
            return None
        self.tally.time(what, begun)
        return answer


async def again_and_again(every: float, random: Random, act: Callable[[], Awaitable[None]]) -> None:
    """Act in a steady rhythm that begins anywhere; what takes longer than the rhythm leaves turns out."""
    at = time.monotonic() + random.random() * every
    while True:
        await asyncio.sleep(max(0.0, at - time.monotonic()))
        await act()
        at = max(at + every, time.monotonic())


def digit_of(text: str, line: int, nth: int) -> str:
    """One number of a grid in an answer of ``/live/loads``."""
    found = NUMBER.findall(text.split("\n")[line])
    return found[nth] if nth < len(found) else ""


@dataclass
class AtDesk:
    """Somebody with the map open: clicks every ten seconds, acts every minute, follows the counts."""

    web: Web
    page: Page
    codes: Sequence[str]
    """The grids that are clicked on, in the level that the page opens with."""
    order: dict[str, int]
    """Where each grid of that level stands in the counts."""
    point: str
    """A place in their area, as the phone's form writes it; a department has none, and raises nothing."""
    random: Random
    clicks: int = 0
    selected: str = ""
    shown_from: int = 0
    """What the page drew before the panel that is open."""
    acts_at: float = 0.0
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def tally(self) -> Tally:
        return self.web.tally

    async def work(self) -> None:
        """Until it is cancelled."""
        begun = time.perf_counter()
        await self.web.get("/", "first page")
        await self.page.open()
        self.tally.time("page opened", begun)
        self.acts_at = time.monotonic() + self.random.random() * ACT / self.web.pace
        async with asyncio.TaskGroup() as both:
            both.create_task(again_and_again(CLICK / self.web.pace, self.random, self._turn))
            both.create_task(again_and_again(POLL / self.web.pace, self.random, self.count))

    def _map(self) -> Widget:
        return self.page.find("component_instance", key="grids")[-1]

    @property
    def _level(self) -> str:
        return parse_qs(self.page.query).get("level", ["1"])[0]

    async def _turn(self) -> None:
        async with self.busy:
            await self.click()
            if time.monotonic() >= self.acts_at:
                self.acts_at += ACT / self.web.pace
                await self.act()

    async def click(self, code: str = "") -> None:
        """Open a grid: one named, else any but the one that is open."""
        others = [each for each in self.codes if each != self.selected]
        code = code or self.random.choice(others or list(self.codes))
        self.shown_from, begun = self.page.drawn, time.perf_counter()
        heard = await self._tell({"code": code, "lng": 124.15, "lat": 39.87}, f'data-grid="{code}"')
        self.tally.time("click", begun, heard.answered)
        self.selected = code

    async def _tell(self, value: dict[str, object], answer: str) -> Heard:
        self.clicks += 1
        told = {"n": self.clicks, "at": int(time.time() * 1000), "level": int(self._level), **value}
        await self.page.tell(self._map(), told, answer)
        return await self.page.heard()

    async def count(self) -> None:
        """The map's own question; when the numbers of the selected grid changed, the map tells the page."""
        await self.figures()
        path = f"/live/loads?level={self._level}&measure=open_per_100"
        before = self.web.kept(path)
        after = await self.web.changed(path, "live loads")
        nth = self.order.get(self.selected)
        if not after or not before or nth is None:
            return
        if any(digit_of(before.text, line, nth) != digit_of(after.text, line, nth) for line in (2, 3, 4)):
            async with self.busy:
                await self._tell({"code": self.selected, "changed": True}, "")

    async def figures(self) -> None:
        """The desk's own question for its figures."""
        await self.web.changed("/live/figures?lang=zh", "live figures")

    # --- acting ------------------------------------------------------------------------------------------

    async def act(self) -> None:
        """The first easy move of the panel just opened; where there is none, a head raises a ticket."""
        offered = {move: told for told, move in MOVES.findall(self.page.written(self.shown_from))}
        for move in EASY:
            if move in offered:
                await self._move(move, offered[move])
                return
        if self.point:
            await raise_ticket(self.web, self.point, self.random)

    async def _move(self, move: str, told: str) -> None:
        drawn = self.page.drawn
        await self.page.type(
            self.page.find("text_input", key="pressed")[-1], f"{told} {time.time_ns() // 1_000_000}"
        )
        heard = await self.page.heard()
        sends = [each for each in self.page.find("button", after=drawn) if each.form]
        if not sends:
            why = dict(heard.said).get("WARNING")
            # Somebody else was quicker, and the page says so.
            self.tally.refusal(f"{move}: {why}") if why else self.tally.error(f"no form for {move}")
            return
        words = dict.fromkeys(self.page.find("text_area", form=sends[-1].form), "已到现场处理。")
        begun = time.perf_counter()
        await self.page.press(sends[-1], words)
        heard = await self.page.heard()
        kinds = {kind for kind, _ in heard.said}
        if "SUCCESS" in kinds:
            self.tally.time("move", begun)
        elif "ERROR" in kinds:
            self.tally.refusal(f"{move}: {heard.said[-1][1]}")
        else:
            self.tally.error(f"nothing was said of {move}")


async def raise_ticket(web: Web, point: str, random: Random) -> None:
    """Raise a ticket on the phone's own form."""
    shown = await web.get("/m/raise", "phone page")
    if shown is None:
        return
    known = dict(HIDDEN.findall(shown.text))
    form = {
        **known,
        "at": point,
        "category": random.choice(("0301", "0302", "0101")),
        "words": "井盖松动，请处理。",
        "do": "send",
    }
    await web.post("/m/raise", form, "raise")


@dataclass
class OnPhone:
    """Somebody in the street: their own grid, then a ticket of it, and so on."""

    web: Web
    random: Random
    next_: str = "/m"

    async def work(self) -> None:
        """Until it is cancelled."""
        await again_and_again(PHONE / self.web.pace, self.random, self.look)

    async def look(self) -> None:
        """The next page."""
        shown = await self.web.get(self.next_, "phone page")
        found = TICKET.findall(shown.text) if shown is not None and self.next_ == "/m" else []
        self.next_ = f"/m/tickets/{self.random.choice(found)}" if found else "/m"


@dataclass
class OnWall:
    """A screen: its link, the page once, then its readings and its map's counts."""

    web: Web
    link: str
    open_page: Callable[[str, str], Page]
    random: Random
    page: Page | None = None

    async def work(self) -> None:
        """Until it is cancelled."""
        await self.enter()
        async with asyncio.TaskGroup() as both:
            both.create_task(again_and_again(WALL / self.web.pace, self.random, self.read))
            both.create_task(again_and_again(POLL / self.web.pace, self.random, self.count))

    async def enter(self) -> None:
        """Open the link, and the page that it leads to."""
        answer = await self.web.get(f"/wall/{self.link}", "wall's link", fine=(303,))
        if answer is None:
            raise PageLost("the wall's link opened nothing")
        self.web.cookie = "; ".join(f"{name}={value}" for name, value in answer.cookies.items())
        self.page = self.open_page(self.web.cookie, "view=wall")
        await self.page.open()

    async def read(self) -> None:
        """The wall's own question."""
        await self.web.changed("/live/wall?area=&level=&measure=&lang=zh", "live wall")

    async def count(self) -> None:
        """The question of its map."""
        await self.web.changed("/live/loads?level=1&measure=open_per_100", "live loads")


@dataclass
class AtTable:
    """A planner at a draft of their own: a line across a grid, both sides, Apply; at the next turn it is taken back."""

    web: Web
    page: Page
    plan: int
    lines: Sequence[Sequence[Sequence[float]]]
    """Lines that split a grid, each."""
    random: Random
    turn: int = 0

    async def work(self) -> None:
        """Until it is cancelled."""
        await self.page.open()
        await again_and_again(EDIT / self.web.pace, self.random, self._edit)

    async def _gesture(self, kind: str, points: Sequence[Sequence[float]] = ()) -> Heard:
        table = self.page.find("component_instance", key="plan-map")[-1]
        self.turn += 1
        value: dict[str, object] = {
            "kind": kind, "points": list(points), "units": [], "add": False, "mode": "grid", "level": 3,
            "plan": self.plan, "version": 0, "n": self.turn, "at": int(time.time() * 1000),
        }  # fmt: skip
        await self.page.tell(table, value)
        return await self.page.heard()

    async def _edit(self) -> None:
        drawn, begun = self.page.drawn, time.perf_counter()
        await self._gesture("line", self.random.choice(self.lines))
        self.web.tally.time("planner, both sides", begun)
        apply = self.page.find("button", after=drawn, key="apply")
        if not apply:
            self.web.tally.error("a line that splits a grid was not offered to be applied")
            return
        begun = time.perf_counter()
        await self.page.press(apply[-1])
        await self.page.heard()
        self.web.tally.time("planner's edit", begun)
        undo = self.page.find("button", after=drawn, key="undo")
        if not undo:
            self.web.tally.error("an edit could not be taken back")
            return
        await self.page.press(undo[-1])
        await self.page.heard()


Worker = AtDesk | OnPhone | OnWall | AtTable


async def at_work(worker: Worker) -> None:
    """Let somebody work; whoever loses their page opens no other: it is told as an error."""
    try:
        await worker.work()
    except* PageLost as lost:
        worker.web.tally.error(f"{type(worker).__name__}: {lost.exceptions[0]}")

"""One open page, without a browser: speaks Streamlit's own WebSocket messages as its front end does.

A page sends what was pressed or typed with the fragment it stands in, keeps large messages that it may be referred
to, runs fragments anew when they ask for it (``run_every``), and reads of what is drawn no more than a driver needs.
"""

from __future__ import annotations

import asyncio
import json
import re
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

LARGEST_MESSAGE = 50_000_000

SINCE = 24
"""So many of the last things heard are told of a page that was lost."""

GRID = re.compile(r'data-grid="[^"]*"')

FAILED = (ForwardMsg.FINISHED_WITH_COMPILE_ERROR,)
AGAIN = (ForwardMsg.FINISHED_EARLY_FOR_RERUN,)


@dataclass(frozen=True, slots=True)
class Widget:
    """Something that can be pressed or typed into, as it was drawn last."""

    kind: str
    id: str
    label: str
    fragment: str
    form: str
    drawn: int
    """Which drawing of the page's it was: later ones have larger numbers."""

    @property
    def key(self) -> str:
        """The name that the page gave it; empty where it has none."""
        name = self.id.rsplit("-", 1)[-1] if self.id.count("-") < 2 else self.id.split("-", 2)[2]
        return "" if name == "None" else name


@dataclass
class Heard:
    """What came of something that was sent: when its answer came, when all was drawn, what was said."""

    answered: float | None = None
    done: float | None = None
    said: list[tuple[str, str]] = field(default_factory=list)
    """Kind and words of the alerts drawn since."""


class PageLost(Exception):
    """The connection ended, or an answer did not come in time."""


class Page:
    """One session. ``trouble`` is told every exception that is drawn, and every run that did not end well."""

    def __init__(
        self,
        url: str,
        cookie: str,
        query: str,
        trouble: Callable[[str], None],
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._url, self._cookie, self._trouble, self._trust = url, cookie, trouble, trust
        self.query = query
        self.widgets: dict[str, Widget] = {}
        self._html: dict[tuple[int, ...], tuple[int, str]] = {}
        """What is written as HTML, by its place, and which drawing of the page's it was."""
        self.runs = self.bytes = 0
        self.drawn = 0
        """Numbers what is drawn, so that somebody can ask for what came after a moment."""
        self.repeating: dict[str, float] = {}
        """The fragments that ask to be run anew, and after how many seconds."""
        self.quiet = False
        self._values: dict[str, WidgetState] = {}
        self._kept: dict[str, ForwardMsg] = {}
        self._timers: dict[str, asyncio.Task[None]] = {}
        self._socket: ClientConnection | None = None
        self._reading: asyncio.Task[None] | None = None
        self._page_hash = ""
        self._waits_for = self._fragment = ""
        self._is_ours = self._ended_early = False
        self._heard = Heard()
        self._done = asyncio.Event()
        self._since: list[str] = []
        """What was heard since something was sent, for whoever has to find out why no answer came."""

    # --- opening and closing -----------------------------------------------------------------------------

    async def open(self, seconds: float = 60) -> Heard:
        """Connect and draw the page for the first time."""
        self._socket = await connect(
            f"{self._url.replace('http', 'ws', 1)}/_stcore/stream",
            additional_headers={"Cookie": self._cookie, "Accept-Language": "zh"},
            origin=self._url,  # type: ignore[arg-type]
            subprotocols=["streamlit"],  # type: ignore[list-item]
            compression=None,
            ssl=self._trust,
            ping_interval=None,
            max_size=LARGEST_MESSAGE,
            proxy=None,
        )
        self._reading = asyncio.create_task(self._read())
        self._expect("", "")
        await self._send(BackMsg())
        return await self.heard(seconds)

    async def again(self, seconds: float = 60) -> Heard:
        """Draw the whole page again."""
        self._expect("", "")
        await self._run("")
        return await self.heard(seconds)

    async def refresh(self, seconds: float = 60) -> None:
        """Run everything once that the page runs anew by itself."""
        for fragment in self.repeating:
            self._expect("", fragment)
            await self._run(fragment, by_itself=True)
            await self.heard(seconds)

    def stop(self) -> None:
        """Run nothing anew by itself from now on."""
        self.quiet = True
        self._stop_timers()

    async def close(self) -> None:
        """Leave."""
        self._stop_timers()
        if self._reading:
            self._reading.cancel()
        if self._socket:
            await self._socket.close()

    # --- speaking ----------------------------------------------------------------------------------------

    async def tell(self, widget: Widget, value: dict[str, object], answer: str = "") -> None:
        """What a component's frame says with ``Streamlit.setComponentValue``; the page keeps it."""
        self._values[widget.id] = WidgetState(id=widget.id, json_value=json.dumps(value))
        self._expect(answer, widget.fragment)
        await self._run(widget.fragment)

    async def press(self, button: Widget, typed: dict[Widget, str] | None = None, answer: str = "") -> None:
        """Press a button; a form's button takes along what was typed into the form."""
        for field_, text in (typed or {}).items():
            self._values[field_.id] = WidgetState(id=field_.id, string_value=text)
        self._expect(answer, button.fragment)
        await self._run(button.fragment, WidgetState(id=button.id, trigger_value=True))

    def _expect(self, answer: str, fragment: str) -> None:
        self._waits_for, self._fragment, self._heard, self._is_ours = answer, fragment, Heard(), False
        self._since = [f"sent to {fragment[-8:] or 'the page'}, for {answer or 'anything'}"]
        self._done.clear()

    async def heard(self, seconds: float = 30) -> Heard:
        """What came of the last thing that was sent, once all of it is drawn.

        Raises:
            PageLost: when it did not come in time.
        """
        try:
            async with asyncio.timeout(seconds):
                await self._done.wait()
        except TimeoutError as late:
            raise PageLost(f"no answer within {seconds:.0f} s; {'; '.join(self._since[-SINCE:])}") from late
        if self._socket is None:
            raise PageLost("the connection ended")
        return self._heard

    async def type(self, field_: Widget, text: str) -> None:
        """Type into a field that stands in no form, and leave it."""
        self._values[field_.id] = WidgetState(id=field_.id, string_value=text)
        self._expect("", field_.fragment)
        await self._run(field_.fragment)

    async def _run(self, fragment: str, *triggers: WidgetState, by_itself: bool = False) -> None:
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_script_hash = self.query, self._page_hash
        state.fragment_id, state.is_auto_rerun = fragment, by_itself
        state.widget_states.widgets.extend((*self._values.values(), *triggers))
        state.cached_message_hashes.extend(self._kept)
        await self._send(message)

    async def _send(self, message: BackMsg) -> None:
        if self._socket is None:
            raise PageLost("the connection ended")
        if not message.HasField("rerun_script"):
            message.rerun_script.query_string = self.query
        state = message.rerun_script.context_info
        state.timezone, state.timezone_offset, state.locale = "Asia/Shanghai", -480, "zh-CN"
        state.url = f"{self._url}/?{self.query}"
        try:
            await self._socket.send(message.SerializeToString())
        except ConnectionClosed as closed:
            raise PageLost(str(closed)) from closed

    # --- hearing -----------------------------------------------------------------------------------------

    async def _read(self) -> None:
        assert self._socket is not None
        try:
            async for body in self._socket:
                self.bytes += len(body)
                message = ForwardMsg()
                message.ParseFromString(body)  # type: ignore[arg-type]
                self._hear(message)
        except ConnectionClosed as closed:
            self._trouble(f"the connection ended: {closed}")
        self._socket = None
        self._done.set()

    def _hear(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "ref_hash":
            metadata, message = message.metadata, self._kept[message.ref_hash]
            message.metadata.CopyFrom(metadata)
            kind = message.WhichOneof("type")
        elif message.metadata.cacheable:
            self._kept[message.hash] = message
        if kind == "delta":
            self._draw(message.delta, tuple(message.metadata.delta_path))
        elif kind == "new_session":
            self._page_hash = message.new_session.page_script_hash
            fragments = message.metadata.run.fragment_ids
            # What the page runs by itself in between is no answer; nor is what it ran before broken off by it: a run
            # that another waits for says that it ended early, and was drawn whole all the same.
            is_ours = not fragments or self._fragment in fragments
            # What was sent may ask for other parts in place of its own: never for those alone that run by themselves.
            is_ours |= self._is_ours and self._ended_early and not self.repeating.keys() >= set(fragments)
            # A page runs one thing after the other: what began before is over, also where its end was not told.
            if self._is_ours and not is_ours:
                self._all_drawn()
            self._is_ours, self._ended_early = is_ours, False
            parts = ", ".join(each[-8:] for each in fragments) or "the page"
            self._since.append(f"{'ours' if is_ours else 'another'} began: {parts}")
            if not fragments:
                self._stop_timers()
                self.repeating.clear()
        elif kind == "script_finished":
            self._finish(message.script_finished)
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "auto_rerun":
            self._repeat(message.auto_rerun.fragment_id, message.auto_rerun.interval)
        elif kind == "session_event" and message.session_event.HasField("script_compilation_exception"):
            self._trouble(message.session_event.script_compilation_exception.message)

    def _draw(self, delta: Any, place: tuple[int, ...]) -> None:
        if not delta.HasField("new_element"):
            return
        self.drawn += 1
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind == "html":
            self._html[place] = self.drawn, element.html.body
            if found := GRID.search(element.html.body):
                self._since.append(found[0])
            self._look_for_answer(element.html.body)
        elif kind == "exception":
            self._trouble(f"drawn: {element.exception.type}: {element.exception.message}")
        elif kind == "alert":
            self._heard.said.append((Alert.Format.Name(element.alert.format), element.alert.body))
        elif kind in WIDGETS:
            drawn = getattr(element, kind)
            self.widgets[drawn.id] = Widget(
                kind, drawn.id, getattr(drawn, "label", ""), delta.fragment_id, drawn.form_id, self.drawn
            )

    def _look_for_answer(self, html: str) -> None:
        if self._waits_for and self._heard.answered is None and self._waits_for in html:
            self._heard.answered = time.perf_counter()

    def _finish(self, how: int) -> None:
        self.runs += 1
        self._since.append(f"ended {how}")
        if how in FAILED:
            self._trouble("the page's script did not compile")
        self._ended_early = how in AGAIN
        if self._is_ours and not self._ended_early:
            self._all_drawn()

    def _all_drawn(self) -> None:
        answered = not self._waits_for or self._heard.answered is not None
        if answered and not self._done.is_set():
            self._heard.done = time.perf_counter()
            self._done.set()

    # --- what the page does by itself --------------------------------------------------------------------

    def _repeat(self, fragment: str, seconds: float) -> None:
        self.repeating[fragment] = seconds
        if fragment not in self._timers and not self.quiet:
            self._timers[fragment] = asyncio.create_task(self._again_and_again(fragment, seconds))

    async def _again_and_again(self, fragment: str, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await self._run(fragment, by_itself=True)
            except PageLost:
                return

    def _stop_timers(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    # --- looking -----------------------------------------------------------------------------------------

    def written(self, after: int = 0) -> str:
        """The HTML that was drawn after a moment."""
        return "".join(body for drawn, body in self._html.values() if drawn > after)

    def find(
        self, kind: str, *, after: int = 0, key: str | None = None, form: str | None = None
    ) -> list[Widget]:
        """The widgets of a kind that were drawn after a moment, by the name they have or the form they stand in."""
        return [
            widget
            for widget in self.widgets.values()
            if widget.kind == kind
            and widget.drawn > after
            and (key is None or widget.key.startswith(key))
            and (form is None or widget.form == form)
        ]


WIDGETS = frozenset({"component_instance", "button", "text_area", "text_input", "selectbox"})
"""What a driver may press or type into."""

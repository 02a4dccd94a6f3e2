"""What a run draws is carried to its browser together, in its order, and nothing waits that somebody looks for: in Streamlit's own session."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from starlette.websockets import WebSocketDisconnect
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session
from streamlit.runtime.app_session import AppSession
from streamlit.web.server.starlette.starlette_websocket import StarletteSessionClient

from tests.alone import in_a_thread
from tests.views import test_answers
from tests.views.test_answers import Browser, as_delivered, clicked_while_it_renews
from views.answers import keep_answers
from views.carrying import _once, _send_together, carry_together

__all__ = ["as_delivered"]

MUCH = "import streamlit as st\nfor n in range(40): st.text(str(n))"
SLOW = "import time, streamlit as st\nst.text('please wait')\ntime.sleep(1)\nst.text('done')"
BROKEN = "import streamlit as st\nst.text('before')\nraise ValueError"


@pytest.fixture
def together(as_delivered: None) -> Iterator[None]:
    told, sender = AppSession._on_scriptrunner_event, StarletteSessionClient._sender
    colours = app_session._populate_theme_msg
    carry_together()
    yield
    app_session._populate_theme_msg = colours
    AppSession._on_scriptrunner_event = told  # type: ignore[method-assign]
    StarletteSessionClient._sender = sender  # type: ignore[method-assign]


class Counting(Browser):
    """A page's session that counts how often the loop is told to look."""

    looks = 0

    def _take(self) -> None:
        self.looks += 1
        super()._take()


async def drawn(folder: Path) -> Counting:
    browser = Counting(folder)
    browser.ask()
    await browser.until(lambda: browser.ended() == 1 and not browser.session._scriptrunner)
    browser.session.shutdown()
    return browser


@pytest.mark.usefixtures("together")
def test_what_is_drawn_comes_whole_in_its_order_and_by_few_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(test_answers, "PAGE", MUCH)
    browser = in_a_thread(drawn(tmp_path))
    assert browser.texts() == [str(n) for n in range(40)]
    kinds = [message.WhichOneof("type") for message in browser.heard]
    assert kinds.index("new_session") < kinds.index("delta") and kinds.index("script_finished") > 40
    assert browser.looks < 20


@pytest.mark.usefixtures("together")
def test_what_is_drawn_before_something_slow_is_seen_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(test_answers, "PAGE", SLOW)

    async def seen() -> list[str]:
        browser = Browser(tmp_path)
        browser.ask()
        await browser.until(lambda: bool(browser.texts()))
        meanwhile = browser.texts()
        await browser.until(lambda: browser.ended() == 1 and not browser.session._scriptrunner)
        browser.session.shutdown()
        return meanwhile

    assert in_a_thread(seen()) == ["please wait"]


@pytest.mark.usefixtures("together")
def test_a_page_that_breaks_says_so_after_what_it_drew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(test_answers, "PAGE", BROKEN)
    browser = in_a_thread(drawn(tmp_path))
    elements = [m.delta.new_element.WhichOneof("type") for m in browser.heard if m.HasField("delta")]
    assert elements == ["text", "exception"]


@pytest.mark.usefixtures("together")
def test_an_answer_is_heard_though_the_page_asks_again_as_it_ends(tmp_path: Path) -> None:
    keep_answers()
    assert in_a_thread(clicked_while_it_renews(tmp_path)) == ["answer to the click", "renewed"]


def test_the_colours_that_are_kept_are_those_of_the_settings() -> None:
    sections = ["theme", "theme.light", "theme.dark", "theme.sidebar"]
    fill = app_session._populate_theme_msg

    def filled(by: Callable[..., None]) -> bytes:
        message = CustomThemeConfig()
        for part, section in zip(
            (message, message.light, message.dark, message.sidebar), sections, strict=True
        ):
            by(part, section)
        return bytes(message.SerializeToString())

    kept = _once(fill)
    assert filled(fill) == filled(kept) == filled(kept) != b""


def test_what_waits_is_sent_in_one_turn_of_the_loop_until_the_browser_leaves() -> None:
    async def sent() -> tuple[list[tuple[bytes, int]], bool]:
        turn, heard, queue = 0, [], asyncio.Queue[bytes]()

        async def send_bytes(body: bytes) -> None:
            if body == b"left":
                raise WebSocketDisconnect
            heard.append((body, turn))

        client = SimpleNamespace(_send_queue=queue, _websocket=SimpleNamespace(send_bytes=send_bytes), _closed=asyncio.Event())  # fmt: skip
        sending = asyncio.create_task(_send_together(client))  # type: ignore[arg-type]
        for body in (b"a", b"b", b"c"):
            queue.put_nowait(body)
            await asyncio.sleep(0)
        while len(heard) < 3:
            turn += 1
            await asyncio.sleep(0)
        queue.put_nowait(b"left")
        await sending
        return heard, client._closed.is_set()

    (first, *others), closed = in_a_thread(sent())
    assert [first[0], *(body for body, _ in others)] == [b"a", b"b", b"c"]
    assert {turn for _, turn in others} == {first[1]} and closed

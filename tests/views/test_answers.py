"""What a run of a page said is heard also when another part of the page asks just as it ends: in Streamlit's own session."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import Runtime, RuntimeConfig
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.script_data import ScriptData
from streamlit.runtime.scriptrunner.script_cache import ScriptCache

from tests.alone import in_a_thread
from views.answers import keep_answers

PAGE = """
import streamlit as st

@st.fragment
def clicked():
    st.text("answer to the click")

@st.fragment
def renews_itself():
    st.text("renewed")

clicked()
renews_itself()
"""


@pytest.fixture
def as_delivered(tmp_path: Path) -> Iterator[None]:
    """Streamlit as it is, with what its sessions look for; afterwards as before."""
    begin, before = AppSession._create_scriptrunner, Runtime._instance
    Runtime._instance = None
    Runtime(RuntimeConfig(str(tmp_path), MemoryMediaFileStorage("/media"), MemoryUploadedFileManager("/up")))
    yield
    AppSession._create_scriptrunner = begin  # type: ignore[method-assign]
    Runtime._instance = before


class Browser:
    """A page's session and what came of it."""

    def __init__(self, folder: Path) -> None:
        script = folder / "page.py"
        script.write_text(PAGE, encoding="utf-8")
        self.heard: list[ForwardMsg] = []
        self.session = AppSession(
            ScriptData(str(script), False), MemoryUploadedFileManager("/up"), ScriptCache(), self._take, {}
        )

    def _take(self) -> None:
        self.heard += self.session.flush_browser_queue()

    async def until(self, is_there: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not is_there():
                await asyncio.sleep(0.01)

    def ask(self, fragment: str = "") -> None:
        self.session.request_rerun(ClientState(fragment_id=fragment))

    def texts(self) -> list[str]:
        return [
            m.delta.new_element.text.body
            for m in self.heard
            if m.delta.new_element.WhichOneof("type") == "text"
        ]

    def ended(self) -> int:
        return sum(m.WhichOneof("type") == "script_finished" for m in self.heard)

    def fragments(self) -> list[str]:
        return list(dict.fromkeys(m.delta.fragment_id for m in self.heard if m.delta.fragment_id))


async def clicked_while_it_renews(folder: Path) -> list[str]:
    browser = Browser(folder)
    browser.ask()
    await browser.until(lambda: browser.ended() == 1 and not browser.session._scriptrunner)
    clicked, renews = browser.fragments()
    browser.heard.clear()
    browser.ask(clicked)
    # The loop is busy with others until the run is over, and hears the next question before what the run has said.
    time.sleep(0.5)
    browser.ask(renews)
    await browser.until(lambda: "renewed" in browser.texts() and not browser.session._scriptrunner)
    browser.session.shutdown()
    return browser.texts()


@pytest.mark.usefixtures("as_delivered")
def test_an_answer_is_heard_though_the_page_asks_again_as_it_ends(tmp_path: Path) -> None:
    keep_answers()
    keep_answers()
    assert in_a_thread(clicked_while_it_renews(tmp_path)) == ["answer to the click", "renewed"]


@pytest.mark.usefixtures("as_delivered")
def test_streamlit_alone_still_loses_it(tmp_path: Path) -> None:
    """When this fails, Streamlit has mended it, and `views/answers.py` can go."""
    assert in_a_thread(clicked_while_it_renews(tmp_path)) == ["renewed"]

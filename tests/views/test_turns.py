"""Few pages are drawn at the same moment, none waits for ever, and one that breaks leaves its turn: in Streamlit's own sessions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Semaphore

import pytest
from streamlit.runtime.scriptrunner import ScriptRunner

from tests.alone import in_a_thread
from tests.views import test_answers
from tests.views.test_answers import Browser, as_delivered
from views import turns
from views.turns import _in_turn, take_turns

__all__ = ["as_delivered"]

TELLS = """
import time
from pathlib import Path
log = Path(__file__).with_name("log")
with log.open("a") as file: file.write("begins\\n")
time.sleep(0.3)
with log.open("a") as file: file.write("ends\\n")
{last}
"""


@pytest.fixture
def one_at_once(as_delivered: None) -> Iterator[None]:
    run = ScriptRunner._run_script
    ScriptRunner._run_script = _in_turn(run, Semaphore(1))  # type: ignore[method-assign]
    yield
    ScriptRunner._run_script = run  # type: ignore[method-assign]


async def all_drawn(folder: Path, pages: int) -> list[str]:
    """What that many pages wrote down, begun together."""
    browsers = [Browser(folder) for _ in range(pages)]
    for browser in browsers:
        browser.ask()
    for browser in browsers:
        await browser.until(lambda b=browser: b.ended() == 1 and not b.session._scriptrunner)  # type: ignore[misc]
        browser.session.shutdown()
    return (folder / "log").read_text().split()


@pytest.mark.usefixtures("one_at_once")
@pytest.mark.parametrize("last", ["", "raise ValueError"])
def test_pages_that_are_asked_for_together_are_drawn_one_after_the_other_also_when_one_breaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    monkeypatch.setattr(test_answers, "PAGE", TELLS.format(last=last))
    assert in_a_thread(all_drawn(tmp_path, 3)) == ["begins", "ends"] * 3


@pytest.mark.usefixtures("one_at_once")
def test_none_waits_longer_than_its_patience_for_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(test_answers, "PAGE", TELLS.format(last=""))
    monkeypatch.setattr(turns, "PATIENCE", 0.05)
    assert in_a_thread(all_drawn(tmp_path, 2)) == ["begins", "begins", "ends", "ends"]


@pytest.mark.usefixtures("as_delivered")
def test_without_turns_all_begin_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_answers, "PAGE", TELLS.format(last=""))
    assert in_a_thread(all_drawn(tmp_path, 3)) == ["begins"] * 3 + ["ends"] * 3


def test_turns_are_taken_once_however_often_that_is_said() -> None:
    run = ScriptRunner._run_script
    try:
        take_turns(4)
        once = ScriptRunner._run_script
        take_turns(4)
        assert ScriptRunner._run_script is once is not run
    finally:
        ScriptRunner._run_script = run  # type: ignore[method-assign]

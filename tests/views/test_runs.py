"""A run of the page that breaks is told in the log under the number of the request that opened it, and without words."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import httpx2
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

from city.settings import HOME
from tests.alone import in_a_thread
from tests.browser.conftest import free_port

APP = """
from contextlib import asynccontextmanager
import streamlit as st
from starlette.middleware import Middleware
from city.opened import here
from server import logs
from server.route_names import RouteNames
from server.watched import Watched
from views.runs import request_of_run

@asynccontextmanager
async def begin(app):
    logs.begin(here().settings, request_of_run)
    yield

app = st.App("page.py", middleware=[Middleware(Watched, names=RouteNames([]))], lifespan=begin)
"""
PAGE = "raise ValueError('no number: ' + '1380013' + '8000')"
NUMBER = "0123456789abcdef"


async def _opened(port: int) -> None:
    """Open the page and wait for its first run."""
    async with asyncio.timeout(30), connect(
        f"ws://127.0.0.1:{port}/_stcore/stream", subprotocols=["streamlit"], proxy=None,  # type: ignore[list-item]
        additional_headers={"X-Request-Id": NUMBER},
    ) as socket:  # fmt: skip
        await socket.send(BackMsg(rerun_script={"query_string": ""}).SerializeToString())
        async for body in socket:
            message = ForwardMsg()
            message.ParseFromString(body)  # type: ignore[arg-type]
            if message.WhichOneof("type") == "script_finished":
                return


def test_what_breaks_in_a_page_is_told_under_its_number(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "page.py").write_text(PAGE)
    shutil.copytree(HOME / ".streamlit", tmp_path / ".streamlit")
    port, file = free_port(), tmp_path / "log"
    settings = {
        "REDGRID_LOG": "json", "REDGRID_LOG_FILE": str(file), "PYTHONPATH": str(HOME), "HOME": str(tmp_path),
        "REDGRID_DATABASE_URL": f"sqlite:///{tmp_path / 'none.db'}", "PATH": "",
    }  # fmt: skip
    options = ["--server.address", "127.0.0.1", "--server.port", str(port), "--server.headless", "true"]
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(tmp_path / "app.py"), *options], cwd=tmp_path, env=settings,
        stdout=(tmp_path / "out").open("wb"), stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        until = time.monotonic() + 40
        while time.monotonic() < until:
            with suppress(httpx2.TransportError):
                httpx2.get(f"http://127.0.0.1:{port}/_stcore/health")
                break
            time.sleep(0.2)
        in_a_thread(_opened(port))
        while not (broke := _told(file)) and time.monotonic() < until:
            time.sleep(0.2)
    finally:
        process.kill()
        process.wait(10)
    assert broke[0]["request"] == NUMBER
    assert "ValueError" in str(broke[0]["broke"]) and "page.py" in str(broke[0]["broke"])
    assert "13800138000" not in file.read_text() + (tmp_path / "out").read_text()


def _told(file: Path) -> list[dict[str, object]]:
    lines = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    return [line for line in lines if "broke" in line]

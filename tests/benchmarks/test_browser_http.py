from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable, Coroutine
from typing import TypeVar

import pytest

from benchmarks.browser_http import Client, TransportError
from tests.alone import in_a_thread

T = TypeVar("T")

PACKED = gzip.compress("两".encode())


def asked_of(answer: bytes, ask: Callable[[Client], Coroutine[None, None, T]]) -> tuple[T, bytes]:
    """What comes of a question to a server that says this and hangs up, and what the server was asked."""

    async def both() -> tuple[T, bytes]:
        asked = b""

        async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal asked
            asked = await reader.readuntil(b"\r\n\r\n")
            for byte in answer:
                writer.write(bytes([byte]))
            await writer.drain()
            writer.close()

        async with await asyncio.start_server(speak, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            async with Client(f"http://127.0.0.1:{port}") as client:
                return await ask(client), asked

    return in_a_thread(both())


def test_a_packed_body_is_read_and_cookies_are_known_by_name():
    said = (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nETag: \"a\"\r\nSet-Cookie: redgrid=one; HttpOnly\r\n"
        b"set-cookie: rg_lang=zh; Path=/\r\nContent-Length: %d\r\n\r\n%b" % (len(PACKED), PACKED)
    )  # fmt: skip
    answer, asked = asked_of(said, lambda client: client.request("GET", "/m?a=1", {"Cookie": "x=y"}))
    assert (answer.status, answer.text, answer.headers["etag"]) == (200, "两", '"a"')
    assert answer.cookies == {"redgrid": "one", "rg_lang": "zh"}
    assert asked.startswith(b"GET /m?a=1 HTTP/1.1\r\nHost: 127.0.0.1:") and b"\r\nCookie: x=y\r\n" in asked


def test_an_answer_in_pieces_is_heard_to_its_end():
    said = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nred\r\n5\r\n grid\r\n0\r\n\r\n"
    assert asked_of(said, lambda client: client.request("GET", "/", {}))[0].text == "red grid"


@pytest.mark.parametrize(
    "said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nred", b"no HTTP\r\n\r\n"]
)
def test_what_is_no_whole_answer_is_an_error(said):
    with pytest.raises(TransportError):
        asked_of(said, lambda client: client.request("GET", "/", {}))

"""HTTP for very many people in one process: it costs a fifth of a general client, and leaves nothing out that a browser does.

Each request is written as a browser writes it, every byte of the answer is received and framed by the parser that the
app's own server uses; a body is unpacked once somebody reads it.
"""

from __future__ import annotations

import asyncio
import gzip
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from http.cookies import SimpleCookie
from typing import cast
from urllib.parse import urlencode, urlparse

from httptools import HttpParserError, HttpResponseParser

SECONDS = 30.0
"""For which an answer is waited."""


class TransportError(Exception):
    """No answer came: not in time, none that is HTTP, or the connection ended."""


@dataclass(frozen=True)
class Answer:
    """What came of a request."""

    status: int
    heads: tuple[tuple[bytes, bytes], ...]
    body: bytes
    """As it came, packed or not."""

    @cached_property
    def headers(self) -> Mapping[str, str]:
        """By their names in small letters."""
        return {name.decode("ascii").lower(): value.decode("latin-1") for name, value in self.heads}

    @cached_property
    def cookies(self) -> Mapping[str, str]:
        """The cookies that it sets."""
        jar: SimpleCookie = SimpleCookie()
        for name, value in self.heads:
            if name.lower() == b"set-cookie":
                jar.load(value.decode("latin-1"))
        return {name: morsel.value for name, morsel in jar.items()}

    @cached_property
    def text(self) -> str:
        """The body to read."""
        packed = self.headers.get("content-encoding") == "gzip"
        return (gzip.decompress(self.body) if packed else self.body).decode()


class _Connection(asyncio.Protocol):
    """One connection: one request, one answer, then the next."""

    def __init__(self) -> None:
        self.stays = True
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Answer] | None = None
        self._begin()

    def _begin(self) -> None:
        self._parser = HttpResponseParser(self)
        self._heads: list[tuple[bytes, bytes]] = []
        self._parts: list[bytes] = []

    async def ask(self, request: bytes) -> Answer:
        """Send, and give back what came."""
        if self._transport is None or self._transport.is_closing():
            raise TransportError("the connection ended")
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """Hang up."""
        if self._transport:
            self._transport.close()

    # --- what the loop tells ------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except HttpParserError as error:
            self._fail(f"no HTTP came: {error}")
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.stays = False
        self._fail("the connection ended")

    def _fail(self, words: str) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(TransportError(words))

    # --- what the parser tells ----------------------------------------------------------------------------

    def on_header(self, name: bytes, value: bytes) -> None:
        self._heads.append((name, value))

    def on_body(self, body: bytes) -> None:
        self._parts.append(body)

    def on_message_complete(self) -> None:
        answer = Answer(self._parser.get_status_code(), tuple(self._heads), b"".join(self._parts))
        self.stays = self._parser.should_keep_alive()
        self._begin()
        if self._answer and not self._answer.done():
            self._answer.set_result(answer)


class Client:
    """HTTP to one server. With ``trust``, who made its certificate, it speaks TLS, and keeps its connections as browsers keep
    them; without, each request comes on a connection of its own."""

    def __init__(self, url: str, trust: ssl.SSLContext | None = None) -> None:
        parts = urlparse(url)
        assert parts.hostname and parts.port
        self.url, self._host, self._port, self._trust = url, parts.hostname, parts.port, trust
        self._always = f"Host: {parts.netloc}\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\n"
        self._idle: list[_Connection] = []

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        for connection in self._idle:
            connection.close()
        self._idle.clear()

    async def request(
        self, method: str, path: str, headers: Mapping[str, str], form: Mapping[str, str] | None = None
    ) -> Answer:
        """Ask, and wait for all of the answer.

        Raises:
            TransportError: when none came.
        """
        heads = self._always + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        body = b""
        if form is not None:
            body = urlencode(form).encode()
            heads += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        request = f"{method} {path} HTTP/1.1\r\n{heads}\r\n".encode("latin-1") + body
        try:
            async with asyncio.timeout(SECONDS):
                return await self._ask(request)
        except TimeoutError as late:
            raise TransportError(f"no answer within {SECONDS:.0f} s") from late
        except OSError as error:
            raise TransportError(str(error)) from error

    async def _ask(self, request: bytes) -> Answer:
        connection = await self._connection()
        try:
            answer = await connection.ask(request)
        except BaseException:
            connection.close()
            raise
        if self._trust and connection.stays:
            self._idle.append(connection)
        else:
            connection.close()
        return answer

    async def _connection(self) -> _Connection:
        while self._idle:
            if (connection := self._idle.pop()).stays:
                return connection
        loop = asyncio.get_running_loop()
        name = self._host if self._trust else None
        _, made = await loop.create_connection(
            _Connection, self._host, self._port, ssl=self._trust, server_hostname=name
        )
        return made

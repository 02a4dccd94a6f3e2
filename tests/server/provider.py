"""A sign-in service as cities have them (OpenID Connect), small and strict, on a port of its own.

It checks what such services check: who the program is, where people are sent back to, the proof key (PKCE), and
that a code is used once. What a broken or hostile one would answer is set on it by the tests.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jws
from joserfc.jwk import ECKey, Key, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "redgrid", "the-client-secret"


def rsa(kid: str | None) -> RSAKey:
    """A new key that signs RS256."""
    named: dict[str, str | list[str]] = {"use": "sig"} | ({"kid": kid} if kid else {})
    return RSAKey.generate_key(2048, named)


def elliptic(kid: str) -> ECKey:
    """A new key that signs ES256."""
    return ECKey.generate_key("P-256", {"use": "sig", "kid": kid})


@dataclass
class Provider:
    """The service and what it has seen. ``who`` signs in without being asked; the other fields are its faults."""

    port: int
    who: dict[str, Any] = field(default_factory=lambda: {"sub": "staff-0017"})
    key: Key = field(default_factory=lambda: rsa("first"))
    published: list[Key] = field(default_factory=list)
    algorithm: str = "RS256"
    claims: dict[str, Any] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)
    """Paths that answer with an error status instead."""
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    given: list[str] = field(default_factory=list)
    """Every code and token that was given out: none of them belongs into a log."""
    refused: list[str] = field(default_factory=list)
    auth: str = ""

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._document),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/jwks", self._jwks),
            ]
        )

    def _fault(self, request: Request) -> Response | None:
        self.asked.append(request.url.path)
        status = self.answers.get(request.url.path)
        return PlainTextResponse("no", status_code=status) if status else None

    async def _document(self, request: Request) -> Response:
        document = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "none", "HS256"],
            "code_challenge_methods_supported": ["S256"],
        }
        return self._fault(request) or JSONResponse(document | self.document)

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        wanted = {"client_id": CLIENT, "response_type": "code", "code_challenge_method": "S256"}
        wrong = [name for name, value in wanted.items() if asked.get(name) != value]
        wrong += [name for name in ("code_challenge", "nonce", "state") if not asked.get(name)]
        if wrong or "openid" not in asked["scope"].split():
            return PlainTextResponse(f"wrong: {wrong}", status_code=400)
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        self.given.append(code)
        back = urlencode({"code": code, "state": asked["state"], "iss": self.issuer})
        return RedirectResponse(f"{asked['redirect_uri']}?{back}", status_code=302)

    async def _token(self, request: Request) -> Response:
        if fault := self._fault(request):
            return fault
        async with request.form() as form:
            sent = {name: str(value) for name, value in form.items()}
        self.auth = request.headers.get("authorization", "")
        if not self._is_the_client(sent):
            return self._refuse("invalid_client", 401)
        known = self.codes.pop(sent.get("code", ""), None)
        if known is None or sent.get("redirect_uri") != known["redirect_uri"]:
            return self._refuse("invalid_grant", 400)
        digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        if unpadded(digest).decode() != known["code_challenge"]:
            return self._refuse("invalid_grant", 400)
        access, identity = secrets.token_urlsafe(16), self._id_token(known["nonce"])
        self.given += [access, identity, sent["code_verifier"], known["nonce"]]
        return JSONResponse(
            {"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": identity},
            headers={"Cache-Control": "no-store"},
        )

    def _is_the_client(self, sent: dict[str, str]) -> bool:
        basic = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        return self.auth == basic or (sent.get("client_id"), sent.get("client_secret")) == (CLIENT, SECRET)

    def _refuse(self, error: str, status: int) -> Response:
        self.refused.append(error)
        return JSONResponse({"error": error}, status_code=status)

    def _id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce}
        claims |= self.who | self.claims
        kept = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": self.algorithm, **({"kid": self.key.kid} if self.key.kid else {})}
        return signed(header, kept, self.key)

    async def _jwks(self, request: Request) -> Response:
        keys = [key.as_dict(private=False) for key in self.published or [self.key]]
        return self._fault(request) or JSONResponse({"keys": keys})


def signed(header: dict[str, str], claims: dict[str, Any], key: Key) -> str:
    """A token as any program could write it: also unsigned, or signed with what should only check signatures."""
    payload = json.dumps(claims).encode()
    if header["alg"] == "none":
        return b".".join((unpadded(json.dumps(header).encode()), unpadded(payload), b"")).decode()
    if header["alg"] == "HS256":
        told = b".".join((unpadded(json.dumps(header).encode()), unpadded(payload)))
        made = hmac.digest(key.as_pem(private=False), told, "sha256")
        return b".".join((told, unpadded(made))).decode()
    return jws.serialize_compact(header, payload, key, algorithms=[header["alg"]])


def unpadded(part: bytes) -> bytes:
    return base64.urlsafe_b64encode(part).rstrip(b"=")


@contextmanager
def running() -> Iterator[Provider]:
    """The service, up and answering."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        provider = Provider(listening.getsockname()[1])
        config = uvicorn.Config(provider.app(), log_level="error", ws="none", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield provider
        server.should_exit = True
        thread.join()

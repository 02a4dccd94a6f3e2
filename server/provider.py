"""Ask the city's own sign-in service, by OpenID Connect, who somebody is: Authlib's client, with its doors closed.

What Authlib leaves open and is closed here: it takes any algorithm the service names, does not compare the
audience, believes whatever issuer the document claims, and keeps that document for ever.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import StarletteOAuth2App
from joserfc.errors import BadSignatureError, JoseError

from city.settings import Settings, is_private_way
from domain.said import Refused, said

log = logging.getLogger("redgrid")

# At its lowest level Authlib writes down the key that proves who began a sign-in.
logging.getLogger("authlib").setLevel(logging.INFO)

DOCUMENT = "/.well-known/openid-configuration"
KNOWN_FOR = 3600.0
"""Seconds for which the service's document and keys are believed; an unknown key is asked for at once."""

PATIENCE = httpx2.Timeout(8.0, connect=4.0)
LEEWAY = 30
"""Seconds by which the clocks of the two machines may differ."""

ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"})
"""Signatures that only the service can make: never none, never a secret that two share."""

ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
LISTS = ("id_token_signing_alg_values_supported", "token_endpoint_auth_methods_supported")


class Unreachable(Refused):
    """The service does not answer, or not as such a service does."""

    def __init__(self) -> None:
        super().__init__(said("The sign-in service cannot be reached just now. Please try again later."))


class NotProven(Refused):
    """The service's answer does not prove who this is."""

    def __init__(self) -> None:
        super().__init__(said("This sign-in could not be completed. Please start again."))


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in under way: what must be known again when the person comes back from ``url``."""

    url: str
    state: str
    nonce: str
    verifier: str


class Provider(StarletteOAuth2App):  # type: ignore[misc]
    """The sign-in service of one installation; shared by all requests of a process."""

    def __init__(self, issuer: str, client_id: str, client_secret: str) -> None:
        super().__init__(
            None,
            "oidc",
            client_id=client_id,
            client_secret=client_secret or None,
            server_metadata_url=issuer.rstrip("/") + DOCUMENT,
            client_kwargs={"scope": "openid profile", "code_challenge_method": "S256", "timeout": PATIENCE},
            user_agent="redgrid",
        )
        self.issuer = issuer
        self._asked_at = float("-inf")

    async def load_server_metadata(self) -> dict[str, Any]:
        """The service's own document, asked for once an hour."""
        if time.monotonic() - self._asked_at > KNOWN_FOR:
            async with self._get_session() as client:
                answer = await client.request("GET", self._server_metadata_url, withhold_token=True)
            answer.raise_for_status()
            self.server_metadata = read_document(answer.json(), self.issuer)
            self._asked_at = time.monotonic()
        known: dict[str, Any] = self.server_metadata
        return known

    async def begin(self, redirect_uri: str) -> Begun:
        """Where to send the person.

        Raises:
            Unreachable: when the service does not say.
        """
        with _one_sentence():
            known = await self.create_authorization_url(redirect_uri)
        return Begun(known["url"], known["state"], known["nonce"], known["code_verifier"])

    async def claims(self, code: str, redirect_uri: str, nonce: str, verifier: str) -> dict[str, Any]:
        """What the service says about the person who came back with this code, proven.

        Raises:
            Unreachable: when the service does not answer.
            NotProven: when the code is not taken, or the ID token is not signed by the service, for this program,
                for this sign-in, and now.
        """
        with _one_sentence():
            token = await self.fetch_access_token(redirect_uri, code=code, code_verifier=verifier)
            if not isinstance(token.get("id_token"), str):
                raise ValueError("no ID token")
            try:
                return await self._proven(token, nonce)
            except BadSignatureError:
                # A new key may have the name of an old one, or none.
                await self.fetch_jwk_set(force=True)
                return await self._proven(token, nonce)

    async def _proven(self, token: dict[str, Any], nonce: str) -> dict[str, Any]:
        wanted = {
            "iss": {"essential": True, "value": self.issuer},
            "aud": {"essential": True, "value": self.client_id},
            "nonce": {"essential": True, "value": nonce},
        }
        found = await self.parse_id_token(token, nonce, claims_options=wanted, leeway=LEEWAY)
        return dict(found)


@cache
def _provider(issuer: str, client_id: str, client_secret: str) -> Provider:
    return Provider(issuer, client_id, client_secret)


def provider_of(settings: Settings) -> Provider:
    """The sign-in service of these settings."""
    secret = settings.oidc_client_secret.get_secret_value()
    return _provider(settings.oidc_issuer, settings.oidc_client_id, secret)


def read_document(document: Any, issuer: str) -> dict[str, Any]:
    """Of a service's document, what is used here.

    Raises:
        ValueError: when it is another service's, or leads to where others listen.
    """
    if not isinstance(document, dict) or document.get("issuer") != issuer:
        raise ValueError("the document is not of the issuer that is set")
    known = {name: document.get(name) for name in ENDPOINTS}
    for name, address in known.items():
        if not isinstance(address, str) or not is_private_way(address):
            raise ValueError(f"no safe {name}")
    algorithms, methods = (document.get(name) or () for name in LISTS)
    known["id_token_signing_alg_values_supported"] = sorted(ALGORITHMS.intersection(algorithms)) or ["RS256"]
    if methods and "client_secret_basic" not in methods and "client_secret_post" in methods:
        known["token_endpoint_auth_method"] = "client_secret_post"
    return known


@contextmanager
def _one_sentence() -> Iterator[None]:
    """Whatever goes wrong with the service: one sentence for the person, the kind of it in the server's own log."""
    try:
        yield
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        log.warning("the sign-in service cannot be reached: %s", type(error).__name__)
        raise Unreachable from error
    except (AuthlibBaseError, JoseError) as error:
        log.warning("a sign-in was not proven: %s %.40s", type(error).__name__, error.error)
        raise NotProven from error
    except (ValueError, KeyError, TypeError) as error:
        log.warning("the sign-in service answers as no such service does", exc_info=True)
        raise Unreachable from error

"""Sign in with the city's own sign-in service (OpenID Connect): there, and back into our own session.

Streamlit has a sign-in of its own (``st.login``). It is not used: who it signed in stands in a cookie that only a
running Streamlit page can read, good for thirty days and for nobody to end from here; its button needs a page that
is open already; it comes back to ``/`` whatever was wanted; and it uses PKCE only where the service announces it.
Everything here – phone pages, geometry, live counts – stands behind one cookie whose session can be ended
everywhere at once, so this sign-in ends in that cookie. Only the service's own host is ever asked.
"""

from __future__ import annotations

import hmac
import time
from dataclasses import dataclass

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from city.opened import City, here
from city.secret import secret_of
from city.subjects import LONGEST, note_failure, sign_in_by_subject
from domain.said import Busy, Refused, Said, said
from server.provider import NotProven, Unreachable, provider_of
from server.sign_in import TOO_MANY, address_of, inside, is_secure, keep_session, login_told
from server.turnstile import Turnstile

COOKIE = "redgrid_oidc"
PATH = "/oidc"
MINUTES = 10
"""How long somebody may take at the service."""


ATTEMPTS = Turnstile(a_minute=120)
"""By address, there and back; a sign-in that succeeds does not count, for a whole office may share one address."""

NO_SERVICE = said("There is no sign-in service here. Please sign in with your local account.")


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A sign-in that this browser began; kept in its own cookie, signed."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    next: str


async def begin(request: Request) -> Response:
    """``GET /oidc/login?next=``: off to the service; 404 when none is set, 503 when it cannot be reached, 429 for too many."""
    city = here()
    if not city.settings.oidc_issuer:
        return await _told(request, NO_SERVICE, 404)
    if not ATTEMPTS.lets(address_of(request), time.monotonic()):
        return await _told(request, TOO_MANY, 429)
    redirect_uri = _back_here(request)
    try:
        begun = await provider_of(city.settings).begin(redirect_uri)
        signer = await run_in_threadpool(_signer, city)
    except Refused as refused:
        return await _told(request, refused.because, 503)
    wanted = inside(request.query_params.get("next"))
    kept = signer.dumps([begun.state, begun.nonce, begun.verifier, redirect_uri, wanted])
    answer = RedirectResponse(begun.url, status_code=303, headers={"Cache-Control": "no-store"})
    answer.set_cookie(
        COOKIE,
        kept if isinstance(kept, str) else kept.decode(),
        max_age=MINUTES * 60,
        path=PATH,
        httponly=True,
        samesite="lax",
        secure=is_secure(request),
    )
    return answer


async def come_back(request: Request) -> Response:
    """``GET /oidc/callback``: the session's cookie for whoever the service vouches for, and where they wanted to go.

    Whatever comes of it, this browser's sign-in is no longer under way: the same address a second time is refused.
    """
    city = here()
    if not city.settings.oidc_issuer:
        return await _told(request, NO_SERVICE, 404)
    if not ATTEMPTS.lets(address_of(request), time.monotonic()):
        return await _told(request, TOO_MANY, 429)
    try:
        answer = await _let_in(request, city)
    except (Busy, Unreachable) as refused:
        answer = await _told(request, refused.because, 503)
    except Refused as refused:
        answer = await _told(request, refused.because, 403)
    answer.delete_cookie(COOKIE, path=PATH)
    return answer


async def _let_in(request: Request, city: City) -> Response:
    under_way = await run_in_threadpool(_under_way, request, city)
    claims = await _claims(request, city, under_way)
    subject = subject_in(claims.get(city.settings.oidc_claim))
    token = await run_in_threadpool(sign_in_by_subject, city, subject, address=address_of(request))
    for _there_and_back in range(2):
        ATTEMPTS.gives_back(address_of(request))
    answer = RedirectResponse(inside(under_way.next), status_code=303, headers={"Cache-Control": "no-store"})
    keep_session(answer, token, secure=is_secure(request))
    return answer


def subject_in(claim: object) -> str:
    """A claim as a subject is written: some services give staff numbers as numbers. Empty for what is no name."""
    named = str(claim) if isinstance(claim, str | int) and not isinstance(claim, bool) else ""
    return named if len(named) <= LONGEST and named.isprintable() else ""


async def _claims(request: Request, city: City, under_way: UnderWay) -> dict[str, object]:
    """What the service says and proves; a sign-in that came to nothing is noted."""
    asked = request.query_params
    try:
        if asked.get("error") == "access_denied":
            raise Refused(said("The sign-in service did not let you in."))
        if "code" not in asked or asked.get("iss", city.settings.oidc_issuer) != city.settings.oidc_issuer:
            raise NotProven
        return await provider_of(city.settings).claims(
            asked["code"], under_way.redirect_uri, under_way.nonce, under_way.verifier
        )
    except Unreachable:
        await run_in_threadpool(note_failure, city, "service unreachable", address=address_of(request))
        raise
    except Refused:
        await run_in_threadpool(note_failure, city, "not proven", address=address_of(request))
        raise


def _under_way(request: Request, city: City) -> UnderWay:
    """The sign-in that this browser began.

    Raises:
        NotProven: when it began none, or another one, or too long ago. Anybody can ask for that; it is not noted.
    """
    try:
        kept = _signer(city).loads(request.cookies.get(COOKIE, ""), max_age=MINUTES * 60)
    except BadData as error:
        raise NotProven from error
    under_way = UnderWay(*kept)
    if not hmac.compare_digest(under_way.state.encode(), request.query_params.get("state", "").encode()):
        raise NotProven
    return under_way


def _signer(city: City) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret_of(city), salt="a sign-in under way")


def _back_here(request: Request) -> str:
    """Where the service sends people back to, as their browser calls this host. The service compares it with its list."""
    url = request.url_for("come_back")
    return str(url.replace(scheme="https") if is_secure(request) else url)


async def _told(request: Request, sentence: Said, status: int) -> Response:
    return await run_in_threadpool(login_told, request, sentence, status)

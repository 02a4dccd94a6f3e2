"""Sign in with a local account, sign out, choose a language."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.templating import Jinja2Templates

from city import known_browsers
from city.access import note_access
from city.opened import here
from city.own_facts import city_name
from city.signed_in import COOKIE, entry_of, sign_in, sign_out
from city.words import LANGUAGES, Words, choose, speak
from domain.entering import Locked
from domain.people import Role
from domain.said import Busy, Said, said
from domain.titles import ROLE
from gis.palette import LIGHT, css_variables
from server.arriving import TOO_SLOW, TooMuch, TooSlow, whole
from server.turnstile import Turnstile
from server.unhurried import unhurried
from storage import people
from storage.people import SIGNED_IN_FOR

templates = Jinja2Templates(Path(__file__).parent / "templates")
YEAR = 365 * 24 * 3600

LARGEST_FORM = 8_192
"""Bytes of a form with name, password and address."""

TRIES = Turnstile(a_minute=60)
"""By address; a sign-in that succeeds does not count, for a whole office may share one address."""

NOTES = Turnstile(a_minute=1)

WRONG = said("This name and password do not fit. Please try again.")
TOO_MANY = said("Too many sign-ins failed from here just now. Please try again in a minute.")


def words_for(request: Request) -> Words:
    """The words of the language this request asks for."""
    accepts = request.headers.get("accept-language", "")
    return speak(choose(request.query_params.get("lang"), request.cookies, accepts, here().settings.lang))


def inside(address: str | None) -> str:
    """A path on this host, whatever was asked for: no sign-in sends people elsewhere."""
    if not address or not address.startswith("/") or address[1:2] in ("/", "\\"):
        return "/"
    return address


async def login_page(request: Request) -> Response:
    """``GET /login``."""
    return await run_in_threadpool(_show_login, request, "")


async def login(request: Request) -> Response:
    """``POST /login``: sets the session's cookie and goes where the person wanted; 429 for who tried too often."""
    try:
        fields = await _fields(request)
    except TooMuch:
        return await run_in_threadpool(login_told, request, said("This form is too long."), 413)
    except TooSlow:
        return await run_in_threadpool(login_told, request, TOO_SLOW, 408)
    address, browser = address_of(request), request.cookies.get(known_browsers.COOKIE, "")
    if not TRIES.lets(address, time.monotonic()) and not await run_in_threadpool(_is_let_by, browser):
        return await _sent_off(request, address)
    try:
        token = await unhurried(
            sign_in, here(), fields.get("login", "")[:64], fields.get("password", "")[:256], address=address,
            browser=browser,
        )  # fmt: skip
    except Locked as locked:
        answer = await run_in_threadpool(login_told, request, locked.because, 429)
        answer.headers["Retry-After"] = str(int(locked.wait.total_seconds()) + 1)
        return answer
    except Busy as busy:
        return await run_in_threadpool(login_told, request, busy.because, 503)
    if token is None:
        return await run_in_threadpool(login_told, request, WRONG, 401)
    TRIES.gives_back(address)
    answer = RedirectResponse(inside(fields.get("next")), status_code=303)
    keep_session(answer, token, secure=is_secure(request))
    with suppress(Busy):
        await run_in_threadpool(_keep_known, request, answer, token)
    return answer


def _is_let_by(browser: str) -> bool:
    """May a browser try whose address tried too often? One that is known has tries of its own: others may share the address."""
    with suppress(Busy):
        account = min(known_browsers.marks_in(here(), browser), default=None)
        return account is not None and TRIES.lets(f"account {account}", time.monotonic())
    return False


def _keep_known(request: Request, answer: Response, token: str) -> None:
    """Let the browser keep that this account was let in: others who try passwords do not lock it out here."""
    entry, known = entry_of(here(), token), request.cookies.get(known_browsers.COOKIE, "")
    if entry is None:
        return
    answer.set_cookie(
        known_browsers.COOKIE,
        known_browsers.known_for(here(), known, entry.person.id),
        max_age=int(known_browsers.KEPT_FOR.total_seconds()),
        path="/login",
        httponly=True,
        samesite="strict",
        secure=is_secure(request),
    )


async def _sent_off(request: Request, address: str) -> Response:
    """Too many tries from one address: noted once a minute, or the log would be filled in their stead."""
    if NOTES.lets(address, time.monotonic()):
        with suppress(Busy):
            await run_in_threadpool(
                note_access, here(), "sign_in_failed", by=None, address=address, too_many=True
            )
    return await run_in_threadpool(login_told, request, TOO_MANY, 429)


async def _fields(request: Request) -> dict[str, str]:
    """The fields that were sent.

    Raises:
        TooMuch, TooSlow: for more than any honest form of ours holds, or what does not come.
    """
    body = await whole(request, LARGEST_FORM)
    pairs = parse_qsl(body.decode("utf-8", errors="replace"), keep_blank_values=True)
    return dict(reversed(pairs))


def address_of(request: Request) -> str:
    """The client's address; behind a proxy on this machine the one that it names."""
    return request.client.host if request.client else ""


def is_secure(request: Request) -> bool:
    """Does this person come over TLS?"""
    return here().settings.secure_cookie or request.url.scheme == "https"


def keep_session(answer: Response, token: str, *, secure: bool = False) -> None:
    """Let the browser keep the session's token: for no script, for no other site, and over TLS alone where that is set."""
    answer.set_cookie(
        COOKIE,
        token,
        max_age=int(SIGNED_IN_FOR.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=secure or here().settings.secure_cookie,
    )


async def logout(request: Request) -> Response:
    """``GET`` or ``POST /logout``: ends the session; a link on somebody else's page does not."""
    if request.headers.get("sec-fetch-site") == "cross-site":
        return RedirectResponse("/", status_code=303)
    if token := request.cookies.get(COOKIE):
        try:
            await run_in_threadpool(sign_out, here(), token)
        except Busy as busy:
            # Whoever is told to be signed out must be.
            return PlainTextResponse(words_for(request).of(busy.because), status_code=503)
    # What was typed into forms and not sent stays on no telephone that somebody else takes next. Cookies are not meant.
    answer = RedirectResponse("/login", status_code=303, headers={"Clear-Site-Data": '"storage"'})
    answer.delete_cookie(COOKIE)
    return answer


def choose_language(request: Request) -> Response:
    """``GET /login/lang/<lang>?next=``: remembers the language."""
    answer = RedirectResponse(inside(request.query_params.get("next")), status_code=303)
    lang = request.path_params["lang"]
    if lang in LANGUAGES:
        answer.set_cookie("redgrid_lang", lang, max_age=YEAR, samesite="lax")
    return answer


def login_told(request: Request, why: Said, status: int) -> Response:
    """The page of sign-in with one sentence on why it came to nothing."""
    return _show_login(request, words_for(request).of(why), status)


def _show_login(request: Request, wrong: str, status: int = 200) -> Response:
    city, say = here(), words_for(request)
    local = request.query_params.get("local") == "1"
    with city.database.read() as connection:
        demo = [
            (a.login, say.of(ROLE[a.person.role]))
            for a in sorted(people.all_accounts(connection), key=lambda a: list(Role).index(a.person.role))
            if city.is_demo and a.person.demo and not a.disabled and a.login.isalpha()
        ]
    page = {
        "say": say,
        "city": city_name(city, say),
        "demo": demo,
        "demo_password": city.settings.demo_password if demo else "",
        "wrong": wrong,
        "next": inside(request.query_params.get("next")),
        "languages": LANGUAGES,
        "service": city.settings.oidc_issuer,
        "service_name": city.settings.oidc_name,
        "local": local,
        "passwords": local or not city.settings.oidc_only,
        "colours": css_variables(LIGHT),
    }
    return templates.TemplateResponse(
        request, "login.html", page, status_code=status, headers={"Cache-Control": "no-store"}
    )

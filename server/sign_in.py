"""Sign in with a local account, sign out, choose a language."""

from __future__ import annotations

from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.templating import Jinja2Templates

from city.opened import here
from city.signed_in import COOKIE, sign_in, sign_out
from city.words import LANGUAGES, Words, choose, speak
from domain.people import Role
from domain.said import Busy
from domain.titles import ROLE
from storage import people
from storage.people import SIGNED_IN_FOR

templates = Jinja2Templates(Path(__file__).parent / "templates")
YEAR = 365 * 24 * 3600


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
    """``POST /login``: sets the session's cookie and goes where the person wanted."""
    form = await request.form()
    name, password = str(form.get("login", ""))[:64], str(form.get("password", ""))[:256]
    say = words_for(request)
    try:
        token = await run_in_threadpool(sign_in, here(), name, password)
    except Busy as busy:
        return await run_in_threadpool(_show_login, request, say.of(busy.because), 503)
    if token is None:
        wrong = say("This name and password do not fit. Please try again.")
        return await run_in_threadpool(_show_login, request, wrong, 401)
    answer = RedirectResponse(inside(str(form.get("next", "/"))), status_code=303)
    answer.set_cookie(
        COOKIE,
        token,
        max_age=int(SIGNED_IN_FOR.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=here().settings.secure_cookie,
    )
    return answer


async def logout(request: Request) -> Response:
    """``GET /logout``: ends the session. Nothing else is changed, so a stray link does little harm."""
    if token := request.cookies.get(COOKIE):
        try:
            await run_in_threadpool(sign_out, here(), token)
        except Busy as busy:
            # Whoever is told to be signed out must be.
            return PlainTextResponse(words_for(request).of(busy.because), status_code=503)
    answer = RedirectResponse("/login", status_code=303)
    answer.delete_cookie(COOKIE)
    return answer


def choose_language(request: Request) -> Response:
    """``GET /login/lang/<lang>?next=``: remembers the language."""
    answer = RedirectResponse(inside(request.query_params.get("next")), status_code=303)
    lang = request.path_params["lang"]
    if lang in LANGUAGES:
        answer.set_cookie("redgrid_lang", lang, max_age=YEAR, samesite="lax")
    return answer


def _show_login(request: Request, wrong: str, status: int = 200) -> Response:
    city, say = here(), words_for(request)
    facts = city.ground.facts
    with city.database.read() as connection:
        demo = [
            (a.login, say.of(ROLE[a.person.role]))
            for a in sorted(people.all_accounts(connection), key=lambda a: list(Role).index(a.person.role))
            if a.person.demo and not a.disabled and a.login.isalpha()
        ]
    page = {
        "say": say,
        "city": say.pick(str(facts.get("city_name", "")), str(facts.get("city_name_en", ""))),
        "demo": demo,
        "demo_password": city.settings.demo_password if demo else "",
        "wrong": wrong,
        "next": inside(request.query_params.get("next")),
        "languages": LANGUAGES,
    }
    return templates.TemplateResponse(
        request, "login.html", page, status_code=status, headers={"Cache-Control": "no-store"}
    )

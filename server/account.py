"""Show people their own account: who they are, where they are signed in, a new password, out everywhere."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from babel.dates import format_datetime
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.templating import Jinja2Templates

from city.opened import City, here
from city.signed_in import COOKIE, change_password, mine, sign_out_everywhere
from city.words import LANGUAGES, Words
from domain.entering import SHORTEST, Locked
from domain.grids import CITY
from domain.people import Person
from domain.said import Busy, Refused, Said, said
from domain.titles import ROLE
from gis.palette import LIGHT, css_variables
from server.forms import NotTaken, form_token, read_form
from server.sign_in import address_of, is_secure, keep_session, words_for
from server.unhurried import unhurried

templates = Jinja2Templates(Path(__file__).parent / "templates")

MOMENTS = {"zh": ("yyyy年M月d日 HH:mm", "zh_Hans_CN"), "en": ("d MMM yyyy, HH:mm", "en_GB")}
CHANGED = said("The password is changed. You were signed out everywhere else.")


async def account_page(request: Request) -> Response:
    """``GET /account``, and ``GET /account/password`` for those who must change theirs first."""
    told = CHANGED if request.query_params.get("changed") == "1" else None
    return await run_in_threadpool(_shown, request, told=told)


async def new_password(request: Request) -> Response:
    """``POST /account/password``: keeps the new password and signs out everywhere else; 422 where it is none."""
    try:
        form = await read_form(request)
        if form.fields.get("new") != form.fields.get("again"):
            raise Refused(said("The two new passwords are not the same."))
        token = await unhurried(
            change_password, here(), request.cookies.get(COOKIE, ""), form.fields.get("old", ""),
            form.fields.get("new", ""), address=address_of(request),
        )  # fmt: skip
    except Refused as refused:
        return await run_in_threadpool(_shown, request, wrong=refused.because, status=_status(refused))
    answer = RedirectResponse("/account?changed=1", status_code=303)
    keep_session(answer, token, secure=is_secure(request))
    return answer


async def out_everywhere(request: Request) -> Response:
    """``POST /account/out``: ends every sign-in of the account."""
    try:
        await read_form(request)
        await run_in_threadpool(sign_out_everywhere, here(), request.scope["person"])
    except Refused as refused:
        return await run_in_threadpool(_shown, request, wrong=refused.because, status=_status(refused))
    answer = RedirectResponse("/login", status_code=303)
    answer.delete_cookie(COOKIE)
    return answer


def _status(refused: Refused) -> int:
    if isinstance(refused, NotTaken):
        return refused.status
    return 429 if isinstance(refused, Locked) else 503 if isinstance(refused, Busy) else 422


def _shown(
    request: Request, *, told: Said | None = None, wrong: Said | None = None, status: int = 200
) -> Response:
    city, say = here(), words_for(request)
    account = mine(city, request.cookies.get(COOKIE, ""))
    if account is None:
        return RedirectResponse("/login?next=/account", status_code=303)
    pattern, locale = MOMENTS[say.lang]

    def moment(at: datetime) -> str:
        return format_datetime(at, pattern, tzinfo=city.zone, locale=locale)

    page = {
        "say": say,
        "facts": _facts(city, account.person, account.login, say),
        "must_change": account.must_change,
        "sessions": [(moment(s.begun_at), moment(s.expires_at), s.here) for s in account.signed_in],
        "shortest": SHORTEST,
        "told": say.of(told) if told else "",
        "wrong": say.of(wrong) if wrong else "",
        "form_token": form_token(request),
        "languages": LANGUAGES,
        "colours": css_variables(LIGHT),
        "path": request.url.path,
    }
    return templates.TemplateResponse(
        request, "account.html", page, status_code=status, headers={"Cache-Control": "no-store"}
    )


def _facts(city: City, person: Person, login: str, say: Words) -> list[tuple[str, str]]:
    """Who this is, for where."""
    area = "" if person.area == CITY else city.ground.structure.name(person.area)
    if person.department:
        area = say.pick(*city.department(person.department))
    known = [
        (say("Full name"), person.name),
        (say("Signs in as"), login),
        (say("Role"), say.of(ROLE[person.role])),
        (say("Area"), area or say("the whole city")),
    ]
    return [(label, value) for label, value in known if value]

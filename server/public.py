"""Show pages to the public: plain HTML from one template, without sign-in or script, in both languages."""

from __future__ import annotations

from pathlib import Path

from babel.dates import format_date
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.templating import Jinja2Templates
from starlette.types import Scope

from city.opened import here
from city.own_facts import city_name
from city.words import LANGUAGES, Words
from domain.said import Said, said
from gis.palette import LIGHT
from server.sign_in import YEAR, words_for

templates = Jinja2Templates(Path(__file__).parent / "templates")

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data: 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    # A link's token stays on this host. ``no-referrer`` would make browsers send the page's own form with the
    # origin "null", which the door takes for another site's.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}

BROKE = said("Something went wrong here; what was sent may not be saved. Please try again.")

DATES = {"zh": ("yyyy年M月d日", "zh_Hans_CN"), "en": ("d MMM yyyy", "en_GB")}


def page(request: Request, name: str, say: Words, content: dict[str, object], status: int = 200) -> Response:
    """A page by the name of its template. A language that was asked for is remembered."""
    known = {
        "city": city_name(here(), say),
        "say": say,
        "languages": _other_languages(request, say),
        "palette": LIGHT,
    }
    answer = templates.TemplateResponse(request, name, known | content, status_code=status, headers=HEADERS)
    if (asked := request.query_params.get("lang")) in LANGUAGES:
        answer.set_cookie("redgrid_lang", str(asked), max_age=YEAR, samesite="lax")
    return answer


def told(request: Request, sentence: Said, status: int, *, done: bool = False) -> Response:
    """A page of one sentence."""
    say = words_for(request)
    number = request.headers.get("x-request-id", "") if status >= 500 else ""
    content: dict[str, object] = {"sentence": say.of(sentence), "done": done, "number": number}
    return page(request, "told.html", say, content, status)


def something_broke(request: Request) -> Response:
    """What a person is told when the program broke: no more than a number to name, under which the log tells what."""
    return refused(request, BROKE, 500)


def wants_page(scope: Scope) -> bool:
    """Does a browser ask for a page to show?"""
    accepts = dict(scope["headers"]).get(b"accept", b"")
    return scope["method"] == "GET" and b"text/html" in accepts


def refused(request: Request, sentence: Said, status: int) -> Response:
    """Why there is nothing to see: a page to whoever browses, a line to a program."""
    if wants_page(request.scope):
        return told(request, sentence, status)
    line = words_for(request).of(sentence)
    return PlainTextResponse(line, status_code=status, headers={"Cache-Control": "no-store"})


def date(at: object, say: Words) -> str:
    """A day as people write it; empty for None."""
    pattern, locale = DATES[say.lang]
    return format_date(at, pattern, locale=locale) if at else ""


def _other_languages(request: Request, say: Words) -> list[tuple[str, str, str]]:
    """The languages to change to: code, own name, address of the same page."""
    return [
        (code, name, f"?{request.url.include_query_params(lang=code).query}")
        for code, name in LANGUAGES.items()
        if code != say.lang
    ]

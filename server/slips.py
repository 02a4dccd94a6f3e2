"""Hand out a ticket's slips: a page to print, a Word file, the QR code to give to a resident."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from babel.dates import format_date
from starlette.requests import Request
from starlette.responses import Response
from starlette.templating import Jinja2Templates

from city.access import note_access, note_refusal
from city.opened import here
from city.own_facts import city_name
from city.rating import LinkIsOver, public_base, rating_link_of
from city.slip_files import docx_of, template_of
from city.slips import NotReached, SlipKind, slip_of
from city.words import Words
from domain.said import BadInput, Busy, Refused, said
from gis.palette import LIGHT, css_variables
from server.public import DATES, refused
from server.sign_in import words_for

templates = Jinja2Templates(Path(__file__).parent / "templates")
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PRIVATE = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}

STATUS: tuple[tuple[type[Refused], int], ...] = (
    (NotReached, 409), (LinkIsOver, 409), (BadInput, 500), (Busy, 503), (Refused, 404),
)  # fmt: skip
"""What an answer's status is: too early or too late, a template that cannot be used, not in this person's area."""

NOT_THEIRS = 404


def print_page(request: Request) -> Response:
    """``GET /slips/<no>/<kind>``: the slip on A4."""
    return _answered(request, _print_page)


def word_file(request: Request) -> Response:
    """``GET /slips/<no>/<kind>.docx``: the slip as the city's template lays it out."""
    return _answered(request, _word_file)


def rating_qr(request: Request) -> Response:
    """``GET /slips/<no>/rating-qr``: a sheet to hand to a resident."""
    return _answered(request, _rating_qr)


def _print_page(request: Request, say: Words) -> Response:
    slip = slip_of(here(), request.scope["person"], request.path_params["no"], _kind(request), say)
    return _paper(request, "slip.html", say, {"slip": slip})


def _word_file(request: Request, say: Words) -> Response:
    city = here()
    slip = slip_of(city, request.scope["person"], request.path_params["no"], _kind(request), say)
    body = docx_of(slip, template_of(city, slip.kind, slip.lang))
    note_access(
        city, "exported", by=request.scope["person"], what="slip", kind=slip.kind.value, ticket=slip.no
    )
    name = quote(f"{slip.title} {slip.no}.docx")
    plain = f"{slip.kind.value}-{slip.no}.docx".encode("ascii", "replace").decode().replace('"', "")
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{name}"
    return Response(body, media_type=WORD, headers={**PRIVATE, "Content-Disposition": disposition})


def _rating_qr(request: Request, say: Words) -> Response:
    city = here()
    base = public_base(city, str(request.base_url))
    ticket, link = rating_link_of(city, request.scope["person"], request.path_params["no"], base)
    category = city.category(ticket.category)
    pattern, locale = DATES[say.lang]
    page = {
        "link": link,
        "no": ticket.no,
        "category": say.pick(category.zh, category.en),
        "city": city_name(city, say),
        "until": format_date(link.until.astimezone(city.zone), pattern, locale=locale),
    }
    return _paper(request, "rating_qr.html", say, page)


def _kind(request: Request) -> SlipKind:
    return SlipKind(request.path_params["kind"])


def _paper(request: Request, name: str, say: Words, page: dict[str, object]) -> Response:
    """A page to print; its one script prints it, and no other may run."""
    nonce = secrets.token_urlsafe(12)
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'nonce-{nonce}'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    headers = {**PRIVATE, "Content-Security-Policy": policy}
    known = {"say": say, "nonce": nonce, "colours": css_variables(LIGHT)}
    return templates.TemplateResponse(request, name, page | known, headers=headers)


def _answered(request: Request, answer: Callable[[Request, Words], Response]) -> Response:
    """The answer, or the one sentence that says why there is none."""
    say = words_for(request)
    asked = request.path_params
    if asked.get("kind", SlipKind.RATING) not in set(SlipKind) or not asked["no"].isprintable():
        return refused(request, said("There is no such slip."), 404)
    try:
        return answer(request, say)
    except Refused as no:
        status = next(status for kind, status in STATUS if isinstance(no, kind))
        if status == NOT_THEIRS:
            note_refusal(here(), request.scope["person"], "slip", asked["no"], because=no.because.text)
        return refused(request, no.because, status)

"""Let a resident score the departments linked to their community by a link: plain HTML, no sign-in, no script, no name."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from city.access import watching
from city.frontline.assessed import Questionnaire, questionnaire
from city.opened import here
from domain.actions.assessment import NO_LINK, answer_by_link
from domain.frontline.assessment import FULL
from domain.people import RESIDENT
from domain.said import Busy, Refused, Said, said
from server.arriving import TOO_SLOW, TooMuch, TooSlow, whole
from server.public import page, told
from server.sign_in import words_for
from server.turnstile import Turnstile

LARGEST_FORM = 16_384
"""Bytes of a form: five scores take two hundred."""

TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")
POINTS = re.compile(r"[0-9]{1,3}")

SENDS = Turnstile(a_minute=30)

THANKS = said("Thank you. Your scores were kept; nobody can tell that they are yours.")


def questions_page(request: Request) -> Response:
    """``GET /public/assess/<token>``: the questions; 404 for a link nobody gave out, 410 for one that is over."""
    return _asked(request, {})


async def answered(request: Request) -> Response:
    """``POST /public/assess/<token>``: keeps the answer, once; 422 where something is wrong with it, 429 for too many."""
    address = request.client.host if request.client else ""
    if not SENDS.lets(address, time.monotonic()):
        wait = said("Too many answers came from here just now. Please try again in a minute.")
        return await run_in_threadpool(told, request, wait, 429)
    try:
        body = await whole(request, LARGEST_FORM)
    except TooMuch:
        return await run_in_threadpool(told, request, said("This form is too long."), 413)
    except TooSlow:
        return await run_in_threadpool(told, request, TOO_SLOW, 408)
    fields = {name: values[0] for name, values in parse_qs(body.decode("utf-8", errors="replace")).items()}
    return await run_in_threadpool(_answered, request, fields)


def _answered(request: Request, fields: Mapping[str, str]) -> Response:
    asked = _questions(request)
    if isinstance(asked, Response):
        return asked
    given = {code: fields.get(f"d-{code}", "").strip() for code, _, _ in asked.departments}
    if any(points and not POINTS.fullmatch(points) for points in given.values()):
        return _shown(request, asked, given, said("Points are whole numbers from 0 to {full}.", full=FULL))
    scores = [(code, int(points)) for code, points in given.items() if points]
    try:
        with watching(here(), RESIDENT, "assess"):
            answer_by_link(here().store, _token(request), scores, now=here().now())
    except Busy:
        raise
    except Refused as refused:
        return _shown(request, asked, given, refused.because)
    return told(request, THANKS, 200, done=True)


def _asked(request: Request, given: Mapping[str, str]) -> Response:
    asked = _questions(request)
    return asked if isinstance(asked, Response) else _shown(request, asked, given, None)


def _questions(request: Request) -> Questionnaire | Response:
    try:
        return questionnaire(here(), _token(request))
    except Busy:
        raise
    except Refused as refused:
        return told(request, refused.because, 404 if refused.because == NO_LINK else 410)


def _shown(request: Request, asked: Questionnaire, given: Mapping[str, str], wrong: Said | None) -> Response:
    say = words_for(request)
    content = {
        "year": asked.year,
        "community": asked.community,
        "departments": [(code, say.pick(zh, en), given.get(code, "")) for code, zh, en in asked.departments],
        "full": FULL,
        "wrong": say.of(wrong) if wrong else "",
    }
    return page(request, "assess.html", say, content, 422 if wrong else 200)


def _token(request: Request) -> str:
    """The link's token; what cannot be one is none."""
    token = str(request.path_params["token"])
    return token if TOKEN.fullmatch(token) else ""

"""Let a resident rate by a link: plain HTML, no sign-in, no script, nothing that anybody wrote."""

from __future__ import annotations

import re
import time
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from city.access import watching
from city.opened import City, here
from city.rating import LONGEST_WORDS, LinkIsOver, NoSuchLink, Question, question
from city.words import Words
from domain.actions.tickets import rate_by_link
from domain.needs import GRADES, SATISFIED_FROM
from domain.people import RESIDENT
from domain.said import Refused, Said, said
from domain.tickets import without_commands
from server.arriving import TOO_SLOW, TooMuch, TooSlow, whole
from server.public import date, page, told
from server.sign_in import words_for
from server.turnstile import Turnstile

LARGEST_FORM = 16_384
"""Bytes of a form: 500 Chinese characters take 4,500."""

TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")
"""What a link's token looks like; nothing else is asked of the store."""

SENDS = Turnstile(a_minute=30)


def rating_page(request: Request) -> Response:
    """``GET /public/rate/<token>``: the question; 404 for a link nobody gave out, 410 for one that is over."""
    return _asked(request)


async def rate(request: Request) -> Response:
    """``POST /public/rate/<token>``: keeps the answer, once; 422 where something is missing, 429 for too many."""
    address = request.client.host if request.client else ""
    if not SENDS.lets(address, time.monotonic()):
        wait = said("Too many answers came from here just now. Please try again in a minute.")
        return await run_in_threadpool(told, request, wait, 429)
    try:
        form = await _form(request)
    except TooMuch:
        return await run_in_threadpool(told, request, said("This form is too long."), 413)
    except TooSlow:
        return await run_in_threadpool(told, request, TOO_SLOW, 408)
    return await run_in_threadpool(_rate, request, *form)


def _rate(request: Request, grade: int, words: str) -> Response:
    city = here()
    if grade not in GRADES:
        return _asked(request, wrong=said("Please choose a grade."), words=words)
    if len(words) > LONGEST_WORDS:
        wrong = said("Please use {n} characters at most.", n=LONGEST_WORDS)
        return _asked(request, wrong=wrong, grade=grade, words=words)
    if not _is_link(city, _token(request)):
        # Anybody may try links that nobody was given: told, but not noted, or they would fill the log.
        return _asked(request)
    try:
        with watching(city, RESIDENT, "rate"):
            rate_by_link(city.store, city.rulebook, _token(request), grade, words, now=city.now())
    except Refused as refused:
        return _asked(request, wrong=refused.because, grade=grade, words=words)
    city.forget_loads()
    thanks = said("Thank you. Your answer was kept.")
    again = said("Thank you. The matter goes back to be worked on; you will be asked again.")
    return told(request, thanks if grade >= SATISFIED_FROM else again, 200, done=True)


def _is_link(city: City, token: str) -> bool:
    try:
        question(city, token)
    except NoSuchLink:
        return False
    except LinkIsOver:
        pass
    return True


def _asked(
    request: Request, *, wrong: Said | None = None, grade: int | None = None, words: str = ""
) -> Response:
    """The question, with what is wrong about an answer; or why it is asked no more."""
    try:
        asked = question(here(), _token(request))
    except NoSuchLink as refused:
        return told(request, refused.because, 404)
    except LinkIsOver as refused:
        return told(request, refused.because, 410)
    say = words_for(request)
    content = {
        "facts": _facts(asked, say),
        "grades": [(n, say.of(name)) for n, name in GRADES.items()],
        "chosen": grade,
        "words": words[:LONGEST_WORDS],
        "longest": LONGEST_WORDS,
        "wrong": say.of(wrong) if wrong else "",
        "until": date(asked.until, say),
    }
    return page(request, "rate.html", say, content, 422 if wrong else 200)


def _facts(asked: Question, say: Words) -> list[tuple[str, str]]:
    facts = [
        (say("What it is about"), say.pick(asked.category.zh, asked.category.en)),
        (say("Where"), asked.place),
        (say("Reported to us on"), date(asked.opened_at, say)),
        (say("Handled by"), say.pick(asked.lead.zh, asked.lead.en) if asked.lead else ""),
    ]
    return [(label, value) for label, value in facts if value]


async def _form(request: Request) -> tuple[int, str]:
    """Grade and words of a sent form.

    Raises:
        TooMuch, TooSlow: when it is larger than any honest one, or does not come.
    """
    body = await whole(request, LARGEST_FORM)
    fields = parse_qs(body.decode("utf-8", errors="replace"))
    grade = fields.get("grade", [""])[0]
    words = fields.get("words", [""])[0].replace("\r\n", "\n")
    return (int(grade) if grade in {str(n) for n in GRADES} else 0), without_commands(words).strip()


def _token(request: Request) -> str:
    """The link's token; what cannot be one is none."""
    token = str(request.path_params["token"])
    return token if TOKEN.fullmatch(token) else ""

"""The phone: plain pages for whoever is on the street – my grid, a ticket, what I was told, who I am.

Every page works without a script; ``phone.js`` makes it quicker. What a page does lies in ``phone_raise`` and
``phone_moves``.
"""

from __future__ import annotations

import gzip
import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.templating import Jinja2Templates

from city import clock_words, desk, inbox, phone
from city.assets import addresses
from city.desk import TicketCard
from city.frontline import ordered
from city.inbox import Stretch, Told
from city.opened import City, here
from city.own_facts import city_name
from city.photos import photo_for, prepared
from city.story import StoryLine, story, unit_name
from city.words import LANGUAGES, Words
from domain.effects import next_holder
from domain.frontline.rights import RIGHTS
from domain.moves import MOVE, Move, Scene
from domain.people import READS_TICKET_FACTS, Person, Role
from domain.place import LngLat
from domain.queues import Queue
from domain.said import BadInput, Said, said
from domain.tickets import Asked, Card, without_commands
from domain.titles import OUTCOME, QUEUE, ROLE, STATE
from gis.palette import LIGHT
from server.sign_in import words_for

templates = Jinja2Templates(Path(__file__).parent / "templates")

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Vary": "Accept-Encoding, Cookie",
}

LONGEST_NUMBER = 18
"""Digits of a number in an address: more is none of ours."""

LINES_SHOWN = 4
"""So many of the newest lines of a story are open; the older ones wait behind a tap."""

SMALL_SIDE = 240
SMALL_BYTES = 9_000
"""A photo in a list: a ticket with three of them still comes with less than 60 KB."""

COUNTS = (
    ("open", "", said("Open")), ("overdue", "bad", said("Overdue")), ("due_soon", "warn", said("Due soon")),
)  # fmt: skip

HOME_TITLES = {
    Role.DEPARTMENT: said("My tickets"),
    Role.STREET: said("My area"),
    Role.CITY_OFFICE: said("The city"),
    Role.LEADER: said("The city"),
}
"""What the first page is called for those who have no grid."""

CARD_TITLES = {Card.YELLOW: ("warn", said("Yellow card")), Card.RED: ("bad", said("Red card"))}
ASKED = {Asked.EXTENSION: said("Extension asked for"), Asked.HOLD: said("Hold asked for")}

SCRIPT_WORDS = {
    "unsent": said("Not sent: {n}"),
    "offline": said(
        "It could not be sent just now. The report is kept on this phone and sent by itself as soon as it can be."
    ),
    "kept": said("It could not be sent just now. What you wrote is kept; please send it again later."),
    "signin": said("Please sign in again; what you wrote is kept."),
    "locating": said("Looking for where you are …"),
    "nowhere": said("This phone did not tell where it is. Please tap the map."),
    "unfound": said("This phone did not tell where it is."),
    "sending": said("Sending …"),
    "shrinking": said("Making the photo smaller …"),
    "edit": said("Change and send"),
    "drop": said("Delete"),
    "waits": said("Waits for the network"),
    "leave": said("Reports that were not sent are deleted from this phone when you sign out: {n}. Sign out?"),
    "move": said("Move the map"),
    "closer": said("Closer"),
    "wider": said("Wider"),
    "done": said("Done"),
}
"""What the script says, in the language of the page."""


@dataclass(frozen=True)
class Call:
    """One request of one person."""

    request: Request
    city: City
    person: Person
    say: Words

    @property
    def wants_json(self) -> bool:
        """Does the script ask, rather than the browser?"""
        return "application/json" in self.request.headers.get("accept", "")

    def unit(self, code: str) -> str:
        """What people call a unit, in this person's language."""
        name = unit_name(self.city, code)
        return self.say.of(name) if isinstance(name, Said) else name


def call_of(request: Request) -> Call:
    """Who asks, in which language."""
    return Call(request, here(), request.scope["person"], words_for(request))


def page(call: Call, name: str, known: dict[str, Any], status: int = 200) -> Response:
    """A page in the frame that all share, compressed where the browser takes it."""
    city, say = call.city, call.say
    frame = {
        "say": say,
        "city_name": city_name(city, say),
        "person": call.person,
        "home_title": say.of(HOME_TITLES.get(call.person.role, said("My grid"))),
        "may_raise": desk.may_raise(call.person),
        "may_visit": call.person.role in RIGHTS["visits"].keeps,
        "unread": inbox.unread(city, call.person),
        "assets": addresses(),
        "theme": LIGHT.ok,
        "script_words": {key: say.of(text) if not text.text.count("{") else say(text.text, n="{n}") for key, text in SCRIPT_WORDS.items()},
        "path": call.request.url.path,
    }  # fmt: skip
    text = templates.get_template(name).render(frame | known)
    if "gzip" in call.request.headers.get("accept-encoding", ""):
        body, more = gzip.compress(text.encode(), 6), {"Content-Encoding": "gzip"}
    else:
        body, more = text.encode(), {}
    return Response(body, status, {**HEADERS, **more}, "text/html")


def told(call: Call, sentence: Said, status: int, back: str = "/m") -> Response:
    """A page of one sentence, or the sentence alone for the script."""
    if call.wants_json:
        return JSONResponse({"because": call.say.of(sentence)}, status, HEADERS)
    return page(call, "m_told.html", {"sentence": call.say.of(sentence), "back": back}, status)


def gone_on(call: Call, to: str) -> Response:
    """Where to look next, after something was done."""
    if call.wants_json:
        return JSONResponse({"to": to}, headers=HEADERS)
    return RedirectResponse(to, 303, HEADERS)


# --- my grid --------------------------------------------------------------------------------------------------


def my_grid(request: Request) -> Response:
    """``GET /m?only=&page=``: the counts, the map, the tickets of one's own area."""
    call = call_of(request)
    if call.person.role not in READS_TICKET_FACTS:
        return told(call, said("Your role sees no single tickets. Please use the desk."), 403, "/m/me")
    query = request.query_params
    shown = phone.home(call.city, call.person, query.get("only", ""), number_in(query.get("page")) or 1)
    known = {
        "title": area_title(call),
        "home": shown,
        "counts": [
            (key, kind, call.say.of(title), shown.counts[key], "" if key == "open" else f"?only={key}")
            for key, kind, title in COUNTS
        ],
        "cards": [card_of(call, card) for card in shown.cards],
        "map": phone.own_picture(call.city, call.person, shown.only),
        "orders": ordered.waiting(call.city, call.person) if _may_deliver(call) else None,
        "done": _done(call),
    }
    return page(call, "m_home.html", known)


def _may_deliver(call: Call) -> bool:
    return call.person.role in RIGHTS["orders"].keeps


def area_title(call: Call) -> str:
    """What a person's own area is called, in their language."""
    title = phone.title_of(call.city, call.person)
    return title if isinstance(title, str) else call.say.pick(*title)


def card_of(call: Call, card: TicketCard) -> dict[str, Any]:
    """A ticket as a card says it."""
    say, ticket = call.say, card.ticket
    kind, words = clock_words.clock(call.city, say, card)
    return {
        "no": ticket.no,
        "category": say.pick(card.category.zh, card.category.en),
        "urgent": ticket.urgent,
        "place": card.place or call.unit(ticket.located.grid or ticket.holder),
        "state": say.of(STATE[ticket.state]),
        "holder": call.unit(ticket.holder),
        "mine": ticket.holder == call.person.area,
        "kind": kind,
        "clock": words,
        "marks": _marks(call, card),
    }


def _marks(call: Call, card: TicketCard) -> list[tuple[str, str]]:
    """What else to know at a glance, each with its kind."""
    say, ticket = call.say, card.ticket
    marks = []
    if ticket.is_open and ticket.card in CARD_TITLES:
        kind, title = CARD_TITLES[ticket.card]
        marks.append((kind, f"{'✕' if kind == 'bad' else '▲'} {say.of(title)}"))
    if ticket.asked:
        marks.append(("", say.of(ASKED[ticket.asked])))
    if ticket.queue:
        marks.append(("", say.of(QUEUE[Queue(ticket.queue)])))
    if card.parts:
        marks.append(("", say("{n} assisting not done", n=card.parts)))
    if ticket.parent is not None:
        marks.append(("", say("Assisting part")))
    return marks


# --- a ticket -------------------------------------------------------------------------------------------------


def ticket_page(request: Request) -> Response:
    """``GET /m/tickets/<no>``."""
    call = call_of(request)
    return show_ticket(call, str(request.path_params["no"]))


def show_ticket(call: Call, no: str, *, wrong: str = "", kept: str = "", status: int = 200) -> Response:
    """A ticket as it is now; ``wrong`` says why something was not done, ``kept`` is what the person had written."""
    card = desk.card(call.city, call.person, no)
    if card is None:
        if done := _done(call):
            return told(call, said("{done} The ticket is in other hands now.", done=done), 200)
        return told(call, no_ticket(no), 404)
    ticket = card.ticket
    lines = [_line(call, line) for line in reversed(story(call.city, call.person, ticket))]
    known = {
        "card": card_of(call, card),
        "facts": _facts(call, card),
        "words": card.words,
        "moves": [(move.name, title_of(call, card, move)) for move in phone.moves_here(card)],
        "more_moves": len(card.moves) - len(phone.moves_here(card)),
        "lines": lines[:LINES_SHOWN],
        "older": lines[LINES_SHOWN:],
        "photos": [n for line in reversed(lines) for n in line["photos"]],
        "done": _done(call),
        "wrong": wrong,
        "kept": kept,
    }
    return page(call, "m_ticket.html", known, status)


def title_of(call: Call, card: TicketCard, move: Move) -> str:
    """What a button says; to hand up says to whom, for another button of the same page raises."""
    if move.name != "hand_up":
        return call.say.of(move.title)
    scene = Scene(card.ticket, call.person, call.city.rulebook, call.city.now())
    return call.say("Hand up to {unit}", unit=call.unit(next_holder(scene)))


def no_ticket(no: str) -> Said:
    """What is said of a ticket that is not there, or not for this person."""
    return said("There is no ticket {no} in your area.", no=without_commands(no)[:64])


def _facts(call: Call, card: TicketCard) -> list[tuple[str, str]]:
    say, ticket, city = call.say, card.ticket, call.city
    due = clock_words.moment(city, say, ticket.due_at) if ticket.is_open and ticket.due_at else ""
    handle_by = clock_words.moment(city, say, ticket.handle_by) if ticket.handle_by and ticket.lead else ""
    review = clock_words.moment(city, say, ticket.review_at) if ticket.review_at else ""
    reporter = card.words.reporter if card.words else ""
    rows = [
        (say("Lies in"), " ▸ ".join(call.unit(c) for c in reversed(ticket.located.codes)) or say("no grid")),
        (say("Held by"), call.unit(ticket.holder)),
        (say("Lead department"), say.pick(*card.lead) if card.lead else ""),
        (say("Raised on"), clock_words.moment(city, say, ticket.opened_at)),
        (say("Stage due"), due + (" · " + say("provisional") if due and ticket.provisional else "")),
        (say("To be handled by"), handle_by),
        (say("Review date"), review),
        (say("How it ended"), say.of(OUTCOME[ticket.outcome]) if ticket.outcome else ""),
        (say("Reporter"), reporter),
    ]
    return [(label, value) for label, value in rows if value]


def _line(call: Call, line: StoryLine) -> dict[str, Any]:
    say = call.say
    who = say.of(line.who) if isinstance(line.who, Said) else line.who
    return {
        "at": clock_words.moment(call.city, say, line.at),
        "title": say.of(line.title),
        "who": who + (f"（{say.of(line.role)}）" if line.role else ""),
        "details": " · ".join(say.of(each) for each in line.details),
        "note": line.note,
        "photos": line.photos,
        "kind": {"yellow": "warn", "instruct": "warn", "red": "bad", "supervise": "bad"}.get(line.kind, ""),
    }


def _done(call: Call) -> str:
    """What was just done, as the address says it; what is no move of ours says nothing."""
    move = MOVE.get(call.request.query_params.get("did", ""))
    return call.say("{move}: done.", move=call.say.of(move.title)) if move else ""


@lru_cache(maxsize=256)
def _small(kept: bytes) -> bytes:
    return prepared(kept, side=SMALL_SIDE, largest=SMALL_BYTES)


def small_photo(request: Request) -> Response:
    """``GET /m/photos/<id>``: a photo small enough for a list; 404 for what this person may not see."""
    call, asked = call_of(request), number_in(request.path_params["id"])
    found = photo_for(call.city, call.person, asked) if asked is not None else None
    if found is None:
        return told(call, said("There is no such photo."), 404)
    kept = {**HEADERS, "Cache-Control": "private, max-age=3600"}
    return Response(_small(found), media_type="image/jpeg", headers=kept)


# --- what I was told, and who I am ------------------------------------------------------------------------------


def inbox_page(request: Request) -> Response:
    """``GET /m/inbox?below=&newest=``: a page of what this person's post was told; what was shown counts as seen."""
    call = call_of(request)
    below, newest = (
        number_in(request.query_params.get("below")),
        number_in(request.query_params.get("newest")),
    )
    shown = inbox.told(call.city, call.person, below)
    lines = [_told_line(call, line) for line in shown.lines]
    if shown.stretch is not None:
        seen = _seen(call, shown.stretch, below, newest)
        inbox.saw(call.city, call.person, seen)
        newest = seen.newest
    older = f"?below={shown.lines[-1].entry.id}&newest={newest}" if shown.older else ""
    return page(call, "m_inbox.html", {"lines": lines, "older": older, "below": below})


def _seen(call: Call, shown: Stretch, below: int | None, newest: int | None) -> Stretch:
    """What was shown without a gap: from ``newest``, on the first page, down to here."""
    first = inbox.told(call.city, call.person).stretch
    if below is None or newest is None or first is None:
        return shown
    # Whoever made the address up has seen no more than there is.
    return Stretch(min(newest, first.newest), below).and_then(shown, below)


def _told_line(call: Call, line: Told) -> dict[str, Any]:
    say, entry = call.say, line.entry
    category = call.city.category(entry.category) if entry.category else None
    about, to = say("{n} tickets at once", n=entry.n) if entry.n else "", ""
    if entry.no:
        about = " · ".join(filter(None, (say.pick(category.zh, category.en) if category else "", entry.no)))
        to = f"/m/tickets/{entry.no}"
    elif entry.unit:
        about, to = call.unit(entry.unit), f"/?view=meetings&unit={entry.unit}"
    elif entry.kind in inbox.OF_ORDERS and _may_deliver(call):
        to = "/m/orders"
    return {
        "title": say.of(line.title),
        "about": about,
        "to": to,
        "at": clock_words.moment(call.city, say, entry.at),
        "new": line.is_new,
        "kind": {"yellow": "warn", "red": "bad", "supervise": "bad"}.get(entry.kind, ""),
    }


def me(request: Request) -> Response:
    """``GET /m/me``: who is signed in, in which language, the way out."""
    call = call_of(request)
    known = {
        "role": call.say.of(ROLE[call.person.role]),
        "area": area_title(call),
        "languages": {code: name for code, name in LANGUAGES.items() if code != call.say.lang},
        "own_language": LANGUAGES[call.say.lang],
    }
    return page(call, "m_me.html", known)


def number_in(text: object) -> int | None:
    """A number of an address; None for what is none."""
    asked = str(text or "")
    return int(asked) if asked.isascii() and asked.isdecimal() and len(asked) <= LONGEST_NUMBER else None


def numbers_in(text: str, count: int) -> list[float] | None:
    """So many finite numbers with commas between them; None where it is something else."""
    try:
        numbers = [float(part) for part in text[:80].split(",")]
    except ValueError:
        return None
    return numbers if len(numbers) == count and all(map(math.isfinite, numbers)) else None


def point_in(text: str) -> LngLat | None:
    """A place as forms write it, longitude and latitude; None for what is none."""
    numbers = numbers_in(text, 2)
    try:
        return LngLat(*numbers) if numbers else None
    except BadInput:
        return None

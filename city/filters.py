"""Which tickets a person wants on the desk, as one value that an address can hold – but for the text they look for.

That may be a resident's name or home: it stays on the page, and is in no address, history or log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from city.mine import has_mine
from city.opened import City
from city.queues import owned
from domain.guards import HOLDERS
from domain.people import READS_TICKETS, Person
from domain.queues import Queue
from domain.tickets import State, without_commands
from storage.wanted import Wanted

MINE = "mine"
"""What waits for this person, wherever it lies."""

ONLY = ("open", "overdue", "due_soon", "ended")
"""The stretches of a ticket's life that a list is cut to."""

LONGEST_TEXT = 64
"""Characters of a text that is looked for."""

STATES = {state.value: state for state in State}
QUEUES = {queue.value: queue for queue in Queue}

NAMES = ("only", "state", "category", "queue", "page")
"""What an address calls the parts of a filter."""


@dataclass(frozen=True, slots=True)
class Filters:
    """One choice of tickets, and the page of them that is shown, the first being 0."""

    only: str = "open"
    state: State | None = None
    category: str = ""
    text: str = ""
    queue: Queue | None = None
    page: int = 0
    effort: int = 1
    """How many times as far as usual a text is looked for; it is in no address either."""


def read_filters(query: Mapping[str, str]) -> Filters:
    """The filters that an address names; what it names wrongly is as if it were not there."""
    only, page = query.get("only", ""), query.get("page", "")
    return Filters(
        only=only if only in (*ONLY, MINE) else "open",
        state=STATES.get(query.get("state", "")),
        category=query.get("category", "")[:LONGEST_TEXT],
        queue=QUEUES.get(query.get("queue", "")),
        page=max(0, int(page) - 1) if page.isascii() and page.isdigit() and len(page) < 7 else 0,
    )


def filters_for(
    city: City, person: Person, query: Mapping[str, str], text: str = "", effort: int = 1
) -> Filters:
    """The filters that an address names, as far as this city and this person have them; ``text`` is looked for."""
    filters = replace(read_filters(query), text=searched(text), effort=effort)
    if filters.only == MINE and not has_mine(person):
        filters = replace(filters, only="open")
    if filters.queue is not None and filters.queue not in owned(person):
        filters = replace(filters, queue=None)
    known = not filters.category or filters.category in categories(city)
    return filters if known else replace(filters, category="")


def categories(city: City) -> dict[str, tuple[str, str]]:
    """The categories by which tickets can be chosen here: Chinese and English names by code."""
    ruled = {c.code: (c.zh, c.en) for c in city.rules_read.categories.values()}
    return ruled | {
        code: (name, name) for code, name in city.ground.imported_categories.items() if code not in ruled
    }


def searched(text: str) -> str:
    """A text as it is looked for."""
    return " ".join(without_commands(text).split())[:LONGEST_TEXT].strip()


def query_of(filters: Filters) -> dict[str, str]:
    """The filters as an address holds them; what is as at first needs no word."""
    named = {
        "only": "" if filters.only == "open" else filters.only,
        "state": filters.state.value if filters.state else "",
        "category": filters.category,
        "queue": filters.queue.value if filters.queue else "",
        "page": str(filters.page + 1) if filters.page > 0 else "",
    }
    return {name: value for name, value in named.items() if value}


def wanted(city: City, person: Person, filters: Filters, page: int) -> Wanted:
    """The filters as the store understands them, ``page`` tickets a page; one's own come first."""
    return Wanted(
        state=filters.state,
        only=filters.only,
        category=filters.category,
        text=filters.text,
        in_words=person.role in READS_TICKETS,
        first=person.area if person.role in HOLDERS else "",
        limit=page,
        offset=page * filters.page,
        effort=filters.effort,
    )

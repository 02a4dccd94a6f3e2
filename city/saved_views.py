"""Keep a person's own views of the desk under names: each is what the address says, without the page turned to."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from city.filters import NAMES
from city.opened import City
from domain.people import NO_ACCOUNT, Person
from domain.said import Refused, said
from domain.tickets import without_commands
from storage import saved_views
from storage.saved_views import SavedView

MOST = 20
"""Views that one account keeps."""

LONGEST_NAME = 64
LONGEST_VALUE = 64

PARTS = (*(name for name in NAMES if name != "page"), "level", "grid", "within", "measure", "as")
"""What of the address a view keeps."""


def views_of(city: City, person: Person) -> list[SavedView]:
    """The views that a person saved, by name."""
    with city.database.read() as connection:
        return saved_views.views_of(connection, person.id)


def keep_view(city: City, person: Person, name: str, query: Mapping[str, str]) -> SavedView:
    """Keep what an address says under a name, in the place of what stood under this name before.

    Raises:
        Refused: when the name is none, or when there are as many as one account may keep.
    """
    if person.role in NO_ACCOUNT:
        raise Refused(said("Views are kept for people who sign in."))
    view = SavedView(_name(name), query_text(query))
    with city.database.write() as connection:
        if not saved_views.replace_view(connection, person.id, view):
            if saved_views.count_views(connection, person.id) >= MOST:
                raise Refused(said("You keep {n} views already; please delete one first.", n=MOST))
            saved_views.add_view(connection, person.id, view)
    return view


def drop_view(city: City, person: Person, name: str) -> bool:
    """Forget a view of this person's own; False when it was not there."""
    with city.database.write() as connection:
        return saved_views.drop_view(connection, person.id, name)


def query_text(query: Mapping[str, str]) -> str:
    """What a view keeps of an address."""
    return urlencode([(part, query[part][:LONGEST_VALUE]) for part in PARTS if query.get(part)])


def query_of(view: SavedView) -> dict[str, str]:
    """The address that a view stands for."""
    return {part: value for part, value in parse_qsl(view.query) if part in PARTS}


def _name(text: str) -> str:
    name = " ".join(without_commands(text).split())
    if not name:
        raise Refused(said("A view needs a name."))
    if len(name) > LONGEST_NAME:
        raise Refused(said("A view's name has {n} characters at most.", n=LONGEST_NAME))
    return name

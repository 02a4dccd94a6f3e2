"""Remove what this city keeps no longer, by its own settings. Where nothing is set, everything is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from city.access import note_access
from city.opened import City
from city.personal_data import (
    OF_LISTS,
    erase_kept_longer,
    erase_rows_kept_longer,
    kept_longer,
    rows_kept_longer,
)
from domain.frontline.pledges import Order
from domain.frontline.records import Record
from domain.frontline.working_members import WorkingMember
from domain.said import Said, said
from storage import tidying
from storage.tidying import Old

AT_ONCE = 2_000
"""Rows in one transaction: others wait for it no longer than a moment."""

WORDS = "words"
"""What ended tickets hold of people; erased ticket by ticket, for their story stays."""

TITLE: Mapping[str, Said] = {
    "inbox": said("Entries of inboxes"),
    "sweeps": said("What sweeps did"),
    "snapshots": said("Days that are looked back upon"),
    "report_links": said("Links of residents to what they reported"),
    WORDS: said("Personal data of tickets"),
    Order.LIST: said("Personal data of orders"),
    WorkingMember.LIST: said("Personal data of working members"),
}


@dataclass(frozen=True, slots=True)
class Tidied:
    """Something that is kept for so long, and how much of it is, or was, older than that."""

    kind: str
    n: int
    kept: Said

    @property
    def title(self) -> Said:
        return TITLE[self.kind]


def to_remove(city: City) -> list[Tidied]:
    """How much would go now; a line for everything that is set, none for what is kept for ever."""
    found = []
    for kind, days in city.settings.keep_days.items():
        with city.database.read() as connection:
            found.append(Tidied(kind, tidying.count_old(connection, kind, _old(city, days)), _days(days)))
    if years := city.settings.keep_years:
        found.append(Tidied(WORDS, kept_longer(city, years), _years(years)))
        found += [
            Tidied(kind.LIST, rows_kept_longer(city, kind, years), _of_list(kind, years)) for kind in OF_LISTS
        ]
    return found


def tidy(city: City) -> list[Tidied]:
    """Remove it, a little at a time, and note what went.

    Raises:
        Busy: when somebody wrote for too long; what went until then is gone, the rest goes next time.
    """
    gone = []
    for kind, days in city.settings.keep_days.items():
        n = _remove(city, kind, _old(city, days))
        if n:
            note_access(city, "tidied", by=None, what=kind, rows=n, days=days)
        gone.append(Tidied(kind, n, _days(days)))
    if years := city.settings.keep_years:
        gone.append(Tidied(WORDS, erase_kept_longer(city, years), _years(years)))
        gone += [
            Tidied(kind.LIST, erase_rows_kept_longer(city, kind, years), _of_list(kind, years))
            for kind in OF_LISTS
        ]
    return gone


def _remove(city: City, kind: str, old: Old) -> int:
    removed = 0
    while True:
        with city.database.write() as connection:
            n = tidying.remove_old(connection, kind, old, AT_ONCE)
        removed += n
        if n < AT_ONCE:
            return removed


def _old(city: City, days: int) -> Old:
    moment = city.now() - timedelta(days=days)
    return Old(moment, moment.astimezone(city.zone).date())


def _days(days: int) -> Said:
    return said("older than {n} days", n=days)


def _years(years: int) -> Said:
    return said("of tickets that ended more than {n} years ago", n=years)


def _of_list(kind: type[Record], years: int) -> Said:
    return replace(KEPT[kind], values={"n": years})


KEPT: Mapping[type[Record], Said] = {
    Order: said("of orders that ended more than {n} years ago"),
    WorkingMember: said("of members who left more than {n} years ago"),
}

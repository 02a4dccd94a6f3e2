"""The administrator's page of who came: filters, pages, accounts – and nobody else's eyes."""

from __future__ import annotations

from datetime import date

import pytest

from city import door_book
from city.access import note_access
from city.opened import City
from city.signed_in import sign_in
from domain.people import Role
from domain.said import Refused, said
from storage import people
from tests.views.alone import alone
from tests.views.test_pages import page, person, words


def test_the_newest_come_first_with_who_and_what_and_never_what_was_typed(
    monkeypatch: pytest.MonkeyPatch, own_city: City
) -> None:
    sign_in(own_city, "typed by somebody", "x", address="10.0.0.7")
    sign_in(own_city, "office", "x", address="10.0.0.8")
    note_access(own_city, "exported", by=person(own_city, "street"), what="ledger", kind="xlsx", rows=7)
    text = words(alone(monkeypatch, "access", own_city, person(own_city, "admin"), {}))
    assert text.index("Data taken away") < text.index("10.0.0.8") < text.index("10.0.0.7")
    assert "ledger · kind xlsx · rows 7" in text and person(own_city, "office").name in text
    assert "typed by somebody" not in text


def test_the_log_is_filtered_by_kind_and_day_and_turned_page_by_page(own_city: City) -> None:
    admin = person(own_city, "admin")
    for n in range(door_book.PAGE + 1):
        note_access(own_city, "refused", by=admin, doing="page", about=f"/{n}", because="no")
    note_access(own_city, "signed_in", by=admin, address="10.0.0.7")
    first = door_book.notes(own_city, admin, kind="refused")
    assert (
        len(first.lines) == door_book.PAGE
        and first.more
        and first.lines[0].about == (said("page"), f"/{door_book.PAGE}")
    )
    rest = door_book.notes(own_city, admin, kind="refused", page=1)
    assert [line.about for line in rest.lines] == [(said("page"), "/0")] and not rest.more
    assert len(door_book.notes(own_city, admin, kind="signed_in", day=date(2026, 11, 24)).lines) == 1
    assert door_book.notes(own_city, admin, day=date(2026, 11, 23)).lines == ()


def test_accounts_that_cannot_come_in_as_usual_stand_first(
    monkeypatch: pytest.MonkeyPatch, own_city: City
) -> None:
    with own_city.database.write() as connection:
        people.change_account(connection, "street", disabled=True)
    admin = person(own_city, "admin")
    assert door_book.accounts(own_city, admin)[0].login == "street"
    assert "<td>disabled</td>" in words(alone(monkeypatch, "access", own_city, admin, {}))


@pytest.mark.parametrize(
    "login", ["leader", "office", "street", "community", "planner", "department", "member"]
)
def test_nobody_but_an_administrator_reads_it(
    monkeypatch: pytest.MonkeyPatch, demo_city: City, login: str
) -> None:
    who = person(demo_city, login)
    for read in (door_book.notes, door_book.accounts):
        with pytest.raises(Refused):
            read(demo_city, who)
    test = page(monkeypatch, demo_city, who, view="access", lang="en")
    assert "Access log" not in [tab.label for tab in test.tabs]
    assert who.role is not Role.ADMINISTRATOR

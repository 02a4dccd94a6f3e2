"""Addresses that nobody's page wrote: each shows a page, none an error."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from city import opened
from city.opened import City
from storage import lists
from storage.database import Database
from tests.server.client import client_of, sign_in
from tests.views.alone import alone
from tests.views.test_pages import page, person

GARBAGE = ["", "x", "-1", "0", "²", "9" * 5000, "' OR 1=1 --", "<b>", "\x00", "\u202e三"]


@pytest.mark.parametrize("garbage", GARBAGE, ids=lambda text: repr(text[:6]))
@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("meetings", ("section", "unit", "meeting", "tier")),
        ("figures", ("period", "by", "order", "from", "to")),
    ],
)
def test_a_page_with_garbage_in_its_address_runs(
    monkeypatch: pytest.MonkeyPatch, demo_city: City, module: str, names: tuple[str, ...], garbage: str
) -> None:
    test = alone(monkeypatch, module, demo_city, person(demo_city, "office"), dict.fromkeys(names, garbage))
    assert not test.exception


@pytest.mark.parametrize("section", ["calendar", "figures"])
@pytest.mark.parametrize("garbage", GARBAGE, ids=lambda text: repr(text[:6]))
def test_a_section_with_garbage_beside_it_runs(
    monkeypatch: pytest.MonkeyPatch, demo_city: City, section: str, garbage: str
) -> None:
    query = {"section": section, "unit": garbage, "tier": garbage, "meeting": garbage}
    assert not alone(monkeypatch, "meetings", demo_city, person(demo_city, "office"), query).exception


def test_a_meeting_with_a_number_of_5000_digits_is_none(
    monkeypatch: pytest.MonkeyPatch, demo_city: City
) -> None:
    query = {"unit": "city", "meeting": "9" * 5000}
    test = alone(monkeypatch, "meetings", demo_city, person(demo_city, "office"), query)
    assert not test.exception
    assert next(box for box in test.selectbox if box.label == "Meetings held").value is None


@pytest.mark.parametrize(
    ("asked", "shown"),
    [("0001-01-01", "2000-01-01"), ("9999-12-31", "2099-12-31"), ("2026-13-01", None)],
)
def test_days_that_no_calendar_of_ours_has_become_the_nearest_that_it_has(
    monkeypatch: pytest.MonkeyPatch, demo_city: City, asked: str, shown: str | None
) -> None:
    query = {"period": "own", "from": asked, "to": "2099-12-31"}
    test = alone(monkeypatch, "figures", demo_city, person(demo_city, "office"), query)
    assert not test.exception
    assert shown in (None, str(test.date_input[0].value))


@pytest.mark.parametrize("garbage", GARBAGE, ids=lambda text: repr(text[:6]))
def test_the_desk_with_garbage_in_its_address_runs(
    monkeypatch: pytest.MonkeyPatch, demo_city: City, garbage: str
) -> None:
    for names in (("grid",), ("within",), ("level",), ("view",), ("lang",), ("grid", "within", "level")):
        test = page(monkeypatch, demo_city, person(demo_city, "office"), **dict.fromkeys(names, garbage))
        assert not test.exception


def test_a_grid_beside_a_unit_that_does_not_hold_it_is_shown(
    monkeypatch: pytest.MonkeyPatch, demo_city: City
) -> None:
    codes = sorted(demo_city.ground.structure.grids)
    for grid, within in ((codes[0], codes[-1]), (codes[-1], codes[0]), (codes[0], codes[0])):
        test = page(monkeypatch, demo_city, person(demo_city, "office"), grid=grid, within=within)
        assert not test.exception


@pytest.mark.parametrize("garbage", [text for text in GARBAGE if text], ids=lambda text: repr(text[:6]))
def test_a_ticket_that_cannot_be_one_is_no_ticket(
    monkeypatch: pytest.MonkeyPatch, demo_city: City, garbage: str
) -> None:
    test = page(monkeypatch, demo_city, person(demo_city, "office"), ticket=garbage, lang="en")
    assert not test.exception and "There is no ticket" in test.warning[0].value


@pytest.mark.parametrize("garbage", GARBAGE, ids=lambda text: repr(text[:6]))
def test_no_store_has_a_ticket_that_cannot_be_one(database: Database, garbage: str) -> None:
    with database.read() as connection:
        assert lists.one_ticket(connection, no=garbage) is None


@pytest.mark.parametrize("number", ["0", "9" * 18, "9" * 30, "9" * 5000, "x", "-1", "%00", "%C2%B2"])
def test_a_photo_that_cannot_be_one_is_not_there(
    monkeypatch: pytest.MonkeyPatch, demo_city: City, number: str
) -> None:
    monkeypatch.setattr(opened, "_here", demo_city)
    with client_of() as client:
        signed_in: TestClient = sign_in(client, "office")
        assert signed_in.get(f"/photos/{number}").status_code == 404

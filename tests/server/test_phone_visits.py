"""Visits on the phone: the round, one tap for a door where all is well, the form where something was learned."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from city import opened
from city.frontline import places
from city.frontline.visited import ROUND
from city.opened import City
from domain.duplicates import metres
from domain.frontline.pledges import Need
from domain.frontline.visits import Follows, Learned, Visit
from domain.place import LngLat
from storage.frontline.records import those
from tests.server.client import client_of
from tests.server.test_phone import Phone


@pytest.fixture
def city(own_city: City, monkeypatch: pytest.MonkeyPatch) -> City:
    monkeypatch.setattr(opened, "_here", own_city)
    return own_city


@pytest.fixture
def member(city: City) -> Iterator[Phone]:
    with client_of(**{"accept-language": "en"}) as client:
        yield Phone(city, client, "member")


def doors(page: str) -> list[str]:
    """The buildings of the round, in its order."""
    return re.findall(r'<a href="(/m/visits/[^"]+)"', page)


def newest(phone: Phone) -> Visit:
    with phone.city.database.read() as connection:
        return those(connection, Visit)[-1]


def count(phone: Phone) -> int:
    with phone.city.database.read() as connection:
        return len(those(connection, Visit))


def send(phone: Phone, door: str, **fields: str) -> TestClient:
    return phone.client.post(door, data=phone.fields(door) | fields)  # type: ignore[return-value]


def test_a_door_where_all_is_well_takes_one_tap_on_the_round(member: Phone) -> None:
    before, door = count(member), doors(member.get("/m/visits"))[0]
    token = member.fields("/m/visits")["form_token"]
    answer = member.client.post(door, data={"form_token": token})
    assert (answer.status_code, answer.headers["location"]) == (303, "/m/visits?did=visited")
    page = member.get("/m/visits?did=visited")
    assert "The visit is written down." in page and "Written down today: 1" in page
    made = newest(member)
    assert count(member) == before + 1 and door.endswith(made.unit or "-")
    assert (made.learned, made.follows, made.visitor) == (Learned.WELL, Follows.NOTHING, member.person.id)


def test_a_second_tap_at_once_is_the_same_visit(member: Phone) -> None:
    before, door = count(member), doors(member.get("/m/visits"))[0]
    for _ in range(2):
        assert send(member, door, learned="well").status_code == 303  # type: ignore[attr-defined]
    assert count(member) == before + 1


def test_what_was_learned_can_lead_to_a_ticket_at_the_buildings_own_place(member: Phone) -> None:
    door = doors(member.get("/m/visits"))[0]
    answer = send(member, door, learned="safety", follows="ticket")
    to = answer.headers["location"]  # type: ignore[attr-defined]
    assert to.startswith("/m/raise?visit=")
    fields = member.fields(to)
    assert fields["visit"] == str(newest(member).id) and fields["at"]
    sent = member.client.post(
        "/m/raise", data=fields | {"category": "0101", "words": "楼道堆物", "do": "send"}
    )
    assert sent.status_code == 303
    made = newest(member)
    assert (made.follows, made.ticket_id) == (Follows.TICKET, member.newest().id)


def test_a_need_is_entered_in_the_list_and_says_what_is_needed(member: Phone) -> None:
    door = doors(member.get("/m/visits"))[0]
    refused = send(member, door, learned="hardship", follows="listed", need="")
    assert refused.status_code == 422 and "Please describe the need." in refused.text  # type: ignore[attr-defined]
    assert 'value="hardship" checked' in refused.text  # type: ignore[attr-defined]
    send(member, door, learned="hardship", follows="listed", need="老人助餐", sort="care")
    with member.city.database.read() as connection:
        need = those(connection, Need)[-1]
    assert (need.title, need.grid, newest(member).need_id) == ("老人助餐", member.person.area, need.id)


def test_a_visit_is_taken_back_on_the_day_it_was_made(member: Phone) -> None:
    door = doors(member.get("/m/visits"))[0]
    send(member, door, learned="well")
    made = newest(member)
    answer = send(member, door, withdraw=str(made.id))
    assert answer.headers["location"] == "/m/visits?did=withdrawn"  # type: ignore[attr-defined]
    assert newest(member).withdrawn and "Written down today" not in member.get("/m/visits")


def test_a_visit_without_what_was_learned_cannot_lead_on(member: Phone) -> None:
    before, door = count(member), doors(member.get("/m/visits"))[0]
    refused = send(member, door, learned="well", follows="solved")
    assert refused.status_code == 422 and count(member) == before  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "sent", [{"learned": "nonsense"}, {"follows": "nonsense"}, {"withdraw": "9" * 40}, {"withdraw": "x"}]
)
def test_what_no_page_of_ours_sends_is_no_trouble(member: Phone, sent: dict[str, str]) -> None:
    door = doors(member.get("/m/visits"))[0]
    assert send(member, door, **sent).status_code in (303, 422)  # type: ignore[attr-defined]


def test_a_form_that_is_not_ours_writes_nothing_down(member: Phone) -> None:
    before, door = count(member), doors(member.get("/m/visits"))[0]
    assert member.client.post(door, data={"form_token": "forged", "learned": "well"}).status_code == 403
    assert count(member) == before


def places_of(member: Phone) -> dict[str, LngLat]:
    known = places.buildings(member.city).of(member.city, member.person.area)
    return {f"/m/visits/{building.code}": building.point for building in known}


def test_the_round_begins_where_one_stands_and_keeps_the_place_nowhere(member: Phone) -> None:
    where, first = places_of(member), doors(member.get("/m/visits"))[0]
    stands = where[doors(member.get("/m/visits"))[-1]]
    fields = member.fields("/m/visits") | {"at": f"{stands.lng:.6f},{stands.lat:.6f}"}
    page = member.client.post("/m/visits", data=fields)
    nearest = min(doors(page.text)[:ROUND], key=lambda door: metres(stands, where[door]))
    assert doors(page.text)[0] == nearest != first and "The round begins where you stand." in page.text
    assert doors(member.get("/m/visits"))[0] == first


@pytest.mark.parametrize("at", ["", "nowhere", "200,95", "1", "nan,nan", "9" * 500])
def test_a_place_that_is_none_leaves_the_round_as_it_was(member: Phone, at: str) -> None:
    first = doors(member.get("/m/visits"))
    page = member.client.post("/m/visits", data=member.fields("/m/visits") | {"at": at})
    assert page.status_code == 200 and doors(page.text) == first


def test_after_a_visit_the_round_goes_on_from_there(member: Phone) -> None:
    where, door = places_of(member), doors(member.get("/m/visits"))[-1]
    send(member, door, learned="well")
    round_ = doors(member.get("/m/visits"))[:ROUND]
    assert round_[0] == min(round_, key=lambda each: metres(where[door], where[each]))


def test_a_place_in_a_form_that_is_not_ours_moves_no_round(member: Phone) -> None:
    answer = member.client.post("/m/visits", data={"form_token": "forged", "at": "124.1,39.8"})
    assert answer.status_code == 403 and doors(answer.text) == []

"""Who may come in: wrong passwords lock, the right one resets, and nobody learns which names there are – on both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from city import signed_in
from city.form_tokens import token_for
from city.known_browsers import MOST, known_for, mark_in
from city.opened import City
from city.settings import Settings
from city.signed_in import change_password, ended, entry_of, has_published_password, person_of, sign_in
from domain.entering import TRIES, Locked
from domain.people import Person, Role
from domain.said import Busy, Refused
from storage import facts, lists, people
from storage.database import Database
from tests.conftest import NOON

RIGHT, WRONG = "right horse", "wrong horse"


class Clocked(City):
    """A city whose clock is set by hand."""

    at: datetime = NOON

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def city(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clocked]:
    made = Clocked(Settings(database_url=database.url))
    made.database = database
    monkeypatch.setattr(signed_in, "_strangers", signed_in._Strangers())
    monkeypatch.setattr(signed_in, "_browsers", signed_in._Strangers())
    monkeypatch.setattr(signed_in, "KEPT", 0.0)
    with database.write() as connection:
        people.add_account(
            connection,
            login="anna",
            name="Anna",
            role=Role.CITY_OFFICE,
            area="city",
            password=RIGHT,
            now=NOON,
        )
    yield made


def tried(city: City, login: str, password: str = WRONG, browser: str = "") -> str:
    """What somebody before the door hears."""
    try:
        token = sign_in(city, login, password, address="10.0.0.9", browser=browser)
        return "in" if token else "wrong"
    except Locked as locked:
        return str(locked.because)


def noted(city: City) -> list[tuple[str, int | None, dict[str, object]]]:
    with city.database.read() as connection:
        return [(e.kind, e.by, dict(e.facts)) for e in lists.all_events(connection) if e.stream[:2] == "a:"]


def person(city: City) -> Person:
    with city.database.read() as connection:
        return people.all_accounts(connection)[0].person


def test_five_wrong_passwords_lock_and_the_right_one_does_not_enter_until_the_minute_is_over(
    city: Clocked,
) -> None:
    assert [tried(city, "anna") for _ in range(TRIES - 1)] == ["wrong"] * 4
    wait = "Too many wrong passwords. Please wait a minute, then try again."
    assert (tried(city, "anna"), tried(city, "anna", RIGHT)) == (wait, wait)
    city.at += timedelta(seconds=61)
    assert tried(city, "anna", RIGHT) == "in"


def test_each_lock_is_longer_and_to_come_in_resets_all(city: Clocked) -> None:
    waits = []
    for _ in range(TRIES + 8):
        said = tried(city, "anna")
        if said != "wrong":
            waits.append(int(said.split("wait ")[1].split()[0].replace("a", "1")))
            city.at += timedelta(minutes=waits[-1], seconds=1)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert tried(city, "anna", RIGHT) == "in"
    assert tried(city, "anna") == "wrong"


def test_whoever_tries_learns_nothing_of_which_names_there_are(city: Clocked) -> None:
    for _ in range(TRIES + 3):
        assert tried(city, "anna") == tried(city, "nobody")
        city.at += timedelta(seconds=40)


def test_nobody_elses_wrong_passwords_lock_an_account_out_of_the_browser_it_is_known_in(
    city: Clocked,
) -> None:
    own = known_for(city, "", person(city).id)
    for _ in range(30):
        tried(city, "anna")
        city.at += timedelta(hours=1, seconds=1)
    assert tried(city, "anna") == tried(city, "anna", RIGHT) != "wrong"
    assert tried(city, "anna", RIGHT, own) == "in"
    assert tried(city, "anna", RIGHT) != "in", "elsewhere the account is as locked as before"


def test_who_guesses_in_a_browser_that_is_known_is_locked_there_and_locks_nobody_elsewhere(
    city: Clocked,
) -> None:
    own = known_for(city, "", person(city).id)
    assert [tried(city, "anna", WRONG, own) for _ in range(TRIES - 1)] == ["wrong"] * 4
    assert tried(city, "anna", WRONG, own) == tried(city, "anna", RIGHT, own) != "in"
    assert tried(city, "anna", RIGHT) == "in"
    city.at += timedelta(seconds=61)
    assert tried(city, "anna", RIGHT, own) == "in"
    assert [kind for kind, _, _ in noted(city)].count("locked_out") == 0


def test_a_browser_is_known_for_the_accounts_that_were_let_in_there_and_for_no_other(city: Clocked) -> None:
    known = ""
    for account in range(MOST + 2):
        known = known_for(city, known, account)
    marks = [mark_in(city, known, account) for account in range(MOST + 2)]
    assert marks[:2] == ["", ""] and all(marks[2:]) and len(set(marks[2:])) == MOST
    assert mark_in(city, known_for(city, known, 5), 5) == marks[5], "a browser's own count stays its own"
    for forged in ("x", known[:-1], known[1:], token_for(city, "s")):
        assert mark_in(city, forged, 5) == ""


def test_tries_at_once_count_as_if_they_had_come_one_after_the_other(city: Clocked) -> None:
    heard: list[str] = []
    crowd = [threading.Thread(target=lambda: heard.append(tried(city, "anna"))) for _ in range(12)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert heard.count("wrong") == TRIES - 1
    assert tried(city, "anna", RIGHT) != "in"
    assert [kind for kind, _, _ in noted(city)].count("locked_out") == 1


def test_names_that_nobody_has_take_bounded_memory(city: Clocked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signed_in, "STRANGERS", 3)
    for n in range(5):
        tried(city, f"nobody{n}")
    assert len(signed_in._strangers) == 3


def test_every_try_is_in_the_log_and_never_what_was_typed(city: Clocked) -> None:
    tried(city, "my-secret-typed-as-name")
    tried(city, "anna")
    tried(city, "anna", RIGHT)
    account, address = person(city).id, {"address": "10.0.0.9"}
    assert noted(city) == [
        ("sign_in_failed", None, address),
        ("sign_in_failed", None, {"account": account, **address}),
        ("signed_in", account, address),
    ]


def test_a_sign_in_that_cannot_be_noted_is_not_granted(
    city: Clocked, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_args: object, **_facts: object) -> None:
        raise Busy

    monkeypatch.setattr(signed_in, "note_within", busy)
    with pytest.raises(Busy):
        sign_in(city, "anna", RIGHT)
    with city.database.read() as connection:
        assert people.sessions_of(connection, person(city).id, "", city.now()) == []


def test_to_sign_out_everywhere_ends_every_session_and_nobody_elses(city: Clocked) -> None:
    with city.database.write() as connection:
        people.add_account(
            connection, login="ben", name="Ben", role=Role.LEADER, area="city", password=RIGHT, now=NOON
        )
    mine = [sign_in(city, "anna", RIGHT), sign_in(city, "anna", RIGHT)]
    his = sign_in(city, "ben", RIGHT)
    tokens = {token for token in (*mine, his) if token}
    assert ended(city, tokens) == set() and len(tokens) == 3
    assert signed_in.sign_out_everywhere(city, person(city)) == 2
    assert ended(city, tokens) == set(mine)
    assert [person_of(city, token) is None for token in (*mine, his)] == [True, True, False]
    assert noted(city)[-1] == ("signed_out_everywhere", person(city).id, {"sessions": 2})


def test_a_new_password_ends_what_was_signed_in_and_opens_one_anew(city: Clocked) -> None:
    here, there = sign_in(city, "anna", RIGHT), sign_in(city, "anna", RIGHT)
    assert here and there
    with pytest.raises(Refused, match="old password is wrong"):
        change_password(city, here, WRONG, "a new password")
    with pytest.raises(Refused, match="at least 8"):
        change_password(city, here, RIGHT, "short")
    again = change_password(city, here, RIGHT, "a new password")
    assert ended(city, {here, there, again}) == {here, there}
    assert (tried(city, "anna", RIGHT), tried(city, "anna", "a new password")) == ("wrong", "in")
    kinds = [kind for kind, _, _ in noted(city)]
    assert kinds[2:4] == ["sign_in_failed", "password_changed"]


def test_whoever_guesses_the_old_password_at_an_open_page_is_locked_too(city: Clocked) -> None:
    here = sign_in(city, "anna", RIGHT)
    assert here
    for _ in range(TRIES - 1):
        with pytest.raises(Refused, match="old password is wrong"):
            change_password(city, here, WRONG, "a new password")
    with pytest.raises(Locked):
        change_password(city, here, WRONG, "a new password")
    with pytest.raises(Locked):
        change_password(city, here, RIGHT, "a new password")


def test_strangers_keep_nobody_who_is_signed_in_from_a_new_password(city: Clocked) -> None:
    here = sign_in(city, "anna", RIGHT)
    assert here
    for _ in range(TRIES):
        with suppress(Locked):
            sign_in(city, "anna", WRONG)
    with pytest.raises(Locked):
        sign_in(city, "anna", RIGHT)
    assert change_password(city, here, RIGHT, "a new password")


def demo(city: City, **settings: str) -> Clocked:
    with city.database.write() as connection:
        facts.write_fact(connection, "demo", True)
        people.add_account(
            connection, login="demo", name="Demo", role=Role.LEADER, area="city", password="redgrid-demo",
            now=NOON, demo=True,
        )  # fmt: skip
        facts.bump_revision(connection)
    made = Clocked(Settings(database_url=city.database.url, **settings))
    made.database = city.database
    return made


def test_in_a_demo_the_printed_password_may_be_used(city: Clocked) -> None:
    place = demo(city)
    token = sign_in(place, "demo", "redgrid-demo")
    assert person_of(place, token) is not None and has_published_password(place)


def test_outside_demo_mode_the_printed_password_must_be_changed_first(city: Clocked) -> None:
    place = demo(city, demo_mode="off")
    token = sign_in(place, "demo", "redgrid-demo")
    entry = entry_of(place, token)
    assert token and entry and entry.must_change and person_of(place, token) is None
    again = change_password(place, token, "redgrid-demo", "a new password")
    assert person_of(place, again) is not None and not has_published_password(place)


def test_who_got_a_password_from_an_administrator_may_have_to_change_it(city: Clocked) -> None:
    with city.database.write() as connection:
        people.change_account(connection, "anna", must_change=True)
    token = sign_in(city, "anna", RIGHT)
    assert token and person_of(city, token) is None
    assert person_of(city, change_password(city, token, RIGHT, "a new password")) is not None


def test_passwords_sign_in_administrators_alone_where_a_service_is_the_only_way(city: Clocked) -> None:
    place = Clocked(
        Settings(
            database_url=city.database.url,
            oidc_issuer="https://id.example",
            oidc_client_id="x",
            oidc_only=True,
        )
    )
    place.database = city.database
    assert sign_in(place, "anna", RIGHT) is None
    with city.database.write() as connection:
        people.change_account(connection, "anna", role=Role.ADMINISTRATOR.value)
    assert sign_in(place, "anna", RIGHT) is not None

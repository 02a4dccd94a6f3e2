"""A machine that watches is told what ails the city, in single words, and figures that name nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import delete, text, update
from starlette.testclient import TestClient

from city import opened
from city.opened import City
from city.settings import Settings
from city.sweeping import sweep_city
from server import health
from storage import facts
from storage.schema import grids, plans
from storage.seeding import clear
from tests.conftest import NOON
from tests.server.client import client_of, sign_in


class Later(City):
    """The city at whatever moment a test says."""

    at: datetime = NOON

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def city(own_city: City, monkeypatch: pytest.MonkeyPatch) -> Iterator[Later]:
    """A demo city of one's own, the one that is served."""
    served = Later(own_city.settings)
    monkeypatch.setattr(opened, "_here", served)
    yield served
    served.database.close()


def asked(method: str = "GET") -> tuple[int, object]:
    answer = client_of().request(method, "/healthz")
    return answer.status_code, answer.json() if answer.content else None


def ails(*what: str) -> tuple[int, object]:
    return 503, {"status": "failed", "failed": list(what)}


def test_a_city_that_can_work_is_well_for_everybody_who_asks(city: Later) -> None:
    assert asked() == (200, {"status": "ok"})
    assert asked("HEAD") == (200, None)


def test_a_city_without_any_grids_is_well(city: Later) -> None:
    with city.database.write() as connection:
        clear(connection)
    assert asked() == (200, {"status": "ok"})


def test_a_store_that_cannot_be_reached_is_told(city: Later, tmp_path: Path) -> None:
    city.database.close()
    (tmp_path / "own.db").rename(tmp_path / "gone.db")
    (tmp_path / "own.db").mkdir()
    assert asked() == ails("store")


def test_a_store_that_does_not_answer_in_time_is_told(city: Later, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "PATIENCE", 0.0)
    assert asked() == ails("store")
    monkeypatch.setattr(health, "PATIENCE", 5.0)
    assert asked() == (200, {"status": "ok"})


@pytest.mark.parametrize("revision", ["0001", "9999"])
def test_a_schema_of_another_version_is_told(city: Later, revision: str) -> None:
    with city.database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})
    assert asked() == ails("schema")


def test_grids_without_a_plan_in_force_are_told(city: Later) -> None:
    with city.database.write() as connection:
        connection.execute(update(plans).values(state="draft"))
    assert asked() == ails("plan")


def test_outlines_that_nobody_can_read_are_told(city: Later) -> None:
    with city.database.write() as connection:
        connection.execute(update(grids).values(geometry=b"no outline"))
        facts.bump_revision(connection)
    assert asked() == ails("plan")


def test_nobody_sweeping_for_three_times_the_interval_is_told_until_somebody_does(city: Later) -> None:
    city.at = NOON + timedelta(seconds=180)
    assert asked()[0] == 200, "whoever has just begun is given as long"
    city.at += timedelta(seconds=1)
    assert asked() == ails("sweep")
    other = Later(city.settings)
    other.at = city.at
    assert sweep_city(other) is not None
    other.database.close()
    assert asked()[0] == 200, "another process swept"


def test_a_sweep_of_another_moment_is_none_of_now(city: Later) -> None:
    city.at = NOON + timedelta(hours=1)
    sweep_city(city, NOON + timedelta(minutes=59, seconds=59))
    assert asked() == ails("sweep")


@pytest.mark.parametrize(
    ("settings", "limit"),
    [({"sweep_seconds": 0}, 7200), ({"sweep_limit_seconds": 90}, 90), ({"sweep_seconds": 10}, 30)],
)
def test_how_long_nobody_may_sweep_is_set(city: Later, settings: dict[str, int], limit: int) -> None:
    city.settings = city.settings.model_copy(update=settings)
    city.at = NOON + timedelta(seconds=limit)
    assert asked()[0] == 200
    city.at += timedelta(seconds=1)
    assert asked() == ails("sweep")


def test_what_is_told_of_a_city_that_fails_is_no_more_than_a_word(city: Later) -> None:
    with city.database.write() as connection:
        connection.execute(delete(facts.facts))
        connection.execute(text("DROP TABLE alembic_version"))
    answer = client_of().get("/healthz")
    assert answer.json() == {"status": "failed", "failed": ["schema"]}


# --- figures ----------------------------------------------------------------------------------------------------

TOKEN = {"authorization": "Bearer let-me-read-them"}


@pytest.fixture
def watched(city: Later) -> TestClient:
    """Somebody with the token of a city that has one."""
    city.settings = Settings.model_validate(
        city.settings.model_dump() | {"metrics_token": "let-me-read-them"}
    )
    return client_of(**TOKEN)


def figures(client: TestClient) -> dict[str, float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return {
        sample.name + "".join(sorted(f" {k}={v}" for k, v in sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_figures_are_for_who_has_the_token(watched: TestClient) -> None:
    assert figures(watched)["redgrid_store_up"] == 1
    for wrong in ("", "Bearer ", "Bearer wrong", "let-me"):
        assert client_of(authorization=wrong).get("/metrics").status_code == 403


def test_figures_are_for_this_machine_but_for_nobody_whom_a_proxy_brings(city: Later) -> None:
    app = client_of().app
    here = TestClient(app, client=("127.0.0.1", 1))
    assert here.get("/metrics").status_code == 200
    assert TestClient(app, client=("::1", 1)).get("/metrics").status_code == 200
    assert TestClient(app, client=("10.0.0.9", 1)).get("/metrics").status_code == 403
    for header in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via"):
        assert here.get("/metrics", headers={header: "127.0.0.1"}).status_code == 403


def test_figures_tell_of_requests_store_tickets_sweep_and_process(watched: TestClient, city: Later) -> None:
    sweep_city(city)
    city.at += timedelta(seconds=20)
    before = figures(watched)
    client_of().get("/login")
    after = figures(watched)
    counted = "redgrid_requests_total method=GET route=/login status=200"
    assert after[counted] == before.get(counted, 0) + 1
    assert after["redgrid_request_seconds_count route=/login"] >= 1
    assert after["redgrid_sweep_age_seconds"] == 20
    assert 0 < after["redgrid_tickets_overdue"] <= after["redgrid_tickets_open"]
    assert 0 < after["redgrid_store_round_trip_seconds"] < 5
    assert after["process_resident_memory_bytes"] > 1e7
    assert {"redgrid_websockets", "redgrid_plan_id", "redgrid_ground_revision"} <= after.keys()
    assert any(name.startswith("redgrid_schema_info revision=00") for name in after)
    assert any(name.startswith("redgrid_sweep_did kind=") for name in after)


def test_figures_name_no_ticket_no_token_and_nobody(watched: TestClient, city: Later) -> None:
    with city.database.read() as connection:
        no = connection.scalar(text("SELECT no FROM tickets WHERE open ORDER BY id"))
    client = sign_in(client_of(), "member")
    for path in (f"/m/tickets/{no}", "/public/rate/a-token", "/wall/a-token", f"/{no}", f"/media/{no}"):
        client.get(path)
    told = watched.get("/metrics").text
    assert no not in told and "a-token" not in told and "member" not in told
    routes = set(re.findall(r'route="([^"]*)"', told))
    assert {"/m/tickets/{no}", "/public/rate/{token}", "/wall/{token}", "{else}", "/media/{name}"} <= routes


def test_figures_of_a_city_whose_store_is_away_say_so(
    watched: TestClient, city: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("city.vitals.look", lambda *_, **__: None)
    monkeypatch.setattr("server.metrics.look", lambda *_, **__: None)
    told = figures(watched)
    assert told["redgrid_store_up"] == 0 and "redgrid_tickets_open" not in told

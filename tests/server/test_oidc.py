"""Signing in with the city's own sign-in service: who comes in, and everything that must not let anybody in."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy import select
from starlette.testclient import TestClient

from city import opened, signed_in
from city.opened import City
from city.settings import Settings
from server import oidc
from server import provider as asking
from server.oidc import COOKIE, subject_in
from server.sign_in import inside
from server.turnstile import Turnstile
from storage import people
from storage.schema import events
from tests.server.client import client_of
from tests.server.client import sign_in as with_password
from tests.server.provider import CLIENT, SECRET, Provider, elliptic, rsa, running

SUBJECT = "staff-0017"
KINDS = frozenset({"signed_in", "sign_in_failed"})


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    monkeypatch.setattr(asking, "PATIENCE", httpx2.Timeout(2.0))
    asking._provider.cache_clear()
    monkeypatch.setattr(oidc, "ATTEMPTS", Turnstile(a_minute=20))
    with running() as provider:
        yield provider


@pytest.fixture
def city(own_city: City, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> City:
    own_city.settings = set_for(own_city, provider)
    monkeypatch.setattr(opened, "_here", own_city)
    with own_city.database.write() as connection:
        people.change_account(connection, "office", subject=SUBJECT)
    return own_city


@pytest.fixture
def client(city: City) -> Iterator[TestClient]:
    with client_of(**{"accept-language": "en"}) as client:
        yield client


def set_for(city: City, provider: Provider, **others: Any) -> Settings:
    known = {
        "oidc_issuer": provider.issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SecretStr(SECRET),
    }
    return city.settings.model_copy(update=known | others)


def at_the_service(client: TestClient, wanted: str = "/") -> str:
    """Press the button, sign in there; the address to come back to."""
    there = client.get("/oidc/login", params={"next": wanted}).headers["location"]
    back: str = httpx2.get(there).headers["location"]
    assert back.startswith("http://testserver/oidc/callback?")
    return back.removeprefix("http://testserver")


def come_back(client: TestClient, wanted: str = "/") -> httpx2.Response:
    answer: httpx2.Response = client.get(at_the_service(client, wanted))
    return answer


def log_of(city: City) -> list[Any]:
    with city.database.read() as connection:
        return [e for e in connection.execute(select(events).order_by(events.c.id)) if e.kind in KINDS]


def is_in(client: TestClient) -> bool:
    return client.get("/live/loads?level=1").status_code == 200


def test_whoever_the_service_names_comes_in_and_goes_where_they_wanted(client: TestClient) -> None:
    answer = come_back(client, "/?view=desk&ticket=7")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?view=desk&ticket=7")
    ours = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("redgrid="))
    assert "HttpOnly" in ours and "SameSite=lax" in ours and "Path=/;" in ours
    assert is_in(client)


def test_over_https_both_cookies_stay_there(city: City, provider: Provider, client: TestClient) -> None:
    city.settings = set_for(city, provider, secure_cookie=True)
    client.base_url = client.base_url.copy_with(scheme="https")
    begun = client.get("/oidc/login")
    assert "Secure" in begun.headers["set-cookie"] and "Path=/oidc" in begun.headers["set-cookie"]
    back = httpx2.get(begun.headers["location"]).headers["location"]
    assert back.startswith("https://testserver/oidc/callback?")
    cookies = client.get(back.removeprefix("https://testserver")).headers.get_list("set-cookie")
    assert "Secure" in next(c for c in cookies if c.startswith("redgrid="))


def test_the_service_is_asked_for_a_code_with_state_nonce_and_proof_key(client: TestClient) -> None:
    there = client.get("/oidc/login").headers["location"]
    asked = {name: value[0] for name, value in parse_qs(urlsplit(there).query).items()}
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert len(asked["state"]) >= 20 and len(asked["nonce"]) >= 20 and len(asked["code_challenge"]) == 43
    assert asked["redirect_uri"] == "http://testserver/oidc/callback"


def test_a_sign_in_is_in_the_log_and_so_is_the_way_it_came(city: City, client: TestClient) -> None:
    come_back(client)
    (event,) = log_of(city)
    assert event.kind == "signed_in" and '"how":"oidc"' in event.facts.replace(" ", "")


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "evil"])
def test_nobody_is_sent_to_another_host_afterwards(client: TestClient, wanted: str) -> None:
    assert come_back(client, wanted).headers["location"] == "/" == inside(wanted)


def test_a_second_process_on_the_database_takes_up_what_the_first_began(
    city: City, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = at_the_service(client)
    other = City(city.settings)
    monkeypatch.setattr(opened, "_here", other)
    asking._provider.cache_clear()
    assert client.get(back).status_code == 303
    other.database.close()


def test_a_password_that_must_be_changed_keeps_nobody_out_who_needs_none(
    city: City, client: TestClient
) -> None:
    with city.database.write() as connection:
        people.change_account(connection, "office", must_change=True)
    come_back(client)
    assert is_in(client)
    client.cookies.clear()
    with_password(client, "office")
    assert not is_in(client)
    client.cookies.set("redgrid", people.VOUCHED + client.cookies["redgrid"])
    assert not is_in(client), "a token cannot be made into a vouched one"


# --- who is not let in -------------------------------------------------------------------------------------------


def refused(client: TestClient, answer: httpx2.Response, sentence: str, status: int = 403) -> None:
    assert (answer.status_code, sentence in answer.text) == (status, True), answer.text
    assert not any(c.startswith("redgrid=") for c in answer.headers.get_list("set-cookie"))
    assert not is_in(client)


def test_somebody_without_account_is_told_whom_to_ask_and_none_is_made(
    city: City, provider: Provider, client: TestClient
) -> None:
    provider.who = {"sub": "somebody-else"}
    with city.database.read() as connection:
        before = len(people.all_accounts(connection))
    refused(client, come_back(client), "Please tell the administrator")
    with city.database.read() as connection:
        assert len(people.all_accounts(connection)) == before
    (event,) = log_of(city)
    assert event.kind == "sign_in_failed" and "unknown subject" in event.facts
    assert "somebody-else" not in event.facts


def test_a_disabled_account_is_refused(city: City, client: TestClient) -> None:
    with city.database.write() as connection:
        people.change_account(connection, "office", disabled=True)
    refused(client, come_back(client), "disabled")
    assert [e.kind for e in log_of(city)] == ["sign_in_failed"]


NOT_COMPLETED = "could not be completed"


def test_another_state_is_refused_and_not_taken_to_the_service(
    provider: Provider, client: TestClient
) -> None:
    back = at_the_service(client)
    refused(client, client.get(back.replace("state=", "state=x")), NOT_COMPLETED)
    assert "/token" not in provider.asked


def test_a_link_of_another_browser_signs_nobody_in(client: TestClient) -> None:
    back = at_the_service(client)
    with client_of(**{"accept-language": "en"}) as other:
        refused(other, other.get(back), NOT_COMPLETED)
        other.get("/oidc/login")
        refused(other, other.get(back), NOT_COMPLETED)


def test_coming_back_a_second_time_is_refused_before_the_service_is_asked(
    provider: Provider, client: TestClient
) -> None:
    back = at_the_service(client)
    assert client.get(back).status_code == 303
    client.cookies.delete("redgrid")
    refused(client, client.get(back), NOT_COMPLETED)
    assert provider.asked.count("/token") == 1 and COOKIE not in client.cookies


def test_a_code_is_good_once_also_for_who_kept_the_cookie(provider: Provider, client: TestClient) -> None:
    back = at_the_service(client)
    kept = client.cookies.get(COOKIE)
    assert kept and client.get(back).status_code == 303
    client.cookies.clear()
    answer = client.get(back, headers={"cookie": f"{COOKIE}={kept}"})
    refused(client, answer, NOT_COMPLETED)
    assert provider.refused == ["invalid_grant"]


def test_a_sign_in_that_took_too_long_begins_anew(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    back, now = at_the_service(client), time.time()
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: now + 601)
    refused(client, client.get(back), NOT_COMPLETED)


def test_whoever_comes_back_with_nothing_again_and_again_is_sent_off(
    city: City, provider: Provider, client: TestClient
) -> None:
    for _ in range(12):
        assert come_back(client).status_code == 303, "a sign-in that succeeds does not count"
    client.cookies.delete("redgrid")
    client.get("/oidc/login")
    kept = client.cookies.get(COOKIE)
    before, asked = len(log_of(city)), provider.asked.count("/token")
    for _ in range(22):
        answer = client.get("/oidc/callback?code=x&state=y", headers={"cookie": f"{COOKIE}={kept}"})
    assert answer.status_code == 429 and client.get("/oidc/login").status_code == 429
    assert (len(log_of(city)), provider.asked.count("/token")) == (before, asked)


def test_what_the_service_refused_is_said(client: TestClient) -> None:
    back = at_the_service(client)
    state = parse_qs(urlsplit(back).query)["state"][0]
    answer = client.get("/oidc/callback", params={"error": "access_denied", "state": state})
    refused(client, answer, "did not let you in")


NOW = int(time.time())


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"exp": NOW - 60},
        {"exp": None},
        {"iat": NOW + 3600},
        {"aud": "another-program"},
        {"aud": ["another-program"], "azp": CLIENT},
        {"aud": [CLIENT, "another-program"]},
        {"aud": [CLIENT, "another-program"], "azp": "another-program"},
        {"aud": None},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"sub": None},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    ],
    # The ids hold no time of day: two processes that share the tests must name them alike.
    ids=lambda claims: str({k: v if isinstance(v, (str, list)) else bool(v) for k, v in claims.items()}),
)
def test_a_token_that_is_not_for_this_sign_in_lets_nobody_in(
    city: City, provider: Provider, client: TestClient, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    refused(client, come_back(client), NOT_COMPLETED)
    assert [(e.kind, "not proven" in e.facts) for e in log_of(city)] == [("sign_in_failed", True)]


def test_a_token_signed_by_somebody_else_lets_nobody_in(provider: Provider, client: TestClient) -> None:
    provider.published, provider.key = [provider.key], rsa("first")
    refused(client, come_back(client), NOT_COMPLETED)


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_signature_that_anybody_could_make_lets_nobody_in(
    provider: Provider, client: TestClient, algorithm: str
) -> None:
    provider.algorithm = algorithm
    refused(client, come_back(client), NOT_COMPLETED)


def test_an_answer_without_token_lets_nobody_in(provider: Provider, client: TestClient) -> None:
    back = at_the_service(client)
    provider.codes.clear()
    refused(client, client.get(back), NOT_COMPLETED)


# --- the service itself ------------------------------------------------------------------------------------------


def test_new_keys_of_the_service_are_fetched_when_they_are_met(
    provider: Provider, client: TestClient
) -> None:
    assert come_back(client).status_code == 303
    provider.key = rsa("second")
    assert come_back(client).status_code == 303
    provider.key = rsa("second")
    assert come_back(client).status_code == 303, "another key under the same name"
    provider.key, provider.algorithm = elliptic("third"), "ES256"
    assert come_back(client).status_code == 303
    assert provider.asked.count("/jwks") == 4
    assert provider.asked.count("/.well-known/openid-configuration") == 1


def test_a_service_that_is_down_is_told_and_passwords_still_work(
    city: City, provider: Provider, client: TestClient
) -> None:
    city.settings = set_for(city, provider, oidc_issuer="http://127.0.0.1:9")
    answer = client.get("/oidc/login")
    refused(client, answer, "cannot be reached just now", 503)
    assert 'name="password"' in answer.text
    assert is_in(with_password(client, "office"))


@pytest.mark.parametrize("status", [404, 500, 502])
def test_a_service_that_is_broken_is_told_and_tried_again(
    provider: Provider, client: TestClient, status: int
) -> None:
    provider.answers["/.well-known/openid-configuration"] = status
    refused(client, client.get("/oidc/login"), "cannot be reached just now", 503)
    provider.answers.clear()
    assert come_back(client).status_code == 303


@pytest.mark.parametrize("path", ["/token", "/jwks"])
def test_a_service_that_breaks_while_somebody_signs_in_is_told(
    city: City, provider: Provider, client: TestClient, path: str
) -> None:
    back = at_the_service(client)
    provider.answers[path] = 500
    refused(client, client.get(back), "cannot be reached just now", 503)
    assert ["unreachable" in e.facts for e in log_of(city)] == [True]


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"jwks_uri": None},
        {"authorization_endpoint": 7},
    ],
    ids=str,
)
def test_a_document_of_another_service_is_not_believed(
    provider: Provider, client: TestClient, document: dict[str, Any]
) -> None:
    provider.document = document
    refused(client, client.get("/oidc/login"), "cannot be reached just now", 503)


def test_a_service_that_wants_the_secret_in_the_form_gets_it_there(
    provider: Provider, client: TestClient
) -> None:
    provider.document = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert come_back(client).status_code == 303 and provider.auth == ""


# --- settings ----------------------------------------------------------------------------------------------------


def test_without_the_setting_there_is_no_button_and_nothing_behind_it(city: City, client: TestClient) -> None:
    city.settings = city.settings.model_copy(update={"oidc_issuer": ""})
    assert "/oidc/login" not in client.get("/login").text
    assert client.get("/oidc/login").status_code == client.get("/oidc/callback").status_code == 404


@pytest.mark.parametrize(
    ("language", "name", "label"),
    [
        ("en", "", "Sign in with the city’s account"),
        ("zh", "", "使用统一身份认证登录"),
        ("en", "City <ID>", "Sign in with City &lt;ID&gt;"),
        ("zh", "政务通", "使用政务通登录"),
    ],
)
def test_the_button_bears_the_name_of_the_service(
    city: City, provider: Provider, client: TestClient, language: str, name: str, label: str
) -> None:
    city.settings = set_for(city, provider, oidc_name=name)
    page = client.get("/login?next=/m?a=1%26b=2", headers={"accept-language": language}).text
    assert f'href="/oidc/login?next=/m%3Fa%3D1%26b%3D2">{label}</a>' in page


def test_where_the_service_alone_counts_only_administrators_have_passwords(
    city: City, provider: Provider, client: TestClient
) -> None:
    city.settings = set_for(city, provider, oidc_only=True)
    assert 'name="password"' not in client.get("/login").text
    assert 'name="password"' in client.get("/login?local=1").text
    for path in ("/login", "/login?local=1"):
        answer = client.post(path, data={"login": "office", "password": "redgrid-demo"})
        assert answer.status_code == 401 and not is_in(client)
    with_password(client, "admin")
    assert come_back(client).status_code == 303


def test_another_claim_may_name_people(city: City, provider: Provider, client: TestClient) -> None:
    city.settings = set_for(city, provider, oidc_claim="staff_number")
    provider.who = {"sub": SUBJECT, "staff_number": 17}
    refused(client, come_back(client), "Please tell the administrator")
    with city.database.write() as connection:
        people.change_account(connection, "office", subject="17")
    assert come_back(client).status_code == 303


@pytest.mark.parametrize("claim", [None, True, "", "x" * 256, "a\x00b", "\ud800", ["x"], {"x": 1}, 1.5])
def test_what_is_no_name_is_no_subject(claim: object) -> None:
    assert subject_in(claim) == ""


def test_an_account_without_subject_is_never_met_by_an_empty_claim(
    provider: Provider, client: TestClient
) -> None:
    provider.who = {"sub": ""}
    refused(client, come_back(client), "")


@pytest.mark.parametrize(
    "settings",
    [
        {"oidc_issuer": "http://id.example", "oidc_client_id": CLIENT},
        {"oidc_issuer": "https://id.example"},
        {"oidc_only": True},
    ],
    ids=str,
)
def test_settings_that_cannot_work_are_refused_and_never_show_the_secret(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refusal:
        Settings(**settings, oidc_client_secret=SecretStr(SECRET))
    assert SECRET not in str(refusal.value)


def test_the_secret_is_read_from_the_environment_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDGRID_OIDC_CLIENT_SECRET", SECRET)
    settings = Settings()
    assert settings.oidc_client_secret.get_secret_value() == SECRET
    assert SECRET not in repr(settings) and SECRET not in str(settings.model_dump())


def test_nothing_secret_is_in_any_log(
    city: City, provider: Provider, client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert come_back(client).status_code == 303
    provider.claims = {"nonce": "another"}
    assert come_back(client).status_code == 403
    ours = client.cookies.get(signed_in.COOKIE)
    assert ours and len(provider.given) == 10
    ours_alone = [r.getMessage() for r in caplog.records if not is_the_browsers(r)]
    told = "\n".join([*ours_alone, *(e.facts for e in log_of(city))])
    assert "not proven" in told and "/token" in told
    assert not [secret for secret in (SECRET, ours, SUBJECT, *provider.given) if secret in told]


def is_the_browsers(record: logging.LogRecord) -> bool:
    """The test plays the browser too, and what it asks for is logged by the same library."""
    asked = record.getMessage()
    return record.name.startswith("http") and ("testserver" in asked or "/authorize" in asked)

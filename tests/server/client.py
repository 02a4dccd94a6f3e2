"""A client before the real routes and the real door of a city."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.testclient import TestClient

from server.routes import MIDDLEWARE, ROUTES


def client_of(**headers: str) -> TestClient:
    """Somebody who has not signed in; follows nothing by itself."""
    app = Starlette(routes=ROUTES, middleware=MIDDLEWARE)
    return TestClient(app, base_url="http://testserver", follow_redirects=False, headers=headers)


def sign_in(client: TestClient, login: str) -> TestClient:
    """The same client, signed in to a demo account."""
    answer = client.post("/login", data={"login": login, "password": "redgrid-demo"})
    assert answer.status_code == 303, "a demo account"
    return client

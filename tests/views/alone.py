"""Run one page by itself, headless: who is signed in comes from a cookie, which AppTest does not know."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from city import opened
from city.opened import City
from domain.people import Person
from views import visit

SCRIPT = """
from views.chrome import frame
from views.{module} import {show}
from views.visit import visit

current = visit()
frame(current)
{show}(current)
"""


def alone(
    monkeypatch: pytest.MonkeyPatch, module: str, city: City, who: Person, query: dict[str, str]
) -> AppTest:
    """The page ``show_<module>`` for somebody, in English unless asked otherwise."""
    monkeypatch.setattr(opened, "_here", city)
    monkeypatch.setattr(visit, "person_of", lambda _city, _token: who)
    test = AppTest.from_string(SCRIPT.format(module=module, show=f"show_{module}"), default_timeout=30)
    for key, value in ({"lang": "en"} | query).items():
        test.query_params[key] = value
    return test.run()

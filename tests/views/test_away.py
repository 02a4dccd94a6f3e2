"""The desk while the store is away: one sentence, no error of a program, and it is whole again when the store is."""

from __future__ import annotations

from pathlib import Path

import pytest

from city.opened import City
from storage import database as module
from tests.views.test_pages import page, person, words


@pytest.mark.parametrize("query", [{}, {"view": "figures"}, {"ticket": "261124-1"}])
def test_a_page_says_that_the_store_is_away_and_is_whole_again_by_itself(
    monkeypatch: pytest.MonkeyPatch, own_city: City, query: dict[str, str]
) -> None:
    monkeypatch.setattr(module, "PAUSES", ())
    office = person(own_city, "office")
    test = page(monkeypatch, own_city, office, lang="en", **query)
    assert not test.exception and not test.error
    file = Path(own_city.database.engine.url.database or "")
    file.rename(file.with_suffix(".away"))
    own_city.forget_loads()
    test.run()
    assert {error.value for error in test.error} == {
        "The database cannot be reached just now; nothing was saved. Please try again later."
    }
    assert not test.exception
    file.with_suffix(".away").rename(file)
    test.run()
    assert not test.exception and not test.error
    assert words(test)

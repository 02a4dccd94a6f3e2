"""Two languages: every sentence of the code is in the catalog, translated, with the same values."""

from __future__ import annotations

import re

import pytest

from city.words import choose, speak
from domain.said import said
from setup_steps.words import known, sentences

BRACES = re.compile(r"{(\w+)")


def test_every_sentence_is_translated() -> None:
    catalog = {m.id: m.string for m in known() if m.id}
    assert sorted(s for s in sentences() if not catalog.get(s)) == []


def test_the_catalog_holds_nothing_that_is_no_longer_said() -> None:
    assert sorted({m.id for m in known() if m.id} - sentences()) == []


def test_translations_use_the_same_values() -> None:
    for message in known():
        if message.id:
            assert set(BRACES.findall(message.string)) <= set(BRACES.findall(message.id)), message.id


def test_said_values_are_translated_too() -> None:
    say = speak("zh")
    assert say.of(said("{move}: done.", move=said("Accept"))) == "受理：操作成功。"
    assert speak("en").of(said("{move}: done.", move=said("Accept"))) == "Accept: done."


@pytest.mark.parametrize(
    ("wanted", "cookie", "accepts", "always", "expected"),
    [
        (None, None, "zh-CN,zh;q=0.9", "", "zh"), (None, None, "en-GB", "", "en"), (None, None, "fr", "", "zh"),
        ("en", "zh", "zh", "", "en"), (None, "en", "zh", "", "en"), ("zh", None, "zh", "en", "en"), ("xx", None, "de,en;q=0.5", "", "en"),
    ],
)  # fmt: skip
def test_the_language_is_the_installations_then_the_pages_then_the_chosen_then_the_browsers(
    wanted: str | None, cookie: str | None, accepts: str, always: str, expected: str
) -> None:
    assert choose(wanted, {"redgrid_lang": cookie} if cookie else {}, accepts, always) == expected

"""One of many units: the list stays short, and what was chosen stays in it."""

from __future__ import annotations

from views.choosing import READABLE, found

CODES = [f"G{n:05}" for n in range(10_000)]


def name(code: str) -> str:
    return f"第{int(code[1:])}网格"


def test_without_words_the_first_are_offered() -> None:
    assert found(CODES, "", name) == CODES[:READABLE]


def test_words_find_a_name_or_a_code() -> None:
    assert found(CODES, "第9123网", name) == ["G09123"]
    assert found(CODES, " g0912 ", name) == [f"G0912{n}" for n in range(10)]
    assert found(CODES, "nothing of the kind", name) == []


def test_what_was_chosen_stays_though_the_words_fit_others() -> None:
    assert found(CODES, "g0912", name, kept="G00007")[0] == "G00007"
    assert found(CODES, "g0912", name, kept="G09120").count("G09120") == 1

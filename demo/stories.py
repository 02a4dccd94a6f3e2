"""Tell what people report and what was answered: phrases fitted to the category, put together by chance."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

from domain.categories import Category

PUNCTUAL = {
    "water": 0.97, "heating": 0.93, "gas": 0.97, "power": 0.95, "huanwei": 0.92, "xiaofang": 0.95, "chengguan": 0.84,
    "zhujian": 0.76, "jiaojing": 0.85, "yuanlin": 0.88, "huanbao": 0.8, "wenlv": 0.83, "gongan": 0.94, "telecom": 0.78,
}  # fmt: skip
"""Which part of its work a department does in time; the others do nine tenths."""


def phrases() -> dict[str, Any]:
    """The Chinese texts."""
    return tomllib.loads((Path(__file__).parent / "phrases.toml").read_text(encoding="utf-8"))


def punctual(department: str | None) -> float:
    """Which part of its work this department does in time."""
    return PUNCTUAL.get(department or "", 0.9)


def lateness(department: str | None) -> float:
    """How often this department is late, against the average."""
    return 10 * (1 - punctual(department))


def describe(
    phrases: Mapping[str, Any], category: Category, compound: str, building: int, random: Random
) -> str:
    """What a report says: where, what, since when, what is asked."""
    place = phrases["place"].get(category.code) or phrases["place"].get(category.group, "building")
    near = random.choice(phrases["near"][place]).format(n=building)
    what = random.choice(phrases["what"][category.code])
    since = random.choice(_fitting(phrases["since"], category))
    return f"{compound}{near}{what}{since}{random.choice(_fitting(phrases['ask'], category))}"


def answer(phrases: Mapping[str, Any], kind: str, category: Category, random: Random) -> str | None:
    """What somebody writes with a step, fitted to the category; None where a step needs no words."""
    known = phrases["answers"].get(kind)
    return random.choice(_fitting(known, category)) if known else None


def reporter(random: Random) -> tuple[str, str]:
    """An invented resident: a number in place of a name, a telephone number that is given to nobody."""
    return f"居民示例{random.randrange(1, 9999)}", f"000-0000-{random.randrange(10_000):04d}"


def _fitting(known: Mapping[str, list[str]], category: Category) -> list[str]:
    """The phrases of the category, else of its group, else those for everything."""
    return known.get(category.code) or known.get(category.group) or known["any"]

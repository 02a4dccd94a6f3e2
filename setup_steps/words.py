"""Bring the Chinese catalog up to the sentences in the code; print what has no translation yet.

Sentences are the first arguments of ``say``, ``said`` and ``tell``, in Python also inside f-strings, and of ``say``
in templates.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

HOME = Path(__file__).resolve().parent.parent
ROOMS = ("city", "cli", "demo", "domain", "gis", "server", "storage", "views")
SPEAKS = ("say", "said", "tell")
CATALOG = HOME / "city" / "locale" / "zh" / "redgrid.po"


def sentences() -> set[str]:
    """Every sentence that the code says."""
    files = [path for room in ROOMS for path in sorted((HOME / room).rglob("*"))]
    python = {text for path in files if path.suffix == ".py" for text in said_in(path)}
    pages = {text for path in files if path.suffix == ".html" for text in shown_in(path)}
    return (python | pages) - {""}


def said_in(path: Path) -> Iterator[str]:
    """The sentences of a Python file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args and name_of(node.func) in SPEAKS:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def name_of(function: ast.expr) -> str:
    """``say`` of ``say(…)`` and of ``visit.say(…)``; what is called on words, ``words()(…)``, says too."""
    if isinstance(function, ast.Attribute):
        return function.attr
    if isinstance(function, ast.Call):
        return "say" if name_of(function.func) == "words" else ""
    return function.id if isinstance(function, ast.Name) else ""


def shown_in(path: Path) -> Iterator[str]:
    """The sentences of a template."""
    for _, message, _, _ in extract_from_file("jinja2", path, keywords={"say": None}):
        yield message if isinstance(message, str) else message[0]


def known() -> Catalog:
    """The catalog as it stands."""
    with CATALOG.open("rb") as file:
        return read_po(file, locale="zh_Hans_CN")


def main() -> None:
    """Write the catalog anew: what is said, with what was translated."""
    old = known()
    new = Catalog(locale="zh_Hans_CN", project="Red Grid", fuzzy=False)
    for sentence in sorted(sentences()):
        there = old.get(sentence)
        new.add(sentence, there.string if there else "")
    with CATALOG.open("wb") as file:
        write_po(file, new, width=0, omit_header=False)
    missing = [m.id for m in new if m.id and not m.string]
    for sentence in missing:
        print(sentence)
    sys.exit(1 if missing else 0)


if __name__ == "__main__":
    main()

"""Speak the person's language: Chinese from the catalog, English from the sentences themselves."""

from __future__ import annotations

import gettext
import io
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from domain.said import Both, Said

LOCALE = Path(__file__).parent / "locale"
LANGUAGES = {"zh": "中文", "en": "English"}
"""The languages spoken, each under its own name."""

FIRST = "zh"


class Words:
    """Translates sentences into one language. ``say("Open tickets")`` for a page's own words; ``of(said)`` for the domain's."""

    def __init__(self, lang: str) -> None:
        self.lang = lang if lang in LANGUAGES else FIRST
        self._catalog = catalog(self.lang)

    def __call__(self, text: str, /, **values: object) -> str:
        return self.of(Said(text, values))

    def of(self, said: Said) -> str:
        """The sentence in this language, its values filled in; a value that is itself said, or carried in both languages, too."""
        values = {key: self._spoken(value) for key, value in said.values.items()}
        template = self._catalog.gettext(said.text) if said.text else ""
        return template.format_map(values) if values else template

    def _spoken(self, value: object) -> object:
        if isinstance(value, Both):
            return self.pick(value.zh, value.en)
        return self.of(value) if isinstance(value, Said) else value

    def pick(self, zh: str, en: str) -> str:
        """One of two names that data carries in both languages."""
        return zh if self.lang == "zh" else en or zh


@cache
def catalog(lang: str) -> gettext.NullTranslations:
    """The catalog of a language, compiled in memory from its ``.po``; English needs none."""
    source = LOCALE / lang / "redgrid.po"
    if not source.exists():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with source.open("rb") as file:
        write_mo(compiled, read_po(file, locale=lang))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@cache
def speak(lang: str) -> Words:
    """The words of a language."""
    return Words(lang)


def choose(wanted: str | None, cookies: Mapping[str, str], accepts: str, always: str = "") -> str:
    """Which language: the installation's, else the page's, else the one chosen before, else the browser's first known."""
    asked = [always, wanted or "", cookies.get("redgrid_lang", "")]
    asked += [part.split(";")[0].strip()[:2].lower() for part in accepts.split(",")]
    return next((lang for lang in asked if lang in LANGUAGES), FIRST)

"""Say something to a person, in words that can be translated later.

The domain never formats for the screen. It says *what* with an English sentence that is also the key of
the translation catalog, and leaves the values beside it. The rooms that face people translate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Both:
    """Words that data carries in both languages, as a value inside a sentence."""

    zh: str
    en: str

    def __str__(self) -> str:
        return self.en


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence: an English template (the catalog's key) and the values that fill its ``{braces}``."""

    text: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text.format_map(self.values)


def said(text: str, /, **values: object) -> Said:
    """A sentence to be translated; the catalogs are extracted from calls of this name."""
    return Said(text, values)


class Refused(Exception):
    """What was asked cannot be done; ``because`` is the one sentence that tells the person why."""

    def __init__(self, because: Said) -> None:
        super().__init__(str(because))
        self.because = because


def refuse_if(because: Said | None) -> None:
    """Refuse where a rule gave its reason.

    Raises:
        Refused: with the reason.
    """
    if because is not None:
        raise Refused(because)


class BadInput(Refused):
    """A file or value from outside cannot be used; the sentence names the file, the row and the field."""


class Stale(Refused):
    """Somebody else acted first; the sentence tells who did what."""


class Busy(Refused):
    """Others keep the database busy; nothing was saved, and the same may be tried again."""

    def __init__(self) -> None:
        super().__init__(self.SENTENCE)

    SENTENCE = said("The database is busy just now; nothing was saved. Please try again.")


class Away(Busy):
    """The database cannot be reached at all, for now; nothing was saved."""

    SENTENCE = said("The database cannot be reached just now; nothing was saved. Please try again later.")


class Unsure(Away):
    """The database went away in the middle of keeping something: it is there whole or not at all, and nobody knows yet."""

    SENTENCE = said(
        "The connection to the database broke while this was being saved. Please look whether it is there before you "
        "send it again."
    )


class Full(Busy):
    """There is no room for what was to be kept; nothing was saved."""

    SENTENCE = said("The database's disk is full; nothing was saved. Please tell your administrator.")


class ReadOnly(Busy):
    """The database can be read and not written; nothing was saved."""

    SENTENCE = said("The database takes nothing just now; nothing was saved. Please tell your administrator.")

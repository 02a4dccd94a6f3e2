"""Write a slip as a Word file, laid out by a template that a city edits in Word.

The templates lie under ``data/slips``, one a kind and language; their tags are those of :mod:`city.slip_rows`.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from city.opened import City
from city.settings import HOME
from city.slips import Slip
from city.word_files import filled, printable
from domain.said import Said, said


def template_of(city: City, kind: StrEnum, lang: str) -> Path:
    """The Word file that lays a slip out: the installation's own, else the one that comes with the project."""
    name = f"{kind.value}.{lang}.docx"
    own = city.settings.data / "slips" / name
    return own if own.is_file() else HOME / "data" / "slips" / name


def docx_of(slip: Slip, template: Path) -> bytes:
    """The slip as a Word file, laid out by a template that people edit in Word.

    Raises:
        BadInput: one sentence that names the file, and the tag that no slip of this kind knows.
    """
    values = {tag: printable(text) for tag, text in slip.tags.items()}
    return filled(template, lambda _: values, _knows_no)


def _knows_no(file: str, tag: str) -> Said:
    return said("{file}: this slip knows no tag {tag}.", file=file, tag=tag)

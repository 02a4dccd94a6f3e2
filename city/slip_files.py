"""Write a slip as a Word file, laid out by a template that a city edits in Word.

The templates lie under ``data/slips``, one a kind and language; their tags are those of :mod:`city.slip_rows`.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from enum import StrEnum
from pathlib import Path

from docx import Document
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError
from jinja2.meta import find_undeclared_variables as undeclared
from jinja2.sandbox import SandboxedEnvironment

from city.opened import City
from city.settings import HOME
from city.slips import Slip
from domain.said import BadInput, said
from gis.packed import must_unpack_small

UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")
"""Characters that no XML may hold, and those that the Word template would take for commands."""

LARGEST_UNPACKED = 50_000_000
"""Bytes that a template may unpack to."""

UNUSABLE = (
    PackageNotFoundError, zipfile.BadZipFile, zlib.error, LookupError, ValueError, OSError, EOFError, AttributeError,
    RuntimeError,
)  # fmt: skip
"""What the library raises about a file that is no Word file inside: it trusts each part to be what it is called."""

TAG = re.compile(r"\{\{[^{}]*\}?\}?|\{%[^{}]*%?\}?")
"""What looks like a tag in a template, also where its end is amiss."""


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
    if zipfile.is_zipfile(template):
        must_unpack_small(template, LARGEST_UNPACKED)
    environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=True)
    values = {tag: UNPRINTABLE.sub("", text) for tag, text in slip.tags.items()}
    try:
        page = DocxTemplate(template)
        asked = page.get_undeclared_template_variables(environment)
        if unknown := sorted(asked - values.keys()):
            raise BadInput(
                said(
                    "{file}: this slip knows no tag {tag}.", file=template.name, tag=f"{{{{ {unknown[0]} }}}}"
                )
            )
        page.render(values, environment)
        written = io.BytesIO()
        page.save(written)
    except UNUSABLE as error:
        raise _no_word_file(template) from error
    except (TemplateError, TypeError, SyntaxError) as error:  # the last is what broken XML raises
        why = (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
        try:
            tag = _unreadable_tag(template, environment)
        except (*UNUSABLE, SyntaxError, TypeError) as broken:
            raise _no_word_file(template) from broken
        raise BadInput(
            said("{file}: the tag {tag} cannot be read ({why}).", file=template.name, tag=tag, why=why)
        ) from error
    return written.getvalue()


def _no_word_file(template: Path) -> BadInput:
    return BadInput(said("{file}: is no Word file that can be read.", file=template.name))


def _unreadable_tag(template: Path, environment: SandboxedEnvironment) -> str:
    """The first tag that makes no sense by itself; three dots where only all of them together make none."""
    paragraphs = Document(str(template)).element.body.iter(qn("w:p"))
    tags = (tag for paragraph in paragraphs for tag in TAG.findall(paragraph.text))
    return next((tag for tag in tags if not _makes_sense(tag, environment)), "…")


def _makes_sense(tag: str, environment: SandboxedEnvironment) -> bool:
    try:
        environment.from_string(tag).render(dict.fromkeys(undeclared(environment.parse(tag)), ""))
    except (TemplateError, TypeError):
        return False
    return True

"""Fill a Word file that people edit in Word: its tags become words, tables, pictures and charts."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

from docx import Document
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError
from jinja2.meta import find_undeclared_variables as undeclared
from jinja2.sandbox import SandboxedEnvironment

from domain.said import BadInput, Said, said
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

BLOCK = re.compile(r"^\{%-?\s*(?:(?:p|tr|tc|r)\s+)?(\w+)")
"""The beginning of a tag that opens or closes something, also of a whole paragraph, row, cell or run."""

CLOSES = {"if": "{% endif %}", "for": "{% endfor %}"}
GOES_ON = frozenset({"else", "elif", "endif", "endfor"})


def filled(
    template: Path, make: Callable[[DocxTemplate], Mapping[str, object]], knows_no: Callable[[str, str], Said]
) -> bytes:
    """The Word file with everything in its place: ``make`` says what stands for each tag, once the template is open.

    Raises:
        BadInput: one sentence that names the file, and the tag that nothing is known for (``knows_no``) or that makes no sense.
    """
    if zipfile.is_zipfile(template):
        must_unpack_small(template, LARGEST_UNPACKED)
    environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=True)
    try:
        page = DocxTemplate(template)
        values = make(page)
        asked = page.get_undeclared_template_variables(environment)
        if unknown := sorted(asked - values.keys()):
            raise BadInput(knows_no(template.name, f"{{{{ {unknown[0]} }}}}"))
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


def printable(text: str) -> str:
    """A text without what no Word file may hold."""
    return UNPRINTABLE.sub("", text)


def _no_word_file(template: Path) -> BadInput:
    return BadInput(said("{file}: is no Word file that can be read.", file=template.name))


def _unreadable_tag(template: Path, environment: SandboxedEnvironment) -> str:
    """The first tag that makes no sense by itself; three dots where only all of them together make none."""
    paragraphs = Document(str(template)).element.body.iter(qn("w:p"))
    tags = (tag for paragraph in paragraphs for tag in TAG.findall(paragraph.text))
    return next((tag for tag in tags if not _makes_sense(tag, environment)), "…")


def _makes_sense(tag: str, environment: SandboxedEnvironment) -> bool:
    block = BLOCK.match(tag)
    if block and block[1] in GOES_ON:
        return True
    if block and block[1] in CLOSES:  # alone it would make no sense, however it is meant
        tag = re.sub(r"^\{%-?\s*(?:p|tr|tc|r)\s", "{% ", tag) + CLOSES[block[1]]
    try:
        environment.from_string(tag).render(dict.fromkeys(undeclared(environment.parse(tag)), ""))
    except (TemplateError, TypeError):
        return False
    return True

"""Draw the Word templates of the report anew, as a city edits them afterwards: one a language, from ``report_text``.

A line of the text is a paragraph. ``=`` begins the title, ``-`` the line below it, ``#`` a heading, ``%`` a heading on a
new page; ``? condition|`` makes what follows depend on a figure; ``[chart tag]``, ``[map tag]`` and ``[table tag]`` place what
is drawn, with its caption, and the two lines after a table are its head and its row. ``**bold**`` is bold.

Files that are there already stay as they are, for somebody may have edited them; ``--force`` draws all of them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from docx import Document
from docx.document import Document as Page
from docx.enum.section import WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.table import _Cell
from docx.text.paragraph import Paragraph

from city.words import LANGUAGES
from gis.palette import LIGHT

TEXTS = Path(__file__).resolve().parent / "report_text"
FOLDER = Path(__file__).resolve().parent.parent / "data" / "report"

DRAWN = datetime(2026, 1, 1, tzinfo=UTC)
"""The date inside the files: the same at every drawing."""

PLACED = re.compile(r"^\[(chart|map|table) (\w+)\] (.+)$")
BOLD = re.compile(r"\*\*(.+?)\*\*")
CLASSES = (LIGHT.panel, *LIGHT.classes)
"""The colours of a map's legend: nothing, then its classes."""

DARK_FROM = 4
"""The class from which on its name is written in white."""

WIDTH = 15.2
"""Centimetres that text and tables have."""

COLUMNS = {
    "parts_rows": (1.2, 3.1, 1.7, 1.7, 1.6, 2.1, 2.1, 1.7),
    "departments_rows": (4.9, 1.9, 1.9, 2.6, 1.6, 2.3),
    "figures_rows": (2.9, 4.0, 2.3, 6.0),
}
"""The widths of each table's columns, in centimetres."""

LEFT = {"parts_rows": {1}, "departments_rows": {0}, "figures_rows": {0, 1, 3}}
"""Columns of words, which begin at the left."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a language is printed: fonts of title, headings and text (Chinese ones, and Latin), sizes in points."""

    latin: str
    title: str
    head: str
    text: str
    size: float
    line: float
    small: float
    picture: str
    table: str
    indent: bool


STYLES = {
    "zh": Style("Times New Roman", "方正小标宋简体", "黑体", "仿宋", 16, 28, 10.5, "图", "表", True),
    "en": Style("Calibri", "方正小标宋简体", "黑体", "仿宋", 11, 16, 9, "Figure ", "Table ", False),
}
"""Chinese as official papers are written."""


def main() -> None:
    """Draw what is missing, or everything with ``--force``."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for lang in LANGUAGES:
        file = FOLDER / f"report.{lang}.docx"
        if file.exists() and "--force" not in sys.argv:
            continue
        drawn(lang).save(str(file))
        print(file)


def drawn(lang: str) -> Page:
    """The template of one language."""
    style, page = STYLES[lang], Document()
    _paper(page, style, lang)
    lines = iter((TEXTS / f"{lang}.txt").read_text(encoding="utf-8").splitlines())
    for line in lines:
        _block(page, style, line, lines)
    return page


def _block(page: Page, style: Style, line: str, lines: Iterator[str]) -> None:
    condition, rest = _condition(line)
    if condition:
        _tag(page, f"{{%p if {condition} %}}")
    placed = PLACED.match(rest)
    if placed and placed[1] == "table":
        _table(page, style, placed[2], placed[3], _cells(next(lines)), _cells(next(lines)))
    elif placed:
        _drawing(page, style, placed[1], placed[2], placed[3])
    else:
        _text(page, style, rest)
    if condition:
        _tag(page, "{%p endif %}")


def _condition(line: str) -> tuple[str, str]:
    if not line.startswith("? "):
        return "", line
    condition, rest = line[2:].split("|", 1)
    return condition, rest.strip()


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.removeprefix("|").split("|")]


# --- paper and text ---------------------------------------------------------------------------------------------


def _paper(page: Page, style: Style, lang: str) -> None:
    section = page.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin, section.right_margin = Cm(2.9), Cm(2.9)
    section.top_margin, section.bottom_margin = Cm(3), Cm(2.6)
    section.start_type = WD_SECTION.NEW_PAGE
    properties = page.core_properties
    properties.title, properties.author, properties.comments = "", "", ""
    properties.language = "zh-CN" if lang == "zh" else "en-GB"
    properties.created = properties.modified = DRAWN
    _font(page.styles["Normal"], style, style.text, style.size)
    for name in ("Heading 1", "Title", "Caption"):
        _font(page.styles[name], style, style.head, style.size)
    _page_number(section.footer.paragraphs[0], style)


def _font(shape: Any, style: Style, asian: str, size: float, *, bold: bool | None = None) -> None:
    """Letters of a style or a run, without the theme's own, which would win."""
    shape.font.name, shape.font.size, shape.font.bold = style.latin, Pt(size), bold
    shape.font.color.rgb = RGBColor(0, 0, 0)
    fonts = shape.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    fonts.set(qn("w:eastAsia"), asian)


def _text(page: Page, style: Style, line: str) -> None:
    kind, rest = (line[0], line[2:]) if line[:2] in ("= ", "- ", "# ", "% ") else ("", line)
    if kind == "=":
        _line(page.add_paragraph(), rest, style, style.title, style.size + 6, centred=True, before=6, after=8)
    elif kind == "-":
        _line(page.add_paragraph(), rest, style, "楷体", style.size, centred=True, after=16)
    elif kind:
        heading = page.add_paragraph(style="Heading 1")
        heading.paragraph_format.page_break_before = kind == "%"
        _line(heading, rest, style, style.head, style.size + (0 if style.indent else 3), before=12, after=6, bold=not style.indent)  # fmt: skip
    else:
        _body(page, style, rest)


def _body(page: Page, style: Style, text: str) -> None:
    paragraph = page.add_paragraph()
    form = paragraph.paragraph_format
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(style.line)
    form.space_before, form.space_after = Pt(0), Pt(0 if style.indent else 6)
    if style.indent:
        form.first_line_indent = Pt(2 * style.size)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    for n, piece in enumerate(BOLD.split(text)):
        if piece:
            _font(paragraph.add_run(piece), style, style.text, style.size, bold=n % 2 == 1)


def _line(
    paragraph: Paragraph, text: str, style: Style, asian: str, size: float, *, centred: bool = False, bold: bool = False,
    before: float = 0, after: float = 0, white: bool = False,
) -> None:  # fmt: skip
    run = paragraph.add_run(text)
    _font(run, style, asian, size, bold=bold)
    if white:
        run.font.color.rgb = RGBColor(255, 255, 255)
    form = paragraph.paragraph_format
    form.space_before, form.space_after = Pt(before), Pt(after)
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _tag(page: Page, tag: str) -> None:
    """A paragraph that is gone once the template is filled."""
    page.add_paragraph(tag)


def _page_number(paragraph: Paragraph, style: Style) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for text, kind in (("— ", ""), ("", "begin"), ("PAGE", "instr"), ("", "end"), (" —", "")):
        run = paragraph.add_run(text if kind in ("",) else "")
        _font(run, style, "宋体", style.small + 2)
        if kind == "instr":
            code = OxmlElement("w:instrText")
            code.set(qn("xml:space"), "preserve")
            code.text = text
            run._element.append(code)
        elif kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._element.append(mark)


# --- what is drawn ----------------------------------------------------------------------------------------------


def _drawing(page: Page, style: Style, kind: str, tag: str, caption: str) -> None:
    _tag(page, f"{{%p if {tag} %}}")
    shown = page.add_paragraph()
    shown.paragraph_format.keep_with_next = True
    _line(shown, f"{{{{ {tag} }}}}", style, style.text, style.small, centred=True, before=8)
    if kind == "map":
        _legend(page, style, tag)
    below = page.add_paragraph(style="Caption")
    _line(below, f"{style.picture}{{{{ picture_no() }}}}　{caption}", style, style.head, style.small, centred=True, before=4, after=10)  # fmt: skip
    _tag(page, "{%p endif %}")


def _legend(page: Page, style: Style, tag: str) -> None:
    """A strip of the map's colours, each with what it means in it."""
    table = page.add_table(1, len(CLASSES), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for n, (cell, colour) in enumerate(zip(table.rows[0].cells, CLASSES, strict=True)):
        cell.width = Cm(WIDTH / len(CLASSES))
        _shade(cell, colour)
        cell.paragraphs[0].paragraph_format.keep_with_next = True
        _line(cell.paragraphs[0], f"{{{{ {tag}_words[{n}] }}}}", style, style.text, style.small - 1, centred=True, white=n >= DARK_FROM)  # fmt: skip


def _table(page: Page, style: Style, tag: str, caption: str, head: list[str], row: list[str]) -> None:
    above = page.add_paragraph(style="Caption")
    above.paragraph_format.keep_with_next = True
    _line(above, f"{style.table}{{{{ table_no() }}}}　{caption}", style, style.head, style.small, centred=True, before=10, after=4)  # fmt: skip
    table = page.add_table(4, len(head), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    table.rows[1].cells[0].paragraphs[0].add_run(f"{{%tr for row in {tag} %}}")
    table.rows[3].cells[0].paragraphs[0].add_run("{%tr endfor %}")
    for n, width in enumerate(COLUMNS[tag]):
        table.columns[n].width = Cm(width)
        for line in table.rows:
            line.cells[n].width = Cm(width)
        left = n in LEFT[tag]
        _cell(table.rows[0].cells[n], head[n], style, style.head, left=left)
        _shade(table.rows[0].cells[n], LIGHT.panel)
        _cell(table.rows[2].cells[n], row[n], style, style.text, left=left)
    _repeated(table.rows[0])
    for line in table.rows:
        _unbroken(line)
    after = page.add_paragraph()
    after.paragraph_format.space_after = Pt(0)
    _line(after, "", style, style.text, style.small)


def _cell(cell: _Cell, text: str, style: Style, asian: str, *, left: bool) -> None:
    cell.vertical_alignment = 1
    _line(cell.paragraphs[0], text, style, asian, style.small, centred=not left, before=2, after=2, bold=asian == style.head and not style.indent)  # fmt: skip


def _shade(cell: _Cell, colour: str) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", colour.lstrip("#"))):
        shade.set(qn(f"w:{name}"), value)
    cell._element.get_or_add_tcPr().append(shade)


def _repeated(row: Any) -> None:
    """The head of a table stands on each of its pages."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _unbroken(row: Any) -> None:
    row._tr.get_or_add_trPr().insert(0, OxmlElement("w:cantSplit"))


if __name__ == "__main__":
    main()

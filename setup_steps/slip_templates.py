"""Draw the Word templates of the slips and of working members' forms anew, as a city edits them afterwards: one a kind and language.

Files that are there already stay as they are, for somebody may have edited them; ``--force`` draws all of them.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from docx import Document
from docx.document import Document as Page
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from city.frontline.member_forms import FormKind, blank_form
from city.slip_rows import Field
from city.slips import Slip, SlipKind, blank_slip
from city.words import LANGUAGES, speak

FOLDER = Path(__file__).resolve().parent.parent / "data" / "slips"

SONG, HEI, LATIN = "宋体", "黑体", "Times New Roman"
WIDTHS = (Cm(3.0), Cm(5.4), Cm(3.0), Cm(5.4))
LONG_TEXT = Cm(2.2)
"""The least height of what may be long."""

DRAWN = datetime(2026, 1, 1, tzinfo=UTC)
"""The date inside the files: the same at every drawing."""


def main() -> None:
    """Draw what is missing, or everything with ``--force``."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for lang in LANGUAGES:
        say = speak(lang)
        blank = [*(blank_slip(kind, say) for kind in SlipKind), *(blank_form(kind, say) for kind in FormKind)]
        for slip in blank:
            file = FOLDER / f"{slip.kind.value}.{lang}.docx"
            if file.exists() and "--force" not in sys.argv:
                continue
            drawn(slip).save(str(file))
            print(file)


def drawn(slip: Slip) -> Page:
    """A4 with the title, the number, a bordered table of tags and the lines to sign."""
    page = Document()
    _paper(page, slip)
    _line(page.add_paragraph(), "{{ city }}", 15, font=SONG, centred=True)
    _line(page.add_paragraph(), slip.title, 24, font=HEI, bold=True, centred=True, after=8)
    number = speak(slip.lang)("No. {no}", no="{{ no }}")
    _line(page.add_paragraph(), number, 11, font=SONG, right=True, after=4)
    _table(page, slip)
    _line(page.add_paragraph(), "", 8, font=SONG)
    _signatures(page, slip)
    _line(page.sections[0].footer.paragraphs[0], "{{ printed }}", 9, font=SONG, right=True)
    return page


def _paper(page: Page, slip: Slip) -> None:
    section = page.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.1)
    section.top_margin = section.bottom_margin = Cm(2)
    properties = page.core_properties
    properties.title, properties.author, properties.comments = slip.title, "", ""
    properties.created = properties.modified = DRAWN
    font = page.styles["Normal"].font
    font.name, font.size = LATIN, Pt(11)
    page.styles["Normal"].element.rPr.rFonts.set(qn("w:eastAsia"), SONG)


def _table(page: Page, slip: Slip) -> None:
    table = page.add_table(0, 4, style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for column, width in zip(table.columns, WIDTHS, strict=True):
        column.width = width
    for fields in slip.lines:
        row = table.add_row()
        for cell, width in zip(row.cells, WIDTHS, strict=True):
            cell.width = width
        row.height = LONG_TEXT if "\n" in fields[0].blank else Cm(0.95)
        if len(fields) == 1:
            row.cells[1].merge(row.cells[3])
        for at, field in enumerate(fields):
            _pair(row.cells[2 * at], row.cells[2 * at + 1], field)


def _pair(label: _Cell, value: _Cell, field: Field) -> None:
    label.vertical_alignment = value.vertical_alignment = 1
    _line(label.paragraphs[0], field.label, 11, font=HEI, bold=True, centred=True, before=3, after=3)
    _line(value.paragraphs[0], f"{{{{ {field.tag} }}}}", 11, font=SONG, before=3, after=3)


def _signatures(page: Page, slip: Slip) -> None:
    table: Table = page.add_table(1, len(slip.signatures))
    for cell, name in zip(table.rows[0].cells, slip.signatures, strict=True):
        _line(cell.paragraphs[0], speak(slip.lang)("{label}: ", label=name) + "_" * 14, 11, font=SONG)


def _line(
    paragraph: Paragraph, text: str, size: int, *, font: str, bold: bool = False, centred: bool = False,
    right: bool = False, before: int = 0, after: int = 0,
) -> None:  # fmt: skip
    run: Run = paragraph.add_run(text)
    run.font.size, run.font.bold, run.font.name = Pt(size), bold, LATIN
    run._element.rPr.rFonts.set(qn("w:eastAsia"), font)
    if centred or right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if centred else WD_ALIGN_PARAGRAPH.RIGHT
    paragraph.paragraph_format.space_before, paragraph.paragraph_format.space_after = Pt(before), Pt(after)


if __name__ == "__main__":
    main()

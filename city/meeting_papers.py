"""Write a meeting's papers: the minutes (会议纪要) and the ledger (台账), to be printed, signed and filed."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from copy import deepcopy
from datetime import datetime
from functools import cache
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.text.run import Run

from city.meetings import AgendaLine, AgendaView
from city.opened import City
from city.spreadsheets import Sheet, xlsx_bytes
from city.words import Words
from domain.said import Refused, said
from domain.titles import MATTER_OUTCOME, TIER
from storage.meetings import LedgerLine

TITLE_FONT, HEAD_FONT, BODY_FONT = "方正小标宋简体", "黑体", "仿宋"
"""The fonts of official papers; a machine without them shows its own."""

DOCX_KIND = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
NUMERALS = "一二三四五六七八九十"
BLANK = "＿" * 12
UNPRINTABLE = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def minutes_docx(city: City, view: AgendaView, say: Words) -> bytes:
    """The minutes of a meeting: time, place left blank, attendance, what was said, every matter with its resolution.

    Raises:
        Refused: while the meeting is not closed.
    """
    meeting = view.meeting
    if meeting is None or meeting.held_at is None or meeting.is_open:
        raise Refused(said("A meeting has minutes when it is closed."))
    paper = _paper()
    _title(paper, f"{view.name}{meeting.title}" if say.lang == "zh" else f"{view.name} · {meeting.title}")
    _title(paper, say("Minutes of the meeting"), size=22)
    facts = (
        (say("Time"), _moment(city, meeting.held_at, say)),
        (say("Place"), BLANK),
        (say("Convened by"), view.name),
        (say("Kind of meeting"), say("regular meeting") if meeting.regular else say("ad-hoc meeting")),
        (say("Who was present"), ("、" if say.lang == "zh" else ", ").join(meeting.present)),
    )
    for name, text in facts:
        _fact(paper, name, text, say)
    _head(paper, 1, say("What was discussed"), say)
    for line in meeting.minutes.splitlines():
        _body(paper, line)
    _head(paper, 2, say("Matters and resolutions"), say)
    if not view.lines:
        _body(paper, say("No matter was on the agenda."))
    for n, each in enumerate(view.lines, start=1):
        _matter(paper, n, each, city, say)
    for name in (say("Chair"), say("Recorder")):
        _fact(paper, name, BLANK, say)
    return _bytes(paper)


def ledger_xlsx(city: City, lines: Iterable[LedgerLine], say: Words) -> bytes:
    """The ledger as a workbook; no text is a formula."""
    rows: list[Sequence[str | int]] = [_columns(say), *_rows(city, lines, say)]
    return xlsx_bytes([Sheet(say("Ledger of joint meetings"), rows)])


def ledger_docx(city: City, lines: Iterable[LedgerLine], say: Words) -> bytes:
    """The ledger as a paper, lying."""
    paper = _paper()
    page = paper.sections[0]
    page.orientation = WD_ORIENT.LANDSCAPE
    page.page_width, page.page_height = Cm(29.7), Cm(21)
    page.left_margin = page.right_margin = Cm(1.5)
    _title(paper, say("Ledger of joint meetings"), size=22)
    rows: list[Sequence[str | int]] = [_columns(say), *_rows(city, lines, say)]
    table = paper.add_table(rows=len(rows), cols=len(rows[0]), style="Table Grid")
    for r, (line, row) in enumerate(zip(table.rows, rows, strict=True)):
        for cell, value in zip(line.cells, row, strict=True):
            _write(cell.paragraphs[0], str(value), HEAD_FONT if r == 0 else BODY_FONT, 9)
    _repeat_on_every_page(table.rows[0])
    return _bytes(paper)


# --- the ledger's rows ----------------------------------------------------------------------------------------


def _columns(say: Words) -> list[str]:
    return [
        say("No."), say("Unit"), say("Level"), say("Held on"), say("Matter"), say("Came from"), say("Outcome"),
        say("Resolution"), say("Lead department"), say("Due date"), say("Written ledger"), say("Feedback"),
        say("Fed back on"), say("Decided in the end"), say("Settled on"),
    ]  # fmt: skip


def _rows(city: City, lines: Iterable[LedgerLine], say: Words) -> list[list[str | int]]:
    name = city.ground.structure.name
    return [
        [
            n, name(line.meeting.unit), say.of(TIER[line.meeting.tier]), _day(city, line.meeting.held_at, say),
            line.matter.title, name(line.from_unit) if line.from_unit else say("own matter"),
            _outcome(line.matter.outcome, say), line.matter.resolution,
            say.pick(*city.department(line.matter.lead)) if line.matter.lead else "",
            _day(city, line.matter.due_at, say), line.matter.ledger, line.matter.feedback,
            _day(city, line.matter.fed_back_at, say), _in_the_end(city, line, say),
            _day(city, line.last.settled_at, say),
        ]
        for n, line in enumerate(lines, start=1)
    ]  # fmt: skip


def _in_the_end(city: City, line: LedgerLine, say: Words) -> str:
    """What became of a matter above; empty for one that nobody moved up."""
    if line.last.id == line.matter.id:
        return ""
    return f"{city.ground.structure.name(line.last_meeting.unit)}：{_outcome(line.last.outcome, say)}"


def _outcome(outcome: Any, say: Words) -> str:
    return say.of(MATTER_OUTCOME[outcome]) if outcome else say("not decided yet")


# --- a matter in the minutes --------------------------------------------------------------------------------------


def _matter(paper: Any, n: int, line: AgendaLine, city: City, say: Words) -> None:
    matter = line.matter
    _head(paper, n, matter.title, say, deeper=True)
    facts = (
        (say("Passed up by"), line.from_unit),
        (say("Ticket"), line.ticket),
        (say("Outcome"), _outcome(matter.outcome, say)),
        (say("Resolution"), matter.resolution),
        (say("Lead department"), say.pick(*line.lead) if line.lead else None),
        (say("Due date"), _day(city, matter.due_at, say)),
        (say("Written ledger"), matter.ledger),
        (say("Feedback"), matter.feedback),
    )
    for name, text in facts:
        if text:
            _fact(paper, name, text, say)


# --- paper ------------------------------------------------------------------------------------------------------


def _paper() -> Any:
    """A4 with the margins of official papers."""
    paper = Document()
    page = paper.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.top_margin, page.bottom_margin = Cm(3.7), Cm(3.5)
    page.left_margin, page.right_margin = Cm(2.8), Cm(2.6)
    return paper


def _title(paper: Any, text: str, size: int = 18) -> None:
    paragraph = paper.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _write(paragraph, text, TITLE_FONT, size)


def _head(paper: Any, n: int, text: str, say: Words, *, deeper: bool = False) -> None:
    numeral = _numeral(n) if say.lang == "zh" else str(n)
    mark = (f"（{numeral}）" if deeper else f"{numeral}、") if say.lang == "zh" else f"{numeral}. "
    _write(_indented(paper), mark + text, HEAD_FONT, 16)


def _body(paper: Any, text: str) -> None:
    _write(_indented(paper), text, BODY_FONT, 16)


def _fact(paper: Any, name: str, text: str, say: Words) -> None:
    paragraph = _indented(paper)
    _write(paragraph, name + ("：" if say.lang == "zh" else ": "), HEAD_FONT, 16)
    _write(paragraph, text, BODY_FONT, 16)


def _indented(paper: Any) -> Any:
    """A paragraph that begins two characters in, as Chinese papers do."""
    paragraph = paper.add_paragraph()
    paragraph.paragraph_format.first_line_indent = Pt(32)
    paragraph.paragraph_format.line_spacing = Pt(28)
    return paragraph


def _write(paragraph: Any, text: str, font: str, size: int) -> None:
    paragraph.add_run(_printable(text))._element.insert(0, deepcopy(_look(font, size)))


@cache
def _look(font: str, size: int) -> Any:
    """How text looks, to be copied into every piece: a ledger has thousands of cells."""
    run = Run(OxmlElement("w:r"), None)  # type: ignore[arg-type]
    run.font.name, run.font.size = font, Pt(size)
    look = run._element.get_or_add_rPr()
    look.get_or_add_rFonts().set(qn("w:eastAsia"), font)
    return look


def _printable(text: str) -> str:
    """Without the characters that no XML file can carry."""
    return UNPRINTABLE.sub("", text)


def _repeat_on_every_page(row: Any) -> None:
    properties = row._tr.get_or_add_trPr()
    properties.append(properties.makeelement(qn("w:tblHeader"), {}))


def _numeral(n: int) -> str:
    """A number below a hundred as Chinese writes it in headings; beyond that in digits."""
    if n > 99:
        return str(n)
    tens, ones = divmod(n, 10)
    front = "" if tens == 0 else "十" if tens == 1 else NUMERALS[tens - 1] + "十"
    return front + (NUMERALS[ones - 1] if ones else "")


def _bytes(paper: Any) -> bytes:
    scratch = io.BytesIO()
    paper.save(scratch)
    return scratch.getvalue()


def _moment(city: City, at: datetime, say: Words) -> str:
    local = at.astimezone(city.zone)
    if say.lang == "zh":
        return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"
    return f"{local:%Y-%m-%d %H:%M}"


def _day(city: City, at: datetime | None, say: Words) -> str:
    return "" if at is None else f"{at.astimezone(city.zone):%Y-%m-%d}"

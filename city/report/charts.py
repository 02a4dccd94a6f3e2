"""Make a chart of a Word file: one that Word draws itself, in its own fonts, and whose numbers can be edited.

XlsxWriter knows how a chart is written; what it writes for a workbook is what Word reads, once the numbers lie in a
workbook inside the document. A few switches are said that Word, unlike Excel, takes to be on where they are missing.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import Any

import xlsxwriter
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml.ns import nsmap
from docx.shared import Length
from lxml import etree

from gis.palette import LIGHT

CHART_KIND = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
BOOK_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OFFICE, C, A, WP = (nsmap[prefix] for prefix in ("r", "c", "a", "wp"))

SHEET = "Data"
COLOURS = (LIGHT.classes[3], LIGHT.classes[1], LIGHT.warn, LIGHT.outline)
"""The colours of the first series, the second …: told apart also in black and white."""


@dataclass(frozen=True, slots=True)
class Chart:
    """Numbers by category. ``kind``: columns, lying bars, or either stacked; ``alt`` is read to whoever does not see it."""

    alt: str
    categories: tuple[str, ...]
    series: tuple[tuple[str, tuple[int, ...]], ...]
    lying: bool = False
    stacked: bool = False

    @property
    def is_empty(self) -> bool:
        return not any(number for _, numbers in self.series for number in numbers)


@dataclass(frozen=True, slots=True)
class Font:
    """The letters of a chart: those of Latin text and those of Chinese."""

    latin: str
    asian: str
    lang: str


def chart_xml(chart: Chart, font: Font, book: str) -> bytes:
    """The chart as its part of a document; ``book`` is the relationship to the workbook with its numbers."""
    with zipfile.ZipFile(io.BytesIO(_workbook(chart, font, drawn=True))) as packed:
        root = etree.fromstring(packed.read("xl/charts/chart1.xml"))
    _for_word(root, font)
    outside = etree.Element(f"{{{C}}}externalData", {f"{{{OFFICE}}}id": book})
    etree.SubElement(outside, f"{{{C}}}autoUpdate", {"val": "0"})
    root.replace(root.find(f"{{{C}}}printSettings"), outside)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def add_chart(part: Part, chart: Chart, font: Font, number: int, width: Length, height: Length) -> str:
    """Put a chart and its numbers into a document; the drawing that shows it, as XML for a run of its text."""
    package: Any = part.package
    uri = PackURI(f"/word/charts/chart{number}.xml")
    drawn = Part(uri, CHART_KIND, b"", package)
    numbers = Part(PackURI(f"/word/embeddings/chart{number}.xlsx"), BOOK_KIND, _workbook(chart, font, drawn=False), package)  # fmt: skip
    drawn._blob = chart_xml(chart, font, drawn.relate_to(numbers, f"{OFFICE}/package"))
    inline = etree.Element(f"{{{WP}}}inline", {"distT": "0", "distB": "0", "distL": "0", "distR": "0"}, nsmap={"wp": WP, "a": A})  # fmt: skip
    etree.SubElement(inline, f"{{{WP}}}extent", {"cx": str(int(width)), "cy": str(int(height))})
    etree.SubElement(inline, f"{{{WP}}}effectExtent", {"l": "0", "t": "0", "r": "0", "b": "0"})
    etree.SubElement(
        inline, f"{{{WP}}}docPr", {"id": str(number), "name": f"Chart {number}", "descr": chart.alt}
    )
    etree.SubElement(inline, f"{{{WP}}}cNvGraphicFramePr")
    graphic = etree.SubElement(inline, f"{{{A}}}graphic")
    data = etree.SubElement(graphic, f"{{{A}}}graphicData", {"uri": C})
    etree.SubElement(data, f"{{{C}}}chart", {f"{{{OFFICE}}}id": part.relate_to(drawn, f"{OFFICE}/chart")}, nsmap={"c": C, "r": OFFICE})  # fmt: skip
    return str(etree.tostring(inline, encoding="unicode"))


# --- as XlsxWriter draws it ------------------------------------------------------------------------------------------


def _workbook(chart: Chart, font: Font, *, drawn: bool) -> bytes:
    scratch = io.BytesIO()
    book = xlsxwriter.Workbook(scratch, {"in_memory": True, "strings_to_formulas": False})
    with book:
        sheet = book.add_worksheet(SHEET)
        sheet.write_column(1, 0, chart.categories)
        for n, (name, numbers) in enumerate(chart.series, start=1):
            sheet.write_string(0, n, name)
            sheet.write_column(1, n, numbers)
        if drawn:
            sheet.insert_chart(0, len(chart.series) + 2, _drawn(book, chart, font))
    return scratch.getvalue()


def _drawn(book: Any, chart: Chart, font: Font) -> Any:
    kind = {"type": "bar" if chart.lying else "column"}
    made = book.add_chart(kind | ({"subtype": "stacked"} if chart.stacked else {}))
    last, letters = len(chart.categories), {"name": font.latin, "size": 9, "color": LIGHT.text}
    labelled = len(chart.series) * last <= MOST_LABELS and not chart.stacked
    for n, (_, colour) in enumerate(zip(chart.series, COLOURS, strict=False), start=1):
        made.add_series(
            {
                "name": [SHEET, 0, n], "categories": [SHEET, 1, 0, last, 0], "values": [SHEET, 1, n, last, n],
                "fill": {"color": colour}, "border": {"none": True}, "gap": 55, "overlap": 100 if chart.stacked else -8,
                **({"data_labels": {"value": True, "font": letters | {"size": 8}, "num_format": "#,##0"}} if labelled else {}),
            }
        )  # fmt: skip
    line = {"color": LIGHT.outline, "width": 0.75}
    names = {"num_font": letters, "line": line, "major_tick_mark": "none", "reverse": chart.lying}
    numbers = {
        "num_font": letters, "line": {"none": True}, "num_format": "#,##0", "min": 0, "major_tick_mark": "none",
        "major_gridlines": {"visible": True, "line": {"color": LIGHT.line, "width": 0.5}},
    }  # fmt: skip
    # Of lying bars the library calls the axes by where they lie. Where names run downwards, the numbers stand below them.
    across, up = (numbers | {"visible": not labelled}, names) if chart.lying else (names, numbers)
    made.set_x_axis(across)
    made.set_y_axis(up)
    made.set_legend({"none": True} if len(chart.series) == 1 else {"position": "bottom", "font": letters})
    made.set_chartarea({"border": {"none": True}, "fill": {"none": True}})
    return made


MOST_LABELS = 16
"""Numbers over columns, at most: more would lie over each other."""


# --- as Word wants it -------------------------------------------------------------------------------------------------


def _for_word(root: Any, font: Font) -> None:
    """Say what Word takes to be otherwise where it is missing, and in which letters Chinese is written."""
    lang = root.find(f"{{{C}}}lang")
    lang.set("val", font.lang)
    lang.addnext(_switch("roundedCorners", on=False))
    for scaling in root.iter(f"{{{C}}}scaling"):
        if scaling.getnext() is None or scaling.getnext().tag != f"{{{C}}}delete":
            scaling.addnext(_switch("delete", on=False))
    root.find(f"{{{C}}}chart").insert(0, _switch("autoTitleDeleted", on=True))
    for legend in root.iter(f"{{{C}}}legend"):
        layout = legend.find(f"{{{C}}}layout")
        layout.addnext(_switch("overlay", on=False))
    for grouping in root.iter(f"{{{C}}}grouping"):
        grouping.addnext(_switch("varyColors", on=False))
    for labels in root.iter(f"{{{C}}}dLbls"):
        shows = labels.find(f"{{{C}}}showVal")
        shows.addprevious(_switch("showLegendKey", on=False))
        for name in ("showBubbleSize", "showPercent", "showSerName", "showCatName"):
            shows.addnext(_switch(name, on=False))
    for latin in root.iter(f"{{{A}}}latin"):
        latin.addnext(etree.Element(f"{{{A}}}ea", {"typeface": font.asian}))


def _switch(name: str, *, on: bool) -> Any:
    return etree.Element(f"{{{C}}}{name}", {"val": "1" if on else "0"})

"""Write the report as a Word file: its text stands in a template that people edit in Word, its numbers come from the figures.

The templates lie under ``data/report``, one a language. Tags are the figures' names, those of :data:`city.report.scene.CHARTS`
and :data:`city.report.scene.MAPS`, the tables ``parts_rows``, ``departments_rows`` and ``figures_rows``, and what :func:`_head` says. A
figure that is nothing is as false in a condition; what a map or a chart has nothing to show of, too.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from docx.shared import Cm, Length
from docxtpl import DocxTemplate

from city.opened import City
from city.own_facts import city_name
from city.report.charts import Chart, Font, add_chart
from city.report.reported import check_reads, counts_of
from city.report.scene import (
    CHARTS,
    MAPS,
    Scene,
    departments_table,
    figures_table,
    map_png,
    parts_table,
    shown,
)
from city.settings import HOME
from city.word_files import filled, printable
from city.words import Words
from domain.grids import CITY
from domain.people import Person
from domain.periods import Days
from domain.report.figure import Value
from domain.said import Said, said

WIDTH, ON_MAP = Cm(15.2), Cm(13.2)
"""Of charts, and of maps."""

HEIGHT = Cm(6.4)
ROW, TALLEST = Cm(0.62), Cm(12)
"""A lying chart is as high as its rows want, and no higher than this."""

FONTS: Mapping[str, Font] = {
    "zh": Font("Times New Roman", "仿宋", "zh-CN"),
    "en": Font("Calibri", "仿宋", "en-GB"),
}


class Figure(str):
    """A figure as it stands in the text; one that is nothing is false in a condition."""

    __slots__ = ("there",)
    there: bool

    @classmethod
    def of(cls, value: Value) -> Figure:
        made = cls(shown(value))
        made.there = value.is_something
        return made

    def __bool__(self) -> bool:
        return self.there


@dataclass(frozen=True)
class Drawn:
    """A picture or a chart in the text: put into the document where its tag stands."""

    drawing: Callable[[], str]

    def __html__(self) -> str:
        return (
            f'</w:t></w:r><w:r><w:drawing>{self.drawing()}</w:drawing></w:r><w:r><w:t xml:space="preserve">'
        )

    def __str__(self) -> str:
        return self.__html__()


def template_of(city: City, lang: str) -> Path:
    """The Word file that holds the report's text: the installation's own, else the one that comes with the project."""
    name = f"report.{lang}.docx"
    own = city.settings.data / "report" / name
    return own if own.is_file() else HOME / "data" / "report" / name


def report_docx(city: City, person: Person, unit: str, days: Days, say: Words) -> bytes:
    """The report of a unit as a Word file.

    Raises:
        Refused: when the unit's report is not for this person.
        BadInput: when the template cannot be used; the sentence names the file and the tag.
    """
    check_reads(city, person, unit)
    scene = Scene(city, unit, counts_of(city, days), say)
    values = _text(scene) | {
        "parts_rows": parts_table(scene), "departments_rows": departments_table(scene),
        "figures_rows": figures_table(scene),
    }  # fmt: skip
    charts = {name: chart(scene) for name, chart in CHARTS.items()}
    pictures = {name: map_png(scene, name) for name in MAPS}

    def make(page: DocxTemplate) -> Mapping[str, object]:
        drawn = {name: _chart(page, chart, say, n) for n, (name, chart) in enumerate(charts.items(), start=1)}
        return (
            values
            | drawn
            | {name: _picture(page, picture, say.of(MAPS[name].title)) for name, picture in pictures.items()}
        )

    return filled(template_of(city, say.lang), make, _knows_no)


def _knows_no(file: str, tag: str) -> Said:
    return said("{file}: the report knows no tag {tag}.", file=file, tag=tag)


def file_name(unit: str, days: Days, lang: str) -> str:
    """What the file is called: words of no alphabet that a computer may not know."""
    return f"report-{unit}-{days.first}-{days.last}.{lang}.docx"


# --- what the text says ----------------------------------------------------------------------------------------


def _text(scene: Scene) -> dict[str, object]:
    figures: dict[str, object] = {name: Figure.of(value) for name, value in scene.figures.items()}
    legends = {f"{name}_words": colouring.words(scene.say) for name, colouring in MAPS.items()}
    picture, table = count(1), count(1)
    numbers = {"picture_no": lambda: str(next(picture)), "table_no": lambda: str(next(table))}
    return figures | legends | numbers | _head(scene)


def _head(scene: Scene) -> dict[str, object]:
    """Whose report it is, and of which days."""
    city, say, structure = scene.city, scene.say, scene.city.ground.structure
    name = city_name(city, say)
    unit = name or say("The whole city") if scene.unit == CITY else structure.name(scene.unit)
    period = scene.counts.period
    today = period.now.astimezone(city.zone).date()
    known = {
        "city": name,
        "unit": unit,
        "of_city": scene.unit == CITY,
        "first": _day(period.days.first.isoformat(), say),
        "last": _day(period.days.last.isoformat(), say),
        "day": _day(scene.last.isoformat(), say),
        "today": _day(today.isoformat(), say),
    }
    return {key: printable(value) if isinstance(value, str) else value for key, value in known.items()}


def _day(iso: str, say: Words) -> str:
    year, month, day = (int(part) for part in iso.split("-"))
    return say("{year}-{month}-{day}", year=year, month=f"{month:02}" if say.lang == "en" else month, day=f"{day:02}" if say.lang == "en" else day)  # fmt: skip


# --- what is drawn ---------------------------------------------------------------------------------------------


def _chart(page: DocxTemplate, chart: Chart, say: Words, number: int) -> Drawn | None:
    if chart.is_empty:
        return None
    height = Length(min(TALLEST, Cm(1.6) + ROW * len(chart.categories))) if chart.lying else HEIGHT
    font = FONTS[say.lang]
    return Drawn(lambda: add_chart(page.current_rendering_part, chart, font, number, WIDTH, height))


def _picture(page: DocxTemplate, picture: bytes | None, alt: str) -> Drawn | None:
    if picture is None:
        return None

    def drawing() -> str:
        inline = page.current_rendering_part.new_pic_inline(io.BytesIO(picture), ON_MAP)
        inline.docPr.set("descr", alt)
        return str(inline.xml)

    return Drawn(drawing)

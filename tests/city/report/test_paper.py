"""The report as a Word file: both languages say the same, nothing of the template is left, charts and maps are in it."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pytest
from docx import Document
from docx.oxml.ns import qn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from openpyxl import load_workbook
from PIL import Image

from city.opened import City
from city.report.paper import report_docx, template_of
from city.report.reported import counts_of
from city.report.scene import CHARTS, MAPS, Scene, map_png
from city.settings import Settings
from city.words import LANGUAGES, speak
from domain.grids import CITY, Level
from domain.people import Person, Role
from domain.periods import Days, Span, days_of
from domain.report.figures import FIGURES
from domain.said import BadInput, Refused
from setup_steps.report_templates import TEXTS
from tests.areas import everybody
from tests.conftest import NOON, CityAtNoon

LEADER = Person(1, "leader", Role.LEADER, CITY)
YEAR = days_of(Span.TWELVE_MONTHS, NOON.date())
TAG = re.compile(r"\{\{\s*(?:row\.)?(\w+)|\{% (?:if|elif) ([^%]+)%\}")
LEFT = re.compile(r"\{\{|\}\}|\{%|%\}")


def text_of(content: bytes) -> str:
    page = Document(io.BytesIO(content))
    cells = [cell.text for table in page.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in page.paragraphs), *cells])


@pytest.fixture(scope="module")
def papers(demo_city: City) -> dict[str, bytes]:
    return {lang: report_docx(demo_city, LEADER, CITY, YEAR, speak(lang)) for lang in LANGUAGES}


@pytest.fixture(scope="module")
def drawn(demo_city: City) -> tuple[int, int]:
    """How many charts and maps have something to show."""
    scene = Scene(demo_city, CITY, counts_of(demo_city, YEAR), speak("en"))
    charts = sum(not chart(scene).is_empty for chart in CHARTS.values())
    return charts, sum(map_png(scene, name) is not None for name in MAPS)


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_report_says_its_figures_and_leaves_no_tag(papers: dict[str, bytes], lang: str) -> None:
    written = text_of(papers[lang])
    assert not LEFT.search(written)
    for number in ("85", "206", "33", "27", "1,200", "800", "500", "96,817", "1,800", "2,600"):
        assert re.search(rf"(?<![\d,.]){number}(?![\d,])", written), number


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_has_a_heading_for_each_chapter_and_the_tables(papers: dict[str, bytes], lang: str) -> None:
    page = Document(io.BytesIO(papers[lang]))
    headings = [p.text for p in page.paragraphs if p.style is not None and p.style.name == "Heading 1"]
    assert len(headings) == 9 and all(headings)
    heads = {table.rows[0].cells[0].text: len(table.rows) for table in page.tables}
    communities, figures = ("序号", "章节") if lang == "zh" else ("No.", "Chapter")
    assert heads[communities] == 1 + 18 and heads[figures] == 1 + len(FIGURES)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_its_charts_are_words_own_with_their_numbers_in_a_workbook(
    papers: dict[str, bytes], drawn: tuple[int, int], lang: str
) -> None:
    with zipfile.ZipFile(io.BytesIO(papers[lang])) as packed:
        charts = sorted(name for name in packed.namelist() if name.startswith("word/charts/chart"))
        assert len(charts) == drawn[0] > 3
        for name in charts:
            chart = etree.fromstring(packed.read(name))
            assert chart.find(".//{*}externalData") is not None and chart.find(".//{*}printSettings") is None
            assert {"Times New Roman" if lang == "zh" else "Calibri"} == {
                e.get("typeface") for e in chart.iter("{*}latin")
            }
            told = [float(v.text) for v in chart.iterfind(".//{*}val//{*}v")]
            book = load_workbook(
                io.BytesIO(packed.read(name.replace("charts", "embeddings").replace(".xml", ".xlsx")))
            )
            kept = [
                cell for row in book["Data"].iter_rows(min_row=2, min_col=2, values_only=True) for cell in row
            ]
            assert sorted(told) == sorted(kept) and any(kept)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_its_maps_are_pictures_that_say_what_they_are(
    papers: dict[str, bytes], drawn: tuple[int, int], lang: str
) -> None:
    page = Document(io.BytesIO(papers[lang]))
    shown = list(page.element.body.iter(qn("wp:docPr")))
    assert len({each.get("id") for each in shown}) == len(shown) == sum(drawn)
    assert all(each.get("descr") for each in shown)
    with zipfile.ZipFile(io.BytesIO(papers[lang])) as packed:
        pictures = [name for name in packed.namelist() if name.startswith("word/media/")]
        assert len(pictures) == drawn[1] > 1
        for name in pictures:
            picture = Image.open(io.BytesIO(packed.read(name)))
            assert picture.width == 1_600 and len(packed.read(name)) < 300_000


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_part_of_the_file_is_whole_and_named_with_its_kind(papers: dict[str, bytes], lang: str) -> None:
    with zipfile.ZipFile(io.BytesIO(papers[lang])) as packed:
        kinds = etree.fromstring(packed.read("[Content_Types].xml"))
        known = {e.get("PartName") for e in kinds.iter("{*}Override")} | {
            e.get("Extension") for e in kinds.iter("{*}Default")
        }
        for name in packed.namelist():
            assert f"/{name}" in known or name.rsplit(".", 1)[-1] in known or name == "[Content_Types].xml"
            if name.endswith((".xml", ".rels")):
                etree.fromstring(packed.read(name))
        body = etree.fromstring(packed.read("word/document.xml"))
    # A cell without a paragraph, or a table without a row, is what Word offers to repair.
    assert all(cell.find("{*}p") is not None for cell in body.iter("{*}tc"))
    assert all(table.find("{*}tr") is not None for table in body.iter("{*}tbl"))


def test_both_languages_say_the_same_figures() -> None:
    def tags(lang: str) -> set[str]:
        text = (TEXTS / f"{lang}.txt").read_text(encoding="utf-8")
        return set(re.findall(r"\{\{\s*([\w.]+)", text)) - {"today"} | set(re.findall(r"\[\w+ (\w+)\]", text))

    assert tags("zh") == tags("en")


@pytest.mark.parametrize("level", list(Level))
def test_a_unit_has_its_own_report(demo_city: City, level: Level) -> None:
    grid = demo_city.ground.structure.at_level(level)[0]
    written = text_of(report_docx(demo_city, LEADER, grid.code, YEAR, speak("zh")))
    assert grid.name in written and not LEFT.search(written)


def test_another_units_report_is_written_for_nobody_else(demo_city: City) -> None:
    people = everybody(demo_city)
    with pytest.raises(Refused):
        report_docx(demo_city, people["community"], CITY, YEAR, speak("zh"))
    with pytest.raises(Refused):
        report_docx(demo_city, people["member"], people["member"].area, YEAR, speak("zh"))


@pytest.mark.slow
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dates(date(2001, 1, 1), date(2098, 1, 1)), st.integers(0, 1000), st.sampled_from(sorted(LANGUAGES)))
def test_any_period_makes_a_report(demo_city: City, first: date, length: int, lang: str) -> None:
    days = Days(first, first + timedelta(days=length))
    written = text_of(report_docx(demo_city, LEADER, CITY, days, speak(lang)))
    assert not LEFT.search(written) and "96,817" in written


def test_a_city_that_is_empty_has_a_report_of_nothing(tmp_path: Path) -> None:
    from storage.migrate import migrate

    city = CityAtNoon(Settings(database_url=f"sqlite:///{tmp_path / 'empty.db'}"))
    migrate(city.database)
    for lang in LANGUAGES:
        assert not LEFT.search(text_of(report_docx(city, LEADER, CITY, YEAR, speak(lang))))
    city.database.close()


@pytest.mark.slow
def test_an_installations_own_text_is_used_and_an_unknown_tag_named(demo_file: Path, tmp_path: Path) -> None:
    own = tmp_path / "data"
    shutil.copytree("data", own)
    shutil.copy(demo_file, tmp_path / "own.db")
    city = CityAtNoon(Settings(database_url=f"sqlite:///{tmp_path / 'own.db'}", data=own))
    page = Document()
    page.add_paragraph("{{ unit }}: {{ meetings_held }} {% if meetings_held %}met{% endif %}")
    page.save(str(own / "report" / "report.en.docx"))
    assert template_of(city, "en").is_relative_to(own)
    assert text_of(report_docx(city, LEADER, CITY, YEAR, speak("en"))) == "Donggang: 85 met"
    page.add_paragraph("{{ weather }}")
    page.save(str(own / "report" / "report.en.docx"))
    with pytest.raises(BadInput, match=r"report.en.docx: the report knows no tag \{\{ weather \}\}"):
        report_docx(city, LEADER, CITY, YEAR, speak("en"))
    city.database.close()

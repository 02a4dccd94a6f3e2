"""The drawer in which plans come in and go out, headless: what it offers, to whom, and what it says of a file."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from city import opened as opened_module
from city.drafts import branch, draft_in_force, edit, open_draft
from city.opened import City
from city.plan_files import file_of, plan_bytes
from city.settings import Settings
from domain.grids import Level
from domain.people import Person
from domain.plans.commands import Rename
from storage import schema
from tests.conftest import CityAtNoon, sqlite_url
from tests.views.test_pages import person
from views import visit
from views.plain import JOINER

SCRIPT = """
from city.drafts import draft_in_force, open_draft
from views.chrome import frame
from views.plan_files import show_plan_files
from views.visit import visit
import streamlit as st

current = visit()
frame(current)
asked = st.query_params.get("plan")
current.show_told()
show_plan_files(current, open_draft(current.city, int(asked)) if asked else draft_in_force(current.city))
"""


@pytest.fixture(scope="module")
def city(demo_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    file = tmp_path_factory.mktemp("files") / "city.db"
    shutil.copy(demo_file, file)
    made = CityAtNoon(Settings(database_url=sqlite_url(file)))
    yield made
    made.database.close()


def drawer(monkeypatch: pytest.MonkeyPatch, city: City, who: Person, **query: str) -> AppTest:
    monkeypatch.setattr(opened_module, "_here", city)
    monkeypatch.setattr(visit, "person_of", lambda _city, _token: who)
    test = AppTest.from_string(SCRIPT, default_timeout=30)
    for key, value in ({"lang": "en"} | query).items():
        test.query_params[key] = value
    return test.run()


def words(test: AppTest) -> str:
    """All that the page says."""
    pages = [str(each.proto.body) for each in test.get("html")]
    told = (test.markdown, test.caption, test.subheader, test.info, test.success, test.warning, test.error)
    return "\n".join([*pages, *(each.value for kind in told for each in kind)])


def labels(test: AppTest) -> list[str]:
    return [each.proto.label for each in test.get("download_button")]


FILES = ["CSV", "XLSX", "GeoJSON", "GeoPackage", "Shapefile (zipped)"]


def test_a_planner_takes_plans_out_and_brings_them_in(monkeypatch: pytest.MonkeyPatch, city: City) -> None:
    test = drawer(monkeypatch, city, person(city, "planner"))
    assert not test.exception
    assert labels(test) == FILES
    assert [each.label for each in test.text_input] == [
        "Name of the new draft", "Field of the code", "Field of the name", "Field of the parent", "Coordinates",
    ]  # fmt: skip
    assert "level3" in words(test) and "donggang" in words(test)


def test_a_leader_takes_plans_out_and_brings_none_in(monkeypatch: pytest.MonkeyPatch, city: City) -> None:
    test = drawer(monkeypatch, city, person(city, "leader"))
    assert not test.exception
    assert labels(test) == FILES and not test.text_input


@pytest.mark.parametrize("login", ["office", "street", "community", "department", "admin"])
def test_nobody_else_is_offered_anything(monkeypatch: pytest.MonkeyPatch, city: City, login: str) -> None:
    test = drawer(monkeypatch, city, person(city, login))
    assert not test.exception
    assert not labels(test) and not test.text_input and not test.selectbox
    assert "That is not for your role." in words(test)


def bring(test: AppTest, name: str, file: tuple[str, bytes, str] | None) -> AppTest:
    test.text_input(key="plan-file-name-0").set_value(name)
    if file:
        test.file_uploader(key="plan-file-sent-0").set_value(file)
    return next(b for b in test.button if b.label == "Bring it in").click().run()


def test_a_file_becomes_a_draft_that_is_then_in_view(monkeypatch: pytest.MonkeyPatch, city: City) -> None:
    content = plan_bytes(draft_in_force(city), "csv")
    test = bring(
        drawer(monkeypatch, city, person(city, "planner")), "from a page", ("p.csv", content, "text/csv")
    )
    assert not test.exception
    made = open_draft(city, "from a page")
    assert made.plan.made_by == person(city, "planner").id
    assert test.query_params["plan"] == str(made.plan.id)
    assert "The draft from a page is ready." in words(test)
    assert "0 units lie in another grid than in donggang" in words(test)


def test_refused_rows_are_shown_and_can_be_taken_home(monkeypatch: pytest.MonkeyPatch, city: City) -> None:
    rows = plan_bytes(draft_in_force(city), "csv").decode("utf-8-sig").splitlines()
    rows[3] = rows[3].replace("2106", "<b>9", 1)
    content = "\n".join(rows).encode()
    test = bring(
        drawer(monkeypatch, city, person(city, "planner")), "refused", ("p.csv", content, "text/csv")
    )
    assert not test.exception
    assert "there is no unit &lt;b&gt;9" in words(test) and "<b>9" not in words(test)
    assert "Download the refused rows" in labels(test)
    assert "refused" not in {plan for (plan,) in names(city)}


def names(city: City) -> list[tuple[str]]:
    with city.database.read() as connection:
        return [(name,) for name in connection.scalars(select(schema.plans.c.name))]


@pytest.mark.parametrize(
    ("name", "file", "sentence"),
    [
        ("x", None, "Please choose a file."),
        ("", ("p.csv", b"unit,level3\na,b\n", "text/csv"), "Please give the plan a name."),
        (
            "donggang",
            ("p.csv", b"unit,level3\na,b\n", "text/csv"),
            "There is a plan called donggang already.",
        ),
        ("x", ("../../etc/p.csv", b"unit,level3\na,b\n", "text/csv"), "p.csv: names no unit of this city"),
        ("x", ("p.csv", b"", "text/csv"), "p.csv: there is nothing in it."),
        ("x", ("b.zip", b"PK\x03\x04", "application/zip"), "b.zip: cannot be unpacked"),
    ],
)
def test_what_cannot_be_used_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, city: City, name: str, file: tuple[str, bytes, str] | None, sentence: str
) -> None:
    test = bring(drawer(monkeypatch, city, person(city, "planner")), name, file)
    assert not test.exception
    assert any(sentence in as_shown(error.value) for error in test.error), [e.value for e in test.error]


def as_shown(text: str) -> str:
    """What a reader sees where every mark stands for itself."""
    return text.replace("\\", "").replace(JOINER, "")


def test_polygons_come_in_whatever_their_fields_are_called(
    monkeypatch: pytest.MonkeyPatch, city: City
) -> None:
    planner, in_force = person(city, "planner"), draft_in_force(city)
    grids = json.loads(file_of(city, in_force, "geojson", level=Level.BUILDING, by=planner))
    for grid in grids["features"]:
        grid["properties"] = {"编码": grid["properties"]["code"], "网格名称": grid["properties"]["name"]}
    file = ("g.geojson", json.dumps(grids).encode(), "application/geo+json")
    test = bring(drawer(monkeypatch, city, planner), "by other names", file)
    assert "g.geojson" in as_shown(test.error[0].value) and "code" in test.error[0].value
    test.text_input(key="plan-file-code").set_value("编码")
    test.text_input(key="plan-file-field-name").set_value("网格名称")
    test.text_input(key="plan-file-crs").set_value("mars")
    test = bring(test, "by other names", file)
    assert "mars" in as_shown(test.error[0].value)
    test.text_input(key="plan-file-crs").set_value("EPSG:4326")
    test = bring(test, "by other names", file)
    assert not test.exception and not test.error
    assert open_draft(city, "by other names").draft.hash == in_force.draft.hash


def test_no_name_of_a_file_becomes_a_link(monkeypatch: pytest.MonkeyPatch, city: City) -> None:
    file = ("[here](http://elsewhere.example).csv", b"", "text/csv")
    test = bring(drawer(monkeypatch, city, person(city, "planner")), "x", file)
    assert "](" not in test.error[0].value and "http:" not in test.error[0].value


def test_two_plans_are_compared_side_by_side(monkeypatch: pytest.MonkeyPatch, city: City) -> None:
    planner = person(city, "planner")
    draft = branch(city, None, "other", planner)
    test = drawer(monkeypatch, city, planner, plan=str(draft.plan.id))
    test.selectbox(key=f"files-other-{draft.plan.id}").set_value(1).run()
    assert "donggang and other are the same." in words(test)
    code = min(draft.draft.leaf_units)
    edit(city, draft.plan.id, Rename(code, "A new name"), version=1, by=planner)
    test = drawer(monkeypatch, city, planner, plan=str(draft.plan.id))
    test.selectbox(key=f"files-other-{draft.plan.id}").set_value(1).run()
    assert not test.exception
    assert "Other name 1" in words(test) and "Download XLSX" in labels(test)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_drawer_speaks_both_languages(monkeypatch: pytest.MonkeyPatch, city: City, lang: str) -> None:
    test = drawer(monkeypatch, city, person(city, "planner"), lang=lang)
    assert ("导入方案" in words(test)) is (lang == "zh")

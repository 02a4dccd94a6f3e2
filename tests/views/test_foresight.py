"""The planner's look ahead, headless: a line that says it all, tables of it, a file – and nothing where nothing changes."""

from __future__ import annotations

import io
from base64 import b64decode

import pytest
from openpyxl import load_workbook
from streamlit.testing.v1 import AppTest

from city.drafts import OpenDraft, draft_in_force
from city.foreseeing import foresee
from city.foresight_tables import foresight_bytes, summary_of, tables_of
from city.opened import City
from city.words import speak
from domain.people import Person, Role
from tests.city.test_foreseeing import APART, LEADER, PLANNER, busiest, opened, split
from views.visit import Visit


def foresight_page(visit, opened):  # type: ignore[no-untyped-def]
    from views.foresight import show_foresight

    show_foresight(visit, opened)


def page(city: City, draft: OpenDraft, who: Person = PLANNER, lang: str = "en") -> AppTest:
    visit = Visit(city, who, speak(lang))
    return AppTest.from_function(
        foresight_page, kwargs={"visit": visit, "opened": draft}, default_timeout=30
    ).run()


def words(test: AppTest) -> str:
    return " ".join(str(getattr(e, "body", "") or getattr(e.proto, "body", "")) for e in test.get("html"))


@pytest.fixture(scope="module")
def halved(demo_city: City) -> OpenDraft:
    leaf = busiest(demo_city)
    return opened(demo_city, lambda draft: split(draft, leaf, len(draft.leaf_units[leaf]) // 2))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_one_line_says_what_changes_hands(demo_city: City, halved: OpenDraft, lang: str) -> None:
    test, seen = page(demo_city, halved, lang=lang), foresee(demo_city, halved, PLANNER)
    assert not test.exception and not test.warning
    assert summary_of(seen, speak(lang)) in words(test)
    assert f"{seen.comparison.households:,}" in summary_of(seen, speak(lang))


def test_a_plan_like_the_one_in_force_changes_nothing_and_says_so(demo_city: City) -> None:
    test = page(demo_city, draft_in_force(demo_city))
    assert not test.exception and "Nothing would change" in words(test)
    assert not test.get("download_button")


@pytest.mark.parametrize("part", ["grids", "moves", "hands", "heads", "work"])
def test_every_table_is_one_click_away(demo_city: City, halved: OpenDraft, part: str) -> None:
    test = page(demo_city, halved)
    test.segmented_control(key="foresight-part").set_value(part).run()
    about = busiest(demo_city) if part == "heads" else APART
    assert (
        not test.exception
        and f'data-table="{part}"' in words(test)
        and f"<small>{about}</small>" in words(test)
    )


def test_the_picture_has_every_grid_of_the_draft_and_a_word_for_each_colour(
    demo_city: City, halved: OpenDraft
) -> None:
    test = page(demo_city, halved)
    test.segmented_control(key="foresight-part").set_value("map").run()
    shown = words(test)
    leaves = sum(grid.level is halved.draft.smallest for grid in halved.draft.grids.values())
    drawn = b64decode(shown.split("data:image/svg+xml;base64,")[1].split('"')[0]).decode()
    assert (
        not test.exception and drawn.count("<path ") == leaves and drawn.count('fill="url(#new-grid)"') == 1
    )
    assert "new grid · 1" in shown and "about the same" in shown
    test.segmented_control(key="foresight-measure").set_value("households").run()
    assert not test.exception and "new grid · 1" in words(test)


def test_a_leader_has_the_tickets_as_a_table_and_a_planner_has_none(
    demo_city: City, halved: OpenDraft
) -> None:
    seen = foresee(demo_city, halved, LEADER)
    numbers = [row.no for row in seen.listed]
    assert numbers
    test = page(demo_city, halved, LEADER)
    test.segmented_control(key="foresight-part").set_value("tickets").run()
    assert all(no in words(test) for no in numbers)
    say = speak("en")
    assert "tickets" not in {t.name for t in tables_of(foresee(demo_city, halved, PLANNER), say)}


def sheets(city: City, draft: OpenDraft, who: Person, lang: str) -> dict[str, list[tuple[object, ...]]]:
    book = load_workbook(io.BytesIO(foresight_bytes(foresee(city, draft, who), speak(lang))))
    return {sheet.title: list(sheet.values) for sheet in book}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_file_holds_every_grid_with_its_code_as_text(
    demo_city: City, halved: OpenDraft, lang: str
) -> None:
    say = speak(lang)
    found = sheets(demo_city, halved, PLANNER, lang)
    work = found[say("Workload")]
    column = work[0].index(say("{column} (code)", column=say("Grid")))
    codes = {row[column] for row in work[1:]}
    assert codes == set(halved.draft.grids)
    assert found[say("Summary")][1][0] == summary_of(foresee(demo_city, halved, PLANNER), say)


def cells(city: City, draft: OpenDraft, who: Person) -> set[object]:
    return {cell for rows in sheets(city, draft, who, "en").values() for row in rows for cell in row}


def test_no_file_of_a_planner_names_a_ticket_and_a_leaders_does(demo_city: City, halved: OpenDraft) -> None:
    seen = foresee(demo_city, halved, LEADER)
    numbers = {row.no for row in seen.listed}
    assert numbers <= cells(demo_city, halved, LEADER) and not numbers & cells(demo_city, halved, PLANNER)


def test_who_reads_no_plans_is_told_so(demo_city: City, halved: OpenDraft) -> None:
    test = page(demo_city, halved, Person(9, "office", Role.CITY_OFFICE))
    assert not test.exception and len(test.warning) == 1 and not words(test).count('rg-foresee-head"')

"""The drawer in which the solver is asked, headless, with the real solver: wishes, progress, Stop, proofs, what is kept."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert
from streamlit.testing.v1 import AppTest

from city import drafts, planning, proposing
from city.drafts import OpenDraft, branch, draft_in_force, edit, open_draft
from city.opened import City
from city.proposing import Job, JobState, Kind, Order
from city.settings import Settings
from domain.grids import Level
from domain.people import Person, Role
from domain.plans.commands import Merge
from domain.plans.proposals import Proposal, Wishes
from storage.schema import accounts
from tests.areas import everybody
from tests.conftest import NOON, CityAtNoon, sqlite_url
from tests.jobs import over
from tests.views.test_pages import page

CLOSE = "210681002005"
"""The community with the fewest households: divided in half a second."""

LONG = Wishes(bands={Level.BUILDING: (240, 260)})
"""Wishes that a repair of the whole city works at for half a minute."""


@pytest.fixture
def city(demo_file: Path, tmp_path: Path) -> Iterator[City]:
    shutil.copy(demo_file, tmp_path / "city.db")
    made = CityAtNoon(Settings(database_url=sqlite_url(tmp_path / "city.db")))
    yield made
    for job in proposing._jobs_of(made).known.values():
        if not job.is_over:
            proposing.cancel(made, job.id, job.by)
            over(made, job.id, job.by)
    made.database.close()


@pytest.fixture
def planner(city: City) -> Person:
    return everybody(city)["planner"]


@pytest.fixture
def second(city: City, planner: Person) -> Person:
    """Another planner of the city."""
    with city.database.write() as connection:
        made = connection.execute(
            insert(accounts).values(
                login="planner-two", name="Second planner", role=Role.PLANNER, area=planner.area,
                created_at=NOON, password_hash="",
            )
        )  # fmt: skip
        assert made.inserted_primary_key
    return Person(made.inserted_primary_key[0], "Second planner", Role.PLANNER, planner.area)


@pytest.fixture
def draft(city: City, planner: Person) -> OpenDraft:
    return branch(city, None, "East side", planner)


def drawer(
    monkeypatch: pytest.MonkeyPatch, city: City, who: Person, draft: OpenDraft, do: str = "propose", lang: str = "en"
) -> AppTest:  # fmt: skip
    test = page(monkeypatch, city, who, view="planner", plan=str(draft.plan.id), do=do, lang=lang)
    assert not test.exception
    return test


def said(test: AppTest) -> str:
    """All that the page says in words, as a person reads it."""
    pages = [str(each.proto.body) for each in test.get("html")]
    told = (test.markdown, test.caption, test.info, test.success, test.warning, test.error)
    words = "\n".join([*pages, *(each.value for kind in told for each in kind), *bars(test)])
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", words)


def bars(test: AppTest) -> list[str]:
    """What stands on each bar of progress."""
    return [str(bar.proto.text) for bar in test.get("progress")]


def keys(test: AppTest) -> set[str]:
    return {str(each.key) for each in test.button}


def press(test: AppTest, key: str) -> AppTest:
    test.button(key=key).click().run()
    assert not test.exception
    return test


def counts(test: AppTest) -> list[Any]:
    """The fields of how many grids, the largest grids first."""
    return [box for box in test.number_input if str(box.label).endswith(": how many")]


def within(test: AppTest, code: str) -> AppTest:
    test.selectbox(key="solve-within").set_value(code).run()
    assert not test.exception
    return test


def begun(test: AppTest, city: City, who: Person) -> Job:
    """The job that the page began last."""
    job = proposing.job(city, test.session_state["solve-job"], who)
    assert job
    return job


def names(city: City, who: Person) -> list[str]:
    return [plan.name for plan in drafts.all_plans(city, who)]


# --- at work --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("button", ["solve-propose", "solve-repair"])
def test_progress_is_shown_and_stop_stops_it_says_so_and_leaves_the_draft_as_it_was(
    monkeypatch: pytest.MonkeyPatch, city: City, planner: Person, draft: OpenDraft, button: str
) -> None:
    test = drawer(monkeypatch, city, planner, draft)
    test.text_input(key=f"solve-name-{draft.plan.id}").set_value("Half done")
    test.number_input(key="solve-least-3").set_value(240)
    test.number_input(key="solve-most-3").set_value(260)
    press(test, button)
    assert not begun(test, city, planner).is_over
    until = time.monotonic() + 60
    while not begun(test, city, planner).share:
        assert time.monotonic() < until, "the solver told nothing"
        time.sleep(0.1)
    test.run()
    job = begun(test, city, planner)
    assert any(bar.startswith("Half done · ") for bar in bars(test)), bars(test)
    assert "stop-solver" in keys(test) and test.button(key=button).disabled
    assert test.text_input(key=f"solve-name-{draft.plan.id}").value == "Half done"
    press(test, "stop-solver")
    assert over(city, job.id, planner, seconds=5).state is JobState.CANCELLED
    test.run()
    assert "Stopped: nothing of it was kept." in said(test)
    assert not test.button(key=button).disabled and not bars(test)
    assert test.number_input(key="solve-least-3").value == 240, "what was typed stays"
    assert names(city, planner) == ["East side", "donggang"]
    assert open_draft(city, draft.plan.id).draft == draft.draft
    test.query_params["plan"] = str(draft_in_force(city).plan.id)
    test.run()
    assert not test.button(key=button).disabled and "Stopped: nothing of it was kept." not in said(test)


def test_what_can_only_be_reached_in_part_is_told_above_the_job_at_work(
    monkeypatch: pytest.MonkeyPatch, city: City, planner: Person, draft: OpenDraft
) -> None:
    test = drawer(monkeypatch, city, planner, draft)
    counts(test)[0].set_value(110)
    press(test, "solve-propose")
    assert "110 × 1000 = 110000 households are more than the 96817 there are" in said(test)
    assert "stop-solver" in keys(test)


def test_while_a_job_is_at_work_another_planner_sees_it_and_draws(
    monkeypatch: pytest.MonkeyPatch, city: City, planner: Person, second: Person, draft: OpenDraft
) -> None:
    number = proposing.start(city, Order(Kind.REPAIR, draft.plan.id, "Slow", LONG), planner)
    code = min(draft.draft.leaf_units)
    test = page(monkeypatch, city, second, view="planner", plan=str(draft.plan.id), do="draw", lang="en")
    test.session_state[f"table-{draft.plan.id}-selected"] = draft.draft.units_of(code)
    test.session_state[f"table-{draft.plan.id}-action"] = "rename"
    test.run()
    next(box for box in test.text_input if box.label == "Name of the grid").set_value("Sunrise").run()
    press(test, "apply")
    assert open_draft(city, draft.plan.id).draft.grids[code].name == "Sunrise"
    assert not (
        proposing.job(city, number, second) or Job("", Order(Kind.REPAIR, None, "", LONG), second)
    ).is_over
    other = drawer(monkeypatch, city, second, draft)
    assert (
        any(bar.startswith("Slow · ") for bar in bars(other)) and other.button(key="solve-propose").disabled
    )


# --- what came of it ------------------------------------------------------------------------------------


def test_a_must_beyond_arithmetic_is_proved_at_once_names_whom_it_blames_and_begins_nothing(
    monkeypatch: pytest.MonkeyPatch, city: City, planner: Person, draft: OpenDraft
) -> None:
    test = drawer(monkeypatch, city, planner, draft)
    test.number_input(key="solve-most-2").set_value(1010)
    test.checkbox(key="solve-must-2").check()
    press(test, "solve-propose")
    assert proposing.running_job(city, planner) is None and not proposing._jobs_of(city).child
    told = said(test)
    assert "There is no such division: this is proved." in told
    assert "105 × 1000 = 105000 households are more than the 96817 there are" in told
    assert "花园社区 has 4651 households: no number of grids of 1000–1010 holds them." in told
    assert "Because of: 花园社区, " in told
    assert "solve-propose" in keys(test) and "open-solved" not in keys(test)
    assert names(city, planner) == ["East side", "donggang"]


def test_what_the_solver_cannot_divide_names_the_parent_and_leaves_no_draft(
    monkeypatch: pytest.MonkeyPatch, city: City, planner: Person, draft: OpenDraft
) -> None:
    test = within(drawer(monkeypatch, city, planner, draft), CLOSE)
    test.segmented_control(key="solve-road").set_value("never")
    press(test, "solve-propose")
    job = over(city, begun(test, city, planner).id, planner)
    assert job.state is JobState.IMPOSSIBLE
    test.run()
    assert "碧海社区: its 3931 households cannot be divided into whole grids of level 2 as wished." in said(
        test
    )
    assert "Because of: 碧海社区" in said(test) and "open-solved" not in keys(test)
    assert names(city, planner) == ["East side", "donggang"]


def test_a_must_that_can_be_met_is_met(
    monkeypatch: pytest.MonkeyPatch, city: City, planner: Person, draft: OpenDraft
) -> None:
    test = within(drawer(monkeypatch, city, planner, draft), CLOSE)
    counts(test)[0].set_value(3)
    test.checkbox(key="solve-must-2").check()
    test.checkbox(key="solve-must-3").check()
    press(test, "solve-propose")
    job = over(city, begun(test, city, planner).id, planner)
    assert job.order.wishes.must == {Level.COMPOUND, Level.BUILDING}
    assert job.state is JobState.DONE and job.outcome and isinstance(job.outcome.found, Proposal)
    inside = [g for g in job.outcome.found.draft.grids.values() if g.parent == CLOSE]
    assert len(inside) == 3
    test.run()
    assert "open-solved" in keys(test)
    press(test, "open-solved")
    assert test.query_params["plan"] == str(open_draft(city, job.order.name).plan.id)


def test_what_cannot_be_meant_is_refused_in_a_sentence_and_begins_nothing(
    monkeypatch: pytest.MonkeyPatch, city: City, planner: Person, draft: OpenDraft
) -> None:
    test = drawer(monkeypatch, city, planner, draft)
    test.number_input(key="solve-least-2").set_value(900)
    test.number_input(key="solve-most-2").set_value(0)
    press(test, "solve-propose")
    assert "The band 900–0 of level 2 is no band." in said(test)
    test.number_input(key="solve-least-2").set_value(0)
    test.checkbox(key="solve-must-2").check()
    press(test, "solve-propose")
    assert "Level 2 has no band that its grids could have to lie in" in said(test)
    assert not proposing._jobs_of(city).known


# --- the form -------------------------------------------------------------------------------------------


def test_each_scope_suggests_as_many_grids_as_it_has_also_after_it_was_drawn_on(
    monkeypatch: pytest.MonkeyPatch, city: City, planner: Person, draft: OpenDraft
) -> None:
    test = drawer(monkeypatch, city, planner, draft)
    assert [box.value for box in counts(test)] == [105, 382]
    within(test, CLOSE)
    assert [box.value for box in counts(test)] == [5, 16]
    grid = max(draft.draft.children[CLOSE], key=lambda code: len(draft.draft.children[code]))
    within(test, grid)
    below = draft.draft.children[grid]
    assert [box.value for box in counts(test)] == [len(below)]
    one, into = next(
        (code, near)
        for code in below
        for near in planning.neighbours(draft, Level.BUILDING, draft.draft.units_of(code))
        if near in below
    )
    edit(city, draft.plan.id, Merge(one, into), version=draft.plan.version, by=planner)
    test.run()
    assert [box.value for box in counts(test)] == [len(below) - 1]


def test_the_planner_gives_the_price_of_each_kind_of_ground_that_parts_the_city(
    monkeypatch: pytest.MonkeyPatch, city: City, planner: Person, draft: OpenDraft
) -> None:
    test = within(drawer(monkeypatch, city, planner, draft), CLOSE)
    test.segmented_control(key="solve-road").set_value("costs")
    test.number_input(key="solve-price-road").set_value(2.5)
    test.segmented_control(key="solve-water").set_value("never")
    press(test, "solve-propose")
    order = begun(test, city, planner).order
    assert (order.priced, order.forbidden) == ({"road": 2.5}, ("water",))


def test_a_repair_moves_whole_compounds_too_where_that_is_ticked_and_asks_for_no_numbers(
    monkeypatch: pytest.MonkeyPatch, city: City, planner: Person, draft: OpenDraft
) -> None:
    test = within(drawer(monkeypatch, city, planner, draft), CLOSE)
    test.checkbox(key="solve-compounds").check()
    test.number_input(key="solve-least-2").set_value(600)
    test.number_input(key="solve-most-2").set_value(900)
    test.checkbox(key="solve-must-2").check()
    press(test, "solve-repair")
    order = begun(test, city, planner).order
    assert order.kind is Kind.REPAIR and order.compounds_too
    assert not order.wishes.counts and not order.wishes.must and not order.wishes.stay
    job = over(city, begun(test, city, planner).id, planner)
    assert job.state is JobState.DONE and job.outcome and isinstance(job.outcome.found, Proposal)
    assert job.outcome.found.moved[Level.COMPOUND] > 0


def test_the_band_of_compound_grids_is_wished_of_a_repair_only_with_the_tick(
    monkeypatch: pytest.MonkeyPatch, city: City, planner: Person, draft: OpenDraft
) -> None:
    test = within(drawer(monkeypatch, city, planner, draft), CLOSE)
    assert "In a repair the band of compound grids counts only with this tick." in said(test)
    test.number_input(key="solve-least-2").set_value(900)
    test.number_input(key="solve-least-3").set_value(210)
    press(test, "solve-repair")
    first = begun(test, city, planner)
    assert first.order.wishes.bands == {Level.COMPOUND: (1_000, 1_500), Level.BUILDING: (210, 400)}
    assert over(city, first.id, planner).state is JobState.DONE
    test.run()
    test.text_input(key=f"solve-name-{draft.plan.id}").set_value("With compounds")
    test.number_input(key="solve-least-2").set_value(900)
    test.checkbox(key="solve-compounds").check()
    press(test, "solve-repair")
    assert begun(test, city, planner).order.wishes.bands[Level.COMPOUND] == (900, 1_500)


def test_the_drawer_speaks_chinese_at_work_and_when_it_was_stopped(
    monkeypatch: pytest.MonkeyPatch, city: City, planner: Person, draft: OpenDraft
) -> None:
    test = drawer(monkeypatch, city, planner, draft, lang="zh")
    labels = [str(each.label) for kind in (test.checkbox, test.number_input, test.button) for each in kind]
    assert not [label for label in labels if re.search(r"[A-Za-z]{4}", label)]
    press(test, "solve-propose")
    press(test, "stop-solver")
    over(city, begun(test, city, planner).id, planner)
    test.run()
    assert "已停止" in said(test)
    assert "household" not in said(test).split("</style>")[-1]

"""The assessment of the demo city: who sees which figures, that last year's comes out the same, the file for the appraisal."""

from __future__ import annotations

import io

from openpyxl import load_workbook

from city.frontline import assessed
from city.opened import City
from city.spreadsheets import xlsx_bytes
from city.words import speak
from domain.frontline.assessment import LEAST_ANSWERS, RoundState
from tests.areas import everybody


def test_last_years_round_is_frozen_and_comes_out_the_same(demo_city: City) -> None:
    now, last = assessed.rounds(demo_city)
    assert (now.state, last.state) == (RoundState.OPEN, RoundState.FROZEN)
    again = assessed.recomputed(demo_city, last)
    assert again.same_answers and again.same_scores


def test_every_linked_department_has_a_valid_score_of_last_year(demo_city: City) -> None:
    _, last = assessed.rounds(demo_city)
    found = assessed.scores(demo_city, everybody(demo_city)["office"], last)
    assert {s.department for s in found if s.community is None} == {dep for _, dep in last.links}
    assert all(s.is_valid and s.n >= LEAST_ANSWERS for s in found)


def test_a_department_sees_its_own_score_and_a_community_those_given_in_it(demo_city: City) -> None:
    people = everybody(demo_city)
    _, last = assessed.rounds(demo_city)
    own = assessed.scores(demo_city, people["department"], last)
    assert own and {s.department for s in own} == {people["department"].area}
    given = assessed.scores(demo_city, people["community"], last)
    assert given and {s.community for s in given} == {people["community"].area}
    for login in ("member", "compound", "planner", "admin"):
        assert assessed.scores(demo_city, people[login], last) == []


def test_the_figures_of_an_open_round_are_for_those_who_hold_it(demo_city: City) -> None:
    people = everybody(demo_city)
    now, _ = assessed.rounds(demo_city)
    assert assessed.scores(demo_city, people["office"], now) and assessed.scores(
        demo_city, people["leader"], now
    )
    for login in ("department", "community", "street"):
        assert assessed.scores(demo_city, people[login], now) == []


def test_each_community_sees_how_many_of_its_own_answered(demo_city: City) -> None:
    people = everybody(demo_city)
    now, _ = assessed.rounds(demo_city)
    every = assessed.turnout(demo_city, people["office"], now)
    (own,) = assessed.turnout(demo_city, people["community"], now)
    assert own.community == people["community"].area and own in every
    assert {row.community for row in every} == set(now.communities)
    assert any(row.missing for row in every) and all(
        row.missing == max(0, LEAST_ANSWERS - row.n) for row in every
    )
    assert assessed.turnout(demo_city, people["leader"], now) == []


def test_the_file_for_the_appraisal_says_how_each_score_came_about(demo_city: City) -> None:
    _, last = assessed.rounds(demo_city)
    found = assessed.scores(demo_city, everybody(demo_city)["office"], last)
    content = xlsx_bytes([assessed.sheet_of(demo_city, last, found, speak("zh"))])
    page = load_workbook(io.BytesIO(content)).active
    assert page is not None and page.max_row == len(found) + 1
    assert page["J2"].value == last.inputs

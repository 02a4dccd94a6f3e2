"""Where heads go when a plan comes into force: nobody is lost, nobody heads two grids by accident, vacancies are named."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from domain.grids import Grid, Level, Structure
from domain.plans.drafts import Draft
from domain.plans.posts import HeadTerm, head_problems, heads_after, person_of, vacancies


def town(*codes: str) -> dict[str, Grid]:
    return {code: Grid(code, Level.COMMUNITY, f"grid {code}", None) for code in codes}


BEFORE = Structure.of(town("A", "B", "C").values())
HEADS = [HeadTerm(n, grid, f"head of {grid}", f"#{n}") for n, grid in enumerate("ABC", start=1)]


def plan(
    *codes: str, lineage: dict[str, list[str]] | None = None, posts: dict[str, str] | None = None
) -> Draft:
    return Draft(town(*codes), {}, {"lineage": lineage or {}, "posts": posts or {}})


def problems(draft: Draft, heads: list[HeadTerm] | None = None) -> list[str]:
    return [str(said) for said in head_problems(BEFORE, draft, heads or HEADS)]


def test_a_plan_that_leaves_the_grids_leaves_the_heads() -> None:
    draft = plan("A", "B", "C")
    assert heads_after(draft, HEADS) == {1: "A", 2: "B", 3: "C"}
    assert problems(draft) == [] and vacancies(BEFORE, draft, HEADS) == ()


def test_a_head_follows_the_grid_that_came_from_theirs_alone() -> None:
    draft = plan("A", "B", "D", lineage={"D": ["C"]})
    assert heads_after(draft, HEADS)[3] == "D"
    assert problems(draft) == [] and vacancies(BEFORE, draft, HEADS) == ()


def test_a_head_whose_grid_was_split_must_be_told_where_to_go() -> None:
    split = plan("A", "B", "D", "E", lineage={"D": ["C"], "E": ["C"]})
    assert problems(split) == [
        "head of C heads grid C, which the plan retires: say which grid comes next, or that the term ends."
    ]
    told = plan("A", "B", "D", "E", lineage={"D": ["C"], "E": ["C"]}, posts={"3": "E"})
    assert problems(told) == [] and [grid.code for grid in vacancies(BEFORE, told, HEADS)] == ["D"]


def test_a_head_is_put_beside_no_other() -> None:
    merged = plan("A", "B", lineage={"B": ["B", "C"]})
    assert heads_after(merged, HEADS) == {1: "A", 2: "B", 3: None}
    assert len(problems(merged)) == 1
    beside = plan("A", "B", lineage={"B": ["B", "C"]}, posts={"3": "B"})
    assert problems(beside) == ["grid B would have more than one head."]
    instead = plan("A", "B", lineage={"B": ["B", "C"]}, posts={"3": "B", "2": ""})
    assert problems(instead) == [] and heads_after(instead, HEADS) == {1: "A", 2: None, 3: "B"}


def test_a_term_that_the_plan_ends_is_no_problem_and_leaves_a_vacancy() -> None:
    draft = plan("A", "B", "C", posts={"1": ""})
    assert problems(draft) == [] and [grid.code for grid in vacancies(BEFORE, draft, HEADS)] == ["A"]


def test_who_would_head_a_second_grid_blocks_and_who_did_so_before_does_not() -> None:
    same = [replace(head, person="one and the same") for head in HEADS]
    two = [same[0], replace(same[1], grid="A2"), HEADS[2]]
    before = Structure.of(town("A", "B", "C", "A2").values())
    stays = plan("A", "A2", "C")
    assert head_problems(before, stays, two) == []
    third = plan("A", "A2", "C", "D", lineage={"D": ["X"]}, posts={"3": "D"})
    ann = [HeadTerm(1, "A", "Ann", "ann"), HeadTerm(3, "B", "Ann", "ann")]
    assert head_problems(before, third, ann[:1]) == []
    double = [HeadTerm(1, "A", "Ann", "ann"), HeadTerm(4, "gone", "Ann", "ann")]
    assert [str(s) for s in head_problems(BEFORE, plan("A", "D", lineage={"D": ["gone"]}), double)] == [
        "Ann would head more than one grid: grid A, grid D."
    ]


def test_a_head_is_sent_to_no_grid_that_is_not_there() -> None:
    assert "head of A is to head Z, which is no grid of this plan." in problems(
        plan("A", "B", "C", posts={"1": "Z"})
    )


def test_vacancies_are_those_that_are_new_and_a_city_without_heads_has_none() -> None:
    draft = plan("A", "B", "C", "D", lineage={"D": ["A"]})
    assert [grid.code for grid in vacancies(BEFORE, draft, HEADS[:2])] == ["D"]
    assert vacancies(BEFORE, draft, []) == ()


def test_the_same_name_with_the_same_number_is_the_same_person() -> None:
    assert person_of("Li", "1", 1) == person_of("Li", "1", 2) != person_of("Li", "2", 2)
    assert person_of("Li", "", 1) != person_of("Li", "", 2)


codes = st.sets(st.sampled_from("ABCDEF"), min_size=1)


@given(codes, st.dictionaries(st.sampled_from("ABCDEF"), st.lists(st.sampled_from("ABC"), max_size=3)),
       st.dictionaries(st.sampled_from("123"), st.sampled_from(["", *"ABCDEF"])))  # fmt: skip
def test_without_problems_every_head_has_one_grid_or_an_ended_term_and_no_grid_has_two(
    here: set[str], lineage: dict[str, list[str]], posts: dict[str, str]
) -> None:
    draft = plan(*sorted(here), lineage=lineage, posts=posts)
    after = heads_after(draft, HEADS)
    assert after.keys() == {1, 2, 3}
    assert all(grid is None or grid in here for grid in after.values())
    if not head_problems(BEFORE, draft, HEADS):
        heading = [grid for grid in after.values() if grid]
        assert len(heading) == len(set(heading))
        assert all(after[n] or posts.get(str(n)) == "" for n in (1, 2, 3))
        vacant = {grid.code for grid in vacancies(BEFORE, draft, HEADS)}
        assert vacant == here - set(heading)

"""The grids' work on the desk: its parts by role, the unit that the address names, a batch of visits, files that come in."""

from __future__ import annotations

import pytest

from city.opened import City
from domain.frontline.visits import Visit
from domain.grids import Level
from storage.frontline.records import those
from tests.views.test_pages import page, person, words


def all_visits(city: City) -> list[Visit]:
    with city.database.read() as connection:
        return those(connection, Visit)


@pytest.mark.parametrize(
    ("login", "parts"),
    [
        ("leader", 8), ("street", 11), ("office", 11), ("community", 11), ("compound", 8), ("member", 7), ("planner", 6),
        ("department", 4), ("admin", 0),
    ],
)  # fmt: skip
def test_the_parts_are_those_of_the_role(
    monkeypatch: pytest.MonkeyPatch, demo_city: City, login: str, parts: int
) -> None:
    test = page(monkeypatch, demo_city, person(demo_city, login), view="work", lang="en")
    assert not test.exception
    chosen = [each for each in test.button_group if each.key == "work-part"]
    assert (len(chosen[0].options) if chosen else 0) == parts
    assert ("rg-list-wrap" in words(test)) is bool(parts)


@pytest.mark.parametrize("part", ["visits", "needs", "outside"])
def test_a_unit_in_the_address_is_shown_where_it_is_ones_own(
    monkeypatch: pytest.MonkeyPatch, demo_city: City, part: str
) -> None:
    community = person(demo_city, "community")
    structure = demo_city.ground.structure
    compound = structure.children(community.area)[0]
    shown = page(monkeypatch, demo_city, community, view="work", part=part, unit=compound.code, lang="en")
    assert (not shown.exception and compound.name in words(shown)) or structure.children(compound.code)[
        0
    ].name in words(shown)
    foreign = next(g for g in structure.at_level(Level.COMMUNITY) if g.code != community.area)
    other = page(monkeypatch, demo_city, community, view="work", part=part, unit=foreign.code, lang="en")
    assert not other.exception
    assert not any(grid.name in words(other) for grid in structure.children(foreign.code))


def test_a_batch_of_visits_is_written_down_at_once(monkeypatch: pytest.MonkeyPatch, own_city: City) -> None:
    member = person(own_city, "member")
    before = len(all_visits(own_city))
    test = page(monkeypatch, own_city, member, view="work", lang="en")
    send = next(b for b in test.button if b.label == "Write them down")
    test = send.click().run()
    assert any("at least one building" in e.value for e in test.error)
    chosen = test.multiselect(key="visits-buildings")
    chosen.set_value(chosen.options[:2])
    test = next(b for b in test.button if b.label == "Write them down").click().run()
    assert not test.exception and len(all_visits(own_city)) == before + 2
    assert {v.visitor for v in all_visits(own_city)[-2:]} == {member.id}


def test_the_map_can_be_coloured_by_the_last_visit(monkeypatch: pytest.MonkeyPatch, demo_city: City) -> None:
    test = page(monkeypatch, demo_city, person(demo_city, "street"), measure="visits", lang="en")
    assert not test.exception
    assert test.selectbox(key="measure").value.value == "visits"
    table = page(
        monkeypatch,
        demo_city,
        person(demo_city, "street"),
        measure="visits",
        level="3",
        lang="en",
        **{"as": "table"},
    )
    assert "Days since the last visit" in words(table) and "never visited" in words(table)

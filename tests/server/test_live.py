"""Counts that maps ask for: measures, classes without a colour, what stays hidden."""

from __future__ import annotations

import pytest

from city import opened
from city.desk_figures import boxes
from city.opened import City
from city.words import speak
from domain.grids import Level
from domain.loads import FEW, NO_BASE, TOO_FEW, Measure, Share
from domain.people import Person, Role
from server.live import DIGITS, HIDDEN, loads_text
from storage.counts import Area, figures
from tests.server.client import client_of, sign_in
from tests.views.test_pages import person


def lines(city: City, level: Level, who: Person, measure: Measure | None = None) -> list[list[int | None]]:
    """The numbers of each line, read as a browser reads them."""
    _, *rest = loads_text(city, level, who, measure).split("\n")
    return [numbers(line) for line in rest]


def numbers(line: str) -> list[int | None]:
    found: list[int | None] = []
    rest = iter(line)
    for digit in rest:
        if digit == HIDDEN:
            found.append(None)
        elif digit == "~":
            n = 0
            while (more := next(rest)) != ";":
                n = n * 62 + DIGITS.index(more)
            found.append(n)
        else:
            found.append(DIGITS.index(digit))
    return found


def test_without_a_measure_the_answer_is_what_it_always_was(demo_city: City) -> None:
    leader = person(demo_city, "leader")
    assert loads_text(demo_city, Level.COMMUNITY, leader) == loads_text(
        demo_city, Level.COMMUNITY, leader, Measure.OPEN_PER_100
    )
    assert len(lines(demo_city, Level.COMMUNITY, leader)) == 4


@pytest.mark.parametrize("measure", [Measure.ON_TIME, Measure.SATISFIED])
def test_the_shares_of_all_communities_add_up_to_the_rate_of_the_city(
    demo_city: City, measure: Measure
) -> None:
    now = demo_city.now()
    shares = demo_city.shares(Level.COMMUNITY, measure).values()
    with demo_city.database.read() as connection:
        whole = figures(connection, Area(), now, demo_city.rates_since(now), now)
        gridless = figures(connection, Area(no_grid=True), now, demo_city.rates_since(now), now)
    n = whole.on_time_n if measure is Measure.ON_TIME else whole.rated_n
    outside = gridless.on_time_n if measure is Measure.ON_TIME else gridless.rated_n
    assert sum(share.n for share in shares) == n - outside > 0


def test_how_many_went_well_is_not_told_of_fewer_than_five(demo_city: City) -> None:
    leader = person(demo_city, "leader")
    classes, _, _, _, cases, good = lines(demo_city, Level.BUILDING, leader, Measure.ON_TIME)
    assert TOO_FEW in classes and FEW in classes
    for class_, n, well in zip(classes, cases, good, strict=True):
        assert n is not None
        assert (well is None) == (n < 5) == (class_ == TOO_FEW)
        assert (class_ == FEW) == (5 <= n < 20)


def test_a_member_is_told_nothing_of_other_grids_by_any_measure(demo_city: City) -> None:
    member = person(demo_city, "member")
    codes = [grid.code for grid in demo_city.ground.structure.at_level(Level.BUILDING)]
    for measure in Measure:
        for line in lines(demo_city, Level.BUILDING, member, measure):
            assert [code for code, n in zip(codes, line, strict=True) if n is not None] in ([member.area], [])


def test_a_department_sees_its_own_shares_alone(demo_city: City) -> None:
    department = person(demo_city, "department")
    own = demo_city.shares(Level.COMMUNITY, Measure.ON_TIME, department.area)
    whole = demo_city.shares(Level.COMMUNITY, Measure.ON_TIME)
    assert all(share.n <= whole[code].n for code, share in own.items())
    assert sum(s.n for s in own.values()) < sum(s.n for s in whole.values())


def test_a_wall_screen_sees_the_counts_of_its_area(demo_city: City) -> None:
    street = next(iter(demo_city.ground.structure.streets))
    wall = Person(0, "", Role.WALL, street)
    classes = lines(demo_city, Level.COMMUNITY, wall, Measure.SATISFIED)[0]
    within = [g.code.startswith(street) for g in demo_city.ground.structure.at_level(Level.COMMUNITY)]
    assert [class_ is not None for class_ in classes] == within


def test_a_share_without_cases_has_no_rate_and_low_is_the_darkest_class(demo_city: City) -> None:
    grid = demo_city.ground.structure.at_level(Level.COMMUNITY)[0]
    classes = [demo_city.class_of_share(grid, Share(100, good), Measure.ON_TIME) for good in range(101)]
    assert classes[0] == 5 and classes[100] == 1 and classes == sorted(classes, reverse=True)
    assert demo_city.class_of_share(grid, Share(), Measure.ON_TIME) == TOO_FEW
    assert NO_BASE not in classes


def test_maps_ask_by_measure_and_nothing_comes_when_nothing_changed(
    monkeypatch: pytest.MonkeyPatch, demo_city: City
) -> None:
    monkeypatch.setattr(opened, "_here", demo_city)
    with client_of() as client:
        sign_in(client, "leader")
        first = client.get("/live/loads?level=1&measure=on_time")
        assert first.status_code == 200 and first.text.count("\n") == 6
        again = client.get(
            "/live/loads?level=1&measure=on_time", headers={"If-None-Match": first.headers["etag"]}
        )
        assert again.status_code == 304
        assert client.get("/live/loads?level=1").text.count("\n") == 4
        for odd in ("nothing", "", "on_time%00"):
            assert client.get(f"/live/loads?level=1&measure={odd}").status_code == 400


@pytest.mark.parametrize("login", ["leader", "community", "member", "department"])
def test_a_desk_asks_for_the_figures_of_its_own_area_and_hears_nothing_while_they_stay(
    demo_city: City, monkeypatch: pytest.MonkeyPatch, login: str
) -> None:
    monkeypatch.setattr(opened, "_here", demo_city)
    with client_of() as client:
        sign_in(client, login)
        answer = client.get("/live/figures?lang=zh")
        shown = boxes(demo_city, person(demo_city, login), speak("zh"))
        assert answer.json() == [[box.value, box.more, box.kind] for box in shown]
        again = client.get("/live/figures?lang=zh", headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")

"""Bundles over HTTP: kept for ever, for whoever signed in; counts of what is in view, as each may see them."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from city import opened, tiles
from city.opened import City
from city.settings import Settings
from domain.grids import Level
from domain.loads import Measure
from domain.people import Person
from server.live import HIDDEN, QUIET_NO_BASE, bundles_text, loads_text
from tests.conftest import CityAtNoon, sqlite_url
from tests.server.client import client_of, sign_in
from tests.server.test_live import numbers
from tests.views.test_pages import person

LEVEL = Level.BUILDING
Told = list[list[int | None]]


@pytest.fixture(scope="module")
def many(demo_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """The demo city as one with many grids, cut into several bundles."""
    file = tmp_path_factory.mktemp("many") / "many.db"
    shutil.copy(demo_file, file)
    city = CityAtNoon(Settings(database_url=sqlite_url(file), tiled_from=100))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gis.tiling.tile.__defaults__", (60,))
        tiles.ensure(city)
    yield city
    city.database.close()


@pytest.fixture
def client(many: City, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(opened, "_here", many)
    with client_of() as client:
        yield client


def spread(text: str) -> Told:
    """The numbers of bundles as a browser spreads them: class, open, overdue, due soon."""
    _, _, opens, *rest = text.split("\n")
    no_base = [digit == QUIET_NO_BASE for digit in shown(opens)]
    counts = numbers(opens.replace(QUIET_NO_BASE, "0"))
    told = [iter(numbers(line)) for line in rest]
    lines: Told = [[], [], []]
    for n, hatched in zip(counts, no_base, strict=True):
        found = [next(line) for line in told] if n else [None if n is None else 9 * hatched, *[n] * 2]
        for line, number in zip(lines, found, strict=True):
            line.append(number)
    return [lines[0], counts, *lines[1:]]


def shown(line: str) -> list[str]:
    """A line's numbers as they are written."""
    found, rest = [], iter(line)
    for digit in rest:
        found.append(digit + "".join(iter(lambda: next(rest), ";")) if digit == "~" else digit)
    return found


def in_bundles(city: City, asked: list[int]) -> list[int]:
    known = tiles.bundles(city, LEVEL)
    assert known is not None
    return [n for bundle in asked for n in known[bundle]]


@pytest.mark.parametrize("login", ["leader", "street", "community", "member", "department"])
@pytest.mark.parametrize("measure", list(Measure))
def test_bundles_tell_what_the_whole_level_tells_of_their_grids(
    many: City, login: str, measure: Measure
) -> None:
    who, asked = person(many, login), [4, 0, 2]
    _, *lines = loads_text(many, LEVEL, who, measure).split("\n")
    whole = [numbers(line) for line in lines]
    grids = tiles.grids_in(many, LEVEL, asked)
    assert grids is not None
    text = bundles_text(many, LEVEL, who, measure, grids)
    found = [numbers(line) for line in text.split("\n")[2:]] if measure.is_rate else spread(text)
    assert found == [[line[n] for n in in_bundles(many, asked)] for line in whole]


def test_a_head_sees_nothing_of_grids_that_are_not_theirs(many: City, client: TestClient) -> None:
    head = person(many, "community")
    sign_in(client, "community")
    known = tiles.bundles(many, LEVEL)
    assert known is not None
    everything = ",".join(map(str, range(len(known))))
    _, _, opens, *_ = client.get(f"/live/loads?level=3&tiles={everything}").text.split("\n")
    structure = many.ground.structure
    order = in_bundles(many, list(range(len(known))))
    mine = [structure.within(structure.at_level(LEVEL)[n].code, head.area) for n in order]
    assert [digit != HIDDEN for digit in shown(opens)] == mine
    assert any(mine) and not all(mine)


def test_counts_of_what_is_in_view_are_small_and_nothing_when_nothing_changed(client: TestClient) -> None:
    sign_in(client, "leader")
    path = "/live/loads?level=3&tiles=3"
    answer = client.get(path, headers={"accept-encoding": "gzip"})
    assert answer.status_code == 200 and int(answer.headers["content-length"]) < 200
    again = client.get(path, headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304 and not again.content


@pytest.mark.parametrize("measure", list(Measure))
def test_of_a_crowd_classes_are_told_alone_and_are_those_of_all_numbers(
    many: City, client: TestClient, measure: Measure
) -> None:
    sign_in(client, "community")
    path = f"/live/loads?level=3&measure={measure}&tiles=3,1,5"
    identity, stamps, classes = client.get(f"{path}&classes=alone").text.split("\n")
    whole = client.get(path).text
    assert identity == whole.split("\n")[0] and len(stamps.split(",")) == 3
    found = [numbers(line) for line in whole.split("\n")[2:]] if measure.is_rate else spread(whole)
    assert numbers(classes) == found[0]


def test_only_what_changed_is_told_to_who_says_what_is_known(many: City, client: TestClient) -> None:
    sign_in(client, "leader")
    path = "/live/loads?level=3&tiles=3,1,5"
    identity, stamps, *whole = client.get(path).text.split("\n")
    known = [stamp.split(":")[1] for stamp in stamps.split(",")]
    assert client.get(f"{path}&known={','.join(known)}").text.split("\n") == [identity, ""]
    _, again, *lines = client.get(f"{path}&known={known[0]},old,{known[2]}").text.split("\n")
    assert again == f"1:{known[1]}"
    assert lines == client.get("/live/loads?level=3&tiles=1").text.split("\n")[2:]
    assert client.get(f"{path}&known=,").text.split("\n")[2:] == whole, "nothing is known"


@pytest.mark.parametrize("tiles_asked", ["", "x", "-1", "1,,2", "٣", "1" * 7, ",".join("1" * 201)])
def test_what_names_no_bundles_is_refused(client: TestClient, tiles_asked: str) -> None:
    sign_in(client, "leader")
    assert client.get(f"/live/loads?level=3&tiles={tiles_asked}").status_code == 400


def test_bundles_that_are_not_there_are_told_apart(client: TestClient) -> None:
    sign_in(client, "leader")
    assert client.get("/live/loads?level=3&tiles=999").status_code == 404
    assert client.get("/live/loads?level=1&tiles=0").status_code == 404, "a level drawn at once"
    assert client.get("/live/replay?level=3&tiles=999").status_code == 404


def test_a_replay_of_bundles_tells_what_the_whole_replay_tells_of_their_grids(
    many: City, client: TestClient
) -> None:
    sign_in(client, "leader")
    whole = client.get("/live/replay?level=3").text.split("\n")
    part = client.get("/live/replay?level=3&tiles=1,5").text.split("\n")
    assert part[:2] == whole[:2]
    order = in_bundles(many, [1, 5])
    for those, all_of_them in zip(part[2:], whole[2:], strict=True):
        counts = numbers(all_of_them)
        assert numbers(those) == [counts[n] for n in order]


def test_outlines_are_kept_for_ever_also_by_who_takes_them_uncompressed(
    many: City, client: TestClient
) -> None:
    address = tiles.address(many.ground.contents[LEVEL])
    for path in (address, f"{address}/14/0"):
        assert client.get(path).status_code in (302, 303, 401), "nobody has signed in"
    sign_in(client, "member")
    for path in (address, f"{address}/14/0"):
        squeezed = client.get(path, headers={"accept-encoding": "gzip"})
        assert "immutable" in squeezed.headers["cache-control"]
        plain = client.get(path, headers={"accept-encoding": "identity"})
        assert "content-encoding" not in plain.headers and plain.content == squeezed.content
        assert len(gzip.compress(plain.content)) < len(plain.content)
    gone = (
        f"{address}/13/0",
        f"{address}/14/999",
        f"{address}/99999999999/0",
        "/tiles/nothing",
        "/tiles/x/1/1",
    )
    assert {client.get(path).status_code for path in gone} == {404}


def test_the_page_of_a_city_with_many_grids_opens_with_a_picture_of_a_level_above(
    many: City, client: TestClient
) -> None:
    sign_in(client, "leader")
    from server.first_sight import draw

    leader: Person = person(many, "leader")
    picture = draw(many, leader, {"level": ["3"]})
    assert picture.count("<path") >= len(many.ground.structure.at_level(Level.COMMUNITY))
    assert "".join(picture.split()) == "".join(draw(many, leader, {"level": ["1"]}).split())

"""What reads a file from outside may raise, die, hang or grow: whoever asked hears one line, and lives."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
import shapely

from domain.place import LngLat
from domain.said import BadInput
from gis import apart as apartness
from gis.apart import Unreadable, apart
from gis.reading import Columns, read_boundaries

BOW = [[124.1, 39.8], [124.2, 39.9], [124.2, 39.8], [124.1, 39.9]]


def test_what_reads_gives_back_what_it_found() -> None:
    assert apart(json.loads, "[1]") == [1]


def test_what_it_raises_is_told_in_one_line() -> None:
    with pytest.raises(Unreadable, match=r"^Expecting property name"):
        apart(json.loads, "{")


def test_a_library_that_dies_takes_nobody_with_it() -> None:
    with pytest.raises(Unreadable, match="too long or too much"):
        apart(os.abort)
    assert apart(json.loads, "2") == 2


def test_what_grows_is_stopped() -> None:
    with pytest.raises(Unreadable, match="too much memory"):
        apart(bytearray, 100_000_000_000)


def test_what_hangs_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apartness, "PATIENCE", 1)
    with pytest.raises(Unreadable, match="too long"):
        apart(time.sleep, 60)


def test_a_refusal_comes_across_with_its_sentence() -> None:
    with pytest.raises(BadInput, match="is not longitude"):
        apart(LngLat, 900.0, 0.0)


@pytest.mark.slow
def test_a_ring_that_crosses_itself_without_end_is_told_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apartness, "PATIENCE", 2)
    shape = {"type": "Polygon", "coordinates": [[*(BOW * 20_000), BOW[0]]]}
    feature = {"type": "Feature", "properties": {"code": "1", "name": "one"}, "geometry": shape}
    (tmp_path / "x.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    with pytest.raises(BadInput, match=r"^x\.geojson: cannot be read as boundaries \(it takes too"):
        read_boundaries(tmp_path / "x.geojson", Columns("code", "name"))
    assert not shapely.Polygon(BOW).is_valid, "it is crossed once each round"

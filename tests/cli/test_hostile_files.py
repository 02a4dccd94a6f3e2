"""Files from outside that are torn, spoilt or hostile: one sentence, nothing written, no traceback.

A few are drawn at random here, always the same; ``make soak SOAK=fuzzing`` draws ten thousand.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hostile_files import (
    HEADS,
    TICKETS,
    HostileFile,
    arrow_bomb,
    boundaries,
    hostile_file,
    packed,
    squares,
    zeros,
)
from tests.hostile_town import HostileTown


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> HostileTown:
    return HostileTown(tmp_path_factory.mktemp("town"))


@pytest.mark.slow
@settings(
    max_examples=20, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)
@given(number=st.integers(0, 10**9))
def test_any_spoilt_file_is_read_or_refused_in_one_sentence(town: HostileTown, number: int) -> None:
    case = hostile_file(number)
    answer = town.give(case)
    assert not answer.wrong, (number, case.reader, case.name, case.how, answer.said)


def _parquet(**columns: object) -> bytes:
    out = io.BytesIO()
    table = {name: TICKETS[name].tolist() for name in TICKETS.columns} | columns
    pq.write_table(pa.table(table), out)
    return out.getvalue()


def _csv(frame: pd.DataFrame, **cells: str) -> bytes:
    return frame.assign(**cells).to_csv(index=False).encode()


def _xlsx(frame: pd.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.to_excel(out, index=False)
    return out.getvalue()


def _with_spoilt_member(name: str, content: bytes) -> bytes:
    good = _xlsx(TICKETS)
    with zipfile.ZipFile(io.BytesIO(good)) as book:
        return packed({each: content if each == name else book.read(each) for each in book.namelist()})


def _geojson(old: str, new: str) -> bytes:
    text = boundaries(squares())["g.geojson"].decode()
    assert old in text
    return text.replace(old, new, 1).encode()


LOOP = (
    "ALTER TABLE g RENAME TO h; CREATE VIEW g AS WITH RECURSIVE n(fid) AS (SELECT 1 UNION ALL SELECT fid + 1 FROM n) "
    "SELECT max(fid) AS fid, NULL AS geom, '1' AS code, '1' AS name, 1 AS homes, '' AS parent FROM n"
)

REFUSED = {
    "settings that are no TOML": ("settings", "redgrid.toml", b"{}", "cannot be read"),
    "settings that are no text": ("settings", "redgrid.toml", b"lang = '\xa0'", "cannot be read"),
    "settings without a bottom": ("settings", "redgrid.toml", b"x = " + b"[" * 5_000, "cannot be read"),
    "a setting of five thousand digits": ("settings", "redgrid.toml", b"x = " + b"9" * 5_000, "cannot be read"),
    "rules without a bottom": ("rules", "routing.toml", b"x = " + b"[" * 5_000, "routing.toml: cannot be read"),
    "rules of a thousand tables": ("rules", "clocks.toml", b"stages." + b"a." * 5_000 + b"b = 1", "clocks.toml: cannot be read"),
    "a rule of five thousand digits": ("rules", "classes.toml", b"x = " + b"9" * 5_000, "classes.toml: cannot be read"),
    "a limit longer than time": (
        "rules", "categories.toml",
        b"[groups.a]\nzh='a'\nen='a'\n[categories.b]\ngroup='a'\nzh='b'\nen='b'\nlimit='999999999999d'", "categories.b.limit",
    ),
    "a zone without end": ("rules", "clocks.toml", b"zone = '%b'\nwindows = ['08:30-12:00']" % (b"a" * 5_000), "clocks.toml: zone"),
    "a Parquet file with half a letter": ("tickets", "t.parquet", _parquet(address=["a\0b", "", ""]), "row 1: field address"),
    "a text with a hole": ("tickets", "t.csv", _csv(TICKETS) + b"a9,1,1,2026-01-01,,,x\0,,\n", "is no CSV text"),
    "a Parquet file of ten gigabytes": ("tickets", "t.parquet", arrow_bomb(100_000), "memory"),
    "boundaries of ten gigabytes": ("boundaries", "g.parquet", arrow_bomb(100_000), "g.parquet"),
    "a workbook of zeros": ("tickets", "t.xlsx", packed({"xl/workbook.xml": b"\0" * 300_000_000}), "t.xlsx"),
    "a workbook of many files": ("heads", "t.xlsx", packed({f"{n}": b"" for n in range(10_001)}), "unpacks to more"),
    "a workbook that laughs": (
        "tickets", "t.xlsx",
        _with_spoilt_member("xl/workbook.xml", b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><workbook>&b;</workbook>'), "t.xlsx",
    ),
    "a zip in a zip": ("boundaries", "g.zip", packed({"inner.zip": zeros(1_000_000)}), "g.zip"),
    "households without end": ("boundaries", "g.geojson", _geojson('"homes": 300', f'"homes": {"9" * 20}'), "homes"),
    "a name without end": ("boundaries", "g.geojson", _geojson('"code": "01"', f'"code": "{"9" * 100}"'), "row 1"),
    "half a letter in a name": ("boundaries", "g.geojson", _geojson('"code": "01"', r'"code": "\u0000x"'), "row 1"),
    "a plan of no units": ("sent plan", "t.csv", b"unit,level2\n\xef\xbf\xbf,1\n", "names no unit"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_was_found_once_stays_refused(town: HostileTown, what: str) -> None:
    reader, name, content, because = REFUSED[what]
    answer = town.give(HostileFile(reader, name, content, what))
    assert (answer.status, answer.wrong) == (2, ""), answer.said
    assert because in answer.said and len(answer.said.strip().splitlines()) == 1
    assert answer.peak < 700_000_000


@pytest.mark.parametrize("when", ["9999-12-31 23:59", "0001-01-01", "-0002-01-01", "2500-01-01T00:00:00Z"])
def test_a_day_beyond_all_calendars_is_no_date(town: HostileTown, when: str) -> None:
    answer = town.give(HostileFile("tickets", "t.csv", _csv(TICKETS.assign(opened=when)), "a day"))
    assert (answer.status, answer.wrong) == (1, "") and "is no date and time" in answer.said


def test_a_column_of_lists_is_read_as_it_is_written(town: HostileTown) -> None:
    content = _parquet(address=[[1, 2], [], [3]])
    assert town.give(HostileFile("tickets", "t.parquet", content, "lists")).wrong == ""


def test_a_photo_that_lies_elsewhere_is_not_followed(town: HostileTown, tmp_path: Path) -> None:
    content = _csv(HEADS.assign(photo=["../../../../etc/passwd", "/etc/passwd"]))
    answer = town.give(HostileFile("heads", "t.csv", content, "elsewhere"))
    assert answer.status == 1 and answer.said.count("there is no file") == 2


@pytest.fixture(scope="module", autouse=True)
def _nothing_left_behind(town: HostileTown) -> Iterator[None]:
    yield
    assert not list(town.folder.glob("*.part"))

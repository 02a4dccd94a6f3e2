from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from benchmarks.load import rows, run_once
from benchmarks.load_cast import Numbers, here_alone
from tests.conftest import sqlite_url


@pytest.mark.slow
def test_a_head_a_department_a_wall_and_a_phone_work_for_a_few_seconds_without_an_error(
    demo_file_of_today, tmp_path
):
    shutil.copy(demo_file_of_today, tmp_path / "city.db")
    few = sqlite_url(tmp_path / "city.db"), Numbers(1, 1, 1, 1, 0), 0.05, 7, tmp_path
    # In a thread of its own: a browser of another test may have a loop in this one.
    with ThreadPoolExecutor(1) as alone:
        run = alone.submit(partial(run_once, *few, pace=15)).result()
    assert not run.tally.errors
    assert run.of("click") and run.of("phone page") and run.of("live wall") and run.of("live loads")
    told = {row.what: row for row in rows([run], [(1, 900.0)])}
    assert told["errors of each run"].reached


@pytest.mark.parametrize(
    "address", ["http://192.168.0.10:8501", "https://192.168.0.10", "ftp://127.0.0.1", "http://example.org"]
)
def test_nobody_elses_machine_is_put_under_load(address):
    with pytest.raises(SystemExit):
        here_alone(address)


def test_more_people_than_may_come_are_refused():
    with pytest.raises(SystemExit):
        Numbers().scaled(10)

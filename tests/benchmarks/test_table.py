from __future__ import annotations

import pytest

from benchmarks.table import Row, leave, table, write, write_section

QUICK = [Row("a click", "1.4 s", "65 ms", "0.05 ×", "≤ 0.15 ×", True)]
LONG = [Row("505 people", "5 people", "p95 200 ms", "–", "≤ 500 ms", False)]


def test_a_section_stands_below_the_table_and_a_second_run_takes_its_place(tmp_path):
    path = tmp_path / "RESULTS.md"
    write(path, QUICK)
    write_section("Load", table(LONG), path)
    write_section("Killing", "nothing lost", path)
    write_section("Load", "measured again", path)
    text = path.read_text(encoding="utf-8")
    assert text.count("## Load") == 1
    assert "505 people" not in text
    assert text.index("a click") < text.index("measured again") < text.index("nothing lost")


def test_the_quick_bench_leaves_the_sections_of_long_runs_as_they_are(tmp_path):
    path = tmp_path / "RESULTS.md"
    write_section("Load", table(LONG), path)
    write_section("Killing", "nothing lost", path)
    for _ in range(2):
        write(path, QUICK)
    text = path.read_text(encoding="utf-8")
    assert text.index("| a click |") < text.index("## Load") < text.index("## Killing")
    assert "| 505 people | 5 people | p95 200 ms | – | ≤ 500 ms | **no** |" in text
    assert text.count("nothing lost") == 1


def test_a_run_that_missed_a_goal_ends_by_naming_it() -> None:
    reached = Row("a", "–", "1", "–", "≤ 1", True)
    leave([reached])
    with pytest.raises(SystemExit, match="not reached: b"):
        leave([reached, Row("b", "–", "2", "–", "≤ 1", False)])

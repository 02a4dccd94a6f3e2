"""``redgrid plans``: the city's plans and where each is in its life."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from unicodedata import east_asian_width

import typer

from city.opened import City
from city.plan_files import list_plans
from cli.speaking import AT_THE_CONSOLE, opened, show_json, spoken, tell, words
from domain.plans.life import STATE
from storage.plan_lists import PlanLine


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    @spoken
    def plans(
        as_json: Annotated[bool, typer.Option("--json", help="For a program to read.")] = False,
    ) -> None:
        """List the plans, the newest first: name, state, from when, version, made by, grids of each level."""
        with opened() as city:
            lines = list_plans(city, AT_THE_CONSOLE)
            if as_json:
                show_json({"plans": [_value(city, line) for line in lines]})
            elif not lines:
                tell("There are no plans yet.")
            else:
                _table([_titles(), *(_row(city, line) for line in lines)])


def _value(city: City, line: PlanLine) -> dict[str, Any]:
    plan = line.plan
    return {
        "name": plan.name,
        "state": plan.state.value,
        "from": _moment(city, plan.from_at) or None,
        "until": _moment(city, plan.retired_at) or None,
        "version": plan.version,
        "made": _moment(city, plan.created_at),
        "made_by": line.made_by or None,
        "based_on": line.base or None,
        "grids": {str(int(level)): count for level, count in line.grids.items()},
    }


def _moment(city: City, at: datetime | None) -> str:
    return at.astimezone(city.zone).isoformat(timespec="minutes") if at else ""


def _titles() -> list[str]:
    say = words()
    return [say("Plan"), say("State"), say("In force from"), say("Version"), say("Made by"), say("Grids")]


def _row(city: City, line: PlanLine) -> list[str]:
    plan = line.plan
    since = plan.from_at.astimezone(city.zone).strftime("%Y-%m-%d %H:%M") if plan.from_at else "–"
    grids = " / ".join(str(count) for count in line.grids.values())
    state = words().of(STATE[plan.state])
    return [plan.name, state, since, str(plan.version), line.made_by or "–", grids or "–"]


def _table(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(_width(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)]
        typer.echo("  ".join(cells).rstrip())


def _width(text: str) -> int:
    """Columns on a terminal: Chinese takes two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)

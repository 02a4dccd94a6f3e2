"""``redgrid publish``: from when an approved plan is in force."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from city.drafts import publish as publish_plan
from city.plan_files import open_plan
from cli.speaking import AT_THE_CONSOLE, opened, show_json, spoken, stop, tell
from domain.plans.life import PlanState
from domain.said import said


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    @spoken
    def publish(
        plan: Annotated[str, typer.Argument(help="The name of an approved plan.")],
        from_: Annotated[
            str,
            typer.Option(
                "--from", help="A day such as 2026-12-01, or a moment such as 2026-12-01T08:00+08:00."
            ),
        ],
        vacant: Annotated[
            bool, typer.Option("--vacant", help="Grids without a head are published as vacant.")
        ] = False,
        as_json: Annotated[bool, typer.Option("--json", help="For a program to read.")] = False,
    ) -> None:
        """Say from when a plan is in force. It needs the approval on record; a day begins at midnight in the city."""
        with opened() as city:
            named, at = open_plan(city, plan).plan, _moment(from_, city.zone)
            if named.state in (PlanState.DRAFT, PlanState.IN_REVIEW):
                stop(
                    said("{plan} is not approved: another planner or a leader approves it first.", plan=plan)
                )
            done = publish_plan(
                city, named.id, at, version=named.version, confirmed=vacant, by=AT_THE_CONSOLE
            )
        at = (done.from_at or at).astimezone(city.zone)
        if as_json:
            show_json(
                {"plan": done.name, "state": done.state.value, "from": at.isoformat(timespec="minutes")}
            )
        else:
            tell("{plan} comes into force on {at}.", plan=done.name, at=at.strftime("%Y-%m-%d %H:%M"))


def _moment(text: str, zone: ZoneInfo) -> datetime:
    """A moment; one that names no time zone is the city's own time."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        stop(
            said("{value} is no day and no moment, such as 2026-12-01 or 2026-12-01T08:00.", value=text[:40])
        )
    return at if at.tzinfo else at.replace(tzinfo=zone)

"""``redgrid repair``: a plan back into its bands with few households moved, as a draft plan."""

from __future__ import annotations

from typing import Annotated

import typer

from city.proposing import repair as repair_plan
from cli.proposal_report import bands_from, prices_from, report_outcome, shown_progress
from cli.speaking import AT_THE_CONSOLE, opened, spoken
from domain.plans.proposals import Wishes

Listed = list[str] | None


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    @spoken
    def repair(
        plan: Annotated[str, typer.Option(help="What the new draft is called.")],
        from_: Annotated[
            str | None, typer.Option("--from", help="The plan to begin from; else the one in force.")
        ] = None,
        within: Annotated[
            str | None, typer.Option(help="Repair only what lies in this community or compound grid.")
        ] = None,
        seed: Annotated[int, typer.Option(help="Another number, other tries.")] = 0,
        bands: Annotated[
            Listed, typer.Option("--band", help="LEVEL=LEAST-MOST: households of a grid of a level.")
        ] = None,
        compounds: Annotated[
            bool,
            typer.Option(
                "--compounds",
                help="Also move whole compounds where that brings compound grids into their band, or households where too few live.",
            ),
        ] = False,
        keep_number: Annotated[
            bool,
            typer.Option("--keep-number", help="Make and retire no grid, whatever stays out of its band."),
        ] = False,
        forbid: Annotated[
            Listed,
            typer.Option(help="A kind of ground, such as water, that no grid may come to reach across."),
        ] = None,
        price: Annotated[
            Listed, typer.Option(help="KIND=PRICE: what reaching across 100 m of a kind of ground costs.")
        ] = None,
        as_json: Annotated[bool, typer.Option("--json", help="For a program to read.")] = False,
    ) -> None:
        """Bring the smallest grids back into their band with the fewest households moved.

        A grid is made or retired where that leaves fewer out of band or moves fewer households.
        """
        wishes = Wishes(within, bands_from(bands or ()), seed=seed)
        with opened() as city, shown_progress() as progress:
            done = repair_plan(
                city, from_, plan, wishes, AT_THE_CONSOLE, compounds_too=compounds, keep_number=keep_number,
                forbidden=tuple(forbid or ()), priced=prices_from(price or ()), progress=progress,
            )  # fmt: skip
        report_outcome(plan, done, as_json=as_json)

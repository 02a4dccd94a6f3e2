"""``redgrid propose``: a new division of the city, a community or a compound grid, as a draft plan."""

from __future__ import annotations

from typing import Annotated

import typer

from city.proposing import propose as propose_plan
from cli.proposal_report import (
    bands_from,
    counts_from,
    levels_from,
    prices_from,
    report_outcome,
    shown_progress,
)
from cli.speaking import AT_THE_CONSOLE, opened, spoken
from domain.plans.proposals import Wishes

Listed = list[str] | None


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    @spoken
    def propose(
        plan: Annotated[str, typer.Option(help="What the new draft is called.")],
        from_: Annotated[
            str | None, typer.Option("--from", help="The plan to begin from; else the one in force.")
        ] = None,
        within: Annotated[
            str | None, typer.Option(help="Redraw only what lies in this community or compound grid.")
        ] = None,
        seed: Annotated[int, typer.Option(help="Another number, another proposal.")] = 0,
        counts: Annotated[
            Listed,
            typer.Option(
                "--count",
                help="LEVEL=N: so many grids of a level; else as many as now. 1=N redraws the communities too.",
            ),
        ] = None,
        bands: Annotated[
            Listed, typer.Option("--band", help="LEVEL=LEAST-MOST: households of a grid of a level.")
        ] = None,
        must: Annotated[
            list[int] | None,
            typer.Option("--must", help="A level of which every grid has to be in its band."),
        ] = None,
        stay: Annotated[
            float, typer.Option(help="The price of a household that changes hands; 0.01 keeps much as it is.")
        ] = 0.0,
        forbid: Annotated[
            Listed, typer.Option(help="A kind of ground, such as water, that no grid may reach across.")
        ] = None,
        price: Annotated[
            Listed, typer.Option(help="KIND=PRICE: what reaching across 100 m of a kind of ground costs.")
        ] = None,
        as_json: Annotated[bool, typer.Option("--json", help="For a program to read.")] = False,
    ) -> None:
        """Propose a division, with its figures; or say why there is none (exit status 1)."""
        wishes = Wishes(
            within, bands_from(bands or ()), counts_from(counts or ()), levels_from(must or ()), stay=stay, seed=seed
        )  # fmt: skip
        with opened() as city, shown_progress() as progress:
            done = propose_plan(
                city, from_, plan, wishes, AT_THE_CONSOLE,
                forbidden=tuple(forbid or ()), priced=prices_from(price or ()), progress=progress,
            )  # fmt: skip
        report_outcome(plan, done, as_json=as_json)

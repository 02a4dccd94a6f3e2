"""``redgrid verify``: event chains, counts, holders, agendas, clocks – everything the database says of itself."""

from __future__ import annotations

from typing import Annotated

import typer

from city.verifying import verify
from cli.speaking import FINDINGS, opened, show_json, spoken, tell, words


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("verify")
    @spoken
    def verify_all(
        as_json: Annotated[bool, typer.Option("--json", help="For a program to read.")] = False,
    ) -> None:
        """Verify event chains, counts, that somebody holds every open ticket, agendas, ratings and clocks."""
        with opened() as city:
            found = verify(city)
        if as_json:
            show_json({"events": found.events, "findings": [words().of(f) for f in found.findings]})
        else:
            for finding in found.findings:
                typer.echo(words().of(finding))
            tell(
                "{events} events verified, {found} findings.", events=found.events, found=len(found.findings)
            )
        if found.findings:
            raise typer.Exit(FINDINGS)

"""``redgrid verify``: event chains, counts, holders, agendas, clocks – everything the database says of itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from city.anchoring import kept_anchors
from city.opened import City
from city.verifying import Verified, verify
from cli.speaking import FINDINGS, opened, show_json, spoken, tell, words


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("verify")
    @spoken
    def verify_all(
        anchors: Annotated[
            Path | None, typer.Option(help="A copy of the file of anchors that was kept elsewhere.")
        ] = None,
        as_json: Annotated[bool, typer.Option("--json", help="For a program to read.")] = False,
    ) -> None:
        """Verify event chains, anchors, counts, that somebody holds every open ticket, agendas, ratings and clocks."""
        with opened() as city:
            kept = kept_anchors(anchors) if anchors else []
            found = verify(city, kept)
            if as_json:
                show_json(_as_json(found))
            else:
                _tell(city, found, len(kept))
        if found.findings:
            raise typer.Exit(FINDINGS)


def _as_json(found: Verified) -> dict[str, object]:
    return {
        "events": found.events,
        "anchors": found.anchors,
        "anchored_upto": found.upto,
        "not_anchored": found.not_anchored,
        "findings": [words().of(finding) for finding in found.findings],
    }


def _tell(city: City, found: Verified, kept: int) -> None:
    for finding in found.findings:
        typer.echo(words().of(finding))
    if found.anchors:
        tell(
            "{n} anchors verified, the last over events up to number {upto}.",
            n=found.anchors,
            upto=found.upto,
        )
    if kept:
        tell("Compared with {n} anchors of the kept copy.", n=kept)
    if found.since:
        since = f"{found.since.astimezone(city.zone):%Y-%m-%d %H:%M}"
        tell("{n} events since {moment} are not anchored yet.", n=found.not_anchored, moment=since)
    tell("{events} events verified, {found} findings.", events=found.events, found=len(found.findings))

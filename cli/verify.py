"""``redgrid verify``: event chains, counts, every open ticket in a grid or a queue."""

from __future__ import annotations

from itertools import groupby

import typer

from cli.speaking import FINDINGS, opened, spoken, tell, words
from domain.events import breaks
from domain.grids import CITY
from domain.said import Said, said
from storage import lists


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    @spoken
    def verify() -> None:
        """Verify the event chains, the counts, and that somebody holds every open ticket."""
        with opened() as city:
            found: list[Said] = []
            with city.database.read() as connection:
                events = 0
                for stream, rows in groupby(lists.all_events(connection), key=lambda e: e.stream):
                    row_list = list(rows)
                    events += len(row_list)
                    found += [
                        said("{stream}: event {seq} was changed, removed or moved.", stream=stream, seq=e.seq)
                        for e in breaks(row_list)
                    ]
                found += [
                    said("Ticket {no}: {why}.", no=no, why=why) for no, why in lists.disagreements(connection)
                ]
                nowhere = [
                    (no, holder)
                    for no, holder in lists.open_holders(connection)
                    if holder != CITY and holder not in city.ground.structure
                ]
                found += [
                    said("Ticket {no}: its holder {holder} does not exist.", no=n, holder=h)
                    for n, h in nowhere
                ]
        for finding in found:
            typer.echo(words().of(finding))
        tell("{events} events verified, {found} findings.", events=events, found=len(found))
        if found:
            raise typer.Exit(FINDINGS)

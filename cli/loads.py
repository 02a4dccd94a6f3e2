"""``redgrid loads``: open, overdue and due-soon tickets of each grid now."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cli.speaking import opened, show_json, spoken, stop, words
from domain.grids import Level
from domain.loads import Load
from domain.said import said
from storage import counts


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    @spoken
    def loads(
        level: Annotated[
            int, typer.Option(min=1, max=3, help="1 community, 2 compound, 3 building grids.")
        ] = 1,
        as_json: Annotated[bool, typer.Option("--json", help="For a program to read.")] = False,
    ) -> None:
        """Show open, overdue and due-soon tickets of each grid now."""
        with opened() as city:
            grids = city.ground.structure.at_level(Level(level))
            if not grids:
                stop(said("This city has no grids of level {level}.", level=level))
            found = city.loads(Level(level))
            with city.database.read() as connection:
                queue = counts.queue_load(connection, city.now())
            rows = [(g.code, g.name, g.households, found.get(g.code, Load())) for g in grids]
        if as_json:
            show_json(
                {
                    "level": level,
                    "grids": [
                        {
                            "code": c,
                            "name": n,
                            "households": h,
                            "open": x.open,
                            "overdue": x.overdue,
                            "due_soon": x.due_soon,
                        }
                        for c, n, h, x in rows
                    ],
                    "queue": {"open": queue.open, "overdue": queue.overdue, "due_soon": queue.due_soon},
                }
            )
            return
        say = words()
        table = Table(say("Code"), say("Grid"), say("Open"), say("Overdue"), say("Due soon"))
        for code, name, _, load in sorted(rows, key=lambda row: -row[3].open):
            table.add_row(code, name, str(load.open), str(load.overdue), str(load.due_soon))
        table.add_row("–", say("In no grid"), str(queue.open), str(queue.overdue), str(queue.due_soon))
        Console().print(table)

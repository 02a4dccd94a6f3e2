"""``redgrid wall``: links of wall screens, which show counts and need no sign-in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from city import walls
from city.access import note_access
from cli.speaking import opened, spoken, stop, tell, words
from domain.grids import CITY
from domain.said import said
from domain.tickets import without_commands
from storage.walls import wall_of_token

PORT = 8501
LONGEST_NAME = 100
Area = Annotated[str, typer.Option(help="A grid's or street's code; the whole city when left out.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    wall = typer.Typer(no_args_is_help=True, help="Links of wall screens: add, list, revoke.")
    app.add_typer(wall, name="wall")

    @wall.command()
    @spoken
    def add(name: str, area: Area = CITY) -> None:
        """Make a link for one screen, and show it once. Whoever has it sees the counts of its area."""
        name = " ".join(without_commands(name).split())
        if not 0 < len(name) <= LONGEST_NAME:
            stop(said("A screen has a name of at most {n} characters.", n=LONGEST_NAME))
        with opened() as city:
            if area not in city.ground.structure:
                stop(said("{area} is no street and no grid of this city.", area=area))
            token = walls.add_wall(city, name, area)
            with city.database.read() as connection:
                made = wall_of_token(connection, token)
            assert made is not None, "made just now"
            note_access(city, "wall_added", by=None, wall=made.id, area=area)
            shown = city.settings.public_url.rstrip("/") or f"http://<host>:{PORT}"
        tell(
            "Screen {id}, {name}. Its link is shown this once; open it on the screen:",
            id=made.id,
            name=made.name,
        )
        typer.echo(f"{shown}/wall/{token}")

    @wall.command("list")
    @spoken
    def list_() -> None:
        """List the links: number, name, area, when made, when last seen, when revoked."""
        say = words()
        with opened() as city:
            at = _written(city.zone)
            for one in walls.all_walls(city):
                seen = at(one.seen_at) if one.seen_at else say("never seen")
                revoked = say("revoked {time}", time=at(one.revoked_at)) if one.revoked_at else ""
                line = (str(one.id), one.name, one.area, at(one.created_at), seen, revoked)
                typer.echo("\t".join(line).rstrip())

    @wall.command()
    @spoken
    def revoke(id: int) -> None:
        """End a link: its screen goes dark."""
        with opened() as city:
            if not walls.revoke_wall(city, id):
                stop(said("There is no screen {id} with a link that still works.", id=id))
            note_access(city, "wall_revoked", by=None, wall=id)
        tell("The link of screen {id} is revoked.", id=id)


def _written(zone: ZoneInfo) -> Callable[[datetime], str]:
    """How a moment is written: in the city's own time, to the minute."""
    return lambda moment: f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"

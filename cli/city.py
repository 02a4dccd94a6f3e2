"""``redgrid city``: what the city says of itself."""

from __future__ import annotations

from typing import Annotated

import typer

from city.own_facts import FACTS, NAME, NAME_EN, REGISTERED, RESIDENTS, own_facts, tell_facts
from cli.speaking import opened, spoken, tell, words


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    @spoken
    def city(
        name: Annotated[
            str | None, typer.Option(help="The city's name, as it stands above every page.")
        ] = None,
        name_en: Annotated[str | None, typer.Option("--name-en", help="The same in English.")] = None,
        residents: Annotated[
            int | None, typer.Option(help="How many people live here, for the report.")
        ] = None,
        registered: Annotated[
            int | None, typer.Option(help="How many people are registered here, for the report.")
        ] = None,
    ) -> None:
        """Show what the city says of itself, or say it."""
        asked = {NAME: name, NAME_EN: name_en, RESIDENTS: residents, REGISTERED: registered}
        told = {key: value for key, value in asked.items() if value is not None}
        with opened() as home:
            if told:
                tell_facts(home, told)
            known, say = own_facts(home), words()
            for key, title in FACTS.items():
                typer.echo(f"{say.of(title)}: {known.get(key, '–')}")
            if not known:
                tell("Say it: redgrid city --name … --residents …")

"""``redgrid run``: the whole app."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from city.settings import HOME
from cli.init import tell_ready
from cli.speaking import opened, spoken, tell
from demo.first import make_ready
from storage import people


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    @spoken
    def run(
        host: Annotated[
            str, typer.Option(help="Address to listen on; 127.0.0.1 for this machine alone.")
        ] = "0.0.0.0",
        port: Annotated[int, typer.Option(help="Port to listen on.")] = 8501,
    ) -> None:
        """Run the app; a new database gets the demo city first."""
        with opened(must_exist=False) as city:
            if report := make_ready(city):
                tell_ready(report)
            with city.database.read() as connection:
                demo = [a for a in people.all_accounts(connection) if a.person.demo and a.login.isalpha()]
        shown = "localhost" if host in ("0.0.0.0", "::") else host
        tell("Red Grid: http://{host}:{port}", host=shown, port=port)
        if demo:
            tell("Demo accounts: {logins}", logins=", ".join(a.login for a in demo))
            tell("Their password: {password}", password=city.settings.demo_password)
        sys.stdout.flush()
        os.chdir(HOME)
        options = ["--server.address", host, "--server.port", str(port)]
        os.execv(
            sys.executable, [sys.executable, "-m", "streamlit", "run", str(HOME / "dashboard.py"), *options]
        )

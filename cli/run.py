"""``redgrid run``: the whole app."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from city.opened import City
from city.settings import HOME
from city.signed_in import has_published_password
from cli.init import tell_ready
from cli.speaking import opened, spoken, tell
from demo.first import make_ready
from storage import people

EVERYWHERE = "0.0.0.0"


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    @spoken
    def run(
        host: Annotated[
            str | None,
            typer.Option(
                help="Address to listen on; 0.0.0.0 for all. Left out: this machine alone while a demo account "
                "still has the printed password, else all."
            ),
        ] = None,
        port: Annotated[int, typer.Option(help="Port to listen on.")] = 8501,
    ) -> None:
        """Run the app; a new database gets the demo city first."""
        with opened(must_exist=False) as city:
            if report := make_ready(city):
                tell_ready(report)
            with city.database.read() as connection:
                known = people.all_accounts(connection) if city.is_demo else []
            demo = [a for a in known if a.person.demo and not a.disabled and a.login.isalpha()]
            if host is None:
                host = _host_for(city)
            # Whose word the server takes on who comes, and whether over TLS.
            os.environ["FORWARDED_ALLOW_IPS"] = city.settings.trusted_proxies
        shown = "localhost" if host in (EVERYWHERE, "::") else host
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


def _host_for(city: City) -> str:
    """Where to listen when nobody says: not before strangers while anybody may know a password."""
    if not has_published_password(city):
        return EVERYWHERE
    tell(
        "Demo accounts still have the printed password: this machine alone is served; with --host 0.0.0.0 all are."
    )
    return "127.0.0.1"

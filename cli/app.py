"""Put the commands together."""

from __future__ import annotations

import typer

from cli import (
    backup,
    check,
    city,
    compare,
    demo,
    doctor,
    erase,
    explain,
    export,
    import_,
    init,
    loads,
    migrate,
    plans,
    propose,
    publish,
    repair,
    restore,
    route,
    run,
    simulate,
    sweep,
    tidy,
    user,
    verify,
    wall,
)

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
for command in (
    init,
    run,
    city,
    import_,
    export,
    route,
    explain,
    check,
    plans,
    compare,
    propose,
    repair,
    publish,
    loads,
    sweep,
    simulate,
    verify,
    backup,
    restore,
    migrate,
    doctor,
    erase,
    tidy,
    user,
    wall,
    demo,
):
    command.register(app)


def main() -> None:
    """``redgrid``."""
    app(prog_name="redgrid")

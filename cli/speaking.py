"""What every command shares: the city it works on, the language it speaks, one sentence for what went wrong."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, NoReturn, ParamSpec, TypeVar

import typer
from pydantic import ValidationError
from sqlalchemy.exc import DatabaseError, OperationalError

from city.opened import City
from city.settings import Settings
from city.words import Words, choose, speak
from domain.people import Person, Role
from domain.said import Refused, Said, said
from storage.migrate import current, must_be_current

FINDINGS, UNUSABLE = 1, 2
"""Exit status: something was found or refused; the input cannot be used and nothing was written."""

AT_THE_CONSOLE = Person(0, "", Role.PLANNER)
"""Who draws and publishes plans by a command: nobody's account. Approving takes somebody who signs in."""

AT_THE_OFFICE = Person(0, "", Role.CITY_OFFICE)
"""Who keeps lists by a command."""

P = ParamSpec("P")
T = TypeVar("T")


def words() -> Words:
    """The language of the terminal: REDGRID_LANG, else its locale."""
    locale = next(
        (os.environ[k] for k in ("REDGRID_LANG", "LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(k)), ""
    )
    return speak(choose(None, {}, locale if locale[:2] in ("zh", "en") else "en"))


def tell(text: str, /, **values: object) -> None:
    """One sentence on standard output."""
    typer.echo(words()(text, **values))


def stop(why: Said, status: int = UNUSABLE) -> NoReturn:
    """One sentence on standard error, and the end."""
    typer.echo(words().of(why), err=True)
    raise typer.Exit(status)


def show_json(value: Any) -> None:
    """A value for a program to read."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")


def spoken(command: Callable[P, T]) -> Callable[P, T]:
    """A command whose refusals and broken surroundings become one sentence, never a traceback."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return command(*args, **kwargs)
        except Refused as refused:
            stop(refused.because)
        except ValidationError as error:
            first = error.errors()[0]
            stop(said("Setting {name}: {why}.", name=".".join(map(str, first["loc"])), why=first["msg"]))
        except (OperationalError, DatabaseError) as error:
            stop(said("The database cannot be used: {why}.", why=str(error.orig).strip().splitlines()[0]))

    return wrapped


@contextmanager
def opened(*, must_exist: bool = True) -> Iterator[City]:
    """The city of the settings, closed at the end."""
    city = City(Settings())
    try:
        if must_exist:
            _check_schema(city)
        yield city
    finally:
        city.database.close()


def _check_schema(city: City) -> None:
    if not city.database.is_there:
        # To look into it would make an empty one.
        stop(said("There is no city in this database yet. Start with: redgrid init"))
    with city.database.read() as connection:
        if current(connection) is None:
            stop(said("There is no city in this database yet. Start with: redgrid init"))
        must_be_current(connection)

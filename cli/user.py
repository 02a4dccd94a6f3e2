"""``redgrid user``: local accounts."""

from __future__ import annotations

from typing import Annotated

import typer

from city.opened import City
from cli.speaking import opened, spoken, stop, tell, words
from domain.grids import CITY
from domain.people import GRID_ROLE, NO_ACCOUNT, WHOLE_CITY, Role
from domain.said import said
from domain.titles import ROLE
from storage import people

SHORTEST = 8


def register(app: typer.Typer) -> None:
    """Add the commands."""
    user = typer.Typer(no_args_is_help=True, help="Local accounts: add, list, role, disable, password.")
    app.add_typer(user, name="user")

    @user.command()
    @spoken
    def add(
        login: str,
        role: Annotated[Role, typer.Option()],
        name: Annotated[str, typer.Option(help="The name to show.")] = "",
        area: Annotated[
            str, typer.Option(help="A grid's, street's or department's code; the city when left out.")
        ] = CITY,
        password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)] = "",
    ) -> None:
        """Add an account."""
        _check_password(password)
        with opened() as city:
            _check_area(city, role, area)
            with city.database.read() as connection:
                if any(a.login == login for a in people.all_accounts(connection)):
                    stop(said("There is an account {login} already.", login=login))
            with city.database.write() as connection:
                people.add_account(
                    connection,
                    login=login,
                    name=name or login,
                    role=role,
                    area=area,
                    password=password,
                    now=city.now(),
                )
        tell("Account {login} is ready.", login=login)

    @user.command("list")
    @spoken
    def list_() -> None:
        """List the accounts."""
        say = words()
        with opened() as city, city.database.read() as connection:
            for a in people.all_accounts(connection):
                state = say("disabled") if a.disabled else ""
                typer.echo(
                    f"{a.login}\t{say.of(ROLE[a.person.role])}\t{a.person.area}\t{a.person.name}\t{state}".rstrip()
                )

    @user.command()
    @spoken
    def role(login: str, role: Role, area: Annotated[str, typer.Option()] = CITY) -> None:
        """Give an account another role and area; it is signed out."""
        with opened() as city:
            _check_area(city, role, area)
            _change(city, login, role=role.value, area=area)

    @user.command()
    @spoken
    def disable(login: str) -> None:
        """Disable an account; it is signed out."""
        with opened() as city:
            _change(city, login, disabled=True)

    @user.command()
    @spoken
    def password(
        login: str,
        password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)] = "",
    ) -> None:
        """Set an account's password; it is signed out."""
        _check_password(password)
        with opened() as city:
            _change(city, login, password_hash=people.hash_password(password))


def _change(city: City, login: str, **columns: object) -> None:
    with city.database.write() as connection:
        if not people.change_account(connection, login, **columns):
            stop(said("There is no account {login}.", login=login))
    tell("Account {login} is changed.", login=login)


def _check_password(password: str) -> None:
    if len(password) < SHORTEST:
        stop(said("A password needs at least {n} characters.", n=SHORTEST))


def _check_area(city: City, role: Role, area: str) -> None:
    """The area must fit the role: nobody heads a grid that does not exist, nor signs in as the clock."""
    if role in NO_ACCOUNT:
        stop(said("The role {role} acts without an account.", role=ROLE[role]))
    ground = city.ground
    grid = ground.structure.grids.get(area)
    fits = {
        Role.STREET: area in ground.structure.streets,
        Role.DEPARTMENT: area in ground.departments,
        **{role: grid is not None and GRID_ROLE[grid.level] is role for role in GRID_ROLE.values()},
        **dict.fromkeys(WHOLE_CITY, area == CITY),
    }
    if not fits.get(role):
        stop(said("{area} is no area for the role {role}.", area=area, role=role.value))

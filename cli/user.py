"""``redgrid user``: local accounts."""

from __future__ import annotations

import secrets
from typing import Annotated

import typer

from city.access import note_access
from city.opened import City
from city.subjects import link
from city.words import Words
from cli.speaking import opened, spoken, stop, tell, words
from domain.entering import password_lacks
from domain.grids import CITY
from domain.people import GRID_ROLE, NO_ACCOUNT, WHOLE_CITY, Role
from domain.said import said
from domain.titles import ROLE
from storage import people
from storage.subjects import subjects

MustChange = Annotated[
    bool, typer.Option("--must-change", help="A new password comes first at the next sign-in.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    user = typer.Typer(
        no_args_is_help=True, help="Local accounts: add, list, role, disable, unlock, password, subject."
    )
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
        password: Annotated[
            str, typer.Option(help="Asked for when left out; with --subject there is none then.")
        ] = "",
        must_change: MustChange = False,
        subject: Annotated[
            str, typer.Option(help="How the city's own sign-in service names this person.")
        ] = "",
    ) -> None:
        """Add an account."""
        if not password and subject:
            password = secrets.token_urlsafe(32)
        password = password or typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        _check_password(login, password)
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
                    must_change=must_change,
                )
                if subject:
                    link(connection, login, subject)
        tell("Account {login} is ready.", login=login)

    @user.command("list")
    @spoken
    def list_() -> None:
        """List the accounts."""
        say = words()
        with opened() as city, city.database.read() as connection:
            known_as = subjects(connection)
            for a in people.all_accounts(connection):
                row = (
                    a.login,
                    say.of(ROLE[a.person.role]),
                    a.person.area,
                    a.person.name,
                    _state(a, city, say),
                    known_as.get(a.login, ""),
                )
                typer.echo("\t".join(row).rstrip())

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
    def unlock(login: str) -> None:
        """Let an account that was locked for wrong passwords in again; it is signed out."""
        with opened() as city:
            _change(city, login, failures=0, locked_until=None)

    @user.command()
    @spoken
    def password(
        login: str,
        password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)] = "",
        must_change: MustChange = False,
    ) -> None:
        """Set an account's password; it is signed out, and a lock ends."""
        _check_password(login, password)
        with opened() as city:
            _change(
                city, login, password_hash=people.hash_password(password), must_change=must_change,
                failures=0, locked_until=None,
            )  # fmt: skip
            with city.database.read() as connection:
                changed = people.credentials(connection, login)
            assert changed is not None
            note_access(city, "password_changed", by=None, how="redgrid user", account=changed.person.id)

    @user.command()
    @spoken
    def subject(
        login: str,
        subject: Annotated[str, typer.Argument(help="Left out, the account is linked no more.")] = "",
    ) -> None:
        """Link an account to a person of the city's own sign-in service; it is signed out."""
        with opened() as city, city.database.write() as connection:
            link(connection, login, subject)
        if subject:
            tell("Account {login} is linked to the sign-in service.", login=login)
        else:
            tell("Account {login} is no longer linked to the sign-in service.", login=login)


def _change(city: City, login: str, **columns: object) -> None:
    with city.database.write() as connection:
        if not people.change_account(connection, login, **columns):
            stop(said("There is no account {login}.", login=login))
    tell("Account {login} is changed.", login=login)


def _state(account: people.Account, city: City, say: Words) -> str:
    """What an account is besides in use."""
    states = (
        (account.disabled, said("disabled")),
        (account.is_locked(city.now()), said("locked")),
        (account.must_change, said("has to change the password")),
    )
    return " · ".join(say.of(word) for holds, word in states if holds)


def _check_password(login: str, password: str) -> None:
    if lacks := password_lacks(password, login=login):
        stop(lacks)


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

"""Keep who heads the grids, term after term: one ends, the next begins, nothing is overwritten."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from domain.plans.posts import HeadTerm, person_of
from storage.facts import bump_revision
from storage.people import HEAD, Head, term_runs
from storage.schema import heads

AT_ONCE = 400
"""Grids asked for by one statement: databases bound the number of parameters."""


@dataclass(frozen=True, slots=True)
class Term:
    """A head who begins; ``photo`` is a JPEG fit to keep."""

    name: str
    title: str = ""
    work_phone: str = ""
    duties: str = ""
    photo: bytes | None = None


def heads_of(connection: Connection, grids: Collection[str], now: datetime) -> dict[str, Head]:
    """The heads of these grids whose terms run now; a vacancy is missing."""
    found: dict[str, Head] = {}
    wanted = sorted(grids)
    for start in range(0, len(wanted), AT_ONCE):
        rows = connection.execute(
            select(heads.c.grid, *HEAD)
            .where(heads.c.grid.in_(wanted[start : start + AT_ONCE]), *term_runs(now))
            .order_by(heads.c.since)
        )
        found |= {grid: Head(*rest) for grid, *rest in rows}
    return found


@dataclass(frozen=True, slots=True)
class TermOf:
    """Who headed a grid, or heads it, from when until when; None where nobody noted it, or the term runs on."""

    grid: str
    name: str
    title: str
    since: datetime | None
    until: datetime | None

    def runs(self, now: datetime) -> bool:
        """Does the term run at this moment?"""
        return (self.since is None or self.since <= now) and (self.until is None or self.until > now)


def terms_of(connection: Connection, grids: Collection[str]) -> list[TermOf]:
    """Every term of these grids, former ones too, the latest first."""
    h, wanted = heads.c, sorted(grids)
    found: list[TermOf] = []
    for start in range(0, len(wanted), AT_ONCE):
        part = wanted[start : start + AT_ONCE]
        rows = connection.execute(
            select(h.grid, h.name, h.title, h.since, h.until)
            .where(h.grid.in_(part))
            .order_by(h.since.desc(), h.id)
        )
        found += [TermOf(*row) for row in rows]
    return found


def photo_of(connection: Connection, grid: str, now: datetime) -> bytes | None:
    """The photo of the head whose term runs now."""
    return connection.scalar(
        select(heads.c.photo).where(heads.c.grid == grid, *term_runs(now)).order_by(heads.c.since.desc())
    )


def running_terms(connection: Connection, now: datetime) -> dict[str, Term]:
    """Every term that runs now, by grid."""
    rows = connection.execute(select(heads).where(*term_runs(now)).order_by(heads.c.since))
    return {r.grid: Term(r.name, r.title, r.work_phone, r.duties, r.photo) for r in rows}


def hand_over(connection: Connection, terms: Mapping[str, Term | None], now: datetime) -> None:
    """End the running term of each grid and begin the next; None leaves a vacancy.

    The same name on the same grid is the same person, whose term goes on with other words beside it.
    """
    h = heads.c
    for grid, term in terms.items():
        ended = connection.execute(
            update(heads)
            .where(h.grid == grid, *term_runs(now))
            .values(until=now)
            .returning(h.id, h.name, h.first_term)
        ).all()
        if term is None:
            continue
        continued = sorted(row.first_term or row.id for row in ended if row.name == term.name)
        connection.execute(
            insert(heads).values(
                grid=grid, name=term.name, title=term.title, work_phone=term.work_phone, duties=term.duties,
                photo=term.photo, since=now, demo=False, first_term=next(iter(continued), None),
            )
        )  # fmt: skip
    if terms:
        bump_revision(connection)


def head_terms(connection: Connection, now: datetime) -> list[HeadTerm]:
    """The terms that run now, in order, as those who plan redraws look at them."""
    h = heads.c
    rows = connection.execute(
        select(h.id, h.grid, h.name, h.work_phone, h.first_term)
        .where(*term_runs(now))
        .order_by(h.grid, h.since, h.id)
    )
    return [HeadTerm(r.id, r.grid, r.name, person_of(r.name, r.work_phone, r.id), r.first_term) for r in rows]


def move_terms(connection: Connection, going: Mapping[int, str | None], now: datetime) -> None:
    """End running terms now, each followed by one of the same person on another grid; None: by none."""
    h = heads.c
    first = func.coalesce(h.first_term, h.id).label("first_term")
    kept = (h.name, h.title, h.work_phone, h.duties, h.demo, h.photo, first)
    for number, grid in going.items():
        connection.execute(update(heads).where(h.id == number).values(until=now))
        if grid is not None:
            row = connection.execute(select(*kept).where(h.id == number)).one()
            connection.execute(insert(heads).values(dict(row._mapping) | {"grid": grid, "since": now}))
    if going:
        bump_revision(connection)

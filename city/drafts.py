"""Open plans to be drawn: a draft over the city's units, its edits, its life – each as a person asks for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely

from city.access import watching
from city.opened import City
from city.units import derive_missing, unit_ground
from domain.actions import plans as actions
from domain.actions.plans import Board, Drawn
from domain.events import Event
from domain.findings import Severity
from domain.people import Person
from domain.plans.commands import Command
from domain.plans.demands import NotDrawn, problems_of
from domain.plans.drafts import Draft, households
from domain.plans.life import Plan, PlanState, refusal_to_read
from domain.plans.posts import HeadTerm, head_problems, vacancies
from domain.plans.publishing import WAS_IN_FORCE
from domain.plans.redraw_day import branched
from domain.said import BadInput, Refused, Said, said
from gis.strict import strict
from gis.units import UnitGround
from storage import drafts
from storage.heads import head_terms

KEPT = 16
"""Contents of plans kept at hand in a process, the latest asked for."""

LOG_SHOWN = 200
"""Rows of a plan's log on a page."""


@dataclass(frozen=True)
class OpenDraft:
    """A plan with the ground it is drawn on and what it holds."""

    plan: Plan
    ground: UnitGround
    draft: Draft

    @property
    def is_stale(self) -> bool:
        """Have the city's units changed since the plan was drawn?"""
        return bool(self.plan.units_hash) and self.plan.units_hash != self.ground.units.hash


@dataclass(frozen=True, slots=True)
class LogLine:
    """One row of a plan's log: what, by whom, the words beside it."""

    event: Event
    who: str
    words: str


_kept: dict[tuple[str, int, int, str], Draft] = {}
_keeping = threading.Lock()


# --- reading --------------------------------------------------------------------------------------------


def all_plans(city: City, person: Person) -> list[Plan]:
    """Every plan, the newest first; none for who does not read plans."""
    if refusal_to_read(person):
        return []
    with city.database.read() as connection:
        return sorted(drafts.all_plans(connection), key=lambda plan: -plan.id)


def open_draft(city: City, wanted: str | int) -> OpenDraft:
    """A plan by its name or number, over the city's units.

    Raises:
        BadInput: when there is no such plan.
    """
    with city.database.read() as connection:
        by_number = isinstance(wanted, int)
        found = (
            drafts.plan_numbered(connection, int(wanted))
            if by_number
            else drafts.plan_named(connection, str(wanted))
        )
        if found is None:
            raise BadInput(said("There is no plan {name}.", name=wanted))
        content = _kept_content(city, found) or drafts.read_draft(connection, found.id)
    _keep(city, found, content)
    return OpenDraft(found, unit_ground(city), content)


def draft_in_force(city: City) -> OpenDraft:
    """The plan in force as a draft over the city's units; where it came as polygons, each smallest grid is a unit.

    Raises:
        Refused: in a city without grids.
    """
    plan = city.ground.plan
    if plan is None:
        raise Refused(said("This city has no grids yet."))
    derive_missing(city)
    return open_draft(city, plan.id)


def problems(opened: OpenDraft, names: Mapping[str, str]) -> list[NotDrawn]:
    """Everything that keeps a draft from being published."""
    return list(problems_of(opened.ground.units, opened.draft, names))


def households_of(opened: OpenDraft) -> dict[str, int]:
    """The households of every grid of a draft, counted from its units."""
    return households(opened.ground.units, opened.draft)


def log_of(city: City, person: Person, plan_id: int) -> list[LogLine]:
    """What was done to a plan, newest first; nothing for who does not read plans."""
    if refusal_to_read(person):
        return []
    with city.database.read() as connection:
        return [LogLine(*row) for row in drafts.log_of(connection, plan_id, LOG_SHOWN)]


# --- beginning ------------------------------------------------------------------------------------------


def branch(city: City, base: str | int | None, name: str, by: Person) -> OpenDraft:
    """Begin a draft from another plan, or from the one in force.

    Raises:
        Refused: when this person does not draw, or the name is empty or taken.
    """
    with watching(city, by, "branch", name):
        opened = draft_in_force(city) if base is None else _with_units(city, base)
        return new_draft(
            city, name, to_begin_with(city, opened), base=opened.plan, by=by, how={"how": "branched"}
        )


def to_begin_with(city: City, base: OpenDraft) -> Draft:
    """What a branch begins with: of a plan that is or was in force, with marks that speak of the plan in force now."""
    if base.plan.state not in WAS_IN_FORCE:
        return base.draft
    in_force = base if base.plan.state is PlanState.IN_FORCE else draft_in_force(city)
    households = {code: unit.households for code, unit in base.ground.units.by_code.items()}
    return branched(in_force.draft, base.draft.anew, households)


def new_draft(
    city: City, name: str, draft: Draft, *, base: Plan, by: Person, how: Mapping[str, object]
) -> OpenDraft:
    """Keep a whole content as a new draft plan: a branch, a proposal, what a file brought.

    Raises:
        Refused: when this person does not draw, or the name is empty or taken.
    """
    drawn = actions.begin_draft(
        city.store, _board(city), name, draft, base=base, how=how, by=by, now=city.now()
    )
    return _opened(city, drawn)


def fork(city: City, plan_id: int, version: int, command: Command, name: str, by: Person) -> OpenDraft:
    """Keep a drawing that was made on an older version as a draft of its own, from that version.

    Raises:
        Refused: when the plan does not allow the drawing, or the name is taken.
    """
    with watching(city, by, "fork", name):
        return _opened(
            city,
            actions.fork(
                city.store, _board(city), plan_id, command, name, version=version, by=by, now=city.now()
            ),
        )


# --- drawing --------------------------------------------------------------------------------------------


def edit(city: City, plan_id: int, command: Command, *, version: int, by: Person) -> OpenDraft:
    """Make one drawing on a draft.

    Raises:
        AlreadyDrawn: when the same was sent before.
        Stale: when the plan changed since ``version``.
        NotDrawn: when the plan does not allow it: why, and where.
    """
    with watching(city, by, "redraw", str(plan_id)):
        known = _known(city, plan_id)
        drawn = actions.edit(
            city.store, _board(city), plan_id, command, version=version, by=by, now=city.now(), known=known
        )
        return _opened(city, drawn)


def undo(city: City, plan_id: int, *, version: int, by: Person) -> OpenDraft:
    """Take the latest drawing back."""
    with watching(city, by, "undo", str(plan_id)):
        known = _known(city, plan_id)
        drawn = actions.undo(
            city.store, _board(city), plan_id, version=version, by=by, now=city.now(), known=known
        )
        return _opened(city, drawn)


def redo(city: City, plan_id: int, *, version: int, by: Person) -> OpenDraft:
    """Make again what was taken back last."""
    with watching(city, by, "redo", str(plan_id)):
        known = _known(city, plan_id)
        drawn = actions.redo(
            city.store, _board(city), plan_id, version=version, by=by, now=city.now(), known=known
        )
        return _opened(city, drawn)


def can_undo(city: City, plan_id: int) -> tuple[bool, bool]:
    """Is there something to undo, and something to redo?"""
    with city.store.work() as work:
        last = work.plans.last_step(plan_id, actions.DRAWN)
    return (
        (False, False) if last is None else (last.facts["undo"] is not None, last.facts["redo"] is not None)
    )


# --- the life -------------------------------------------------------------------------------------------


def send(city: City, plan_id: int, *, version: int, words: str = "", by: Person) -> Plan:
    """Send a draft to review."""
    with watching(city, by, "send", str(plan_id)):
        return actions.send(
            city.store, _board(city), plan_id, version=version, words=words, by=by, now=city.now(),
            problems=_head_problems(city, city.now()),
        )  # fmt: skip


def comment(city: City, plan_id: int, words: str, *, grid: str | None = None, by: Person) -> Plan:
    """Comment on a plan in review."""
    with watching(city, by, "comment", str(plan_id)):
        return actions.comment(city.store, plan_id, words, grid=grid, by=by, now=city.now())


def send_back(city: City, plan_id: int, *, version: int, words: str, by: Person) -> Plan:
    """Send a plan back to be drawn further."""
    with watching(city, by, "send_back", str(plan_id)):
        return actions.send_back(city.store, plan_id, version=version, words=words, by=by, now=city.now())


def approve(city: City, plan_id: int, *, version: int, words: str = "", by: Person) -> Plan:
    """Approve a plan that another person drew and sent."""
    with watching(city, by, "approve", str(plan_id)):
        return actions.approve(
            city.store, _board(city), plan_id, version=version, words=words, by=by, now=city.now()
        )


def publish(
    city: City, plan_id: int, from_at: datetime, *, version: int, confirmed: bool = False, by: Person
) -> Plan:
    """Say from when an approved plan is in force.

    Raises:
        Refused: when the date does not do, a head is left over, or vacancies were not ``confirmed``.
    """
    now = city.now()
    heads, before = _running_terms(city, now), city.ground.structure
    with watching(city, by, "publish", str(plan_id)):
        return actions.publish(
            city.store, _board(city), plan_id, from_at, version=version, by=by, now=now,
            problems=_head_problems(city, now),
            vacant=lambda draft: {grid.code for grid in vacancies(before, draft, heads)},
            confirmed=confirmed,
        )  # fmt: skip


def heads_on(city: City, person: Person) -> list[HeadTerm]:
    """The running terms of heads, for who plans where they go."""
    return [] if refusal_to_read(person) else _running_terms(city, city.now())


def _running_terms(city: City, now: datetime) -> list[HeadTerm]:
    with city.database.read() as connection:
        return head_terms(connection, now)


def _head_problems(city: City, now: datetime) -> Callable[[Draft], Iterable[Said]]:
    heads, before = _running_terms(city, now), city.ground.structure
    return lambda draft: head_problems(before, draft, heads)


# --- what drawing needs ---------------------------------------------------------------------------------


def _board(city: City) -> Board:
    ground = unit_ground(city)

    def outlines(draft: Draft, codes: Iterable[str]) -> dict[str, bytes]:
        wanted = list(codes)
        if len(wanted) == len(draft.grids):
            found: Mapping[str, Any] = ground.outlines(draft)
        else:
            found = {code: ground.outline(draft.units_of(code)) for code in wanted}
        return {code: shapely.to_wkb(found.get(code, shapely.Polygon())) for code in wanted}

    def measured(draft: Draft) -> Iterable[Said]:
        return (found.words for found in strict(ground, draft) if found.severity is Severity.ERROR)

    return Board(ground.units, outlines, compound_names(city), measured)


def compound_names(city: City) -> Mapping[str, str]:
    """What compounds are called, by code."""
    with city.database.read() as connection:
        return drafts.compound_names(connection)


def _with_units(city: City, wanted: str | int) -> OpenDraft:
    derive_missing(city)
    return open_draft(city, wanted)


def _opened(city: City, drawn: Drawn) -> OpenDraft:
    _keep(city, drawn.plan, drawn.draft)
    return OpenDraft(drawn.plan, unit_ground(city), drawn.draft)


def _key(city: City, plan: Plan) -> tuple[str, int, int, str]:
    return city.settings.database_url, plan.id, plan.version, plan.created_at.isoformat()


def _kept_content(city: City, plan: Plan) -> Draft | None:
    return _kept.get(_key(city, plan)) if plan.state is PlanState.DRAFT else None


def _known(city: City, plan_id: int) -> Drawn | None:
    with city.database.read() as connection:
        plan = drafts.plan_numbered(connection, plan_id)
    kept = _kept_content(city, plan) if plan else None
    return Drawn(plan, kept) if plan and kept else None


def _keep(city: City, plan: Plan, draft: Draft) -> None:
    with _keeping:
        _kept.pop(_key(city, plan), None)
        _kept[_key(city, plan)] = draft
        while len(_kept) > KEPT:
            _kept.pop(next(iter(_kept)))

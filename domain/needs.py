"""Ask for what a move needs, at the moment of the move: a reason, a department, a date – each checked in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from domain.people import Role
from domain.said import Said, said
from domain.scene import Move, Need, Scene
from domain.tickets import State

REJECTED_BECAUSE: Mapping[str, Said] = {
    "elsewhere": said("Another office is in charge"),
    "court": said("A matter for the courts or for arbitration"),
    "private": said("A private matter between the parties"),
    "unclear": said("Place or matter cannot be made out"),
    "not_so": said("Checked on the spot: it is not so"),
}
"""Why a ticket may be rejected; the reason beside it says where to go instead."""

WITH_DEPARTMENT = frozenset({State.DISPATCHED, State.IN_PROGRESS})

SATISFIED_FROM = 3
"""The lowest grade of 1 to 5 that counts as satisfied."""

GRADES: Mapping[int, Said] = {
    5: said("Very satisfied"),
    4: said("Satisfied"),
    3: said("Fairly satisfied"),
    2: said("Not satisfied"),
    1: said("Very dissatisfied"),
}


def _words(ask: Said) -> Callable[[Scene], Said | None]:
    return lambda scene: None if scene.given.words.strip() else ask


def _department(scene: Scene) -> Said | None:
    wanted, rules = scene.given.department, scene.rules
    if not wanted:
        return said("Please choose the lead department.")
    unknown = next((d for d in (wanted, *scene.given.assistants) if d not in rules.departments), None)
    if unknown:
        return said("There is no department {code}.", code=unknown)
    allowed = rules.departments_of(scene.by.role, scene.by.area)
    if wanted not in allowed:
        return said("A community dispatches to its linked departments alone; hand up what another must do.")
    if wanted == scene.ticket.lead and scene.ticket.state in WITH_DEPARTMENT:
        return said("This department has the ticket already.")
    if scene.ticket.parent is not None and scene.given.assistants:
        return said("This is the part of an assisting department.")
    return said("The lead department cannot assist itself.") if wanted in scene.given.assistants else None


def _owner(scene: Scene) -> Said | None:
    owner = scene.given.department
    if owner is None or owner in scene.rules.departments:
        return None if owner else said("Please say who should handle it instead.")
    return said("There is no department {code}.", code=owner)


def _days(scene: Scene) -> Said | None:
    days = scene.given.days or 0
    return None if 1 <= days <= 60 else said("Please give the working days asked for, 1 to 60.")


def _review(scene: Scene) -> Said | None:
    until = scene.given.until
    return None if until and until > scene.now else said("Please give a review date that lies ahead.")


def _original(scene: Scene) -> Said | None:
    original = scene.original
    if original is None:
        return said("Please give the number of the ticket it is merged into.")
    if original.id == scene.ticket.id:
        return said("A ticket is not merged into itself.")
    if not original.is_open or original.duplicate_of is not None or not original.live:
        return said("Ticket {no} is not open any more; choose one that is worked on.", no=original.no)
    return said("This is the part of an assisting department.") if original.parent is not None else None


def _higher_unit(scene: Scene) -> Said | None:
    chain = scene.rules.structure.chain(scene.ticket.holder)
    return None if scene.given.unit in chain[2:] else said("Please choose a unit further up.")


def _meeting(scene: Scene) -> Said | None:
    return None if scene.given.unit in meeting_units(scene) else said("Please choose whose meeting decides.")


def _grid(scene: Scene) -> Said | None:
    return None if scene.given.unit in scene.rules.structure.grids else said("Please choose a grid.")


def _reason_code(scene: Scene) -> Said | None:
    return None if scene.given.reason in REJECTED_BECAUSE else said("Please choose why it is rejected.")


def _grade(scene: Scene) -> Said | None:
    grade = scene.given.grade
    satisfied = grade is not None and SATISFIED_FROM <= grade <= max(GRADES)
    return None if satisfied else said("Please choose a grade.")


def _complaint(scene: Scene) -> Said | None:
    grade = scene.given.grade
    if grade is None or not min(GRADES) <= grade < SATISFIED_FROM:
        return said("Please choose a grade.")
    return None if scene.given.words.strip() else said("Please say what is still wrong.")


ASKS: Mapping[Need, Callable[[Scene], Said | None]] = {
    Need.NOTE: _words(said("Please write what was done.")),
    Need.REASON: _words(said("Please give a reason.")),
    Need.REASON_CODE: _reason_code,
    Need.DEPARTMENT: _department,
    Need.OWNER: _owner,
    Need.DAYS: _days,
    Need.REVIEW: _review,
    Need.ORIGINAL: _original,
    Need.HIGHER_UNIT: _higher_unit,
    Need.MEETING: _meeting,
    Need.GRID: _grid,
    Need.GRADE: _grade,
    Need.COMPLAINT: _complaint,
}


def meeting_units(scene: Scene) -> tuple[str, ...]:
    """Whose meeting may take a ticket: its holder's own, or the next one up."""
    structure = scene.rules.structure
    above = structure.above(scene.ticket.holder)
    return (scene.ticket.holder, above) if above else (scene.ticket.holder,)


def meeting_chosen(scene: Scene) -> str:
    """Whose meeting takes a ticket that goes to one: the unit that was chosen, else its holder."""
    unit = scene.given.unit
    return unit if unit in meeting_units(scene) else scene.ticket.holder


def lacking(move: Move, scene: Scene) -> Said | None:
    """What the move still needs from the person, or None. The clock is asked for nothing: it acts by the table."""
    if scene.by.role is Role.CLOCK:
        return None
    asked = (ASKS[need](scene) for need in move.needs if need in ASKS)
    return next((why for why in asked if why), None)

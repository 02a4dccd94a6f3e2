"""Tell a ticket's story: what happened, by whom, with what was given – as a line for each event."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from city.opened import City
from domain.actions.tickets import may_read, may_see
from domain.erasing import ERASED_BECAUSE, REPORTER, WHOLE
from domain.events import Event, ticket_stream
from domain.grids import CITY
from domain.meetings import MatterOutcome
from domain.moves import MOVE
from domain.needs import GRADES, REJECTED_BECAUSE
from domain.people import Person, Role
from domain.said import Both, Said, said
from domain.tickets import State, Ticket
from domain.titles import MATTER_OUTCOME, ROLE, STATE
from storage import lists, people, photos

KINDS: Mapping[str, Said] = {
    "raised": said("Raised"),
    "imported": said("Imported"),
    "assist": said("Asked to assist"),
    "yellow": said("Yellow card: due soon"),
    "red": said("Red card: past the deadline"),
    "hold": said("Put on hold"),
    "rehomed": said("In another grid by a new plan"),
    "erased": said("Personal data erased"),
}
"""What an event is called that is no move, or was called otherwise once."""

BY_ITSELF = {Role.CLOCK.value: said("the system"), Role.RESIDENT.value: said("a resident")}


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One event of a ticket's story. ``note`` is None for those who may not read words."""

    at: datetime
    kind: str
    title: Said
    who: Said | str
    role: Said | None
    state: Said
    details: tuple[Said, ...] = ()
    note: str | None = None
    photos: tuple[int, ...] = ()


def story(city: City, person: Person, ticket: Ticket) -> list[StoryLine]:
    """What happened to a ticket, in order; nothing for those who may not see it."""
    if not may_see(person, ticket, city.rulebook):
        return []
    with city.database.glance() as connection:
        rows = lists.events_of(connection, ticket_stream(ticket.id))
        names = people.account_names(connection, {e.by for e, _ in rows if e.by is not None})
        pictures = photos.photos_of(connection, ticket.id)
    reads = may_read(person, ticket, city.rulebook)
    lines = [_line(city, event, names) for event, _ in rows]
    if not reads:
        return lines
    return [
        replace(line, note=note, photos=tuple(pictures.get((line.kind, line.at), ())))
        for line, (_, note) in zip(lines, rows, strict=True)
    ]


def _line(city: City, event: Event, names: Mapping[int, str]) -> StoryLine:
    role = str(event.facts.get("role", ""))
    who: Said | str = BY_ITSELF.get(role, said("the system"))
    if event.by is not None:
        who = names.get(event.by, "–")
    known = role in set(Role) and role not in BY_ITSELF
    return StoryLine(
        event.at,
        event.kind,
        title_of(event.kind),
        who,
        ROLE[Role(role)] if known else None,
        STATE[State(str(event.facts["state"]))],
        tuple(_details(city, event)),
    )


def title_of(kind: str) -> Said:
    """What to call an event of this kind."""
    if kind in KINDS:
        return KINDS[kind]
    return MOVE[kind].title if kind in MOVE else said("Changed")


# --- what was given -----------------------------------------------------------------------------------------

Facts = Mapping[str, object]


def _details(city: City, event: Event) -> Iterator[Said]:
    """What was given that is no free text, and who holds or leads the ticket from now on."""
    for key, tell in DETAILS.items():
        if key in event.facts and (detail := tell(city, event.facts)):
            yield detail


def _holder(city: City, facts: Facts) -> Said | None:
    if facts["holder"] == facts.get("from_holder"):
        return None
    return said("held by {holder}", holder=unit_name(city, str(facts["holder"])))


def _grid(city: City, facts: Facts) -> Said:
    names = (unit_name(city, str(facts[key])) if key in facts else "–" for key in ("from_grid", "to_grid"))
    return said(
        "from {old} to {new} by the plan {plan}", old=next(names), new=next(names), plan=facts["plan"]
    )


def _lead(city: City, facts: Facts) -> Said | None:
    if facts["lead"] == facts.get("from_lead"):
        return None
    return said("lead: {department}", department=_department(city, facts["lead"]))


def _suggested(city: City, facts: Facts) -> Said | None:
    if facts["department"] == facts.get("lead"):
        return None
    return said("suggested instead: {department}", department=_department(city, facts["department"]))


def _assistants(city: City, facts: Facts) -> Said:
    named = [city.department(code) for code in str(facts["assistants"]).split(",")]
    return said("assisted by {departments}", departments=Both("、".join(zh for zh, _ in named), ", ".join(en for _, en in named)))  # fmt: skip


def _department(city: City, code: object) -> Both:
    return Both(*city.department(str(code)))


def _moment(city: City, text: object) -> str:
    return f"{datetime.fromisoformat(str(text)).astimezone(city.zone):%Y-%m-%d %H:%M}"


def _unit(city: City, facts: Facts) -> Said | None:
    met = facts["state"] == "at_meeting" or "outcome" in facts
    return said("joint meeting of {unit}", unit=unit_name(city, str(facts["unit"]))) if met else None


REASONS: Mapping[str, Said] = {**REJECTED_BECAUSE, **ERASED_BECAUSE}
SCOPES: Mapping[str, Said] = {
    REPORTER: said("who reported it; the rest when it ends"),
    WHOLE: said("words, address, notes and photos"),
}

DETAILS: Mapping[str, Callable[[City, Facts], Said | None]] = {
    "plan": _grid,
    "holder": _holder,
    "lead": _lead,
    "department": _suggested,
    "assistants": _assistants,
    "reason": lambda _city, facts: REASONS.get(str(facts["reason"])),
    "scope": lambda _city, facts: SCOPES.get(str(facts["scope"])),
    "days": lambda _city, facts: said("{n} working days asked for", n=facts["days"]),
    "until": lambda city, facts: said("review on {moment}", moment=_moment(city, facts["until"])),
    "original": lambda _city, facts: said("merged into {no}", no=facts["original"]),
    "unit": _unit,
    "outcome": lambda _city, facts: MATTER_OUTCOME[MatterOutcome(str(facts["outcome"]))],
    "due": lambda city, facts: said("due {moment}", moment=_moment(city, facts["due"])),
    "grade": lambda _city, facts: GRADES[int(str(facts["grade"]))],
}


def unit_name(city: City, code: str) -> Said | str:
    """What people call a unit; the city office under its own name."""
    return said("the city office") if code == CITY else city.ground.structure.name(code)

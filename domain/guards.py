"""Guard moves: small functions that look at the scene and say why not, or None.

Where no street stands over a place – outside every grid, or in a city without streets – the city office stands in.
"""

from __future__ import annotations

from datetime import timedelta

from domain.grids import CITY
from domain.people import Role, is_in_area
from domain.said import Said, said
from domain.scene import Scene
from domain.tickets import Asked, Card, Outcome, Source, State, Ticket

HOLDERS = frozenset({Role.CITY_OFFICE, Role.STREET, Role.COMMUNITY, Role.COMPOUND, Role.MEMBER})
OFFICES = frozenset({Role.CITY_OFFICE, Role.STREET, Role.COMMUNITY})
"""The holders that dispatch, and bring matters to a meeting."""

RETURNS_ALLOWED = 2
REOPENED_WITHIN = timedelta(days=30)
EXTENSIONS_ALLOWED = 2
"""The street approves the first extension, a leader the second; there is no third."""


def is_live(scene: Scene) -> Said | None:
    return None if scene.ticket.live else said("This ticket is imported history: it is shown, not worked.")


# --- who --------------------------------------------------------------------------------------------------


def by_holder(scene: Scene) -> Said | None:
    return None if _is_holder(scene) else _only_holder(scene)


def by_holder_or_late_clock(scene: Scene) -> Said | None:
    if scene.by.role is Role.CLOCK:
        late = scene.ticket.is_overdue(scene.now)
        return None if late else said("The stage's limit has not passed yet.")
    return by_holder(scene)


def by_dispatching_holder(scene: Scene) -> Said | None:
    if _is_holder(scene) and scene.by.role in OFFICES:
        return None
    return said("Only a community, a street or the city office dispatches, and only what it holds.")


def by_meeting_holder_or_clock_at_thrice(scene: Scene) -> Said | None:
    if scene.by.role is Role.CLOCK:
        thrice = scene.ticket.thrice_at
        reached = thrice is not None and thrice <= scene.now
        return None if reached else said("Three times the limit has not passed yet.")
    if _is_holder(scene) and scene.by.role in OFFICES:
        return None
    return said(
        "Only the community, the street or the city office that holds a ticket brings it to a meeting."
    )


def by_lead(scene: Scene) -> Said | None:
    if scene.by.department is not None and scene.by.department == scene.ticket.lead:
        return None
    return said("Only the lead department may do this.")


def by_checker(scene: Scene) -> Said | None:
    if scene.by.role in HOLDERS and scene.by.area in checkers(scene.ticket):
        return None
    return said("Only the grid that raised the ticket or its community checks what was handled.")


def by_community_or_street(scene: Scene) -> Said | None:
    community = scene.by.role is Role.COMMUNITY and _stands_over(scene)
    if community or _acts_as_street(scene):
        return None
    return said("Only the community or the street of this place may do this.")


def by_street(scene: Scene) -> Said | None:
    return None if _acts_as_street(scene) else said("Only the street of this place may do this.")


def by_lead_or_street_or_clock_at_review(scene: Scene) -> Said | None:
    if scene.by.role is Role.CLOCK:
        review = scene.ticket.review_at
        reached = review is not None and review <= scene.now
        return None if reached else said("The review date has not come yet.")
    return None if by_lead(scene) is None or _acts_as_street(scene) else by_street(scene)


def by_extension_approver(scene: Scene) -> Said | None:
    if scene.ticket.extensions == 0:
        return by_street(scene)
    return (
        None
        if scene.by.role is Role.LEADER
        else said("A second extension is approved by a leader of the city.")
    )


def by_rater(scene: Scene) -> Said | None:
    if scene.by.role is Role.COMMUNITY and _stands_over(scene):
        return None
    if scene.by.role is Role.RESIDENT and scene.ticket.source is Source.RESIDENT:
        return None
    return said("Residents rate by their link; the community enters what a phone visit told it.")


def by_clock(scene: Scene) -> Said | None:
    if scene.by.role is not Role.CLOCK:
        return said("This happens by itself when the time has come.")
    late = scene.ticket.is_overdue(scene.now)
    return None if late else said("The time for rating has not passed yet.")


def by_meeting(scene: Scene) -> Said | None:
    return None if scene.resolution else said("This is decided in the joint meeting.")


def by_superior(scene: Scene) -> Said | None:
    if scene.by.role is Role.LEADER or _is_above_holder(scene):
        return None
    return said("Only a unit above the holder or a leader supervises.")


def by_leader(scene: Scene) -> Said | None:
    return None if scene.by.role is Role.LEADER else said("Only a leader of the city instructs.")


def by_city_office(scene: Scene) -> Said | None:
    if scene.by.role is Role.CITY_OFFICE and scene.ticket.holder == CITY:
        return None
    return said("Only the city office puts what lies in no grid into one.")


# --- what, and when ----------------------------------------------------------------------------------------


def below_city(scene: Scene) -> Said | None:
    return None if scene.ticket.holder != CITY else said("Nobody stands above the city office.")


def holder_is_grid_or_street(scene: Scene) -> Said | None:
    if scene.ticket.holder != CITY:
        return None
    return said("The city office dispatches; it settles nothing on the spot.")


def lies_in_no_grid(scene: Scene) -> Said | None:
    return None if scene.ticket.located.grid is None else said("This ticket lies in a grid already.")


def is_urgent(scene: Scene) -> Said | None:
    return None if scene.ticket.urgent else said("Levels are skipped for urgent tickets alone.")


def has_units_to_skip(scene: Scene) -> Said | None:
    chain = scene.rules.structure.chain(scene.ticket.holder)
    return None if len(chain) > 2 else said("There is no level to skip.")


def has_departments_to_dispatch_to(scene: Scene) -> Said | None:
    known = scene.rules.departments_of(scene.by.role, scene.by.area)
    return None if known else said("No department is linked here: hand the ticket up.")


def within_sign_limit(scene: Scene) -> Said | None:
    late = scene.ticket.is_overdue(scene.now)
    return said("The time for signing has passed: it cannot be returned any more.") if late else None


def returns_are_left(scene: Scene) -> Said | None:
    if scene.ticket.returns < RETURNS_ALLOWED:
        return None
    return said("This ticket was returned twice already: the street decides who handles it.")


def before_deadline(scene: Scene) -> Said | None:
    late = scene.ticket.is_overdue(scene.now)
    return said("The deadline has passed: it cannot be extended any more.") if late else None


def extension_is_left(scene: Scene) -> Said | None:
    if scene.ticket.extensions < EXTENSIONS_ALLOWED:
        return None
    return said("This ticket was extended twice already.")


def nothing_is_asked(scene: Scene) -> Said | None:
    asked = scene.ticket.asked
    return said("A request of the department is waiting for an answer.") if asked else None


def extension_is_asked(scene: Scene) -> Said | None:
    asked = scene.ticket.asked is Asked.EXTENSION
    return None if asked else said("No extension is asked for.")


def hold_is_asked(scene: Scene) -> Said | None:
    return None if scene.ticket.asked is Asked.HOLD else said("No hold is asked for.")


def review_lies_ahead(scene: Scene) -> Said | None:
    review = scene.ticket.review_at
    if review is not None and review > scene.now:
        return None
    return said("The review date that was asked for has passed.")


def assistants_are_done(scene: Scene) -> Said | None:
    if not scene.open_children:
        return None
    return said("{n} assisting departments are not done yet.", n=scene.open_children)


def closed_lately(scene: Scene) -> Said | None:
    closed = scene.ticket.closed_at
    if closed is not None and scene.now - closed <= REOPENED_WITHIN:
        return None
    return said("A ticket is reopened within 30 days; please raise a new one.")


def is_no_duplicate(scene: Scene) -> Said | None:
    if scene.ticket.outcome is not Outcome.MERGED:
        return None
    return said("This ticket was merged into another, which is worked on.")


def is_a_whole(scene: Scene) -> Said | None:
    return None if scene.ticket.parent is None else said("This is the part of an assisting department.")


def card_can_rise(scene: Scene) -> Said | None:
    return None if scene.ticket.card < Card.RED else said("This ticket has a red card already.")


def can_still_be_merged(scene: Scene) -> Said | None:
    """What waits for its rating was handled; what others still assist in is worked on."""
    almost = scene.open_children or scene.ticket.state is State.AWAITING_RATING
    return said("This ticket is almost over; it is not merged any more.") if almost else None


# --- the words behind them ----------------------------------------------------------------------------------


def checkers(ticket: Ticket) -> frozenset[str]:
    """The units that check what a department handled: where it was raised, and the community."""
    found = {unit for unit in (ticket.raised_in, ticket.located.level1) if unit}
    return frozenset(found or {ticket.holder})


def _is_holder(scene: Scene) -> bool:
    return scene.by.role in HOLDERS and scene.by.area == scene.ticket.holder


def _only_holder(scene: Scene) -> Said:
    name = scene.rules.structure.name(scene.ticket.holder)
    return said("Only {holder}, who holds this ticket, may do this.", holder=name)


def _stands_over(scene: Scene) -> bool:
    """Does the ticket lie in, or is it held in, this person's area?"""
    structure, ticket = scene.rules.structure, scene.ticket
    return any(is_in_area(scene.by, code, structure) for code in (*ticket.located.codes, ticket.holder))


def _acts_as_street(scene: Scene) -> bool:
    if scene.by.role is Role.STREET:
        return _stands_over(scene)
    structure, ticket = scene.rules.structure, scene.ticket
    return scene.by.role is Role.CITY_OFFICE and structure.street_over(ticket.located, ticket.holder) is None


def _is_above_holder(scene: Scene) -> bool:
    if scene.by.role not in HOLDERS or scene.by.area == scene.ticket.holder:
        return False
    return is_in_area(scene.by, scene.ticket.holder, scene.rules.structure)

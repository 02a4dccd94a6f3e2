"""What a city has agreed on: structure, where points lie, categories, routing, limits, working time – as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from domain.categories import Category
from domain.clocks import Limit, WorkClock
from domain.grids import CITY, Located, Structure
from domain.people import Role
from domain.place import LngLat
from domain.routing import Case, Routed, RoutingTable
from domain.said import Refused, said
from domain.tickets import State, Ticket

YELLOW = 0.8
"""A ticket is due soon when four fifths of its limit have passed."""

THRICE = 3
"""At three times the limit a matter goes to a joint meeting."""


@dataclass(frozen=True)
class Rulebook:
    """The rules that hold in one city now.

    ``stages`` maps (state, urgent) to the stage's limit. ``links`` says which departments are linked to a community;
    ``departments`` are all there are, ``staffed`` those with people, ``headed`` the grids that have a head (None:
    nobody keeps a list of heads, so every grid counts as headed), ``leaders`` the community of each leader by number.
    ``on_edge`` tells whether a point lies on a border.
    """

    structure: Structure
    locate: Callable[[LngLat], Located]
    categories: Mapping[str, Category]
    stages: Mapping[tuple[State, bool], Limit]
    clock: WorkClock
    routing: RoutingTable = field(default_factory=RoutingTable)
    links: Mapping[str, frozenset[str]] = field(default_factory=dict)
    departments: frozenset[str] = frozenset()
    staffed: frozenset[str] = frozenset()
    headed: frozenset[str] | None = None
    leaders: Mapping[int, str] = field(default_factory=dict)
    on_edge: Callable[[LngLat], bool] = lambda _point: False

    def category(self, code: str) -> Category:
        """The category with this code.

        Raises:
            Refused: when the city has no such category.
        """
        if code not in self.categories:
            raise Refused(said("There is no category {code}.", code=code))
        return self.categories[code]

    def limit_of(self, state: State, urgent: bool) -> Limit | None:
        """The limit of a stage; None where no clock runs."""
        return self.stages.get((state, urgent)) or self.stages.get((state, False))

    def handling_limit(self, own: Limit | None, urgent: bool) -> Limit:
        """The time for handling: ``own`` where a rule or category sets one. What is urgent runs around the clock."""
        general = self.limit_of(State.IN_PROGRESS, urgent)
        assert general is not None, "the rule files always set a limit for handling"
        if own is None or (urgent and general.around_the_clock and not own.around_the_clock):
            return general
        return own

    @property
    def working_day(self) -> timedelta:
        return self.clock.day

    def is_headed(self, code: str) -> bool:
        """Does this grid have a head?"""
        return self.headed is None or code in self.headed

    def departments_of(self, role: Role, unit: str) -> frozenset[str]:
        """The departments to which a unit may dispatch: a community to those linked to it, street and city to any."""
        if role in (Role.STREET, Role.CITY_OFFICE):
            return self.departments
        return self.links.get(unit, frozenset()) & self.departments if role is Role.COMMUNITY else frozenset()

    def route(self, ticket: Ticket) -> Routed:
        """Who should work on a ticket, with which help, within which time, and because of which rule."""
        smallest = self.structure.grids.get(ticket.located.grid or "")
        case = Case(
            self.categories.get(ticket.category) or Category(ticket.category, "", "", ""),
            smallest.level if smallest else None,
            ticket.urgent,
            self.structure.chain(smallest.code) if smallest else (CITY,),
        )
        return self.routing.route(case, self.links)

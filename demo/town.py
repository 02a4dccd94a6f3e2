"""Know the people of the simulated town: who answers for a ticket, who works where, and the chance behind it all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from random import Random
from typing import Any, TypeVar

from demo import stories
from demo.life import World
from domain.clocks import Limit, WorkClock
from domain.grids import CITY
from domain.people import GRID_ROLE, READS_TICKET_FACTS, Person, Role
from domain.rulebook import Rulebook
from domain.tickets import Ticket

T = TypeVar("T")

Weighted = Sequence[tuple[float, T]]
"""What may happen, each with how often it does."""

NOBODY = Person(0, "", Role.ADMINISTRATOR, "")
"""Who stands where nobody works: may move nothing."""


@dataclass
class Town:
    """What simulated people share: rules, chance, phrases, the world of the demo, and who they are."""

    rules: Rulebook
    world: World
    people: Mapping[tuple[Role, str], Person]
    random: Random
    phrases: Mapping[str, Any]
    linked: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, world: World, accounts: Iterable[Person]) -> Town:
        """A town in which the first account of each post does its work."""
        people: dict[tuple[Role, str], Person] = {}
        for person in sorted(accounts, key=lambda p: p.id):
            if person.role in READS_TICKET_FACTS:
                people.setdefault((person.role, person.area), person)
        return cls(world.rules, world, people, world.random, world.phrases)

    @property
    def clock(self) -> WorkClock:
        return self.rules.clock

    @cached_property
    def departments(self) -> list[str]:
        return sorted(code for role, code in self.people if role is Role.DEPARTMENT)

    # --- who -----------------------------------------------------------------------------------------------

    def at(self, unit: str) -> Person:
        """Who works for a unit: the head of a grid, the street, the city office."""
        grid = self.rules.structure.grids.get(unit)
        role = GRID_ROLE[grid.level] if grid else Role.CITY_OFFICE if unit == CITY else Role.STREET
        return self.people.get((role, unit), NOBODY)

    def holder(self, ticket: Ticket) -> Person:
        return self.at(ticket.holder)

    def lead(self, ticket: Ticket) -> Person:
        return self.people.get((Role.DEPARTMENT, ticket.lead or ""), NOBODY)

    def street(self, ticket: Ticket) -> Person:
        """The street of a ticket's place, or the city office where there is none."""
        return self.at(self.rules.structure.street_over(ticket.located, ticket.holder) or CITY)

    def community(self, ticket: Ticket) -> Person:
        return self.at(ticket.located.level1) if ticket.located.level1 else NOBODY

    def checker(self, ticket: Ticket) -> Person:
        """The community checks most of what was handled, else the unit that raised it, else the holder."""
        raiser = ticket.raised_in
        if raiser and (ticket.located.level1 is None or self.random.random() < 0.4):
            return self.at(raiser)
        return self.at(ticket.located.level1 or ticket.holder)

    def above(self, ticket: Ticket) -> Person:
        return self.at(self.rules.structure.above(ticket.holder) or CITY)

    @property
    def leader(self) -> Person:
        return self.people.get((Role.LEADER, CITY), NOBODY)

    def may_get(self, unit: str) -> list[str]:
        """The departments to which a unit may dispatch."""
        if unit not in self.linked:
            role = self.at(unit).role
            self.linked[unit] = sorted(self.rules.departments_of(role, unit) & set(self.departments))
        return self.linked[unit]

    # --- when, and what ------------------------------------------------------------------------------------

    def after(self, since: datetime, limit: Limit, part: float) -> datetime:
        """The moment at which a part of a limit has passed, to the second."""
        return self.clock.after(since, Limit(limit.length * part, limit.around_the_clock)).replace(
            microsecond=0
        )

    def working_hours_later(self, since: datetime, least: float, most: float) -> datetime:
        """Some working hours later."""
        hours = timedelta(hours=self.random.uniform(least, most))
        return self.clock.add(since, hours).replace(microsecond=0)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def one_of(self, weighted: Weighted[T]) -> T:
        """One of several, by weight."""
        return self.random.choices([what for _, what in weighted], [weight for weight, _ in weighted])[0]

    def answer(self, kind: str, ticket: Ticket) -> str:
        """What somebody writes with a move."""
        category = self.rules.categories.get(ticket.category)
        text = stories.answer(self.phrases, kind, category, self.random) if category else None
        return text or PLAIN.get(kind, "已办理。")


PLAIN = {
    "skip_up": "情况紧急，越级上报，请尽快处置。",
    "return": "不属本单位职责，请转有关单位。",
    "redispatch": "经协调，改由你单位办理。",
    "ask_extension": "涉及面广，现场条件复杂，申请延期。",
    "refuse_extension": "请按原定时限办理。",
    "ask_hold": "待资金和材料落实后实施，申请挂账。",
    "refuse_hold": "具备办理条件，请继续办理。",
    "dissatisfied": "问题没有解决好，请再处理。",
    "reopen": "同一问题再次出现，请继续办理。",
    "merge": "与已受理的问题相同，并单办理。",
    "supervise": "请抓紧办理，按时反馈结果。",
    "instruct": "请有关单位高度重视，妥善解决，回应群众关切。",
}
"""What stands where the phrases have nothing for a move."""

"""Settle what a year of working members is worth."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from domain.frontline import records
from domain.frontline.grades import GradeRule, YearGrade, YearOf, refusal_to_settle, settled_at
from domain.frontline.rights import check_keeps
from domain.frontline.working_members import WorkingMember
from domain.people import Person
from domain.rulebook import Rulebook
from domain.said import refuse_if
from domain.store import Store


def settle_year(
    store: Store, rules: Rulebook, year: int, did: Mapping[int, YearOf], rule: GradeRule, *, by: Person, now: datetime
) -> list[YearGrade]:  # fmt: skip
    """Settle a year of members, by their numbers; one that is settled already stays as it is.

    Raises:
        Refused: when the year is not over, or a member is not this person's; nothing is settled then.
    """
    refuse_if(refusal_to_settle(year, now.astimezone(rules.clock.zone).date()))
    with store.work() as work:
        work.records.alone(f"grades {year}")
        settled = {row.member_id for row in work.records.those(YearGrade, year=year)}
        made = []
        for number in sorted(did.keys() - settled):
            member = records.locked(work, WorkingMember, number)
            check_keeps(by, YearGrade.LIST, rules.structure.today(member.place), rules.structure)
            row = settled_at(member, year, did[number], rule)
            made.append(records.add(work, row, "settled", by=by, now=now))
        return made

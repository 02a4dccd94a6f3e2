"""Write down the demo's meetings as the store keeps them: their words, and the agendas that are open today.

Every ticket that is at a joint meeting stands on the open agenda of the unit that holds it, or of the next one up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

from demo.meetings import Matter as HeldMatter
from demo.meetings import Meeting as HeldMeeting
from domain.actions.meetings import title_of
from domain.meetings import (
    TITLE,
    Matter,
    MatterOutcome,
    Meeting,
    MeetingState,
    Origin,
    Tier,
    meeting_unit,
    tier_of,
)
from domain.rulebook import Rulebook
from domain.tickets import State, Ticket
from storage.meetings import matter_columns, meeting_columns
from storage.tickets import number_of

PRESENT = {
    Tier.COMPOUND: ("小区党支部书记", "业委会代表", "物业负责人", "居民代表"),
    Tier.COMMUNITY: ("社区党委书记", "各小区党支部书记", "共建单位代表", "居民代表"),
    Tier.STREET: ("街道党工委书记", "各社区党委书记", "驻街单位代表"),
    Tier.CITY: ("市委分管领导", "市联络办公室主任", "各街道党工委书记", "市直部门负责人"),
}
MINUTES = "会议听取了上次会议议定事项的落实情况，逐项研究了本次议题，形成以下议定事项。"
RESOLUTION = {
    MatterOutcome.SETTLED: "经协商一致，当场议定办法，由召集单位组织落实。",
    MatterOutcome.ASSIGNED: "由牵头单位会同有关单位研究办理，按期报结果。",
}
LEDGER = "本级已多次协商，因涉及面广、资金和职权所限难以解决，提请上级研究。"
FEEDBACK = {
    MatterOutcome.SETTLED: "已研究解决，请向群众反馈。",
    MatterOutcome.ASSIGNED: "已交牵头单位办理，请向群众做好解释。",
}
DONE_WITHIN = timedelta(days=60)
"""What a meeting of the demo assigns is due this long after it."""


def rows(
    held: Sequence[HeldMeeting], matters: Sequence[HeldMatter], tickets: Iterable[Ticket],
    departments: Sequence[str], rules: Rulebook, now: datetime, random: Random,
) -> dict[str, list[dict[str, Any]]]:  # fmt: skip
    """The rows of both tables."""
    closed = {m.id: _closed(m) for m in held}
    discussed = _with_feedback(
        [_discussed(m, closed[m.meeting_id], departments, random) for m in matters], closed
    )
    agendas, waiting = _open(tickets, len(closed), len(discussed), rules, now, random)
    return {
        "meetings": [{"id": m.id, **meeting_columns(m)} for m in (*closed.values(), *agendas)],
        "meeting_matters": [{"id": m.id, **matter_columns(m)} for m in (*discussed, *waiting)],
    }


def _closed(held: HeldMeeting) -> Meeting:
    tier = Tier(held.tier)
    return Meeting(
        id=held.id, tier=tier, unit=held.unit, state=MeetingState.CLOSED, planned_at=held.held_at,
        held_at=held.held_at, closed_at=held.held_at + timedelta(hours=2), title=held.title,
        present=PRESENT[tier], minutes=MINUTES,
    )  # fmt: skip


def _discussed(matter: HeldMatter, meeting: Meeting, departments: Sequence[str], random: Random) -> Matter:
    outcome, from_below = MatterOutcome(matter.outcome), matter.from_matter is not None
    assigned = outcome is MatterOutcome.ASSIGNED
    assert meeting.held_at is not None
    return Matter(
        id=matter.id, meeting_id=meeting.id, title=matter.title,
        origin=Origin.BELOW if from_below else Origin.OWN, from_matter=matter.from_matter, outcome=outcome,
        resolution=RESOLUTION.get(outcome, ""), ledger=LEDGER if outcome is MatterOutcome.MOVED_UP else "",
        feedback=FEEDBACK[outcome] if from_below else "", lead=random.choice(departments) if assigned else None,
        due_at=meeting.held_at + DONE_WITHIN if assigned else None, settled_at=matter.settled_at,
    )  # fmt: skip


def _with_feedback(matters: list[Matter], closed: dict[int, Meeting]) -> list[Matter]:
    """What was moved up carries the answer that came back."""
    above = {m.from_matter: m for m in matters if m.from_matter is not None}
    return [
        replace(m, feedback=above[m.id].feedback, fed_back_at=closed[above[m.id].meeting_id].closed_at)
        if m.id in above
        else m
        for m in matters
    ]


def _open(
    tickets: Iterable[Ticket], meetings: int, matters: int, rules: Rulebook, now: datetime, random: Random
) -> tuple[list[Meeting], list[Matter]]:
    agendas: dict[str, Meeting] = {}
    waiting: list[Matter] = []
    for ticket in tickets:
        if ticket.state is not State.AT_MEETING:
            continue
        unit = meeting_unit(ticket.holder, rules.structure)
        tier = tier_of(unit, rules.structure)
        assert tier is not None
        meeting_id = meetings + len(agendas) + 1
        agenda = agendas.setdefault(
            unit,
            Meeting(
                id=meeting_id, tier=tier, unit=unit, title=TITLE[tier], planned_at=_soon(rules, now, random)
            ),
        )
        numbered = replace(ticket, no=number_of(ticket.id, ticket.opened_at))
        waiting.append(
            Matter(
                id=matters + len(waiting) + 1,
                meeting_id=agenda.id,
                title=title_of(numbered, rules),
                ticket_id=ticket.id,
            )
        )
    return list(agendas.values()), waiting


def _soon(rules: Rulebook, now: datetime, random: Random) -> datetime:
    """A workday's morning within the next weeks."""
    clock = rules.clock
    day = clock.add(now, clock.day * random.randint(2, 12)).astimezone(clock.zone).date()
    return datetime.combine(day, time(9), clock.zone)

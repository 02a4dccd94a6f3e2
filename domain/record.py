"""Write down a move: the facts of its event, from which state, holder and clocks can be told again. No words, no names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from domain.people import Role
from domain.scene import Scene
from domain.tickets import Ticket


def facts_of(after: Ticket, role: Role, scene: Scene | None = None) -> dict[str, object]:
    """The facts of an event: how things stand now, how they stood, and what was given that is no free text."""
    facts: dict[str, object] = {
        "state": after.state.value,
        "holder": after.holder,
        "category": after.category,
        "urgent": after.urgent,
        "cycle": after.cycle,
        "role": role.value,
        **_known(
            {
                "lead": after.lead,
                "limit_s": int(after.limit.length.total_seconds()) if after.limit else None,
                "around_the_clock": after.limit.around_the_clock or None if after.limit else None,
            }
        ),
    }
    return facts if scene is None else {**facts, **_before(scene), **_known(_given(scene))}


def _before(scene: Scene) -> dict[str, object]:
    before = scene.ticket
    facts: dict[str, object] = {"from": before.state.value, "from_holder": before.holder}
    return {**facts, "from_lead": before.lead} if before.lead else facts


def _given(scene: Scene) -> Mapping[str, object | None]:
    given, resolution = scene.given, scene.resolution
    return {
        "reason": given.reason,
        "department": given.department,
        "assistants": ",".join(given.assistants) or None,
        "days": given.days,
        "until": _moment(given.until),
        "original": scene.original.no if scene.original else None,
        "unit": resolution.unit if resolution else given.unit,
        "grade": given.grade,
        "outcome": resolution.outcome if resolution else None,
        "due": _moment(resolution.due) if resolution else None,
        "photo": True if given.photo else None,
    }


def _known(facts: Mapping[str, object | None]) -> dict[str, object]:
    return {key: value for key, value in facts.items() if value is not None}


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None

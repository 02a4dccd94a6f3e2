"""Read what the log of a plan says of it, and tell where the plan as it is kept says something else.

The log names what a plan held when it began, every drawing since, and what was sent, approved and published. All of
it taken together is what the plan must be: its row, its grids, its assignment and its marks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.events import Event
from domain.plans.drafts import Change, Draft, change_from
from domain.plans.life import Plan, PlanState
from domain.said import Said, said

BECOMES: Mapping[str, PlanState] = {
    "drafted": PlanState.DRAFT, "sent": PlanState.IN_REVIEW, "sent_back": PlanState.DRAFT, "approved": PlanState.APPROVED,
    "published": PlanState.APPROVED, "in_force": PlanState.IN_FORCE, "retired": PlanState.RETIRED,
}  # fmt: skip
"""Where a plan is in its life after an event."""

SAVES = frozenset({"edited", "undone", "redone", "level_imported"}) | BECOMES.keys()
"""Events with which a plan's version grows; the first one makes it 1."""

Key = tuple[str, Any]


@dataclass(slots=True)
class PlanLog:
    """What a log says, event by event. ``first`` and ``last`` are what each part that was drawn on held before and holds
    now; ``began`` is the hash of the content at first, None where the log does not tell."""

    state: PlanState | None = None
    version: int = 0
    began: str | None = None
    frozen: str = ""
    made_by: int | None = None
    sent_by: int | None = None
    approved_by: int | None = None
    from_at: str | None = None
    first: dict[Key, Any] = field(default_factory=dict)
    last: dict[Key, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, story: Iterable[Event]) -> PlanLog:
        """The log of one plan, in order."""
        log = cls()
        for event in story:
            log._read(event)
        return log

    def _read(self, event: Event) -> None:
        facts = event.facts
        self.version += event.kind in SAVES
        self.state = BECOMES.get(event.kind, self.state)
        if event.kind == "drafted":
            self.began, self.made_by = _text(facts.get("content")), event.by
        elif event.kind == "sent":
            self.frozen, self.sent_by = _text(facts.get("content")) or "", event.by
        elif event.kind == "sent_back":
            self.frozen, self.sent_by, self.approved_by, self.from_at = "", None, None, None
        elif event.kind == "approved":
            self.approved_by = event.by
        elif event.kind == "published":
            self.from_at = _text(facts.get("from_at"))
        elif event.kind == "level_imported":
            self.began, self.frozen = None, ""  # what it holds came with a file since
        if isinstance(change := facts.get("change"), Mapping):
            for key, (old, new) in _parts(change_from(change)):
                self.first.setdefault(key, old)
                self.last[key] = new

    def back(self, draft: Draft) -> Draft:
        """The content before anything was drawn on it."""
        home, grids, marks = {}, {}, {}
        for key, old in self.first.items():
            pair = (self.last[key], old)
            match key:
                case ("home", unit):
                    home[unit] = pair
                case ("grids", code):
                    grids[code] = pair
                case (_, mark):
                    marks[mark] = pair
        return draft.after(Change(home, grids, marks))


def _parts(change: Change) -> Iterator[tuple[Key, tuple[Any, Any]]]:
    for kind in ("home", "grids", "marks"):
        for key, pair in getattr(change, kind).items():
            yield (kind, key), pair


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def disagreements(plan: Plan, draft: Draft, log: PlanLog) -> Iterator[Said]:
    """Everything in which a plan is not what its log says; a plan that came with the city has none of these words."""
    if log.state is None:
        return
    if plan.state is not log.state:
        yield said("Plan {name}: the row does not say what its last event says.", name=plan.name)
    if log.began is None:
        return
    if plan.version != log.version:
        yield said(
            "Plan {name}: its row was saved {version} times, its log tells of {moves} changes.",
            name=plan.name, version=plan.version - 1, moves=log.version - 1,
        )  # fmt: skip
    if _people(plan) != (log.made_by or None, log.sent_by or None, log.approved_by or None):
        yield said("Plan {name}: it was made, sent or approved by others than its log says.", name=plan.name)
    # The same moment, in whatever zone it was told.
    if plan.from_at != (datetime.fromisoformat(log.from_at) if log.from_at else None):
        yield said("Plan {name}: its day is not the one that was published.", name=plan.name)
    if plan.content_hash != log.frozen:
        yield said("Plan {name}: it names another content than the one that was sent.", name=plan.name)
    if draft.hash != log.frozen if log.frozen else log.back(draft).hash != log.began:
        yield said("Plan {name}: what it holds is not what was drawn.", name=plan.name)


def _people(plan: Plan) -> tuple[int | None, int | None, int | None]:
    """Who made, sent and approved a plan; at the console it is nobody's account."""
    return plan.made_by or None, plan.sent_by or None, plan.approved_by or None

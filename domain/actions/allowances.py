"""Propose allowances for a month that has ended, approve them, appeal, decide. Nothing is paid by this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from domain.frontline import records
from domain.frontline.allowances import (
    STEPS,
    Allowance,
    Formula,
    refusal_of_month,
    refusal_to_step,
    total,
    work_out,
)
from domain.frontline.rights import check_keeps, reads_unit
from domain.people import Person
from domain.rulebook import Rulebook
from domain.said import Refused, refuse_if, said
from domain.store import Store, Work

STEP = {step.name: step for step in STEPS}


def propose(
    store: Store, rules: Rulebook, formula: Formula, month: str, values: Mapping[tuple[str, int], Mapping[str, float | None]], *,
    by: Person, now: datetime,
) -> list[Allowance]:  # fmt: skip
    """Work out a month for heads – by grid and term – that have no proposal for it yet.

    Raises:
        Refused: when the month has not ended, or a grid is not this person's.
    """
    refuse_if(refusal_of_month(month, now.astimezone(rules.clock.zone).date()))
    with store.work() as work:
        work.records.alone(f"allowances {month}")
        known = {each.head for each in work.records.those(Allowance, month=month)}
        made = []
        for (grid, head), of_head in sorted(values.items()):
            check_keeps(by, Allowance.LIST, grid, rules.structure)
            if head in known:
                continue
            lines = work_out(formula, rules.structure.grids[grid].level, of_head)
            row = Allowance(
                grid=grid, head=head, month=month, formula=formula.version, fen=total(lines),
                lines=tuple((line.name, line.value, line.target, line.weight, line.fen) for line in lines),
            )  # fmt: skip
            made.append(records.add(work, row, "proposed", by=by, now=now))
        return made


def step(
    store: Store, rules: Rulebook, number: int, name: str, *, version: int, by: Person, now: datetime, words: str = "",
    fen: int | None = None,
) -> Allowance:  # fmt: skip
    """Approve a proposal, appeal against it, or decide an appeal; ``fen`` is what the decision makes of it.

    Raises:
        Stale: when somebody was quicker.
        Refused: when it is not this person's to do, or too late.
    """
    with store.work() as work:
        return _step(work, rules, number, name, version=version, by=by, now=now, words=words, fen=fen)


def approve_all(
    store: Store, rules: Rulebook, rows: Sequence[Allowance], *, by: Person, now: datetime
) -> list[Allowance]:  # fmt: skip
    """Approve proposals as they were looked at: all of them, or none.

    Raises:
        Stale: when somebody was quicker with one of them.
        Refused: when one is not this person's to approve.
    """
    with store.work() as work:
        return [_step(work, rules, row.id, "approve", version=row.version, by=by, now=now) for row in rows]


def _step(
    work: Work, rules: Rulebook, number: int, name: str, *, version: int, by: Person, now: datetime, words: str = "",
    fen: int | None = None,
) -> Allowance:  # fmt: skip
    row = records.locked(work, Allowance, number, version)
    if not reads_unit(by, Allowance.LIST, row.grid, rules.structure):
        raise Refused(said("{unit} is outside your area.", unit=rules.structure.name(row.grid)))
    done = STEP[name]
    refuse_if(refusal_to_step(row, done, by.role, by.area, now, words))
    fields: dict[str, Any] = {"state": done.to}
    if name == "approve":
        fields |= {"approved_at": now, "approved_by": by.id}
    if name == "decide":
        if fen is None or fen < 0:
            raise Refused(said("Please say what the allowance shall be."))
        fields |= {"decided_by": by.id, "fen": fen}
    return records.change(work, row, done.name, by=by, now=now, note=words, **fields)

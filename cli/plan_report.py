"""Say what a file made of a city's plan: the rows that cannot be used, the units without one, what is to be mended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from city.plan_files import PlanRead, refused_table
from city.tables import write_csv
from cli.check import as_value, show_findings
from cli.speaking import FINDINGS, show_json, tell, words
from domain.plans.assigning import RefusedRow
from domain.said import Said, said

SHOWN = 20
"""Refused rows and missing units told on the screen; all are in the file."""


def report_plan(file: Path, name: str, done: PlanRead, *, dry_run: bool, as_json: bool) -> None:
    """Everything that is to say, and the exit status with it."""
    refused = _refused_file(file, done) if done.refused or done.missing else None
    if as_json:
        show_json(_value(name, done, refused))
    else:
        _tell(file, name, done, refused, dry_run)
    if refused or done.findings:
        raise typer.Exit(FINDINGS)


def _tell(file: Path, name: str, done: PlanRead, refused: Path | None, dry_run: bool) -> None:
    say = words()
    for one in done.refused[:SHOWN]:
        typer.echo(say.of(sentence_of(file.name, one)), err=True)
    for unit in done.missing[:SHOWN]:
        typer.echo(say("{file}: unit {unit} is in no row.", file=file.name, unit=unit), err=True)
    if refused:
        tell(
            "{n} rows refused, {missing} units without a row; nothing was written.",
            n=len(done.refused), missing=len(done.missing),
        )  # fmt: skip
        tell("The refused rows with their reasons are in {file}.", file=refused)
        return
    show_findings(done.findings)
    tell(
        "{moved} units lie in another grid than in {base}, {new} grids are new, {gone} are gone.",
        moved=done.moved, base=done.base.plan.name, new=len(done.new), gone=len(done.gone),
    )  # fmt: skip
    if dry_run:
        tell("Nothing was written.")
    else:
        tell("The draft {plan} is ready.", plan=done.opened.plan.name if done.opened else name)
    if done.findings:
        tell("{n} problems keep it from being published; a draft is for mending them.", n=len(done.findings))


def sentence_of(file: str, one: RefusedRow) -> Said:
    """Where a row cannot be used, and why."""
    if one.row is None:
        return said("{file}: {why}.", file=file, why=one.why)
    return said(
        "{file}: row {row}: field {field}: {why}.", file=file, row=one.row, field=one.field, why=one.why
    )


def _refused_file(file: Path, done: PlanRead) -> Path:
    target = Path(f"{file.stem}.refused.csv")
    header, *rows = refused_table(done, words().of)
    write_csv(target, header, rows)
    return target


def _value(name: str, done: PlanRead, refused: Path | None) -> dict[str, Any]:
    say = words()
    return {
        "plan": name,
        "from": done.base.plan.name,
        "written": done.opened is not None,
        "refused": [
            {"file": done.file, "row": one.row, "field": one.field, "why": say.of(one.why)} for one in done.refused
        ],
        "missing": list(done.missing),
        "refused_file": str(refused) if refused else None,
        "moved": done.moved,
        "new": list(done.new),
        "gone": list(done.gone),
        "findings": [as_value(finding) for finding in done.findings],
    }  # fmt: skip

"""``redgrid check``: every finding of a plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from city.boundaries import check_plan
from city.plan_checks import check_opened
from city.plan_files import open_plan
from cli.speaking import FINDINGS, opened, show_json, spoken, stop, tell, words
from domain.findings import Finding, Severity, is_clean
from domain.said import said

MARK = {Severity.ERROR: "✕", Severity.WARNING: "▲", Severity.NOTE: "●"}


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    @spoken
    def check(
        plan: Annotated[str | None, typer.Option(help="The plan's name; else the plan in force.")] = None,
        as_json: Annotated[bool, typer.Option("--json", help="For a program to read.")] = False,
    ) -> None:
        """Check a plan: gaps, overlaps, invalid outlines, nesting, bands. Notes alone exit with 0."""
        with opened() as city:
            in_force = city.ground.plan
            if in_force is None:
                stop(said("There is no plan {name}.", name=plan or "–"))
            name = plan or in_force.name
            found = check_plan(city) if name == in_force.name else check_opened(city, open_plan(city, name))
        if as_json:
            show_json({"plan": name, "findings": [as_value(f) for f in found]})
        else:
            show_findings(found)
            tell("{n} findings.", n=len(found))
        if not is_clean(found):
            raise typer.Exit(FINDINGS)


def show_findings(found: Sequence[Finding]) -> None:
    """One line for each finding: how bad, what, where."""
    say = words()
    for finding in found:
        where = f"  ({finding.where.lng}, {finding.where.lat})" if finding.where else ""
        typer.echo(f"{MARK[finding.severity]} {say.of(finding.words)}{where}")


def as_value(finding: Finding) -> dict[str, Any]:
    """A finding for a program to read."""
    return {
        "check": finding.check,
        "severity": finding.severity.value,
        "words": words().of(finding.words),
        "grids": list(finding.grids),
        "where": [finding.where.lng, finding.where.lat] if finding.where else None,
    }

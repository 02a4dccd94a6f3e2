"""``redgrid compare``: what changes hands between two plans."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from city.access import note_access
from city.plan_comparison import FATE, Compared, as_value, compare_plans, comparison_bytes
from cli.export import write_whole
from cli.speaking import AT_THE_CONSOLE, opened, show_json, spoken, stop, tell, words
from domain.plans.foresight import CompoundMove, Flow
from domain.said import said

SHOWN = 20
"""Lines of each kind on the screen; the file and ``--json`` hold them all."""


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    @spoken
    def compare(
        one: Annotated[str, typer.Argument(help="A plan's name.")],
        other: Annotated[str, typer.Argument(help="The name of the plan it is compared with.")],
        as_json: Annotated[bool, typer.Option("--json", help="For a program to read.")] = False,
        out: Annotated[
            Path | None, typer.Option("-o", "--out", help="Write everything to this XLSX file.")
        ] = None,
    ) -> None:
        """Say what changes hands from one plan to another: grids, units, households, compounds. Exits with 0."""
        if out is not None and out.suffix.lower() != ".xlsx":
            stop(said("{file}: a comparison is written as {kinds}.", file=out.name, kinds="xlsx"))
        with opened() as city:
            done = compare_plans(city, one, other, by=AT_THE_CONSOLE)
            if out is not None:
                facts = {"plan": done.other.plan.id, "against": done.one.plan.id}
                note_access(city, "exported", by=None, what="comparison", **facts)
                write_whole(out, comparison_bytes(done, words()))
        if as_json:
            show_json(as_value(done))
        else:
            _tell(done)
            if out is not None:
                tell("Everything is in {file}.", file=out.name)


def _tell(done: Compared) -> None:
    say, found = words(), done.found
    one, other = done.one.plan.name, done.other.plan.name
    if found.is_empty:
        tell("{one} and {other} are the same.", one=one, other=other)
        return
    tell(
        "From {one} to {other}: {units} units with {households} households in {buildings} buildings change hands.",
        one=one, other=other, units=len(found.moved), households=found.households, buildings=found.buildings,
    )  # fmt: skip
    for fate, n in done.counts.items():
        typer.echo(f"{say.of(FATE[fate])}: {n}")
    _lines([_flow(done, flow) for flow in found.flows])
    _lines([_compound(done, move) for move in found.compounds])


def _lines(lines: list[str]) -> None:
    for line in lines[:SHOWN]:
        typer.echo(line)
    if len(lines) > SHOWN:
        tell("… and {n} more.", n=len(lines) - SHOWN)


def _flow(done: Compared, flow: Flow) -> str:
    return words()(
        "Level {level}: {source} → {target}: {units} units, {households} households.",
        level=int(flow.level), source=flow.source or "–", target=flow.target or "–", units=len(flow.units),
        households=flow.households,
    )  # fmt: skip


def _compound(done: Compared, move: CompoundMove) -> str:
    return words()(
        "Compound {compound}: {source} → {target}, {households} households.",
        compound=done.compounds.get(move.compound, move.compound), source=", ".join(move.before) or "–",
        target=", ".join(move.after) or "–", households=move.households,
    )  # fmt: skip

"""``redgrid simulate``: simulated people work in the demo city for some days, ahead of the real clock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

import typer

from city.sweeping import title_of
from cli.speaking import opened, show_json, spoken, tell, words
from demo.simulate import SEED, TICKETS_PER_DAY, simulate
from demo.simulated import Simulated
from domain.indicators import INDICATORS
from domain.moves import MOVE
from domain.said import Said, said
from domain.tickets import State


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("simulate")
    @spoken
    def simulate_days(
        days: Annotated[int, typer.Option(min=1, max=3_660, help="How many days to work ahead.")],
        seed: Annotated[int, typer.Option(help="Another seed, another stretch.")] = SEED,
        tickets_per_day: Annotated[
            float, typer.Option(min=0, max=500, help="Reports of an ordinary day.")
        ] = TICKETS_PER_DAY,
        as_json: Annotated[bool, typer.Option("--json", help="For a program to read.")] = False,
    ) -> None:
        """Work ahead in the demo city with simulated people: report, move, meet, rate, sweep. All of it is synthetic."""
        with opened() as city:
            done = simulate(city, days=days, seed=seed, tickets_per_day=tickets_per_day)
        if as_json:
            show_json(figures_of(done))
        else:
            _tell(done)


def figures_of(done: Simulated) -> dict[str, object]:
    """A simulated stretch for a program to read."""
    figures = done.figures
    return {
        "synthetic": True,
        "since": done.since.isoformat(),
        "until": done.until.isoformat(),
        "tickets": {
            "raised": done.raised,
            "open": done.open,
            **{s.value: done.states.get(s, 0) for s in (State.CLOSED, State.REJECTED, State.CANCELLED)},
        },
        "moves": dict(done.moves),
        "unused_moves": done.unused_moves,
        "sweeps": dict(done.sweeps),
        "unused_sweeps": done.unused_sweeps,
        "meetings": {
            "held": figures.held,
            "councils": done.council_meetings,
            "settled": figures.settled,
            "moved_up": figures.moved_up,
            "settled_above": figures.settled_above,
            "share_moved_up": done.share_moved_up,
            "share_settled_above": done.share_settled_above,
        },
        "indicators": {i.code: i.of(done.tally).value for i in INDICATORS},
        "refused": dict(done.refused),
    }


def _tell(done: Simulated) -> None:
    tell(
        "Simulated from {since} to {until}; everything in it is synthetic.",
        since=_day(done.since),
        until=_day(done.until),
    )
    tell(
        "Tickets: {raised} raised, {open} open, {closed} closed, {rejected} rejected, {cancelled} cancelled.",
        raised=done.raised,
        open=done.open,
        closed=done.states.get(State.CLOSED, 0),
        rejected=done.states.get(State.REJECTED, 0),
        cancelled=done.states.get(State.CANCELLED, 0),
    )
    _list(said("Moves"), ((MOVE[name].title, n) for name, n in done.moves.items()))
    _list(said("What the clock did"), ((title_of(kind), n) for kind, n in done.sweeps.items()))
    tell(
        "Joint meetings: {held} above the compounds and {councils} of compounds; {settled} matters settled, {moved_up} moved "
        "up, {settled_above} of them settled above.",
        held=done.figures.held,
        councils=done.council_meetings,
        settled=done.figures.settled,
        moved_up=done.figures.moved_up,
        settled_above=done.figures.settled_above,
    )
    _list(said("Indicators"), ((i.title, i.of(done.tally).shown()) for i in INDICATORS))
    _list(said("Refused"), done.refused.items())
    unused = [MOVE[name].title for name in done.unused_moves] + [title_of(k) for k in done.unused_sweeps]
    _list(said("Never happened"), ((title, 0) for title in unused))


def _list(heading: Said, lines: Iterable[tuple[Said | str, object]]) -> None:
    shown = [f"  {words().of(what) if isinstance(what, Said) else what}: {value}" for what, value in lines]
    typer.echo("\n".join([f"{words().of(heading)}:", *(shown or [f"  {words()('none')}"])]))


def _day(at: datetime) -> str:
    return at.date().isoformat()

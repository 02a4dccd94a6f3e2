"""What ``propose`` and ``repair`` share: options read, progress shown, figures before and after."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import Progress

from city.proposing import Outcome
from cli.speaking import FINDINGS, show_json, stop, tell, words
from domain.grids import Level
from domain.plans.bands import BANDS
from domain.plans.proposals import Band, Impossible, LevelFigures, Proposal
from domain.said import Said, said


def bands_from(given: Iterable[str]) -> dict[Level, Band]:
    """``3=200-400``: the city's bands with those given."""
    found = dict(BANDS)
    for text in given:
        level, value = _level(text)
        least, dash, most = value.partition("-")
        if not (dash and least.strip().isdecimal() and most.strip().isdecimal()):
            stop(said("{text} is no band such as 3=200-400.", text=text[:40]))
        found[level] = (int(least), int(most))
    return found


def counts_from(given: Iterable[str]) -> dict[Level, int]:
    """``2=105``: the number of grids of a level."""
    found = {}
    for text in given:
        level, value = _level(text)
        try:
            found[level] = int(value)
        except ValueError:
            stop(said("{text} is no number of grids such as 2=105.", text=text[:40]))
    return found


def prices_from(given: Iterable[str]) -> dict[str, float]:
    """``road=0.5``: the price of a kind of ground."""
    found = {}
    for text in given:
        kind, _, value = text.partition("=")
        try:
            found[kind.strip()] = float(value)
        except ValueError:
            stop(said("{text} is no price such as road=0.5.", text=text[:40]))
    return found


def levels_from(given: Iterable[int]) -> frozenset[Level]:
    """Levels by their number."""
    return frozenset(_level(f"{number}=")[0] for number in given)


def _level(text: str) -> tuple[Level, str]:
    number, _, value = text.partition("=")
    try:
        return Level(int(number)), value.strip()
    except ValueError:
        stop(said("{text} names no level; levels are 1, 2 and 3.", text=text[:40]))


@contextmanager
def shown_progress() -> Iterator[Callable[[float, Said], None]]:
    """A bar on standard error while somebody watches; nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda share, stage: None
        return
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda share, stage: bar.update(task, completed=share, description=words().of(stage))


def report_outcome(name: str, done: Outcome, *, as_json: bool) -> None:
    """The figures, or the proof that there is none; and the exit status with it."""
    if isinstance(done.found, Impossible):
        if as_json:
            show_json(_impossible(done.found))
        else:
            _tell_impossible(done.found)
        raise typer.Exit(FINDINGS)
    if as_json:
        notes = [words().of(note) for note in done.found.notes]
        show_json({"plan": name.strip(), "possible": True, **done.found.as_value(), "notes": notes})
    else:
        _tell_figures(name.strip(), done.found)


def _impossible(found: Impossible) -> Mapping[str, object]:
    because = [words().of(why) for why in found.because]
    return {"possible": False, "proved": found.proved, "because": because, "grids": list(found.blame)}


def _tell_impossible(found: Impossible) -> None:
    say = words()
    for why in found.because:
        typer.echo(say.of(why), err=True)
    if found.proved:
        typer.echo(say("There is no such division; nothing was written."), err=True)
    else:
        typer.echo(say("No such division was found; nothing was written."), err=True)


def _tell_figures(name: str, found: Proposal) -> None:
    for level, after in found.after.levels.items():
        before = found.before.levels[level]
        tell(
            "Level {level}: {grids} grids, {in_band} in their band, {least}–{most} households, compactness {pp}; before: {before}.",
            level=int(level), grids=after.grids, in_band=_share(after), least=after.smallest, most=after.largest,
            pp=round(after.compactness, 3),
            before=f"{before.grids}, {_share(before)}, {before.smallest}–{before.largest}, {round(before.compactness, 3)}",
        )  # fmt: skip
        if after.broken:
            tell("Level {level}: {n} grids lie in pieces or have a hole.", level=int(level), n=after.broken)
    for level, moved in found.moved.items():
        if moved:
            tell("Level {level}: {n} households change hands.", level=int(level), n=moved)
    for note in found.notes:
        typer.echo(f"● {words().of(note)}")
    if found.proved:
        tell(
            "Proved: with communities, streets and parks shared out as here, no grouping of whole compounds has more compound grids in their band."
        )
    tell("The draft {plan} is ready.", plan=name)


def _share(figures: LevelFigures) -> str:
    return "–" if figures.in_band is None else str(figures.in_band)

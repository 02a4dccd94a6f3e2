"""Proposals beside peers on the same units: the demo city divided by Red Grid and by general tools for the same task.

Level 2: the whole compounds of each community and the ground between them, into as many grids as the plan in force has
there. Level 3: the units of each of its compound grids, likewise. Peers live in an environment of their own
(``requirements-bench.lock``) and run as a process of their own (``peer_process.py``); without it their rows say so.
"""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from math import cos, radians
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean

import shapely

from benchmarks.peer_process import PEERS
from benchmarks.table import PeerRow
from city.settings import HOME
from demo.boundaries import read_boundaries
from domain.grids import Level
from domain.plans.bands import BANDS
from domain.plans.drafts import Draft
from domain.plans.proposals import Proposal, Wishes
from domain.plans.units import Units
from domain.said import Said
from gis.solver.proposing import propose
from gis.units import build_units

PYTHON = HOME / ".venv" / "peers" / "bin" / "python"
SECONDS = 60
"""A peer that takes more processor time for both levels is stopped."""

AGAIN = 4
"""Every fourth parent is divided once more, in another process, with the same seed."""

SEED = 1
DEGREE = 111_320
"""Metres of a degree of latitude."""

Ground = frozenset[str]


@dataclass(frozen=True)
class Question:
    """Divide the ground of one parent into so many parts; the units of a node stay together."""

    level: Level
    parent: str
    parts: int
    nodes: tuple[Ground, ...]

    def grounds(self, labels: Sequence[int]) -> list[Ground]:
        """The ground of each part, by the part's number for each node."""
        found: dict[int, set[str]] = {}
        for node, label in zip(self.nodes, labels, strict=True):
            found.setdefault(label, set()).update(node)
        return [frozenset(units) for units in found.values()]

    def as_value(self, units: Units) -> dict[str, object]:
        """As a peer reads it."""
        owner = {unit: number for number, node in enumerate(self.nodes) for unit in sorted(node)}
        edges: defaultdict[tuple[int, int], float] = defaultdict(float)
        for unit, number in owner.items():
            for near, border in units.borders[unit].items():
                if near in owner and number < owner[near]:
                    edges[number, owner[near]] += border.metres
        weights = [units.households(node) for node in self.nodes]
        return {
            "weights": weights,
            "at": _places(units, self.nodes),
            "edges": [[one, other, metres] for (one, other), metres in sorted(edges.items())],
            "parts": self.parts,
            "band": BANDS[self.level],
            "targets": targets(weights, self.parts, BANDS[self.level]),
            "seed": SEED,
        }


@dataclass(frozen=True, slots=True)
class Measured:
    """Grids of one level: how many, how many of them in the band, in one piece, without a hole; mean Polsby–Popper."""

    grids: int
    in_band: int
    in_one_piece: int
    without_hole: int
    compactness: float


@dataclass
class Answers:
    """What came back from a peer, by the number of the question. ``trouble`` says why not all did."""

    version: str = ""
    labels: dict[int, list[int]] = field(default_factory=dict)
    seconds: dict[int, float] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)
    trouble: str = ""


def measured(units: Units, grounds: Iterable[Ground], band: tuple[int, int]) -> Measured:
    """What the rows say of a division."""
    all_of = list(grounds)
    forms = [units.form(ground) for ground in all_of]
    return Measured(
        len(all_of),
        sum(band[0] <= units.households(ground) <= band[1] for ground in all_of),
        sum(form.pieces == 1 for form in forms),
        sum(form.holes == 0 for form in forms),
        sum(units.compactness(ground) for ground in all_of) / max(1, len(all_of)),
    )


def targets(weights: Sequence[int], parts: int, band: tuple[int, int]) -> list[float]:
    """The weight each part should have so that as many as can be reach the band: equal ones where all can.

    Elsewhere the parts that cannot get the smallest node each.
    """
    total = sum(weights)
    enough = min(parts, total // band[0])
    if enough in (0, parts):
        return [total / parts] * parts
    least = min(weight for weight in weights if weight)
    rest = parts - enough
    return [(total - rest * least) / enough] * enough + [float(least)] * rest


def questions(units: Units, draft: Draft) -> list[Question]:
    """Level 2 for each community, then level 3 for each compound grid, as many parts as the draft has there."""
    found = []
    for level in (Level.COMPOUND, Level.BUILDING):
        parents = sorted({g.parent for g in draft.grids.values() if g.level is level and g.parent})
        for parent in parents:
            ground = draft.units_of(parent)
            nodes = _compounds(units, ground) if level is Level.COMPOUND else map(_alone, sorted(ground))
            found.append(Question(level, parent, len(draft.children[parent]), tuple(nodes)))
    return found


def ask(peer: str, asked: Sequence[Mapping[str, object]]) -> Answers:
    """A peer's answers; what it has answered when its time is up counts."""
    if not PYTHON.exists():
        return Answers(trouble="not installed")
    done = subprocess.run(
        [PYTHON, "-I", Path(__file__).with_name("peer_process.py"), peer, str(SECONDS)],
        input=json.dumps(asked), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8",
    )  # fmt: skip
    found = Answers()
    for line in done.stdout.splitlines(keepends=True):
        if line.endswith("\n"):
            _note(found, json.loads(line))
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        found.trouble = f"stopped after {SECONDS} s"
    elif done.returncode:
        found.trouble = f"ended with status {done.returncode}"
    elif not found.version:
        found.trouble = "not installed"
    return found


def measure() -> list[PeerRow]:
    """All rows: level by level the plan in force, ours, each peer."""
    units, draft = _demo()
    every = questions(units, draft)
    asked = [question.as_value(units) for question in every]
    rows = [*_status_quo(units, draft), *_ours(units, draft), *_ours_by_parent(units, draft, every)]
    for peer in PEERS:
        found = ask(peer, asked)
        again = ask(peer, asked[::AGAIN]) if found.labels else found
        rows += [_peer_row(peer, units, every, found, again, level) for level in BANDS]
    return sorted(rows, key=lambda row: row.level)


def _demo() -> tuple[Units, Draft]:
    city = read_boundaries(HOME / "data" / "boundaries")
    ground = build_units(
        (u["unit"], u["kind"], u["compound"], u["building"], u["households"], shapely.to_wkb(u["shape"]))
        for u in city.units
    )
    return ground.units, Draft({g.code: replace(g, households=0) for g in city.grids}, city.home_of)


def _compounds(units: Units, ground: Ground) -> Iterable[Ground]:
    """The compounds of a ground, and what lies between them unit by unit."""
    inside = {units[unit].compound for unit in ground}
    yield from (units.by_compound[compound] for compound in sorted(c for c in inside if c))
    yield from (_alone(unit) for unit in sorted(ground) if not units[unit].compound)


def _alone(unit: str) -> Ground:
    return frozenset((unit,))


def _places(units: Units, nodes: Sequence[Ground]) -> list[tuple[float, float]]:
    """The middle of each node in metres, all with the same length of a degree: else the picture would be sheared."""
    lng = [fmean(units[unit].at.lng for unit in sorted(node)) for node in nodes]
    lat = [fmean(units[unit].at.lat for unit in sorted(node)) for node in nodes]
    across = DEGREE * cos(radians(fmean(lat)))
    return [(x * across, y * DEGREE) for x, y in zip(lng, lat, strict=True)]


def _note(found: Answers, line: Mapping[str, object]) -> None:
    """One line of a peer."""
    match line:
        case {"version": str(version)}:
            found.version = version
        case {"question": int(number), "labels": list(labels), "seconds": float(seconds)}:
            found.labels[number], found.seconds[number] = labels, seconds
        case {"question": int(number), "why": str(why), "seconds": float(seconds)}:
            found.failed[number], found.seconds[number] = why, seconds


def _status_quo(units: Units, draft: Draft) -> list[PeerRow]:
    return [
        _row(level, "the plan in force (status quo)", measured(units, _grounds(draft, level), band))
        for level, band in BANDS.items()
    ]


def _ours(units: Units, draft: Draft) -> list[PeerRow]:
    """Both levels of the whole city in one go; the second time in a process of its own."""
    seconds, found = _proposed(units, draft)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other:
        _, again = other.submit(_proposed, units, draft).result()
    same = "yes" if found.hash == again.hash else "**no**"
    return [
        _row(level, "Red Grid, the whole city", measured(units, _grounds(found, level), band), seconds[level], same)
        for level, band in BANDS.items()
    ]  # fmt: skip


def _ours_by_parent(units: Units, draft: Draft, every: Sequence[Question]) -> list[PeerRow]:
    """The peers' own questions: one parent after another."""
    rows = []
    for level, band in BANDS.items():
        took, grounds = 0.0, []
        for question in every:
            if question.level is level:
                seconds, found = _proposed(units, draft, question.parent)
                took += seconds[level]
                grounds += [found.units_of(code) for code in found.children[question.parent]]
        rows.append(_row(level, "Red Grid, parent by parent", measured(units, grounds, band), took))
    return rows


def _proposed(units: Units, draft: Draft, within: str | None = None) -> tuple[dict[Level, float], Draft]:
    """A proposal and how long each level took, told apart by what the progress says."""
    begun: dict[str, float] = {}

    def progress(_share: float, stage: Said) -> None:
        begun.setdefault(stage.text, time.process_time())

    start = time.process_time()
    found = propose(units, draft, Wishes(within, seed=SEED), progress=progress)
    assert isinstance(found, Proposal), found.because
    *first, below, end = begun.values()
    return {Level.COMPOUND: below - start, Level.BUILDING: end - (below if first else start)}, found.draft


def _grounds(draft: Draft, level: Level) -> list[Ground]:
    return [draft.units_of(code) for code, grid in sorted(draft.grids.items()) if grid.level is level]


def _peer_row(
    peer: str, units: Units, every: Sequence[Question], found: Answers, again: Answers, level: Level
) -> PeerRow:
    numbers = [n for n, question in enumerate(every) if question.level is level]
    who = f"{peer} {found.version}".strip()
    answered = [n for n in numbers if n in found.labels]
    failed = sorted({found.failed[n] for n in numbers if n in found.failed})
    why = ", ".join(filter(None, (found.trouble, *failed)))
    if not answered:
        return _row(level, f"{who}: {why or 'no answer'}")
    if len(answered) < len(numbers):
        who += f" ({len(numbers) - len(answered)} of {len(numbers)} parents without an answer: {why})"
    grounds = [ground for n in answered for ground in every[n].grounds(found.labels[n])]
    repeated = [n for n in answered if n % AGAIN == 0 and n // AGAIN in again.labels]
    same = all(found.labels[n] == again.labels[n // AGAIN] for n in repeated)
    return _row(
        level, who, measured(units, grounds, BANDS[level]), sum(found.seconds.get(n, 0.0) for n in numbers),
        "–" if not repeated else "yes" if same else "**no**",
    )  # fmt: skip


def _row(
    level: Level, who: str, what: Measured | None = None, seconds: float | None = None, same: str = "–"
) -> PeerRow:
    if what is None:
        return PeerRow(int(level), who, "–", "–", "–", "–", "–", "–", "–")
    return PeerRow(
        int(level),
        who,
        f"{what.grids}",
        f"{what.in_band} ({_share(what.in_band, what)})",
        _share(what.in_one_piece, what),
        _share(what.without_hole, what),
        f"{what.compactness:.3f}",
        "–" if seconds is None else f"{seconds:.1f}",
        same,
    )


def _share(part: int, what: Measured) -> str:
    return (
        f"{100 * part / what.grids:.0f} %" if part in (0, what.grids) else f"{100 * part / what.grids:.1f} %"
    )

"""Divide graphs of units with one of the peers: run by ``benchmarks.peers`` in an environment of the peers' own.

Questions come as JSON on the standard input; every answer leaves as one line of JSON as soon as it is found, so that
what is done is not lost when the time is up. Nothing of the project is imported here. Weights are households, lengths
metres of shared border.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from random import Random
from typing import Any

Question = dict[str, Any]
"""``weights`` and ``at`` of each node, ``edges`` as [one, other, metres], ``parts``, ``band``, ``targets``, ``seed``."""

Answer = list[int]
"""The number of the part of each node."""

TOLERANCES = (0.1, 0.2, 0.3, 0.45, 0.6, 0.75, 0.9)
"""How far a part may lie from the mean, tried one after another where the band itself says nothing."""

TRIES, ATTEMPTS = 2, 40
"""How often a tolerance is tried, and with how many trees each cut."""

BURSTS, STEPS = 10, 10


class NoAnswer(Exception):
    """The peer found no division."""


def pymetis_parts(question: Question) -> Answer:
    """k-way METIS, contiguous, the best of ten cuts; an edge weighs what it is long, each part is told its target.

    A part may be 10 % too heavy where the band leaves room for it, else the usual 3 %.
    """
    import pymetis

    near: list[dict[int, int]] = [{} for _ in question["weights"]]
    for one, other, metres in question["edges"]:
        near[one][other] = near[other][one] = max(1, round(metres))
    starts = [0]
    for found in near:
        starts.append(starts[-1] + len(found))
    total = sum(question["targets"])
    room = 100 if min(question["targets"]) >= question["band"][0] else 30
    _, labels = pymetis.part_graph(
        question["parts"],
        pymetis.CSRAdjacency(starts, [other for found in near for other in found]),
        vweights=question["weights"],
        eweights=[metres for found in near for metres in found.values()],
        tpwgts=[target / total for target in question["targets"]],
        recursive=False,
        options=pymetis.Options(contig=1, ncuts=10, niter=50, ufactor=room, seed=question["seed"]),
    )
    return list(labels)


def spopt_parts(question: Question) -> Answer:
    """Max-p: as many regions as reach the least of the band, near in space. How many there are is its own choice.

    Eight constructions and one annealing of each: with its defaults (99 and 10) it would take half an hour.
    """
    import geopandas as gpd
    import numpy as np
    from libpysal.weights import W
    from spopt.region import MaxPHeuristic

    if sum(question["weights"]) < 2 * question["band"][0]:
        return [0] * len(question["weights"])
    frame = gpd.GeoDataFrame(
        {
            "households": question["weights"],
            "x": [x for x, _ in question["at"]],
            "y": [y for _, y in question["at"]],
        },
        geometry=gpd.points_from_xy(*zip(*question["at"], strict=True)),
    )
    near: dict[int, list[int]] = {node: [] for node in range(len(frame))}
    for one, other, _ in question["edges"]:
        near[one].append(other)
        near[other].append(one)
    np.random.seed(question["seed"])
    model = MaxPHeuristic(
        frame, W(near, silence_warnings=True), ["x", "y"], "households", question["band"][0],
        max_iterations_construction=8, max_iterations_sa=1,
    )  # fmt: skip
    model.solve()
    if model.labels_ is None:
        raise NoAnswer
    return [int(label) for label in model.labels_]


def gerrychain_parts(question: Question) -> Answer:
    """Recursive tree partition within the smallest tolerance that it reaches, the band's own first."""
    _, _, labels = _tree_parts(question, Random(question["seed"]))
    return labels


def recom_parts(question: Question) -> Answer:
    """The same, then short bursts of ReCom: as many parts in the band as can be, then few cut edges."""
    from gerrychain import Partition
    from gerrychain.constraints import within_percent_of_ideal_population
    from gerrychain.optimization import SingleMetricOptimizer
    from gerrychain.proposals import recom
    from gerrychain.tree import PopulationBalanceError, bipartition_tree
    from gerrychain.updaters import Tally, cut_edges

    random = Random(question["seed"])
    graph, tolerance, labels = _tree_parts(question, random)
    if question["parts"] == 1:
        return labels
    least, most = question["band"]
    ideal = sum(question["weights"]) / question["parts"]
    tolerance = max(tolerance, (most - ideal) / ideal)
    start = Partition(
        graph,
        dict(enumerate(labels)),
        {"population": Tally("households", alias="population"), "cut_edges": cut_edges},
    )

    def worth(partition: Any) -> float:
        inside = sum(least <= households <= most for households in partition["population"].values())
        return inside - len(partition["cut_edges"]) / (1 + len(graph.edges))

    proposal = partial(
        recom, pop_col="households", pop_target=ideal, epsilon=tolerance,
        bipartition_tree_fn=partial(bipartition_tree, max_attempts=ATTEMPTS, allow_pair_reselection=True),
    )  # fmt: skip
    optimizer = SingleMetricOptimizer(
        proposal, within_percent_of_ideal_population(start, tolerance), start, worth, maximize=True, rng=random
    )  # fmt: skip
    with suppress(PopulationBalanceError):  # no pair can be cut any more: the best so far stands
        for _ in optimizer.short_bursts(STEPS, BURSTS):
            pass
    best = optimizer.best_part
    return [int(best.assignment[node]) for node in range(len(labels))]


def _tree_parts(question: Question, random: Random) -> tuple[Any, float, Answer]:
    """The graph, the tolerance that was reached and the parts."""
    import networkx as nx
    from gerrychain import Graph
    from gerrychain.partition import recursive_tree_part
    from gerrychain.tree import PopulationBalanceError, bipartition_tree

    plain: Any = nx.Graph()
    plain.add_nodes_from((node, {"households": n}) for node, n in enumerate(question["weights"]))
    plain.add_edges_from((one, other) for one, other, _ in question["edges"])
    graph, parts = Graph.from_networkx(plain), question["parts"]
    if parts == 1:
        return graph, 0.0, [0] * len(question["weights"])
    ideal = sum(question["weights"]) / parts
    inside = min(ideal - question["band"][0], question["band"][1] - ideal) / ideal
    for tolerance in (inside, *TOLERANCES) if inside > 0 else TOLERANCES:
        for _ in range(TRIES):
            try:
                found = recursive_tree_part(
                    graph, range(parts), ideal, "households", tolerance,
                    bipartition_tree_fn=partial(bipartition_tree, max_attempts=ATTEMPTS), rng=random,
                )  # fmt: skip
            except (PopulationBalanceError, RuntimeError):
                continue
            return graph, tolerance, [int(found[node]) for node in range(len(question["weights"]))]
    raise NoAnswer


FIRST: Question = {
    "weights": [100] * 4, "at": [[0, 0], [9, 0], [9, 9], [0, 9]], "edges": [[0, 1, 9], [1, 2, 9], [2, 3, 9], [0, 3, 9]],
    "parts": 2, "band": [150, 250], "targets": [200, 200], "seed": 0,
}  # fmt: skip
"""A question that every peer can answer."""

PEERS: dict[str, tuple[str, Callable[[Question], Answer]]] = {
    "gerrychain": ("gerrychain", gerrychain_parts),
    "gerrychain, ReCom": ("gerrychain", recom_parts),
    "spopt MaxP": ("spopt", spopt_parts),
    "pymetis": ("pymetis", pymetis_parts),
}
"""By name: the package, and how it divides."""


def main() -> None:
    """Answer all questions with the peer that is named, within so many processor seconds; first say its version."""
    (package, divide), limit = PEERS[sys.argv[1]], int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
    warnings.simplefilter("ignore")
    try:
        __import__(package)
        print(json.dumps({"version": version(package)}), flush=True)
    except (ImportError, PackageNotFoundError):
        return
    questions = json.load(sys.stdin)
    with suppress(Exception):  # what is loaded at the first use shall not count
        divide(FIRST)
    for number, question in enumerate(questions):
        begun = time.process_time()
        try:
            labels, why = divide(question), None
        except Exception as error:  # whatever a peer stumbles over is its answer
            labels, why = None, type(error).__name__
        took = time.process_time() - begun
        print(json.dumps({"question": number, "labels": labels, "why": why, "seconds": took}), flush=True)


if __name__ == "__main__":
    main()

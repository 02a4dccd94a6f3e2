"""Group whole compounds into level-2 grids, with an exact solver."""

from __future__ import annotations

from collections.abc import Sequence

from demo.compounds import Compound
from demo.lots import Lot
from gis.solver.districting import Group, Partition, best_partition, connected_groups

LEVEL2 = 105
BAND2, BAND3 = (1_000, 1_500), (200, 400)
TOUCH = 400
"""Two lots are neighbours when they share at least 40 m of street."""


def group_compounds(compounds: Sequence[Compound]) -> Partition:
    """Level 2: 105 connected groups of whole compounds, as many in the band as the solver finds."""
    households = [c.households for c in compounds]
    candidates: set[Group] = set()
    for community in sorted({c.lot.community for c in compounds}):
        here = [i for i, c in enumerate(compounds) if c.lot.community == community]
        near = {i: {j for j in here if j != i and touch(compounds[i].lot, compounds[j].lot)} for i in here}
        candidates |= connected_groups(near, households, BAND2[1])
    return best_partition(sorted(candidates, key=sorted), households, LEVEL2, BAND2)


def touch(one: Lot, other: Lot) -> bool:
    """Do two lots share enough street to count as neighbours?"""
    return one.rect.contact(other.rect) >= TOUCH

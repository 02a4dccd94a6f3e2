"""Name the queues of what does not go its ordinary way, and who answers for each: nothing waits unowned.

============== ==================================================== =========================================
queue          what lies there                                      who answers for it
============== ==================================================== =========================================
no_grid        a point that no grid covers                          the city office
shared_edge    a point on the border of two grids                   the community of the grid that got it
no_head        the smallest grid has no head                        the nearest unit above that has one
no_people      nobody works in the department that should lead      the city office
============== ==================================================== =========================================
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from domain.grids import CITY, Located, Structure


class Queue(StrEnum):
    """Why a ticket needs somebody's eye."""

    NO_GRID = "no_grid"
    SHARED_EDGE = "shared_edge"
    NO_HEAD = "no_head"
    NO_PEOPLE = "no_people"


OWNER: Mapping[Queue, Callable[[str, Located], str]] = {
    Queue.NO_GRID: lambda _holder, _located: CITY,
    Queue.SHARED_EDGE: lambda holder, located: located.level1 or holder,
    Queue.NO_HEAD: lambda holder, _located: holder,
    Queue.NO_PEOPLE: lambda _holder, _located: CITY,
}


def owner(queue: Queue, holder: str, located: Located) -> str:
    """The code of the unit that answers for a ticket in this queue."""
    return OWNER[queue](holder, located)


def first_holder(
    located: Located, structure: Structure, headed: Callable[[str], bool], on_edge: bool
) -> tuple[str, Queue | None]:
    """Who holds a new ticket, and the queue it lies in where it does not go its ordinary way.

    The smallest covering grid holds it, else the nearest unit above that has a head; a street and the city office
    are always staffed. A place in doubt goes before a missing head: that one is made up for already.
    """
    if located.grid is None:
        return CITY, Queue.NO_GRID
    chain = structure.chain(located.grid)
    holder = next((code for code in chain if code not in structure.grids or headed(code)), CITY)
    if on_edge:
        return holder, Queue.SHARED_EDGE
    return holder, None if holder == located.grid else Queue.NO_HEAD

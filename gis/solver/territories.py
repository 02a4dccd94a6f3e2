"""Give every piece of ground that nobody lives on to a neighbour: each compound gets its territory.

Streets, parks and schools belong to no compound, but every grid must hang together and have no hole. So each compound
is first surrounded by what lies beside it; then whole territories are grouped.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from heapq import heappop, heappush

from gis.solver.board import Board

NOBODY = -1
"""The owner of a piece that is not given away yet."""


def territories(board: Board, seeds: Sequence[Sequence[int]]) -> list[list[int]]:
    """The pieces of the board shared out among the seeds, each of which keeps its own and hangs together.

    A piece goes to the neighbour it shares most of its border with, and where it can be helped no territory gets a
    hole. What no seed can be reached from belongs to none.
    """
    owner = [NOBODY] * len(board)
    for number, pieces in enumerate(seeds):
        for piece in pieces:
            owner[piece] = number
    for number in range(len(seeds)):
        _connect(board, owner, number)
    _share_out(board, owner)
    found: list[list[int]] = [[] for _ in seeds]
    for piece, number in enumerate(owner):
        if number != NOBODY:
            found[number].append(piece)
    return found


def _connect(board: Board, owner: list[int], number: int) -> None:
    """Join a seed that lies in several pieces along the shortest ways over ground that is nobody's."""
    while True:
        mine = {p for p, o in enumerate(owner) if o == number}
        if not mine or board.hangs_together(mine):
            return
        way = _way_out(board, owner, _reached(board, min(mine), mine), mine)
        if not way:
            return
        for piece in way:
            owner[piece] = number


def _reached(board: Board, start: int, within: set[int]) -> set[int]:
    seen, frontier = {start}, [start]
    while frontier:
        fresh = (board.links[frontier.pop()] & within) - seen
        seen |= fresh
        frontier.extend(fresh)
    return seen


def _way_out(board: Board, owner: list[int], start: set[int], mine: set[int]) -> list[int]:
    """The pieces on the shortest way from a part of a seed to the rest of it."""
    came: dict[int, int | None] = dict.fromkeys(sorted(start))
    frontier = deque(sorted(start))
    while frontier:
        piece = frontier.popleft()
        for other in board.order[piece]:
            if other in came:
                continue
            if other in mine:
                return _walked(came, piece, start)
            if owner[other] == NOBODY:
                came[other] = piece
                frontier.append(other)
    return []


def _walked(came: dict[int, int | None], piece: int, start: set[int]) -> list[int]:
    way: list[int] = []
    at: int | None = piece
    while at is not None and at not in start:
        way.append(at)
        at = came[at]
    return way


def _share_out(board: Board, owner: list[int]) -> None:
    """The best fitting piece first; a piece that would close a ring waits for the others around it."""
    queue: list[tuple[float, int, int]] = []

    def offer(piece: int) -> None:
        shared: dict[int, float] = {}
        for other, near in board.near[piece].items():
            if owner[other] != NOBODY and near.open:
                shared[owner[other]] = shared.get(owner[other], 0.0) + near.metres
        for number, metres in shared.items():
            heappush(queue, (-metres / board.border[piece], piece, number))

    for piece in range(len(board)):
        if owner[piece] == NOBODY:
            offer(piece)
    waiting: list[tuple[float, int, int]] = []
    while queue or waiting:
        if not queue:
            # Nothing fits without a hole: take the best as it is, the solver's last step mends what it can.
            piece, number = min(waiting)[1:]
            waiting = [w for w in waiting if w[1] != piece]
            owner[piece] = number
            _ask_again(board, owner, piece, offer)
            continue
        entry = heappop(queue)
        _, piece, number = entry
        if owner[piece] != NOBODY:
            continue
        if not board.joins_well(piece, owner, number):
            waiting.append(entry)
            continue
        owner[piece] = number
        waiting = [w for w in waiting if w[1] != piece]
        _ask_again(board, owner, piece, offer)


def _ask_again(board: Board, owner: list[int], piece: int, offer: Callable[[int], None]) -> None:
    for other in board.near[piece]:
        if owner[other] == NOBODY:
            offer(other)

"""Say where the heads of grids go when a plan comes into force: whose term moves, whose ends, what is left without a head.

A plan says itself where a head goes (its ``posts``, by :attr:`HeadTerm.key`). A head of whom it says nothing stays on
a grid that stays, and follows a grid that goes where exactly one grid came from it. Terms are never rewritten: one
ends, the next begins – also where only a number was corrected, and what the plan said of that person holds on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from domain.grids import Grid, Structure
from domain.plans.drafts import Draft
from domain.said import Said, said


@dataclass(frozen=True, slots=True)
class HeadTerm:
    """A head's running term on a grid; ``person`` tells apart who is who, also where two have one name.

    ``first`` is the number of the first of this person's terms that this one continues; None: it is the first itself.
    """

    id: int
    grid: str
    name: str
    person: str
    first: int | None = None

    @property
    def key(self) -> str:
        """How plans name this head: the same in every term that continues another."""
        return str(self.first or self.id)


def person_of(name: str, work_phone: str, term: int) -> str:
    """Who a head is: the same name with the same number is the same person; without a number nobody else is."""
    return f"{name}|{work_phone}" if work_phone else f"#{term}"


def heads_after(draft: Draft, heads: Iterable[HeadTerm]) -> dict[int, str | None]:
    """The grid of each running term once the plan is in force; None where the term ends.

    What the plan says itself goes first, then who stays, then who follows a grid: nobody is put beside another.
    """
    terms, posts = list(heads), draft.mark("posts")
    found: dict[int, str | None] = {}
    for term in terms:
        if (said_of := posts.get(term.key)) is not None:
            found[term.id] = said_of if said_of in draft.grids else None
        elif term.grid in draft.grids:
            found[term.id] = term.grid
    taken = {grid for grid in found.values() if grid}
    onward = successors(draft)
    for term in terms:
        if term.id not in found:
            follows = onward.get(term.grid, ())
            found[term.id] = follows[0] if len(follows) == 1 and follows[0] not in taken else None
            taken |= {grid for grid in (found[term.id],) if grid}
    return found


def successors(draft: Draft) -> dict[str, tuple[str, ...]]:
    """For each code that is gone, the codes that came from it by the plan's own lineage."""
    found: dict[str, tuple[str, ...]] = {}
    for new, olds in sorted(draft.mark("lineage").items()):
        for old in olds if new in draft.grids else ():
            if old not in draft.grids:
                found[old] = (*found.get(old, ()), new)
    return found


def head_problems(before: Structure, draft: Draft, heads: Iterable[HeadTerm]) -> list[Said]:
    """What stands in the way of publishing: a head left without a grid, one with two, a grid with two heads.

    Who headed two grids before may go on to. A term that the plan ends itself is no problem.
    """
    terms = list(heads)
    after = heads_after(draft, terms)
    posts = draft.mark("posts")
    return [
        *_left_out(before, terms, after, posts),
        *_with_two(before, draft, terms, after),
        *_beside_another(draft, terms, after),
        *_nowhere(terms, draft),
    ]


def vacancies(before: Structure, draft: Draft, heads: Iterable[HeadTerm]) -> tuple[Grid, ...]:
    """The grids without a head once the plan is in force that are new, or had one before: to be confirmed.

    None in a city that keeps no list of heads.
    """
    terms = list(heads)
    if not terms:
        return ()
    headed_before = {term.grid for term in terms}
    headed = {grid for grid in heads_after(draft, terms).values() if grid}
    return tuple(
        grid
        for code, grid in sorted(draft.grids.items())
        if code not in headed and (code in headed_before or code not in before.grids)
    )


def _left_out(
    before: Structure, terms: list[HeadTerm], after: Mapping[int, str | None], posts: Mapping[str, str]
) -> Iterable[Said]:
    """Heads whose grid goes and of whom the plan does not say where they go."""
    for term in terms:
        if after[term.id] is None and term.key not in posts:
            yield said(
                "{name} heads {grid}, which the plan retires: say which grid comes next, or that the term ends.",
                name=term.name, grid=before.name(term.grid),
            )  # fmt: skip


def _with_two(
    before: Structure, draft: Draft, terms: list[HeadTerm], after: Mapping[int, str | None]
) -> Iterable[Said]:
    """People who would head more grids than one, and did not before."""
    did = Counter(term.person for term in terms if term.grid in before.grids)
    names = {term.person: term.name for term in terms}
    grids: dict[str, set[str]] = {}
    for term in terms:
        if (grid := after[term.id]) is not None:
            grids.setdefault(term.person, set()).add(grid)
    for person, heading in sorted(grids.items()):
        if len(heading) > max(1, did[person]):
            both = ", ".join(draft.grids[code].name for code in sorted(heading))
            yield said("{name} would head more than one grid: {grids}.", name=names[person], grids=both)


def _beside_another(draft: Draft, terms: list[HeadTerm], after: Mapping[int, str | None]) -> Iterable[Said]:
    """Grids that would have two heads, and had not before."""
    did = Counter(term.grid for term in terms)
    heading = Counter(grid for grid in after.values() if grid)
    for code in sorted(code for code, n in heading.items() if n > max(1, did[code])):
        yield said("{grid} would have more than one head.", grid=draft.grids[code].name)


def _nowhere(terms: list[HeadTerm], draft: Draft) -> Iterable[Said]:
    """Heads whom the plan sends to a grid that it does not have."""
    for term in terms:
        to = draft.mark("posts").get(term.key)
        if to and to not in draft.grids:
            yield said("{name} is to head {code}, which is no grid of this plan.", name=term.name, code=to)

"""Allowances of the two months that ended last, worked out from what the demo's year holds: approved, appealed, decided."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from city.frontline.allowed import Values, begin_and_end, month_of_heads, months_back
from city.opened import City
from demo.frontline.ground import Ground
from domain.actions.allowances import approve_all, propose, step
from domain.frontline.allowances import Allowance, Formula
from domain.grids import CITY, Level
from domain.people import GRID_ROLE, Person, Role
from domain.rulebook import Rulebook

APPEALS = (
    "有两次走访记在了相邻网格，请核对。",
    "当月在外培训三天，走访由楼栋长代为完成。",
    "两件上报问题被并单，没有计入。",
)
DECISION = "经核对走访记录，补计两次走访。"


def allow(city: City, rules: Rulebook, ground: Ground) -> int:
    """Work out and approve two months by the real rules; how many proposals there are."""
    formula = city.rules_read.allowances
    if formula is None:
        return 0
    homes = {building.unit: building.grid for building in ground.buildings()}
    last, before = months_back(ground.today, 2)
    made = 0
    for month, done in ((before, True), (last, False)):
        with city.database.read() as connection:
            values = month_of_heads(connection, rules, homes, month)
        made += _Month(city, rules, ground, formula, month).live(values, done)
    return made


class _Month:
    """One month's proposals, and what became of them."""

    def __init__(self, city: City, rules: Rulebook, ground: Ground, formula: Formula, month: str) -> None:
        self.city, self.rules, self.ground, self.formula, self.month = city, rules, ground, formula, month
        self.ended = begin_and_end(month, ground.clock.zone)[1]
        self.is_last = month == months_back(ground.today, 1)[0]
        self.appealed: set[str] = set()
        """The streets in which somebody appealed."""

    def live(self, values: Mapping[tuple[str, int], Values], done: bool) -> int:
        """Propose for everybody; approve all of an older month, and what most communities came to of the last."""
        made: list[Allowance] = []
        communities = self.ground.grids(Level.COMMUNITY)
        for n, community in enumerate(communities):
            mine = {k: v for k, v in values.items() if self.ground.structure.within(k[0], community.code)}
            rows = propose(
                self.city.store, self.rules, self.formula, self.month, mine,
                by=self._head(community.code), now=self._after(hours=34),
            )  # fmt: skip
            made += rows
            if done or n % 3:
                self._approve(rows, community.code)
        return len(made)

    def _approve(self, rows: list[Allowance], community: str) -> None:
        head, street = self._head(community), self._street(community)
        own = [row for row in rows if row.grid == community]
        below = [row for row in rows if row.grid != community]
        approved = self._approve_all(below, head) + self._approve_all(own, street)
        building = [row for row in approved if self.ground.structure.grids[row.grid].level is Level.BUILDING]
        # In each street somebody finds too little in it; of the older month that is decided.
        if building and street.area not in self.appealed:
            self.appealed.add(street.area)
            worst = min(building, key=lambda row: (row.fen, row.grid))
            at = min(self._approval() + timedelta(days=1), self.ground.now)
            words = self.ground.random.choice(APPEALS)
            appealed = self._step(worst, "appeal", self._head(worst.grid), at, words)
            if not self.is_last:
                self._step(appealed, "decide", street, at, DECISION, appealed.fen + 1_500)

    def _approve_all(self, rows: list[Allowance], by: Person) -> list[Allowance]:
        return approve_all(self.city.store, self.rules, rows, by=by, now=self._approval())

    def _step(
        self, row: Allowance, name: str, by: Person, at: datetime, words: str = "", fen: int | None = None
    ) -> Allowance:
        return step(
            self.city.store, self.rules, row.id, name, version=row.version, by=by, now=at, words=words, fen=fen
        )  # fmt: skip

    def _approval(self) -> datetime:
        """An older month was approved when it had ended, the last one lately: its heads may still appeal."""
        lately = self.ground.now - timedelta(days=3)
        return max(self._after(hours=58), lately) if self.is_last else self._after(hours=58)

    def _after(self, *, hours: int) -> datetime:
        return min(self.ended + timedelta(hours=hours), self.ground.now)

    def _head(self, grid: str) -> Person:
        role = GRID_ROLE[self.ground.structure.grids[grid].level]
        return Person(self.ground.accounts[grid], "", role, grid)

    def _street(self, community: str) -> Person:
        code = self.ground.structure.above(community) or CITY
        return Person(self.ground.accounts.get(code, 0), "", Role.STREET, code)

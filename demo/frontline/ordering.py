"""What residents ordered in the last months, in every state: taken by members, delivered, graded – and a few that wait."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from demo.frontline.ground import Ground, Then, Written
from demo.stories import reporter
from domain.frontline.pledges import Order, OrderState, Service, Sort
from domain.frontline.records import Beside
from domain.grids import Level
from domain.people import Role

DAYS = 120
"""Days back of which orders are known."""

EARLY, LATE = 8, 20
"""Hours in which people order and deliver."""

OF_A_COMMUNITY = (8, 20)
"""Orders of a community in that time."""

WORDS: Mapping[Sort, tuple[str, ...]] = {
    Sort.REPAIR: ("冰箱不制冷，请上门看看", "水龙头一直滴水", "插座没有电"),
    Sort.CARE: ("老人行动不便，请帮忙取药", "需要陪同去医院复查", "想请人帮忙打扫"),
    Sort.HEALTH: ("想测一下血压和血糖", "老人需要上门体检"),
    Sort.LAW: ("想咨询房屋继承的手续", "物业费的合同看不明白"),
    Sort.WORK: ("想找一份离家近的工作", "孩子毕业了，想登记求职"),
    Sort.LEARNING: ("手机不会视频通话，想学一学", "想学手机挂号"),
    Sort.CULTURE: ("想报名书画班", "问一下书画班几点上课"),
    Sort.SAFETY: ("请检查一下燃气软管", "家里电线老化，请帮忙看看"),
}  # fmt: skip

PAST = ((80, "rated"), (10, "delivered"), (10, "called_off"))
YOUNG = ((40, "ordered"), (30, "taken"), (20, "delivered"), (10, "rated"))
"""What became of orders of the last months, and what stands of those of the last days, in a hundred."""

YOUNG_DAYS, WAITS_DAYS, YOUNG_GRIDS = 2.5, 1.2, 0.3
"""So old are the youngest at most, and those that wait still; in so many of the grids there is one."""

GRADES = ((45, 5), (35, 4), (14, 3), (4, 2), (2, 1))


def orders(ground: Ground, services: Sequence[Service]) -> Iterator[Written]:
    """The orders of each community, for services that are offered there."""
    random = ground.random
    # Whoever looks at the demo signs in as the first member: an order waits there.
    shown = min(
        (g.code for g in ground.grids(Level.BUILDING)), key=lambda code: ground.accounts.get(code, math.inf)
    )
    for community in ground.grids(Level.COMMUNITY):
        offered = [service for service in services if service.grid == community.code]
        grids = [g.code for g in ground.structure.below(community.code) if g.level is Level.BUILDING]
        if not offered:
            continue
        for _ in range(random.randint(*OF_A_COMMUNITY)):
            age = random.uniform(YOUNG_DAYS + 6, DAYS)
            yield _order(ground, random.choice(offered), random.choice(grids), age, _one_of(ground, PAST))
        for grid in grids:
            if grid == shown or random.random() < YOUNG_GRIDS:
                fate = "ordered" if grid == shown else _one_of(ground, YOUNG)
                age = random.uniform(0.1, WAITS_DAYS if fate == "ordered" else YOUNG_DAYS)
                yield _order(ground, random.choice(offered), grid, age, fate)


def _order(ground: Ground, service: Service, grid: str, age: float, fate: str) -> Written:
    random = ground.random
    at = _by_day(ground, ground.now - timedelta(days=age))
    if at >= ground.now:
        at -= timedelta(days=1)
    name, phone = reporter(random)
    order = Order(service_id=service.id, grid=grid, sort=service.sort, ordered_at=at)
    beside = Beside(random.choice(WORDS[service.sort]), name, phone)
    # What would lie ahead has not happened yet.
    then = tuple(each for each in _then(ground, grid, at, fate) if each.at < ground.now)
    return Written(order, None, Role.RESIDENT, at, "ordered", then, beside)


def _then(ground: Ground, grid: str, at: datetime, fate: str) -> Iterator[Then]:
    """What became of an order, step by step."""
    random, member = ground.random, ground.accounts.get(grid)
    taken = _by_day(ground, at + timedelta(hours=random.uniform(0.3, 9)))
    delivered = _by_day(ground, taken + timedelta(hours=random.uniform(2, 40)))
    rated = _by_day(ground, delivered + timedelta(hours=random.uniform(1, 72)))
    if fate == "called_off":
        yield Then(taken, "cancel", None, Role.RESIDENT, {"state": OrderState.CANCELLED, "ended_at": taken})
    if fate in ("called_off", "ordered") or member is None:
        return
    taking = {"state": OrderState.TAKEN, "taken_by": member, "taken_at": taken}
    yield Then(taken, "take", member, Role.MEMBER, taking)
    if fate == "taken":
        return
    given = {"state": OrderState.DELIVERED, "delivered_at": delivered}
    yield Then(delivered, "deliver", member, Role.MEMBER, given)
    if fate == "rated":
        graded = {"state": OrderState.RATED, "grade": _one_of(ground, GRADES), "ended_at": rated}
        yield Then(rated, "rate", None, Role.RESIDENT, graded)


def _by_day(ground: Ground, at: datetime) -> datetime:
    """The same moment, or the next morning where it is night."""
    there = at.astimezone(ground.clock.zone)
    if EARLY <= there.hour < LATE:
        return at
    morning = there if there.hour < EARLY else there + timedelta(days=1)
    return morning.replace(hour=EARLY, minute=ground.random.randrange(60)).astimezone(UTC)


T = TypeVar("T")


def _one_of(ground: Ground, weighted: Sequence[tuple[int, T]]) -> T:
    chosen: T = ground.random.choices([value for _, value in weighted], [weight for weight, _ in weighted])[0]
    return chosen

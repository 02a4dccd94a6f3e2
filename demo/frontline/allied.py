"""Who works together for the demo's communities: 18 bodies of 109 units, 600 deeds worth ¥1,000,000, links, leaders' visits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from demo.frontline.ground import Ground, Written, by_head
from domain.frontline.bodies import Body, BranchLink, Deed, Function, LeaderVisit, Quarter, Unit
from domain.grids import Grid, Level
from domain.people import Role

UNITS = 109
DONE, WORTH = 600, 100_000_000
"""Deeds done in the year behind the city, and what they were worth: ¥1,000,000 in fen."""

PROMISED = 2
"""Deeds of each body that are promised and not done yet."""

WITH_MONEY = 0.4
"""So many of the deeds came with money or goods."""

OTHERS = (
    "示例银行{place}支行", "示例小学", "示例爱心协会", "示例物业有限公司", "示例商贸有限公司", "示例社区卫生服务站", "示例幼儿园",
    "示例超市{place}店", "示例律师事务所",
)  # fmt: skip
DEEDS = {
    Function.PARTY: ("联合主题党日", "党课进小区", "共用党员活动室", "结对帮扶老党员"),
    Function.ORDER: ("安装楼道监控", "夜间联合巡逻", "防诈骗宣传", "消防器材配备", "矛盾纠纷联合调解"),
    Function.FACILITIES: (
        "修补破损路面",
        "更换楼道灯",
        "增设停车位",
        "安装健身器材",
        "疏通下水管道",
        "修缮办公用房",
    ),
    Function.CULTURE: ("邻里文艺汇演", "暑期儿童课堂", "重阳敬老活动", "社区读书角"),
}

VISITED, ATTENDED = 0.88, 0.35
"""So often a leader came in a quarter, and attended a meeting of the community's in one."""

QUARTERS = 5
"""Quarters of visits, the running one among them."""


def bodies(ground: Ground) -> Iterator[Written]:
    """One body for each community."""
    at = ground.now - timedelta(days=400)
    for community in ground.grids(Level.COMMUNITY):
        body = Body(community=community.code, name=f"{community.name}治理服务协同体")
        yield by_head(ground, community.code, body, at, "founded")


def units(ground: Ground) -> Iterator[Written]:
    """The departments linked to each community, and what else lies in it: 109 in all."""
    for n, (community, unit) in enumerate(_members(ground)):
        at = ground.now - timedelta(days=399) + timedelta(minutes=n)
        yield by_head(ground, community.code, unit, at, "joined")


def _members(ground: Ground) -> Iterator[tuple[Grid, Unit]]:
    communities = ground.grids(Level.COMMUNITY)
    most = UNITS - len(communities) * (UNITS // len(communities))
    for n, community in enumerate(communities):
        departments = sorted(code for code, where in ground.linked.items() if where == community.code)
        for code in departments:
            yield community, Unit(community=community.code, name=ground.departments[code], department=code)
        wanted = UNITS // len(communities) + (1 if n < most else 0)
        place = community.name.removesuffix("社区")
        for name in OTHERS[: wanted - len(departments)]:
            yield community, Unit(community=community.code, name=name.format(place=place))


# --- deeds --------------------------------------------------------------------------------------------------------


def deeds(ground: Ground) -> Iterator[Written]:
    """What the bodies did in the year behind the city, and what they promised beside it."""
    random = ground.random
    names: dict[str, list[str]] = defaultdict(list)
    for community, unit in _members(ground):
        names[community.code].append(unit.name)
    worth = _worth(ground)
    where = sorted(names)
    for n in range(DONE):
        day = ground.today - timedelta(days=random.randint(1, 364))
        at = datetime.combine(day, time(9 + n % 8), ground.clock.zone)
        community = where[n % len(where)]
        row = _deed(ground, community, random.choice(names[community]), day.year, worth[n], day)
        yield by_head(ground, community, row, at, "done")
    for community in where:
        for _ in range(PROMISED):
            row = _deed(ground, community, random.choice(names[community]), ground.today.year, 0, None)
            yield by_head(
                ground, community, row, ground.now - timedelta(days=random.uniform(1, 40)), "promised"
            )


def _deed(ground: Ground, community: str, unit: str, year: int, fen: int, day: date | None) -> Deed:
    function = ground.random.choice(list(Function))
    title = ground.random.choice(DEEDS[function])
    return Deed(
        community=community, unit=unit, function=function, year=year, title=title, fen=fen, done_on=day
    )


def _worth(ground: Ground) -> list[int]:
    """What each deed was worth: hundreds of yuan, nothing for most, and all of them together what the report tells."""
    shares = [ground.random.randint(2, 30) if ground.random.random() < WITH_MONEY else 0 for _ in range(DONE)]
    hundreds = [share * (WORTH // 10_000) // sum(shares) for share in shares]
    most = max(range(DONE), key=hundreds.__getitem__)
    hundreds[most] += WORTH // 10_000 - sum(hundreds)
    return [hundred * 10_000 for hundred in hundreds]


# --- links and leaders ---------------------------------------------------------------------------------------------


def links(ground: Ground) -> Iterator[Written]:
    """Each department linked to branches of its community, turn by turn: every branch is served, and none crowds."""
    at = ground.now - timedelta(days=300)
    for community in ground.grids(Level.COMMUNITY):
        branches = [grid.code for grid in ground.structure.children(community.code)]
        departments = sorted(code for code, where in ground.linked.items() if where == community.code)
        for n in range(max(len(branches), len(departments))):
            link = BranchLink(department=departments[n % len(departments)], grid=branches[n % len(branches)])
            yield Written(link, None, Role.CITY_OFFICE, at, "linked")


def visits(ground: Ground) -> Iterator[Written]:
    """Each leader comes most quarters, and sometimes to a meeting; in the running one some are still to come."""
    random, today = ground.random, ground.today
    quarters = [Quarter.of(today)]
    while len(quarters) < QUARTERS:
        quarters.append(Quarter.of(quarters[-1].first - timedelta(days=1)))
    for leader, community in enumerate(ground.leaders, start=1):
        for quarter in reversed(quarters):
            last = min(quarter.last, today - timedelta(days=1))
            days = (last - quarter.first).days
            if days < 0:
                continue
            for often, at_meeting, what in (
                (VISITED, False, "走访调研社区党建和网格治理"),
                (ATTENDED, True, "参加民主协商共建议事联席会"),
            ):
                if random.random() < often:
                    day = quarter.first + timedelta(days=random.randint(0, days))
                    row = LeaderVisit(
                        leader=leader, community=community, day=day, at_meeting=at_meeting, what=what
                    )
                    at = datetime.combine(day, time(15), ground.clock.zone) + timedelta(minutes=leader)
                    yield by_head(ground, community, row, at, "visited")

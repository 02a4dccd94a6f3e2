"""2,600 new economic, 300 new social and 200 grass-roots organisations on the grids' lists, as the report counts them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from demo.frontline.ground import Building, Ground, Written, by_head
from domain.frontline.outside import Kind, Outside, Party
from domain.people import Role

COUNTS = {Kind.ECONOMIC: 2_600, Kind.SOCIAL: 300, Kind.GRASS_ROOTS: 200}

BLANK = 0.06
"""So many of the grids have an empty list."""

SYLLABLES = "海润宏达盛泰佳信恒源鼎丰瑞祥东晟金诺启航博远"
TRADES = {
    Kind.ECONOMIC: ("商贸有限公司", "餐饮店", "便利店", "物流有限公司", "家政服务有限公司", "电子商务有限公司", "理发店", "药房", "汽修厂", "装饰工程有限公司"),
    Kind.SOCIAL: ("志愿服务中心", "养老服务中心", "商会", "行业协会", "社会工作服务中心", "老年大学"),
    Kind.GRASS_ROOTS: ("文艺队", "广场舞队", "棋牌协会", "晨练队", "志愿者协会", "读书会"),
}  # fmt: skip

PARTY = {
    Kind.ECONOMIC: ((18, Party.OWN), (30, Party.JOINT), (42, Party.NONE), (10, Party.UNKNOWN)),
    Kind.SOCIAL: ((35, Party.OWN), (35, Party.JOINT), (25, Party.NONE), (5, Party.UNKNOWN)),
    Kind.GRASS_ROOTS: ((5, Party.OWN), (25, Party.JOINT), (60, Party.NONE), (10, Party.UNKNOWN)),
}


def outsiders(ground: Ground) -> Iterator[Written]:
    """Every organisation, on the list of the grid it lies in; a few grids have an empty list."""
    listed = _listed(ground)
    for kind, count in COUNTS.items():
        for n in range(count):
            building = ground.random.choice(listed)
            row = _organisation(ground, kind, n, building)
            at = ground.now - timedelta(days=ground.random.uniform(30, 400))
            written = by_head(ground, building.grid, row, at)
            yield written if written.by else Written(row, None, Role.CITY_OFFICE, at)


def _listed(ground: Ground) -> Sequence[Building]:
    buildings = ground.buildings()
    grids = sorted({building.grid for building in buildings})
    blank = set(ground.random.sample(grids, round(BLANK * len(grids))))
    return [building for building in buildings if building.grid not in blank]


def _organisation(ground: Ground, kind: Kind, n: int, building: Building) -> Outside:
    random = ground.random
    name = "".join(random.sample(SYLLABLES, 2)) + random.choice(TRADES[kind])
    weights, parties = zip(*PARTY[kind], strict=True)
    return Outside(
        kind=kind, name=f"示例{n + 1}号{name}", address=building.address, grid=building.grid,
        lng=round(building.point.lng, 6), lat=round(building.point.lat, 6), party=random.choices(parties, weights)[0],
        people=random.randint(2, 60),
    )  # fmt: skip

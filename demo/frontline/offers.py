"""What the grids need, what others offer them, and what residents can order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import cycle

from demo.frontline.ground import Ground, Then, Written, by_head
from domain.frontline.pledges import Need, NeedState, Resource, Service, Sort
from domain.grids import Level
from domain.people import Role

NEEDS = {
    Sort.REPAIR: ("单元门禁维修", "楼道灯更换", "下水疏通", "健身器材维修"),
    Sort.CARE: ("独居老人定期探望", "放学后儿童看护", "老人助餐"),
    Sort.HEALTH: ("上门测量血压", "健康讲座", "慢性病咨询"),
    Sort.LAW: ("继承问题咨询", "物业合同咨询", "邻里纠纷调解"),
    Sort.WORK: ("就业岗位推荐", "技能培训"),
    Sort.LEARNING: ("课后辅导", "智能手机使用教学"),
    Sort.CULTURE: ("活动室开放", "文艺演出"),
    Sort.SAFETY: ("消防演练", "防诈骗宣传", "夜间巡逻"),
    Sort.PLACE: ("议事场所", "停车场地"),
}
OFFERS = {
    Sort.REPAIR: ("水电维修队", 4), Sort.CARE: ("爱心助老队", 6), Sort.HEALTH: ("社区医生义诊", 5),
    Sort.LAW: ("律师值班", 4), Sort.WORK: ("招聘信息发布", 8), Sort.LEARNING: ("志愿教师", 4),
    Sort.CULTURE: ("文艺辅导", 3), Sort.SAFETY: ("消防宣传队", 4), Sort.PLACE: ("会议室开放", 2),
}  # fmt: skip
SERVICES = {
    Sort.REPAIR: "家电维修", Sort.CARE: "上门助老", Sort.HEALTH: "健康体检", Sort.LAW: "法律咨询", Sort.WORK: "求职登记",
    Sort.LEARNING: "手机课堂", Sort.CULTURE: "书画班", Sort.SAFETY: "家庭安全检查",
}  # fmt: skip


def resources(ground: Ground) -> Iterator[Written]:
    """What the departments linked to each community offer it, each of them something."""
    random = ground.random
    for community in ground.grids(Level.COMMUNITY):
        linked = sorted(code for code, where in ground.linked.items() if where == community.code)
        for sort, department in zip(
            random.sample(sorted(OFFERS), 6), cycle(linked or ground.departments), strict=False
        ):
            title, most = OFFERS[sort]
            row = Resource(
                grid=community.code, sort=sort, title=title, provider=ground.departments[department], department=department,
                most=random.randint(1, most),
            )  # fmt: skip
            at = ground.now - timedelta(days=random.uniform(60, 300))
            yield by_head(ground, community.code, row, at)


def services(ground: Ground) -> Iterator[Written]:
    """What residents of each community can order."""
    for community in ground.grids(Level.COMMUNITY):
        for sort in ground.random.sample(sorted(SERVICES), 5):
            row = Service(
                grid=community.code, sort=sort, title=SERVICES[sort], provider=f"{community.name}志愿服务队"
            )
            yield by_head(
                ground, community.code, row, ground.now - timedelta(days=ground.random.uniform(60, 300))
            )


def needs(ground: Ground, offered: Sequence[Resource]) -> Iterator[Written]:
    """What members wrote down at the doors; half of it was met since, and for some a resource is pledged."""
    random = ground.random
    room = Counter({each.id: each.most for each in offered})
    for grid in ground.grids(Level.BUILDING):
        for _ in range(random.choice((0, 0, 1, 1, 1, 2, 3))):
            sort = random.choice(sorted(NEEDS))
            since = ground.today - timedelta(days=random.randint(1, 120))
            row = Need(grid=grid.code, sort=sort, title=random.choice(NEEDS[sort]), since=since)
            written = by_head(ground, grid.code, row, ground.now - (ground.today - since))
            near = [
                each for each in offered
                if each.sort is sort and room[each.id] and ground.structure.within(grid.code, each.grid)
            ]  # fmt: skip
            fate = random.random()
            if fate < 0.5:
                yield replace(written, then=(_met(ground, written),))
            elif fate < 0.6 and near:
                room[near[0].id] -= 1
                yield replace(written, then=(_pledged(ground, written, near[0]),))
            else:
                yield written


def _met(ground: Ground, written: Written) -> Then:
    at = min(ground.now, written.at + timedelta(days=14))
    fields = {"state": NeedState.MET, "ended": at.astimezone(ground.clock.zone).date()}
    return Then(at, "met", written.by, written.role, fields)


def _pledged(ground: Ground, written: Written, resource: Resource) -> Then:
    at = min(ground.now, written.at + timedelta(days=3))
    fields = {"state": NeedState.PLEDGED, "resource_id": resource.id, "pledged_by": resource.grid}
    return Then(at, "pledged", ground.accounts.get(resource.grid), Role.COMMUNITY, fields)

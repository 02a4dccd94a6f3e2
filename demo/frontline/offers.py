"""What the grids need, what others offer them, and what residents can order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from demo.frontline.ground import Ground, Written, by_head
from domain.frontline.pledges import Need, NeedState, Resource, Service, Sort
from domain.grids import Level

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
    """What each community's linked departments and neighbours offer."""
    random, departments = ground.random, sorted(ground.departments)
    for community in ground.grids(Level.COMMUNITY):
        for sort in random.sample(sorted(OFFERS), 6):
            title, most = OFFERS[sort]
            department = random.choice(departments)
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


def needs(ground: Ground) -> Iterator[Written]:
    """What members wrote down at the doors; half of it was met since."""
    random = ground.random
    for grid in ground.grids(Level.BUILDING):
        for _ in range(random.choice((0, 0, 1, 1, 1, 2, 3))):
            sort = random.choice(sorted(NEEDS))
            since = ground.today - timedelta(days=random.randint(1, 120))
            met = random.random() < 0.5
            row = Need(
                grid=grid.code, sort=sort, title=random.choice(NEEDS[sort]), since=since,
                state=NeedState.MET if met else NeedState.OPEN, ended=min(ground.today, since + timedelta(days=14)) if met else None,
            )  # fmt: skip
            yield by_head(ground, grid.code, row, ground.now - (ground.today - since))

"""Put invented people on every grid: heads, organisations, accounts. Every name carries 示 (“示例”, example)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from domain.grids import CITY, Grid, Level, Street, Structure
from domain.people import GRID_ROLE, READS_TICKETS, Role

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏"
GIVEN = "安宁康平和顺文武明亮芳英华国强伟丽敏静洁勇军杰涛超鹏波辉刚建荣春梅兰玉桂珍霞"
TITLES = {
    Level.COMMUNITY: ("社区党委书记",),
    Level.COMPOUND: ("小区党支部书记",),
    Level.BUILDING: ("党小组长", "楼栋长", "街巷长"),
}
DUTIES = {
    Level.COMMUNITY: "统筹社区网格工作，受理和派发问题，召集民主协商共建议事联席会。",
    Level.COMPOUND: "负责小区网格，协调物业和业委会，每月召集民主议事协商会。",
    Level.BUILDING: "每天入户走访，收集社情民意，能办的当场办，办不了的及时上报。",
}
PARTY = {Level.COMMUNITY: "{name}党委", Level.COMPOUND: "{name}党支部", Level.BUILDING: "{name}党小组"}


@dataclass(frozen=True, slots=True)
class DemoHead:
    """A head as posted on the grid."""

    grid: str
    name: str
    title: str
    work_phone: str
    duties: str


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """Somebody who can sign in."""

    login: str
    name: str
    role: Role
    area: str


def name(random: Random) -> str:
    """An invented name that says so."""
    return random.choice(SURNAMES) + "示" + random.choice(GIVEN)


def heads(structure: Structure, random: Random) -> list[DemoHead]:
    """One head for every grid; phone numbers from a range that is given to nobody."""
    return [
        DemoHead(g.code, name(random), random.choice(TITLES[g.level]), f"0415-000-{n:04d}", DUTIES[g.level])
        for n, g in enumerate(sorted(structure.grids.values(), key=lambda g: (g.level, g.code)), start=1)
    ]


def organisation(grid: Grid) -> str:
    """The Party organisation on a grid."""
    return PARTY[grid.level].format(name=grid.name.removesuffix("网格"))


def accounts(
    structure: Structure, streets: list[Street], departments: list[str], posted: list[DemoHead], busiest: str
) -> list[DemoAccount]:
    """First one account for each role with a name to type, then one for every head, street and department."""
    named = {head.grid: head.name for head in posted}
    community, compound = busiest[:12], busiest[:15]
    easy = [
        DemoAccount("leader", "领导示例", Role.LEADER, CITY),
        DemoAccount("street", "街道示例", Role.STREET, structure.above(community) or CITY),
        DemoAccount("office", "联络办示例", Role.CITY_OFFICE, CITY),
        DemoAccount("community", named[community], Role.COMMUNITY, community),
        DemoAccount("compound", named[compound], Role.COMPOUND, compound),
        DemoAccount("member", named[busiest], Role.MEMBER, busiest),
        DemoAccount("department", "部门示例", Role.DEPARTMENT, "chengguan"),
        DemoAccount("planner", "规划示例", Role.PLANNER, CITY),
        DemoAccount("admin", "管理示例", Role.ADMINISTRATOR, CITY),
    ]
    return [*easy, *_everybody(structure, streets, departments, named)]


def working_accounts(accounts: Sequence[DemoAccount]) -> dict[str, int]:
    """The account number of whoever works on tickets for each area; the first one where there are two."""
    found: dict[str, int] = {}
    for number, account in enumerate(accounts, start=1):
        if account.role in READS_TICKETS:
            found.setdefault(account.area, number)
    return found


def _everybody(
    structure: Structure, streets: list[Street], departments: list[str], named: Mapping[str, str]
) -> Iterator[DemoAccount]:
    for grid in structure.grids.values():
        yield DemoAccount(f"g{grid.code}", named[grid.code], GRID_ROLE[grid.level], grid.code)
    for street in streets:
        yield DemoAccount(f"s{street.code}", f"{street.name}值班示例", Role.STREET, street.code)
    for code in departments:
        yield DemoAccount(f"d-{code}", "值班示例", Role.DEPARTMENT, code)

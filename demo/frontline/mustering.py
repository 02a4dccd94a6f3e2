"""3,800 working members with invented names, spread over the branches by the solver; what they did there, as the report counts it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from demo import people
from demo.frontline.ground import Ground, Written, by_head
from domain.frontline.records import Beside
from domain.frontline.working_members import (
    POSTS,
    TEAMS,
    ZONES,
    Activity,
    Branches,
    Room,
    SignUp,
    WorkingMember,
)
from domain.grids import Level
from domain.people import Role
from gis.solver.spreading import spread

MEMBERS, GROUPS, PAIRED = 3_800, 280, 670

AT_HOME = 0.85
"""So many live in the city."""

LAST_YEAR, LATELY, AHEAD = 5, 8, 1
"""Activities of each branch: last autumn, in the twelve months behind, in the days to come."""

TWELVE_MONTHS = 360
"""Days back within which something happened in the last twelve months, however they are counted."""

SETTLED = 600
"""Problems that members helped to settle in that time."""

HELPED = 0.12
"""So many of those who came before that helped to settle one."""

TITLES = {
    "publicity": ("政策宣讲进小区", "反诈宣传"), "mediation": ("邻里议事会", "物业纠纷调解日"), "security": ("夜间治安巡逻", "消防通道清理"),
    "environment": ("清洁楼道", "绿地养护"), "repair": ("便民维修日", "路灯门禁检修"), "medical": ("义诊进小区", "健康讲座"),
    "legal": ("法律咨询日", "民法典讲堂"), "art": ("邻里文艺汇演", "书法进家庭"), "sports": ("健身操教学", "社区运动会"),
    "emergency": ("防汛演练", "清雪除冰"),
}  # fmt: skip


def members(ground: Ground) -> Iterator[Written]:
    """Every member, at the branch where the solver placed them."""
    begun = _begun(ground)
    found = list(_unplaced(ground))
    places = {each.member: each.branch for each in spread(found, _branches(ground))}
    for member in found:
        at = begun + timedelta(minutes=member.id)
        row = replace(_with_tasks(ground, member), branch=places[member.id], since=at.date())
        who = Beside(name=people.name(ground.random), phone=f"0415-000-{member.id % 10_000:04d}")
        yield Written(row, None, Role.CITY_OFFICE, at, "registered", beside=who)


def _begun(ground: Ground) -> datetime:
    return datetime(ground.today.year - 1, 8, 25, 9, tzinfo=ground.clock.zone)


def _unplaced(ground: Ground) -> Iterator[WorkingMember]:
    """Members of every department, with their homes and study groups; some households count on one of them."""
    random, codes = ground.random, sorted(ground.departments)
    compounds = ground.grids(Level.COMPOUND)
    weights = [grid.households or 1 for grid in compounds]
    sizes = [random.uniform(1, 4) for _ in codes]
    departments = sorted([*codes, *random.choices(codes, sizes, k=MEMBERS - len(codes))])
    groups = _groups(ground, departments)
    paired = set(random.sample(range(1, MEMBERS + 1), PAIRED))
    numbers: dict[str, int] = defaultdict(int)
    for n, department in enumerate(departments, start=1):
        numbers[department] += 1
        own = groups[department]
        home = random.choices(compounds, weights)[0].code if random.random() < AT_HOME else None
        yield WorkingMember(
            id=n, department=department, home=home, number=f"{numbers[department]:03d}",
            study_group=own[n % len(own)], paired=int(n in paired),
        )  # fmt: skip


def _groups(ground: Ground, departments: Sequence[str]) -> Mapping[str, list[str]]:
    """The names of the study groups by department: one at least, more where more members are."""
    size = {code: departments.count(code) for code in ground.departments}
    counts = dict.fromkeys(size, 1)
    for _ in range(GROUPS - len(counts)):
        counts[max(size, key=lambda code: (size[code] / counts[code], code))] += 1
    return {
        code: [f"{ground.departments[code]}第{n}助学小组" for n in range(1, counts[code] + 1)]
        for code in size
    }


def _branches(ground: Ground) -> Branches:
    links: dict[str, set[str]] = defaultdict(set)
    for department, community in ground.linked.items():
        links[community].add(department)
    codes, room = [grid.code for grid in ground.grids(Level.COMPOUND)], Room()
    return Branches(
        ground.structure, {code: room.of(code) for code in codes}, dict.fromkeys(codes, room.least),
        {community: frozenset(those) for community, those in links.items()}, {},
    )  # fmt: skip


def _with_tasks(ground: Ground, member: WorkingMember) -> WorkingMember:
    random = ground.random
    return replace(
        member,
        post=random.choice(sorted(POSTS)) if random.random() < 0.6 else None,
        team=random.choice(sorted(TEAMS)) if random.random() < 0.4 else None,
        zone=random.choice(sorted(ZONES)) if random.random() < 0.3 else None,
    )


# --- what they did --------------------------------------------------------------------------------------------------


def activities(ground: Ground) -> Iterator[Written]:
    """What each branch did last autumn and since, and what it does next."""
    for grid in ground.grids(Level.COMPOUND):
        days = [
            *(date(ground.today.year - 1, 9, 6) + timedelta(days=7 * ground.random.randrange(15)) for _ in range(LAST_YEAR)),
            *(ground.today - timedelta(days=ground.random.randint(3, TWELVE_MONTHS)) for _ in range(LATELY)),
            *(ground.today + timedelta(days=ground.random.randint(2, 14)) for _ in range(AHEAD)),
        ]  # fmt: skip
        for day in days:
            team = ground.random.choice(sorted(TITLES))
            begins = datetime.combine(day, time(ground.random.choice((9, 14, 15))), ground.clock.zone)
            row = Activity(
                grid=grid.code, title=ground.random.choice(TITLES[team]), begins=begins,
                hours=ground.random.choice((1.5, 2.0, 2.0, 3.0)), places=ground.random.choice((15, 20, 25)), team=team,
            )  # fmt: skip
            yield by_head(ground, grid.code, row, min(begins - timedelta(days=7), ground.now), "announced")


def sign_ups(ground: Ground, listed: Sequence[Written], held: Sequence[Written]) -> Iterator[Written]:
    """Who signed up; where the activity is over, how long they were there and what they helped to settle."""
    there: dict[str | None, list[WorkingMember]] = defaultdict(list)
    for written in listed:
        if isinstance(written.record, WorkingMember):
            there[written.record.branch].append(written.record)
    signed = list(_signed(ground, there, held))
    helped = _helped(ground, signed)
    for n, (activity, row) in enumerate(signed):
        over = activity.begins < ground.now
        at = activity.begins + timedelta(hours=20) if over else ground.now - timedelta(days=1)
        kind = "hours_written" if over else "signed_up"
        yield by_head(
            ground, activity.grid, replace(row, settled=int(n in helped)), min(at, ground.now), kind
        )


def _signed(
    ground: Ground, there: Mapping[str | None, list[WorkingMember]], held: Sequence[Written]
) -> Iterator[tuple[Activity, SignUp]]:  # fmt: skip
    random = ground.random
    for written in held:
        activity = written.record
        assert isinstance(activity, Activity)
        over = activity.begins < ground.now
        many = random.randint(8, 18) if over else random.randint(4, 8)
        some = random.sample(there[activity.grid], min(activity.places, many))
        for member in some:
            hours = (activity.hours if random.random() < 0.95 else 0.0) if over else None
            yield activity, SignUp(activity_id=activity.id, member_id=member.id, hours=hours)


def _helped(ground: Ground, signed: Sequence[tuple[Activity, SignUp]]) -> set[int]:
    """By their place in the list, those who helped to settle something: in the twelve months behind, and before them."""
    since, before = (ground.now - timedelta(days=TWELVE_MONTHS + more) for more in (0, 10))
    came = [(n, activity.begins) for n, (activity, row) in enumerate(signed) if row.hours]
    lately = [n for n, begins in came if begins > since]
    earlier = [n for n, begins in came if begins < before]
    some = ground.random.sample(lately, min(SETTLED, len(lately)))
    return {*some, *ground.random.sample(earlier, round(len(earlier) * HELPED))}

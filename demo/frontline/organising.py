"""Party organisation on the demo's grids: a joint building group in each building grid, a council in each compound, the branch's fund."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import count

from PIL import Image, ImageDraw

from demo import people
from demo.frontline.ground import Ground, Written, by_head
from domain.actions.organisation import RECEIPT
from domain.frontline.organisation import YEARLY_GRANT, Entry, EntryKind, Group, Seat, Side
from domain.frontline.records import Beside
from domain.grids import Level

WITHOUT_CENTRE = 0.06
"""So many of the groups have no member household's centre yet."""

WITHOUT_PROPERTY, WITHOUT_OWNERS = 0.1, 0.18
"""So many of the compounds have no property company, or no owners' committee."""

ACROSS = 0.45
"""In so many councils somebody of the branch also sits with the owners or the property company."""

SPENDINGS = (
    "党员活动室桌椅", "楼道宣传栏制作", "重阳节慰问品", "志愿服务马甲", "小区义诊物资", "学习资料印制", "便民工具箱", "消防宣传展板",
    "垃圾分类宣传", "议事会茶水及场地布置", "困难党员慰问", "网格公示牌更新",
)  # fmt: skip


def groups(ground: Ground) -> Iterator[Written]:
    """One joint building group for each building grid; a few lack a centre."""
    random = ground.random
    homes: dict[str, list[str]] = defaultdict(list)
    for building in ground.buildings():
        homes[building.grid].append(building.unit)
    for compound in ground.grids(Level.COMPOUND):
        for n, grid in enumerate(ground.structure.children(compound.code), start=1):
            lacking = random.random() < WITHOUT_CENTRE
            centres = [
                people.name(random) for _ in range(0 if lacking else random.choice((1, 1, 1, 2, 2, 3)))
            ]
            row = Group(
                grid=grid.code,
                name=f"第{n}联合党小组",
                buildings=tuple(homes[grid.code]),
                centres=len(centres),
            )
            at = ground.now - timedelta(days=random.uniform(60, 340))
            yield replace(by_head(ground, compound.code, row, at), beside=Beside(words="\n".join(centres)))


# --- councils ---------------------------------------------------------------------------------------------------


def councils(ground: Ground) -> Iterator[Written]:
    """Who sits in each compound's council; the head of the grid leads the branch."""
    for compound in ground.grids(Level.COMPOUND):
        at = ground.now - timedelta(days=ground.random.uniform(60, 340))
        for seat in _council(ground, compound.code):
            yield by_head(ground, compound.code, seat, at, "seated")


def _council(ground: Ground, grid: str) -> Iterator[Seat]:
    random = ground.random
    secretary, deputy = ground.heads[grid], people.name(random)
    yield Seat(grid=grid, side=Side.BRANCH, post="党支部书记", holder=secretary)
    yield Seat(grid=grid, side=Side.BRANCH, post="支部委员", holder=deputy)
    across = random.choice((secretary, deputy, deputy)) if random.random() < ACROSS else None
    owners_lead = random.random() < 0.7
    if random.random() >= WITHOUT_PROPERTY:
        yield Seat(grid=grid, side=Side.PROPERTY, post="物业经理", holder=people.name(random))
        if across and not owners_lead:
            yield Seat(grid=grid, side=Side.PROPERTY, post="服务质量监督员", holder=across)
    if random.random() >= WITHOUT_OWNERS:
        is_both = across == secretary and owners_lead
        chair = secretary if is_both else people.name(random)
        yield Seat(grid=grid, side=Side.OWNERS, post="业委会主任", holder=chair)
        if across and owners_lead and not is_both:
            yield Seat(grid=grid, side=Side.OWNERS, post="业委会委员", holder=across)


# --- the branch's fund ------------------------------------------------------------------------------------------


def fund(ground: Ground) -> Iterator[Written]:
    """This year's grant of every branch, and what it spent so far."""
    year = ground.today.year
    granted = min(date(year, 1, 10), ground.today)
    numbers = count(1)
    for compound in ground.grids(Level.COMPOUND):
        community = ground.structure.above(compound.code) or ""
        grant = Entry(
            grid=compound.code, year=year, kind=EntryKind.GRANT, fen=YEARLY_GRANT, what=f"市财政列支{year}年经费",
            day=granted,
        )  # fmt: skip
        yield by_head(ground, community, grant, _at(ground, granted, 9), "grant")
        for entry in _spent(ground, compound.code, granted):
            yield by_head(
                ground, compound.code, entry, _at(ground, entry.day, 10 + next(numbers) % 6), "spending"
            )


def _spent(ground: Ground, grid: str, granted: date) -> Iterator[Entry]:
    """Two or three spendings, spread over the part of the year that has passed: never more than was granted."""
    random, passed = ground.random, (ground.today - granted).days
    for what in random.sample(SPENDINGS, random.choice((2, 2, 3))):
        if passed < 1:
            return
        day = granted + timedelta(days=random.randint(1, passed))
        if day < ground.today:
            yield Entry(
                grid=grid, year=granted.year, kind=EntryKind.SPENDING, fen=random.randrange(300, 1_950) * 100,
                what=what, day=day, has_receipt=True,
            )  # fmt: skip


def _at(ground: Ground, day: date, hour: int) -> datetime:
    return min(ground.now, datetime.combine(day, time(hour), ground.clock.zone))


def receipt(entry: Entry) -> dict[str, object]:
    """The picture of a spending's receipt, as a row of its table: drawn, and it says that it is an example."""
    image = Image.new("L", (220, 120), 250)
    draw = ImageDraw.Draw(image)
    draw.rectangle((3, 3, 216, 116), outline=120)
    lines = ("DEMO RECEIPT", f"No. {entry.id:06}", f"{entry.day:%Y-%m-%d}", f"CNY {entry.fen / 100:,.2f}")
    for n, line in enumerate(lines):
        draw.text((14, 12 + 24 * n), line, fill=30)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=35, optimize=True)
    return {"list": Entry.LIST, "row_id": entry.id, "name": RECEIPT, "body": out.getvalue()}

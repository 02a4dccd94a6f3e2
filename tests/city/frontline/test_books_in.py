"""Books and registers as files: lines are written as on the page, what the city keeps of itself holds at once."""

from __future__ import annotations

import io
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from city.frontline import allied, organised, places
from city.frontline.sheet_files import Brought, bring_in, file_of, rows_for
from city.frontline.sheets import sheet_named
from city.frontline.units import own_unit
from city.opened import City
from city.tables import write_csv
from city.verifying import verify
from city.words import speak
from domain.frontline.bodies import Deed
from domain.frontline.organisation import Entry, EntryKind
from domain.frontline.registers import DepartmentLink, Leader
from domain.frontline.visits import Follows, Learned, Visit
from domain.frontline.working_members import Activity
from domain.grids import CITY, Level
from domain.people import Person, Role
from domain.said import Busy
from storage.frontline.records import file_of as picture_of
from storage.frontline.records import those
from storage.people import organisation_of
from storage.schema import events
from tests.areas import everybody

OFFICE = Person(0, "", Role.CITY_OFFICE)


def bring(
    city: City, folder: Path, name: str, header: str, *rows: tuple[object, ...], by: Person = OFFICE, dry_run: bool = False
) -> Brought:  # fmt: skip
    file = folder / f"{name}.csv"
    write_csv(file, header.split(), [[str(cell) for cell in row] for row in rows])
    return bring_in(city, file, sheet_named(name), by=by, dry_run=dry_run)


def why(done: Brought) -> dict[int, str]:
    return {each.row: str(each.why) for each in done.refused}


def written(city: City, kind: type[Any], **equal: object) -> list[Any]:
    with city.database.read() as connection:
        return those(connection, kind, **equal)


def a_branch(city: City) -> str:
    return organised.branches_in(city, CITY)[0]


# --- books --------------------------------------------------------------------------------------------------------

FUND = "grid year day kind what fen picture"


@pytest.mark.slow
def test_a_book_comes_in_with_the_pictures_of_its_receipts_beside_it(own_city: City, tmp_path: Path) -> None:
    branch = a_branch(own_city)
    image = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(image, "PNG")
    (tmp_path / "receipts").mkdir()
    (tmp_path / "receipts" / "7.png").write_bytes(image.getvalue())
    lines = [
        (branch, 2025, "2025-03-01", "支出", "慰问", "1,200.50", "receipts/7.png"),
        (branch, 2025, "2025/01/10", "拨款", "2025年经费", "¥6000", ""),
        (branch, 2025, "2025-04-01", "支出", "没有票", 10, ""),
        (branch, 2025, "2025-04-02", "支出", "票不在", 10, "receipts/8.png"),
        (branch, 2025, "2025-04-03", "支出", "外面的票", 10, "../7.png"),
        (branch, 2025, "2025-04-04", "支出", "太多", 5000, "receipts/7.png"),
        (branch, 2025, "2025-04-05", "支出", "金额不对", "一百", ""),
        (branch, 2025, "2026-04-05", "支出", "日期不对", 10, "receipts/7.png"),
        (CITY, 2025, "2025-04-05", "拨款", "全市", 10, ""),
    ]
    tried = bring(own_city, tmp_path, "fund", FUND, *lines, dry_run=True)
    assert tried.listed.new == 2 and not written(own_city, Entry, grid=branch, year=2025)
    done = bring(own_city, tmp_path, "fund", FUND, *lines)
    assert done.listed.new == 2
    told = why(done)
    assert list(told) == [3, 4, 5, 6, 7, 8, 9]
    assert (
        "receipt as a picture" in told[3]
        and "no file receipts/8.png" in told[4]
        and "no file ../7.png" in told[5]
    )
    assert (
        "¥4,799.50 are left" in told[6]
        and "amount in yuan" in told[7]
        and "not in 2025" in told[8]
        and "branch of a compound" in told[9]
    )
    spent = next(e for e in written(own_city, Entry, grid=branch, year=2025) if e.kind is EntryKind.SPENDING)
    assert spent.fen == 120_050 and spent.has_receipt
    with own_city.database.read() as connection:
        kept = picture_of(connection, "fund", spent.id, "receipt")
    assert kept is not None and Image.open(io.BytesIO(kept)).format == "JPEG"
    again = bring(own_city, tmp_path, "fund", FUND, *lines)
    assert (again.listed.new, again.listed.unchanged) == (0, 2)
    assert verify(own_city).findings == ()


def test_deeds_come_in_promised_and_are_done_by_the_next_file(own_city: City, tmp_path: Path) -> None:
    community = everybody(own_city)["community"]
    header = "community unit function year title fen done_on"
    lines = [
        (community.area, "", "文化活动联搞", 2026, "送春联", 300, ""),
        (community.area, "无此单位", "文化活动联搞", 2026, "送书", 0, ""),
    ]
    first = bring(own_city, tmp_path, "deeds", header, *lines, by=community)
    assert first.listed.new == 1 and "no member" in why(first)[2]
    second = bring(own_city, tmp_path, "deeds", header, (*lines[0][:-1], "2026-10-01"), by=community)
    assert second.listed.changed == 1
    (deed,) = written(own_city, Deed, title="送春联")
    assert (deed.fen, str(deed.done_on)) == (30_000, "2026-10-01")


def test_a_leaders_visit_comes_in_under_the_leaders_name_and_their_own_community_alone(
    own_city: City, tmp_path: Path
) -> None:
    first, second = list(own_city.ground.leaders.values())[:2]
    header = "leader community day at_meeting what"
    day = organised.today(own_city)
    done = bring(
        own_city, tmp_path, "leader_visits", header,
        (first.name, first.community, day, "否", "走访"), (first.name, second.community, day, "否", ""),
        ("无此人", first.community, day, "是", ""), (second.name, second.community, day + timedelta(days=1), "否", ""),
    )  # fmt: skip
    assert done.listed.new == 1
    told = why(done)
    assert "no leader" in told[2] and "no leader 无此人" in told[3] and "lies in the past" in told[4]
    assert any(v.day == day and v.what == "走访" for v in allied.leading(own_city, OFFICE, CITY).visits)


def test_an_activity_comes_in_by_the_citys_clock_and_is_cancelled_by_the_next_file(
    own_city: City, tmp_path: Path
) -> None:
    branch, header = a_branch(own_city), "grid title begins hours places team cancelled"
    ahead = (own_city.now() + timedelta(days=40)).astimezone(own_city.zone)
    lines = [
        (branch, "清雪", f"{ahead:%Y-%m-%d} 09:00", 2, 20, "环保服务队", ""),
        (branch, "清雪", "2020-01-01 09:00", 2, 20, "", ""),
    ]
    first = bring(own_city, tmp_path, "activities", header, *lines)
    assert first.listed.new == 1, why(first)
    assert "before it begins" in why(first)[2]
    (kept,) = written(own_city, Activity, title="清雪")
    assert kept.begins.astimezone(own_city.zone) == datetime(
        ahead.year, ahead.month, ahead.day, 9, tzinfo=own_city.zone
    )
    sheet = sheet_named("activities")
    out = file_of(own_city, sheet, [kept], "csv", speak("zh")).decode("utf-8-sig")
    assert f"{ahead:%Y-%m-%d}T09:00:00+08:00" in out
    second = bring(own_city, tmp_path, "activities", header, (*lines[0][:-1], "是"))
    assert second.listed.changed == 1 and written(own_city, Activity, title="清雪")[0].cancelled


def test_visits_come_in_by_building_of_the_last_week_and_of_ones_own_grids(
    own_city: City, tmp_path: Path
) -> None:
    member = everybody(own_city)["member"]
    door = places.buildings(own_city).of(own_city, member.area)[0]
    foreign = next(b for b in places.buildings(own_city).by_code.values() if b.grid != door.grid)
    header, now = "at unit learned follows", own_city.now().astimezone(own_city.zone)
    yesterday, long_ago = (
        f"{now - timedelta(days=1):%Y-%m-%d %H:%M}",
        f"{now - timedelta(days=30):%Y-%m-%d %H:%M}",
    )
    lines = [
        (yesterday, door.code, "安全隐患", "当场解决"), (yesterday, door.code, "安全隐患", "已转工单"), (yesterday, foreign.code, "", ""),
        (long_ago, door.code, "", ""), (yesterday, "nowhere", "", ""), ("昨天", door.code, "", ""),
    ]  # fmt: skip
    done = bring(own_city, tmp_path, "visits", header, *lines, by=member)
    told = why(done)
    assert (done.listed.new, list(told)) == (1, [2, 3, 4, 5, 6])
    reasons = ("one at a time", "outside your area", "within 7 days", "no building nowhere", "no moment")
    assert all(reason in told[n] for n, reason in zip(told, reasons, strict=True)), told
    (kept,) = written(
        own_city, Visit, visitor=member.id, unit=door.code, learned=Learned.SAFETY, follows=Follows.SOLVED
    )[-1:]
    assert kept.grid == door.grid and f"{kept.at.astimezone(own_city.zone):%Y-%m-%d %H:%M}" == yesterday
    assert bring(own_city, tmp_path, "visits", header, lines[0], by=member).listed.unchanged == 1
    assert bring(own_city, tmp_path, "visits", header, lines[0]).listed.new == 0, "the office makes no visits"


@pytest.mark.parametrize("where", ["city.frontline.sheet_files.settled", "domain.actions.books.enter_line"])
def test_a_store_that_is_away_is_no_flaw_of_a_line(
    own_city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def away(*_: object, **__: object) -> None:
        raise Busy

    monkeypatch.setattr(where, away)
    line = (a_branch(own_city), 2025, "2025-01-10", "拨款", "2025年经费", 6000, "")
    with pytest.raises(Busy):
        bring(own_city, tmp_path, "fund", FUND, line)
    assert not written(own_city, Entry, year=2025)


# --- registers ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_city_of_its_own_brings_in_departments_links_leaders_and_organisations(
    own_city: City, tmp_path: Path
) -> None:
    community = own_city.ground.structure.at_level(Level.COMMUNITY)[0].code
    assert bring(own_city, tmp_path, "departments", "code name", ("kanceyuan", "勘测院")).listed.new == 1
    assert own_city.department("kanceyuan") == ("勘测院", "勘测院")
    links = bring(
        own_city,
        tmp_path,
        "department_links",
        "department community",
        ("kanceyuan", community),
        ("nobody", community),
    )
    assert links.listed.new == 1 and "no department nobody" in why(links)[2]
    assert "kanceyuan" in own_city.rulebook.links[community]
    leader = ("孙示新", "副市长", community)
    assert bring(own_city, tmp_path, "leaders", "name title community", leader).listed.new == 1
    assert "孙示新" in [led.leader.name for led in allied.leading(own_city, OFFICE, community).leaders]
    assert bring(own_city, tmp_path, "organisations", "grid name", (community, "新党委")).listed.changed == 1
    with own_city.database.read() as connection:
        assert organisation_of(connection, community) == "新党委"
        noted = connection.scalars(
            select(events.c.facts).where(events.c.kind == "brought_in").order_by(events.c.id)
        ).all()
    assert [json.loads(fact)["what"] for fact in noted] == [
        f"list {n}" for n in ("departments", "department_links", "leaders", "organisations")
    ]
    assert verify(own_city).findings == ()


def test_what_is_gone_holds_no_more_and_what_hangs_on_it_stays(own_city: City, tmp_path: Path) -> None:
    led = next(iter(own_city.ground.leaders.values()))
    visits = len(allied.leading(own_city, OFFICE, CITY).visits)
    gone = [
        bring(own_city, tmp_path, "leaders", "name community gone", (led.name, led.community, "是")),
        bring(
            own_city,
            tmp_path,
            "department_links",
            "department community gone",
            ("gongan", a_community_of(own_city, "gongan"), "是"),
        ),
    ]
    assert [done.listed.changed for done in gone] == [1, 1]
    found = allied.leading(own_city, OFFICE, CITY)
    assert led.id not in [each.leader.id for each in found.leaders] and len(found.visits) == visits
    assert not any("gongan" in departments for departments in own_city.rulebook.links.values())
    assert led.title, "the file said nothing of it"
    assert own_city.ground.leaders[led.id].title == led.title
    rows = rows_for(own_city, OFFICE, sheet_named("leaders"), CITY)
    assert Leader(name=led.name, community=led.community, title=led.title, gone=True) in rows


def a_community_of(city: City, department: str) -> str:
    return next(code for code, departments in city.ground.links.items() if department in departments)


def test_a_link_may_lead_to_a_community_that_has_no_grid_here(own_city: City, tmp_path: Path) -> None:
    done = bring(own_city, tmp_path, "department_links", "department community", ("gongan", "210681999999"))
    assert done.listed.changed == 1 and own_city.ground.links["210681999999"] == {"gongan"}
    assert DepartmentLink(department="gongan", community="210681999999") in rows_for(
        own_city, OFFICE, sheet_named("department_links"), CITY
    )


@pytest.mark.parametrize(("name", "header", "cells"), [
    ("departments", "code name", ("x", "某局")),
    ("department_links", "department community", ("gongan", "210681003002")),
    ("leaders", "name community", ("某", "210681003002")),
])  # fmt: skip
@pytest.mark.parametrize("login", ["community", "street", "leader", "member", "admin"])
def test_the_citys_registers_are_the_offices(
    own_city: City, tmp_path: Path, name: str, header: str, cells: tuple[str, ...], login: str
) -> None:
    by = everybody(own_city)[login]
    done = bring(own_city, tmp_path, name, header, cells, by=by)
    assert done.listed.new == 0 and list(why(done)) == [1]


def test_a_community_keeps_the_organisations_of_its_own_grids(own_city: City, tmp_path: Path) -> None:
    community = everybody(own_city)["community"]
    own, other = organised.branches_in(own_city, community.area)[0], organised.branches_in(own_city, CITY)[0]
    assert own != other and own_unit(community) == community.area
    done = bring(
        own_city, tmp_path, "organisations", "grid name", (own, "甲支部"), (other, "乙支部"), by=community
    )
    assert done.listed.changed == 1 and "outside your area" in why(done)[2]


def test_a_register_that_is_only_tried_stays_as_it_was(own_city: City, tmp_path: Path) -> None:
    done = bring(own_city, tmp_path, "departments", "code name", ("x", "某局"), dry_run=True)
    assert done.listed.new == 1 and "x" not in own_city.ground.departments

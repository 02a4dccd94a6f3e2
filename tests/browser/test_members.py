"""Working members and allowances in a real browser: places come into force, hours are written down, an appeal is decided."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from city.frontline import mustered
from city.opened import City
from city.settings import Settings
from domain.frontline.working_members import Activity, SignUp, WorkingMember
from domain.people import Person
from storage.frontline.records import those
from storage.schema import activities
from tests.areas import everybody
from tests.browser.conftest import App, Visitor
from tests.conftest import sqlite_url

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def city(app: App) -> Iterator[City]:
    made = City(Settings(database_url=sqlite_url(app.file)))
    yield made
    made.database.close()


@pytest.fixture(scope="module")
def people(city: City) -> dict[str, Person]:
    return everybody(city)


def at(browser: Browser, app: App, login: str, part: str, lang: str = "en-GB") -> Visitor:
    """Somebody before a part of the grids' work."""
    visitor = Visitor(browser, app.url, lang).sign_in(login)
    visitor.page.goto(f"{app.url}/?view=work&part={part}")
    expect(visitor.page.locator(f".st-key-work-{part}")).to_be_visible()
    return visitor


def section(visitor: Visitor, name: str) -> None:
    visitor.page.locator(".st-key-members-section").get_by_role("radio", name=name).or_(
        visitor.page.locator(".st-key-members-section").get_by_role("button", name=name)
    ).first.click()


def test_the_community_puts_a_proposal_into_force(
    browser: Browser, app: App, city: City, people: dict[str, Person]
) -> None:
    community = people["community"]
    members = mustered.members_of(city, community, community.area)
    tight = -(-len(members) // len(mustered.branches_in(city, community.area)))
    visitor = at(browser, app, "community", "members")
    page = visitor.page
    takes = page.get_by_label("A branch takes")
    takes.fill(str(tight))
    takes.press("Tab")
    needs = page.get_by_label("A branch needs")
    needs.fill(str(tight - 1))
    needs.press("Tab")
    page.get_by_role("button", name="Make a proposal").click()
    expect(page.get_by_text("was there already").first).to_be_visible()
    page.get_by_role("button", name="Put into force").click()
    expect(page.get_by_text("Done.")).to_be_visible()
    rows = mustered.branch_rows(city, community, community.area)
    assert all(tight - 1 <= row.members <= tight for row in rows)
    assert visitor.strangers == [] and visitor.errors == []


def test_a_branch_signs_a_member_up_and_writes_hours_down(
    browser: Browser, app: App, city: City, people: dict[str, Person]
) -> None:
    compound = people["compound"]
    ahead = next(
        card.activity for card in mustered.activities_of(city, compound, compound.area) if card.activity.begins > city.now()
    )  # fmt: skip
    visitor = at(browser, app, "compound", "members")
    page = visitor.page
    section(visitor, "Activities")
    page.get_by_role("combobox", name=re.compile("Work on an activity")).click()
    page.get_by_role("option").first.click()
    box = page.get_by_role("combobox", name=re.compile("Sign members up"))
    # A list that is open closes when the page scrolls: what is typed opens it where it is.
    box.focus()
    page.keyboard.type("0")
    page.get_by_role("option", name=re.compile(r"\d{3}$")).first.click()
    page.keyboard.press("Escape")
    before = signed(city, ahead)
    page.get_by_role("button", name="Sign up", exact=True).click()
    expect(page.get_by_text("Done.")).to_be_visible()
    assert len(signed(city, ahead)) == len(before) + 1
    # The day has come.
    with city.database.write() as connection:
        begun = {"begins": city.now() - timedelta(hours=3)}
        connection.execute(activities.update().where(activities.c.id == ahead.id).values(begun))
    page.reload()
    section(visitor, "Activities")
    page.get_by_role("combobox", name=re.compile("Work on an activity")).click()
    page.keyboard.type(ahead.title)
    page.get_by_role(
        "option", name=re.compile(f"{city.now().astimezone(city.zone):%Y-%m}.*{ahead.title}")
    ).first.click()
    page.get_by_role("button", name="Write the hours down").click()
    expect(page.get_by_text("Done.")).to_be_visible()
    assert {row.hours for row in signed(city, ahead)} == {ahead.hours}
    assert visitor.errors == []


def signed(city: City, activity: Activity) -> list[SignUp]:
    with city.database.read() as connection:
        return those(connection, SignUp, activity_id=activity.id, withdrawn=False)


def test_a_department_sees_its_own_members_and_their_forms(
    browser: Browser, app: App, city: City, people: dict[str, Person]
) -> None:
    department = people["department"]
    with city.database.read() as connection:
        own = those(connection, WorkingMember, department=department.area)
    visitor = at(browser, app, "department", "members", "zh-CN")
    page = visitor.page
    expect(
        page.get_by_text(f"共{len(own):,}条").or_(page.get_by_text(re.compile(f"{len(own):,}"))).first
    ).to_be_visible()
    page.get_by_text("显示姓名").click()
    expect(page.locator(".rg-list").first).to_contain_text("示")
    page.get_by_role("combobox", name=re.compile("查看一名党员")).click()
    page.get_by_role("option").first.click()
    with page.expect_download() as taken:
        page.get_by_role("button", name="登记表").click()
    assert taken.value.suggested_filename.startswith("registration-")
    assert Path(taken.value.path()).read_bytes()[:2] == b"PK"
    assert visitor.errors == []


def test_an_allowance_is_approved_appealed_against_and_decided(
    browser: Browser, app: App, city: City, people: dict[str, Person]
) -> None:
    month = 3
    community = at(browser, app, "community", "allowances")
    choose_month(community, month)
    community.page.get_by_role("button", name="Work the month out").click()
    expect(community.page.get_by_text("have a proposal now")).to_be_visible()
    community.page.get_by_role("button", name=re.compile("^Approve all")).click()
    expect(community.page.get_by_text("proposals are approved")).to_be_visible()
    member = at(browser, app, "member", "allowances")
    choose_month(member, month)
    member.page.get_by_label("Reason").fill("少算了两次走访")
    member.page.get_by_role("button", name="Appeal", exact=True).click()
    expect(member.page.get_by_text("Done.")).to_be_visible()
    street = at(browser, app, "street", "allowances")
    choose_month(street, month)
    expect(street.page.get_by_text("少算了两次走访")).to_be_visible()
    street.page.get_by_label("Reason").fill("补记两次")
    street.page.get_by_role("button", name="Decide the appeal").click()
    expect(street.page.get_by_text("Done.")).to_be_visible()
    for visitor in (community, member, street):
        assert visitor.errors == [] and visitor.strangers == []


def choose_month(visitor: Visitor, n: int) -> None:
    """The month so many back."""
    visitor.page.get_by_role("combobox", name=re.compile("Month")).click()
    visitor.page.get_by_role("option").nth(n - 1).click()
    expect(
        visitor.page.get_by_role("button", name="Download XLSX").or_(visitor.page.locator(".rg-empty")).first
    ).to_be_visible()

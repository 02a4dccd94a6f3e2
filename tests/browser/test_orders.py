"""A resident orders on the public page, a member takes and delivers on the phone, the resident rates – all without a script;
a need is pledged on the desk by the community, and by the department whose resource it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from city.frontline import needed
from city.opened import City
from city.settings import Settings
from domain.frontline import records
from domain.frontline.pledges import Need, NeedState, Order, OrderState, Resource, Sort
from domain.frontline.records import Beside
from domain.people import RESIDENT, Person
from storage.frontline.records import besides, those
from tests.areas import everybody
from tests.browser.conftest import App, Visitor, note_strangers
from tests.conftest import sqlite_url

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def city(app: App) -> Iterator[City]:
    """The city of the running app, to look into its books."""
    made = City(Settings(database_url=sqlite_url(app.file)))
    yield made
    made.database.close()


@pytest.fixture(scope="module")
def people(city: City) -> dict[str, Person]:
    return everybody(city)


@pytest.fixture
def telephone(browser: Browser, app: App) -> Iterator[Callable[[], Page]]:
    """Telephones with scripts off; at the end nothing outside was asked."""
    strangers: list[str] = []
    contexts = []

    def another() -> Page:
        context = browser.new_context(locale="zh-CN", viewport=PHONE, java_script_enabled=False)  # type: ignore[arg-type]
        note_strangers(context, app.url, strangers)
        contexts.append(context)
        return context.new_page()

    yield another
    for context in contexts:
        context.close()
    assert strangers == []


def newest(city: City) -> Order:
    with city.database.read() as connection:
        return those(connection, Order)[-1]


def test_a_resident_orders_a_member_delivers_and_the_resident_rates(
    app: App, city: City, people: dict[str, Person], telephone: Callable[[], Page]
) -> None:
    member = people["member"]
    resident = telephone()
    resident.goto(f"{app.url}/public/grids/{member.area}")
    resident.get_by_role("link", name="群众点单").click()
    service = needed.services_at(city, member.area)[0]
    resident.get_by_text(service.title, exact=True).click()
    resident.fill("[name=words]", "冰箱不制冷，下午在家")
    resident.fill("[name=name]", "居民示例")
    resident.get_by_role("button", name="提交订单").click()
    expect(resident.locator("[role=alert]")).to_contain_text("电话")
    resident.fill("[name=phone]", "000-0000-4321")
    resident.get_by_role("button", name="提交订单").click()
    resident.get_by_text("已收到，网格工作人员将接单。").wait_for()
    link = resident.url
    assert re.search(r"/public/order/[A-Za-z0-9_-]{32}$", link)
    order = newest(city)
    assert (order.grid, order.service_id, order.state) == (member.area, service.id, OrderState.ORDERED)

    works = telephone()
    works.goto(f"{app.url}/login?next=/m")
    works.fill("#login", "member")
    works.fill("#password", "redgrid-demo")
    works.click("main button")
    works.get_by_role("link", name="群众点单").click()
    works.locator(f"a[href='/m/orders/{order.id}']").click()
    works.get_by_text("冰箱不制冷，下午在家").wait_for()
    assert works.get_by_text("000-0000-4321").count() == 0
    works.get_by_role("button", name="查看完整电话").click()
    works.get_by_role("link", name="000-0000-4321").wait_for()
    works.get_by_role("button", name="接单").click()
    works.get_by_text("您已接单。").wait_for()
    resident.goto(link)
    resident.get_by_text("已有工作人员接单，将与您联系。").wait_for()
    works.locator(f"form[action='/m/orders/{order.id}'] button").click()
    works.get_by_text("服务已完成，群众可以评价。").wait_for()

    resident.goto(link)
    resident.get_by_text("非常满意", exact=True).click()
    resident.get_by_role("button", name="提交评价").click()
    resident.get_by_text("服务已完成，感谢您的评价。").wait_for()
    rated = newest(city)
    assert (rated.id, rated.state, rated.grade, rated.taken_by) == (order.id, OrderState.RATED, 5, member.id)
    with city.database.read() as connection:
        told = besides(connection, Order.LIST, [order.id])[order.id]
    assert told == Beside("冰箱不制冷，下午在家", "居民示例", "000-0000-4321")


def test_a_resident_finds_the_grid_by_an_address_and_calls_the_order_off(
    app: App, city: City, people: dict[str, Person], telephone: Callable[[], Page]
) -> None:
    resident = telephone()
    resident.goto(f"{app.url}/public/order")
    name = city.ground.structure.name(people["member"].area)
    resident.fill("[name=search]", name)
    resident.get_by_role("button", name="搜索").click()
    resident.get_by_role("link", name=name).first.click()
    resident.locator("[name=service]").first.check()
    resident.fill("[name=phone]", "000-0000-4322")
    resident.get_by_role("button", name="提交订单").click()
    resident.get_by_role("button", name="取消订单").click()
    resident.get_by_text("订单已取消。").wait_for()
    assert newest(city).state is OrderState.CANCELLED


@pytest.mark.parametrize("login", ["community", "department"])
def test_a_need_is_pledged_on_the_desk_by_the_community_and_by_the_department_whose_resource_it_is(
    city: City, people: dict[str, Person], visit: Visitor, login: str
) -> None:
    need = Need(grid=people["member"].area, sort=Sort.LAW, title=f"遗嘱咨询·{login}", since=city.now().date())
    own = Resource(
        grid=people["community"].area, sort=Sort.LAW, title=f"普法讲堂·{login}", provider="示例单位",
        department=people["department"].area,
    )  # fmt: skip
    with city.store.work() as work:
        need = records.add(work, need, "listed", by=RESIDENT, now=city.now())
        own = records.add(work, own, "listed", by=RESIDENT, now=city.now())
    page = visit.sign_in(login).page
    page.locator(".st-key-nav").wait_for()
    page.goto(f"{visit.url}/?view=work&part=needs")
    page.locator(".st-key-need-chosen input").click()
    # A long list is drawn as far as it is seen: words narrow it.
    page.keyboard.type(need.title)
    page.locator("[role=option]", has_text=need.title).click()
    suggested = page.locator(f".st-key-suggested-{own.id}")
    expect(suggested).to_contain_text(
        "包联单位提供" if own.department in city.ground.links.get(own.grid, ()) else "同在"
    )
    suggested.get_by_role("button", name="认领").click()
    expect(page.locator(".st-key-work-needs .rg-list").first).to_contain_text(own.title)
    with city.database.read() as connection:
        (after,) = those(connection, Need, id=need.id)
    assert (after.state, after.resource_id, after.pledged_by) == (
        NeedState.PLEDGED,
        own.id,
        people[login].area,
    )

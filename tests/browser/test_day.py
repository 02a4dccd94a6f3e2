"""One day of everybody's work, walked through in a real browser: the way that goes well, and the one that ends in a meeting."""

from __future__ import annotations

import io
import re
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from city.words import speak
from tests.browser.conftest import App, Visitor
from tests.browser.test_desk import row

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@dataclass
class Team:
    """People of one city, each before a browser of their own; one language for all."""

    browser: Browser
    app: App
    lang: str
    there: dict[str, Visitor] = field(default_factory=dict)

    def at(self, login: str, to: str) -> Visitor:
        if login not in self.there:
            self.there[login] = Visitor(self.browser, self.app.url, self.lang).sign_in(login)
            self.there[login].page.wait_for_selector(".st-key-nav")
        visitor = self.there[login]
        visitor.page.goto(visitor.url + to)
        return visitor

    def leave(self) -> None:
        for visitor in self.there.values():
            visitor.leave()
            assert visitor.strangers == [] and visitor.errors == []


@pytest.fixture(params=["zh-CN", "en-GB"])
def team(browser: Browser, app: App, request: pytest.FixtureRequest) -> Iterator[Team]:
    made = Team(browser, app, request.param)
    yield made
    made.leave()


WORDS: dict[str, tuple[str, str]] = {
    "raise": ("提单", "Raise"), "accept": ("受理", "Accept"), "hand_up": ("上报", "Hand up"), "dispatch": ("派单", "Dispatch"),
    "sign": ("签收", "Sign for"), "done": ("办结反馈", "Report as done"), "passed": ("核查通过", "Check passed"),
    "failed": ("核查不通过", "Check not passed"), "return": ("回退", "Return"), "ask_hold": ("申请挂账", "Ask to put on hold"),
    "approve_hold": ("同意挂账", "Approve the hold"), "resume": ("恢复办理", "Resume"), "meeting": ("提交联席会议", "Bring to a joint meeting"),
    "supervise": ("督办", "Supervise"), "extension": ("申请延期", "Ask for an extension"), "approve": ("同意延期", "Approve the extension"),
}  # fmt: skip


def word(team: Team, name: str) -> str:
    return WORDS[name][0 if team.lang == "zh-CN" else 1]


def press(
    team: Team, login: str, no: str, move: str, fill: Callable[[Locator], None] | None = None, photo: bytes | None = None
) -> None:  # fmt: skip
    """Open the ticket, press the button of a move, fill in what it asks for, send it, and see it done."""
    page = team.at(login, f"/?ticket={no}").page
    name = word(team, move)
    page.get_by_role("button", name=name, exact=True).click()
    dialog = page.get_by_role("dialog")
    if fill:
        fill(dialog)
    if photo:
        dialog.locator('input[type="file"]').set_input_files(
            {"name": "p.jpg", "mimeType": "image/jpeg", "buffer": photo}
        )
        expect(dialog.get_by_text("p.jpg")).to_be_visible()
    dialog.get_by_role("button", name=name, exact=True).click()
    expect(dialog).to_have_count(0)
    done = f"{name}：操作成功" if team.lang == "zh-CN" else f"{name}: done."
    expect(page.get_by_text(done)).to_be_visible()


def saying(text: str) -> Callable[[Locator], None]:
    return lambda dialog: dialog.get_by_role("textbox").last.fill(text)


def choose(box: Locator, option: str) -> None:
    """Type a part of an option and take it: long lists show only what is in sight."""
    box.click()
    box.page.keyboard.type(option)
    box.page.get_by_role("option", name=re.compile(re.escape(option))).first.click()


def choosing(label: str, option: str, text: str = "") -> Callable[[Locator], None]:
    def fill(dialog: Locator) -> None:
        choose(dialog.get_by_role("combobox", name=re.compile(label)), option)
        if text:
            dialog.get_by_role("textbox").last.fill(text)

    return fill


def raised_by_member(team: Team, text: str) -> str:
    """The member clicks the own grid on the map, fills in the form with a photo, and the ticket is there."""
    member = team.at("member", "/")
    page, frame = member.page, member.map()
    page.get_by_role("button", name=word(team, "raise"), exact=True).click()
    form = page.locator(".st-key-raising")
    code = frame.evaluate("redgrid.codes().filter(c => redgrid.load(c) !== null)[0]")
    frame.evaluate("code => redgrid.click(code)", code)
    expect(form).to_contain_text("位于" if team.lang == "zh-CN" else "In ")
    choose(form.get_by_role("combobox"), "非法小广告" if team.lang == "zh-CN" else "Illegal stickers")
    form.get_by_role("textbox").nth(0).fill(text)
    form.get_by_text("群众反映" if team.lang == "zh-CN" else "A resident told this").click()
    form.get_by_role("button", name=word(team, "raise"), exact=True).click()
    told = page.get_by_text(re.compile(r"\d{6}-\d+.*(已提交|is raised)"))
    expect(told).to_be_visible()
    found = re.search(r"\d{6}-\d+", told.inner_text())
    assert found
    return found[0]


def picture() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((2400, 1800), 60).convert("RGB").save(out, "JPEG", quality=95)
    return out.getvalue()


def up_to_the_community(team: Team, no: str) -> None:
    press(team, "member", no, "hand_up", saying("墙面大，需专业清洗"))
    press(team, "compound", no, "hand_up", saying("请社区协调"))
    press(team, "community", no, "accept")


def to_the_department(team: Team, no: str) -> None:
    up_to_the_community(team, no)
    label, name = ("牵头", "城市管理") if team.lang == "zh-CN" else ("Lead", "City Management")
    press(team, "community", no, "dispatch", choosing(label, name))
    press(team, "department", no, "sign")


def link_of(app: App, no: str) -> str:
    with sqlite3.connect(app.file) as connection:
        token: str = connection.execute(
            "SELECT token FROM ratings r JOIN tickets t ON t.id = r.ticket_id WHERE t.no = ? AND r.cycle = t.cycle",
            (no,),
        ).fetchone()[0]
    return f"/public/rate/{token}"


def rate(team: Team, no: str, grade: int, words: str = "") -> None:
    """A resident opens the link, without an account."""
    resident = Visitor(team.browser, team.app.url, team.lang)
    page = resident.page
    page.goto(team.app.url + link_of(team.app, no))
    page.locator(f'input[type="radio"][value="{grade}"]').check(force=True)
    if words:
        page.locator("textarea").fill(words)
    with page.expect_navigation():
        page.locator("main button, form button").first.click()
    resident.leave()
    assert resident.strangers == []


def meet(team: Team, page: Page) -> None:
    """The community settles everything on its agenda and closes the meeting with its minutes."""
    say = speak(team.lang[:2])
    decide = page.get_by_role("button", name=say("Decide"), exact=True)
    expect(decide.first).to_be_visible()
    for n in range(decide.count()):
        decide.nth(n).click()
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_role("textbox").first).to_be_visible()
        for box in dialog.get_by_role("textbox").all():
            box.fill("由社区组织巡查，物业每周清理")
        dialog.get_by_role("button", name=say("Keep the decision")).click()
        expect(dialog).to_have_count(0)
        # The page is drawn anew behind the dialog: what is pressed meanwhile belongs to the former page.
        page.wait_for_selector('[data-testid=stApp][data-test-script-state="notRunning"]')
    page.get_by_role("button", name=say("Close with minutes")).click()
    dialog = page.get_by_role("dialog")
    dialog.locator("textarea").nth(0).fill("社区书记\n物业经理")
    dialog.locator("textarea").nth(1).fill("逐项议定。")
    dialog.get_by_role("button", name=say("Close with minutes")).click()
    expect(page.get_by_text(say("The meeting is closed."))).to_be_visible()


def test_the_day_that_goes_well(team: Team, app: App) -> None:
    no = raised_by_member(team, "单元门两侧贴满小广告")
    to_the_department(team, no)
    assert row(app, no)[0] == "in_progress"
    press(team, "department", no, "done", saying("已清洗并刷白"), photo=picture())
    press(team, "member", no, "passed", saying("现场看过，干净了"))
    assert row(app, no)[0] == "awaiting_rating"
    rate(team, no, 5)
    assert row(app, no)[0] == "closed"
    page = team.at("member", f"/?ticket={no}").page
    story = page.locator(".rg-story")
    for text in ("墙面大，需专业清洗", "已清洗并刷白", "现场看过，干净了"):
        expect(story).to_contain_text(text)
    expect(story.locator("li")).to_have_count(9)
    photo = story.locator("img")
    expect(photo).to_have_count(1)
    assert photo.evaluate("async img => { await img.decode(); return img.naturalWidth }") > 0
    with sqlite3.connect(app.file) as connection:
        (size,) = connection.execute("SELECT length(body) FROM photos ORDER BY id DESC LIMIT 1").fetchone()
    assert size <= 400_000


@pytest.mark.parametrize("team", ["en-GB"], indirect=True)
def test_everybody_is_told_in_the_inbox(team: Team, app: App) -> None:
    no = raised_by_member(team, "楼道口又贴了一片")
    up_to_the_community(team, no)
    page = team.at("compound", "/").page
    badge = page.locator(".st-key-nav button strong")
    expect(badge).to_be_visible()
    page.get_by_role("button", name=re.compile("收件箱|Inbox")).click()
    inbox = page.locator(".st-key-inbox")
    expect(inbox.get_by_role("link", name=no).first).to_be_visible()
    expect(badge).to_have_count(0, timeout=15_000)
    inbox.get_by_role("link", name=no).first.click()
    expect(page.locator(".rg-card").first).to_contain_text(no)


@pytest.mark.parametrize("team", ["zh-CN"], indirect=True)
def test_the_day_that_ends_in_a_meeting(team: Team, app: App) -> None:
    no = raised_by_member(team, "小广告清了又贴，天天有")
    to_the_department(team, no)
    press(team, "leader", no, "supervise", saying("请限期解决"))
    expect(team.there["leader"].page.locator(".rg-card").first).to_contain_text(
        "黄牌" if team.lang == "zh-CN" else "Yellow card"
    )
    press(team, "department", no, "extension", saying("需要协调厂家"))
    press(team, "street", no, "approve")
    press(team, "department", no, "done", saying("已清理一遍"))
    press(team, "community", no, "failed", saying("北墙还有"))
    press(team, "department", no, "done", saying("北墙也清了"))
    press(team, "member", no, "passed", saying("看过"))
    rate(team, no, 1, "第二天又贴上了")
    assert row(app, no)[0] == "at_meeting"
    with sqlite3.connect(app.file) as connection:
        title, unit = connection.execute(
            "SELECT x.title, m.unit FROM meeting_matters x JOIN meetings m ON m.id = x.meeting_id "
            "JOIN tickets t ON t.id = x.ticket_id WHERE t.no = ? AND m.state = 'open'",
            (no,),
        ).fetchone()
    page = team.at("community", f"/?view=meetings&unit={unit}").page
    expect(page.get_by_text(title).first).to_be_visible()
    meet(team, page)
    assert row(app, no)[0] == "closed"
    story = team.at("member", f"/?ticket={no}").page.locator(".rg-story")
    expect(story).to_contain_text("由社区组织巡查，物业每周清理")


@pytest.mark.parametrize("team", ["en-GB"], indirect=True)
def test_a_department_that_returns_holds_and_resumes(team: Team, app: App) -> None:
    no = raised_by_member(team, "围墙外小广告")
    up_to_the_community(team, no)
    chinese = team.lang == "zh-CN"
    lead = choosing("牵头" if chinese else "Lead", "城市管理" if chinese else "City Management")
    press(team, "community", no, "dispatch", lead)

    def instead(dialog: Locator) -> None:
        dialog.get_by_role("textbox").last.fill("围墙归住建管")
        choosing("建议" if chinese else "Who should", "住房和城乡" if chinese else "Housing")(dialog)

    press(team, "department", no, "return", instead)
    assert row(app, no)[0] == "accepted"
    press(team, "community", no, "dispatch", lead)
    press(team, "department", no, "sign")
    press(team, "department", no, "ask_hold", saying("等厂家配合"))
    press(team, "street", no, "approve_hold")
    assert row(app, no)[0] == "on_hold"
    press(team, "department", no, "resume")
    assert row(app, no)[0] == "in_progress"

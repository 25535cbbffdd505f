"""The floor in the room: a hand by keyboard, the queue, the bar with the time left, captions."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.room.conftest import Meeting
from tests.room.test_reach import assert_fits, assert_targets
from tests.room.test_vote import listen, wait_said
from tests.support.browser import assert_accessible

MakeMeeting = Callable[..., Meeting]


def panel(page: Page) -> Page:
    """Open the panel of speaking and asking, and hear what the room says."""
    listen(page)
    page.locator("#tab-questions").click()
    return page


def test_from_the_raised_hand_to_the_floor_taken_back(meeting: MakeMeeting) -> None:
    made = meeting()
    made.run(
        "from creditor_meetings.meetings.models import Meeting\n"
        f"Meeting.objects.filter(slug={made.slug!r}).update(questions_shown='moderated')"
    )
    proxy, ink = panel(made.enter("proxy")), panel(made.enter("ink", "phone"))
    judge, clerk = panel(made.enter("judge")), panel(made.enter("clerk"))
    # By keyboard alone; a proxy of two says for whom.
    proxy.get_by_label("想就什么发言").focus()
    proxy.keyboard.type("厂房的起拍价")
    proxy.get_by_label("以谁的名义发言").select_option(label="张三")
    proxy.keyboard.press("Tab")  # from the topic to the name
    proxy.keyboard.press("Tab")
    proxy.keyboard.press("Enter")
    expect(proxy.locator(".floor-mine")).to_contain_text("排在第 1 位，共 1 位")
    expect(proxy.locator(".floor-mine")).to_contain_text("以张三的名义")
    wait_said(judge, "张三） 举手：厂房的起拍价")
    ink.get_by_label("想就什么发言").fill("分配的时间")
    ink.get_by_role("button", name="举手申请发言").click()
    expect(ink.locator(".floor-mine")).to_contain_text("排在第 2 位，共 2 位")
    expect(judge.locator('[data-badge="questions"]')).to_have_text("2")
    assert_accessible(judge)
    assert_targets(judge)

    judge.get_by_label("每次发言时限").select_option(label="3 分钟")
    judge.locator(".floor-hand").first.get_by_role("button", name="发言").click()
    bar = ink.locator(".speaking-bar")
    expect(bar).to_contain_text("张三）")
    expect(bar.locator(".speaking-left")).to_contain_text("剩余 02:")
    wait_said(ink, "您的发言顺序：第 1 位")
    # One at a time; more time; and back, with a reason.
    expect(judge.locator(".floor-hand .button--primary")).to_be_disabled()
    judge.get_by_role("button", name="延长 1 分钟").click()
    expect(bar.locator(".speaking-left")).to_contain_text("剩余 03:")
    assert_accessible(ink)
    assert_fits(ink)
    assert_fits(judge)

    clerk.locator(".captions-summary").click()
    clerk.get_by_role("combobox", name="发言人").fill("张三")
    clerk.get_by_label("字幕内容").fill("起拍价偏底。")
    clerk.keyboard.press("Enter")
    line = clerk.locator(".captions-line")
    line.get_by_role("button", name="更正").click()
    line.get_by_label("更正这行字幕").fill("起拍价偏低。")
    clerk.keyboard.press("Enter")
    expect(line.locator(".captions-said")).to_contain_text("张三：起拍价偏低。")
    assert_accessible(clerk)

    judge.get_by_role("button", name="收回发言").click()
    judge.get_by_label("理由（可不填，记入会议记录）").fill("时间已到")
    judge.get_by_role("button", name="收回", exact=True).click()
    expect(bar).to_be_hidden()
    expect(ink.locator(".floor")).to_contain_text("主持人收回：时间已到")
    expect(judge.locator(".floor-hand .button--primary")).to_be_enabled()
    wait_said(proxy, "您的发言已结束：主持人收回：时间已到")
    ink.get_by_role("button", name="放下").click()
    expect(ink.get_by_label("想就什么发言")).to_be_focused()

    moderate(ink, judge, proxy)


def moderate(ink: Page, judge: Page, other: Page) -> None:
    """Ask where questions are moderated: held back with a reason, then shown after all."""
    expect(ink.locator("#field-question-hint")).to_contain_text("先由管理人或法官审看")
    ink.get_by_label("书面提问").fill("何时分配？")
    ink.get_by_role("button", name="提交提问").click()
    expect(ink.locator(".question-mark")).to_contain_text("等待公开")
    judge.get_by_role("button", name="不公开").click()
    judge.get_by_label("理由（提问人会看到）").fill("请先看分配方案")
    judge.locator(".question .confirm").get_by_role("button", name="不公开").click()
    expect(ink.locator(".question-mark")).to_have_text("未公开：请先看分配方案")
    expect(other.locator(".question")).to_have_count(0)
    judge.locator(".question").get_by_role("button", name="公开", exact=True).click()
    expect(other.locator(".question-text")).to_have_text("何时分配？")
    judge.locator(".question").get_by_role("button", name="答复").click()
    judge.get_by_label("已经当场口头回答").check()
    judge.get_by_role("button", name="发布答复").click()
    expect(other.locator(".answer")).to_contain_text("王法官 当场答复")

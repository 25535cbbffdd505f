"""Several polls at once, one person for many, one creditor in two groups, and polls that change."""

import itertools
import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.room.conftest import Meeting, open_poll
from tests.room.test_reach import assert_fits, assert_targets
from tests.room.test_vote import listen, wait_said
from tests.support.browser import OpenContext, assert_accessible
from tests.support.servers import Server

MakeMeeting = Callable[..., Meeting]
_numbers = itertools.count(1)


@pytest.fixture
def plan_meeting(room_server: Server, browser_context: OpenContext) -> Meeting:
    """A meeting with a plan, an ordinary matter and an election; an agent for ten creditors."""
    slug = f"many-{next(_numbers)}"
    done = room_server.installation.python("-m", "tests.room.build_many", slug)
    return Meeting(room_server, json.loads(done.stdout), browser_context)


def open_all(chair: Page) -> None:
    """Open every draft at once as the chair does."""
    chair.locator("#tab-votes").click()
    chair.get_by_role("button", name="同时开始多项表决").click()
    for box in chair.locator(".together input[type=checkbox]").all():
        box.check()
    chair.get_by_role("button", name="确认开始").click()
    chair.locator(".poll-bar").wait_for()


def test_one_person_votes_for_many_in_several_polls_at_once(plan_meeting: Meeting) -> None:
    made = plan_meeting
    chair, first = made.enter("administrator"), made.enter("first")
    agent = made.enter("agent", "phone")
    open_all(chair)
    expect(agent.locator(".poll-bar")).to_contain_text("正在表决 5 项")
    expect(agent.locator(".poll-bar")).to_contain_text("您还有 5 项未投")

    # A principal attends in person: its own ballot has the last word.
    first.get_by_role("button", name="去表决").click()
    first.locator("article.resolution", has_text="财产管理方案").get_by_role(
        "radio", name="反对", exact=True
    ).check()
    first.get_by_role("button", name="下一步：核对").click()
    expect(first.locator(".check")).to_contain_text("还没有选择、本次不提交的")
    first.get_by_role("button", name="确认提交").click()
    first.locator(".receipt").wait_for()

    agent.get_by_role("button", name="去表决").click()
    plan = agent.locator("article.resolution", has_text="重整计划草案")
    sale = agent.locator("article.resolution", has_text="财产管理方案")
    expect(sale).to_contain_text("债权人本人已表决")
    expect(plan.locator(".lacking")).to_contain_text("1 户的授权委托书未获认可")
    plan.get_by_role("radio", name="同意", exact=True).check()
    plan.get_by_text("逐户设定").click()
    plan.get_by_label("按名称查找").fill("003")
    expect(plan.locator(".principal:visible")).to_have_count(1)
    plan.locator(".principal:visible select").select_option("against")
    plan.get_by_label("按名称查找").fill("银行")
    bank = plan.locator(".principal:visible")
    bank.locator("select").first.select_option("apart")
    bank.locator(".principal-group select").nth(0).select_option("for")
    bank.locator(".principal-group select").nth(1).select_option("abstain")
    sale.get_by_role("radio", name="同意", exact=True).check()
    assert_accessible(agent)
    assert_fits(agent)
    assert_targets(agent)

    # Half chosen, it outlives a reload.
    agent.reload()
    expect(agent.locator(".sheet-progress")).to_have_text("共 44 票，已选 17 票。")
    agent.get_by_role("button", name="下一步：核对").click()
    expect(agent.locator(".check-title")).to_be_focused()
    rows = agent.locator(".check-poll", has_text="重整计划草案").locator("tbody tr")
    expect(rows).to_have_count(10)
    expect(rows.filter(has_text="担保债权组")).to_contain_text("5,000,000.00 元")
    expect(rows.filter(has_text="003")).to_contain_text("反对")
    assert_accessible(agent)
    assert_fits(agent)
    agent.get_by_role("button", name="确认提交 17 票").click()
    expect(agent.locator(".receipt-line")).to_have_count(17)
    expect(agent.locator(".poll-bar")).to_contain_text("您还有 3 项未投")
    assert_accessible(agent)

    cast = made.ask(
        "[[one.resolution_id, one.creditor_id, one.choices, one.by_proxy] for one in"
        f" Ballot.objects.filter(resolution__meeting={made.built['meeting']}, effective=True)]"
    )
    creditors, firms = made.built["creditors"], made.built["creditors"]["firms"]
    by_key = {(poll, creditor): (choices, proxy) for poll, creditor, choices, proxy in cast}
    assert len(cast) == 18
    split = {"secured": "for", "ordinary": "abstain"}
    assert by_key[made.built["plan"], creditors["bank"]] == (split, True)
    assert by_key[made.built["plan"], firms[2]] == ({"ordinary": "against"}, True)
    assert by_key[made.built["sale"], firms[0]] == ({"all": "against"}, False)

    # The principal sees who voted for it, and may take the vote back.
    plan_of_first = first.locator("article.resolution", has_text="重整计划草案")
    expect(plan_of_first.locator(".receipt")).to_contain_text("由 周代理 投出")
    plan_of_first.get_by_role("button", name="更改表决").click()
    plan_of_first.get_by_role("radio", name="弃权", exact=True).check()
    first.get_by_role("button", name="下一步：核对").click()
    first.get_by_role("button", name="确认提交").click()
    expect(plan_of_first.locator(".receipt")).to_contain_text("已投：弃权")
    expect(plan).to_contain_text("债权人本人已表决")


def test_a_poll_is_suspended_extended_and_voided(meeting: MakeMeeting) -> None:
    made = meeting()
    chair, ink = made.enter("administrator"), made.enter("ink", "phone")
    listen(ink)
    open_poll(chair)
    ink.get_by_role("button", name="去表决").click()
    choice = ink.get_by_role("radio", name="同意", exact=True)
    choice.check()

    chair.get_by_role("button", name="暂停表决").click()
    chair.get_by_role("button", name="确认暂停").click()
    expect(chair.locator(".confirm .error")).to_have_text("请填写理由。")
    chair.get_by_label("暂停的理由").fill("法院机房断电")
    chair.get_by_role("button", name="确认暂停").click()
    expect(ink.locator(".poll-bar")).to_contain_text("表决已暂停")
    expect(ink.locator(".story:visible")).to_contain_text("法院机房断电")
    wait_said(ink, "您选的内容已保留")
    expect(choice).to_be_disabled()
    expect(choice).to_be_checked()
    expect(ink.get_by_role("button", name="下一步：核对")).to_have_count(0)
    assert_accessible(ink)
    assert_fits(ink)

    chair.get_by_role("button", name="恢复表决").click()
    chair.get_by_role("button", name="确认恢复").click()
    expect(choice).to_be_enabled()
    expect(choice).to_be_checked()
    chair.get_by_role("button", name="延长表决").click()
    chair.get_by_label("截止方式").select_option("60")
    chair.get_by_label("延长的理由").fill("债权人要求继续审阅")
    assert_accessible(chair)
    chair.get_by_role("button", name="确认延长").click()
    expect(ink.locator(".story:visible")).to_contain_text("理由：债权人要求继续审阅")
    wait_said(ink, "的表决延长至")

    ink.get_by_role("button", name="下一步：核对").click()
    ink.get_by_role("button", name="确认提交").click()
    expect(ink.locator(".receipt")).to_contain_text("已投：同意")

    chair.get_by_role("button", name="作废表决").click()
    chair.get_by_label("作废的理由").fill("登记册遗漏一户")
    chair.get_by_role("button", name="确认作废").click()
    expect(ink.locator(".poll-bar")).to_have_count(0)
    told = ink.locator("article.resolution[data-state=voided]")
    expect(told).to_contain_text("本次表决已作废")
    expect(told).to_contain_text("登记册遗漏一户")
    expect(told.get_by_role("button", name="重新表决：破产财产变价方案")).to_be_visible()
    assert_accessible(ink)

"""A vote in the room, from the chair's opening to the judge's word, by hand and by keyboard."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.room.conftest import Meeting, close_poll, open_poll, vote

MakeMeeting = Callable[..., Meeting]


def listen(page: Page) -> None:
    """Keep everything that the room says to screen readers."""
    page.evaluate(
        """() => {
            window.said = [];
            const region = document.getElementById("announcer");
            new MutationObserver(() => window.said.push(region.textContent))
                .observe(region, { childList: true, characterData: true, subtree: true });
        }"""
    )


def wait_said(page: Page, words: str) -> None:
    """Wait until the room has said something to screen readers."""
    page.wait_for_function("words => window.said.some((one) => one.includes(words))", arg=words)


def test_a_vote_from_opening_to_confirmation(meeting: MakeMeeting) -> None:
    made = meeting()
    chair = made.enter("administrator")
    ink, paper = made.enter("ink", "phone"), made.enter("paper")
    judge = made.enter("judge")
    listen(ink)
    open_poll(chair)
    wait_said(ink, "开始表决：破产财产变价方案")
    expect(ink.locator(".poll-left")).to_contain_text("剩余 09:")
    expect(judge.locator(".poll-bar button")).to_have_text("查看")

    vote(ink, "同意")
    wait_said(ink, "已记录您的表决：同意")
    receipt = ink.locator(".receipt")
    expect(receipt).to_contain_text("已投：同意")
    expect(receipt).to_contain_text("1,284,350.00 元")
    expect(receipt.locator("code.hash")).to_have_text(
        made.ask(f"Ballot.objects.get(resolution={made.built['sale']}).receipt['entry_hash']")
    )
    expect(ink.locator(".poll-bar")).to_be_visible()
    expect(ink.locator(".poll-bar button")).to_have_text("已投 · 查看")

    # Changing it while the poll is open: the last one counts, once.
    receipt.get_by_role("button", name="更改表决").click()
    ink.get_by_role("radio", name="反对", exact=True).check()
    ink.get_by_role("button", name="下一步：核对").click()
    ink.get_by_role("button", name="确认提交").click()
    expect(receipt).to_contain_text("已投：反对")

    vote(paper, "同意")
    expect(judge.locator(".poll-turnout")).to_have_text("已投 2 / 5 户")
    judge.locator("#tab-votes").click()
    rows = judge.locator(".tally-table tbody tr")
    expect(rows.nth(0)).to_contain_text("302,026,114.37")
    expect(rows.nth(1)).to_contain_text("1,284,350.00")

    close_poll(chair)
    for page in (ink, paper, judge):
        page.locator("#tab-votes").click()
        expect(page.locator(".poll-bar")).to_have_count(0)
        expect(page.locator(".stamp:visible")).to_have_text("未通过")
        expect(page.locator(".tests:visible")).to_contain_text("同意 1 户")
        expect(page.locator(".tests:visible")).to_contain_text("= 50.00%，须过半数：未达到")

    judge.get_by_role("button", name="不予确认").click()
    judge.locator(".confirm").get_by_role("button", name="不予确认").click()
    expect(judge.locator(".confirm .error")).to_contain_text("理由")
    judge.locator(".confirm").get_by_role("button", name="返回").click()
    judge.get_by_role("button", name="确认结果").click()
    judge.locator(".confirm").get_by_role("button", name="确认结果").click()
    for page in (ink, paper, judge, chair):
        expect(page.locator(".confirmation:visible")).to_contain_text("王法官")
    assert made.ask("Confirmation.objects.filter(judge__name='王法官').count()") >= 1


def test_voting_by_keyboard_alone(meeting: MakeMeeting) -> None:
    made = meeting()
    chair = made.enter("administrator")
    page = made.enter("ink")
    open_poll(chair)
    page.locator(".poll-bar").wait_for()

    def tab_to(description: str) -> None:
        for _ in range(40):
            page.keyboard.press("Tab")
            focused = page.evaluate(
                "() => { const e = document.activeElement;"
                " return `${e.getAttribute('aria-label') ?? ''} ${e.textContent.trim()}`; }"
            )
            if description in focused:
                return
        raise AssertionError(f"the keyboard never reaches {description}")

    tab_to("去表决")
    page.keyboard.press("Enter")
    tab_to("同意")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="反对", exact=True)).to_be_checked()
    tab_to("下一步：核对")
    page.keyboard.press("Enter")
    expect(page.locator(".check-title")).to_be_focused()
    tab_to("确认提交")
    page.keyboard.press("Enter")
    expect(page.locator(".receipt")).to_contain_text("已投：反对")


def test_tabs_by_arrows(meeting: MakeMeeting) -> None:
    page = meeting().enter("ink")
    page.locator("#tab-agenda").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#tab-documents")).to_be_focused()
    expect(page.locator("#panel-documents")).to_be_visible()
    page.keyboard.press("End")
    expect(page.locator("#tab-questions")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#tab-agenda")).to_be_focused()
    expect(page.locator('[role="tabpanel"]:visible')).to_have_count(1)


def test_a_ballot_for_each_creditor_of_a_proxy(meeting: MakeMeeting) -> None:
    made = meeting()
    chair, proxy = made.enter("administrator"), made.enter("proxy", "phone")
    open_poll(chair)
    proxy.get_by_role("button", name="去表决").click()
    proxy.get_by_role("radio", name="同意", exact=True).check()
    proxy.get_by_text("逐户设定").click()
    proxy.locator(".principal", has_text="张三").locator("select").select_option("弃权")
    proxy.get_by_role("button", name="下一步：核对").click()
    checked = proxy.locator(".check-table tbody tr")
    expect(checked).to_have_count(2)
    expect(checked.filter(has_text="张三")).to_contain_text("26,060.55 元")
    expect(checked.filter(has_text="张三")).to_contain_text("弃权")
    proxy.get_by_role("button", name="确认提交 2 票").click()
    expect(proxy.locator(".receipt")).to_have_count(2)
    expect(proxy.locator(".poll-bar button")).to_have_text("已投 · 查看")
    cast = made.ask(
        "sorted([one.creditor_id, one.choice, one.by_proxy]"
        f" for one in Ballot.objects.filter(resolution={made.built['sale']}))"
    )
    creditors = made.built["creditors"]
    assert cast == [[creditors["tax"], "for", True], [creditors["zhang"], "abstain", True]]


def test_without_a_vote_the_room_says_why(meeting: MakeMeeting) -> None:
    made = meeting()
    chair, bank, worker = made.enter("administrator"), made.enter("bank"), made.enter("worker")
    open_poll(chair, "破产财产分配方案")
    bank.locator(".poll-bar").get_by_role("button", name="查看").click()
    expect(bank.locator(".ballot:visible")).to_contain_text("第五十九条第三款")
    expect(bank.get_by_role("radio")).to_have_count(0)
    worker.locator(".poll-bar").get_by_role("button", name="查看").click()
    expect(worker.locator(".ballot:visible")).to_contain_text("没有表决权")


def test_a_tally_kept_until_the_close(meeting: MakeMeeting) -> None:
    made = meeting(tally_shown="at_close")
    chair, ink = made.enter("administrator"), made.enter("ink")
    open_poll(chair)
    vote(ink, "同意")
    expect(ink.locator(".poll-turnout")).to_have_text("已投 1 / 5 户")
    assert ink.locator(".tally:visible").count() == 0
    expect(ink.locator("p:visible", has_text="本次表决在截止后公布计票")).to_be_visible()
    assert chair.locator(".tally:visible").count() == 0
    close_poll(chair)
    expect(ink.locator(".tally:visible")).to_be_visible()


def test_a_refusal_keeps_the_choice(meeting: MakeMeeting) -> None:
    made = meeting()
    chair, ink = made.enter("administrator"), made.enter("ink")
    open_poll(chair)
    ink.get_by_role("button", name="去表决").click()
    ink.get_by_role("radio", name="同意", exact=True).check()
    close_poll(chair)
    expect(ink.locator(".ballot:visible")).to_contain_text("您选择的“同意”没有提交")


def test_the_chair_leads_and_everybody_follows(meeting: MakeMeeting) -> None:
    made = meeting(state="convened")
    judge, ink = made.enter("judge"), made.enter("ink")
    expect(ink.locator("#now-title")).to_contain_text("会议定于")
    listen(ink)
    judge.get_by_role("button", name="开始会议").click()
    judge.locator(".confirm").get_by_role("button", name="开始会议").click()
    expect(ink.locator("#now-title")).to_have_text("管理人执行职务工作报告")
    judge.locator(".agenda-item", has_text="核查债权").get_by_role(
        "button", name="设为当前议程"
    ).click()
    expect(ink.locator("#now-title")).to_have_text("核查债权")
    expect(ink.locator("#now-status")).to_have_text("议程 2 / 4 · 进行中")
    wait_said(ink, "现在进行：核查债权")
    expect(ink.locator(".toast", has_text="现在进行：核查债权")).to_be_visible()
    expect(ink.get_by_role("button", name="设为当前议程")).to_have_count(0)
    judge.get_by_role("button", name="休会").click()
    judge.locator(".confirm").get_by_role("button", name="休会").click()
    expect(ink.locator("#now-status")).to_contain_text("休会中")


def test_signing_in(meeting: MakeMeeting) -> None:
    made = meeting()
    judge, proxy = made.enter("judge"), made.enter("proxy")
    expect(judge.locator("#attending")).to_have_text("已签到 0 / 6 户")
    expect(judge.locator("#signin-bar")).to_be_hidden()
    proxy.get_by_role("button", name="签到", exact=True).click()
    expect(proxy.locator("#signin-bar")).to_be_hidden()
    expect(proxy.locator("#me li", has_text="张三")).to_contain_text("签到")
    expect(proxy.locator("#me li", has_text="张三")).not_to_contain_text("未签到")
    expect(judge.locator("#attending")).to_have_text("已签到 2 / 6 户")
    expect(judge.locator("#facts")).to_contain_text("685.05 万元")


def test_questions_and_answers(meeting: MakeMeeting) -> None:
    made = meeting()
    ink, administrator = made.enter("ink"), made.enter("administrator")
    ink.locator("#tab-questions").click()
    ink.get_by_label("书面提问").fill("厂房何时<b>拍卖</b>？")
    ink.get_by_role("button", name="提交提问").click()
    expect(ink.get_by_label("书面提问")).to_have_value("")
    expect(administrator.locator('[data-badge="questions"]')).to_have_text("1")
    administrator.locator("#tab-questions").click()
    asked = administrator.locator(".question")
    expect(asked.locator(".question-text")).to_have_text("厂房何时<b>拍卖</b>？")
    asked.get_by_role("button", name="答复").click()
    asked.get_by_label("答复").fill("评估完成后一个月内。")
    asked.get_by_role("button", name="发布答复").click()
    expect(ink.locator(".answer")).to_contain_text("评估完成后一个月内。")
    expect(administrator.locator('[data-badge="questions"]')).to_be_hidden()
    expect(made.enter("observer").get_by_label("书面提问")).to_be_hidden()

"""Lines that break at every step of a ballot, and people who are in two places, or asleep."""

import json
import time
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.faults.client.conftest import MakeHouse, assert_counted, ballots_of
from tests.faults.client.proxy import STEPS, Proxy
from tests.faults.client.test_without_socket import choose, close_by_chair, way
from tests.room.conftest import Meeting
from tests.room.test_break import watch_status
from tests.support.databases import wait_until
from tests.support.wire import Wire

PutProxy = Callable[[str], Proxy]
LayWire = Callable[[str], Wire]
SAID = {"for": "同意", "against": "反对", "abstain": "弃权"}


def enter_with_clock(made: Meeting, name: str, url: str) -> Page:
    """Open the room as a person whose page's time the test can move on."""
    context = made.open_context(person=made.built["sessions"][name], url=url)
    page = context.new_page()
    page.clock.install()
    page.goto(f"{url}/meetings/{made.slug}/")
    way(page, "socket")
    return page


def test_a_socket_cut_at_any_step_of_a_ballot(house: MakeHouse, proxy: PutProxy) -> None:
    """Nobody does anything: each ballot arrives, is receipted and counts once."""
    made = house(len(STEPS))
    lines = [proxy(made.server.url) for _ in STEPS]
    pages = []
    for number, (line, step) in enumerate(zip(lines, STEPS, strict=True), start=1):
        page = made.enter(str(number), url=line.url)
        choose(page, "反对")
        pages.append(page)
        line.cut_at = step
    for page in pages:
        page.get_by_role("button", name="确认提交").click()
    # One of them loses patience besides, when its ballot has left.
    sent = STEPS.index("sent")
    wait_until(lambda: lines[sent].lost, what="the cut behind the ballot")
    pages[sent].reload()
    for number, (line, page, step) in enumerate(zip(lines, pages, STEPS, strict=True), start=1):
        expect(page.locator(".receipt")).to_contain_text("已投：反对")
        expect(page.locator(".sending")).to_have_count(0)
        way(page, "socket")
        # The server may be slow with what it has to say; the receipt came by POST then.
        wait_until(lambda line=line: line.lost, what=f"the cut, {step}")
        assert line.lost == 1
        assert ballots_of(made, str(number)) == 1
    assert_counted(made, **{f"n{number}": "against" for number in range(1, len(STEPS) + 1)})


def test_one_person_at_three_windows_has_one_ballot(house: MakeHouse) -> None:
    made = house(1)
    tab = made.enter("1")
    second = tab.context.new_page()
    second.goto(tab.url)
    way(second, "socket")
    phone = made.enter("1", "phone")
    pages = {"同意": tab, "反对": second, "弃权": phone}
    buttons = []
    for choice, page in pages.items():
        choose(page, choice)
        button = page.get_by_role("button", name="确认提交")
        button.wait_for()
        buttons.append(button.element_handle())
    # All at the same moment: none has heard of the others when it sends.
    moment = 1000 * (time.time() + 5)
    for one in buttons:
        one.evaluate(
            "(button, moment) => setTimeout(() => button.click(), moment - Date.now())", moment
        )
    for page in pages.values():
        page.locator(".receipt").first.wait_for()
        expect(page.locator(".sending")).to_have_count(0)
        expect(page.get_by_role("button", name="确认提交")).to_have_count(0)
    record = json.loads(
        made.server.installation.python(
            "-m", "tests.faults.client.build", "--record", str(made.built["poll"])
        ).stdout
    )
    (counting,) = [choice for _who, choice, effective in record["ballots"] if effective]
    # On a busy machine one may hear of another's after all, and then shows that instead.
    assert 1 <= len(record["ballots"]) <= 3
    assert record["ballots"][-1][1] == counting
    for page in pages.values():
        expect(page.locator(".receipt").first).to_contain_text(f"已投：{SAID[counting]}")
    # Changed at one window, it is changed at all.
    phone.get_by_role("button", name="更改表决").first.click()
    choose(phone, "同意")
    phone.get_by_role("button", name="确认提交").click()
    for page in pages.values():
        expect(page.locator(".receipt").first).to_contain_text("已投：同意")
    assert_counted(made, n1="for")


def test_after_an_hour_asleep_the_room_is_as_it_should_be(house: MakeHouse, wire: LayWire) -> None:
    made = house(2, minutes=10)
    line = wire(made.server.url)
    page = enter_with_clock(made, "1", line.url)
    choose(page, "同意")
    page.evaluate("window.stillHere = true")
    # The lid is closed: no timer runs, the network is gone, the meeting goes on.
    line.cut()
    made.run(
        "from tests.support import world\n"
        "from django.db import transaction\n"
        "from creditor_meetings.meetings import verbs\n"
        "from creditor_meetings.meetings.models import Meeting\n"
        f"meeting = Meeting.objects.get(pk={made.built['meeting']})\n"
        "judge = meeting.case.roles.get(role='judge').person\n"
        "item = meeting.items.get(position=2)\n"
        "verbs.set_agenda_item(meeting, item.pk, world.viewer(judge, meeting))\n"
    )
    close_by_chair(made)
    page.clock.fast_forward("01:00:00")
    # Though nothing was heard yet: its announced time is over.
    expect(page.get_by_role("button", name="确认提交")).to_have_count(0)
    line.mend()
    way(page, "socket")
    expect(page.locator("#now-title")).to_have_text("核查债权")
    expect(page.locator(".poll-bar")).to_have_count(0)
    expect(page.get_by_role("button", name="确认提交")).to_have_count(0)
    page.locator("#tab-votes").click()
    expect(page.locator("article.resolution")).to_contain_text("未通过")
    assert page.evaluate("window.stillHere")
    assert_counted(made)


def test_a_browser_that_says_it_is_offline_is_not_believed_without_asking(
    house: MakeHouse, wire: LayWire
) -> None:
    """A word of the browser's costs nobody the connection; a network that is gone does."""
    made = house(1)
    line = wire(made.server.url)
    page = made.enter("1", url=line.url)
    watch_status(page)
    page.context.set_offline(True)
    choose(page, "弃权")
    page.context.set_offline(False)
    assert page.evaluate("window.statuses") == ["connected"]
    line.cut()
    page.context.set_offline(True)
    expect(page.locator("#line-text")).to_have_text("正在重连")
    page.get_by_role("button", name="确认提交").click()
    line.mend()
    page.context.set_offline(False)
    expect(page.locator(".receipt")).to_contain_text("已投：弃权")
    assert ballots_of(made, "1") == 1
    assert_counted(made, n1="abstain")

"""Networks break: nothing that a person did is lost, done twice, or cried wolf about."""

import json
from collections.abc import Callable

from playwright.sync_api import Page, Request, WebSocket, expect

from tests.room.conftest import Meeting, open_poll, vote
from tests.support.wire import Wire

MakeMeeting = Callable[..., Meeting]
LayWire = Callable[[str], Wire]

# The line is tried again after pauses of up to fifteen seconds, the longer it was away.
BACK_MS = 60_000


def watch_status(page: Page) -> None:
    """Keep every connection state that the page shows from now on."""
    page.evaluate(
        """() => {
            const pill = document.getElementById("line");
            window.statuses = [pill.dataset.status];
            new MutationObserver(() => window.statuses.push(pill.dataset.status))
                .observe(pill, { attributes: true, attributeFilter: ["data-status"] });
        }"""
    )


def is_line(socket: WebSocket) -> bool:
    """Whether a socket is the line to the meeting."""
    return "/video/" not in socket.url


def collect_sent(page: Page) -> list[dict]:
    """Collect the ballots that the page sends, by POST or on its sockets from the next one on."""
    sent: list[dict] = []

    def on_request(request: Request) -> None:
        if request.method == "POST" and request.url.endswith("/ballots/"):
            sent.append(request.post_data_json)

    def on_socket(socket: WebSocket) -> None:
        def on_frame(payload: str | bytes) -> None:
            frame = json.loads(payload)
            if frame.get("type") == "cast_ballot":
                sent.append(frame)

        if is_line(socket):
            socket.on("framesent", on_frame)

    page.on("websocket", on_socket)
    page.on("request", on_request)
    return sent


def prepare(page: Page, choice: str) -> None:
    """Choose, and stop at the check."""
    page.get_by_role("button", name="去表决").click()
    page.get_by_role("radio", name=choice, exact=True).check()
    page.get_by_role("button", name="下一步：核对").click()


def ballots(made: Meeting) -> list[list]:
    """Every ballot of the meeting: creditor, choice, whether it counts."""
    return made.ask(
        "[[one.creditor_id, one.choice, one.effective] for one in"
        f" Ballot.objects.filter(resolution__meeting={made.built['meeting']}).order_by('pk')]"
    )


def test_a_half_made_choice_survives_everything(meeting: MakeMeeting, wire: LayWire) -> None:
    made = meeting()
    line = wire(made.server.url)
    chair, paper = made.enter("administrator"), made.enter("paper")
    ink = made.enter("ink", "phone", url=line.url)
    open_poll(chair)
    ink.get_by_role("button", name="去表决").click()
    choice = ink.get_by_role("radio", name="反对", exact=True)
    choice.check()
    node = choice.element_handle()

    # Others vote, ask, and move the agenda: the form is the same element as before.
    vote(paper, "同意")
    expect(ink.locator(".participation-words:visible")).to_contain_text("已投票 1 户")
    assert node.evaluate("one => one.isConnected && one.checked")

    # The network goes; the meeting goes on; the network comes back.
    line.cut()
    expect(ink.locator("#line-text")).to_have_text("正在重连")
    expect(ink.locator("#line-bar")).to_contain_text("已保留")
    chair.locator("#tab-agenda").click()
    chair.locator(".agenda-item", has_text="核查债权").get_by_role(
        "button", name="设为当前议程"
    ).click()
    expect(paper.locator("#now-title")).to_have_text("核查债权")
    line.mend()
    expect(ink.locator("#now-title")).to_have_text("核查债权", timeout=BACK_MS)
    expect(ink.locator("#line-text")).to_have_text("已连接")
    expect(ink.locator("#line-bar")).to_be_hidden()
    assert node.evaluate("one => one.isConnected && one.checked")

    # A reload keeps it too, and the check step as well.
    ink.reload()
    expect(ink.get_by_role("radio", name="反对", exact=True)).to_be_checked()
    ink.get_by_role("button", name="下一步：核对").click()
    ink.reload()
    expect(ink.locator(".check")).to_contain_text("反对")
    expect(ink.locator(".poll-bar")).to_be_visible()


def test_no_alarm_for_a_blink(meeting: MakeMeeting, wire: LayWire) -> None:
    made = meeting()
    line = wire(made.server.url)
    judge, ink = made.enter("judge"), made.enter("ink", url=line.url)
    lines: list[WebSocket] = []
    ink.on("websocket", lambda socket: lines.append(socket) if is_line(socket) else None)
    # The page's time stands still but for what it is given: how fast this machine connects anew
    # is not the question.
    ink.clock.install()
    ink.reload()
    ink.locator("#line[data-status=connected]").wait_for()
    ink.clock.pause_at(ink.evaluate("Date.now()") / 1000 + 1)
    watch_status(ink)
    with lines[-1].expect_event("close"):
        line.cut()
        line.mend()
    with ink.expect_websocket(is_line):
        ink.clock.run_for(1900)
    judge.locator(".agenda-item", has_text="核查债权").get_by_role(
        "button", name="设为当前议程"
    ).click()
    expect(ink.locator("#now-title")).to_have_text("核查债权")
    ink.clock.run_for(5000)
    assert ink.evaluate("window.statuses") == ["connected"]


def test_a_ballot_sent_without_a_network_arrives_once(meeting: MakeMeeting, wire: LayWire) -> None:
    made = meeting()
    line = wire(made.server.url)
    chair, ink = made.enter("administrator"), made.enter("ink", url=line.url)
    open_poll(chair)
    prepare(ink, "同意")
    line.cut()
    expect(ink.locator("#line-text")).to_have_text("正在重连")
    ink.get_by_role("button", name="确认提交").click()
    expect(ink.locator(".sending")).to_contain_text("已保留，恢复后自动提交")
    line.mend()
    expect(ink.locator(".receipt")).to_contain_text("已投：同意", timeout=BACK_MS)
    assert ballots(made) == [[made.built["creditors"]["ink"], "for", True]]


def test_a_ballot_on_a_dead_line_goes_again_under_the_same_id(
    meeting: MakeMeeting, wire: LayWire
) -> None:
    made = meeting()
    line = wire(made.server.url)
    chair = made.enter("administrator")
    ink = made.enter("ink", url=line.url)
    open_poll(chair)
    ink.locator(".poll-bar").wait_for()
    sent = collect_sent(ink)
    ink.reload()
    prepare(ink, "反对")
    # The socket stays open and silent: only the missing answer tells.
    line.hang()
    ink.get_by_role("button", name="确认提交").click()
    expect(ink.locator("#line-text")).to_have_text("正在重连", timeout=BACK_MS)
    line.mend()
    expect(ink.locator(".receipt")).to_contain_text("已投：反对", timeout=BACK_MS)
    assert len(sent) >= 2
    assert len({frame["id"] for frame in sent}) == 1
    assert ballots(made) == [[made.built["creditors"]["ink"], "against", True]]


def test_a_ballot_goes_by_post_when_no_socket_can_be_had(
    meeting: MakeMeeting, wire: LayWire
) -> None:
    made = meeting()
    line = wire(made.server.url)
    chair, ink = made.enter("administrator"), made.enter("ink", url=line.url)
    open_poll(chair)
    prepare(ink, "同意")
    # A proxy on the way that lets pages through, but no sockets and no events.
    ink.route_web_socket("**/ws/meetings/**", lambda socket: socket.close())
    ink.route("**/events/*", lambda route: route.abort())
    line.cut()
    expect(ink.locator("#line-text")).to_have_text("正在重连")
    line.mend()
    with ink.expect_response("**/ballots/") as posted:
        ink.get_by_role("button", name="确认提交").click()
    assert posted.value.status == 200
    expect(ink.locator(".receipt")).to_contain_text("已投：同意")
    assert ballots(made) == [[made.built["creditors"]["ink"], "for", True]]


def test_a_ballot_under_way_survives_a_reload(meeting: MakeMeeting, wire: LayWire) -> None:
    made = meeting()
    line = wire(made.server.url)
    chair, ink = made.enter("administrator"), made.enter("ink", url=line.url)
    open_poll(chair)
    prepare(ink, "弃权")
    line.hang()
    ink.get_by_role("button", name="确认提交").click()
    ink.locator(".sending").wait_for()
    line.cut()
    line.mend()
    ink.reload()
    expect(ink.locator(".receipt")).to_contain_text("已投：弃权", timeout=BACK_MS)
    assert ballots(made) == [[made.built["creditors"]["ink"], "abstain", True]]


def test_whoever_is_shown_out_is_told(meeting: MakeMeeting) -> None:
    made = meeting()
    ink = made.enter("ink")
    made.run(
        "from creditor_meetings.cases.models import CaseRole\n"
        "from creditor_meetings.meetings.publishing import publish\n"
        "from django.db import transaction\n"
        f"person = {made.built['people']['ink']}\n"
        "with transaction.atomic():\n"
        "    CaseRole.objects.filter(person=person).update(active=False)\n"
        f"    publish({made.built['meeting']}, 'access_changed', {{}},"
        " audience=f'person:{person}')\n"
    )
    expect(ink.locator("#line-bar")).to_contain_text("您已不再参加本次会议", timeout=BACK_MS)
    expect(ink.locator("#line-text")).to_have_text("已离开")

"""One browser, several people: each role's link has a host name of its own."""

import re

from playwright.sync_api import expect

from tests.support.browser import OpenContext
from tests.support.servers import StartServer


def test_one_browser_is_administrator_creditor_and_judge_at_once(
    daphne_server: StartServer, browser_context: OpenContext
) -> None:
    server = daphne_server(demo=True)
    server.installation.env["PORT"] = str(server.ports[0])
    printed = server.installation.manage("demo").stdout
    links = dict(re.findall(r"(?m)^  (\w+) +(http://\S+)", printed))
    context = browser_context()
    windows = {}
    for role in ("administrator", "creditor", "judge"):
        window = windows[role] = context.new_page()
        window.goto(links[role])
        assert f"//{role}.localhost:" in window.url
        window.locator("main form button[type=submit]").click()
        window.wait_for_url("**/meetings/demo/")
        window.locator("#line[data-status=connected]").wait_for()
    # All three are still who they were, in rooms that live.
    for role, words in (("administrator", "林慎之"), ("judge", "郑明之")):
        windows[role].reload()
        windows[role].locator("#line[data-status=connected]").wait_for()
        expect(windows[role].locator("header .menu summary")).to_contain_text(words)
    windows["creditor"].get_by_role("button", name=re.compile("签到")).first.click()
    for window in windows.values():
        expect(window.get_by_text("已签到 1 / 326 户").first).to_be_attached()

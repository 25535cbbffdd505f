"""Every page that somebody can open is for everybody: a plain sweep in a browser.

Each page is opened by one of each kind of reader, in Chinese on a phone and in English at a
desk; the rooms' own tests go deeper.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support.browser import OpenContext, assert_accessible
from tests.support.servers import MakeInstallation, Server

STRANGER = "a stranger"
PASSWORD = "correct horse battery"

_BUILD = """
import django; django.setup()
import json
from django.urls import reverse
from creditor_meetings.cases.models import Person
from tests.whole import addresses
stage = addresses.furnish()
people = stage.cast.people
clerk = people["clerk"]
clerk.email = "clerk@example.cn"
clerk.set_password("correct horse battery")
clerk.save()
operator = Person.objects.create_superuser("operator@example.cn", "correct horse", name="运维")
NO_PAGES = {"documents:page", "documents:file", "documents:download", "voting:chart",
            "video:recording", "video:recording_copy", "video:replay_data", "video:replay_file",
            "video:replay_captions", "video:device_download", "video:address",
            "meetings:mandate_file", "voting:paper_table",
            "voting:paper_scan", "voting:paper_page", "meetings:notice_unreached",
            "voting:desk_ruling", "voting:desk_application", "voting:desk_verification",
            "evidence:bundle_file", "voting:register_table", "papers:paper", "papers:receipt"}
paths = {}
for name, door in addresses.DOORS.items():
    if door.reads is None or not door.page or name in NO_PAGES:
        continue
    path = reverse(name, kwargs=door.arguments(stage)) + door.query
    for reader in ("administrator", "judge", "creditor"):
        # What the court sees, the administrator sees; whoever reads it last is the most limited.
        if reader in door.reads and (reader != "judge" or name in ("meetings:room", "voting:evidence", "voting:desk")):
            paths.setdefault(reader, []).append(path)
paths["observer"] = [reverse("meetings:room", args=[stage.cast.meeting.slug]),
                     reverse("meetings:attendance", args=[stage.cast.meeting.slug])]
print(json.dumps({
    "people": {role: people[role].pk for role in ("administrator", "judge", "creditor", "observer")},
    "operator": operator.pk, "paths": paths, "token": stage.ids["token"]}))
"""  # noqa: E501

TRAITS = """() => {
    const low = [...document.querySelectorAll(
        "button, .button, select, textarea, summary, input:not([type=hidden], [type=checkbox],"
        + " [type=radio], [type=file]), label:has(input[type=checkbox], input[type=radio])")]
        .filter((one) => one.checkVisibility({visibilityProperty: true})
            && !one.closest(".visually-hidden")
            && one.getBoundingClientRect().height > 1
            && one.getBoundingClientRect().height < 47.5)
        .map((one) => Math.round(one.getBoundingClientRect().height) + "px "
            + one.outerHTML.slice(0, 130).replace(/\\s+/g, " "));
    const out = [...document.querySelectorAll("body *")]
        .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
        .map((one) => one.outerHTML.slice(0, 90).replace(/\\s+/g, " "));
    return {
        low,
        headings: document.querySelectorAll("h1").length,
        title: document.title.trim(),
        lang: document.documentElement.lang,
        large: document.documentElement.classList.contains("large"),
        sideways: document.documentElement.scrollWidth > innerWidth ? out.slice(0, 4) : null,
    };
}"""


@dataclass
class Site:
    """A running server with a page behind every address."""

    server: Server
    facts: dict[str, Any]
    sessions: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def site(installation: MakeInstallation) -> Iterator[Site]:
    """Furnish a server once for the sweep, which changes nothing."""
    made = installation(env={"DEMO": "0", "REQUIRE_STAFF_MFA": "0"})
    facts = json.loads(made.python("-c", _BUILD).stdout.strip().splitlines()[-1])
    people = {**facts["people"], "operator": facts["operator"]}
    keys = made.sessions_of(list(people.values()))
    with Server(made) as server:
        yield Site(server, facts, {role: keys[pk] for role, pk in people.items()})


@dataclass
class Sweep:
    """Looks at pages in one language and size, and notes what is wrong."""

    site: Site
    lang: str
    size: str
    open: OpenContext
    wrong: list[str] = field(default_factory=list)

    def enter(self, who: str, *, large: bool = False) -> Page:
        """Open a browser of somebody."""
        context: BrowserContext = self.open(
            self.lang,
            self.size,
            url=self.site.server.url,
            person=self.site.sessions.get(who),
        )
        if large:
            url = self.site.server.url
            context.add_cookies([{"name": "large_type", "value": "1", "url": url}])
        page = context.new_page()
        page.on("console", self._heard)
        return page

    def _heard(self, message: Any) -> None:
        if message.type == "error" and "status of 4" not in message.text:
            self.wrong.append(f"console of {message.location['url']}: {message.text}")

    def look(self, page: Page, path: str, *, status: int = 200, large: bool = False) -> None:
        """Open an address and note what is wrong with what comes."""
        response = page.goto(path)
        assert response is not None
        if response.status != status:
            self.wrong.append(f"{path}: {response.status}")
        page.wait_for_load_state("load")
        # The room and the big screen show grey bars until their state has come.
        expect(page.locator(".skeleton:visible")).to_have_count(0, timeout=20_000)
        self.examine(page, path, large=large)

    def examine(self, page: Page, path: str, *, large: bool = False) -> None:
        """Note what is wrong with the page that is shown."""
        traits = page.evaluate(TRAITS)
        what = f"{path} ({self.lang}, {self.size}{', large' if large else ''})"
        self.wrong += [f"{what}: low: {one}" for one in traits["low"]]
        if traits["headings"] != 1:
            self.wrong.append(f"{what}: {traits['headings']} h1")
        if not traits["title"]:
            self.wrong.append(f"{what}: no title")
        if traits["lang"] != {"zh-CN": "zh-Hans", "en": "en"}[self.lang]:
            self.wrong.append(f"{what}: lang {traits['lang']}")
        if traits["large"] != large:
            self.wrong.append(f"{what}: large type {traits['large']}")
        if traits["sideways"] is not None:
            self.wrong.append(f"{what}: sticks out: {traits['sideways']}")
        try:
            assert_accessible(page)
        except AssertionError as found:
            self.wrong.append(str(found))


@pytest.mark.parametrize(("lang", "size"), [("zh-CN", "phone"), ("en", "desktop")])
def test_every_page_is_within_everybody_s_reach(
    site: Site, browser_context: OpenContext, lang: str, size: str
) -> None:
    sweep = Sweep(site, lang, size, browser_context)
    _strangers(sweep)
    _passwords(sweep)
    for role, paths in site.facts["paths"].items():
        # Whoever asks for large type gets it everywhere.
        large = role == "creditor"
        page = sweep.enter(role, large=large)
        sweep.look(page, "/", large=large)
        for path in paths:
            refused = role == "observer" and path.endswith("/attendance/")
            sweep.look(page, path, status=403 if refused else 200, large=large)
            if large and page.locator("#tabs").is_visible():
                _tabs(sweep, page)
        page.close()
    operator = sweep.enter("operator")
    sweep.look(operator, "/cases/new/")
    assert not sweep.wrong, "\n".join(dict.fromkeys(sweep.wrong))


def _tabs(sweep: Sweep, page: Page) -> None:
    """Look at what else the room holds; large type is where words run out of room."""
    for tab in ("documents", "claims", "votes", "questions"):
        page.locator(f"#tab-{tab}").click()
        expect(page.locator(f"#panel-{tab}")).to_be_visible()
        expect(page.locator(".skeleton:visible")).to_have_count(0, timeout=20_000)
        sweep.examine(page, f"{page.url} {tab}", large=True)


def _strangers(sweep: Sweep) -> None:
    page = sweep.enter(STRANGER)
    for path in (
        "/",
        f"/invite/{sweep.site.facts['token']}/",
        "/account/login/",
        "/account/inactive/",
        "/account/password/reset/",
        "/account/password/reset/done/",
        "/account/password/reset/key/1-never/",
        "/account/password/reset/key/done/",
    ):
        sweep.look(page, path)
    sweep.look(page, "/invite/never-issued/", status=404)
    sweep.look(page, "/nowhere/at/all/", status=404)
    sweep.look(page, "/signin/")
    page.get_by_role("textbox").fill("16000000001")
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/signin/code/")
    sweep.examine(page, "/signin/code/")


def _passwords(sweep: Sweep) -> None:
    page = sweep.enter(STRANGER)
    page.goto("/account/login/")
    page.locator("input[name=login]").fill("clerk@example.cn")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit]").first.click()
    # The form's own address ends in a slash, too.
    expect(page).not_to_have_url(re.compile("/account/login/"))
    for path in (
        "/account/2fa/",
        "/account/2fa/totp/activate/",
        "/account/2fa/webauthn/",
        "/account/2fa/webauthn/add/",
        "/account/password/change/",
        "/account/reauthenticate/",
        "/account/logout/",
    ):
        sweep.look(page, path)
    administrator = sweep.enter("administrator")
    sweep.look(administrator, "/account/password/set/")

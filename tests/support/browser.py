"""Debian's Chromium, as many people in one test as it needs, and what every page must hold."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, expect

from tests.support.media import FedMedia
from tests.support.people import Person, sign_in

ARGUMENTS = [
    "--no-sandbox",  # the tests may run as root, where Chromium has none
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]

# What is waited for comes in its time on a machine that does several things at once.
EXPECTS_MS = 30_000
expect.set_options(timeout=EXPECTS_MS)
WAITS_MS = 60_000

SIZES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "device_scale_factor": 2,
        "is_mobile": True,
        "has_touch": True,
    },
    "screen": {"viewport": {"width": 1920, "height": 1080}},
}

# Scripts and styles of pages that break their own rules say so only here.
_ALWAYS_WRONG = ("Content Security Policy", "Refused to ")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Launch Debian's Chromium, or the one that CHROMIUM names."""
    found = chromium()
    if found is None:
        pytest.fail("Chromium is missing: apt-get install chromium, or set CHROMIUM to one")
    return {"executable_path": found, "args": ARGUMENTS, **browser_type_launch_args}


def chromium(*, whole: bool = False) -> str | None:
    """Return where the browser of the tests is, if there is one.

    Chromium without windows takes a third of the processor; screens are shared, and cameras
    tried, with the whole one.
    """
    names = [os.environ.get("CHROMIUM", "chromium")]
    if not whole and "CHROMIUM" not in os.environ:
        names.insert(0, "chromium-headless-shell")
    return next((place for name in names if (place := shutil.which(name))), None)


class OpenContext(Protocol):
    """What the fixture `browser_context` gives."""

    wrong: list[str]

    def __call__(
        self,
        lang: str = "zh-CN",
        size: str = "desktop",
        *,
        person: Person | str | None = None,
        url: str = "",
        media: FedMedia | None = None,
        **options: Any,
    ) -> BrowserContext: ...


class _Contexts:
    """Opens contexts and notes what went wrong in their pages."""

    def __init__(
        self,
        new_context: Callable[..., BrowserContext],
        browser_with: Callable[[FedMedia], Browser],
    ) -> None:
        self._new_context = new_context
        self._browser_with = browser_with
        self._own: list[BrowserContext] = []
        self.wrong: list[str] = []

    def __call__(
        self,
        lang: str = "zh-CN",
        size: str = "desktop",
        *,
        person: Person | str | None = None,
        url: str = "",
        media: FedMedia | None = None,
        **options: Any,
    ) -> BrowserContext:
        settings = {
            "locale": lang,
            "timezone_id": "Asia/Shanghai",
            "reduced_motion": "reduce",
            **({"base_url": url} if url else {}),
            **SIZES[size],
            **options,
        }
        if media is None:
            context = self._new_context(**settings)
        else:
            context = self._browser_with(media).new_context(**settings)
            self._own.append(context)
        context.set_default_timeout(WAITS_MS)
        context.on("page", self._watch)
        if person is not None:
            if not url:
                raise ValueError("a person is somebody at a server: give its url")
            sign_in(context, url, person)
        return context

    def _watch(self, page: Page) -> None:
        page.on("pageerror", self._page_error)
        page.on("console", self._console)

    def _page_error(self, error: Error) -> None:
        self.wrong.append(error.stack or error.message)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and any(words in message.text for words in _ALWAYS_WRONG):
            self.wrong.append(message.text)

    def close(self) -> None:
        for context in self._own:
            context.close()


@pytest.fixture(scope="session")
def _browser_with(
    launch_browser: Callable[..., Browser],
) -> Iterator[Callable[[FedMedia], Browser]]:
    """Browsers whose camera and microphone are files: one each, since arguments are a browser's."""
    launched: dict[FedMedia, Browser] = {}

    def get(media: FedMedia) -> Browser:
        if media not in launched:
            launched[media] = launch_browser(
                executable_path=chromium(whole=True), args=[*ARGUMENTS, *media.arguments]
            )
        return launched[media]

    yield get
    for one in launched.values():
        one.close()


@pytest.fixture
def browser_context(
    new_context: Callable[..., BrowserContext],
    _browser_with: Callable[[FedMedia], Browser],
) -> Iterator[OpenContext]:
    """Open a context, a browser of its own as far as pages can tell: one a person.

    `browser_context("en", "phone", person=people.one("judge"), url=server.url)` is signed in;
    `media=fed_media` gives it the fed camera and microphone. An uncaught error in a page's
    script, or a breach of its Content-Security-Policy, fails the test: clear
    `browser_context.wrong` where one is the point.
    """
    contexts = _Contexts(new_context, _browser_with)
    yield contexts
    contexts.close()
    if contexts.wrong:
        pytest.fail("errors in pages:\n" + "\n".join(contexts.wrong), pytrace=False)


def assert_accessible(page: Page, within: str = "") -> None:
    """Assert that axe finds nothing on the page, or within a selector of it."""
    found = Axe().run(page, context=within or None)
    lines = [
        f"{problem['id']} ({problem['impact']}): {problem['help']}\n"
        + "\n".join(f"    {node['target']}: {node['html'][:160]}" for node in problem["nodes"])
        for problem in found.response["violations"]
    ]
    assert not lines, f"axe on {page.url}:\n" + "\n".join(lines)


class TakeScreenshot(Protocol):
    """What the fixture `screenshot` gives."""

    def __call__(self, page: Page, name: str, **options: Any) -> Path: ...


@pytest.fixture
def screenshot(pytestconfig: pytest.Config, tmp_path: Path) -> TakeScreenshot:
    """Take a picture of a page; `--screenshots DIR` says where it is kept (else nowhere)."""
    directory = Path(pytestconfig.getoption("--screenshots") or tmp_path)

    def take(page: Page, name: str, **options: Any) -> Path:
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / f"{name}.png"
        page.evaluate("document.fonts.ready")
        page.screenshot(path=path, animations="disabled", caret="hide", **options)
        return path

    return take

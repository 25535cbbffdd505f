"""The tests' own tools, shown to work before anything is believed of what they say."""

import asyncio
import fcntl
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
import redis
from django.conf import settings
from django.contrib.auth import get_user_model
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.support import quiet, scheduling
from tests.support.browser import OpenContext, TakeScreenshot, assert_accessible
from tests.support.databases import free_port, main, wait_until
from tests.support.media import FedMedia, picture, read_frame, read_tone
from tests.support.people import People, Person
from tests.support.servers import MakeInstallation, Server, StartServer
from tests.support.wire import Wire

ELSEWHERE = "http://127.0.0.1:1"


def show(context: BrowserContext, body: str, headers: dict[str, str] | None = None) -> Page:
    """Open a page that no server has."""

    def answer(route: Route) -> None:
        route.fulfill(
            content_type="text/html; charset=utf-8",
            headers=headers or {},
            body=f"<!doctype html><html lang=en><title>A page</title><main>{body}</main></html>",
        )

    context.route(f"{ELSEWHERE}/**", answer)
    page = context.new_page()
    page.goto(f"{ELSEWHERE}/")
    return page


# --- Databases -------------------------------------------------------------------------------


def test_each_test_gets_an_empty_postgres_database(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        assert tables.fetchone() == (0,)
        assert connection.info.encoding == "utf-8"
        assert connection.info.port != 5432


def test_each_test_gets_an_empty_redis_database(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as connection:
        assert connection.dbsize() == 0
        connection.set("ballot", "for")
        assert connection.get("ballot") == b"for"


def test_waiting_gives_up() -> None:
    with pytest.raises(TimeoutError, match="the vote"):
        wait_until(lambda: False, seconds=0.1, what="the vote")


async def test_asyncio_tests_run() -> None:
    await asyncio.sleep(0)


# --- People ----------------------------------------------------------------------------------


def test_people_are_read_as_the_demo_writes_them(tmp_path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(
        "role,name,creditor,link,sessionid\n"
        "judge,陈法官,,http://127.0.0.1:8000/invite/abc/,s1\n"
        "creditor,李明,甲公司,http://127.0.0.1:8000/invite/def/,s2\n",
        encoding="utf-8",
    )
    people = People.read(path)
    judge = people.one("judge")
    assert judge == Person("judge", "陈法官", "", "http://127.0.0.1:8000/invite/abc/", "s1")
    assert judge.path == "/invite/abc/"
    assert judge.cookies == {"sessionid": "s1"}
    assert [person.creditor for person in people.all("creditor")] == ["甲公司"]
    with pytest.raises(LookupError, match="the roles are"):
        people.one("observer")


# --- The wire --------------------------------------------------------------------------------


@pytest.fixture
def echo() -> Iterator[str]:
    """A server that says back what it hears."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(connection: socket.socket) -> None:
        with connection:
            try:
                while data := connection.recv(1024):
                    connection.sendall(data)
            except OSError:
                pass

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=[connection], daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def ends(connection: socket.socket) -> bool:
    try:
        return connection.recv(10) == b""
    except ConnectionResetError:
        return True


def test_a_wire_hangs_is_mended_and_is_cut(echo: str, wire: Callable[[str], Wire]) -> None:
    laid = wire(echo)
    with socket.create_connection(("127.0.0.1", laid.port), timeout=30) as connection:
        connection.sendall(b"one")
        assert connection.recv(10) == b"one"

        laid.hang()
        connection.sendall(b"two")
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connection.recv(10)

        laid.mend()
        connection.settimeout(30)
        assert connection.recv(10) == b"two"

        laid.cut()
        assert ends(connection)

    with socket.create_connection(("127.0.0.1", laid.port), timeout=30) as connection:
        assert ends(connection)

    laid.mend()
    with socket.create_connection(("127.0.0.1", laid.port), timeout=30) as connection:
        connection.sendall(b"three")
        assert connection.recv(10) == b"three"


# --- The browser -----------------------------------------------------------------------------


def test_contexts_are_people_with_a_language_and_a_screen(browser_context: OpenContext) -> None:
    chinese = show(browser_context(), "<h1>一</h1>")
    english = show(browser_context("en", "phone"), "<h1>One</h1>")
    assert chinese.evaluate("[navigator.language, innerWidth]") == ["zh-CN", 1440]
    assert english.evaluate("navigator.language") == "en"
    assert english.evaluate("[screen.width, devicePixelRatio]") == [390, 2]


def test_a_context_is_signed_in_by_its_cookie(browser_context: OpenContext) -> None:
    context = browser_context(person="abc", url=ELSEWHERE)
    assert [(c["name"], c["value"]) for c in context.cookies()] == [("sessionid", "abc")]


def test_errors_in_pages_are_noted(browser_context: OpenContext) -> None:
    def noted(page: Page, number: int) -> None:
        # What the browser tells is heard only while it is asked for something.
        def heard() -> bool:
            page.evaluate("1")
            return len(browser_context.wrong) >= number

        wait_until(heard, seconds=30, what=f"{number} errors")

    noted(show(browser_context(), "<script>throw new Error('torn')</script>"), 1)
    policy = {"Content-Security-Policy": "default-src 'none'"}
    noted(show(browser_context(), "<p style='color: red'>Not so</p>", policy), 2)
    assert "torn" in browser_context.wrong[0]
    assert "Content Security Policy" in browser_context.wrong[1]
    browser_context.wrong.clear()


def test_axe_sees_what_is_wrong_and_nothing_else(browser_context: OpenContext) -> None:
    context = browser_context("en")
    policy = {"Content-Security-Policy": "default-src 'none'"}
    assert_accessible(show(context, "<h1>One</h1>", policy))
    with pytest.raises(AssertionError, match="image-alt"):
        assert_accessible(show(browser_context("en"), "<h1>One</h1><img src=''>"))


def test_pictures_show_chinese(browser_context: OpenContext, screenshot: TakeScreenshot) -> None:
    page = show(browser_context(), "<h1 style='font-size: 80px'>债权人会议</h1>")
    taken = screenshot(page, "chinese")
    assert taken.stat().st_size > 4000
    # A font without the characters draws the same box for each of them.
    different = page.evaluate(
        """() => {
          const draw = text => {
            const canvas = document.createElement("canvas");
            const paper = canvas.getContext("2d");
            paper.font = "40px sans-serif";
            paper.fillText(text, 10, 60);
            return canvas.toDataURL();
          };
          return new Set([...'债权人会议'].map(draw)).size;
        }"""
    )
    assert different == 5


def test_frames_and_tone_are_read_back(browser_context: OpenContext, fed_media: FedMedia) -> None:
    page = show(
        browser_context("en", media=fed_media),
        "<h1>Camera</h1><video autoplay muted playsinline></video>",
    )
    page.evaluate(
        """async () => {
          const video = document.querySelector("video");
          video.srcObject = await navigator.mediaDevices.getUserMedia({ video: true, audio: true });
          await video.play();
        }"""
    )
    video = page.locator("video")
    shown: list[int] = []

    def another() -> bool:
        number = read_frame(video)
        if number is not None:
            shown.append(number)
        return bool(shown) and fed_media.behind(shown[-1], shown[0]) > 0.5

    began = time.monotonic()
    wait_until(another, seconds=30, what="frames of half a second")
    # They run with the clock, not ahead of it: a camera may stand still on a busy machine.
    assert fed_media.behind(shown[-1], shown[0]) < time.monotonic() - began + 0.5
    wait_until(
        lambda: abs((read_tone(video) or 0) - fed_media.hz) < 10, seconds=30, what="the tone"
    )


def test_frames_differ() -> None:
    assert picture(1).tobytes() != picture(2).tobytes()


# --- Servers ---------------------------------------------------------------------------------


def test_a_server_starts_answers_and_ends(daphne_server: StartServer) -> None:
    server = daphne_server()
    assert httpx.get(f"{server.url}/healthz", timeout=30).status_code == 200
    server.restart()
    assert httpx.get(f"{server.url}/readyz", timeout=30).status_code == 200
    assert server.stop() == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{server.url}/healthz")


def test_a_server_that_cannot_start_says_why(daphne_server: StartServer) -> None:
    unreachable = f"postgres://nobody:x@127.0.0.1:{free_port()}/none"
    with pytest.raises(AssertionError, match="refused"):
        daphne_server(database_url=unreachable)


def test_two_servers_share_postgres_and_redis(
    daphne_server: StartServer, postgres_url: str, redis_url: str
) -> None:
    server = daphne_server(processes=2, database_url=postgres_url, redis_url=redis_url)
    answers = [httpx.get(f"{url}/readyz", timeout=30).status_code for url in server.urls]
    assert answers == [200, 200]
    server.kill(1)
    assert httpx.get(f"{server.urls[0]}/readyz", timeout=30).status_code == 200


def test_several_servers_need_redis(daphne_server: StartServer) -> None:
    with pytest.raises(ValueError, match="redis_url"):
        daphne_server(processes=2)


def test_commands_run_in_an_installation(installation: MakeInstallation) -> None:
    made = installation()
    assert made.manage("check").returncode == 0
    failed = made.manage("no_such_command", check=False)
    assert failed.returncode == 1
    assert "no_such_command" in failed.stderr
    with pytest.raises(AssertionError, match="no_such_command"):
        made.manage("no_such_command")
    assert (made.data_dir / "db.sqlite3").exists()


def test_the_demo_server_knows_its_people(
    demo_server: Server, browser_context: OpenContext
) -> None:
    judge = demo_server.people.one("judge")
    with httpx.Client(base_url=demo_server.url, cookies=judge.cookies, timeout=30) as client:
        assert client.get("/meetings/demo/").status_code == 200
    page = browser_context(person=judge, url=demo_server.url).new_page()
    page.goto("/meetings/demo/")
    expect(page.locator("body")).to_contain_text(judge.name)


# --- Make ------------------------------------------------------------------------------------


def test_make_run_says_in_one_line_that_the_port_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            ["make", "run", f"PORT={port}"], capture_output=True, text=True, timeout=60, check=False
        )
    assert done.returncode == 2
    assert f"Port {port} is not free" in done.stderr


def test_make_run_says_in_one_line_that_python_is_missing() -> None:
    done = subprocess.run(
        ["make", "run", "PYTHON=python-that-is-not-there"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "Needs Python 3.11 or newer" in done.stderr


@pytest.mark.django_db
def test_tests_inside_this_process_have_data_of_their_own() -> None:
    assert get_user_model().objects.count() == 0
    assert Path(settings.DATA_DIR).name.startswith("creditor-meetings-")
    assert os.environ.get("TESTS_REDIS_URL", "") == settings.REDIS_URL


def test_a_command_can_be_run_with_databases_of_its_own() -> None:
    show = "import os; print(os.environ['TESTS_DATABASE_URL'], os.environ['TESTS_REDIS_URL'])"
    assert main([sys.executable, "-c", show]) == 0


def test_one_worker_runs_the_whole_of_a_file() -> None:
    assert scheduling.group("tests/a.py::test_b") == scheduling.group("tests/a.py::test_c[d]")
    assert scheduling.group("tests/a.py::test_b") != scheduling.group("tests/e.py::test_b")
    # No asyncio test after one with a browser: those are a group of their own.
    in_browser = scheduling.group("tests/a.py::test_f[chromium]")
    assert in_browser != scheduling.group("tests/a.py::test_b")
    assert in_browser == scheduling.group("tests/a.py::test_g[chromium-phone]")
    one, two = (f"tests/{scheduling.DIVIDED[0]}::test_{name}" for name in "hi")
    assert scheduling.group(one) != scheduling.group(two)


def test_who_wants_quiet_is_alone_and_is_not_kept_waiting_for_ever() -> None:
    run = secrets.token_hex(8)
    one, two, three = (quiet.Quiet(run) for _ in range(3))
    one.enter(alone=False)
    two.enter(alone=False)
    said: list[str] = []

    def alone() -> None:
        three.enter(alone=True)
        said.append("alone")

    def again() -> None:
        two.enter(alone=False)
        said.append("among others")

    waits = threading.Thread(target=alone)
    waits.start()
    two.leave()
    later = threading.Thread(target=again)
    # Who comes now does not overtake: the gate is taken.
    wait_until(lambda: not gate_is_free(run), seconds=30, what="somebody at the gate")
    later.start()
    assert said == []
    one.leave()
    waits.join(30)
    assert said == ["alone"]
    three.enter(alone=True)  # its next test: it goes on
    three.leave()
    later.join(30)
    assert said == ["alone", "among others"]
    two.leave()
    for part in (one, two, three):
        part.close()


def gate_is_free(run: str) -> bool:
    with Path(tempfile.gettempdir(), f"creditor-meetings-tests-{run}.gate").open("ab") as gate:
        try:
            fcntl.flock(gate, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True

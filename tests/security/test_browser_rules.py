"""What browsers are told: of scripts, frames, devices, caches, cookies, origins."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client, RequestFactory

from creditor_meetings.cases.browser_guard import policy_of
from creditor_meetings.cases.requests import address_of
from creditor_meetings.realtime import person as at_socket
from tests.support import world

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def room() -> tuple[Client, str]:
    case = world.make_case()
    meeting = world.make_meeting(case, state="convened")
    client = Client()
    client.force_login(world.make_person(case, "judge"))
    return client, meeting.slug


def policy(response: object) -> dict[str, str]:
    """Read a Content-Security-Policy."""
    parts = [one.strip().partition(" ") for one in response["Content-Security-Policy"].split(";")]  # type: ignore[index]
    return {name: sources for name, _blank, sources in parts if name}


def test_every_page_allows_own_scripts_and_styles_only(room: tuple[Client, str]) -> None:
    client, slug = room
    for path in ("/", f"/meetings/{slug}/", "/me/devices/", "/me/data/", "/signin/", "/nowhere/"):
        page = client.get(path, follow=True)
        rules = policy(page)
        assert rules["default-src"] == "'none'"
        assert rules["script-src"] == rules["style-src"] == "'self'"
        assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
        assert rules["form-action"] == "'self'"
        assert page["X-Frame-Options"] == "DENY"
        assert page["X-Content-Type-Options"] == "nosniff"
        assert page["Referrer-Policy"] == "same-origin"
        assert page["Cross-Origin-Opener-Policy"] == "same-origin"
        assert page["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "no-store" in page["Cache-Control"]
        body = page.content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", body), path
        assert not re.search(r"<[^>]+\sstyle=", body), path
        assert not re.search(r"<[^>]+\son\w+=", body), path


def test_camera_and_microphone_are_for_the_pages_of_a_meeting_alone() -> None:
    for path in ("/meetings/abc/", "/meetings/abc/device/", "/meetings/abc/video/"):
        assert "camera=(self)" in policy_of(path)
        assert "microphone=(self)" in policy_of(path)
    for path in ("/", "/signin/", "/cases/1/", "/meetings/abc/claims/", "/account/2fa/"):
        assert "camera=()" in policy_of(path)
        assert "geolocation=()" in policy_of(path)
    assert "publickey-credentials-get=(self)" in policy_of("/account/login/")
    assert "publickey-credentials-get=()" in policy_of("/")


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    ("mode", "place", "led_here"),
    [("navigate", "document", True), ("no-cors", "image", False), ("cors", "empty", False),
     ("navigate", "iframe", False), ("no-cors", "script", False)],
)  # fmt: skip
def test_other_sites_pages_may_lead_here_and_do_nothing_else(
    room: tuple[Client, str], method: str, mode: str, place: str, led_here: bool
) -> None:
    client, _slug = room
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": place}
    status = getattr(client, method)("/me/devices/", headers=headers).status_code
    assert status == (200 if led_here and method == "get" else 403)
    for own in ("same-origin", "none"):
        told = client.get("/me/devices/", headers={**headers, "Sec-Fetch-Site": own})
        assert told.status_code == 200


def test_no_other_origin_is_let_read_anything(room: tuple[Client, str]) -> None:
    client, slug = room
    for path in ("/", f"/meetings/{slug}/", "/healthz"):
        answer = client.get(path, headers={"Origin": "https://evil.example"})
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]


FORWARDED = [
    (False, "198.51.100.1", "192.0.2.7"),
    (True, "198.51.100.1", "198.51.100.1"),
    (True, "203.0.113.66, 198.51.100.1", "198.51.100.1"),
    (True, " spoofed\r\nX: y , 198.51.100.1 ", "198.51.100.1"),
    (True, "", "192.0.2.7"),
]


@pytest.mark.parametrize(("behind", "told", "believed"), FORWARDED)
def test_only_the_last_hop_s_word_for_an_address_counts(
    settings: object, behind: bool, told: str, believed: str
) -> None:
    settings.BEHIND_PROXY = behind  # type: ignore[attr-defined]
    headers = {"HTTP_X_FORWARDED_FOR": told} if told else {}
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.7", **headers)
    assert address_of(request) == believed
    scope = {
        "client": ("192.0.2.7", 1),
        "headers": [(b"x-forwarded-for", told.encode())] if told else [],
    }
    assert at_socket.address_of(scope) == believed


# --- As it runs in a court ----------------------------------------------------------------------

PRODUCTION = {
    "SECURE_COOKIES": "1", "BEHIND_PROXY": "1", "DEBUG": "0", "DEMO": "0",
    "ALLOWED_HOSTS": "meeting.example.cn", "PUBLIC_URL": "https://meeting.example.cn",
    "CSRF_TRUSTED_ORIGINS": "https://meeting.example.cn", "EMAIL_URL": "", "REDIS_URL": "",
}  # fmt: skip

_LOOK = """
import django, json; django.setup()
from django.core.management import call_command
from django.test import Client
from django.conf import settings
call_command("check", "--deploy", "--fail-level", "WARNING", verbosity=0)
client = Client(HTTP_HOST="meeting.example.cn", HTTP_X_FORWARDED_PROTO="https")
page = client.get("/signin/")
client.post("/language/setlang/", {"language": "en"})
plain = Client(HTTP_HOST="meeting.example.cn").get("/signin/")
healthy = Client(HTTP_HOST="meeting.example.cn").get("/healthz")
cookies = {
    name: {key: bool(one[key]) for key in ("secure", "httponly", "domain")} | {
        "samesite": one["samesite"], "path": one["path"]}
    for name, one in client.cookies.items()
}
print(json.dumps({
    "hsts": page.headers.get("Strict-Transport-Security", ""), "cookies": cookies,
    "plain": [plain.status_code, plain.headers.get("Location", "")], "healthy": healthy.status_code,
    "session": settings.SESSION_COOKIE_NAME, "debug": settings.DEBUG,
    "httponly": settings.SESSION_COOKIE_HTTPONLY, "same": settings.SESSION_COOKIE_SAMESITE,
}))
"""


def test_the_deployment_check_is_clean_and_cookies_are_tied_to_the_host(tmp_path: Path) -> None:
    env = {
        "PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "creditor_meetings.config.settings",
        "DATA_DIR": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3", **PRODUCTION,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", _LOOK], cwd=ROOT, env=env, capture_output=True, text=True,
        check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.strip().splitlines()[-1])
    assert told["hsts"] == "max-age=31536000; includeSubDomains"
    assert told["plain"] == [301, "https://meeting.example.cn/signin/"]
    assert told["healthy"] == 200
    assert told["session"] == "__Host-sessionid"
    assert told["httponly"] is True
    assert told["same"] == "Lax"
    assert told["debug"] is False
    assert set(told["cookies"]) == {"__Host-csrftoken", "__Host-django_language"}
    for name, cookie in told["cookies"].items():
        assert cookie["secure"], name
        assert cookie["samesite"] == "Lax", name
        assert cookie["path"] == "/", name
        assert not cookie["domain"], name
    # The token is read by our scripts; nothing else is.
    assert told["cookies"]["__Host-django_language"]["httponly"]


def test_trace_is_no_method(room: tuple[Client, str]) -> None:
    client, slug = room
    for path in ("/", "/signin/", f"/meetings/{slug}/", "/me/devices/", "/healthz"):
        answer = client.trace(path)
        assert answer.status_code in (403, 405), path


def test_signing_out_clears_what_the_browser_kept(room: tuple[Client, str]) -> None:
    client, _slug = room
    assert "Clear-Site-Data" not in client.get("/")
    left = client.post("/account/logout/")
    assert left.status_code == 302
    assert left["Clear-Site-Data"] == '"cache", "storage"'

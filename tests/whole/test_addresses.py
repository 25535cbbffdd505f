"""A walk of every address as everybody, by GET and POST: each is for whom the table says.

An address that the table of `addresses.py` does not have fails the walk.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse
from pytest_django import DjangoDbBlocker

from creditor_meetings.cases import acts
from creditor_meetings.cases.models import Act, Person
from tests.support import world
from tests.whole import addresses
from tests.whole.addresses import COMMON, DOORS, MEMBERS, STAFF, Door, Stage
from voting import ballot_box

pytestmark = pytest.mark.filterwarnings("ignore:No directory at")

STRANGER = "a stranger"
OPERATOR = "an operator"
ELSEWHERE = ("administrator elsewhere", "judge elsewhere", "clerk elsewhere")
NO_MEMBERS = (STRANGER, OPERATOR, *ELSEWHERE)
SESSIONS = re.compile(r'"django_session"')
WRITES = re.compile(r"^\s*(INSERT|UPDATE|DELETE)", re.IGNORECASE)


def room_of(name: str) -> str:
    """The room that brings an address."""
    return name.partition(":")[0] if ":" in name else "cases"


ROOMS = sorted({room_of(name) for name in DOORS})


class Undo(Exception):
    """Takes back what was tried."""


@contextmanager
def undone() -> Iterator[None]:
    """Take back whatever happens inside."""
    cache.clear()
    connection.queries_log.clear()  # it keeps so many, and what is captured is the newest of it
    try:
        with transaction.atomic():
            yield
            raise Undo
    except Undo:
        pass


@dataclass
class Walk:
    """The stage, and everybody's session on it."""

    stage: Stage
    sessions: dict[str, str]

    def client(self, who: str, *, csrf: bool = True) -> Client:
        """Be somebody; without `csrf` the token is missing."""
        client = Client(enforce_csrf_checks=not csrf, raise_request_exception=False)
        if who in self.sessions:
            client.cookies["sessionid"] = self.sessions[who]
        return client

    def get(self, who: str, path: str, **headers: str) -> Any:
        """Read an address as somebody."""
        return self.client(who).get(path, headers=headers)

    def post(self, who: str, path: str, door: Door, *, csrf: bool = True) -> Any:
        """Send to an address as somebody what it takes."""
        more = {"content_type": "application/json"} if door.as_json else {}
        return self.client(who, csrf=csrf).post(path, door.data(self.stage, who), **more)


def signed_up(stage: Stage) -> dict[str, str]:
    """Sign everybody in; those of the team and the court have a password."""
    other = world.make_case()
    people: dict[str, Person] = dict(stage.cast.people)
    people |= {name: world.make_person(other, name.split()[0]) for name in ELSEWHERE}
    people[OPERATOR] = Person.objects.create_superuser("operator@example.cn", "correct horse")
    for name, person in people.items():
        if name in STAFF or name in ELSEWHERE:
            person.email = f"{name.replace(' ', '-')}@example.cn"
            person.set_password("correct horse battery")
            person.save()
    return {name: addresses.session_of(person) for name, person in people.items()}


@pytest.fixture(scope="module")
def standing(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Walk]:
    """The stage and everybody on it, for all tests of this file."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patched, undone():
        # Ballots are written in the test's own transaction.
        patched.setattr(ballot_box.box, "put", _put)
        stage = addresses.furnish()
        yield Walk(stage, signed_up(stage))


def _put(cast: ballot_box.Cast) -> Any:
    ballot_box.write([cast])
    return cast.answer


@pytest.fixture
def db(standing: Walk) -> Iterator[None]:
    """The database with the stage in it: what a test does is taken back."""
    with undone():
        yield


@pytest.fixture
def walk(db: None, standing: Walk) -> Walk:
    """The stage and everybody on it."""
    return standing


def everything() -> dict[str, list[Any]]:
    """Every row of the database, but sessions."""
    return {
        model._meta.db_table: sorted(map(repr, model._base_manager.values_list()))
        for model in apps.get_models(include_auto_created=True)
        if model._meta.db_table != "django_session"
    }


def wrote(queries: CaptureQueriesContext) -> list[str]:
    """What was written meanwhile, but sessions."""
    texts = [one["sql"] for one in queries.captured_queries]
    return [one for one in texts if WRITES.match(one) and not SESSIONS.search(one)]


def path_of(walk: Walk, name: str, door: Door) -> str:
    return reverse(name, kwargs=door.arguments(walk.stage)) + door.query


def guarded(response: HttpResponseBase, what: str) -> None:
    """Assert what every answer must say to browsers and to caches."""
    assert response.get("Content-Security-Policy"), f"{what}: no Content-Security-Policy"
    assert response.get("X-Content-Type-Options") == "nosniff", what
    assert response.get("X-Frame-Options") == "DENY", what
    kept = response.get("Cache-Control", "")
    assert "private" in kept or "no-store" in kept, f"{what}: Cache-Control {kept!r}"
    assert "public" not in kept, what


def look(response: Any, path: str) -> tuple[int, str, str]:
    """What somebody sees, apart from the address itself and the form tokens."""
    body = "" if response.streaming else response.content.decode()
    body = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", body).replace(path, "PATH")
    place = unquote(response.get("Location", "")).replace(path, "PATH")
    return response.status_code, place, body


# --- Nothing is left out --------------------------------------------------------------------


def test_every_address_is_in_the_table() -> None:
    found = {name for name, _pattern in addresses.every() if not name.startswith("admin:")}
    known = {*DOORS, *COMMON}
    missing = sorted(found - known)
    assert not missing, f"say in tests/whole/addresses.py who may use these: {missing}"
    assert not known - found, f"these are gone: {sorted(known - found)}"


# --- Addresses of a case --------------------------------------------------------------------


@pytest.mark.parametrize("room", ROOMS)
def test_a_case_is_for_its_people_each_in_their_role(walk: Walk, room: str) -> None:
    before = everything()
    for name, door in DOORS.items():
        if room_of(name) != room:
            continue
        path = path_of(walk, name, door)
        for who in sorted(MEMBERS):
            _read(walk, name, door, path, who)
            _sent(walk, name, door, path, who, before)


def _read(walk: Walk, name: str, door: Door, path: str, who: str) -> None:
    what = f"GET {name} as {who}"
    with undone(), CaptureQueriesContext(connection) as queries:
        response = walk.get(who, path)
        guarded(response, what)
        if door.reads is None:
            assert response.status_code == 405, what
        elif who in door.reads:
            assert response.status_code == 200, f"{what}: {response.status_code}"
        else:
            wanted = door.refuses(who)
            assert response.status_code == wanted, f"{what}: {response.status_code}"
        if not (door.notes_reading and door.reads and who in door.reads):
            assert not wrote(queries), f"{what} wrote {wrote(queries)}"


def _sent(
    walk: Walk, name: str, door: Door, path: str, who: str, before: dict[str, list[Any]]
) -> None:
    what = f"POST {name} as {who}"
    with undone(), CaptureQueriesContext(connection) as queries:
        response = walk.post(who, path, door)
        guarded(response, what)
        if door.sends is not None and who in door.sends:
            assert response.status_code == door.answer, f"{what}: {look(response, path)}"
            assert "/signin/" not in response.get("Location", ""), what
            if door.answer < 400:
                assert everything() != before, f"{what} changed nothing"
                assert wrote(queries), f"{what}: what was written was not captured"
                if who in STAFF and not acts.is_left_out(name):
                    latest = Act.objects.latest("pk")
                    assert (latest.verb, latest.person.pk) == (
                        name, walk.stage.cast.people[who].pk,
                    ), f"{what} is in no list of acts"  # fmt: skip
                    assert not acts.nameless(latest.subject), f"{what}: {latest.subject}"
            else:
                assert everything() == before, f"{what} was refused and changed something"
            return
        wanted = 405 if door.sends is None else door.refuses(who)
        assert response.status_code == wanted, f"{what}: {response.status_code}"
        assert not wrote(queries) or everything() == before, f"{what} was refused and wrote"


@pytest.mark.parametrize("room", ROOMS)
def test_others_cannot_tell_a_case_from_an_address_never_used(walk: Walk, room: str) -> None:
    before = everything()
    for name, door in DOORS.items():
        if room_of(name) != room:
            continue
        path = path_of(walk, name, door)
        nowhere = reverse(name, kwargs=door.nowhere(walk.stage)) + door.query
        assert path != nowhere
        for who in NO_MEMBERS:
            what = f"{name} as {who}"
            with undone(), CaptureQueriesContext(connection) as queries:
                seen = walk.get(who, path)
                guarded(seen, what)
                _as_unused(seen, door.reads is not None, who, what)
                assert look(seen, path) == look(walk.get(who, nowhere), nowhere), what
                if door.reads is not None:
                    called = walk.get(who, path, accept="application/json")
                    assert called.status_code == 404, what
                    assert called.json()["error"]["code"] == "not_allowed", what
                answer = walk.post(who, path, door)
                _as_unused(answer, door.sends is not None, who, what, as_json=door.as_json)
                assert look(answer, path) == look(walk.post(who, nowhere, door), nowhere), what
                assert not wrote(queries) or everything() == before, what


def _as_unused(
    response: Any, has_method: bool, who: str, what: str, *, as_json: bool = False
) -> None:
    if not has_method:
        assert response.status_code == 405, f"{what}: {response.status_code}"
    elif who == STRANGER and not as_json:
        assert response.status_code == 302, f"{what}: {response.status_code}"
        assert response["Location"].startswith(addresses.FIRST_SIGN_IN), what
    else:
        assert response.status_code == 404, f"{what}: {response.status_code}"


def test_nothing_is_sent_without_a_token(walk: Walk) -> None:
    before = everything()
    for name, door in DOORS.items():
        path = path_of(walk, name, door)
        for who in sorted(door.sends or ()):
            what = f"POST {name} as {who} without a token"
            with undone():
                response = walk.post(who, path, door, csrf=False)
                guarded(response, what)
                assert response.status_code == 403, f"{what}: {response.status_code}"
                if door.as_json:
                    assert response.json()["ok"] is False, what
                else:
                    assert "请重新提交" in response.content.decode(), what
                assert everything() == before, what


def test_things_of_another_case_are_not_found_in_this_one(walk: Walk) -> None:
    other = addresses.furnish()
    before = everything()
    outer = {"meeting", "case_id", "case", "number", "format"}
    for name, door in DOORS.items():
        inner = [argument for argument in door.names if argument not in outer]
        if not inner:
            continue
        arguments = door.arguments(walk.stage)
        theirs = door.arguments(other)
        path = reverse(name, kwargs={**arguments, **{one: theirs[one] for one in inner}})
        for who in sorted((door.reads or set()) | (door.sends or set())):
            with undone():
                if who in (door.reads or ()):
                    assert walk.get(who, path).status_code == 404, f"GET {name} as {who}"
                if who in (door.sends or ()):
                    response = walk.post(who, path, door)
                    assert response.status_code in (302, 404), f"POST {name} as {who}"
                assert everything() == before, f"{name} as {who} reached another case"


def test_a_draft_and_what_is_not_handed_out_are_for_the_team_and_the_court(walk: Walk) -> None:
    for name, door in DOORS.items():
        if door.reads is None or "meeting" not in door.names:
            continue
        hidden = {**door.arguments(walk.stage), "meeting": walk.stage.ids["draft_meeting"]}
        paths = [reverse(name, kwargs=hidden)]
        if "document" in door.names:
            waiting = {**door.arguments(walk.stage), "document": walk.stage.ids["waiting"]}
            paths.append(reverse(name, kwargs=waiting))
        for path in paths:
            for who in sorted(MEMBERS - STAFF):
                assert walk.get(who, path).status_code == 404, f"{path} as {who}"


# --- Addresses outside any case -------------------------------------------------------------


def test_other_addresses_give_what_the_table_says(walk: Walk) -> None:
    for name, common in COMMON.items():
        kwargs = {one: walk.stage.ids[key] for one, key in common.names.items()}
        path = f"/{name}" if name in ("healthz", "readyz") else reverse(name, kwargs=kwargs)
        for number, who in enumerate((STRANGER, "creditor", "judge")):
            for method, wanted in (("get", common.get), ("post", common.post)):
                with undone():
                    response = getattr(walk.client(who), method)(path)
                    what = f"{method} {name} as {who}"
                    guarded(response, what)
                    _gives(response, wanted[number], what)
                    if method == "post" and wanted[number] not in (404, 405):
                        refused = walk.client(who, csrf=False).post(path)
                        assert refused.status_code in (302, 403), what


def _gives(response: Any, wanted: int | str, what: str) -> None:
    got = f"{what}: {response.status_code} {response.get('Location', '')}"
    if isinstance(wanted, int):
        assert response.status_code == wanted, got
        return
    assert response.status_code == 302, got
    place = response["Location"]
    assert (
        place.startswith(wanted)
        if wanted.endswith("=")
        else place == wanted or (wanted != "/" and place.startswith(wanted))
    ), got


def test_new_cases_are_made_by_operators(walk: Walk) -> None:
    values = {
        "number": "（2026）沪03破99号", "court": "上海市第三中级人民法院", "debtor": "海宁织造厂",
        "procedure": "liquidation", "administrator_name": "周明", "judge_name": "沈静",
        "administrator_email": "zhou@example.cn", "judge_email": "shen@example.cn",
    }  # fmt: skip
    for who in (*sorted(MEMBERS), *NO_MEMBERS):
        with undone():
            before = everything()
            response = walk.client(who).post(reverse("new_case"), values)
            assert (everything() != before) == (who == OPERATOR), f"{who}: {response.status_code}"
            assert walk.get(who, reverse("new_case")).status_code == (
                200 if who == OPERATOR else 302 if who == STRANGER else 404
            )


# --- The operator's pages -------------------------------------------------------------------

ARGUMENTS = {
    "object_id": "1", "id": "1", "content_type_id": "1", "app_label": "cases", "url": "nowhere/",
}  # fmt: skip
FOR_ALL = {"admin:login", "admin:logout"}


def _admin_paths() -> dict[str, str]:
    paths = {"admin:the rest": "/admin/nowhere/"}
    for name, pattern in addresses.every():
        if not name.startswith("admin:") or name in FOR_ALL:
            continue
        names = set(pattern.pattern.converters) | set(pattern.pattern.regex.groupindex)
        try:
            paths[name] = reverse(name, kwargs={one: ARGUMENTS[one] for one in names})
        except NoReverseMatch:
            assert "/" in name or "(" in name, f"{name} cannot be reached by this walk"
    return paths


def test_the_operators_pages_are_for_operators(walk: Walk) -> None:
    paths = _admin_paths()
    assert len(paths) > 80
    before = everything()
    with undone():
        for who in (STRANGER, "administrator", "judge", "creditor", ELSEWHERE[0]):
            client = walk.client(who)
            for name, path in paths.items():
                for method in ("get", "post"):
                    response = getattr(client, method)(path)
                    what = f"{method} {name} as {who}"
                    assert response.status_code == 302, f"{what}: {response.status_code}"
                    assert response["Location"].startswith("/admin/login/?next="), what
            place = walk.get(who, "/admin/login/?next=/admin/")
            if who == STRANGER:
                assert place["Location"].startswith(addresses.SIGN_IN)
            else:
                assert place.status_code in (302, 403)
        assert everything() == before
    operator = walk.client(OPERATOR)
    for name, path in paths.items():
        if name.endswith("_changelist") or name == "admin:index":
            assert operator.get(path).status_code == 200, name
    refused = walk.client(OPERATOR, csrf=False).post(paths["admin:cases_person_add"])
    assert refused.status_code == 403
    assert everything() == before


# --- Pages that say what went wrong ---------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-hans", ("没有找到", "请重新提交", "无法完成", "请求有误")),
        ("en", ("Not found", "", "", "")),
    ],
)
def test_wrong_turns_lead_home_in_both_languages(
    walk: Walk, language: str, words: tuple[str, ...]
) -> None:
    lang = {"zh-hans": "zh-Hans", "en": "en"}[language]
    client = walk.client("creditor", csrf=False)
    client.cookies["django_language"] = language
    attendance = path_of(walk, "meetings:attendance", DOORS["meetings:attendance"])
    pages = [
        (client.get("/nowhere/at/all/"), 404, words[0]),
        (client.post(reverse("signin")), 403, words[1]),
        (client.get(attendance), 403, words[2]),
        (client.get("/", headers={"host": "elsewhere.example"}), 400, words[3]),
    ]
    for page, status, heading in pages:
        body = page.content.decode()
        assert page.status_code == status
        assert f'<html lang="{lang}"' in body
        assert body.count("<h1") == 1
        assert heading in body
        assert 'href="/"' in body
        if status != 400:  # a host that is not ours is turned away before anything else
            guarded(page, str(status))
        if language == "en":
            shown = re.sub(r"<[^>]+>", " ", body.partition("<main")[2])
            assert not re.search(r"[\u4e00-\u9fff]", shown), shown


def test_an_error_of_ours_shows_a_page_that_needs_nothing(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("creditor_meetings.cases.case_page.meetings_of", lambda *_: 1 / 0)
    page = walk.get("creditor", "/")
    assert page.status_code == 500
    body = page.content.decode()
    assert "系统出错" in body
    assert "Something went wrong" in body
    assert "css/app.css" in body
    guarded(page, "500")

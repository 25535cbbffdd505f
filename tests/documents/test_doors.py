"""Every address of documents, by every role, a stranger, and nobody."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

from documents.models import Document
from tests.documents import papers
from tests.documents.conftest import ROLES, STAFF, House
from tests.support import world

READING = ("", "?fragment=1", "?view=text", "pages/1.webp", "file/", "download/")
WRITING = ("hand-out/", "edit/", "remove/")
OUTSIDERS = ("stranger", "nobody")


@pytest.mark.parametrize("role", [*ROLES, *OUTSIDERS])
def test_who_reads_what(role: str, house: House) -> None:
    document, waiting = house.hand_out(house.upload()), house.upload()
    client = house.client(role)
    for more in READING:
        _check(client.get(house.url(document, more)), role, allowed=role in ROLES)
        _check(client.get(house.url(waiting, more)), role, allowed=role in STAFF)


def _check(response, role: str, *, allowed: bool) -> None:
    if allowed:
        assert response.status_code == 200
    elif role == "nobody":
        assert response.status_code == 302
        assert response["Location"].startswith(f"{settings.LOGIN_URL}?next=")
    else:
        assert response.status_code == 404
    if not allowed:
        # Not a byte of it, and no word of its title.
        body = response.content
        assert papers.report()[:200] not in body
        assert "工作报告".encode() not in body


@pytest.mark.parametrize("role", [*ROLES, *OUTSIDERS])
def test_who_changes_a_document(role: str, house: House) -> None:
    client = house.client(role)
    for more in WRITING:
        document = house.upload()
        response = client.post(house.url(document, more), {"title": "别的", "item": ""})
        allowed = role == "administrator" or (role == "judge" and more == "hand-out/")
        document.refresh_from_db()
        changed = bool(document.handed_out_at or document.removed_at or document.title == "别的")
        assert changed == allowed, more
        if allowed:
            assert response.status_code == 302
            assert response["Location"] == house.url()
        elif role == "nobody":
            assert response.status_code == 302
        else:
            assert response.status_code == (403 if role in STAFF else 404)


def test_no_address_changes_by_being_looked_at(house: House) -> None:
    document, client = house.upload(), house.client("administrator")
    for more in WRITING:
        response = client.get(house.url(document, more))
        assert response.status_code == (200 if more == "edit/" else 405)
    document.refresh_from_db()
    assert (document.handed_out_at, document.removed_at) == (None, None)


@pytest.mark.parametrize("role", [*ROLES, *OUTSIDERS])
def test_who_sees_the_list_and_who_may_upload(role: str, house: House) -> None:
    house.upload(name="待发.pdf")
    house.hand_out(house.upload(name="已发.pdf"))
    response = house.client(role).get(house.url())
    if role in OUTSIDERS:
        assert response.status_code == (302 if role == "nobody" else 404)
        return
    page = response.content.decode()
    assert "已发" in page
    assert ("待发" in page) == (role in STAFF)
    assert ('type="file"' in page) == (role == "administrator")


@pytest.mark.parametrize("role", [*ROLES, *OUTSIDERS])
def test_who_sees_who_read(role: str, house: House) -> None:
    document = house.hand_out(house.upload())
    house.client("creditor", REMOTE_ADDR="192.0.2.44").get(house.url(document))
    response = house.client(role).get(house.url(document, "readings/"))
    if role in STAFF:
        assert "192.0.2.44" in response.content.decode()
    else:
        assert response.status_code == {"nobody": 302, "stranger": 404}.get(role, 403)


def test_a_document_is_not_found_below_another_meeting(house: House) -> None:
    document, client = house.hand_out(house.upload()), house.client("administrator")
    other = world.make_meeting(house.meeting.case, slug="other")
    for more in [*READING, "readings/", "edit/"]:
        address = house.url(document, more).replace(house.meeting.slug, other.slug)
        assert client.get(address).status_code == 404


def test_members_do_not_find_the_documents_of_a_draft(house: House) -> None:
    document = house.hand_out(house.upload())
    house.meeting.state = "draft"
    house.meeting.save()
    assert house.client("creditor").get(house.url(document)).status_code == 404
    assert house.client("judge").get(house.url(document)).status_code == 200


def test_what_was_taken_back_is_found_by_nobody(house: House) -> None:
    document = house.upload()
    house.client("administrator").post(house.url(document, "remove/"))
    for role in ("administrator", "judge", "creditor"):
        assert house.client(role).get(house.url(document)).status_code == 404
    # Who did it stays on record.
    assert Document.objects.get().removed_by == house.people["administrator"]


def test_no_address_leads_to_the_store(
    house: House, stored: Callable[[], list[Path]], media: Path
) -> None:
    house.hand_out(house.upload())
    (place,) = stored()
    inside = place.relative_to(media)
    client = house.client("administrator")
    for address in (
        f"/media/{inside}",
        f"/static/{inside}",
        f"/static/../media/{inside}",
        f"/static/%2e%2e/media/{inside}",
        house.url(Document.objects.get(), f"file/../../../../media/{inside}"),
    ):
        assert client.get(address).status_code == 404


def test_a_page_that_is_not_there(house: House) -> None:
    document, client = house.hand_out(house.upload()), house.client("creditor")
    for number in ["0", "4", "99999999999999999999", "-1", "1.5"]:
        address = house.url(document, f"pages/{number}.webp")
        assert client.get(address).status_code == 404


@pytest.mark.parametrize("number", ["0", "99999999999999999999", "x"])
def test_a_document_that_is_not_there(number: str, house: House) -> None:
    assert house.client("creditor").get(f"{house.url()}{number}/").status_code == 404


def test_the_operator_looks_and_changes_nothing(house: House) -> None:
    document = house.hand_out(house.upload())
    house.client("creditor").get(house.url(document))
    operator = house.people["stranger"]
    operator.is_staff = operator.is_superuser = True
    operator.save()
    client = house.client("stranger")
    for model, row in (("document", document.pk), ("opening", document.openings.get().pk)):
        assert client.get(f"/admin/documents/{model}/").status_code == 200
        assert client.get(f"/admin/documents/{model}/{row}/change/").status_code == 200
        assert client.get(f"/admin/documents/{model}/add/").status_code == 403
        assert client.post(f"/admin/documents/{model}/{row}/delete/").status_code == 403
    # To run the system is not to take part in the meeting.
    assert client.get(house.url(document)).status_code == 404

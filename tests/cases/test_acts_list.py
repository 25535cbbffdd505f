"""The list of acts says in words what each was done to, in the reader's language."""

import pytest
from django.test import Client
from django.urls import reverse

from creditor_meetings.cases import acts
from tests.support import world
from tests.whole.addresses import session_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh-hans", "会议 m-1 · 表决事项 3, 4 · 准许 是"),
        ("en", "meeting m-1 · resolution 3, 4 · granted Yes"),
    ],
)
def test_an_act_says_what_it_was_done_to(language: str, said: str) -> None:
    case = world.make_case()
    judge = world.make_person(case, "judge")
    subject = {"case_id": case.pk, "meeting": "m-1", "resolutions": [3, 4], "granted": True}
    acts.note(judge, "open_polls", case_id=case.pk, subject=subject)
    client = Client()
    client.cookies["sessionid"] = session_of(judge)
    client.cookies["django_language"] = language
    page = client.get(reverse("case_acts", args=[case.pk])).content.decode()
    assert said in page
    assert "case_id" not in page.partition("<main")[2]

"""Many people open one document at the same moment: each counts, and the last word is right."""

import json

import pytest

from tests.support.servers import MakeInstallation

SCRIPT = """
import django; django.setup()
import json, threading
from django.core.files.base import ContentFile
from django.db import connection
from creditor_meetings.realtime.log import events_after
from documents import verbs
from documents.models import Opening
from tests.documents import papers
from tests.support import world

case = world.make_case()
meeting = world.make_meeting(case)
administrator = world.viewer(world.make_person(case, "administrator"), meeting)
paper = ContentFile(papers.blank_pdf(), name="a.pdf")
document = verbs.upload_document(meeting, paper, administrator)
verbs.hand_out_document(meeting, document.pk, administrator)
people = [world.make_person(case, "observer") for _ in range(12)]
ready = threading.Barrier(24)

def read(person):
    viewer = world.viewer(person, meeting)
    ready.wait()
    verbs.note_opened(document, viewer)
    connection.close()

# Each person in two windows at once.
threads = [threading.Thread(target=read, args=[one]) for one in people * 2]
[one.start() for one in threads]
[one.join() for one in threads]
told = [one for one in events_after(meeting.pk, 0) if one.kind == "document_read"]
counts = [one.data["set"][f"reading/{document.pk}"]["readers"] for one in told]
print(json.dumps([counts, Opening.objects.count()]))
"""


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_each_counts_once(
    database: str, installation: MakeInstallation, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("postgres_url") if database == "postgresql" else ""
    made = installation(database_url=url)
    printed = made.python("-c", SCRIPT).stdout.strip().splitlines()[-1]
    counts, openings = json.loads(printed)
    assert counts == list(range(1, 13))
    assert openings == 24

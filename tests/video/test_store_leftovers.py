"""What a crash leaves of parts that were not to be recorded."""

import os
import time

import pytest
from django.utils import timezone

from creditor_meetings.video import leftovers, store
from creditor_meetings.video.media import FULL, Init
from creditor_meetings.video.models import Broadcast, Recording
from creditor_meetings.video.store import Store
from tests.support import world


@pytest.mark.django_db
def test_what_was_not_recorded_goes_and_the_rest_stays(tmp_path, settings):
    settings.DATA_DIR = tmp_path
    case = world.make_case()
    now = timezone.now()
    found = {
        state: Broadcast.objects.create(
            meeting=world.make_meeting(case), publisher=world.make_person(case, "judge"),
            source="camera", mime="video/webm", state=state, session=2, started_at=now,
            seen_at=now,
        )
        for state in ("live", "ended")
    }  # fmt: skip
    for one in found.values():
        for part in (1, 2):
            made = Store(one.meeting_id, one.pk, part)
            made.begin(FULL, Init("video/mp4", b"<head>"))
            made.close()
    Recording.objects.create(
        broadcast=found["ended"], part=1, path="1/a.webm", mime="video/webm", started_at=now
    )
    unknown = Store(found["live"].meeting_id, 999_999, 1)
    unknown.begin(FULL, Init("video/mp4", b"<head>"))
    unknown.close()

    def there() -> set[tuple[str, int]]:
        return {
            (state, part)
            for state, one in found.items()
            for part in store.parts(one.meeting_id, one.pk)
        }

    leftovers.clear()
    assert there() == {("live", 1), ("live", 2), ("ended", 1), ("ended", 2)}  # viewers are behind
    past = time.time() - store.LINGER_SECONDS - 1
    for marker in tmp_path.glob(f"recordings/*/media/*/{store.DISCARDED}"):
        os.utime(marker, (past, past))
    leftovers.clear()
    assert there() == {("live", 2), ("ended", 1)}
    assert store.parts(found["live"].meeting_id, 999_999) == [1]

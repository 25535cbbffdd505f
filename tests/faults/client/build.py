"""Builds a meeting of creditors whose lines break, and reads its record.

    python -m tests.faults.client.build SLUG HOW_MANY MINUTES
    python -m tests.faults.client.build --record POLL

print a JSON object each.
"""

import json
import sys
from datetime import timedelta

import django

django.setup()

from creditor_meetings.cases import clock  # noqa: E402
from tests.room.build import session_of  # noqa: E402
from tests.support import world  # noqa: E402
from voting import book, law  # noqa: E402
from voting.ledger import chain  # noqa: E402
from voting.models import Ballot, Resolution  # noqa: E402


def build(slug: str, how_many: int, minutes: int) -> dict[str, object]:
    """Make an open meeting at its vote, for so many minutes; creditors are numbered from 1."""
    case = world.make_case(number=f"(2022)浙0381破{slug}号", debtor="示例包装有限公司")
    meeting = world.make_meeting(case, "open", slug=slug, tally_shown="live")
    meeting.current_item = meeting.items.get(position=3)
    meeting.save()
    people = {
        "administrator": world.make_person(case, "administrator", name="陈管理人"),
        "judge": world.make_person(case, "judge", name="王法官"),
    }
    creditors = {}
    for number in range(1, how_many + 1):
        name = f"江南第{number}供应商有限公司"
        firm = world.make_creditor(case, name, confirmed=f"{number}000.50")
        creditors[str(number)] = firm.pk
        people[str(number)] = world.make_person(case, "creditor", firm, f"赵{number}")
    poll = world.make_resolution(meeting, 9, agenda_item=meeting.items.get(position=3))
    world.open_poll(poll, people["judge"], closes_at=clock.now() + timedelta(minutes=minutes))
    return {
        "slug": meeting.slug,
        "meeting": meeting.pk,
        "poll": poll.pk,
        "sessions": {name: session_of(person) for name, person in people.items()},
        "creditors": creditors,
    }


def record(poll_id: int) -> dict[str, object]:
    """Read what the record holds of a poll: ballots, what is wrong with the ledger, the tally."""
    poll = Resolution.objects.select_related("meeting").get(pk=poll_id)
    entries = list(book.entries_of(poll.meeting))
    ballots = Ballot.objects.filter(resolution=poll).order_by("pk")
    return {
        "ballots": [[one.creditor_id, one.choice, one.effective] for one in ballots],
        "numbers": [one.number for one in ballots],
        "on_ledger": [one.body["number"] for one in entries if one.kind == "ballot"],
        "problems": chain.problems(entries),
        "running": law.running(poll),
        "recount": law.count(poll)["groups"],
    }


if __name__ == "__main__":
    if sys.argv[1] == "--record":
        print(json.dumps(record(int(sys.argv[2]))))
    else:
        print(json.dumps(build(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))

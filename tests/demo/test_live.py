"""`manage.py demo --live`: a room that fills, asks and votes, over real sockets."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.databases import end, wait_until
from tests.support.servers import ROOT, Server, StartServer

# The command's own play, at a pace that a test can wait for.
_QUICK = """
import django; django.setup()
from creditor_meetings.config.demo import live
from creditor_meetings.config.management.commands.demo import load
live.MOST_GUESTS = 40
tempo = live.Tempo(arrive_within=2, think=0.5, question_every=1, stay=6, away=0.3, confirm_within=3)
live.attend(load()[1], print, tempo)
"""

_AS_JUDGE = """
import django; django.setup()
import sys
from creditor_meetings.cases.access import viewer_for
from creditor_meetings.cases.models import Person
from creditor_meetings.meetings import verbs
from creditor_meetings.meetings.models import Meeting
from voting import verbs as voting
meeting = Meeting.objects.get(slug="demo")
judge = viewer_for(Person.objects.get(username="demo-judge"), meeting.case_id)
poll = meeting.resolutions.order_by("position")[1]
step = sys.argv[1]
if step == "open":
    verbs.change_state(meeting, "open", judge)
    voting.open_poll(meeting, poll.pk, judge)
elif step == "close":
    voting.close_poll(meeting, poll.pk, judge)
    verbs.change_state(meeting, "closed", judge)
"""

_SEEN = """
import django; django.setup()
import json
from creditor_meetings.claims.models import ClaimConfirmation
from creditor_meetings.meetings.models import Meeting
from voting.models import Ballot
meeting = Meeting.objects.get(slug="demo")
print(json.dumps({
    "attended": meeting.attendances.count(), "questions": meeting.questions.count(),
    "confirmed": ClaimConfirmation.objects.count(),
    "ballots": Ballot.objects.filter(resolution__meeting=meeting, effective=True).count(),
    "returned": meeting.presences.count() - meeting.presences.values("person").distinct().count(),
    "visitor": meeting.attendances.filter(person__username="demo-proxy").count(),
}))
"""


@contextmanager
def guests(server: Server) -> Iterator[subprocess.Popen[str]]:
    """Let simulated creditors come to a server."""
    env = {**server.installation.environment, "PORT": str(server.ports[0])}
    process = subprocess.Popen(
        [sys.executable, "-c", _QUICK], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def test_simulated_creditors_fill_the_room_and_go_home_when_it_is_over(
    daphne_server: StartServer,
) -> None:
    server = daphne_server(demo=True)
    confirmed_before = seen(server)["confirmed"]
    with guests(server) as process:
        wait_until(lambda: seen(server)["attended"] >= 35, seconds=240, what="creditors", every=1)
        server.installation.python("-c", _AS_JUDGE, "open")

        def lively() -> bool:
            now = seen(server)
            return (
                now["ballots"] >= 15
                and now["questions"] >= 2
                and now["confirmed"] > confirmed_before
                and now["returned"] >= 3
            )

        wait_until(lively, seconds=240, what="ballots, questions and returns", every=1)
        server.installation.python("-c", _AS_JUDGE, "close")
        assert process.wait(120) == 0, "guests go home when the meeting is closed"
    assert seen(server)["visitor"] == 0, "nobody acts for the visitor"


def test_interrupting_it_is_no_error(daphne_server: StartServer) -> None:
    server = daphne_server(demo=True)
    with guests(server) as process:
        wait_until(lambda: seen(server)["attended"] >= 5, seconds=240, what="creditors", every=1)
        assert end(process, signal.SIGINT) == 0


def seen(server: Server) -> dict:
    """Look at the meeting."""
    return json.loads(server.installation.python("-c", _SEEN).stdout.strip().splitlines()[-1])

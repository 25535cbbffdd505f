"""A server killed in the middle of a vote: what it acknowledged is there when it comes back."""

import json
import threading
from typing import Any

import httpx
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from tests.support.databases import wait_until
from tests.support.servers import Server, StartServer

SEATS = "import django; django.setup(); from tests.voting import seats; seats.main()"
STORED = """
import django; django.setup()
import json, sys
from voting import book, law
from voting.ledger import chain
from voting.models import Ballot, Resolution
poll = Resolution.objects.select_related("meeting").get(pk=int(sys.argv[1]))
ballots = Ballot.objects.order_by("pk")
print(json.dumps({
    "numbers": [one.number for one in ballots],
    "commands": [one.command_id for one in ballots],
    "effective": {one.creditor_id: one.choice for one in ballots.filter(effective=True)},
    "running": law.running(poll) == law.count(poll)["groups"],
    "ledger": chain.problems(book.entries_of(poll.meeting)),
}))
"""


class Voter(threading.Thread):
    """Votes on its socket, one ballot after the other, until the socket breaks."""

    def __init__(self, server: Server, hall: dict[str, Any], seat: dict[str, Any]) -> None:
        super().__init__(daemon=True)
        self.server, self.hall, self.seat = server, hall, seat
        self.acknowledged: dict[str, dict[str, Any]] = {}
        self.sent: list[dict[str, Any]] = []

    def command(self) -> dict[str, Any]:
        number = len(self.sent)
        return {
            "id": f"{self.seat['creditor']}-{number}",
            "type": "cast_ballot",
            "data": {
                "resolution": self.hall["poll"],
                "choice": ("for", "against", "abstain")[number % 3],
            },
        }

    def run(self) -> None:
        try:
            with connect(
                f"{self.server.ws_url}/ws/meetings/{self.hall['slug']}/",
                additional_headers={"Cookie": f"sessionid={self.seat['session']}"},
                origin=self.server.url,
                max_size=None,
                open_timeout=60,
            ) as socket:
                while True:
                    command = self.command()
                    self.sent.append(command)
                    socket.send(json.dumps(command))
                    reply = self._reply(socket, command["id"])
                    if not reply["ok"]:  # faster than people are allowed to be
                        assert reply["error"]["code"] == "too_many_requests", reply
                        self.sent.pop()
                        return
                    self.acknowledged[command["id"]] = reply["data"]
        except (WebSocketException, OSError):
            return

    @staticmethod
    def _reply(socket: Any, identity: str) -> dict[str, Any]:
        while True:
            frame: dict[str, Any] = json.loads(socket.recv(timeout=60))
            if frame["type"] == "reply" and frame["id"] == identity:
                return frame


def test_acknowledged_ballots_survive_a_killed_server(daphne_server: StartServer) -> None:
    server = daphne_server()
    hall = json.loads(server.installation.python("-c", SEATS).stdout)
    voters = [Voter(server, hall, seat) for seat in hall["voters"]]
    for voter in voters:
        voter.start()
    wait_until(
        lambda: (
            all(voter.acknowledged for voter in voters)
            and sum(len(voter.acknowledged) for voter in voters) >= 60
        ),
        seconds=180,
        what="sixty acknowledged ballots, one of each voter among them",
    )
    server.kill()
    for voter in voters:
        voter.join(60)
        assert not voter.is_alive()
    server.start()
    server.wait_ready()

    # As a page does after a break: what has no answer is sent once more, with the same id.
    last: dict[str, dict[str, Any]] = {}
    for voter in voters:
        command = voter.sent[-1]
        last[str(voter.seat["creditor"])] = command
        with httpx.Client(
            base_url=server.url, cookies={"sessionid": voter.seat["session"]}, timeout=60
        ) as client:
            token = client.get(f"/meetings/{hall['slug']}/").cookies.get("csrftoken") or ""
            answer = client.post(
                f"/meetings/{hall['slug']}/ballots/",
                json=command,
                headers={"X-CSRFToken": token, "Origin": server.url},
            )
            assert answer.status_code == 200, answer.text
            receipt = answer.json()["data"]
        if command["id"] in voter.acknowledged:
            assert receipt == voter.acknowledged[command["id"]]
        voter.acknowledged[command["id"]] = receipt

    stored = json.loads(server.installation.python("-c", STORED, str(hall["poll"])).stdout)
    told = {one["number"] for voter in voters for one in voter.acknowledged.values()}
    assert told == set(stored["numbers"])
    assert len(stored["commands"]) == len(set(stored["commands"]))
    assert stored["effective"] == {
        creditor: command["data"]["choice"] for creditor, command in last.items()
    }
    assert stored["running"]
    assert stored["ledger"] == []

"""The reference of the whole path: what the manual of Channels leads one to write.

A stock consumer, one ORM transaction a ballot, and the tally sent to the group after each. No
register of choices to supersede, no ledger, no receipt, no event log: it does less.
"""

from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.db import transaction
from django.db.models import F

from creditor_meetings.cases import clock
from creditor_meetings.cases.models import CaseRole
from voting.models import Ballot, RegisterEntry, Resolution, Tally


@database_sync_to_async
def record(person: Any, content: dict[str, Any]) -> dict[str, Any]:
    """Write one ballot; return how the vote stands."""
    data = content["data"]
    with transaction.atomic():
        poll = Resolution.objects.select_for_update().get(pk=data["resolution"], state="open")
        creditor: Any = CaseRole.objects.get(person=person, role="creditor").creditor
        entry = RegisterEntry.objects.get(resolution=poll, creditor=creditor, reason="")
        Ballot.objects.create(
            resolution=poll, creditor=creditor, choice=data["choice"], person=person,
            command_id=content["id"], at=clock.now(), number=f"naive-{person.pk}",
        )  # fmt: skip
        number, fen = f"{data['choice']}_number", f"{data['choice']}_fen"
        Tally.objects.filter(resolution=poll, group=entry.group).update(
            **{number: F(number) + 1, fen: F(fen) + entry.amount_fen}
        )
        tally: dict[str, Any] = Tally.objects.filter(resolution=poll).values().get()  # type: ignore[assignment]
    voted = sum(tally[f"{choice}_number"] for choice in ("for", "against", "abstain"))
    return {**tally, "voted": voted, "end": True}


class Hall(AsyncJsonWebsocketConsumer):
    """One creditor's socket."""

    async def connect(self) -> None:
        """Join the group of the hall."""
        await self.channel_layer.group_add("hall", self.channel_name)
        await self.accept()
        await self.send(text_data='{"type":"snapshot"}')

    async def disconnect(self, code: int) -> None:
        """Leave the group."""
        await self.channel_layer.group_discard("hall", self.channel_name)

    async def receive_json(self, content: dict[str, Any], **_more: Any) -> None:
        """Take a ballot, answer, tell everybody."""
        tally = await record(self.scope["user"], content)
        await self.send_json({"type": "reply", "id": content["id"], "ok": True})
        await self.channel_layer.group_send("hall", {"type": "tally", "tally": tally})

    async def tally(self, event: dict[str, Any]) -> None:
        """Tell this creditor how the vote stands."""
        await self.send_json(event)

"""The other reference of the fan-out: a room as one would write it with Channels alone.

A JSON consumer and `group_send` over the in-memory layer; whatever a client sends goes to all.
"""

from typing import Any

from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.conf import settings

if not settings.configured:
    settings.configure(
        CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    )


class Room(AsyncJsonWebsocketConsumer):
    """A socket in one group with all others."""

    groups = ("hall",)

    async def connect(self) -> None:
        """Let everybody in."""
        await self.accept()
        await self.send_json({"type": "snapshot"})

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        """Tell all what one said."""
        await self.channel_layer.group_send("hall", {"type": "told", "event": content})

    async def told(self, message: dict[str, Any]) -> None:
        """Write what all are told."""
        await self.send_json(message["event"])


application = Room.as_asgi()

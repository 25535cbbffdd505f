"""A room of nothing but lines, to be served by Daphne: does what its sockets say."""

import json
import os
from typing import Any

from creditor_meetings.realtime import figures, transport
from creditor_meetings.realtime.frames import Frame
from creditor_meetings.realtime.lines import TextLine

transport.install()
transport.STUCK_SECONDS = float(os.environ.get("STUCK_SECONDS", "30"))

ALL: dict[str, "Guest"] = {}


class Guest:
    """An open socket by the name in its address."""

    def __init__(self, name: str, protocol: Any) -> None:
        self.name = name
        self.protocol = protocol
        self.line = transport.DaphneLine(protocol)
        ALL[name] = self

    def take(self, text: str | None) -> None:
        """Do what was said, to the socket that is named."""
        if text is None:
            self.say({"bytes": True})
            return
        said = json.loads(text)
        other = ALL.get(said.get("to", self.name))
        answer: dict[str, Any] = {}
        if "echo" in said:
            answer["echo"] = said["echo"]
        if "fill" in said and other is not None:
            filler = Frame(json.dumps({"filler": "x" * said["fill"]}))
            while not other.line.behind and other.line.write(filler):
                pass
        if "frames" in said and other is not None:
            answer["written"] = [
                other.line.write(Frame(json.dumps({"n": n, "more": "字" * (size // 3)})))
                for n, size in enumerate(said["frames"])
            ]
        if "check" in said and other is not None:
            answer["stands"] = other.line.check()
        answer |= {
            "at_rest": transport._at_rest(self.protocol),
            "waiting": other.line.waiting() if other is not None else 0,
            "direct": figures.frames_direct,
            "asgi": figures.frames_asgi,
            "dropped": figures.dropped_slow,
            "open": sorted(ALL),
        }
        self.say(answer)

    def say(self, answer: dict[str, Any]) -> None:
        """Answer by the same line."""
        self.line.write(Frame(json.dumps({"answer": answer})))

    def ended(self) -> None:
        """Be gone."""
        if ALL.get(self.name) is self:  # another may have come by the same name
            del ALL[self.name]


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Let everybody in (ASGI)."""
    await receive()
    protocol = transport.reach(scope)
    await send({"type": "websocket.accept"})
    if protocol is None:
        line = TextLine(lambda text: send({"type": "websocket.send", "text": text}))
        line.write(Frame('{"unknown": true}'))
        await receive()
        return
    transport.narrow(protocol)
    transport.attend(protocol, Guest(scope["path"].strip("/"), protocol))

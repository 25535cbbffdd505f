"""Many viewers in a process of their own: they read, confirm, and note what came in what order.

`python -m bench.video_viewers PORT PATH SESSION COUNT` prints `ready` when all are connected (and
receive), counts from the line `count` on its input to the line `stop`, and prints what came as
JSON: pieces and bytes of each viewer, and whether each saw, without a hole, what the others saw.
"""

import asyncio
import json
import sys
import zlib

from bench.client import Client

HEAD = 7
"""Bytes before a piece of media: kind, stream, rendition, level."""


class Viewer:
    """One socket that watches one stream; of a bare relay everything is media."""

    def __init__(self, client: Client, *, bare: bool) -> None:
        self.client = client
        self.bare = bare
        self.received = 0
        self.counted = 0
        self.sums: list[int] = []
        self.first = asyncio.Event()

    async def watch(self) -> None:
        """Read for ever."""
        confirmed = 0
        while True:
            data = await self.client.frame()
            if not self.bare and data[:1] == b"{":
                self._told(json.loads(data))
                continue
            body = data if self.bare else data[HEAD:]
            self.received += len(body)
            if self.bare or data[0] != 0:
                self.counted += len(body)
                self.sums.append(zlib.crc32(body))
                self.first.set()
            if not self.bare and self.received - confirmed > 24_000:
                confirmed = self.received
                self.client.send(json.dumps({"type": "ack", "bytes": confirmed}))

    def _told(self, frame: dict) -> None:
        if frame["type"] == "state":
            wish = dict.fromkeys(frame["video"]["streams"], "full")
            self.client.send(json.dumps({"type": "want", "streams": wish}))


def in_order(viewers: list[Viewer]) -> bool:
    """Say whether each viewer's pieces are a run of the longest one's, from its first on."""
    longest = max((one.sums for one in viewers), key=len)
    for one in viewers:
        if not one.sums:
            return False
        starts = [at for at, value in enumerate(longest) if value == one.sums[0]]
        # The last of them may have seen a piece more when the count stopped.
        if not any(_agree(one.sums, longest[at:]) for at in starts):
            return False
    return True


def _agree(mine: list[int], other: list[int]) -> bool:
    shared = min(len(mine), len(other))
    return mine[:shared] == other[:shared] and len(mine) - shared < 3


async def main(port: int, path: str, session: str, count: int) -> None:
    """Connect, watch, count."""
    bare = not session
    viewers: list[Viewer] = []
    tasks = []
    while len(viewers) < count:
        some = min(25, count - len(viewers))
        opened = await asyncio.gather(*(Client.connect(port, path, session) for _ in range(some)))
        fresh = [Viewer(one, bare=bare) for one in opened]
        tasks += [asyncio.ensure_future(one.watch()) for one in fresh]
        viewers += fresh
    print("connected", flush=True)
    await asyncio.gather(*(one.first.wait() for one in viewers))
    print("ready", flush=True)
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, sys.stdin.readline)
    for one in viewers:
        one.counted = 0
    await loop.run_in_executor(None, sys.stdin.readline)
    counted = [one.counted for one in viewers]
    print(json.dumps({
        "least": min(counted), "most": max(counted), "pieces": len(viewers[0].sums),
        "in_order": in_order(viewers), "alive": sum(not task.done() for task in tasks),
    }), flush=True)  # fmt: skip


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])))

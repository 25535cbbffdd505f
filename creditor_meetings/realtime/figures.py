"""What the hubs of this process do, in plain numbers that metrics may read at any time.

All are written on the event loop alone; counters only grow while the process lives. Nothing
here names a person.
"""

sockets: dict[int, int] = {}
"""Open rooms by meeting id, in this process; a meeting without any is left out."""

frames_direct = 0
"""Frames written straight to a socket whose buffers were empty."""

frames_asgi = 0
"""Frames handed to the server (ASGI): TLS ended by Daphne, a slow reader, an unknown server."""

events_delivered = 0
"""Events written, one for each socket it went to."""

dropped_slow = 0
"""Sockets that were cut off since they did not read what was sent; they resume by `after`."""

lag_seconds = 0.0
"""Of the newest event that was delivered: from its writing (`at`) to the last socket (s)."""

longest_lag_seconds = 0.0
"""The largest `lag_seconds` since the process began, or since a reader set it to 0."""

looks = 0
"""How often a hub looked at the log."""

stumbles = 0
"""How often a hub met an error, resynced and went on."""

waiting_to_join: dict[int, int] = {}
"""Rooms by meeting id that wait to be let into the stream of events."""

held_events: dict[int, int] = {}
"""Tallies and the like, by meeting id, that wait for the pause between two of them to end."""

commands_under_way = 0
"""Commands that were taken and are not answered yet (queue depth of the receive path)."""


def count(table: dict[int, int], meeting_id: int, number: int) -> None:
    """Set a meeting's number in one of the tables; 0 leaves it out."""
    if number:
        table[meeting_id] = number
    else:
        table.pop(meeting_id, None)

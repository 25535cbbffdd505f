"""The door of the rooms: who is it, may he come in, and what is his own there, for many at once.

A batch of a hundred who come at the same moment costs about as many queries as one alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from creditor_meetings.cases import sessions_together
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.devices import SignedOut
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.meetings.access import admitted_to, find_meeting
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.realtime import log, snapshot
from creditor_meetings.realtime.snapshot import Own
from creditor_meetings.realtime.together import Together


@dataclass(eq=False)
class Asker:
    """Somebody at the door of a meeting; the scope is told who it is.

    `after`: the number of the last event that he has. `anew`: he was in already, and his session
    has to stand still.
    """

    scope: dict[str, Any]
    meeting: str
    after: int | None = None
    anew: bool = False


@dataclass(frozen=True)
class Admitted:
    """Who was let in: what is his own, or None where the log still holds all after `after`.

    `seq`: the number of the last event when he was let in.
    """

    meeting: Meeting
    viewer: Viewer
    seq: int
    own: Own | None


def admit(askers: Sequence[Asker]) -> list[Admitted | BaseException]:
    """Let people in or refuse them, each in his order."""
    found: dict[int, Admitted | BaseException] = {}
    _identify(askers, found)
    by_meeting: dict[str, list[int]] = {}
    for place, one in enumerate(askers):
        if place not in found:
            by_meeting.setdefault(one.meeting, []).append(place)
    for name, places in by_meeting.items():
        _admit_to(name, [(place, askers[place]) for place in places], found)
    return [found[place] for place in range(len(askers))]


def _identify(askers: Sequence[Asker], found: dict[int, Admitted | BaseException]) -> None:
    """Find out who they are by the session's cookie, unless that is known already."""
    unknown = [
        (place, one) for place, one in enumerate(askers) if one.anew or "user" not in one.scope
    ]
    keys = [one.scope.get("cookies", {}).get(settings.SESSION_COOKIE_NAME) for _n, one in unknown]
    for (place, one), (session, person) in zip(
        unknown, sessions_together.people_of(keys), strict=True
    ):
        if "user" not in one.scope:
            one.scope["session"], one.scope["user"] = session, person
        elif one.scope["user"] != person:
            found[place] = SignedOut()


def _admit_to(
    name: str, group: Sequence[tuple[int, Asker]], found: dict[int, Admitted | BaseException]
) -> None:
    try:
        meeting = find_meeting(name)
    except NotFound as refusal:
        found.update((place, refusal) for place, _one in group)
        return
    # Read before the roles: whose roles change later is told by an event of a higher number.
    seq = log.last_seq(meeting.pk)
    viewers = admitted_to(meeting, [one.scope["user"] for _place, one in group])
    waiting: list[tuple[int, Viewer]] = []
    for (place, one), viewer in zip(group, viewers, strict=True):
        if isinstance(viewer, Refused):
            found[place] = viewer
        elif one.after is not None and seq - log.KEPT_EVENTS <= one.after <= seq:
            found[place] = Admitted(meeting, viewer, seq, None)
        else:
            waiting.append((place, viewer))
    if waiting:
        owns = snapshot.own_parts(meeting.pk, [viewer for _place, viewer in waiting], seq)
        for (place, viewer), own in zip(waiting, owns, strict=True):
            found[place] = Admitted(meeting, viewer, seq, own)


door: Together[Asker, Admitted] = Together("door", admit)

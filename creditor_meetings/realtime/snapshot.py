"""The state of a room: what an audience shares of it, and what is a person's own.

The shared part is read and encoded once for everybody of an audience, the staff or the others
(`shared_part`); a person's own, which is small, for all who come at the same moment together
(`own_parts`). `frame` puts the two into the frame that goes to the socket.

Each part is complete up to a number that is read first. What commits while the sections are read
may be in them already; its events come again after the snapshot, and setting a path to what it is
changes nothing. So the whole is complete up to the lesser of the two numbers.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings

from creditor_meetings.cases.access import Viewer
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.realtime import log, registry

State = dict[str, Any]


@dataclass(frozen=True)
class Shared:
    """What an audience shares, complete up to `seq`; `members` as JSON, section by section."""

    seq: int
    sections: State
    members: Mapping[str, str]

    @cached_property
    def body(self) -> str:
        """All its members as JSON, ready to be sent to everybody."""
        return ",".join(self.members.values())


@dataclass(frozen=True)
class Own:
    """What is a person's own, complete up to `seq`."""

    seq: int
    sections: State


def take(meeting: Meeting, viewer: Viewer) -> tuple[int, State]:
    """Return the number up to which the snapshot is complete, and the state, both read now."""
    shared = shared_part(meeting.pk, staff=viewer.is_staff)
    (own,) = own_parts(meeting.pk, [viewer], log.last_seq(meeting.pk))
    return min(shared.seq, own.seq), merged(shared, own)


def shared_part(meeting_id: int, *, staff: bool) -> Shared:
    """Read what the staff of a meeting, or everybody else in it, share."""
    seq = log.last_seq(meeting_id)
    meeting = _meeting(meeting_id)
    sections = {
        name: section.shared(meeting, staff)
        for name, section in registry.sections().items()
        if section.shared is not None
    }
    return Shared(seq, sections, {name: _member(name, told) for name, told in sections.items()})


def own_parts(meeting_id: int, viewers: Sequence[Viewer], seq: int) -> list[Own]:
    """Read what is each viewer's own, for all of them at once, in their order.

    `seq`: the number of the last event, read before the viewers' roles were.
    """
    meeting = _meeting(meeting_id)
    parts: list[State] = [{} for _one in viewers]
    for name, section in registry.sections().items():
        if section.own is None:
            continue
        for part, told in zip(parts, section.own(meeting, viewers), strict=True):
            part[name] = told
    return [Own(seq, part) for part in parts]


def _meeting(meeting_id: int) -> Meeting:
    return Meeting.objects.select_related("case").get(pk=meeting_id)


def merged(shared: Shared, own: Own) -> State:
    """Put the two parts together; what is a person's own stands beside what is shared."""
    state = dict(shared.sections)
    for name, told in own.sections.items():
        state[name] = {**state[name], **told} if name in state else told
    return state


def frame(shared: Shared, own: Own) -> str:
    """Write the snapshot as it goes to the socket; encodes what is the person's own alone."""
    alone = {name: told for name, told in own.sections.items() if name not in shared.sections}
    both = {name: told for name, told in own.sections.items() if name not in alone and told}
    body = shared.body
    if both:
        mixed = {
            name: _member(name, {**shared.sections[name], **told}) for name, told in both.items()
        }
        body = ",".join({**shared.members, **mixed}.values())
    members = ",".join([body, *(_member(name, told) for name, told in alone.items())])
    seq, pace = min(shared.seq, own.seq), settings.RETURNS_A_SECOND
    return f'{{"type":"snapshot","seq":{seq},"pace":{pace},"data":{{{members}}}}}'


def _member(name: str, told: Any) -> str:
    return f'"{name}":{json.dumps(told, ensure_ascii=False, separators=(",", ":"))}'

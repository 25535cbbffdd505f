"""What people do in a meeting. Each verb checks, changes, and tells, in one transaction."""

from collections.abc import Callable, Collection, Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.money import yuan
from creditor_meetings.meetings import attendance_sums, describe, mandates, record
from creditor_meetings.meetings.models import (
    ALLOWED_STATES,
    AgendaItem,
    Attendance,
    AttendanceMethod,
    ItemTurn,
    Meeting,
    MeetingState,
    StateChange,
)
from creditor_meetings.meetings.publishing import News, publish, publish_all
from creditor_meetings.meetings.standing import standing

OPEN_FOR_ATTENDANCE = frozenset({MeetingState.CONVENED, MeetingState.OPEN, MeetingState.ADJOURNED})


def locked(meeting: Meeting) -> Meeting:
    """Return the meeting as it is now, held until the transaction ends."""
    # no_key: rows that name the meeting (events, ledger entries) may still be written by those
    # who hold other locks; waiting for each other would be a circle.
    held = Meeting.objects.select_for_update(of=("self",), no_key=True)
    return held.select_related("case").get(pk=meeting.pk)


def require_chair(meeting: Meeting, viewer: Viewer) -> None:
    """Raise `Refused` unless the viewer runs the meeting."""
    if not describe.may_chair(meeting, viewer):
        raise Refused("not_allowed", _("只有法官，或受托主持会议的管理人可以这样做。"))


@transaction.atomic
def change_state(
    meeting: Meeting, state: str, viewer: Viewer, *, address: str = "", reason: str = ""
) -> Meeting:
    """Take the meeting to another state; an illegal step is refused."""
    found = locked(meeting)
    require_chair(found, viewer)
    if state not in ALLOWED_STATES[found.state]:
        raise Refused(
            "bad_request",
            _("会议%(state)s，不能改为“%(wanted)s”。")
            % {"state": found.get_state_display(), "wanted": MeetingState(state).label},
        )
    now = clock.now()
    found.state = state
    if state == MeetingState.OPEN:
        found.opened_at = found.opened_at or now
    if state == MeetingState.CLOSED:
        found.closed_at = now
    found.save(update_fields=["state", "opened_at", "closed_at"])
    StateChange.objects.create(
        meeting=found, state=state, at=now, by=viewer.person, address=address, reason=reason
    )
    record.write(
        found,
        "meeting_state",
        {
            "state": str(state),
            "by": viewer.person.pk,
            "by_name": str(viewer.person),
            "reason": reason,
            "address": address,
        },
    )
    if state == MeetingState.CONVENED:
        mandates.write_standing(found)
    publish(
        found,
        "meeting_state_changed",
        {"meeting/state": state},
        notice={"kind": "meeting", "state": state},
    )
    if state == MeetingState.OPEN and found.current_item_id is None:
        first = found.items.first()
        if first is not None:
            set_agenda_item(found, first.pk, viewer, address=address)
    for listener in _state_listeners:
        listener(found)
    return found


_state_listeners: list[Callable[[Meeting], None]] = []


def on_state_change(listener: Callable[[Meeting], None]) -> None:
    """Call `listener(meeting)` in the transaction in which the meeting's state changes."""
    _state_listeners.append(listener)


ItemFollower = Callable[[Meeting, AgendaItem, Viewer, str], Callable[[], object]]
_item_followers: list[ItemFollower] = []


def on_agenda_item(follower: ItemFollower) -> None:
    """Let `follower(meeting, item, viewer, address)` go with every turn of the agenda.

    It is called in the transaction before anything is written to the record, to take what locks
    it needs, and returns what is to be done once the turn is on record and told.
    """
    _item_followers.append(follower)


@transaction.atomic
def set_agenda_item(meeting: Meeting, item_id: int, viewer: Viewer, *, address: str = "") -> None:
    """Make an item the current one for everybody."""
    found = locked(meeting)
    require_chair(found, viewer)
    if found.state == MeetingState.CLOSED:
        raise Refused("bad_request", _("会议已闭会，不能再变更议程。"))
    item = AgendaItem.objects.filter(meeting=found, pk=item_id).first()
    if item is None:
        raise Refused("bad_request", _("本次会议没有这项议程。"))
    if found.current_item_id == item.pk:
        return
    following = [follow(found, item, viewer, address) for follow in _item_followers]
    found.current_item = item
    found.save(update_fields=["current_item"])
    ItemTurn.objects.create(meeting=found, item=item, at=clock.now(), by=viewer.person)
    record.write(
        found,
        "agenda",
        {
            "item": item.pk,
            "title": item.title,
            "kind": str(item.kind),
            "by": viewer.person.pk,
            "by_name": str(viewer.person),
        },
    )
    publish(
        found,
        "agenda_item_changed",
        {"meeting/current_item": item.pk},
        notice={"kind": "agenda", "item": item.pk, "title": item.title},
    )
    for then in following:
        then()


@transaction.atomic
def sign_in(
    meeting: Meeting,
    creditor_ids: list[int],
    viewer: Viewer,
    *,
    address: str,
    device: str,
    method: str = AttendanceMethod.SIGN_IN,
) -> list[int]:
    """Record that creditors attend (签到); who signed in already stays as recorded.

    Returns the creditors that were new.
    """
    found = locked(meeting)
    if found.state not in OPEN_FOR_ATTENDANCE:
        raise Refused("not_allowed", _("会议未开放签到，或已经闭会。"))
    if not creditor_ids:
        raise Refused("not_allowed", _("只有债权人或其代理人需要签到。"))
    for creditor_id in creditor_ids:
        viewer.require_creditor(creditor_id)
    record.hold(found)
    new = [
        creditor_id
        for creditor_id in creditor_ids
        # A ballot may make the creditor attend at the same moment: whoever comes first.
        if Attendance.objects.get_or_create(
            meeting=found,
            creditor_id=creditor_id,
            defaults={
                "person": viewer.person,
                "method": method,
                "at": clock.now(),
                "device": device,
                "address": address,
                "amount_fen": standing(found, creditor_id).amount_fen,
            },
        )[1]
    ]
    if new:
        amount_fen = record_attendance(found, new)
        publish_all(found, signed_in_news(found, new))
        attendance_sums.add(found, len(new), amount_fen)
        publish_all(found, [totals_news(found)])
        for listener in _attendance_listeners:
            listener(found, new)
    return new


def record_attendance(meeting: Meeting, newly: Collection[int]) -> int:
    """Write to the record that creditors attend from now on: by whom, how, with what.

    Returns the amount (fen) they attend with.
    """
    found = Attendance.objects.filter(meeting=meeting, creditor__in=newly)
    rows = list(found.select_related("creditor", "person").order_by("creditor"))
    record.write_all(meeting, [attendance_entry(one, one.creditor.name) for one in rows])
    return sum(one.amount_fen for one in rows)


def attendance_entry(one: Attendance, creditor_name: str) -> tuple[str, dict[str, object]]:
    """Say for the record that a creditor attends: kind and body of the entry."""
    return "attendance", {
        "creditor": one.creditor_id,
        "creditor_name": creditor_name,
        "person": one.person_id,
        "person_name": str(one.person),
        "method": str(one.method),
        "amount": yuan(one.amount_fen),
        "at": clock.rfc3339(one.at),
        "device": one.device,
        "address": one.address,
    }


def signed_in_news(meeting: Meeting, newly: Iterable[int]) -> list[News]:
    """Say to each new creditor that it is signed in."""
    signed_in = Attendance.objects.filter(meeting=meeting, creditor__in=newly)
    return [
        News("signed_in", describe.attending_at_paths(one, at), audience=f"creditor:{one}")
        for one, at in signed_in.values_list("creditor_id", "at")
    ]


def totals_news(meeting: Meeting) -> News:
    """Say to all how many attend, and with what."""
    totals = describe.attendance_totals(meeting)
    told = {f"attendance/{name}": value for name, value in totals.items()}
    return News("attendance", told, coalesce="attendance")


AttendanceListener = Callable[[Meeting, Collection[int]], None]
_attendance_listeners: list[AttendanceListener] = []


def on_attendance(listener: AttendanceListener) -> None:
    """Call `listener(meeting, creditors)` in the transaction in which creditors sign in.

    The meeting's ledger is held, and its counter of events.
    """
    _attendance_listeners.append(listener)

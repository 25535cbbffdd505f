"""What people do to prepare a meeting: its facts, its agenda, its convening (召集)."""

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import ProtectedError, TextChoices
from django.utils import timezone
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer, viewer_for
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Case, CaseRole, Person, Role
from creditor_meetings.meetings import describe, questions_state, verbs
from creditor_meetings.meetings.floor_state import LONGEST_SECONDS, SHORTEST_SECONDS
from creditor_meetings.meetings.models import (
    AgendaItem,
    AgendaKind,
    Meeting,
    MeetingState,
    Question,
    QuestionsShown,
    RecordingRule,
    ReplayRule,
    TallyShown,
)
from creditor_meetings.meetings.publishing import News, publish, publish_all
from creditor_meetings.meetings.role_news import ACCESS_CHANGED

PREPARERS = (Role.ADMINISTRATOR, Role.JUDGE)
FACTS_OPEN = frozenset({MeetingState.DRAFT, MeetingState.CONVENED})
MOST_ITEMS = 100
RULES: dict[str, type[TextChoices]] = {
    "questions_shown": QuestionsShown,
    "recording_rule": RecordingRule,
    "replay_rule": ReplayRule,
}


@dataclass(frozen=True)
class Facts:
    """What a meeting is called, when it begins (UTC), and how it is run."""

    title: str
    starts_at: datetime
    tally_shown: str = TallyShown.LIVE
    claims_open: bool = True
    delegated: bool = True
    questions_shown: str = QuestionsShown.ALL
    floor_seconds: int = 300
    recording_rule: str = RecordingRule.SESSION
    replay_rule: str = ReplayRule.POLLS


FactsListener = Callable[[Meeting], Sequence[News]]
_listeners: list[FactsListener] = []


def on_facts_change(listener: FactsListener) -> None:
    """Let `listener(meeting)` add to the news of changed facts, in the same transaction."""
    _listeners.append(listener)


def news_of_facts(meeting: Meeting) -> list[News]:
    """Collect what other rooms tell anew when the facts of a meeting changed."""
    return [news for listener in _listeners for news in listener(meeting)]


@transaction.atomic
def create_meeting(case: Case, facts: Facts, viewer: Viewer, *, slug: str = "") -> Meeting:
    """Begin a meeting as a draft that only the team and the court see."""
    viewer.require(*PREPARERS)
    _check(facts)
    made = Meeting.objects.create(case=case, slug=slug or free_slug(case), **asdict(facts))
    if not viewer.is_judge and not facts.delegated:
        # Whoever runs the meeting is the court's to say (EBL 60); until it does, the default.
        made.delegated = True
        made.save(update_fields=["delegated"])
    return made


def free_slug(case: Case) -> str:
    """Return an address for the case's next meeting: the figures of its number, and a count."""
    stem = "-".join(re.findall(r"\d+", case.number))[:40] or str(case.pk)
    number = case.meetings.count() + 1
    while Meeting.objects.filter(slug=f"{stem}-{number}").exists():
        number += 1
    return f"{stem}-{number}"


def _check(facts: Facts) -> None:
    if not facts.title.strip():
        raise Refused("bad_request", _("请填写会议名称。"))
    if facts.tally_shown not in TallyShown.values:
        raise Refused(
            "bad_request", _("没有“%(value)s”这种公布方式。") % {"value": facts.tally_shown}
        )
    for name, rule in RULES.items():
        if getattr(facts, name) not in rule.values:
            raise Refused(
                "bad_request",
                _("字段“%(name)s”没有“%(value)s”这种规则。")
                % {"name": name, "value": getattr(facts, name)},
            )
    if not SHORTEST_SECONDS <= facts.floor_seconds <= LONGEST_SECONDS:
        raise Refused(
            "bad_request",
            _("每次发言时限应为 %(least)s 至 %(most)s 秒。")
            % {"least": SHORTEST_SECONDS, "most": LONGEST_SECONDS},
        )


@transaction.atomic
def edit_facts(meeting: Meeting, facts: Facts, viewer: Viewer) -> Meeting:
    """Change the facts of a meeting that has not begun; open rooms follow at once."""
    viewer.require(*PREPARERS)
    found = verbs.locked(meeting)
    if found.state not in FACTS_OPEN:
        raise Refused("bad_request", _("会议已经开始，不能再修改会议信息。"))
    _check(facts)
    if facts.delegated != found.delegated and not viewer.is_judge:
        raise Refused("not_allowed", _("是否由管理人受托主持，只能由法官决定。"))
    if facts.questions_shown != found.questions_shown and found.questions.exists():
        # Who asked was promised who would read it.
        raise Refused("bad_request", _("已有人提问，提问的公开方式不能再变更。"))
    redelegated = facts.delegated != found.delegated
    for name, value in asdict(facts).items():
        setattr(found, name, value)
    found.save(update_fields=list(asdict(facts)))
    news = [News("meeting_changed", _told(found)), *news_of_facts(found)]
    publish_all(found, news + (_rights_news(found) if redelegated else []))
    return found


def _told(meeting: Meeting) -> dict[str, object]:
    told = describe.meeting(meeting)
    shown = ("title", "starts_at", "tally_shown", "claims_open", "floor_seconds", *RULES)
    return {f"meeting/{name}": told[name] for name in shown}


def _rights_news(meeting: Meeting) -> list[News]:
    """Tell each of the team what it may do now; who is judge as well keeps a judge's rights."""
    team = Person.objects.filter(
        is_active=True,
        case_roles__in=CaseRole.objects.filter(
            case=meeting.case_id, role=Role.ADMINISTRATOR, active=True
        ),
    ).distinct()
    return [
        News(
            "rights_changed",
            {"me/can": describe.me(meeting, viewer_for(person, meeting.case_id))["can"]},
            audience=f"person:{person.pk}",
        )
        for person in team
    ]


@transaction.atomic
def convene(meeting: Meeting, viewer: Viewer, *, address: str = "") -> Meeting:
    """Convene (召集): from now on creditors see the meeting and may sign in."""
    viewer.require(*PREPARERS)
    found = verbs.locked(meeting)
    if not found.items.exists():
        raise Refused("bad_request", _("议程还是空的：请先添加议程，再通知召开。"))
    return verbs.change_state(found, MeetingState.CONVENED, viewer, address=address)


@transaction.atomic
def take_back(meeting: Meeting, viewer: Viewer, *, address: str = "", reason: str = "") -> Meeting:
    """Take a convened meeting back into preparation, as long as nobody has signed in."""
    viewer.require(*PREPARERS)
    found = verbs.locked(meeting)
    if found.attendances.exists():
        raise Refused("bad_request", _("已有债权人签到，不能退回筹备。"))
    taken = verbs.change_state(found, MeetingState.DRAFT, viewer, address=address, reason=reason)
    # Whoever is outside the team and has the room open may not see it any longer.
    publish(taken, ACCESS_CHANGED, {})
    return taken


# --- The agenda ------------------------------------------------------------------------------


def _agenda_of(meeting: Meeting, viewer: Viewer) -> Meeting:
    viewer.require(*PREPARERS)
    found = verbs.locked(meeting)
    if found.state == MeetingState.CLOSED:
        raise Refused("bad_request", _("会议已闭会，不能再变更议程。"))
    return found


def _item_of(meeting: Meeting, item_id: int) -> AgendaItem:
    item = AgendaItem.objects.filter(meeting=meeting, pk=item_id).first()
    if item is None:
        raise Refused("bad_request", _("本次会议没有这项议程。"))
    return item


def _check_item(kind: str, title: str) -> None:
    if kind not in AgendaKind.values:
        raise Refused("bad_request", _("没有“%(value)s”这种议程。") % {"value": kind})
    if not title.strip():
        raise Refused("bad_request", _("请填写议程的标题。"))


@transaction.atomic
def add_item(meeting: Meeting, viewer: Viewer, kind: str, title: str, note: str = "") -> AgendaItem:
    """Put an item at the end of the agenda (议程)."""
    found = _agenda_of(meeting, viewer)
    _check_item(kind, title)
    items = list(found.items.all())
    if len(items) >= MOST_ITEMS:
        raise Refused("bad_request", _("议程最多 %(n)s 项。") % {"n": MOST_ITEMS})
    last = items[-1].position if items else 0
    item = AgendaItem.objects.create(
        meeting=found, position=last + 1, kind=kind, title=title.strip(), note=note.strip()
    )
    _tell(found, [item])
    return item


@transaction.atomic
def edit_item(
    meeting: Meeting, item_id: int, viewer: Viewer, kind: str, title: str, note: str = ""
) -> AgendaItem:
    """Change what an item says."""
    found = _agenda_of(meeting, viewer)
    _check_item(kind, title)
    item = _item_of(found, item_id)
    item.kind, item.title, item.note = kind, title.strip(), note.strip()
    item.save(update_fields=["kind", "title", "note"])
    _tell(found, [item])
    return item


@transaction.atomic
def move_item(meeting: Meeting, item_id: int, viewer: Viewer, steps: int) -> None:
    """Move an item by steps: -1 is one up, 1 one down; at an end it stays where it is."""
    found = _agenda_of(meeting, viewer)
    item = _item_of(found, item_id)
    items = list(found.items.all())
    at = items.index(item)
    items.insert(max(0, min(len(items) - 1, at + steps)), items.pop(at))
    _number_anew(found, items)


def _number_anew(meeting: Meeting, items: Sequence[AgendaItem]) -> None:
    changed = []
    for position, item in enumerate(items, start=1):
        if item.position != position:
            item.position = position
            changed.append(item)
    AgendaItem.objects.bulk_update(changed, ["position"])
    _tell(meeting, changed)


@transaction.atomic
def delete_item(meeting: Meeting, item_id: int, viewer: Viewer) -> None:
    """Take an item off the agenda, unless it was the current one or is voted on."""
    found = _agenda_of(meeting, viewer)
    item = _item_of(found, item_id)
    if found.current_item_id == item.pk:
        raise Refused("bad_request", _("这是正在进行的议程，不能删除。"))
    asked = list(Question.objects.filter(item=item).values_list("pk", flat=True))
    title = item.title
    try:
        item.delete()
    except ProtectedError:
        raise Refused(
            "bad_request",
            _("“%(title)s”已经进行过，或者有所属的表决事项，不能删除。") % {"title": title},
        ) from None
    news = [News("agenda_changed", {f"agenda/{item_id}": None})]
    for one in questions_state.asked_in(found).filter(pk__in=asked):
        news += questions_state.news("agenda_changed", one)
    publish_all(found, news)
    _number_anew(found, list(found.items.all()))


def _tell(meeting: Meeting, items: Sequence[AgendaItem]) -> None:
    if items:
        told = {f"agenda/{item.pk}": describe.agenda_item(item) for item in items}
        publish(meeting, "agenda_changed", told)


def proposed_start() -> datetime:
    """Return a first proposal for a meeting's beginning (UTC): fifteen days' notice (EBL 63)."""
    day = timezone.localtime(clock.now()) + timedelta(days=16)
    return day.replace(hour=9, minute=30, second=0, microsecond=0)

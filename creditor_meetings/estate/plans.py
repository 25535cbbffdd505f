"""The life of a distribution plan: drafted, published for good, carried out."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.models import Case, Role
from creditor_meetings.claims.models import ClaimsRevision
from creditor_meetings.estate import content, gather, plan_files, record, rows, store
from creditor_meetings.estate.models import Entry, EntryKind, EstateChange
from creditor_meetings.estate.plan_models import Plan, PlanState
from creditor_meetings.estate.plan_paper import as_pdf
from creditor_meetings.estate.plan_table import as_xlsx
from creditor_meetings.estate.record import Author
from voting.rules.distribution import Rank

FIELDS = (
    "title",
    "free_fen",
    "reserve_fen",
    "pending",
    "disputed",
    "costs",
    "manner",
    "open_to_all",
)


@transaction.atomic
def draft(case: Case, values: Mapping[str, Any], author: Author) -> Plan:
    """Begin a plan; `values` are of FIELDS, amounts in fen."""
    author.viewer.require(Role.ADMINISTRATOR)
    Case.objects.select_for_update().get(pk=case.pk)
    last = Plan.objects.filter(case=case).aggregate(last=Max("number"))["last"]
    plan = Plan.objects.create(
        case=case,
        number=(last or 0) + 1,
        made_by=author.viewer.person,
        made_at=clock.now(),
        **{name: values[name] for name in FIELDS},
    )
    record.note(case, plan, "added", author, after=str(plan))
    return plan


@transaction.atomic
def change(
    plan: Plan, values: Mapping[str, Any], author: Author, *, version: int | None
) -> list[str]:
    """Change a draft; return the names of the fields that changed. Raises `Refused`."""
    found = _locked(plan, author, PlanState.DRAFT)
    if version is not None and found.version != version:
        raise Refused("bad_request", _("这份草案刚被他人修改，请查看最新内容后再保存。"))
    before = {name: getattr(found, name) for name in FIELDS}
    for name in FIELDS:
        setattr(found, name, values[name])
    changed = record.note_fields(found.case, found, before, author)
    if changed:
        found.version += 1
        found.save()
    return changed


@transaction.atomic
def discard(plan: Plan, author: Author) -> None:
    """Give a draft up; it stays on record."""
    found = _locked(plan, author, PlanState.DRAFT)
    found.state = PlanState.DISCARDED
    found.save(update_fields=["state"])
    record.note(found.case, found, "discarded", author, before=str(found))


def computed(plan: Plan) -> Mapping[str, Any]:
    """Return a plan with what everybody gets: as published, or a draft as the case stands now."""
    if plan.is_published:
        return content.load(plan.content_sha256)
    return content.outcome(gather.gather(plan))


def publish(plan: Plan, author: Author, *, seen: str) -> Plan:
    """Publish a draft for good: table, spreadsheet and PDF are kept by their hashes.

    `seen` is the hash of the table that its author looked at; another one is not published.
    Raises `Refused`.
    """
    author.viewer.require(Role.ADMINISTRATOR)
    # Computing and typesetting may take seconds, and no lock is held meanwhile.
    basis = _basis(plan)
    data = computed(plan)
    moment = clock.now()
    files = {"content_sha256": store.keep(content.encode(data))}
    many = len(data["claims"]) > plan_files.MANY
    if not many:
        files["xlsx_sha256"] = store.keep(as_xlsx(data))
        files["pdf_sha256"] = store.keep(as_pdf(data, moment))
    with transaction.atomic():
        found = _locked(plan, author, PlanState.DRAFT)
        if files["content_sha256"] != seen or basis != _basis(found):
            raise Refused(
                "bad_request",
                _("债权、财产或收支刚有变化，分配表与您看到的不同。请重新核对后再公布。"),
            )
        for name, value in files.items():
            setattr(found, name, value)
        for name in ("total_fen", "paid_fen", "set_aside_fen", "left_fen"):
            setattr(found, name, data[name])
        found.state = PlanState.PUBLISHED
        found.published_by, found.published_at = author.viewer.person, moment
        found.version += 1
        found.save()
        record.note(found.case, found, "published", author, after=found.content_sha256)
        if many:
            transaction.on_commit(partial(plan_files.make_soon, found.pk))
    return found


def _basis(plan: Plan) -> tuple[Any, ...]:
    """What a plan was computed from, by the numbers that rise with each change."""
    revision = ClaimsRevision.objects.filter(case=plan.case_id).values_list("number", flat=True)
    change = EstateChange.objects.filter(case=plan.case_id).aggregate(last=Max("pk"))["last"]
    return list(revision), change, plan.version


@transaction.atomic
def execute(plan: Plan, author: Author, *, day: date, ruling: str) -> Plan:
    """Put on record that a plan was carried out (EBL 116): further plans count on it.

    The account gets what was paid. Raises `Refused`.
    """
    found = _locked(plan, author, PlanState.PUBLISHED)
    data = content.load(found.content_sha256)
    done = Plan.objects.filter(case=found.case_id, state=PlanState.EXECUTED)
    if sorted(done.values_list("number", flat=True)) != sorted(data["basis"]["previous"]):
        raise Refused(
            "bad_request",
            _("这份方案公布之后，另一份方案已经执行。请按新的情况重新制作方案。"),
        )
    found.state = PlanState.EXECUTED
    found.executed_on, found.ruling_number = day, ruling.strip()[:80]
    found.executed_by, found.executed_at = author.viewer.person, clock.now()
    found.save()
    record.note(found.case, found, "executed", author, after=f"{day.isoformat()} {ruling}".strip())
    for kind, fen, note in _payments(data):
        if fen:
            values = {
                "day": day, "kind": kind, "amount_fen": fen, "note": note[:1000],
                "counterparty": "", "voucher": "",
            }  # fmt: skip
            rows.add(Entry, found.case, values, author)
    return found


def _payments(data: Mapping[str, Any]) -> list[tuple[str, int, str]]:
    # In the language of the account, whoever's page it was.
    title = data["title"]
    paid = sum(one["paid_fen"] + one["collateral_paid_fen"] for one in data["claims"])
    costs = {Rank.EXPENSES: EntryKind.EXPENSES, Rank.COMMON_BENEFIT: EntryKind.COMMON_BENEFIT}
    found = [(str(EntryKind.DISTRIBUTION), paid, title)]
    found += [
        (str(costs[Rank(one["kind"])]), one["paid_fen"], f"{title}：{one['name']}")
        for one in data["costs"]
    ]
    return found


def _locked(plan: Plan, author: Author, state: str) -> Plan:
    author.viewer.require(Role.ADMINISTRATOR)
    Case.objects.select_for_update().get(pk=plan.case_id)
    found = Plan.objects.select_for_update().filter(pk=plan.pk).first()
    if found is None or found.state == PlanState.DISCARDED:
        raise NotFound
    if found.state != state:
        raise Refused(
            "bad_request",
            _("方案的状态是“%(state)s”，不能这样做。") % {"state": found.get_state_display()},
        )
    return found


def newest(case: Case) -> Plan | None:
    """Return the plan that was published last."""
    states = [PlanState.PUBLISHED, PlanState.EXECUTED]
    return Plan.objects.filter(case=case, state__in=states).order_by("-number").first()

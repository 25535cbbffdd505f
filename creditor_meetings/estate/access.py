"""The guarded door to the estate: the team and the court; of plans, what was published."""

from typing import TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, QuerySet

from creditor_meetings.cases.access import Viewer, access_case
from creditor_meetings.cases.errors import NotFound
from creditor_meetings.cases.models import STAFF_ROLES, Case, Person, Role
from creditor_meetings.estate.models import Asset, Entry, Plan, PlanState

M = TypeVar("M", bound=Model)


def access_estate(
    person: Person | AnonymousUser, case_id: int, *, to_write: bool = False
) -> tuple[Case, Viewer]:
    """Give the case to whoever may see its estate; `to_write` to the administrator alone."""
    return access_case(person, case_id, [Role.ADMINISTRATOR] if to_write else STAFF_ROLES)


def access_asset(
    person: Person | AnonymousUser, case_id: int, asset_id: int, *, to_write: bool = False
) -> tuple[Asset, Case, Viewer]:
    """Give a property to the team or the court."""
    case, viewer = access_estate(person, case_id, to_write=to_write)
    return _one(Asset.objects.filter(case=case, removed_at__isnull=True), asset_id), case, viewer


def access_entry(
    person: Person | AnonymousUser, case_id: int, entry_id: int, *, to_write: bool = False
) -> tuple[Entry, Case, Viewer]:
    """Give a line of the account to the team or the court."""
    case, viewer = access_estate(person, case_id, to_write=to_write)
    return _one(Entry.objects.filter(case=case, removed_at__isnull=True), entry_id), case, viewer


def plans_for(case: Case, viewer: Viewer) -> QuerySet[Plan]:
    """Return the plans that the viewer may see: published ones, to the team and court all."""
    plans = Plan.objects.filter(case=case).exclude(state=PlanState.DISCARDED)
    if viewer.is_staff:
        return plans
    return plans.filter(state__in=[PlanState.PUBLISHED, PlanState.EXECUTED])


def access_plan(
    person: Person | AnonymousUser, case_id: int, plan_id: int, *, to_write: bool = False
) -> tuple[Plan, Case, Viewer]:
    """Give a plan to one of the case's people; `to_write` to the administrator alone.

    Raises `NotFound` for strangers, and to members outside the team for a draft.
    """
    case, viewer = access_case(person, case_id, [Role.ADMINISTRATOR] if to_write else ())
    return _one(plans_for(case, viewer), plan_id), case, viewer


def sees_all(plan: Plan, viewer: Viewer) -> bool:
    """Whether the viewer sees every line of the plan, or the own ones alone."""
    return viewer.is_staff or (plan.is_published and plan.open_to_all)


def _one(found: QuerySet[M], key: int) -> M:
    one = found.filter(pk=key).first()
    if one is None:
        raise NotFound
    return one

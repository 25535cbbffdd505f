"""The one guarded door: a person gets an object here, or is refused.

`viewer_for` says what a person is in a case. Every room fetches what a request names through
a function like `access_case`, which takes the person and returns the object with the viewer,
or raises: `NotFound` for strangers (who cannot tell it from an unused address), `Refused`
with `not_allowed` for members without the right.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _

from creditor_meetings.cases import second_factor
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.models import CREDITOR_ROLES, STAFF_ROLES, Case, CaseRole, Person, Role

_Rows = Sequence[tuple[str, int | None]]


@dataclass(frozen=True)
class Viewer:
    """A person seen from one case: roles, and the creditors the person acts for.

    `acts_for` maps a creditor's id to `"creditor"` or `"proxy"`.
    """

    person: Person
    case_id: int
    roles: frozenset[str]
    acts_for: dict[int, str] = field(default_factory=dict, hash=False)

    @property
    def is_member(self) -> bool:
        """Whether the person takes part in the case at all."""
        return bool(self.roles)

    @property
    def is_staff(self) -> bool:
        """Whether the person is of the administrator's team or the court."""
        return bool(self.roles & STAFF_ROLES)

    @property
    def is_administrator(self) -> bool:
        """Whether the person is of the administrator's team (管理人)."""
        return Role.ADMINISTRATOR in self.roles

    @property
    def is_judge(self) -> bool:
        """Whether the person is a judge (法官) of the panel."""
        return Role.JUDGE in self.roles

    @cached_property
    def audiences(self) -> frozenset[str]:
        """The audiences of events that reach this viewer."""
        names = {"all", f"person:{self.person.pk}"}
        names |= {f"role:{role}" for role in self.roles}
        names |= {f"creditor:{creditor}" for creditor in self.acts_for}
        if self.is_staff:
            names.add("staff")
        return frozenset(names)

    def require(self, *roles: str) -> None:
        """Raise `Refused` unless the viewer holds one of the roles."""
        if not self.roles & set(roles):
            raise Refused(
                "not_allowed",
                _("只有%(roles)s可以这样做。")
                % {"roles": _("或").join(str(role.label) for role in Role if role in roles)},
            )

    def require_creditor(self, creditor_id: int) -> None:
        """Raise `Refused` unless the viewer acts for the creditor."""
        if creditor_id not in self.acts_for:
            raise Refused("not_allowed", _("您不代表该债权人。"))


def acted_for(viewers: Iterable[Viewer]) -> list[int]:
    """Return the creditors that anybody of these people acts for."""
    return sorted({creditor for one in viewers for creditor in one.acts_for})


def viewer_for(person: Person | AnonymousUser, case: Case | int) -> Viewer:
    """Say what a person is in a case.

    Raises `NotFound` for anybody without an active role there, whether signed in or not.
    """
    (found,) = viewers_for([person], case)
    if isinstance(found, Refused):
        raise found
    return found


def viewers_for(
    people: Sequence[Person | AnonymousUser | None], case: Case | int
) -> list[Viewer | Refused]:
    """Say what each of some people is in a case, or why he is refused, in their order.

    One query for all of them; one more for each of the staff, whose second factor is asked for.
    """
    case_id = case if isinstance(case, int) else case.pk
    rows: dict[int, list[tuple[str, int | None]]] = {}
    known = [one.pk for one in people if isinstance(one, Person) and one.is_active]
    held = CaseRole.objects.filter(case_id=case_id, person__in=known, active=True)
    for person_id, role, creditor_id in held.values_list("person_id", "role", "creditor_id"):
        rows.setdefault(person_id, []).append((role, creditor_id))
    return [_viewer_or_refusal(one, case_id, rows) for one in people]


def _viewer_or_refusal(
    person: Person | AnonymousUser | None, case_id: int, rows: Mapping[int, _Rows]
) -> Viewer | Refused:
    if not isinstance(person, Person) or person.pk not in rows:
        return NotFound()
    try:
        return _viewer(person, case_id, rows[person.pk])
    except Refused as refusal:
        return refusal


def _viewer(person: Person, case_id: int, rows: _Rows) -> Viewer:
    if any(role in STAFF_ROLES for role, _creditor in rows):
        second_factor.require(person)
    acts_for: dict[int, str] = {}
    for role, creditor_id in rows:
        # Whoever is the creditor and a proxy at once attends as the creditor.
        if creditor_id is None or role not in CREDITOR_ROLES:
            continue
        if acts_for.get(creditor_id) != Role.CREDITOR:
            acts_for[creditor_id] = str(role)
    return Viewer(person, case_id, frozenset(str(role) for role, _creditor in rows), acts_for)


def access_case(
    person: Person | AnonymousUser, case_id: int, roles: Collection[str] = ()
) -> tuple[Case, Viewer]:
    """Give a case to one of its people, or refuse; `roles` asks for one of them besides."""
    viewer = viewer_for(person, case_id)
    if roles:
        viewer.require(*roles)
    return Case.objects.get(pk=case_id), viewer

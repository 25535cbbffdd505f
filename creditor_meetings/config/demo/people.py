"""The people of the demo case: one for each role, one for each creditor, and their ways in."""

import csv
import importlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.core.files.base import ContentFile
from django.db import transaction

from creditor_meetings.cases import clock
from creditor_meetings.cases.contacts import normal_email, normal_phone
from creditor_meetings.cases.files import scans
from creditor_meetings.cases.invitations import TOKEN_BYTES, hash_of, invite_url
from creditor_meetings.cases.models import (
    CREDITOR_ROLES,
    Case,
    CaseRole,
    Creditor,
    Invitation,
    Person,
    Role,
)
from creditor_meetings.claims.models import Claim, Conclusion, Nature
from creditor_meetings.config.demo import facts
from creditor_meetings.config.demo.printing import MANDATE, print_paper
from creditor_meetings.meetings import mandates
from creditor_meetings.meetings.models import Mandate, MandateState

BATCH = 1000
PROXIED = 3
LINK_DAYS = 30
BACKEND = "django.contrib.auth.backends.ModelBackend"

STAFF = (
    (Role.ADMINISTRATOR, "林慎之"),
    (Role.JUDGE, "郑明之"),
    (Role.CLERK, facts.CLERK),
    (Role.DEBTOR, "唐承业"),
    (Role.EMPLOYEES, "邵长青"),
    (Role.OBSERVER, "顾清和"),
)
PROXY_NAME = "罗书言"


@dataclass(frozen=True)
class Member:
    """Somebody of the demo: the role, the person, and the creditors acted for."""

    role: str
    person: Person
    creditors: tuple[Creditor, ...] = ()


@transaction.atomic
def load_people(case: Case) -> list[Member]:
    """Return everybody of the demo case, making who is missing: the one of each role first.

    Then come all other creditors, those with the plainest right to vote before the others.
    """
    voters = _plain_voters(case)
    chosen, proxied = voters[0], voters[1 : 1 + PROXIED]
    cast = [Member(role, _somebody(role, name)) for role, name in STAFF]
    cast.append(Member(Role.PROXY, _somebody(Role.PROXY, PROXY_NAME), tuple(proxied)))
    with_proxy = {creditor.pk for creditor in proxied}
    rest = sorted(
        case.creditors.exclude(pk__in=with_proxy | {chosen.pk}),
        key=lambda one: (one not in voters, one.position),
    )
    creditors = _creditors_themselves([chosen, *rest])
    everybody = [*cast, *creditors]
    _give_roles(case, everybody)
    _give_mandates(case, everybody)
    order: list[str] = [Role.ADMINISTRATOR, Role.CREDITOR, Role.JUDGE]
    one_each = [*cast, creditors[0]]
    one_each.sort(key=lambda one: order.index(one.role) if one.role in order else len(order))
    return [*one_each, *creditors[1:]]


def one_of_each(members: Iterable[Member]) -> list[Member]:
    """Return the first member of each role."""
    first: dict[str, Member] = {}
    for member in members:
        first.setdefault(member.role, member)
    return list(first.values())


def _plain_voters(case: Case) -> list[Creditor]:
    """Creditors whose every claim is ordinary and confirmed, the largest first."""
    other = Claim.objects.filter(case=case).exclude(
        nature=Nature.ORDINARY, conclusion=Conclusion.CONFIRMED
    )
    claims = (
        Claim.objects.filter(case=case, confirmed_fen__gt=0)
        .exclude(creditor__in=other.values("creditor"))
        .select_related("creditor")
        .order_by("-confirmed_fen", "position")
    )
    return list(dict.fromkeys(claim.creditor for claim in claims))


def _somebody(role: str, name: str) -> Person:
    person, _new = Person.objects.get_or_create(
        username=f"demo-{role}",
        defaults={
            "name": name,
            "email": f"{role}@example.com",
            "password": make_password(None),
        },
    )
    return person


def _creditors_themselves(creditors: Sequence[Creditor]) -> list[Member]:
    """Return a person for each creditor, made in bulk where it is missing."""
    names = {creditor.pk: f"demo-creditor-{creditor.pk}" for creditor in creditors}
    known = _by_username()
    emails = set(Person.objects.exclude(email=None).values_list("email", flat=True))
    phones = set(Person.objects.exclude(phone=None).values_list("phone", flat=True))
    fresh = []
    for creditor in creditors:
        if names[creditor.pk] in known:
            continue
        email, phone = normal_email(creditor.email), normal_phone(creditor.phone)
        fresh.append(
            Person(
                username=names[creditor.pk],
                name=creditor.contact_name or creditor.name,
                # An address is one person's; a second one goes without.
                email=email if email and email not in emails else None,
                phone=phone if phone and phone not in phones else None,
                password=make_password(None),
            )
        )
        emails.add(email)
        phones.add(phone)
    if fresh:
        Person.objects.bulk_create(fresh, batch_size=BATCH)
        known = _by_username()
    return [Member(Role.CREDITOR, known[names[creditor.pk]], (creditor,)) for creditor in creditors]


def _by_username() -> dict[str, Person]:
    found = Person.objects.filter(username__startswith="demo-creditor-")
    return {person.username: person for person in found}


def _give_roles(case: Case, members: Iterable[Member]) -> None:
    held = set(CaseRole.objects.filter(case=case).values_list("person_id", "role", "creditor_id"))
    CaseRole.objects.bulk_create(
        [
            CaseRole(case=case, person=member.person, role=member.role, creditor=creditor)
            for member in members
            for creditor in member.creditors or (None,)
            if (member.person.pk, member.role, creditor.pk if creditor else None) not in held
        ],
        batch_size=BATCH,
    )


def _give_mandates(case: Case, members: Iterable[Member]) -> None:
    """Accept a power of attorney for every creditor that a proxy acts for."""
    held = set(Mandate.objects.filter(case=case).values_list("person_id", "creditor_id"))
    everybody = list(members)
    administrator = next(one.person for one in everybody if one.role == Role.ADMINISTRATOR)
    now = clock.now()
    for member in everybody:
        if member.role != Role.PROXY:
            continue
        for creditor in member.creditors:
            if (member.person.pk, creditor.pk) in held:
                continue
            scan = scans.take(mandates.ROOM, _signed_paper(case, creditor, member.person))
            Mandate.objects.create(
                case=case,
                creditor=creditor,
                person=member.person,
                name=scan.name,
                content_type=scan.content_type,
                size=scan.size,
                sha256=scan.sha256,
                state=MandateState.ACCEPTED,
                submitted_by=member.person,
                submitted_at=now,
                decided_by=administrator,
                decided_at=now,
            )


def _signed_paper(case: Case, creditor: Creditor, person: Person) -> ContentFile:
    words = {
        "creditor": creditor.name,
        "person": person.name,
        "debtor": case.debtor,
        "number": case.number,
        "day": f"{facts.FIRST_MEETING:%Y 年 %-m 月 %-d 日}",
    }
    return ContentFile(print_paper(MANDATE, words), name=f"授权委托书（{creditor.name}）.pdf")


# --- Ways in ---------------------------------------------------------------------------------


@transaction.atomic
def fresh_links(case: Case, members: Sequence[Member]) -> dict[int, str]:
    """Issue a one-press link to each member, by person id; earlier unused ones stop working.

    The links ask no identity number, hence they exist in the demo alone.
    """
    now = clock.now()
    people = {member.person.pk for member in members}
    standing = Invitation.objects.filter(case=case, used_at=None, revoked_at=None)
    old = [pk for pk, person in standing.values_list("pk", "person_id") if person in people]
    for start in range(0, len(old), BATCH):
        Invitation.objects.filter(pk__in=old[start : start + BATCH]).update(revoked_at=now)
    tokens = [secrets.token_urlsafe(TOKEN_BYTES) for _member in members]
    made = Invitation.objects.bulk_create(
        [
            Invitation(
                case=case,
                token_hash=hash_of(token),
                role=member.role,
                creditor=member.creditors[0] if member.role in CREDITOR_ROLES else None,
                person=member.person,
                name=member.person.name[:200],
                requires_identity=False,
                expires_at=now + timedelta(days=LINK_DAYS),
            )
            for member, token in zip(members, tokens, strict=True)
        ],
        batch_size=BATCH,
    )
    for invitation, member in zip(made, members, strict=True):
        if len(member.creditors) > 1:
            invitation.further_creditors.set(member.creditors[1:])
    return {
        member.person.pk: invite_url(token) for member, token in zip(members, tokens, strict=True)
    }


def own_window(link: str, role: str) -> str:
    """Give a link of this machine a host name of the role's own.

    A browser keeps one session a host; `judge.localhost` and `creditor.localhost` are both
    this machine, so that one browser holds all of them side by side.
    """
    parts = urlsplit(link)
    if parts.hostname not in ("127.0.0.1", "localhost"):
        return link
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit(parts._replace(netloc=f"{role}.localhost{port}"))


@transaction.atomic
def fresh_sessions(people: Sequence[Person]) -> dict[int, str]:
    """Sign people in and return their session ids, by person id."""
    store = importlib.import_module(settings.SESSION_ENGINE).SessionStore
    if not issubclass(store, DatabaseSessions):
        return {person.pk: _session(store, person) for person in people}
    expires = clock.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE)
    encode, model = store().encode, store.get_model_class()
    rows = [
        model(
            session_key=secrets.token_hex(16),
            session_data=encode(_signed_in(person)),
            expire_date=expires,
        )
        for person in people
    ]
    model.objects.bulk_create(rows, batch_size=BATCH)
    return {person.pk: row.session_key for person, row in zip(people, rows, strict=True)}


def _session(store: type[SessionBase], person: Person) -> str:
    session = store()
    session.update(_signed_in(person))
    session.create()
    assert session.session_key is not None
    return session.session_key


def _signed_in(person: Person) -> dict[str, str]:
    return {
        SESSION_KEY: str(person.pk),
        BACKEND_SESSION_KEY: BACKEND,
        HASH_SESSION_KEY: person.get_session_auth_hash(),
    }


def write_csv(
    path: Path, members: Sequence[Member], links: dict[int, str], sessions: dict[int, str]
) -> None:
    """Write a row a person, for load tests and browsers: `role,name,creditor,link,sessionid`."""
    # These sessions let anybody in who reads the file.
    path.touch(mode=0o600)
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["role", "name", "creditor", "link", "sessionid"])
        for member in members:
            person = member.person
            creditors = "；".join(creditor.name for creditor in member.creditors)
            rows.writerow(
                [member.role, person.name, creditors, links[person.pk], sessions[person.pk]]
            )

"""The address at which a case takes filings, and who opens and closes it."""

import secrets
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Case, Role
from creditor_meetings.claims.models import FilingDoor

COURT_ZONE = ZoneInfo("Asia/Shanghai")
"""Where days begin and end: a deadline is a day of the court's."""


def door_of(case: Case) -> FilingDoor | None:
    """Return the case's door, None where it never had one."""
    return FilingDoor.objects.filter(case=case).select_related("changed_by").first()


@transaction.atomic
def set_door(case: Case, is_open: bool, viewer: Viewer) -> FilingDoor:
    """Open or close the case's door as administrator; the address stays the same for good."""
    viewer.require(Role.ADMINISTRATOR)
    Case.objects.select_for_update().get(pk=case.pk)
    door = FilingDoor.objects.filter(case=case).first()
    if door is None:
        if not is_open:
            raise Refused("bad_request", _("在线申报尚未开通。"))
        # Short enough to be typed from a printed announcement; not to be guessed.
        door = FilingDoor(case=case, token=secrets.token_hex(8))
    door.open = is_open
    door.changed_by, door.changed_at = viewer.person, clock.now()
    door.save()
    return door


def address_of(door: FilingDoor) -> str:
    """Return the public address, as it stands in the announcement."""
    return f"{settings.PUBLIC_URL}{reverse('claims:file', args=[door.token])}"


def day_of(moment: datetime) -> date:
    """Return the court's day of a moment."""
    return moment.astimezone(COURT_ZONE).date()


def is_late(case: Case, moment: datetime) -> bool:
    """Whether a filing at this moment is after the deadline, whose day still counts (EBL 45)."""
    return case.filing_deadline is not None and day_of(moment) > case.filing_deadline

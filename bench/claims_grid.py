"""A page of a claims table of 20,000 claims beside the same page of one of 200.

Both are whole answers of the server, as the room's panel on a telephone asks for them. What
grows with the table is summing up what was found; the page itself is read from an index.
"""

import random
import statistics
import time

from django.test import Client

from bench.hall import sized
from bench.report import Measure
from creditor_meetings.cases.models import Case, Creditor
from creditor_meetings.claims.models import Claim, Nature
from tests.support import world

MANY, FEW = 20_000, 200
TIMES = 9
PAGES = {
    "a page": "",
    "a page, sorted by two columns": "?sort=nature,-filed",
    "the last page, sorted by amount": "?sort=-confirmed&page=99999",
    "a search by name": "?q=供货商007",
    "a filter by nature": "?nature=ordinary&page=3",
}


def measure() -> list[Measure]:
    """Measure pages of a long table beside those of a short one."""
    many = sized(MANY)
    long, short = _client(many), _client(FEW)
    return [
        Measure(
            f"{name} of {many:,} claims", "ms", _time(*long, query), _time(*short, query),
            f"of {FEW} claims", False,
        )
        for name, query in PAGES.items()
    ]  # fmt: skip


def _client(number: int) -> tuple[Client, str]:
    case = world.make_case()
    _fill(case, number)
    meeting = world.make_meeting(case)
    own = Creditor.objects.filter(case=case, position=number // 2).get()
    client = Client(HTTP_HOST="localhost", HTTP_X_REQUESTED_WITH="XMLHttpRequest")
    client.force_login(
        world.make_person(case, "creditor", own), "django.contrib.auth.backends.ModelBackend"
    )
    return client, f"/meetings/{meeting.slug}/claims/"


def _fill(case: Case, number: int) -> None:
    chance = random.Random(number)
    natures = [one for one in Nature.values if one != Nature.INVESTOR]
    creditors = Creditor.objects.bulk_create(
        [
            Creditor(
                case=case, position=at, name=f"供货商{at:05d}", identity_number=f"9133{at:014d}"
            )
            for at in range(1, number + 1)
        ],
        batch_size=500,
    )  # fmt: skip
    Claim.objects.bulk_create(
        [
            Claim(
                case=case, creditor=one, position=one.position, nature=chance.choice(natures),
                filed_fen=filed, confirmed_fen=filed, conclusion="confirmed",
            )
            for one, filed in ((one, chance.randrange(10**5, 10**9)) for one in creditors)
        ],
        batch_size=500,
    )  # fmt: skip


def _time(client: Client, address: str, query: str) -> float:
    times = []
    for _ in range(TIMES):
        began = time.perf_counter()
        answer = client.get(address + query)
        times.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200
    return statistics.median(times[1:])

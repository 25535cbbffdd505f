"""Which claims a property secures, as people write it: "3、7:2、9:2:5000000.00".

A claim's number, after a colon its rank (1 if none is given), after another one the amount up
to which it is secured (yuan).
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from creditor_meetings.cases.models import Case
from creditor_meetings.cases.money import fen, yuan
from creditor_meetings.claims.models import Claim
from creditor_meetings.estate.models import Asset, AssetLien
from voting.rules.records import SECURED_NATURES

_ONE = re.compile(r"(\d{1,9})(?::(\d{1,3}))?(?::(\d{1,13}(?:\.\d{1,2})?))?", re.ASCII)
MOST = 200


@dataclass(frozen=True)
class Wanted:
    """A lien as it was written down: the claim's number, its rank, its limit (fen)."""

    number: int
    rank: int = 1
    limit_fen: int | None = None


def written(liens: Iterable[Wanted]) -> str:
    """Write liens as `read` reads them."""
    return "、".join(
        f"{one.number}:{one.rank}"
        + (f":{yuan(one.limit_fen)}" if one.limit_fen is not None else "")
        for one in sorted(liens, key=lambda one: (one.rank, one.number))
    )


def of(asset: Asset) -> list[Wanted]:
    """Return the liens of a property."""
    rows = asset.liens.values_list("claim__position", "rank", "limit_fen")
    return [Wanted(*row) for row in rows]


def read(case: Case, text: str) -> list[Wanted]:
    """Read liens. Raises `ValidationError` naming what is wrong and what would be right."""
    folded = unicodedata.normalize("NFKC", text).strip()
    parts = [part for part in re.split(r"[、,;\s]+", folded) if part]
    if len(parts) > MOST:
        raise ValidationError(_("一项财产最多填写 %(n)s 笔债权。") % {"n": MOST})
    found: dict[int, Wanted] = {}
    for part in parts:
        match = _ONE.fullmatch(part)
        if match is None or int(match[2] or 1) == 0:
            raise ValidationError(
                _("“%(part)s”应写成 债权编号:顺位:限额，例如 12:1 或 12:1:5000000.00。")
                % {"part": part}
            )
        one = Wanted(int(match[1]), int(match[2] or 1), fen(match[3]) if match[3] else None)
        if one.number in found:
            raise ValidationError(_("债权编号 %(n)s 写了两次。") % {"n": one.number})
        found[one.number] = one
    _check(case, found)
    return sorted(found.values(), key=lambda one: (one.rank, one.number))


def _check(case: Case, wanted: dict[int, Wanted]) -> None:
    claims = {one.position: one for one in Claim.objects.filter(case=case, position__in=wanted)}
    for number in wanted:
        claim = claims.get(number)
        if claim is None:
            raise ValidationError(_("债权表中没有编号 %(n)s。") % {"n": number})
        if claim.nature not in SECURED_NATURES:
            raise ValidationError(
                _("编号 %(n)s 是%(nature)s，没有优先受偿权。")
                % {"n": number, "nature": claim.get_nature_display()}
            )


def put(asset: Asset, wanted: Iterable[Wanted]) -> None:
    """Make the liens of a property just these."""
    wanted = list(wanted)
    numbers = [one.number for one in wanted]
    claims = {
        one.position: one for one in Claim.objects.filter(case=asset.case_id, position__in=numbers)
    }
    asset.liens.all().delete()
    AssetLien.objects.bulk_create(
        AssetLien(asset=asset, claim=claims[one.number], rank=one.rank, limit_fen=one.limit_fen)
        for one in wanted
    )

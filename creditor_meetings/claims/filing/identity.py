"""Identity numbers of creditors: their one written form, and doubts by their check digits."""

import unicodedata

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from stdnum.cn import ric, uscc


class Entity(TextChoices):
    """What a creditor is (主体类型)."""

    COMPANY = "company", gettext_lazy("企业法人")
    ORGANISATION = "organisation", gettext_lazy("机关、事业单位或其他组织")
    PERSON = "person", gettext_lazy("自然人（含个体工商户经营者）")


def kept(number: str) -> str:
    """Write an identity number as the claims table keeps it: no blanks, narrow, in capitals."""
    return "".join(unicodedata.normalize("NFKC", number).split()).upper()


def doubt(number: str, entity: str) -> str:
    """Say what is doubtful about an identity number; "" when nothing is, or it is not known.

    A doubt warns and stops nobody: there are passports, and numbers from before the check digit.
    """
    number = kept(number)
    if not number:
        return ""
    if entity == Entity.PERSON:
        if len(number) != 18:
            return _("不是 18 位的居民身份证号码；如为护照等其他证件，请核对无误。")
        if not number.isascii() or not ric.is_valid(number):
            return _("未通过居民身份证号码的校验，请对照证件逐位核对。")
    elif entity:
        if len(number) != 18:
            return _("不是 18 位的统一社会信用代码；如为其他证件，请核对无误。")
        if not number.isascii() or not uscc.is_valid(number):
            return _("未通过统一社会信用代码的校验，请对照营业执照逐位核对。")
    return ""

"""Passwords that anybody would try first at this system, or at this person."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from creditor_meetings.cases.contacts import normal_name

WORDS = (
    "creditor", "meeting", "bankrupt", "court", "judge", "vote", "zhaiquan", "zhaiwu", "pochan",
    "guanliren", "fayuan", "faguan", "huiyi", "biaojue", "债权", "破产", "管理人", "法院", "法官",
    "会议", "表决",
)  # fmt: skip
"""Words of the field, in English, Pinyin and Chinese: alone or with figures no password."""


class ContextValidator:
    """Refuse words of the field, or of the person, with figures around them."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError for one that is mostly such words."""
        rest = normal_name(password)
        own = [
            part
            for name in ("name", "email", "phone")
            for part in re.split(r"[@.\s]+", normal_name(str(getattr(user, name, None) or "")))
            if len(part) >= 3 or re.search(r"[\u4e00-\u9fff]{2}", part)
        ]
        for word in sorted((*WORDS, *own), key=len, reverse=True):
            rest = rest.replace(word, "")
        if len(re.sub(r"[\d\W_]+", "", rest)) < 3 and rest != normal_name(password):
            raise ValidationError(
                _("密码不能只由姓名、邮箱、电话或“法院、债权、会议”一类词语加数字组成。"),
                code="password_of_the_field",
            )

    def get_help_text(self) -> str:
        """Say what is refused."""
        return _("不要用姓名、邮箱、电话，或“法院、债权、会议”一类词语加数字作密码。")

"""Where people are signed in: a row a session, beside Django's own row that holds its data."""

from django.contrib.sessions.models import Session
from django.db import models
from django.utils.translation import gettext_lazy as _


class SignedIn(models.Model):
    """A device on which a person is signed in (登录设备).

    It lives and dies with Django's session; `signed_in_at` and `seen_at` set its limits.
    """

    session = models.OneToOneField(
        Session,
        on_delete=models.CASCADE,
        related_name="signed_in",
        # Sessions come and go in bulk; a row that lost its session opens nothing.
        db_constraint=False,
    )
    person = models.ForeignKey(
        "cases.Person", on_delete=models.CASCADE, related_name="signed_in_on"
    )
    signed_in_at = models.DateTimeField(_("登录时间"))
    seen_at = models.DateTimeField(_("最近使用"))
    address = models.CharField(_("网络地址"), max_length=64, blank=True)
    device = models.CharField(_("设备"), max_length=300, blank=True)
    # Of people with a password: those of the team and the court have shorter limits.
    strict = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("登录设备")
        verbose_name_plural = _("登录设备")
        indexes = [models.Index(fields=["person", "seen_at"], name="signed_in_of_person")]

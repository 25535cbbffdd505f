"""The case, its people and what each of them is in it."""

import uuid
from typing import Any

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _


def _username() -> str:
    return uuid.uuid4().hex


class PersonManager(BaseUserManager["Person"]):
    """Makes people; they sign in by e-mail or phone, the operator by e-mail."""

    def get_by_natural_key(self, username: str | None) -> "Person":
        """Find a person by e-mail address, in whatever case it is typed."""
        return self.get(email=(username or "").strip().lower())

    def create_user(
        self, email: str | None = None, password: str | None = None, **values: Any
    ) -> "Person":
        """Make a person; without a password the person signs in by link or code alone."""
        person = self.model(email=email, **values)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def create_superuser(self, email: str, password: str | None = None, **values: Any) -> "Person":
        """Make an operator, who may do everything in /admin."""
        values = {**values, "is_staff": True, "is_superuser": True}
        return self.create_user(email, password, **values)


class Person(AbstractUser):
    """A human being who signs in; what the person may do hangs on roles in cases."""

    username = models.CharField(max_length=150, unique=True, default=_username, editable=False)
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    name = models.CharField(_("姓名"), max_length=100, blank=True)
    email = models.EmailField(  # type: ignore[assignment]
        _("电子邮箱"), unique=True, null=True, blank=True
    )
    phone = models.CharField(_("手机号码"), max_length=20, unique=True, null=True, blank=True)
    language = models.CharField(_("界面语言"), max_length=10, blank=True)

    objects = PersonManager()  # type: ignore[assignment,misc]

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("人员")
        verbose_name_plural = _("人员")

    def __str__(self) -> str:
        return self.name or self.email or self.phone or self.username

    @property
    def is_staff_anywhere(self) -> bool:
        """Whether the person is of an administrator's team, of a court, or an operator."""
        if self.is_staff or self.is_superuser:
            return True
        return self.case_roles.filter(active=True, role__in=STAFF_ROLES).exists()

    def save(self, *args, **kwargs) -> None:
        # Empty is not an address: two people without one must not collide.
        self.email = (self.email or "").strip().lower() or None
        self.phone = self.phone or None
        if not self.password:
            # Django takes an empty one for a password that somebody chose.
            self.set_unusable_password()
        super().save(*args, **kwargs)


class Procedure(models.TextChoices):
    """The bankruptcy procedure (破产程序): EBL chapters 8, 9 and 10."""

    LIQUIDATION = "liquidation", _("破产清算")
    REORGANISATION = "reorganisation", _("重整")
    COMPOSITION = "composition", _("和解")


class Case(models.Model):
    """A bankruptcy case (破产案件), known to everybody by its number (案号)."""

    number = models.CharField(_("案号"), max_length=80, unique=True)
    court = models.CharField(_("受理法院"), max_length=120)
    debtor = models.CharField(_("债务人"), max_length=200)
    procedure = models.CharField(_("程序"), max_length=20, choices=Procedure.choices)
    filing_deadline = models.DateField(_("债权申报截止日"), null=True, blank=True)
    administrator_firm = models.CharField(_("管理人"), max_length=200, blank=True)
    panel = models.CharField(_("合议庭"), max_length=200, blank=True)
    clerk = models.CharField(_("书记员"), max_length=100, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("案件")
        verbose_name_plural = _("案件")

    def __str__(self) -> str:
        return f"{self.number} {self.debtor}"


class Creditor(models.Model):
    """A creditor (债权人): one head however many claims it holds."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="creditors")
    position = models.PositiveIntegerField(_("序号"), default=0)
    name = models.CharField(_("名称/姓名"), max_length=200)
    identity_number = models.CharField(_("证件号码"), max_length=40)
    contact_name = models.CharField(_("联系人"), max_length=100, blank=True)
    phone = models.CharField(_("联系电话"), max_length=40, blank=True)
    email = models.CharField(_("电子邮箱"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("债权人")
        verbose_name_plural = _("债权人")
        ordering = ["position", "id"]
        constraints = [
            # The same identity number is the same creditor, hence one head (EBL 64).
            models.UniqueConstraint(fields=["case", "identity_number"], name="one_head_a_number")
        ]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a person is in a case."""

    ADMINISTRATOR = "administrator", _("管理人")
    JUDGE = "judge", _("法官")
    CLERK = "clerk", _("书记员")
    CREDITOR = "creditor", _("债权人")
    PROXY = "proxy", _("代理人")
    DEBTOR = "debtor", _("债务人代表")
    EMPLOYEES = "employees", _("职工或工会代表")
    OBSERVER = "observer", _("旁听人员")


STAFF_ROLES = frozenset({Role.ADMINISTRATOR, Role.JUDGE, Role.CLERK})
CREDITOR_ROLES = frozenset({Role.CREDITOR, Role.PROXY})


class CaseRole(models.Model):
    """A person's role in a case; a creditor's or proxy's names the creditor it acts for."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="roles")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="case_roles")
    role = models.CharField(_("角色"), max_length=20, choices=Role.choices)
    creditor = models.ForeignKey(
        Creditor, on_delete=models.PROTECT, related_name="roles", null=True, blank=True
    )
    active = models.BooleanField(_("有效"), default=True)
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("案件角色")
        verbose_name_plural = _("案件角色")
        constraints = [
            models.UniqueConstraint(
                fields=["case", "person", "role", "creditor"], name="role_once_a_creditor"
            ),
            # Two, since SQLite takes no creditor at all for a different one each time.
            models.UniqueConstraint(
                fields=["case", "person", "role"],
                condition=models.Q(creditor__isnull=True),
                name="role_once",
            ),
            models.CheckConstraint(
                name="creditor_where_the_role_acts_for_one",
                condition=models.Q(role__in=["creditor", "proxy"], creditor__isnull=False)
                | (~models.Q(role__in=["creditor", "proxy"]) & models.Q(creditor__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.get_role_display()}"


class Invitation(models.Model):
    """A one-time way in (邀请): only the hash of its token is kept."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="invitations")
    token_hash = models.CharField(max_length=64, unique=True)
    role = models.CharField(_("角色"), max_length=20, choices=Role.choices)
    creditor = models.ForeignKey(
        Creditor, on_delete=models.PROTECT, related_name="invitations", null=True, blank=True
    )
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="invitations", null=True, blank=True
    )
    # A proxy may act for several creditors; `creditor` is the first of them.
    further_creditors = models.ManyToManyField(Creditor, related_name="+", blank=True)
    name = models.CharField(_("姓名"), max_length=200)
    email = models.CharField(_("电子邮箱"), max_length=200, blank=True)
    phone = models.CharField(_("手机号码"), max_length=40, blank=True)
    # Asked for at first use; a creditor's own number stands in the claims table.
    identity_number = models.CharField(_("证件号码"), max_length=40, blank=True)
    # Only the demo hands out links that ask no name and identity number.
    requires_identity = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    sent_at = models.DateTimeField(_("发送时间"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)
    expires_at = models.DateTimeField(_("有效期至"))
    used_at = models.DateTimeField(_("使用时间"), null=True, blank=True)
    used_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    failed_tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("邀请")
        verbose_name_plural = _("邀请")

    def __str__(self) -> str:
        return f"{self.name} · {self.get_role_display()}"


class SignInCode(models.Model):
    """A one-time code (验证码) on its way to a phone or an e-mail address.

    A row is written whether or not somebody has that address, so that nobody learns which; only
    hashes of the address and of the code are kept.
    """

    identifier_hash = models.CharField(max_length=64, db_index=True)
    code_hash = models.CharField(max_length=64)
    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, related_name="+", null=True, blank=True
    )
    created_at = models.DateTimeField(db_index=True)
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)
    address = models.CharField(max_length=64, blank=True, db_index=True)


from creditor_meetings.cases.act_models import Act  # noqa: E402,F401
from creditor_meetings.cases.erasure_models import ContactErasure  # noqa: E402,F401
from creditor_meetings.cases.session_models import SignedIn  # noqa: E402,F401

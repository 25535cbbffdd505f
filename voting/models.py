"""Resolutions, the register frozen for each, the ballots, and what came of them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from creditor_meetings.cases.models import Creditor, Person
from creditor_meetings.meetings.models import AgendaItem, Meeting, TallyShown


class Power(models.IntegerChoices):
    """The powers of the creditors' meeting (职权), EBL 61(1); 0 for what is not among them."""

    OTHER = 0, _("其他事项")
    VERIFY_CLAIMS = 1, _("核查债权")
    REPLACE_ADMINISTRATOR = 2, _("申请更换管理人，审查管理人的费用和报酬")
    SUPERVISE_ADMINISTRATOR = 3, _("监督管理人")
    COMMITTEE = 4, _("选任和更换债权人委员会成员")
    CONTINUE_BUSINESS = 5, _("决定继续或者停止债务人的营业")
    REORGANISATION_PLAN = 6, _("通过重整计划")
    COMPOSITION = 7, _("通过和解协议")
    MANAGE_PROPERTY = 8, _("通过债务人财产的管理方案")
    REALISE_PROPERTY = 9, _("通过破产财产的变价方案")
    DISTRIBUTE_PROPERTY = 10, _("通过破产财产的分配方案")
    COURT_ASSIGNED = 11, _("人民法院认为应当由债权人会议行使的其他职权")


class ResolutionState(models.TextChoices):
    """The life of a resolution's poll."""

    DRAFT = "draft", _("未开始")
    OPEN = "open", _("表决中")
    CLOSED = "closed", _("已截止")


class Resolution(models.Model):
    """A matter put to the vote (表决事项)."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="resolutions")
    agenda_item = models.ForeignKey(
        AgendaItem, on_delete=models.PROTECT, related_name="resolutions", null=True, blank=True
    )
    position = models.PositiveIntegerField(_("顺序"), default=0)
    title = models.CharField(_("表决事项"), max_length=200)
    text = models.TextField(_("决议内容"), max_length=8000)
    power = models.PositiveSmallIntegerField(_("职权"), choices=Power.choices, default=Power.OTHER)
    rule = models.CharField(_("表决规则"), max_length=40, default="prc-ordinary")
    # Documents stand beside this room, hence the number rather than a foreign key.
    document = models.BigIntegerField(_("所附文件"), null=True, blank=True)
    state = models.CharField(
        max_length=20, choices=ResolutionState.choices, default=ResolutionState.DRAFT
    )
    # Frozen when the poll opens, so that a later change of the meeting's rules tells nothing.
    tally_shown = models.CharField(
        max_length=20, choices=TallyShown.choices, default=TallyShown.LIVE
    )
    opened_at = models.DateTimeField(null=True, blank=True)
    opened_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    closes_at = models.DateTimeField(_("截止时间"), null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        verbose_name = _("表决事项")
        verbose_name_plural = _("表决事项")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.title

    @property
    def matter(self) -> str | None:
        """The matter as count files name it, None for a general one."""
        return f"61-1-{self.power}" if self.power else None


class RegisterEntry(models.Model):
    """A line of the voting register (表决权登记册), frozen when the poll opens.

    `reason` says why the creditor has no vote, in the words of count files; empty otherwise.
    """

    resolution = models.ForeignKey(Resolution, on_delete=models.PROTECT, related_name="register")
    group = models.CharField(max_length=60)
    creditor = models.ForeignKey(Creditor, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    heads = models.PositiveSmallIntegerField(default=0)
    amount_fen = models.BigIntegerField(default=0)
    reason = models.CharField(max_length=40, blank=True)
    # Set at the close: whether the creditor attended, by sign-in or by ballot.
    attended = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["resolution", "group", "creditor"], name="registered_once_a_group"
            )
        ]


class Choice(models.TextChoices):
    """What a ballot says."""

    FOR = "for", _("同意")
    AGAINST = "against", _("反对")
    ABSTAIN = "abstain", _("弃权")


class Ballot(models.Model):
    """A ballot (表决票); a later one of the same creditor supersedes it, and both stay."""

    resolution = models.ForeignKey(Resolution, on_delete=models.PROTECT, related_name="ballots")
    creditor = models.ForeignKey(Creditor, on_delete=models.PROTECT, related_name="ballots")
    choice = models.CharField(max_length=10, choices=Choice.choices)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="ballots")
    by_proxy = models.BooleanField(default=False)
    command_id = models.CharField(max_length=64)
    at = models.DateTimeField()
    address = models.CharField(max_length=64, blank=True)
    device = models.CharField(max_length=300, blank=True)
    effective = models.BooleanField(default=True)
    number = models.CharField(max_length=40, unique=True)
    receipt = models.JSONField()

    entries: "list[RegisterEntry]"
    """The lines it votes with, on the way to the ledger; not a column."""

    class Meta:
        verbose_name = _("表决票")
        verbose_name_plural = _("表决票")
        constraints = [
            models.UniqueConstraint(
                fields=["resolution", "creditor"],
                condition=Q(effective=True),
                name="one_effective_ballot",
            ),
            models.UniqueConstraint(fields=["person", "command_id"], name="one_ballot_a_command"),
        ]


class Tally(models.Model):
    """The running count of one group, changed by addition under the resolution's lock."""

    resolution = models.ForeignKey(Resolution, on_delete=models.PROTECT, related_name="tallies")
    group = models.CharField(max_length=60)
    for_number = models.PositiveIntegerField(default=0)
    for_fen = models.BigIntegerField(default=0)
    against_number = models.PositiveIntegerField(default=0)
    against_fen = models.BigIntegerField(default=0)
    abstain_number = models.PositiveIntegerField(default=0)
    abstain_fen = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["resolution", "group"], name="one_tally_a_group")
        ]


class LedgerHead(models.Model):
    """Where the ledger of a meeting stands; its row lock puts writers in line."""

    meeting = models.OneToOneField(Meeting, on_delete=models.PROTECT, primary_key=True)
    length = models.BigIntegerField(default=0)
    head_hash = models.CharField(max_length=64, blank=True)


class LedgerEntry(models.Model):
    """A line of the meeting's ledger (账本): chained by hash to the one before it."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="ledger")
    position = models.BigIntegerField()
    kind = models.CharField(max_length=40)
    at = models.CharField(max_length=40)
    body = models.JSONField()
    previous = models.CharField(max_length=64, blank=True)
    entry_hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["meeting", "position"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "position"], name="one_entry_a_position")
        ]


class LedgerSeal(models.Model):
    """The signature of a batch of ledger entries: `size` of them from position `first`."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="ledger_seals")
    first = models.BigIntegerField()
    size = models.PositiveIntegerField()
    root = models.CharField(max_length=64)
    head = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)
    key = models.CharField(max_length=64)

    class Meta:
        ordering = ["meeting", "first"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "first"], name="one_seal_a_batch")
        ]


class Outcome(models.Model):
    """What the count at the close came to, never rewritten (表决结果)."""

    resolution = models.OneToOneField(Resolution, on_delete=models.PROTECT, related_name="outcome")
    outcome = models.CharField(max_length=20)
    result = models.JSONField()
    counted_at = models.DateTimeField()


class Decision(models.TextChoices):
    """What the judge says of an outcome."""

    CONFIRMED = "confirmed", _("确认")
    DECLINED = "declined", _("不予确认")


class Confirmation(models.Model):
    """The judge's word on an outcome (确认), with reasons where it is declined."""

    outcome = models.OneToOneField(Outcome, on_delete=models.PROTECT, related_name="confirmation")
    decision = models.CharField(max_length=20, choices=Decision.choices)
    reasons = models.TextField(max_length=4000, blank=True)
    judge = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    address = models.CharField(max_length=64, blank=True)


class ChartImage(models.Model):
    """The last drawn chart of a resolution (计票图), for every process to serve.

    `drawn_from` is the digest of the figures in it: equal figures are not drawn again.
    """

    resolution = models.OneToOneField(
        Resolution, on_delete=models.CASCADE, primary_key=True, related_name="chart"
    )
    version = models.PositiveIntegerField(default=1)
    drawn_from = models.CharField(max_length=64)
    drawn_at = models.DateTimeField()
    # Drawn from the stored outcome, hence for good.
    final = models.BooleanField(default=False)
    svg_zh = models.TextField()
    svg_en = models.TextField()

"""Resolutions, the register frozen for each, the ballots, and what came of them."""

from functools import cached_property
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from creditor_meetings.cases.models import Creditor, Person
from creditor_meetings.meetings.models import AgendaItem, Mandate, Meeting, TallyShown
from creditor_meetings.meetings.powers import Power


class ResolutionState(models.TextChoices):
    """The life of a resolution's poll."""

    DRAFT = "draft", _("未开始")
    OPEN = "open", _("表决中")
    # An outage at the court's side: nobody votes, and the time is given back.
    SUSPENDED = "suspended", _("已暂停")
    CLOSED = "closed", _("已截止")
    VOIDED = "voided", _("已作废")


class SecondScope(models.TextChoices):
    """Who votes once more in a second vote (再次表决), EBL 65(2), 87(1)."""

    WHOLE_GROUP = "whole_group", _("全组重新表决")
    NOT_FOR = "not_for", _("仅未同意者表决，已同意的继续有效")


class Seat(models.TextChoices):
    """Whom a member of the creditors' committee stands for (EBL 67)."""

    CREDITOR = "creditor", _("债权人代表")
    EMPLOYEES = "employees", _("职工或工会代表")


class Election(models.Model):
    """An election of the creditors' committee (债权人委员会选举): a resolution a candidate."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="elections")
    agenda_item = models.ForeignKey(
        AgendaItem, on_delete=models.PROTECT, related_name="elections", null=True, blank=True
    )
    title = models.CharField(_("选举事项"), max_length=200)
    text = models.TextField(_("说明"), max_length=8000, blank=True)
    # EBL 67: at most nine.
    seats = models.PositiveSmallIntegerField(_("名额"), default=9)
    employee_seat = models.BooleanField(_("其中职工或工会代表一名"), default=True)

    class Meta:
        verbose_name = _("选举")
        verbose_name_plural = _("选举")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.title


class GroupDecision(models.Model):
    """The judge's decision to form a group of a plan's vote (设组): small claims or investors.

    EBL 82(2), 85(2).
    """

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="group_decisions")
    # "small" or "investor", in the words of count files.
    group = models.CharField(_("表决组"), max_length=20)
    # Ordinary creditors whose ordinary claims come to at most this (fen) are the small ones.
    limit_fen = models.BigIntegerField(_("小额债权上限"), null=True, blank=True)
    reasons = models.TextField(_("理由"), max_length=4000)
    judge = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    address = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("设组决定")
        verbose_name_plural = _("设组决定")
        constraints = [
            models.UniqueConstraint(fields=["meeting", "group"], name="one_decision_a_group")
        ]

    def __str__(self) -> str:
        return f"{self.meeting} · {self.group}"


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
    suspended_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    # How this vote is counted where the law is silent, and the rule as data: frozen with the
    # register, so that neither a meeting's later settings nor a rule file rewrite a count.
    practice = models.JSONField(null=True, blank=True)
    frozen_rule = models.JSONField(null=True, blank=True)
    # Groups whose rights a plan does not affect do not vote (JI-III 11(2)).
    unaffected_groups = models.JSONField(default=list, blank=True)
    second_of = models.OneToOneField(
        "self", on_delete=models.PROTECT, related_name="second", null=True, blank=True
    )
    second_scope = models.CharField(max_length=20, choices=SecondScope.choices, blank=True)
    # The poll that was voided so that this one could be opened anew.
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, related_name="replaced_by", null=True, blank=True
    )
    election = models.ForeignKey(
        Election, on_delete=models.PROTECT, related_name="candidates", null=True, blank=True
    )
    candidate = models.CharField(_("候选人"), max_length=200, blank=True)
    candidate_creditor = models.ForeignKey(
        Creditor, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    seat = models.CharField(_("席位"), max_length=20, choices=Seat.choices, blank=True)

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

    # Found by the index of the constraint, as whatever a batch of ballots asks of it.
    resolution = models.ForeignKey(
        Resolution, on_delete=models.PROTECT, related_name="register", db_index=False
    )
    group = models.CharField(max_length=60)
    creditor = models.ForeignKey(Creditor, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    heads = models.PositiveSmallIntegerField(default=0)
    amount_fen = models.BigIntegerField(default=0)
    reason = models.CharField(max_length=40, blank=True)
    # Set at the close: whether the creditor attended, by sign-in or by ballot.
    attended = models.BooleanField(default=False)
    # In a second vote where earlier consents stand: "for" where this creditor's does.
    carried = models.CharField(max_length=10, blank=True)

    claims: "list[dict[str, Any]]"
    """What a line just drawn up was drawn from, on the way to the ledger; not a column."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["resolution", "creditor", "group"], name="registered_once_a_group"
            )
        ]


class Choice(models.TextChoices):
    """What a ballot says."""

    FOR = "for", _("同意")
    AGAINST = "against", _("反对")
    ABSTAIN = "abstain", _("弃权")


class Way(models.TextChoices):
    """How a ballot reached the meeting."""

    ONLINE = "online", _("网络")
    PAPER = "paper", _("书面")


SPLIT = "split"
"""The choice of a ballot that says different things in different groups."""


class Ballot(models.Model):
    """A ballot (表决票); a later one of the same creditor supersedes it, and both stay.

    `choices` says what it says in each group that it counts in; `choice` is the one choice of
    all of them, or `SPLIT`.
    """

    resolution = models.ForeignKey(Resolution, on_delete=models.PROTECT, related_name="ballots")
    creditor = models.ForeignKey(Creditor, on_delete=models.PROTECT, related_name="ballots")
    choice = models.CharField(max_length=10, choices=Choice.choices)
    choices = models.JSONField(default=dict)
    way = models.CharField(max_length=10, choices=Way.choices, default=Way.ONLINE)
    # Who cast it; of a paper ballot who entered it. Found by the index of the commands.
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="ballots", db_index=False
    )
    by_proxy = models.BooleanField(default=False)
    mandate = models.ForeignKey(
        Mandate, on_delete=models.PROTECT, related_name="ballots", null=True, blank=True
    )
    command_id = models.CharField(max_length=64)
    at = models.DateTimeField()
    address = models.CharField(max_length=64, blank=True)
    device = models.CharField(max_length=300, blank=True)
    effective = models.BooleanField(default=True)
    number = models.CharField(max_length=40, unique=True)
    # Receipts given by an earlier version of this software; the ledger gives all others.
    kept_receipt = models.JSONField(null=True, db_column="receipt")

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

    @property
    def position(self) -> int:
        """Where it stands in the meeting's ledger; its number ends in it."""
        return int(self.number.rpartition("-")[2])

    @cached_property
    def receipt(self) -> dict[str, Any]:
        """Its signed receipt, from the ledger."""
        from voting.receipts import of

        return of(self)

    def said(self, group: str) -> str:
        """What it says in a group, "" where it is silent."""
        return str(self.choices.get(group, "") if self.choices else self.choice)


class PollChange(models.Model):
    """What was done to a poll while it ran, by whom, why: extension, suspension, voiding."""

    class Kind(models.TextChoices):
        """What was done."""

        EXTENDED = "extended", _("延长")
        SUSPENDED = "suspended", _("暂停")
        RESUMED = "resumed", _("恢复")
        VOIDED = "voided", _("作废")

    resolution = models.ForeignKey(Resolution, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    reasons = models.TextField(max_length=2000, blank=True)
    # The announced close before and after, where it moved.
    before = models.DateTimeField(null=True, blank=True)
    after = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    address = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["at", "id"]


class PaperSheet(models.Model):
    """The scan of one paper ballot or of many (书面表决票): kept below DATA_DIR by its hash."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="paper_sheets")
    name = models.CharField(_("文件名"), max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    entered_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    address = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["entered_at", "id"]


class PaperState(models.TextChoices):
    """The way of a paper ballot from its entry to the count."""

    ENTERED = "entered", _("待复核")
    COUNTED = "counted", _("已计入")
    OVERRULED = "overruled", _("以另一票为准")
    REFUSED = "refused", _("复核未通过")


class PaperBallot(models.Model):
    """A ballot on paper as one person entered it and a second one checked it."""

    sheet = models.ForeignKey(PaperSheet, on_delete=models.PROTECT, related_name="ballots")
    resolution = models.ForeignKey(
        Resolution, on_delete=models.PROTECT, related_name="paper_ballots"
    )
    creditor = models.ForeignKey(Creditor, on_delete=models.PROTECT, related_name="paper_ballots")
    choices = models.JSONField(default=dict)
    state = models.CharField(max_length=20, choices=PaperState.choices, default=PaperState.ENTERED)
    checked_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    checked_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    ballot = models.OneToOneField(
        Ballot, on_delete=models.PROTECT, related_name="paper", null=True, blank=True
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["resolution", "creditor"],
                condition=Q(state__in=["entered", "counted", "overruled"]),
                name="one_paper_ballot_a_creditor",
            )
        ]


class Tally(models.Model):
    """The running count of one group, changed by addition: never by reading all ballots.

    What was voted is changed under the resolution's lock; who attends under the ledger's.
    """

    resolution = models.ForeignKey(Resolution, on_delete=models.PROTECT, related_name="tallies")
    group = models.CharField(max_length=60)
    for_number = models.PositiveIntegerField(default=0)
    for_fen = models.BigIntegerField(default=0)
    against_number = models.PositiveIntegerField(default=0)
    against_fen = models.BigIntegerField(default=0)
    abstain_number = models.PositiveIntegerField(default=0)
    abstain_fen = models.BigIntegerField(default=0)
    # Of the group's lines in the register with a vote: all, and those of who attends.
    entitled_number = models.PositiveIntegerField(default=0)
    entitled_fen = models.BigIntegerField(default=0)
    attending_number = models.PositiveIntegerField(default=0)
    attending_fen = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["resolution", "group"], name="one_tally_a_group")
        ]


class Turnout(models.Model):
    """Who takes part in a poll, over all groups: changed by addition under the ledger's lock.

    A poll without one has no kept figures, in its tallies neither: they are counted anew.
    """

    resolution = models.OneToOneField(
        Resolution, on_delete=models.CASCADE, primary_key=True, related_name="turnout"
    )
    entitled_number = models.PositiveIntegerField(default=0)
    attending_number = models.PositiveIntegerField(default=0)
    voted_number = models.PositiveIntegerField(default=0)
    voted_fen = models.BigIntegerField(default=0)
    paper_number = models.PositiveIntegerField(default=0)


class Outcome(models.Model):
    """What the count at the close came to, never rewritten (表决结果)."""

    resolution = models.OneToOneField(Resolution, on_delete=models.PROTECT, related_name="outcome")
    outcome = models.CharField(max_length=20)
    result = models.JSONField()
    # The same figures shown apart by the way the ballots came: {"paper": {group: {choice: sum}}}.
    ways = models.JSONField(default=dict)
    counted_at = models.DateTimeField()


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

"""The ledger of a meeting as rows: entries, seals, signed heads, keys and timestamps.

Entries, seals, heads and timestamps are only ever added; the database refuses to change them.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from creditor_meetings.meetings.models import Meeting


class LedgerHead(models.Model):
    """Where the ledger of a meeting stands; its row lock puts writers in line."""

    meeting = models.OneToOneField(Meeting, on_delete=models.PROTECT, primary_key=True)
    length = models.BigIntegerField(default=0)
    head_hash = models.CharField(max_length=64, blank=True)
    # The peaks of the Merkle tree over all entries (`voting.ledger.tree`): its root at any time,
    # without hashing all of them anew.
    frontier = models.JSONField(default=list)


class LedgerEntry(models.Model):
    """A line of the meeting's ledger (账本): chained by hash to the one before it."""

    # No index of its own: the constraint's begins with it.
    meeting = models.ForeignKey(
        Meeting, on_delete=models.PROTECT, related_name="ledger", db_index=False
    )
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


class LedgerKey(models.Model):
    """A key that signs or signed ledgers (账本密钥); each new one is endorsed by the one before."""

    public = models.CharField(max_length=64, unique=True)
    since = models.CharField(max_length=40)
    previous = models.CharField(max_length=64, blank=True)
    # The signature of the key before over this one; empty for the first.
    endorsement = models.CharField(max_length=128, blank=True)

    class Meta:
        ordering = ["id"]


class Occasion(models.TextChoices):
    """Why a signed head was taken."""

    POLL_CLOSED = "poll_closed", _("表决截止")
    MEETING_CLOSED = "meeting_closed", _("会议闭会")
    BUNDLE = "bundle", _("制作证据包")


class SignedHead(models.Model):
    """The signed root of the Merkle tree over a whole ledger (签名树头), as in RFC 6962."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="signed_heads")
    size = models.BigIntegerField()
    root = models.CharField(max_length=64)
    head = models.CharField(max_length=64)
    at = models.CharField(max_length=40)
    occasion = models.CharField(max_length=20, choices=Occasion.choices)
    signature = models.CharField(max_length=128)
    key = models.CharField(max_length=64)

    class Meta:
        ordering = ["meeting", "size", "id"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "size"], name="one_signed_head_a_length")
        ]


class HeadTimestamp(models.Model):
    """The timestamp of a signed head by an authority of its own (RFC 3161)."""

    head = models.OneToOneField(SignedHead, on_delete=models.PROTECT, related_name="timestamp")
    authority = models.CharField(max_length=300)
    at = models.DateTimeField()
    token = models.BinaryField()

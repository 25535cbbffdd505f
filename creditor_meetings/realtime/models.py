"""The event log of a meeting: numbered rows, written in the transaction of what happened."""

from django.db import models

from creditor_meetings.cases.models import Person
from creditor_meetings.meetings.models import Meeting


class EventCounter(models.Model):
    """The last number given in a meeting; its row lock puts writers in line.

    Since a number is given under the lock and the lock is held to the commit, numbers become
    visible in their order: a reader who has seen N has seen all up to N.
    """

    meeting = models.OneToOneField(Meeting, on_delete=models.CASCADE, primary_key=True)
    last_seq = models.BigIntegerField(default=0)


class Event(models.Model):
    """Something that happened in a meeting, for one audience."""

    # No index of its own: the constraint's begins with it.
    meeting = models.ForeignKey(
        Meeting, on_delete=models.CASCADE, related_name="events", db_index=False
    )
    seq = models.BigIntegerField()
    kind = models.CharField(max_length=60)
    at = models.DateTimeField()
    audience = models.CharField(max_length=40)
    data = models.JSONField()
    # Of several events with one key that wait to be sent, only the last one matters.
    coalesce = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["meeting", "seq"]
        constraints = [models.UniqueConstraint(fields=["meeting", "seq"], name="numbered_once")]


class CommandReply(models.Model):
    """The answer given to a command, so that the same id again gets the same answer.

    Written in the command's own transaction: after a break a client sends what it has no
    answer for once more, and nothing happens twice.
    """

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    command_id = models.CharField(max_length=64)
    at = models.DateTimeField()
    reply = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "person", "command_id"], name="commanded_once"
            )
        ]

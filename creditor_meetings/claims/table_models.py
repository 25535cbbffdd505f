"""What administrators said of the headings of their tables, remembered for the next one."""

from django.db import models

from creditor_meetings.cases.models import Person


class HeadingChoice(models.Model):
    """Which field a heading means to a person: asked once, proposed from then on."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="heading_choices")
    words = models.CharField(max_length=200)
    # Empty: the column is not used.
    field = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "words"], name="one_meaning")]

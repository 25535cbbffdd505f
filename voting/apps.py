"""The room of voting: resolutions, register, ballots, outcome."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class VotingConfig(AppConfig):
    """Resolutions and their votes."""

    name = "voting"
    verbose_name = _("表决")

    def ready(self) -> None:
        """Lend the law of amounts to the meeting, follow its attendance, fill the room."""
        from django.core import checks

        from creditor_meetings.meetings import (
            attachments,
            mandate_votes,
            polls,
            practice,
            record,
            standing,
            verbs,
        )
        from voting import (
            attached,
            book,
            chart_room,
            law,
            poll_changes,
            rule_directory,
            sections,
            settled,
            turnout,
        )
        from voting.evidence import files
        from voting.mandate_votes import BallotsUnderMandates
        from voting.papers import sections as papers

        rule_directory.load()
        checks.register(rule_directory.check)
        standing.lend(law.standings)
        practice.lend(settled)
        mandate_votes.lend(BallotsUnderMandates())
        record.lend(book.write, book.hold)
        attachments.lend_uses(attached.uses)
        polls.lend(poll_changes.any_running)
        verbs.on_attendance(turnout.retell)
        sections.register()
        chart_room.register()
        papers.register()
        files.lend()
        post_migrate.connect(_keep_append_only, sender=self, dispatch_uid="voting.append_only")


def _keep_append_only(using: str, **_more: Any) -> None:
    """Put the triggers back that SQLite loses when a migration makes a table anew."""
    from voting import append_only

    connection = connections[using]
    there = set(connection.introspection.table_names())
    if there.issuperset(append_only.TABLES):
        append_only.install(connection)

"""Import the debtor's investors into a case, for their group's vote on a plan."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Case
from creditor_meetings.cases.money import yuan_grouped
from creditor_meetings.claims import investors, tables
from creditor_meetings.claims.importing.commit import Source
from creditor_meetings.claims.importing.findings import Place, Unreadable
from creditor_meetings.claims.importing.grid import content_of
from creditor_meetings.claims.investors import Register
from creditor_meetings.claims.investors_table import read
from creditor_meetings.claims.management.commands.import_claims import (
    OK,
    PROBLEMS,
    UNREADABLE,
    find_case,
)


class Command(BaseCommand):
    """All or nothing. Exit 0 imported (or importable), 1 problems found, 2 unreadable."""

    help = __doc__ or ""
    # What is said on standard error is about the table.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what the command takes."""
        parser.add_argument("case", metavar="CASE", help="the case's 案号 or id")
        parser.add_argument("file", metavar="FILE", type=Path, help=".xlsx or .csv")
        parser.add_argument("--dry-run", action="store_true", help="check only, import nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, check, import, and say what came of it."""
        code = self._import(options["case"], options["file"], dry_run=options["dry_run"])
        if code:
            sys.exit(code)

    def _import(self, case: str, file: Path, *, dry_run: bool) -> int:
        try:
            found = find_case(case)
            if found is None:
                raise Unreadable(_("没有这个案件：%(case)s") % {"case": case})
            content = content_of(file)
            register = read(content, file.name)
        except Unreadable as unreadable:
            self.stderr.write(" ".join(str(unreadable).split()))
            return UNREADABLE
        investors.compare_with_case(found, register)
        fresh = self._commit(found, register, Source.of(content, file.name), dry_run=dry_run)
        if fresh and not dry_run:
            tables.keep_file(content)
        self._print(register, fresh=fresh, dry_run=dry_run)
        return PROBLEMS if register.findings.problems else OK

    def _commit(self, case: Case, register: Register, source: Source, *, dry_run: bool) -> bool:
        """Import unless this is a rehearsal; whether there is anything new to import."""
        if register.findings.problems:
            return False
        try:
            if not dry_run:
                return investors.commit(case, register, source)
            investors.refuse_others(case, register)
        except Refused as refused:
            register.findings.problem(Place("", 0), "", refused.message)
            return False
        return not investors.held(case)

    def _print(self, register: Register, *, fresh: bool, dry_run: bool) -> None:
        for one in register.findings.problems:
            self.stderr.write(_("问题：%(line)s") % {"line": one.line})
        for one in register.findings.warnings:
            self.stdout.write(_("提示：%(line)s") % {"line": one.line})
        figures = _("%(n)s 名出资人，出资额 %(amount)s") % {
            "n": len(register.investors),
            "amount": yuan_grouped(register.amount_fen),
        }
        if register.findings.problems:
            outcome = _("发现 %(n)s 处问题，未导入。") % {"n": len(register.findings.problems)}
        elif not fresh:
            outcome = _("本案已有同样的出资人名册，没有变化。")
        else:
            outcome = _("可以导入。") if dry_run else _("已导入。")
        self.stdout.write(f"{figures}\n{outcome}")

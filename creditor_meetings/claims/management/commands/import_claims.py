"""Import a claims table into a case."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Case
from creditor_meetings.cases.money import yuan, yuan_grouped
from creditor_meetings.claims import tables
from creditor_meetings.claims.importing import Reading, Unreadable, read
from creditor_meetings.claims.importing.commit import (
    Source,
    commit,
    compare_case_number,
    is_imported,
    plain_number,
    refuse_other_claims,
)
from creditor_meetings.claims.importing.findings import Place
from creditor_meetings.claims.importing.grid import content_of

OK, PROBLEMS, UNREADABLE = 0, 1, 2


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
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, check, import, and say what came of it."""
        code = self._import(**options)
        if code:
            sys.exit(code)

    def _import(self, *, case: str, file: Path, dry_run: bool, json: bool, **_options: Any) -> int:
        try:
            found = find_case(case)
            if found is None and not dry_run:
                raise Unreadable(_("没有这个案件：%(case)s") % {"case": case})
            content = content_of(file)
            reading = read(content, file.name)
        except Unreadable as unreadable:
            if json:
                reading = Reading()
                reading.findings.problem(Place("", 0), "", str(unreadable))
                self._print_json(reading)
            self.stderr.write(" ".join(str(unreadable).split()))
            return UNREADABLE
        compare_case_number(found.number if found is not None else case, reading)
        fresh = self._commit(found, reading, content, file, dry_run)
        if json:
            self._print_json(reading)
        else:
            self._print(reading, fresh, dry_run)
        return PROBLEMS if reading.findings.problems else OK

    def _commit(
        self, case: Case | None, reading: Reading, content: bytes, file: Path, dry_run: bool
    ) -> bool:
        """Import unless this is a rehearsal; whether there is anything new to import."""
        if reading.findings.problems:
            return False
        try:
            if not dry_run:
                assert case is not None
                fresh = commit(case, reading, Source.of(content, file.name))
                if fresh:
                    tables.keep_file(content)
                return fresh
            if case is not None:
                if is_imported(case, reading):
                    return False
                refuse_other_claims(case, reading)
        except Refused as refused:
            reading.findings.problem(Place("", 0), "", refused.message)
            return False
        return True

    def _print_json(self, reading: Reading) -> None:
        result = {
            "creditors": len(reading.creditors),
            "claims": len(reading.entries),
            "filed": yuan(reading.filed_fen),
            "confirmed": yuan(reading.confirmed_fen),
            "problems": [one.as_dict() for one in reading.findings.problems],
            "warnings": [one.as_dict() for one in reading.findings.warnings],
        }
        self.stdout.write(json.dumps(result, ensure_ascii=False))

    def _print(self, reading: Reading, fresh: bool, dry_run: bool) -> None:
        for one in reading.findings.problems:
            self.stderr.write(_("问题：%(line)s") % {"line": one.line})
        for one in reading.findings.warnings:
            self.stdout.write(_("提示：%(line)s") % {"line": one.line})
        figures = _(
            "%(creditors)s 个债权人，%(claims)s 笔债权，申报 %(filed)s，确认 %(confirmed)s"
        ) % {
            "creditors": len(reading.creditors),
            "claims": len(reading.entries),
            "filed": yuan_grouped(reading.filed_fen),
            "confirmed": yuan_grouped(reading.confirmed_fen),
        }
        if reading.findings.problems:
            outcome = _("发现 %(n)s 处问题，未导入。") % {"n": len(reading.findings.problems)}
        elif not fresh:
            outcome = _("本案已有同样的债权表，没有变化。")
        else:
            outcome = _("可以导入。") if dry_run else _("已导入。")
        self.stdout.write(f"{figures}\n{outcome}")


def find_case(name: str) -> Case | None:
    """Find a case by its number (案号), whichever width its brackets have, or by its id."""
    wanted = plain_number(name)
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 18:
        return Case.objects.filter(pk=int(wanted)).first()
    return next((case for case in Case.objects.all() if plain_number(case.number) == wanted), None)

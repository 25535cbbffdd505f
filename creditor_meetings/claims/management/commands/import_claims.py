"""Import a claims table into a case."""

import json
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Case
from creditor_meetings.cases.money import yuan, yuan_grouped
from creditor_meetings.claims import tables
from creditor_meetings.claims.importing import Reading, Unreadable, read
from creditor_meetings.claims.importing.applying import Decisions, update
from creditor_meetings.claims.importing.commit import (
    Source,
    commit,
    compare_case_number,
    plain_number,
    says_nothing_new,
)
from creditor_meetings.claims.importing.comparing import compare
from creditor_meetings.claims.importing.difference import Changed, Difference
from creditor_meetings.claims.importing.fields import FIELDS
from creditor_meetings.claims.importing.findings import Findings, Place
from creditor_meetings.claims.importing.grid import content_of
from creditor_meetings.claims.importing.meanings import Meanings, WrongMeaning
from creditor_meetings.claims.importing.present import of_table
from creditor_meetings.claims.importing.table import Entry

OK, PROBLEMS, UNREADABLE = 0, 1, 2
NOTHING, NEW, UPDATED = "nothing", "new", "updated"


class Command(BaseCommand):
    """All or nothing. Exit 0 imported (or importable), 1 problems found, 2 unreadable.

    Where the case has claims already, what the table says otherwise is listed as problems;
    --update applies it: claims are matched by creditor (identity number), nature and amounts,
    changed with a record of it, added; those that the table lacks are kept.
    """

    help = "Import a claims table into a case. " + (__doc__ or "")
    # What is said on standard error is about the table.
    requires_system_checks = []

    def create_parser(self, *args: Any, **options: Any) -> Any:
        """List the fields that columns may hold below the options."""
        lines = "\n".join(f"  {name:<20} {label}" for name, label in FIELDS.items())
        epilog = (
            f"fields for --map (an empty one, HEADING=, leaves the column out):\n{lines}\n\n"
            "a JSON file for --map holds {heading: field}, or by sheet\n"
            '  {"Sheet1": {"head": 3, "columns": {"B": "name", "对方单位": "name"}}}\n'
            'where "head" is the row of the headings, when it is not recognised.'
        )
        return super().create_parser(
            *args, epilog=epilog, formatter_class=RawDescriptionHelpFormatter, **options
        )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what the command takes."""
        parser.add_argument("case", metavar="CASE", help="the case's 案号 or id")
        parser.add_argument("file", metavar="FILE", type=Path, help=".xlsx or .csv")
        parser.add_argument("--dry-run", action="store_true", help="check only, import nothing")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="HEADING=FIELD|FILE.json",
            help="what a column holds whose heading is not known; may be given again",
        )
        parser.add_argument(
            "--update",
            action="store_true",
            help="apply what the table says otherwise to the claims that are there",
        )
        parser.add_argument(
            "--drop-missing",
            action="store_true",
            help="with --update: delete claims that the table lacks, unless people rely on them",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, check, import, and say what came of it."""
        code = self._import(**options)
        if code:
            sys.exit(code)

    def _import(self, *, case: str, file: Path, **options: Any) -> int:
        try:
            found = find_case(case)
            if found is None and not options["dry_run"]:
                raise Unreadable(_("没有这个案件：%(case)s") % {"case": case})
            content = content_of(file)
            reading = read(content, file.name, meanings=Meanings.of_arguments(options["map"]))
        except (Unreadable, WrongMeaning) as unreadable:
            if options["json"]:
                reading = Reading()
                reading.findings.problem(Place("", 0), "", str(unreadable))
                self._print_json(reading)
            self.stderr.write(" ".join(str(unreadable).split()))
            return UNREADABLE
        compare_case_number(found.number if found is not None else case, reading)
        done = self._commit(found, reading, content, file, options)
        if options["json"]:
            self._print_json(reading)
        else:
            self._print(reading, done, dry_run=options["dry_run"])
        return PROBLEMS if reading.findings.problems else OK

    def _commit(
        self,
        case: Case | None,
        reading: Reading,
        content: bytes,
        file: Path,
        options: dict[str, Any],
    ) -> str:
        """Import unless this is a rehearsal; say what there is to import."""
        if reading.findings.problems:
            return NOTHING
        if case is None:
            return NEW
        source = Source.of(content, file.name)
        try:
            if not of_table(case).exists():
                if not options["dry_run"]:
                    commit(case, reading, source)
                    tables.keep_file(content)
                return NEW
            if says_nothing_new(case, reading):
                return NOTHING
            return self._update(case, reading, source, content, options)
        except Refused as refused:
            reading.findings.problem(Place("", 0), "", refused.message)
            return NOTHING

    def _update(
        self,
        case: Case,
        reading: Reading,
        source: Source,
        content: bytes,
        options: dict[str, Any],
    ) -> str:
        difference = compare(case, reading)
        for entry, message in difference.problems:
            reading.findings.problem(entry.place, entry.holder.name, message)
        if not options["update"]:
            _list_as_problems(difference, reading.findings)
            return NOTHING
        if difference.problems:
            return NOTHING
        drop = frozenset(
            one.claim.pk for one in difference.missing if options["drop_missing"] and one.may_go
        )
        _warn_of_what_stays(difference, drop, reading.findings)
        if not options["dry_run"]:
            update(case, reading, source, Decisions(drop=drop), digest=difference.digest)
            tables.keep_file(content)
        return UPDATED

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

    def _print(self, reading: Reading, done: str, *, dry_run: bool) -> None:
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
        elif done == NOTHING:
            outcome = _("本案已有同样的债权表，没有变化。")
        elif done == UPDATED:
            outcome = _("可以更新。") if dry_run else _("已按此表更新。")
        else:
            outcome = _("可以导入。") if dry_run else _("已导入。")
        self.stdout.write(f"{figures}\n{outcome}")


def _list_as_problems(difference: Difference, findings: Findings) -> None:
    """Say claim by claim what is other: nothing changes unasked."""
    findings.problem(
        Place("", 0), "", _("%(summary)s加 --update 按此表更新。") % {"summary": difference.summary}
    )
    for one in (*difference.changed, *difference.stale):
        findings.problem(one.entry.place, one.entry.holder.name, _changes(one))
    for entry in difference.added:
        findings.problem(entry.place, entry.holder.name, _new(entry))
    for missing in difference.missing:
        findings.problem(
            Place("", 0), missing.claim.creditor.name, _missing(missing.claim.position)
        )
    for renamed in difference.creditors:
        said = _("、").join(
            _("%(field)s“%(before)s”改为“%(after)s”")
            % {"field": each.label, "before": each.shown_before, "after": each.shown_after}
            for each in renamed.fields
        )
        findings.problem(
            Place(renamed.holder.sheet, renamed.holder.row), renamed.holder.name, f"{said}。"
        )


def _warn_of_what_stays(difference: Difference, drop: frozenset[int], findings: Findings) -> None:
    for entry, message in difference.kept:
        findings.warn(entry.place, entry.holder.name, message)
    for one in difference.stale:
        findings.warn(
            one.entry.place,
            one.entry.holder.name,
            _("经审查修改过，表中仍是原来的内容，未采用：%(changes)s") % {"changes": _changes(one)},
        )
    for missing in difference.missing:
        if missing.claim.pk in drop:
            continue
        message = _missing(missing.claim.position)
        if missing.reliances:
            message = f"{message}{_('；').join(missing.reliances)}。"
        findings.warn(
            Place("", 0), missing.claim.creditor.name, _("%(what)s已保留。") % {"what": message}
        )


def _changes(one: Changed) -> str:
    said = _("、").join(
        _("%(field)s由 %(before)s 改为 %(after)s")
        % {"field": each.label, "before": each.shown_before, "after": each.shown_after}
        for each in (*one.fields, *one.stale)
    )
    return _("第 %(number)s 号债权：%(changes)s。") % {
        "number": one.claim.position,
        "changes": said,
    }


def _new(entry: Entry) -> str:
    return _("本案没有这笔债权：申报 %(filed)s，确认 %(confirmed)s。") % {
        "filed": yuan_grouped(entry.filed),
        "confirmed": yuan_grouped(entry.confirmed),
    }


def _missing(number: int) -> str:
    return _("此表中没有第 %(number)s 号债权。") % {"number": number}


def find_case(name: str) -> Case | None:
    """Find a case by its number (案号), whichever width its brackets have, or by its id."""
    wanted = plain_number(name)
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 18:
        return Case.objects.filter(pk=int(wanted)).first()
    return next((case for case in Case.objects.all() if plain_number(case.number) == wanted), None)

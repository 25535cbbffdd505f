"""Load the demo case and print a sign-in link for each role."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from creditor_meetings.cases.models import Case, Role
from creditor_meetings.config.demo import people
from creditor_meetings.config.demo.case import generate_creditors, load_case
from creditor_meetings.config.demo.estate import load_estate
from creditor_meetings.config.demo.filings import load_filings
from creditor_meetings.config.demo.held import load_held
from creditor_meetings.config.demo.meetings import HELD, LIVE, Papers, load_live
from creditor_meetings.config.demo.people import Member

MOST_CREDITORS = 100_000


class Command(BaseCommand):
    """Loads what is missing and changes nothing that is there; a second run takes seconds."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what the command takes."""
        parser.add_argument(
            "--creditors", type=int, metavar="N", help="add generated creditors up to N"
        )
        parser.add_argument(
            "--people",
            type=Path,
            metavar="FILE.csv",
            help="write everybody down, each with a session ready for use (DEMO or DEBUG only)",
        )
        parser.add_argument(
            "--live",
            action="store_true",
            help="then let simulated creditors attend and vote over sockets until interrupted",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Load the demo, print the links, and play along if asked to."""
        wanted, file = options["creditors"], options["people"]
        if wanted is not None and not 1 <= wanted <= MOST_CREDITORS:
            raise CommandError(f"--creditors {wanted}: should be 1 to {MOST_CREDITORS}")
        open_doors = settings.DEMO or settings.DEBUG
        if file is not None and not open_doors:
            raise CommandError(
                "--people writes sessions that let anybody in: set DEMO=1 or DEBUG=1 to allow it"
            )
        if options["live"] and not open_doors:
            raise CommandError("--live signs simulated creditors in: set DEMO=1 or DEBUG=1")
        case, members = load(wanted)
        # A fresh link ends the one before: what is written down and printed must be the same.
        one_each = people.one_of_each(members)
        told = bool(options["verbosity"])
        invited = members if file is not None else one_each if told and open_doors else []
        links = people.fresh_links(case, invited)
        if file is not None:
            self._write_people(file, members, links)
        if told and open_doors:
            self._print_links(case, one_each, links)
        elif told:
            self.stdout.write(
                f"The demo case is loaded. Sign-in links need no identity number in the demo and"
                f" are printed only with DEMO=1; {case.number} has its invitations as usual."
            )
        if options["live"]:
            from creditor_meetings.config.demo.live import attend

            attend(members, self.stdout.write if told else None)

    def _write_people(self, file: Path, members: list[Member], links: dict[int, str]) -> None:
        sessions = people.fresh_sessions([member.person for member in members])
        try:
            people.write_csv(file, members, links, sessions)
        except OSError as wrong:
            raise CommandError(f"--people {file}: cannot be written ({wrong.strerror})") from None

    def _print_links(self, case: Case, members: list[Member], links: dict[int, str]) -> None:
        write = self.stdout.write
        write("")
        write(f"{case.number} {case.debtor}: {case.creditors.count()} creditors (债权人)")
        write(f"Meetings (会议): {settings.PUBLIC_URL}/meetings/{LIVE}/  ready to open")
        write(f"                 {settings.PUBLIC_URL}/meetings/{HELD}/  held, counted, confirmed")
        write("")
        write("One sign-in link a role, each good for one sign-in; every start prints fresh ones.")
        write("Open them side by side in one browser: each has a host name, and a session, of")
        write("its own. (Safari: put 127.0.0.1 in its place and use a private window each.)")
        write("")
        for member in members:
            label = Role(member.role).label
            link = people.own_window(links[member.person.pk], member.role)
            write(f"  {member.role:<14} {link}  {label} {member.person.name}")
        write("")
        write("A vote in two minutes, with administrator, creditor and judge side by side:")
        write("  1. creditor: check in (签到)   2. judge: open the meeting (议程 > 开始会议)")
        write("  3. administrator: open a vote (表决 > 开始表决)   4. creditor: vote (去表决)")
        write("  5. administrator: close it (截止表决)   6. judge: confirm (表决 > 确认结果)")
        write("")


def load(creditors: int | None = None) -> tuple[Case, list[Member]]:
    """Load what is missing of the demo, with generated creditors up to a number."""
    case = load_case()
    members = people.load_people(case)
    papers = Papers(case)
    load_live(case, members, papers)
    load_held(case, members, papers)
    load_filings(case, members)
    load_estate(case, members)
    if creditors is not None and generate_creditors(case, creditors):
        members = people.load_people(case)
    return case, members

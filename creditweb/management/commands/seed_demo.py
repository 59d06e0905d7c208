"""``manage.py seed_demo`` fills an empty demo; with ``--recordings`` it hands recordings in."""

from argparse import ArgumentParser

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from applicants.models import Application, Branch, Officer
from creditweb.demo.history import seed_case
from creditweb.demo.loans import seed_loans
from creditweb.demo.people import BRANCHES, CASES, STAFF, Colleague
from creditweb.demo_logins import DEMO_PASSWORD
from media_processing.models import Recording
from scoring import portfolio
from scoring.services import monitoring, policy


class Command(BaseCommand):
    help = "Create the branches, people and histories of the demo, then its recordings."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="do nothing where data is there")
        parser.add_argument(
            "--recordings",
            action="store_true",
            help="hand in the drawn recordings instead; the workers then process them",
        )

    def handle(self, *args: object, **options: bool) -> None:
        if settings.ENVIRONMENT == "production":
            raise CommandError("Demo data has no place in production.")
        is_filled = Recording.objects if options["recordings"] else Officer.objects
        if is_filled.exists():
            if options["once"]:
                return
            raise CommandError("There is data here already; seed_demo needs an empty database.")
        if options["recordings"]:
            self._hand_in()
        else:
            self.stdout.write("Making demo data …")
            with transaction.atomic():
                self._seed()

    def _hand_in(self) -> None:
        # Late: drawing loads OpenCV, which only this option needs.
        from creditweb.demo import recordings

        applications = Application.objects.filter(simulated=True).select_related("applicant")
        by_name = {each.applicant.display_name: each for each in applications}
        recordings.hand_in(by_name, self.stdout.write)

    def _seed(self) -> None:
        policy.active()
        branches = {
            code: Branch.objects.create(code=code, name=name, country="NL")
            for code, name in BRANCHES.items()
        }
        staff = {each.username: _officer(each, branches) for each in STAFF}
        for seed, case in enumerate(CASES):
            seed_case(case, staff, branches[case.branch], seed)
        seed_loans(staff, branches)
        for of_businesses in (False, True):
            for month, _rows in portfolio.months_scored(of_businesses=of_businesses):
                monitoring.stability_report(month, of_businesses=of_businesses)


def _officer(colleague: Colleague, branches: dict[str, Branch]) -> Officer:
    is_admin = colleague.role == Officer.Role.ADMIN
    return Officer.objects.create_user(
        username=colleague.username,
        password=DEMO_PASSWORD,
        first_name=colleague.given_name,
        last_name=colleague.family_name,
        role=colleague.role,
        branch=branches.get(colleague.branch or ""),
        is_staff=is_admin,
        is_superuser=is_admin,
        time_zone="Europe/Amsterdam",
    )

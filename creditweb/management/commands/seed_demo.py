"""``manage.py seed_demo`` fills an empty demo; with ``--recordings`` it hands recordings in."""

from argparse import ArgumentParser

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from applicants.models import Application, Officer
from creditweb.demo import seeding
from media_processing.models import Recording


class Command(BaseCommand):
    help = "Create the branches, people and histories of the demo, then its recordings."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--once",
            action="store_true",
            help="do nothing where the data is there; go on where it was cut off",
        )
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--accounts", action="store_true", help="create the accounts alone")
        what.add_argument(
            "--recordings",
            action="store_true",
            help="hand in the drawn recordings instead; the workers then process them",
        )

    def handle(self, *args: object, **options: bool) -> None:
        if settings.ENVIRONMENT == "production":
            raise CommandError("Demo data has no place in production.")
        is_filled = Recording.objects if options["recordings"] else Officer.objects
        if is_filled.exists() and not options["once"]:
            raise CommandError("There is data here already; seed_demo needs an empty database.")
        if options["recordings"]:
            self._hand_in()
            return
        seeding.seed_accounts()
        if not options["accounts"] and seeding.is_wanted():
            self.stdout.write("Making demo data; the pages fill while it is made …")
            seeding.seed_book()
            self.stdout.write("The demo data is complete.")

    def _hand_in(self) -> None:
        if Recording.objects.exists():
            return
        # Late: drawing loads OpenCV, which only this option needs.
        from creditweb.demo import recordings

        applications = Application.objects.filter(simulated=True).select_related("applicant")
        by_name = {each.applicant.display_name: each for each in applications}
        recordings.hand_in(by_name, self.stdout.write)

"""``manage.py create_api_token USERNAME`` prints a token of the API, once."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from applicants.models import Officer
from applicants.services import tokens


class Command(BaseCommand):
    help = "Print a new API token of an officer. It is valid for 90 days and cannot be shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="", help="what the token is for")

    def handle(self, *args: object, **options: str) -> None:
        officer = Officer.objects.filter(username=options["username"], is_active=True).first()
        if officer is None:
            raise CommandError(f"There is no active officer {options['username']!r}.")
        self.stdout.write(tokens.issue(officer, name=options["name"]))

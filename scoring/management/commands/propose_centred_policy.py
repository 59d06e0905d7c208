"""``manage.py propose_centred_policy USERNAME --reason TEXT``: centre on own sessions."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from applicants.errors import ProblemError
from applicants.models import Officer
from scoring.services import policy as policies


class Command(BaseCommand):
    help = "Propose the policy in force, centred on the sessions of this installation."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help="who proposes it")
        parser.add_argument("--reason", required=True)

    def handle(self, *args: object, **options: str) -> None:
        try:
            officer = Officer.objects.get(username=options["username"])
            proposed = policies.propose_centred(officer=officer, reason=options["reason"])
        except Officer.DoesNotExist as error:
            raise CommandError(f"there is nobody called {options['username']}") from error
        except ProblemError as problem:
            raise CommandError(problem.message) from problem
        self.stdout.write(f"Policy {proposed.version} waits for another person to activate it.")

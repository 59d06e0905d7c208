"""``manage.py import_bureau FILE --source NAME --by USERNAME``: reports from CSV or JSON."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from applicants.errors import ProblemError
from applicants.models import Officer
from scoring.services import bureau


class Command(BaseCommand):
    help = "Import bureau reports; bad rows are listed with their reason, good ones are kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--source", required=True, help="the bureau that the file came from")
        parser.add_argument("--by", required=True, help="who answers for the import")

    def handle(self, *args: object, **options: object) -> None:
        try:
            officer = Officer.objects.get(username=options["by"], is_active=True)
            content = Path(str(options["file"])).read_bytes()
            told = bureau.import_file(content, officer=officer, source=str(options["source"]))
        except Officer.DoesNotExist as error:
            raise CommandError(f"there is nobody called {options['by']}") from error
        except OSError as error:
            raise CommandError(f"the file cannot be read: {error}") from error
        except ProblemError as problem:
            raise CommandError(problem.message) from problem
        for row in told.refused:
            self.stderr.write(f"line {row.line}: {row.key}: {row.reason}")
        self.stdout.write(
            f"{told.kept} kept, {told.known} known already, {len(told.refused)} refused"
        )

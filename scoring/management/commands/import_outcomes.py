"""``manage.py import_outcomes FILE --by USERNAME``: outcomes of loans from a CSV table."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from applicants.errors import ProblemError
from applicants.models import Officer
from scoring.services import outcomes


class Command(BaseCommand):
    help = "Import outcomes; bad rows are listed with their reason, good ones are kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--by", required=True, help="who answers for the import")

    def handle(self, *args: object, **options: object) -> None:
        try:
            officer = Officer.objects.get(username=options["by"], is_active=True)
            content = Path(str(options["file"])).read_bytes()
            report = outcomes.import_table(content, officer=officer)
        except Officer.DoesNotExist as error:
            raise CommandError(f"there is nobody called {options['by']}") from error
        except OSError as error:
            raise CommandError(f"the file cannot be read: {error}") from error
        except ProblemError as problem:
            raise CommandError(problem.message) from problem
        for row in report.refused:
            self.stderr.write(f"line {row.line}: {row.number}: {row.reason}")
        self.stdout.write(
            f"{report.kept} kept, {report.known} known already, {len(report.refused)} refused"
        )

"""A command that imports a table somebody answers for: who, the file, and what is told of it."""

from abc import abstractmethod
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from applicants.errors import ProblemError
from applicants.models import Officer
from scoring.imported_lines import ImportReport


class ImportCommand(BaseCommand):
    """``manage.py NAME FILE --by USERNAME``; a subclass says what becomes of the content."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--by", required=True, help="who answers for the import")

    @abstractmethod
    def imported(self, content: bytes, officer: Officer, options: dict[str, Any]) -> ImportReport:
        """Import the content. Raises ProblemError."""

    def handle(self, *args: object, **options: Any) -> None:
        try:
            officer = Officer.objects.get(username=options["by"], is_active=True)
            report = self.imported(Path(options["file"]).read_bytes(), officer, options)
        except Officer.DoesNotExist as error:
            raise CommandError(f"there is nobody called {options['by']}") from error
        except OSError as error:
            raise CommandError(f"the file cannot be read: {error}") from error
        except ProblemError as problem:
            raise CommandError(problem.message) from problem
        for row in report.refused:
            self.stderr.write(f"line {row.line}: {row.key}: {row.reason}")
        self.stdout.write(
            f"{report.kept} kept, {report.known} known already, {len(report.refused)} refused"
        )

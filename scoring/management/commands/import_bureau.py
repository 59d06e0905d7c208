"""``manage.py import_bureau FILE --source NAME --by USERNAME``: reports from CSV or JSON."""

from argparse import ArgumentParser
from typing import Any

from applicants.models import Officer
from scoring.imported_lines import ImportReport
from scoring.management.importing import ImportCommand
from scoring.services import bureau


class Command(ImportCommand):
    help = "Import bureau reports; bad rows are listed with their reason, good ones are kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--source", required=True, help="the bureau that the file came from")

    def imported(self, content: bytes, officer: Officer, options: dict[str, Any]) -> ImportReport:
        return bureau.import_file(content, officer=officer, source=options["source"])

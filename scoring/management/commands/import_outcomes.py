"""``manage.py import_outcomes FILE --by USERNAME``: outcomes of loans from a CSV table."""

from typing import Any

from applicants.models import Officer
from scoring.imported_lines import ImportReport
from scoring.management.importing import ImportCommand
from scoring.services import outcomes


class Command(ImportCommand):
    help = "Import outcomes; bad rows are listed with their reason, good ones are kept."

    def imported(self, content: bytes, officer: Officer, options: dict[str, Any]) -> ImportReport:
        return outcomes.import_table(content, officer=officer)

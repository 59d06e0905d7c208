"""A bureau that is a file: its reports by id, as the bureau delivers them to the bank.

``CREDITWEB_BUREAU_ADAPTER=scoring.bureau_file.FileBureau`` with ``CREDITWEB_BUREAU_FILE`` naming a
CSV or JSON file with the columns of an import (``docs/guides/bureau.md``). It is read anew for each
enquiry, so a newer file counts from then on.
"""

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from applicants.errors import ProblemError
from applicants.models.fields import normalised
from scoring.bureau_adapter import BureauConsent, BureauError, BureauIdentity, BureauReport
from scoring.bureau_table import BureauRow, read_reports


class FileBureau:
    """Answers with the newest row of the applicant's id or registration number."""

    source = "File of reports"

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or Path(settings.BUREAU_FILE)

    def fetch(self, consent: BureauConsent, identity: BureauIdentity) -> BureauReport:
        """Return the newest report of an id. Raises BureauError without id, file or row."""
        if not identity.identity_number:
            raise BureauError(_("The bureau needs the applicant's id."))
        wanted = _key(identity.identity_number)
        found = [row for row in self._rows() if _key(row.identity) == wanted]
        if not found:
            raise BureauError(_("The file of the bureau has no report about this applicant."))
        newest = max(found, key=lambda row: row.reported_on)
        return BureauReport(self.source, newest.reported_on, newest.factors)

    def _rows(self) -> Iterator[BureauRow]:
        try:
            content = self.path.read_bytes()
            yield from (row for row in read_reports(content) if isinstance(row, BureauRow))
        except (OSError, ProblemError) as error:
            raise BureauError(_("The file of the bureau cannot be read.")) from error


def _key(identity: str) -> str:
    """Return an id as it is compared: no case, no spaces or dashes."""
    return "".join(each for each in normalised(identity) if each.isalnum())

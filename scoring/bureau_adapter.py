"""The interface to a credit bureau: what is asked, on what ground, and what comes back.

A bank plugs its own bureau in with ``CREDITWEB_BUREAU_ADAPTER=package.module.Adapter``: a class
without arguments that has ``source`` and ``fetch`` as :class:`BureauAdapter` says. The guide
``docs/guides/bureau.md`` holds an example.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

# The factors of a financial profile that a bureau may know.
BUREAU_FACTORS = (
    "credit_history_years",
    "overdue_payments",
    "card_utilisation_percent",
    "open_accounts",
    "recent_enquiries",
    "total_liabilities",
    "monthly_debt_payments",
)


class BureauError(Exception):
    """The bureau did not answer, or not about this applicant. The text is shown to the officer."""


@dataclass(frozen=True, slots=True)
class BureauConsent:
    """The applicant's word that the bureau may be asked: when, and taken by whom."""

    given_on: date
    taken_by: str


@dataclass(frozen=True, slots=True)
class BureauIdentity:
    """Whom to ask about. Empty where it is not known; nothing of it is logged."""

    kind: str
    name: str
    date_of_birth: str
    identity_number: str
    country: str


@dataclass(frozen=True, slots=True)
class BureauReport:
    """What a bureau reports as of a day: values by the names of ``BUREAU_FACTORS``.

    A factor that is absent is not known to the bureau; it leaves the profile as it is.
    """

    source: str
    reported_on: date
    factors: Mapping[str, object]


class BureauAdapter(Protocol):
    """One bureau. ``source`` names it in every stored report."""

    source: str

    def fetch(self, consent: BureauConsent, identity: BureauIdentity) -> BureauReport:
        """Return the newest report. Raises BureauError with a sentence for the officer."""
        ...

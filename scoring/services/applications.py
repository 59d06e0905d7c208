"""Opening and revising an application; each gives a score at once."""

from django.db import transaction

from applicants.models import Applicant, Application, Officer
from applicants.services import applications
from scoring.models import ScoreRevision
from scoring.services.rescore import rescore, score_first


@transaction.atomic
def open_application(
    *,
    officer: Officer,
    applicant: Applicant,
    financials: dict[str, object] | None = None,
    **fields: object,
) -> tuple[Application, ScoreRevision]:
    """Create an application with its first profile and score it. Raises ValidationError."""
    application, profile = applications.create_with_profile(
        officer=officer, applicant=applicant, financials=financials, **fields
    )
    return application, score_first(application, profile, actor=officer)


@transaction.atomic
def revise_profile(
    application: Application, *, officer: Officer, **factors: object
) -> ScoreRevision:
    """Append a version of the financial profile and score it. Raises ValidationError."""
    applications.revise_profile(application, officer=officer, **factors)
    return rescore(application, ScoreRevision.Cause.PROFILE_CHANGED, actor=officer)

"""A book of many scored applications: one that the services made, copied by Postgres itself."""

from django.db import connection, models

from applicants.models import Application, Officer
from scoring.models import (
    ApplicationDecision,
    ChallengerScore,
    LoanOutcome,
    ScoreRevision,
)
from scoring.services.applications import open_application
from tests.factories import ApplicantFactory, OfficerFactory

ROWS = 100_000
APPLICATION = "md5('application' || n)::uuid"
APPLICANT = "md5('applicant' || n)::uuid"
# A score between 400 and 800, and the odds that belong to it: without a pattern, but always equal.
SCORE = "(400 + (n::bigint * 7919) % 401)"
BAD_SHARE = f"(1 / (1 + exp(({SCORE} - 500) / 40.0)))"
DRAWN = "(((n::bigint * 104729) % 9973) / 9973.0)"
AGO = "(now() - (n % 365) * interval '1 day')"


def make_book(rows: int = ROWS) -> Officer:
    """Fill the database and return a risk analyst, who belongs to no branch.

    Of the loans six in ten have an outcome; two challengers ran beside each score.
    """
    application, revision = open_application(
        officer=OfficerFactory(), applicant=ApplicantFactory(), amount=12_000, currency="EUR",
        term_months=36, financials={"annual_income": 48_000, "overdue_payments": 1,
        "card_utilisation_percent": 40, "open_accounts": 4, "credit_history_years": 7},
    )  # fmt: skip
    analyst = OfficerFactory(role=Officer.Role.RISK_ANALYST, branch=None)
    by_id = {"id": f"{revision.pk} + n", "revision_id": f"{revision.pk} + n"}
    of_application = {"application_id": APPLICATION}
    _copy(application.applicant, rows, id=APPLICANT)
    _copy(application, rows, id=APPLICATION, applicant_id=APPLICANT, number="'B-' || n",
          created_at=AGO, amount="1000 + n % 30000")  # fmt: skip
    profile_id = f"{revision.profile_id} + n"
    _copy(revision.profile, rows, id=profile_id, **of_application, overdue_payments="n % 4",
          card_utilisation_percent="n % 100", open_accounts="n % 9", created_at=AGO)  # fmt: skip
    _copy(revision, rows, id=by_id["id"], **of_application, profile_id=profile_id,
          financial_score=SCORE, final_score=SCORE, probability_of_default=BAD_SHARE,
          created_at=AGO, as_of=f"{AGO}::date")  # fmt: skip
    _copy(application.current_score, rows, **of_application, revision_id=by_id["revision_id"],
          final_score=SCORE)  # fmt: skip
    _add_what_followed(application, revision, analyst, rows, by_id["revision_id"])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return analyst


def _add_what_followed(
    application: Application, revision: ScoreRevision, analyst: Officer, rows: int, revision_id: str
) -> None:
    decision = ApplicationDecision.objects.create(
        application=application, revision=revision, officer=analyst, outcome="approved", reason="."
    )
    of_application = {"application_id": APPLICATION}
    _copy(decision, rows, id=f"{decision.pk} + n", **of_application, revision_id=revision_id)
    outcome = LoanOutcome.objects.create(
        application=application, observed_on=revision.as_of, is_bad=False, source="file",
        recorded_by=analyst,
    )  # fmt: skip
    _copy(outcome, rows * 6 // 10, id=f"{outcome.pk} + n", **of_application,
          is_bad=f"{DRAWN} < {BAD_SHARE}")  # fmt: skip
    near = f"least(0.99, {BAD_SHARE} * (0.6 + {DRAWN} * 0.8))"
    for place, name in enumerate(("boosting", "neural")):
        score = ChallengerScore.objects.create(
            revision=revision, estimator=name, version="1", sha256="0" * 64,
            probability_of_default=0.1,
        )  # fmt: skip
        _copy(score, rows, id=f"{score.pk} + {(place + 1) * 10**7} + n", revision_id=revision_id,
              probability_of_default=near)  # fmt: skip


def _copy(row: models.Model, rows: int, **changed: str) -> None:
    """Insert copies of a row, numbered n = 1…rows, with these columns as SQL expressions of n."""
    quote = connection.ops.quote_name
    table = quote(row._meta.db_table)
    columns = [field.column for field in row._meta.concrete_fields]
    values = ", ".join(changed.get(column, f"t.{quote(column)}") for column in columns)
    names = ", ".join(map(quote, columns))
    key = row._meta.pk.column
    with connection.cursor() as cursor:
        # Without parameters, for the expressions hold a % of their own.
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {values} "  # noqa: S608
            f"FROM {table} t, generate_series(1, {rows}) n WHERE t.{quote(key)} = '{row.pk}'"
        )

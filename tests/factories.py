"""One factory per record class; each makes the least that is valid, by way of the database."""

from datetime import UTC, date, datetime

import factory
from factory.django import DjangoModelFactory

from applicants.models import Applicant, Application, Branch, Consent, FinancialProfile, Officer

PASSWORD = "a-long-test-password"
ALL_SCOPES = tuple(Consent.Scope.values)


class BranchFactory(DjangoModelFactory):
    class Meta:
        model = Branch

    code = factory.Sequence(lambda n: f"B{n:03d}")
    name = factory.Sequence(lambda n: f"Branch {n}")
    country = "NL"


class OfficerFactory(DjangoModelFactory):
    """A loan officer; give ``role`` and ``branch`` for another one."""

    class Meta:
        model = Officer
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"officer{n}")
    role = Officer.Role.OFFICER
    branch = factory.SubFactory(BranchFactory)
    password = factory.django.Password(PASSWORD)


class ApplicantFactory(DjangoModelFactory):
    class Meta:
        model = Applicant

    branch = factory.SubFactory(BranchFactory)
    created_by = factory.SubFactory(OfficerFactory, branch=factory.SelfAttribute("..branch"))
    given_name = "Mira"
    family_name = factory.Sequence(lambda n: f"Sample{n}")
    date_of_birth = date(1984, 3, 9)


class ApplicationFactory(DjangoModelFactory):
    """A submitted application with one version of its profile."""

    class Meta:
        model = Application
        skip_postgeneration_save = True

    applicant = factory.SubFactory(
        ApplicantFactory,
        branch=factory.SelfAttribute("..branch"),
        created_by=factory.SelfAttribute("..created_by"),
    )
    branch = factory.SubFactory(BranchFactory)
    created_by = factory.SubFactory(OfficerFactory, branch=factory.SelfAttribute("..branch"))
    assigned_to = factory.SelfAttribute("created_by")
    number = factory.Sequence(lambda n: f"T-2026-{n:06d}")
    amount = 12_000
    currency = "EUR"
    term_months = 36
    purpose = Application.Purpose.CAR
    state = Application.State.SUBMITTED
    submitted_at = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
    profile = factory.RelatedFactory(
        "tests.factories.FinancialProfileFactory", factory_related_name="application"
    )


class FinancialProfileFactory(DjangoModelFactory):
    class Meta:
        model = FinancialProfile

    application = factory.SubFactory(ApplicationFactory, profile=None)
    version = 1
    created_by = factory.SelfAttribute("application.created_by")
    annual_income = 48_000
    monthly_debt_payments = 600
    employment_years = 5
    income_stable = True
    credit_history_years = 7
    overdue_payments = 0
    card_utilisation_percent = 25
    total_assets = 60_000
    total_liabilities = 20_000
    open_accounts = 4
    recent_enquiries = 1


class ConsentFactory(DjangoModelFactory):
    class Meta:
        model = Consent

    applicant = factory.SubFactory(ApplicantFactory)
    scope = Consent.Scope.RECORDING
    text_version = "2026-11"
    given_to = factory.SelfAttribute("applicant.created_by")


def give_consents(applicant: Applicant, *scopes: str) -> list[Consent]:
    """Record standing consents; all four scopes where none is named."""
    return [ConsentFactory(applicant=applicant, scope=scope) for scope in scopes or ALL_SCOPES]

"""Applications: numbers, versions of the profile, and moves between states."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from applicants.errors import ProblemError
from applicants.models import Applicant, Application, FinancialProfile, Officer
from applicants.services import applicants, applications
from tests.factories import ApplicantFactory, OfficerFactory

pytestmark = pytest.mark.django_db

REQUEST = {"amount": Decimal(9000), "currency": "eur", "term_months": 24, "purpose": "car"}


@pytest.fixture
def applicant(officer: Officer) -> Applicant:
    return ApplicantFactory(branch=officer.branch, created_by=officer)


def test_a_new_application_is_a_numbered_draft_with_a_first_profile(
    officer: Officer, applicant: Applicant
) -> None:
    application = applications.create_application(
        officer=officer, applicant=applicant, financials={"annual_income": 40_000}, **REQUEST
    )
    assert application.state == Application.State.DRAFT
    assert application.currency == "EUR"
    assert application.number.startswith(f"A-{timezone.localdate().year}-")
    assert application.profile().version == 1
    assert application.profile().annual_income == 40_000


@pytest.mark.parametrize(
    ("factor", "value"),
    [
        ("annual_income", -1),
        ("card_utilisation_percent", 101),
        ("overdue_payments", -1),
        ("employment_years", 81),
        ("total_assets", "many"),
    ],
)
def test_a_wrong_factor_is_refused_by_name_and_nothing_is_kept(
    officer: Officer, applicant: Applicant, factor: str, value: object
) -> None:
    with pytest.raises(ValidationError) as refusal:
        applications.create_application(
            officer=officer, applicant=applicant, financials={factor: value}, **REQUEST
        )
    assert list(refusal.value.message_dict) == [factor]
    assert not Application.objects.exists()


def test_an_unknown_factor_is_refused_by_name(officer: Officer, application: Application) -> None:
    with pytest.raises(ValidationError) as refusal:
        applications.revise_profile(application, officer=officer, anual_income=1)
    assert list(refusal.value.message_dict) == ["anual_income"]


@pytest.mark.parametrize(
    ("years", "stable"), [(Decimal("1.9"), False), (Decimal(2), True), (None, None)]
)
def test_stable_income_follows_employment_where_left_open(
    officer: Officer, application: Application, years: Decimal | None, stable: bool | None
) -> None:
    profile = applications.revise_profile(application, officer=officer, employment_years=years)
    assert profile.income_stable is stable


def test_a_correction_is_a_new_version_and_the_old_one_stands(
    officer: Officer, application: Application
) -> None:
    applications.revise_profile(application, officer=officer, annual_income=1)
    versions = list(application.profiles.values_list("version", "annual_income"))
    assert versions == [(1, 48_000), (2, 1)]


def test_the_database_refuses_to_change_a_profile(application: Application) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        FinancialProfile.objects.update(annual_income=1)


def test_a_decided_application_takes_no_new_profile(
    officer: Officer, application: Application
) -> None:
    applications.move(application, Application.State.APPROVED, officer=officer)
    with pytest.raises(ProblemError) as refusal:
        applications.revise_profile(application, officer=officer, annual_income=1)
    assert refusal.value.code == "application_closed"


def test_a_move_that_does_not_exist_is_refused(officer: Officer, application: Application) -> None:
    applications.move(application, Application.State.DECLINED, officer=officer)
    with pytest.raises(ProblemError) as refusal:
        applications.move(application, Application.State.APPROVED, officer=officer)
    assert refusal.value.status == 409
    assert application.state == Application.State.DECLINED


def test_only_a_colleague_of_the_branch_can_take_an_application(
    officer: Officer, application: Application
) -> None:
    with pytest.raises(ProblemError):
        applications.assign(application, officer=officer, to=OfficerFactory())
    colleague = OfficerFactory(branch=officer.branch)
    assert applications.assign(application, officer=officer, to=colleague).assigned_to == colleague


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"given_name": "", "family_name": "B", "date_of_birth": "1980-01-01"}, "given_name"),
        ({"given_name": "A", "family_name": "B"}, "date_of_birth"),
        ({"given_name": "A", "family_name": "B", "date_of_birth": "31.05.1980"}, "date_of_birth"),
        ({"given_name": "A", "family_name": "B", "date_of_birth": "1880-01-01"}, "date_of_birth"),
        (
            {"given_name": "A", "family_name": "B", "date_of_birth": date.today() + timedelta(1)},
            "date_of_birth",
        ),
        (
            {"given_name": "A", "family_name": "B", "date_of_birth": date.today()},
            "date_of_birth",
        ),
        ({"kind": "business", "name": " "}, "name"),
        (
            {"kind": "business", "name": "Mill", "founded": date.today() + timedelta(1)},
            "founded",
        ),
    ],
)
def test_an_impossible_applicant_is_refused_by_field(
    officer: Officer, fields: dict[str, object], named: str
) -> None:
    with pytest.raises(ValidationError) as refusal:
        applicants.create_applicant(officer=officer, branch=officer.branch, **fields)
    assert list(refusal.value.message_dict) == [named]
    assert not Applicant.objects.exists()


def test_personal_data_is_encrypted_in_the_database(officer: Officer) -> None:
    secrets = {"given_name": "Wilhelmina", "family_name": "Oosterhuis", "phone": "+31 20 555 0199"}
    applicant = applicants.create_applicant(
        officer=officer, branch=officer.branch, date_of_birth="1971-08-14", **secrets
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(a)::text FROM applicants_applicant a")
        (row,) = cursor.fetchone()
    for value in (*secrets.values(), "1971-08-14", "oosterhuis"):
        assert value not in row
    applicant.refresh_from_db()
    assert applicant.family_name == "Oosterhuis"

"""What an officer may see: their branch, by role; found through blind indexes."""

import pytest

from applicants.models import Applicant, Application, Officer
from applicants.selectors import (
    applicants_for,
    applications_for,
    audit_for,
    possible_duplicates,
    search_applicants,
)
from applicants.services import audit
from tests.factories import ApplicantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def applicant(officer: Officer) -> Applicant:
    return ApplicantFactory(
        branch=officer.branch,
        created_by=officer,
        given_name="Zoë",
        family_name="Ångström",
        phone="+46 (0)8 555-0102",
        email="Zoe@Example.org",
        national_id="SE-1",
    )


@pytest.mark.parametrize(
    "query",
    ["zoe angstrom", "Ångström", "ZOË ÅNGSTRÖM", "+46085550102", "zoe@example.org", "se-1"],
)
def test_an_applicant_is_found(officer: Officer, applicant: Applicant, query: str) -> None:
    assert list(search_applicants(officer, query)) == [applicant]


@pytest.mark.parametrize("query", ["", "zoe", "angstroem", "SE-2"])
def test_nothing_is_found_by_less(officer: Officer, applicant: Applicant, query: str) -> None:
    assert not search_applicants(officer, query).exists()


def test_an_applicant_is_found_by_application_number(
    officer: Officer, application: Application
) -> None:
    assert list(search_applicants(officer, application.number.lower())) == [application.applicant]


def test_another_branch_sees_nothing(
    other_branch_officer: Officer, application: Application
) -> None:
    assert not applicants_for(other_branch_officer).exists()
    assert not applications_for(other_branch_officer).exists()
    assert not search_applicants(other_branch_officer, application.number).exists()


def test_the_auditor_reads_every_branch(auditor: Officer, application: Application) -> None:
    assert list(applications_for(auditor)) == [application]


def test_the_administrator_sees_no_applicant(admin: Officer, application: Application) -> None:
    assert not applicants_for(admin).exists()


def test_the_audit_trail_is_for_those_who_audit(officer: Officer, auditor: Officer) -> None:
    event = audit.record("step")
    assert list(audit_for(auditor)) == [event]
    assert not audit_for(officer).exists()


def test_a_duplicate_is_recognised_by_phone_in_the_same_branch(applicant: Applicant) -> None:
    twin = ApplicantFactory(
        branch=applicant.branch, created_by=applicant.created_by, phone="+46 08 5550102"
    )
    officer = applicant.created_by
    assert list(possible_duplicates(officer, twin)) == [applicant]
    elsewhere = ApplicantFactory(phone="+46 08 5550102")
    assert not possible_duplicates(officer, elsewhere).exists()

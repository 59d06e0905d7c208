"""Consent: scope by scope, recorded with its text, withdrawn without loss of history."""

import pytest
from django.core.exceptions import ValidationError

from applicants.models import Applicant, AuditEvent, Consent, Officer
from applicants.selectors import has_consent, standing_consents
from applicants.services import consents
from tests.factories import ApplicantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def applicant(officer: Officer) -> Applicant:
    return ApplicantFactory(branch=officer.branch, created_by=officer)


def test_consent_keeps_text_version_time_and_officer(
    applicant: Applicant, officer: Officer
) -> None:
    consents.give(applicant, ["recording", "voice"], officer=officer)
    consent = standing_consents(applicant)["voice"]
    assert (consent.text_version, consent.given_to) == (consents.TEXT_VERSION, officer)
    assert not has_consent(applicant, "face")


def test_giving_twice_keeps_the_first(applicant: Applicant, officer: Officer) -> None:
    consents.give(applicant, ["recording"], officer=officer)
    consents.give(applicant, ["recording", "face"], officer=officer)
    assert Consent.objects.filter(scope="recording").count() == 1


@pytest.mark.parametrize("scopes", [[], ["iris"], ["face"]])
def test_consent_that_cannot_stand_is_refused(
    applicant: Applicant, officer: Officer, scopes: list[str]
) -> None:
    with pytest.raises(ValidationError) as refusal:
        consents.give(applicant, scopes, officer=officer)
    assert "scopes" in refusal.value.message_dict
    assert not Consent.objects.exists()


def test_withdrawing_one_scope_leaves_the_others(applicant: Applicant, officer: Officer) -> None:
    consents.give(applicant, Consent.RECORDED, officer=officer)
    assert consents.withdraw(applicant, ["face"], officer=officer) == ["face"]
    assert set(standing_consents(applicant)) == {"recording", "voice", "gait"}
    assert AuditEvent.objects.get(action="consent.withdrawn").detail == {"scopes": ["face"]}


def test_without_the_recording_nothing_stands(applicant: Applicant, officer: Officer) -> None:
    consents.give(applicant, Consent.RECORDED, officer=officer)
    assert len(consents.withdraw(applicant, ["recording"], officer=officer)) == 4
    assert standing_consents(applicant) == {}


def test_consent_can_be_given_again_after_withdrawal(
    applicant: Applicant, officer: Officer
) -> None:
    for _ in range(2):
        consents.give(applicant, ["recording"], officer=officer)
        consents.withdraw(applicant, ["recording"], officer=officer)
    assert Consent.objects.filter(applicant=applicant).count() == 2

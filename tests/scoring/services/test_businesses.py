"""Small businesses: their own scorecard decides, their own factors are asked of nobody else."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from applicants.models import Applicant, Application, Officer
from scoring.models import ScoreRevision
from scoring.services.applications import open_application, revise_profile
from scoring.services.challengers import run_challengers
from scoring.services.rescore import replay, rescore
from tests.factories import ApplicantFactory

pytestmark = pytest.mark.django_db

LOAN = {"amount": 40_000, "currency": "USD", "term_months": 84, "purpose": "equipment"}
FIRM = {"employees": 30, "jobs_created": 4, "guaranteed_share_percent": 75}


@pytest.fixture
def business(officer: Officer) -> Applicant:
    return ApplicantFactory(
        kind=Applicant.Kind.BUSINESS,
        name="Harbour Bakery",
        given_name="",
        family_name="",
        date_of_birth=None,
        branch=officer.branch,
        created_by=officer,
    )


def opened(officer: Officer, applicant: Applicant, **financials: Any) -> ScoreRevision:
    __, revision = open_application(
        officer=officer, applicant=applicant, financials=financials, **LOAN
    )
    return revision


def test_the_business_scorecard_decides_and_its_points_sum(
    officer: Officer, business: Applicant
) -> None:
    revision = opened(officer, business, **FIRM)
    assert revision.estimator == "business_scorecard"
    assert revision.models_used[0]["name"] == "business_scorecard"
    points = sum(each["points"] for each in revision.contributions)
    assert revision.base_points + points == revision.financial_score
    assert "employees" in {each["characteristic"] for each in revision.strengths}


def test_a_smaller_firm_without_a_guarantor_is_told_why_it_scores_less(
    officer: Officer, business: Applicant
) -> None:
    sound = opened(officer, business, **FIRM)
    weak = opened(officer, business, employees=1, jobs_created=0, guaranteed_share_percent=0)
    assert weak.financial_score < sound.financial_score
    codes = [each["code"] for each in weak.reasons]
    assert codes[:2] == ["guaranteed_share", "employees"]


def test_nothing_known_of_a_firm_costs_no_points(officer: Officer, business: Applicant) -> None:
    revision = opened(officer, business)
    assert revision.financial_score == revision.base_points
    assert len(revision.missing) == len(revision.contributions)


def test_all_amounts_times_a_constant_change_nothing(officer: Officer, business: Applicant) -> None:
    money = {"annual_income": 90_000, "monthly_debt_payments": 900, "total_assets": 50_000}
    dollars = opened(officer, business, **FIRM, **money, total_liabilities=20_000)
    yen = {name: 150 * value for name, value in money.items()}
    applicant_in_yen = opened(officer, business, **FIRM, **yen, total_liabilities=3_000_000)
    assert dollars.financial_score == applicant_in_yen.financial_score


def test_estimators_that_learnt_from_people_do_not_run_beside_it(
    officer: Officer, business: Applicant
) -> None:
    assert run_challengers(opened(officer, business, **FIRM)) == []


def test_a_stored_business_score_is_replayed_to_the_same_points(
    officer: Officer, business: Applicant
) -> None:
    revision = opened(officer, business, **FIRM)
    again = replay(revision)
    assert again.final_score_points == revision.final_score
    assert again.financial.estimator == "business_scorecard"
    assert rescore(revision.application, ScoreRevision.Cause.POLICY_CHANGED) == revision


def test_the_api_takes_business_factors_and_refuses_wrong_ones_by_name(
    api_of: Callable[[Officer], APIClient], officer: Officer, business: Applicant
) -> None:
    url, body = reverse("api_applications"), {"applicant": str(business.pk), **LOAN}
    client = api_of(officer)
    answer = client.post(url, {**body, "financials": FIRM}, format="json")
    assert answer.status_code == 201
    assert answer.data["score"]["estimator"] == "business_scorecard"
    assert answer.data["financials"]["employees"] == 30
    for wrong in ({"employees": -1}, {"guaranteed_share_percent": 120}, {"jobs_created": "some"}):
        refused = client.post(url, {**body, "financials": wrong}, format="json")
        assert refused.status_code == 400
        assert [name.split(".")[-1] for name in refused.data["error"]["fields"]] == list(wrong)
    assert Application.objects.count() == 1


def test_a_person_is_not_asked_about_employees(
    api_of: Callable[[Officer], APIClient], officer: Officer
) -> None:
    person = ApplicantFactory(branch=officer.branch, created_by=officer)
    body = {"applicant": str(person.pk), **LOAN, "financials": {"employees": 3}}
    refused = api_of(officer).post(reverse("api_applications"), body, format="json")
    assert refused.status_code == 400
    assert refused.data["error"]["fields"] == {"employees": "This is asked of businesses only."}


def test_the_form_of_a_business_asks_what_its_scorecard_reads(
    client_of: Callable[[Officer], Client], officer: Officer, business: Applicant
) -> None:
    client = client_of(officer)
    page = client.get(reverse("scoring:application_new", args=[business.pk]))
    assert b"Turnover per year" in page.content
    assert b'name="guaranteed_share_percent"' in page.content
    posted = client.post(
        reverse("scoring:application_new", args=[business.pk]),
        {**LOAN, "employees": "12", "real_estate_backed": "true"},
    )
    assert posted.status_code == 302
    profile = Application.objects.get().profile()
    assert (profile.employees, profile.real_estate_backed) == (12, True)
    revise_profile(profile.application, officer=officer, **{**profile.factors(), "employees": 13})
    shown = client.get(reverse("scoring:application_score", args=[profile.application.pk]))
    assert b"Secured by real estate" in shown.content


def test_the_form_of_a_person_does_not(
    client_of: Callable[[Officer], Client], officer: Officer
) -> None:
    person = ApplicantFactory(branch=officer.branch, created_by=officer)
    page = client_of(officer).get(reverse("scoring:application_new", args=[person.pk]))
    assert b'name="employees"' not in page.content

"""Every bin of the deciding scorecard with its source, and this application's own bin."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from applicants.models import Applicant, Application, Officer
from scoring.models import ScoreRevision
from scoring.provenance import provenance_of
from scoring.services.rescore import rescore
from tests.factories import ApplicantFactory, ApplicationFactory, FinancialProfileFactory
from tests.scoring.engine import builders

ClientOf = Callable[[Officer], Client]


def test_rows_hold_range_points_source_and_the_own_bin() -> None:
    values = {
        "card_utilisation_percent": 45.0,
        "overdue_payments": None,
        "assets_to_liabilities": 2.0,
    }
    rows = provenance_of(builders.scorecard(), values, builders.policy().scale)
    utilisation, overdue, assets = rows
    assert [one.range for one in utilisation.bins] == [
        "below 30", "30 to below 70", "70 and more", "not given",
    ]  # fmt: skip
    assert [one.points for one in utilisation.bins] == [65, 0, -79, 0]
    assert [one.is_own for one in utilisation.bins] == [False, True, False, False]
    assert utilisation.bins[0].share_percent == 50.0
    assert overdue.bins[-1].is_own
    assert overdue.value == "not given"
    assert not assets.is_trained
    assert assets.bins[0].share_percent is None


@pytest.mark.django_db
def test_the_page_names_trained_and_expert_points(
    client_of: ClientOf, scored: Application, officer: Officer
) -> None:
    page = client_of(officer).get(reverse("scoring:score_points", args=[scored.pk]))
    text = page.content.decode()
    assert page.status_code == 200
    assert text.count("expert points") == 5
    assert "Give Me Some Credit" in text
    assert text.count("this application") == 9
    score = client_of(officer).get(reverse("scoring:application_score", args=[scored.pk]))
    assert reverse("scoring:score_points", args=[scored.pk]) in score.content.decode()


@pytest.mark.django_db
def test_a_firm_sees_its_own_scorecard(client_of: ClientOf, officer: Officer) -> None:
    firm = ApplicantFactory(
        kind=Applicant.Kind.BUSINESS, name="Bakery", branch=officer.branch, created_by=officer
    )
    application = ApplicationFactory(applicant=firm, branch=officer.branch, created_by=officer)
    rescore(application, ScoreRevision.Cause.APPLICATION_CREATED)
    page = client_of(officer).get(reverse("scoring:score_points", args=[application.pk]))
    assert "US government data" in page.content.decode()


@pytest.mark.django_db
def test_little_known_is_said_on_the_page_and_in_the_api(
    client_of: ClientOf, officer: Officer
) -> None:
    thin = ApplicationFactory(branch=officer.branch, created_by=officer, profile=None)
    FinancialProfileFactory(
        application=thin,
        card_utilisation_percent=None,
        overdue_payments=None,
        open_accounts=None,
        credit_history_years=None,
        monthly_debt_payments=None,
    )
    revision = rescore(thin, ScoreRevision.Cause.APPLICATION_CREATED)
    assert revision.uncertainty["is_wide"]
    client = client_of(officer)
    page = client.get(reverse("scoring:application_score", args=[thin.pk]))
    assert "Little is known" in page.content.decode()
    answer = client.get(reverse("api_scores", args=[thin.pk])).json()
    told = answer["results"][0]["uncertainty"]
    assert told["low"] < answer["results"][0]["financial_score"] < told["high"]
    assert "overdue_payments" in told["missing"]

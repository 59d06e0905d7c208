"""The cut-off strategy page against hand-made books."""

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from applicants.models import Application, Officer
from scoring import book as books
from scoring.models import ChallengerScore, ScoreRevision
from scoring.services import outcomes, review
from scoring.services import policy as policies
from scoring.services.rescore import rescore
from tests.factories import ApplicationFactory

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Officer], Client]
URL = "scoring:strategy"


@pytest.fixture
def loan(scored: Application, senior: Officer, analyst: Officer) -> Application:
    """A loan that was granted, and then went bad."""
    review.decide_application(scored, officer=senior, outcome="approved", reason="A long record.")
    outcomes.record(
        scored, officer=analyst, observed_on=date.today(), is_bad=True, days_past_due=100
    )
    return scored


def test_an_empty_book_says_so(analyst: Officer, client_of: ClientOf) -> None:
    response = client_of(analyst).get(reverse(URL))
    assert "Nothing scored yet" in response.content.decode()


def test_the_curve_sums_what_was_scored(
    loan: Application, analyst: Officer, client_of: ClientOf
) -> None:
    response = client_of(analyst).get(reverse(URL))
    now, revision = response.context["now"], loan.score_revisions.get()
    assert (now.points, now.approved, now.outcomes) == (560, 1, 1)
    assert now.expected_default_rate == pytest.approx(revision.probability_of_default)
    assert now.realised_default_rate == 1.0
    assert now.expected_loss == pytest.approx(0.45 * 12_000 * revision.probability_of_default)
    assumed = client_of(analyst).get(
        reverse(URL),
        {"loss_given_default": "90", "margin": "0", "cost_per_loan": "0", "currency": "EUR"},
    )
    assert assumed.context["now"].expected_loss == pytest.approx(2 * now.expected_loss)
    assert assumed.context["now"].profit == pytest.approx(-2 * now.expected_loss)


@pytest.mark.parametrize("margin", ["-1", "101", "nan", "", "much"])
def test_a_wrong_assumption_is_told_at_its_field(
    margin: str, loan: Application, analyst: Officer, client_of: ClientOf
) -> None:
    given = {"loss_given_default": "45", "margin": margin, "cost_per_loan": "1", "currency": "EUR"}
    response = client_of(analyst).get(reverse(URL), given)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["margin"]


def test_currencies_branches_and_scales_are_not_mixed(
    loan: Application, analyst: Officer, senior: Officer, client_of: ClientOf
) -> None:
    other = ApplicationFactory(currency="USD")
    rescore(other, ScoreRevision.Cause.APPLICATION_CREATED)
    assert books.currencies(senior) == ["EUR"]
    assert set(books.currencies(analyst)) == {"EUR", "USD"}
    parsed = policies.active().parsed
    assert books.book(analyst, "EUR", parsed).applications == 1
    parameters = {**policies.active().parameters, "points_to_double_odds": 40}
    policies.activate(
        policies.propose(officer=analyst, parameters=parameters, reason="Another scale."),
        officer=senior,
    )
    left = client_of(senior).get(reverse(URL)).context["book"]
    assert (left.applications, left.left_out) == (0, 1)


def test_a_decided_application_counts_with_the_score_it_was_decided_on(
    loan: Application, analyst: Officer
) -> None:
    decided_on = loan.decision.revision
    loan.profiles.create(version=2, created_by=analyst, overdue_payments=9)
    later = rescore(loan, ScoreRevision.Cause.PROFILE_CHANGED)
    assert later.final_score != decided_on.final_score
    (row,) = books.book(analyst, "EUR", policies.active().parsed).sums
    assert (row.score_points, row.good, row.bad) == (decided_on.final_score, 0, 1)
    outcomes.record(loan, officer=analyst, observed_on=date.today(), is_bad=False)
    (corrected,) = books.book(analyst, "EUR", policies.active().parsed).sums
    assert (corrected.applications, corrected.good, corrected.bad) == (1, 1, 0)


def test_challengers_stand_beside_the_champion(
    loan: Application, analyst: Officer, client_of: ClientOf
) -> None:
    revision = loan.score_revisions.get()
    ChallengerScore.objects.create(
        revision=revision, estimator="boosting", version="1", sha256="0" * 64,
        probability_of_default=0.5,
    )  # fmt: skip
    response = client_of(analyst).get(reverse(URL))
    (row,) = response.context["challengers"]
    assert (row["comparison"].cases, row["comparison"].moved) == (1, 1)
    assert row["comparison"].outcomes == 1
    assert row["comparison"].champion_auc is None
    assert "Classes, champion against Gradient boosting" in response.content.decode()

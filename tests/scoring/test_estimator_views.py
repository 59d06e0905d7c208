"""The pages of estimators walk a scorecard from candidate into force."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from applicants.models import Application, Officer
from scoring import dispatch, tasks
from scoring.engine.places import PLACES
from scoring.models import EstimatorProposal, ModelVersion
from scoring.services.estimator_installing import install
from tests.scoring.own_estimators import ORIGIN, write_own_scorecard

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Officer], Client]


@pytest.fixture
def candidate(tmp_path: Path, settings: Any, analyst: Officer) -> ModelVersion:
    settings.OWN_ESTIMATORS_DIR = tmp_path / "own"
    settings.SHADOW_MIN_SCORES = 1
    return install(
        write_own_scorecard(tmp_path / "given"), ORIGIN, PLACES["scorecard"], officer=analyst
    )


def test_a_candidate_comes_into_force_by_two_people(
    candidate: ModelVersion, scored: Application, analyst: Officer, senior: Officer,
    client_of: ClientOf, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    queued: list[str] = []
    monkeypatch.setattr(dispatch, "rescore_open_applications", queued.append)
    first, second = client_of(analyst), client_of(senior)
    page = reverse("scoring:estimator_version", args=[candidate.pk])
    step = reverse("scoring:estimator_step", args=[candidate.pk])
    assert b"Trained on own loans." in first.get(page).content
    first.post(step, {"action": "shadow"})
    assert b"Nothing compared yet" in first.get(page).content
    tasks.run_challengers(scored.score_revisions.get().pk)
    first.post(step, {"action": "propose", "reason": "Trained on our own loans."})
    proposal = EstimatorProposal.objects.get()
    decide = reverse("scoring:estimator_proposal_step", args=[proposal.pk])
    own = first.post(decide, {"action": "approve"}, follow=True)
    assert b"Another person than the author must approve." in own.content
    second.post(decide, {"action": "approve"})
    candidate.refresh_from_db()
    assert candidate.state == "active"
    assert queued == ["model_changed"]
    listed = first.get(reverse("scoring:estimators")).content.decode()
    assert "bank-1" in listed


def test_what_is_typed_wrong_is_told(
    candidate: ModelVersion, analyst: Officer, client_of: ClientOf
) -> None:
    step = reverse("scoring:estimator_step", args=[candidate.pk])
    for body in ({"action": "propose"}, {"action": "propose", "reason": "\0"}, {"action": "stop"}):
        answer = client_of(analyst).post(step, body, follow=True)
        assert answer.status_code == 200
        assert answer.context["messages"]
    assert not EstimatorProposal.objects.exists()

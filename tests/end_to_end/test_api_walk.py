"""The guide to the API, run as it is written: its shell blocks, bash and curl."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from applicants.models import Application, Branch, Officer
from scoring.models import ReviewFlag, ScoreRevision
from scoring.services.rescore import rescore
from tests.end_to_end.guides import GUIDES, walk
from tests.end_to_end.running_site import Site
from tests.factories import ApplicationFactory, OfficerFactory

pytestmark = pytest.mark.services

STAGE_FIELDS = {"name", "state", "done", "total", "error"}
SCORE_FIELDS = {
    "sequence", "created_at", "cause", "financial_score", "adjustment", "final_score",
    "credit_class", "probability_of_default", "reasons", "contributions", "models", "policy",
}  # fmt: skip
OBSERVATION_FIELDS = {
    "modality", "t_start_s", "t_end_s", "person", "probabilities", "valence", "arousal",
    "confidence",
}  # fmt: skip


@pytest.fixture
def open_flag(transactional_db: None) -> ReviewFlag:
    """The two accounts that the guide names, and a flag that neither of them worked on."""
    branch = Branch.objects.create(code="HARBOUR", name="Harbour")
    OfficerFactory(username="officer", branch=branch)
    OfficerFactory(username="senior", branch=branch, role=Officer.Role.SENIOR_OFFICER)
    application = ApplicationFactory(branch=branch)
    revision = rescore(application, ScoreRevision.Cause.APPLICATION_CREATED)
    return ReviewFlag.objects.create(
        application=application, revision=revision, rule_id="several_people", rule_version="1",
        title="Several people", text="Two people were seen.", observed=2, threshold=1,
        priority=1, due_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip


def test_the_guide_works_as_it_is_written(
    site: Site, open_flag: ReviewFlag, interview: Path
) -> None:
    said = walk(site, GUIDES / "api_walk.md", "RECORDING=interview.mp4", interview)
    consents, job, observations, scores, decided = map(json.loads, said)

    assert {row["scope"] for row in consents} == {"recording", "face", "voice", "gait"}
    assert job["status"] == "done"
    assert job["progress"] == 1
    assert all(set(stage) >= STAGE_FIELDS for stage in job["stages"])
    assert observations["count"] > 0
    for row in observations["results"]:
        assert set(row) >= OBSERVATION_FIELDS
        assert row["modality"] == "face"
        assert row["t_start_s"] < 10
        assert sum(row["probabilities"].values()) == pytest.approx(1, abs=1e-3)
    assert scores["results"][0]["cause"] == "application_created"
    assert "evidence_arrived" in {row["cause"] for row in scores["results"]}
    for row in scores["results"]:
        adds_up(row)
    assert decided["id"] == str(open_flag.pk)
    assert decided["state"] == "dismissed"
    assert Application.objects.filter(created_by__username="officer").count() == 1


def adds_up(row: dict[str, Any]) -> None:
    assert set(row) >= SCORE_FIELDS
    points = sum(contribution["points"] for contribution in row["contributions"])
    assert row["base_points"] + points == row["financial_score"]
    assert row["financial_score"] + row["adjustment"] == row["final_score"]

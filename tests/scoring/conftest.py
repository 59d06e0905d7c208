"""An application with consent and a score, and evidence to hand over."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from applicants.models import Application, Officer
from scoring.models import ReviewFlag, ScoreRevision
from scoring.services.evidence import HandOver
from scoring.services.rescore import rescore
from tests.factories import OfficerFactory, give_consents
from tests.scoring.engine import builders

SEEN_AT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
CALM = (0.04, 0.02, 0.03, 0.15, 0.66, 0.06, 0.04)

HandOverOf = Callable[..., HandOver]


@pytest.fixture
def consented(application: Application) -> Application:
    give_consents(application.applicant)
    return application


@pytest.fixture
def scored(consented: Application) -> Application:
    rescore(consented, ScoreRevision.Cause.APPLICATION_CREATED)
    return consented


@pytest.fixture
def hand_over() -> HandOverOf:
    """Make a hand-over of a new recording: ``hand_over("happy", modality="voice")``."""

    def make(label: str = "", summary: dict[str, Any] | None = None, **changes: Any) -> HandOver:
        probabilities = builders.only(label) if label else CALM
        content: dict[str, Any] = {
            "session_id": uuid.uuid4(),
            "recording_id": uuid.uuid4(),
            "modality": "face",
            "observed_at": SEEN_AT,
            "models": ({"name": "face", "version": "1", "sha256": "f" * 64},),
        }
        made = builders.summary(probabilities, **(summary or {}))
        return HandOver(**(content | changes), summary=made)

    return make


@pytest.fixture
def second_senior(officer: Officer) -> Officer:
    """A senior of the branch who has not touched any case."""
    return OfficerFactory(
        username="second_senior", branch=officer.branch, role=Officer.Role.SENIOR_OFFICER
    )


@pytest.fixture
def flag(scored: Application) -> ReviewFlag:
    """An open flag of the scored application."""
    revision = scored.score_revisions.get()
    return ReviewFlag.objects.create(
        application=scored,
        revision=revision,
        rule_id="several_people",
        rule_version="1",
        title="Several people in the picture",
        text="The interview of one applicant shows 2 people.",
        observed=2,
        threshold=1,
        priority=1,
        due_at=SEEN_AT,
    )

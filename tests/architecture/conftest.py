"""What the tests of this folder share."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import models
from django.test import Client
from django.utils import timezone

from applicants.models import Application, Officer, SubjectRequest
from media_processing.models import NetworkProposal, Upload
from media_processing.services import storage
from media_processing.services.live import capture, chunks
from media_processing.services.sessions import open_session
from scoring.models import (
    BatchJob,
    CreditTable,
    EstimatorProposal,
    ModelVersion,
    MonitoringAlarm,
    ReviewFlag,
    ScoreRevision,
    TrainingRun,
)
from scoring.services import monitoring
from scoring.services.rescore import rescore
from tests.factories import (
    ProcessingJobFactory,
    QuestionListFactory,
    give_consents,
)

ClientOf = Callable[[Officer], Client]


@pytest.fixture
def failing_is_answered(client_of: ClientOf) -> ClientOf:
    """A client that answers 500 where the product fails, as the server would."""

    def signed_in(officer: Officer) -> Client:
        client = client_of(officer)
        client.raise_request_exception = False
        return client

    return signed_in


@pytest.fixture
def world(application: Application, officer: Officer) -> dict[str, object]:
    """One of each object, all of the Harbour branch; returns their keys."""
    revision = rescore(application, ScoreRevision.Cause.APPLICATION_CREATED)
    job = ProcessingJobFactory(
        recording__session__application=application, recording__session__created_by=officer
    )
    session = job.recording.session
    session.data_key = storage.new_wrapped_key(session)
    session.save(update_fields=["data_key"])
    now = timezone.now()
    flag = ReviewFlag.objects.create(
        application=application, revision=revision, rule_id="several_people", rule_version=1,
        title="Several people", text="Two people were seen.", observed=2, threshold=1,
        priority=2, created_at=now, due_at=now + timedelta(days=1),
    )  # fmt: skip
    upload = Upload.objects.create(
        officer=officer, session=session, kind="interview", name="a.mp4", length=10,
        expires_at=now + timedelta(hours=1),
    )  # fmt: skip
    give_consents(application.applicant)
    recordable = open_session(application, officer=officer)
    live = capture.open_capture(officer, recordable, kind="interview", questions=["Why?"])
    chunks.begin_take(live, media_type="video/webm", client="tab")
    version = ModelVersion.objects.create(
        kind=ModelVersion.Kind.NETWORK, name="face_emotion", version="bank-1", is_own=True,
        file="own.onnx", sha256="0" * 64, card="own.md", state=ModelVersion.State.CANDIDATE,
    )  # fmt: skip
    estimator = ModelVersion.objects.create(
        kind=ModelVersion.Kind.ESTIMATOR, name="scorecard", version="bank-1", is_own=True,
        file="scorecard.json", sha256="1" * 64, card="card.md", state=ModelVersion.State.CANDIDATE,
    )  # fmt: skip
    table = CreditTable.objects.create(
        name="loans.csv", licence="Own", sha256="2" * 64, size_bytes=10, uploaded_by=officer,
        state="done", profile={"columns": [], "faults": [], "target_candidates": []}, rows=1,
    )  # fmt: skip
    batch = BatchJob.objects.create(
        created_by=officer, branch=officer.branch, name="people.csv", format="csv", size_bytes=1,
        sha256="0" * 64, language="en", policy=revision.policy, expires_at=now + timedelta(days=1),
    )  # fmt: skip
    objects: dict[str, models.Model] = {
        "credit_table": table,
        "training": TrainingRun.objects.create(
            table=table, created_by=officer, state="done", choice={"columns_as": {}}
        ),
        "batch": batch,
        "estimator": estimator,
        "estimator_proposal": EstimatorProposal.objects.create(
            version=estimator, author=officer, reason="Why."
        ),
        "application": application, "applicant": application.applicant, "session": session,
        "recording": job.recording, "job": job, "stage": job.stages.first(), "flag": flag,
        "upload": upload, "live": live, "network_version": version,
        "alarm": _alarm(),
        "subject_request": SubjectRequest.objects.create(
            applicant=application.applicant, kind="export", recorded_by=officer
        ),
        "rectification": SubjectRequest.objects.create(
            applicant=application.applicant, kind="rectify", recorded_by=officer
        ),
        "question_list": QuestionListFactory(branch=application.branch, created_by=officer),
        "proposal": NetworkProposal.objects.create(version=version, author=officer, reason="Why."),
    }  # fmt: skip
    keys: dict[str, object] = {name: each.pk for name, each in objects.items()}
    return keys | {"policy": revision.policy.version, "network": "face_emotion"}


def _alarm() -> MonitoringAlarm:
    report = monitoring.stability_report(timezone.localdate().replace(day=1))
    return MonitoringAlarm.objects.create(
        report=report, month=report.month, figure="score_stability", subject="final", level="warn",
        value=0.15, threshold=0.1,
    )  # fmt: skip

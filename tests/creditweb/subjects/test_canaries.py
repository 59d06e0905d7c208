"""No log line, message, result or cache entry holds personal data, a media path or a measurement.

One person whose every value can be recognised goes through pages, API, upload, real preparation,
analysis, failures, a copy of all data and erasure; then all that left the database is searched.
"""

import io
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.test import Client
from django.urls import reverse

from applicants.models import Applicant, Application, Officer
from applicants.services.subject_requests import receive
from creditweb import dispatch
from creditweb.subjects import exports, rights
from media_processing import pipeline
from media_processing.analysis.types import (
    CanonicalMedia,
    Emit,
    Modality,
    ModalityResult,
    ModalityStatus,
    Observation,
    Progress,
)
from media_processing.models import CaptureSession, Recording, Stage
from media_processing.services import intake, leases
from media_processing.stages import base, handover
from media_processing.stages.modality import run_modality
from tests.factories import give_consents
from tests.media_processing.media_files import tone, write_video

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Officer], Client]

PERSON = {
    "given_name": "Canaryia", "family_name": "Kanarienvogel", "date_of_birth": "1971-11-23",
    "national_id": "CANARY-77-4411", "email": "canary.bird@cage.example",
    "phone": "+31 20 9081726", "country": "NL",
}  # fmt: skip
INCOME, FILE_NAME = "48173.29", "kanarienvogel-at-home.mp4"
VALENCE, MEASURE = 0.7361942581, 0.5823194702
HAPPY = (0.02, 0.02, 0.02, 0.84, 0.06, 0.02, 0.02)


def _analyse(
    media: CanonicalMedia, *, weights_dir: Path, emit: Emit, progress: Progress
) -> ModalityResult:
    found = [
        Observation(Modality.FACE, t / 5, t / 5 + 0.2, 0, HAPPY, VALENCE, 0.3, 0.9, 0.9)
        for t in range(10)
    ]
    emit(found)
    return ModalityResult(
        Modality.FACE, ModalityStatus.DONE, coverage=1.0, measures={"pace": MEASURE},
        observations=found, quality=[], series={"x": [(0.0, VALENCE)]},
    )  # fmt: skip


def _breaks(context: base.StageContext) -> base.Outcome:
    values = (context.recording.original_name, VALENCE, PERSON)
    raise RuntimeError(f"a defect with {len(values)} values at hand")


def _claimed(recording: Recording, name: str) -> leases.Claim:
    Stage.objects.filter(job__recording=recording, name=name).update(state="queued", attempt=0)
    held = leases.claim(Stage.objects.get(job__recording=recording, name=name).pk)
    assert held is not None
    return held


def _on_the_pages(desk: Client, officer: Officer) -> Application:
    desk.post(reverse("applicant_new"), PERSON)
    person = Applicant.objects.get()
    desk.get(reverse("applicant_list"), {"q": "Kanarienvogel"})
    desk.post(reverse("applicant_reveal", args=[person.pk]))
    desk.post(reverse("applicant_edit", args=[person.pk]), {**PERSON, "date_of_birth": "nonsense"})
    give_consents(person)
    loan = {"amount": "12000", "currency": "EUR", "term_months": "36", "purpose": "car"}
    desk.post(
        reverse("scoring:application_new", args=[person.pk]), {**loan, "annual_income": INCOME}
    )
    application = Application.objects.get()
    desk.get(reverse("scoring:application_score", args=[application.pk]))
    desk.get(f"/applicants/{person.pk}/nothing-here/")
    desk.get(reverse("api_applicant", args=[person.pk]))
    desk.post(reverse("api_applications"), {"applicant": str(person.pk), "amount": "Kanarienvogel"})
    desk.post(reverse("media:new_session", args=[application.pk]))
    return application


def _through_the_stages(session: CaptureSession, officer: Officer, path: Path) -> Recording:
    content = path.read_bytes()
    recording, __ = intake.accept(
        [content], session=session, kind="interview", name=FILE_NAME, size_bytes=len(content),
        officer=officer,
    )  # fmt: skip
    pipeline.run(recording.job.stages.get(name="canonicalise").pk)
    base.execute(_claimed(recording, "face"), _breaks)
    base.execute(
        _claimed(recording, "face"),
        lambda context: run_modality(context, "face", ("face_emotion",), _analyse),
    )
    base.execute(_claimed(recording, "handover"), handover.run)
    recording.refresh_from_db()
    return recording


def _redis_content() -> bytes:
    server = redis.Redis.from_url(settings.REDIS_URL)
    found = []
    for key in server.keys("*"):
        kind = server.type(key)
        values = {b"list": lambda k: server.lrange(k, 0, -1), b"string": lambda k: [server.get(k)],
                  b"hash": server.hvals, b"set": server.smembers}  # fmt: skip
        found += [key, *values[kind](key)] if kind in values else [key]
    return b"\n".join(found)


def test_nothing_recognisable_leaves_the_database(
    officer: Officer, data_officer: Officer, client_of: ClientOf, media_folder: Path,
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    redis.Redis.from_url(settings.REDIS_URL).flushdb()
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    logging.getLogger().addHandler(handler)
    caplog.set_level(logging.DEBUG)
    for name in ("media_processing", "creditweb", "scoring", "applicants", "django", "celery"):
        caplog.set_level(logging.DEBUG, logger=name)
    try:
        application = _on_the_pages(client_of(officer), officer)
        session = CaptureSession.objects.get()
        film = write_video(tmp_path / FILE_NAME, seconds=2.0, sound=tone(2.0))
        recording = _through_the_stages(session, officer, film)
        broken = client_of(officer)
        broken.raise_request_exception = False
        with monkeypatch.context() as patch:
            patch.setattr("scoring.views.scores.summary_of", lambda revision: 1 / 0)
            url = reverse("scoring:application_score", args=[application.pk])
            assert broken.get(url).status_code == 500
        person = application.applicant
        export = exports.start(
            receive(person, "export", officer=data_officer), officer=data_officer
        )
        dispatch.make_export(export.pk)
        assert exports.make(export.pk) is not None
        rights.erase(receive(person, "erase", officer=data_officer), officer=data_officer)
    finally:
        logging.getLogger().removeHandler(handler)
    told = caplog.text + written.getvalue()
    assert "stage_broke" in told, "the failing stage left a line"
    assert "request_failed" in told, "the failing page left a line"
    queued = _redis_content()
    assert b"creditweb.tasks.make_export" in queued, "the message of the copy is among them"
    assert b"celery-task-meta" not in queued, "results are not kept"
    canaries = [value for name, value in PERSON.items() if name != "country"]
    canaries += [INCOME, FILE_NAME, str(VALENCE), str(MEASURE), str(film), str(media_folder)]
    canaries += [recording.source_key, recording.playback_key, recording.audio_key]
    assert all(canaries)
    for canary in canaries:
        assert canary not in told, f"{canary} was logged"
        assert canary.encode() not in queued, f"{canary} is in the queue or cache"

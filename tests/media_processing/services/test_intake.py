"""A file becomes a recording with a job and an audit row, or leaves nothing but an audit row."""

from pathlib import Path

import pytest
from django.db import DatabaseError

from applicants.errors import ProblemError, TooManyError
from applicants.models import AuditEvent, Officer
from applicants.services import consents
from media_processing.models import CaptureSession, ProcessingJob, Recording, Stage
from media_processing.services import intake, jobs
from tests.media_processing.conftest import stored_files

pytestmark = pytest.mark.django_db
PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:10\nfile:///etc/passwd\n"


def _accept(session: CaptureSession, officer: Officer, content: bytes, **more: object) -> Recording:
    values = {"kind": "interview", "name": "a.webm", "size_bytes": len(content)} | more
    recording, _ = intake.accept([content], session=session, officer=officer, **values)
    return recording


def _nothing_is_kept(folder: Path) -> bool:
    return not (
        Recording.objects.exists() or ProcessingJob.objects.exists() or stored_files(folder)
    )


def test_a_file_is_registered_with_its_job_and_stages(
    session: CaptureSession, officer: Officer, webm: bytes
) -> None:
    recording, queued = intake.accept(
        [webm], session=session, kind="interview", name="../../etc/a\x00b.webm",
        size_bytes=len(webm), officer=officer,
    )  # fmt: skip
    stages = list(recording.job.stages.values_list("name", "state"))
    assert stages == [
        ("canonicalise", "queued"), ("face", "waiting"), ("voice", "waiting"),
        ("gait", "waiting"), ("handover", "waiting"),
    ]  # fmt: skip
    assert queued == [recording.job.stages.get(name="canonicalise").pk]
    assert recording.original_name == "ab.webm"
    assert recording.container == "webm"
    accepted = AuditEvent.objects.get(action="recording.accepted")
    assert accepted.object_id == str(recording.pk)
    assert "webm" not in accepted.detail.values() or "ab.webm" not in str(accepted.detail)


@pytest.mark.parametrize(
    ("content", "code", "status"),
    [(b"", "empty_file", 422), (b"\x89PNG\r\n" + bytes(60), "not_media", 415),
     (PLAYLIST, "not_media", 415), (b"x", "not_media", 415)],
)  # fmt: skip
def test_what_is_no_recording_is_refused(
    session: CaptureSession, officer: Officer, media_folder: Path,
    content: bytes, code: str, status: int,
) -> None:  # fmt: skip
    with pytest.raises(ProblemError) as refused:
        _accept(session, officer, content, name="video.mp4")
    assert (refused.value.code, refused.value.status) == (code, status)
    assert _nothing_is_kept(media_folder)
    assert AuditEvent.objects.get(action="upload.refused").detail == {"code": code}


def test_without_consent_nothing_is_taken(
    session: CaptureSession, officer: Officer, media_folder: Path, webm: bytes
) -> None:
    consents.withdraw(session.application.applicant, ["recording"], officer=officer)
    with pytest.raises(ProblemError) as refused:
        _accept(session, officer, webm)
    assert (refused.value.code, refused.value.status) == ("consent_missing", 403)
    assert _nothing_is_kept(media_folder)


def test_consent_withdrawn_while_the_file_arrives_stops_it(
    session: CaptureSession, officer: Officer, media_folder: Path, webm: bytes
) -> None:
    def arriving():  # type: ignore[no-untyped-def]
        yield webm
        consents.withdraw(session.application.applicant, ["recording"], officer=officer)

    with pytest.raises(ProblemError) as refused:
        intake.accept(arriving(), session=session, kind="interview", name="a",
                      size_bytes=len(webm), officer=officer)  # fmt: skip
    assert refused.value.code == "consent_missing"
    assert _nothing_is_kept(media_folder)


def test_the_same_file_is_recognised_within_a_session(
    session: CaptureSession, officer: Officer, webm: bytes
) -> None:
    first = _accept(session, officer, webm)
    with pytest.raises(ProblemError) as refused:
        _accept(session, officer, webm, kind="walk")
    assert (refused.value.code, refused.value.status) == ("duplicate_file", 409)
    assert list(Recording.objects.all()) == [first]
    jobs.cancel(first.job, officer=officer)
    assert _accept(session, officer, webm).pk != first.pk


def test_a_failed_registration_leaves_no_file(
    session: CaptureSession, officer: Officer, media_folder: Path, webm: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def down(recording: Recording) -> list[int]:
        raise DatabaseError

    monkeypatch.setattr(jobs, "create_job", down)
    with pytest.raises(DatabaseError):
        _accept(session, officer, webm)
    assert _nothing_is_kept(media_folder)


@pytest.mark.parametrize(
    ("setting", "value", "code", "status"),
    [("UPLOAD_MAX_BYTES", 100, "too_large", 413), ("UPLOADS_PER_OFFICER_AND_HOUR", 0,
     "too_many_uploads", 429), ("DISK_REFUSE_BELOW_SHARE", 1.1, "storage_full", 507)],
)  # fmt: skip
def test_quotas(
    session: CaptureSession, officer: Officer, webm: bytes, settings: object, media_folder: Path,
    setting: str, value: object, code: str, status: int,
) -> None:  # fmt: skip
    setattr(settings, setting, value)
    with pytest.raises(ProblemError) as refused:
        _accept(session, officer, webm)
    assert (refused.value.code, refused.value.status) == (code, status)
    assert _nothing_is_kept(media_folder)


def test_the_hourly_quota_counts_per_officer(
    session: CaptureSession, officer: Officer, senior: Officer, webm: bytes, settings: object
) -> None:
    settings.UPLOADS_PER_OFFICER_AND_HOUR = 1
    _accept(session, officer, webm)
    with pytest.raises(TooManyError):
        _accept(session, officer, webm + b"2")
    assert _accept(session, senior, webm + b"3")
    assert Stage.objects.filter(state="queued").count() == 2


def test_a_decided_application_and_a_session_without_key_take_nothing(
    session: CaptureSession, officer: Officer, webm: bytes, media_folder: Path
) -> None:
    type(session.application).objects.update(state="approved")
    session.application.refresh_from_db()
    with pytest.raises(ProblemError) as refused:
        _accept(session, officer, webm)
    assert refused.value.code == "application_closed"
    CaptureSession.objects.update(data_key=None)
    session.refresh_from_db()
    with pytest.raises(ProblemError) as refused:
        _accept(session, officer, webm)
    assert refused.value.code == "session_erased"
    assert _nothing_is_kept(media_folder)


def test_another_branch_and_a_wrong_role_cannot_add(
    session: CaptureSession, other_branch_officer: Officer, auditor: Officer, webm: bytes
) -> None:
    for officer, status in ((other_branch_officer, 404), (auditor, 403)):
        with pytest.raises(ProblemError) as refused:
            _accept(session, officer, webm)
        assert refused.value.status == status

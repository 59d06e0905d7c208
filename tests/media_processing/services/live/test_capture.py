"""A live recording keeps every piece it confirmed, and becomes what an upload would have been."""

import hashlib
import uuid
from base64 import b64encode
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from applicants.errors import ProblemError
from applicants.models import AuditEvent, Officer
from media_processing.models import (
    CaptureSession,
    LiveCapture,
    LiveChunk,
    LiveProgress,
    LiveTake,
    ProcessingJob,
    QuestionMark,
    Recording,
    Stage,
)
from media_processing.selectors.live import live_state
from media_processing.services import consent, jobs, leases, storage
from media_processing.services.jobs import Outcome
from media_processing.services.leases import Claim, DatabaseTime
from media_processing.services.live import capture, chunks, joined, marks
from tests.media_processing.conftest import stored_files

pytestmark = pytest.mark.django_db
DONE = Outcome(Stage.State.DONE)


@pytest.fixture
def live(session: CaptureSession, officer: Officer) -> LiveCapture:
    return capture.open_capture(
        officer, session, kind="interview", questions=["Why this loan?", "  What   then? "]
    )


@pytest.fixture
def take(live: LiveCapture) -> LiveTake:
    return chunks.begin_take(live, media_type="video/webm", client="tab one")


def _claimed(live: LiveCapture) -> Claim:
    held = leases.claim(live.recording.job.stages.get(name="live").pk)
    assert held is not None
    return held


def _states(live: LiveCapture) -> dict[str, str]:
    return dict(live.recording.job.stages.values_list("name", "state"))


def test_an_opened_capture_waits_for_its_first_piece(live: LiveCapture) -> None:
    assert _states(live) == {
        "live": "queued", "canonicalise": "waiting", "face": "waiting", "voice": "waiting",
        "gait": "waiting", "handover": "waiting",
    }  # fmt: skip
    assert list(live.questions.values_list("text", flat=True)) == ["Why this loan?", "What then?"]
    assert AuditEvent.objects.filter(action="live.opened").count() == 1
    assert live_state(live)["state"] == "open"


def test_without_consent_nothing_is_opened(session: CaptureSession, officer: Officer) -> None:
    consent.withdraw(session.application.applicant, ["recording"], officer=officer)
    session.refresh_from_db()
    with pytest.raises(ProblemError) as refused:
        capture.open_capture(officer, session, kind="interview")
    assert refused.value.code == "consent_missing"
    assert not LiveCapture.objects.exists()


@pytest.mark.parametrize("questions", [["x" * 301], [" "], ["Why?"] * 31])
def test_questions_have_limits(
    session: CaptureSession, officer: Officer, questions: list[str]
) -> None:
    with pytest.raises(ProblemError) as refused:
        capture.open_capture(officer, session, kind="voice", questions=questions)
    assert set(refused.value.fields) == {"questions"}


def test_pieces_are_kept_in_order_and_only_once(take: LiveTake, webm: bytes) -> None:
    first, second = webm[:5000], webm[5000:]
    stage = take.live.recording.job.stages.get(name="live").pk
    assert chunks.add_chunk(take, 0, first, t_end_s=1.0) == (1, [stage])
    assert chunks.add_chunk(take, 1, second, t_end_s=2.0) == (2, [stage])
    assert chunks.add_chunk(take, 0, first, t_end_s=1.0) == (2, [])
    with pytest.raises(ProblemError) as differs:
        chunks.add_chunk(take, 1, first, t_end_s=2.0)
    assert differs.value.code == "chunk_differs"
    with pytest.raises(ProblemError) as missing:
        chunks.add_chunk(take, 3, second, t_end_s=4.0)
    assert missing.value.fields == {"next": "2"}
    take.refresh_from_db()
    assert (take.duration_s, take.size_bytes, take.container) == (2.0, len(webm), "webm")


def test_a_damaged_piece_is_sent_again(take: LiveTake, webm: bytes) -> None:
    right = "sha256 " + b64encode(hashlib.sha256(webm).digest()).decode()
    for wrong in ("sha256 " + b64encode(b"x" * 32).decode(), "md5 eA==", "sha256 !"):
        with pytest.raises(ProblemError) as damaged:
            chunks.add_chunk(take, 0, webm, t_end_s=1.0, checksum=wrong)
        assert damaged.value.status == 460
    assert chunks.add_chunk(take, 0, webm, t_end_s=1.0, checksum=right)[0] == 1


@pytest.mark.parametrize(
    ("content", "t_end_s", "status"),
    [
        (b"", 1.0, 422),
        (b"GIF89a nothing", 1.0, 415),
        (b"\x89PNG nothing", 1.0, 415),
        (b"\x1aE\xdf\xa3webm", 1e5, 413),
    ],
)
def test_what_is_no_piece_leaves_nothing(
    take: LiveTake, media_folder: Path, content: bytes, t_end_s: float, status: int
) -> None:
    with pytest.raises(ProblemError) as refused:
        chunks.add_chunk(take, 0, content, t_end_s=t_end_s)
    assert refused.value.status == status
    assert not LiveChunk.objects.exists()
    assert stored_files(media_folder) == []


def test_a_held_stage_is_not_rung_for_and_a_lost_one_is(take: LiveTake, webm: bytes) -> None:
    held = _claimed(take.live)
    assert chunks.add_chunk(take, 0, webm, t_end_s=1.0)[1] == []
    Stage.objects.filter(pk=held.stage_id).update(lease_until=DatabaseTime() - timedelta(seconds=1))
    assert chunks.add_chunk(take, 1, webm, t_end_s=2.0)[1] == [held.stage_id]


def test_a_second_window_takes_over_only_when_told(take: LiveTake, webm: bytes) -> None:
    chunks.add_chunk(take, 0, webm, t_end_s=1.0)
    with pytest.raises(ProblemError) as refused:
        chunks.begin_take(take.live, media_type="", client="tab two")
    assert refused.value.code == "recorded_elsewhere"
    second = chunks.begin_take(take.live, media_type="", client="tab two", take_over=True)
    assert second.number == 2
    # What the first window still kept is not lost.
    assert chunks.add_chunk(take, 1, webm, t_end_s=2.0)[0] == 2
    chunks.add_chunk(second, 0, webm, t_end_s=1.0)
    assert LiveTake.objects.get(pk=second.pk).offset_s == 2.0


def test_closing_joins_the_takes_into_one_sealed_source(
    take: LiveTake, webm: bytes, officer: Officer, media_folder: Path, tmp_path: Path
) -> None:
    live = take.live
    second = chunks.begin_take(live, media_type="", client="tab one")
    chunks.add_chunk(take, 0, webm, t_end_s=1.0)
    chunks.add_chunk(second, 0, webm, t_end_s=1.0)
    chunks.add_chunk(take, 1, b"more", t_end_s=2.0)
    queued = capture.close(live, officer=officer)
    assert queued == [live.recording.job.stages.get(name="canonicalise").pk]
    assert capture.close(live, officer=officer) == []
    recording = live.recording
    recording.refresh_from_db()
    joined.join(recording)
    joined.join(recording)
    whole = webm + b"more" + webm
    assert recording.sha256 == hashlib.sha256(whole).hexdigest()
    assert recording.size_bytes == len(whole)
    path = storage.unseal(recording.session, recording.source_key, tmp_path / "whole")
    assert path.read_bytes() == whole
    assert set(recording.job.stages.values_list("input_sha256", flat=True)) == {recording.sha256}
    assert not LiveChunk.objects.exists()


def test_joining_leaves_one_file(
    take: LiveTake, webm: bytes, officer: Officer, media_folder: Path,
    django_capture_on_commit_callbacks: object,
) -> None:  # fmt: skip
    chunks.add_chunk(take, 0, webm, t_end_s=1.0)
    chunks.add_chunk(take, 1, webm, t_end_s=2.0)
    capture.close(take.live, officer=officer)
    recording = take.live.recording
    recording.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        joined.join(recording)
    assert len(stored_files(media_folder)) == 1


def test_consent_taken_back_while_the_pieces_are_joined_leaves_no_file(
    take: LiveTake, webm: bytes, officer: Officer, media_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    chunks.add_chunk(take, 0, webm, t_end_s=1.0)
    capture.close(take.live, officer=officer)
    recording = Recording.objects.get()
    sealed = storage.write

    def overtaken(*given: object) -> storage.StoredFile:
        stored = sealed(*given)
        applicant = recording.session.application.applicant
        consent.withdraw(applicant, ["recording"], officer=officer)
        return stored

    monkeypatch.setattr(storage, "write", overtaken)
    with pytest.raises(storage.ErasedError):
        joined.join(recording)
    recording.refresh_from_db()
    assert (recording.source_key, recording.sha256) == ("", "")
    assert stored_files(media_folder) == []


def test_a_worker_that_watches_ends_its_stage_itself(
    take: LiveTake, webm: bytes, officer: Officer
) -> None:
    chunks.add_chunk(take, 0, webm, t_end_s=1.0)
    held = _claimed(take.live)
    assert capture.close(take.live, officer=officer) == []
    assert _states(take.live)["live"] == "running"
    queued = jobs.finish(held, DONE)
    assert queued == [take.live.recording.job.stages.get(name="canonicalise").pk]


def test_a_stage_that_fails_meanwhile_does_not_start_the_closing_pass(
    take: LiveTake, webm: bytes, officer: Officer
) -> None:
    chunks.add_chunk(take, 0, webm, t_end_s=1.0)
    failed = Outcome(Stage.State.FAILED, "internal_error", "It broke.")
    assert jobs.finish(_claimed(take.live), failed) == []
    assert _states(take.live)["canonicalise"] == "waiting"
    assert chunks.add_chunk(take, 1, webm, t_end_s=2.0) == (2, [])
    assert len(capture.close(take.live, officer=officer)) == 1


def test_a_worker_lost_at_the_end_does_not_hold_up_the_rest(
    take: LiveTake, webm: bytes, officer: Officer
) -> None:
    chunks.add_chunk(take, 0, webm, t_end_s=1.0)
    held = _claimed(take.live)
    capture.close(take.live, officer=officer)
    assert capture.unwatched() == []
    Stage.objects.filter(pk=held.stage_id).update(lease_until=DatabaseTime() - timedelta(seconds=1))
    assert len(capture.unwatched()) == 1
    assert _states(take.live)["live"] == "skipped"
    assert capture.unwatched() == []


def test_nothing_recorded_cannot_be_kept(live: LiveCapture, officer: Officer) -> None:
    with pytest.raises(ProblemError) as refused:
        capture.close(live, officer=officer)
    assert refused.value.code == "nothing_recorded"


def test_a_discarded_capture_leaves_no_content(
    take: LiveTake, webm: bytes, officer: Officer, media_folder: Path,
    django_capture_on_commit_callbacks: object,
) -> None:  # fmt: skip
    chunks.add_chunk(take, 0, webm, t_end_s=1.0)
    with django_capture_on_commit_callbacks(execute=True):
        capture.discard(take.live, officer=officer)
    assert stored_files(media_folder) == []
    assert ProcessingJob.objects.get().state == "cancelled"
    with pytest.raises(ProblemError) as ended:
        chunks.add_chunk(take, 1, webm, t_end_s=2.0)
    assert ended.value.status == 410


def test_a_late_word_discards_nothing_that_was_begun_since(
    take: LiveTake, officer: Officer
) -> None:
    chunks.begin_take(take.live, media_type="video/webm", client="tab two", take_over=True)
    with pytest.raises(ProblemError) as refused:
        capture.discard(take.live, officer=officer, last_take=take.number)
    assert (refused.value.code, refused.value.status) == ("went_on", 409)
    assert LiveCapture.objects.get().is_open
    capture.discard(take.live, officer=officer, last_take=take.number + 1)
    assert not LiveCapture.objects.get().is_open


@pytest.mark.parametrize("is_cancelled", [True, False])
def test_what_was_seen_and_said_of_a_person_goes_with_the_recording(
    live: LiveCapture, take: LiveTake, officer: Officer, is_cancelled: bool
) -> None:
    box = {"take": 1, "t_s": 1.0, "box": [0.1, 0.1, 0.2, 0.3]}
    marks.set_subject(live, {"face": box, "body": box, "voice": {"mode": "all"}}, officer=officer)
    marks.mark(live, uuid.uuid4(), question=1, take=1, t_s=1.0, kind="start")
    face = {"person": 0, "box": box["box"]}
    LiveProgress.objects.update(
        faces=[face], bodies=[face], measures={"cadence_spm": 104.0}, people=2
    )
    if is_cancelled:
        jobs.cancel(live.recording.job, officer=officer)
    else:
        capture.discard(live, officer=officer)
    told = live_state(LiveCapture.objects.get())
    assert (told["state"], told["subject"]) == ("discarded", {})
    kept = ("faces", "bodies", "measures", "people")
    assert [told["progress"][name] for name in kept] == [[], [], {}, 0]
    capture.close_abandoned()  # what was only cancelled is discarded
    assert not QuestionMark.objects.exists()


def test_withdrawing_consent_in_the_middle_ends_everything(
    take: LiveTake, webm: bytes, officer: Officer, media_folder: Path
) -> None:
    chunks.add_chunk(take, 0, webm, t_end_s=1.0)
    held = _claimed(take.live)
    consent.withdraw(take.live.recording.session.application.applicant, ["recording"],
                     officer=officer)  # fmt: skip
    assert stored_files(media_folder) == []
    assert not LiveChunk.objects.exists()
    live = LiveCapture.objects.get()
    assert live_state(live)["state"] == "withdrawn"
    with pytest.raises(leases.StageLostError), leases.holding(held):
        pytest.fail("the stage was to be taken away")
    with pytest.raises(ProblemError):
        chunks.add_chunk(take, 1, webm, t_end_s=2.0)
    assert stored_files(media_folder) == []


def test_nobody_came_back(
    take: LiveTake, webm: bytes, session: CaptureSession, officer: Officer
) -> None:
    empty = capture.open_capture(officer, session, kind="voice")
    chunks.add_chunk(take, 0, webm, t_end_s=1.0)
    assert capture.close_abandoned() == []
    long_ago = timezone.now() - timedelta(hours=25)
    LiveCapture.objects.update(opened_at=long_ago)
    LiveCapture.objects.filter(pk=take.live_id).update(last_chunk_at=long_ago)
    assert len(capture.close_abandoned()) == 1
    assert LiveCapture.objects.get(pk=take.live_id).state == "closed"
    assert LiveCapture.objects.get(pk=empty.pk).state == "discarded"


def test_one_piece_a_day_keeps_no_recording_open(take: LiveTake, webm: bytes) -> None:
    chunks.add_chunk(take, 0, webm, t_end_s=1.0)
    LiveCapture.objects.update(opened_at=timezone.now() - timedelta(hours=49))
    assert len(capture.close_abandoned()) == 1
    assert LiveCapture.objects.get().state == "closed"


def test_takes_together_are_no_longer_than_a_recording(
    take: LiveTake, webm: bytes, media_folder: Path
) -> None:
    chunks.add_chunk(take, 0, webm, t_end_s=1800.0)
    second = chunks.begin_take(take.live, media_type="", client="tab one")
    with pytest.raises(ProblemError) as refused:
        chunks.add_chunk(second, 0, webm, t_end_s=10.0)
    assert (refused.value.code, refused.value.status) == ("too_long", 413)
    assert len(stored_files(media_folder)) == 1
    assert chunks.add_chunk(second, 0, webm, t_end_s=4.0)[0] == 1


def test_a_piece_sent_beside_another_counts_its_bytes_too(take: LiveTake, webm: bytes) -> None:
    beside = LiveTake.objects.get(pk=take.pk)
    chunks.add_chunk(take, 0, webm, t_end_s=1.0)
    chunks.add_chunk(beside, 1, b"more", t_end_s=2.0)
    assert LiveTake.objects.get(pk=take.pk).size_bytes == len(webm) + 4


def test_a_cancelled_job_ends_its_capture(take: LiveTake, webm: bytes, officer: Officer) -> None:
    chunks.add_chunk(take, 0, webm, t_end_s=1.0)
    jobs.cancel(take.live.recording.job, officer=officer)
    assert live_state(LiveCapture.objects.get())["state"] == "discarded"
    capture.close_abandoned()
    assert LiveCapture.objects.get().state == "discarded"
    assert not LiveChunk.objects.exists()


def test_marks_say_which_answer_is_being_given(live: LiveCapture, take: LiveTake) -> None:
    one, two = uuid.uuid4(), uuid.uuid4()
    assert marks.mark(live, one, question=2, take=1, t_s=1.0, kind="start")
    assert not marks.mark(live, one, question=2, take=1, t_s=1.0, kind="start")
    assert live_state(live)["question"] == 2
    assert marks.mark(live, two, question=2, take=1, t_s=5.0, kind="end")
    assert live_state(live)["question"] is None
    assert QuestionMark.objects.count() == 2
    for question, number in ((3, 1), (1, 2)):
        with pytest.raises(ProblemError) as unknown:
            marks.mark(live, uuid.uuid4(), question=question, take=number, t_s=0, kind="start")
        assert unknown.value.status == 404


def test_a_mark_that_was_held_back_is_kept_after_closing_but_not_after_discarding(
    live: LiveCapture, take: LiveTake
) -> None:
    LiveCapture.objects.update(state=LiveCapture.State.CLOSED)
    assert marks.mark(live, uuid.uuid4(), question=1, take=1, t_s=1.0, kind="start")
    LiveCapture.objects.update(state=LiveCapture.State.DISCARDED)
    with pytest.raises(ProblemError) as refused:
        marks.mark(live, uuid.uuid4(), question=1, take=1, t_s=2.0, kind="end")
    assert refused.value.status == 410
    assert QuestionMark.objects.count() == 1


def test_marks_have_a_number_and_a_time(
    live: LiveCapture, take: LiveTake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marks, "MAX_MARKS", 1)
    kept = uuid.uuid4()
    assert marks.mark(live, kept, question=1, take=1, t_s=1.0, kind="start")
    assert not marks.mark(live, kept, question=1, take=1, t_s=1.0, kind="start")
    with pytest.raises(ProblemError) as many:
        marks.mark(live, uuid.uuid4(), question=1, take=1, t_s=2.0, kind="end")
    assert (many.value.code, many.value.status) == ("too_many_marks", 409)
    monkeypatch.setattr(marks, "MAX_MARKS", 9)
    for hours, is_late in ((23, False), (25, True)):
        closed_at = timezone.now() - timedelta(hours=hours)
        LiveCapture.objects.update(state=LiveCapture.State.CLOSED, closed_at=closed_at)
        with pytest.raises(ProblemError) if is_late else nullcontext():
            marks.mark(live, uuid.uuid4(), question=1, take=1, t_s=3.0, kind="end")
    assert QuestionMark.objects.count() == 2


def test_a_mark_of_another_recording_is_not_touched(
    live: LiveCapture, take: LiveTake, session: CaptureSession, officer: Officer
) -> None:
    other = capture.open_capture(officer, session, kind="voice", questions=["Why?"])
    chunks.begin_take(other, media_type="", client="tab")
    known = uuid.uuid4()
    marks.mark(live, known, question=1, take=1, t_s=1.0, kind="start")
    with pytest.raises(ProblemError) as refused:
        marks.mark(other, known, question=1, take=1, t_s=1.0, kind="start")
    assert refused.value.code == "mark_taken"


def test_the_subject_is_confirmed_again_and_again(
    live: LiveCapture, take: LiveTake, officer: Officer
) -> None:
    first = {"take": 1, "t_s": 1.0, "box": [0.1, 0.1, 0.2, 0.3]}
    second = first | {"t_s": 9.0}
    marks.set_subject(live, {"face": first, "voice": {"mode": "all"}}, officer=officer)
    said = marks.set_subject(live, {"face": second}, officer=officer).subject
    assert said == {"face": [first, second], "voice": {"mode": "all"}}
    assert marks.set_subject(live, {"face": None}, officer=officer).subject["face"] == []
    assert AuditEvent.objects.filter(action="live.subject_confirmed").count() == 3
    with pytest.raises(ProblemError):
        marks.set_subject(live, {"face": first | {"take": 7}}, officer=officer)

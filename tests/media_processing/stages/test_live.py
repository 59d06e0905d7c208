"""A recording is watched while it is made; what was seen is there at once, of the subject alone."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from applicants.errors import ProblemError
from applicants.models import Officer
from media_processing import pipeline, stopping
from media_processing.analysis.types import Modality
from media_processing.analysis.types import Observation as Observed
from media_processing.models import (
    CaptureSession,
    LiveCapture,
    LiveChunk,
    LiveProgress,
    Observation,
    Stage,
)
from media_processing.services import consent, leases
from media_processing.services.leases import DatabaseTime, StageLostError
from media_processing.services.live import capture, chunks, watching
from media_processing.stages import live as subject
from media_processing.stages.live_shedding import Shedding
from scoring.models import Evidence
from tests.media_processing.live_pieces import (
    QuickWatch,
    confirm_everybody,
    interview,
    send,
    wait_for,
    watched,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def live(session: CaptureSession, officer: Officer, settings: object) -> LiveCapture:
    # Tests send seconds at once, on machines that have other things to do.
    settings.LIVE_SHED_AFTER_S = 1000
    settings.LIVE_SKIP_AFTER_S = None
    return capture.open_capture(officer, session, kind="interview")


def _rows(live: LiveCapture, modality: str) -> int:
    return Observation.objects.filter(recording=live.recording, modality=modality).count()


def _faces() -> QuerySet[Observation]:
    return Observation.objects.filter(modality="face")


def _horizon(live: LiveCapture, modality: str) -> float:
    return float(LiveProgress.objects.get(live=live).horizons.get(modality, 0.0))


def test_rows_come_while_the_recording_goes_on(live: LiveCapture, officer: Officer) -> None:
    send(live, interview(5.0))
    confirm_everybody(live, officer)
    with watched(live):
        wait_for(lambda: _horizon(live, "face") > 4.5 and _horizon(live, "voice") > 4.5)
        assert _rows(live, "face") >= 20
        wait_for(lambda: _rows(live, "voice") >= 3)
        capture.close(live, officer=officer)
    progress = LiveProgress.objects.get(live=live)
    assert progress.people == 1 and progress.faces[0]["person"] == 0
    assert live.recording.job.stages.get(name="live").state == Stage.State.DONE
    assert live.recording.job.stages.get(name="canonicalise").state == Stage.State.QUEUED


def test_nobody_is_observed_before_the_officer_said_whom(
    live: LiveCapture, officer: Officer
) -> None:
    send(live, interview(4.0))
    with watched(live):
        wait_for(lambda: _horizon(live, "face") > 3.5 and _horizon(live, "voice") > 3.5)
        assert Observation.objects.count() == 0
        assert LiveProgress.objects.get(live=live).faces[0]["person"] == 1
        confirm_everybody(live, officer, t_s=3.0)
        # What the confirmed face showed before is the applicant's too.
        wait_for(lambda: _rows(live, "face") >= 15 and _rows(live, "voice") >= 1)
        capture.close(live, officer=officer)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "LiveWatch", QuickWatch)


def _watched_until(live: LiveCapture, seconds: float) -> Callable[[], bool]:
    return lambda: min(_horizon(live, "face"), _horizon(live, "voice")) >= seconds


@pytest.mark.usefixtures("quick")
def test_what_a_worker_wrote_another_goes_on_from(live: LiveCapture, officer: Officer) -> None:
    pieces = interview(5.0)
    take = send(live, pieces[:3])
    stage = live.recording.job.stages.get(name="live")
    with watched(live):
        wait_for(_watched_until(live, 2.0))
        first_starts = set(_faces().values_list("t_start_s", flat=True))
        # The worker is taken for lost: its lease ends, and whoever comes next holds the stage.
        Stage.objects.filter(pk=stage.pk).update(fence=7, lease_until=timezone.now())
    send(live, pieces, take)
    with watched(live):
        wait_for(_watched_until(live, 4.5))
        capture.close(live, officer=officer)
    starts = list(_faces().values_list("t_start_s", flat=True))
    assert first_starts <= set(starts)
    assert len(starts) == len(set(starts)) >= 20


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("is_said_again", [True, False])
def test_a_face_that_is_confirmed_while_a_lost_worker_seems_to_watch_is_read_anew(
    live: LiveCapture, officer: Officer, is_said_again: bool
) -> None:
    pieces = interview(5.0)
    take = send(live, pieces[:3])
    confirm_everybody(live, officer)
    stage = live.recording.job.stages.get(name="live")
    with watched(live):
        wait_for(_watched_until(live, 2.0))
        # The worker is lost, and its lease goes on.
        later = timezone.now() + timedelta(minutes=1)
        Stage.objects.filter(pk=stage.pk).update(fence=7, lease_until=later)
    _faces().update(valence=-0.5)
    if is_said_again:
        confirm_everybody(live, officer, t_s=1.5)
    assert _faces().filter(valence=-0.5).count() > 5
    Stage.objects.filter(pk=stage.pk).update(lease_until=timezone.now())
    send(live, pieces, take)
    with watched(live):
        wait_for(_watched_until(live, 4.5))
        capture.close(live, officer=officer)
    assert _faces().filter(valence=-0.5).exists() is not is_said_again
    assert _faces().earliest("t_start_s").t_start_s == 0


def test_a_stale_worker_writes_nothing_more(live: LiveCapture) -> None:
    held = leases.claim(live.recording.job.stages.get(name="live").pk)
    assert held is not None
    Stage.objects.filter(pk=held.stage_id).update(lease_until=DatabaseTime())
    newer = leases.claim(held.stage_id)
    assert newer is not None and newer.fence > held.fence
    row = Observed(Modality.FACE, 0.0, 0.2, 0, (1 / 7,) * 7, 0.0, 0.0, 0.5, 0.5)
    progress = watching.Progress(9.0, {"face": 9.0}, 0, 1, [], [])
    with pytest.raises(StageLostError):
        watching.keep(held, live.recording, {Modality.FACE: [row]}, set(), {Modality.FACE: ""})
    with pytest.raises(StageLostError):
        watching.note_progress(held, live.pk, progress)
    assert not Observation.objects.exists()
    assert LiveProgress.objects.get(live=live).decoded_s == 0.0


@pytest.mark.usefixtures("quick")
def test_consent_withdrawn_in_the_middle_ends_all_at_once(
    live: LiveCapture, officer: Officer
) -> None:
    take = send(live, interview(5.0)[:3])
    with watched(live):
        wait_for(_watched_until(live, 2.0))
        consent.withdraw(_applicant(live), ["recording"], officer=officer)
    assert not Observation.objects.exists() and not LiveChunk.objects.exists()
    assert live.recording.job.stages.get(name="live").state == Stage.State.CANCELLED
    with pytest.raises(ProblemError) as refused:
        chunks.add_chunk(take, 3, b"more", t_end_s=4.0)
    assert (refused.value.code, refused.value.status) == ("consent_missing", 403)


@pytest.mark.usefixtures("quick")
def test_consent_to_the_voice_withdrawn_leaves_the_face(
    live: LiveCapture, officer: Officer
) -> None:
    pieces = interview(5.0)
    take = send(live, pieces[:2])
    with watched(live):
        wait_for(lambda: _rows(live, "voice") > 0 and _rows(live, "face") > 3)
        _withdrawn, due = consent.withdraw(_applicant(live), ["voice"], officer=officer)
    # No network hears on: the pass was taken from its worker, and the next one knows no voice.
    assert live.recording.job.stages.get(name="live").pk in due
    before = _rows(live, "face")
    with watched(live):
        send(live, pieces, take)
        wait_for(lambda: _rows(live, "face") > before)
        capture.close(live, officer=officer)
    assert _rows(live, "voice") == 0
    assert "voice" not in LiveProgress.objects.get(live=live).horizons


@pytest.mark.usefixtures("quick")
def test_rubbish_ends_the_watch_over_its_take_and_nothing_else(
    live: LiveCapture, officer: Officer, webm: bytes
) -> None:
    first = chunks.begin_take(live, media_type="video/webm", client="tab one")
    chunks.add_chunk(first, 0, webm, t_end_s=1.0)
    with watched(live):
        wait_for(lambda: LiveProgress.objects.get(live=live).findings)
        chunks.add_chunk(first, 1, b"still kept", t_end_s=2.0)
        send(live, interview(5.0)[:2])
        wait_for(lambda: _rows(live, "face") > 3)
        assert _faces().first().t_start_s >= 2.0
        capture.close(live, officer=officer)
    (finding,) = LiveProgress.objects.get(live=live).findings
    assert finding["code"] == "LIVE_TAKE_UNREADABLE" and finding["value"] == 1
    assert first.chunks.count() == 2


@pytest.mark.usefixtures("quick")
def test_a_recorder_may_hand_out_three_bytes_first(live: LiveCapture, officer: Officer) -> None:
    whole = b"".join(piece.content for piece in interview(5.0))
    take = chunks.begin_take(live, media_type="video/webm", client="tab one")
    for number, part in enumerate((whole[:3], whole[3:])):
        take.refresh_from_db()
        chunks.add_chunk(take, number, part, t_end_s=5.0 * number)
    with watched(live):
        wait_for(lambda: _rows(live, "face") > 3)
        capture.close(live, officer=officer)


@pytest.mark.usefixtures("quick")
def test_the_score_moves_while_people_talk(
    live: LiveCapture, officer: Officer, settings: object
) -> None:
    settings.LIVE_PROVISIONAL_EVERY_S = 0
    pieces = interview(5.0)
    take = send(live, pieces[:2])
    with watched(live):
        wait_for(lambda: _rows(live, "face") > 3)
        send(live, pieces, take)
        wait_for(Evidence.objects.filter(recording_id=live.recording_id).exists)
        face = Evidence.objects.filter(modality="face")
        wait_for(face.exists)
        capture.close(live, officer=officer)
    assert Evidence.objects.first().is_provisional
    # What the rules read beside the expressions is handed over with them.
    assert face.first().measures["people"] == 1


@pytest.mark.usefixtures("quick")
def test_a_worker_to_whom_nothing_comes_goes_away_until_the_next_chunk(
    live: LiveCapture, settings: object
) -> None:
    settings.LIVE_IDLE_S = 1
    pieces = interview(5.0)
    take = send(live, pieces[:1])
    with watched(live):
        pass
    stage = live.recording.job.stages.get(name="live")
    assert (stage.state, stage.attempt) == (Stage.State.QUEUED, 0)
    assert leases.claim(stage.pk) is None
    take.refresh_from_db()
    _next, rung = chunks.add_chunk(take, 1, pieces[1].content, t_end_s=2.0)
    assert rung == [stage.pk]
    assert leases.claim(stage.pk) is not None


@pytest.mark.usefixtures("quick")
def test_a_worker_that_has_to_end_gives_the_talk_to_another_at_once(live: LiveCapture) -> None:
    send(live, interview(5.0)[:2])
    stage = live.recording.job.stages.get(name="live")
    stopping.ask()
    try:
        assert pipeline.run(stage.pk) == [stage.pk]
    finally:
        stopping.forget()
    stage.refresh_from_db()
    assert (stage.state, stage.attempt, stage.available_at) == (Stage.State.QUEUED, 0, None)
    assert leases.claim(stage.pk) is not None


def test_pictures_are_shed_by_how_far_they_are_behind() -> None:
    shedding = Shedding()
    slots = [number / 5 for number in range(20)]
    assert all(shedding.keeps(t_s, behind_s=1.0) for t_s in slots)
    assert sum(shedding.keeps(t_s, behind_s=4.0) for t_s in slots) == 10
    assert sum(shedding.keeps(t_s, behind_s=9.0) for t_s in slots) == 5
    assert shedding.shed == 25


def _applicant(live: LiveCapture) -> object:
    return live.recording.session.application.applicant

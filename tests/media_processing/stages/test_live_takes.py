"""Several takes of one recording become one playback and one sound, as if never interrupted."""

import wave
from pathlib import Path

import av
import numpy as np
import pytest
from django.conf import settings

from applicants.models import Officer
from media_processing import pipeline
from media_processing.demo_media.takes import MEDIA_TYPE
from media_processing.models import (
    CaptureSession,
    LiveCapture,
    LiveProgress,
    LiveTake,
    Recording,
)
from media_processing.services import storage
from media_processing.services.live import capture, chunks
from media_processing.stages import live_limits
from tests.media_processing.media_files import tone, write_video

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def live(session: CaptureSession, officer: Officer) -> LiveCapture:
    return capture.open_capture(officer, session, kind="interview")


def _send(live: LiveCapture, content: bytes, seconds: float) -> LiveTake:
    take = chunks.begin_take(live, media_type=MEDIA_TYPE, client="tab", take_over=True)
    half = len(content) // 2
    for number, part in enumerate((content[:half], content[half:])):
        chunks.add_chunk(take, number, part, t_end_s=seconds)
    return take


def _film(path: Path, seconds: float, **more: object) -> bytes:
    write_video(path, seconds=seconds, sound=tone(seconds), sound_codec="libopus",
                container="matroska", **more)  # fmt: skip
    return path.read_bytes()


def _closed(live: LiveCapture, officer: Officer) -> Recording:
    (first,) = capture.close(live, officer=officer)
    pipeline.run(first)
    return Recording.objects.get(pk=live.recording_id)


def _unsealed(recording: Recording, key: str, target: Path) -> Path:
    return storage.unseal(recording.session, key, target)


def test_takes_of_other_sizes_and_rates_become_one_seekable_whole(
    live: LiveCapture, officer: Officer, tmp_path: Path
) -> None:
    _send(live, _film(tmp_path / "a", 2.0, rate=10, size=(160, 120), luma=60), 2.1)
    _send(live, _film(tmp_path / "b", 3.0, rate=15, size=(128, 96), luma=150), 3.1)
    recording = _closed(live, officer)
    lengths = list(live.takes.order_by("number").values_list("duration_s", flat=True))
    assert lengths == pytest.approx([2.0, 3.0], abs=0.15)
    assert recording.duration_s == pytest.approx(sum(lengths), abs=0.01)
    playback = _unsealed(recording, recording.playback_key, tmp_path / "whole.mp4")
    with av.open(str(playback)) as film:
        times = [float(frame.time) for frame in film.decode(video=0)]
    assert np.diff(times).min() > 0 and np.diff(times).max() < 0.35
    with av.open(str(playback)) as film:
        film.seek(int(4.0 * 1_000_000))
        frame = next(film.decode(video=0))
        assert (frame.width, frame.height) == (160, 120)
        assert frame.time <= 4.0 and frame.time >= lengths[0] - 0.01
        assert frame.to_ndarray(format="gray").mean() > 100  # the second take's picture
    speech = _unsealed(recording, recording.audio_key, tmp_path / "whole.wav")
    with wave.open(str(speech)) as sound:
        assert sound.getnframes() / 16_000 == pytest.approx(recording.duration_s, abs=0.2)


def test_a_take_that_cannot_be_read_takes_nothing_from_the_others(
    live: LiveCapture, officer: Officer, tmp_path: Path, webm: bytes
) -> None:
    _send(live, webm, 1.0)
    _send(live, _film(tmp_path / "b", 2.0), 2.0)
    recording = _closed(live, officer)
    assert recording.duration_s == pytest.approx(2.0, abs=0.15)
    assert "TAKE_UNREADABLE" in [finding["code"] for finding in recording.quality]
    assert live.takes.get(number=1).duration_s == 0


def test_takes_share_the_length_of_one_recording(
    live: LiveCapture, officer: Officer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        _send(live, _film(tmp_path / name, 2.0), 1.0)  # its clock says less than its time stamps
    monkeypatch.setattr(live_limits, "SLACK_S", 3.0 - settings.LIVE_MAX_S)
    recording = _closed(live, officer)
    assert recording.duration_s == pytest.approx(2.0, abs=0.15)
    assert live.takes.get(number=2).duration_s == 0


def test_one_take_has_the_length_of_a_live_recording(
    live: LiveCapture, officer: Officer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _send(live, _film(tmp_path / "a", 2.0), 1.0)
    monkeypatch.setattr(live_limits, "SLACK_S", 1.0 - settings.LIVE_MAX_S)
    assert _closed(live, officer).refusal_code == "too_long"


def test_whatever_length_was_confirmed_is_read_in_the_end() -> None:
    confirmed_s = settings.LIVE_MAX_S + chunks.SLACK_S
    assert live_limits.limits_after(0.0).max_duration_s > confirmed_s


def test_where_no_take_can_be_read_the_recording_is_refused(
    live: LiveCapture, officer: Officer, webm: bytes
) -> None:
    _send(live, webm, 1.0)
    _send(live, webm, 1.0)
    recording = _closed(live, officer)
    assert recording.state == Recording.State.REJECTED
    assert recording.refusal_message.endswith(".")


def test_what_the_live_pass_saw_last_goes_at_the_end_and_whose_it_is_stays(
    live: LiveCapture, officer: Officer, webm: bytes
) -> None:
    _send(live, webm, 1.0)
    said = {"face": [{"take": 1, "t_s": 0.5, "box": [0.1, 0.1, 0.2, 0.2]}]}
    LiveCapture.objects.update(subject=said)
    LiveProgress.objects.update(faces=[{}], bodies=[{}], measures={"cadence_spm": 104.0}, people=1)
    _closed(live, officer)
    progress = LiveProgress.objects.get()
    assert (progress.faces, progress.bodies, progress.measures, progress.people) == ([], [], {}, 0)
    assert LiveCapture.objects.get().subject == said  # a step that is tried again asks for it

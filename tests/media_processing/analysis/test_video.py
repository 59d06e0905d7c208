"""Frames come thinned evenly, and only the frames that are needed are decoded."""

from pathlib import Path

import av
import numpy as np
import pytest

from media_processing.analysis.video import read_frames, read_keyframes, video_facts
from media_processing.sandbox.canonicalise import canonicalise
from tests.media_processing.media_files import write_video

ANCHOR_STEP_S = 0.2


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video that was not made by the sandbox: 30 Hz, no statement about its frame types."""
    return write_video(tmp_path_factory.mktemp("video") / "plain.mp4", seconds=2, rate=30)


@pytest.fixture(scope="module")
def canonical(plain: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = canonicalise(plain, tmp_path_factory.mktemp("work")).media.video_path
    assert path is not None
    return path


def times_s(path: Path, max_rate_hz: float) -> list[float]:
    return [frame.t_s for frame in read_frames(path, max_rate_hz)]


@pytest.mark.parametrize("source", ["plain", "canonical"])
@pytest.mark.parametrize(("rate_hz", "count"), [(5, 10), (2, 4), (10, 20), (30, 60), (100, 60)])
def test_frames_are_thinned_evenly(source, rate_hz, count, request) -> None:
    times = times_s(request.getfixturevalue(source), rate_hz)

    assert len(times) == count
    assert times[0] == 0
    assert np.diff(times) == pytest.approx(1 / min(rate_hz, 30), abs=ANCHOR_STEP_S / 2 + 1e-3)


def test_a_rate_that_does_not_divide_does_not_drift(canonical: Path) -> None:
    times = times_s(canonical, 7)

    assert len(times) == 14
    assert all(-0.01 < t_s - slot / 7 < 1 / 7 for slot, t_s in enumerate(times))


def test_thinned_frames_are_the_same_pictures(canonical: Path) -> None:
    everything = {round(frame.t_s, 3): frame.image_bgr for frame in read_frames(canonical, 30)}

    for frame in read_frames(canonical, 5):
        np.testing.assert_array_equal(frame.image_bgr, everything[round(frame.t_s, 3)])


def test_between_anchors_all_frames_of_a_canonical_video_are_droppable(canonical: Path) -> None:
    with av.open(str(canonical)) as container:
        stream = container.streams.video[0]
        stream.codec_context.skip_frame = "NONREF"
        kept = sum(1 for _ in container.decode(stream))

    # Every sixth of 60, and the last one before each of the two keyframe intervals ends.
    assert kept == 12


def test_keyframes_come_once_a_second(canonical: Path) -> None:
    assert [frame.t_s for frame in read_keyframes(canonical)] == pytest.approx([0, 1], abs=1e-3)


def test_the_picture_is_blue_green_red(tmp_path: Path) -> None:
    source = write_video(tmp_path / "in.mp4", seconds=1)
    frame = next(read_frames(source, 1))

    assert frame.image_bgr.shape == (96, 128, 3)
    assert frame.image_bgr.dtype == np.uint8


def test_facts(plain: Path) -> None:
    facts = video_facts(plain)

    assert (facts.width_px, facts.height_px, facts.frame_count) == (128, 96, 60)
    assert facts.rate_hz == pytest.approx(30, rel=1e-3)
    assert facts.duration_s == pytest.approx(2, abs=0.05)


@pytest.mark.parametrize("rate_hz", [0, -5])
def test_a_rate_must_be_positive(plain: Path, rate_hz: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        next(read_frames(plain, rate_hz))


def test_nothing_but_mp4_is_read(tmp_path: Path) -> None:
    script = tmp_path / "playback.mp4"
    script.write_text("ffconcat version 1.0\nfile other.mp4\n")
    write_video(tmp_path / "other.mp4")

    with pytest.raises(av.FFmpegError):
        next(read_frames(script, 5))

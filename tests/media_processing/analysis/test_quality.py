"""Each finding appears for the fault it names, and not without it."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from media_processing.analysis.quality import (
    frozen_s,
    measure_picture,
    measure_sound,
    recording_findings,
)
from media_processing.analysis.types import CanonicalMedia, Severity
from media_processing.analysis.video import Frame
from tests.media_processing.media_files import tone, write_video, write_wav


def sharp(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(60, 200, (240, 320, 3), np.uint8)


def frames(*images: np.ndarray) -> Iterator[Frame]:
    return (Frame(float(second), image) for second, image in enumerate(images))


def media(tmp_path: Path, *, sound: np.ndarray | None = None, **video) -> CanonicalMedia:
    video_path = write_video(tmp_path / "v.mp4", **{"size": (320, 240), "seconds": 3, **video})
    audio_path = None if sound is None else write_wav(tmp_path / "a.wav", sound)
    return CanonicalMedia(video_path, audio_path, 3.0)


def found(media: CanonicalMedia) -> dict[str, Severity]:
    return {finding.code: finding.severity for finding in recording_findings(media)}


def test_a_good_recording_has_no_findings(tmp_path: Path) -> None:
    assert found(media(tmp_path, sound=tone(3))) == {}


@pytest.mark.parametrize(
    ("video", "sound", "code", "severity"),
    [
        ({"blank": True}, tone(3), "VIDEO_DARK", Severity.ERROR),
        ({"rate": 5}, tone(3), "VIDEO_LOW_RATE", Severity.WARNING),
        ({"size": (160, 120)}, tone(3), "VIDEO_SMALL", Severity.WARNING),
        ({}, np.zeros(48_000), "AUDIO_SILENT", Severity.WARNING),
        ({}, tone(3, level=0.005), "AUDIO_QUIET", Severity.WARNING),
        ({}, 20 * tone(3), "AUDIO_CLIPPED", Severity.WARNING),
        ({}, tone(6), "LENGTHS_DIFFER", Severity.WARNING),
        ({}, None, "NO_AUDIO", Severity.INFO),
    ],
)
def test_each_fault_is_found_alone(tmp_path: Path, video, sound, code, severity) -> None:
    assert found(media(tmp_path, sound=sound, **video)) == {code: severity}


def test_sound_alone(tmp_path: Path) -> None:
    audio_path = write_wav(tmp_path / "a.wav", tone(3))

    assert found(CanonicalMedia(None, audio_path, 3.0)) == {"NO_VIDEO": Severity.INFO}


def test_a_cut_off_upload_is_said_first(tmp_path: Path) -> None:
    findings = recording_findings(media(tmp_path, sound=tone(3)), truncated=True)

    assert [finding.code for finding in findings] == ["RECORDING_TRUNCATED"]


def test_blur_lowers_the_measured_sharpness() -> None:
    blurred = cv2.GaussianBlur(sharp(), (0, 0), 6)

    measures = measure_picture(frames(sharp(), blurred))

    assert measures.sharpness[0] > 20 > measures.sharpness[1]


@pytest.mark.parametrize(("still_s", "expected_s"), [(0, 0.0), (3, 0.0), (4, 4.0), (9, 9.0)])
def test_a_frozen_picture_is_counted_from_four_seconds_on(still_s, expected_s) -> None:
    images = [sharp(1), *[sharp(2)] * (still_s + 1), sharp(3), sharp(4)]

    assert frozen_s(measure_picture(frames(*images))) == expected_s


def test_a_picture_frozen_to_the_end_counts() -> None:
    assert frozen_s(measure_picture(frames(sharp(1), *[sharp(2)] * 8))) == 7.0


def test_the_level_of_a_sine_is_its_root_mean_square(tmp_path: Path) -> None:
    measures = measure_sound(write_wav(tmp_path / "a.wav", tone(2, level=0.5)))

    assert measures.level_dbfs == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=0.1)
    assert measures.clipped_share == 0
    assert measures.duration_s == pytest.approx(2.0)

"""The gait modality from a recording to its result."""

import os
from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import pytest

from media_processing.analysis.types import (
    CanonicalMedia,
    Modality,
    ModalityResult,
    ModalityStatus,
    Observation,
)
from media_processing.demo_media.rendered_walker import Stage, walker_frames
from media_processing.demo_media.walker_motion import WalkingStyle
from media_processing.modalities.gait import analyse
from media_processing.sandbox.canonicalise import canonicalise
from media_processing.selectors import WEIGHTS_DIR

DEFAULT_DATA = Path(__file__).resolve().parents[3].parent / "shared" / "data"
DATA = Path(os.environ.get("CREDITWEB_SHARED_DATA", DEFAULT_DATA))
STYLE = WalkingStyle(cadence_spm=104)
RATE_HZ = 12


def write_mp4(path: Path, pictures: Sequence[np.ndarray]) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE_HZ)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for picture in pictures:
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def run(path: Path | None, duration_s: float) -> tuple[ModalityResult, list[Observation]]:
    emitted: list[Observation] = []
    result = analyse(
        CanonicalMedia(path, None, duration_s),
        weights_dir=WEIGHTS_DIR,
        emit=emitted.extend,
        progress=lambda done, total: None,
    )
    return result, emitted


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> tuple[ModalityResult, list[Observation]]:
    stage = Stage(width_px=960, rate_hz=float(RATE_HZ))
    pictures = list(walker_frames(STYLE, 6.0, stage=stage))
    return run(write_mp4(tmp_path_factory.mktemp("walk") / "walk.mp4", pictures), 6.0)


def test_the_rendered_walk_is_found_and_counted(
    walk: tuple[ModalityResult, list[Observation]],
) -> None:
    result, _ = walk

    assert result.status is ModalityStatus.DONE
    assert result.measures["walking_s"] > 3.5
    assert result.measures["cadence_spm"] == pytest.approx(104, rel=0.08)
    assert result.measures["speed_mps"] is None
    assert result.measures["running_s"] == 0
    assert 0.5 < result.coverage <= 1


def test_observations_are_emitted_and_follow_the_contract(
    walk: tuple[ModalityResult, list[Observation]],
) -> None:
    result, emitted = walk

    assert len(emitted) >= 3
    assert list(result.observations) == emitted
    assert all(row.modality is Modality.GAIT for row in emitted)
    assert all(sum(row.probabilities) == pytest.approx(1, abs=1e-4) for row in emitted)
    assert all(0 <= row.confidence <= 1 and 0 < row.quality <= 1 for row in emitted)
    starts = [row.t_start_s for row in emitted]
    assert min(np.diff(starts)) >= 0.2


def test_the_page_gets_a_skeleton_and_the_gap_of_the_ankles(
    walk: tuple[ModalityResult, list[Observation]],
) -> None:
    result, _ = walk
    times = [row[0] for row in result.series["pose"]]

    assert all(len(row) == 1 + 15 * 3 for row in result.series["pose"])
    assert min(np.diff(times)) >= 0.19
    gaps = [row[1] for row in result.series["ankle_gap"] if row[1] is not None]
    assert max(gaps) > 0.2 and min(gaps) < -0.2


def test_an_empty_room_is_skipped_with_advice(tmp_path: Path) -> None:
    grey = np.full((240, 320, 3), 160, np.uint8)
    result, emitted = run(write_mp4(tmp_path / "room.mp4", [grey] * 24), 2.0)

    assert (result.status, result.reason) == (ModalityStatus.SKIPPED, "no_person")
    assert [finding.code for finding in result.quality] == ["NO_PERSON"]
    assert emitted == [] and result.measures["walking_s"] == 0


def test_sound_alone_is_skipped() -> None:
    result, _ = run(None, 3.0)

    assert (result.status, result.reason) == (ModalityStatus.SKIPPED, "no_video")


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "walking_s"),
    [
        ("walk_side_sports2d.mp4", (8.0, 12.0)),
        ("walk_two_frontal_intel_conv.mp4", (1.5, 3.0)),
        ("walk_worker_intel_conv.mp4", (1.5, 3.5)),
        ("run_side_sports2d.mp4", (0.0, 0.0)),
        ("talk_grid_bbaf2n.mpg", (0.0, 0.0)),
        ("rot180_vfr_fire2.mp4", (0.0, 0.0)),
    ],
)
def test_real_recordings_walk_as_long_as_one_sees(
    name: str, walking_s: tuple[float, float], tmp_path: Path
) -> None:
    source = DATA / "video" / name
    if not source.is_file():
        pytest.skip(f"needs {name} in the folder that CREDITWEB_SHARED_DATA names")
    media = canonicalise(source, tmp_path).media
    result, _ = run(media.video_path, media.duration_s)

    low, high = walking_s
    assert low <= result.measures["walking_s"] <= high
    if name == "walk_side_sports2d.mp4":
        assert result.measures["steps"] == pytest.approx(17, abs=1)
        assert result.measures["cadence_spm"] == pytest.approx(113, rel=0.05)

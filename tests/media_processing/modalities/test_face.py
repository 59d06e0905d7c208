"""The face modality from a film of drawn faces to its result."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from media_processing.analysis.types import (
    EMOTIONS,
    CanonicalMedia,
    ModalityResult,
    ModalityStatus,
    Observation,
)
from media_processing.demo_media.drawn_face import HAPPY, NEUTRAL, SURPRISED, draw_face
from media_processing.demo_media.film import write_film
from media_processing.modalities.face import analyse

ROOT = Path(__file__).resolve().parents[3]
WEIGHTS = ROOT / "media_processing" / "weights"
VIDEO = Path(os.environ.get("CREDITWEB_SHARED_DATA", ROOT.parent / "shared" / "data")) / "video"
RATE_HZ = 10
# How many people each recording shows a face of for a second; a range where the README says "4+".
PEOPLE = {
    "talk_grid_swiz3n.mpg": (1, 1),
    "faces_two_intel_conv.mp4": (2, 2),
    "faces_three_intel.gif": (3, 3),
    "faces_many_hamilton.mp4": (4, 8),
    "walk_two_frontal_intel_conv.mp4": (2, 2),
    "walk_worker_intel_conv.mp4": (0, 0),
    "derived_rot90meta_grid.mp4": (1, 1),
    "derived_verydark_grid.mp4": (1, 1),
    "dark_noduration.webm": (0, 0),
    "rot180_vfr_fire2.mp4": (0, 0),
}


class Told:
    """Keeps what the modality reports while it runs."""

    def __init__(self) -> None:
        self.observations: list[Observation] = []
        self.calls = 0
        self.progress: list[tuple[int, int]] = []

    def emit(self, observations: list[Observation]) -> None:
        self.calls += 1
        self.observations.extend(observations)


def frames(seconds: float) -> Iterator[np.ndarray]:
    """A happy face; nobody; a surprised face."""
    happy, surprised = (draw_face(face, width_px=240, height_px=240) for face in (HAPPY, SURPRISED))
    nobody = np.full_like(happy, 190)
    for shown in (happy, nobody, surprised):
        for _ in range(round(seconds / 3 * RATE_HZ)):
            yield shown


def read(path: Path | None, seconds: float, told: Told) -> ModalityResult:
    media = CanonicalMedia(path, None, seconds)
    return analyse(
        media,
        weights_dir=WEIGHTS,
        emit=told.emit,
        progress=lambda done, total: told.progress.append((done, total)),
    )


@pytest.fixture(scope="module")
def told() -> Told:
    return Told()


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory, told: Told) -> ModalityResult:
    path = tmp_path_factory.mktemp("face") / "film.mp4"
    write_film(path, frames(9.0), rate_hz=RATE_HZ)
    return read(path, 9.0, told)


def test_one_person_is_seen_and_read(result: ModalityResult) -> None:
    assert result.status is ModalityStatus.DONE
    assert result.measures["people"] == 1
    assert result.coverage == pytest.approx(6 / 9, abs=0.05)


def test_where_nobody_was_seen_there_is_no_observation(result: ModalityResult) -> None:
    starts = np.array([item.t_start_s for item in result.observations])
    assert not ((starts > 3.0) & (starts < 5.9)).any()
    assert (starts < 3.0).sum() == 15 and (starts >= 5.9).sum() == 15


def test_the_expression_signal_follows_the_drawing(result: ModalityResult) -> None:
    happy, surprise = EMOTIONS.index("happy"), EMOTIONS.index("surprise")
    shares = np.array([item.probabilities for item in result.observations])
    first, second = shares[:15].mean(axis=0), shares[15:].mean(axis=0)
    assert first.argmax() == happy
    assert second.argmax() == surprise


def test_observations_keep_the_contract(result: ModalityResult) -> None:
    for item in result.observations:
        assert sum(item.probabilities) == pytest.approx(1.0, abs=1e-9)
        assert item.confidence == pytest.approx(max(item.probabilities))
        assert item.person == 0
        assert 0.1 <= item.quality <= 1.0
        assert -1 <= item.valence <= 1 and -1 <= item.arousal <= 1
    gaps = np.diff([item.t_start_s for item in result.observations])
    assert gaps.min() > 0.199


def test_observations_are_told_while_it_runs(result: ModalityResult, told: Told) -> None:
    assert told.calls >= 2
    assert told.observations == list(result.observations)
    assert told.progress[-1] == (90, 90)
    assert [done for done, _ in told.progress] == sorted(done for done, _ in told.progress)


def test_the_box_and_quality_can_be_shown_beside_the_video(result: ModalityResult) -> None:
    boxes = np.array(result.series["face_box"])
    assert len(boxes) == len(result.series["face_quality"]) == 30
    centre_x, centre_y = boxes[:, 1] + boxes[:, 3] / 2, boxes[:, 2] + boxes[:, 4] / 2
    np.testing.assert_allclose(centre_x, 0.5, atol=0.06)
    np.testing.assert_allclose(centre_y, 0.52, atol=0.1)


def test_a_recording_without_a_face_is_skipped_with_advice(tmp_path: Path) -> None:
    path = tmp_path / "wall.mp4"
    write_film(path, (np.full((240, 320, 3), 20, np.uint8) for _ in range(20)), rate_hz=RATE_HZ)
    result = read(path, 2.0, Told())
    assert (result.status, result.reason) == (ModalityStatus.SKIPPED, "no_face")
    assert result.measures["people"] == 0
    assert result.observations == [] and result.coverage == 0.0
    assert [finding.code for finding in result.quality] == ["FACE_NONE", "VIDEO_DARK"]


def test_without_video_nothing_is_tried() -> None:
    result = read(None, 3.0, Told())
    assert (result.status, result.reason) == (ModalityStatus.SKIPPED, "no_video")


def test_two_people_are_counted_and_the_larger_is_read(tmp_path: Path) -> None:
    near = draw_face(HAPPY, width_px=240, height_px=240)
    far = draw_face(NEUTRAL, width_px=240, height_px=240, face_share=0.18)
    path = tmp_path / "two.mp4"
    write_film(path, (np.hstack([far, near]) for _ in range(20)), rate_hz=RATE_HZ)
    result = read(path, 2.0, Told())
    assert result.measures["people"] == 2
    assert "FACE_SEVERAL" in [finding.code for finding in result.quality]
    assert np.array(result.series["face_box"])[:, 1].min() > 0.5


@pytest.mark.shared_data
@pytest.mark.parametrize("name", sorted(PEOPLE))
def test_people_are_counted_in_real_recordings(name: str, tmp_path: Path) -> None:
    if not (VIDEO / name).is_file():
        pytest.skip(f"{name} is not in the data directory (CREDITWEB_SHARED_DATA)")
    command = [sys.executable, "manage.py", "process_recording", str(VIDEO / name)]
    done = subprocess.run(
        [*command, "--json"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=300
    )
    low, high = PEOPLE[name]
    assert low <= json.loads(done.stdout)["modalities"]["face"]["people"] <= high

"""Only the face that the officer confirmed is read: an officer's row never exists."""

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from media_processing.analysis.subject import FaceAnchor, Subject
from media_processing.analysis.types import EMOTIONS, CanonicalMedia, ModalityResult, Observation
from media_processing.demo_media.drawn_face import Look
from media_processing.demo_media.film import write_film
from media_processing.modalities.face import analyse
from tests.media_processing.two_people import LEFT, RATE_HZ, RIGHT, TwoPeople

WEIGHTS = Path(__file__).resolve().parents[3] / "media_processing" / "weights"
HAPPY, SURPRISE = EMOTIONS.index("happy"), EMOTIONS.index("surprise")
# (applicant's size, officer's size, when the officer comes in, brightness), each on both sides.
SCENES = [
    *((0.22, share, enters_s, 1.0) for share in (0.16, 0.22, 0.3) for enters_s in (0.0, 0.4)),
    *((0.16, share, 0.0, 1.0) for share in (0.22, 0.26, 0.3)),
    *((0.27, share, 0.0, 1.0) for share in (0.18, 0.3)),
    *((0.22, share, 0.4, 0.5) for share in (0.2, 0.28)),
    *((0.2, share, 0.0, 0.35) for share in (0.2, 0.3)),
]
CLIPS = [TwoPeople(side, *scene[:3], dark=scene[3]) for side in (LEFT, RIGHT) for scene in SCENES]


def read(path: Path, seconds: float, subject: Subject) -> tuple[ModalityResult, list[Observation]]:
    told: list[Observation] = []
    result = analyse(
        CanonicalMedia(path, None, seconds, subject),
        weights_dir=WEIGHTS,
        emit=told.extend,
        progress=lambda done, total: None,
    )
    return result, told


def of_somebody_else(result: ModalityResult, side: int) -> list[Observation]:
    """Return the observations made outside the applicant's half of the picture."""
    boxes = np.array(result.series["face_box"])
    middle = dict(zip(boxes[:, 0], boxes[:, 1] + boxes[:, 3] / 2, strict=True))
    return [
        item
        for item in result.observations
        if (middle[round(item.t_start_s, 3)] > 0.5) != (side == RIGHT)
    ]


def test_there_are_at_least_thirty_clips_of_two_people() -> None:
    assert len(CLIPS) >= 30


@pytest.mark.parametrize("clip", CLIPS, ids=str)
def test_the_officer_is_counted_and_never_read(clip: TwoPeople, tmp_path: Path) -> None:
    result, told = read(clip.write(tmp_path / "two.mp4"), clip.seconds, clip.subject)
    assert result.measures["people"] == 2
    assert len(result.observations) >= 6
    assert told == list(result.observations)
    assert of_somebody_else(result, clip.side) == []
    probabilities = np.array([item.probabilities for item in result.observations])
    assert (probabilities[:, HAPPY] > probabilities[:, SURPRISE]).all()


def test_the_same_clip_without_a_subject_reads_the_larger_face(tmp_path: Path) -> None:
    clip = TwoPeople(LEFT, 0.18, 0.3)
    result, _ = read(clip.write(tmp_path / "two.mp4"), clip.seconds, Subject())
    assert len(of_somebody_else(result, LEFT)) == len(result.observations) >= 6


def test_nothing_is_read_before_a_face_is_confirmed(tmp_path: Path) -> None:
    path = TwoPeople().write(tmp_path / "two.mp4")
    result, told = read(path, 1.6, Subject(face=()))
    assert (result.reason, told, list(result.observations)) == ("face_not_confirmed", [], [])
    assert result.series == {} and result.measures["people"] == 2
    assert "FACE_UNCONFIRMED" in [finding.code for finding in result.quality]


def test_a_place_without_a_face_confirms_nobody(tmp_path: Path) -> None:
    path = TwoPeople().write(tmp_path / "two.mp4")
    result, _ = read(path, 1.6, Subject(face=(FaceAnchor(0.6, 0.45, 0.1, 0.1, 0.2),)))
    assert result.reason == "face_not_confirmed"


def in_turn(path: Path, middle_frames: int, second: TwoPeople) -> Path:
    """The applicant on the left, then nobody, then whoever ``second`` shows on the left."""
    nobody = TwoPeople(enters_s=99.0, applicant_leaves_s=0.0)
    parts: list[Callable[[], list[np.ndarray]]] = [
        lambda: list(TwoPeople(enters_s=99.0).frames()),
        lambda: list(nobody.frames())[:1] * middle_frames,
        lambda: list(second.frames()),
    ]
    write_film(path, (frame for part in parts for frame in part()), rate_hz=RATE_HZ)
    return path


def test_who_sits_down_in_the_applicants_place_is_not_read(tmp_path: Path) -> None:
    officer_there = TwoPeople(RIGHT, enters_s=0.0, applicant_leaves_s=0.0)
    path = in_turn(tmp_path / "swap.mp4", 5 * RATE_HZ, officer_there)
    result, _ = read(path, 8.2, TwoPeople().subject)
    assert len(result.observations) >= 6
    assert max(item.t_end_s for item in result.observations) < 2.0


def test_who_comes_back_is_read_once_confirmed_again(tmp_path: Path) -> None:
    path = in_turn(tmp_path / "back.mp4", 5 * RATE_HZ, TwoPeople(enters_s=99.0))
    once, _ = read(path, 8.2, TwoPeople().subject)
    assert max(item.t_end_s for item in once.observations) < 2.0
    again = Subject(face=(TwoPeople().anchor(0.6), TwoPeople().anchor(7.4)))
    both, _ = read(path, 8.2, again)
    starts = [item.t_start_s for item in both.observations]
    assert starts[0] < 1.0 and starts[-1] > 7.5 and len(starts) >= 12


def test_a_new_take_asks_again(tmp_path: Path) -> None:
    clip = TwoPeople(seconds=3.0)
    path = clip.write(tmp_path / "takes.mp4")
    subject = Subject(face=(clip.anchor(0.6),), joins_s=(1.6,))
    result, _ = read(path, 3.0, subject)
    assert 1.2 < max(item.t_end_s for item in result.observations) <= 1.81


def test_a_later_confirmation_takes_the_place_of_a_wrong_one(tmp_path: Path) -> None:
    clip = TwoPeople()
    wrong = TwoPeople(RIGHT).anchor(0.6)
    subject = Subject(face=(wrong, clip.anchor(1.0)))
    result, _ = read(clip.write(tmp_path / "two.mp4"), 1.6, subject)
    assert len(result.observations) >= 6 and of_somebody_else(result, LEFT) == []


def before_a_wall(frames: Iterator[np.ndarray], seed: int) -> list[np.ndarray]:
    """Put a patterned wall behind whoever is in the pictures."""
    rough = np.random.default_rng(seed).integers(0, 255, (6, 10), np.uint8)
    wall = cv2.resize(rough, (480, 240), interpolation=cv2.INTER_CUBIC)[..., None]
    plain = np.array(Look().background, np.float32)
    return [
        np.where((abs(frame - plain) < 6).all(axis=2, keepdims=True), wall, frame)
        for frame in frames
    ]


def test_a_camera_turned_to_the_officer_reads_nobody(tmp_path: Path) -> None:
    applicant = TwoPeople(applicant_share=0.14, enters_s=99.0)
    officer = TwoPeople(RIGHT, officer_share=0.14, applicant_leaves_s=0.0)
    path = tmp_path / "turned.mp4"
    shown = before_a_wall(applicant.frames(), 1) + before_a_wall(officer.frames(), 2)
    write_film(path, shown, rate_hz=RATE_HZ)
    result, _ = read(path, 3.2, applicant.subject)
    assert 1.0 < max(item.t_end_s for item in result.observations) < 1.7

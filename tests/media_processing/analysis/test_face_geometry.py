"""Boxes, alignment, quality and cuts: the geometry under the face tracks."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_processing.analysis.face_alignment import (
    ANCHOR_SHARES,
    CROP_PX,
    align,
    cut_out,
    similarity,
)
from media_processing.analysis.face_boxes import (
    Box,
    distance,
    overlap,
    size_ratio,
    without_doubles,
)
from media_processing.analysis.face_cuts import CutDetector
from media_processing.analysis.face_landmarks import (
    LEFT_EYE,
    MOUTH_CORNERS,
    RIGHT_EYE,
    FaceLandmarks,
)
from media_processing.analysis.face_quality import FaceQuality, ramp, sharpness


def landmarks(left_eye: list[float], right_eye: list[float], mouth: list[float]) -> FaceLandmarks:
    points = np.zeros((468, 2))
    for group, place in ((LEFT_EYE, left_eye), (RIGHT_EYE, right_eye), (MOUTH_CORNERS, mouth)):
        points[list(group)] = place
    return FaceLandmarks(points, yaw_degrees=0.0, pitch_degrees=0.0)


def test_overlap_of_half_shifted_boxes_is_a_third() -> None:
    assert overlap(Box(0, 0, 10, 10), Box(5, 0, 10, 10)) == pytest.approx(1 / 3)
    assert overlap(Box(0, 0, 10, 10), Box(10, 0, 10, 10)) == 0.0


def test_distance_counts_in_face_sizes() -> None:
    assert distance(Box(0, 0, 20, 20), Box(30, 40, 20, 20)) == pytest.approx(2.5)
    assert size_ratio(Box(0, 0, 20, 10), Box(0, 0, 30, 60)) == pytest.approx(3.0)


def test_of_doubles_the_first_is_kept() -> None:
    first, double, other = Box(0, 0, 20, 20), Box(2, 2, 20, 20), Box(50, 0, 20, 20)
    assert without_doubles([first, double, other]) == [first, other]


def test_a_box_in_another_is_a_double_unless_it_is_far_smaller() -> None:
    large, inner, tiny = Box(311, 271, 72, 72), Box(302, 274, 43, 43), Box(312, 272, 20, 20)
    assert without_doubles([large, inner]) == [large]
    assert without_doubles([large, tiny]) == [large, tiny]


@given(
    angle=st.floats(-math.pi, math.pi),
    scale=st.floats(0.05, 20.0),
    dx=st.floats(-500, 500),
    dy=st.floats(-500, 500),
)
def test_similarity_finds_turn_scale_and_shift_again(
    angle: float, scale: float, dx: float, dy: float
) -> None:
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    moved = scale * ANCHOR_SHARES @ turn.T + np.array([dx, dy])
    matrix = similarity(ANCHOR_SHARES, moved)
    np.testing.assert_allclose(matrix[:, :2], scale * turn, atol=1e-6 * max(scale, 1))
    np.testing.assert_allclose(matrix[:, 2], [dx, dy], atol=1e-6 * max(abs(dx), abs(dy), scale, 1))


@pytest.mark.parametrize("size", [60.0, 400.0])
def test_alignment_brings_a_tilted_face_upright(size: float) -> None:
    """Bright dots at eyes and mouth of a face tilted by 25 degrees land at the trained places."""
    angle = math.radians(25)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    centre = np.array([300.0, 260.0])
    anchors = (ANCHOR_SHARES - 0.5) * size @ turn.T + centre
    down, across = np.mgrid[0:560, 0:640]
    picture = np.zeros((560, 640))
    for x, y in anchors:
        picture += 250 * np.exp(-((across - x) ** 2 + (down - y) ** 2) / (0.03 * size) ** 2)
    crop = align(picture.clip(0, 255).astype(np.uint8), landmarks(*anchors.tolist()))
    assert crop.shape == (CROP_PX, CROP_PX)
    for x, y in ANCHOR_SHARES * CROP_PX:
        around = crop[round(y) - 2 : round(y) + 2, round(x) - 2 : round(x) + 2]
        assert around.max() > 0.6 * crop.max()
    assert crop[:8].max() < 0.1 * crop.max()


def test_a_box_is_cut_with_a_margin() -> None:
    picture = np.zeros((100, 100), dtype=np.uint8)
    picture[30:70, 30:70] = 200
    crop = cut_out(picture, Box(30, 30, 40, 40))
    assert crop[CROP_PX // 2, CROP_PX // 2] == 200
    assert crop[0].max() == 0
    assert 0.75 < (crop > 100).mean() < 0.9


def test_sharpness_falls_with_blur_and_ignores_light() -> None:
    rng = np.random.default_rng(0)
    sharp = rng.integers(60, 190, (48, 48)).astype(np.uint8)
    smooth = np.add.outer(np.arange(48), np.arange(48)).astype(np.uint8)
    assert sharpness(sharp) > 0.5
    assert sharpness(smooth) < 0.05
    assert sharpness((sharp // 2).astype(np.uint8)) == pytest.approx(sharpness(sharp), abs=0.02)
    assert sharpness(np.full((48, 48), 90, dtype=np.uint8)) == 0.0


def test_the_weakest_figure_decides_the_quality() -> None:
    good = FaceQuality(size_px=120, sharpness=0.2, light=120, turn_degrees=5)
    assert good.score == 1.0
    assert FaceQuality(120, 0.2, 120, turn_degrees=60).score == 0.0
    assert FaceQuality(40, 0.2, 120, 5).score == pytest.approx(0.5)
    assert FaceQuality(120, 0.2, light=250, turn_degrees=5).score == 0.0


@given(st.floats(-100, 400))
def test_a_ramp_stays_within_its_ends(value: float) -> None:
    assert 0.0 <= ramp(value, (60.0, 25.0)) <= 1.0
    assert ramp(value, (60.0, 25.0)) == pytest.approx(1.0 - ramp(value, (25.0, 60.0)))


def test_a_cut_is_seen_and_movement_is_not() -> None:
    rng = np.random.default_rng(1)
    scene = np.kron(rng.integers(0, 255, (9, 16)), np.ones((40, 40))).astype(np.uint8)
    other = np.kron(rng.integers(0, 255, (9, 16)), np.ones((40, 40))).astype(np.uint8)
    cuts = CutDetector()
    assert not cuts.is_cut(scene)
    assert not cuts.is_cut(np.roll(scene, 8, axis=1))
    assert cuts.is_cut(other)
    assert not cuts.is_cut(other)


def test_noise_in_the_dark_is_no_cut() -> None:
    rng = np.random.default_rng(2)
    cuts = CutDetector()
    dark = [rng.integers(0, 4, (180, 320)).astype(np.uint8) for _ in range(5)]
    assert [cuts.is_cut(picture) for picture in dark] == [False] * 5

"""Motion capture seen by made-up cameras."""

import numpy as np
import pytest

from media_processing.analysis.gait_skeleton import BodyPoint
from media_processing.training.render_walkers import (
    BONES,
    Camera,
    MotionClip,
    body_points,
    project,
    random_view,
    resampled,
    reshaped,
    seen_track,
)

# One upright body: x to its left, y up, facing +z; rows as in the motion capture.
BODY = np.array(
    [
        [0, 0.9, 0], [0, 1.05, 0], [0, 1.2, 0], [0, 1.4, 0], [0, 1.5, 0],
        [0.18, 1.35, 0], [0.2, 1.1, 0], [0.2, 0.85, 0],
        [-0.18, 1.35, 0], [-0.2, 1.1, 0], [-0.2, 0.85, 0],
        [0.09, 0.88, 0], [0.09, 0.48, 0.02], [0.09, 0.08, 0], [0.09, 0.02, 0.15],
        [-0.09, 0.88, 0], [-0.09, 0.48, 0.02], [-0.09, 0.08, 0], [-0.09, 0.02, 0.15],
    ],
    np.float32,
)  # fmt: skip
STILL = np.repeat(BODY[None], 60, axis=0)


def clip_of(joints: np.ndarray) -> MotionClip:
    return MotionClip(
        "walk", "bandai1", "walk", "normal", "neutral", "mid", True, "train", 30.0, joints
    )


def test_the_camera_in_front_sees_the_left_hand_on_the_right() -> None:
    flat = project(body_points(STILL[:1]), Camera(0, 0, 4))[0]

    assert flat[BodyPoint.L_WRIST, 0] > 0.1 > -0.1 > flat[BodyPoint.R_WRIST, 0]
    assert flat[BodyPoint.HEAD, 1] < flat[BodyPoint.L_HIP, 1] < flat[BodyPoint.L_ANKLE, 1]


def test_the_camera_behind_sees_it_on_the_left() -> None:
    flat = project(body_points(STILL[:1]), Camera(180, 0, 4))[0]

    assert flat[BodyPoint.L_WRIST, 0] < -0.1


def test_both_sides_see_the_toes_point_apart() -> None:
    left, right = (project(body_points(STILL[:1]), Camera(yaw, 0, 4))[0] for yaw in (90, -90))
    ahead = [float(flat[BodyPoint.L_TOE, 0] - flat[BodyPoint.L_ANKLE, 0]) for flat in (left, right)]

    assert abs(ahead[0]) > 0.1 and ahead[0] * ahead[1] < 0
    assert abs(left[BodyPoint.L_HIP, 0] - left[BodyPoint.R_HIP, 0]) < 0.02


def test_longer_legs_leave_the_trunk_alone() -> None:
    scales = np.ones(len(BONES), np.float32)
    scales[[11, 12, 15, 16]] = 1.2
    changed = reshaped(STILL[:1], scales)[0]

    assert np.linalg.norm(changed[12] - changed[11]) == pytest.approx(1.2 * 0.4005, rel=1e-3)
    np.testing.assert_allclose(changed[4] - changed[0], BODY[4] - BODY[0], atol=1e-6)


def test_resampling_interpolates_and_holds_the_last_frame() -> None:
    moving = STILL + np.arange(60, dtype=np.float32)[:, None, None] / 30
    at = resampled(moving, 30.0, np.array([0.05, 5.0], np.float32))

    np.testing.assert_allclose(at[0], BODY + 0.05, atol=1e-5)
    np.testing.assert_allclose(at[1], moving[-1], atol=1e-5)


def test_a_seed_decides_a_view() -> None:
    clip = clip_of(STILL)
    first, again = (random_view(clip, np.random.default_rng(5)) for _ in range(2))
    other = random_view(clip, np.random.default_rng(6))

    np.testing.assert_array_equal(first.pictures, again.pictures)
    assert first.yaw_deg == again.yaw_deg
    assert np.abs(first.pictures.astype(int) - other.pictures).mean() > 1


def test_a_short_clip_still_fills_a_clip_of_the_network() -> None:
    track = seen_track(clip_of(STILL[:20]), Camera(90, 0, 4), 0.0, 10.0)

    assert track.duration_s >= 1.59

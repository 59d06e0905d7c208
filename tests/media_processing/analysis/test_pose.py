"""Finding and following one body."""

from collections.abc import Iterator

import numpy as np
import pytest

from media_processing.analysis.gait_skeleton import POINTS, BodyPoint
from media_processing.analysis.pose import (
    Attention,
    MediaPipePoseFinder,
    Pose,
    downscaled,
    follow_person,
    somebody_else,
)
from media_processing.analysis.video import Frame
from media_processing.demo_media.rendered_walker import Stage, walker_frames
from media_processing.demo_media.walker_motion import Crossing, WalkingStyle, figure_at

STAGE = Stage(rate_hz=10.0)
STYLE = WalkingStyle()


def upright_pose() -> Pose:
    places, _ = STAGE.project(figure_at(STYLE, Crossing(STYLE.speed_mps), 1.0))
    size = np.array([STAGE.width_px, STAGE.height_px])
    return Pose((places / size).astype(np.float32), np.ones(POINTS, np.float32))


@pytest.fixture(scope="module")
def walker() -> list[np.ndarray]:
    return list(walker_frames(STYLE, 2.0, stage=STAGE))


def frames_of(pictures: list[np.ndarray]) -> Iterator[Frame]:
    return (Frame(index / 10, picture) for index, picture in enumerate(pictures))


def test_the_rendered_walker_is_found_where_it_is(walker: list[np.ndarray]) -> None:
    with MediaPipePoseFinder() as finder:
        samples = list(follow_person(frames_of(walker), finder))

    way = Crossing(STYLE.speed_mps)
    found = [sample for sample in samples if sample.pose is not None]
    assert len(found) >= 0.9 * len(walker)
    size = np.array([STAGE.width_px, STAGE.height_px])
    errors_px = [
        np.linalg.norm(
            sample.pose.points * size - STAGE.project(figure_at(STYLE, way, sample.t_s))[0], axis=1
        ).mean()
        for sample in found
        if sample.pose is not None
    ]
    assert np.median(errors_px) < 12


def test_an_empty_room_holds_nobody() -> None:
    with MediaPipePoseFinder() as finder:
        assert finder.find(np.full((480, 640, 3), 170, np.uint8)) is None


def test_a_second_person_is_noticed(walker: list[np.ndarray]) -> None:
    left, right = walker[2], walker[12]
    both = np.hstack([left, right])
    with MediaPipePoseFinder(is_tracking=False) as finder:
        first = finder.find(left)
        alone = somebody_else(left, first, finder) if first else None
        in_pair = finder.find(both)
        other = somebody_else(both, in_pair, finder) if in_pair else None

    assert first is not None and alone is None
    assert in_pair is not None and other is not None
    assert abs(float(other.points[0, 0] - in_pair.points[0, 0])) > 0.2


def test_legs_below_the_picture_are_no_legs() -> None:
    whole = upright_pose()
    cut = Pose(whole.points * np.array([1, 1.6], np.float32), whole.visibility)

    assert whole.shows_legs and whole.shows_whole_body
    assert not cut.shows_legs and not cut.shows_whole_body


def test_one_hidden_knee_still_shows_legs_but_two_do_not() -> None:
    pose = upright_pose()
    one, two = pose.visibility.copy(), pose.visibility.copy()
    one[BodyPoint.R_KNEE] = 0.1
    two[[BodyPoint.L_KNEE, BodyPoint.R_KNEE]] = 0.1

    assert Pose(pose.points, one).shows_legs
    assert not Pose(pose.points, two).shows_legs


def test_a_head_below_the_hips_or_a_tiny_body_is_no_person() -> None:
    pose = upright_pose()
    upside_down = Pose(1 - pose.points, pose.visibility)
    tiny = Pose(0.5 + 0.1 * (pose.points - 0.5), pose.visibility)

    assert pose.is_plausible
    assert not upside_down.is_plausible
    assert not tiny.is_plausible


def test_attention_wanes_without_legs_and_returns_with_them() -> None:
    attention = Attention()
    looks = []
    for index in range(60):
        t_s = index / 10
        if attention.wants(t_s):
            looks.append(t_s)
            attention.note(t_s, upright_pose() if t_s >= 4 else None)

    early = [t_s for t_s in looks if 1.6 < t_s < 4]
    late = [t_s for t_s in looks if t_s >= 4.5]
    assert 4 <= len(early) <= 6
    assert len(late) == 15


def test_downscaling_keeps_the_shape_and_never_enlarges() -> None:
    assert downscaled(np.zeros((720, 1280, 3), np.uint8)).shape == (360, 640, 3)
    assert downscaled(np.zeros((240, 320, 3), np.uint8)).shape == (240, 320, 3)

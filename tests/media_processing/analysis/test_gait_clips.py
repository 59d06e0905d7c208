"""Person-centred pictures: what the I3D looks at."""

import numpy as np
import pytest

from media_processing.analysis.gait import walk_bouts
from media_processing.analysis.gait_clips import clips_between, walking_clips
from media_processing.analysis.gait_skeleton import MIRRORED, POINTS, BodyPoint
from media_processing.analysis.gait_tracks import BodyTrack, body_tracks
from media_processing.analysis.person_clips import (
    CLIP_FRAMES,
    CLIP_S,
    PICTURE_PX,
    body_length,
    draw_clip,
    faces_left,
)
from media_processing.demo_media.walker_motion import WalkingStyle
from tests.media_processing.analysis.walkers import walker_samples

LEFT, TRUNK, RIGHT = range(3)


@pytest.fixture(scope="module")
def track() -> BodyTrack:
    return next(body_tracks(walker_samples(WalkingStyle(), 5.0)))


@pytest.fixture(scope="module")
def points(track: BodyTrack) -> np.ndarray:
    return track.points[: 2 * CLIP_FRAMES : 2].astype(np.float32)


SEEN = np.ones((CLIP_FRAMES, POINTS), np.float32)


def test_a_clip_has_sixteen_pictures_with_the_body_inside(points: np.ndarray) -> None:
    clip = draw_clip(points, SEEN)

    assert clip.shape == (CLIP_FRAMES, PICTURE_PX, PICTURE_PX, 3)
    assert clip.dtype == np.uint8
    for channel in (LEFT, TRUNK, RIGHT):
        assert (clip[..., channel].max(axis=(1, 2)) > 200).all()
    border = np.concatenate([clip[:, :, 0], clip[:, :, -1]], axis=1)
    assert border.max() == 0


def test_place_and_size_in_the_picture_do_not_matter(points: np.ndarray) -> None:
    elsewhere = 2.7 * points + np.array([3.0, -1.0], np.float32)
    difference = draw_clip(elsewhere, SEEN).astype(int) - draw_clip(points, SEEN).astype(int)

    assert np.abs(difference).mean() < 0.5


def test_a_steady_way_is_taken_out_and_a_bounce_is_kept(points: np.ndarray) -> None:
    steps = np.arange(CLIP_FRAMES, dtype=np.float32)[:, None, None]
    way = points + steps * np.array([0.02, 0.003], np.float32)
    bounce = points + 0.03 * np.sin(2 * steps) * np.array([0, 1], np.float32)
    original = draw_clip(points, SEEN).astype(int)

    assert np.abs(draw_clip(way, SEEN) - original).mean() < 0.5
    assert np.abs(draw_clip(bounce, SEEN) - original).mean() > 2


def test_left_and_right_have_channels_of_their_own(points: np.ndarray) -> None:
    exchanged = draw_clip(points[:, list(MIRRORED)], SEEN)

    np.testing.assert_array_equal(exchanged[..., LEFT], draw_clip(points, SEEN)[..., RIGHT])


def test_a_walk_to_the_left_is_drawn_as_its_mirror_image(points: np.ndarray) -> None:
    mirrored = points[:, list(MIRRORED)] * np.array([-1, 1], np.float32)
    difference = draw_clip(mirrored, SEEN).astype(int) - draw_clip(points, SEEN).astype(int)

    assert faces_left(mirrored) != faces_left(points)
    assert np.abs(difference).max() <= 2


def test_an_unseen_arm_is_left_out(points: np.ndarray) -> None:
    unseen = SEEN.copy()
    unseen[:, [BodyPoint.L_ELBOW, BodyPoint.L_WRIST]] = 0.0
    whole, without = draw_clip(points, SEEN), draw_clip(points, unseen)

    assert without[..., LEFT].sum() < 0.9 * whole[..., LEFT].sum()
    np.testing.assert_array_equal(without[..., RIGHT], whole[..., RIGHT])


def test_body_length_is_trunk_thigh_and_shin(points: np.ndarray) -> None:
    assert body_length(3 * points) == pytest.approx(3 * body_length(points), rel=1e-5)


def test_clips_follow_every_eight_tenths_of_a_second(track: BodyTrack) -> None:
    clips = list(clips_between(track, float(track.t_s[0]), float(track.t_s[-1])))

    starts = [clip.t_start_s for clip in clips]
    assert len(clips) == 5
    np.testing.assert_allclose(np.diff(starts), 0.8)
    assert all(clip.t_end_s - clip.t_start_s == pytest.approx(CLIP_S) for clip in clips)
    assert clips[-1].t_end_s <= track.t_s[-1] + 0.06


def test_a_short_walk_borrows_time_and_a_short_track_has_none(track: BodyTrack) -> None:
    assert len(list(clips_between(track, 2.0, 3.0))) == 1
    short = track.between(1.0, 2.2)
    assert list(clips_between(short, 1.0, 2.2)) == []


def test_only_walking_is_read(track: BodyTrack) -> None:
    running = next(
        body_tracks(walker_samples(WalkingStyle(cadence_spm=172, stride_deg=34), 3.0, half_way_m=5))
    )

    assert len(list(walking_clips(track, walk_bouts([track])))) >= 4
    assert list(walking_clips(running, walk_bouts([running]))) == []

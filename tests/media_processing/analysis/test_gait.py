"""Walking is found, counted and measured on walkers whose truth is known."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media_processing.analysis.gait import find_steps, walk_bouts
from media_processing.analysis.gait_measures import GaitMeasures, gait_measures
from media_processing.analysis.gait_skeleton import MIRRORED
from media_processing.analysis.gait_tracks import body_tracks, untangled
from media_processing.analysis.pose import PoseSample
from media_processing.demo_media.rendered_walker import Stage
from media_processing.demo_media.walker_motion import WalkingStyle, standing_pose
from tests.media_processing.analysis.walkers import WIDE, samples_of, walker_samples

SIX_S = 6.0


def measured(samples: list[PoseSample]) -> GaitMeasures:
    return gait_measures(walk_bouts(body_tracks(samples)))


@pytest.mark.parametrize("cadence_spm", [70, 90, 110, 130])
def test_cadence_and_steps_from_the_side(cadence_spm: int) -> None:
    measures = measured(walker_samples(WalkingStyle(cadence_spm=cadence_spm), SIX_S))

    assert measures.cadence_spm == pytest.approx(cadence_spm, rel=0.05)
    assert measures.steps == pytest.approx(cadence_spm * SIX_S / 60, abs=1)
    assert measures.walking_s == pytest.approx(SIX_S, abs=0.8)
    assert measures.running_s == 0


@pytest.mark.parametrize("cadence_spm", [80, 110])
def test_cadence_of_somebody_who_comes_towards_the_camera(cadence_spm: int) -> None:
    far = replace(WIDE, distance_m=6.0, focal_px=900.0)
    style = WalkingStyle(cadence_spm=cadence_spm)
    measures = measured(walker_samples(style, 4.0, half_way_m=2.4, heading_deg=90, stage=far))

    assert measures.walking_s > 2.5
    assert measures.cadence_spm == pytest.approx(cadence_spm, rel=0.1)
    assert measures.stoop_deg is None
    assert measures.speed_heights_per_s is None


def test_a_low_picture_rate_is_enough() -> None:
    measures = measured(walker_samples(WalkingStyle(cadence_spm=100), SIX_S, rate_hz=8.0))

    assert measures.cadence_spm == pytest.approx(100, rel=0.06)


@pytest.mark.parametrize("stoop_deg", [0, 10, 20])
def test_stoop_from_the_side(stoop_deg: int) -> None:
    measures = measured(walker_samples(WalkingStyle(stoop_deg=stoop_deg), SIX_S))

    assert measures.stoop_deg == pytest.approx(stoop_deg, abs=2.5)


def test_an_even_walk_is_symmetric_and_a_limp_is_not() -> None:
    even = measured(walker_samples(WalkingStyle(), 7.0))
    uneven = measured(walker_samples(WalkingStyle(asymmetry=0.2), 7.0))

    assert even.symmetry is not None and even.symmetry > 0.93
    # Step times of 0.4 and 0.6 of a stride.
    assert uneven.symmetry == pytest.approx(0.4 / 0.6, abs=0.12)


def test_a_limp_is_as_regular_as_an_even_walk() -> None:
    uneven = measured(walker_samples(WalkingStyle(asymmetry=0.2), 7.0))

    assert uneven.step_regularity is not None and uneven.step_regularity > 0.85


def test_wider_arms_swing_more() -> None:
    still = measured(walker_samples(WalkingStyle(arm_swing_deg=2), SIX_S))
    wide = measured(walker_samples(WalkingStyle(arm_swing_deg=30), SIX_S))

    assert still.arm_swing is not None and wide.arm_swing is not None
    assert wide.arm_swing > 4 * still.arm_swing


def test_speed_is_known_in_heights_and_in_metres_only_with_a_scale() -> None:
    style = WalkingStyle()
    bouts = walk_bouts(body_tracks(walker_samples(style, SIX_S)))

    assert gait_measures(bouts).speed_mps is None
    height_m = 1.73
    assert gait_measures(bouts, height_m).speed_mps == pytest.approx(style.speed_mps, rel=0.15)


@settings(max_examples=8, deadline=None)
@given(
    zoom=st.floats(0.6, 1.6),
    cadence_spm=st.floats(75, 130),
    stoop_deg=st.floats(-3, 20),
)
def test_measures_do_not_depend_on_the_size_in_the_picture(
    zoom: float, cadence_spm: float, stoop_deg: float
) -> None:
    style = WalkingStyle(cadence_spm=cadence_spm, stoop_deg=stoop_deg)
    near = Stage(width_px=2600, height_px=900, focal_px=700.0)
    first = measured(walker_samples(style, 4.0, stage=near, half_way_m=3.0))
    second = measured(
        walker_samples(style, 4.0, stage=replace(near, focal_px=700.0 * zoom), half_way_m=3.0)
    )

    assert first.steps == second.steps
    assert first.cadence_spm == pytest.approx(second.cadence_spm, rel=0.01)
    assert first.stoop_deg == pytest.approx(second.stoop_deg, abs=0.2)
    assert first.arm_swing == pytest.approx(second.arm_swing, rel=0.02)


def test_standing_is_not_walking() -> None:
    rng = np.random.default_rng(0)
    still = standing_pose()
    samples = samples_of(lambda _: still + rng.normal(0, 0.005, still.shape), SIX_S)

    assert measured(samples) == GaitMeasures()


def test_running_is_timed_but_is_not_walking() -> None:
    style = WalkingStyle(cadence_spm=172, stride_deg=34)
    measures = measured(walker_samples(style, 3.0, half_way_m=5.0))

    assert measures.walking_s == 0
    assert measures.running_s > 2


def test_legs_out_of_the_picture_leave_no_track() -> None:
    close = Stage(width_px=640, height_px=480, focal_px=1500.0, height_m=1.5)
    samples = samples_of(lambda _: standing_pose(), 3.0, stage=close)

    assert not any(sample.pose and sample.pose.shows_legs for sample in samples)
    assert list(body_tracks(samples)) == []


def test_nobody_gives_no_measures() -> None:
    samples = [PoseSample(index / 10, None, 1.5) for index in range(30)]

    assert measured(samples) == GaitMeasures()


def test_a_jump_to_somebody_else_ends_the_track() -> None:
    here = samples_of(lambda _: standing_pose(), 2.0)
    there = samples_of(lambda _: standing_pose() + np.array([2.5, 0, 0]), 2.0)
    later = [replace(sample, t_s=sample.t_s + 2.0) for sample in there]

    assert len(list(body_tracks([*here, *later]))) == 2


def test_exchanged_legs_are_put_back() -> None:
    samples = walker_samples(WalkingStyle(), 4.0, rate_hz=12.5)
    t_s = np.array([sample.t_s for sample in samples])
    true = np.stack([s.pose.points * np.array([s.aspect, 1]) for s in samples if s.pose])
    faulty = true.copy()
    legs = slice(9, None)
    for frame in (9, 10, 22, 35):
        faulty[frame, legs] = true[frame][list(MIRRORED)][legs]

    assert np.abs(faulty - true).max() > 0.05
    np.testing.assert_allclose(untangled(t_s, faulty), true, atol=1e-6)


def test_steps_alternate_between_the_feet() -> None:
    track = next(body_tracks(walker_samples(WalkingStyle(), SIX_S)))
    sides = [step.is_left for step in find_steps(track)]

    assert all(last != following for last, following in pairwise(sides))

"""Walks that limp, lean on a cane, are old or carry."""

import numpy as np
import pytest

from media_processing.analysis.gait import walk_bouts
from media_processing.analysis.gait_measures import GaitMeasures, gait_measures, stoop_deg
from media_processing.training.impaired_walks import (
    EDITS,
    gait_phase,
    impaired,
    in_other_time,
)
from media_processing.training.limb_edits import BONES, FORWARD, L_ARM, R_ARM, taken_apart
from media_processing.training.render_walkers import Camera, MotionClip, seen_track
from tests.media_processing.training.captured import RATE_HZ, WALK

SIDE = Camera(90, 0, 5)
PARENTS, CHILDREN = (list(ends) for ends in zip(*BONES, strict=True))


def measured(clip: MotionClip) -> GaitMeasures:
    return gait_measures(walk_bouts([seen_track(clip, SIDE, 0.0, clip.duration_s)]))


def arm_swing(clip: MotionClip, arm: tuple[int, ...]) -> float:
    bones = taken_apart(clip.joints, RATE_HZ).bones
    return float(bones[:, list(arm), FORWARD].std(axis=0).mean())


def test_the_phase_is_nought_where_the_left_foot_is_ahead() -> None:
    phase = gait_phase(WALK.joints, RATE_HZ)
    inner = slice(45, 135)
    ahead = WALK.joints[inner, 13, 2] - WALK.joints[inner, 17, 2]

    assert np.corrcoef(np.cos(phase[inner]), ahead)[0, 1] > 0.98
    assert np.diff(phase).min() > 0


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("is_left", [True, False])
def test_every_edit_is_the_same_body_on_the_same_floor(edit: str, is_left: bool) -> None:
    changed = impaired(WALK, edit, is_left=is_left)
    lengths = [
        np.linalg.norm(joints[:, CHILDREN] - joints[:, PARENTS], axis=-1)
        for joints in (changed.joints, WALK.joints)
    ]

    np.testing.assert_allclose(*lengths, atol=2e-2)
    assert np.abs(changed.joints[..., 1].min(axis=1) - 0.02).max() < 0.06
    assert np.abs(changed.joints - WALK.joints).max() > 0.03


def test_a_limp_is_uneven_and_regular() -> None:
    even, uneven = measured(WALK), measured(impaired(WALK, "limp"))

    assert even.symmetry is not None and even.symmetry > 0.9
    assert uneven.symmetry is not None and uneven.symmetry < 0.8
    assert uneven.step_regularity is not None and uneven.step_regularity > 0.85


def test_a_bag_stills_the_arm_that_carries_it() -> None:
    left, right = (impaired(WALK, "hand_bag", is_left=is_left) for is_left in (True, False))

    assert arm_swing(left, L_ARM) < 0.4 * arm_swing(left, R_ARM)
    assert arm_swing(right, R_ARM) < 0.4 * arm_swing(right, L_ARM)


def test_old_age_stoops_and_a_slight_one_stoops_less() -> None:
    angles = [
        stoop_deg(seen_track(clip, SIDE, 0, 4))
        for clip in (WALK, impaired(WALK, "old_age", strength=0.5), impaired(WALK, "old_age"))
    ]

    assert angles[0] + 3 < angles[1] < angles[2] - 3


def test_other_time_changes_the_cadence_and_nothing_else() -> None:
    slow = measured(in_other_time(WALK, 0.7))
    usual = measured(WALK)

    assert slow.cadence_spm == pytest.approx(0.7 * usual.cadence_spm, rel=0.05)
    assert slow.arm_swing == pytest.approx(usual.arm_swing, rel=0.1)

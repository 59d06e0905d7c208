"""A captured motion taken apart, changed and put together."""

import numpy as np
import pytest

from media_processing.training.limb_edits import (
    BONES,
    FORWARD,
    L_ARM,
    L_LEG,
    LEFT,
    R_LEG,
    UP,
    UPPER_BODY,
    lowest_foot,
    put_together,
    random_manner,
    taken_apart,
)
from tests.media_processing.training.captured import RATE_HZ, walking_joints

JOINTS = walking_joints()
PARENTS, CHILDREN = (list(ends) for ends in zip(*BONES, strict=True))


def lengths(joints: np.ndarray) -> np.ndarray:
    return np.linalg.norm(joints[:, CHILDREN] - joints[:, PARENTS], axis=-1)


def test_put_together_again_nothing_has_changed() -> None:
    motion = taken_apart(JOINTS, RATE_HZ)

    np.testing.assert_allclose(put_together(motion, lowest_foot(JOINTS)), JOINTS, atol=1e-5)


def test_the_walker_is_seen_from_himself_wherever_he_walks() -> None:
    turned = JOINTS[..., [2, 1, 0]] * np.array([1, 1, -1], np.float32)

    np.testing.assert_allclose(
        taken_apart(turned, RATE_HZ).bones, taken_apart(JOINTS, RATE_HZ).bones, atol=1e-5
    )


def test_still_arms_keep_their_length_and_their_place() -> None:
    motion = taken_apart(JOINTS, RATE_HZ)
    still = motion.swung(L_ARM, 0.0)

    assert motion.bones[:, L_ARM, FORWARD].std(axis=0).min() > 0.03
    assert still.bones[:, L_ARM].std(axis=0).max() < 1e-6
    changed = put_together(still, lowest_foot(JOINTS))
    np.testing.assert_allclose(lengths(changed), lengths(JOINTS), atol=1e-5)


def test_signs_of_turning() -> None:
    motion = taken_apart(JOINTS, RATE_HZ)
    stooped = motion.turned(UPPER_BODY, LEFT, 20)
    tilted = motion.turned(UPPER_BODY, FORWARD, 20)
    spread = motion.turned(L_ARM, FORWARD, 20)

    assert stooped.bones[:, 0, FORWARD].mean() > motion.bones[:, 0, FORWARD].mean() + 0.03
    assert tilted.bones[:, 0, LEFT].mean() < -0.03
    assert spread.bones[:, L_ARM, LEFT].mean() > motion.bones[:, L_ARM, LEFT].mean() + 0.05


def test_an_angle_may_change_over_time() -> None:
    motion = taken_apart(JOINTS, RATE_HZ)
    angles = np.linspace(0, 30, len(JOINTS))
    leaning = motion.turned(UPPER_BODY, LEFT, angles).bones[:, 0, FORWARD]

    assert leaning[0] == pytest.approx(motion.bones[0, 0, FORWARD], abs=1e-6)
    assert np.all(np.diff(leaning) > 0)


def test_short_steps_keep_the_feet_on_the_floor() -> None:
    motion = taken_apart(JOINTS, RATE_HZ).swung((*L_LEG, *R_LEG), 0.4).travelling(0.4)
    changed = put_together(motion, lowest_foot(JOINTS))

    assert np.abs(lowest_foot(changed) - lowest_foot(JOINTS)).max() < 0.01
    way = np.ptp(changed[:, 0, 2]) / np.ptp(JOINTS[:, 0, 2])
    assert way == pytest.approx(0.4, abs=1e-3)
    assert changed[:, 0, UP].mean() > JOINTS[:, 0, UP].mean()


def test_a_random_manner_keeps_the_bones() -> None:
    rng = np.random.default_rng(4)
    changed = random_manner(JOINTS, RATE_HZ, rng)

    np.testing.assert_allclose(lengths(changed), lengths(JOINTS), atol=1e-4)
    assert np.abs(changed - JOINTS).max() > 0.05

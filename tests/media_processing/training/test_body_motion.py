"""What a body does, whatever its size and wherever it goes."""

import numpy as np
import pytest

from media_processing.training.body_motion import MOTION_FIGURES, body_motion
from media_processing.training.render_walkers import body_points
from tests.media_processing.training.captured import walking_joints

POINTS = body_points(walking_joints()[::3][:16])


def test_a_larger_body_does_the_same() -> None:
    np.testing.assert_allclose(body_motion(1.3 * POINTS), body_motion(POINTS), atol=1e-4)


@pytest.mark.parametrize("angle_deg", [40, 180, 300])
def test_another_direction_is_the_same(angle_deg: float) -> None:
    angle = np.deg2rad(angle_deg)
    turn = np.array(
        [[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]]
    )

    figures = body_motion((POINTS @ turn.T).astype(np.float32))
    assert figures.shape == (MOTION_FIGURES,)
    np.testing.assert_allclose(figures, body_motion(POINTS), atol=1e-4)


def test_wider_arms_are_told_apart() -> None:
    wide = body_points(walking_joints(arm_deg=45)[::3][:16])

    assert np.abs(body_motion(wide) - body_motion(POINTS)).max() > 0.1

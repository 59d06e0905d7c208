"""The drawn face changes where its expression says so, and only there."""

import numpy as np
import pytest

from media_processing.demo_media.drawn_face import Expression, Look, draw_face


def changed(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """Mean change in the eye region and in the mouth region of a 240 px face."""
    gap = np.abs(first.astype(float) - second.astype(float)).mean(axis=2)
    return float(gap[60:110, 70:170].mean()), float(gap[140:190, 85:155].mean())


def test_same_expression_same_picture() -> None:
    face = Expression(smile=0.4, brow=-0.3)
    first = draw_face(face, width_px=240, height_px=240)
    np.testing.assert_array_equal(first, draw_face(face, width_px=240, height_px=240))
    assert first.shape == (240, 240, 3) and first.dtype == np.uint8


@pytest.mark.parametrize(
    ("expression", "where"),
    [
        (Expression(mouth_open=1.0), "mouth"),
        (Expression(smile=1.0), "mouth"),
        (Expression(brow=1.0), "eyes"),
        (Expression(eyes_open=0.0), "eyes"),
    ],
)
def test_an_expression_changes_its_own_part_of_the_face(expression: Expression, where: str) -> None:
    neutral = draw_face(width_px=240, height_px=240)
    eyes, mouth = changed(neutral, draw_face(expression, width_px=240, height_px=240))
    here, there = (mouth, eyes) if where == "mouth" else (eyes, mouth)
    assert here > 2.0
    assert here > 5 * there


def test_a_look_changes_the_person() -> None:
    dark = draw_face(width_px=240, height_px=240, look=Look(skin=(78.0, 104.0, 150.0)))
    assert dark[115, 120].mean() < draw_face(width_px=240, height_px=240)[115, 120].mean() - 30

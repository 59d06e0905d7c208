"""The detector on drawn faces: found, placed, confirmed; nothing found where there is none."""

from collections.abc import Iterator

import numpy as np
import pytest

from media_processing.analysis.face_landmarks import MediaPipeFaceReader
from media_processing.demo_media.drawn_face import HAPPY, NEUTRAL, draw_face


@pytest.fixture(scope="module")
def reader() -> Iterator[MediaPipeFaceReader]:
    opened = MediaPipeFaceReader()
    yield opened
    opened.close()


def test_a_drawn_face_is_found_with_its_eyes_and_mouth(reader: MediaPipeFaceReader) -> None:
    (face,) = reader.read(draw_face(NEUTRAL), [], thorough=False)
    assert face.confirmed
    assert face.landmarks is not None
    left, right, mouth = face.landmarks.anchors
    # 480 px, face unit 130 px around (240, 230): eyes at ±0.40, -0.20; mouth at 0, 0.70.
    np.testing.assert_allclose(left, [188, 204], atol=12)
    np.testing.assert_allclose(right, [292, 204], atol=12)
    np.testing.assert_allclose(mouth, [240, 321], atol=16)
    assert abs(face.landmarks.yaw_degrees) < 10


def test_a_face_that_fills_the_picture_is_found(reader: MediaPipeFaceReader) -> None:
    close = draw_face(HAPPY, width_px=220, height_px=260, centre=(0.5, 0.5), face_share=0.42)
    (face,) = reader.read(close, [], thorough=False)
    assert face.confirmed


def test_two_small_faces_are_both_found(reader: MediaPipeFaceReader) -> None:
    pair = np.hstack([draw_face(NEUTRAL), draw_face(HAPPY)])
    faces = reader.read(pair, [], thorough=True)
    assert sorted(int(face.box.centre[0] > 480) for face in faces if face.confirmed) == [0, 1]


def test_a_very_dark_face_is_still_confirmed(reader: MediaPipeFaceReader) -> None:
    dark = (draw_face(NEUTRAL) * 0.1).astype(np.uint8)
    faces = reader.read(dark, [], thorough=False)
    assert [face.confirmed for face in faces] == [True]


def test_noise_and_a_plain_wall_have_no_face(reader: MediaPipeFaceReader) -> None:
    noise = np.random.default_rng(3).integers(0, 255, (240, 320, 3)).astype(np.uint8)
    wall = np.full((240, 320, 3), 180, dtype=np.uint8)
    for picture in (noise, wall):
        assert not [f for f in reader.read(picture, [], thorough=True) if f.confirmed]

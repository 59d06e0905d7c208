"""A camera and a microphone of a minute, which Chromium plays again and again.

A drawn face changes its expression every seven and a half seconds, and synthetic speech follows
with a pause after each sentence. A square in the corner of the picture is white while the face is
happy, so that a page knows when it changed, whatever the browser did with the file.
"""

import math
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from creditweb.demo import recordings
from creditweb.demo.recordings import Scene
from media_processing.demo_media import drawn_face, synthetic_speech
from media_processing.demo_media.drawn_face import Expression
from media_processing.demo_media.film import SOUND_RATE_HZ, write_sound

WIDTH, HEIGHT = 1280, 720
# Chromium plays a file of JPEG pictures at this rate.
PLAYED_HZ = 30
DRAWN_HZ = 10
SPOKEN_S, PAUSE_S = 6.0, 1.5
SQUARE_PX = 64
JPEG_QUALITY = 80
LOUD = 0.12
SCENES = (
    Scene(SPOKEN_S, recordings.INTRODUCTION, synthetic_speech.CALM, drawn_face.NEUTRAL),
    Scene(SPOKEN_S, recordings.INCOME, synthetic_speech.LIVELY, drawn_face.HAPPY),
    Scene(SPOKEN_S, recordings.DEBTS, synthetic_speech.FLAT, drawn_face.SAD),
    Scene(SPOKEN_S, recordings.PLANS, synthetic_speech.LIVELY, drawn_face.HAPPY),
) * 2  # fmt: skip
MINUTE_S = len(SCENES) * (SPOKEN_S + PAUSE_S)


def write_devices(camera: Path, microphone: Path) -> None:
    """Write the pictures one after another to ``camera`` and the sound to ``microphone``."""
    sound = _sound()
    write_sound(microphone, sound)
    with camera.open("wb") as file:
        for number in range(round(MINUTE_S * DRAWN_HZ)):
            picture = _picture(*_pose(number / DRAWN_HZ, sound))
            for _ in range(PLAYED_HZ // DRAWN_HZ):
                file.write(picture)


def _sound() -> npt.NDArray[np.float32]:
    silence = np.zeros(round(PAUSE_S * SOUND_RATE_HZ), np.float32)
    parts = []
    for seed, scene in enumerate(SCENES):
        said = synthetic_speech.speak(scene.text, scene.style, duration_s=SPOKEN_S, seed=seed)
        parts += [said, silence]
    return np.concatenate(parts)


def _pose(t_s: float, sound: npt.NDArray[np.float32]) -> tuple[Expression, float, int]:
    """Return expression, openness of the mouth and turn of the head, in steps that repeat."""
    scene = SCENES[int(t_s // (SPOKEN_S + PAUSE_S))]
    first = round(t_s * SOUND_RATE_HZ)
    part = sound[first : first + SOUND_RATE_HZ // DRAWN_HZ]
    loudness = min(1.0, float(np.sqrt(np.mean(part**2))) / LOUD)
    return scene.expression, round(3 * loudness) / 3, 2 * round(3 * math.sin(0.5 * t_s))


@lru_cache(maxsize=256)
def _picture(expression: Expression, loudness: float, yaw_degrees: int) -> bytes:
    """Return a JPEG picture."""
    shown = Expression(
        smile=expression.smile,
        brow=expression.brow,
        mouth_open=min(1.0, expression.mouth_open + 0.35 * loudness),
        eyes_open=expression.eyes_open,
        yaw_degrees=yaw_degrees,
    )
    small = drawn_face.draw_face(shown, width_px=WIDTH // 2, height_px=HEIGHT // 2)
    image = cv2.resize(small, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    image[:SQUARE_PX, :SQUARE_PX] = 255 if expression == drawn_face.HAPPY else 0
    _written, coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return coded.tobytes()

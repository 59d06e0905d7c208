"""A camera and a microphone from files: a drawn face and synthetic speech, nobody's likeness."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from media_processing.demo_media import drawn_face, synthetic_speech
from media_processing.demo_media.film import write_sound

SECONDS = 4
RATE_HZ = 15
WIDTH, HEIGHT = 640, 480


def made_in(folder: Path) -> list[str]:
    """Write both into ``folder``; return the options with which Chromium plays them."""
    camera, microphone = folder / "camera.mjpeg", folder / "microphone.wav"
    write_camera(camera)
    write_microphone(microphone)
    return chromium_options(camera, microphone)


def write_camera(path: Path) -> None:
    """Write what Chromium plays as a camera, again and again: JPEG pictures one after another."""
    size = {"width_px": WIDTH, "height_px": HEIGHT}
    faces = [drawn_face.draw_face(each, **size) for each in (drawn_face.NEUTRAL, drawn_face.HAPPY)]
    with av.open(str(path), "w", format="mjpeg") as container:
        stream = container.add_stream("mjpeg", rate=RATE_HZ)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuvj420p"
        for number in range(SECONDS * RATE_HZ):
            image = np.ascontiguousarray(faces[number // RATE_HZ % 2])
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame = frame.reformat(WIDTH, HEIGHT, "yuvj420p")
            frame.pts, frame.time_base = number, Fraction(1, RATE_HZ)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def write_microphone(path: Path) -> None:
    sound = synthetic_speech.babble(synthetic_speech.LIVELY, duration_s=SECONDS, seed=0)
    write_sound(path, synthetic_speech.at_level(sound, -20.0))


def chromium_options(camera: Path, microphone: Path) -> list[str]:
    """Return what makes Chromium play ``camera`` and ``microphone``, again and again."""
    return [
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={camera}",
        f"--use-file-for-fake-audio-capture={microphone}",
    ]

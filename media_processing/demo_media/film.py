"""Writing drawn frames and synthetic sound into a file such as a phone would send."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import soundfile

FloatArray = npt.NDArray[np.float32]
SOUND_RATE_HZ = 16_000
SOUND_BLOCK = 1024


def write_film(
    path: Path,
    frames: Iterable[npt.NDArray[np.uint8]],
    *,
    rate_hz: int,
    sound: FloatArray | None = None,
) -> None:
    """Write BGR ``frames`` (height, width, 3) and mono ``sound`` at 16 kHz as H.264 and AAC."""
    with av.open(str(path), "w") as container:
        picture = container.add_stream("libx264", rate=rate_hz, options={"crf": "26"})
        picture.pix_fmt = "yuv420p"
        voice = None
        if sound is not None:
            voice = container.add_stream("aac", rate=SOUND_RATE_HZ)
            voice.layout = "mono"
        for number, image in enumerate(frames):
            if number == 0:
                picture.height, picture.width = image.shape[:2]
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="bgr24")
            frame.pts, frame.time_base = number, Fraction(1, rate_hz)
            container.mux(picture.encode(frame))
        container.mux(picture.encode(None))
        if voice is not None and sound is not None:
            for frame in _sound_frames(sound):
                container.mux(voice.encode(frame))
            container.mux(voice.encode(None))


def _sound_frames(sound: FloatArray) -> Iterable[av.AudioFrame]:
    for start in range(0, len(sound), SOUND_BLOCK):
        block = np.ascontiguousarray(sound[None, start : start + SOUND_BLOCK], dtype=np.float32)
        frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
        frame.sample_rate, frame.pts = SOUND_RATE_HZ, start
        frame.time_base = Fraction(1, SOUND_RATE_HZ)
        yield frame


def write_sound(path: Path, sound: FloatArray) -> None:
    """Write mono ``sound`` at 16 kHz as a WAV file."""
    soundfile.write(path, sound, SOUND_RATE_HZ, subtype="PCM_16")

"""Small recordings and hostile files, made by code."""

import struct
import wave
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

RATE_HZ = 16_000
PIXEL_FORMATS = {"mjpeg": "yuvj420p", "gif": "rgb8"}


def picture(t_s: float, width: int, height: int, luma: int = 120) -> np.ndarray:
    """A textured picture with a bright square that moves right; (height, width, 3) uint8."""
    image = np.random.default_rng(7).integers(luma // 2, luma + 60, (height, width, 3), np.uint8)
    left = int(t_s * 20) % max(1, width - width // 4)
    image[height // 4 : height // 2, left : left + width // 4] = min(255, luma + 100)
    return image


def coloured_frame(t_s: float, width: int, height: int, luma: int) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(picture(t_s, width, height, luma), format="rgb24")


def black_frame(width: int, height: int) -> av.VideoFrame:
    frame = av.VideoFrame(width, height, "yuv420p")
    for plane, value in zip(frame.planes, (16, 128, 128), strict=True):
        plane.update(bytes([value]) * plane.buffer_size)
    return frame


def tone(seconds: float, rate_hz: int = RATE_HZ, level: float = 0.3) -> np.ndarray:
    t_s = np.arange(int(seconds * rate_hz)) / rate_hz
    return (level * np.sin(2 * np.pi * 220 * t_s)).astype(np.float32)


def write_video(
    path: Path,
    *,
    seconds: float = 2.0,
    rate: int = 10,
    size: tuple[int, int] = (128, 96),
    codec: str = "libx264",
    container: str | None = None,
    sound: np.ndarray | None = None,
    sound_codec: str = "aac",
    times_s: Sequence[float] | None = None,
    luma: int = 120,
    blank: bool = False,
    options: dict[str, str] | None = None,
    streams: int = 1,
    keyframe_every: int | None = None,
) -> Path:
    """Write a recording; ``times_s`` gives frames at uneven times instead of ``rate``."""
    # MPEG-1 knows only some rates, which its time base must name.
    time_base = Fraction(1, rate if codec == "mpeg1video" else 1000)
    with av.open(str(path), "w", format=container, options=options or {}) as output:
        videos = [output.add_stream(codec, rate=rate) for _ in range(streams)]
        for video in videos:
            video.width, video.height = size
            video.pix_fmt = PIXEL_FORMATS.get(codec, "yuv420p")
            video.codec_context.time_base = time_base
            if keyframe_every is not None:
                video.codec_context.gop_size = keyframe_every
            video.options = {"preset": "ultrafast"} if codec == "libx264" else {}
        audio = None
        if sound is not None:
            audio = output.add_stream(sound_codec, rate=48_000, layout="mono")
        moments = times_s if times_s is not None else np.arange(0, seconds, 1 / rate)
        for video in videos:
            for t_s in moments:
                frame = black_frame(*size) if blank else coloured_frame(t_s, *size, luma)
                frame.pts, frame.time_base = round(t_s / time_base), time_base
                output.mux(video.encode(frame))
            output.mux(video.encode())
        if audio is not None and sound is not None:
            _encode_sound(output, audio, sound)
    return path


def write_noise(path: Path, *, seconds: float, rate: int, size: tuple[int, int]) -> Path:
    """Write pictures that share nothing with one another: no encoder makes them small."""
    noise = np.random.default_rng(7)
    with av.open(str(path), "w") as output:
        video = output.add_stream("mpeg4", rate=rate)
        (video.width, video.height), video.pix_fmt = size, "yuv420p"
        video.bit_rate = 20_000_000
        for _ in range(round(seconds * rate)):
            image = noise.integers(0, 255, (size[1], size[0], 3), np.uint8)
            output.mux(video.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        output.mux(video.encode())
    return path


def _encode_sound(output, stream, sound: np.ndarray) -> None:
    resampler = av.AudioResampler(format=stream.format, layout="mono", rate=48_000)
    frame = av.AudioFrame.from_ndarray(sound[None, :], format="fltp", layout="mono")
    frame.sample_rate, frame.pts = RATE_HZ, 0
    for resampled in [*resampler.resample(frame), *resampler.resample(None)]:
        output.mux(stream.encode(resampled))
    output.mux(stream.encode())


def write_sound(path: Path, codec: str, seconds: float = 2.0, container: str | None = None) -> Path:
    with av.open(str(path), "w", format=container) as output:
        _encode_sound(output, output.add_stream(codec, rate=48_000, layout="mono"), tone(seconds))
    return path


def write_wav(path: Path, sound: np.ndarray, rate_hz: int = RATE_HZ) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def write_float_wav(
    path: Path, sound: np.ndarray, rate_hz: int = RATE_HZ, channels: int = 1
) -> Path:
    """Write IEEE float samples as they are, NaN and infinity too."""
    data = sound.astype("<f4").tobytes()
    form = struct.pack("<HHIIHH", 3, channels, rate_hz, rate_hz * 4 * channels, 4 * channels, 32)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form
    chunks += b"data" + struct.pack("<I", len(data))
    path.write_bytes(
        b"RIFF" + struct.pack("<I", 4 + len(chunks) + len(data)) + b"WAVE" + chunks + data
    )
    return path

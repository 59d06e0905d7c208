"""Frames of a canonical recording, in order, with their times.

Only the trusted ``playback.mp4`` that the sandbox wrote is opened here, never an upload.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

ImageBgr = npt.NDArray[np.uint8]

# A time stamp one tick early must not fall into the slot before its own.
_SLOT_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture: ``image_bgr`` is (height, width, 3) uint8, ``t_s`` its time from the start."""

    t_s: float
    image_bgr: ImageBgr


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """Size, constant rate, number of frames and length of a canonical video."""

    width_px: int
    height_px: int
    rate_hz: float
    frame_count: int
    duration_s: float


def read_frames(path: Path, max_rate_hz: float) -> Iterator[Frame]:
    """Yield the frames of ``path``, thinned evenly to at most ``max_rate_hz``.

    Time is cut into slots of 1/max_rate_hz and the first frame of each slot is kept, so that the
    kept frames do not drift against the recording. Raises ValueError for a rate that is not
    positive, av.FFmpegError where the file is not a video.
    """
    if max_rate_hz <= 0:
        raise ValueError("max_rate_hz must be positive")
    with _open(path) as container:
        stream = container.streams.video[0]
        yield from _thinned(container.decode(stream), _time_base(stream), max_rate_hz)


def _thinned(
    frames: Iterator[VideoFrame], time_base: Fraction, max_rate_hz: float
) -> Iterator[Frame]:
    last_slot = -1
    for frame in frames:
        t_s = float((frame.pts or 0) * time_base)
        slot = int(t_s * max_rate_hz + _SLOT_TOLERANCE)
        if slot > last_slot:
            last_slot = slot
            yield Frame(t_s, frame.to_ndarray(format="bgr24"))


def video_facts(path: Path) -> VideoFacts:
    """Return the facts of a canonical video from its header, which the sandbox wrote."""
    with _open(path) as container:
        stream = container.streams.video[0]
        rate_hz = float(stream.average_rate or 0)
        return VideoFacts(
            width_px=stream.codec_context.width,
            height_px=stream.codec_context.height,
            rate_hz=rate_hz,
            frame_count=stream.frames,
            duration_s=float((stream.duration or 0) * _time_base(stream)),
        )


def _open(path: Path) -> InputContainer:
    # The format is named, so that nothing but an MP4 is ever read here.
    container = av.open(str(path), mode="r", format="mp4")
    assert isinstance(container, InputContainer)
    return container


def _time_base(stream: VideoStream) -> Fraction:
    if stream.time_base is None:
        raise ValueError("the video has no time base")
    return stream.time_base

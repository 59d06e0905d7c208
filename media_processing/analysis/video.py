"""Frames of a canonical recording, in order, with their times.

Only the trusted ``playback.mp4`` that the sandbox wrote is opened here, never an upload. In that
file the frames between two *anchor frames* refer to anchors only, and a tag states the rate of
the anchors: a reader that wants no more than that decodes nothing else.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

ImageBgr = npt.NDArray[np.uint8]

ANCHOR_TAG = "anchor_hz="

# Share of a slot. A time stamp that was rounded down must not fall into the slot before its own.
_SLOT_TOLERANCE = 0.05
# 29.97 Hz material has its anchors at 4.995 Hz, which serves a reader that wants 5.
_ANCHOR_TOLERANCE = 0.99


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
        if max_rate_hz * _ANCHOR_TOLERANCE <= _anchor_rate_hz(container):
            stream.codec_context.skip_frame = "NONREF"
        yield from _thinned(container.decode(stream), _time_base(stream), max_rate_hz)


def read_keyframes(path: Path) -> Iterator[Frame]:
    """Yield only the keyframes of ``path``, about one per second in a canonical video.

    This costs a thirtieth of a full read. Raises av.FFmpegError where the file is not a video.
    """
    with _open(path) as container:
        stream = container.streams.video[0]
        stream.codec_context.skip_frame = "NONKEY"
        for frame in container.decode(stream):
            yield _frame(frame, _time_base(stream))


def video_facts(path: Path) -> VideoFacts:
    """Return the facts of a canonical video from its header, which the sandbox wrote.

    Raises av.FFmpegError where the file is not a video.
    """
    with _open(path) as container:
        stream = container.streams.video[0]
        return VideoFacts(
            width_px=stream.codec_context.width,
            height_px=stream.codec_context.height,
            rate_hz=float(stream.average_rate or 0),
            frame_count=stream.frames,
            duration_s=float((stream.duration or 0) * _time_base(stream)),
        )


def _thinned(
    frames: Iterable[VideoFrame], time_base: Fraction, max_rate_hz: float
) -> Iterator[Frame]:
    last_slot = -1
    for frame in frames:
        t_s = float((frame.pts or 0) * time_base)
        slot = int(t_s * max_rate_hz + _SLOT_TOLERANCE)
        if slot > last_slot:
            last_slot = slot
            yield _frame(frame, time_base)


def _frame(frame: VideoFrame, time_base: Fraction) -> Frame:
    image = cast(ImageBgr, frame.to_ndarray(format="bgr24"))
    return Frame(float((frame.pts or 0) * time_base), image)


def _anchor_rate_hz(container: InputContainer) -> float:
    """Return the stated rate of the anchor frames, 0 where the file states none."""
    comment = container.metadata.get("comment", "")
    return float(comment.removeprefix(ANCHOR_TAG)) if comment.startswith(ANCHOR_TAG) else 0.0


def _open(path: Path) -> InputContainer:
    # The format is named, so that nothing but an MP4 is ever read here.
    return cast(InputContainer, av.open(str(path), mode="r", format="mp4"))


def _time_base(stream: VideoStream) -> Fraction:
    if stream.time_base is None:
        raise ValueError("the video has no time base")
    return stream.time_base

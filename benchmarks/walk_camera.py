"""A camera in front of which somebody walks, again and again, with a mark at each step.

The steps are those that the analysis of the whole film finds. At each of them a square in the
corner of the picture is white for a moment, so that a page knows when a step happened, whatever the
browser did with the file.
"""

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.interview_devices import HEIGHT, JPEG_QUALITY, PLAYED_HZ, SQUARE_PX, WIDTH
from media_processing.analysis.pose import MediaPipePoseFinder
from media_processing.analysis.video import Frame
from media_processing.demo_media.rendered_walker import Stage, Wardrobe, render_figure, room
from media_processing.demo_media.walker_motion import Crossing, WalkingStyle, figure_at
from media_processing.inference.gait_i3d import GaitI3d
from media_processing.modalities.gait_watch import LOOK_RATE_HZ, WalkWatch
from media_processing.services import weights

ImageBgr = npt.NDArray[np.uint8]

MARK_S = 0.2
# Between two walks the room is empty for longer than any lag should be.
EMPTY_S = 3.0
DRAWN_HZ = 10
STAGE = Stage(width_px=WIDTH, height_px=HEIGHT, rate_hz=DRAWN_HZ, focal_px=800.0, distance_m=5.0)
STYLE = WalkingStyle(cadence_spm=104)
HALF_WAY_M = 4.6


def write_camera(path: Path, film: str = "") -> int:
    """Write the pictures of ``film``, or of a rendered figure, to ``path``; return its steps."""
    pictures = _coded(_film(film) if film else _rendered())
    steps_s = _steps_s(pictures)
    empty = [pictures[-1]] * round(EMPTY_S * PLAYED_HZ)
    with path.open("wb") as file:
        for number, picture in enumerate(chain(pictures, empty)):
            t_s = number / PLAYED_HZ
            is_step = any(0 <= t_s - step_s < MARK_S for step_s in steps_s)
            file.write(_marked(picture, is_step))
    return len(steps_s)


def _coded(pictures: Iterator[ImageBgr]) -> list[bytes]:
    return [_jpeg(picture) for picture in pictures]


def _film(path: str) -> Iterator[ImageBgr]:
    """Yield the pictures of a film as a camera of 30 Hz sees them."""
    number = 0
    with av.open(path) as container:
        for frame in container.decode(video=0):
            image = frame.to_ndarray(format="bgr24")
            while number / PLAYED_HZ <= float(frame.time):
                number += 1
                yield _fitted(image)


def _fitted(image: ImageBgr) -> ImageBgr:
    """Return the picture in the camera's size, with bars where its shape is another one."""
    scale = min(WIDTH / image.shape[1], HEIGHT / image.shape[0])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    whole = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    top, left = (HEIGHT - small.shape[0]) // 2, (WIDTH - small.shape[1]) // 2
    whole[top : top + small.shape[0], left : left + small.shape[1]] = small
    return whole


def _rendered() -> Iterator[ImageBgr]:
    """Yield a figure that crosses the picture once, from out of sight to out of sight."""
    way, background = Crossing(STYLE.speed_mps, half_way_m=HALF_WAY_M), room(STAGE)
    way_s = 2 * HALF_WAY_M / STYLE.speed_mps
    for number in range(int(way_s * DRAWN_HZ)):
        body = figure_at(STYLE, way, number / DRAWN_HZ)
        picture = render_figure(body, STAGE, Wardrobe(), background)
        for _ in range(PLAYED_HZ // DRAWN_HZ):
            yield picture


def _steps_s(pictures: Sequence[bytes]) -> list[float]:
    """Return when the analysis of all pictures finds a step. Raises RuntimeError for none."""
    finders = MediaPipePoseFinder(), MediaPipePoseFinder(is_tracking=False)
    try:
        watch = WalkWatch(GaitI3d.load(weights.in_force()), *finders)
        for number in range(0, len(pictures), round(PLAYED_HZ / LOOK_RATE_HZ)):
            watch.take(Frame(number / PLAYED_HZ, _decoded(pictures[number])))
        watch.end()
        steps_s = watch.steps_s()
    finally:
        for finder in finders:
            finder.close()
    if not steps_s:
        raise RuntimeError("nobody walks in this film")
    return steps_s


def _marked(picture: bytes, is_step: bool) -> bytes:
    image = _decoded(picture)
    image[:SQUARE_PX, :SQUARE_PX] = 255 if is_step else 0
    return _jpeg(image)


def _jpeg(image: ImageBgr) -> bytes:
    _written, coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return coded.tobytes()


def _decoded(picture: bytes) -> ImageBgr:
    return np.asarray(cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR), np.uint8)

"""Person-centred clips along a walk, with their times and how well they are seen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from media_processing.analysis.gait import WalkBout
from media_processing.analysis.gait_tracks import GRID_HZ, BodyTrack
from media_processing.analysis.person_clips import CLIP_FRAMES, CLIP_RATE_HZ, CLIP_S, draw_clip

HOP_S = 0.8
STRIDE = round(GRID_HZ / CLIP_RATE_HZ)
# A body whose length fills this share of the picture's height shows all the detail there is.
FULL_QUALITY_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class GaitClip:
    """(16, 32, 32, 3) pictures of 1.6 s of walking; ``quality`` in 0…1."""

    t_start_s: float
    t_end_s: float
    quality: float
    pictures: npt.NDArray[np.uint8]


def walking_clips(track: BodyTrack, bouts: Sequence[WalkBout]) -> Iterator[GaitClip]:
    """Yield the clips of all walking on a track.

    Running is left out: the network's classes are ways of walking.
    """
    for bout in bouts:
        if not bout.is_running:
            yield from clips_between(track, float(bout.track.t_s[0]), float(bout.track.t_s[-1]))


def clips_between(track: BodyTrack, start_s: float, end_s: float) -> Iterator[GaitClip]:
    """Yield a clip every 0.8 s.

    A stretch that is shorter than a clip borrows time from before and after it; where the track
    is too short for that, there is no clip.
    """
    samples = CLIP_FRAMES * STRIDE
    last_start = len(track.t_s) - samples
    if last_start < 0:
        return
    first, last = np.searchsorted(track.t_s, [start_s - 1e-9, end_s + 1e-9])
    if last - first < samples:
        yield _clip(track, int(np.clip(first - (samples - (last - first)) // 2, 0, last_start)))
        return
    for start in range(int(first), int(last) - samples + 1, round(HOP_S * GRID_HZ)):
        yield _clip(track, start)


def _clip(track: BodyTrack, first: int) -> GaitClip:
    rows = slice(first, first + CLIP_FRAMES * STRIDE, STRIDE)
    visibility = track.visibility[rows].astype(np.float32)
    start_s = float(track.t_s[first])
    return GaitClip(
        t_start_s=start_s,
        t_end_s=start_s + CLIP_S,
        quality=float(visibility.mean()) * min(1.0, track.length / FULL_QUALITY_SHARE),
        pictures=draw_clip(track.points[rows].astype(np.float32), visibility),
    )

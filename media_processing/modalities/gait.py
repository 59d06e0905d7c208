"""Gait: one body's walk through a recording, its measures and its expression signal.

Only walking is read by the network. Sitting and standing people are looked at (their body may be
cut off, a second person may stand beside them) but yield no observation: acted walks taught the
network, and they say nothing about how somebody sits.
"""

from pathlib import Path

from media_processing.analysis.pose import MediaPipePoseFinder
from media_processing.analysis.types import (
    CanonicalMedia,
    Emit,
    Modality,
    ModalityResult,
    ModalityStatus,
    Progress,
)
from media_processing.analysis.video import read_frames
from media_processing.inference.gait_i3d import GaitI3d
from media_processing.modalities.gait_watch import LOOK_RATE_HZ, WalkWatch

_TENTHS = 10


def analyse(
    media: CanonicalMedia, *, weights_dir: Path, emit: Emit, progress: Progress
) -> ModalityResult:
    """Follow one body of a recording and read its walk.

    It is the subject's in a live recording, the most prominent one in an upload; there, the walks
    of people who walk one after the other are not told apart. Raises WeightsError where the
    weights are missing, av.FFmpegError where the video cannot be read.
    """
    if media.video_path is None:
        return ModalityResult(Modality.GAIT, ModalityStatus.SKIPPED, reason="no_video")
    network = GaitI3d.load(weights_dir)
    total = max(1, round(media.duration_s * _TENTHS))
    with MediaPipePoseFinder() as finder, MediaPipePoseFinder(is_tracking=False) as second:
        watch = WalkWatch(network, finder, second, media.subject)
        for frame in read_frames(media.video_path, LOOK_RATE_HZ):
            if observed := watch.take(frame):
                emit(observed)
            progress(min(round(frame.t_s * _TENTHS), total), total)
        progress(total, total)
        if observed := watch.end():
            emit(observed)
        return watch.result(media.duration_s)

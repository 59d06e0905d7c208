"""The face modality: from the frames of a recording to observations of the applicant.

Everybody's face is followed and counted; only the face that the officer confirmed is read, or,
where nobody was asked, the one that is on screen longest and largest. Where no face could be read
there is no observation: gaps stay gaps.
"""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from media_processing.analysis.face_alignment import align, cut_out
from media_processing.analysis.face_landmarks import FaceReader, MediaPipeFaceReader
from media_processing.analysis.types import (
    CanonicalMedia,
    Emit,
    Modality,
    ModalityResult,
    ModalityStatus,
    Progress,
)
from media_processing.analysis.video import VideoFacts, read_frames, video_facts
from media_processing.inference.face_emotion import FaceEmotionNetwork
from media_processing.modalities.face_watch import FRAME_RATE_HZ, FaceWatch, GreyImage

EMIT_EVERY_S = 5.0


def analyse(
    media: CanonicalMedia, *, weights_dir: Path, emit: Emit, progress: Progress
) -> ModalityResult:
    """Follow the faces of a recording and read the main person's observed expression signal.

    The main person is the face of ``media.subject``, or the most present one where it has none.
    ``emit`` gets the observations of whoever is the main person so far, about every five seconds
    of recording; the result holds those of the main person of the whole recording and replaces
    them. Raises WeightsError where the weights are missing, av.FFmpegError for an unreadable file.
    """
    if media.video_path is None:
        return ModalityResult(Modality.FACE, ModalityStatus.SKIPPED, reason="no_video")
    network = FaceEmotionNetwork(weights_dir)
    reader = MediaPipeFaceReader()
    try:
        facts = video_facts(media.video_path)
        watch = FaceWatch(
            (facts.width_px, facts.height_px), _period_s(facts), reader, network, media.subject
        )
        _watch_file(watch, media.video_path, facts, emit, progress)
        return watch.result(media.duration_s)
    finally:
        reader.close()


def _period_s(facts: VideoFacts) -> float:
    return max(1 / FRAME_RATE_HZ, 1 / max(facts.rate_hz, 0.1))


def _watch_file(
    watch: FaceWatch, path: Path, facts: VideoFacts, emit: Emit, progress: Progress
) -> None:
    """Show a watch all pictures of a file, emitting now and then."""
    total = max(round(facts.duration_s * 10), 1)
    next_emit_s = EMIT_EVERY_S
    for frame in read_frames(path, FRAME_RATE_HZ):
        watch.take(frame)
        progress(min(round(frame.t_s * 10), total), total)
        if frame.t_s >= next_emit_s:
            next_emit_s = frame.t_s + EMIT_EVERY_S
            if new := watch.take_new():
                emit(new)
    if new := watch.take_new():
        emit(new)
    progress(total, total)


def largest_face(reader: FaceReader, image_bgr: npt.NDArray[np.uint8]) -> GreyImage | None:
    """Return the (48, 48) crop of the largest face of a still picture; None without any.

    A still picture has no better moment to wait for, so a face without landmarks is cut as it is.
    """
    grey = cv2.cvtColor(image_bgr, cv2.COLOR_BGR2GRAY)
    found = reader.read(image_bgr, [], thorough=True)
    if not found:
        return None
    best = max(found, key=lambda face: (face.confirmed, face.box.size))
    return align(grey, best.landmarks) if best.landmarks else cut_out(grey, best.box)

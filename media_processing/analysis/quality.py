"""What is wrong with a recording as a whole, before anybody is looked for in it.

Only the canonical media are read: the keyframes of the picture (about one per second) and the
sound in blocks. What a modality finds about faces, speech or gait it reports itself.
"""

import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from media_processing.analysis.findings import merged
from media_processing.analysis.types import CanonicalMedia, QualityFinding, Severity
from media_processing.analysis.video import Frame, read_keyframes, video_facts

FloatArray = npt.NDArray[np.float64]

# Thresholds. Luma is 0…255 over the whole picture.
BLACK_LUMA = 24.0
DARK_LUMA = 45.0
BRIGHT_LUMA = 225.0
# Variance of the Laplacian on a picture 320 px wide (Pech-Pacheco et al. 2000, ICPR, LAPV). Sharp
# indoor recordings reach some hundreds; 20 is a picture without any fine edge.
BLUR_VARIANCE = 20.0
# Mean absolute luma difference of two keyframes; sensor noise alone is above this.
FROZEN_DIFFERENCE = 0.15
FROZEN_MIN_S = 4.0
LOW_RATE_HZ = 9.5
SMALL_SIDE_PX = 240
# Levels relative to full scale.
SILENT_DBFS = -60.0
QUIET_DBFS = -42.0
CLIPPED_SHARE = 0.005
CLIPPED_LEVEL = 0.999
LENGTHS_DIFFER_S = 1.0

_SAMPLE_WIDTH_PX = 320
_BLOCK_S = 1.0
_FULL_SCALE = 32768.0


@dataclass(frozen=True, slots=True)
class PictureMeasures:
    """One row per keyframe: time, mean luma, Laplacian variance, difference to the one before."""

    t_s: FloatArray
    luma: FloatArray
    sharpness: FloatArray
    difference: FloatArray


@dataclass(frozen=True, slots=True)
class SoundMeasures:
    """Level of each one-second block in dBFS, and the share of samples at full scale."""

    level_dbfs: FloatArray
    clipped_share: float
    duration_s: float


def recording_findings(media: CanonicalMedia, *, truncated: bool = False) -> list[QualityFinding]:
    """Return the findings about the recording as a whole, worst first.

    ``truncated`` says that the upload ended before its header said it would. Raises
    av.FFmpegError or wave.Error where the canonical files are damaged.
    """
    findings = [_truncated(media.duration_s)] if truncated else []
    findings += _picture_findings(media.video_path) if media.video_path else [_no_picture()]
    findings += _sound_findings(media.audio_path) if media.audio_path else [_no_sound()]
    findings += _length_findings(media)
    return merged(findings)


def measure_picture(frames: Iterator[Frame]) -> PictureMeasures:
    """Measure brightness, sharpness and change over ``frames`` on a small grey copy of each."""
    rows: list[tuple[float, float, float, float]] = []
    previous: npt.NDArray[np.uint8] | None = None
    for frame in frames:
        grey = _small_grey(frame)
        sharpness = float(cv2.Laplacian(grey, cv2.CV_64F).var())
        change = np.nan if previous is None else float(cv2.absdiff(grey, previous).mean())
        rows.append((frame.t_s, float(grey.mean()), sharpness, change))
        previous = grey
    table = np.array(rows, dtype=np.float64).reshape(-1, 4)
    return PictureMeasures(table[:, 0], table[:, 1], table[:, 2], table[:, 3])


def measure_sound(path: Path) -> SoundMeasures:
    """Measure the level of 16-bit mono PCM, block by block, so that length costs no memory."""
    levels: list[float] = []
    clipped = 0
    with wave.open(str(path), "rb") as file:
        block = int(file.getframerate() * _BLOCK_S)
        total = file.getnframes()
        while data := file.readframes(block):
            samples = np.frombuffer(data, dtype="<i2").astype(np.float64) / _FULL_SCALE
            levels.append(float(np.sqrt(np.mean(samples**2))))
            clipped += int(np.count_nonzero(np.abs(samples) >= CLIPPED_LEVEL))
        duration_s = total / file.getframerate()
    level_dbfs = 20 * np.log10(np.maximum(np.array(levels), 1e-6))
    return SoundMeasures(level_dbfs, clipped / max(total, 1), duration_s)


def frozen_s(measures: PictureMeasures) -> float:
    """Return the seconds in which the picture stood still for at least FROZEN_MIN_S at a time."""
    still = np.nan_to_num(measures.difference, nan=np.inf) < FROZEN_DIFFERENCE
    total_s, run_s = 0.0, 0.0
    steps_s = np.diff(measures.t_s, prepend=measures.t_s[:1])
    for is_still, step_s in zip([*still, False], [*steps_s, 0.0], strict=True):
        if is_still:
            run_s += float(step_s)
            continue
        total_s += run_s if run_s >= FROZEN_MIN_S else 0.0
        run_s = 0.0
    return total_s


def _small_grey(frame: Frame) -> npt.NDArray[np.uint8]:
    height, width = frame.image_bgr.shape[:2]
    size = (_SAMPLE_WIDTH_PX, max(1, round(height * _SAMPLE_WIDTH_PX / width)))
    small = cv2.resize(frame.image_bgr, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), dtype=np.uint8)


def _picture_findings(path: Path) -> list[QualityFinding]:
    facts = video_facts(path)
    measures = measure_picture(read_keyframes(path))
    findings = [
        _brightness(float(np.median(measures.luma))),
        _blur(measures),
        _freeze(frozen_s(measures)),
        _rate(facts.rate_hz),
        _size(min(facts.width_px, facts.height_px)),
    ]
    return [finding for finding in findings if finding is not None]


def _brightness(luma: float) -> QualityFinding | None:
    value = round(luma, 1)
    if luma < BLACK_LUMA:
        return QualityFinding(
            "VIDEO_DARK",
            Severity.ERROR,
            value,
            "The picture is almost black. Take the cover off the camera, switch on a light "
            "and record again.",
        )
    if luma < DARK_LUMA:
        return QualityFinding(
            "VIDEO_DARK",
            Severity.WARNING,
            value,
            "The picture is dark. Put a light in front of the person, not behind.",
        )
    if luma > BRIGHT_LUMA:
        return QualityFinding(
            "VIDEO_OVEREXPOSED",
            Severity.WARNING,
            value,
            "The picture is washed out. Turn away from the window or lower the exposure.",
        )
    return None


def _blur(measures: PictureMeasures) -> QualityFinding | None:
    lit = measures.luma >= BLACK_LUMA
    if not lit.any():
        return None
    sharpness = float(np.median(measures.sharpness[lit]))
    if sharpness >= BLUR_VARIANCE:
        return None
    advice = "The picture is blurred. Wipe the lens, hold the camera still and let it focus."
    return QualityFinding("VIDEO_BLURRED", Severity.WARNING, round(sharpness, 1), advice)


def _freeze(seconds: float) -> QualityFinding | None:
    if seconds == 0:
        return None
    advice = (
        "The picture stands still for a while. Use a stable connection, and record the person "
        "and not a still picture."
    )
    return QualityFinding("VIDEO_FROZEN", Severity.WARNING, round(seconds, 1), advice)


def _rate(rate_hz: float) -> QualityFinding | None:
    if rate_hz >= LOW_RATE_HZ:
        return None
    advice = "The video has few pictures per second. Record with at least 15, better 25."
    return QualityFinding("VIDEO_LOW_RATE", Severity.WARNING, round(rate_hz, 2), advice)


def _size(side_px: int) -> QualityFinding | None:
    if side_px >= SMALL_SIDE_PX:
        return None
    advice = "The picture is small. Record with at least 640 × 480 pixels."
    return QualityFinding("VIDEO_SMALL", Severity.WARNING, float(side_px), advice)


def _sound_findings(path: Path) -> list[QualityFinding]:
    measures = measure_sound(path)
    if measures.level_dbfs.size == 0:
        return [_no_sound()]
    loudest = float(measures.level_dbfs.max())
    findings = [_loudness(loudest)]
    if measures.clipped_share > CLIPPED_SHARE:
        advice = "The sound is overdriven. Move away from the microphone or lower its level."
        share = round(measures.clipped_share, 4)
        findings.append(QualityFinding("AUDIO_CLIPPED", Severity.WARNING, share, advice))
    return [finding for finding in findings if finding is not None]


def _loudness(loudest_dbfs: float) -> QualityFinding | None:
    value = round(loudest_dbfs, 1)
    if loudest_dbfs < SILENT_DBFS:
        advice = "The sound track is silent. Check that the microphone is on and allowed."
        return QualityFinding("AUDIO_SILENT", Severity.WARNING, value, advice)
    if loudest_dbfs < QUIET_DBFS:
        advice = "The sound is very quiet. Move closer to the microphone."
        return QualityFinding("AUDIO_QUIET", Severity.WARNING, value, advice)
    return None


def _length_findings(media: CanonicalMedia) -> list[QualityFinding]:
    if media.video_path is None or media.audio_path is None:
        return []
    video_s = video_facts(media.video_path).duration_s
    with wave.open(str(media.audio_path), "rb") as file:
        difference_s = file.getnframes() / file.getframerate() - video_s
    if abs(difference_s) <= LENGTHS_DIFFER_S:
        return []
    advice = "Picture and sound are not equally long. Only the part with both shows both signals."
    return [QualityFinding("LENGTHS_DIFFER", Severity.WARNING, round(difference_s, 1), advice)]


def _truncated(duration_s: float) -> QualityFinding:
    advice = (
        "The recording was cut off while it was saved or copied; only its first part is used. "
        "Copy it again from the device if the rest is needed."
    )
    return QualityFinding("RECORDING_TRUNCATED", Severity.WARNING, round(duration_s, 1), advice)


def _no_picture() -> QualityFinding:
    advice = "The recording has no video. Expression and gait cannot be observed."
    return QualityFinding("NO_VIDEO", Severity.INFO, None, advice)


def _no_sound() -> QualityFinding:
    advice = "The recording has no sound. The voice cannot be observed."
    return QualityFinding("NO_AUDIO", Severity.INFO, None, advice)

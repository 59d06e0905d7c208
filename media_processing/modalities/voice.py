"""The voice modality: find speech, measure it, and hear each window of it with the network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from media_processing.analysis.audio import FloatArray, duration_s, is_silent, read_audio
from media_processing.analysis.prosody import (
    Prosody,
    clipped_share,
    median_pitch_hz,
    pitch_range_semitones,
    snr_db,
    speech_energy_db,
    syllable_rate_hz,
    thinned_pitch,
    track_prosody,
    waveform_peaks,
)
from media_processing.analysis.subject import VoiceChoice
from media_processing.analysis.types import (
    CanonicalMedia,
    Emit,
    Modality,
    ModalityResult,
    ModalityStatus,
    Observation,
    Progress,
    QualityFinding,
)
from media_processing.analysis.vad import Segment, speech_segments, total_s
from media_processing.analysis.voice_findings import (
    no_speech_finding,
    nobodys_speech_finding,
    silent_finding,
    speech_findings,
)
from media_processing.analysis.voice_windows import (
    SpeechWindow,
    covered_s,
    speech_windows,
    window_quality,
)
from media_processing.inference.voice_activity import FRAME_S, speech_probabilities
from media_processing.inference.voice_emotion import (
    cut_window,
    native_classes,
    native_probabilities,
    speech_features,
    to_labels,
)
from media_processing.modalities.applicant_speech import ApplicantSpeech
from media_processing.modalities.voice_watch import voice_observation

# Windows heard between two reports: with a hop of 1 s that is about 8 s of speech.
BLOCK_WINDOWS = 8
SERIES_RATE_HZ = 10.0


@dataclass(frozen=True, slots=True)
class Speech:
    """A recording in which speech was found."""

    samples: FloatArray
    segments: Sequence[Segment]
    windows: Sequence[SpeechWindow]
    prosody: Prosody
    snr_db: float
    clipped_share: float


def analyse(
    media: CanonicalMedia, *, weights_dir: Path, emit: Emit, progress: Progress
) -> ModalityResult:
    """Hear the speech of a recording.

    Raises AudioError where the sound cannot be read, WeightsError where a network is missing.
    """
    if media.audio_path is None:
        return ModalityResult(Modality.VOICE, ModalityStatus.SKIPPED, reason="no_audio")
    if not_heard := _why_not_heard(media):
        return ModalityResult(Modality.VOICE, ModalityStatus.SKIPPED, reason=not_heard)
    samples = read_audio(media.audio_path)
    if is_silent(samples):
        return _without_speech(samples, silent_finding())
    segments = find_segments(samples, weights_dir)
    if not segments:
        return _without_speech(samples, no_speech_finding(duration_s(samples)))
    own = ApplicantSpeech(media.subject, weights_dir).keep(samples, segments)
    if not own:
        return _without_speech(samples, nobodys_speech_finding(), "applicant_not_heard")
    speech = describe_speech(samples, own)
    observations = _hear(speech, weights_dir, emit, progress)
    return ModalityResult(
        Modality.VOICE,
        ModalityStatus.DONE if observations else ModalityStatus.SKIPPED,
        reason="" if observations else "speech_too_short",
        coverage=min(1.0, covered_s(speech.windows, speech.segments) / duration_s(samples)),
        measures=_measures(speech),
        observations=observations,
        quality=speech_findings(total_s(speech.segments), speech.snr_db, speech.clipped_share),
        series=_series(speech),
    )


def _why_not_heard(media: CanonicalMedia) -> str:
    """Return why nobody's voice may be heard; empty where somebody's may."""
    is_one_side = media.subject.voice.channel is not None
    if is_one_side and (media.sound_channels or 1) < 2:
        return "one_channel"
    return "voice_not_confirmed" if media.subject.voice is VoiceChoice.NOBODY else ""


def find_speech(samples: FloatArray, weights_dir: Path) -> Speech:
    """Return the speech in (n,) samples at 16 kHz, with its tracks and windows."""
    return describe_speech(samples, find_segments(samples, weights_dir))


def find_segments(samples: FloatArray, weights_dir: Path) -> list[Segment]:
    """Return where anybody speaks in (n,) samples at 16 kHz."""
    probabilities = speech_probabilities(samples, weights_dir)
    return speech_segments(probabilities, FRAME_S, duration_s(samples))


def describe_speech(samples: FloatArray, segments: Sequence[Segment]) -> Speech:
    """Return the tracks and windows of speech that is already known to lie in ``segments``."""
    prosody = track_prosody(samples, segments)
    return Speech(
        samples=samples,
        segments=segments,
        windows=speech_windows(segments),
        prosody=prosody,
        snr_db=snr_db(prosody) or 0.0,
        clipped_share=clipped_share(samples),
    )


def hear(speech: Speech, weights_dir: Path) -> npt.NDArray[np.float64]:
    """Return (windows, classes) calibrated probabilities over the network's own classes."""
    features = speech_features(speech.samples, speech.segments)
    return _hear_windows(features, speech.windows, weights_dir)


def recording_probabilities(
    speech: Speech, native: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64] | None:
    """Return (classes,): the quality-weighted mean over the windows, None without a window."""
    if not len(native):
        return None
    # A recording that is noise throughout has quality 0 in each window, and still an answer.
    weights = np.array([_quality(speech, window) for window in speech.windows]) + 1e-6
    return np.asarray(np.average(native, axis=0, weights=weights))


def _hear(speech: Speech, weights_dir: Path, emit: Emit, progress: Progress) -> list[Observation]:
    features = speech_features(speech.samples, speech.segments)
    heard: list[Observation] = []
    total = len(speech.windows)
    progress(0, total)
    for first in range(0, total, BLOCK_WINDOWS):
        block = speech.windows[first : first + BLOCK_WINDOWS]
        native = _hear_windows(features, block, weights_dir)
        labels = to_labels(native, native_classes(weights_dir))
        new = [
            voice_observation(window, seven, _quality(speech, window))
            for window, seven in zip(block, labels, strict=True)
        ]
        emit(new)
        heard += new
        progress(len(heard), total)
    return heard


def _hear_windows(
    features: npt.NDArray[np.float32], windows: Sequence[SpeechWindow], weights_dir: Path
) -> npt.NDArray[np.float64]:
    cut = [cut_window(features, window.start_s, window.end_s) for window in windows]
    return native_probabilities(cut, weights_dir)


def _quality(speech: Speech, window: SpeechWindow) -> float:
    return window_quality(window, speech.snr_db, speech.clipped_share)


def _without_speech(
    samples: FloatArray, finding: QualityFinding, reason: str = "no_speech"
) -> ModalityResult:
    return ModalityResult(
        Modality.VOICE,
        ModalityStatus.SKIPPED,
        reason=reason,
        measures={"speech_s": 0.0},
        quality=[finding],
        series={"speech": [], "waveform": waveform_peaks(samples, SERIES_RATE_HZ)},
    )


def _measures(speech: Speech) -> Mapping[str, float | int | None]:
    measured = {
        "speech_s": total_s(speech.segments),
        "pitch_hz": median_pitch_hz(speech.prosody),
        "pitch_range_semitones": pitch_range_semitones(speech.prosody),
        "energy_db": speech_energy_db(speech.prosody),
        "speech_rate_hz": syllable_rate_hz(speech.prosody),
        "snr_db": speech.snr_db,
        "clipped_share": speech.clipped_share,
    }
    return {name: None if value is None else round(value, 4) for name, value in measured.items()}


def _series(speech: Speech) -> dict[str, Sequence[Sequence[float | None]]]:
    return {
        "speech": [(part.start_s, part.end_s) for part in speech.segments],
        "waveform": waveform_peaks(speech.samples, SERIES_RATE_HZ),
        "pitch_hz": thinned_pitch(speech.prosody, SERIES_RATE_HZ),
    }

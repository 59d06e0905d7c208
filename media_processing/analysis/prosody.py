"""Measures of how something is said: pitch, energy, rate; and of how well it was recorded."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.ndimage
import scipy.signal

from media_processing.analysis.audio import SAMPLE_RATE_HZ, FloatArray, decibels
from media_processing.analysis.librosa_once import librosa
from media_processing.analysis.vad import Segment

FRAME_SAMPLES = 1024
FRAME_HOP = 512
FRAME_HOP_S = FRAME_HOP / SAMPLE_RATE_HZ
# The range of speaking voices, low men to high women (Titze 1994, Principles of Voice Production).
MIN_PITCH_HZ, MAX_PITCH_HZ = 65.0, 500.0
# Normalised autocorrelation at the pitch period above which a frame is voiced (Boersma 1993).
VOICED_CORRELATION = 0.6
# The weak ends of a voiced stretch give octave errors, so they are left out.
VOICED_RANGE_DB = 20.0
# Syllable nuclei are peaks of intensity, at most 8 in a second, each standing out from its
# valleys by 2 dB (de Jong and Wempe 2009, Behavior Research Methods 41:385).
MIN_SYLLABLE_GAP_S = 0.12
SYLLABLE_PROMINENCE_DB = 2.0
SYLLABLE_RANGE_DB = 25.0
# Samples this near to full scale, several in a row, were cut off by the converter.
CLIPPED_LEVEL = 0.985
CLIPPED_RUN = 3
NO_NOISE_DB = 60.0
# Noise is read off 125 Hz wide bands over 96 ms; quieter frames than DIGITAL_SILENCE_DB were cut
# out or never recorded, and tell nothing of the room.
NOISE_BAND_BINS, NOISE_SMOOTHING_FRAMES, NOISE_PERCENTILE = 8, 3, 5
DIGITAL_SILENCE_DB = -90.0
# The 5th percentile of such a band lies below the mean of steady noise; measured on white noise.
NOISE_BIAS = 1.7


@dataclass(frozen=True, slots=True)
class Prosody:
    """Frame tracks of a whole recording, one value each 32 ms.

    ``pitch_hz`` is NaN where no voiced speech is; ``energy_db`` is relative to full scale, as is
    ``noise_db``, the level of the steady noise below the speech.
    """

    times_s: npt.NDArray[np.float64]
    pitch_hz: npt.NDArray[np.float64]
    energy_db: FloatArray
    spoken: npt.NDArray[np.bool_]
    noise_db: float


def track_prosody(samples: FloatArray, segments: Sequence[Segment]) -> Prosody:
    """Return the tracks of (n,) samples at 16 kHz; pitch is looked for in speech alone."""
    energy_db = _energy_db(samples)
    times_s = np.arange(len(energy_db)) * FRAME_HOP_S
    spoken = np.zeros(len(times_s), dtype=bool)
    pitch_hz = np.full(len(times_s), np.nan)
    for segment in segments:
        inside = (times_s >= segment.start_s) & (times_s < segment.end_s)
        spoken |= inside
        pitch_hz[inside] = _pitch_hz(samples, np.flatnonzero(inside))
    if spoken.any():
        loud_db = np.percentile(energy_db[spoken], 90)
        pitch_hz[energy_db < loud_db - VOICED_RANGE_DB] = np.nan
    noise_db = _noise_db(samples, energy_db)
    return Prosody(times_s, _without_octave_errors(pitch_hz), energy_db, spoken, noise_db)


def _without_octave_errors(pitch_hz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the track within the speaker's own range (De Looze and Hirst 2008, Speech Prosody)."""
    voiced = pitch_hz[np.isfinite(pitch_hz)]
    if not len(voiced):
        return pitch_hz
    low_hz, high_hz = np.percentile(voiced, [25, 75])
    outside = (pitch_hz < 0.75 * low_hz) | (pitch_hz > 1.5 * high_hz)
    return np.where(outside, np.nan, pitch_hz)


def _energy_db(samples: FloatArray) -> FloatArray:
    if not len(samples):
        return np.empty(0, np.float32)
    rms = librosa().feature.rms(
        y=samples, frame_length=FRAME_SAMPLES, hop_length=FRAME_HOP, pad_mode="constant"
    )[0]
    return decibels(rms.astype(np.float64) ** 2)


def _noise_db(samples: FloatArray, energy_db: FloatArray) -> float:
    """Return the level of steady noise by minimum statistics (Martin 2001, IEEE TSAP 9:504).

    Even where speech never pauses, each band falls to the noise between its own sounds.
    """
    recorded = energy_db > DIGITAL_SILENCE_DB
    if not recorded.any():
        return float(decibels(0.0))
    padded = np.pad(samples, (0, max(0, FRAME_SAMPLES - len(samples))))
    spectrum = librosa().stft(
        padded, n_fft=FRAME_SAMPLES, hop_length=FRAME_HOP, pad_mode="constant"
    )
    power = np.abs(spectrum[1:, : len(recorded)][:, recorded]) ** 2
    bands = np.add.reduceat(power, np.arange(0, len(power), NOISE_BAND_BINS), axis=0)
    smooth = scipy.ndimage.uniform_filter1d(bands, NOISE_SMOOTHING_FRAMES, axis=1)
    floor = NOISE_BIAS * np.percentile(smooth, NOISE_PERCENTILE, axis=1).sum()
    window_power = FRAME_SAMPLES * float(np.sum(np.hanning(FRAME_SAMPLES) ** 2))
    return float(decibels(2.0 * floor / window_power))


def _pitch_hz(samples: FloatArray, frames: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return the pitch of consecutive frames (YIN, de Cheveigné and Kawahara 2002), else NaN."""
    if not len(frames):
        return np.empty(0)
    half = FRAME_SAMPLES // 2
    padded = np.pad(samples, half)
    stretch = padded[frames[0] * FRAME_HOP : frames[-1] * FRAME_HOP + FRAME_SAMPLES]
    stretch = np.pad(stretch, (0, max(0, FRAME_SAMPLES - len(stretch))))
    pitch_hz = librosa().yin(
        stretch,
        fmin=MIN_PITCH_HZ,
        fmax=MAX_PITCH_HZ,
        sr=SAMPLE_RATE_HZ,
        frame_length=FRAME_SAMPLES,
        hop_length=FRAME_HOP,
        center=False,
    )[: len(frames)]
    pitch_hz = np.pad(pitch_hz, (0, len(frames) - len(pitch_hz)), constant_values=np.nan)
    periodic = _correlation(stretch, pitch_hz) >= VOICED_CORRELATION
    return np.where(periodic, pitch_hz, np.nan)


def _correlation(samples: FloatArray, pitch_hz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the normalised autocorrelation of each frame at its own pitch period."""
    correlations = np.zeros(len(pitch_hz))
    for index in np.flatnonzero(np.isfinite(pitch_hz)):
        frame = samples[index * FRAME_HOP : index * FRAME_HOP + FRAME_SAMPLES]
        lag = round(SAMPLE_RATE_HZ / pitch_hz[index])
        early, late = frame[:-lag], frame[lag:]
        scale = np.sqrt(np.dot(early, early) * np.dot(late, late))
        correlations[index] = np.dot(early, late) / scale if scale > 0 else 0.0
    return correlations


def median_pitch_hz(prosody: Prosody) -> float | None:
    """Return the median pitch of the voiced frames, None where no frame is voiced."""
    voiced = prosody.pitch_hz[np.isfinite(prosody.pitch_hz)]
    return float(np.median(voiced)) if len(voiced) else None


def pitch_range_semitones(prosody: Prosody) -> float | None:
    """Return the distance of the 10th from the 90th percentile of pitch, None where unvoiced."""
    voiced = prosody.pitch_hz[np.isfinite(prosody.pitch_hz)]
    if not len(voiced):
        return None
    low, high = np.percentile(voiced, [10, 90])
    return float(12.0 * np.log2(high / low))


def speech_energy_db(prosody: Prosody) -> float | None:
    """Return the mean level of speech relative to full scale, None without speech."""
    if not prosody.spoken.any():
        return None
    return float(decibels(np.mean(10.0 ** (prosody.energy_db[prosody.spoken] / 10.0))))


def syllable_rate_hz(prosody: Prosody) -> float | None:
    """Return syllable nuclei per second of speech, None without speech."""
    if not prosody.spoken.any():
        return None
    spoken_s = float(prosody.spoken.sum()) * FRAME_HOP_S
    quietest_db = np.percentile(prosody.energy_db[prosody.spoken], 95) - SYLLABLE_RANGE_DB
    level_db = np.where(prosody.spoken, prosody.energy_db, prosody.energy_db.min())
    peaks, _ = scipy.signal.find_peaks(
        np.maximum(level_db, quietest_db),
        height=quietest_db,
        prominence=SYLLABLE_PROMINENCE_DB,
        distance=max(1, round(MIN_SYLLABLE_GAP_S / FRAME_HOP_S)),
    )
    nuclei = [
        peak for peak in peaks if np.isfinite(prosody.pitch_hz[max(0, peak - 1) : peak + 2]).any()
    ]
    return len(nuclei) / spoken_s


def snr_db(prosody: Prosody) -> float | None:
    """Return the level of speech above the noise, 0…60 dB; None without speech."""
    level_db = speech_energy_db(prosody)
    if level_db is None:
        return None
    # What is heard as speech holds the noise too.
    speech_power = 10.0 ** (level_db / 10.0) - 10.0 ** (prosody.noise_db / 10.0)
    return float(np.clip(decibels(speech_power) - prosody.noise_db, 0.0, NO_NOISE_DB))


def sound_snr_db(samples: FloatArray, segments: Sequence[Segment]) -> float | None:
    """Return :func:`snr_db` of (n,) samples without looking for their pitch."""
    energy_db = _energy_db(samples)
    times_s = np.arange(len(energy_db)) * FRAME_HOP_S
    spoken = np.zeros(len(times_s), dtype=bool)
    for segment in segments:
        spoken |= (times_s >= segment.start_s) & (times_s < segment.end_s)
    if not spoken.any():
        return None
    unvoiced = np.full(len(times_s), np.nan)
    return snr_db(Prosody(times_s, unvoiced, energy_db, spoken, _noise_db(samples, energy_db)))


def clipped_share(samples: FloatArray) -> float:
    """Return the share of samples (0…1) in runs at full scale."""
    if not len(samples):
        return 0.0
    full = np.abs(samples) >= CLIPPED_LEVEL
    edges = np.flatnonzero(np.diff(np.concatenate([[False], full, [False]]).astype(np.int8)))
    lengths = edges[1::2] - edges[::2]
    return float(lengths[lengths >= CLIPPED_RUN].sum() / len(samples))


def waveform_peaks(samples: FloatArray, rate_hz: float) -> list[tuple[float, float]]:
    """Return (t_s, peak 0…1) rows, ``rate_hz`` of them in a second, for drawing."""
    step = round(SAMPLE_RATE_HZ / rate_hz)
    return [
        (first / SAMPLE_RATE_HZ, float(np.abs(samples[first : first + step]).max()))
        for first in range(0, len(samples), step)
    ]


def thinned_pitch(prosody: Prosody, rate_hz: float) -> list[tuple[float, float | None]]:
    """Return (t_s, pitch) rows at no more than ``rate_hz``, for drawing; None where unvoiced."""
    step = max(1, round(1.0 / (rate_hz * FRAME_HOP_S)))
    rows: list[tuple[float, float | None]] = []
    for first in range(0, len(prosody.times_s), step):
        voiced = prosody.pitch_hz[first : first + step]
        voiced = voiced[np.isfinite(voiced)]
        pitch_hz = round(float(np.median(voiced)), 1) if len(voiced) else None
        rows.append((round(float(prosody.times_s[first]), 3), pitch_hz))
    return rows

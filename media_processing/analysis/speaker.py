"""What a stretch of speech says about who speaks: cepstra and pitch, as one vector.

The long-term shape of the spectrum (mel cepstra, Davis and Mermelstein 1980, IEEE TASSP 28:357)
over all and over voiced frames, how much it varies and how fast, and level and range of pitch. A
vector lives in memory while a recording is analysed, and is written nowhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.fft

from media_processing.analysis.audio import SAMPLE_RATE_HZ, FloatArray
from media_processing.analysis.log_mel import FRAME_HOP_S, log_mel
from media_processing.analysis.prosody import FRAME_HOP_S as PITCH_HOP_S
from media_processing.analysis.prosody import track_prosody
from media_processing.analysis.vad import Segment

CEPSTRA = 20
FEATURES = 4 * CEPSTRA + 2
# Frames this far below the loud ones are pauses; bands this far below the loudest are noise.
PAUSE_DB, FLOOR_DB = 30.0, 70.0
# From fewer voiced frames no pitch is told: it counts as an ordinary one.
FEWEST_VOICED = 6
# Added to deviations before their logarithm, so that an even stretch stays finite.
LEAST_DEVIATION = 1e-3

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class VoiceFrames:
    """Frames of speech every 16 ms: (n, 80) log-mel in dB, and (n,) pitch in Hz, NaN where none."""

    log_mel_db: FloatArray
    pitch_hz: Array

    @property
    def duration_s(self) -> float:
        return len(self.pitch_hz) * FRAME_HOP_S


def voice_frames(samples: FloatArray, parts: Sequence[Segment]) -> VoiceFrames:
    """Return the frames of ``parts`` of (n,) samples at 16 kHz, one part after another."""
    found = [_frames_of(samples, part) for part in parts]
    return joined([frames for frames in found if frames.duration_s > 0])


def joined(found: Sequence[VoiceFrames]) -> VoiceFrames:
    """Return the frames of several stretches as one."""
    if not found:
        return VoiceFrames(np.empty((0, 0), np.float32), np.empty(0))
    return VoiceFrames(
        np.concatenate([frames.log_mel_db for frames in found]),
        np.concatenate([frames.pitch_hz for frames in found]),
    )


def _frames_of(samples: FloatArray, part: Segment) -> VoiceFrames:
    cut = samples[round(part.start_s * SAMPLE_RATE_HZ) : round(part.end_s * SAMPLE_RATE_HZ)]
    frames_db = log_mel(cut)
    pitch_hz = track_prosody(cut, [Segment(0.0, len(cut) / SAMPLE_RATE_HZ)]).pitch_hz
    return VoiceFrames(frames_db, _at_frames(pitch_hz, len(frames_db)))


def _at_frames(pitch_hz: Array, frames: int) -> Array:
    """Return a pitch for each frame from the track, which has one every second frame."""
    repeated = np.repeat(pitch_hz, round(PITCH_HOP_S / FRAME_HOP_S))[:frames]
    padding = (0, frames - len(repeated))
    return np.asarray(np.pad(repeated, padding, constant_values=np.nan), np.float64)


def voice_vector(frames: VoiceFrames) -> Array:
    """Return (FEATURES,): the last two, median and deviation of log pitch, NaN without any.

    Raises ValueError without a frame.
    """
    if not len(frames.pitch_hz):
        raise ValueError("there is no speech to describe")
    loud_db = frames.log_mel_db.max(axis=1)
    spoken = loud_db > np.percentile(loud_db, 95) - PAUSE_DB
    floored = np.maximum(frames.log_mel_db, loud_db.max() - FLOOR_DB)
    cepstra = scipy.fft.dct(floored.astype(np.float64), axis=1, norm="ortho")[:, 1 : CEPSTRA + 1]
    slopes = _slopes(cepstra)[spoken]
    pitch_hz, cepstra = frames.pitch_hz[spoken], cepstra[spoken]
    voiced = np.isfinite(pitch_hz)
    enough = voiced.sum() >= FEWEST_VOICED
    log_pitch = np.log(pitch_hz[voiced])
    pitch = [np.median(log_pitch), np.std(log_pitch)] if enough else [np.nan, np.nan]
    parts = [
        cepstra.mean(axis=0),
        (cepstra[voiced] if enough else cepstra).mean(axis=0),
        np.log(cepstra.std(axis=0) + LEAST_DEVIATION),
        np.log(slopes.std(axis=0) + LEAST_DEVIATION),
        np.array(pitch),
    ]
    return np.concatenate(parts)


def _slopes(cepstra: Array) -> Array:
    """Return the slope of each cepstrum over five frames (Furui 1981, IEEE TASSP 29:254)."""
    slopes = np.zeros_like(cepstra)
    if len(cepstra) > 4:
        outer, inner = cepstra[4:] - cepstra[:-4], cepstra[3:-1] - cepstra[1:-3]
        slopes[2:-2] = (2 * outer + inner) / 10
    return slopes

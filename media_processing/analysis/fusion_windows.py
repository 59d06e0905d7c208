"""Several modalities on one grid: what each of them shows in each window of a recording.

Only what was observed enters a window. A window that a modality does not reach is empty for that
modality, and nothing is carried over from its neighbours.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from media_processing.analysis.types import EMOTIONS, Modality, Observation

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

# The fixed order of the modalities in every array of the fusion.
MODALITIES = (Modality.FACE, Modality.VOICE, Modality.GAIT)
APPLICANT = 0

# Two windows a second: fast enough for an expression of half a second to be seen, and within the
# rate at which an emotion history may be kept.
WINDOW_S = 1.0
HOP_S = 0.5
# A modality that was observed during less of a window than this says nothing about the window.
MIN_COVERED_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class WindowReadings:
    """What m modalities show in each of n windows; every row of an empty cell is NaN.

    ``start_s`` and ``end_s`` are (n,); ``probabilities`` is (n, m, 7) and sums to 1 over the
    labels; ``valence``, ``arousal`` (-1…1), ``confidence`` and ``quality`` (0…1) are (n, m), in
    the order of :data:`MODALITIES`.
    """

    start_s: FloatArray
    end_s: FloatArray
    probabilities: FloatArray
    valence: FloatArray
    arousal: FloatArray
    confidence: FloatArray
    quality: FloatArray

    @property
    def present(self) -> BoolArray:
        """(n, m): in which window which modality was observed."""
        return np.isfinite(self.quality)

    def only(self, kept: BoolArray) -> "WindowReadings":
        """Return the same windows with the cells emptied that ``kept`` (n, m) does not hold."""
        return WindowReadings(
            self.start_s,
            self.end_s,
            np.where(kept[..., None], self.probabilities, np.nan),
            *(
                np.where(kept, column, np.nan)
                for column in (self.valence, self.arousal, self.confidence, self.quality)
            ),
        )


def moments_s(duration_s: float) -> FloatArray:
    """Return the moments of a recording, (n,): the middles of stretches of a hop from its start.

    What remains at the end, less than half a hop, belongs to the last of them.
    """
    count = max(1, math.floor(duration_s / HOP_S + 0.5)) if duration_s > 0 else 0
    return (np.arange(count) + 0.5) * HOP_S


def window_readings(observations: Sequence[Observation], duration_s: float) -> WindowReadings:
    """Return what the applicant's ``observations`` show in each window of a recording.

    A window lies around each of :func:`moments_s`, within the recording. In it, an observation
    counts by the time that it shares with it, its quality and its confidence; confidence itself
    is weighted by time and quality, quality by time.
    """
    middles = moments_s(duration_s)
    start_s = np.maximum(middles - WINDOW_S / 2, 0.0)
    end_s = np.minimum(middles + WINDOW_S / 2, duration_s)
    columns = [
        _columns([o for o in observations if o.modality is modality and o.person == APPLICANT],
                 start_s, end_s)
        for modality in MODALITIES
    ]  # fmt: skip
    table = np.stack(columns, axis=1)
    labels = len(EMOTIONS)
    return WindowReadings(start_s, end_s, table[..., :labels], *np.moveaxis(table, 2, 0)[labels:])


def _columns(
    observations: Sequence[Observation], start_s: FloatArray, end_s: FloatArray
) -> FloatArray:
    """Return (n, 11): seven probabilities, valence, arousal, confidence, quality; NaN if empty."""
    rows = np.full((len(start_s), len(EMOTIONS) + 4), np.nan)
    if not observations or not len(start_s):
        return rows
    begin = np.array([o.t_start_s for o in observations])
    end = np.array([o.t_end_s for o in observations])
    window, of, shared_s = _overlaps(begin, end, start_s, end_s)
    quality = np.array([o.quality for o in observations])
    confidence = np.array([o.confidence for o in observations])
    shown = np.array([(*o.probabilities, o.valence, o.arousal) for o in observations])
    sums = _Sums(window, len(start_s))
    by_time, by_quality = shared_s, shared_s * quality[of]
    by_both = by_quality * confidence[of]
    covered_s = _covered_s(begin, end, start_s, end_s)
    usable = (sums(by_both) > 0) & (covered_s >= MIN_COVERED_SHARE * (end_s - start_s))
    with np.errstate(invalid="ignore", divide="ignore"):
        rows[:, :-2] = sums(by_both[:, None] * shown[of]) / sums(by_both)[:, None]
        rows[:, -2] = sums(by_quality * confidence[of]) / sums(by_quality)
        rows[:, -1] = sums(by_time * quality[of]) / sums(by_time)
    rows[~usable] = np.nan
    rows[:, : len(EMOTIONS)] /= rows[:, : len(EMOTIONS)].sum(axis=1, keepdims=True)
    return rows


@dataclass(frozen=True, slots=True)
class _Sums:
    """Adds what falls into each of ``count`` windows."""

    window: IntArray
    count: int

    def __call__(self, values: FloatArray) -> FloatArray:
        total = np.zeros((self.count, *values.shape[1:]))
        np.add.at(total, self.window, values)
        return total


def _overlaps(
    begin: FloatArray, end: FloatArray, start_s: FloatArray, end_s: FloatArray
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return which window meets which span (begin…end), and for how many seconds."""
    first = np.searchsorted(end_s, begin, side="right")
    past = np.searchsorted(start_s, end, side="left")
    counts = np.maximum(past - first, 0)
    of = np.repeat(np.arange(len(begin)), counts)
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    window = first[of] + within
    shared_s = np.minimum(end[of], end_s[window]) - np.maximum(begin[of], start_s[window])
    return window, of, shared_s


def _covered_s(
    begin: FloatArray, end: FloatArray, start_s: FloatArray, end_s: FloatArray
) -> FloatArray:
    """Return (n,): the seconds of each window that at least one span covers."""
    order = np.argsort(begin, kind="stable")
    begin, reached = begin[order], np.maximum.accumulate(end[order])
    opens = np.concatenate([[True], begin[1:] > reached[:-1]])
    last = np.append(np.flatnonzero(opens)[1:] - 1, len(begin) - 1)
    window, _, shared_s = _overlaps(begin[opens], reached[last], start_s, end_s)
    return _Sums(window, len(start_s))(shared_s)

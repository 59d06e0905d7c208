"""From the observations of a recording to its summary: what the evidence is made of.

All means are weighted by quality × confidence and concern person 0, the one longest on screen.
Nothing usable gives no summary, never a neutral one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from media_processing.analysis.types import (
    EMOTIONS,
    Emotion,
    Modality,
    ModalityResult,
    Observation,
)

FloatArray = npt.NDArray[np.float64]

APPLICANT = 0

# A facial or vocal expression lasts about 0.5 to 4 s (Ekman 2003, Emotions Revealed; Matsumoto and
# Hwang 2011), so that no second of material counts as more than two independent looks.
MAX_INDEPENDENT_PER_S = 2.0

# The baseline is the first window that is long, calm and even, early in a recording long enough
# to have something after it.
BASELINE_S = 10.0
BASELINE_STEP_S = 0.5
BASELINE_WITHIN_SHARE = 0.5
BASELINE_MIN_USABLE_S = 30.0
CALM_AROUSAL = 0.25
CALM_VALENCE_DEVIATION = 0.2
BASELINE_MIN_FILLED_SHARE = 0.6

PEAK_PROBABILITY = 0.5
PEAK_DISTANCE_S = 3.0
MAX_PEAKS = 5

_DIGITS = 4


@dataclass(frozen=True, slots=True)
class ModalitySummary:
    """One modality of one recording, as the evidence needs it.

    ``mean_probabilities`` and ``baseline_probabilities`` are (7,) in the order of
    :data:`EMOTIONS`; ``n_eff`` is the number of independent observations that the weighted series
    is worth; ``usable_s`` the time covered by weighted observations, ``coverage`` its share of the
    recording. ``baseline_probabilities`` is None where the recording has no calm beginning.
    """

    modality: Modality
    mean_probabilities: FloatArray
    baseline_probabilities: FloatArray | None
    n_eff: float
    coverage: float
    usable_s: float
    valence: float
    arousal: float
    mean_confidence: float
    mean_quality: float


@dataclass(frozen=True, slots=True)
class _Series:
    """The usable observations of the applicant as columns, in order of time."""

    start_s: FloatArray
    end_s: FloatArray
    probabilities: FloatArray
    valence: FloatArray
    arousal: FloatArray
    confidence: FloatArray
    quality: FloatArray

    @property
    def weight(self) -> FloatArray:
        return self.confidence * self.quality

    @property
    def middle_s(self) -> FloatArray:
        return (self.start_s + self.end_s) / 2

    def mean(self, column: FloatArray) -> FloatArray:
        return np.asarray(np.average(column, axis=0, weights=self.weight))

    def part(self, chosen: npt.NDArray[np.bool_]) -> "_Series":
        return _Series(
            self.start_s[chosen],
            self.end_s[chosen],
            self.probabilities[chosen],
            self.valence[chosen],
            self.arousal[chosen],
            self.confidence[chosen],
            self.quality[chosen],
        )


def summarise_modality(
    observations: Sequence[Observation], duration_s: float
) -> ModalitySummary | None:
    """Return the summary of one modality's ``observations``, None where nothing is usable.

    With weights wᵢ = qualityᵢ · confidenceᵢ every mean is Σwx / Σw. The effective sample size is
    that of :func:`effective_sample_size`. Raises ValueError for observations of more than one
    modality.
    """
    series = _series(observations)
    if series is None:
        return None
    modality = _only_modality(observations)
    usable_s = covered_s(series.start_s, series.end_s)
    baseline = _baseline(series, duration_s)
    return ModalitySummary(
        modality=modality,
        mean_probabilities=series.mean(series.probabilities),
        baseline_probabilities=None if baseline is None else baseline.mean(baseline.probabilities),
        n_eff=_independent_observations(series, usable_s),
        coverage=min(1.0, usable_s / duration_s) if duration_s > 0 else 0.0,
        usable_s=usable_s,
        valence=float(series.mean(series.valence)),
        arousal=float(series.mean(series.arousal)),
        mean_confidence=float(series.confidence.mean()),
        mean_quality=float(series.quality.mean()),
    )


def summarise(results: Mapping[Modality, ModalityResult], duration_s: float) -> dict[str, Any]:
    """Return the JSON summary of a recording from the results of its modalities."""
    observed = {modality: result.observations for modality, result in results.items()}
    modalities = {
        str(modality): _modality_json(observations, duration_s)
        for modality, observations in observed.items()
    }
    face, voice = observed.get(Modality.FACE, ()), observed.get(Modality.VOICE, ())
    return {
        "duration_s": round(duration_s, 3),
        "modalities": modalities,
        "voice_face_disagreement": disagreement(voice, face),
    }


def effective_sample_size(values: FloatArray, weights: FloatArray) -> float:
    """Return how many independent equal observations the weighted series (n,) is worth.

    Kish's size (Σw)² / Σw² (Kish 1965, Survey Sampling), divided by the integrated autocorrelation
    time 1 + 2 Σρₖ, summed over Geyer's initial positive sequence (Geyer 1992, Statistical Science
    7:473). A series without any variation is worth one observation. At least 1, at most Kish's.
    """
    kish = float(weights.sum() ** 2 / np.square(weights).sum())
    return max(1.0, min(kish, kish / _autocorrelation_time(values)))


def covered_s(start_s: FloatArray, end_s: FloatArray) -> float:
    """Return the length of the union of intervals that are sorted by their start."""
    reached = np.maximum.accumulate(end_s)
    before = np.concatenate([start_s[:1], reached[:-1]])
    return float(np.maximum(reached - np.maximum(start_s, before), 0.0).sum())


def disagreement(
    first: Sequence[Observation], second: Sequence[Observation]
) -> dict[str, float] | None:
    """Return how far two modalities point apart at the same time, None where they never overlap.

    For each observation of ``first`` the weighted mean of those of ``second`` that overlap it is
    compared by cosine distance, 1 - cos, which lies in 0…1 for probabilities; the ``distance`` is
    the weighted mean over ``overlap_s`` seconds.
    """
    one, other = _series(first), _series(second)
    if one is None or other is None:
        return None
    distances, weights, overlap_s = [], [], 0.0
    for row in range(one.start_s.size):
        meets = (other.start_s < one.end_s[row]) & (other.end_s > one.start_s[row])
        if meets.any():
            part = other.part(meets)
            mean = part.mean(part.probabilities)
            distances.append(_cosine_distance(one.probabilities[row], mean))
            weights.append(one.weight[row] * float(part.weight.mean()))
            overlap_s += float(one.end_s[row] - one.start_s[row])
    if not distances:
        return None
    distance = float(np.average(distances, weights=weights))
    return {"distance": round(distance, _DIGITS), "overlap_s": round(overlap_s, 2)}


def _series(observations: Sequence[Observation]) -> _Series | None:
    usable = [o for o in observations if o.person == APPLICANT and o.quality * o.confidence > 0]
    if not usable:
        return None
    usable.sort(key=lambda observation: observation.t_start_s)
    return _Series(
        start_s=np.array([o.t_start_s for o in usable]),
        end_s=np.array([o.t_end_s for o in usable]),
        probabilities=np.array([o.probabilities for o in usable]),
        valence=np.array([o.valence for o in usable]),
        arousal=np.array([o.arousal for o in usable]),
        confidence=np.array([o.confidence for o in usable]),
        quality=np.array([o.quality for o in usable]),
    )


def _only_modality(observations: Sequence[Observation]) -> Modality:
    modalities = {observation.modality for observation in observations}
    if len(modalities) > 1:
        raise ValueError("a summary is made of one modality at a time")
    return modalities.pop()


def _independent_observations(series: _Series, usable_s: float) -> float:
    sizes = (effective_sample_size(v, series.weight) for v in (series.valence, series.arousal))
    return max(1.0, min(*sizes, MAX_INDEPENDENT_PER_S * usable_s))


def _autocorrelation_time(values: FloatArray) -> float:
    count = values.size
    centred = values - values.mean()
    variance = float(centred @ centred)
    if variance <= 1e-12 * count:
        return float(count)
    # The transform of the zero-padded series gives all lags at once.
    spectrum = np.fft.rfft(centred, 2 * count)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2, 2 * count)[:count] / variance
    pairs = correlation[: 2 * (count // 2)].reshape(-1, 2).sum(axis=1)
    ends = np.flatnonzero(pairs <= 0)
    kept = pairs[: ends[0]] if ends.size else pairs
    return max(1.0, 2.0 * float(kept.sum()) - 1.0)


def _baseline(series: _Series, duration_s: float) -> _Series | None:
    """Return the applicant's first calm stretch, None where the recording has none."""
    if covered_s(series.start_s, series.end_s) < BASELINE_MIN_USABLE_S:
        return None
    first_s = float(series.start_s[0])
    for start_s in np.arange(first_s, BASELINE_WITHIN_SHARE * duration_s, BASELINE_STEP_S):
        inside = (series.start_s >= start_s) & (series.end_s <= start_s + BASELINE_S)
        if inside.any():
            part = series.part(inside)
            if _is_calm(part):
                return part
    return None


def _is_calm(part: _Series) -> bool:
    filled_s = covered_s(part.start_s, part.end_s)
    return (
        filled_s >= BASELINE_MIN_FILLED_SHARE * BASELINE_S
        and abs(float(part.mean(part.arousal))) <= CALM_AROUSAL
        and float(part.valence.std()) <= CALM_VALENCE_DEVIATION
    )


def _cosine_distance(first: FloatArray, second: FloatArray) -> float:
    cosine = first @ second / (np.linalg.norm(first) * np.linalg.norm(second))
    return float(np.clip(1.0 - cosine, 0.0, 1.0))


def _modality_json(observations: Sequence[Observation], duration_s: float) -> dict[str, Any] | None:
    summary, series = summarise_modality(observations, duration_s), _series(observations)
    if summary is None or series is None:
        return None
    return {
        "mean_probabilities": _by_label(summary.mean_probabilities),
        "share_of_time": _by_label(_shares(series)),
        "valence": _course(series, series.valence),
        "arousal": _course(series, series.arousal),
        "peaks": _peaks(series),
        "baseline": _baseline_json(series, duration_s),
        "observations": int(series.start_s.size),
        "effective_observations": round(summary.n_eff, 2),
        "usable_s": round(summary.usable_s, 2),
        "coverage": round(summary.coverage, _DIGITS),
        "mean_confidence": round(summary.mean_confidence, _DIGITS),
        "mean_quality": round(summary.mean_quality, _DIGITS),
    }


def _by_label(values: FloatArray) -> dict[str, float]:
    return {label: round(float(p), _DIGITS) for label, p in zip(EMOTIONS, values, strict=True)}


def _shares(series: _Series) -> FloatArray:
    """Return the weight share in which each label was the most probable one, (7,)."""
    strongest = series.probabilities.argmax(axis=1)
    totals = np.bincount(strongest, weights=series.weight, minlength=len(EMOTIONS))
    return np.asarray(totals / totals.sum())


def _course(series: _Series, values: FloatArray) -> dict[str, float]:
    """Return mean, 5th and 95th percentile, and the weighted slope per minute."""
    low, high = np.percentile(values, [5, 95])
    figures = {
        "mean": float(series.mean(values)),
        "low": float(low),
        "high": float(high),
        "trend_per_min": 60.0 * _slope_per_s(series, values),
    }
    return {name: round(figure, _DIGITS) for name, figure in figures.items()}


def _slope_per_s(series: _Series, values: FloatArray) -> float:
    """Return the slope of the weighted least-squares line through ``values`` over time."""
    t_s = series.middle_s - series.mean(series.middle_s)
    spread = float(series.weight @ t_s**2)
    return float(series.weight @ (t_s * (values - series.mean(values)))) / spread if spread else 0.0


def _peaks(series: _Series) -> list[dict[str, Any]]:
    """Return the strongest moments of a label other than neutral, at most MAX_PEAKS, by time."""
    neutral = EMOTIONS.index(Emotion.NEUTRAL)
    expressive = np.where(np.arange(len(EMOTIONS)) == neutral, 0.0, series.probabilities)
    height, label = expressive.max(axis=1), expressive.argmax(axis=1)
    chosen: list[int] = []
    for row in np.argsort(-height, kind="stable"):
        near = [other for other in chosen if _apart_s(series, row, other) < PEAK_DISTANCE_S]
        if height[row] < PEAK_PROBABILITY or len(chosen) == MAX_PEAKS:
            break
        if not near:
            chosen.append(int(row))
    return [
        {
            "label": EMOTIONS[label[row]],
            "t_s": round(float(series.middle_s[row]), 2),
            "probability": round(float(height[row]), _DIGITS),
        }
        for row in sorted(chosen)
    ]


def _apart_s(series: _Series, first: int, second: int) -> float:
    return abs(float(series.middle_s[first] - series.middle_s[second]))


def _baseline_json(series: _Series, duration_s: float) -> dict[str, Any] | None:
    baseline = _baseline(series, duration_s)
    if baseline is None:
        return None
    return {
        "t_start_s": round(float(baseline.start_s.min()), 2),
        "t_end_s": round(float(baseline.end_s.max()), 2),
        "mean_probabilities": _by_label(baseline.mean(baseline.probabilities)),
    }

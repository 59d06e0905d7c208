"""What a session's recordings amount to, before any policy weighs it.

Evidence keeps means and sizes, not a verdict: a later policy can weigh the same evidence anew.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Protocol

from scoring.engine.types import EMOTIONS, MODALITIES

# An expression counts as sustained while fear and anger together are more likely than all else.
SUSTAINED_PROBABILITY = 0.5
AGITATED = (EMOTIONS.index("angry"), EMOTIONS.index("fear"))
# Observations further apart than this do not belong to one stretch.
MAX_GAP_S = 1.0


@dataclass(frozen=True, slots=True)
class EvidenceSummary:
    """One modality of one recording (or of several recordings of a session).

    Means are weighted by confidence · quality; ``mean_probabilities`` follow EMOTIONS.
    ``baseline_probabilities`` are the applicant's own calm stretch, None where the recording has
    none. ``samples`` is the effective sample size. ``usable_s`` counts the seconds with a weight
    above 0; ``coverage`` (0…1) is their share of the recording; ``quality`` lies in 0…1 and
    ``arousal`` in -1…1; ``sustained_s`` is the longest stretch of fear or anger.

    Raises ValueError for anything that cannot be a summary.
    """

    mean_probabilities: tuple[float, ...]
    samples: float
    usable_s: float
    coverage: float
    quality: float
    arousal: float = 0.0
    sustained_s: float = 0.0
    baseline_probabilities: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        for probabilities in (self.mean_probabilities, self.baseline_probabilities):
            if probabilities is not None and not _is_distribution(probabilities):
                raise ValueError(f"evidence needs {len(EMOTIONS)} probabilities that sum to 1")
        sizes = (self.samples, self.usable_s, self.sustained_s)
        if not all(math.isfinite(size) and size >= 0 for size in sizes):
            raise ValueError("sample sizes and seconds must be finite and not negative")
        if not (0 <= self.coverage <= 1 and 0 <= self.quality <= 1):
            raise ValueError("coverage and quality must lie in 0…1")

    def effective_samples(self, decorrelation_s: float) -> float:
        """Return ``samples``, at most one per ``decorrelation_s`` of usable material."""
        return min(self.samples, self.usable_s / decorrelation_s)

    def as_dict(self) -> dict[str, Any]:
        """Return JSON values; :func:`summary_from_dict` reads them back."""
        return asdict(self)


def _is_distribution(probabilities: Sequence[float]) -> bool:
    return (
        len(probabilities) == len(EMOTIONS)
        and min(probabilities) >= 0
        and math.isclose(math.fsum(probabilities), 1.0, abs_tol=1e-3)
    )


def summary_from_dict(content: Mapping[str, Any]) -> EvidenceSummary:
    """Read a summary back after a trip through JSON. Raises ValueError or TypeError."""
    baseline = content.get("baseline_probabilities")
    return EvidenceSummary(
        **{
            **content,
            "mean_probabilities": tuple(content["mean_probabilities"]),
            "baseline_probabilities": None if baseline is None else tuple(baseline),
        }
    )


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """One stored row of evidence, as the adjustment and the rules read it.

    ``measures`` holds the modality's own figures (``people``, ``symmetry`` …) for the rules.
    """

    evidence_id: str
    session_id: str
    modality: str
    observed_on: date
    summary: EvidenceSummary
    consented: bool = True
    measures: Mapping[str, float | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.modality not in MODALITIES:
            raise ValueError(f"unknown modality {self.modality!r}")


def pooled(parts: Sequence[EvidenceSummary]) -> EvidenceSummary:
    """Return what several recordings of one session amount to; the order does not matter.

    Probabilities are weighted by sample size, coverage and quality by seconds. Each recording
    keeps its own baseline, so the pool has none.
    """
    samples = [part.samples for part in parts]
    seconds = [part.usable_s for part in parts]
    columns = zip(*(part.mean_probabilities for part in parts), strict=True)
    return EvidenceSummary(
        mean_probabilities=tuple(weighted_mean(column, samples) for column in columns),
        samples=math.fsum(samples),
        usable_s=math.fsum(seconds),
        coverage=weighted_mean([part.coverage for part in parts], seconds),
        quality=weighted_mean([part.quality for part in parts], seconds),
        arousal=weighted_mean([part.arousal for part in parts], seconds),
        sustained_s=max(part.sustained_s for part in parts),
    )


def weighted_mean(values: Sequence[float], weights: Sequence[float]) -> float:
    """Return Σwx / Σw, or the plain mean where no value weighs anything."""
    total = math.fsum(weights)
    if not total:
        return math.fsum(values) / len(values)
    mean = math.fsum((w / total) * x for w, x in zip(weights, values, strict=True))
    # A mean of shares stays a share, whatever the last bit says.
    return min(max(mean, min(values)), max(values))


class ObservationLike(Protocol):
    """One timed network output; ``probabilities`` follow EMOTIONS and sum to 1."""

    @property
    def t_start_s(self) -> float: ...
    @property
    def t_end_s(self) -> float: ...
    @property
    def probabilities(self) -> Sequence[float]: ...


def longest_agitated_s(observations: Sequence[ObservationLike]) -> float:
    """Return the longest stretch (s) in which fear and anger together were the most likely."""
    longest_s, start_s, end_s = 0.0, math.nan, -math.inf
    for each in sorted(observations, key=lambda each: (each.t_start_s, each.t_end_s)):
        if sum(each.probabilities[index] for index in AGITATED) <= SUSTAINED_PROBABILITY:
            end_s = -math.inf
            continue
        if each.t_start_s - end_s > MAX_GAP_S:
            start_s = each.t_start_s
        end_s = max(end_s, each.t_end_s)
        longest_s = max(longest_s, end_s - start_s)
    return longest_s

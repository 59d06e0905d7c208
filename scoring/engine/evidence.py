"""From the observations of one recording to the sums that evidence keeps.

Evidence keeps sums, not a verdict: a later policy can weigh the same sums anew, and the sums of
several recordings of one session add up.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Protocol

from scoring.engine.types import EMOTIONS, MODALITIES

NO_SUMS = (0.0,) * len(EMOTIONS)
# An expression counts as sustained while fear and anger together are more likely than all else.
SUSTAINED_PROBABILITY = 0.5
AGITATED = (EMOTIONS.index("angry"), EMOTIONS.index("fear"))
# Observations further apart than this do not belong to one stretch.
MAX_GAP_S = 1.0


class ObservationLike(Protocol):
    """One timed network output; ``probabilities`` follow EMOTIONS and sum to 1."""

    @property
    def t_start_s(self) -> float: ...
    @property
    def t_end_s(self) -> float: ...
    @property
    def probabilities(self) -> Sequence[float]: ...
    @property
    def arousal(self) -> float: ...
    @property
    def confidence(self) -> float: ...
    @property
    def quality(self) -> float: ...


@dataclass(frozen=True, slots=True)
class EvidenceSums:
    """What one modality of one recording (or session) amounts to.

    Weights are confidence · quality. ``probability_sums`` follow EMOTIONS. The baseline is the
    applicant's own opening stretch where the recording has one, else its sums are 0. ``usable_s``
    counts the seconds with a weight above 0; ``coverage`` is their share of the recording;
    ``quality`` and ``arousal`` are means; ``sustained_s`` is the longest stretch in which fear
    and anger together were the most likely.
    """

    weight_sum: float
    weight_square_sum: float
    probability_sums: tuple[float, ...]
    usable_s: float
    coverage: float
    quality: float
    arousal: float = 0.0
    sustained_s: float = 0.0
    baseline_weight_sum: float = 0.0
    baseline_probability_sums: tuple[float, ...] = NO_SUMS

    def __post_init__(self) -> None:
        if len(self.probability_sums) != len(EMOTIONS):
            raise ValueError(f"evidence needs {len(EMOTIONS)} probability sums")
        if len(self.baseline_probability_sums) != len(EMOTIONS):
            raise ValueError(f"a baseline needs {len(EMOTIONS)} probability sums")

    @property
    def mean_probabilities(self) -> tuple[float, ...]:
        """The weighted mean probabilities, all 0 where nothing was usable."""
        if not self.weight_sum:
            return NO_SUMS
        return tuple(value / self.weight_sum for value in self.probability_sums)

    @property
    def baseline_probabilities(self) -> tuple[float, ...] | None:
        if not self.baseline_weight_sum:
            return None
        return tuple(v / self.baseline_weight_sum for v in self.baseline_probability_sums)

    def effective_samples(self, decorrelation_s: float) -> float:
        """Return Kish's (Σw)²/Σw², at most one sample per ``decorrelation_s`` of material.

        Neighbouring frames show the same face, so their number alone proves nothing
        (Kish 1965, *Survey Sampling*, section 11.7).
        """
        if not self.weight_square_sum:
            return 0.0
        kish = self.weight_sum**2 / self.weight_square_sum
        return min(kish, self.usable_s / decorrelation_s)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def sums_from_dict(content: Mapping[str, Any]) -> EvidenceSums:
    """Read sums back from :meth:`EvidenceSums.as_dict` after a trip through JSON."""
    lists = ("probability_sums", "baseline_probability_sums")
    return EvidenceSums(**{**content, **{name: tuple(content[name]) for name in lists}})


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """One stored row of evidence, as the adjustment reads it.

    ``measures`` holds the modality's own figures (``people``, ``symmetry`` …) for the rules.
    """

    evidence_id: str
    session_id: str
    modality: str
    observed_on: date
    sums: EvidenceSums
    consented: bool = True
    measures: Mapping[str, float | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.modality not in MODALITIES:
            raise ValueError(f"unknown modality {self.modality!r}")


def summarise(
    observations: Iterable[ObservationLike],
    *,
    coverage: float,
    baseline_until_s: float | None = None,
) -> EvidenceSums:
    """Sum the observations of one person in one modality of one recording.

    ``coverage`` (0…1) is the share of the recording that could be used. Observations that end
    before ``baseline_until_s`` form the applicant's own baseline and are not counted otherwise.
    """
    usable = sorted(
        (each for each in observations if each.confidence * each.quality > 0),
        key=lambda each: (each.t_start_s, each.t_end_s),
    )
    limit_s = -math.inf if baseline_until_s is None else baseline_until_s
    baseline = [each for each in usable if each.t_end_s <= limit_s]
    rest = [each for each in usable if each.t_end_s > limit_s]
    return EvidenceSums(
        weight_sum=math.fsum(map(_weight, rest)),
        weight_square_sum=math.fsum(_weight(each) ** 2 for each in rest),
        probability_sums=_probability_sums(rest),
        usable_s=_covered_s(rest),
        coverage=coverage,
        quality=_mean([each.quality for each in rest]),
        arousal=_mean([each.arousal for each in rest]),
        sustained_s=_longest_agitated_s(rest),
        baseline_weight_sum=math.fsum(map(_weight, baseline)),
        baseline_probability_sums=_probability_sums(baseline),
    )


def merge(parts: Sequence[EvidenceSums]) -> EvidenceSums:
    """Add up the sums of several recordings of one session; the order does not matter."""
    return EvidenceSums(
        weight_sum=math.fsum(part.weight_sum for part in parts),
        weight_square_sum=math.fsum(part.weight_square_sum for part in parts),
        probability_sums=_columns([part.probability_sums for part in parts]),
        usable_s=math.fsum(part.usable_s for part in parts),
        coverage=_mean_over_time(parts, "coverage"),
        quality=_mean_over_time(parts, "quality"),
        arousal=_mean_over_time(parts, "arousal"),
        sustained_s=max(part.sustained_s for part in parts),
        baseline_weight_sum=math.fsum(part.baseline_weight_sum for part in parts),
        baseline_probability_sums=_columns([part.baseline_probability_sums for part in parts]),
    )


def _weight(observation: ObservationLike) -> float:
    return observation.confidence * observation.quality


def _probability_sums(observations: Sequence[ObservationLike]) -> tuple[float, ...]:
    return _columns([[_weight(o) * p for p in o.probabilities] for o in observations])


def _columns(rows: Sequence[Sequence[float]]) -> tuple[float, ...]:
    return tuple(math.fsum(row[index] for row in rows) for index in range(len(EMOTIONS)))


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else 0.0


def _mean_over_time(parts: Sequence[EvidenceSums], name: str) -> float:
    total_s = math.fsum(part.usable_s for part in parts)
    if not total_s:
        return 0.0
    return math.fsum(part.usable_s * getattr(part, name) for part in parts) / total_s


def _covered_s(observations: Sequence[ObservationLike]) -> float:
    """Return the length of the union of the intervals, so that overlap is not counted twice."""
    covered_s, end_s = 0.0, -math.inf
    for each in observations:
        covered_s += max(0.0, each.t_end_s - max(each.t_start_s, end_s))
        end_s = max(end_s, each.t_end_s)
    return covered_s


def _longest_agitated_s(observations: Sequence[ObservationLike]) -> float:
    longest_s, start_s, end_s = 0.0, math.nan, -math.inf
    for each in observations:
        if sum(each.probabilities[index] for index in AGITATED) <= SUSTAINED_PROBABILITY:
            end_s = -math.inf
            continue
        if each.t_start_s - end_s > MAX_GAP_S:
            start_s = each.t_start_s
        end_s = max(end_s, each.t_end_s)
        longest_s = max(longest_s, end_s - start_s)
    return longest_s

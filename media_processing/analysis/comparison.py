"""How far two networks agree about the same moments of a recording."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from media_processing.analysis.types import EMOTIONS, Observation


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two networks over the moments that both observed.

    ``agreed`` counts moments with the same leading label; ``distance_sum`` adds up the total
    variation distance of the two distributions, 0…1 each; the label counts follow ``EMOTIONS``.
    """

    compared: int
    agreed: int
    distance_sum: float
    labels_first: tuple[int, ...]
    labels_second: tuple[int, ...]


class NotComparableError(ValueError):
    """The second network gave nothing that could be used."""


def compare(first: Sequence[Observation], second: Sequence[Observation]) -> Comparison:
    """Compare observations of the same person at the same time; others have no partner.

    Raises NotComparableError where the second network is silent while the first is not, or where
    an answer of it is not a number.
    """
    if first and not second:
        raise NotComparableError("no observation")
    if not all(math.isfinite(share) for one in second for share in one.probabilities):
        raise NotComparableError("a probability is not a number")
    partners = {_moment(one): one for one in second}
    pairs = [(one, partners[_moment(one)]) for one in first if _moment(one) in partners]
    leading = [(_leading(one), _leading(other)) for one, other in pairs]
    return Comparison(
        compared=len(pairs),
        agreed=sum(one == other for one, other in leading),
        distance_sum=sum(_distance(one, other) for one, other in pairs),
        labels_first=_counts([one for one, _ in leading]),
        labels_second=_counts([other for _, other in leading]),
    )


def _moment(observation: Observation) -> tuple[int, float, float]:
    return (observation.person, round(observation.t_start_s, 3), round(observation.t_end_s, 3))


def _leading(observation: Observation) -> int:
    return max(range(len(EMOTIONS)), key=observation.probabilities.__getitem__)


def _distance(one: Observation, other: Observation) -> float:
    pairs = zip(one.probabilities, other.probabilities, strict=True)
    return sum(abs(p - q) for p, q in pairs) / 2


def _counts(labels: Sequence[int]) -> tuple[int, ...]:
    found = Counter(labels)
    return tuple(found[place] for place in range(len(EMOTIONS)))

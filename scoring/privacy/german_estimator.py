"""The deciding estimator of German credit: a WOE scorecard over the attributes that may be scored.

Points are log-odds of *good* on a scale where 20 points double the odds. A reason names an
attribute where fewer points were won than people win on average, in the corrected wording.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from scoring.engine.artifacts import ArtifactEntry, read_json, read_manifest
from scoring.engine.scorecard import Characteristic, Scorecard, parse_scorecard
from scoring.privacy.german_credit import BAD, BY_NAME, GOOD, Value

ARTIFACT = "german_scorecard"
POINTS_TO_DOUBLE_ODDS = 20
FACTOR = POINTS_TO_DOUBLE_ODDS / math.log(2)
MAX_REASONS = 4


@dataclass(frozen=True, slots=True)
class GermanReason:
    """An attribute that cost points against the mean of the data."""

    code: str
    text: str
    characteristic: str
    value: Value
    points: int


@dataclass(frozen=True, slots=True)
class GermanResult:
    """``class_number`` is 1 for good and 2 for bad; ``contributions`` holds points by attribute."""

    class_number: int
    probability_of_bad: float
    base_points: int
    contributions: Mapping[str, int]
    reasons: Sequence[GermanReason]


@dataclass(frozen=True)
class GermanEstimator:
    """The scorecard with the probability of *bad* from which an application is classed as bad."""

    card: Scorecard
    cut_off_probability: float
    entry: ArtifactEntry

    def probability_of_bad(self, values: Mapping[str, Value]) -> float:
        """Return the probability (0…1) at the data's own 30 % of bad."""
        return 1.0 / (1.0 + math.exp(self.card.log_odds(values)))

    def class_number(self, probability_of_bad: float) -> int:
        """Return 1 for good, 2 for bad."""
        return BAD if probability_of_bad >= self.cut_off_probability else GOOD

    def result(self, values: Mapping[str, Value]) -> GermanResult:
        """Score one checked row and say what it rests on."""
        probability = self.probability_of_bad(values)
        points = {each.name: _points(each, values) for each in self.card.characteristics}
        return GermanResult(
            class_number=self.class_number(probability),
            probability_of_bad=probability,
            base_points=round(FACTOR * self.card.intercept_log_odds),
            contributions=points,
            reasons=self._reasons(values, points),
        )

    def _reasons(
        self, values: Mapping[str, Value], points: Mapping[str, int]
    ) -> list[GermanReason]:
        lost = {
            each.name: points[each.name] - each.mean_points(FACTOR)
            for each in self.card.characteristics
        }
        worst = sorted((name for name in lost if lost[name] < 0), key=lambda name: lost[name])
        return [_reason(name, values[name], lost[name]) for name in worst[:MAX_REASONS]]


def _points(characteristic: Characteristic, values: Mapping[str, Value]) -> int:
    return round(FACTOR * characteristic.bin_of(values[characteristic.name]).log_odds)


def _reason(name: str, value: Value, points: int) -> GermanReason:
    attribute = BY_NAME[name]
    more = "1 point" if points == -1 else f"{-points} points"
    text = (
        f"{attribute.label}: {attribute.wording(value)}. People earn {more} more here on average."
    )
    return GermanReason(f"german_{name}", text, name, value, points)


@lru_cache(maxsize=4)
def load_german_estimator(artifacts_dir: Path) -> GermanEstimator:
    """Read the estimator once per process. Raises ArtifactError for a wrong file."""
    content = read_json(ARTIFACT, artifacts_dir)
    return GermanEstimator(
        card=parse_scorecard(content),
        cut_off_probability=float(content["cut_off_probability"]),
        entry=read_manifest(artifacts_dir)[ARTIFACT],
    )

import json
import math
import random
from dataclasses import dataclass

import pytest

from scoring.engine.evidence import (
    EvidenceItem,
    EvidenceSummary,
    longest_agitated_s,
    pooled,
    summary_from_dict,
)
from scoring.engine.types import EMOTIONS
from tests.scoring.engine import builders
from tests.scoring.engine.builders import only, summary


@dataclass(frozen=True)
class Seen:
    t_start_s: float
    t_end_s: float
    probabilities: tuple[float, ...]


def seconds(label: str, start_s: int, end_s: int) -> list[Seen]:
    return [Seen(t, t + 1.0, only(label)) for t in range(start_s, end_s)]


def test_effective_samples_are_bounded_by_the_seconds() -> None:
    assert summary(only("sad"), samples=300.0, usable_s=20.0).effective_samples(2.0) == 10.0
    assert summary(only("sad"), samples=3.0, usable_s=20.0).effective_samples(2.0) == 3.0


def test_a_stretch_of_fear_and_anger_ends_at_a_gap_and_at_another_expression() -> None:
    seen = [
        *seconds("fear", 0, 3),
        *seconds("angry", 3, 5),
        *seconds("happy", 5, 6),
        *seconds("fear", 6, 9),
        *seconds("fear", 20, 22),
    ]
    assert longest_agitated_s(seen) == 5.0
    assert longest_agitated_s(random.Random(1).sample(seen, len(seen))) == 5.0


def test_no_observation_is_no_stretch() -> None:
    assert longest_agitated_s([]) == 0.0


def test_two_recordings_pool_by_their_size_in_any_order() -> None:
    one = summary(only("happy"), samples=10.0, usable_s=10.0, coverage=0.2, sustained_s=3.0)
    two = summary(only("sad"), samples=30.0, usable_s=30.0, coverage=0.6)
    both = pooled([one, two])
    assert both == pooled([two, one])
    assert (both.samples, both.usable_s, both.sustained_s) == (40.0, 40.0, 3.0)
    assert both.coverage == pytest.approx(0.5)
    assert both.mean_probabilities[EMOTIONS.index("sad")] == pytest.approx(0.75)


def test_nothing_usable_pools_to_nothing_usable() -> None:
    empty = summary(only("happy"), samples=0.0, usable_s=0.0)
    assert pooled([empty, empty]).usable_s == 0.0


def test_a_summary_survives_json() -> None:
    given = summary((1 / 7,) * 7, baseline_probabilities=only("neutral"))
    assert summary_from_dict(json.loads(json.dumps(given.as_dict()))) == given


def test_an_unknown_modality_is_refused() -> None:
    with pytest.raises(ValueError, match="handwriting"):
        EvidenceItem("e", "s", "handwriting", builders.TODAY, summary(only("sad")))


@pytest.mark.parametrize(
    "changes",
    [
        {"mean_probabilities": (0.5, 0.5)},
        {"mean_probabilities": (0.5,) * 7},
        {"baseline_probabilities": (-1.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0)},
        {"samples": -1.0},
        {"usable_s": math.nan},
        {"coverage": 1.1},
        {"quality": -0.1},
    ],
)
def test_what_cannot_be_a_summary_is_refused(changes: dict[str, object]) -> None:
    content = {**summary(only("sad")).as_dict(), **changes}
    with pytest.raises(ValueError, match=r"must|probabilities"):
        EvidenceSummary(**content)

import json
import random
from dataclasses import dataclass, replace

import pytest

from scoring.engine.evidence import EvidenceItem, merge, summarise, sums_from_dict
from scoring.engine.types import EMOTIONS
from tests.scoring.engine import builders


@dataclass(frozen=True)
class Seen:
    t_start_s: float
    t_end_s: float
    probabilities: tuple[float, ...]
    arousal: float = 0.5
    confidence: float = 0.8
    quality: float = 0.5


def seconds(label: str, start_s: int, end_s: int) -> list[Seen]:
    return [Seen(t, t + 1.0, builders.only(label)) for t in range(start_s, end_s)]


def test_sums_weigh_by_confidence_and_quality() -> None:
    sure = Seen(0.0, 1.0, builders.only("happy"), confidence=1.0, quality=1.0)
    unsure = Seen(1.0, 2.0, builders.only("angry"), confidence=0.5, quality=0.5)
    sums = summarise([sure, unsure], coverage=0.7)
    assert sums.weight_sum == 1.25
    assert sums.weight_square_sum == 1.0625
    assert sums.mean_probabilities[EMOTIONS.index("happy")] == 0.8
    assert sums.mean_probabilities[EMOTIONS.index("angry")] == 0.2
    assert (sums.coverage, sums.quality) == (0.7, 0.75)


def test_overlapping_windows_count_their_seconds_once() -> None:
    windows = [Seen(t, t + 3.0, builders.only("neutral")) for t in range(10)]
    assert summarise(windows, coverage=1.0).usable_s == 12.0


def test_effective_samples_are_bounded_by_the_seconds() -> None:
    frames = [Seen(t / 5, (t + 1) / 5, builders.only("neutral")) for t in range(100)]
    sums = summarise(frames, coverage=1.0)
    assert sums.effective_samples(decorrelation_s=2.0) == pytest.approx(10.0)


def test_a_stretch_of_fear_and_anger_ends_at_a_gap_and_at_another_expression() -> None:
    seen = [
        *seconds("fear", 0, 3),
        *seconds("angry", 3, 5),
        *seconds("happy", 5, 6),
        *seconds("fear", 6, 9),
        *seconds("fear", 20, 22),
    ]
    assert summarise(seen, coverage=1.0).sustained_s == 5.0


def test_the_opening_stretch_is_the_baseline_and_not_counted_again() -> None:
    seen = [*seconds("neutral", 0, 10), *seconds("happy", 10, 40)]
    sums = summarise(seen, coverage=1.0, baseline_until_s=10.0)
    assert sums.baseline_probabilities == pytest.approx(builders.only("neutral"))
    assert sums.mean_probabilities == pytest.approx(builders.only("happy"))
    assert sums.usable_s == 30.0


def test_unusable_observations_are_no_material() -> None:
    blurred = [replace(each, quality=0.0) for each in seconds("happy", 0, 30)]
    sums = summarise(blurred, coverage=0.0)
    assert (sums.weight_sum, sums.usable_s, sums.quality) == (0.0, 0.0, 0.0)
    assert sums.mean_probabilities == (0.0,) * 7


def test_the_order_of_observations_does_not_matter() -> None:
    seen = [*seconds("fear", 0, 7), *seconds("sad", 7, 30)]
    shuffled = random.Random(1).sample(seen, len(seen))
    assert summarise(shuffled, coverage=0.5) == summarise(seen, coverage=0.5)


def test_sums_of_two_recordings_add_up_in_any_order() -> None:
    one = summarise(seconds("happy", 0, 10), coverage=0.2)
    two = summarise(seconds("sad", 0, 30), coverage=0.6)
    both = merge([one, two])
    assert both == merge([two, one])
    assert both.usable_s == 40.0
    assert both.coverage == pytest.approx(0.5)
    assert both.mean_probabilities[EMOTIONS.index("sad")] == pytest.approx(0.75)


def test_sums_survive_json() -> None:
    sums = summarise(seconds("happy", 0, 10), coverage=1 / 3, baseline_until_s=3.0)
    assert sums_from_dict(json.loads(json.dumps(sums.as_dict()))) == sums


def test_an_unknown_modality_is_refused() -> None:
    with pytest.raises(ValueError, match="handwriting"):
        EvidenceItem("e", "s", "handwriting", builders.TODAY, builders.sums(builders.only("sad")))


def test_sums_of_another_label_set_are_refused() -> None:
    with pytest.raises(ValueError, match="7 probability"):
        builders.sums((0.5, 0.5))

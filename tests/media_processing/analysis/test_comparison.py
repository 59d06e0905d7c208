"""Two networks over the same moments."""

import math

import pytest

from media_processing.analysis.comparison import NotComparableError, compare
from media_processing.analysis.types import EMOTIONS, Modality, Observation


def observation(t_s: float, leading: str, share: float = 1.0, person: int = 0) -> Observation:
    rest = (1 - share) / 6
    shares = tuple(share if label == leading else rest for label in EMOTIONS)
    return Observation(Modality.FACE, t_s, t_s + 0.2, person, shares, 0.0, 0.0, share, 1.0)


def test_only_the_same_moment_of_the_same_person_is_compared() -> None:
    first = [observation(0.0, "happy"), observation(0.2, "sad"), observation(0.4, "sad")]
    second = [
        observation(0.0, "happy"),
        observation(0.2, "happy", share=0.7),
        observation(0.4, "sad", person=1),
        observation(0.6, "sad"),
    ]
    found = compare(first, second)
    assert (found.compared, found.agreed) == (2, 1)
    assert found.distance_sum == pytest.approx(0.95)
    assert dict(zip(EMOTIONS, found.labels_first, strict=True))["sad"] == 1
    assert dict(zip(EMOTIONS, found.labels_second, strict=True))["happy"] == 2


def test_nothing_in_common_compares_nothing() -> None:
    found = compare([observation(0.0, "happy")], [observation(5.0, "happy")])
    assert (found.compared, found.agreed, found.distance_sum) == (0, 0, 0.0)
    assert found.labels_first == (0,) * 7


def test_silence_beside_a_network_that_speaks_is_no_comparison() -> None:
    with pytest.raises(NotComparableError, match="no observation"):
        compare([observation(0.0, "happy")], [])
    assert compare([], []).compared == 0


def test_an_answer_that_is_no_number_is_no_comparison() -> None:
    with pytest.raises(NotComparableError, match="not a number"):
        compare([observation(0.0, "happy")], [observation(0.0, "happy", share=math.nan)])

"""False alarms by recording and by captured walk."""

import pytest

from media_processing.training.evaluation import EvaluationError
from media_processing.training.false_alarms import Outcome, no_alarm_figures, walk_votes
from media_processing.training.gait_metrics import wilson

OUTCOMES = [
    *(Outcome("limp", "one", place < 3) for place in range(4)),
    *(Outcome("limp", "two", place < 1) for place in range(4)),
    *(Outcome("bag", "two", False) for _ in range(3)),
    Outcome("bag", "three", None),
]


def test_a_captured_walk_has_one_vote() -> None:
    votes = walk_votes(OUTCOMES)
    assert (votes["n"], votes["alarms"], votes["any"], votes["rate"]) == (2, 1, 2, 0.5)
    assert votes["interval"] == pytest.approx(wilson(1, 2), abs=1e-4)


def test_half_of_the_recordings_make_an_alarm_of_a_walk() -> None:
    half = [Outcome("limp", "one", place < 2) for place in range(4)]
    assert walk_votes(half)["alarms"] == 1
    assert walk_votes([Outcome("limp", "one", None)])["interval"] is None


def test_right_is_what_was_read_and_raised_no_alarm() -> None:
    figures = no_alarm_figures(OUTCOMES)
    assert (figures["n"], figures["n_failed"]) == (12, 1)
    assert figures["accuracy"] == pytest.approx(7 / 12)
    assert figures["per_class"] == {
        "bag": {"recall": 3 / 4, "n": 4},
        "limp": {"recall": 4 / 8, "n": 8},
    }
    assert figures["uar"] == pytest.approx((3 / 4 + 4 / 8) / 2)
    assert (figures["ci_unit"], figures["ci_units"]) == ("walk", 3)
    low, high = figures["accuracy_ci"]
    assert low < 7 / 12 < high


def test_without_a_walk_there_is_no_figure() -> None:
    with pytest.raises(EvaluationError, match="no walk"):
        no_alarm_figures([])

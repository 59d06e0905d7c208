"""Counting the false alarms of limps and loads."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from media_processing.inference.gait_i3d import GaitI3d, GaitReading
from media_processing.selectors import WEIGHTS_DIR
from media_processing.training import evaluate_gait, impaired_alarms
from media_processing.training.evaluation import EvaluationError, EvaluationRequest
from media_processing.training.impaired_walks import EDITS, HEALTHY
from tests.media_processing.training.captured import clip_like

CLASSES = ("angry", "happy", "neutral", "sad", "proud")
CLIPS = [
    clip_like(split="test"),
    clip_like("old", "other", split="test"),
    clip_like(split="train"),
    clip_like("angry", "angry", split="test"),
]


class FixedNetwork:
    """Says the same of every clip."""

    classes = CLASSES

    def __init__(self, emotion: str, arousal: tuple[float, float, float]) -> None:
        self._shares = np.where(np.array(CLASSES) == emotion, 0.9, 0.025)
        self._arousal = np.array(arousal)

    def read(self, clips: list[np.ndarray]) -> GaitReading:
        count = len(clips)
        return GaitReading(
            CLASSES,
            np.tile(self._shares, (count, 1)),
            np.ones(count),
            np.tile(self._arousal, (count, 1)),
        )


def report_of(monkeypatch: pytest.MonkeyPatch, network: FixedNetwork) -> dict:
    monkeypatch.setattr(GaitI3d, "load", lambda path: network)
    monkeypatch.setattr(impaired_alarms, "CAMERAS", impaired_alarms.CAMERAS[1:2])
    request = EvaluationRequest(Path(), dataset="impaired")
    return impaired_alarms.evaluate(request, CLIPS, WEIGHTS_DIR)


def test_a_calm_reading_of_uneven_walks_is_no_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    report = report_of(monkeypatch, FixedNetwork("neutral", (0.1, 0.8, 0.1)))

    assert report["all"]["alarms"] == 0
    assert report["accuracy"] == report["uar"] == 1
    assert set(report["conditions"]) == {HEALTHY, "acted_old", *EDITS}
    assert report["conditions"]["limp"]["n"] == 2
    assert report["n"] == 2 * len(EDITS) + 1
    # Ten edits of one captured walk are one vote, the acted walk is the other.
    assert report["all"]["walks"]["n"] == report["ci_units"] == 2
    assert report["conditions"]["limp"]["walks"]["n"] == 1


@pytest.mark.parametrize(
    ("network", "kind"),
    [
        (FixedNetwork("angry", (0.1, 0.8, 0.1)), "strongest"),
        (FixedNetwork("neutral", (0.0, 0.01, 0.99)), "agitation"),
    ],
)
def test_anger_or_agitation_is_one(
    monkeypatch: pytest.MonkeyPatch, network: FixedNetwork, kind: str
) -> None:
    everybody = report_of(monkeypatch, network)["all"]

    assert everybody["rate"] == 1
    assert everybody["interval"][0] > 0.5
    assert everybody["agitation"] == (everybody["n"] if kind == "agitation" else 0)


@pytest.mark.parametrize("source", [{"dataset": "impaired"}, {"layout": "casia-b"}])
@pytest.mark.parametrize(
    ("option", "told"),
    [
        ({"estimator": "kinematics"}, "--estimator kinematics"),
        ({"labels": "native"}, "--labels native"),
        ({"label_column": "arousal_rule"}, "--label-column"),
        ({"among": ("happy",)}, "--among"),
    ],
)
def test_what_would_be_ignored_is_refused(
    source: dict[str, str], option: dict[str, Any], told: str
) -> None:
    with pytest.raises(EvaluationError, match=f"do not take {told}: "):
        evaluate_gait.evaluate(EvaluationRequest(Path(), **source, **option), WEIGHTS_DIR)

"""How often a bag or a coat reads as risk: ``evaluate_model gait --layout casia-b``.

The videos of CASIA-B are named ``001-nm-01-090.avi`` (subject, condition, number, view) and lie
in one folder or several. Everybody in them walks as asked: every alarm is a false one. A video of
four seconds is too short to be evidence; what is counted is whether the reading, if it went on
like this, would lie beyond the default thresholds of the rules of :mod:`scoring.engine.flags`.
"""

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from media_processing.analysis.summary import summarise_modality
from media_processing.modalities.gait import analyse
from media_processing.sandbox.canonicalise import canonicalise
from media_processing.sandbox.types import MediaRefused
from media_processing.training.evaluation import EvaluationRequest, thinned
from media_processing.training.false_alarms import Outcome, no_alarm_figures, walk_votes
from media_processing.training.gait_metrics import wilson
from media_processing.training.layouts.base import LayoutError
from media_processing.training.layouts.casia_b import CONDITIONS, split_of
from scoring.engine.policy import DEFAULT_RULE_THRESHOLDS

NAME = re.compile(r"(?P<walk>(?P<subject>\d{3})-(?P<condition>nm|bg|cl)-\d\d)-(?P<view>\d{3})\.avi")
AGITATION = DEFAULT_RULE_THRESHOLDS["gait_agitation"]
INSTABILITY = DEFAULT_RULE_THRESHOLDS["gait_instability"]


@dataclass(frozen=True, slots=True)
class FilmedWalk:
    """One video of a subject under a condition; eleven cameras film the same ``walk``."""

    path: Path
    walk: str
    subject: int
    condition: str


@dataclass(frozen=True, slots=True)
class WalkReading:
    """Whether a walk reads as agitated or as without a rhythm."""

    condition: str
    is_agitated: bool
    is_uneven: bool

    @property
    def is_alarm(self) -> bool:
        return self.is_agitated or self.is_uneven


def find_videos(root: Path, split: str) -> list[FilmedWalk]:
    """Return the videos of a split's subjects. Raises LayoutError where there is none."""
    named = [(path, NAME.fullmatch(path.name)) for path in sorted(root.rglob("*.avi"))]
    walks = [
        FilmedWalk(path, parts["walk"], int(parts["subject"]), parts["condition"])
        for path, parts in named
        if parts
    ]
    chosen = [walk for walk in walks if split_of(walk.subject) == split]
    if not chosen:
        raise LayoutError(
            f"{root} holds no video 001-nm-01-090.avi of a subject of the {split} part"
        )
    return chosen


def evaluate(request: EvaluationRequest, weights_dir: Path) -> dict[str, Any]:
    """Return the share of false alarms per condition, with 95 % intervals (Wilson 1927).

    ``n`` counts videos, ``walks`` the captured walks that they show.
    """
    walks = thinned(find_videos(request.root, request.split or "test"), request.limit)
    seen = [(walk, read(walk, weights_dir)) for walk in walks]
    outcomes = [
        Outcome(walk.condition, walk.walk, reading.is_alarm if reading else None)
        for walk, reading in seen
    ]
    readings = [reading for _, reading in seen if reading is not None]
    conditions = {
        name: alarms([reading for reading in readings if reading.condition == name])
        for name in CONDITIONS
    }
    return {
        **no_alarm_figures(outcomes),
        "thresholds": {"agitation": AGITATION, "instability": INSTABILITY},
        "all": {**alarms(readings), "walks": walk_votes(outcomes)},
        "conditions": {name: figures for name, figures in conditions.items() if figures["n"]},
    }


def alarms(readings: Sequence[WalkReading]) -> dict[str, Any]:
    """Return n, the share of walks that read as agitated, as uneven, and as either."""
    count = len(readings)
    either = sum(reading.is_alarm for reading in readings)
    return {
        "n": count,
        "agitation": sum(reading.is_agitated for reading in readings) / max(count, 1),
        "instability": sum(reading.is_uneven for reading in readings) / max(count, 1),
        "either": either / max(count, 1),
        "either_ci": list(wilson(either, count)) if count else None,
    }


def read(walk: FilmedWalk, weights_dir: Path) -> WalkReading | None:
    """Return what the product reads in a video; None where it finds no walk."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            media = canonicalise(walk.path, Path(folder)).media
        except MediaRefused:
            return None
        result = analyse(
            media,
            weights_dir=weights_dir,
            emit=lambda observations: None,
            progress=lambda done, total: None,
        )
    summary = summarise_modality(result.observations, media.duration_s)
    if summary is None:
        return None
    regularity = result.measures.get("step_regularity")
    return WalkReading(
        condition=walk.condition,
        is_agitated=summary.arousal > AGITATION,
        is_uneven=regularity is not None and float(regularity) < INSTABILITY,
    )

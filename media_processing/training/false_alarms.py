"""False alarms over walks in which nobody is a risk: shares, votes and intervals.

One captured walk gives many recordings: views of several cameras, edits of several kinds. They
are alike, so the intervals draw walks again, and a walk has one vote.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from media_processing.training.bootstrap import score_intervals
from media_processing.training.evaluation import EvaluationError, EvaluationRequest
from media_processing.training.gait_metrics import wilson


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether one recording of a captured walk raised an alarm; None where it was not read."""

    condition: str
    walk: str
    is_alarm: bool | None


def refuse_ignored(request: EvaluationRequest) -> None:
    """Raise EvaluationError for options that mean nothing where no label can be right."""
    ignored = {
        "--labels native": request.labels != "seven",
        "--label-column": request.label_column != "label",
        "--among": bool(request.among),
        "--estimator kinematics": request.estimator == "kinematics",
    }
    if given := [option for option, is_given in ignored.items() if is_given]:
        raise EvaluationError(
            f"False alarms do not take {', '.join(given)}: they are those of the flags and of the "
            "strongest signal of what the product runs, the I3D."
        )


def no_alarm_figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return the keys of the published contract, where right is what raised no alarm.

    The conditions stand for classes. A recording that was not read counts as wrong. There is no
    confusion: an alarm is the only mistake. Raises EvaluationError without an outcome.
    """
    if not outcomes:
        raise EvaluationError("there is no walk to raise an alarm")
    conditions = [outcome.condition for outcome in outcomes]
    right = [outcome.is_alarm is False for outcome in outcomes]
    walks = [outcome.walk for outcome in outcomes]
    accuracy, uar = score_intervals(conditions, right, walks)
    per_class = {name: _recall(outcomes, name) for name in sorted(set(conditions))}
    return {
        "n": len(outcomes),
        "n_failed": sum(outcome.is_alarm is None for outcome in outcomes),
        "accuracy": sum(right) / len(right),
        "uar": sum(part["recall"] for part in per_class.values()) / len(per_class),
        "per_class": per_class,
        "labels": list(per_class),
        "accuracy_ci": list(accuracy),
        "uar_ci": list(uar),
        "ci_unit": "walk",
        "ci_units": len(set(walks)),
    }


def _recall(outcomes: Sequence[Outcome], condition: str) -> dict[str, Any]:
    right = [o.is_alarm is False for o in outcomes if o.condition == condition]
    return {"recall": sum(right) / len(right), "n": len(right)}


def walk_votes(outcomes: Iterable[Outcome]) -> dict[str, Any]:
    """Return how many captured walks raise an alarm, with the 95 % interval (Wilson 1927).

    A walk does where at least half of its recordings that were read do; ``any`` counts the walks
    with at least one such recording.
    """
    read: dict[str, list[bool]] = {}
    for outcome in outcomes:
        if outcome.is_alarm is not None:
            read.setdefault(outcome.walk, []).append(outcome.is_alarm)
    alarms = sum(2 * sum(votes) >= len(votes) for votes in read.values())
    return {
        "n": len(read),
        "alarms": alarms,
        "any": sum(any(votes) for votes in read.values()),
        "rate": alarms / max(len(read), 1),
        "interval": [round(end, 4) for end in wilson(alarms, len(read))] if read else None,
    }

"""Small engine values made by code: a scorecard, a policy, evidence."""

from datetime import date
from typing import Any

from scoring.engine.evidence import EvidenceItem, EvidenceSummary
from scoring.engine.fusion import Estimators
from scoring.engine.policy import PolicyParameters, parse_policy
from scoring.engine.scorecard import Scorecard, parse_scorecard
from scoring.engine.types import EMOTIONS, Calibration

TODAY = date(2026, 11, 21)
TRAINED = {"kind": "trained", "data_set": "cases made by code", "rows": 100, "licence": "none"}
EXPERT = {"kind": "expert", "data_set": "", "rows": 0, "licence": ""}

# Ten reference sessions of mixed moods: mostly neutral, some that smile, some that do not.
REFERENCE = [
    [0.05, 0.02, 0.03, 0.10 * step, 0.75 - 0.10 * step, 0.10, 0.05] for step in range(5)
] + [[0.05 * step, 0.02, 0.03, 0.10, 0.70 - 0.05 * step, 0.10, 0.05] for step in range(5)]


def policy(**changes: Any) -> PolicyParameters:
    """Return the demo's kind of policy: advisory, 30 points, 20 s."""
    content: dict[str, Any] = {
        "profile": "demo",
        "mode": "advisory",
        "cap_points": 30,
        "reference_sessions": dict.fromkeys(("face", "voice", "gait"), REFERENCE),
    }
    return parse_policy(content | changes)


def summary(probabilities: tuple[float, ...], **changes: Any) -> EvidenceSummary:
    """Return a minute of good material with these mean probabilities."""
    content: dict[str, Any] = {
        "mean_probabilities": probabilities,
        "samples": 120.0,
        "usable_s": 60.0,
        "coverage": 0.9,
        "quality": 0.9,
    }
    return EvidenceSummary(**(content | changes))


def only(label: str) -> tuple[float, ...]:
    """Return probabilities that are sure of one label."""
    return tuple(1.0 if each == label else 0.0 for each in EMOTIONS)


def item(probabilities: tuple[float, ...], **changes: Any) -> EvidenceItem:
    """Return one row of evidence of the session "s1" of today."""
    content: dict[str, Any] = {
        "evidence_id": "e1",
        "session_id": "s1",
        "modality": "face",
        "observed_on": TODAY,
    }
    of_summary = changes.pop("summary", {})
    return EvidenceItem(**(content | changes), summary=summary(probabilities, **of_summary))


def scorecard_content() -> dict[str, Any]:
    return {
        "name": "scorecard",
        "version": "test",
        "intercept_log_odds": 2.0,
        "characteristics": [
            {
                "name": "card_utilisation_percent",
                "unit": "%",
                "source": TRAINED,
                "bins": [
                    {"lower": None, "upper": 30.0, "log_odds": 0.9, "share": 0.5},
                    {"lower": 30.0, "upper": 70.0, "log_odds": 0.0, "share": 0.3},
                    {"lower": 70.0, "upper": None, "log_odds": -1.1, "share": 0.2},
                ],
                "missing": {"lower": None, "upper": None, "log_odds": 0.0, "share": 0.0},
            },
            {
                "name": "overdue_payments",
                "unit": "count",
                "source": TRAINED,
                "bins": [
                    {"lower": None, "upper": 1.0, "log_odds": 0.7, "share": 0.8},
                    {"lower": 1.0, "upper": 3.0, "log_odds": -0.8, "share": 0.15},
                    {"lower": 3.0, "upper": None, "log_odds": -2.0, "share": 0.05},
                ],
                "missing": {"lower": None, "upper": None, "log_odds": -0.1, "share": 0.0},
            },
            {
                "name": "assets_to_liabilities",
                "unit": "ratio",
                "source": EXPERT,
                "bins": [
                    {"lower": None, "upper": 1.0, "log_odds": -0.2, "share": 0.0},
                    {"lower": 1.0, "upper": None, "log_odds": 0.2, "share": 0.0},
                ],
                "missing": {"lower": None, "upper": None, "log_odds": 0.0, "share": 1.0},
            },
        ],
    }


def scorecard() -> Scorecard:
    return parse_scorecard(scorecard_content())


def estimators() -> Estimators:
    return Estimators(scorecard(), Calibration(intercept=-5.0, slope_per_point=0.013))

"""Train the readable estimator of gait: logistic regression on measures of motion capture."""

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from media_processing.analysis.gait_features import FEATURES, gait_features
from media_processing.inference.gait_kinematics import GaitKinematics
from media_processing.training import gait_robustness
from media_processing.training.gait_folds import (
    FoldAnswers,
    contents,
    is_held_out,
    may_learn,
    rounded,
)
from media_processing.training.gait_tasks import AROUSAL_CLASSES, EMOTION_CLASSES
from media_processing.training.gait_views import ClipView, changed, planned
from media_processing.training.render_walkers import (
    STRETCH_S,
    TEST_CAMERAS,
    MotionClip,
    random_camera,
    read_clips,
    seen_stretches,
    seen_track,
)

logger = logging.getLogger(__name__)

Array = npt.NDArray[np.float64]

# Inverse strength of the penalty on the coefficients.
PENALTY = 1.0
# Views of each kind (own, tempo, impaired) per clip; dataset 2 is not learnt from.
VIEW_COUNTS = {
    "emotional": (80, 0, 0),
    "neutral": (80, 12, 30),
    "other": (20, 0, 0),
    "neutral2": (0, 0, 0),
    "other2": (0, 0, 0),
}
# What the views of a kind weigh together within a class.
KIND_WEIGHTS = {"own": 1.0, "tempo": 0.3, "impaired": 0.3}
FILE = "gait_kinematics.json"
REPORT = "gait_kinematics.folds.json"


def measured_views(clips: Sequence[MotionClip], seed: int) -> list[ClipView]:
    """Return the measures of random views of walking and running clips."""
    return [
        ClipView(clip, kind, _measures(changed(clip, kind, rng), rng))
        for clip, kind, rng in planned(clips, VIEW_COUNTS, seed)
    ]


def _measures(clip: MotionClip, rng: np.random.Generator) -> Array:
    start_s = rng.uniform(0, max(0.0, clip.duration_s - STRETCH_S))
    return gait_features(seen_track(clip, random_camera(rng), start_s, STRETCH_S, rng))


HEADS = {
    "emotion": EMOTION_CLASSES,
    "known": ("other", "known"),
    "arousal": AROUSAL_CLASSES,
}


def fit_heads(views: Sequence[ClipView]) -> dict[str, Any]:
    """Return the content of the weight file."""
    measures = np.stack([view.content for view in views])
    scaler = StandardScaler().fit(measures)
    standardised = scaler.transform(measures)
    return {
        "features": list(FEATURES),
        "mean": scaler.mean_.round(6).tolist(),
        "deviation": scaler.scale_.round(6).tolist(),
        "heads": {
            name: _fit_head(name, standardised, views, classes) for name, classes in HEADS.items()
        },
    }


def _fit_head(
    name: str, standardised: Array, views: Sequence[ClipView], classes: Sequence[str]
) -> dict[str, list[Any]]:
    labels = [view.label(name) for view in views]
    used = [row for row, label in enumerate(labels) if label is not None]
    inputs = standardised[used]
    weights = _weights([(str(labels[row]), views[row].kind) for row in used])
    estimator = LogisticRegression(C=PENALTY, max_iter=2000)
    estimator.fit(inputs, [classes.index(str(labels[row])) for row in used], weights)
    coefficients, intercepts = estimator.coef_, estimator.intercept_
    if len(classes) == 2:  # scikit-learn keeps one row for two classes; the file has one each
        coefficients = np.vstack([np.zeros_like(coefficients), coefficients])
        intercepts = np.concatenate([[0.0], intercepts])
    return {
        "coefficients": coefficients.round(6).tolist(),
        "intercepts": intercepts.round(6).tolist(),
    }


def _weights(keys: Sequence[tuple[str, str]]) -> Array:
    """Return a weight per (class, kind): classes weigh the same, kinds within one as stated."""
    sizes = {key: keys.count(key) for key in set(keys)}
    classes = {label: sum(KIND_WEIGHTS[kind] for other, kind in sizes if other == label)
               for label, _ in sizes}  # fmt: skip
    weights = [KIND_WEIGHTS[kind] / sizes[label, kind] / classes[label] for label, kind in keys]
    return np.asarray(np.array(weights) * len(keys) / len(classes))


def looks_at(clip: MotionClip) -> Array:
    """Return (looks, measures) of a clip seen from eight sides, as the estimators are measured."""
    return np.stack([
        gait_features(track) for camera in TEST_CAMERAS for track in seen_stretches(clip, camera)
    ])  # fmt: skip


def fold_estimators(
    views: Sequence[ClipView], clips: Sequence[MotionClip]
) -> dict[str, GaitKinematics]:
    """Return for each content the estimator that learnt without it."""
    return {
        held_out: GaitKinematics(
            fit_heads([view for view in views if may_learn(view.clip, held_out)]), EMOTION_CLASSES
        )
        for held_out in contents(clips)
    }


def fold_report(
    estimators: Mapping[str, GaitKinematics], clips: Sequence[MotionClip]
) -> dict[str, Any]:
    """Return the figures of leave one content out."""
    answers = {"emotion": FoldAnswers(EMOTION_CLASSES), "arousal": FoldAnswers(AROUSAL_CLASSES)}
    for held_out, estimator in estimators.items():
        for clip in clips:
            if is_held_out(clip, held_out):
                reading = estimator.read(looks_at(clip))
                answers["arousal"].add(clip.name, clip.arousal, reading.arousal_levels)
                if clip.emotion in EMOTION_CLASSES:
                    answers["emotion"].add(clip.name, clip.emotion, reading.emotions)
    return {name: answer.figures() for name, answer in answers.items()}


def walking_clips(data: Path) -> list[MotionClip]:
    """Return the walking and running that the estimator learns from and is measured on."""
    return [clip for clip in read_clips(data) if clip.locomotion and clip.source == "bandai1"]


def main(data: Path, out: Path, seed: int) -> None:
    """Train on the train split of ``data/clips.csv`` and write ``gait_kinematics.json``.

    ``gait_kinematics.folds.json`` has the figures of leave one content out, also for walks in
    another time, at another camera rate and on other bodies.
    """
    clips = walking_clips(data)
    views = measured_views(clips, seed)
    logger.info("%d views of %d clips", len(views), len(clips))
    out.mkdir(parents=True, exist_ok=True)
    heads = fit_heads([view for view in views if may_learn(view.clip, None)])
    (out / FILE).write_text(json.dumps(heads, indent=1) + "\n", encoding="utf-8")
    estimators = fold_estimators(views, clips)
    report = fold_report(estimators, clips)
    report["robustness"] = gait_robustness.measured(estimators, clips)
    report = rounded(report)
    (out / REPORT).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")

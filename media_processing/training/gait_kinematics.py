"""Train the readable estimator of gait: logistic regression on measures of motion capture."""

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from media_processing.analysis.gait_features import FEATURES, gait_features
from media_processing.training.gait_i3d import AROUSAL_CLASSES, EMOTION_CLASSES
from media_processing.training.render_walkers import (
    MotionClip,
    random_camera,
    read_clips,
    seen_track,
)

logger = logging.getLogger(__name__)

Array = npt.NDArray[np.float64]

WINDOW_S = 4.0
SHORTEST_CLIP_S = 1.6
VIEWS_OF_SOURCE = {"bandai1": 40, "bandai2": 4}
FILE = "gait_kinematics.json"


def training_measures(
    clips: Sequence[MotionClip], rng: np.random.Generator
) -> tuple[Array, list[MotionClip]]:
    """Return measures (views, 21) of random views of the locomotion clips, and their clips."""
    rows, owners = [], []
    for clip in clips:
        for _ in range(VIEWS_OF_SOURCE[clip.source]):
            room_s = max(0.0, clip.duration_s - WINDOW_S)
            track = seen_track(clip, random_camera(rng), rng.uniform(0, room_s), WINDOW_S, rng)
            rows.append(gait_features(track))
            owners.append(clip)
    return np.stack(rows), owners


def fit_heads(measures: Array, clips: Sequence[MotionClip]) -> dict[str, Any]:
    """Return the content of the weight file."""
    scaler = StandardScaler().fit(measures)
    standardised = scaler.transform(measures)
    known = [clip.emotion in EMOTION_CLASSES for clip in clips]
    targets = {
        "emotion": ([clip.emotion for clip in clips], EMOTION_CLASSES),
        "known": (["known" if is_known else "other" for is_known in known], ("other", "known")),
        "arousal": ([clip.arousal for clip in clips], AROUSAL_CLASSES),
    }
    return {
        "features": list(FEATURES),
        "mean": scaler.mean_.tolist(),
        "deviation": scaler.scale_.tolist(),
        "heads": {
            name: _fit_head(standardised, labels, classes)
            for name, (labels, classes) in targets.items()
        },
    }


def _fit_head(
    standardised: Array, labels: Sequence[str], classes: Sequence[str]
) -> dict[str, list[Any]]:
    used = [row for row, label in enumerate(labels) if label in classes]
    indices = [classes.index(labels[row]) for row in used]
    estimator = LogisticRegression(C=0.3, class_weight="balanced", max_iter=2000)
    estimator.fit(standardised[used], indices)
    coefficients, intercepts = estimator.coef_, estimator.intercept_
    if len(classes) == 2:  # scikit-learn keeps one row for two classes; the file has one each
        coefficients = np.vstack([np.zeros_like(coefficients), coefficients])
        intercepts = np.concatenate([[0.0], intercepts])
    return {
        "coefficients": coefficients.round(6).tolist(),
        "intercepts": intercepts.round(6).tolist(),
    }


def main(data: Path, out: Path, seed: int) -> None:
    """Train on the train split of ``data/clips.csv`` and write ``gait_kinematics.json``."""
    clips = [
        clip
        for clip in read_clips(data)
        if clip.split == "train" and clip.locomotion and clip.duration_s >= SHORTEST_CLIP_S
    ]
    measures, owners = training_measures(clips, np.random.default_rng(seed))
    logger.info("%d views of %d clips", len(measures), len(clips))
    out.mkdir(parents=True, exist_ok=True)
    content = json.dumps(fit_heads(measures, owners), indent=1)
    (out / FILE).write_text(content + "\n", encoding="utf-8")

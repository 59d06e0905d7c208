"""Does another tempo, camera rate or body change what the readable estimator says?

Every held-out walk is read again after a change that must not matter: walked slower or faster,
filmed with few or many pictures a second, on a body with other proportions. The folds are those
of leave one content out, so that no estimator has seen the walk in any form. Four cameras look.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from media_processing.analysis.gait_features import gait_features
from media_processing.inference.gait_kinematics import GaitKinematics
from media_processing.training.gait_folds import FoldAnswers, is_held_out
from media_processing.training.gait_tasks import EMOTION_CLASSES
from media_processing.training.impaired_walks import in_other_time
from media_processing.training.limb_edits import BONES
from media_processing.training.render_walkers import (
    ARM_BONES,
    HIP_BONES,
    LEG_BONES,
    SHOULDER_BONES,
    TEST_CAMERAS,
    TRUNK_BONES,
    MotionClip,
    reshaped,
    seen_stretches,
)

CAMERAS = TEST_CAMERAS[1::2]


def on_another_body(clip: MotionClip, scales: Mapping[tuple[int, ...], float]) -> MotionClip:
    """Return the clip on a body whose groups of bones are longer or shorter."""
    factors = np.ones(len(BONES), np.float32)
    for bones, factor in scales.items():
        factors[list(bones)] = factor
    return replace(clip, joints=reshaped(clip.joints, factors))


# Name, change of the clip, pictures a second.
CONDITIONS: tuple[tuple[str, Callable[[MotionClip], MotionClip], float], ...] = (
    ("as captured", lambda clip: clip, 30.0),
    ("0.7 times as fast", lambda clip: in_other_time(clip, 0.7), 30.0),
    ("1.4 times as fast", lambda clip: in_other_time(clip, 1.4), 30.0),
    ("12 pictures a second", lambda clip: clip, 12.0),
    ("60 pictures a second", lambda clip: clip, 60.0),
    ("short legs, long trunk", lambda clip: on_another_body(
        clip, {LEG_BONES: 0.82, TRUNK_BONES: 1.12}), 30.0),
    ("long legs, short arms", lambda clip: on_another_body(
        clip, {LEG_BONES: 1.15, ARM_BONES: 0.85}), 30.0),
    ("broad", lambda clip: on_another_body(
        clip, {SHOULDER_BONES: 1.25, HIP_BONES: 1.35}), 30.0),
)  # fmt: skip


def measured(
    estimators: Mapping[str, GaitKinematics], clips: Sequence[MotionClip]
) -> dict[str, Any]:
    """Return per condition the figures of five emotions, and what ordinary walks are read as.

    ``estimators`` holds for each left-out content the one that did not see it.
    """
    return {
        name: _under(change, picture_hz, estimators, clips)
        for name, change, picture_hz in CONDITIONS
    }


def _under(
    change: Callable[[MotionClip], MotionClip],
    picture_hz: float,
    estimators: Mapping[str, GaitKinematics],
    clips: Sequence[MotionClip],
) -> dict[str, Any]:
    answers = FoldAnswers(EMOTION_CLASSES)
    for held_out, estimator in estimators.items():
        for clip in clips:
            if is_held_out(clip, held_out) and clip.emotion in EMOTION_CLASSES:
                looks = looks_at(change(clip), picture_hz)
                answers.add(clip.name, clip.emotion, estimator.read(looks).emotions)
    figures = answers.figures()
    counts = figures["confusion"][EMOTION_CLASSES.index("neutral")]
    ordinary = dict(zip(EMOTION_CLASSES, counts, strict=True))
    return {key: figures[key] for key in ("n", "uar", "interval")} | {"ordinary": ordinary}


def looks_at(clip: MotionClip, picture_hz: float) -> npt.NDArray[np.float64]:
    """Return (looks, measures) of a clip seen from four sides."""
    return np.stack([
        gait_features(track)
        for camera in CAMERAS
        for track in seen_stretches(clip, camera, picture_hz)
    ])  # fmt: skip

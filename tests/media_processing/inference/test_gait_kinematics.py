"""The readable gait estimator."""

import numpy as np

from media_processing.analysis.gait_features import FEATURES, gait_features
from media_processing.analysis.gait_tracks import body_tracks
from media_processing.demo_media.walker_motion import WalkingStyle
from media_processing.inference.gait_kinematics import GaitKinematics
from media_processing.selectors import WEIGHTS_DIR
from tests.media_processing.analysis.walkers import walker_samples

BRISK = WalkingStyle(cadence_spm=128, stride_deg=26, arm_swing_deg=32)
WEARY = WalkingStyle(cadence_spm=68, stride_deg=11, arm_swing_deg=5, stoop_deg=14)


def features_of(style: WalkingStyle) -> np.ndarray:
    return gait_features(next(body_tracks(walker_samples(style, 4.0))))


def test_a_brisk_walk_shows_more_arousal_than_a_weary_one() -> None:
    estimator = GaitKinematics.load(WEIGHTS_DIR)
    answer = estimator.read(np.stack([features_of(BRISK), features_of(WEARY)]))

    assert answer.arousal()[0] > answer.arousal()[1] + 0.2
    np.testing.assert_allclose(answer.emotions.sum(axis=1), 1)
    assert ((answer.known >= 0) & (answer.known <= 1)).all()


def test_the_measures_have_names_and_say_what_they_say() -> None:
    brisk = dict(zip(FEATURES, features_of(BRISK), strict=True))
    weary = dict(zip(FEATURES, features_of(WEARY), strict=True))

    assert abs(brisk["steps_per_s"] - 128 / 60) < 0.1
    for name in ("swing_across", "foot_way", "travel", "arm_swing"):
        assert brisk[name] > 1.5 * weary[name]
    assert weary["lean"] > brisk["lean"] + 0.05

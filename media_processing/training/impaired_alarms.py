"""How often a limp, a cane, old age or a load reads as risk: ``--dataset impaired``.

Ordinary walks of the test splits are changed (:mod:`impaired_walks`), on either side, slightly and
plainly, and so are the acted old and elderly walks as they are. Each is seen by four cameras and
goes through the product's own measures, clips and summary. Nobody in them is a risk: every alarm
is a false one. An alarm is what would raise a flag of the gait in
:mod:`scoring.engine.flags` at the default thresholds, or a walk whose strongest expression
signal on the whole is anger or fear. The recordings are as short as the captured clips; whether
the material would be enough to count as evidence is not asked.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from media_processing.analysis.gait import walk_bouts
from media_processing.analysis.gait_clips import walking_clips
from media_processing.analysis.gait_measures import gait_measures
from media_processing.analysis.gait_tracks import BodyTrack
from media_processing.analysis.summary import summarise_modality
from media_processing.analysis.types import EMOTIONS
from media_processing.inference.gait_i3d import GaitI3d
from media_processing.modalities.gait_watch import clip_observations
from media_processing.training.evaluation import EvaluationRequest, thinned
from media_processing.training.false_alarms import Outcome, no_alarm_figures, walk_votes
from media_processing.training.gait_metrics import wilson
from media_processing.training.impaired_walks import EDITS, HEALTHY, impaired
from media_processing.training.render_walkers import Camera, MotionClip, seen_track
from scoring.engine.flags import MIN_STEPS
from scoring.engine.policy import DEFAULT_RULE_THRESHOLDS

AGITATION = DEFAULT_RULE_THRESHOLDS["gait_agitation"]
INSTABILITY = DEFAULT_RULE_THRESHOLDS["gait_instability"]
# Plain on the left side, slight on the right.
SIDES = ((1.0, True), (0.6, False))
CAMERAS = tuple(Camera(yaw_deg, 4.0, 5.0) for yaw_deg in (20, 90, 200, 270))
ACTED_OLD = ("old", "elderly")
LONGEST_S = 8.0
ALARMING = ("angry", "fear")


@dataclass(frozen=True, slots=True)
class WalkReading:
    """What the product reads in one recording of a walk."""

    is_agitated: bool
    is_irregular: bool
    strongest: str

    @property
    def is_alarm(self) -> bool:
        return self.is_agitated or self.is_irregular or self.strongest in ALARMING


@dataclass(frozen=True, slots=True)
class ShownWalk:
    """A captured walk as it is, or changed, under the name of its condition."""

    condition: str
    walk: str
    clip: MotionClip


@dataclass(frozen=True, slots=True)
class Look:
    """What one camera saw of a shown walk; None where the product finds no walk."""

    shown: ShownWalk
    reading: WalkReading | None

    @property
    def outcome(self) -> Outcome:
        is_alarm = self.reading.is_alarm if self.reading else None
        return Outcome(self.shown.condition, self.shown.walk, is_alarm)


def evaluate(
    request: EvaluationRequest, clips: Sequence[MotionClip], weights_dir: Path
) -> dict[str, Any]:
    """Return the share of false alarms per condition, with 95 % intervals (Wilson 1927).

    ``healthy`` is the unchanged walk, for comparison; ``all`` and the keys of the contract leave
    it out. ``n`` counts recordings, ``walks`` the captured walks that they are made of. Raises
    EvaluationError where the split has no such walk.
    """
    network = GaitI3d.load(weights_dir)
    shown = thinned(list(_shown(clips, request.split or "test")), request.limit)
    looks = [
        Look(one, read(seen_track(one.clip, camera, 0.0, _length_s(one.clip)), network))
        for one in shown
        for camera in CAMERAS
    ]
    changed = [look for look in looks if look.shown.condition != HEALTHY]
    return {
        **no_alarm_figures([look.outcome for look in changed]),
        "thresholds": {"agitation": AGITATION, "instability": INSTABILITY},
        "all": _alarms(changed),
        "conditions": {
            name: _alarms([look for look in looks if look.shown.condition == name])
            for name in sorted({one.condition for one in shown})
        },
    }


def _shown(clips: Sequence[MotionClip], split: str) -> Iterator[ShownWalk]:
    for clip in clips:
        if clip.split != split or clip.content != "walk":
            continue
        if clip.style in ACTED_OLD:
            yield ShownWalk(f"acted_{clip.style}", clip.name, clip)
        elif clip.emotion == "neutral":
            yield ShownWalk(HEALTHY, clip.name, clip)
            for edit in EDITS:
                for strength, is_left in SIDES:
                    edited = impaired(clip, edit, strength=strength, is_left=is_left)
                    yield ShownWalk(edit, clip.name, edited)


def _length_s(clip: MotionClip) -> float:
    return min(LONGEST_S, clip.duration_s)


def read(track: BodyTrack, network: GaitI3d) -> WalkReading | None:
    """Return what the product reads on the track of one recording; None without walking."""
    bouts = walk_bouts([track])
    clips = list(walking_clips(track, bouts))
    summary = (
        summarise_modality(clip_observations(network, clips), track.duration_s) if clips else None
    )
    if summary is None:
        return None
    measures = gait_measures(bouts)
    regularity = measures.step_regularity
    return WalkReading(
        is_agitated=summary.arousal > AGITATION,
        is_irregular=(
            measures.steps >= MIN_STEPS and regularity is not None and regularity < INSTABILITY
        ),
        strongest=EMOTIONS[int(np.argmax(summary.mean_probabilities))],
    )


def _alarms(looks: Sequence[Look]) -> dict[str, Any]:
    """Return the alarms of recordings, by their kind, and of the captured walks behind them."""
    readings = [look.reading for look in looks if look.reading is not None]
    count, alarms = len(readings), sum(reading.is_alarm for reading in readings)
    low, high = wilson(alarms, count) if count else (0.0, 1.0)
    return {
        "n": count,
        "agitation": sum(reading.is_agitated for reading in readings),
        "instability": sum(reading.is_irregular for reading in readings),
        "strongest": dict(Counter(reading.strongest for reading in readings)),
        "alarms": alarms,
        "rate": alarms / max(count, 1),
        "interval": [round(low, 4), round(high, 4)],
        "walks": walk_votes(look.outcome for look in looks),
    }

"""Random views of captured clips, and which labels hold for them.

A view's ``kind`` is ``own`` for the walk as it was, ``tempo`` for an ordinary walk in another
time, and ``impaired`` for an ordinary walk that was made to limp or to carry a load. The last two
teach that slow walking is not sad, fast walking is not angry and a limp is neither.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from media_processing.training.gait_tasks import EMOTION_CLASSES
from media_processing.training.impaired_walks import EDITS, impaired, in_other_time
from media_processing.training.render_walkers import MotionClip

KINDS = ("own", "tempo", "impaired")
TEMPOS = (0.6, 1.6)
IMPAIRED_STRENGTHS = (0.4, 1.2)


@dataclass(frozen=True, slots=True)
class ClipView:
    """One view of a clip; ``content`` is what an estimator sees of it."""

    clip: MotionClip
    kind: str
    content: npt.NDArray[np.generic]

    def label(self, head: str) -> str | None:
        """Return the class of a head, None where the view has none."""
        is_known = self.clip.emotion in EMOTION_CLASSES
        if head == "emotion":
            return self.clip.emotion if is_known else None
        if head == "known":
            return None if self.kind == "impaired" else "known" if is_known else "other"
        if head == "arousal":
            return self.clip.arousal
        return (
            self.clip.style if self.kind == "own" and head == f"style_{self.clip.source}" else None
        )


def changed(clip: MotionClip, kind: str, rng: np.random.Generator) -> MotionClip:
    """Return the clip, or what a view of another kind shows of it."""
    if kind == "tempo":
        return in_other_time(clip, float(np.exp(rng.uniform(*np.log(TEMPOS)))))
    if kind == "impaired":
        edit = str(rng.choice(list(EDITS)))
        strength = float(rng.uniform(*IMPAIRED_STRENGTHS))
        return impaired(clip, edit, strength=strength, is_left=bool(rng.integers(2)))
    return clip


def group_of(clip: MotionClip) -> str:
    """Return the group that decides how many views a clip gives."""
    if clip.source != "bandai1":
        return "neutral2" if clip.emotion == "neutral" else "other2"
    if clip.emotion == "neutral":
        return "neutral"
    return "emotional" if clip.emotion in EMOTION_CLASSES else "other"


def planned(
    clips: Sequence[MotionClip], counts: Mapping[str, Sequence[int]], seed: int
) -> list[tuple[MotionClip, str, np.random.Generator]]:
    """Return clip, kind and own random numbers of every view.

    ``counts`` has per group of :func:`group_of` how many views of each of :data:`KINDS` a clip
    gives. The seed and the clip's name alone decide a view.
    """
    return [
        (clip, kind, np.random.default_rng((seed, *clip.name.encode(), KINDS.index(kind), view)))
        for clip in clips
        for kind, count in zip(KINDS, counts[group_of(clip)], strict=True)
        for view in range(count)
    ]

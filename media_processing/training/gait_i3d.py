"""Train the I3D of gait and posture: the trunk, the readings on top of it, and the report.

The trunk (:mod:`gait_trunk`) sees no walk of dataset 1 and then stays as it is. It looks once at
many random views of every walk, and the heads are logistic regressions on what it says: with
thirty-five captured emotional walks there is no more to learn from. So seven networks (one per
left-out content, one to ship) cost little more than one. Everything is written to the folder of
results as it is ready, and a second start goes on from there.
"""

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from sklearn.linear_model import LogisticRegression

from media_processing.analysis.gait_clips import clips_between
from media_processing.training import gait_kinematics
from media_processing.training.gait_export import export_network
from media_processing.training.gait_folds import (
    FoldAnswers,
    contents,
    is_held_out,
    may_learn,
    rounded,
)
from media_processing.training.gait_network import InflatedInception
from media_processing.training.gait_tasks import (
    AROUSAL_CLASSES,
    EMOTION_CLASSES,
    READING_TASKS,
)
from media_processing.training.gait_trunk import TrunkTrainer, as_tensor
from media_processing.training.gait_views import ClipView, changed, group_of, planned
from media_processing.training.render_walkers import (
    TEST_CAMERAS,
    MotionClip,
    random_view,
    read_clips,
    seen_stretches,
)

logger = logging.getLogger(__name__)

# Views of each kind (own, tempo, impaired) per clip.
VIEW_COUNTS = {
    "emotional": (30, 0, 0),
    "neutral": (30, 10, 12),
    "other": (8, 0, 0),
    "neutral2": (1, 0, 1),
    "other2": (1, 0, 0),
}
# What the views of a group and kind weigh together; within a class all is made equal again.
GROUP_WEIGHTS = {
    ("emotional", "own"): 0.44,
    ("neutral", "own"): 0.11,
    ("neutral", "tempo"): 0.04,
    ("neutral", "impaired"): 0.03,
    ("other", "own"): 0.24,
    ("neutral2", "own"): 0.03,
    ("neutral2", "impaired"): 0.03,
    ("other2", "own"): 0.08,
}
# Inverse strength of the penalty on the heads; the trunk's 1024 figures are standardised.
PENALTY = 0.03
LOOK_BATCH = 32
# The folds measure on every second clip of a walk; neighbours overlap by half.
LOOK_STRIDE = 2

Array = npt.NDArray[np.float64]
Pictures = npt.NDArray[np.uint8]


@torch.no_grad()
def looks_of(network: InflatedInception, pictures: Iterable[Pictures]) -> Array:
    """Return (n, 1024) what the trunk says about (16, 32, 32, 3) clips."""
    network.eval()
    remaining, looks = iter(pictures), []
    while batch := list(islice(remaining, LOOK_BATCH)):
        looks.append(network.features(as_tensor(np.stack(batch))).numpy())
    return np.concatenate(looks).astype(np.float64)


@dataclass(frozen=True, slots=True)
class LinearHead:
    """One head on the trunk's figures: ``weight`` (classes, 1024) and ``bias`` (classes,)."""

    weight: Array
    bias: Array

    def shares(self, looks: Array) -> Array:
        """Return (n, classes) probabilities."""
        logits = looks @ self.weight.T + self.bias
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def fitted(views: Sequence[ClipView]) -> dict[str, LinearHead]:
    """Return the heads of :data:`READING_TASKS` that learnt from the looks at ``views``."""
    looks = np.stack([view.content for view in views]).astype(np.float64)
    middle, spread = looks.mean(axis=0), np.maximum(looks.std(axis=0), 1e-6)
    standardised = (looks - middle) / spread
    heads = {}
    for task in READING_TASKS:
        labels = [view.label(task.name) for view in views]
        used = [row for row, label in enumerate(labels) if label is not None]
        estimator = LogisticRegression(C=PENALTY, max_iter=1000)
        estimator.fit(
            standardised[used],
            [task.classes.index(str(labels[row])) for row in used],
            _weights([views[row] for row in used], [str(labels[row]) for row in used]),
        )
        weight, bias = estimator.coef_, estimator.intercept_
        if len(task.classes) == 2:  # scikit-learn keeps one row for two classes
            weight = np.vstack([np.zeros_like(weight), weight])
            bias = np.concatenate([[0.0], bias])
        heads[task.name] = LinearHead(weight / spread, bias - weight @ (middle / spread))
    return heads


def _weights(views: Sequence[ClipView], labels: Sequence[str]) -> Array:
    """Return what each view weighs: classes the same, and groups within a class as stated."""
    keys = [(group_of(view.clip), view.kind) for view in views]
    sizes = Counter(keys)
    weights = np.array([GROUP_WEIGHTS[key] / sizes[key] for key in keys])
    totals = {label: weights[np.array(labels) == label].sum() for label in set(labels)}
    weights /= np.array([totals[label] for label in labels])
    return np.asarray(weights * len(views) / len(totals))


class WalkReadings:
    """The looks of a trained trunk at all walks, and what is learnt from them."""

    def __init__(
        self, network: InflatedInception, clips: Sequence[MotionClip], out: Path, seed: int
    ) -> None:
        self.network, self.clips, self.out = network, clips, out
        plan = planned([c for c in clips if _is_seen(c)], VIEW_COUNTS, seed)
        looks = self._kept("views", len(plan), lambda row: [_picture(*plan[row])])
        self.views = [
            ClipView(clip, kind, look[0]) for (clip, kind, _), look in zip(plan, looks, strict=True)
        ]

    def _kept(
        self, name: str, count: int, pictures: Callable[[int], Sequence[Pictures]]
    ) -> list[Array]:
        """Return per row the looks at its pictures, from the folder of results if they are there.

        Each is (pictures, 1024).
        """
        path = self.out / f"gait_i3d.{name}.npz"
        if not path.exists():
            counts: list[int] = []

            def every_picture() -> Iterator[Pictures]:
                for row in range(count):
                    chosen = pictures(row)
                    counts.append(len(chosen))
                    yield from chosen

            looks = looks_of(self.network, every_picture())
            unfinished = path.with_suffix(".part.npz")
            np.savez(unfinished, looks=looks, counts=counts)
            unfinished.replace(path)
            logger.info("%s: looked at %d clips", name, count)
        with np.load(path) as kept:
            return np.split(kept["looks"], np.cumsum(kept["counts"])[:-1])

    def learnt(self, held_out: str | None) -> dict[str, LinearHead]:
        """Return what is learnt without one content, or without the test splits (None)."""
        return fitted([view for view in self.views if may_learn(view.clip, held_out)])

    def report(self) -> dict[str, Any]:
        """Return the figures of leave one content out."""
        answers = {
            "emotion": FoldAnswers(EMOTION_CLASSES),
            "arousal": FoldAnswers(AROUSAL_CLASSES),
        }
        for held_out in contents(self.clips):
            heads = self.learnt(held_out)
            for clip, looks in self._test_looks(held_out):
                answers["arousal"].add(clip.name, clip.arousal, heads["arousal"].shares(looks))
                if clip.emotion in EMOTION_CLASSES:
                    answers["emotion"].add(clip.name, clip.emotion, heads["emotion"].shares(looks))
            logger.info("fold without %s is done", held_out)
        return {name: rounded(answer.figures()) for name, answer in answers.items()}

    def _test_looks(self, held_out: str) -> Iterator[tuple[MotionClip, Array]]:
        tested = [clip for clip in self.clips if is_held_out(clip, held_out)]
        looks = self._kept(f"test.{held_out}", len(tested), lambda row: test_pictures(tested[row]))
        yield from zip(tested, looks, strict=True)

    def shipped(self) -> InflatedInception:
        """Return the whole network with heads that learnt from the training split."""
        heads = self.learnt(None)
        network = InflatedInception({name: len(head.bias) for name, head in heads.items()})
        network.trunk.load_state_dict(self.network.trunk.state_dict())
        for name, head in heads.items():
            network.heads[name].load_state_dict({
                "weight": torch.from_numpy(head.weight), "bias": torch.from_numpy(head.bias)
            })  # fmt: skip
        return network.eval()


def _picture(clip: MotionClip, kind: str, rng: np.random.Generator) -> Pictures:
    return random_view(changed(clip, kind, rng), rng).pictures


def _is_seen(clip: MotionClip) -> bool:
    """Say whether any of the networks may learn from a clip."""
    return clip.locomotion and (clip.source == "bandai1" or clip.split == "train")


def test_pictures(clip: MotionClip) -> list[Pictures]:
    """Return the clips of the network that eight cameras see of a captured clip."""
    return [
        piece.pictures
        for camera in TEST_CAMERAS
        for track in seen_stretches(clip, camera)
        for piece in islice(
            clips_between(track, float(track.t_s[0]), float(track.t_s[-1])), 0, None, LOOK_STRIDE
        )
    ]


def main(data: Path, out: Path, seed: int, *, start_from: Path | None = None) -> None:
    """Train on ``data`` (a folder with clips.csv); write both estimators and their reports.

    ``out`` gets gait_i3d.onnx, gait_kinematics.json, for each ``.folds.json`` with the figures of
    leave one content out, and the curve of the trunk. ``start_from`` is a
    trunk that :mod:`gait_silhouettes` has written. Raises FileNotFoundError where there is no
    motion capture, ValueError where ``start_from`` holds no trunk.
    """
    out.mkdir(parents=True, exist_ok=True)
    folder = _folder(data)
    clips = read_clips(folder)
    if not (out / gait_kinematics.REPORT).exists():
        gait_kinematics.main(folder, out, seed)
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    try:
        _train_network(clips, out, seed, start_from)
    finally:
        torch.set_flush_denormal(False)


def _train_network(
    clips: Sequence[MotionClip], out: Path, seed: int, start_from: Path | None
) -> None:
    trunk = TrunkTrainer(clips, out, seed, start_from)
    trunk.run()
    readings = WalkReadings(trunk.network, clips, out, seed)
    export_network(readings.shipped(), out / "gait_i3d.onnx")
    _write(out / "gait_i3d.folds.json", readings.report())


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _folder(data: Path) -> Path:
    """Return the folder with the motion capture: ``data`` itself or its ``gait``."""
    return data if (data / "clips.csv").is_file() else data / "gait"

"""Train the trunk of the I3D of gait on motion capture without any emotional walk.

It sees the walks, runs and gestures of dataset 2 (train split) and the gestures of dataset 1, and
never a walk or a run of dataset 1: those are what the heads learn from and what every figure is
measured on, leaving one content out. So one trunk is clean for all folds. What it learns from are
the figures of the body in space (:func:`body_motion`), the publisher's styles, the kind of
movement and the side from which the camera looks.

The state is written every few steps and a second start goes on from there; one that was begun
with another seed, recipe, other clips or weights raises ValueError.
"""

import csv
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from media_processing.training.body_motion import MOTION_FIGURES
from media_processing.training.gait_network import InflatedInception, load_trunk
from media_processing.training.gait_tasks import (
    EMOTION_CLASSES,
    MOTION,
    batch_targets,
    multi_task_loss,
    right_shares,
    tasks_of,
)
from media_processing.training.render_walkers import MotionClip, RenderedView, random_view
from media_processing.training.resuming import origin_of

logger = logging.getLogger(__name__)

BATCH_CLIPS = 32
WARMUP_STEPS = 40
TOTAL_STEPS, DECAY_STEPS = 450, 150
LEARNING_RATE = 1e-3
DROPOUT = 0.2
WEIGHT_DECAY = 0.02
LARGEST_GRADIENT = 5.0
CHECKPOINT_STEPS = 15
MANNER_SHARE = 0.5
STANDARDISING_VIEWS = 400

# Share of a batch per group of clips.
GROUP_SHARES = {"walks": 0.65, "gestures": 0.1, "acted": 0.15, "emotional": 0.1}


def trunk_clips(clips: Sequence[MotionClip]) -> list[MotionClip]:
    """Return what the trunk may see: dataset 2's train split and dataset 1's gestures."""
    return [
        clip
        for clip in clips
        if clip.split == "train"
        and clip.duration_s >= 1.0
        and not (clip.source == "bandai1" and clip.locomotion)
    ]


def _group(clip: MotionClip) -> str:
    if clip.source == "bandai1":
        return "emotional" if clip.emotion in EMOTION_CLASSES else "acted"
    return "walks" if clip.locomotion else "gestures"


class ClipSampler:
    """Draws clips so that groups have fixed shares and styles within a group equal ones."""

    def __init__(self, clips: Sequence[MotionClip]) -> None:
        self._groups: dict[str, dict[str, list[MotionClip]]] = {}
        for clip in clips:
            styles = self._groups.setdefault(_group(clip), {})
            styles.setdefault(clip.style, []).append(clip)
        shares = np.array([GROUP_SHARES[group] for group in self._groups])
        self._shares = shares / shares.sum()

    def draw(self, rng: np.random.Generator) -> MotionClip:
        styles = self._groups[str(rng.choice(list(self._groups), p=self._shares))]
        clips = styles[str(rng.choice(sorted(styles)))]
        return clips[int(rng.integers(len(clips)))]


def as_tensor(pictures: np.ndarray) -> Tensor:
    """Return (batch, 3, time, height, width) in 0…1 from (batch, time, height, width, 3) uint8."""
    tensor = torch.from_numpy(pictures).permute(0, 4, 1, 2, 3).float().div_(255)
    return tensor.contiguous(memory_format=torch.channels_last_3d)


def rate_factor(step: int) -> float:
    """Return the share of the learning rate: warm-up, plateau, straight descent to zero."""
    rising = (step + 1) / WARMUP_STEPS
    falling = (TOTAL_STEPS - step) / DECAY_STEPS
    return max(0.0, min(1.0, rising, falling))


def recipe() -> dict[str, Any]:
    """Return what a training depends on beside its clips, its seed and what it starts from."""
    return {
        "batch_clips": BATCH_CLIPS,
        "steps": [WARMUP_STEPS, DECAY_STEPS, TOTAL_STEPS],
        "learning_rate": LEARNING_RATE,
        "dropout": DROPOUT,
        "weight_decay": WEIGHT_DECAY,
        "largest_gradient": LARGEST_GRADIENT,
        "manner_share": MANNER_SHARE,
        "group_shares": GROUP_SHARES,
    }


class TrunkTrainer:
    """The network with its optimiser, its place in the schedule and its state on disk."""

    def __init__(
        self, clips: Sequence[MotionClip], out: Path, seed: int, start_from: Path | None = None
    ) -> None:
        torch.manual_seed(seed)
        self.seed, self.out, self.step = seed, out, 0
        allowed = trunk_clips(clips)
        self.tasks = tasks_of(allowed)
        self.sampler = ClipSampler(allowed)
        self._middle, self._deviation = self._usual_motion()
        heads = {task.name: len(task.classes) for task in self.tasks} | {MOTION: MOTION_FIGURES}
        self.network = InflatedInception(heads, DROPOUT).to(memory_format=torch.channels_last_3d)
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY
        )
        if start_from is not None:
            load_trunk(self.network, start_from)
        samples = [f"{clip.source} {clip.name} {len(clip.joints)}" for clip in allowed]
        self._origin = origin_of(seed, recipe(), samples, self.network.state_dict())
        self._resume()

    @property
    def state_path(self) -> Path:
        return self.out / "gait_i3d.trunk.checkpoint.pt"

    def _views(
        self, rng: np.random.Generator, count: int
    ) -> tuple[list[MotionClip], list[RenderedView]]:
        clips = [self.sampler.draw(rng) for _ in range(count)]
        return clips, [random_view(clip, rng, manner_share=MANNER_SHARE) for clip in clips]

    def _usual_motion(self) -> tuple[Tensor, Tensor]:
        """Return mean and deviation (126,) of the figures of what bodies do."""
        rng = np.random.default_rng((self.seed, 0, 1))
        _, views = self._views(rng, STANDARDISING_VIEWS)
        figures = torch.from_numpy(np.stack([seen.motion for seen in views]))
        return figures.mean(dim=0), figures.std(dim=0).clamp_min(1e-3)

    def _batch(self) -> tuple[Tensor, dict[str, Tensor]]:
        """Return pictures and targets of one step; the step alone decides them."""
        rng = np.random.default_rng((self.seed, self.step))
        clips, views = self._views(rng, BATCH_CLIPS)
        targets = batch_targets(self.tasks, clips, views)
        # A figure far out (a point beside a very small body) must not rule the loss.
        targets[MOTION] = ((targets[MOTION] - self._middle) / self._deviation).clamp(-5, 5)
        return as_tensor(_pictures(views)), targets

    def _resume(self) -> None:
        if self.state_path.exists():
            state = torch.load(self.state_path, weights_only=True)
            self._origin.check(state, self.state_path)
            self.network.load_state_dict(state["network"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.step = state["step"]
            logger.info("resumed at step %d", self.step)

    def save(self) -> None:
        state = {
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            **self._origin.saved(),
        }
        unfinished = self.state_path.with_suffix(".part")
        torch.save(state, unfinished)
        unfinished.replace(self.state_path)

    def train_step(self) -> dict[str, float]:
        """Take one step; return its loss and how right every head was."""
        torch.manual_seed(self.seed * 1_000_003 + self.step)
        pictures, targets = self._batch()
        for group in self.optimiser.param_groups:
            group["lr"] = LEARNING_RATE * rate_factor(self.step)
        logits = self.network(pictures)
        loss = multi_task_loss(logits, targets, self.tasks)
        self.optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), LARGEST_GRADIENT)
        self.optimiser.step()
        self.step += 1
        return {"loss": loss.item(), **right_shares(logits, targets, self.tasks)}

    def run(self) -> None:
        """Train to the last step, with a line of the curve and a saved state every few steps."""
        self.network.train()
        window: list[dict[str, float]] = []
        while self.step < TOTAL_STEPS:
            window.append(self.train_step())
            if self.step % CHECKPOINT_STEPS == 0 or self.step == TOTAL_STEPS:
                self._log_curve(window)
                self.save()
                window = []

    def _log_curve(self, window: Sequence[Mapping[str, float]]) -> None:
        means = {name: float(np.nanmean([row[name] for row in window])) for name in window[0]}
        logger.info("step %d %s", self.step, {k: round(v, 3) for k, v in means.items()})
        path = self.out / "gait_i3d.trunk.curve.csv"
        is_new = not path.exists()
        with path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            if is_new:
                writer.writerow(["step", *means])
            writer.writerow([self.step, *(round(value, 4) for value in means.values())])


def _pictures(views: Sequence[RenderedView]) -> np.ndarray:
    return np.stack([seen.pictures for seen in views])

"""Train the I3D of gait and posture on clips rendered from motion capture.

One network, several tasks: which of five acted emotions, whether the style is one of them at all,
how aroused the style is, and, while training only, what the trunk learns early and well from: the
publisher's style names, the kind of movement and the side from which the camera looks. The state
is written every few minutes and a second start goes on from there, so that a training that was
stopped ends with the weights of one that was not.
"""

import csv
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from media_processing.training.gait_export import export_network
from media_processing.training.gait_network import InflatedInception
from media_processing.training.render_walkers import MotionClip, random_view, read_clips

logger = logging.getLogger(__name__)

EMOTION_CLASSES = ("angry", "happy", "neutral", "sad", "proud")
AROUSAL_CLASSES = ("low", "mid", "high")
MOVEMENTS = ("walk", "walk-back", "turn", "run", "dash", "gesture")
VIEWS = tuple(str(yaw_deg) for yaw_deg in range(0, 360, 45))

BATCH_CLIPS = 32
WARMUP_STEPS = 60
TOTAL_STEPS = 1000
DECAY_STEPS = 300
LEARNING_RATE = 6e-4
DROPOUT = 0.2
WEIGHT_DECAY = 0.02
LARGEST_GRADIENT = 5.0
CHECKPOINT_STEPS = 30
UNKNOWN = -1

# Share of a batch per group of clips, and the share of walking and running inside a group.
GROUP_SHARES = {"emotional": 0.4, "bandai1": 0.25, "bandai2": 0.35}
LOCOMOTION_SHARES = {"emotional": 0.75, "bandai1": 0.75, "bandai2": 0.9}


@dataclass(frozen=True, slots=True)
class Task:
    """One head: where its target comes from and how much its loss counts."""

    name: str
    classes: tuple[str, ...]
    weight: float
    smoothing: float = 0.0


def tasks_of(clips: Sequence[MotionClip]) -> tuple[Task, ...]:
    """Return the heads; the style heads take their classes from the data."""
    styles = {
        source: tuple(sorted({clip.style for clip in clips if clip.source == source}))
        for source in ("bandai1", "bandai2")
    }
    return (
        Task("emotion", EMOTION_CLASSES, 1.0, smoothing=0.1),
        Task("known", ("other", "known"), 0.5),
        Task("arousal", AROUSAL_CLASSES, 1.0, smoothing=0.05),
        Task("style_bandai1", styles["bandai1"], 0.5),
        Task("style_bandai2", styles["bandai2"], 0.3),
        Task("movement", MOVEMENTS, 0.5),
        Task("view", VIEWS, 0.3),
    )


def movement(clip: MotionClip) -> str:
    """Return the kind of movement; turning left and right are one, for clips are mirrored."""
    if not clip.locomotion:
        return "gesture"
    return "turn" if clip.content.endswith(("left", "right")) else clip.content


def view(yaw_deg: float) -> str:
    """Return the nearest of eight sides from which the camera looks."""
    return str(round(yaw_deg / 45) % 8 * 45)


def target(task: Task, clip: MotionClip, yaw_deg: float) -> int:
    """Return the class index of a clip for a task, or UNKNOWN where it has none."""
    value = {
        "emotion": clip.emotion,
        "known": "known" if clip.emotion in EMOTION_CLASSES else "other",
        "arousal": clip.arousal,
        f"style_{clip.source}": clip.style,
        "movement": movement(clip),
        "view": view(yaw_deg),
    }.get(task.name)
    return task.classes.index(value) if value in task.classes else UNKNOWN


class ClipSampler:
    """Draws training clips so that groups, styles and locomotion have fixed shares."""

    def __init__(self, clips: Sequence[MotionClip]) -> None:
        self._by_key: dict[tuple[str, bool], dict[str, list[MotionClip]]] = {}
        for clip in clips:
            if clip.split == "train" and clip.duration_s >= 1.0:
                key = (self._group(clip), clip.locomotion)
                self._by_key.setdefault(key, {}).setdefault(clip.style, []).append(clip)

    @staticmethod
    def _group(clip: MotionClip) -> str:
        emotional = clip.source == "bandai1" and clip.emotion in EMOTION_CLASSES
        return "emotional" if emotional else clip.source

    def draw(self, rng: np.random.Generator) -> MotionClip:
        group = str(rng.choice(list(GROUP_SHARES), p=list(GROUP_SHARES.values())))
        styles = self._by_key[group, bool(rng.random() < LOCOMOTION_SHARES[group])]
        clips = styles[str(rng.choice(sorted(styles)))]
        return clips[int(rng.integers(len(clips)))]


def as_tensor(pictures: np.ndarray) -> Tensor:
    """Return (batch, 3, time, height, width) in 0…1 from (batch, time, height, width, 3) uint8."""
    tensor = torch.from_numpy(pictures).permute(0, 4, 1, 2, 3).float().div_(255)
    return tensor.contiguous(memory_format=torch.channels_last_3d)


def draw_batch(sampler: ClipSampler, tasks: Sequence[Task], seed: int, step: int) -> tuple:
    """Return the pictures and the targets per task of one step; the step alone decides them."""
    rng = np.random.default_rng((seed, step))
    clips = [sampler.draw(rng) for _ in range(BATCH_CLIPS)]
    views = [random_view(clip, rng) for clip in clips]
    targets = {
        task.name: torch.tensor(
            [target(task, clip, seen.yaw_deg) for clip, seen in zip(clips, views, strict=True)]
        )
        for task in tasks
    }
    return as_tensor(np.stack([seen.pictures for seen in views])), targets


def multi_task_loss(
    logits: dict[str, Tensor], targets: dict[str, Tensor], tasks: Sequence[Task]
) -> Tensor:
    """Return the weighted sum of cross entropies; clips without a target do not count."""
    losses = [
        task.weight
        * nn.functional.cross_entropy(
            logits[task.name],
            targets[task.name],
            ignore_index=UNKNOWN,
            label_smoothing=task.smoothing,
        )
        for task in tasks
        if (targets[task.name] != UNKNOWN).any()
    ]
    return torch.stack(losses).sum()


def rate_factor(step: int) -> float:
    """Return the share of the learning rate: warm-up, plateau, straight descent to zero."""
    rising = (step + 1) / WARMUP_STEPS
    falling = (TOTAL_STEPS - step) / DECAY_STEPS
    return max(0.0, min(1.0, rising, falling))


class Trainer:
    """The network with its optimiser, its place in the schedule and its state on disk."""

    def __init__(self, clips: Sequence[MotionClip], out: Path, seed: int) -> None:
        torch.manual_seed(seed)
        self.seed, self.out, self.step = seed, out, 0
        self.tasks = tasks_of(clips)
        self.sampler = ClipSampler(clips)
        network = InflatedInception({t.name: len(t.classes) for t in self.tasks}, DROPOUT)
        self.network = network.to(memory_format=torch.channels_last_3d)
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY
        )
        self._resume()

    @property
    def _state_path(self) -> Path:
        return self.out / "gait_i3d.checkpoint.pt"

    def _resume(self) -> None:
        if self._state_path.exists():
            state = torch.load(self._state_path, weights_only=True)
            self.network.load_state_dict(state["network"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.step = state["step"]
            logger.info("resumed at step %d", self.step)

    def save(self) -> None:
        state = {
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
        }
        unfinished = self._state_path.with_suffix(".part")
        torch.save(state, unfinished)
        unfinished.replace(self._state_path)

    def train_step(self) -> dict[str, float]:
        """Take one step; return its loss and the share of right answers per task."""
        torch.manual_seed(self.seed * 1_000_003 + self.step)
        pictures, targets = draw_batch(self.sampler, self.tasks, self.seed, self.step)
        for group in self.optimiser.param_groups:
            group["lr"] = LEARNING_RATE * rate_factor(self.step)
        with torch.autocast("cpu", torch.bfloat16):
            logits = self.network(pictures)
        logits = {name: values.float() for name, values in logits.items()}
        loss = multi_task_loss(logits, targets, self.tasks)
        self.optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), LARGEST_GRADIENT)
        self.optimiser.step()
        self.step += 1
        return {"loss": loss.item(), **_right_shares(logits, targets)}

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

    def _log_curve(self, window: Sequence[dict[str, float]]) -> None:
        means = {name: float(np.nanmean([row[name] for row in window])) for name in window[0]}
        logger.info("step %d %s", self.step, {k: round(v, 3) for k, v in means.items()})
        path = self.out / "gait_i3d.curve.csv"
        is_new = not path.exists()
        with path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            if is_new:
                writer.writerow(["step", *means])
            writer.writerow([self.step, *(round(value, 4) for value in means.values())])


def _right_shares(logits: dict[str, Tensor], targets: dict[str, Tensor]) -> dict[str, float]:
    shares = {}
    for name, values in logits.items():
        known = targets[name] != UNKNOWN
        right = values.argmax(dim=1)[known] == targets[name][known]
        shares[name] = right.float().mean().item() if known.any() else float("nan")
    return shares


def main(data: Path, out: Path, seed: int) -> None:
    """Train on ``data`` (a folder with clips.csv) and write ``gait_i3d.onnx`` to ``out``.

    Raises FileNotFoundError where there is no motion capture.
    """
    torch.set_num_threads(1)
    out.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(read_clips(_folder(data)), out, seed)
    trainer.run()
    export_network(trainer.network, out / "gait_i3d.onnx")


def _folder(data: Path) -> Path:
    """Return the folder with the motion capture: ``data`` itself or its ``gait``."""
    return data if (data / "clips.csv").is_file() else data / "gait"

"""The tasks of the gait network: classes, targets and losses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from media_processing.training.render_walkers import MotionClip, RenderedView

EMOTION_CLASSES = ("angry", "happy", "neutral", "sad", "proud")
AROUSAL_CLASSES = ("low", "mid", "high")
MOVEMENTS = ("walk", "walk-back", "turn", "run", "dash", "gesture")
VIEWS = ("0", "45", "90", "135", "180")
MOTION = "motion"
MOTION_WEIGHT = 6.0
UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Task:
    """One head: where its target comes from and how much its loss counts."""

    name: str
    classes: tuple[str, ...]
    weight: float
    smoothing: float = 0.0


# The heads of the shipped network.
READING_TASKS = (
    Task("emotion", EMOTION_CLASSES, 1.0, smoothing=0.1),
    Task("known", ("other", "known"), 0.5),
    Task("arousal", AROUSAL_CLASSES, 1.0, smoothing=0.05),
)


def tasks_of(clips: Sequence[MotionClip]) -> tuple[Task, ...]:
    """Return the heads while the trunk learns; the style heads take their classes from the data."""
    styles = {
        source: tuple(sorted({clip.style for clip in clips if clip.source == source}))
        for source in ("bandai1", "bandai2")
    }
    return (
        *(replace(task, weight=0.3) for task in READING_TASKS),
        Task("style_bandai1", styles["bandai1"], 0.3),
        Task("style_bandai2", styles["bandai2"], 0.5),
        Task("movement", MOVEMENTS, 0.5),
        Task("view", VIEWS, 0.5),
    )


def movement(clip: MotionClip) -> str:
    """Return the kind of movement; turning left and right are one, for clips are mirrored."""
    if not clip.locomotion:
        return "gesture"
    return "turn" if clip.content.endswith(("left", "right")) else clip.content


def view(yaw_deg: float) -> str:
    """Return the nearest of five sides: 0 sees the face, 90 a side, 180 the back.

    Left and right are one, for a body that faces to the left is drawn in a mirror.
    """
    return str(round(abs((yaw_deg + 180) % 360 - 180) / 45) * 45)


def target(task: Task, clip: MotionClip, seen: RenderedView) -> int:
    """Return the class index of a rendered clip for a task, or UNKNOWN where it has none."""
    value = {"movement": movement(clip), "view": view(seen.yaw_deg)}.get(task.name)
    if value is None and seen.is_own_manner:
        value = {
            "emotion": clip.emotion,
            "known": "known" if clip.emotion in EMOTION_CLASSES else "other",
            "arousal": clip.arousal,
            f"style_{clip.source}": clip.style,
        }.get(task.name)
    return task.classes.index(value) if value in task.classes else UNKNOWN


def batch_targets(
    tasks: Sequence[Task], clips: Sequence[MotionClip], views: Sequence[RenderedView]
) -> dict[str, Tensor]:
    """Return (batch,) class indices per task, and (batch, figures) of what the bodies do."""
    pairs = list(zip(clips, views, strict=True))
    targets = {
        task.name: torch.tensor([target(task, clip, seen) for clip, seen in pairs])
        for task in tasks
    }
    return {**targets, MOTION: torch.from_numpy(np.stack([seen.motion for seen in views]))}


def multi_task_loss(
    logits: Mapping[str, Tensor], targets: Mapping[str, Tensor], tasks: Sequence[Task]
) -> Tensor:
    """Return the weighted sum of the losses; clips without a target do not count.

    Classes have cross entropy; ``motion``, where the network has that head, the mean smooth
    distance of its standardised figures.
    """
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
    if MOTION in logits:
        losses.append(MOTION_WEIGHT * nn.functional.smooth_l1_loss(logits[MOTION], targets[MOTION]))
    return torch.stack(losses).sum()


def right_shares(
    logits: Mapping[str, Tensor], targets: Mapping[str, Tensor], tasks: Sequence[Task]
) -> dict[str, float]:
    """Return the share of right answers per task, and the explained variance of the motion."""
    shares = {}
    for task in tasks:
        known = targets[task.name] != UNKNOWN
        right = logits[task.name].argmax(dim=1)[known] == targets[task.name][known]
        shares[task.name] = right.float().mean().item() if known.any() else float("nan")
    if MOTION in logits:
        error = (logits[MOTION].detach() - targets[MOTION]).square().mean()
        shares[MOTION] = 1.0 - float(error / targets[MOTION].square().mean())
    return shares

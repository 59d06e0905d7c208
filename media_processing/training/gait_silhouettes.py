"""Pre-train the trunk of the I3D of gait on silhouettes: ``train_model gait --layout casia-b``.

The silhouettes carry no emotion. From them the trunk learns what a walking body looks like from
eleven sides, and what a bag or a coat changes: two heads tell condition and view. The trunk is
what ``train_model gait --start-from`` takes; the heads are thrown away.
"""

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from media_processing.training.class_metrics import confusion_matrix, unweighted_average_recall
from media_processing.training.gait_network import InflatedInception
from media_processing.training.layouts.base import LayoutError
from media_processing.training.layouts.casia_b import (
    CONDITIONS,
    VIEWS,
    CasiaB,
    SilhouetteWalk,
    draw_clip,
)
from media_processing.training.resuming import origin_of

logger = logging.getLogger(__name__)

HEADS = {"condition": CONDITIONS, "view": VIEWS}
EPOCHS = 5
BATCH_CLIPS = 32
LEARNING_RATE = 6e-4
WEIGHT_DECAY = 0.02
DROPOUT = 0.2
LARGEST_GRADIENT = 5.0
WARMUP_SHARE, DECAY_SHARE = 0.05, 0.4
CHECKPOINT_STEPS = 30
MOST_LOOKS = 10
TRUNK_FILE = "gait_trunk.pt"


def main(data: Path, out: Path, seed: int, *, source: CasiaB, epochs: int | None = None) -> None:
    """Train on the walks of ``source``; write the trunk and what its heads got right to ``out``.

    A run that was cut off goes on from its last checkpoint. ``data`` is the folder of ``source``.
    Raises LayoutError where a part has no walk, ValueError for the checkpoint of another run.
    """
    torch.set_num_threads(1)
    trainer = SilhouetteTrainer(source.split("train"), out, seed, epochs or EPOCHS)
    trainer.run()
    figures = {split: measure(trainer.network, source.split(split)) for split in ("val", "test")}
    torch.save({"network": trainer.network.state_dict()}, out / TRUNK_FILE)
    report = {
        "seed": seed,
        "steps": trainer.steps,
        "trained_on": source.terms.data_set,
        "licence": source.terms.licence,
        "history": trainer.history,
        **figures,
    }
    (out / "gait_trunk.json").write_text(json.dumps(report, indent=1), encoding="utf-8")


class SilhouetteTrainer:
    """Network, optimiser and place in the schedule, saved every few steps."""

    def __init__(self, walks: list[SilhouetteWalk], out: Path, seed: int, epochs: int) -> None:
        torch.manual_seed(seed)
        self._seed, self._path = seed, out / "gait_trunk.checkpoint.pt"
        self._batch = min(BATCH_CLIPS, len(walks))
        self.steps = epochs * (len(walks) // self._batch)
        self._walks = {
            condition: [walk for walk in walks if walk.condition == condition]
            for condition in CONDITIONS
        }
        network = InflatedInception({name: len(names) for name, names in HEADS.items()}, DROPOUT)
        self.network = network.to(memory_format=torch.channels_last_3d)
        self._optimiser = torch.optim.AdamW(
            self.network.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY
        )
        self.history: list[dict[str, float]] = []
        self._origin = origin_of(
            seed,
            {"epochs": epochs, "learning_rate": LEARNING_RATE, "weight_decay": WEIGHT_DECAY},
            ["/".join(walk.folder.parts[-3:]) for walk in walks],
            self.network.state_dict(),
        )
        self._resume()

    @property
    def step(self) -> int:
        return len(self.history)

    def run(self) -> None:
        """Train to the last step."""
        self.network.train()
        while self.step < self.steps:
            self.history.append(self._train_step())
            if self.step % CHECKPOINT_STEPS == 0 or self.step == self.steps:
                logger.info("step %d %s", self.step, self.history[-1])
                self._save()

    def _train_step(self) -> dict[str, float]:
        torch.manual_seed(self._seed * 1_000_003 + self.step)
        clips, targets = self._draw(np.random.default_rng((self._seed, self.step)))
        for group in self._optimiser.param_groups:
            group["lr"] = LEARNING_RATE * rate_factor(self.step, self.steps)
        logits = self.network(clips)
        losses = [nn.functional.cross_entropy(logits[name], targets[name]) for name in HEADS]
        loss = torch.stack(losses).sum()
        self._optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), LARGEST_GRADIENT)
        self._optimiser.step()
        right = {name: logits[name].argmax(dim=1) == targets[name] for name in HEADS}
        shares = {name: float(hits.float().mean()) for name, hits in right.items()}
        return {"step": self.step + 1, "loss": float(loss.detach()), **shares}

    def _draw(self, rng: np.random.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the clips and targets of one step; bags and coats are drawn as often as none."""
        present = [condition for condition, walks in self._walks.items() if walks]
        clips: list[np.ndarray] = []
        walks: list[SilhouetteWalk] = []
        for _ in range(MOST_LOOKS * self._batch):
            candidates = self._walks[str(rng.choice(present))]
            walk = candidates[int(rng.integers(len(candidates)))]
            clip = look(walk, rng)
            if clip is not None:
                clips.append(clip)
                walks.append(walk)
            if len(clips) == self._batch:
                return as_tensor(clips), targets_of(walks)
        raise LayoutError("too few silhouettes of the training part show a walker")

    def _save(self) -> None:
        state = {
            "network": self.network.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "history": self.history,
            **self._origin.saved(),
        }
        unfinished = self._path.with_suffix(".part")
        torch.save(state, unfinished)
        unfinished.replace(self._path)

    def _resume(self) -> None:
        if self._path.exists():
            state = torch.load(self._path, weights_only=True)
            self._origin.check(state, self._path)
            self.network.load_state_dict(state["network"])
            self._optimiser.load_state_dict(state["optimiser"])
            self.history = state["history"]


def look(walk: SilhouetteWalk, rng: np.random.Generator) -> np.ndarray | None:
    """Return a clip from a random place of a walk; None where nobody is found in ten looks."""
    clips = (draw_clip(walk, float(rng.random())) for _ in range(MOST_LOOKS))
    return next((clip for clip in clips if clip is not None), None)


def as_tensor(clips: list[np.ndarray]) -> Tensor:
    """Return (n, 3, time, height, width) in 0…1 from (time, height, width, 3) pictures."""
    tensor = torch.from_numpy(np.stack(clips)).permute(0, 4, 1, 2, 3).float().div_(255)
    return tensor.contiguous(memory_format=torch.channels_last_3d)


def targets_of(walks: list[SilhouetteWalk]) -> dict[str, Tensor]:
    """Return the class indices of each head."""
    return {
        name: torch.tensor([names.index(getattr(walk, name)) for walk in walks])
        for name, names in HEADS.items()
    }


def rate_factor(step: int, steps: int) -> float:
    """Return the share of the learning rate: warm-up, plateau, straight descent to zero."""
    rising = (step + 1) / max(1.0, WARMUP_SHARE * steps)
    falling = (steps - step) / max(1.0, DECAY_SHARE * steps)
    return max(0.0, min(1.0, rising, falling))


@torch.inference_mode()
def measure(network: InflatedInception, walks: list[SilhouetteWalk]) -> dict[str, Any]:
    """Return n and the mean recall of each head, by one look at the middle of each walk."""
    network.eval()
    seen = [(walk, draw_clip(walk, 0.5)) for walk in walks]
    pairs = [(walk, clip) for walk, clip in seen if clip is not None]
    if not pairs:
        raise LayoutError("no silhouette of this part shows a walker")
    counts = {name: np.zeros((len(names),) * 2, np.int64) for name, names in HEADS.items()}
    for start in range(0, len(pairs), BATCH_CLIPS):
        part = pairs[start : start + BATCH_CLIPS]
        logits = network(as_tensor([clip for _, clip in part]))
        targets = targets_of([walk for walk, _ in part])
        for name, names in HEADS.items():
            predicted = logits[name].argmax(dim=1).numpy()
            counts[name] += confusion_matrix(targets[name].numpy(), predicted, len(names))
    recalls = {f"{name}_uar": unweighted_average_recall(table) for name, table in counts.items()}
    return {"n": len(pairs), "unseen": len(walks) - len(pairs), **recalls}

"""Fitting a synthesiser to a table: coding, training, drawing, and the step at which to stop."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch

from scoring.privacy.synthesis import Description, decode, draw_classes, draw_conditions
from scoring.training.private_noise import KeyedNoise, new_key
from scoring.training.synthesiser import utility
from scoring.training.synthesiser.networks import LATENT, Exported, Generator, Shape
from scoring.training.synthesiser.private_coding import CODING_SHARE, fit_private_coding
from scoring.training.synthesiser.private_critic import PrivacyPlan, PrivateCritic
from scoring.training.synthesiser.table_coding import CodedTable, TableCoding, fit_coding
from scoring.training.synthesiser.utility import Aim
from scoring.training.synthesiser.wgan import Recipe, Rows, Training

IntArray = npt.NDArray[np.int64]
Progress = Callable[[str, int, int], None]
# Utility moves by more than it improves from check to check, so checks are averaged over three.
SMOOTHED_CHECKS = 3
CHOICE_ROWS = 2000


@dataclass
class Fitted:
    """A generator with what its outputs mean, and the critic, which is never stored."""

    coding: TableCoding
    description: dict[str, Any]
    training: Training
    coded: CodedTable
    account: dict[str, Any] | None = None

    @property
    def generator(self) -> Generator:
        return self.training.averaged

    @property
    def aim(self) -> Aim:
        numeric = tuple(each.name for each in self.coding.numbers)
        return Aim(self.coding.target, self.coding.classes[-1], numeric)

    def draw(self, rows: int, seed: int) -> pd.DataFrame:
        """Return synthetic rows as text cells, the classes as often as in the real table."""
        return draw_rows(self.generator, self.description, rows, seed)


def draw_rows(
    generator: Generator,
    content: dict[str, Any],
    rows: int,
    seed: int | Sequence[int],
    class_shares: Sequence[float] | None = None,
) -> pd.DataFrame:
    """Return rows as the stored graph would draw them.

    A table of the stored graph has ``synthesis.drawing_seed``; measurements have plain seeds.
    """
    description, rng = Description(content), np.random.default_rng(seed)
    classes = draw_classes(description, rows, class_shares, rng)
    condition = torch.tensor(draw_conditions(description, classes, rng))
    noise = torch.tensor(rng.standard_normal((rows, LATENT)).astype(np.float32))
    with torch.no_grad():
        quantiles, logits = Exported(generator)(noise, condition)
    columns = decode(description, classes, quantiles.double().numpy(), logits.double().numpy(), rng)
    return pd.DataFrame(columns)


def prepare(
    cells: pd.DataFrame,
    target: str,
    classes: tuple[str, ...],
    recipe: Recipe,
    seed: int,
    *,
    epsilon: float | None = None,
    delta: float | None = None,
    key: bytes | None = None,
) -> Fitted:
    """Return a training that has not begun; with ``epsilon`` it will be differentially private.

    Its noise then comes from the secret ``key``, by default a new one that nobody keeps; only a
    training that may go on from a checkpoint needs to be given one.
    """
    key = key or new_key()
    rng = np.random.default_rng(seed)
    if epsilon is None:
        coding = fit_coding(cells, target, classes)
    else:
        coding = fit_private_coding(
            cells, target, classes, CODING_SHARE * epsilon, KeyedNoise(key, "coding")
        )
    coded = coding.code(cells, rng)
    shape = Shape(
        len(coding.numbers), tuple(coding.widths), len(classes), conditioned=epsilon is None
    )
    rows = Rows(coded, shape)
    torch.manual_seed(seed)
    critic, account = None, None
    if epsilon is not None:
        delta = delta or 1 / (2 * len(cells))
        plan = PrivacyPlan.of((1 - CODING_SHARE) * epsilon, delta, len(cells), recipe)
        critic = PrivateCritic(rows, recipe, plan, coding.class_shares, key)
        account = plan.account(plan.steps) | {
            "epsilon": epsilon,
            "epsilon_of_coding": round(CODING_SHARE * epsilon, 6),
        }
    shares = _level_shares(coded, shape) if shape.conditioned else []
    description = {**coding.as_dict(), "latent": LATENT, "level_shares": shares}
    return Fitted(coding, description, Training(rows, recipe, seed, critic), coded, account)


def _level_shares(coded: CodedTable, shape: Shape) -> list[list[float]]:
    """Return (classes, levels) shares of each level among the rows of a class."""
    found = []
    for number in range(shape.classes):
        levels = coded.levels[coded.classes == number]
        shares = [
            np.bincount(levels[:, block], minlength=width) / max(1, len(levels))
            for block, width in enumerate(shape.widths)
        ]
        found.append([round(float(share), 4) for share in np.concatenate(shares or [[]])])
    return found


def run(
    fitted: Fitted,
    progress: Progress = lambda step, done, total: None,
    checkpoint: Path | None = None,
) -> Fitted:
    """Train to the end of the recipe, from the checkpoint where there is one of this training."""
    training, steps = fitted.training, fitted.training.recipe.steps
    if checkpoint is not None:
        training.restore(checkpoint)
    while training.done < steps:
        training.advance(min(training.recipe.check_every, steps - training.done))
        progress("training", training.done, steps)
        if checkpoint is not None:
            training.save(checkpoint, {})
    return fitted


def choose_steps(
    cells: pd.DataFrame,
    target: str,
    classes: tuple[str, ...],
    recipe: Recipe,
    seed: int,
    *,
    progress: Progress = lambda step, done, total: None,
    checkpoint: Path | None = None,
) -> tuple[Recipe, list[dict[str, float]]]:
    """Return the recipe with the number of steps that was best on rows held out, and the curve.

    A fifth of the rows is held out of a first training. The measure is the AUC on them of both
    classifiers trained on synthetic rows, less the mean distance of the marginals. The stored
    generator then learns from all rows for that many steps.
    """
    rng = np.random.default_rng(seed)
    held = np.zeros(len(cells), dtype=bool)
    for name in classes:
        rows = rng.permutation(np.flatnonzero((cells[target] == name).to_numpy()))
        held[rows[: len(rows) // 5]] = True
    kept, out = cells[~held].reset_index(drop=True), cells[held].reset_index(drop=True)
    fitted = prepare(kept, target, classes, recipe, seed)
    curve = _curve(fitted, kept, out, progress, checkpoint)
    scores = np.array([each["auc"] - each["tvd"] for each in curve])
    window = np.convolve(scores, np.ones(SMOOTHED_CHECKS), "valid") / SMOOTHED_CHECKS
    best = int(window.argmax()) + SMOOTHED_CHECKS // 2 if len(window) else len(curve) - 1
    return replace(recipe, steps=int(curve[best]["steps"])), curve


def _curve(
    fitted: Fitted,
    kept: pd.DataFrame,
    held: pd.DataFrame,
    progress: Progress,
    checkpoint: Path | None,
) -> list[dict[str, float]]:
    training, recipe = fitted.training, fitted.training.recipe
    restored = training.restore(checkpoint) if checkpoint is not None else None
    curve: list[dict[str, float]] = (restored or {}).get("curve", [])
    while training.done < recipe.steps:
        training.advance(min(recipe.check_every, recipe.steps - training.done))
        drawn = fitted.draw(CHOICE_ROWS, training.seed)
        aucs = utility.trained_and_tested(drawn, held, fitted.aim, training.seed)
        distances = utility.marginal_distances(*utility.binned(kept, drawn, fitted.aim.numeric))
        curve.append(
            {
                "steps": training.done,
                "auc": round(float(np.mean(list(aucs.values()))), 4),
                "tvd": round(float(np.mean(list(distances.values()))), 4),
            }
        )
        progress("choosing", training.done, recipe.steps)
        if checkpoint is not None:
            training.save(checkpoint, {"curve": curve})
    return curve

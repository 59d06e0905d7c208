"""Training of the conditional WGAN-GP: steps, an averaged generator, checkpoints.

Wasserstein loss with gradient penalty after Gulrajani et al. 2017, "Improved training of
Wasserstein GANs": the critic's gradient at points between real and drawn rows is drawn to length
1. A real row gives its own class and one of its own levels as the condition of the drawn row beside
it, so that conditions occur as often as in the data and rare rows are not shown more often.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from scoring.training.synthesiser.networks import LATENT, Blocks, Critic, Generator, Shape
from scoring.training.synthesiser.table_coding import CodedTable

BETAS = (0.5, 0.9)
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Recipe:
    """How long and how strongly to train; every number a person may want to change."""

    steps: int = 1000
    critic_steps: int = 2
    batch_rows: int = 80
    learning_rate: float = 5e-4
    critic_learning_rate: float = 1e-3
    penalty: float = 10.0
    temperature: float = 0.3
    average: float = 0.995
    check_every: int = 125
    level_weight: float = 1.0
    weight_decay: float = 1e-4
    moment_weight: float = 10.0
    generator_rows: int = 240


class Rows:
    """Coded rows as tensors: one-hot levels beside the normal scores, and drawn batches."""

    def __init__(self, table: CodedTable, shape: Shape) -> None:
        self.shape = shape
        self.scores = torch.tensor(table.scores)
        self.levels = torch.cat(
            [
                nn.functional.one_hot(torch.tensor(table.levels[:, block]), width).float()
                for block, width in enumerate(shape.widths)
            ]
            or [torch.zeros(len(table), 0)],
            dim=1,
        )
        self.classes = nn.functional.one_hot(torch.tensor(table.classes), shape.classes).float()
        self.real = torch.cat([self.scores, self.levels], dim=1)
        self.blocks = Blocks(shape.widths)
        self.moments = class_moments(self.real, self.classes)

    def __len__(self) -> int:
        return len(self.real)

    def condition(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Return (n, c) conditions of these rows, and (n, levels) the level that each gives."""
        if not self.shape.conditioned or not self.shape.widths:
            return self.classes[rows], torch.zeros(len(rows), self.shape.levels)
        chosen = torch.randint(len(self.shape.widths), (len(rows), 1))
        given = self.levels[rows] * (self.blocks.of_level[None, :] == chosen)
        return torch.cat([self.classes[rows], given], dim=1), given


class CriticSteps(Protocol):
    """How the critic learns between two steps of the generator; with or without privacy."""

    critic: Critic

    def condition(self, count: int) -> tuple[Tensor, Tensor]: ...
    def step(self, generator: Generator) -> float: ...
    def state(self) -> dict[str, Any]: ...
    def restore(self, state: dict[str, Any]) -> None: ...


class PlainCritic:
    """Critic steps without differential privacy."""

    def __init__(self, rows: Rows, recipe: Recipe) -> None:
        self.rows, self.recipe = rows, recipe
        self.critic = Critic(rows.shape)
        self.optimiser = torch.optim.Adam(
            self.critic.parameters(),
            lr=recipe.critic_learning_rate,
            betas=BETAS,
            weight_decay=recipe.weight_decay,
            fused=True,
        )

    def condition(self, count: int) -> tuple[Tensor, Tensor]:
        """Return conditions as the rows have them, and the level that each gives."""
        return self.rows.condition(torch.randint(len(self.rows), (count,)))

    def step(self, generator: Generator) -> float:
        """Take one step; return how much more real the real rows look to the critic."""
        chosen = torch.randint(len(self.rows), (self.recipe.batch_rows,))
        condition, _given = self.rows.condition(chosen)
        with torch.no_grad():
            drawn = draw(generator, condition, self.recipe.temperature)
        real = self.rows.real[chosen]
        values = self.critic(torch.cat([drawn, real]), condition.repeat(2, 1))
        gap = values[: len(real)].mean() - values[len(real) :].mean()
        loss = gap + self.recipe.penalty * gradient_penalty(self.critic, real, drawn, condition)
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        return -float(gap.detach())

    def state(self) -> dict[str, Any]:
        return {"critic": self.critic.state_dict(), "optimiser": self.optimiser.state_dict()}

    def restore(self, state: dict[str, Any]) -> None:
        self.critic.load_state_dict(state["critic"])
        self.optimiser.load_state_dict(state["optimiser"])


def draw(generator: Generator, condition: Tensor, temperature: float) -> Tensor:
    """Return (n, numbers + levels) rows whose levels are Gumbel-softmax."""
    scores, logits = generator(torch.randn(len(condition), LATENT), condition)
    return torch.cat([scores, generator.blocks.softened(logits, temperature)], dim=1)


def gradient_penalty(critic: Critic, real: Tensor, drawn: Tensor, condition: Tensor) -> Tensor:
    """Return the mean squared distance from 1 of the critic's gradient between the rows."""
    share = torch.rand(len(real), 1)
    slope = critic.slope(share * real + (1 - share) * drawn, condition)
    return ((slope.norm(dim=1) - 1) ** 2).mean()


def class_moments(rows: Tensor, classes: Tensor) -> Tensor:
    """Return (classes, d, d + 1): second moments and means of each class, times its share.

    Matching moments beside the critic is the information loss of table-GAN (Park et al. 2018),
    here by class, so that what tells the classes apart is not left to the critic alone.
    """
    extended = torch.cat([rows, torch.ones(len(rows), 1)], dim=1)
    return torch.einsum("nc,nd,ne->cde", classes, rows, extended) / len(rows)


class Training:
    """A training that can be cut off at any check and goes on from there with the same result."""

    def __init__(
        self, rows: Rows, recipe: Recipe, seed: int, critic_steps: CriticSteps | None = None
    ) -> None:
        torch.set_num_threads(1)
        torch.manual_seed(seed)
        self.rows, self.recipe, self.seed = rows, recipe, seed
        self.generator = Generator(rows.shape)
        self.averaged = Generator(rows.shape)
        self.averaged.load_state_dict(self.generator.state_dict())
        self.critic_steps = critic_steps or PlainCritic(rows, recipe)
        self.optimiser = torch.optim.Adam(
            self.generator.parameters(), lr=recipe.learning_rate, betas=BETAS, fused=True
        )
        self.done = 0
        self.gaps: list[float] = []

    def advance(self, steps: int) -> None:
        """Do so many steps of the generator, each after the critic's."""
        for _ in range(steps):
            gap = [self.critic_steps.step(self.generator) for _ in range(self.recipe.critic_steps)]
            self._generator_step()
            self.done += 1
        if steps:
            self.gaps.append(round(gap[-1], 4))

    def _generator_step(self) -> None:
        condition, given = self.critic_steps.condition(self.recipe.generator_rows)
        scores, logits = self.generator(torch.randn(len(condition), LATENT), condition)
        soft = self.rows.blocks.softened(logits, self.recipe.temperature)
        drawn = torch.cat([scores, soft], dim=1)
        loss = -self.critic_steps.critic(drawn, condition).mean()
        if self.rows.shape.conditioned:
            loss = loss + self.recipe.level_weight * self._missed_level(logits, given)
            loss = loss + self.recipe.moment_weight * self._missed_moments(drawn, condition)
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        with torch.no_grad():
            torch._foreach_lerp_(
                list(self.averaged.parameters()),
                list(self.generator.parameters()),
                1 - self.recipe.average,
            )

    def _missed_level(self, logits: Tensor, given: Tensor) -> Tensor:
        """Return how unlikely the generator makes the level that its condition gives."""
        return -(self.rows.blocks.log_softmax(logits) * given).sum(dim=1).mean()

    def _missed_moments(self, drawn: Tensor, condition: Tensor) -> Tensor:
        """Return the squared distance of the moments of each class from those of the real rows.

        The product of the distances of two halves of the batch has the square of the true distance
        as its mean; the square of one distance would reward drawing everybody near the mean.
        """
        classes = condition[:, : self.rows.shape.classes]
        gaps = [
            class_moments(drawn[half::2], classes[half::2]) - self.rows.moments for half in (0, 1)
        ]
        return (gaps[0] * gaps[1]).sum()

    def save(self, path: Path, extra: dict[str, Any]) -> None:
        """Keep the whole state; it replaces an older one only when it is complete."""
        partial = path.with_suffix(".partial")
        state = {
            "mark": self._mark(),
            "done": self.done,
            "gaps": self.gaps,
            "generator": self.generator.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "critic_steps": self.critic_steps.state(),
            "random": torch.get_rng_state(),
            "extra": json.dumps(extra),
        }
        torch.save(state, partial)
        partial.replace(path)

    def restore(self, path: Path) -> dict[str, Any] | None:
        """Go on from a checkpoint of this very training; None where there is none."""
        if not path.is_file():
            return None
        state = torch.load(path, weights_only=True)
        if state["mark"] != self._mark():
            return None
        self.done, self.gaps = state["done"], state["gaps"]
        self.generator.load_state_dict(state["generator"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.critic_steps.restore(state["critic_steps"])
        torch.set_rng_state(state["random"])
        extra: dict[str, Any] = json.loads(state["extra"])
        return extra

    def _mark(self) -> str:
        shown = {
            "seed": self.seed,
            "recipe": {k: v for k, v in asdict(self.recipe).items() if k != "steps"},
            "rows": float(self.rows.real.double().sum() + self.rows.classes[:, 0].sum()),
            "shape": [len(self.rows), *self.rows.real.shape, self.rows.shape.condition],
        }
        return json.dumps(shown, sort_keys=True)

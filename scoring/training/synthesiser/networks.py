"""The two networks of the conditional WGAN-GP: the generator that stays, the critic that does not.

Both see a *condition*: the class of the applicant, and one column whose level is given (Xu et al.
2019, "Modeling tabular data using conditional GAN", for the idea of conditional vectors).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

LATENT = 32
GENERATOR_WIDTH = 96
CRITIC_WIDTH = 96
# Normal scores of the data lie inside ±2.8.
SCORE_RANGE = 3.0
# The slope of the rectifiers below zero.
LEAK = 0.2


@dataclass(frozen=True)
class Shape:
    """How many numbers, levels of each block and classes a table has."""

    numbers: int
    widths: tuple[int, ...]
    classes: int
    conditioned: bool = True

    @property
    def levels(self) -> int:
        return sum(self.widths)

    @property
    def condition(self) -> int:
        return self.classes + (self.levels if self.conditioned else 0)


class Generator(nn.Module):
    """(n, latent) noise and (n, c) condition → (n, numbers) normal scores, (n, levels) logits."""

    def __init__(self, shape: Shape, width: int = GENERATOR_WIDTH) -> None:
        super().__init__()
        self.shape = shape
        self.blocks = Blocks(shape.widths)
        self.first = nn.Linear(LATENT + shape.condition, width)
        self.second = nn.Linear(width + LATENT + shape.condition, width)
        self.numbers = nn.Linear(width, shape.numbers)
        self.levels = nn.Linear(width, shape.levels)

    def forward(self, noise: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        given = torch.cat([noise, condition], dim=1)
        hidden = nn.functional.leaky_relu(self.first(given), LEAK)
        hidden = nn.functional.leaky_relu(self.second(torch.cat([hidden, given], dim=1)), LEAK)
        scores = SCORE_RANGE * torch.tanh(self.numbers(hidden) / SCORE_RANGE)
        return scores, self.levels(hidden)


class Critic(nn.Module):
    """(n, numbers + levels) rows and (n, c) conditions → (n,) how real they look."""

    def __init__(self, shape: Shape, width: int = CRITIC_WIDTH) -> None:
        super().__init__()
        self.columns = shape.numbers + shape.levels
        self.first = nn.Linear(self.columns + shape.condition, width)
        self.second = nn.Linear(width, width)
        self.last = nn.Linear(width, 1)

    def forward(self, rows: Tensor, condition: Tensor) -> Tensor:
        hidden = nn.functional.leaky_relu(self.first(torch.cat([rows, condition], dim=1)), LEAK)
        hidden = nn.functional.leaky_relu(self.second(hidden), LEAK)
        value: Tensor = self.last(hidden)[:, 0]
        return value

    def slope(self, rows: Tensor, condition: Tensor) -> Tensor:
        """Return (n, numbers + levels) gradients of the value with respect to the rows.

        A leaky rectifier is linear in pieces, so its slopes are constants, and the gradient is a
        product of weights: it can be written out, and differentiated once more at half the cost of
        a gradient of a gradient.
        """
        with torch.no_grad():
            first = self.first(torch.cat([rows, condition], dim=1))
            second = self.second(nn.functional.leaky_relu(first, LEAK))
            first, second = (torch.where(each > 0, 1.0, LEAK) for each in (first, second))
        through = ((self.last.weight * second) @ self.second.weight) * first
        return through @ self.first.weight[:, : self.columns]


class Exported(nn.Module):
    """The generator as it is stored: quantiles in 0…1 in the place of normal scores."""

    def __init__(self, generator: Generator) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, noise: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        scores, logits = self.generator(noise, condition)
        return 0.5 * (1 + torch.erf(scores / 2**0.5)), logits


class Blocks:
    """The one-hot blocks of a row side by side, so that all of them take one softmax."""

    def __init__(self, widths: Sequence[int]) -> None:
        widest = max(widths, default=1)
        self.count = len(widths)
        starts = torch.tensor([0, *widths]).cumsum(0)[:-1]
        inside = torch.arange(widest)[None, :] < torch.tensor(list(widths))[:, None]
        self.index = torch.where(inside, starts[:, None] + torch.arange(widest)[None, :], 0)
        self.padding = ~inside
        self.flat = inside.flatten().nonzero()[:, 0]
        self.of_level = torch.arange(len(widths)).repeat_interleave(torch.tensor(list(widths)))

    def log_softmax(self, logits: Tensor) -> Tensor:
        """Return (n, levels) log probabilities within each block."""
        if not self.count:
            return logits
        padded = logits[:, self.index].masked_fill(self.padding, -1e9)
        return padded.log_softmax(dim=2).flatten(1)[:, self.flat]

    def softened(self, logits: Tensor, temperature: float) -> Tensor:
        """Return (n, levels) Gumbel-softmax levels (Jang et al. 2017); temperature → 0 is hard."""
        exponential = torch.empty_like(logits).exponential_().clamp_(min=1e-9)
        return self.log_softmax((logits - exponential.log()) / temperature).exp()

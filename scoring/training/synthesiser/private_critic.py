"""A critic that learns with differential privacy, so that the generator does too.

DP-SGD after Abadi et al. 2016, "Deep learning with differential privacy": every real row is taken
with the same chance, its gradient clipped, and Gaussian noise added to the sum. opacus' hooks do
not follow the gradient of a gradient that the penalty needs, so the gradients per row come from
``torch.func``; opacus' accountants say what they cost. The generator sees rows through the critic
alone, and its own steps are post-processing.
"""

from dataclasses import dataclass
from typing import Any

import torch
from opacus.accountants import PRVAccountant, RDPAccountant
from opacus.accountants.utils import get_noise_multiplier
from torch import Tensor
from torch.func import functional_call, grad, vmap

from scoring.training.private_noise import KeyedNoise
from scoring.training.synthesiser.networks import Critic, Generator
from scoring.training.synthesiser.wgan import BETAS, Recipe, Rows, draw

# What a row may move the critic by at most (the clipping norm).
LARGEST_NORM = 1.0


@dataclass(frozen=True)
class PrivacyPlan:
    """How much privacy the critic's steps may cost, and the noise that follows from it."""

    epsilon: float
    delta: float
    sample_rate: float
    steps: int
    noise_multiplier: float

    @classmethod
    def of(cls, epsilon: float, delta: float, rows: int, recipe: Recipe) -> "PrivacyPlan":
        """Return the least noise with which all critic steps together cost ``epsilon``."""
        steps = recipe.steps * recipe.critic_steps
        rate = min(1.0, recipe.batch_rows / rows)
        noise = get_noise_multiplier(
            target_epsilon=epsilon, target_delta=delta, sample_rate=rate, steps=steps,
            accountant="rdp",
        )  # fmt: skip
        return cls(epsilon, delta, rate, steps, float(noise))

    def account(self, done: int) -> dict[str, Any]:
        """Return what ``done`` steps cost by both accountants: the state that a card stores."""
        history = [(self.noise_multiplier, self.sample_rate, done)]
        spent = {}
        for name, accountant in (("rdp", RDPAccountant()), ("prv", PRVAccountant())):
            accountant.history = list(history)
            spent[name] = round(float(accountant.get_epsilon(delta=self.delta)), 4)
        return {
            "history": [[round(self.noise_multiplier, 6), round(self.sample_rate, 6), done]],
            "clipping_norm": LARGEST_NORM,
            "delta": self.delta,
            "epsilon_rdp": spent["rdp"],
            "epsilon_prv": spent["prv"],
        }


class _Slopes(torch.nn.Module):
    """The critic's gradient as a module, so that its weights can be given to it."""

    def __init__(self, critic: Critic) -> None:
        super().__init__()
        self.critic = critic

    def forward(self, rows: Tensor, condition: Tensor) -> Tensor:
        return self.critic.slope(rows, condition)


class PrivateCritic:
    """Critic steps with differential privacy; ``class_shares`` (k,) were made private before.

    Which rows a step takes and its noise come from the secret ``key``, and from no seed.
    """

    def __init__(
        self,
        rows: Rows,
        recipe: Recipe,
        plan: PrivacyPlan,
        class_shares: tuple[float, ...],
        key: bytes,
    ) -> None:
        self._key = key
        self.rows, self.recipe, self.plan = rows, recipe, plan
        self.critic = Critic(rows.shape)
        self.slopes = _Slopes(self.critic)
        self.class_shares = torch.tensor(class_shares)
        self.done = 0
        self.optimiser = torch.optim.Adam(
            self.critic.parameters(), lr=recipe.critic_learning_rate, betas=BETAS, fused=True
        )

    def condition(self, count: int) -> tuple[Tensor, Tensor]:
        """Return (count, k) classes by the private shares; no row is looked at."""
        drawn = torch.multinomial(self.class_shares, count, replacement=True)
        classes = torch.nn.functional.one_hot(drawn, len(self.class_shares)).float()
        return classes, torch.zeros(count, self.rows.shape.levels)

    def step(self, generator: Generator) -> float:
        """Take one noisy step on a Poisson sample of the rows. Raises RuntimeError beyond plan."""
        if self.done >= self.plan.steps:
            raise RuntimeError("all steps that the privacy plan allows are taken")
        source = KeyedNoise(self._key, f"critic step {self.done}")
        is_chosen = source.uniform((len(self.rows),)) < self.plan.sample_rate
        chosen = torch.from_numpy(is_chosen).nonzero()[:, 0]
        summed = self._clipped_sum(generator, chosen) if len(chosen) else {}
        expected = self.plan.sample_rate * len(self.rows)
        spread = self.plan.noise_multiplier * LARGEST_NORM
        for name, parameter in self.critic.named_parameters():
            noise = torch.from_numpy(source.gaussian(spread, tuple(parameter.shape)))
            parameter.grad = (summed.get(name, 0.0) + noise.to(parameter.dtype)) / expected
        self.optimiser.step()
        self.done += 1
        return 0.0

    def _clipped_sum(self, generator: Generator, chosen: Tensor) -> dict[str, Tensor]:
        condition = self.rows.classes[chosen]
        with torch.no_grad():
            drawn = draw(generator, condition, self.recipe.temperature)
        weights = {name: each.detach() for name, each in self.critic.named_parameters()}
        between = torch.rand(len(chosen), 1)
        gradients = vmap(grad(self._loss_of_row), in_dims=(None, 0, 0, 0, 0))(
            weights, self.rows.real[chosen], drawn, condition, between
        )
        norms = torch.stack([each.flatten(1).norm(dim=1) for each in gradients.values()]).norm(
            dim=0
        )
        scale = (LARGEST_NORM / norms.clamp(min=1e-9)).clamp(max=1.0)
        return {name: torch.tensordot(scale, each, 1) for name, each in gradients.items()}

    def _loss_of_row(
        self, weights: dict[str, Tensor], real: Tensor, drawn: Tensor, given: Tensor, share: Tensor
    ) -> Tensor:
        both = functional_call(
            self.critic, weights, (torch.stack([drawn, real]), given.expand(2, -1))
        )
        between = share * real + (1 - share) * drawn
        slope = functional_call(
            self.slopes, {f"critic.{name}": each for name, each in weights.items()},
            (between[None], given[None]),
        )  # fmt: skip
        # A norm has no derivative at 0, where vmap would make NaN of it.
        length = (slope.pow(2).sum() + 1e-12).sqrt()
        return both[0] - both[1] + self.recipe.penalty * (length - 1) ** 2

    def state(self) -> dict[str, Any]:
        return {
            "critic": self.critic.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "done": self.done,
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.critic.load_state_dict(state["critic"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.done = state["done"]

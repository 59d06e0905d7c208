"""Random changes of face crops that leave the expression as it is."""

import math

import torch
from torch import Generator, Tensor
from torch.nn import functional

ROTATION_RAD = math.radians(15)
SCALE_LOG = 0.22
STRETCH_LOG = 0.06
SHIFT_SHARE = 0.09
GAMMA_LOG = 0.4
GAIN_LOG = 0.35
NOISE_LEVEL = 7.0
BLUR_SHARE = 0.25
SMALLEST_PX = 14
ERASED_SHARE = 0.4
ERASED_SIDE = (0.12, 0.4)
MIXUP_ALPHA = 0.2


def augment(crops: Tensor, rng: Generator) -> Tensor:
    """Return a changed copy of (n, 1, h, w) crops with values 0…255."""
    return erase(add_noise(bend_light(coarsen(warp(crops, rng), rng), rng), rng), rng)


def uniform(count: int, low: float, high: float, rng: Generator) -> Tensor:
    return torch.rand(count, generator=rng) * (high - low) + low


def warp(crops: Tensor, rng: Generator) -> Tensor:
    """Mirror, turn, scale, stretch and shift each crop; the edge is reflected."""
    count = len(crops)
    angle = uniform(count, -ROTATION_RAD, ROTATION_RAD, rng)
    scale = uniform(count, -SCALE_LOG, SCALE_LOG, rng).exp()
    stretch = uniform(count, -STRETCH_LOG, STRETCH_LOG, rng).exp()
    mirror = torch.randint(0, 2, (count,), generator=rng) * 2.0 - 1.0
    across, down = scale * stretch, scale / stretch
    matrix = torch.zeros(count, 2, 3)
    matrix[:, 0, 0] = mirror * across * angle.cos()
    matrix[:, 0, 1] = -down * angle.sin()
    matrix[:, 1, 0] = mirror * across * angle.sin()
    matrix[:, 1, 1] = down * angle.cos()
    matrix[:, :, 2] = uniform(count * 2, -2 * SHIFT_SHARE, 2 * SHIFT_SHARE, rng).view(count, 2)
    grid = functional.affine_grid(matrix, list(crops.shape), align_corners=False)
    return functional.grid_sample(crops, grid, padding_mode="reflection", align_corners=False)


def coarsen(crops: Tensor, rng: Generator) -> Tensor:
    """Shrink and enlarge some crops, as a small face far from the camera looks."""
    size = crops.shape[-1]
    small = int(torch.randint(SMALLEST_PX, size, (1,), generator=rng))
    chosen = torch.rand(len(crops), generator=rng) < BLUR_SHARE
    shrunk = functional.interpolate(crops[chosen], size=(small, small), mode="area")
    result = crops.clone()
    result[chosen] = functional.interpolate(
        shrunk, size=(size, size), mode="bilinear", align_corners=False
    )
    return result


def bend_light(crops: Tensor, rng: Generator) -> Tensor:
    """Apply a random gamma curve to each crop, then a gain that may clip black and white."""
    gamma = uniform(len(crops), -GAMMA_LOG, GAMMA_LOG, rng).exp().view(-1, 1, 1, 1)
    gain = uniform(len(crops), -GAIN_LOG, GAIN_LOG, rng).exp().view(-1, 1, 1, 1)
    changed: Tensor = (crops / 255.0).clamp(1e-4, 1.0) ** gamma
    return ((changed - 0.5) * gain + 0.5).clamp(0.0, 1.0) * 255.0


def add_noise(crops: Tensor, rng: Generator) -> Tensor:
    level = uniform(len(crops), 0.0, NOISE_LEVEL, rng).view(-1, 1, 1, 1)
    return crops + torch.randn(crops.shape, generator=rng) * level


def erase(crops: Tensor, rng: Generator) -> Tensor:
    """Fill a random rectangle of some crops with the crop's mean (hand, glasses, hair)."""
    count, size = len(crops), crops.shape[-1]
    chosen = torch.rand(count, generator=rng) < ERASED_SHARE
    rows = _interval(count, size, rng)
    columns = _interval(count, size, rng)
    mask = (rows[:, None, :, None] & columns[:, None, None, :]) & chosen.view(-1, 1, 1, 1)
    return torch.where(mask, crops.mean((2, 3), keepdim=True), crops)


def _interval(count: int, size: int, rng: Generator) -> Tensor:
    length = uniform(count, *ERASED_SIDE, rng) * size
    start = torch.rand(count, generator=rng) * (size - length)
    position = torch.arange(size).view(1, -1)
    return (position >= start.view(-1, 1)) & (position < (start + length).view(-1, 1))


def mix(crops: Tensor, votes: Tensor, rng: Generator) -> tuple[Tensor, Tensor]:
    """Blend each crop and its votes with another (mixup, Zhang et al. 2018, ICLR)."""
    share = _beta(MIXUP_ALPHA, rng)
    order = torch.randperm(len(crops), generator=rng)
    return (
        share * crops + (1 - share) * crops[order],
        share * votes + (1 - share) * votes[order],
    )


def _beta(alpha: float, rng: Generator) -> float:
    # Jöhnk's method: torch draws no beta variate from a seeded generator of its own.
    while True:
        first, second = (torch.rand(2, generator=rng) ** (1 / alpha)).tolist()
        if 0 < first + second <= 1:
            return float(first / (first + second))

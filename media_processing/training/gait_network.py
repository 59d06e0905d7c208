"""Inception-v1 inflated to three dimensions (I3D), for gait and posture.

Carreira and Zisserman 2017, "Quo Vadis, Action Recognition? A New Model and the Kinetics
Dataset", CVPR, figure 3; the widths of the Inception modules are those of Szegedy et al. 2015,
"Going Deeper with Convolutions", table 1.
"""

from pathlib import Path
from typing import NamedTuple
from zipfile import is_zipfile

import torch
from torch import Tensor, nn

FEATURES = 1024


class InceptionWidths(NamedTuple):
    """Channels of the four branches of one Inception module."""

    direct: int
    middle_reduced: int
    middle: int
    side_reduced: int
    side: int
    pooled: int

    @property
    def total(self) -> int:
        return self.direct + self.middle + self.side + self.pooled


# Modules between two poolings stand in one tuple: 3b-3c, 4b-4f, 5b-5c of the paper.
INCEPTION_STAGES = (
    (
        InceptionWidths(64, 96, 128, 16, 32, 32),
        InceptionWidths(128, 128, 192, 32, 96, 64),
    ),
    (
        InceptionWidths(192, 96, 208, 16, 48, 64),
        InceptionWidths(160, 112, 224, 24, 64, 64),
        InceptionWidths(128, 128, 256, 24, 64, 64),
        InceptionWidths(112, 144, 288, 32, 64, 64),
        InceptionWidths(256, 160, 320, 32, 128, 128),
    ),
    (
        InceptionWidths(256, 160, 320, 32, 128, 128),
        InceptionWidths(384, 192, 384, 48, 128, 128),
    ),
)


class Unit(nn.Sequential):
    """Convolution, batch normalisation, rectifier."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 1, stride: int = 1) -> None:
        super().__init__(
            nn.Conv3d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False),
            nn.BatchNorm3d(outputs, eps=1e-3, momentum=0.05),
            nn.ReLU(inplace=True),
        )


class InceptionModule(nn.Module):
    """Four parallel branches over the same (batch, channels, time, height, width)."""

    def __init__(self, inputs: int, widths: InceptionWidths) -> None:
        super().__init__()
        self.direct = Unit(inputs, widths.direct)
        self.middle = nn.Sequential(
            Unit(inputs, widths.middle_reduced), Unit(widths.middle_reduced, widths.middle, 3)
        )
        self.side = nn.Sequential(
            Unit(inputs, widths.side_reduced), Unit(widths.side_reduced, widths.side, 3)
        )
        self.pooled = nn.Sequential(
            nn.MaxPool3d(3, stride=1, padding=1), Unit(inputs, widths.pooled)
        )

    def forward(self, batch: Tensor) -> Tensor:
        branches = (self.direct, self.middle, self.side, self.pooled)
        return torch.cat([branch(batch) for branch in branches], dim=1)


def _pool(kernel: tuple[int, int, int], stride: tuple[int, int, int]) -> nn.MaxPool3d:
    padding = tuple(size // 2 if size % 2 else 0 for size in kernel)
    return nn.MaxPool3d(kernel, stride, padding)


def _stem() -> list[nn.Module]:
    return [
        Unit(3, 64, kernel=7, stride=2),
        _pool((1, 3, 3), (1, 2, 2)),
        Unit(64, 64),
        Unit(64, 192, kernel=3),
        _pool((1, 3, 3), (1, 2, 2)),
    ]


def _inception_stages() -> list[nn.Module]:
    layers: list[nn.Module] = []
    inputs = 192
    pools = (_pool((3, 3, 3), (2, 2, 2)), _pool((2, 2, 2), (2, 2, 2)), None)
    for stage, pool in zip(INCEPTION_STAGES, pools, strict=True):
        for widths in stage:
            layers.append(InceptionModule(inputs, widths))
            inputs = widths.total
        if pool is not None:
            layers.append(pool)
    return layers


class InflatedInception(nn.Module):
    """I3D trunk with one linear head per task.

    ``heads`` names the tasks and their numbers of classes. The input is (batch, 3, time, height,
    width) in 0…1; the network is fully convolutional up to the final average, so that any clip of
    at least 8 frames and 32×32 pixels fits.
    """

    def __init__(self, heads: dict[str, int], dropout: float = 0.5) -> None:
        super().__init__()
        self.trunk = nn.Sequential(*_stem(), *_inception_stages())
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.ModuleDict({name: nn.Linear(FEATURES, n) for name, n in heads.items()})

    def features(self, clips: Tensor) -> Tensor:
        """Return (batch, 1024): the average over time and space of the last module."""
        return self.trunk(clips).mean(dim=(2, 3, 4))

    def forward(self, clips: Tensor) -> dict[str, Tensor]:
        """Return the logits of every head."""
        features = self.dropout(self.features(clips).float())
        return {name: head(features) for name, head in self.heads.items()}


def load_trunk(network: InflatedInception, path: Path) -> None:
    """Give ``network`` the trunk of an earlier training; its heads stay as they are.

    ``path`` is what a training of gait saved: a checkpoint, or the ``gait_trunk.pt`` of a
    training on silhouettes. Raises ValueError where there is no such trunk in it.
    """
    if not is_zipfile(path):  # what `torch.save` writes is one
        raise ValueError(f"{path} holds no trunk of the gait network")
    try:
        saved = torch.load(path, weights_only=True)["network"]
        trunk = {
            name.removeprefix("trunk."): value
            for name, value in saved.items()
            if name.startswith("trunk.")
        }
        network.trunk.load_state_dict(trunk)
    except (KeyError, TypeError, RuntimeError) as error:
        raise ValueError(f"{path} holds no trunk of the gait network") from error

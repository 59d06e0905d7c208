"""The face-expression network: a compact residual network for 48×48 grey crops.

Residual blocks after He et al. 2016 (doi:10.1109/CVPR.2016.90) with channel attention after
Hu et al. 2018 (doi:10.1109/CVPR.2018.00745); widths chosen for one CPU core.
"""

import torch
from torch import Tensor, nn

WIDTHS = (32, 64, 128, 256)
BLOCKS_PER_STAGE = 2
CROP_PX = 48
# Below this spread (grey levels) a crop is nearly flat, and standardising would only lift noise.
MINIMUM_SPREAD = 8.0


class ChannelAttention(nn.Module):
    """Weighs channels by their mean over the picture (squeeze and excitation)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, channels // 8, 1)
        self.excite = nn.Conv2d(channels // 8, channels, 1)

    def forward(self, maps: Tensor) -> Tensor:
        means = maps.mean((2, 3), keepdim=True)
        weights: Tensor = torch.sigmoid(self.excite(torch.relu(self.squeeze(means))))
        return maps * weights


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions beside a shortcut."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.first = _convolution(inputs, outputs, 3, stride)
        self.second = _convolution(outputs, outputs, 3, 1)
        self.attention = ChannelAttention(outputs)
        same = inputs == outputs and stride == 1
        self.shortcut = nn.Identity() if same else _convolution(inputs, outputs, 1, stride)

    def forward(self, maps: Tensor) -> Tensor:
        inner = self.second(torch.relu(self.first(maps)))
        return torch.relu(self.shortcut(maps) + self.attention(inner))


def _convolution(inputs: int, outputs: int, size: int, stride: int) -> nn.Sequential:
    layer = nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(outputs))


class FaceNetwork(nn.Module):
    """Logits (n, classes) of grey crops (n, 1, 48, 48) with values 0…255."""

    def __init__(self, classes: int, dropout: float = 0.3) -> None:
        super().__init__()
        self.stem = _convolution(1, WIDTHS[0], 5, 2)
        self.stages = nn.Sequential(*_stages())
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(WIDTHS[-1], classes)

    def forward(self, crops: Tensor) -> Tensor:
        maps = self.stages(torch.relu(self.stem(standardise(crops))))
        logits: Tensor = self.head(self.dropout(maps.mean((2, 3))))
        return logits


def _stages() -> list[nn.Module]:
    blocks: list[nn.Module] = []
    inputs = WIDTHS[0]
    for stage, width in enumerate(WIDTHS):
        for number in range(BLOCKS_PER_STAGE):
            stride = 2 if stage > 0 and number == 0 else 1
            blocks.append(ResidualBlock(inputs, width, stride))
            inputs = width
    return blocks


def standardise(crops: Tensor) -> Tensor:
    """Give each crop mean 0 and spread 1, so that light and camera gain do not matter."""
    centred = crops - crops.mean((2, 3), keepdim=True)
    spread = centred.square().mean((2, 3), keepdim=True).sqrt()
    return centred / spread.clamp(min=MINIMUM_SPREAD)


def mirrored_logits(network: nn.Module, crops: Tensor) -> Tensor:
    """Mean logits (n, classes) of each crop and its mirror image: an expression has no side."""
    both: Tensor = network(torch.cat([crops, crops.flip(3)]))
    return both.view(2, -1, both.shape[1]).mean(dim=0)

"""The voice-emotion network: a convolutional stem, a Transformer encoder, attentive pooling."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from media_processing.analysis.log_mel import MELS, PADDING
from media_processing.inference.voice_emotion import WINDOW_FRAMES
from media_processing.training.pre_norm_layer import PreNormLayer
from media_processing.training.voice_corpora import CLASSES

WIDTH, HEADS, FEED_FORWARD, LAYERS = 144, 4, 288, 3
STEM_CHANNELS = (16, 48, 64)
TIME_STRIDE, BAND_STRIDE = 8, 8
TOKENS = math.ceil(WINDOW_FRAMES / TIME_STRIDE)
MASKED = -1e4


class Stem(nn.Module):
    """(n, frames, MELS) to (n, frames / 8, WIDTH): local spectral shape, one token per 128 ms."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        first, second, third = STEM_CHANNELS
        self.convolutions = nn.Sequential(
            *_convolution(1, first), *_convolution(first, second), *_convolution(second, third)
        )
        self.project = nn.Linear(third * MELS // BAND_STRIDE, WIDTH)
        self.dropout = nn.Dropout(dropout)

    def forward(self, features: Tensor) -> Tensor:
        # On a CPU the convolutions are a third faster with the channels last.
        maps = features.unsqueeze(1).contiguous(memory_format=torch.channels_last)
        maps = self.convolutions(maps)
        return self.dropout(self.project(maps.permute(0, 2, 1, 3).flatten(2)))


def _convolution(inputs: int, outputs: int) -> list[nn.Module]:
    return [
        nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    ]


class EncoderLayer(PreNormLayer):
    """Pre-norm Transformer layer (Vaswani et al. 2017; Xiong et al. 2020)."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.width, self.heads = WIDTH, HEADS
        self.norm_attention, self.norm_feed = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.to_heads = nn.Linear(WIDTH, 3 * WIDTH)
        self.from_heads = nn.Linear(WIDTH, WIDTH)
        self.feed = nn.Sequential(
            nn.Linear(WIDTH, FEED_FORWARD),
            nn.GELU(),
            nn.Linear(FEED_FORWARD, WIDTH),
        )
        self.dropout = nn.Dropout(dropout)
        # Each layer begins as the identity: the stem learns from the first step (Bachlechner et
        # al. 2021).
        for last in (self.from_heads, self.feed[-1]):
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)


class VoiceEmotionNetwork(nn.Module):
    """(n, frames, MELS) normalised log-mel to (n, classes) logits; at most WINDOW_FRAMES frames.

    Frames of padding (every band at the floor) take no part in attention or pooling.
    """

    def __init__(self, dropout: float = 0.2) -> None:
        super().__init__()
        self.stem = Stem(dropout)
        self.positions = nn.Parameter(0.02 * torch.randn(1, TOKENS, WIDTH))
        self.layers = nn.ModuleList(EncoderLayer(dropout) for _ in range(LAYERS))
        self.norm = nn.LayerNorm(WIDTH)
        self.attention = nn.Linear(WIDTH, 1)
        # Without this normalisation over the batch, learning takes several times as many clips.
        self.classify = nn.Sequential(
            nn.BatchNorm1d(3 * WIDTH), nn.Dropout(dropout), nn.Linear(3 * WIDTH, len(CLASSES))
        )

    def forward(self, features: Tensor) -> Tensor:
        missing = -features.shape[1] % TIME_STRIDE
        features = functional.pad(features, (0, 0, 0, missing), value=PADDING)
        bias = _padding_bias(features)
        tokens = self.stem(features)
        tokens = tokens + self.positions[:, : tokens.shape[1]]
        for layer in self.layers:
            tokens = layer(tokens, bias)
        return self.classify(self._pool(self.norm(tokens), bias))

    def _pool(self, tokens: Tensor, bias: Tensor) -> Tensor:
        """Return attentive mean and deviation, and plain mean (Okabe et al. 2018)."""
        weights = torch.softmax(self.attention(tokens) + bias[:, :, None], dim=1)
        mean = (weights * tokens).sum(dim=1)
        variance = (weights * (tokens - mean[:, None]) ** 2).sum(dim=1)
        plain = torch.softmax(bias, dim=1)[:, :, None]
        return torch.cat([mean, (variance + 1e-5).sqrt(), (plain * tokens).sum(dim=1)], dim=1)


def _padding_bias(features: Tensor) -> Tensor:
    """Return (n, tokens): 0 where a token holds sound, a large negative number where none."""
    loudest = features.amax(dim=2).view(features.shape[0], -1, TIME_STRIDE).amax(dim=2)
    return torch.where(loudest > PADDING + 0.01, 0.0, MASKED)


class Committee(nn.Module):
    """Several networks as one: the mean of their log-probabilities, which are logits again.

    Networks of different random seeds err differently (Lakshminarayanan et al. 2017).
    """

    def __init__(self, members: Sequence[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, features: Tensor) -> Tensor:
        opinions = [torch.log_softmax(member(features), dim=1) for member in self.members]
        return torch.stack(opinions).mean(dim=0)


class CalibratedNetwork(nn.Module):
    """Logits divided by a temperature (Guo et al. 2017), as probabilities: what is exported."""

    def __init__(self, network: nn.Module, temperature: float) -> None:
        super().__init__()
        self.network = network
        self.temperature = temperature

    def forward(self, features: Tensor) -> Tensor:
        return torch.softmax(self.network(features) / self.temperature, dim=1)

"""The voice-emotion network: a convolutional stem, a Transformer encoder, attentive pooling."""

import math

import torch
from torch import Tensor, nn

from media_processing.analysis.log_mel import MELS, PADDING
from media_processing.inference.voice_emotion import WINDOW_FRAMES
from media_processing.training.voice_corpora import CLASSES

WIDTH, HEADS, FEED_FORWARD, LAYERS = 144, 4, 432, 4
STEM_CHANNELS = (24, 48, 64)
TIME_STRIDE, BAND_STRIDE = 4, 8
MASKED = -1e4


class Stem(nn.Module):
    """(n, frames, MELS) to (n, frames / 4, WIDTH): local spectral shape, at a quarter the rate."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        first, second, third = STEM_CHANNELS
        self.convolutions = nn.Sequential(
            *_convolution(1, first, (2, 2)),
            *_convolution(first, second, (2, 2)),
            *_convolution(second, third, (1, 2)),
        )
        self.project = nn.Linear(third * MELS // BAND_STRIDE, WIDTH)
        self.dropout = nn.Dropout(dropout)

    def forward(self, features: Tensor) -> Tensor:
        maps = self.convolutions(features.unsqueeze(1))
        return self.dropout(self.project(maps.permute(0, 2, 1, 3).flatten(2)))


def _convolution(inputs: int, outputs: int, stride: tuple[int, int]) -> list[nn.Module]:
    return [
        nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.GELU(),
    ]


class EncoderLayer(nn.Module):
    """Pre-norm Transformer layer (Vaswani et al. 2017; Xiong et al. 2020)."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.norm_attention, self.norm_feed = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.to_heads = nn.Linear(WIDTH, 3 * WIDTH)
        self.from_heads = nn.Linear(WIDTH, WIDTH)
        self.feed = nn.Sequential(
            nn.Linear(WIDTH, FEED_FORWARD),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(FEED_FORWARD, WIDTH),
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, tokens: Tensor, bias: Tensor) -> Tensor:
        tokens = tokens + self.dropout(self._attend(self.norm_attention(tokens), bias))
        return tokens + self.dropout(self.feed(self.norm_feed(tokens)))

    def _attend(self, tokens: Tensor, bias: Tensor) -> Tensor:
        count, steps, _ = tokens.shape
        heads = self.to_heads(tokens).view(count, steps, 3, HEADS, WIDTH // HEADS)
        query, key, value = heads.permute(2, 0, 3, 1, 4).unbind(0)
        scores = query @ key.transpose(-2, -1) / math.sqrt(WIDTH // HEADS)
        mixed = torch.softmax(scores + bias[:, None, None, :], dim=-1) @ value
        return self.from_heads(mixed.transpose(1, 2).reshape(count, steps, WIDTH))


class VoiceEmotionNetwork(nn.Module):
    """(n, WINDOW_FRAMES, MELS) normalised log-mel to (n, classes) logits.

    Frames of padding (every band at the floor) take no part in attention or pooling.
    """

    def __init__(self, dropout: float = 0.2) -> None:
        super().__init__()
        self.stem = Stem(dropout)
        self.positions = nn.Parameter(0.02 * torch.randn(1, WINDOW_FRAMES // TIME_STRIDE, WIDTH))
        self.layers = nn.ModuleList(EncoderLayer(dropout) for _ in range(LAYERS))
        self.norm = nn.LayerNorm(WIDTH)
        self.attention = nn.Linear(WIDTH, 1)
        self.classify = nn.Sequential(nn.Dropout(dropout), nn.Linear(3 * WIDTH, len(CLASSES)))

    def forward(self, features: Tensor) -> Tensor:
        bias = _padding_bias(features)
        tokens = self.stem(features) + self.positions
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


class CalibratedNetwork(nn.Module):
    """Logits divided by a temperature (Guo et al. 2017), as probabilities: what is exported."""

    def __init__(self, network: VoiceEmotionNetwork, temperature: float) -> None:
        super().__init__()
        self.network = network
        self.temperature = temperature

    def forward(self, features: Tensor) -> Tensor:
        return torch.softmax(self.network(features) / self.temperature, dim=1)

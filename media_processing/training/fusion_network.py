"""The fusion Transformer: an encoder over the three modalities of one window."""

import numpy as np
import torch
from torch import Tensor, nn

from media_processing.analysis.fusion import FACE, VOICE
from media_processing.analysis.fusion_windows import MODALITIES
from media_processing.analysis.types import EMOTIONS
from media_processing.inference.fusion_transformer import TOKEN_VALUES, tokens_of
from media_processing.training.fusion_pairs import Pairs, random_subsets
from media_processing.training.pre_norm_layer import PreNormLayer

WIDTH, HEADS, FEED_FORWARD, LAYERS = 32, 4, 64, 2
DROPOUT = 0.1
STEPS, BATCH = 1000, 256
LEARNING_RATE, WEIGHT_DECAY, SMOOTHING = 2e-3, 1e-2, 0.05
REPORT_EVERY = 50
MASKED = -1e4
LABELS = len(EMOTIONS)


class EncoderLayer(PreNormLayer):
    """Pre-norm Transformer layer (Vaswani et al. 2017; Xiong et al. 2020)."""

    def __init__(self) -> None:
        super().__init__()
        self.width, self.heads = WIDTH, HEADS
        self.norm_attention, self.norm_feed = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.to_heads = nn.Linear(WIDTH, 3 * WIDTH)
        self.from_heads = nn.Linear(WIDTH, WIDTH)
        self.feed = nn.Sequential(
            nn.Linear(WIDTH, FEED_FORWARD), nn.GELU(), nn.Linear(FEED_FORWARD, WIDTH)
        )
        self.dropout = nn.Dropout(DROPOUT)


class FusionTransformer(nn.Module):
    """(n, 3, 12) tokens to (n, 7) logits.

    A fourth token carries the audio-visual consistency term 1 - cos where face and voice are both
    there; the answer is read from it. An absent modality takes no part in attention.
    """

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Linear(TOKEN_VALUES, WIDTH)
        self.modality = nn.Parameter(0.02 * torch.randn(1, len(MODALITIES), WIDTH))
        self.consistency = nn.Linear(2, WIDTH)
        self.layers = nn.ModuleList(EncoderLayer() for _ in range(LAYERS))
        self.norm = nn.LayerNorm(WIDTH)
        self.classify = nn.Linear(WIDTH, LABELS)

    def forward(self, tokens: Tensor) -> Tensor:
        present = tokens[:, :, -1]
        question = self.consistency(_consistency(tokens))[:, None]
        everything = torch.cat([question, self.embed(tokens) + self.modality], dim=1)
        bias = torch.cat([torch.zeros_like(present[:, :1]), (1.0 - present) * MASKED], dim=1)
        for layer in self.layers:
            everything = layer(everything, bias)
        return self.classify(self.norm(everything[:, 0]))


def _consistency(tokens: Tensor) -> Tensor:
    """Return (n, 2): 1 - cos of face and voice (0 where one is absent), and whether both are."""
    shares = torch.softmax(tokens[:, :, :LABELS], dim=-1)
    face, voice = shares[:, FACE], shares[:, VOICE]
    cosine = (face * voice).sum(-1) / (face.square().sum(-1) * voice.square().sum(-1)).sqrt()
    both = tokens[:, FACE, -1] * tokens[:, VOICE, -1]
    return torch.stack([(1.0 - cosine) * both, both], dim=1)


class Probabilities(nn.Module):
    """The network with its softmax: what is exported."""

    def __init__(self, network: FusionTransformer) -> None:
        super().__init__()
        self.network = network

    def forward(self, tokens: Tensor) -> Tensor:
        return torch.softmax(self.network(tokens), dim=1)


def train(pairs: Pairs, seed: int) -> tuple[Probabilities, list[dict[str, float]]]:
    """Return the network and its learning curve.

    Every batch hides modalities at random, so that any choice of them can be fused. The number
    of steps was fixed beforehand; nothing is chosen on the test people.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = FusionTransformer()
    optimiser = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, STEPS)
    loss_of = nn.CrossEntropyLoss(label_smoothing=SMOOTHING)
    tokens, labels = torch.from_numpy(tokens_of(pairs.readings)), torch.from_numpy(pairs.labels)
    history, total = [], 0.0
    for step in range(1, STEPS + 1):
        chosen = torch.from_numpy(rng.integers(0, len(labels), BATCH))
        kept = torch.from_numpy(random_subsets(BATCH, rng).astype(np.float32))
        loss = loss_of(network(tokens[chosen] * kept[:, :, None]), labels[chosen])
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        total += float(loss.detach())
        if step % REPORT_EVERY == 0:
            history.append({"epoch": step, "loss": round(total / REPORT_EVERY, 4)})
            total = 0.0
    return Probabilities(network).eval(), history
